import type { Disposable, NetworkConfigurationManager } from '../../engine/index.js';
import type { ContextKeyDoor } from '../editor/contextKeys.js';
import type { ContextKeys } from '../model/names.js';
import { contextOf, type Reading } from '../model/stage.js';

/** Keeps the context keys, from which the manifest decides what the views say when they are empty. */
export class StageKeys implements Disposable {
  readonly #manager: NetworkConfigurationManager;
  readonly #door: ContextKeyDoor;
  readonly #subscriptions: readonly Disposable[];
  #reading: Reading = 'starting';

  constructor(manager: NetworkConfigurationManager, door: ContextKeyDoor) {
    this.#manager = manager;
    this.#door = door;
    const update = () => this.#update();
    this.#subscriptions = [manager.onDidChangeSystem(update), manager.onDidChangeCapabilities(update)];
    this.#update();
  }

  /** The first reading has ended. */
  started(succeeded: boolean): void {
    this.#reading = succeeded ? 'done' : 'failed';
    this.#update();
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) {
      subscription.dispose();
    }
  }

  #update(): void {
    for (const [key, value] of Object.entries(contextOf(this.#manager, this.#reading))) {
      this.#door.set(key as keyof ContextKeys, value);
    }
  }
}
