import { PlatformFailure, type Routing, type SuitabilityTest, type TestResult } from '../../engine/index.js';
import type { Journal } from '../journal.js';
import { runSuitabilityTest } from '../suitability.js';
import { type ChangedMetric, runOf, type Trace } from '../trace.js';
import { additionsOf, claimsOfOthers, noteMetrics, targetOf } from './claims.js';
import { warmGateway } from './gateway.js';
import { HeldBack } from './holdBack.js';
import { Lines } from './lines.js';
import { defaultRoutesOf, diversionOf, gatewayOf, shownMetric } from './linkRoutes.js';
import { Links, type LinksHost, type UpLink } from './links.js';
import { fieldOf, isBelowFloor, type Metrics, metricsBeforeOthers, versions } from './ranks.js';

/** What only one at a time may go about; no interface has an empty name. */
const preference = '';

export interface RouterHost extends LinksHost {
  readonly journal: Journal;
  debug(message: string): void;
  /** Its start was asked for and may not show yet. */
  isStarting(identifier: string): boolean;
  /** Its start is final, or over. */
  ended(identifier: string): void;
}

/**
 * Moves this machine's traffic among links that are up (R3 to R9), by what NetworkManager lets be changed on a device
 * without taking it down. Everything is written into the journal before it is done. One change at a time on a device.
 */
export class Router implements Routing {
  readonly #host: RouterHost;
  readonly #links: Links;
  /** What each device is busy with. */
  readonly #lines = new Lines();
  /** Identifiers of those that are made ready for a move. */
  readonly #prepared = new Set<string>();
  readonly #heldBack: HeldBack;
  /** Of those of which something is to be taken back once they are well. */
  readonly #pending = new Set<string>();
  #preferred: string | undefined;
  /** Under way or over, by the identifiers of those that were preferred before they were up. */
  readonly #early = new Map<string, Promise<void>>();

