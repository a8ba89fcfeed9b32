import type {
  CauseCode,
  NetworkConfiguration,
  NetworkConfigurationManager,
  NetworkSession,
  Offer,
} from '../../engine/index.js';
import { causePhrase } from './causes.js';
import type { Translate } from './translate.js';
import { displayName } from './words.js';

/** How a move of a session has ended, and why. */
export type MoveOutcome =
  /** It was asked for and accepted. */
  | { readonly kind: 'accepted' }
  /** The engine has moved it by itself, to something better. */
  | { readonly kind: 'automatic' }
  /** The access point in use was lost. */
  | { readonly kind: 'escaped'; readonly cause: CauseCode | undefined }
  /** It went back, or stayed: rejected or not answered in time, its tests did not pass, or it did not work. */
  | { readonly kind: 'returned' | 'unsuitable' }
  | { readonly kind: 'failed'; readonly cause: CauseCode };

export interface MoveRecord {
  readonly at: Date;
  readonly from: NetworkConfiguration;
  readonly to: NetworkConfiguration;
  readonly outcome: MoveOutcome;
}

/** More than anybody reads in a tooltip. */
const most = 3;

/** What a session on a service network has lived through lately: its last moves, the latest first. */
export class MoveLog {
  readonly #manager: NetworkConfigurationManager;
  readonly #session: NetworkSession;
  readonly #now: () => Date;
  #seen: Offer = { kind: 'none' };
  /** What it was on when no move was under way. */
  #settled: NetworkConfiguration | undefined;
  /** Where the move under way leads, or led before it turned back. */
  #goal: NetworkConfiguration | undefined;
  #failure: CauseCode | undefined;
  /** Why what it was on has gone down in the middle of a move. */
  #lossCause: CauseCode | undefined;
  #isForced = false;
  #records: readonly MoveRecord[] = [];

  constructor(manager: NetworkConfigurationManager, session: NetworkSession, now: () => Date) {
    this.#manager = manager;
    this.#session = session;
    this.#now = now;
  }

  get records(): readonly MoveRecord[] {
    return this.#records;
  }

  /** The access point that it is on, or would go back to. */
  get settled(): NetworkConfiguration {
    return this.#settled ?? this.#session.activeConfiguration;
  }

  /** The engine moves it by itself, as far as was seen. */
  get isForced(): boolean {
    return this.#isForced;
  }

  /** It has just been opened. */
  opened(): void {
    this.#seen = { kind: 'none' };
    this.#settled = undefined;
    this.#goal = undefined;
    this.#failure = undefined;
    this.#lossCause = undefined;
    this.#records = [];
    this.follow();
  }

  /** A move has failed. */
  failed(cause: CauseCode): void {
    this.#failure = cause;
  }

  /** Looks how far it is; true when a move has ended since. */
  follow(): boolean {
    const { offer, activeConfiguration, isOpen } = this.#session;
    if (!isOpen) {
      return false;
    }
    const seen = this.#seen;
    const wasForced = this.#isForced;
    this.#seen = offer;
    if (offer.kind !== 'none' && offer.kind !== 'offered') {
      this.#isForced = 'isForced' in offer ? offer.isForced : wasForced;
      this.#goal = offer.kind === 'returning' ? this.#goal : offer.configuration;
      // it is forgotten when what was lost is stopped altogether
      this.#lossCause ??= this.#manager.accessPoint(this.settled.identifier)?.cause?.code;
      return false;
    }
    this.#isForced = false;
    const before = this.#settled;
    this.#settled = activeConfiguration;
    const failure = this.#failure;
    this.#failure = undefined;
    const lossCause = this.#lossCause;
    this.#lossCause = undefined;
    const goal = this.#goal;
    this.#goal = undefined;
    if (before === undefined) {
      return false;
    }
    if (before.identifier !== activeConfiguration.identifier) {
      return this.#add(before, activeConfiguration, this.#arrival(seen, before, wasForced, lossCause));
    }
    return goal === undefined ? false : this.#add(before, goal, stay(wasForced, failure));
  }

  #arrival(
    seen: Offer,
    before: NetworkConfiguration,
    wasForced: boolean,
    lossCause: CauseCode | undefined,
  ): MoveOutcome {
    // the one before is let go only after this: when it is down by now, it was lost, unless it went down for this one
    const facts = this.#manager.accessPoint(before.identifier);
    const device = this.#manager.accessPoint(this.#session.activeConfiguration.identifier)?.device;
    const gaveWay = device !== undefined && facts?.device === device;
    if (seen.kind === 'escaping' || (facts?.link === 'down' && !gaveWay)) {
      return { kind: 'escaped', cause: lossCause ?? facts?.cause?.code };
    }
    return { kind: wasForced ? 'automatic' : 'accepted' };
  }

  #add(from: NetworkConfiguration, to: NetworkConfiguration, outcome: MoveOutcome): true {
    this.#records = [{ at: this.#now(), from, to, outcome }, ...this.#records].slice(0, most);
    return true;
  }
}

function stay(wasForced: boolean, failure: CauseCode | undefined): MoveOutcome {
  if (failure !== undefined) {
    return { kind: 'failed', cause: failure };
  }
  // nobody was asked, so nobody has rejected it
  return { kind: wasForced ? 'unsuitable' : 'returned' };
}

/** A move as a line of a tooltip: when, and what came of it. */
export function moveSentence(
  { at, from, to, outcome }: MoveRecord,
  timeOf: (at: Date) => string,
  t: Translate,
): string {
  const [time, before, after] = [timeOf(at), displayName(from, t), displayName(to, t)];
  switch (outcome.kind) {
    case 'accepted':
      return t('moved from {0} to {1} at {2}', before, after, time);
    case 'automatic':
      return t('moved by itself from {0} to {1} at {2}', before, after, time);
    case 'escaped':
      return outcome.cause === undefined
        ? t('moved from {0} to {1} at {2}, because the first was lost', before, after, time)
        : t('moved from {0} to {1} at {2}: {3}', before, after, time, causePhrase(outcome.cause, t));
    case 'returned':
      return t('went back from {0} to {1} at {2}', after, before, time);
    case 'unsuitable':
      return t('stayed on {0} at {1}: the tests of {2} did not pass', before, time, after);
    case 'failed':
      return t('stayed on {0} at {1}: {2} did not work ({3})', before, time, after, causePhrase(outcome.cause, t));
  }
}

/** How a move has ended, for the log and for bug reports. */
export const outcomeText = (outcome: MoveOutcome): string =>
  'cause' in outcome && outcome.cause !== undefined ? `${outcome.kind} (${outcome.cause})` : outcome.kind;

/** The same for the log, which names nobody. */
export const moveLine = ({ from, to, outcome }: MoveRecord): string =>
  `move ${from.identifier} -> ${to.identifier}: ${outcomeText(outcome)}`;
