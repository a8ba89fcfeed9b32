import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { KernelOptions } from '../../../src/platforms/kernel/index.js';

/** One interface of the tree; everything has a default of a plugged Ethernet card that is on. */
export interface TreeInterface {
  readonly index?: number;
  /** A piece of hardware is behind it; true by default. */
  readonly device?: boolean;
  readonly flags?: number;
  readonly type?: number;
  readonly operstate?: string;
  /** Undefined: it cannot be read, as while an interface is off. */
  readonly carrier?: string | undefined;
  readonly address?: string;
  readonly speed?: string;
  readonly deviceType?: string;
  /** Files or directories that say of which kind it is: `wireless`, `tun_flags`, `bridge`. */
  readonly entries?: readonly string[];
  /** The bridge, bond or VRF that it is a part of. */
  readonly master?: string;
  readonly addresses?: readonly string[];
  readonly received?: number;
  readonly written?: number;
}

/** Fields of /proc/net/route as text, and of /proc/net/ipv6_route. */
export interface TreeRoute {
  readonly interface: string;
  readonly destination?: string;
  readonly mask?: string;
  readonly gateway?: string;
  readonly flags?: string;
  readonly metric?: number;
}

/** The kernel's files of a machine that is not there, in a temporary directory, with a stand-in for `ip`. */
export class KernelTree {
  readonly root = mkdtempSync(path.join(tmpdir(), 'network-sessions-kernel-'));
  readonly #interfaces = new Map<string, TreeInterface>();
  #nextIndex = 1;
  #routes: readonly TreeRoute[] = [];

  constructor() {
    for (const directory of ['sys/class/net', 'proc/net', 'etc']) {
      mkdirSync(this.path(directory), { recursive: true });
    }
    this.write('sys/class/net/bonding_masters', '');
    this.write(
      'etc/resolv.conf',
      '# made by hand\nsearch example.org\nnameserver 192.0.2.53\nnameserver 2001:db8::53\n',
    );
    this.write('events', '');
    this.ip('exec tail -n +1 -f "$(dirname "$0")/events"');
    this.#writeProc();
  }

  get options(): Required<Pick<KernelOptions, 'sysRoot' | 'procRoot' | 'etcRoot' | 'addresses' | 'ipCommand'>> {
    return {
      sysRoot: this.path('sys'),
      procRoot: this.path('proc'),
      etcRoot: this.path('etc'),
      addresses: () =>
        Object.fromEntries(
          [...this.#interfaces].map(([name, { addresses = [] }]) => [name, addresses.map((address) => ({ address }))]),
        ),
      ipCommand: this.path('ip'),
    };
  }

  path(name: string): string {
    return path.join(this.root, name);
  }

  write(name: string, text: string): void {
    mkdirSync(path.dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), text);
  }

  /** What runs instead of `ip`. It notes its arguments, a line for each time it was started. */
  ip(script: string): void {
    this.write('ip', `#!/bin/sh\necho "$@" >> "$(dirname "$0")/started"\n${script}\n`);
    chmodSync(this.path('ip'), 0o755);
  }

  get ipArguments(): string[] {
    try {
      return readFileSync(this.path('started'), 'utf8').trim().split('\n');
    } catch {
      return [];
    }
  }

  /** A line of `ip monitor`. */
  say(line: string): void {
    appendFileSync(this.path('events'), `${line}\n`);
  }

  /** Adds an interface, or changes one. */
  set(name: string, change: TreeInterface): void {
    const index = change.index ?? this.#interfaces.get(name)?.index ?? this.#nextIndex++;
    const all: TreeInterface = { ...this.#interfaces.get(name), ...change, index };
    this.#interfaces.set(name, all);
    const { device = true, flags = 0x1003, type = 1, operstate = 'up', address = '02:00:00:00:00:01' } = all;
    const { speed = '1000', deviceType, entries = [], master } = all;
    const carrier = 'carrier' in all ? all.carrier : '1';
    const directory = `sys/class/net/${name}`;
    rmSync(this.path(directory), { recursive: true, force: true });
    const files: Record<string, string | undefined> = {
      ifindex: `${index}`,
      flags: `0x${flags.toString(16)}`,
      type: `${type}`,
      operstate,
      carrier,
      address,
      speed,
      uevent: `${deviceType === undefined ? '' : `DEVTYPE=${deviceType}\n`}INTERFACE=${name}\nIFINDEX=${index}`,
    };
    for (const [file, text] of Object.entries(files)) {
      if (text !== undefined) {
        this.write(`${directory}/${file}`, `${text}\n`);
      }
    }
    for (const entry of [...entries, ...(device ? ['device'] : [])]) {
      mkdirSync(this.path(`${directory}/${entry}`));
    }
    if (master !== undefined) {
      symlinkSync(`../${master}`, this.path(`${directory}/master`));
    }
    this.#writeProc();
  }

  remove(name: string): void {
    this.#interfaces.delete(name);
    rmSync(this.path(`sys/class/net/${name}`), { recursive: true, force: true });
    this.#writeProc();
  }

  /** All routes of IPv4; 192.0.2.1 is the gateway of a default route that says no other. */
  route(...routes: readonly TreeRoute[]): void {
    this.#routes = routes;
    this.#writeProc();
  }

  #writeProc(): void {
    const dev = [...this.#interfaces].map(
      ([name, { received = 0, written = 0 }]) =>
        `${name.padStart(6)}: ${received} 1 0 0 0 0 0 0 ${written} 1 0 0 0 0 0 0\n`,
    );
    this.write('proc/net/dev', `Inter-|   Receive |  Transmit\n face |bytes packets|bytes packets\n${dev.join('')}`);
    const route = this.#routes.map(
      ({ interface: name, destination = '00000000', mask = '00000000', gateway = '010200C0', ...rest }) =>
        [name, destination, gateway, rest.flags ?? '0003', 0, 0, rest.metric ?? 0, mask, 0, 0, 0].join('\t'),
    );
    this.write('proc/net/route', ['Iface\tDestination\tGateway', ...route, ''].join('\n'));
  }

  /** Takes all files of the kernel away. */
  clear(): void {
    for (const name of ['sys', 'proc']) {
      rmSync(this.path(name), { recursive: true, force: true });
    }
  }

  dispose(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
