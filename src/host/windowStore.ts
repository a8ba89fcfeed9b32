import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ExtensionContext } from 'vscode';
import type { Store } from './model/reload.js';

/**
 * A file of this window, read and written at once: at the end of a window nothing can be waited for. A window without a
 * folder keeps nothing: nothing tells it apart from the others without one, and it must not take up their sessions.
 */
export function storeOf({ storageUri }: ExtensionContext): Store {
  if (storageUri === undefined) {
    return { read: () => undefined, write: () => undefined, remove: () => undefined };
  }
  const file = path.join(storageUri.fsPath, 'sessions.json');
  return {
    read: () => (existsSync(file) ? readFileSync(file, 'utf8') : undefined),
    write: (text) => {
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, text);
    },
    remove: () => rmSync(file, { force: true }),
  };
}
