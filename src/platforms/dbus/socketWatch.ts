import { existsSync, type FSWatcher, watch } from 'node:fs';
import path from 'node:path';
import type { Disposable, Logger } from '../../engine/index.js';

/**
 * Tells whenever a file may have come into being, without looking at intervals: by watching its directory, or the
 * nearest one above that exists.
 */
export class SocketWatch implements Disposable {
  readonly #file: string;
  readonly #onAppear: () => void;
  readonly #logger: Logger;
  #watcher: FSWatcher | undefined;
  #directory = '';
  #disposed = false;

  constructor(file: string, onAppear: () => void, logger: Logger) {
    this.#file = file;
    this.#onAppear = onAppear;
    this.#logger = logger;
    this.#watchNearest();
  }

  dispose(): void {
    this.#disposed = true;
    this.#watcher?.close();
    this.#watcher = undefined;
  }

  #watchNearest(): void {
    // A directory may come into being between looking for it and watching the one above, hence the second look.
    for (let nearest = this.#nearest(); nearest !== this.#directory; nearest = this.#nearest()) {
      this.#watcher?.close();
      this.#watcher = undefined;
      this.#directory = nearest;
      try {
        // It must not keep a process alive that has nothing else to do.
        this.#watcher = watch(nearest, { persistent: false }, (_, name) => this.#onEvent(name));
        this.#watcher.on('error', (error) => this.#fail(error));
      } catch (error) {
        if (existsSync(nearest)) {
          this.#fail(error);
          return;
        }
      }
    }
  }

  #onEvent(name: string | null): void {
    if (this.#disposed) {
      return;
    }
    const before = this.#directory;
    const isReplaced = name === null || name === path.basename(before);
    if (isReplaced) {
      // The directory itself may be another one of the same name now.
      this.#directory = '';
    }
    this.#watchNearest();
    // In a directory that is watched only now, the file may have been first.
    const isNew = isReplaced || this.#directory !== before;
    if ((isNew || name === path.basename(this.#file)) && existsSync(this.#file)) {
      this.#onAppear();
    }
  }

  #nearest(): string {
    let directory = path.dirname(this.#file);
    while (!existsSync(directory) && directory !== path.dirname(directory)) {
      directory = path.dirname(directory);
    }
    return directory;
  }

  #fail(error: unknown): void {
    this.#watcher?.close();
    this.#watcher = undefined;
    this.#logger.warn(`The directory of the bus's socket cannot be watched: ${error}`);
  }
}
