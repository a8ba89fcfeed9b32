import type { AccessPoint } from './accessPoint.js';
import { type Attempter, Attempts } from './attempts.js';
import { Choosing, type ChoosingHost } from './choosing.js';
import type { NetworkConfiguration } from './configuration.js';
import { closedByItself, lostBy, type SessionEnd, stoppedByItself, withFailure } from './ends.js';
import {
  type Cause,
  SessionError as Errors,
  type SessionError,
  type SessionFailure,
  sessionFailure,
} from './errors.js';
import type { Leg } from './leg.js';
import { Mover, type MoverHost, type Traveller } from './mover.js';
import type { Ask } from './question.js';
import type { Offer } from './roaming.js';
import type { NetworkMembership, ServiceNetwork } from './serviceNetwork.js';
import { SessionCore, type SessionHost } from './sessionCore.js';
import { SessionEvent } from './sessionEvent.js';
import { SessionState, type Traffic } from './states.js';

/** What a session on a service network needs. */
export interface NetworkMemberHost extends SessionHost, MoverHost, ChoosingHost {
  readonly ask: Ask | undefined;
}

/**
 * What is behind a session on a service network or a user choice: it holds one access point of it at a time, two while it
 * moves, and shows them as one (S2, O4a, F1). How it moves is decided in {@link Mover}.
 */
export class NetworkMember extends SessionCore implements NetworkMembership, Traveller, Attempter {
  declare protected readonly host: NetworkMemberHost;
  leg: Leg | undefined;
  lastAccessPoint: AccessPoint | undefined;
  readonly #home: ServiceNetwork;
  readonly #mover: Mover;
  /** What a user choice was resolved to. */
  #chosen: ServiceNetwork | undefined;
  #choosing: Choosing | undefined;
  #attempts: Attempts | undefined;
  #shown: SessionState;
  /** What was carried by access points that it does not hold any more (F1). */
  #kept: Traffic = nothing;
  /** Legs that must have ended before it has. */
  readonly #ending = new Set<Leg>();
  #endFailure: SessionFailure | undefined;
  /** Those that it has called for the stop of (O7). */
  readonly #stopping = new Set<Leg>();

  constructor(host: NetworkMemberHost, home: ServiceNetwork) {
    super(host);
    this.#home = home;
    this.#mover = new Mover(host, this);
    this.#shown = home.state;
    home.join(this);
  }

  /** What it is on: the service network, or what a user choice was resolved to. */
  get network(): ServiceNetwork {
    return this.#chosen ?? this.#home;
  }

  get isOpen(): boolean {
    return this.phase === 'open';
  }

  override get configuration(): NetworkConfiguration {
    return this.#home.configuration;
  }

  override get state(): SessionState {
    switch (this.phase) {
      case 'open':
        // Whatever its access point shows by now: a loss or a stop that it has not heard of yet ends this.
        return this.#mover.isUnderWay ? SessionState.Roaming : SessionState.Connected;
      case 'opening':
        return (this.leg ?? this.#attempts?.leg)?.state ?? this.#stateBetween;
      case 'closing': {
        const states = [...this.#ending].map(({ state }) => state);
        return states.includes(SessionState.Closing) ? SessionState.Closing : (states[0] ?? this.#home.state);
      }
      case 'closed':
        return this.#home.state;
    }
  }

  /** Between one attempt and the next nothing is shown anew. */
  get #stateBetween(): SessionState {
    return this.#attempts === undefined ? this.#home.state : this.#shown;
  }

  override get shown(): SessionState {
    return this.#shown;
  }

  override get isOrphan(): boolean {
    return this.#home.isRemoved;
  }

  override get active(): AccessPoint | undefined {
    if (this.phase !== 'open') {
      return undefined;
    }
    const { isNextActive, next } = this.#mover;
    // What was lost is named until another one is up.
    return isNextActive && next?.phase === 'open' ? next.accessPoint : (this.leg?.accessPoint ?? this.lastAccessPoint);
  }

  override get watched(): AccessPoint | undefined {
    return undefined;
  }

  override get choice(): string {
    return this.#chosen?.identifier ?? '';
  }

  override get traffic(): Traffic | undefined {
    return this.phase === 'open' ? sumOf(this.#kept, this.leg?.carried, this.#mover.next?.carried) : undefined;
  }

  override get offer(): Offer {
    return this.#mover.offer;
  }

  // Open and close -----------------------------------------------------------------------------------------------------

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
    } else {
      this.#try();
    }
  }

  /** The person picks, or nobody does (F3). */
  #choose(): void {
    const { ask } = this.host;
    const { session } = this;
    if (ask === undefined || this.inBackground || session === undefined) {
      this.failed(this.failureOf({ code: 'mustChoose' }));
      return;
    }
    this.phase = 'opening';
    const chosen = (network: ServiceNetwork) => {
      this.#choosing = undefined;
      this.#chosen = network;
      network.join(this);
      this.#try();
    };
    this.#choosing = new Choosing(this.host, ask, session, chosen, (failure) => this.#fail(failure));
  }

