import { randomBytes } from 'node:crypto';
import { readdirSync, renameSync, unlinkSync } from 'node:fs';
import path from 'node:path';
import { type Logger, silentLogger } from '../engine/index.js';
import {
  codeOf,
  discardOwnFile,
  makePrivate,
  mustBePrivate,
  readOwnFile,
  writeOwnFile,
} from '../shared/privateFiles.js';
import { Processes } from '../shared/processes.js';
import { isEmpty, parseName, parseSpent, parseTrace, type SpentCheckpoint, type Trace } from './trace.js';

export interface JournalOptions {
  /** Where the journals of all processes lie; undefined keeps this one in memory only. */
  readonly directory: string | undefined;
  readonly logger?: Logger | undefined;
  /** Where the kernel's files are; another place is for tests. */
  readonly procRoot?: string | undefined;
}

/** Whose journal a file is: a process by its number and the moment of its start, and one of several in it by a random name. */
const fileName = /^(\d{1,10})-(\d{1,20})-[0-9a-f]{8}\.json$/;
/** Of a journal that was given up with something in it: no process has this number. */
const ownerless = '0-0';
const version = 1;

/** What is in a file. */
interface Written {
  readonly machine: unknown;
  readonly boot: unknown;
  readonly processes: unknown;
  readonly traces: readonly Trace[];
  readonly spent: readonly SpentCheckpoint[];
  readonly holds: readonly string[];
}

const isSame = (one: SpentCheckpoint, other: SpentCheckpoint) =>
  one.run === other.run && one.checkpoint === other.checkpoint;

/** Every element, read; undefined where one of them is wrong. */
function allOf<T>(list: unknown, parse: (value: unknown) => T | undefined): readonly T[] | undefined {
  const read = Array.isArray(list) ? list.map(parse) : [undefined];
  return read.every((each) => each !== undefined) ? read : undefined;
}

/**
 * What was done to the system and has to be taken back, kept on disk, so that whoever of this software runs next can do
 * that for a process that died (R9). Each change is on disk when the call returns, so write first and act then.
 *
 * The files are not flushed to the disk (fsync): what they tell of dies with the machine's run as well, and a process
 * that is killed takes nothing with it that it has handed to the kernel. It would cost tens of milliseconds a move.
 */
export class Journal {
  readonly #logger: Logger;
  readonly #processes: Processes;
  readonly #directory: string | undefined;
  /** The machine's name, its run, and the world in which numbers of processes mean something. */
  readonly #machine: string | undefined;
  readonly #boot: string | undefined;
  readonly #namespace: string | undefined;
  /** Of the files of this process: read once, since without file handles nobody can. */
  readonly #ownPrefix: string;
  readonly #random = randomBytes(4).toString('hex');
  readonly #traces = new Map<string, Trace>();
  #spent: readonly SpentCheckpoint[] = [];
  readonly #holds = new Set<string>();
  /** What the file says. */
  #written: ReadonlySet<string> = new Set();
  #isClosed = false;
  #hasWarned = false;

  constructor({ directory, logger, procRoot }: JournalOptions) {
    this.#logger = logger ?? silentLogger;
    const processes = new Processes(procRoot);
    const start = processes.startOf(process.pid);
    this.#processes = processes;
    this.#machine = processes.machine;
    this.#boot = processes.boot;
    this.#namespace = processes.namespace;
    this.#ownPrefix = `${process.pid}-${start}`;
    const isKnown = this.#boot !== undefined && start !== undefined;
    this.#directory = directory !== undefined && isKnown ? path.resolve(directory) : undefined;
  }

  /** By the access point's identifier. */
  get traces(): ReadonlyMap<string, Trace> {
    return this.#traces;
  }

  /** Writes what is about to be done, in place of what was written of this access point; nothing left takes it out. */
  put(trace: Trace): void {
    if (isEmpty(trace)) {
      this.remove(trace.identifier);
      return;
    }
    this.#traces.set(trace.identifier, trace);
    this.#write();
  }

