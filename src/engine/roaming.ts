import type { NetworkConfiguration } from './configuration.js';
import type { SessionFailure } from './errors.js';
import type { TestResult } from './platform.js';

/** Milliseconds after which a migration that nobody answers goes back by itself (R5a). */
export const answerTime = 60_000;

/** Milliseconds after a move in which no other is offered, unless the link in use is failing (R2). */
export const quietTime = 30_000;

/** Who moves sessions of a service network: the person who is asked, the engine by itself, or nobody. */
export type RoamingPolicy = 'ask' | 'automatic' | 'never';

/** Part of an offer while a move is under way. */
interface UnderWay {
  /** What was in use when it began. */
  readonly from: NetworkConfiguration;
}

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
  | ({
      readonly kind: 'migrating';
      readonly configuration: NetworkConfiguration;
      readonly isForced: boolean;
    } & UnderWay)
  /** It is up, and is being made ready and tested. */
  | ({ readonly kind: 'testing'; readonly configuration: NetworkConfiguration; readonly isForced: boolean } & UnderWay)
  /** It is up and tested: `accept()` or `reject()` (R4, R5). */
  | ({
      readonly kind: 'activated';
      readonly configuration: NetworkConfiguration;
      readonly isForced: boolean;
      readonly results: readonly TestResult[];
      /** All tests have passed; without tests, it is not known to lead nowhere. */
      readonly isSuitable: boolean;
      /** Milliseconds until it goes back by itself (R5a). */
      readonly timeLeft: number;
    } & UnderWay)
  /** The system's traffic is being moved. */
  | ({ readonly kind: 'accepting'; readonly configuration: NetworkConfiguration } & UnderWay)
  /** The one before is being started again: one device served both. */
  | ({ readonly kind: 'returning'; readonly configuration: NetworkConfiguration } & UnderWay)
  /** The one in use was lost, and the next is looked for (R8). */
  | ({ readonly kind: 'escaping'; readonly configuration: NetworkConfiguration | undefined } & UnderWay);

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

/** What the tests of a new access point have shown; undefined where nobody has waited for them. */
export interface Findings {
  readonly results: readonly TestResult[];
  readonly isSuitable: boolean | undefined;
}

/** The same when they are over. */
export interface Proven extends Findings {
  readonly isSuitable: boolean;
}

/** The calls that answer or begin a move, and all that happens meanwhile from outside; each with what comes with it. */
export interface RoamingInputs {
  /** The identifier of a child; undefined for what is offered. */
  migrate: string | undefined;
  ignore: undefined;
  accept: undefined;
  reject: undefined;
  /** Another child is preferred and may be offered. */
  preferred: undefined;
  /** None is, any more. */
  unpreferred: undefined;
  /** The leg of the move is open. */
  opened: undefined;
  /** It could not be opened. */
  failed: SessionFailure;
  /** It was open, and is lost or stopped by others. */
  newLost: SessionFailure;
  /** The access point in use is lost. */
  oldLost: SessionFailure;
  /** The tests are over. */
  tested: Proven;
  /** The new one could not be made ready, or not in time. */
  notReady: SessionFailure;
  /** The tests have not passed, and nobody is to be asked (R2). */
  unsuitable: undefined;
  /** Nobody has answered in time (R5a). */
  expired: undefined;
  /** The system's traffic goes by the new one. */
  routed: undefined;
  /** It could not be moved. */
  notRouted: SessionFailure;
  /** None of the others works. */
  exhausted: undefined;
}

export type RoamingInput = keyof RoamingInputs;

/** An act that works on the moves of these kinds, and on what has come with the input. */
interface Act<Kind extends MoveKind, Detail = unknown> {
  readonly kind: Kind;
  readonly detail: Detail;
}

/** What can be done about an input, and where that makes sense: the compiler lets no other place of the table have it. */
export interface RoamingActs {
  /** It is of no consequence, or cannot be. */
  nothing: Act<MoveKind>;
  /** RoamingError, and nothing moves (R7). */
  refuse: Act<MoveKind>;
  offer: Act<'none' | 'offered'>;
  withdraw: Act<'offered'>;
  dismiss: Act<'offered'>;
  begin: Act<'none' | 'offered', string | undefined>;
  prove: Act<'migrating'>;
  activate: Act<'testing', Proven>;
  accept: Act<'testing' | 'activated'>;
  keep: Act<'testing' | 'activated', SessionFailure>;
  reject: Act<'testing' | 'activated'>;
  /** As by a rejection (R5a). */
  expire: Act<'activated'>;
  discard: Act<'activated'>;
  giveUp: Act<'migrating' | 'testing' | 'activated' | 'accepting', SessionFailure>;
  goOn: Act<'migrating', SessionFailure>;
  finish: Act<'accepting' | 'escaping'>;
  finishAnyway: Act<'accepting' | 'escaping'>;
  escape: Act<'none' | 'offered' | 'returning', SessionFailure>;
  tryNext: Act<'escaping', SessionFailure>;
  arrive: Act<'escaping'>;
  lose: Act<'escaping'>;
  resume: Act<'returning'>;
}

export type RoamingAct = keyof RoamingActs;

/** The acts that work on a move of this kind, and on what comes with this input. */
type ActOn<Kind extends MoveKind, Input extends RoamingInput> = {
  [Name in RoamingAct]: [Kind, RoamingInputs[Input]] extends [RoamingActs[Name]['kind'], RoamingActs[Name]['detail']]
    ? Name
    : never;
}[RoamingAct];

type RoamingTable = {
  readonly [Kind in MoveKind]: { readonly [Input in RoamingInput]: ActOn<Kind, Input> };
};

const unanswerable = { migrate: 'refuse', ignore: 'refuse', accept: 'refuse', reject: 'refuse' } as const;
const unoffered = { preferred: 'nothing', unpreferred: 'nothing' } as const;
const nothingNew = {
  opened: 'nothing',
  failed: 'nothing',
  newLost: 'nothing',
  tested: 'nothing',
  notReady: 'nothing',
  unsuitable: 'nothing',
  expired: 'nothing',
  routed: 'nothing',
  notRouted: 'nothing',
  exhausted: 'nothing',
} as const;

/** What each call and each outside event does in each state of a move: the one place where that is said (R2 to R8a). */
export const roamingTable: RoamingTable = {
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
    unsuitable: 'discard',
    expired: 'expire',
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
