import type { AccessPoint } from './accessPoint.js';
import type { NetworkConfiguration } from './configuration.js';
import type { Cause } from './errors.js';
import type { DeliveryQueue } from './event.js';
import type { Ledger } from './ledger.js';
import type { Clock, Logger, Platform, SystemFacts } from './platform.js';
import type { ServiceNetwork } from './serviceNetwork.js';
import type { NetworkSession } from './session.js';
import type { SessionCore } from './sessionCore.js';

/** What becomes of an access point when its last session is closed (O5a). */
export type LastClose = 'ifStartedHere' | 'always' | 'never';

/** Whether an open or a move may take down other access points (O12). The answer is a boolean. */
export interface DisplaceQuestion {
  readonly kind: 'displace';
  readonly session: NetworkSession;
  /** What would be started. */
  readonly configuration: NetworkConfiguration;
  /** What that would take down. */
  readonly displaced: readonly NetworkConfiguration[];
}

/** What a user choice is to be resolved to (F3). The answer is an identifier; anything else cancels the opening. */
export interface ChooseQuestion {
  readonly kind: 'choose';
  readonly session: NetworkSession;
  /** The user choice. */
  readonly configuration: NetworkConfiguration;
  /** Service networks and access points. */
  readonly choices: readonly NetworkConfiguration[];
}

/** What the engine asks of its host, which asks the person. */
export type Question = DisplaceQuestion | ChooseQuestion;

/** Answers a question as the person does. The signal aborts when the answer is not needed any more. */
export type Ask = (question: Question, signal: AbortSignal) => Promise<boolean | string | undefined>;

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
  /** Who holds it in other processes, or whose it is, has changed. */
  holdersChanged(accessPoint: AccessPoint): void;
  /** A session was given back. */
  sessionEnded(accessPoint: AccessPoint): void;
  /** The same of one on a service network or a user choice. */
  networkSessionEnded(network: ServiceNetwork): void;
  /** These may have a place elsewhere now: their identifier has come to mean something (S1). */
  rehome(cores: Iterable<SessionCore>): void;
  /** Does something outside the call that causes it, after the events that are told until then. */
  later(act: () => void): void;
  /** Something of this service network has changed: it is settled when the change under way is everywhere (M3a). */
  touch(network: ServiceNetwork): void;
  /** What a user choice can be resolved to. */
  choices(): readonly NetworkConfiguration[];
  /** What an identifier means to a user choice: a service network, or one of this access point alone. */
  networkFor(identifier: string): ServiceNetwork | undefined;
}
