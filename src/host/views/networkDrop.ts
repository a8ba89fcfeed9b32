import { type DataTransfer, DataTransferItem, type TreeDragAndDropController } from 'vscode';
import { configurationsViewId } from '../model/names.js';

const mime = `application/vnd.code.tree.${configurationsViewId.toLowerCase()}`;

/** What is done with rows that are dropped on another one, or beside all. */
export type Drop = (dragged: readonly string[], target: string | undefined) => Promise<void>;

/** Access points are dragged into a service network of the person's, and to another place in it. */
export class NetworkDrop implements TreeDragAndDropController<string> {
  readonly dragMimeTypes = [mime];
  readonly dropMimeTypes = [mime];
  readonly #drop: Drop;

  constructor(drop: Drop) {
    this.#drop = drop;
  }

  handleDrag(source: readonly string[], data: DataTransfer): void {
    data.set(mime, new DataTransferItem([...source]));
  }

  async handleDrop(target: string | undefined, data: DataTransfer): Promise<void> {
    const source: unknown = data.get(mime)?.value;
    if (Array.isArray(source)) {
      await this.#drop(
        source.filter((each) => typeof each === 'string'),
        target,
      );
    }
  }
}
