export interface Death {
  /** A point of `Steps` in test/lab, or `activated`. */
  readonly at: string;
  /** What is up in the end, nothing else being different from how the person would have done it. */
  readonly ends: 'office' | 'both' | 'cafe';
  /** Office was opened by the process itself. */
  readonly isOurs?: boolean;
  /** Cafe was up before. */
  readonly isUp?: boolean;
  readonly answer?: 'reject';
  /** The metric of the new one is the lower: only where it would draw the traffic. */
  readonly isLower?: boolean;
  /** VS Code's extension host is killed there too. */
  readonly inHost?: boolean;
}

export const deaths: readonly Death[];

export function titleOf(death: Death): string;

/** The client's machine, on which a process dies. */
export class Machine {
  /** @param begin makes it one on which only Office is up; the metric of Cafe is the lower, or not */
  constructor(begin: (isLower: boolean) => Promise<unknown>);

  /** Takes note of how it is when nobody has died. To be called first. */
  learn(): Promise<void>;
  /** It is as the move begins that this death ends. */
  beginFor(death: Death): Promise<void>;
  /** Right after the death: it has a working access point. */
  isOnNetwork(death: Death): Promise<void>;
  /**
   * Somebody runs again: it becomes as it would be without us, and nothing is written any more.
   * @param journals lists what is written
   */
  isAsBefore(death: Death, journals: () => readonly string[]): Promise<void>;
}
