import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** What tells a network interface from a later one of the same name: its number, which the kernel does not give again. */
export class InterfaceNumbers {
  readonly #sysRoot: string;
  /** Those read this turn. */
  #numbers: Map<string, string> | undefined;

  constructor(sysRoot: string) {
    this.#sysRoot = sysRoot;
  }

  /** Its number as text; its name where nobody knows. */
  of(name: string): string {
    if (this.#numbers === undefined) {
      this.#numbers = new Map();
      queueMicrotask(() => {
        this.#numbers = undefined;
      });
    }
    let number = this.#numbers.get(name);
    if (number === undefined) {
      number = this.#read(name) ?? name;
      this.#numbers.set(name, number);
    }
    return number;
  }

  /** Whether the kernel has an interface of this name; true where nobody can tell. */
  has(name: string): boolean {
    return existsSync(this.#directory(name)) || !existsSync(this.#sysRoot);
  }

  #read(name: string): string | undefined {
    try {
      return readFileSync(path.join(this.#directory(name), 'ifindex'), 'latin1').trim();
    } catch {
      return undefined;
    }
  }

  #directory(name: string): string {
    return path.join(this.#sysRoot, 'class', 'net', path.basename(name));
  }
}