  remove(identifier: string): void {
    if (this.#traces.delete(identifier)) {
      this.#write();
    }
  }

  /** What the system is not to take back any more and may still do. */
  get spent(): readonly SpentCheckpoint[] {
    return this.#spent;
  }

  /** Writes that a checkpoint is to be destroyed. */
  spend({ run, checkpoint }: SpentCheckpoint): void {
    if (!this.#spent.some((each) => isSame(each, { run, checkpoint }))) {
      this.#spent = [...this.#spent, { run, checkpoint }];
      this.#write();
    }
  }

  /** It is gone. */
  forget(checkpoint: SpentCheckpoint): void {
    this.#spent = this.#spent.filter((each) => !isSame(each, checkpoint));
    this.#write();
  }

  /** Writes that an access point is held here, or that it is not any more. That counts only while this process lives. */
  hold(identifier: string, held: boolean): void {
    if (this.#holds.has(identifier) !== held) {
      this.#holds[held ? 'add' : 'delete'](identifier);
      this.#write();
    }
  }

  /** What other processes that live have written. */
  others(): readonly Trace[] {
    return this.#othersWritten().flatMap(({ traces }) => traces);
  }

  /** Whether another process that lives has written that it holds it. */
  isHeldByOthers(identifier: string): boolean {
    return this.#othersWritten().some(({ holds }) => holds.includes(identifier));
  }

