import { SessionState } from './accessPoint.js';
import { longestTimeout, type NetworkConfiguration } from './configuration.js';
import type { Context } from './context.js';
import { plainEnglish, SessionError, type SessionFailure } from './errors.js';
import type { Event } from './event.js';
import { type Member, SessionEvent, type UsagePolicy } from './member.js';
import type { NetworkInterface } from './platform.js';

/** Who opens a session and why, for the person to read. */
export interface SessionOptions {
  readonly owner?: string;
  readonly reason?: string;
}

/** The properties that are read only (F3). */
const readOnlyProperties: ReadonlySet<string> = new Set(['ActiveConfiguration', 'UserChoiceConfiguration']);

/** One client's interest in an access point. Made by `NetworkConfigurationManager.createSession`. */
export class NetworkSession {
  /** The name of the program that opened it, and why; for the person. Hostile text. */
  readonly owner: string | undefined;
  readonly reason: string | undefined;
  readonly #context: Context;
  readonly #member: Member;
  #properties: Map<string, unknown> | undefined;

  /** Internal: use `NetworkConfigurationManager.createSession`. */
  constructor(context: Context, member: Member, options: SessionOptions | undefined) {
    this.#context = context;
    this.#member = member;
    this.owner = options?.owner;
    this.reason = options?.reason;
    member.session = this;
    member.accessPoint.join(member);
  }

  /** The configuration that it was made for, as it is now. */
  get configuration(): NetworkConfiguration {
    return this.#member.accessPoint.configuration;
  }

  /** The state of the access point, open or not (S1). */
  get state(): SessionState {
    return this.#member.accessPoint.state;
  }

  /** It holds its access point (O1). */
  get isOpen(): boolean {
    return this.#member.phase === 'open';
  }

  /** `open()` was called and has not ended yet. */
  get isOpening(): boolean {
    return this.#member.phase === 'opening' || this.#member.reopens;
  }

  /** `dispose()` was called. */
  get isDisposed(): boolean {
    return this.#member.isDisposed;
  }

  /** The last error; UnknownSessionError when there was none (F5). */
  get error(): SessionError {
    return this.#member.failure?.error ?? SessionError.UnknownSessionError;
  }

  /** The last error as a plain English sentence; '' when there was none (F5). */
  get errorString(): string {
    const { failure } = this.#member;
    return failure === undefined ? '' : plainEnglish(failure);
  }

  /** The facts of the last error, from which a host makes a sentence of its own (F5). */
  get failure(): SessionFailure | undefined {
    return this.#member.failure;
  }

  /** The interface under it; known only while Connected (S4). */
  get interface(): NetworkInterface | undefined {
    return this.state === SessionState.Connected ? this.#member.accessPoint.facts?.interface : undefined;
  }

  /** Bytes in since the first session on this access point was opened; 0 when not open (F1). */
  get bytesReceived(): number {
    return this.isOpen ? (this.#member.accessPoint.meter?.received ?? 0) : 0;
  }

  /** Bytes out since the first session on this access point was opened; 0 when not open (F1). */
  get bytesWritten(): number {
    return this.isOpen ? (this.#member.accessPoint.meter?.written ?? 0) : 0;
  }

  /** Whole seconds since it became open; 0 when not open (F2). */
  get activeTime(): number {
    return this.isOpen ? Math.floor((this.#context.clock.now() - this.#member.openedAt) / 1000) : 0;
  }

  /** NoBackgroundTrafficPolicy while open on a metered access point (F4). */
  get usagePolicies(): UsagePolicy {
    return this.#member.usagePolicies;
  }

  /** A property by its key; undefined when it was never set (F3). */
  sessionProperty(key: string): unknown {
    switch (key) {
      case 'ActiveConfiguration':
        return this.isOpen ? this.#member.accessPoint.identifier : '';
      case 'UserChoiceConfiguration':
        return '';
      case 'AutoCloseSessionTimeout':
        return this.#context.system.polls ? this.#member.autoCloseTimeout : -1;
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
      this.#member.inBackground = value === true;
    }
  }

  #setAutoClose(value: unknown): void {
    if (typeof value !== 'number' || !Number.isInteger(value) || value < -1 || value > longestTimeout) {
      throw new TypeError(
        `AutoCloseSessionTimeout takes a whole number of milliseconds from -1 to ${longestTimeout}, not ${String(value)}.`,
      );
    }
    if (this.#context.system.polls) {
      this.#member.autoCloseTimeout = value;
      this.#member.armAutoClose();
    }
  }

  /** Opens it: starts the access point if it is down, and only then (O1). Does nothing when open or being opened (O3). */
  open(): void {
    const member = this.#member;
    if (member.isDisposed) {
      member.refused(member.accessPoint.failure({ code: 'disposed' }));
    } else {
      member.accessPoint.open(member);
    }
  }

  /** Closes it, or cancels its opening (O5, O6). Does nothing when not open. */
  close(): void {
    this.#member.accessPoint.close(this.#member);
  }

  /** Ends every session on the access point and stops it, whoever started it (O7). */
  stop(): void {
    const member = this.#member;
    if (member.isDisposed) {
      member.refused(member.accessPoint.failure({ code: 'disposed' }));
    } else {
      member.accessPoint.stop(member);
    }
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
    return this.#member.waitForOpened(milliseconds);
  }

  /** Closes it (O10) and gives it back. It tells of its end, and of nothing after that. */
  dispose(): void {
    const member = this.#member;
    if (!member.isDisposed) {
      member.isDisposed = true;
      member.isMuted = member.phase === 'closed';
      member.accessPoint.close(member);
      if (member.phase === 'closed') {
        member.accessPoint.leave(member);
      }
    }
  }

  /** Disposes of it and waits for what that stops. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.dispose();
    await this.#member.accessPoint.whenIdle();
  }

  /** Once for each change, never twice in a row with the same state (S3). */
  get onDidChangeState(): Event<SessionState> {
    return this.#member.event(SessionEvent.State);
  }

  /** It is open now, after the state has told Connected (O2). */
  get onDidOpen(): Event<void> {
    return this.#member.event(SessionEvent.Open);
  }

  /** It has ended, after the state and the error (O5 to O8). */
  get onDidClose(): Event<void> {
    return this.#member.event(SessionEvent.Close);
  }

  /** After `error`, `errorString` and `failure` are set (F5). */
  get onDidFail(): Event<SessionError> {
    return this.#member.event(SessionEvent.Fail);
  }

  /** Tells the new {@link usagePolicies} (F4). */
  get onDidChangeUsagePolicies(): Event<UsagePolicy> {
    return this.#member.event(SessionEvent.UsagePolicies);
  }
}
