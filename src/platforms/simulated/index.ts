import {
  type AccessPointFacts,
  Capability,
  type Cause,
  type Clock,
  type Counters,
  isPlatformFailure,
  type Obstacles,
  type Platform,
  PlatformFailure,
  type PlatformUpdate,
  type StartOptions,
  type SystemFacts,
  systemClock,
} from '../../engine/index.js';
import { same } from '../../shared/same.js';
import { believableNetwork } from './believableNetwork.js';
import { mayReachNetwork, type SimulatedAccessPoint } from './description.js';
import type { Pending, SimulatedLink } from './link.js';
import { routedBy } from './routes.js';
import { SimulatedRouting } from './routing.js';
import { Simulation } from './simulation.js';

export type { SimulatedAccessPoint, SimulatedChange } from './description.js';
export type { Simulation } from './simulation.js';

export interface SimulatedOptions {
  /** A believable set with traffic that moves by default. */
  readonly accessPoints?: readonly SimulatedAccessPoint[];
  /** Flags of `Capability`; starting, stopping, counting and roaming by default. */
  readonly capabilities?: number;
  /** It can move traffic from one access point to another; by default where `capabilities` do not say otherwise. */
  readonly roaming?: boolean;
  /** It says that it looks at intervals (F3); false by default. */
  readonly polls?: boolean;
  readonly clock?: Clock;
}

/** A network of its own, for trying out and for tests: deterministic under a test clock, and its strings are {@link simulation}. */
export class SimulatedPlatform implements Platform {
  readonly simulation: Simulation;
  readonly #routing: SimulatedRouting | undefined;
  readonly #clock: Clock;
  readonly #capabilities: number;
  readonly #polls: boolean;
  readonly #obstacles: Obstacles;
  #onUpdate: ((update: PlatformUpdate) => void) | undefined;
  #system: SystemFacts | undefined;
  readonly #told = new Map<string, AccessPointFacts>();
  #isDisposed = false;

