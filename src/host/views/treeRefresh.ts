import { type Disposable, EventEmitter, type TreeView } from 'vscode';
import type { ItemModel } from '../model/item.js';
import { sameItem } from '../model/item.js';

/** Milliseconds in which changes are collected: a tree loses events that come faster than it is drawn. */
const collecting = 100;

/**
 * When a tree is drawn again: only while somebody looks, only what shows something else, and the whole of it only when
 * the list itself is another. Elements are compared by identity, so they have to stay the same.
 */
export class TreeRefresh<T> implements Disposable {
  readonly #elements: (parent: T | undefined) => readonly T[];
  readonly #model: (element: T) => ItemModel;
  readonly #changed = new EventEmitter<T[] | undefined>();
  /** What is on the screen, by what it is under. */
  readonly #drawn = new Map<T | undefined, readonly T[]>();
  readonly #items = new Map<T, ItemModel>();
  #view: TreeView<T> | undefined;
  #subscription: Disposable | undefined;
  #timer: NodeJS.Timeout | undefined;

  readonly onDidChangeTreeData = this.#changed.event;

  constructor(elements: (parent: T | undefined) => readonly T[], model: (element: T) => ItemModel) {
    this.#elements = elements;
    this.#model = model;
  }

  /** The view that is drawn; `onVisible` hears when it comes and goes. */
  attach(view: TreeView<T>, onVisible: (visible: boolean) => void): void {
    this.#view = view;
    this.#subscription = view.onDidChangeVisibility(({ visible }) => {
      onVisible(visible);
      this.request();
    });
    onVisible(view.visible);
  }

  /** What is drawn now under an element, or at the top. */
  take(parent?: T): readonly T[] {
    if (parent === undefined) {
      this.#drawn.clear();
      this.#items.clear();
    }
    const elements = this.#elements(parent);
    this.#drawn.set(parent, elements);
    return elements;
  }

  /** The item as it is drawn now. */
  draw(element: T): ItemModel {
    const model = this.#model(element);
    this.#items.set(element, model);
    return model;
  }

  /** Something may have changed. */
  request(): void {
    if (this.#timer === undefined && this.#view?.visible) {
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        this.#flush();
      }, collecting);
    }
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#subscription?.dispose();
    this.#changed.dispose();
  }

  #flush(): void {
    if (!this.#view?.visible) {
      return; // it asks again when it is shown
    }
    if (this.#isOther(undefined)) {
      this.#changed.fire(undefined);
      return;
    }
    // what is drawn again is asked for its own again too
    const others = [...this.#items]
      .filter(([element, drawn]) => this.#isOther(element) || !sameItem(drawn, this.#model(element)))
      .map(([element]) => element);
    if (others.length > 0) {
      this.#changed.fire(others);
    }
  }

  /** Whether under an element there are others than on the screen. */
  #isOther(parent: T | undefined): boolean {
    const drawn = this.#drawn.get(parent);
    if (drawn === undefined) {
      return parent === undefined;
    }
    const elements = this.#elements(parent);
    return elements.length !== drawn.length || elements.some((element, index) => element !== drawn[index]);
  }
}
