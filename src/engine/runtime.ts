import type { DeliveryQueue } from './event.js';
import type { Ledger } from './ledger.js';
import type { Clock, Logger, Platform, SystemFacts } from './platform.js';

/** What the engine runs on. A class declares the parts that it uses in the port that it needs. */
export interface Runtime {
  readonly platform: Platform;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly ledger: Ledger;
  readonly queue: DeliveryQueue;
  readonly system: SystemFacts;
  /** Reports what a listener threw. */
  readonly report: (error: unknown) => void;
}