  constructor(host: RouterHost) {
    this.#host = host;
    this.#links = new Links(host);
    this.#heldBack = new HeldBack({
      ...host,
      setMetrics: async (identifier, metrics, undo) =>
        this.#inLine(this.#links.well(identifier), async () =>
          this.#setMetrics(identifier, metrics, await this.#claimed(identifier), undo),
        ),
      bring: (identifier) => this.#bringInTurn(identifier),
    });
  }

  async prepare(identifier: string): Promise<void> {
    await this.#inLine(this.#links.well(identifier), async () => {
      await this.#claimed(identifier);
      const link = this.#links.well(identifier);
      const diversion = diversionOf(link.attached.tree, link.device);
      if (diversion === undefined) {
        throw new PlatformFailure({ code: 'settingsWrong', detail: 'it has no default route' });
      }
      const wasPrepared = this.#prepared.has(identifier);
      this.#prepared.add(identifier);
      this.#host.journal.put({ ...targetOf(link), ...this.#host.journal.traces.get(identifier), diversion });
      try {
        await this.#bring(identifier);
      } catch (error) {
        if (!wasPrepared) {
          this.#prepared.delete(identifier);
        }
        await this.#bringLater(identifier);
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
    await this.#lines.take(preference, async () => {
      await this.#inLine(this.#links.well(identifier), () => this.#preferNow(identifier));
      this.#host.ended(identifier);
      await this.#restoreOthers(identifier);
    });
  }

  /** Its metric, where it keeps it from drawing traffic, stays as long as it is up: that belongs to its start. */
  async restore(identifier: string): Promise<void> {
    this.#links.arrived(identifier);
    await this.#early.get(identifier);
    this.#host.ended(identifier);
    this.#prepared.delete(identifier);
    if (this.#preferred === identifier) {
      this.#preferred = undefined;
    }
    if (!this.#host.journal.traces.has(identifier)) {
      return;
    }
    if (this.#links.isWell(identifier)) {
      await this.#inLine(this.#links.well(identifier), () => this.#bring(identifier));
    } else {
      this.#pending.add(identifier);
    }
  }

  keep(identifier: string): void {
    this.#host.ended(identifier);
  }

  // Preference ---------------------------------------------------------------------------------------------------------

  async #preferNow(identifier: string): Promise<void> {
    const before = await this.#claimed(identifier);
    const link = this.#links.well(identifier);
    if (versions.every((version) => shownMetric(link.attached.tree, link.device, version) === undefined)) {
      throw new PlatformFailure({ code: 'settingsWrong', detail: 'it has no default route' });
    }
    let wanted = this.#metricsBeforeOthers(link);
    if (isBelowFloor(wanted)) {
      await this.#restoreOthers(identifier);
      wanted = this.#metricsBeforeOthers(this.#links.well(identifier));
    }
    if (Object.values(wanted).some((metric) => metric < 0)) {
      throw new PlatformFailure({ code: 'other', detail: 'another link has the best metric that there is' });
    }
    const previous = this.#preferred;
    this.#preferred = identifier;
    if (Object.keys(wanted).length > 0) {
      const way = gatewayOf(diversionOf(link.attached.tree, link.device));
      if (way !== undefined && !this.#prepared.has(identifier)) {
        // Nobody waits for it: that it is asked first is enough.
        void warmGateway(way.gateway, way.from, link.device.ipInterface, this.#host.clock);
      }
      await this.#setMetrics(identifier, wanted, before, () => {
        this.#preferred = previous;
      });
    }
    this.#heldBack.preferred(identifier);
  }

  /** It is being started, and traffic waits for it (R8): it is preferred from the moment when its link has routes. */
  arrives(identifier: string): void {
    this.#early.delete(identifier);
    this.#links.arrives(identifier);
  }

  /** NetworkManager has begun its start. */
  started(identifier: string): void {
    this.#links.readAhead(identifier);
  }

  /** Its start has ended. */
  arrived(identifier: string): void {
    this.#links.arrived(identifier);
  }

  #preferArriving(identifier: string): void {
    if (this.#early.has(identifier) || !this.#links.isWell(identifier)) {
      return;
    }
    const { attached, device } = this.#links.well(identifier);
    if (versions.every((version) => shownMetric(attached.tree, device, version) === undefined)) {
      return;
    }
    const early = this.#lines.take(preference, async () => {
      if (this.#links.isArriving(identifier)) {
        await this.#inLine(this.#links.well(identifier), () => this.#preferNow(identifier));
      }
    });
    // It is tried anew when it is up.
    const end = early.catch((error: unknown) => this.#host.debug(`not preferred before it is up: ${error}`));
    this.#early.set(identifier, end);
  }

  /** When it rejects, they are as before, or will be as soon as they can; `undo` ends what they were wanted for. */
  async #setMetrics(identifier: string, wanted: Metrics, before: Trace | undefined, undo: () => void): Promise<void> {
    const link = this.#links.well(identifier);
    try {
      await this.#links.apply(link, (applied) => noteMetrics(this.#host.journal, link, wanted, applied));
    } catch (error) {
      undo();
      const trace = this.#host.journal.traces.get(identifier);
      if (trace !== undefined) {
        const { metric4 = trace.metric4, metric6 = trace.metric6 } = before ?? {};
        this.#host.journal.put({ ...trace, metric4, metric6 });
      }
      await this.#bringLater(identifier);
      throw error;
    }
  }

  #metricsBeforeOthers({ accessPoint, device }: UpLink): Metrics {
    const field = fieldOf(this.#host);
    return field === undefined ? {} : metricsBeforeOthers(field, device, accessPoint.profile);
  }

  /** What was preferred here before goes back to its own metric, if it is well; else when it is (R11). */
  async #restoreOthers(identifier: string): Promise<void> {
    for (const trace of [...this.#host.journal.traces.values()]) {
      const hasMetric = trace.metric4 !== undefined || trace.metric6 !== undefined;
      if (hasMetric && trace.identifier !== identifier && !this.#heldBack.has(trace.identifier)) {
        if (this.#preferred === trace.identifier) {
          this.#preferred = undefined;
        }
        await this.#bringInTurn(trace.identifier);
      }
    }
  }

  // Starts -------------------------------------------------------------------------------------------------------------

  /** Before a start that must not draw the traffic: resolves when it cannot. Never rejects. */
  holdTraffic(identifier: string): Promise<void> {
    return this.#lines.take(preference, () => this.#heldBack.begin(identifier));
  }

  /** It is up: resolves when it leaves the traffic where it is. Never rejects. */
  goBehind(identifier: string): Promise<void> {
    return this.#heldBack.goBehind(identifier);
  }

  /** A start that must not draw the traffic is over: resolves when nothing holds that any more. Never rejects. */
  release(identifier: string): Promise<void> {
    return this.#heldBack.release(identifier);
  }

  // One link -----------------------------------------------------------------------------------------------------------

  /**
   * What was done to an earlier activation, or by an earlier NetworkManager, is done again as far as it is still there:
   * so this one knows of it, keeps it, and takes it back when asked.
   */
  async #claimed(identifier: string): Promise<Trace | undefined> {
    const link = this.#links.well(identifier);
    const trace = this.#host.journal.traces.get(identifier);
    if (trace === undefined || trace.owner === link.owner) {
      return trace;
    }
    const { diversion, metric4, metric6 } = trace;
    const isThere = (metric: ChangedMetric | undefined, version: 4 | 6) =>
      metric?.via === undefined
        ? metric !== undefined && shownMetric(link.attached.tree, link.device, version) === metric.now
        : this.#links.hasDefault(link, metric.now);
    if (diversion !== undefined || metric4 !== undefined || metric6 !== undefined) {
      const left = {
        ...trace,
        metric4: isThere(metric4, 4) ? metric4 : undefined,
        metric6: isThere(metric6, 6) ? metric6 : undefined,
      };
      await this.#links.apply(link, () => additionsOf(left, left));
    }
    const [activation] = link.accessPoint.activations;
    const start = this.#host.journal.traces.get(identifier)?.start; // It may have become final meanwhile.
    const claimed: Trace = {
      ...trace,
      owner: link.owner,
      start: start && {
        activation,
        checkpoint: runOf(trace.owner) === link.attached.owner ? start.checkpoint : undefined,
        holder: start.holder,
      },
    };
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
    const keepsMetric =
      this.#preferred === identifier || this.#heldBack.has(identifier) || this.#heldBack.holds(identifier);
    const isPrepared = this.#prepared.has(identifier);
    const wanted: Trace = {
      ...trace,
      // Its addresses may be others by now.
      diversion: isPrepared ? (diversionOf(link.attached.tree, link.device) ?? trace.diversion) : undefined,
      metric4: keepsMetric ? withGateway(trace.metric4, gatewayNow(link, trace)) : undefined,
      metric6: keepsMetric ? trace.metric6 : undefined,
    };
    // What another process wants as well stays, and is for that one to take back.
    const others = claimsOfOthers(this.#host.journal, identifier).filter(({ owner }) => owner === link.owner);
    const diversion = wanted.diversion ?? others.find((other) => other.diversion)?.diversion;
    const isTheirs = others.some(({ metric4, metric6 }) => metric4 ?? metric6);
    const additions = additionsOf({ ...wanted, diversion }, isTheirs ? wanted : trace);
    if (isPrepared) {
      this.#host.journal.put({ ...(this.#host.journal.traces.get(identifier) ?? trace), diversion });
    }
    await this.#links.apply(link, () => additions);
    this.#host.journal.put({ ...wanted, start: this.#host.journal.traces.get(identifier)?.start });
    this.#pending.delete(identifier);
  }

  /** The same, now if it can be, else when the link is well again. Never rejects. */
  async #bringLater(identifier: string): Promise<void> {
    await this.#bring(identifier).catch((error: unknown) => {
      this.#pending.add(identifier);
      this.#host.debug(`routes are taken back later: ${error}`);
    });
  }

  async #bringInTurn(identifier: string): Promise<void> {
    if (this.#links.isWell(identifier)) {
      await this.#inLine(this.#links.well(identifier), () => this.#bringLater(identifier));
    } else {
      this.#pending.add(identifier);
    }
  }

  #inLine<T>({ device }: UpLink, act: () => Promise<T>): Promise<T> {
    return this.#lines.take(device.ipInterface, act);
  }

  // From the platform --------------------------------------------------------------------------------------------------

  /** What an earlier NetworkManager did is made this one's, so that it goes with the link. Never rejects. */
  async beforeStop(identifier: string): Promise<void> {
    const trace = this.#host.journal.traces.get(identifier);
    if (trace !== undefined && this.#links.isWell(identifier) && this.#links.well(identifier).owner !== trace.owner) {
      await this.#inLine(this.#links.well(identifier), () => this.#claimed(identifier)).catch((error: unknown) =>
        this.#host.debug(`not claimed: ${error}`),
      );
    }
  }

  /** Nobody here wants what was done to it: it is taken back when it can be. */
  unwanted(identifier: string): void {
    this.#pending.add(identifier);
  }

  /** Goes about what follows from what is known now: ends waits, forgets what is gone, makes up for what could not be done. */
  settle(): void {
    this.#links.settle();
    for (const identifier of this.#links.arriving) {
      this.#preferArriving(identifier);
    }
    for (const trace of this.#host.journal.traces.values()) {
      this.#settleTrace(trace);
    }
    for (const identifier of this.#heldBack.identifiers) {
      if (this.#isOver(identifier)) {
        void this.release(identifier);
      }
    }
  }

  #isOver(identifier: string): boolean {
    const picture = this.#host.attached() && this.#host.picture();
    const isDown = (picture?.accessPoints.get(identifier)?.activations.length ?? 0) === 0;
    return picture !== undefined && isDown && !this.#host.isStarting(identifier);
  }

  #settleTrace(trace: Trace): void {
    const { identifier, owner, device, diversion } = trace;
    const attached = this.#host.attached();
    const accessPoint = this.#host.picture()?.accessPoints.get(identifier);
    if (attached === undefined || this.#host.isStarting(identifier)) {
      return;
    }
    if (accessPoint === undefined || accessPoint.activations.length === 0) {
      // What NetworkManager knows of goes with the activation; a rule that it does not know of stays.
      this.#prepared.delete(identifier);
      this.#heldBack.holderIsGone(identifier);
      this.#preferred = this.#preferred === identifier ? undefined : this.#preferred;
      this.#host.ended(identifier);
      if (runOf(owner) === attached.owner || diversion === undefined) {
        this.#pending.delete(identifier);
        this.#host.journal.remove(identifier);
      }
      return;
    }
    const [activation] = accessPoint.activations;
    const isOfAnother = owner !== `${attached.owner}${activation}`;
    if (
      (isOfAnother || this.#pending.has(identifier) || this.#hasOldGateway(trace)) &&
      !this.#lines.isBusy(device) &&
      this.#links.isWell(identifier)
    ) {
      this.#pending.delete(identifier);
      void this.#inLine(this.#links.well(identifier), () => this.#bringLater(identifier));
    }
  }

  /** The server may give another gateway at any time: what is beside its route follows. */
  #hasOldGateway({ identifier, metric4 }: Trace): boolean {
    if (metric4?.via === undefined || !this.#links.isWell(identifier)) {
      return false;
    }
    const gateway = gatewayNow(this.#links.well(identifier), { metric4 });
    return gateway !== undefined && gateway !== metric4.via;
  }

  abandon(failure: PlatformFailure): void {
    this.#links.abandon(failure);
  }

  /** Takes back everything, as far as that is possible; what is not stays in the journal. Never rejects. */
  async dispose(): Promise<void> {
    this.#prepared.clear();
    this.#preferred = undefined;
    for (const identifier of this.#heldBack.identifiers) {
      // Where it is still to be seen whether its start is final, whoever takes that back takes back all.
      if (this.#host.journal.traces.get(identifier)?.start === undefined) {
        this.#heldBack.preferred(identifier);
      }
    }
    const isMeant = ({ diversion, metric4, metric6 }: Trace) => diversion ?? metric4 ?? metric6;
    const traces = [...this.#host.journal.traces.values()].filter(isMeant);
    await Promise.all(traces.map(({ identifier }) => this.#bringInTurn(identifier)));
  }
}

/** The gateway of the default route that a link has by itself, beside one of ours. */
const gatewayNow = ({ attached, device }: UpLink, { metric4 }: Pick<Trace, 'metric4'>): string | undefined =>
  defaultRoutesOf(attached.tree, device, 4).find(({ metric }) => metric !== metric4?.now)?.gateway;

const withGateway = (metric: ChangedMetric | undefined, gateway: string | undefined): ChangedMetric | undefined =>
  metric?.via === undefined ? metric : { ...metric, via: gateway ?? metric.via };
