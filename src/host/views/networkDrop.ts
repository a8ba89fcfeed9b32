import { type DataTransfer, DataTransferItem, type TreeDragAndDropController } from 'vscode';
import { configurationsViewId } from '../model/names.js';
import { dropped, elementOf } from '../model/networkEdits.js';
import type { Networks } from '../networks.js';
import { write } from '../write.js';

const mime = `application/vnd.code.tree.${configurationsViewId.toLowerCase()}`;

/** Access points are dragged into a service network of the person's, and to another place in it. */
export class NetworkDrop implements TreeDragAndDropController<string> {
  readonly dragMimeTypes = [mime];
  readonly dropMimeTypes = [mime];
  readonly #networks: Networks;

  constructor(networks: Networks) {
    this.#networks = networks;
  }

  handleDrag(source: readonly string[], data: DataTransfer): void {
    data.set(mime, new DataTransferItem([...source]));
  }

  async handleDrop(target: string | undefined, data: DataTransfer): Promise<void> {
    const source: unknown = data.get(mime)?.value;
    if (!Array.isArray(source)) {
      return;
    }
    const dragged = source.filter((each) => typeof each === 'string').map(elementOf);
    const change = dropped(this.#networks.entries, dragged, target === undefined ? undefined : elementOf(target));
    if (change !== undefined) {
      await write(this.#networks.change(change.name, { accessPoints: change.accessPoints }));
    }
  }
}
