import {
  type AccessPointFacts,
  BearerType,
  type Cause,
  type Clock,
  type Counters,
  type Disposable,
  defaultConnectTimeout,
  type Link,
  type PlatformFailure,
  Purpose,
  type SuitabilityTest,
} from '../../engine/index.js';
import { metricOf, type SimulatedAccessPoint, type SimulatedChange } from './description.js';

/** A start or stop under way. */
export interface Pending {
  timer: Disposable | undefined;
  readonly reject: (failure: PlatformFailure) => void;
}

/** What the engine asks for to move traffic. */
export type RoutingStep = 'prepare' | 'test' | 'prefer' | 'restore';

/** A step under way; `end` is called when it cannot go on. */
export interface PendingStep {
  readonly end: (cause: Cause) => void;
}

/** What the next step of its kind does other than succeed at once. */
export interface StepPlan {
  readonly failure: PlatformFailure | undefined;
  /** It waits for this. */
  readonly hold: Promise<void>;
}

const noPlan: StepPlan = { failure: undefined, hold: Promise.resolve() };

/** One access point of the simulated network, as it is now. */
export class SimulatedLink {
  readonly #clock: Clock;
  readonly #number: number;
  #description: SimulatedAccessPoint;
  link: Link;
  lingers = false;
  cause: Cause | undefined;
  starts = 0;
  stops = 0;
  failure: PlatformFailure | undefined;
  refusal: PlatformFailure | undefined;
  pending: Pending | undefined;
  /** Its start is for a move that is not accepted yet (R9). */
  isProvisional = false;
  /** It was started for a move: until it is preferred or down it draws no traffic, also when it is final by now (R3). */
  isHeldBack = false;
  /** What is bound to its addresses leaves by it. */
  isPrepared = false;
  /** The metric that `prefer` gave it. */
  preference: number | undefined;
  /** The steps under way that move traffic. */
  readonly steps = new Set<PendingStep>();
  /** Answers suitability tests: passed or not, or why not. */
  answerTest: ((test: SuitabilityTest) => boolean | string) | undefined;
  readonly #plans = new Map<RoutingStep, StepPlan>();
  #received = 0;
  #written = 0;
  #flowsSince: number;
  #generation = 0;
  #activation = 1;

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
    this.#activation += Number(this.link === 'down' && link !== 'down');
    this.link = link;
    this.cause = link === 'up' ? undefined : cause;
    this.lingers = lingers;
    if (link !== 'up') {
      this.takeBack();
      this.endSteps(cause ?? { code: link === 'stopping' ? 'cancelled' : 'wentDown' });
    }
    const isThere = link === 'starting' || link === 'up';
    this.isProvisional &&= isThere;
    this.isHeldBack &&= isThere;
  }

  /** The metric of its default route now, or when it is started: with `prefer` not the one that the facts tell. */
  get metric(): number | undefined {
    return this.preference ?? metricOf(this.#description);
  }

  /** Takes back all that was done to it to move traffic. */
  takeBack(): void {
    this.isPrepared = false;
    this.preference = undefined;
  }

  /** The steps under way cannot go on. */
  endSteps(cause: Cause): void {
    const steps = [...this.steps];
    this.steps.clear();
    for (const step of steps) {
      step.end(cause);
    }
  }

  /** The next step of this kind does so. What was planned for it before and is not named stays. */
  plan(step: RoutingStep, plan: Partial<StepPlan>): void {
    this.#plans.set(step, { ...(this.#plans.get(step) ?? noPlan), ...plan });
  }

  /** What is planned for the step that comes now. */
  takePlan(step: RoutingStep): StepPlan {
    const plan = this.#plans.get(step) ?? noPlan;
    this.#plans.delete(step);
    return plan;
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
    const { name, bearerType, purpose, metered, connectivity, device, addresses, connectTimeout, signal, speed } =
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
      awaitsPerson: false,
      cause: this.cause,
      metered,
      connectivity: connectivity ?? 'unknown',
      device,
      interface:
        this.link === 'up'
          ? Object.freeze({
              name: `sim${this.#number}`,
              addresses: Object.freeze([...(addresses ?? [`192.0.2.${host}`])]),
              gateway: '192.0.2.1',
              dnsServers: Object.freeze(['192.0.2.1']),
            })
          : undefined,
      connectTimeout: connectTimeout ?? defaultConnectTimeout,
      obstacles: {},
      signal: this.inReach ? signal : undefined,
      speed: this.link === 'up' ? speed : undefined,
      hardwareAddress: undefined,
      activation: this.link === 'down' ? undefined : `${this.identifier}/${this.#activation}`,
      metric: metricOf(this.#description),
    } satisfies AccessPointFacts);
  }
}
