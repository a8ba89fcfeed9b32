import { type AccessPoint, SessionState } from './accessPoint.js';
import { type Attempter, Attempts } from './attempts.js';
import type { NetworkConfiguration } from './configuration.js';
import type { Context } from './context.js';
import {
  type Cause,
  SessionError as Errors,
  type SessionError,
  type SessionFailure,
  sessionFailure,
} from './errors.js';
import type { Leg } from './leg.js';
import { Mover, type RoamingRules, type Traveller } from './mover.js';
import type { Offer } from './roaming.js';
import type { ServiceNetwork } from './serviceNetwork.js';
import { SessionCore, SessionEvent, type Traffic } from './sessionCore.js';

/**
 * What is behind a session on a service network or a user choice: it holds one access point of it at a time, two while it
 * moves, and shows them as one (S2, O4a, F1). How it moves is decided in {@link Mover}.
 */
export class NetworkMember extends SessionCore implements Traveller, Attempter {
  leg: Leg | undefined;
  lastAccessPoint: AccessPoint | undefined;
  readonly #home: ServiceNetwork;
  readonly #mover: Mover;
  /** What a user choice was resolved to. */
  #chosen: ServiceNetwork | undefined;
  #choosing: AbortController | undefined;
  #attempts: Attempts | undefined;
  #shown: SessionState;
  /** What was carried by access points that it does not hold any more (F1). */
  #kept: Traffic = { received: 0, written: 0 };
  /** Legs that must have ended before it has. */
  readonly #ending = new Set<Leg>();
  #endFailure: SessionFailure | undefined;
  /** It has called for the stop of its access point (O7). */
  #isStopping = false;
  readonly rules: RoamingRules;

  constructor(context: Context, home: ServiceNetwork) {
    super(context);
    this.#home = home;
    this.#mover = new Mover(context, this);
    this.#shown = home.state;
    this.rules = rulesOf(() => this.#network);
    home.join(this);
  }

  /** What it is on: the service network, or what a user choice was resolved to. */
  get #network(): ServiceNetwork {
    return this.#chosen ?? this.#home;
  }

  get isOpen(): boolean {
    return this.phase === 'open';
  }

  override get configuration(): NetworkConfiguration {
    return this.#home.configuration;
  }

  override get state(): SessionState {
    if (this.phase === 'closed') {
      return this.#home.state;
    }
    if (this.phase === 'open' && this.#mover.isUnderWay) {
      return SessionState.Roaming;
    }
    const [ending] = this.#ending;
    const leg = this.leg ?? this.#attempts?.leg ?? ending;
    return leg?.state ?? this.#home.state;
  }

  override get active(): AccessPoint | undefined {
    if (this.phase !== 'open') {
      return undefined;
    }
    const leg = this.#mover.isNextActive ? (this.#mover.next ?? this.leg) : this.leg;
    return leg?.accessPoint;
  }

  override get watched(): AccessPoint | undefined {
    return undefined;
  }

  override get choice(): string {
    return this.#chosen?.identifier ?? '';
  }

  override get traffic(): Traffic | undefined {
    if (this.phase !== 'open') {
      return undefined;
    }
    let { received, written } = this.#kept;
    for (const leg of [this.leg, this.#mover.next]) {
      const { carried } = leg ?? {};
      received += carried?.received ?? 0;
      written += carried?.written ?? 0;
    }
    return { received, written };
  }

  override get offer(): Offer {
    return this.#mover.offer;
  }

  // Calls --------------------------------------------------------------------------------------------------------------

  override open(): void {
    if (this.phase === 'closing') {
      this.reopens = true;
      return;
    }
    if (this.phase !== 'closed') {
      return;
    }
    this.failure = undefined;
    if (this.#home.isUserChoice) {
      this.#choose();
      return;
    }
    const obstacle = this.obstacle();
    if (obstacle === undefined) {
      this.#try();
    } else {
      this.failed(this.failureOf(obstacle));
    }
  }

  /** Why it cannot be opened now (O4). */
  obstacle(): Cause | undefined {
    return obstacleOf(this.#network, this.context);
  }

  /** The person picks, or nobody does (F3). */
  #choose(): void {
    const { ask } = this.context;
    const { session } = this;
    if (ask === undefined || this.inBackground || session === undefined) {
      this.failed(this.failureOf({ code: 'mustChoose' }));
      return;
    }
    this.phase = 'opening';
    const choosing = new AbortController();
    this.#choosing = choosing;
    const choices = this.context.choices();
    const chosen = (answer: unknown) => {
      if (this.#choosing === choosing) {
        this.#choosing = undefined;
        this.#resolve(typeof answer === 'string' ? this.context.networkFor(answer) : undefined);
      }
    };
    // Later, so that no code of the host runs inside the call that opens.
    Promise.resolve()
      .then(() => ask({ kind: 'choose', session, configuration: this.configuration, choices }, choosing.signal))
      .then(chosen, (error: unknown) => {
        this.context.report(error);
        chosen(undefined);
      });
  }

  #resolve(network: ServiceNetwork | undefined): void {
    if (network === undefined) {
      this.#fail(this.failureOf({ code: 'cancelled' }));
      return;
    }
    this.#chosen = network;
    const obstacle = this.obstacle();
    if (obstacle === undefined) {
      this.#try();
    } else {
      this.#fail(this.failureOf(obstacle));
    }
  }

