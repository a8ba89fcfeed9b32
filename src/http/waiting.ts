// Requests that wait for a link: so many, so long, in the order in which they came.
import type { Clock, Disposable } from '../engine/index.js';
import { NetworkUnavailableError } from './errors.js';
import type { Exchange } from './exchange.js';
import type { QueueOptions } from './options.js';

export class WaitingRequests {
  readonly #options: Required<QueueOptions>;
  readonly #clock: Clock;
  readonly #waiting = new Map<Exchange, Disposable>();

  constructor(options: Required<QueueOptions>, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** It waits, or fails with NetworkUnavailableError, now or when it has waited too long. */
  add(exchange: Exchange): void {
    const { limit, maxAge } = this.#options;
    if (this.#waiting.size >= limit) {
      const why = limit === 0 ? 'There is no link.' : `More than ${limit} requests wait for a link.`;
      exchange.fail(new NetworkUnavailableError(why));
      return;
    }
    const late = () => exchange.fail(new NetworkUnavailableError(`There was no link for ${maxAge} ms.`));
    this.#waiting.set(exchange, this.#clock.setTimeout(late, maxAge));
  }

  /** It waits no more. */
  remove(exchange: Exchange): void {
    this.#waiting.get(exchange)?.dispose();
    this.#waiting.delete(exchange);
  }

  /** All of them, which wait no more. */
  release(): readonly Exchange[] {
    const all = [...this.#waiting.keys()];
    for (const exchange of all) {
      this.remove(exchange);
    }
    return all;
  }
}
