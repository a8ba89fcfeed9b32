import { readFileSync } from 'node:fs';
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import path from 'node:path';
import {
  type Clock,
  type Counters,
  type Disposable,
  type Logger,
  type Platform,
  PlatformFailure,
  type PlatformUpdate,
  silentLogger,
  systemClock,
} from '../../engine/index.js';
import { KernelCounters } from '../counters.js';
import { type DefaultRoute, readDefaultRoutes } from '../routes.js';
import { ChangeTeller, refusal, systemFacts, type Watched } from '../watchOnly.js';
import { accessPointOf, identifierOf } from './accessPoint.js';
import { InterfaceFiles } from './interfaces.js';
import { IpMonitor } from './monitor.js';
import { parseNameServers } from './nameServers.js';

export interface KernelOptions {
  /** Where the kernel's files are: `/sys`, `/proc`. */
  readonly sysRoot?: string;
  readonly procRoot?: string;
  /** Where `resolv.conf` is: `/etc`. */
  readonly etcRoot?: string;
  /**
   * The addresses of all interfaces, as `os.networkInterfaces` has them, which is the default for the real `/proc`. No
   * file tells the IPv4 addresses of an interface, so beside another `/proc` they are unknown unless given here.
   */
  readonly addresses?: () => NodeJS.Dict<Pick<NetworkInterfaceInfo, 'address'>[]>;
  /** The program that tells of changes: `ip`. */
  readonly ipCommand?: string;
  readonly clock?: Clock;
  readonly logger?: Logger;
}

/** Milliseconds between two looks where nothing tells of changes, while somebody watches. */
const lookInterval = 2_000;
/** A reading that took longer, in milliseconds, is followed by a rest: thousands of interfaces that change together. */
const longReading = 5;
/** How many times as long as the reading the rest is. */
const restPerReading = 10;

/** An access point, and the index that its interface has this time. */
interface Entry extends Watched {
  readonly index: string;
}

/**
 * Linux without a network manager: servers, containers, WSL. Watches and counts; it has no right to start or stop
 * anything and says so (M5).
 *
 * An interface is an access point if it is hardware or carries a default route (M3b), and then stays one until it is
 * gone: what loses its default route is down, not forgotten. So a container's veth is one, and so is a VPN or bridge
 * that the machine's traffic goes through; loopback, docker0 and the other ends of containers are not, nor are the
 * parts of a bridge or bond, which stands for them.
 */
export class KernelPlatform implements Platform {
  readonly #files: InterfaceFiles;
  readonly #procRoot: string;
  readonly #resolvConf: string;
  readonly #addresses: KernelOptions['addresses'];
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #counters: KernelCounters;
  readonly #monitor: IpMonitor;
  #teller: ChangeTeller | undefined;
  #known: ReadonlyMap<string, Entry> = new Map();
  #isWatched = false;
  #isDisposed = false;
  #isDue = false;
  #restsUntil = Number.NEGATIVE_INFINITY;
  #timer: Disposable | undefined;
  #rest: Disposable | undefined;

