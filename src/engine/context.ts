import type { AccessPoint } from './accessPoint.js';
import type { NetworkConfiguration } from './configuration.js';
import type { Cause } from './errors.js';
import type { DeliveryQueue } from './event.js';
import type { Ledger } from './ledger.js';
import type { Clock, Logger, Platform, SystemFacts } from './platform.js';
import type { NetworkSession } from './session.js';

/** What becomes of an access point when its last session is closed (O5a). */
export type LastClose = 'ifStartedHere' | 'always' | 'never';

/** What the engine asks of its host, which asks the person: whether an open may take down other access points (O12). */
export interface Question {
  readonly kind: 'displace';
  readonly session: NetworkSession;
  /** What would be started. */
  readonly configuration: NetworkConfiguration;
  /** What that would take down. */
  readonly displaced: readonly NetworkConfiguration[];
}

/** Answers a question with the person's consent. The signal aborts when the answer is not needed any more. */
export type Ask = (question: Question, signal: AbortSignal) => Promise<boolean>;

/** What access points and sessions share. Internal to the engine. */
export interface Context {
  readonly platform: Platform;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly ledger: Ledger;
  readonly queue: DeliveryQueue;
  readonly ask: Ask | undefined;
  readonly lastClose: LastClose;
  /** The process ends: sessions are released as by a crash, never with `always` (O10). */
  readonly isExiting: boolean;
  readonly system: SystemFacts;
  /** Why what is removed in the update under way is gone (O11). */
  readonly removalCause: Cause;
  /** Reports what a listener threw. */
  readonly report: (error: unknown) => void;
  /** What starting this access point would take down without being asked (O12). */
  displacedBy(accessPoint: AccessPoint): readonly AccessPoint[];
  /** So many more, or fewer, reasons to look: open sessions, views. */
  countWatcher(by: number): void;
  /** A session was given back. */
  sessionEnded(accessPoint: AccessPoint): void;
}
