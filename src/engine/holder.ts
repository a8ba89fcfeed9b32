import type { SessionEnd } from './ends.js';
import type { SessionFailure } from './errors.js';
import type { NetworkSession } from './networkSession.js';
import type { Phase, SessionState } from './states.js';

/** Whoever can hold an access point in this process, as the access point sees it: a session on it, or a leg of one. */
export interface Holder {
  readonly session: NetworkSession | undefined;
  phase: Phase;
  /** Opened again while its close still waits for the stop: opens when that has ended. */
  reopens: boolean;
  failure: SessionFailure | undefined;
  /** Clock time since which it holds its access point, while open. */
  heldSince: number;
  readonly isDisposed: boolean;
  /** It asks nobody. */
  readonly inBackground: boolean;
  /** Traffic waits for it: it is opened in an escape (R8). */
  readonly isPreferred: boolean;
  /** It is for a move that is not accepted yet (R5, R9). */
  readonly isProvisional: boolean;
  /** Its access point was started for it. */
  readonly hasStarted: boolean;
  /** Its access point is being started for it. */
  starts(): void;
  /** It is open now (O2). */
  opened(): void;
  /** Opening failed (O4). */
  failed(failure: SessionFailure): void;
  /** An error that leaves it as it is: a stop that was refused (O7). */
  refused(failure: SessionFailure): void;
  /** It is not open any more, but what its close or its stop caused has not ended yet. Without an end it has been closed. */
  closing(end?: SessionEnd): void;
  /** It has ended, with an error or without (O5 to O8). */
  closed(failure: SessionFailure | undefined): void;
  /** It was open and is lost (O8). Its access point tells of it, with all others that are lost. */
  lost(failure: SessionFailure): void;
  /** It was to be opened again when its close has ended, and is not any more. */
  reopenNoMore(): void;
  /** Whether its access point is metered may be another. */
  metered(): void;
  /** Tells those who listen to it, if anybody does, of the state. */
  deliverState(state: SessionState): void;
  /** Tells them of the error, if there is one, and of its end. */
  deliverEnd(end: SessionEnd): void;
}
