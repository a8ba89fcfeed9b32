import {
  type Counters,
  type Logger,
  type Platform,
  type PlatformUpdate,
  type Routing,
  type StartOptions,
  silentLogger,
} from '../engine/index.js';

/**
 * The first platform where it serves, another one where it does not. The first is always listened to, so that its coming
 * is noticed at once; when it goes, the other takes over only after the engine has given up waiting for it (O13).
 */
export class AutoPlatform implements Platform {
  readonly #first: Platform;
  readonly #makeOther: () => Platform;
  readonly #logger: Logger;
  #current: Platform;
  #other: Platform | undefined;
  #onUpdate: (update: PlatformUpdate) => void = () => undefined;
  #isFirstAway = true;
  #isWatched = false;
  #isDisposed = false;

  constructor(first: Platform, makeOther: () => Platform, logger: Logger = silentLogger) {
    this.#first = first;
    this.#makeOther = makeOther;
    this.#logger = logger;
    this.#current = first;
  }

  async start(onUpdate: (update: PlatformUpdate) => void): Promise<void> {
    this.#onUpdate = onUpdate;
    let isStarting = true;
    let absence: PlatformUpdate | undefined;
    await this.#first.start((update) => {
      if (update.system !== undefined) {
        this.#isFirstAway = update.system.away !== undefined;
      }
      if (this.#current !== this.#first && !this.#isFirstAway) {
        this.#returnToFirst();
      }
      if (isStarting && this.#isFirstAway) {
        absence = update; // The other's first reading is the first then.
      } else if (this.#current === this.#first) {
        onUpdate(update);
      }
    });
    isStarting = false;
    if (this.#isFirstAway && !(await this.#turnToOther()) && this.#isFirstAway && absence !== undefined) {
      onUpdate(absence);
    }
  }

  /** Resolves with whether another one serves now: the first again, perhaps, if it has come back meanwhile. */
  async #turnToOther(): Promise<boolean> {
    if (this.#other !== undefined || this.#isDisposed) {
      return true;
    }
    const other = this.#makeOther();
    this.#other = other;
    this.#current = other;
    if (this.#isWatched) {
      this.#first.setWatched?.(false);
      other.setWatched?.(true);
    }
    try {
      await other.start((update) => {
        if (this.#current === other) {
          this.#onUpdate(update);
        }
      });
      return true;
    } catch (error) {
      if (this.#current !== other || this.#isDisposed) {
        return true; // It was let go of before it had started.
      }
      this.#logger.error(`No platform serves here: ${error instanceof Error ? error.message : String(error)}`);
      this.#returnToFirst();
      return false;
    }
  }

  #returnToFirst(): void {
    const other = this.#other;
    this.#other = undefined;
    this.#current = this.#first;
    if (this.#isWatched) {
      this.#first.setWatched?.(true);
    }
    void other?.dispose();
  }

  /** Of the one that serves now, so it comes and goes. */
  get routing(): Routing | undefined {
    return this.#current.routing;
  }

  startAccessPoint(identifier: string, options: StartOptions): Promise<void> {
    return this.#current.startAccessPoint(identifier, options);
  }

  stopAccessPoint(identifier: string, accepted: () => void): Promise<void> {
    return this.#current.stopAccessPoint(identifier, accepted);
  }

  /** Looks for the first one as well: it may be there without having been noticed. */
  async look(): Promise<void> {
    if (this.#current !== this.#first) {
      await this.#first.look().catch(() => undefined);
    }
    await this.#current.look();
  }

  counters(identifier: string): Counters | undefined {
    return this.#current.counters(identifier);
  }

  setWatched(watched: boolean): void {
    this.#isWatched = watched;
    this.#current.setWatched?.(watched);
  }

  /** The first one has to know at any time: it may have something to leave alone when it is back. */
  setHeld(identifier: string, held: boolean): void {
    this.#first.setHeld?.(identifier, held);
    this.#other?.setHeld?.(identifier, held);
  }

  abandon(): void {
    if (this.#current === this.#first) {
      this.#first.abandon?.();
      void this.#turnToOther();
    }
  }

  async dispose(): Promise<void> {
    this.#isDisposed = true;
    await Promise.all([this.#first.dispose(), this.#other?.dispose()]);
  }
}
