import type { Broker, LineListener } from '../../broker/index.js';
import { type Clock, type Disposable, systemClock, textOf } from '../../engine/index.js';

/** Milliseconds before it is tried again: too many files may be open for a while. */
const pause = 60_000;

/**
 * Stands for a broker whose code is read only when it is started: activation must not wait for it. Until then there is no
 * leader, and what is asked of it waits.
 */
export class LazyBroker implements Broker {
  readonly #id: string;
  readonly #load: (id: string) => Promise<Broker>;
  readonly #clock: Clock;
  #loaded: Broker | undefined;
  #again: Disposable | undefined;
  #isDisposed = false;

  /** @param id what this process is called among all of them: the broker that is loaded is given the same. */
  constructor(id: string, load: (id: string) => Promise<Broker>, clock: Clock = systemClock) {
    this.#id = id;
    this.#load = load;
    this.#clock = clock;
  }

  start(listener: LineListener): string {
    this.#tryToLoad(listener);
    return this.#id;
  }

  #tryToLoad(listener: LineListener): void {
    this.#load(this.#id).then(
      (broker) => {
        if (!this.#isDisposed) {
          this.#loaded = broker;
          broker.start(listener);
        }
      },
      (error: unknown) => {
        if (!this.#isDisposed) {
          listener.alone(`what finds them could not be loaded: ${textOf(error)}`);
          this.#again = this.#clock.setTimeout(() => this.#tryToLoad(listener), pause);
        }
      },
    );
  }

  async dispose(): Promise<void> {
    this.#isDisposed = true;
    this.#again?.dispose();
    await this.#loaded?.dispose();
  }
}
