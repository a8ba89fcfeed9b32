import { type Cause, type Clock, type Disposable, isPlatformFailure } from '../engine/index.js';
import type { Line } from './line.js';

/** What is asked of the leader. At most one of these is called, later; after a refusal `late` may be. */
export interface Call {
  readonly method: string;
  readonly params: unknown;
  readonly answer: (answer: Answer) => void;
  /** Left out where nobody minds. */
  readonly refused?: (cause: Cause) => void;
  /** It was given up, and has been answered after all: what was permitted must be given back. */
  readonly late?: (answer: Answer) => void;
  /** The answer where this process counts for itself; by default one that says nothing. */
  readonly alone?: () => Answer;
  /** The answer when this process goes, or has gone; refused by default. */
  readonly gone?: () => Answer;
  /** Nobody waits for the answer: a leader that does not answer, or is not there, has all the time. False by default. */
  readonly isPatient?: boolean;
}

/** All that a leader answers, as far as this process reads it. */
export interface Answer {
  readonly go?: boolean;
  readonly stop?: boolean;
  readonly activation?: string | undefined;
  readonly over?: string | undefined;
  readonly stopped?: readonly string[];
}

const silent: Cause = Object.freeze({ code: 'ledgerSilent' });
const cancelled: Cause = Object.freeze({ code: 'cancelled' });

/**
 * Asks the leader, and asks the next one where one dies meanwhile. A leader may take its time, as long as it lives: it is
 * asked whether it does while something waits for it, and when it does not answer that, everything that waits is refused.
 */
export class Calls {
  readonly #clock: Clock;
  readonly #patience: number;
  readonly #waiting = new Set<Call>();
  /** Those among them that do not wait for ever. */
  #impatient = 0;
  #line: Line | undefined;
  /** What becomes of calls where there is nobody to ask. */
  #without: ((call: Call) => void) | undefined;
  #watch: Disposable | undefined;
  /** Nothing was heard from the leader since it was last asked for a sign of life. */
  #isSilent = false;
  /** Nothing was heard from it in time, and nothing since. */
  #isStuck = false;
  readonly #onStuck: () => void;

  /** `patience`: milliseconds without any sign of the leader, twice. `onStuck`: {@link isStuck} is another. */
  constructor(clock: Clock, patience: number, onStuck: () => void) {
    this.#clock = clock;
    this.#patience = patience;
    this.#onStuck = onStuck;
  }

  /** There is nobody to ask, and nobody is waited for. */
  get areEnded(): boolean {
    return this.#without !== undefined;
  }

  /** Nobody answers. */
  get isStuck(): boolean {
    return this.#isStuck;
  }

  #become(isStuck: boolean): void {
    if (this.#isStuck !== isStuck) {
      this.#isStuck = isStuck;
      this.#onStuck();
    }
  }

  send(call: Call): void {
    this.#waiting.add(call);
    this.#impatient += call.isPatient ? 0 : 1;
    if (this.#without !== undefined) {
      queueMicrotask(() => (this.#without ?? this.#begin)(call));
    } else {
      this.#begin(call);
    }
  }

  readonly #begin = (call: Call): void => {
    this.#ask(call);
    if (!call.isPatient) {
      this.#watch ??= this.#clock.setTimeout(() => this.#look(), this.#patience);
    }
  };

  /** There is a leader: what waits is asked of it. */
  up(line: Line): void {
    this.#line = line;
    this.wait();
    this.heard();
    for (const call of this.#waiting) {
      this.#ask(call);
    }
  }

  down(): void {
    this.#line = undefined;
  }

  /** There may be a leader after all: what is asked from now on waits for it. */
  wait(): void {
    this.#without = undefined;
  }

  /** This process counts for itself from now on. */
  alone(): void {
    this.#end((call) => this.#settle(call, () => call.answer(call.alone?.() ?? {})));
  }

  /** This process goes: nothing is begun any more. */
  gone(): void {
    this.#end((call) => this.#settle(call, () => (call.gone ? call.answer(call.gone()) : call.refused?.(cancelled))));
  }

  #end(without: (call: Call) => void): void {
    this.#line = undefined;
    this.#without = without;
    this.#rest();
    this.#waiting.forEach(without);
  }

  /** The leader has said something, whatever it was: it lives. */
  heard(): void {
    this.#isSilent = false;
    this.#become(false);
  }

  #heardOn(line: Line): void {
    if (this.#line === line) {
      this.heard();
    }
  }

  #ask(call: Call): void {
    const line = this.#line;
    line?.request(call.method, call.params).then(
      (answer) => {
        this.#heardOn(line);
        const known = (typeof answer === 'object' && answer !== null ? answer : {}) as Answer;
        if (!this.#settle(call, () => call.answer(known))) {
          call.late?.(known);
        }
      },
      (error: unknown) => {
        // Without a cause the line has ended: the next leader is asked.
        if (isPlatformFailure(error)) {
          if (error.facts.code !== 'other') {
            this.#heardOn(line); // Without a code of its own it may not have been sent at all.
          }
          this.#settle(call, () => call.refused?.(error.facts));
        }
      },
    );
  }

  #settle(call: Call, act: () => void): boolean {
    if (!this.#waiting.delete(call)) {
      return false;
    }
    this.#impatient -= call.isPatient ? 0 : 1;
    if (this.#impatient === 0) {
      this.#rest();
    }
    act();
    return true;
  }

  #look(): void {
    this.#watch = undefined;
    const line = this.#line;
    if (this.#isSilent) {
      this.#isSilent = false;
      this.#become(true);
      for (const call of [...this.#waiting].filter(({ isPatient }) => !isPatient)) {
        this.#settle(call, () => call.refused?.(silent));
      }
      return;
    }
    this.#isSilent = true;
    this.#watch = this.#clock.setTimeout(() => this.#look(), this.#patience);
    line?.request('ping', {}).then(
      () => this.#heardOn(line),
      () => undefined,
    );
  }

  #rest(): void {
    this.#watch?.dispose();
    this.#watch = undefined;
    this.#isSilent = false;
  }
}
