import type { AccessPoint } from './accessPoint.js';
import type { NetworkConfiguration } from './configuration.js';
import type { Cause, SessionError, SessionFailure } from './errors.js';
import type { Holder } from './holder.js';
import { noOffer, type Offer } from './roaming.js';
import { SessionCore, type SessionHost } from './sessionCore.js';
import type { SessionState, Traffic } from './states.js';

/** One session's place at one access point, which decides what becomes of it (O1 to O8). */
export class Member extends SessionCore implements Holder {
  readonly accessPoint: AccessPoint;
  heldSince = 0;

  constructor(host: SessionHost, accessPoint: AccessPoint) {
    super(host);
    this.accessPoint = accessPoint;
  }

  // What only a leg can be.

  get isPreferred(): boolean {
    return false;
  }

  get isProvisional(): boolean {
    return false;
  }

  get hasStarted(): boolean {
    return false;
  }

  starts(): void {}

  override get configuration(): NetworkConfiguration {
    return this.accessPoint.configuration;
  }

  override get state(): SessionState {
    return this.accessPoint.state;
  }

  override get shown(): SessionState {
    return this.accessPoint.shown;
  }

  override get isOrphan(): boolean {
    return this.accessPoint.facts === undefined;
  }

  override get active(): AccessPoint | undefined {
    return this.phase === 'open' ? this.accessPoint : undefined;
  }

  override get watched(): AccessPoint {
    return this.accessPoint;
  }

  override get choice(): string {
    return '';
  }

  override get traffic(): Traffic | undefined {
    return this.phase === 'open' ? this.accessPoint.meter : undefined;
  }

  override get offer(): Offer {
    return noOffer;
  }

  override open(): void {
    this.accessPoint.enter(this);
  }

  override close(): void {
    this.accessPoint.close(this);
  }

  override stop(): void {
    this.accessPoint.stop(this);
  }

  override migrate(_identifier: string | undefined): void {
    this.#cannotRoam();
  }

  override ignore(): void {
    this.#cannotRoam();
  }

  override accept(): void {
    this.#cannotRoam();
  }

  override reject(): void {
    this.#cannotRoam();
  }

  /** A session on one access point has nowhere to go (R7). */
  #cannotRoam(): void {
    this.refused(this.failureOf({ code: 'cannotRoam' }));
  }

  override leave(): void {
    this.accessPoint.leave(this);
  }

  override whenIdle(): Promise<void> {
    return this.accessPoint.whenIdle();
  }

  override failureOf(cause: Cause, error?: SessionError): SessionFailure {
    return this.accessPoint.failure(cause, error);
  }
}
