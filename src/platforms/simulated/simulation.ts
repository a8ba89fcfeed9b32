import {
  type Cause,
  type Clock,
  PlatformFailure,
  type SessionError,
  type SuitabilityTest,
} from '../../engine/index.js';
import type { SimulatedAccessPoint, SimulatedChange } from './description.js';
import { type RoutingStep, SimulatedLink } from './link.js';
import { metricBefore, routedBy } from './routes.js';

/** What the engine can ask a platform to do. */
export type SimulatedAct = 'start' | 'stop' | RoutingStep;

/** The strings of the simulated network: changes it while a platform serves it. Every method tells the platform at once. */
export class Simulation {
  readonly #clock: Clock;
  readonly #links = new Map<string, SimulatedLink>();
  readonly #onChange: (changed: readonly SimulatedLink[], removed: readonly string[]) => void;
  readonly #acts: string[] = [];
  #count = 0;
  #isAway = false;

  constructor(
    clock: Clock,
    accessPoints: readonly SimulatedAccessPoint[],
    onChange: (changed: readonly SimulatedLink[], removed: readonly string[]) => void,
  ) {
    this.#clock = clock;
    this.#onChange = onChange;
    for (const accessPoint of accessPoints) {
      this.#make(accessPoint);
    }
  }

  /** Internal to the platform. */
  get links(): ReadonlyMap<string, SimulatedLink> {
    return this.#links;
  }

  get isAway(): boolean {
    return this.#isAway;
  }

  /** @throws RangeError when there is no access point with that identifier. */
  link(identifier: string): SimulatedLink {
    const link = this.#links.get(identifier);
    if (link === undefined) {
      throw new RangeError(`The simulated network has no access point '${identifier}'.`);
    }
    return link;
  }

  #make(accessPoint: SimulatedAccessPoint): SimulatedLink {
    if (typeof accessPoint?.identifier !== 'string' || accessPoint.identifier === '') {
      throw new TypeError('An access point of the simulated network needs an identifier.');
    }
    if (this.#links.has(accessPoint.identifier)) {
      throw new RangeError(`The simulated network already has an access point '${accessPoint.identifier}'.`);
    }
    const link = new SimulatedLink(this.#clock, this.#count++, accessPoint);
    this.#links.set(accessPoint.identifier, link);
    return link;
  }

  /** Changes anything of an access point; what was not started here comes up or goes down with `up`. */
  set(identifier: string, change: SimulatedChange): void {
    const link = this.link(identifier);
    link.change(change);
    if (change.up === true && link.inReach) {
      link.setLink('up');
    } else if (change.up === false && link.link !== 'down') {
      this.#goDown(link, { code: 'disconnectedElsewhere' }, false);
    }
    if (!link.inReach && link.link !== 'down') {
      this.#goDown(link, { code: 'carrierLost' }, link.description.lingers ?? false);
    } else if (link.inReach && link.lingers) {
      link.setLink('up');
    }
    this.#onChange([link], []);
  }

  /** Another one takes its device (O12). Internal to the platform. */
  displace(link: SimulatedLink, other: string): void {
    this.#goDown(link, { code: 'displaced', other }, false);
  }

