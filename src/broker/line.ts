import type { ClientInfo, Declaration, Snapshot } from './messages.js';

/** The way to whoever counts: the leader among the windows, which may be this one. */
export interface Line {
  /** Rejects with a {@link Refusal} where the leader refuses, and with any other error when the line ends. */
  request(method: string, params: unknown): Promise<unknown>;
  notify(method: string, params: unknown): void;
  /** Whether the leader that gave a permit leads still: asked just before the act that was permitted. Reads one file. */
  mayAct(): boolean;
  /** Whoever is at its other end does not lead any more: the next leader is looked for. */
  abandon(): void;
}

/** A start of an access point that is to be seen. */
export interface Shown {
  readonly activation: string;
  /** When this process has seen it first: milliseconds of the clock that all processes share. */
  readonly since: number;
}

/** What the broker tells the ledger of its process. */
export interface LineListener {
  /**
   * What this process holds, has started and is doing: for a leader that has never heard of it. What it begins from now on
   * waits for that one, until {@link up} or {@link alone}.
   */
  declaration(): Declaration;
  /** There is a way now; `alone` is why this process counts for itself. */
  up(line: Line, snapshot: Snapshot): void;
  /** The leader is gone, and the next is being looked for. */
  down(): void;
  /** This process counts for itself, until {@link up}. The reason is in plain English, and may be told again. */
  alone(reason: string): void;
  /** Everything that the leader knows. */
  snapshot(snapshot: Snapshot): void;
  /** Somebody is about to stop it; without `by`, is not any more. */
  stopping(accessPoint: string, by: ClientInfo | undefined): void;
  /** Somebody has stopped it. */
  ended(accessPoint: string, by: ClientInfo, activation: string | undefined): void;
  /** Which start of it this process sees; undefined when it sees none, or only the past. */
  shown(accessPoint: string): Shown | undefined;
  /** This process leads, and is to stop what nobody holds any more. */
  stopUnheld(accessPoint: string, activation: string, done: (isDown: boolean) => void): void;
}

/** Where the leader is found, and what becomes of this process when it is one. */
export interface Broker {
  /** Begins to look for a leader. Returns what this process is called among all of them. */
  start(listener: LineListener): string;
  /** Says that this process goes, and lets go of everything. Others are told before this returns, as far as that can be. */
  dispose(): Promise<void>;
}
