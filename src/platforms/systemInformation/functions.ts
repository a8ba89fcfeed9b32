import type { Clock } from '../../engine/index.js';

/** What is used of the package. Its results are taken as unknown: they differ by system, version and language. */
export interface SystemInformationFunctions {
  networkInterfaces(): Promise<unknown>;
  networkStats(interfaceName: string): Promise<unknown>;
}

/** Loads the package when it is first needed. */
export async function loadSystemInformation(): Promise<SystemInformationFunctions> {
  const { networkInterfaces, networkStats } = await import('systeminformation');
  return { networkInterfaces: () => networkInterfaces(), networkStats: (interfaceName) => networkStats(interfaceName) };
}

/** Milliseconds after which a call that takes 10 to 200 of them is given up. */
const patience = 15_000;

/**
 * Asks one question at a time and waits for no answer for ever. While an answer that was given up may still come, a new
 * question fails at once, so that programs that hang never pile up.
 */
export class Question {
  readonly #clock: Clock;
  readonly #answer: () => Promise<unknown>;
  #isPending = false;
  #giveUp: ((reason: string) => void) | undefined;

  constructor(clock: Clock, answer: () => Promise<unknown>) {
    this.#clock = clock;
    this.#answer = answer;
  }

  get isPending(): boolean {
    return this.#isPending;
  }

  /** Rejects when the answer fails, takes too long, or is not waited for any more. */
  async ask(): Promise<unknown> {
    if (this.#isPending) {
      throw new Error('the last question is not answered yet');
    }
    this.#isPending = true;
    const answer = (async () => {
      try {
        return await this.#answer();
      } finally {
        this.#isPending = false;
      }
    })();
    return new Promise((resolve, reject) => {
      const timer = this.#clock.setTimeout(() => this.#giveUp?.(`no answer in ${patience / 1000} s`), patience);
      this.#giveUp = (reason) => {
        timer.dispose();
        reject(new Error(reason));
      };
      answer.finally(() => timer.dispose()).then(resolve, reject);
    });
  }

  dispose(): void {
    this.#giveUp?.('nobody waits for the answer');
  }
}
