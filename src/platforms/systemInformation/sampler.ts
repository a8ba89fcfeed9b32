import type { Clock, Counters } from '../../engine/index.js';
import { Question, type SystemInformationFunctions } from './functions.js';
import { parseBytes } from './rows.js';

/** Milliseconds between two questions. */
const sampleInterval = 2_000;

/** The latest known counters of one interface; asking for them asks for fresh ones in the background. */
export class Sampler {
  readonly #name: string;
  readonly #clock: Clock;
  readonly #question: Question;
  #latest: Counters | undefined;
  #generation = 0;
  #epoch = 0;
  #askedAt = Number.NEGATIVE_INFINITY;

  constructor(name: string, clock: Clock, functions: SystemInformationFunctions) {
    this.#name = name;
    this.#clock = clock;
    this.#question = new Question(clock, () => functions.networkStats(name));
  }

  /** Undefined until the first answer. */
  get counters(): Counters | undefined {
    this.#refresh();
    return this.#latest;
  }

  /** Somebody begins to watch: what is known may be as old as the last time that somebody did, and is not known any more. */
  begin(): void {
    this.#epoch += 1;
    this.#latest = undefined;
    this.#askedAt = Number.NEGATIVE_INFINITY;
  }

  /** Keeps figures that were asked for from growing old while somebody watches. */
  keep(): void {
    if (this.#askedAt !== Number.NEGATIVE_INFINITY) {
      this.#refresh();
    }
  }

  #refresh(): void {
    if (!this.#question.isPending && this.#clock.now() - this.#askedAt >= sampleInterval) {
      this.#askedAt = this.#clock.now();
      const epoch = this.#epoch;
      this.#question.ask().then(
        (answer) => {
          if (epoch === this.#epoch) {
            this.#take(answer);
          }
        },
        () => {}, // The last figures stay; the next question may do better.
      );
    }
  }

  dispose(): void {
    this.#question.dispose();
  }

  #take(answer: unknown): void {
    const bytes = parseBytes(answer, this.#name);
    if (bytes === undefined) {
      return;
    }
    const { received = 0, written = 0 } = this.#latest ?? {};
    if (bytes.received < received || bytes.written < written) {
      this.#generation += 1;
    }
    this.#latest = { ...bytes, source: `${this.#generation}` };
  }
}
