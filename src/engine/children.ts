import { ConfigurationState, type NetworkConfiguration } from './configuration.js';
import { OrderedList } from './orderedList.js';
import { type Candidate, failing, rankOf } from './preference.js';
import { SessionState } from './states.js';

/** Where a child stands in the order of its network: by the first, then by the second. No two stand at the same place. */
export type Place = readonly [metric: number, order: number];

/** What may be a child: an access point. */
export interface Childlike extends Candidate {
  readonly state: SessionState;
  readonly configuration: NetworkConfiguration;
}

/** A child as it was when it was looked at last. */
interface Child<T> {
  readonly accessPoint: T;
  readonly place: Place;
  readonly rank: number;
  readonly state: SessionState;
  readonly configuration: NetworkConfiguration;
}

/** What has become of one. To be known, or not any more, is to come or go. */
type Step = 'stays' | 'comesOrGoes' | 'moves';

/** The children of a service network at one moment, which can be kept. */
export type Lineup<T> = OrderedList<Child<T>>;

function byPlace<T>({ place: one }: Child<T>, { place: other }: Child<T>): number {
  return one[0] - other[0] || one[1] - other[1];
}

function byRank<T>(one: Child<T>, other: Child<T>): number {
  return one.rank - other.rank || byPlace(one, other);
}

/** What a network shows is the first of these that one of its children does (S2). */
const standing = [
  SessionState.Connected,
  SessionState.Connecting,
  SessionState.Closing,
  SessionState.Disconnected,
  SessionState.NotAvailable,
] as const;

const configurationStates = [
  ConfigurationState.Active,
  ConfigurationState.Discovered,
  ConfigurationState.Defined,
] as const;

/** The children of a service network, in its order and by preference. What a change of one of them costs hardly grows with their number. */
export class Children<T extends Childlike> {
  readonly #placeOf: (accessPoint: T) => Place | undefined;
  readonly #prefersUnmetered: boolean;
  readonly #all = new Map<T, Child<T>>();
  /** How many show a state, and how many are in one. */
  readonly #shown: number[] = [];
  readonly #described: number[] = [];
  #lineup: Lineup<T>;
  #ranking: Lineup<T>;
  /** Of those that are not failing. */
  #up: Lineup<T>;

  /** @param placeOf undefined for what is no child. */
  constructor(accessPoints: Iterable<T>, placeOf: (accessPoint: T) => Place | undefined, prefersUnmetered: boolean) {
    this.#placeOf = placeOf;
    this.#prefersUnmetered = prefersUnmetered;
    for (const accessPoint of accessPoints) {
      this.#put(accessPoint, this.#look(accessPoint));
    }
    const all = [...this.#all.values()];
    this.#lineup = OrderedList.of(byPlace, all);
    this.#ranking = OrderedList.of(byRank, all);
    this.#up = OrderedList.of(byRank, all.filter(isFitAndUp));
  }

  get lineup(): Lineup<T> {
    return this.#lineup;
  }

  /** How many the platform knows. */
  get known(): number {
    return this.#lineup.size - (this.#described[ConfigurationState.Undefined] ?? 0);
  }

  has(accessPoint: T): boolean {
    return this.#all.has(accessPoint);
  }

  get accessPoints(): Iterable<T> {
    return this.#all.keys();
  }

  get state(): SessionState {
    return standing.find((state) => this.#shown[state]) ?? SessionState.Invalid;
  }

  get configurationState(): ConfigurationState {
    return configurationStates.find((state) => this.#described[state]) ?? ConfigurationState.Undefined;
  }

  /** The preferred one of those that are not excluded (R1). */
  preferred(isExcluded: (accessPoint: T) => boolean): T | undefined {
    for (const { accessPoint, rank } of this.#ranking) {
      if (rank >= failing) {
        break;
      }
      if (!isExcluded(accessPoint)) {
        return accessPoint;
      }
    }
    return undefined;
  }

  /**
   * Those that an opening or an escape may try, one after the other: the preferred one of those that are up, then all by
   * preference, and at last those that are failing but in reach (O4a, R8).
   */
  *inTurn(): Iterable<T> {
    const up = this.#up.first?.accessPoint;
    if (up !== undefined) {
      yield up;
    }
    for (const { accessPoint, rank } of this.#ranking) {
      if (rank > failing) {
        return;
      }
      if (accessPoint !== up) {
        yield accessPoint;
      }
    }
  }

  /** Looks at it anew. */
  update(accessPoint: T): Step {
    const before = this.#all.get(accessPoint);
    const now = this.#look(accessPoint);
    this.#put(accessPoint, now);
    if (before?.configuration === now?.configuration && before?.rank === now?.rank) {
      return 'stays'; // At most what it shows is another.
    }
    this.#lineup = exchange(this.#lineup, before, now);
    this.#ranking = exchange(this.#ranking, before, now);
    this.#up = exchange(
      this.#up,
      before && isFitAndUp(before) ? before : undefined,
      now && isFitAndUp(now) ? now : undefined,
    );
    if (before?.configuration.isValid !== now?.configuration.isValid) {
      return 'comesOrGoes';
    }
    return before === undefined || now === undefined || byPlace(before, now) === 0 ? 'stays' : 'moves';
  }

  #look(accessPoint: T): Child<T> | undefined {
    const place = this.#placeOf(accessPoint);
    const { state, configuration } = accessPoint;
    return place && { accessPoint, place, state, configuration, rank: rankOf(accessPoint, this.#prefersUnmetered) };
  }

  #put(accessPoint: T, now: Child<T> | undefined): void {
    this.#count(this.#all.get(accessPoint), -1);
    this.#count(now, 1);
    if (now === undefined) {
      this.#all.delete(accessPoint);
    } else {
      this.#all.set(accessPoint, now);
    }
  }

  #count(child: Child<T> | undefined, by: number): void {
    if (child !== undefined) {
      this.#shown[child.state] = (this.#shown[child.state] ?? 0) + by;
      const { state } = child.configuration;
      this.#described[state] = (this.#described[state] ?? 0) + by;
    }
  }
}

function isFitAndUp<T>({ configuration, rank }: Child<T>): boolean {
  return rank < failing && configuration.state === ConfigurationState.Active;
}

function exchange<T>(list: Lineup<T>, before: Child<T> | undefined, now: Child<T> | undefined): Lineup<T> {
  const without = before === undefined ? list : list.without(before);
  return now === undefined ? without : without.with(now);
}

/** What is only named, or was removed, is kept for its return, but is none of the children that are listed. */
export function knownOf<T>(lineup: Lineup<T>): readonly NetworkConfiguration[] {
  return lineup.all.map(({ configuration }) => configuration).filter(({ isValid }) => isValid);
}

/** Whether the known children at two moments are the same, in the same order. */
export function isSameLineup<T>(before: Lineup<T>, now: Lineup<T>): boolean {
  const identifiersOf = (lineup: Lineup<T>) => knownOf(lineup).map(({ identifier }) => identifier);
  return isEqual(identifiersOf(before), identifiersOf(now));
}

/** Those that both have are not in the same order any more. */
export function isOtherOrder<T>(before: Lineup<T>, now: Lineup<T>): boolean {
  const [one, other] = [before, now].map(({ all }) => all.map(({ accessPoint }) => accessPoint)) as [T[], T[]];
  const [isBefore, isNow] = [new Set(one), new Set(other)];
  return !isEqual(
    one.filter((accessPoint) => isNow.has(accessPoint)),
    other.filter((accessPoint) => isBefore.has(accessPoint)),
  );
}

function isEqual(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.length === other.length && one.every((item, index) => item === other[index]);
}