  constructor(options: SimulatedOptions = {}) {
    this.#clock = options.clock ?? systemClock;
    const { capabilities = Capability.CanStartAndStopInterfaces | Capability.DataStatistics | roamingFlags } = options;
    const isRoaming = options.roaming ?? (capabilities & roamingFlags) === roamingFlags;
    this.#capabilities = isRoaming ? capabilities | roamingFlags : capabilities & ~roamingFlags;
    this.#polls = options.polls ?? false;
    this.#obstacles =
      (this.#capabilities & Capability.CanStartAndStopInterfaces) !== 0
        ? {}
        : { start: { code: 'cannotStart' }, stop: { code: 'cannotStop' } };
    const accessPoints = options.accessPoints ?? believableNetwork;
    this.simulation = new Simulation(this.#clock, accessPoints, (changed, removed) => this.#tell(changed, removed));
    this.#routing = isRoaming
      ? new SimulatedRouting(this.simulation, this.#clock, (identifier) => this.#find(identifier))
      : undefined;
  }

  get routing(): SimulatedRouting | undefined {
    return this.simulation.isAway ? undefined : this.#routing;
  }

  async start(onUpdate: (update: PlatformUpdate) => void): Promise<void> {
    await Promise.resolve();
    if (!this.#isDisposed) {
      this.#onUpdate = onUpdate;
      this.#tellAll();
    }
  }

  #tellAll(): void {
    this.#system = this.#systemFacts();
    const accessPoints = this.simulation.isAway ? [] : this.#facts([...this.simulation.links.values()]);
    for (const facts of accessPoints) {
      this.#note(facts);
    }
    this.#onUpdate?.({ accessPoints, whole: !this.simulation.isAway, system: this.#system });
  }

  #tell(changed: readonly SimulatedLink[], removed: readonly string[]): void {
    if (this.#onUpdate === undefined) {
      return;
    }
    if (this.simulation.isAway !== (this.#system?.away !== undefined)) {
      this.#tellAll();
      return;
    }
    const system = this.#systemFacts();
    const isSameSystem = same(system, this.#system);
    const accessPoints = this.#facts(changed).filter((facts) => this.#note(facts));
    for (const identifier of removed) {
      this.#told.delete(identifier);
    }
    if (accessPoints.length + removed.length > 0 || !isSameSystem) {
      this.#system = isSameSystem ? this.#system : system;
      this.#onUpdate({ accessPoints, removed, ...(isSameSystem ? {} : { system }) });
    }
  }

  /** Whether these facts are other than those told last. */
  #note(facts: AccessPointFacts): boolean {
    const isNew = !same(facts, this.#told.get(facts.identifier));
    this.#told.set(facts.identifier, facts);
    return isNew;
  }

  #facts(links: readonly SimulatedLink[]): readonly AccessPointFacts[] {
    return links.map((link) => link.facts());
  }

  #systemFacts(): SystemFacts {
    const links = [...this.simulation.links.values()];
    const up = links.filter((link) => link.link === 'up');
    const carrying = up.filter((link) => mayReachNetwork(link.description));
    const isAway = this.simulation.isAway;
    const chosen = routedBy(links) ?? links.find((link) => link.inReach);
    return Object.freeze({
      // Nothing can be done meanwhile, as with NetworkManager.
      capabilities: isAway ? this.#capabilities & Capability.DataStatistics : this.#capabilities,
      obstacles: isAway ? obstaclesAway : this.#obstacles,
      defaultIdentifier: chosen?.identifier ?? '',
      defaultIsRouted: chosen?.link === 'up',
      isOnline: carrying.length > 0,
      connectivity: isAway ? 'unknown' : up.length === 0 ? 'none' : carrying.length === 0 ? 'limited' : reach(carrying),
      polls: this.#polls,
      away: isAway ? away : undefined,
      platform: 'simulated',
    });
  }

  startAccessPoint(identifier: string, { provisional = false }: Partial<StartOptions> = {}): Promise<void> {
    this.simulation.note('start', identifier);
    const link = this.#find(identifier);
    if (isPlatformFailure(link)) {
      return Promise.reject(link);
    }
    link.starts++;
    const failure = link.failure;
    link.failure = undefined;
    const displaced = this.#displace(link);
    return new Promise((resolve, reject) => {
      const end = () => {
        link.pending = undefined;
        link.setLink(failure === undefined ? 'up' : 'down', failure?.facts);
        this.#tell([link], []);
        if (failure === undefined) {
          resolve();
        } else {
          reject(failure);
        }
      };
      const begin = () => {
        link.setLink('starting');
        link.isProvisional = provisional;
        link.isHeldBack = provisional;
        this.#pend(link, link.description.startMs ?? 0, end, reject);
        this.#tell([link, ...displaced], []);
      };
      this.#later(link, begin);
    });
  }

  /** Ends a start or stop after its time, unless it was cancelled meanwhile. */
  #pend(link: SimulatedLink, milliseconds: number, end: () => void, reject: (failure: PlatformFailure) => void): void {
    const pending: Pending = { timer: undefined, reject };
    link.pending = pending;
    pending.timer = this.#after(milliseconds, () => {
      if (link.pending === pending) {
        end();
      }
    });
  }

  /** Takes down what is on the same device (O12). */
  #displace(link: SimulatedLink): readonly SimulatedLink[] {
    const { device, name = link.identifier } = link.description;
    const displaced = [...this.simulation.links.values()].filter(
      (other) => other !== link && device !== undefined && other.description.device === device && other.link !== 'down',
    );
    for (const other of displaced) {
      this.simulation.displace(other, name);
    }
    return displaced;
  }

  stopAccessPoint(identifier: string, accepted: () => void): Promise<void> {
    this.simulation.note('stop', identifier);
    const link = this.#find(identifier);
    if (isPlatformFailure(link)) {
      return Promise.reject(link);
    }
    const { refusal } = link;
    link.refusal = undefined;
    if (refusal !== undefined) {
      return Promise.reject(refusal);
    }
    link.stops++;
    return new Promise((resolve, reject) => {
      const end = () => {
        link.pending = undefined;
        link.setLink('down');
        this.#tell([link], []);
        resolve();
      };
      this.#later(link, () => {
        accepted();
        const { pending } = link;
        pending?.timer?.dispose();
        pending?.reject(new PlatformFailure({ code: 'cancelled' }));
        link.setLink('stopping');
        this.#pend(link, link.description.stopMs ?? 0, end, reject);
        this.#tell([link], []);
      });
    });
  }

  /** Outside the call of the engine: no update comes inside one. */
  #later(link: SimulatedLink, begin: () => void): void {
    queueMicrotask(() => {
      if (this.simulation.links.get(link.identifier) === link && !this.#isDisposed) {
        begin();
      }
    });
  }

  #after(milliseconds: number, callback: () => void) {
    if (milliseconds === 0) {
      queueMicrotask(callback);
      return undefined;
    }
    return Number.isFinite(milliseconds) ? this.#clock.setTimeout(callback, milliseconds) : undefined;
  }

  #find(identifier: string): SimulatedLink | PlatformFailure {
    if (this.simulation.isAway || this.#isDisposed) {
      return new PlatformFailure(away);
    }
    if (this.#obstacles.start !== undefined) {
      return new PlatformFailure(this.#obstacles.start);
    }
    return this.simulation.links.get(identifier) ?? new PlatformFailure({ code: 'notDefined' });
  }

  look(): Promise<void> {
    return this.simulation.isAway ? Promise.reject(new PlatformFailure(away)) : Promise.resolve();
  }

  counters(identifier: string): Counters | undefined {
    const link = this.simulation.links.get(identifier);
    return link === undefined || (this.#capabilities & Capability.DataStatistics) === 0 ? undefined : link.counters;
  }

  async dispose(): Promise<void> {
    this.#isDisposed = true;
    this.#onUpdate = undefined;
    for (const link of this.simulation.links.values()) {
      const { pending } = link;
      link.pending = undefined;
      pending?.timer?.dispose();
      pending?.reject(new PlatformFailure({ code: 'cancelled' }));
      link.endSteps({ code: 'disposed' });
      link.takeBack();
    }
  }
}

const roamingFlags = Capability.ApplicationLevelRoaming | Capability.ForcedRoaming;

const away: Cause = Object.freeze({ code: 'platformAway' });

const obstaclesAway: Obstacles = Object.freeze({ start: away, stop: away, update: away });

function reach(carrying: readonly SimulatedLink[]): 'full' | 'unknown' {
  return carrying.some((link) => link.description.connectivity === 'full') ? 'full' : 'unknown';
}
