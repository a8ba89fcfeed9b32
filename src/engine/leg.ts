import type { AccessPoint } from './accessPoint.js';
import type { SessionFailure } from './errors.js';
import { Member } from './member.js';
import type { NetworkSession } from './networkSession.js';
import type { SessionHost } from './sessionCore.js';
import type { Traffic } from './states.js';

/** Whoever has legs, told of what becomes of them inside the call that causes it: it takes note, and acts later. */
export interface LegOwner {
  readonly session: NetworkSession | undefined;
  readonly inBackground: boolean;
  legOpened(leg: Leg): void;
  legFailed(leg: Leg, failure: SessionFailure): void;
  /** It is being stopped or closed; {@link legClosed} follows. */
  legClosing(leg: Leg): void;
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

/** What a session on a service network has on one access point: it holds it, and tells its owner instead of listeners. */
export class Leg extends Member {
  readonly #owner: LegOwner;
  #isProvisional: boolean;
  #hasStarted = false;
  readonly #isPreferred: boolean;
  /** The figures of its access point that are not its own: what was carried before it came (F1). */
  #base: Traffic = nothing;
  #carried: Traffic = nothing;

  constructor(
    host: SessionHost,
    accessPoint: AccessPoint,
    owner: LegOwner,
    { isProvisional = false, isPreferred = false, inBackground = false }: LegOptions = {},
  ) {
    super(host, accessPoint);
    this.#owner = owner;
    this.#isProvisional = isProvisional;
    this.#isPreferred = isPreferred;
    this.session = owner.session;
    this.inBackground = inBackground || owner.inBackground;
    accessPoint.join(this);
    accessPoint.watch(this);
  }

  /** It is of its owner, whatever becomes of its access point. */
  override get isOrphan(): boolean {
    return false;
  }

  override get isProvisional(): boolean {
    return this.#isProvisional;
  }

  override get hasStarted(): boolean {
    return this.#hasStarted;
  }

  override starts(): void {
    this.#hasStarted = true;
  }

  /** The move that it is for is accepted, or cannot be gone back from. */
  settle(): void {
    this.#isProvisional = false;
  }

  override get isPreferred(): boolean {
    return this.#isPreferred;
  }

  /** Only what is carried from now on is its own. */
  countFromNow(): void {
    const { received = 0, written = 0 } = this.traffic ?? nothing;
    this.#base = { received, written };
  }

  /** Bytes that are its own, read now; when it is not open any more, those that were read last. */
  get carried(): Traffic {
    const { traffic } = this;
    if (traffic !== undefined) {
      const { received, written } = this.#base;
      this.#carried = { received: traffic.received - received, written: traffic.written - written };
    }
    return this.#carried;
  }

  /** It may never have been opened. */
  override close(): void {
    if (this.phase === 'closed') {
      this.#leave();
    } else {
      super.close();
    }
  }

  override opened(): void {
    this.phase = 'open';
    this.#owner.legOpened(this);
  }

  override failed(failure: SessionFailure): void {
    this.phase = 'closed';
    this.#leave();
    this.#owner.legFailed(this, failure);
  }

  override closing(): void {
    void this.carried; // While its figures can still be read.
    this.phase = 'closing';
    this.#owner.legClosing(this);
  }

  override closed(failure: SessionFailure | undefined): void {
    this.phase = 'closed';
    this.#leave();
    this.#owner.legClosed(this, failure);
  }

  override lost(failure: SessionFailure): void {
    void this.carried; // While its figures can still be read.
    this.phase = 'closed'; // Its access point takes it off itself: its owner must not close it.
    this.#owner.legLost(this, failure);
    this.#leave();
  }

  override refused(failure: SessionFailure): void {
    this.#owner.legRefused(this, failure);
  }

  override metered(): void {
    this.#owner.legShown(this);
  }

  /** Its owner tells. */
  override deliver(): void {}

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