  #try(): void {
    this.phase = 'opening';
    this.#attempts = new Attempts(this.context, this, (failure) => this.#fail(failure));
    this.show();
  }

  #fail(failure: SessionFailure): void {
    this.#attempts = undefined;
    this.#chosen = undefined;
    this.phase = 'closed';
    this.show();
    this.context.logger.info(`open ${this.#home.identifier} failed: ${failure.cause.code}`);
    this.failed(failure);
    this.#leaveIfDisposed();
  }

  override close(): void {
    this.reopens = false;
    if (this.phase === 'opening') {
      this.#cancel();
    } else if (this.phase === 'open') {
      const { next } = this.#mover;
      this.#begin(undefined);
      this.#release(this.leg, next);
      this.#endIfDone();
    }
  }

  /** Cancels the opening (O6). */
  #cancel(): void {
    const leg = this.#attempts?.leg;
    this.#choosing?.abort();
    this.#choosing = undefined;
    this.#begin(this.failureOf({ code: 'cancelled' }));
    this.#release(leg);
    this.#endIfDone();
  }

  /** It is not open, or being opened, any more. */
  #begin(failure: SessionFailure | undefined): void {
    this.#endFailure = failure;
    this.#attempts?.end();
    this.closing();
    this.#mover.end();
  }

  #release(...legs: readonly (Leg | undefined)[]): void {
    const held = legs.filter((leg) => leg !== undefined && leg.phase !== 'closed') as readonly Leg[];
    for (const leg of held) {
      leg.isDisposed = true;
      this.#ending.add(leg);
    }
    for (const leg of held) {
      leg.close();
    }
  }

  #endIfDone(): void {
    if (this.phase !== 'closing' || this.#ending.size > 0) {
      return;
    }
    const failure = this.#endFailure;
    this.#forget();
    this.phase = 'closed';
    this.show();
    this.closed(failure);
    if (this.reopens) {
      // After its `closed` was told: the events of the close come before those of the opening.
      this.context.later(() => {
        if (this.reopens) {
          this.reopens = false;
          this.open();
        }
      });
    }
    this.#leaveIfDisposed();
  }

  #forget(): void {
    this.leg = undefined;
    this.#attempts = undefined;
    this.#chosen = undefined;
    this.#isStopping = false;
    this.#endFailure = undefined;
    this.#kept = { received: 0, written: 0 };
    this.#ending.clear();
  }

  /** Stops the child in use, and with it both while it moves (O7, R8a). */
  override stop(): void {
    const legs = [this.leg ?? this.#attempts?.leg, this.#mover.next].filter((leg) => leg !== undefined);
    const [first] = legs;
    if ((this.phase !== 'open' && this.phase !== 'opening') || first === undefined) {
      this.refused(this.failureOf({ code: 'notOpen' }));
      return;
    }
    this.#isStopping = true;
    for (const leg of new Set(legs)) {
      leg.stop();
    }
  }

  override migrate(identifier: string | undefined): void {
    if (this.#mayRoam()) {
      this.failure = undefined;
      this.#mover.migrate(identifier);
    }
  }

  override ignore(): void {
    if (this.#mayRoam()) {
      this.#mover.input('ignore');
    }
  }

  override accept(): void {
    if (this.#mayRoam()) {
      this.failure = undefined;
      this.#mover.input('accept');
    }
  }

  override reject(): void {
    if (this.#mayRoam()) {
      this.failure = undefined;
      this.#mover.input('reject');
    }
  }

  #mayRoam(): boolean {
    if (!this.isDisposed && this.rules.canRoam) {
      return true;
    }
    this.refused(this.failureOf({ code: this.isDisposed ? 'disposed' : 'cannotRoam' }));
    return false;
  }

  override leave(): void {
    this.#home.leave(this);
  }

  #leaveIfDisposed(): void {
    if (this.isDisposed) {
      this.leave();
    }
  }

  override async whenIdle(): Promise<void> {
    const legs = [this.leg, this.#attempts?.leg, this.#mover.next, ...this.#ending];
    await Promise.all(legs.map((leg) => leg?.accessPoint.whenIdle()));
  }

  override failureOf(cause: Cause, error?: SessionError): SessionFailure {
    return sessionFailure(this.configuration, cause, error);
  }

  // What happens -------------------------------------------------------------------------------------------------------

  /** Its network or what is preferred there may be another. */
  networkChanged(): void {
    if (this.phase === 'open') {
      if (this.#home.isRemoved) {
        this.lose(this.failureOf({ code: 'profileRemoved' }, Errors.SessionAbortedError));
      } else {
        this.#mover.reconsider();
      }
    }
  }

  inTurn(): readonly AccessPoint[] {
    return this.#network.inTurn();
  }

  show(): void {
    const { state } = this;
    if (state !== this.#shown) {
      this.#shown = state;
      this.tell(SessionEvent.State, state);
    }
    this.metered();
  }

  letGo(leg: Leg): void {
    this.#keep(leg);
    leg.isDisposed = true;
    this.context.later(() => leg.close());
  }

  /** What it has carried counts for ever (F1). */
  #keep(leg: Leg): void {
    const { received, written } = leg.carried;
    this.#kept = { received: this.#kept.received + received, written: this.#kept.written + written };
  }

  lose(failure: SessionFailure): void {
    const legs = [this.leg, this.#mover.next];
    this.#mover.end();
    this.#forget();
    this.lost(failure);
    this.show();
    this.tell(SessionEvent.End, failure.error);
    for (const leg of legs) {
      if (leg !== undefined && leg.phase !== 'closed') {
        leg.isDisposed = true;
        leg.close();
      }
    }
    this.#leaveIfDisposed();
  }

  legOpened(leg: Leg): void {
    if (this.phase === 'opening' && leg === this.#attempts?.leg) {
      this.#attempts.end();
      this.#attempts = undefined;
      this.leg = leg;
      this.lastAccessPoint = leg.accessPoint;
      this.show();
      this.opened();
      this.context.later(() => this.networkChanged());
    } else if (leg === this.#mover.next) {
      this.#mover.input('opened');
    } else {
      this.letGo(leg); // Nobody waits for it any more.
    }
  }

  legFailed(leg: Leg, failure: SessionFailure): void {
    if (leg === this.#attempts?.leg) {
      this.#attempts.failed(failure);
    } else if (leg === this.#mover.next) {
      this.#mover.input('failed', failure);
    } else {
      this.#ended(leg);
    }
  }

  /** Stopped by others, or because this session has called for it, unless it is being closed anyway (O7). */
  legClosing(leg: Leg): void {
    if (this.#ending.has(leg) || leg.isDisposed) {
      this.show();
    } else if (leg === this.leg || leg === this.#attempts?.leg || (this.#isStopping && leg === this.#mover.next)) {
      const { next } = this.#mover;
      this.#ending.add(leg);
      this.#begin(undefined);
      this.context.later(() => {
        this.#release(...[this.leg, next].filter((other) => other !== leg));
        this.#endIfDone();
      });
      this.show();
    } else if (leg === this.#mover.next) {
      this.#mover.input('newLost', leg.accessPoint.failure({ code: 'stoppedBySession' }));
    }
  }

  legClosed(leg: Leg, failure: SessionFailure | undefined): void {
    if (!this.#ending.has(leg) && !leg.isDisposed) {
      this.legClosing(leg); // It ends without having to be stopped first.
    }
    this.#endFailure ??= this.#ending.has(leg) ? failure : undefined;
    this.#ended(leg);
  }

  #ended(leg: Leg): void {
    if (this.#ending.delete(leg)) {
      this.#endIfDone();
    }
  }

  legLost(leg: Leg, failure: SessionFailure): void {
    if (this.#ending.has(leg)) {
      this.#ended(leg);
      return;
    }
    if (leg !== this.leg && leg !== this.#mover.next) {
      return;
    }
    this.#keep(leg);
    if (leg === this.leg) {
      this.lastAccessPoint = leg.accessPoint;
      this.leg = undefined;
      this.#mover.input('oldLost', failure);
    } else {
      this.#mover.input('newLost', failure);
    }
  }

  legRefused(_leg: Leg, failure: SessionFailure): void {
    this.#isStopping = false;
    this.refused(failure);
  }

  legShown(leg: Leg): void {
    const legs = [this.leg, this.#attempts?.leg, this.#mover.next, ...this.#ending];
    if (this.phase !== 'closed' && legs.includes(leg)) {
      this.#attempts?.pause();
      this.show();
    }
  }
}

/** Why a session on it cannot be opened now: what stands in the way of its first child, if there is any in reach (O4). */
export function obstacleOf(network: ServiceNetwork, { system }: Context): Cause | undefined {
  let first: Cause | undefined = network.isRemoved ? { code: 'notDefined' } : undefined;
  for (const child of network.inTurn()) {
    const obstacle = child.obstacle('start');
    if (obstacle === undefined) {
      return network.isRemoved ? first : undefined;
    }
    first ??= obstacle;
  }
  return first ?? system.away ?? { code: 'notInReach' };
}

function rulesOf(network: () => ServiceNetwork): RoamingRules {
  return {
    get policy() {
      return network().policy;
    },
    get tests() {
      return network().tests;
    },
    get canRoam() {
      return network().canRoam;
    },
    get preferred() {
      return network().preferred;
    },
    get revision() {
      return network().revision;
    },
    child: (identifier) => network().child(identifier),
  };
}
