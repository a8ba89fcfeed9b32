/** Items in a piece of a list at most. */
const longest = 128;

/**
 * Items in order, which never change: a list with or without one more is another list that shares nearly all with this one.
 * What was can be kept for nothing, and what one more costs hardly grows with their number.
 */
export class OrderedList<T> implements Iterable<T> {
  readonly #compare: (one: T, other: T) => number;
  /** None is empty. */
  readonly #pieces: readonly (readonly T[])[];
  readonly size: number;

  private constructor(compare: (one: T, other: T) => number, pieces: readonly (readonly T[])[], size: number) {
    this.#compare = compare;
    this.#pieces = pieces;
    this.size = size;
  }

  /** @param compare never gives 0 for two items of a list. */
  static of<T>(compare: (one: T, other: T) => number, items: readonly T[]): OrderedList<T> {
    const sorted = items.toSorted(compare);
    const pieces: T[][] = [];
    for (let index = 0; index < sorted.length; index += longest / 2) {
      pieces.push(sorted.slice(index, index + longest / 2));
    }
    return new OrderedList(compare, pieces, sorted.length);
  }

  get first(): T | undefined {
    return this.#pieces[0]?.[0];
  }

  get all(): readonly T[] {
    return ([] as T[]).concat(...this.#pieces);
  }

  with(item: T): OrderedList<T> {
    return this.#splice(item, 0, [item]);
  }

  /** @param item is, or compares equal to, one that is in it. */
  without(item: T): OrderedList<T> {
    return this.#splice(item, 1, []);
  }

  #splice(item: T, removed: number, added: readonly T[]): OrderedList<T> {
    const pieces = this.#pieces;
    let at = 0;
    for (let end = pieces.length; end - at > 1; ) {
      const middle = (at + end) >> 1;
      if (this.#compare((pieces[middle] as readonly [T])[0], item) > 0) {
        end = middle;
      } else {
        at = middle;
      }
    }
    const before = pieces[at] ?? [];
    const place = before.findIndex((other) => this.#compare(other, item) >= 0);
    const piece = before.toSpliced(place < 0 ? before.length : place, removed, ...added);
    const half = piece.length > longest ? longest / 2 : piece.length;
    const parts = [piece.slice(0, half), piece.slice(half)].filter(({ length }) => length > 0);
    return new OrderedList(this.#compare, pieces.toSpliced(at, 1, ...parts), this.size + added.length - removed);
  }

  *[Symbol.iterator](): Iterator<T> {
    for (const piece of this.#pieces) {
      yield* piece;
    }
  }
}
