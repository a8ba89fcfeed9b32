import type { Clock, Disposable } from '../../engine/index.js';
import { type ItemModel, sameItem } from './item.js';

/** Milliseconds in which changes are collected. */
const collecting = 100;
/** Milliseconds that the editor may take to ask for what it was told of, before it is told of more. */
const patience = 1_000;
/** Milliseconds after which the editor is told again of what it was told of, once. */
const repeating = 1_500;
/** Milliseconds from when it first asks for the tree in which that is so. Later it might close what the person types in. */
const beginning = 6_000;

/** The tree that is drawn. Its elements are compared by identity, so they have to stay the same. */
export interface Canvas<T> {
  /** What is under an element now, or at the top. */
  elements(parent: T | undefined): readonly T[];
  model(element: T): ItemModel;
  /** What is under it is shown at first without anybody asking. */
  isExpanded(element: T): boolean;
  /** Somebody looks. */
  isVisible(): boolean;
  /** Lets the editor draw these again; the whole tree without any. */
  tell(elements: T[] | undefined): void;
}

/**
 * When a tree is drawn again: only while somebody looks, only what shows something else, and the whole of it only when
 * the list itself is another. VS Code loses what it is told of while it is still reading the tree, or drawing what it was
 * told of before: so it is told of nothing before it has asked for the tree, and of one thing after the other. While it
 * begins, it may lose it all the same: so what it is told of then it is told of once more, when that has been quiet. Instead
 * of the whole tree all rows at the top, unless it has never asked for that: while it reads the whole, commands on rows are
 * called without them.
 */
export class Redrawing<T> {
  readonly #canvas: Canvas<T>;
  readonly #clock: Clock;
  /** What is on the screen, by what it is under. */
  readonly #drawn = new Map<T | undefined, readonly T[]>();
  readonly #items = new Map<T, ItemModel>();
  /** What the editor has yet to draw again. */
  readonly #toDraw = new Set<T>();
  /** Of these the editor has yet to ask what is under them. */
  readonly #toTake = new Set<T | undefined>();
  /** When one of these two was last added to, on the clock. */
  #since = 0;
  /** What the editor was told of, and when, and has to be told of again. */
  readonly #toRepeat = new Map<T | undefined, number>();
  /** When the editor has first asked for the tree. */
  #begun: number | undefined;
  #timer: Disposable | undefined;
  #repeat: Disposable | undefined;

  constructor(canvas: Canvas<T>, clock: Clock) {
    this.#canvas = canvas;
    this.#clock = clock;
  }

  /** What is drawn now under an element, or at the top. */
  take(parent?: T): readonly T[] {
    const elements = this.#canvas.elements(parent);
    if (parent === undefined) {
      this.#begun ??= this.#clock.now();
      this.#drawn.clear();
      this.#items.clear();
      this.#toDraw.clear();
      this.#toTake.clear();
    }
    for (const gone of (this.#drawn.get(parent) ?? []).filter((element) => !elements.includes(element))) {
      this.#items.delete(gone);
      this.#drawn.delete(gone);
      this.#toDraw.delete(gone);
      this.#toTake.delete(gone);
      this.#toRepeat.delete(gone);
    }
    this.#toTake.delete(parent);
    for (const element of elements) {
      if (this.#canvas.isExpanded(element)) {
        this.#toTake.add(element);
        this.#since = this.#clock.now();
      }
    }
    this.#drawn.set(parent, elements);
    return elements;
  }

  /** The item as it is drawn now. */
  draw(element: T): ItemModel {
    const model = this.#canvas.model(element);
    this.#items.set(element, model);
    this.#toDraw.delete(element);
    return model;
  }

  /** Something may have changed. */
  request(): void {
    if (this.#timer === undefined && this.#canvas.isVisible()) {
      this.#timer = this.#clock.setTimeout(() => {
        this.#timer = undefined;
        this.#flush();
      }, collecting);
    }
  }

  dispose(): void {
    this.#timer?.dispose();
    this.#repeat?.dispose();
  }

  #flush(): void {
    if (!this.#canvas.isVisible() || !this.#drawn.has(undefined)) {
      return; // it asks by itself when it is shown
    }
    if (this.#isDrawing) {
      this.request();
      return;
    }
    if (this.#isOther(undefined)) {
      this.#tell(undefined);
      this.#repeatLater([undefined]);
      return;
    }
    // what is drawn again is asked for its own again too
    const others = [...this.#items]
      .filter(([element, drawn]) => this.#isOther(element) || !sameItem(drawn, this.#canvas.model(element)))
      .map(([element]) => element);
    if (others.length > 0) {
      this.#tell(others);
      this.#repeatLater(others);
    }
  }

  #repeatLater(told: readonly (T | undefined)[]): void {
    if (this.#clock.now() - (this.#begun ?? 0) > beginning) {
      return;
    }
    for (const element of told) {
      this.#toRepeat.set(element, this.#clock.now());
    }
    this.#repeat ??= this.#clock.setTimeout(() => this.#repeatNow(), repeating);
  }

  /** What was told of again meanwhile, because it has changed again, is waited for anew. */
  #repeatNow(): void {
    this.#repeat = undefined;
    if (!this.#canvas.isVisible() || !this.#drawn.has(undefined)) {
      this.#toRepeat.clear(); // it asks by itself when it is shown
      return;
    }
    const now = this.#clock.now();
    const due = [...this.#toRepeat].filter(([, since]) => now - since >= repeating).map(([element]) => element);
    if (due.length > 0 && !this.#isDrawing) {
      for (const element of due) {
        this.#toRepeat.delete(element);
      }
      const rows = due.flatMap((element) => (element === undefined ? (this.#drawn.get(undefined) ?? []) : [element]));
      const there = [...new Set(rows)].filter((element) => this.#items.has(element));
      if (this.#toTake.has(undefined)) {
        this.#tell(undefined);
      } else if (there.length > 0) {
        this.#tell(there);
      }
    }
    const [next] = [...this.#toRepeat.values()].sort((one, other) => one - other);
    if (next !== undefined) {
      this.#repeat = this.#clock.setTimeout(() => this.#repeatNow(), Math.max(collecting, next + repeating - now));
    }
  }

  /** One that never asks, because a row is collapsed or is gone, is not waited for longer. */
  get #isDrawing(): boolean {
    return this.#toDraw.size + this.#toTake.size > 0 && this.#clock.now() - this.#since < patience;
  }

  #tell(elements: T[] | undefined): void {
    if (elements === undefined) {
      this.#toTake.add(undefined);
    }
    for (const element of elements ?? []) {
      this.#toDraw.add(element);
    }
    this.#since = this.#clock.now();
    this.#canvas.tell(elements);
  }

  /** Whether under an element there are others than on the screen. */
  #isOther(parent: T | undefined): boolean {
    const drawn = this.#drawn.get(parent);
    if (drawn === undefined) {
      return false;
    }
    const elements = this.#canvas.elements(parent);
    return elements.length !== drawn.length || elements.some((element, index) => element !== drawn[index]);
  }
}
