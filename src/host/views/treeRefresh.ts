import { type Disposable, EventEmitter, type TreeView } from 'vscode';
import { systemClock } from '../../engine/index.js';
import type { ItemModel } from '../model/item.js';
import { type Canvas, Redrawing } from '../model/redrawing.js';

/** A tree of the editor that is drawn again as {@link Redrawing} says. */
export class TreeRefresh<T> implements Disposable {
  readonly #redrawing: Redrawing<T>;
  readonly #changed = new EventEmitter<T[] | undefined>();
  #view: TreeView<T> | undefined;
  #subscription: Disposable | undefined;

  readonly onDidChangeTreeData = this.#changed.event;

  constructor(canvas: Pick<Canvas<T>, 'elements' | 'model' | 'isExpanded'>) {
    this.#redrawing = new Redrawing<T>(
      {
        ...canvas,
        isVisible: () => this.#view?.visible === true,
        tell: (elements) => this.#changed.fire(elements),
      },
      systemClock,
    );
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

  take(parent?: T): readonly T[] {
    return this.#redrawing.take(parent);
  }

  draw(element: T): ItemModel {
    return this.#redrawing.draw(element);
  }

  request(): void {
    this.#redrawing.request();
  }

  dispose(): void {
    this.#redrawing.dispose();
    this.#subscription?.dispose();
    this.#changed.dispose();
  }
}
