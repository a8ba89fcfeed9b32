import type { NetworkConfiguration } from './configuration.js';
import type { MoveEnd, SessionEnd } from './ends.js';
import type { SessionError, SessionFailure } from './errors.js';
import type { Event } from './event.js';
import type { NetworkInterface } from './platform.js';
import type { ActivatedConfiguration, Offer, PreferredConfiguration } from './roaming.js';
import type { SessionState, UsagePolicy } from './states.js';

/** One client's interest in an access point, a service network or a user choice. Made by `NetworkConfigurationManager.createSession`. */
export interface NetworkSession {
  /** The name of the program that opened it, and why; for the person. Hostile text. */
  readonly owner: string | undefined;
  readonly reason: string | undefined;
  /** The configuration that it was made for, as it is now. */
  readonly configuration: NetworkConfiguration;
  /** The access point that it holds and uses now, as it is now; an invalid one when it is not open. */
  readonly activeConfiguration: NetworkConfiguration;
  /** The state of the access point, open or not (S1); of a service network what its access points amount to, or Roaming (S2). */
  readonly state: SessionState;
  /** It holds an access point (O1). */
  readonly isOpen: boolean;
  /** `open()` was called and has not ended yet. */
  readonly isOpening: boolean;
  /** `dispose()` was called. */
  readonly isDisposed: boolean;
  /** The last error; UnknownSessionError when there was none (F5). */
  readonly error: SessionError;
  /** The last error as a plain English sentence; '' when there was none (F5). */
  readonly errorString: string;
  /** The facts of the last error, from which a host makes a sentence of its own (F5). */
  readonly failure: SessionFailure | undefined;
  /** The interface under it; known only while Connected or Roaming (S4). */
  readonly interface: NetworkInterface | undefined;
  /** Bytes in since the first session on this access point was opened, and of those it has moved to; 0 when not open (F1). */
  readonly bytesReceived: number;
  /** Bytes out since the first session on this access point was opened, and of those it has moved to; 0 when not open (F1). */
  readonly bytesWritten: number;
  /** Whole seconds since it became open; 0 when not open (F2). */
  readonly activeTime: number;
  /** NoBackgroundTrafficPolicy while open on a metered access point (F4). */
  readonly usagePolicies: UsagePolicy;
  /** A property by its key; undefined when it was never set (F3). */
  sessionProperty(key: string): unknown;
  /**
   * Sets a property; undefined removes it. Read-only ones, and AutoCloseSessionTimeout on a platform that is driven by
   * events, are left as they are (F3).
   * @throws TypeError when AutoCloseSessionTimeout is not a whole number of milliseconds from -1 to 2147483647.
   */
  setSessionProperty(key: string, value: unknown): void;
  /** Opens it: starts the access point if it is down, and only then (O1). Does nothing when open or being opened (O3). */
  open(): void;
  /** Closes it, or cancels its opening (O5, O6). Does nothing when not open. */
  close(): void;
  /** Ends every session on the access point and stops it, whoever started it (O7). */
  stop(): void;
  /**
   * Takes up the offer that waits for an answer, or moves to the access point of the service network that is named: it is
   * started beside the one in use, made ready and tested; then `onDidActivateNewConfiguration` tells, and `accept()` or
   * `reject()` ends it (R3). With nothing to take up: RoamingError (R7).
   */
  migrate(identifier?: string): void;
  /** Declines the offer that waits for an answer: nothing moves, and the same one does not come again (R6). */
  ignore(): void;
  /** Makes the new access point final: the system's traffic follows, the old one is released (R4). */
  accept(): void;
  /** Goes back to the old access point; the new one is released (R5). */
  reject(): void;
  /** How far it is with a move to another access point, read now; the event tells when the kind changes. */
  readonly offer: Offer;
  /** Somebody listens to {@link onDidChangePreferredConfiguration}, and so answers offers in place of the person (R2). */
  readonly isStakeholder: boolean;
  /**
   * Resolves true once it is open; false at once when it is neither open nor being opened, false when that fails or is
   * closed, and false when the time is over: then the opening goes on (O9).
   * @param milliseconds how long to wait; -1 without limit, 30,000 by default.
   */
  waitForOpened(milliseconds?: number): Promise<boolean>;
  /** Closes it (O10) and gives it back. It tells of its end, and of nothing after that. */
  dispose(): void;
  /** Disposes of it and waits for what that stops. */
  [Symbol.asyncDispose](): Promise<void>;
  /** Once for each change, never twice in a row with the same state (S3). */
  readonly onDidChangeState: Event<SessionState>;
  /** It is open now, after the state has told Connected (O2). */
  readonly onDidOpen: Event<void>;
  /** It has ended, after the state and the error (O5 to O8). */
  readonly onDidClose: Event<void>;
  /** After `error`, `errorString` and `failure` are set (F5). */
  readonly onDidFail: Event<SessionError>;
  /**
   * Another access point of the service network is preferred: once each time. Listening makes this session answer its
   * offers itself, with `migrate()` or `ignore()`: nothing moves until then (R2).
   */
  readonly onDidChangePreferredConfiguration: Event<PreferredConfiguration>;
  /** The new access point is up and tested: sockets of before do not last (R3, R8). */
  readonly onDidActivateNewConfiguration: Event<ActivatedConfiguration>;
  /**
   * How it has ended, once for each time that it was open or being opened: after the state and the error, directly after
   * `onDidClose`, or after `onDidFail` where it could not be opened. A move that was under way has told its end before. An
   * `open()` that waits for the end of a close has not begun: when that is closed, too, it tells no end of its own (S3).
   */
  readonly onDidEnd: Event<SessionEnd>;
  /**
   * How a move has ended, once for each: from the moment in which the session is Roaming until it is Connected again or ends,
   * whatever comes between. After the error of the move and `onDidChangeOffer`; then come the state, and all that follows: the
   * final `onDidActivateNewConfiguration`, another offer, the end of the session (S3).
   */
  readonly onDidEndMove: Event<MoveEnd>;
  /** {@link offer} is another. */
  readonly onDidChangeOffer: Event<void>;
  /** Tells the new {@link usagePolicies} (F4). */
  readonly onDidChangeUsagePolicies: Event<UsagePolicy>;
}
