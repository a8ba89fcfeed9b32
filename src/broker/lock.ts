import { closeSync, openSync, renameSync, unlinkSync, writeSync } from 'node:fs';
import type { Clock } from '../engine/index.js';
import { codeOf, readOwnFile } from '../shared/privateFiles.js';
import { Processes } from '../shared/processes.js';

export interface LockOptions {
  readonly clock: Clock;
  /** So many random digits in base 16. */
  digits(count: number): string;
  /** Milliseconds after which a lock is broken whose process lives, or cannot be seen. */
  readonly patience: number;
  /** Where the kernel's files are; another place is for tests. */
  readonly procRoot?: string | undefined;
}

/** What stands in a lock. */
interface Holder {
  readonly pid: unknown;
  /** The moment at which the process was started; undefined where that cannot be told. */
  readonly start?: unknown;
  /** The world in which numbers of processes mean something. */
  readonly processes?: unknown;
}

/** Held for the milliseconds in which somebody takes over, so that nobody else in this place does at the same moment. */
export class Lock {
  readonly #file: string;
  /** Not the same in any other lock. */
  readonly #content: string;

  private constructor(file: string, content: string) {
    this.#file = file;
    this.#content = content;
  }

  /** Undefined where there is one. Throws when the file cannot be written, and leaves none behind then. */
  static make(file: string, content: string): Lock | undefined {
    let descriptor: number;
    try {
      descriptor = openSync(file, 'wx', 0o600);
    } catch (error) {
      if (codeOf(error) === 'EEXIST') {
        return undefined;
      }
      throw error;
    }
    try {
      writeSync(descriptor, content);
    } catch (error) {
      unlinkSync(file);
      throw error;
    } finally {
      closeSync(descriptor);
    }
    return new Lock(file, content);
  }

  /** It was not taken away meanwhile. */
  isHeld(): boolean {
    return contentOf(this.#file) === this.#content;
  }

  /** What cannot be taken away, for want of file handles say, the next one breaks when its time is over. */
  release(): void {
    try {
      if (this.isHeld()) {
        unlinkSync(this.#file);
      }
    } catch {
      // Whoever has taken over with it does so all the same.
    }
  }
}

/** Takes the lock of a place; takes it also from those that are dead, or hold it far too long. */
export class Locksmith {
  readonly #file: string;
  readonly #options: LockOptions;
  readonly #processes: Processes;
  readonly #start: string | undefined;
  readonly #namespace: string | undefined;
  /** The lock of another one that was seen last, and when it was seen first. */
  #seen: { readonly content: string; readonly at: number } | undefined;

  constructor(file: string, options: LockOptions) {
    this.#file = file;
    this.#options = options;
    this.#processes = new Processes(options.procRoot);
    this.#start = this.#processes.startOf(process.pid);
    this.#namespace = this.#processes.namespace;
  }

  /** Undefined while somebody else has it: try again a little later. */
  take(): Lock | undefined {
    const lock = this.#make();
    if (lock !== undefined) {
      return lock;
    }
    const content = contentOf(this.#file);
    if (content === undefined || !this.#isForfeit(content)) {
      return undefined;
    }
    this.#breakUp(content);
    return this.#make();
  }

  #make(): Lock | undefined {
    const holder = { pid: process.pid, start: this.#start, processes: this.#namespace, once: this.#options.digits(16) };
    return Lock.make(this.#file, JSON.stringify(holder));
  }

  #isForfeit(content: string): boolean {
    const holder = parseHolder(content);
    if (holder !== undefined && this.#isDead(holder)) {
      return true;
    }
    const now = this.#options.clock.now();
    if (this.#seen?.content !== content) {
      this.#seen = { content, at: now };
    }
    return now - this.#seen.at >= this.#options.patience;
  }

  #isDead({ pid, start, processes }: Holder): boolean {
    if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid <= 0 || processes !== this.#namespace) {
      return false; // It is of another container, and cannot be seen from here.
    }
    if (this.#start !== undefined) {
      return this.#processes.startOf(pid) !== start;
    }
    try {
      process.kill(pid, 0);
      return false;
    } catch (error) {
      return codeOf(error) === 'ESRCH';
    }
  }

  /**
   * Of several that do this at once one moves the file away. One that comes late may move away the lock of who has taken it
   * since. It is not put back: meanwhile another one may have had it and given it back, and two would have acted on what
   * they had seen before. Whoever holds a lock looks whether it still does before and after it acts, and begins anew if not.
   */
  #breakUp(content: string): void {
    const away = `${this.#file}.${this.#options.digits(6)}`;
    if (contentOf(this.#file) !== content) {
      return; // Another one was faster.
    }
    try {
      renameSync(this.#file, away);
      unlinkSync(away);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') {
        throw error;
      }
    }
  }
}

/** Undefined when it was given back. Throws for what this software would not have put there. */
function contentOf(file: string): string | undefined {
  try {
    return readOwnFile(file);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') {
      return undefined;
    }
    throw error;
  }
}

function parseHolder(content: string): Holder | undefined {
  try {
    const holder: unknown = JSON.parse(content);
    return typeof holder === 'object' && holder !== null && 'pid' in holder ? (holder as Holder) : undefined;
  } catch {
    return undefined; // Its process may be writing it at this moment, or died while it did.
  }
}
