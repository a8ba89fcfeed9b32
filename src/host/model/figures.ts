import type { Clock, Disposable } from '../../engine/index.js';
import type { Traffic } from './statusText.js';

const unknown: Traffic = { received: undefined, written: undefined };

/**
 * The figures on the screen. They are read when their time has come, and at once when they are about something else; what
 * happens in between is shown with the figures as they are.
 */
export class Figures implements Disposable {
  readonly #clock: Clock;
  readonly #read: () => Traffic;
  readonly #onRead: () => void;
  #subject = '';
  #interval: number | undefined;
  #timer: Disposable | undefined;
  #now = unknown;
  #readAt = 0;

  /** @param onRead is told of what was read because its time had come. */
  constructor(clock: Clock, read: () => Traffic, onRead: () => void) {
    this.#clock = clock;
    this.#read = read;
    this.#onRead = onRead;
  }

  get now(): Traffic {
    return this.#now;
  }

  /**
   * What they are about, '' for nothing, and the milliseconds from one reading to the next, undefined while nobody could
   * see them. The same again changes nothing.
   */
  follow(subject: string, interval: number | undefined): void {
    const isOther = subject !== this.#subject;
    this.#subject = subject;
    if (isOther) {
      this.#take();
    }
    if (isOther || interval !== this.#interval) {
      this.#interval = interval;
      this.#schedule();
    }
  }

  dispose(): void {
    this.#timer?.dispose();
    this.#timer = undefined;
  }

  #take(): void {
    this.#now = this.#subject === '' ? unknown : this.#read();
    this.#readAt = this.#clock.now();
  }

  #schedule(): void {
    this.dispose();
    if (this.#subject !== '' && this.#interval !== undefined) {
      const left = this.#readAt + this.#interval - this.#clock.now();
      this.#timer = this.#clock.setTimeout(() => this.#tick(), Math.max(0, left));
    }
  }

  #tick(): void {
    this.#take();
    this.#schedule();
    this.#onRead();
  }
}
