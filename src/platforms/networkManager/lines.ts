/** Lets acts on one thing, by its name, take turns; those on different things run beside each other. */
export class Lines {
  readonly #ends = new Map<string, Promise<unknown>>();

  isBusy(name: string): boolean {
    return this.#ends.has(name);
  }

  /** Runs it after all that came before, however that ended. */
  take<T>(name: string, act: () => Promise<T>): Promise<T> {
    const turn = (this.#ends.get(name) ?? Promise.resolve()).then(act);
    const end = turn
      .catch(() => undefined)
      .then(() => {
        if (this.#ends.get(name) === end) {
          this.#ends.delete(name);
        }
      });
    this.#ends.set(name, end);
    return turn;
  }
}