  #goDown(link: SimulatedLink, cause: Cause, lingers: boolean): void {
    const { pending } = link;
    link.setLink('down', cause, lingers && link.link === 'up');
    link.pending = undefined;
    pending?.timer?.dispose();
    pending?.reject(new PlatformFailure(cause));
  }

  /** Somebody else starts it: it is starting until `set(identifier, { up })`. */
  startElsewhere(identifier: string): void {
    const link = this.link(identifier);
    link.setLink('starting');
    this.#onChange([link], []);
  }

  add(accessPoint: SimulatedAccessPoint): void {
    this.#onChange([this.#make(accessPoint)], []);
  }

  remove(identifier: string): void {
    const link = this.link(identifier);
    this.#goDown(link, { code: 'profileRemoved' }, false);
    this.#links.delete(identifier);
    this.#onChange([], [identifier]);
  }

  /** The next start of it fails: with this error, for this reason. */
  failNextStart(identifier: string, error: SessionError, reason = ''): void {
    const cause: Cause = reason === '' ? { code: 'other' } : { code: 'other', detail: reason };
    this.link(identifier).failure = new PlatformFailure(cause, error);
  }

  /** The next stop of it is refused by the system before anything happens (O7). */
  refuseNextStop(identifier: string, reason = ''): void {
    this.link(identifier).refusal = new PlatformFailure({
      code: 'missingPermission',
      permission: 'stop',
      detail: reason,
    });
  }

  /** So many bytes go through it now. */
  traffic(identifier: string, { received = 0, written = 0 }: { received?: number; written?: number }): void {
    this.link(identifier).carry(received, written);
  }

  /** Its interface is made anew: counters start from 0. */
  recreate(identifier: string): void {
    const link = this.link(identifier);
    link.recreate();
    this.#onChange([link], []);
  }

  /** The next such step on it fails and changes nothing; a test does not pass. */
  failNext(step: RoutingStep, identifier: string, reason = ''): void {
    const cause: Cause = reason === '' ? { code: 'other' } : { code: 'other', detail: reason };
    this.link(identifier).plan(step, { failure: new PlatformFailure(cause) });
  }

  /** The next such step on it goes on only when what this returns is called. */
  holdNext(step: RoutingStep, identifier: string): () => void {
    let release = () => {};
    const hold = new Promise<void>((resolve) => {
      release = resolve;
    });
    this.link(identifier).plan(step, { hold });
    return release;
  }

  /**
   * Answers suitability tests over it from now on: whether they pass, or why they do not. By default all pass unless it is
   * known to lead nowhere.
   */
  answerTests(identifier: string, answer: ((test: SuitabilityTest) => boolean | string) | undefined): void {
    this.link(identifier).answerTest = answer;
  }

  /** Whether it is ready for a move. */
  prepared(identifier: string): boolean {
    return this.link(identifier).isPrepared;
  }

  /** Whether it was started for a move that is not accepted yet (R9). */
  isProvisional(identifier: string): boolean {
    return this.link(identifier).isProvisional;
  }

  /** The one whose metric is ours; '' when there is none. */
  get preferred(): string {
    return [...this.#links.values()].find(({ preference }) => preference !== undefined)?.identifier ?? '';
  }

  /** By which one traffic goes now; '' when none is up. */
  get routed(): string {
    return routedBy(this.#links.values())?.identifier ?? '';
  }

  /** All that the engine asked for, refused or not, in order: 'start a', 'prepare a', 'prefer a', 'stop b', 'restore b'. */
  get acts(): readonly string[] {
    return this.#acts;
  }

  /** Internal to the platform. */
  note(act: SimulatedAct, identifier: string): void {
    this.#acts.push(`${act} ${identifier}`);
  }

  /** Internal to the platform. */
  prepare(link: SimulatedLink): void {
    link.isPrepared = true;
  }

  /** Internal to the platform. */
  prefer(link: SimulatedLink): void {
    const links = [...this.#links.values()];
    const before = links.filter(({ preference }) => preference !== undefined);
    for (const other of before) {
      other.preference = undefined;
    }
    link.preference = metricBefore(link, links);
    link.isProvisional = false;
    link.isHeldBack = false;
    this.#onChange([link, ...before.filter((other) => other !== link)], []);
  }

  /** Internal to the platform. */
  restore(link: SimulatedLink): void {
    link.takeBack();
    link.isProvisional = false;
    this.#onChange([link], []);
  }

  /**
   * As if this process had died and another one had come: what was provisional goes down, what was prepared or preferred
   * is taken back (R9). All else goes on.
   */
  crash(): void {
    for (const link of this.#links.values()) {
      link.endSteps({ code: 'platformGone' });
      link.takeBack();
      if (link.isProvisional) {
        this.#goDown(link, { code: 'disconnectedElsewhere' }, false);
      }
    }
    this.#onChange([...this.#links.values()], []);
  }

  /** How often it was started by the engine. */
  starts(identifier: string): number {
    return this.link(identifier).starts;
  }

  /** How often it was stopped by the engine. */
  stops(identifier: string): number {
    return this.link(identifier).stops;
  }

  /** The platform's daemon goes away, with what is under way (O13). */
  goAway(): void {
    this.#isAway = true;
    for (const link of this.#links.values()) {
      const { pending } = link;
      link.pending = undefined;
      pending?.timer?.dispose();
      pending?.reject(new PlatformFailure({ code: 'platformGone' }));
      link.endSteps({ code: 'platformGone' });
      if (link.link === 'starting' || link.link === 'stopping') {
        link.setLink('down');
      }
    }
    this.#onChange([], []);
  }

  /** The platform's daemon is back. */
  comeBack(): void {
    this.#isAway = false;
    this.#onChange([...this.#links.values()], []);
  }
}
