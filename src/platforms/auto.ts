import type { Counters, Platform, PlatformUpdate } from '../engine/index.js';

/**
 * The first platform where it serves, another one where it does not. The first is always listened to, so that its coming
 * is noticed at once; when it goes, the other takes over only after the engine has given up waiting for it (O13).
 */
export class AutoPlatform implements Platform {
  readonly #first: Platform;
  readonly #makeOther: () => Platform;
  #current: Platform;
  #other: Platform | undefined;
  #onUpdate: (update: PlatformUpdate) => void = () => undefined;
  #isFirstAway = true;
  #isWatched = false;
  #isDisposed = false;

  constructor(first: Platform, makeOther: () => Platform) {
    this.#first = first;
    this.#makeOther = makeOther;
    this.#current = first;
  }

  async start(onUpdate: (update: PlatformUpdate) => void): Promise<void> {
    this.#onUpdate = onUpdate;
    let isStarting = true;
    await this.#first.start((update) => {
      if (update.system !== undefined) {
        this.#isFirstAway = update.system.away !== undefined;
      }
      if (this.#current !== this.#first && !this.#isFirstAway) {
        this.#returnToFirst();
      }
      // Its first reading is withheld when there is nothing in it: the other's is the first then.
      if (this.#current === this.#first && !(isStarting && this.#isFirstAway)) {
        onUpdate(update);
      }
    });
    isStarting = false;
    if (this.#isFirstAway) {
      await this.#turnToOther();
    }
  }

  async #turnToOther(): Promise<void> {
    if (this.#other !== undefined || this.#isDisposed) {
      return;
    }
    const other = this.#makeOther();
    this.#other = other;
    this.#current = other;
    if (this.#isWatched) {
      this.#first.setWatched?.(false);
      other.setWatched?.(true);
    }
    await other.start((update) => {
      if (this.#current === other) {
        this.#onUpdate(update);
      }
    });
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

  startAccessPoint(identifier: string, options: { readonly interactive: boolean }): Promise<void> {
    return this.#current.startAccessPoint(identifier, options);
  }

  stopAccessPoint(identifier: string, accepted: () => void): Promise<void> {
    return this.#current.stopAccessPoint(identifier, accepted);
  }

  look(): Promise<void> {
    return this.#current.look();
  }

  counters(identifier: string): Counters | undefined {
    return this.#current.counters(identifier);
  }

  setWatched(watched: boolean): void {
    this.#isWatched = watched;
    this.#current.setWatched?.(watched);
  }

  abandon(): void {
    if (this.#current === this.#first) {
      this.#first.abandon?.();
      // It cannot fail: where the first does not serve, the other one does.
      void this.#turnToOther();
    }
  }

  async dispose(): Promise<void> {
    this.#isDisposed = true;
    await Promise.all([this.#first.dispose(), this.#other?.dispose()]);
  }
}
