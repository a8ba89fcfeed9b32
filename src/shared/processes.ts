import { readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { codeOf } from './privateFiles.js';

/**
 * What the kernel's files tell of processes and of this machine, so that one process knows what another one has left.
 * Undefined is what cannot be told; on systems without these files that is everything.
 */
export class Processes {
  readonly #procRoot: string;

  /** @param procRoot where the kernel's files are; another place is for tests */
  constructor(procRoot = '/proc') {
    this.#procRoot = procRoot;
  }

  /** The machine's name. */
  get machine(): string | undefined {
    return this.#textOf('sys/kernel/hostname');
  }

  /** The machine's run: another one after each start of it. */
  get boot(): string | undefined {
    return this.#textOf('sys/kernel/random/boot_id');
  }

  /** The world in which numbers of processes mean something: a container has its own. */
  get namespace(): string | undefined {
    try {
      return readlinkSync(path.join(this.#procRoot, 'self', 'ns', 'pid'));
    } catch {
      return undefined;
    }
  }

  /** The moment at which a process was started, in ticks since the machine was; undefined also for one that is over. */
  startOf(pid: number): string | undefined {
    try {
      return this.#readStart(pid);
    } catch {
      return undefined;
    }
  }

  /** Whether the process that was started then is there. What cannot be told, for want of file handles say, is taken for alive. */
  isAlive(pid: number, start: string | undefined): boolean {
    try {
      return this.#readStart(pid) === start;
    } catch (error) {
      return !['ENOENT', 'ESRCH'].includes(codeOf(error));
    }
  }

  /** Throws where the file cannot be read. */
  #readStart(pid: number): string | undefined {
    const stat = readFileSync(path.join(this.#procRoot, String(pid), 'stat'), 'latin1');
    // The name of the program, in brackets, may hold anything, brackets and spaces too.
    const [state = '', ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return /^[ZXx]$/.test(state) ? undefined : rest[18];
  }

  #textOf(name: string): string | undefined {
    try {
      return readFileSync(path.join(this.#procRoot, name), 'latin1').trim();
    } catch {
      return undefined;
    }
  }
}
