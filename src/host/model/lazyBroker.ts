import type { Broker, LineListener } from '../../broker/index.js';
import { textOf } from '../../engine/index.js';

/**
 * Stands for a broker whose code is read only when it is started: activation must not wait for it. Until then there is no
 * leader, and what is asked of it waits.
 */
export class LazyBroker implements Broker {
  readonly #id: string;
  readonly #load: (id: string) => Promise<Broker>;
  #loaded: Broker | undefined;
  #isDisposed = false;

  /** @param id what this process is called among all of them: the broker that is loaded is given the same. */
  constructor(id: string, load: (id: string) => Promise<Broker>) {
    this.#id = id;
    this.#load = load;
  }

  start(listener: LineListener): string {
    this.#load(this.#id).then(
      (broker) => {
        if (!this.#isDisposed) {
          this.#loaded = broker;
          broker.start(listener);
        }
      },
      (error: unknown) => this.#isDisposed || listener.alone(`what finds them could not be loaded: ${textOf(error)}`),
    );
    return this.#id;
  }

  async dispose(): Promise<void> {
    this.#isDisposed = true;
    await this.#loaded?.dispose();
  }
}
