import { PlatformFailure, type Routing, type SuitabilityTest, type TestResult } from '../../engine/index.js';
import type { Journal } from '../journal.js';
import { readDefaultRoutesByVersion } from '../routes.js';
import { runSuitabilityTest } from '../suitability.js';
import { type ChangedMetric, placeOf, type Trace } from '../trace.js';
import type { Additions } from './appliedConnection.js';
import { warmGateway } from './gateway.js';
import { diversionOf, gatewayOf, shownMetric } from './linkRoutes.js';
import { Links, type LinksHost, type UpLink } from './links.js';
import { isTunnel, plannedMetric, tunnelMetric } from './metric.js';

export interface RouterHost extends LinksHost {
  readonly journal: Journal;
  /** Something is different now that no signal tells. */
  changed(): void;
  debug(message: string): void;
  /** A move to it is over: its start is final. */
  settled(identifier: string): void;
}

const versions = [4, 6] as const;
type Metrics = Partial<Record<4 | 6, number>>;

/**
 * Moves this machine's traffic among links that are up (R3 to R9), by what NetworkManager lets be changed on a device
 * without taking it down. Everything is written into the journal before it is done. One change at a time on a device.
 */
export class Router implements Routing {
  readonly #host: RouterHost;
  readonly #links: Links;
  /** What each device is busy with. */
  readonly #lines = new Map<string, Promise<unknown>>();
  /** Identifiers of those that are made ready for a move. */
  readonly #prepared = new Set<string>();
  /** Of those whose metric keeps them from drawing traffic until they are preferred. */
  readonly #heldBack = new Set<string>();
  /** Of those that could not be restored yet: they were not well. */
  readonly #pending = new Set<string>();
  #preferred: string | undefined;
  #preferring: Promise<unknown> = Promise.resolve();

  constructor(host: RouterHost) {
    this.#host = host;
    this.#links = new Links(host);
  }

