import {
  type Counters,
  type Logger,
  type Platform,
  type PlatformUpdate,
  type Routing,
  type StartOptions,
  silentLogger,
} from '../engine/index.js';

/** A platform that was made, and where it stands in the order. */
interface Candidate {
  readonly platform: Platform;
  readonly index: number;
  isAway: boolean;
  isStarting: boolean;
  /** What it has told of its absence while it was starting. */
  absence: PlatformUpdate | undefined;
}

type Maker = () => Platform;

/**
 * The first of several platforms that serves. Those before it are listened to, so that the coming of one is noticed at
 * once; those after it are not made. When it goes, the next one takes over only after the engine has given up waiting
 * for it (O13).
 */
export class AutoPlatform implements Platform {
  readonly #makers: readonly Maker[];
  readonly #logger: Logger;
  readonly #first: Candidate;
  /** In order. The last one serves. */
  #made: readonly Candidate[];
  #onUpdate: (update: PlatformUpdate) => void = () => undefined;
  #isSearching = false;
  #isWatched = false;
  #isDisposed = false;

  /** @param makers of the platforms, in the order in which they are taken; at least one, and the last one serves anywhere */
  constructor(makers: readonly Maker[], logger: Logger = silentLogger) {
    this.#makers = makers;
    this.#logger = logger;
    const [makeFirst] = makers;
    if (makeFirst === undefined) {
      throw new RangeError('There is no platform to take.');
    }
    this.#first = { platform: makeFirst(), index: 0, isAway: true, isStarting: false, absence: undefined };
    this.#made = [this.#first];
  }

  async start(onUpdate: (update: PlatformUpdate) => void): Promise<void> {
    this.#onUpdate = onUpdate;
    await this.#begin(this.#first);
    const { isAway, absence } = this.#first;
    if (isAway && !(await this.#search()) && this.#first.isAway && absence !== undefined) {
      onUpdate(absence);
    }
  }

  get #serving(): Candidate {
    return this.#made.at(-1) ?? this.#first;
  }

  /** Tries those after the one that serves. Resolves with whether one does now: one of before, perhaps, that has come back meanwhile. */
  async #search(): Promise<boolean> {
    const { index } = this.#serving;
    this.#isSearching = true;
    for (const [at, make] of this.#makers.entries()) {
      if (at > index && (this.#isDisposed || (await this.#tryOut({ platform: make(), index: at })))) {
        this.#isSearching = false;
        return true;
      }
    }
    this.#isSearching = false;
    this.#returnTo(this.#first);
    return false;
  }

  async #tryOut(made: Pick<Candidate, 'platform' | 'index'>): Promise<boolean> {
    const candidate: Candidate = { ...made, isAway: true, isStarting: false, absence: undefined };
    if (this.#isWatched) {
      this.#serving.platform.setWatched?.(false);
      candidate.platform.setWatched?.(true);
    }
    this.#made = [...this.#made, candidate];
    const isLeft = () => this.#serving !== candidate || this.#isDisposed;
    try {
      await this.#begin(candidate);
      return isLeft() || !candidate.isAway || candidate.index === this.#makers.length - 1;
    } catch (error) {
      if (isLeft()) {
        return true; // It was let go of before it had started.
      }
      this.#logger.error(`No platform serves here: ${error instanceof Error ? error.message : String(error)}`);
      this.#made = this.#made.slice(0, -1);
      void candidate.platform.dispose();
      return false;
    }
  }

  async #begin(candidate: Candidate): Promise<void> {
    candidate.isStarting = true;
    try {
      await candidate.platform.start((update) => this.#take(candidate, update));
    } finally {
      candidate.isStarting = false;
    }
  }

  #take(candidate: Candidate, update: PlatformUpdate): void {
    if (!this.#made.includes(candidate)) {
      return;
    }
    if (update.system !== undefined) {
      candidate.isAway = update.system.away !== undefined;
    }
    if (candidate !== this.#serving && !candidate.isAway) {
      this.#returnTo(candidate);
    }
    if (candidate !== this.#serving) {
      return;
    }
    const isPassedOver = candidate.isStarting && candidate.isAway && candidate.index < this.#makers.length - 1;
    if (isPassedOver) {
      candidate.absence = update; // The first reading of the next one is the first then.
    } else {
      this.#onUpdate(update);
    }
  }

  /** Lets those after it go. */
  #returnTo(candidate: Candidate): void {
    const left = this.#made.filter(({ index }) => index > candidate.index);
    this.#made = this.#made.filter(({ index }) => index <= candidate.index);
    if (this.#isWatched) {
      candidate.platform.setWatched?.(true);
    }
    for (const { platform } of left) {
      void platform.dispose();
    }
  }

  /** Of the one that serves now, so it comes and goes. */
  get routing(): Routing | undefined {
    return this.#serving.platform.routing;
  }

  startAccessPoint(identifier: string, options: StartOptions): Promise<void> {
    return this.#serving.platform.startAccessPoint(identifier, options);
  }

  stopAccessPoint(identifier: string, accepted: () => void): Promise<void> {
    return this.#serving.platform.stopAccessPoint(identifier, accepted);
  }

  /** Looks for those before as well: one may be there without having been noticed. */
  async look(): Promise<void> {
    for (const { platform } of this.#made.slice(0, -1)) {
      await platform.look().catch(() => undefined);
    }
    await this.#serving.platform.look();
  }

  counters(identifier: string): Counters | undefined {
    return this.#serving.platform.counters(identifier);
  }

  setWatched(watched: boolean): void {
    this.#isWatched = watched;
    this.#serving.platform.setWatched?.(watched);
  }

  /** Those before have to know at any time: they may have something to leave alone when they are back. */
  setHeld(identifier: string, held: boolean): void {
    for (const { platform } of this.#made) {
      platform.setHeld?.(identifier, held);
    }
  }

  abandon(): void {
    this.#serving.platform.abandon?.();
    if (!this.#isSearching && this.#serving.index < this.#makers.length - 1) {
      void this.#search();
    }
  }

  async dispose(): Promise<void> {
    this.#isDisposed = true;
    await Promise.all(this.#made.map(({ platform }) => platform.dispose()));
  }
}
