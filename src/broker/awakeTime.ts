import type { Clock, Disposable } from '../engine/index.js';

/**
 * A time that passes only while this process runs. One that was stopped, with its machine or by a debugger, finds all its
 * timers over at once, and what others have told it meanwhile unread: for it the time begins anew (B3).
 */
export class AwakeTime {
  readonly #clock: Clock;
  readonly #milliseconds: number;
  readonly #step: number;
  readonly #late: number;
  readonly #onOver: () => void;
  #until = 0;
  #stepUntil = 0;
  #timer: Disposable | undefined;

  /** Looks `steps` times whether this process was stopped: its timer is more than `late` milliseconds late then. */
  constructor(clock: Clock, milliseconds: number, steps: number, late: number, onOver: () => void) {
    this.#clock = clock;
    this.#milliseconds = milliseconds;
    this.#step = milliseconds / steps;
    this.#late = late;
    this.#onOver = onOver;
    this.#begin();
  }

  /** Milliseconds. */
  get left(): number {
    this.#notice();
    return Math.max(0, this.#until - this.#clock.now());
  }

  get isOver(): boolean {
    return this.left === 0;
  }

  /** Nobody is told of its end any more, and it is not looked whether this process was stopped. */
  dispose(): void {
    this.#timer?.dispose();
    this.#timer = undefined;
  }

  #begin(): void {
    this.#until = this.#clock.now() + this.#milliseconds;
    this.#next();
  }

  #next(): void {
    this.#timer?.dispose();
    this.#stepUntil = Math.min(this.#until, this.#clock.now() + this.#step);
    this.#timer = this.#clock.setTimeout(() => this.#stepped(), Math.max(0, this.#stepUntil - this.#clock.now()));
  }

  #stepped(): void {
    this.#notice();
    if (this.#clock.now() < this.#until) {
      this.#next();
    } else {
      this.#timer = undefined;
      this.#onOver();
    }
  }

  /** Messages may be read before timers run. */
  #notice(): void {
    if (this.#timer !== undefined && this.#clock.now() - this.#stepUntil > this.#late) {
      this.#begin();
    }
  }
}
