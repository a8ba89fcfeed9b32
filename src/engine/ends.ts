import type { NetworkConfiguration } from './configuration.js';
import type { Cause, SessionFailure } from './errors.js';

/** Whose `stop()` has ended a session: its own, that of another one in this process, or that of another window. */
export type Stopper = 'thisSession' | 'anotherSession' | 'anotherWindow';

/** How a session has ended that was open or being opened. `failure` is the error that was told with it, if there was one. */
export type SessionEnd =
  /**
   * It was closed or disposed of, its opening was cancelled (O6), or its AutoCloseSessionTimeout was over. The failure of one
   * that was open says why its access point could not be stopped (O5).
   */
  | { readonly kind: 'closed'; readonly failure?: SessionFailure }
  /** A `stop()` of its access point has ended it (O7). The failure of its own says why the stop did not succeed. */
  | { readonly kind: 'stopped'; readonly by: Stopper; readonly failure?: SessionFailure }
  /** Its access point was lost, and there was no other to turn to (O8, O11). */
  | { readonly kind: 'lost'; readonly failure: SessionFailure }
  /** It could not be opened (O4). */
  | { readonly kind: 'failed'; readonly failure: SessionFailure };

/** It has closed of itself. */
export const closedByItself: SessionEnd = Object.freeze({ kind: 'closed' });

/** Its own `stop()` has ended it. */
export const stoppedByItself: SessionEnd = Object.freeze({ kind: 'stopped', by: 'thisSession' });

/** Its access point was lost. */
export const lostBy = (failure: SessionFailure): SessionEnd => Object.freeze({ kind: 'lost', failure });

/** The same end with an error that came after it had begun. */
export const withFailure = (end: SessionEnd, failure: SessionFailure | undefined): SessionEnd =>
  failure === undefined ? end : Object.freeze({ ...end, failure });

/** What came of a move. */
export type MoveOutcome =
  /** It was called for, and accepted (R4). */
  | 'accepted'
  /** The engine has made it by itself, to something better (R2). */
  | 'automatic'
  /** The access point in use was lost in the middle of it or before it, for this cause, and another one was found (R8, R8a). */
  | 'escaped'
  /** It was rejected (R5). */
  | 'returned'
  /** Nobody has answered in time (R5a). */
  | 'expired'
  /** The engine has made it by itself and gone back: the tests did not pass. */
  | 'unsuitable'
  /** The new access point did not work, for this cause (R3, R8a); of an escape, none did: the session is lost. */
  | 'failed'
  /** The session has ended in the middle of it. */
  | 'abandoned';

/** How a move has ended: the session is Connected again, or has ended. A loss with nothing to turn to is no move. */
export interface MoveEnd {
  /** What the session was on when the move began. */
  readonly from: NetworkConfiguration;
  /** What it is on now, or what it was to move to; undefined where nothing was being tried any more. */
  readonly to: NetworkConfiguration | undefined;
  readonly outcome: MoveOutcome;
  /** Of `escaped` and `failed`. */
  readonly cause?: Cause;
}

/** What came of a move, and why, before it is told. */
export type Verdict = Pick<MoveEnd, 'outcome' | 'cause'>;
