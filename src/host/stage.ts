import { Capability, type Disposable, type NetworkConfigurationManager } from '../engine/index.js';
import type { ContextKeyDoor } from './contextKeys.js';

/** Keeps the context keys, from which the manifest decides what the views say when they are empty. */
export class StageKeys implements Disposable {
  readonly #manager: NetworkConfigurationManager;
  readonly #door: ContextKeyDoor;
  readonly #subscriptions: readonly Disposable[];
  #reading: 'starting' | 'done' | 'failed' = 'starting';

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
    const { system, capabilities } = this.#manager;
    const running = system.away === undefined ? 'running' : 'away';
    this.#door.set('networkSessions.stage', this.#reading === 'done' ? running : this.#reading);
    this.#door.set('networkSessions.canControl', (capabilities & Capability.CanStartAndStopInterfaces) !== 0);
    this.#door.set('networkSessions.canUpdate', this.#manager.obstacle('update') === undefined);
  }
}
