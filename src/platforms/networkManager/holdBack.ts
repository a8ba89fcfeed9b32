import type { Journal } from '../journal.js';
import type { AccessPoint } from './accessPoints.js';
import { shownMetric } from './linkRoutes.js';
import type { LinksHost } from './links.js';
import { fieldOf, type Metrics, rivalryOf, type Version, versions } from './ranks.js';
import type { Device } from './records.js';

export interface HeldBackHost extends LinksHost {
  readonly journal: Journal;
  debug(message: string): void;
  /** Gives a link that is well these metrics; when that rejects it calls `undo`, and they are taken back. */
  setMetrics(identifier: string, metrics: Metrics, undo: () => void): Promise<void>;
  /** Makes a link what is still wanted of it, now or when it is well. Never rejects. */
  bring(identifier: string): Promise<void>;
}

/**
 * Starts that must not draw the system's traffic until they are preferred (R3): the link that has the traffic holds it by
 * a metric before theirs, set before they start; or, where that cannot be, they get a metric behind all others as soon as
 * they are up.
 */
export class HeldBack {
  readonly #host: HeldBackHost;
  readonly #metrics = new Map<string, Metrics>();
  readonly #holders = new Map<string, string>();
  /** Under way, by the identifiers of what was held back. */
  readonly #releases = new Map<string, Promise<unknown>>();

  constructor(host: HeldBackHost) {
    this.#host = host;
  }

  get identifiers(): readonly string[] {
    return [...this.#metrics.keys(), ...this.#holders.keys()];
  }

  /** Whether it gets a metric behind all others. */
  has(identifier: string): boolean {
    return this.#metrics.has(identifier);
  }

  /** Whether it holds the traffic against another. */
  holds(identifier: string): boolean {
    return [...this.#holders.values()].includes(identifier);
  }

  /** Before it is started: resolves when the link that has the traffic holds it, if it must and can. Never rejects. */
  async begin(identifier: string): Promise<void> {
    const field = fieldOf(this.#host);
    const { profile, startDevice = '' } = field?.picture.accessPoints.get(identifier) ?? {};
    const device = field?.picture.devices.get(startDevice);
    if (field === undefined || profile === undefined || device === undefined) {
      return;
    }
    const { behind, holder } = rivalryOf(field, device, profile);
    const draws = Object.keys(behind).length > 0;
    if (draws && !(holder !== undefined && (await this.#holdBy(identifier, holder.device, holder.metrics)))) {
      this.#metrics.set(identifier, behind);
    }
  }

  async #holdBy(identifier: string, { path }: Device, metrics: Metrics): Promise<boolean> {
    const all: Iterable<[string, AccessPoint]> = this.#host.picture()?.accessPoints ?? [];
    const isUp = ({ activeDevice, facts }: AccessPoint) => activeDevice?.path === path && facts.link === 'up';
    const [holder] = [...all].find(([, accessPoint]) => isUp(accessPoint)) ?? [];
    if (holder === undefined) {
      return false;
    }
    this.#holders.set(identifier, holder);
    const trace = this.#host.journal.traces.get(identifier);
    if (trace?.start !== undefined) {
      this.#host.journal.put({ ...trace, start: { ...trace.start, holder } });
    }
    const undo = () => this.#holders.delete(identifier);
    try {
      await this.#host.setMetrics(holder, metrics, undo);
      return true;
    } catch (error) {
      undo();
      this.#host.debug(`the traffic is not held: ${error}`);
      return false;
    }
  }

  /** It is up: resolves when it goes behind the others, if nothing else keeps the traffic where it is. Never rejects. */
  async goBehind(identifier: string): Promise<void> {
    const metrics = this.#metrics.get(identifier);
    const device = this.#host.picture()?.accessPoints.get(identifier)?.activeDevice;
    const tree = this.#host.attached()?.tree;
    if (metrics === undefined || device === undefined || tree === undefined) {
      return;
    }
    const isShown = (version: Version) => shownMetric(tree, device, version) !== undefined;
    const shown = versions.filter((version) => metrics[version] !== undefined && isShown(version));
    const known = Object.fromEntries(shown.map((version) => [version, metrics[version]]));
    try {
      await this.#host.setMetrics(identifier, known, () => this.#metrics.delete(identifier));
    } catch (error) {
      this.#host.debug(`not held back: ${error}`);
    }
  }

  /** It has the traffic now. Its holder keeps its metric until it is brought. */
  preferred(identifier: string): void {
    this.#metrics.delete(identifier);
    this.#holders.delete(identifier);
  }

  /** Its start is over, and it draws no traffic: resolves when nothing holds it any more. Never rejects. */
  async release(identifier: string): Promise<void> {
    const holder = this.#holders.get(identifier);
    this.preferred(identifier);
    if (holder !== undefined) {
      const release = this.#host.bring(holder).then(() => this.#releases.delete(identifier));
      this.#releases.set(identifier, release);
    }
    await this.#releases.get(identifier);
  }

  /** It is gone, and holds nothing. */
  holderIsGone(gone: string): void {
    for (const [identifier, holder] of this.#holders) {
      if (holder === gone) {
        this.#holders.delete(identifier);
      }
    }
  }
}