  async prepare(identifier: string): Promise<void> {
    await this.#inLine(this.#links.well(identifier), async () => {
      const before = await this.#claimed(identifier);
      const link = this.#links.well(identifier);
      const diversion = diversionOf(link.attached.tree, link.device);
      if (diversion === undefined) {
        throw new PlatformFailure({ code: 'settingsWrong', detail: 'it has no default route' });
      }
      const wasPrepared = this.#prepared.has(identifier);
      this.#prepared.add(identifier);
      this.#host.journal.put({ ...traceOf(link), ...before, diversion });
      try {
        await this.#bring(identifier);
      } catch (error) {
        if (!wasPrepared) {
          this.#prepared.delete(identifier);
        }
        await this.#takeBack(identifier);
        throw error;
      }
      const way = gatewayOf(diversion);
      if (way !== undefined) {
        await warmGateway(way.gateway, way.from, link.device.ipInterface, this.#host.clock);
      }
    });
  }

  async test(identifier: string, test: SuitabilityTest, signal: AbortSignal): Promise<TestResult> {
    const link = this.#host.picture()?.accessPoints.get(identifier)?.facts.interface;
    return link === undefined || !this.#prepared.has(identifier)
      ? { test, passed: false, milliseconds: 0, detail: 'it is not prepared' }
      : runSuitabilityTest(test, link, this.#host.clock, signal);
  }

  async prefer(identifier: string): Promise<void> {
    const turn = this.#preferring.then(async () => {
      await this.#inLine(this.#links.well(identifier), () => this.#preferNow(identifier));
      this.#host.settled(identifier);
      await this.#restoreOthers(identifier);
    });
    this.#preferring = turn.catch(() => undefined);
    await turn;
  }

  async restore(identifier: string): Promise<void> {
    this.#host.settled(identifier);
    this.#forget(identifier);
    const trace = this.#host.journal.traces.get(identifier);
    if (trace === undefined) {
      return;
    }
    if (!this.#links.isWell(identifier)) {
      this.#pending.add(identifier);
      return;
    }
    await this.#inLine(this.#links.well(identifier), () => this.#bring(identifier));
  }

  #forget(identifier: string): void {
    this.#prepared.delete(identifier);
    this.#heldBack.delete(identifier);
    if (this.#preferred === identifier) {
      this.#preferred = undefined;
    }
  }

  // Preference ---------------------------------------------------------------------------------------------------------

  async #preferNow(identifier: string): Promise<void> {
    const before = await this.#claimed(identifier);
    const link = this.#links.well(identifier);
    if (versions.every((version) => shownMetric(link.attached.tree, link.device, version) === undefined)) {
      throw new PlatformFailure({ code: 'settingsWrong', detail: 'it has no default route' });
    }
    let wanted = this.#better(link);
    if (isBelowFloor(wanted)) {
      await this.#restoreOthers(identifier);
      wanted = this.#better(this.#links.well(identifier));
    }
    const previous = this.#preferred;
    const wasHeldBack = this.#heldBack.delete(identifier);
    this.#preferred = identifier;
    if (wanted === undefined) {
      return;
    }
    const diversion = before?.diversion ?? diversionOf(link.attached.tree, link.device);
    const way = diversion && gatewayOf(diversion);
    if (way !== undefined && !this.#prepared.has(identifier)) {
      // Nobody waits for it: that it is asked first is enough.
      void warmGateway(way.gateway, way.from, link.device.ipInterface, this.#host.clock);
    }
    try {
      await this.#setMetrics(this.#links.well(identifier), wanted);
    } catch (error) {
      this.#preferred = previous;
      if (wasHeldBack) {
        this.#heldBack.add(identifier);
      }
      const { metric4, metric6 } = before ?? {};
      const trace = this.#host.journal.traces.get(identifier);
      if (trace !== undefined && (metric4 !== undefined || metric6 !== undefined)) {
        this.#host.journal.put({ ...trace, metric4: metric4 ?? trace.metric4, metric6: metric6 ?? trace.metric6 });
      }
      await this.#takeBack(identifier);
      throw error;
    }
  }

  /** The metrics with which a link goes before all others; undefined where it does already. */
  #better({ device, accessPoint, attached: { tree } }: UpLink): Metrics | undefined {
    const metrics: Metrics = {};
    for (const version of versions) {
      const own = shownMetric(tree, device, version);
      const best = Math.min(...this.#othersMetrics(device.ipInterface, version));
      if (own !== undefined && own >= best) {
        metrics[version] = Math.min(best - 1, plannedMetric(accessPoint.profile, device) ?? best - 1);
      }
    }
    return metrics[4] === undefined && metrics[6] === undefined ? undefined : metrics;
  }

  /** Of the default routes of all other links, as the kernel and NetworkManager have them; tunnels stay before all. */
  #othersMetrics(own: string, version: 4 | 6): readonly number[] {
    const { devices } = this.#host.picture() ?? {};
    const tree = this.#host.attached()?.tree;
    const all = [...(devices?.values() ?? [])];
    const managed = all.map((device) => ({
      interfaceName: device.ipInterface,
      metric: tree && shownMetric(tree, device, version),
    }));
    return [...managed, ...readDefaultRoutesByVersion(this.#host.procRoot)[version]].flatMap(
      ({ interfaceName, metric }) => {
        const device = all.find(({ ipInterface }) => ipInterface === interfaceName);
        const staysBefore = (device === undefined || isTunnel(device)) && (metric ?? 0) <= tunnelMetric;
        return interfaceName === own || metric === undefined || staysBefore ? [] : [metric];
      },
    );
  }

  /** What was preferred here before goes back to its own metric, if it is well; else when it is. */
  async #restoreOthers(identifier: string): Promise<void> {
    for (const trace of [...this.#host.journal.traces.values()]) {
      const isMeant = trace.identifier !== identifier && !this.#heldBack.has(trace.identifier);
      if (isMeant && (trace.metric4 !== undefined || trace.metric6 !== undefined)) {
        if (this.#preferred === trace.identifier) {
          this.#preferred = undefined;
        }
        await this.#takeBack(trace.identifier, true);
      }
    }
  }

  // One link -----------------------------------------------------------------------------------------------------------

  async #setMetrics(link: UpLink, wanted: Metrics): Promise<void> {
    const { identifier } = link;
    const { journal } = this.#host;
    const others = this.#claimsOfOthers(identifier);
    await this.#links.apply(link, (applied) => {
      const trace = { ...traceOf(link), ...journal.traces.get(identifier) };
      const changed = (version: 4 | 6): ChangedMetric | undefined => {
        const now = wanted[version];
        const key = `metric${version}` as const;
        const known = trace[key]?.before ?? others.find((other) => other[key])?.[key]?.before;
        return now === undefined ? trace[key] : { before: known ?? applied[`ipv${version}`], now };
      };
      const next = { ...trace, metric4: changed(4), metric6: changed(6) };
      journal.put(next);
      return additionsOf(next, next);
    });
  }

  /** What was done to it by an earlier NetworkManager is done again, so that this one knows of it and takes it back when asked. */
  async #claimed(identifier: string): Promise<Trace | undefined> {
    const link = this.#links.well(identifier);
    const trace = this.#host.journal.traces.get(identifier);
    if (trace === undefined || trace.owner === link.owner) {
      return trace;
    }
    await this.#links.apply(link, () => additionsOf(trace, trace));
    const claimed = { ...trace, owner: link.owner };
    this.#host.journal.put(claimed);
    return claimed;
  }

  /** Makes a link what is wanted of it, and writes down what is left. */
  async #bring(identifier: string): Promise<void> {
    const trace = await this.#claimed(identifier);
    if (trace === undefined) {
      return;
    }
    const link = this.#links.well(identifier);
    const keepsMetric = this.#preferred === identifier || this.#heldBack.has(identifier);
    const wanted: Trace = {
      ...trace,
      diversion: this.#prepared.has(identifier) ? trace.diversion : undefined,
      metric4: keepsMetric ? trace.metric4 : undefined,
      metric6: keepsMetric ? trace.metric6 : undefined,
    };
    const others = this.#claimsOfOthers(identifier);
    const shared = others.find(({ diversion }) => diversion)?.diversion;
    const isPreferredByOthers = others.some(({ metric4, metric6 }) => metric4 ?? metric6);
    const additions = additionsOf({ ...wanted, diversion: wanted.diversion ?? shared }, trace);
    await this.#links.apply(link, () =>
      isPreferredByOthers && !keepsMetric ? { ...additions, metric4: undefined, metric6: undefined } : additions,
    );
    const written = this.#host.journal.traces.get(identifier);
    if (written !== undefined) {
      this.#host.journal.put({ ...wanted, start: written.start });
    }
    this.#pending.delete(identifier);
  }

  /** Brings a link back to what is wanted of it, now if it can be, else when it is well again. Never rejects. */
  async #takeBack(identifier: string, takesTurn = false): Promise<void> {
    try {
      const link = this.#links.well(identifier);
      await (takesTurn ? this.#inLine(link, () => this.#bring(identifier)) : this.#bring(identifier));
    } catch (error) {
      this.#pending.add(identifier);
      this.#host.debug(`routes are taken back later: ${error}`);
    }
  }

  /** What other processes that live have done to the same activation. */
  #claimsOfOthers(identifier: string): readonly Trace[] {
    return this.#host.journal.others().filter((trace) => trace.identifier === identifier);
  }

  #inLine<T>({ device }: UpLink, act: () => Promise<T>): Promise<T> {
    const turn = (this.#lines.get(device.name) ?? Promise.resolve()).then(act);
    const end = turn
      .catch(() => undefined)
      .then(() => {
        if (this.#lines.get(device.name) === end) {
          this.#lines.delete(device.name);
        }
      });
    this.#lines.set(device.name, end);
    return turn;
  }

  // From the platform --------------------------------------------------------------------------------------------------

  /** Ends what has waited for what is known now. */
  settle(): void {
    this.#links.settle();
  }

  abandon(failure: PlatformFailure): void {
    this.#links.abandon(failure);
  }
}

const traceOf = ({ identifier, device, owner }: UpLink): Trace => ({ identifier, device: device.ipInterface, owner });

const isBelowFloor = (metrics: Metrics | undefined) =>
  Object.values(metrics ?? {}).some((metric) => metric <= tunnelMetric);

/** What a device needs for what a trace says; metrics that it does not have any more go back to what they were. */
function additionsOf(wanted: Trace, written: Trace): Additions {
  const metric = (version: 4 | 6) => {
    const key = `metric${version}` as const;
    return wanted[key]?.now ?? written[key]?.before;
  };
  return {
    table: placeOf(wanted.device).table,
    diversion: wanted.diversion,
    metric4: metric(4),
    metric6: metric(6),
  };
}
