import { longestTimeout, type NetworkConfiguration, unknownConfiguration } from './configuration.js';
import type { MoveEnd, SessionEnd } from './ends.js';
import { plainEnglish, SessionError, type SessionFailure } from './errors.js';
import type { Event } from './event.js';
import type { NetworkSession } from './networkSession.js';
import type { NetworkInterface } from './platform.js';
import type { ActivatedConfiguration, Offer, PreferredConfiguration } from './roaming.js';
import type { Runtime } from './runtime.js';
import type { SessionCore } from './sessionCore.js';
import { SessionEvent } from './sessionEvent.js';
import { SessionState, type UsagePolicy } from './states.js';

/** Who opens a session and why, for the person to read. */
export interface SessionOptions {
  readonly owner?: string;
  readonly reason?: string;
}

/** The properties that are read only (F3). */
const readOnlyProperties: ReadonlySet<string> = new Set(['ActiveConfiguration', 'UserChoiceConfiguration']);

/** Puts another core behind a session, which takes over from the one before. */
export let replaceCore: (session: NetworkSession, core: SessionCore) => void;

/** What is handed out as a {@link NetworkSession}: what callers see of a {@link SessionCore}, which another may replace. */
export class Session implements NetworkSession {
  readonly owner: string | undefined;
  readonly reason: string | undefined;
  readonly #host: Pick<Runtime, 'clock' | 'system'>;
  #core: SessionCore;
  #properties: Map<string, unknown> | undefined;

  static {
    replaceCore = (session, core) => {
      if (#core in session) {
        core.succeed(session.#core);
        session.#core = core;
      }
    };
  }

  /** Internal: use `NetworkConfigurationManager.createSession`. */
  constructor(host: Pick<Runtime, 'clock' | 'system'>, core: SessionCore, options: SessionOptions | undefined) {
    this.#host = host;
    this.#core = core;
    this.owner = options?.owner;
    this.reason = options?.reason;
    core.session = this;
  }

  get configuration(): NetworkConfiguration {
    return this.#core.configuration;
  }

  get activeConfiguration(): NetworkConfiguration {
    return this.#core.active?.configuration ?? unknownConfiguration('');
  }

  get state(): SessionState {
    return this.#core.state;
  }

  get isOpen(): boolean {
    return this.#core.phase === 'open';
  }

  get isOpening(): boolean {
    return this.#core.phase === 'opening' || this.#core.reopens;
  }

  get isDisposed(): boolean {
    return this.#core.isDisposed;
  }

  get error(): SessionError {
    return this.#core.failure?.error ?? SessionError.UnknownSessionError;
  }

  get errorString(): string {
    const { failure } = this.#core;
    return failure === undefined ? '' : plainEnglish(failure);
  }

  get failure(): SessionFailure | undefined {
    return this.#core.failure;
  }

  get interface(): NetworkInterface | undefined {
    const { active, state } = this.#core;
    return state === SessionState.Connected || state === SessionState.Roaming
      ? (active ?? this.#core.watched)?.facts?.interface
      : undefined;
  }

  get bytesReceived(): number {
    return this.#core.traffic?.received ?? 0;
  }

  get bytesWritten(): number {
    return this.#core.traffic?.written ?? 0;
  }

  get activeTime(): number {
    return this.isOpen ? Math.floor((this.#host.clock.now() - this.#core.openedAt) / 1000) : 0;
  }

  get usagePolicies(): UsagePolicy {
    return this.#core.usagePolicies;
  }

  sessionProperty(key: string): unknown {
    switch (key) {
      case 'ActiveConfiguration':
        return this.#core.active?.identifier ?? '';
      case 'UserChoiceConfiguration':
        return this.#core.choice;
      case 'AutoCloseSessionTimeout':
        return this.#host.system.polls ? this.#core.autoCloseTimeout : -1;
      default:
        return this.#properties?.get(key);
    }
  }

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
    if (this.#host.system.polls) {
      this.#core.autoCloseTimeout = value;
      this.#core.armAutoClose();
    }
  }

  open(): void {
    if (this.#mayAct()) {
      this.#core.open();
    }
  }

  close(): void {
    this.#core.close();
  }

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

  migrate(identifier?: string): void {
    if (identifier !== undefined && typeof identifier !== 'string') {
      throw new TypeError('migrate takes the identifier of an access point, or nothing.');
    }
    if (this.#mayAct()) {
      this.#core.migrate(identifier);
    }
  }

  ignore(): void {
    if (this.#mayAct()) {
      this.#core.ignore();
    }
  }

  accept(): void {
    if (this.#mayAct()) {
      this.#core.accept();
    }
  }

  reject(): void {
    if (this.#mayAct()) {
      this.#core.reject();
    }
  }

  get isStakeholder(): boolean {
    return this.#core.isStakeholder;
  }

  get offer(): Offer {
    return this.#core.offer;
  }

  waitForOpened(milliseconds = 30_000): Promise<boolean> {
    if (!Number.isFinite(milliseconds) || milliseconds < -1 || milliseconds > longestTimeout) {
      return Promise.reject(
        new TypeError(`waitForOpened takes milliseconds from -1 to ${longestTimeout}, not ${String(milliseconds)}.`),
      );
    }
    return this.#core.waitForOpened(milliseconds);
  }

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

  async [Symbol.asyncDispose](): Promise<void> {
    this.dispose();
    await this.#core.whenIdle();
  }

  get onDidChangeState(): Event<SessionState> {
    return this.#core.event(SessionEvent.State);
  }

  get onDidOpen(): Event<void> {
    return this.#core.event(SessionEvent.Open);
  }

  get onDidClose(): Event<void> {
    return this.#core.event(SessionEvent.Close);
  }

  get onDidFail(): Event<SessionError> {
    return this.#core.event(SessionEvent.Fail);
  }

  get onDidChangePreferredConfiguration(): Event<PreferredConfiguration> {
    return this.#core.event(SessionEvent.Preferred);
  }

  get onDidActivateNewConfiguration(): Event<ActivatedConfiguration> {
    return this.#core.event(SessionEvent.Activated);
  }

  get onDidEnd(): Event<SessionEnd> {
    return this.#core.event(SessionEvent.Ended);
  }

  get onDidEndMove(): Event<MoveEnd> {
    return this.#core.event(SessionEvent.MoveEnded);
  }

  get onDidChangeOffer(): Event<void> {
    return this.#core.event(SessionEvent.Offer);
  }

  get onDidChangeUsagePolicies(): Event<UsagePolicy> {
    return this.#core.event(SessionEvent.UsagePolicies);
  }
}