  constructor({
    sysRoot = '/sys',
    procRoot = '/proc',
    etcRoot = '/etc',
    addresses = procRoot === '/proc' ? networkInterfaces : undefined,
    ipCommand = 'ip',
    clock = systemClock,
    logger = silentLogger,
  }: KernelOptions = {}) {
    this.#files = new InterfaceFiles(sysRoot);
    this.#procRoot = procRoot;
    this.#resolvConf = path.join(etcRoot, 'resolv.conf');
    this.#addresses = addresses;
    this.#clock = clock;
    this.#logger = logger;
    this.#counters = new KernelCounters({ procRoot, sysRoot });
    this.#monitor = new IpMonitor({
      command: ipCommand,
      clock,
      logger,
      onChange: () => this.#lookSoon(),
      onState: () => {
        this.#keepLooking();
        if (this.#monitor.state !== 'listening') {
          this.#lookSoon();
        }
      },
    });
  }

  /** Rejects where there is no /sys/class/net. */
  async start(onUpdate: (update: PlatformUpdate) => void): Promise<void> {
    await this.#monitor.start();
    if (this.#isDisposed) {
      throw new PlatformFailure({ code: 'disposed' });
    }
    this.#teller = new ChangeTeller(onUpdate);
    try {
      this.#read();
    } catch (error) {
      await this.dispose();
      throw new PlatformFailure({ code: 'other', detail: String(error) });
    }
  }

  startAccessPoint(identifier: string): Promise<void> {
    return refusal(this.#known.has(identifier) ? 'cannotStart' : 'notDefined');
  }

  stopAccessPoint(identifier: string): Promise<void> {
    return refusal(this.#known.has(identifier) ? 'cannotStop' : 'notDefined');
  }

  async look(): Promise<void> {
    // Never inside the call.
    await Promise.resolve();
    this.#look();
  }

  counters(identifier: string): Counters | undefined {
    const entry = this.#known.get(identifier);
    const bytes = entry && this.#counters.read(entry.facts.name);
    return entry && bytes && { ...bytes, source: entry.index };
  }

  setWatched(watched: boolean): void {
    if (this.#isWatched !== watched) {
      this.#isWatched = watched;
      this.#keepLooking();
    }
  }

  async dispose(): Promise<void> {
    this.#isDisposed = true;
    this.#teller = undefined;
    this.#known = new Map();
    this.#timer?.dispose();
    this.#rest?.dispose();
    await this.#monitor.dispose();
  }

  /** Looks by itself while nothing tells of changes and somebody watches. */
  #keepLooking(): void {
    this.#timer?.dispose();
    this.#timer = undefined;
    if (this.#isWatched && !this.#isDisposed && this.#monitor.state !== 'listening') {
      this.#timer = this.#clock.setTimeout(() => {
        this.#look();
        this.#keepLooking();
      }, lookInterval);
    }
  }

  /** Looks once for all that is said in this turn, and at once: a pulled cable is seen within milliseconds. */
  #lookSoon(): void {
    if (this.#isDue || this.#isDisposed) {
      return;
    }
    this.#isDue = true;
    const look = () => {
      this.#isDue = false;
      this.#look();
    };
    const rest = this.#restsUntil - this.#clock.now();
    if (rest > 0) {
      this.#rest = this.#clock.setTimeout(look, rest);
    } else {
      setImmediate(look);
    }
  }

  #look(): void {
    try {
      this.#read();
    } catch (error) {
      this.#logger.warn(`The interfaces could not be read: ${String(error)}`);
    }
  }

  #read(): void {
    const teller = this.#teller;
    if (teller === undefined) {
      return;
    }
    const begin = this.#clock.now();
    const routes = readDefaultRoutes(this.#procRoot);
    const watched = this.#watched(routes);
    this.#known = new Map(watched.map((entry) => [entry.facts.identifier, entry]));
    const routed = routes.map(({ interfaceName }) => identifierOf(interfaceName));
    const now = this.#clock.now();
    this.#restsUntil = now - begin > longReading ? now + (now - begin) * restPerReading : now;
    teller.tell(
      watched.map(({ facts }) => facts),
      systemFacts(watched, routed, { platform: 'kernel', polls: false }),
    );
  }

  #watched(routes: readonly DefaultRoute[]): Entry[] {
    const addresses = this.#allAddresses();
    const dnsServers = this.#nameServers();
    const watched: Entry[] = [];
    for (const name of this.#files.names()) {
      const route = routes.find(({ interfaceName }) => interfaceName === name);
      const previous = this.#known.get(identifierOf(name))?.facts;
      const counts = route !== undefined || this.#files.isHardware(name);
      const reading = counts || previous ? this.#files.read(name) : undefined;
      if (reading === undefined || (reading.isPort && route === undefined)) {
        continue;
      }
      const facts = accessPointOf(reading, {
        addresses: addresses && (addresses[name] ?? []).map(({ address }) => address),
        route,
        dnsServers: route !== undefined && route === routes[0] ? dnsServers : [],
        previous,
      });
      watched.push({ facts, counts, index: reading.index });
    }
    return watched.sort((one, other) => Number(one.index) - Number(other.index));
  }

  #allAddresses() {
    try {
      return this.#addresses?.();
    } catch {
      return undefined;
    }
  }

  #nameServers(): string[] {
    return parseNameServers(this.#text(this.#resolvConf));
  }

  #text(file: string): string {
    try {
      return readFileSync(file, 'utf8');
    } catch {
      return '';
    }
  }
}
