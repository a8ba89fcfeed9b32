import { SessionState } from './accessPoint.js';
import { longestTimeout, type NetworkConfiguration, unknownConfiguration } from './configuration.js';
import type { Context } from './context.js';
import { plainEnglish, SessionError, type SessionFailure } from './errors.js';
import type { Event } from './event.js';
import type { NetworkInterface } from './platform.js';
import type { ActivatedConfiguration, Offer, PreferredConfiguration } from './roaming.js';
import { type SessionCore, SessionEvent, type UsagePolicy } from './sessionCore.js';

/** Who opens a session and why, for the person to read. */
export interface SessionOptions {
  readonly owner?: string;
  readonly reason?: string;
}

/** The properties that are read only (F3). */
const readOnlyProperties: ReadonlySet<string> = new Set(['ActiveConfiguration', 'UserChoiceConfiguration']);

/** Puts another core behind a session, which takes over from the one before. */
export let replaceCore: (session: NetworkSession, core: SessionCore) => void;

/** One client's interest in an access point, a service network or a user choice. Made by `NetworkConfigurationManager.createSession`. */
export class NetworkSession {
  /** The name of the program that opened it, and why; for the person. Hostile text. */
  readonly owner: string | undefined;
  readonly reason: string | undefined;
  readonly #context: Context;
  #core: SessionCore;
  #properties: Map<string, unknown> | undefined;

