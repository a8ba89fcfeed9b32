import type { NetworkConfiguration } from './configuration.js';
import type { NetworkSession } from './networkSession.js';

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
