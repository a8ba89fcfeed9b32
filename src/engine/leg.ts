import type { AccessPoint } from './accessPoint.js';
import type { NetworkConfiguration } from './configuration.js';
import { closedByItself, type SessionEnd } from './ends.js';
import type { SessionFailure } from './errors.js';
import type { Holder } from './holder.js';
import type { NetworkSession } from './networkSession.js';
import type { Phase, SessionState, Traffic } from './states.js';

/** Whoever has legs, told of what becomes of them inside the call that causes it: it takes note, and acts later. */
export interface LegOwner {
  readonly session: NetworkSession | undefined;
  readonly inBackground: boolean;
  legOpened(leg: Leg): void;
  legFailed(leg: Leg, failure: SessionFailure): void;
  /** It is being stopped or closed; {@link legClosed} follows. */
  legClosing(leg: Leg, end: SessionEnd): void;
  legClosed(leg: Leg, failure: SessionFailure | undefined): void;
  /** It was open, and its access point is lost (O8). */
  legLost(leg: Leg, failure: SessionFailure): void;
  /** A stop that it has asked for was refused (O7). */
  legRefused(leg: Leg, failure: SessionFailure): void;
  /** What its access point shows has changed. */
  legShown(leg: Leg): void;
}

interface LegOptions {
  /** It is for a move that is not accepted yet (R9). */
  readonly isProvisional?: boolean;
  /** It is for an escape: the system's traffic waits for it (R8). */
  readonly isPreferred?: boolean;
  /** It asks nobody, even where its owner might. */
  readonly inBackground?: boolean;
}

/** What a session on a service network has on one access point: it holds it, and tells its owner. */
export class Leg implements Holder {
  readonly accessPoint: AccessPoint;
  readonly session: NetworkSession | undefined;
  readonly inBackground: boolean;
  readonly isPreferred: boolean;
  phase: Phase = 'closed';
  reopens = false;
  failure: SessionFailure | undefined;
  heldSince = 0;
  /** Its owner has let go of it. */
  isDisposed = false;
  readonly #owner: LegOwner;
  #isProvisional: boolean;
  #hasStarted = false;
  /** The figures of its access point that are not its own: what was carried before it came (F1). */
  #base: Traffic = nothing;
  #carried: Traffic = nothing;

  constructor(
    accessPoint: AccessPoint,
    owner: LegOwner,
    { isProvisional = false, isPreferred = false, inBackground = false }: LegOptions = {},
  ) {
    this.accessPoint = accessPoint;
    this.#owner = owner;
    this.#isProvisional = isProvisional;
    this.isPreferred = isPreferred;
    this.session = owner.session;
    this.inBackground = inBackground || owner.inBackground;
    accessPoint.join(this);
    accessPoint.watch(this);
  }

  get configuration(): NetworkConfiguration {
    return this.accessPoint.configuration;
  }

  get state(): SessionState {
    return this.accessPoint.state;
  }

  get isProvisional(): boolean {
    return this.#isProvisional;
  }

  get hasStarted(): boolean {
    return this.#hasStarted;
  }

  starts(): void {
    this.#hasStarted = true;
  }

  /** The move that it is for is accepted, or cannot be gone back from. */
  settle(): void {
    this.#isProvisional = false;
  }

  /** Only what is carried from now on is its own. */
  countFromNow(): void {
    const { received = 0, written = 0 } = this.#figures ?? nothing;
    this.#base = { received, written };
  }

  /** Bytes that are its own, read now; when it is not open any more, those that were read last. */
  get carried(): Traffic {
    const figures = this.#figures;
    if (figures !== undefined) {
      const { received, written } = this.#base;
      this.#carried = { received: figures.received - received, written: figures.written - written };
    }
    return this.#carried;
  }

  /** Those of its access point, while it is open. */
  get #figures(): Traffic | undefined {
    return this.phase === 'open' ? this.accessPoint.meter : undefined;
  }

  open(): void {
    this.accessPoint.enter(this);
  }

  stop(): void {
    this.accessPoint.stop(this);
  }

  /** It may never have been opened. */
  close(): void {
    if (this.phase === 'closed') {
      this.#leave();
    } else {
      this.accessPoint.close(this);
    }
  }

  opened(): void {
    this.phase = 'open';
    this.#owner.legOpened(this);
  }

  failed(failure: SessionFailure): void {
    this.phase = 'closed';
    this.#leave();
    this.#owner.legFailed(this, failure);
  }

  closing(end: SessionEnd = closedByItself): void {
    void this.carried; // While its figures can still be read.
    this.phase = 'closing';
    this.#owner.legClosing(this, end);
  }

  closed(failure: SessionFailure | undefined): void {
    this.phase = 'closed';
    this.#leave();
    this.#owner.legClosed(this, failure);
  }

  lost(failure: SessionFailure): void {
    void this.carried; // While its figures can still be read.
    this.phase = 'closed'; // Its access point takes it off itself: its owner must not close it.
    this.#owner.legLost(this, failure);
    this.#leave();
  }

  refused(failure: SessionFailure): void {
    this.#owner.legRefused(this, failure);
  }

  reopenNoMore(): void {
    this.reopens = false;
  }

  metered(): void {
    this.#owner.legShown(this);
  }

  /** Its owner tells. */
  deliverState(): void {}

  deliverEnd(): void {}

  /** Called by its access point. */
  accessPointChanged(): void {
    this.#owner.legShown(this);
  }

  #leave(): void {
    this.accessPoint.unwatch(this);
    this.accessPoint.leave(this);
  }
}

const nothing: Traffic = Object.freeze({ received: 0, written: 0 });