  #try(): void {
    const obstacle = this.network.obstacle();
    if (obstacle !== undefined) {
      this.#fail(this.failureOf(obstacle));
      return;
    }
    this.phase = 'opening';
    this.#attempts = new Attempts(this.host, this, (failure) => this.#fail(failure));
    this.show();
  }

  #fail(failure: SessionFailure): void {
    const leg = this.#attempts?.leg;
    this.#attempts?.end();
    this.#forget();
    this.phase = 'closed';
    this.show();
    // A person has named it, and the identifier may hold that name.
    this.host.logger.debug(`open ${this.#home.identifier} failed`);
    this.host.logger.info(`open service network failed: ${failure.cause.code}`);
    this.failed(failure);
    this.#leaveIfDisposed();
    leg?.close();
  }

  override close(): void {
    this.reopenNoMore();
    if (this.phase === 'opening') {
      const leg = this.#attempts?.leg;
      this.#begin(withFailure(closedByItself, this.failureOf({ code: 'cancelled' })));
      this.#release([leg]);
    } else if (this.phase === 'open') {
      const legs = [this.leg, this.#mover.next];
      this.#begin(closedByItself);
      this.#release(legs);
    }
  }

  /** It is not open, or being opened, any more. */
  #begin(end: SessionEnd): void {
    this.#endFailure = end.failure;
    this.#choosing?.dispose();
    this.#choosing = undefined;
    this.#attempts?.end();
    this.closing(end);
    this.#mover.end();
  }

  /** It has ended when these have. */
  #release(legs: readonly (Leg | undefined)[]): void {
    this.#await(legs);
    for (const leg of legs) {
      leg?.close();
    }
    this.#endIfDone();
  }

  #await(legs: readonly (Leg | undefined)[]): void {
    for (const leg of legs) {
      if (leg !== undefined && leg.phase !== 'closed') {
        leg.isDisposed = true;
        this.#ending.add(leg);
      }
    }
  }

  #endIfDone(): void {
    if (this.phase !== 'closing') {
      return;
    }
    if (this.#ending.size > 0) {
      this.show();
      return;
    }
    const failure = this.#endFailure;
    this.#forget();
    this.phase = 'closed';
    this.show();
    this.closed(failure);
    if (this.reopens) {
      // After its `closed` was told: the events of the close come before those of the opening.
      this.host.queue.later(() => {
        if (this.reopens) {
          this.reopens = false;
          this.open();
        }
      });
    }
    this.#leaveIfDisposed();
  }

  #forget(): void {
    const chosen = this.#chosen;
    this.leg = undefined;
    this.lastAccessPoint = undefined;
    this.#attempts = undefined;
    this.#choosing = undefined;
    this.#chosen = undefined;
    this.#stopping.clear();
    this.#endFailure = undefined;
    this.#kept = nothing;
    this.#ending.clear();
    chosen?.leave(this);
  }

  /** Stops the child in use, and with it both while it moves (O7, R8a). Without any it ends, and does not turn to one. */
  override stop(): void {
    const { phase, reopens } = this;
    this.#attempts?.hasten();
    this.#mover.hasten();
    const legs = new Set([this.#main, this.#mover.next, ...this.#ending].filter((leg) => leg !== undefined));
    const away = phase === 'open' && legs.size === 0 ? this.host.system.away : undefined;
    if (away !== undefined || (phase !== 'open' && phase !== 'opening' && !reopens)) {
      this.refused(this.failureOf(away ?? { code: 'notOpen' }));
      return;
    }
    this.reopenNoMore();
    for (const leg of legs) {
      this.#stopping.add(leg);
    }
    for (const leg of legs) {
      leg.stop();
    }
    if (legs.size === 0 && !reopens) {
      this.#begin(stoppedByItself);
      this.#endIfDone();
    }
  }

  // Roaming ------------------------------------------------------------------------------------------------------------

  /** Nobody may be left to answer an offer (R2). */
  override unheard(kind: SessionEvent): void {
    if (kind === SessionEvent.Preferred) {
      this.#mover.reconsider();
    }
  }

  override migrate(identifier: string | undefined): void {
    if (this.#mayRoam()) {
      this.failure = undefined;
      this.#mover.input('migrate', identifier);
    }
  }

  override ignore(): void {
    if (this.#mayRoam()) {
      this.#mover.input('ignore');
    }
  }

  override accept(): void {
    this.#answer('accept');
  }

  override reject(): void {
    this.#answer('reject');
  }

  #answer(input: 'accept' | 'reject'): void {
    if (this.#mayRoam()) {
      this.failure = undefined;
      this.#mover.input(input);
    }
  }

  /** On a session that cannot roam at all none of the calls is supported (R7). */
  #mayRoam(): boolean {
    const { canRoam } = this.network;
    if (!canRoam) {
      this.refused(this.failureOf({ code: 'cannotRoam' }));
    }
    return canRoam;
  }

  // -------------------------------------------------------------------------------------------------------------------

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

  /** Its network or what is preferred there may be another. */
  networkChanged(): void {
    const isRemoved = this.#home.isRemoved || this.network.isRemoved;
    if (this.phase === 'open' && isRemoved) {
      this.lose(this.failureOf({ code: 'profileRemoved' }, Errors.SessionAbortedError));
    } else if (this.phase === 'opening' && isRemoved) {
      this.#fail(this.failureOf({ code: 'profileRemoved' }));
    } else if (this.phase === 'open') {
      this.#mover.reconsider();
    }
  }

  /** What its network amounts to; it has told something else, maybe, in the middle of the change. */
  networkShows(state: SessionState): void {
    if (state !== this.#shown) {
      this.show();
    }
  }

  inTurn(isEscape: boolean): Iterable<AccessPoint> {
    return isEscape && this.network.policy === 'never' ? [] : this.network.inTurn();
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
    this.host.queue.later(() => leg.close());
  }

  /** What it has carried counts for ever (F1). */
  #keep(leg: Leg): void {
    this.#kept = sumOf(this.#kept, leg.carried);
  }

  lose(failure: SessionFailure): void {
    const legs = [this.leg, this.#mover.next];
    this.#mover.end();
    this.#forget();
    this.lost(failure);
    this.show();
    this.tellEnd(lostBy(failure));
    for (const leg of legs) {
      if (leg !== undefined) {
        leg.isDisposed = true;
        this.host.queue.later(() => leg.close());
      }
    }
    this.#leaveIfDisposed();
  }

  // What becomes of its legs -------------------------------------------------------------------------------------------

  legOpened(leg: Leg): void {
    if (this.phase === 'opening' && leg === this.#attempts?.leg) {
      this.#attempts.end();
      this.#attempts = undefined;
      this.leg = leg;
      this.show();
      this.opened();
      this.host.queue.later(() => this.networkChanged());
    } else if (leg === this.#mover.next) {
      this.#mover.input('opened');
    } else {
      this.letGo(leg); // Nobody waits for it any more.
    }
  }

  legFailed(leg: Leg, failure: SessionFailure): void {
    if (leg === this.#attempts?.leg && this.#isStopping) {
      this.#fail(failure); // Who has called for a stop does not want the next.
    } else if (leg === this.#attempts?.leg) {
      this.#attempts.failed(failure);
    } else if (leg === this.#mover.next) {
      this.#nextEnded('failed', failure);
    } else {
      this.#ended(leg);
    }
  }

  /** The leg of a move is no more, which is what this session wants, maybe: then it turns to no other (O7). */
  #nextEnded(how: 'failed' | 'newLost', failure: SessionFailure): void {
    if (!this.#isStopping) {
      this.#mover.input(how, failure);
    } else if (this.leg === undefined) {
      this.#begin(stoppedByItself);
      this.#endIfDone();
    } else {
      this.#mover.end();
      this.show();
    }
  }

  get #isStopping(): boolean {
    return this.#stopping.size > 0;
  }

  /** The one that is stopped when this session is: in use, or being opened. */
  get #main(): Leg | undefined {
    return this.leg ?? this.#attempts?.leg ?? this.#mover.next;
  }

  /** Stopped by others, or because this session has called for it, unless it is being closed anyway (O7). */
  legClosing(leg: Leg, end: SessionEnd): void {
    if (leg.isDisposed || this.#ending.has(leg)) {
      return;
    }
    const { next } = this.#mover;
    if (leg === this.#main || (this.#isStopping && leg === next)) {
      const others = [this.leg, next].filter((other) => other !== leg);
      this.#begin(end);
      this.#await([leg, ...others]);
      if (this.state === SessionState.Closing) {
        this.show(); // Its access point has shown that before, and will not again.
      }
      // What it has called for the stop of ends by that.
      this.host.queue.later(() => this.#release(others.filter((other) => other && !this.#stopping.has(other))));
    } else if (leg === next) {
      this.#mover.input('newLost', leg.accessPoint.failure({ code: 'stoppedBySession' }));
    }
  }

  legClosed(leg: Leg, failure: SessionFailure | undefined): void {
    if (this.#ending.has(leg)) {
      this.#endFailure ??= failure;
      this.#ended(leg);
    }
  }

  #ended(leg: Leg): void {
    if (this.#ending.delete(leg)) {
      this.#endIfDone();
    }
  }

  legLost(leg: Leg, failure: SessionFailure): void {
    if (this.#ending.has(leg)) {
      this.#ended(leg);
    } else if (leg === this.leg) {
      this.#keep(leg);
      this.leg = undefined;
      this.lastAccessPoint = leg.accessPoint;
      if (this.#isStopping && this.#mover.next === undefined) {
        // It is down, as this session has called for: it does not turn to another one.
        this.#begin(stoppedByItself);
        this.#endIfDone();
      } else {
        this.#mover.input('oldLost', failure);
      }
    } else if (leg === this.#mover.next) {
      this.#keep(leg);
      this.#nextEnded('newLost', failure);
    } else {
      this.#ended(leg);
    }
  }

  legRefused(leg: Leg, failure: SessionFailure): void {
    if (this.#isStopping) {
      this.#stopping.clear(); // With two of them it is told once.
      this.refused(failure);
    }
    if (this.#ending.has(leg) && leg.phase !== 'closing') {
      this.host.queue.later(() => this.#release([leg]));
    }
  }

  legShown(leg: Leg): void {
    if (leg === this.#main || leg === this.#mover.next || this.#ending.has(leg)) {
      this.#attempts?.pause();
      this.show();
    }
  }
}

const nothing: Traffic = Object.freeze({ received: 0, written: 0 });

function sumOf(...figures: readonly (Traffic | undefined)[]): Traffic {
  let received = 0;
  let written = 0;
  for (const figure of figures) {
    received += figure?.received ?? 0;
    written += figure?.written ?? 0;
  }
  return { received, written };
}
