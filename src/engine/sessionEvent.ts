import type { MoveEnd, SessionEnd } from './ends.js';
import type { SessionError } from './errors.js';
import type { ActivatedConfiguration, PreferredConfiguration } from './roaming.js';
import type { SessionState, UsagePolicy } from './states.js';

/** What events a session has; told in the order in which they are caused. */
export enum SessionEvent {
  State = 0,
  Open = 1,
  Close = 2,
  Fail = 3,
  UsagePolicies = 4,
  Preferred = 5,
  Activated = 6,
  Offer = 7,
  Ended = 8,
  MoveEnded = 9,
}

/** What each of them tells. */
export interface SessionEvents {
  [SessionEvent.State]: SessionState;
  [SessionEvent.Open]: undefined;
  [SessionEvent.Close]: undefined;
  [SessionEvent.Fail]: SessionError;
  [SessionEvent.UsagePolicies]: UsagePolicy;
  [SessionEvent.Preferred]: PreferredConfiguration;
  [SessionEvent.Activated]: ActivatedConfiguration;
  [SessionEvent.Offer]: undefined;
  [SessionEvent.Ended]: SessionEnd;
  [SessionEvent.MoveEnded]: MoveEnd;
}
