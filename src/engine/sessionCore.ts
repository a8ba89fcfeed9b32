import type { AccessPoint } from './accessPoint.js';
import type { NetworkConfiguration } from './configuration.js';
import { closedByItself, type SessionEnd, withFailure } from './ends.js';
import type { Cause, SessionError, SessionFailure } from './errors.js';
import { type Disposable, type Event, Listeners } from './event.js';
import type { NetworkSession } from './networkSession.js';
import type { Offer } from './roaming.js';
import type { Runtime } from './runtime.js';
import { SessionEvent, type SessionEvents } from './sessionEvent.js';
import { type Phase, type SessionState, type Traffic, UsagePolicy } from './states.js';

/** What the core of a session needs. */
export interface SessionHost extends Pick<Runtime, 'clock' | 'queue' | 'system' | 'report'> {
  /** These may have a place elsewhere now: their identifier has come to mean something (S1). */
  rehome(cores: Iterable<SessionCore>): void;
}

/**
 * What is behind a session: the phase that it is in, what it tells and to whom. Whoever decides changes it, and it keeps
 * the promise that each change is readable before its first event (S3).
 */
export abstract class SessionCore {
  protected readonly host: SessionHost;
  session: NetworkSession | undefined;
  phase: Phase = 'closed';
  /** Opened again while its close still waits for the stop: opens when that has ended. */
  reopens = false;
  failure: SessionFailure | undefined;
  /** Clock time of the opening, while open. */
  openedAt = 0;
  isDisposed = false;
  /** It was disposed of while closed: it tells nothing more of what others do. */
  isMuted = false;
  inBackground = false;
  /** Milliseconds after opening until it closes by itself; -1 never, and again when it has closed (F3). */
  autoCloseTimeout = -1;
  #autoClose: Disposable | undefined;
  /** How it ends, while it is closing. */
  #end: SessionEnd | undefined;
  #policy = UsagePolicy.NoPolicy;
  #listeners: Listeners<SessionEvents> | undefined;
  #waiters: Set<(isOpen: boolean) => void> | undefined;

  constructor(host: SessionHost) {
    this.host = host;
  }

  /** What it was made for, as it is now. */
  abstract get configuration(): NetworkConfiguration;
  abstract get state(): SessionState;
  /** The state that it has told last. */
  abstract get shown(): SessionState;
  /** What it was made for is not there (any more): its identifier may come to mean something else. */
  abstract get isOrphan(): boolean;
  /** The access point that it holds and uses; undefined when not open. */
  abstract get active(): AccessPoint | undefined;
  /** The access point that it shows, open or not; undefined where it shows several. */
  abstract get watched(): AccessPoint | undefined;
  /** The identifier of what a user choice was resolved to; '' otherwise (F3). */
  abstract get choice(): string;
  /** Bytes since its opening, read now; undefined when not open (F1). */
  abstract get traffic(): Traffic | undefined;
  abstract get offer(): Offer;
  abstract open(): void;
  abstract close(): void;
  abstract stop(): void;
  abstract migrate(identifier: string | undefined): void;
  abstract ignore(): void;
  abstract accept(): void;
  abstract reject(): void;
  /** It was given back while closed. */
  abstract leave(): void;
  /** Resolves when nothing is under way any more of what it has caused. */
  abstract whenIdle(): Promise<void>;
  /** A failure of this cause with what it was made for. */
  abstract failureOf(cause: Cause, error?: SessionError): SessionFailure;

  get usagePolicies(): UsagePolicy {
    return this.#policy;
  }

  /** Takes the place of another of the same session: who listens or waits, and what was set and told, stay. */
  succeed(other: SessionCore): void {
    this.session = other.session;
    this.failure = other.failure;
    this.inBackground = other.inBackground;
    this.autoCloseTimeout = other.autoCloseTimeout;
    this.#listeners = other.#listeners;
    this.#listeners?.handTo(this);
    this.#waiters = other.#waiters;
    other.#waiters = undefined;
    other.session = undefined;
  }

  /** Somebody listens for offers, and so answers them (R2). */
  get isStakeholder(): boolean {
    return this.#listeners?.has(SessionEvent.Preferred) ?? false;
  }

  event<Kind extends SessionEvent>(kind: Kind): Event<SessionEvents[Kind]> {
    this.#listeners ??= new Listeners(this.host.report, this);
    return this.#listeners.event(kind);
  }

  /** A listener of this kind has ended. */
  unheard(_kind: SessionEvent): void {}

  /** Called by the delivery queue. */
  deliver<Kind extends SessionEvent>(kind: Kind, value: SessionEvents[Kind]): void {
    // Each thing that has begun ends once, also of what was disposed of before that was told.
    if (!this.isMuted || kind === SessionEvent.Fail || kind >= SessionEvent.Ended) {
      this.#listeners?.fire(kind, value);
    }
  }

  /** Called by its access point, for all that are on it. */
  deliverState(state: SessionState): void {
    this.deliver(SessionEvent.State, state);
  }

