import type { Arrangement } from './arrangement.js';
import type { NetworkConfiguration } from './configuration.js';
import type { Deadline } from './deadline.js';
import type { Cause, SessionError, SessionFailure } from './errors.js';
import type { Holder } from './holder.js';
import type { Account, LastClose, Verdict } from './ledger.js';
import type { AccessPointFacts } from './platform.js';

/** An access point as those see it that open it and stop it. */
export interface Operated {
  readonly identifier: string;
  readonly configuration: NetworkConfiguration;
  readonly facts: AccessPointFacts | undefined;
  readonly account: Account;
  readonly arrangement: Arrangement;
  readonly members: ReadonlySet<Holder>;
  /** The engine is starting or stopping it. */
  readonly isOperated: boolean;
  /** Sessions that are open on it in this process. */
  readonly open: number;
  /** Somebody holds it, in this process or another. */
  readonly isHeld: boolean;
  /** Why a start or stop cannot work now (M5, O4). */
  obstacle(action: 'start' | 'stop'): Cause | undefined;
  /** Why it is not up, or not there, any more. */
  endCause(): Cause;
  failure(cause: Cause, error?: SessionError): SessionFailure;
  timedOut(): SessionFailure;
  /** The failure that a platform's rejection amounts to. */
  failureOf(error: unknown): SessionFailure;
  /** Bounds an operation by `connectTimeout` (O10a). */
  deadline(onExpired: () => void): Deadline;
  /** Its start has failed, or was given up. */
  startHasFailed(): void;
  /** Nobody wants any more what was started. */
  undoStart(): void;
  /** A holder is open from now on (O2). */
  grant(holder: Holder): void;
  /** An open holder does not hold it any more; what becomes of the holder is the caller's to say. */
  release(): void;
  /** A holder has ended: `closed`, after the error if there is one. */
  end(holder: Holder, failure: SessionFailure | undefined): void;
  leaveIfDisposed(holder: Holder): void;
  /** Nobody here wants it any more: `then` is told whether it is to be stopped here. Until then `holder` is closing. */
  letLast(policy: LastClose, holder: Holder | undefined, then: Verdict): void;
  /** Nobody here wants it or is doing anything with it: it is not counted any more. */
  letGoIfUnused(): void;
  /** An operation has ended. */
  operationEnded(): void;
  /** Tells every holder of the state if it is another than the one told last (S3). */
  show(): void;
  /** Something that those who watch may have to know has changed. */
  tellWatchers(): void;
}
