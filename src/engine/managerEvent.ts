import type { NetworkConfiguration } from './configuration.js';
import type { SystemFacts } from './platform.js';

/** What events a manager has. */
export enum ManagerEvent {
  Add = 0,
  Change = 1,
  Remove = 2,
  Online = 3,
  Capabilities = 4,
  Update = 5,
  Sessions = 6,
  System = 7,
  Holders = 8,
}

/** What each of them tells. */
export interface ManagerEvents {
  [ManagerEvent.Add]: NetworkConfiguration;
  [ManagerEvent.Change]: NetworkConfiguration;
  [ManagerEvent.Remove]: NetworkConfiguration;
  [ManagerEvent.Online]: boolean;
  /** With what the ledger adds to the platform's, which the manager knows when it is told. */
  [ManagerEvent.Capabilities]: number;
  [ManagerEvent.Update]: undefined;
  [ManagerEvent.Sessions]: undefined;
  [ManagerEvent.System]: SystemFacts;
  [ManagerEvent.Holders]: string;
}
