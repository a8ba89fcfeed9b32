import {
  type Counters,
  type Platform,
  PlatformFailure,
  type PlatformUpdate,
  type Routing,
  type StartOptions,
} from '../../engine/index.js';

/**
 * Stands for a platform whose code is read only when it is started: the platforms are as large as all the rest, and
 * activation must not wait for them. Until then it knows nothing and can do nothing, as a platform that was not started.
 */
export class LazyPlatform implements Platform {
  readonly #load: () => Promise<Platform>;
  #loaded: Platform | undefined;
  #isWatched = false;
  #isDisposed = false;

  constructor(load: () => Promise<Platform>) {
    this.#load = load;
  }

  /** The platform itself; undefined until it has been loaded. */
  get loaded(): Platform | undefined {
    return this.#loaded;
  }

  async start(onUpdate: (update: PlatformUpdate) => void): Promise<void> {
    const platform = await this.#load().catch((error: unknown) => {
      const detail = `The platform could not be loaded: ${error instanceof Error ? error.message : String(error)}`;
      throw new PlatformFailure({ code: 'other', detail });
    });
    if (this.#isDisposed) {
      throw new PlatformFailure({ code: 'disposed' }); // Nobody would end what it began now.
    }
    this.#loaded = platform;
    if (this.#isWatched) {
      platform.setWatched?.(true);
    }
    await platform.start(onUpdate);
  }

  async startAccessPoint(identifier: string, options: StartOptions): Promise<void> {
    await this.#mustServe().startAccessPoint(identifier, options);
  }

  async stopAccessPoint(identifier: string, accepted: () => void): Promise<void> {
    await this.#mustServe().stopAccessPoint(identifier, accepted);
  }

  async look(): Promise<void> {
    await this.#mustServe().look();
  }

  counters(identifier: string): Counters | undefined {
    return this.#loaded?.counters(identifier);
  }

  setWatched(watched: boolean): void {
    this.#isWatched = watched;
    this.#loaded?.setWatched?.(watched);
  }

  setHeld(identifier: string, held: boolean): void {
    this.#loaded?.setHeld?.(identifier, held);
  }

  get routing(): Routing | undefined {
    return this.#loaded?.routing;
  }

  abandon(): void {
    this.#loaded?.abandon?.();
  }

  async dispose(): Promise<void> {
    this.#isDisposed = true;
    await this.#loaded?.dispose();
  }

  #mustServe(): Platform {
    if (this.#loaded === undefined) {
      throw new PlatformFailure({ code: 'platformAway' });
    }
    return this.#loaded;
  }
}
