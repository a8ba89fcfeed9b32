/** What a session shows (S1). The numbers are part of the contract. */
export enum SessionState {
  Invalid = 0,
  NotAvailable = 1,
  Connecting = 2,
  Connected = 3,
  Closing = 4,
  Disconnected = 5,
  Roaming = 6,
}

/** Flags. The numbers are part of the contract. */
export enum UsagePolicy {
  NoPolicy = 0,
  NoBackgroundTrafficPolicy = 1,
}

/** How a session stands to what it was opened on. `closing` still waits for the stop that its close caused. */
export type Phase = 'closed' | 'opening' | 'open' | 'closing';

/** Bytes of a session (F1). */
export interface Traffic {
  readonly received: number;
  readonly written: number;
}
