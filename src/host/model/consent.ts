import type { Disposable } from '../../engine/index.js';

/** What the person has agreed to take down, until it has ended: nobody needs to be told of it. */
export class Consent {
  readonly #given: string[][] = [];

  /** Given until it is disposed of. */
  give(accessPoints: readonly string[]): Disposable {
    const given = [...accessPoints];
    this.#given.push(given);
    return {
      dispose: () => {
        const index = this.#given.indexOf(given);
        if (index >= 0) {
          this.#given.splice(index, 1);
        }
      },
    };
  }

  covers(accessPoint: string): boolean {
    return this.#given.some((given) => given.includes(accessPoint));
  }
}
