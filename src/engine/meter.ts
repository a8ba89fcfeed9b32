import type { Counters } from './platform.js';

/**
 * Bytes that only grow (F1), made from counters that may start again: a smaller value, or another source (an interface
 * made anew), counts from 0. The first reading is the base.
 */
export class Meter {
  #received = 0;
  #written = 0;
  #last: Counters | undefined;

  /** Takes a reading; one that is unknown changes nothing. */
  read(counters: Counters | undefined): this {
    if (counters !== undefined) {
      const last = this.#last;
      if (last !== undefined) {
        const restarted =
          counters.source !== last.source || counters.received < last.received || counters.written < last.written;
        this.#received += counters.received - (restarted ? 0 : last.received);
        this.#written += counters.written - (restarted ? 0 : last.written);
      }
      this.#last = counters;
    }
    return this;
  }

  /** False until the first reading that was known. */
  get isKnown(): boolean {
    return this.#last !== undefined;
  }

  /** Bytes in since the first reading. */
  get received(): number {
    return this.#received;
  }

  /** Bytes out since the first reading. */
  get written(): number {
    return this.#written;
  }
}
