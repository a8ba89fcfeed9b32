import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import path from 'node:path';

/** The bytes that an interface has carried since it was made. Whole numbers. */
export interface InterfaceBytes {
  readonly received: number;
  readonly written: number;
}

/** Where the kernel's files are; other places than the real ones are for tests. */
export interface KernelCountersOptions {
  readonly procRoot?: string;
  readonly sysRoot?: string;
}

const bytesReceivedColumn = 0;
const bytesWrittenColumn = 8;
const wholeNumber = /^\d+$/;

/**
 * Reads the text of /proc/net/dev. A line is `name: ` and sixteen numbers; the two lines above have no colon. The last
 * colon ends the name, because the name of an alias has colons of its own. Lines that are anything else are left out.
 */
export function parseNetDev(text: string): Map<string, InterfaceBytes> {
  const all = new Map<string, InterfaceBytes>();
  for (const line of text.split('\n')) {
    const colon = line.lastIndexOf(':');
    const name = line.slice(0, Math.max(colon, 0)).trim();
    if (name === '') {
      continue;
    }
    const columns = line
      .slice(colon + 1)
      .trim()
      .split(/\s+/);
    const received = columns[bytesReceivedColumn] ?? '';
    const written = columns[bytesWrittenColumn] ?? '';
    if (wholeNumber.test(received) && wholeNumber.test(written)) {
      all.set(name, { received: Number(received), written: Number(written) });
    }
  }
  return all;
}

/**
 * The kernel's byte counters of all interfaces of this process's network namespace. One synchronous reading of
 * /proc/net/dev, some 20 to 40 µs, serves everybody who asks within one turn. It keeps no timer and no open file.
 */
export class KernelCounters {
  readonly #devFile: string;
  readonly #classDirectory: string;
  #buffer = Buffer.allocUnsafe(4096);
  #reading: Map<string, InterfaceBytes> | undefined;
  readonly #forget = () => {
    this.#reading = undefined;
  };

  constructor({ procRoot = '/proc', sysRoot = '/sys' }: KernelCountersOptions = {}) {
    this.#devFile = path.join(procRoot, 'net', 'dev');
    this.#classDirectory = path.join(sysRoot, 'class', 'net');
  }

  /** The bytes of an interface now; undefined when there is no such interface or nobody can tell. Never throws. */
  read(interfaceName: string): InterfaceBytes | undefined {
    if (this.#reading === undefined) {
      this.#reading = this.#readAll();
      queueMicrotask(this.#forget);
    }
    return this.#reading.get(interfaceName) ?? this.#readOne(interfaceName, this.#reading);
  }

  #readAll(): Map<string, InterfaceBytes> {
    try {
      return parseNetDev(this.#readText());
    } catch {
      return new Map();
    }
  }

  /** The kernel hands the file out page by page and knows no size of it, so it is read until nothing more comes. */
  #readText(): string {
    const file = openSync(this.#devFile, 'r');
    try {
      let length = 0;
      for (;;) {
        if (length === this.#buffer.length) {
          this.#buffer = Buffer.concat([this.#buffer], length * 2);
        }
        const count = readSync(file, this.#buffer, length, this.#buffer.length - length, null);
        if (count === 0) {
          return this.#buffer.toString('utf8', 0, length);
        }
        length += count;
      }
    } finally {
      closeSync(file);
    }
  }

  /** Where /proc shows processes only (mounted with subset=pid), /sys still has the figures of each interface. */
  #readOne(interfaceName: string, reading: Map<string, InterfaceBytes>): InterfaceBytes | undefined {
    if (reading.size > 0 || !/^[^/\s]+$/.test(interfaceName) || /^\.\.?$/.test(interfaceName)) {
      return undefined;
    }
    const figure = (name: string) => {
      const text = readFileSync(path.join(this.#classDirectory, interfaceName, 'statistics', name), 'latin1').trim();
      return wholeNumber.test(text) ? Number(text) : undefined;
    };
    try {
      const received = figure('rx_bytes');
      const written = figure('tx_bytes');
      return received === undefined || written === undefined ? undefined : { received, written };
    } catch {
      return undefined;
    }
  }
}
