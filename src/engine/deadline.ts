import type { Disposable } from './event.js';
import type { Clock } from './platform.js';

/** Runs out after a time that can be paused: the time that a person takes to answer does not count (O10a). */
export class Deadline implements Disposable {
  readonly #clock: Clock;
  readonly #onExpired: () => void;
  #left: number;
  #since = 0;
  #timer: Disposable | undefined;

  constructor(clock: Clock, milliseconds: number, paused: boolean, onExpired: () => void) {
    this.#clock = clock;
    this.#left = milliseconds;
    this.#onExpired = onExpired;
    this.pause(paused);
  }

  pause(paused: boolean): void {
    if (paused && this.#timer !== undefined) {
      this.#left -= this.#clock.now() - this.#since;
      this.dispose();
    } else if (!paused && this.#timer === undefined) {
      this.#since = this.#clock.now();
      this.#timer = this.#clock.setTimeout(this.#onExpired, Math.max(0, this.#left));
    }
  }

  dispose(): void {
    this.#timer?.dispose();
    this.#timer = undefined;
  }
}