  #othersWritten(): readonly Written[] {
    return this.#files()
      .filter(({ name, isAlive, isDraft }) => isAlive && !isDraft && name !== this.#ownName)
      .map(({ name }) => this.#read(name))
      .filter((written) => written !== undefined);
  }

  /**
   * Takes over what dead processes have written: what is spent at once, and each entry by `take`, which writes it here,
   * and hears what the same process had spent. Of two that do this at once one gets it.
   */
  adopt(take: (trace: Trace, spent: readonly SpentCheckpoint[]) => void): void {
    for (const { name, isAlive, isDraft } of this.#files()) {
      if (!isAlive) {
        try {
          if (isDraft) {
            unlinkSync(this.#pathOf(name));
          } else {
            this.#adoptFile(name, take);
          }
        } catch (error) {
          this.#logger.debug(`A journal cannot be taken over: ${error}`);
        }
      }
    }
  }

  /** Nothing more is written. What is left in it is for whoever comes next, in this process too. */
  close(): void {
    this.#holds.clear();
    if (this.#entries.size === 0) {
      this.#write();
    }
    this.#isClosed = true;
    if (this.#written.size > 0) {
      this.#attempt(() => renameSync(this.#pathOf(this.#ownName), this.#pathOf(`${ownerless}-${this.#random}.json`)));
      this.#written = new Set();
    }
  }

  #adoptFile(name: string, take: (trace: Trace, spent: readonly SpentCheckpoint[]) => void): void {
    const journal = this.#read(name);
    if (journal === undefined || journal.processes !== this.#namespace) {
      return; // It was told already that it is wrong; or it is of a container, whose processes cannot be seen from here.
    }
    if (journal.boot !== this.#boot) {
      if (journal.machine === this.#machine) {
        unlinkSync(this.#pathOf(name));
      } // Otherwise it is of another machine with the same home, where its process may live.
      return;
    }
    // Under this name it is ours also if we die before all of it is written here.
    const claimed = `${this.#ownPrefix}-${randomBytes(4).toString('hex')}.json`;
    renameSync(this.#pathOf(name), this.#pathOf(claimed));
    for (const checkpoint of journal.spent) {
      this.spend(checkpoint);
    }
    for (const trace of journal.traces) {
      take(trace, journal.spent);
    }
    discardOwnFile(this.#pathOf(claimed));
    if ([...this.#entries].some((entry) => !this.#written.has(entry))) {
      this.#write(); // There may have been no room for both.
    }
  }

  // Files --------------------------------------------------------------------------------------------------------------

  get #ownName(): string {
    return `${this.#ownPrefix}-${this.#random}.json`;
  }

  #pathOf(name: string): string {
    return path.join(this.#directory ?? '', name);
  }

  #write(): void {
    const directory = this.#directory;
    if (directory === undefined || this.#isClosed) {
      return;
    }
    const file = this.#pathOf(this.#ownName);
    const entries = this.#entries;
    this.#attempt(() => {
      if (entries.size === 0) {
        this.#discard(file);
        return;
      }
      if (this.#written.size === 0) {
        makePrivate(directory);
      }
      const traces = [...this.#traces.values()];
      const spent = this.#spent.length > 0 ? this.#spent : undefined;
      const holds = this.#holds.size > 0 ? [...this.#holds] : undefined;
      const own = { version, machine: this.#machine, boot: this.#boot, processes: this.#namespace };
      const content = { ...own, traces, spent, holds };
      try {
        this.#writeIn(directory, file, JSON.stringify(content));
        this.#written = entries;
      } catch (error) {
        // Whoever comes next must not take back what is not ours any more: rather nothing of what is.
        if ([...this.#written].some((entry) => !entries.has(entry))) {
          this.#discard(file);
        }
        throw error;
      }
    });
  }

  #writeIn(directory: string, file: string, content: string): void {
    try {
      writeOwnFile(file, content);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') {
        throw error;
      }
      makePrivate(directory); // Somebody has cleared it away, with all that was in it.
      writeOwnFile(file, content);
    }
  }

  #discard(file: string): void {
    if (this.#written.size > 0) {
      discardOwnFile(file);
      this.#written = new Set();
    }
  }

  /** All that it says, each for itself. */
  get #entries(): ReadonlySet<string> {
    const of = ({ identifier, device, owner, ...done }: Trace) =>
      Object.entries(done)
        .filter(([, value]) => value !== undefined)
        .map((each) => [identifier, device, owner, ...each]);
    const entries = [...[...this.#traces.values()].flatMap(of), ...this.#spent, ...this.#holds];
    return new Set(entries.map((entry) => JSON.stringify(entry)));
  }

  /** A journal that cannot be written must not keep the machine off its network: it is told once, and goes on in memory. */
  #attempt(act: () => void): void {
    try {
      act();
    } catch (error) {
      if (!this.#hasWarned) {
        this.#hasWarned = true;
        this.#logger.warn(`What is changed for roaming cannot be written down: ${codeOf(error)}`);
      }
    }
  }

  #files(): readonly { readonly name: string; readonly isAlive: boolean; readonly isDraft: boolean }[] {
    if (this.#directory === undefined) {
      return [];
    }
    let names: string[];
    try {
      mustBePrivate(this.#directory);
      names = readdirSync(this.#directory);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') {
        this.#logger.warn(`The folder of the journals is not used: ${codeOf(error)}`);
      }
      return [];
    }
    return names.flatMap((name) => {
      const isDraft = name.endsWith('.tmp');
      const [, pid, start] = fileName.exec(isDraft ? name.slice(0, -4) : name) ?? [];
      return pid === undefined ? [] : [{ name, isDraft, isAlive: this.#processes.isAlive(Number(pid), start) }];
    });
  }

  /** Undefined for what is gone, and for what this software would not have written there. */
  #read(name: string): Written | undefined {
    try {
      const content: unknown = JSON.parse(readOwnFile(this.#pathOf(name)));
      const fields = typeof content === 'object' && content !== null ? (content as Record<string, unknown>) : {};
      const { machine, boot, processes } = fields;
      const traces = allOf(fields['traces'], parseTrace);
      const spent = allOf(fields['spent'] ?? [], parseSpent);
      const holds = allOf(fields['holds'] ?? [], parseName);
      if (fields['version'] !== version || traces === undefined || spent === undefined || holds === undefined) {
        throw new Error('it is of another kind');
      }
      return { machine, boot, processes, traces, spent, holds };
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') {
        this.#logger.warn(`A journal is not used: ${codeOf(error)}`);
      }
      return undefined;
    }
  }
}