  static {
    replaceCore = (session, core) => {
      core.succeed(session.#core);
      session.#core = core;
    };
  }

  /** Internal: use `NetworkConfigurationManager.createSession`. */
  constructor(context: Context, core: SessionCore, options: SessionOptions | undefined) {
    this.#context = context;
    this.#core = core;
    this.owner = options?.owner;
    this.reason = options?.reason;
    core.session = this;
  }

  /** The configuration that it was made for, as it is now. */
  get configuration(): NetworkConfiguration {
    return this.#core.configuration;
  }

  /** The access point that it holds and uses now, as it is now; an invalid one when it is not open. */
  get activeConfiguration(): NetworkConfiguration {
    return this.#core.active?.configuration ?? unknownConfiguration('');
  }

  /** The state of the access point, open or not (S1); of a service network what its access points amount to, or Roaming (S2). */
  get state(): SessionState {
    return this.#core.state;
  }

  /** It holds an access point (O1). */
  get isOpen(): boolean {
    return this.#core.phase === 'open';
  }

  /** `open()` was called and has not ended yet. */
  get isOpening(): boolean {
    return this.#core.phase === 'opening' || this.#core.reopens;
  }

  /** `dispose()` was called. */
  get isDisposed(): boolean {
    return this.#core.isDisposed;
  }

  /** The last error; UnknownSessionError when there was none (F5). */
  get error(): SessionError {
    return this.#core.failure?.error ?? SessionError.UnknownSessionError;
  }

  /** The last error as a plain English sentence; '' when there was none (F5). */
  get errorString(): string {
    const { failure } = this.#core;
    return failure === undefined ? '' : plainEnglish(failure);
  }

  /** The facts of the last error, from which a host makes a sentence of its own (F5). */
  get failure(): SessionFailure | undefined {
    return this.#core.failure;
  }

  /** The interface under it; known only while Connected or Roaming (S4). */
  get interface(): NetworkInterface | undefined {
    const { active, state } = this.#core;
    return state === SessionState.Connected || state === SessionState.Roaming
      ? (active ?? this.#core.watched)?.facts?.interface
      : undefined;
  }

  /** Bytes in since the first session on this access point was opened, and of those it has moved to; 0 when not open (F1). */
  get bytesReceived(): number {
    return this.#core.traffic?.received ?? 0;
  }

  /** Bytes out since the first session on this access point was opened, and of those it has moved to; 0 when not open (F1). */
  get bytesWritten(): number {
    return this.#core.traffic?.written ?? 0;
  }

  /** Whole seconds since it became open; 0 when not open (F2). */
  get activeTime(): number {
    return this.isOpen ? Math.floor((this.#context.clock.now() - this.#core.openedAt) / 1000) : 0;
  }

  /** NoBackgroundTrafficPolicy while open on a metered access point (F4). */
  get usagePolicies(): UsagePolicy {
    return this.#core.usagePolicies;
  }

  /** A property by its key; undefined when it was never set (F3). */
  sessionProperty(key: string): unknown {
    switch (key) {
      case 'ActiveConfiguration':
        return this.#core.active?.identifier ?? '';
      case 'UserChoiceConfiguration':
        return this.#core.choice;
      case 'AutoCloseSessionTimeout':
        return this.#context.system.polls ? this.#core.autoCloseTimeout : -1;
      default:
        return this.#properties?.get(key);
    }
  }

  /**
   * Sets a property; undefined removes it. Read-only ones, and AutoCloseSessionTimeout on a platform that is driven by
   * events, are left as they are (F3).
   * @throws TypeError when AutoCloseSessionTimeout is not a whole number of milliseconds from -1 to 2147483647.
   */
  setSessionProperty(key: string, value: unknown): void {
    if (readOnlyProperties.has(key)) {
      return;
    }
    if (key === 'AutoCloseSessionTimeout') {
      this.#setAutoClose(value ?? -1);
      return;
    }
    if (value === undefined) {
      this.#properties?.delete(key);
    } else {
      this.#properties ??= new Map();
      this.#properties.set(key, value);
    }
    if (key === 'ConnectInBackground') {
      this.#core.inBackground = value === true;
    }
  }

  #setAutoClose(value: unknown): void {
    if (typeof value !== 'number' || !Number.isInteger(value) || value < -1 || value > longestTimeout) {
      throw new TypeError(
        `AutoCloseSessionTimeout takes a whole number of milliseconds from -1 to ${longestTimeout}, not ${String(value)}.`,
      );
    }
    if (this.#context.system.polls) {
      this.#core.autoCloseTimeout = value;
      this.#core.armAutoClose();
    }
  }

  /** Opens it: starts the access point if it is down, and only then (O1). Does nothing when open or being opened (O3). */
  open(): void {
    if (this.#mayAct()) {
      this.#core.open();
    }
  }

  /** Closes it, or cancels its opening (O5, O6). Does nothing when not open. */
  close(): void {
    this.#core.close();
  }

  /** Ends every session on the access point and stops it, whoever started it (O7). */
  stop(): void {
    if (this.#mayAct()) {
      this.#core.stop();
    }
  }

  /** What was given back does nothing any more. */
  #mayAct(): boolean {
    const core = this.#core;
    if (core.isDisposed) {
      core.refused(core.failureOf({ code: 'disposed' }));
    }
    return !core.isDisposed;
  }

  /**
   * Takes up the offer that waits for an answer, or moves to the access point of the service network that is named: it is
   * started beside the one in use, made ready and tested; then `onDidActivateNewConfiguration` tells, and `accept()` or
   * `reject()` ends it (R3). With nothing to take up: RoamingError (R7).
   */
  migrate(identifier?: string): void {
    if (identifier !== undefined && typeof identifier !== 'string') {
      throw new TypeError('migrate takes the identifier of an access point, or nothing.');
    }
    if (this.#mayAct()) {
      this.#core.migrate(identifier);
    }
  }

  /** Declines the offer that waits for an answer: nothing moves, and the same one does not come again (R6). */
  ignore(): void {
    if (this.#mayAct()) {
      this.#core.ignore();
    }
  }

  /** Makes the new access point final: the system's traffic follows, the old one is released (R4). */
  accept(): void {
    if (this.#mayAct()) {
      this.#core.accept();
    }
  }

  /** Goes back to the old access point; the new one is released (R5). */
  reject(): void {
    if (this.#mayAct()) {
      this.#core.reject();
    }
  }

  /** How far it is with a move to another access point, read now; the event tells when the kind changes. */
  get offer(): Offer {
    return this.#core.offer;
  }

  /**
   * Resolves true once it is open; false at once when it is neither open nor being opened, false when that fails or is
   * closed, and false when the time is over: then the opening goes on (O9).
   * @param milliseconds how long to wait; -1 without limit.
   */
  waitForOpened(milliseconds = 30_000): Promise<boolean> {
    if (!Number.isFinite(milliseconds) || milliseconds < -1 || milliseconds > longestTimeout) {
      return Promise.reject(
        new TypeError(`waitForOpened takes milliseconds from -1 to ${longestTimeout}, not ${String(milliseconds)}.`),
      );
    }
    return this.#core.waitForOpened(milliseconds);
  }

  /** Closes it (O10) and gives it back. It tells of its end, and of nothing after that. */
  dispose(): void {
    const core = this.#core;
    if (!core.isDisposed) {
      core.isDisposed = true;
      core.isMuted = core.phase === 'closed';
      core.close();
      if (core.phase === 'closed') {
        core.leave();
      }
    }
  }

  /** Disposes of it and waits for what that stops. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.dispose();
    await this.#core.whenIdle();
  }

  /** Once for each change, never twice in a row with the same state (S3). */
  get onDidChangeState(): Event<SessionState> {
    return this.#core.event(SessionEvent.State);
  }

  /** It is open now, after the state has told Connected (O2). */
  get onDidOpen(): Event<void> {
    return this.#core.event(SessionEvent.Open);
  }

  /** It has ended, after the state and the error (O5 to O8). */
  get onDidClose(): Event<void> {
    return this.#core.event(SessionEvent.Close);
  }

  /** After `error`, `errorString` and `failure` are set (F5). */
  get onDidFail(): Event<SessionError> {
    return this.#core.event(SessionEvent.Fail);
  }

  /**
   * Another access point of the service network is preferred: once each time. Listening makes this session answer its
   * offers itself, with `migrate()` or `ignore()`: nothing moves until then (R2).
   */
  get onDidChangePreferredConfiguration(): Event<PreferredConfiguration> {
    return this.#core.event(SessionEvent.Preferred);
  }

  /** The new access point is up and tested: sockets of before do not last (R3, R8). */
  get onDidActivateNewConfiguration(): Event<ActivatedConfiguration> {
    return this.#core.event(SessionEvent.Activated);
  }

  /** {@link offer} is another. */
  get onDidChangeOffer(): Event<void> {
    return this.#core.event(SessionEvent.Offer);
  }

  /** Tells the new {@link usagePolicies} (F4). */
  get onDidChangeUsagePolicies(): Event<UsagePolicy> {
    return this.#core.event(SessionEvent.UsagePolicies);
  }
}
