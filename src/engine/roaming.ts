import type { NetworkConfiguration } from './configuration.js';
import type { TestResult } from './platform.js';

/** Milliseconds after which a migration that nobody answers goes back by itself (R5a). */
export const answerTime = 60_000;

/** Milliseconds after a move in which no other is offered, unless the link in use is failing (R2). */
export const quietTime = 30_000;

/** Who moves sessions of a service network: the person who is asked, the engine by itself, or nobody. */
export type RoamingPolicy = 'ask' | 'automatic' | 'never';

/** How far a session on a service network is with a move to another access point. What exists in a state is in its variant. */
export type Offer =
  | { readonly kind: 'none' }
  /** Another access point is preferred: `migrate()` or `ignore()` (R2). */
  | {
      readonly kind: 'offered';
      readonly configuration: NetworkConfiguration;
      readonly isSeamless: boolean;
      readonly isUpgrade: boolean;
    }
  /** It is being started (R3). */
  | { readonly kind: 'migrating'; readonly configuration: NetworkConfiguration; readonly isForced: boolean }
  /** It is up, and is being made ready and tested. */
  | { readonly kind: 'testing'; readonly configuration: NetworkConfiguration; readonly isForced: boolean }
  /** It is up and tested: `accept()` or `reject()` (R4, R5). */
  | {
      readonly kind: 'activated';
      readonly configuration: NetworkConfiguration;
      readonly isForced: boolean;
      readonly results: readonly TestResult[];
      /** All tests have passed; without tests, it is not known to lead nowhere. */
      readonly isSuitable: boolean;
      /** Milliseconds until it goes back by itself (R5a). */
      readonly timeLeft: number;
    }
  /** The system's traffic is being moved. */
  | { readonly kind: 'accepting'; readonly configuration: NetworkConfiguration }
  /** The one before is being started again: one device served both. */
  | { readonly kind: 'returning'; readonly configuration: NetworkConfiguration }
  /** The one in use was lost, and the next is looked for (R8). */
  | { readonly kind: 'escaping'; readonly configuration: NetworkConfiguration | undefined };

/** No move is under way. */
export const noOffer: Offer = Object.freeze({ kind: 'none' });

/** What `onDidChangePreferredConfiguration` tells (R2). */
export interface PreferredConfiguration {
  readonly configuration: NetworkConfiguration;
  /** Local addresses survive the move (R10). */
  readonly isSeamless: boolean;
  /** True: something better. False: the one in use is failing (R6a). */
  readonly isUpgrade: boolean;
}

/** What `onDidActivateNewConfiguration` tells: sockets of before do not last (R3, R8). */
export interface ActivatedConfiguration {
  readonly configuration: NetworkConfiguration;
  readonly results: readonly TestResult[];
  /** As in {@link Offer}; undefined where nobody has waited for the tests: the one before was lost, or the answer came first. */
  readonly isSuitable: boolean | undefined;
  /** The move is over; there is nothing to answer. */
  readonly isFinal: boolean;
}

export type MoveKind = Offer['kind'];

/** The calls that answer or begin a move, and all that happens meanwhile from outside. */
export type RoamingInput =
  | 'migrate'
  | 'ignore'
  | 'accept'
  | 'reject'
  /** Another child is preferred and may be offered. */
  | 'preferred'
  /** None is, any more. */
  | 'unpreferred'
  /** The leg of the move is open. */
  | 'opened'
  /** It could not be opened. */
  | 'failed'
  /** It was open, and is lost or stopped by others. */
  | 'newLost'
  /** The access point in use is lost. */
  | 'oldLost'
  /** The tests are over. */
  | 'tested'
  /** The new one could not be made ready, or not in time. */
  | 'notReady'
  /** Nobody has answered in time (R5a). */
  | 'expired'
  /** The system's traffic goes by the new one. */
  | 'routed'
  /** It could not be moved. */
  | 'notRouted'
  /** None of the others works. */
  | 'exhausted';

/** What is done about it. `refuse`: RoamingError, and nothing moves (R7). `nothing`: it is of no consequence, or cannot be. */
export type RoamingAct =
  | 'nothing'
  | 'refuse'
  | 'offer'
  | 'withdraw'
  | 'dismiss'
  | 'begin'
  | 'prove'
  | 'activate'
  | 'accept'
  | 'keep'
  | 'reject'
  | 'giveUp'
  | 'goOn'
  | 'finish'
  | 'finishAnyway'
  | 'escape'
  | 'tryNext'
  | 'arrive'
  | 'lose'
  | 'resume';

const unanswerable = { migrate: 'refuse', ignore: 'refuse', accept: 'refuse', reject: 'refuse' } as const;
const unoffered = { preferred: 'nothing', unpreferred: 'nothing' } as const;
const nothingNew = {
  opened: 'nothing',
  failed: 'nothing',
  newLost: 'nothing',
  tested: 'nothing',
  notReady: 'nothing',
  expired: 'nothing',
  routed: 'nothing',
  notRouted: 'nothing',
  exhausted: 'nothing',
} as const;

/** What each call and each outside event does in each state of a move: the one place where that is said (R2 to R8a). */
export const roamingTable: Readonly<Record<MoveKind, Readonly<Record<RoamingInput, RoamingAct>>>> = {
  none: {
    ...unanswerable,
    ...nothingNew,
    migrate: 'begin',
    preferred: 'offer',
    unpreferred: 'nothing',
    oldLost: 'escape',
  },
  offered: {
    ...unanswerable,
    ...nothingNew,
    migrate: 'begin',
    ignore: 'dismiss',
    preferred: 'offer',
    unpreferred: 'withdraw',
    oldLost: 'escape',
  },
  migrating: {
    ...unanswerable,
    ...unoffered,
    ...nothingNew,
    opened: 'prove',
    failed: 'giveUp',
    newLost: 'giveUp',
    oldLost: 'goOn',
  },
  testing: {
    ...unanswerable,
    ...unoffered,
    ...nothingNew,
    accept: 'accept',
    reject: 'reject',
    tested: 'activate',
    notReady: 'giveUp',
    newLost: 'giveUp',
    oldLost: 'keep',
  },
  activated: {
    ...unanswerable,
    ...unoffered,
    ...nothingNew,
    accept: 'accept',
    reject: 'reject',
    expired: 'reject',
    newLost: 'giveUp',
    oldLost: 'keep',
  },
  accepting: {
    ...unanswerable,
    ...unoffered,
    ...nothingNew,
    routed: 'finish',
    notRouted: 'giveUp',
    newLost: 'giveUp',
    oldLost: 'nothing',
  },
  returning: {
    ...unanswerable,
    ...unoffered,
    ...nothingNew,
    opened: 'resume',
    failed: 'escape',
    newLost: 'escape',
    oldLost: 'nothing',
  },
  escaping: {
    ...unanswerable,
    ...unoffered,
    ...nothingNew,
    opened: 'arrive',
    failed: 'tryNext',
    newLost: 'tryNext',
    oldLost: 'nothing',
    routed: 'finish',
    notRouted: 'finishAnyway',
    exhausted: 'lose',
  },
};