  /** The error, if there is one, then `closed`, then how: whoever hears the one has not heard anything else before the other. */
  deliverEnd(end: SessionEnd): void {
    if (end.failure !== undefined) {
      this.#listeners?.fire(SessionEvent.Fail, end.failure.error);
    }
    this.#listeners?.fire(SessionEvent.Close, undefined);
    this.#listeners?.fire(SessionEvent.Ended, end);
  }

  tell<Kind extends SessionEvent>(kind: Kind, value: SessionEvents[Kind]): void {
    this.host.queue.push(this, kind, value);
  }

  /** Tells of its end, as one. */
  protected tellEnd(end: SessionEnd): void {
    this.host.queue.push(ending, this, end);
  }

  /** It is open now (O2). */
  opened(): void {
    this.phase = 'open';
    this.openedAt = this.host.clock.now();
    this.tell(SessionEvent.Open, undefined);
    this.#settle(true);
    this.metered();
    this.armAutoClose();
  }

  /** Closes it that long after its opening, on platforms that poll (F3). */
  armAutoClose(): void {
    this.#autoClose?.dispose();
    this.#autoClose = undefined;
    if (this.phase === 'open' && this.autoCloseTimeout >= 0 && this.host.system.polls) {
      const left = this.openedAt + this.autoCloseTimeout - this.host.clock.now();
      this.#autoClose = this.host.clock.setTimeout(() => this.close(), Math.max(0, left));
    }
  }

  /** Opening failed: the error, no `closed` (O4). */
  failed(failure: SessionFailure): void {
    this.phase = 'closed';
    this.#fail(failure);
    this.tell(SessionEvent.Ended, Object.freeze({ kind: 'failed', failure }));
    this.#settle(false);
  }

  /** An error that leaves the session as it is: a stop that was refused (O7), a move that failed (R3). */
  refused(failure: SessionFailure): void {
    this.#fail(failure);
  }

  /** It is not open any more, but what its close or its stop caused has not ended yet. */
  closing(end = closedByItself): void {
    this.phase = 'closing';
    this.#end = end;
    this.#ended();
    this.#settle(false);
  }

  /** It has ended: the error, if there is one, then `closed`, then how (O5 to O8). */
  closed(failure: SessionFailure | undefined): void {
    const isNews = this.phase !== 'closing';
    this.phase = 'closed';
    if (isNews) {
      this.#ended();
    }
    if (failure !== undefined) {
      this.failure = failure;
    }
    this.tellEnd(withFailure(this.#end ?? closedByItself, failure));
    this.#end = undefined;
    if (!this.reopens) {
      this.#settle(false);
    }
    if (this.session !== undefined && this.isOrphan) {
      this.host.queue.later(() => this.host.rehome([this]));
    }
  }

  /** It was open and is lost; whoever says so tells of it, with all others that are lost (O8). */
  lost(failure: SessionFailure): void {
    this.phase = 'closed';
    this.failure = failure;
    this.#ended();
  }

  /** It was to be opened again when its close has ended, and is not any more. */
  reopenNoMore(): void {
    if (this.reopens) {
      this.reopens = false;
      if (this.phase === 'closed') {
        this.#settle(false);
      }
    }
  }

  /** Tells of the usage policy if it changed (F4). */
  metered(): void {
    const policy =
      this.phase === 'open' && this.active?.facts?.metered === true
        ? UsagePolicy.NoBackgroundTrafficPolicy
        : UsagePolicy.NoPolicy;
    if (policy !== this.#policy) {
      this.#policy = policy;
      this.tell(SessionEvent.UsagePolicies, policy);
    }
  }

  /** Resolves true when it is open, false when that has failed, ended, or the time is over (O9). */
  waitForOpened(milliseconds: number): Promise<boolean> {
    if (this.phase === 'open') {
      return Promise.resolve(true);
    }
    if (this.phase !== 'opening' && !this.reopens) {
      return Promise.resolve(false);
    }
    return new Promise((resolve) => {
      const expire = () => {
        this.#waiters?.delete(waiter);
        resolve(false);
      };
      const timer = milliseconds === -1 ? undefined : this.host.clock.setTimeout(expire, milliseconds);
      const waiter = (isOpen: boolean) => {
        timer?.dispose();
        resolve(isOpen);
      };
      this.#waiters ??= new Set();
      this.#waiters.add(waiter);
    });
  }

  #fail(failure: SessionFailure): void {
    this.failure = failure;
    this.tell(SessionEvent.Fail, failure.error);
  }

  #ended(): void {
    this.openedAt = 0;
    this.autoCloseTimeout = -1;
    this.#autoClose?.dispose();
    this.#autoClose = undefined;
    this.metered();
  }

  /** Tells those who wait for it to be open, after the events before that. */
  #settle(isOpen: boolean): void {
    const waiters = this.#waiters;
    if (waiters !== undefined) {
      this.#waiters = undefined;
      this.host.queue.later(() => {
        for (const waiter of waiters) {
          waiter(isOpen);
        }
      });
    }
  }
}

/** A record in the queue that a closed session costs no object more for. */
const ending = {
  deliver: (core: SessionCore, end: SessionEnd) => core.deliverEnd(end),
};
