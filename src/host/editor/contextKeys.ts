import { commands } from 'vscode';
import type { ContextKeys } from '../model/names.js';

/** The one door to the context keys: each is set only when it changes. */
export class ContextKeyDoor {
  readonly #values = new Map<keyof ContextKeys, unknown>();

  set<K extends keyof ContextKeys>(key: K, value: ContextKeys[K]): void {
    if (this.#values.get(key) !== value) {
      this.#values.set(key, value);
      void commands.executeCommand('setContext', key, value);
    }
  }
}
