import {
  type Clock,
  type Counters,
  type Disposable,
  type Logger,
  type Platform,
  PlatformFailure,
  type PlatformUpdate,
  silentLogger,
  systemClock,
} from '../../engine/index.js';
import { ChangeTeller, refusal, systemFacts, type Watched } from '../watchOnly.js';
import { accessPointOf, identifierOf, missing } from './accessPoint.js';
import { loadSystemInformation, Question, type SystemInformationFunctions } from './functions.js';
import { type InterfaceRow, parseInterfaces } from './rows.js';
import { Sampler } from './sampler.js';

export interface SystemInformationOptions {
  readonly clock?: Clock;
  readonly logger?: Logger;
  /** Loads what is asked; the package by default. */
  readonly load?: () => Promise<SystemInformationFunctions>;
}

/** Milliseconds between two looks while somebody watches. */
const lookInterval = 10_000;

interface Entry extends Watched {
  readonly sampler: Sampler;
  readonly isMissing: boolean;
}

/**
 * Every other system, through the package `systeminformation`. Watches and counts; it cannot start or stop anything and
 * says so (M5). The package starts programs and blocks for 10 to 200 ms a call, so it is asked only while somebody
 * watches, and then every ten seconds; there are no events.
 *
 * An interface is an access point if it is hardware or is the default (M3b), and then stays one while it is there.
 */
export class SystemInformationPlatform implements Platform {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #load: () => Promise<SystemInformationFunctions>;
  #functions: SystemInformationFunctions | undefined;
  #question: Question | undefined;
  #teller: ChangeTeller | undefined;
  #known: ReadonlyMap<string, Entry> = new Map();
  #looking: Promise<void> | undefined;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #isWatched = false;
  #isDisposed = false;
  #timer: Disposable | undefined;

  constructor({
    clock = systemClock,
    logger = silentLogger,
    load = loadSystemInformation,
  }: SystemInformationOptions = {}) {
    this.#clock = clock;
    this.#logger = logger;
    this.#load = load;
  }

  /** Rejects when the package cannot be loaded. An answer that does not come is waited for later: nothing is listed then. */
  async start(onUpdate: (update: PlatformUpdate) => void): Promise<void> {
    try {
      const functions = await this.#load();
      this.#functions = functions;
      this.#question = new Question(this.#clock, () => functions.networkInterfaces());
    } catch (error) {
      throw new PlatformFailure({ code: 'other', detail: String(error) });
    }
    const rows = await this.#ask();
    if (this.#isDisposed) {
      throw new PlatformFailure({ code: 'disposed' });
    }
    this.#teller = new ChangeTeller(onUpdate);
    this.#take(rows ?? []);
    this.#keepLooking();
  }

  startAccessPoint(identifier: string): Promise<void> {
    return refusal(this.#known.has(identifier) ? 'cannotStart' : 'notDefined');
  }

  stopAccessPoint(identifier: string): Promise<void> {
    return refusal(this.#known.has(identifier) ? 'cannotStop' : 'notDefined');
  }

  async look(): Promise<void> {
    // An answer that is on its way may be older than this request.
    await this.#looking;
    await this.#look();
  }

  counters(identifier: string): Counters | undefined {
    return this.#known.get(identifier)?.sampler.counters;
  }

  setWatched(watched: boolean): void {
    if (this.#isWatched !== watched) {
      this.#isWatched = watched;
      for (const { sampler } of watched ? this.#known.values() : []) {
        sampler.begin();
      }
      this.#keepLooking();
    }
  }

  async dispose(): Promise<void> {
    this.#isDisposed = true;
    this.#teller = undefined;
    this.#timer?.dispose();
    this.#question?.dispose();
    for (const { sampler } of this.#known.values()) {
      sampler.dispose();
    }
    this.#known = new Map();
  }

  /** Looks when the last look is old enough, again and again while somebody watches. */
  #keepLooking(): void {
    this.#timer?.dispose();
    this.#timer = undefined;
    if (this.#isWatched && this.#teller !== undefined) {
      const age = this.#clock.now() - this.#lookedAt;
      this.#timer = this.#clock.setTimeout(() => void this.#look(), Math.max(lookInterval - age, 0));
    }
  }

  /** One look at a time; who asks meanwhile waits for the same. */
  #look(): Promise<void> {
    this.#looking ??= this.#lookOnce().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #lookOnce(): Promise<void> {
    const rows = await this.#ask();
    if (rows !== undefined) {
      this.#take(rows);
    }
    for (const { sampler } of this.#isWatched ? this.#known.values() : []) {
      sampler.keep();
    }
    this.#keepLooking();
  }

  /** Undefined when there is no answer, or one that says nothing: what was known stays. */
  async #ask(): Promise<InterfaceRow[] | undefined> {
    this.#lookedAt = this.#clock.now();
    try {
      return parseInterfaces(await this.#question?.ask());
    } catch (error) {
      if (this.#isDisposed) {
        return undefined;
      }
      this.#logger.warn(`The interfaces could not be read: ${String(error)}`);
      return undefined;
    }
  }

  #take(rows: readonly InterfaceRow[]): void {
    const functions = this.#functions;
    if (this.#teller === undefined || functions === undefined) {
      return;
    }
    const known = new Map<string, Entry>();
    for (const row of rows) {
      const identifier = identifierOf(row.name);
      const previous = this.#known.get(identifier);
      const counts = row.isDefault || !row.isVirtual;
      if (counts || previous !== undefined) {
        known.set(identifier, {
          facts: accessPointOf(row, previous?.facts),
          counts,
          sampler: previous?.sampler ?? new Sampler(row.name, this.#clock, functions),
          isMissing: false,
        });
      }
    }
    for (const [identifier, entry] of this.#known) {
      if (!known.has(identifier) && !entry.isMissing) {
        known.set(identifier, { ...entry, facts: missing(entry.facts), isMissing: true });
      }
    }
    for (const [identifier, { sampler }] of this.#known) {
      if (!known.has(identifier)) {
        sampler.dispose();
      }
    }
    this.#known = known;
    const entries = [...known.values()];
    const routed = rows.filter(({ isDefault }) => isDefault).map(({ name }) => identifierOf(name));
    this.#teller.tell(
      entries.map(({ facts }) => facts),
      systemFacts(entries, routed, { platform: 'systemInformation', polls: true }),
    );
  }
}
