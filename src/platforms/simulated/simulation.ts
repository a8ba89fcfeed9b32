import {
  type AccessPointFacts,
  BearerType,
  type Cause,
  type Clock,
  type Counters,
  type Disposable,
  defaultConnectTimeout,
  type Link,
  PlatformFailure,
  Purpose,
  type SessionError,
} from '../../engine/index.js';

/** How an access point of the simulated network is described. Everything but the identifier has a default. */
export interface SimulatedAccessPoint {
  readonly identifier: string;
  /** The identifier by default. */
  readonly name?: string;
  /** Ethernet by default. */
  readonly bearerType?: BearerType;
  readonly purpose?: Purpose;
  /** True by default. */
  readonly inReach?: boolean;
  /** Up without having been started here; false by default. */
  readonly up?: boolean;
  readonly metered?: boolean | undefined;
  /** False: it is known not to lead anywhere. */
  readonly reachesNetwork?: boolean | undefined;
  /** Milliseconds that a start takes: 0 (the default) ends within the turn, Infinity never. */
  readonly startMs?: number;
  /** Milliseconds that a stop takes; 0 by default. */
  readonly stopMs?: number;
  /** Access points with the same device displace each other (O12). */
  readonly device?: string | undefined;
  /** Milliseconds; 30,000 by default. */
  readonly connectTimeout?: number;
  /** The system keeps it half up after its link was lost (O8); false by default. */
  readonly lingers?: boolean;
  readonly signal?: number | undefined;
  readonly speed?: number | undefined;
  /** Bytes a second that flow by themselves while it is up; none by default. */
  readonly flow?: { readonly received: number; readonly written: number };
}

/** What of an access point can be changed while it is there. */
export type SimulatedChange = Omit<Partial<SimulatedAccessPoint>, 'identifier'>;

/** A start or stop under way. */
export interface Pending {
  timer: Disposable | undefined;
  readonly reject: (failure: PlatformFailure) => void;
}

/** One access point of the simulated network, as it is now. */
export class SimulatedLink {
  readonly #clock: Clock;
  readonly #number: number;
  #description: SimulatedAccessPoint;
  link: Link;
  lingers = false;
  awaitsPerson = false;
  cause: Cause | undefined;
  starts = 0;
  stops = 0;
  failure: PlatformFailure | undefined;
  refusal: PlatformFailure | undefined;
  pending: Pending | undefined;
  #received = 0;
  #written = 0;
  #flowsSince: number;
  #generation = 0;

  constructor(clock: Clock, number: number, description: SimulatedAccessPoint) {
    this.#clock = clock;
    this.#number = number;
    this.#description = description;
    this.#flowsSince = clock.now();
    this.link = description.up && (description.inReach ?? true) ? 'up' : 'down';
  }

  get identifier(): string {
    return this.#description.identifier;
  }

  get description(): SimulatedAccessPoint {
    return this.#description;
  }

  get inReach(): boolean {
    return this.#description.inReach ?? true;
  }

  change(change: SimulatedChange): void {
    this.#flow();
    this.#description = { ...this.#description, ...change, identifier: this.identifier };
  }

  setLink(link: Link, cause?: Cause, lingers = false): void {
    this.#flow();
    this.link = link;
    this.cause = link === 'up' ? undefined : cause;
    this.lingers = lingers;
  }

  carry(received: number, written: number): void {
    this.#flow();
    this.#received += received;
    this.#written += written;
  }

  /** The interface is made anew: its counters start from 0. */
  recreate(): void {
    this.#generation++;
    this.#received = 0;
    this.#written = 0;
    this.#flowsSince = this.#clock.now();
  }

  get counters(): Counters {
    this.#flow();
    const source = `${this.identifier}#${this.#generation}`;
    return { received: Math.floor(this.#received), written: Math.floor(this.#written), source };
  }

  #flow(): void {
    const now = this.#clock.now();
    const { flow } = this.#description;
    if (this.link === 'up' && flow !== undefined) {
      const seconds = (now - this.#flowsSince) / 1000;
      // A tide of some twenty seconds, so that figures move as real ones do.
      const tide = 1 + 0.8 * Math.sin(now / 3000 + this.#number);
      this.#received += flow.received * seconds * tide;
      this.#written += flow.written * seconds * tide;
    }
    this.#flowsSince = now;
  }

  facts(): AccessPointFacts {
    const { name, bearerType, purpose, metered, reachesNetwork, device, connectTimeout, signal, speed } =
      this.#description;
    const host = (this.#number % 250) + 2;
    return Object.freeze({
      identifier: this.identifier,
      name: name ?? this.identifier,
      bearerType: bearerType ?? BearerType.Ethernet,
      purpose: purpose ?? Purpose.Unknown,
      inReach: this.inReach,
      link: this.link,
      lingers: this.lingers,
      awaitsPerson: this.awaitsPerson,
      cause: this.cause,
      metered,
      reachesNetwork,
      device,
      interface:
        this.link === 'up'
          ? Object.freeze({
              name: `sim${this.#number}`,
              addresses: Object.freeze([`192.0.2.${host}`]),
              gateway: '192.0.2.1',
              dnsServers: Object.freeze(['192.0.2.1']),
            })
          : undefined,
      connectTimeout: connectTimeout ?? defaultConnectTimeout,
      obstacles: {},
      signal: this.inReach ? signal : undefined,
      speed: this.link === 'up' ? speed : undefined,
      hardwareAddress: undefined,
      metric: undefined,
    } satisfies AccessPointFacts);
  }
}

/** The strings of the simulated network: changes it while a platform serves it. Every method tells the platform at once. */
export class Simulation {
  readonly #clock: Clock;
  readonly #links = new Map<string, SimulatedLink>();
  readonly #onChange: (changed: readonly SimulatedLink[], removed: readonly string[]) => void;
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

  /** The system asks the person something about it, or has the answer (O10a). */
  askPerson(identifier: string, asks: boolean): void {
    const link = this.link(identifier);
    link.awaitsPerson = asks;
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
