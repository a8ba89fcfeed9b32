import { configurationOf } from './accessPointConfiguration.js';
import { Arrangement, type ArrangementHost } from './arrangement.js';
import {
  ConfigurationType,
  type NetworkConfiguration,
  removedConfiguration,
  unknownConfiguration,
} from './configuration.js';
import { Deadline } from './deadline.js';
import { lostBy } from './ends.js';
import { type Cause, isPlatformFailure, SessionError, type SessionFailure, sessionFailure } from './errors.js';
import { type Disposable, textOf } from './event.js';
import type { Holder } from './holder.js';
import type { Account, AccountOwner, Holding, LastClose, Verdict } from './ledger.js';
import { Meter } from './meter.js';
import { Opening, type OpeningHost } from './opening.js';
import type { Operated } from './operated.js';
import type { AccessPointFacts, SystemFacts } from './platform.js';
import { SteadySignal } from './preference.js';
import type { Runtime } from './runtime.js';
import { SessionState } from './states.js';
import { Stopping, type StoppingHost } from './stopping.js';

/** What an access point needs. */
export interface AccessPointHost
  extends ArrangementHost,
    OpeningHost,
    StoppingHost,
    Pick<Runtime, 'clock' | 'ledger' | 'queue'> {
  readonly lastClose: LastClose;
  /** The process ends: sessions are released as by a crash, never with `always` (O10). */
  readonly isExiting: boolean;
  /** Why what is removed in the update under way is gone (O11). */
  readonly removalCause: Cause;
  /** So many more, or fewer, sessions are open: reasons to look. */
  countWatcher(by: number): void;
  /** Who holds it in other processes, or whose it is, has changed. */
  holdersChanged(identifier: string): void;
  /** A session on it was given back. */
  sessionEnded(accessPoint: AccessPoint): void;
}

/** Why nothing can be done with what is not there; without an identifier it is the default configuration of a machine that has none (M2). */
export function absence(identifier: string, { away }: SystemFacts): Cause {
  return identifier === '' ? (away ?? { code: 'noAccessPoint' }) : { code: 'notDefined' };
}

/** Milliseconds after which a platform that polls has answered how much an interface has carried. */
const lateBaseTime = 1_000;

/** Whoever is told inside the call that changes an access point, what it shows or what is known of it. */
interface Watcher {
  /** Its facts are others, from which nothing follows yet. */
  accessPointUpdated?(accessPoint: AccessPoint): void;
  accessPointChanged(accessPoint: AccessPoint): void;
}

/**
 * An access point as the engine keeps it: what the platform says of it, who is on it, and what follows from a change.
 * How it is opened is decided in {@link Opening}, how it is stopped in {@link Stopping}.
 */
export class AccessPoint implements AccountOwner, Operated {
  readonly identifier: string;
  /** Its place among all, in the order first seen. */
  order = 0;
  readonly account: Account;
  readonly #host: AccessPointHost;
  readonly #members = new Set<Holder>();
  /** Made when first needed: most access points of a machine never have a session. */
  #openingOrNone: Opening | undefined;
  #stoppingOrNone: Stopping | undefined;
  #arrangementOrNone: Arrangement | undefined;
  #watchers: Set<Watcher> | undefined;
  #signal: SteadySignal | undefined;
  #startFailed = false;
  #facts: AccessPointFacts | undefined;
  #configuration: NetworkConfiguration;
  #shown = SessionState.Invalid;
  #meter: Meter | undefined;
  #lateBase: Disposable | undefined;
  #idle: (() => void)[] = [];
  /** Sessions that are open on it in this process. */
  #open = 0;
  /** What the one who left it last would have had done with it, had nobody else been there (R5). */
  #bequeathed: LastClose | undefined;
  /** The last of them goes, and the ledger has not said yet what becomes of it. */
  #isLeaving = false;

  constructor(host: AccessPointHost, identifier: string) {
    this.#host = host;
    this.identifier = identifier;
    this.account = host.ledger.account(identifier, this);
    this.#configuration = unknownConfiguration(identifier);
  }

  get #opening(): Opening {
    this.#openingOrNone ??= new Opening(this.#host, this);
    return this.#openingOrNone;
  }

  get #stopping(): Stopping {
    this.#stoppingOrNone ??= new Stopping(this.#host, this, this.#opening);
    return this.#stoppingOrNone;
  }

  /** What the platform was asked to arrange for moves to it. */
  get arrangement(): Arrangement {
    this.#arrangementOrNone ??= new Arrangement(this.#host, this);
    return this.#arrangementOrNone;
  }

  get facts(): AccessPointFacts | undefined {
    return this.#facts;
  }

  /** Of its default route, without what was done here to move traffic: its place in the system's own order (R1). */
  get metric(): number | undefined {
    return this.#facts?.metric;
  }

  /** The platform has told of it before. */
  get wasSeen(): boolean {
    return this.#facts !== undefined || this.#configuration.type !== ConfigurationType.Invalid;
  }

  get configuration(): NetworkConfiguration {
    return this.#configuration;
  }

  get members(): ReadonlySet<Holder> {
    return this.#members;
  }

  /** It must be kept although the platform does not know it: somebody has to be told of it, or something is to be taken back. */
  get isNeeded(): boolean {
    return this.#members.size > 0 || this.#watchers !== undefined || this.#arrangementOrNone?.isArranged === true;
  }

  watch(watcher: Watcher): void {
    this.#watchers ??= new Set();
    this.#watchers.add(watcher);
  }

  unwatch(watcher: Watcher): void {
    this.#watchers?.delete(watcher);
    if (this.#watchers?.size === 0) {
      this.#watchers = undefined;
    }
  }

  /** Something that those who watch may have to know has changed. */
  tellWatchers(): void {
    if (this.#watchers !== undefined) {
      for (const watcher of [...this.#watchers]) {
        watcher.accessPointChanged(this);
      }
    }
  }

  /** The host is asked about an opening of it (O12). */
  get isAsking(): boolean {
    return this.#openingOrNone?.isAsking === true;
  }

  /** Somebody is being asked about it, by the system or by the host: this time does not count (O10a). */
  get awaitsPerson(): boolean {
    return this.isAsking || this.#facts?.awaitsPerson === true;
  }

  /** Its last start failed; until its reach changes or it comes up it is not preferred (R1). */
  get startFailed(): boolean {
    return this.#startFailed;
  }

  startHasFailed(): void {
    this.#startFailed = true;
    this.tellWatchers();
  }

  /** Its signal is steadily weak (R1). */
  get isWeak(): boolean {
    return this.#signal?.isWeak === true;
  }

  /** The state that its sessions were told last. */
  get shown(): SessionState {
    return this.#shown;
  }

  /** What a session on it shows (S1). */
  get state(): SessionState {
    const facts = this.#facts;
    if (facts === undefined) {
      return SessionState.Invalid;
    }
    if (this.#stoppingOrNone?.isShown) {
      return SessionState.Closing;
    }
    switch (facts.link) {
      case 'up':
        return SessionState.Connected;
      case 'starting':
        return SessionState.Connecting;
      case 'stopping':
        return this.#stoppingOrNone?.isClearing ? this.#stateOfRest(facts) : SessionState.Closing;
      case 'down':
        return this.#openingOrNone?.isStarting ? SessionState.Connecting : this.#stateOfRest(facts);
    }
  }

  #stateOfRest({ inReach }: AccessPointFacts): SessionState {
    return inReach ? SessionState.Disconnected : SessionState.NotAvailable;
  }

  /** The engine is starting or stopping it. */
  get isOperated(): boolean {
    return this.#openingOrNone?.isStarting === true || this.#stoppingOrNone?.isStopping === true;
  }

  /** It occupies its device, or is about to. */
  get isOccupying(): boolean {
    const facts = this.#facts;
    const isThere = facts !== undefined && (facts.link === 'up' || facts.link === 'starting' || facts.lingers);
    return isThere || this.#openingOrNone?.isStarting === true;
  }

  /** Starting another on its device would cut what somebody holds or what was not started here (O12). */
  get isInTheWay(): boolean {
    const isFree = !this.#openingOrNone?.isStarting && !this.isHeld && this.account.startedHere;
    return this.isOccupying && !isFree;
  }

  /** Sessions that are open on it in this process. */
  get open(): number {
    return this.#open;
  }

  /** Somebody holds it, in this process or another. */
  get isHeld(): boolean {
    return this.#open > 0 || this.account.others.length > 0;
  }

  /** Bytes of all its sessions alike, read now (F1). */
  get meter(): Meter | undefined {
    return this.#meter?.read(this.#host.platform.counters(this.identifier));
  }

  join(holder: Holder): void {
    this.#members.add(holder);
  }

  leave(holder: Holder): void {
    if (this.#members.delete(holder)) {
      this.#arrangementOrNone?.release(holder);
      this.#host.sessionEnded(this);
    }
  }

  enter(holder: Holder): void {
    this.#opening.open(holder);
  }

  /** Closes a session, or cancels its opening (O5, O6). */
  close(holder: Holder): void {
    holder.reopenNoMore();
    if (holder.phase === 'opening') {
      this.#stopping.cancel(holder);
    } else if (holder.phase === 'open') {
      const policy = this.#policyOf(holder);
      this.release();
      if (this.#open > 0) {
        this.#bequeathed = policy;
        this.#stopping.close(holder, false);
      } else {
        this.letLast(policy, holder, (stops, cause) => this.#stopping.close(holder, stops, cause));
      }
    }
  }

  /** Nobody here wants it any more: `then` is told whether it is to be stopped here. Until then `holder` is closing. */
  letLast(policy: LastClose, holder: Holder | undefined, then: Verdict): void {
    this.#isLeaving = true;
    this.account.leave(policy, (stops, cause) => {
      this.#isLeaving = false;
      then(stops, cause);
      this.operationEnded();
      this.#opening.proceed();
    });
    if (this.#isLeaving && holder?.phase === 'open') {
      holder.closing();
    }
  }

  /** Nobody here wants it or is doing anything with it: it is not counted any more. */
  letGoIfUnused(): void {
    if (this.#open === 0 && this.#isIdle && this.#openingOrNone?.isUnwanted !== false) {
      this.account.letGo();
    }
  }

  stop(caller: Holder): void {
    this.#stopping.stop(caller);
  }

  /** Nobody wants any more what was started. */
  undoStart(): void {
    this.#stopping.undoStart();
  }

  /** Whether closing one open session would stop it: that session is the last, and the policy says so (O5a). */
  wouldStopAtClose(): boolean {
    const isLast = this.#open === 1 && this.account.others.length === 0;
    const holder = isLast && [...this.#members].find(({ phase }) => phase === 'open');
    return holder ? this.account.wouldStop(this.#policyOf(holder)) : false;
  }

  /**
   * What is done with it when this one is the last to go. What a move has not made its own it stops if the move has started
   * it (R5), or those who were there with it would have. A process that ends stops only what was started here (O10).
   */
  #policyOf(holder: Holder): LastClose {
    const { lastClose, isExiting } = this.#host;
    const left = holder.hasStarted ? 'ifStartedHere' : (this.#bequeathed ?? 'never');
    const policy = holder.isProvisional ? left : lastClose;
    return isExiting && policy === 'always' ? 'ifStartedHere' : policy;
  }

  /** Other programs hold it, too: if they go first, what they would do with it is left to who is here. */
  #noteOthers(): void {
    if (this.#open > 0 && this.account.others.length > 0) {
      this.#bequeathed = this.#host.lastClose;
    }
  }

  /** Why a start or stop cannot work now (M5, O4). */
  obstacle(action: 'start' | 'stop'): Cause | undefined {
    const facts = this.#facts;
    const { system } = this.#host;
    if (facts === undefined) {
      return absence(this.identifier, system);
    }
    const isDown = facts.link === 'down' && !this.isOperated;
    if (action === 'start' && isDown && !facts.inReach) {
      return { code: 'notInReach' };
    }
    const isNeedless = action === 'start' ? !isDown : isDown && !facts.lingers;
    return system.away ?? (isNeedless ? undefined : (facts.obstacles[action] ?? system.obstacles[action]));
  }

  // What the platform says ---------------------------------------------------------------------------------------------

  /** Takes new facts; nothing follows from them until {@link changed}. */
  update(facts: AccessPointFacts | undefined): void {
    if (facts?.link === 'up' || facts?.inReach !== this.#facts?.inReach) {
      this.#startFailed = false;
    }
    this.#sample(facts?.signal);
    this.#facts = facts;
    this.account.observe(facts);
    this.#configuration = facts === undefined ? removedConfiguration(this.#configuration) : configurationOf(facts);
    if (this.#watchers !== undefined) {
      for (const watcher of this.#watchers) {
        watcher.accessPointUpdated?.(this);
      }
    }
  }

  /** Facts may come for other reasons: only a signal that is another is a sample of it. */
  #sample(signal: number | undefined): void {
    if (signal === undefined) {
      this.#signal = undefined;
    } else if (this.#signal === undefined) {
      this.#signal = new SteadySignal(signal);
    } else if (signal !== this.#facts?.signal) {
      this.#signal.sample(signal);
    }
  }

  /** Draws the consequences of the facts that {@link update} took, `before` being the earlier ones. */
  changed(before: AccessPointFacts | undefined): void {
    const facts = this.#facts;
    this.#arrangementOrNone?.changed(before, this.#opening.isStarting);
    if (this.#members.size === 0 && this.#isIdle && !this.account.startedHere) {
      this.#shown = this.state;
      this.tellWatchers();
      return; // Nobody is told, nobody waits, nothing is ours: thousands of these cost next to nothing.
    }
    const wentDown = before?.link === 'up' && facts?.link !== 'up';
    const isLost =
      wentDown && !this.#stopping.isStopping && !(facts?.link === 'stopping' && this.#stopping.seenStopping());
    const loss = isLost ? this.failure(this.endCause(), SessionError.SessionAbortedError) : undefined;
    const stopper = isLost ? this.account.stopper : undefined;
    if (stopper !== undefined) {
      this.stoppedElsewhere(stopper);
    } else if (isLost) {
      this.#clearAway();
    } else if (facts === undefined || (this.#isStartedByOthers(before) && facts.link !== 'down')) {
      this.account.startedByOthers();
    }
    if (facts === undefined && this.#opening.isStarting) {
      this.account.startEnded(this.endCause());
    }
    if (facts === undefined || facts.link === 'up') {
      this.#opening.startEnded();
    }
    if (facts === undefined) {
      this.#stopping.removed();
    }
    this.#pauseDeadlines();
    if (loss === undefined || stopper !== undefined) {
      this.show();
    } else if (facts?.link === 'down' && this.#stopping.isRequested) {
      this.show();
      this.#stopping.lost(loss);
    } else {
      this.#endOpen(loss);
    }
    if (before?.metered !== facts?.metered) {
      for (const holder of this.#members) {
        holder.metered();
      }
    }
    // Counters may start again with an interface that is made anew: what it has carried so far is not lost.
    this.#meter?.read(this.#host.platform.counters(this.identifier));
    this.#opening.changed();
    this.#stopping.changed();
    this.#opening.proceed();
    this.tellWatchers();
  }

  /** Whether what is not down any more was not started by us (O5a). */
  #isStartedByOthers(before: AccessPointFacts | undefined): boolean {
    return this.isOperated
      ? this.#stopping.isStoppingLink && before?.link === 'down' && this.#facts?.link !== 'stopping'
      : before?.link !== 'up';
  }

  /** The link went away from outside; what the system still keeps of one that was started here is stopped (O8). */
  #clearAway(): void {
    this.account.lost(() => {
      if (this.#facts?.lingers && !this.isOperated) {
        this.#stopping.clearAway();
      } else {
        this.account.stopEnded(undefined);
      }
    });
  }

  /**
   * Ends all open sessions. Each is told of the state, if it is another, then of its end (O8). One record in the queue and
   * as few walks as can be: ten thousand sessions may be told at once.
   */
  #endOpen(failure: SessionFailure): void {
    const { state } = this;
    const isNews = state !== this.#shown;
    this.#shown = state;
    const lost: Holder[] = [];
    const others: Holder[] = [];
    for (const holder of this.#members) {
      if (holder.phase === 'open') {
        lost.push(holder);
        holder.lost(failure);
      } else {
        others.push(holder);
      }
    }
    const end = lostBy(failure);
    this.#host.queue.later(() => {
      for (const holder of lost) {
        if (isNews) {
          holder.deliverState(state);
        }
        holder.deliverEnd(end);
      }
      for (const holder of isNews ? others : []) {
        holder.deliverState(state);
      }
    });
    this.#releaseAll(lost.length);
    this.letGoIfUnused();
  }

  /** The platform is back after it was gone: an operation that died with it ends by what the facts say now (O13). */
  returned(): void {
    this.#opening.returned();
    this.#stopping.returned();
    if (!this.isOperated) {
      this.#arrangementOrNone?.returned();
    }
  }

  /** Why it is not up, or not there, any more. */
  endCause(): Cause {
    if (this.#facts !== undefined) {
      return this.#facts.cause ?? { code: 'wentDown' };
    }
    return this.#host.removalCause;
  }

  // For Opening and Stopping -------------------------------------------------------------------------------------------

  /** A session is open from now on (O2). */
  grant(holder: Holder): void {
    this.#open++;
    if (this.#open === 1) {
      this.#host.platform.setHeld?.(this.identifier, true);
    }
    this.#noteOthers();
    holder.heldSince = this.#host.clock.now();
    this.#host.countWatcher(1);
    if (this.#meter === undefined) {
      this.#beginToCount();
    }
    this.account.sessionsChanged();
    holder.opened();
  }

  #beginToCount(): void {
    const meter = new Meter().read(this.#host.platform.counters(this.identifier));
    this.#meter = meter;
    if (!meter.isKnown && this.#host.system.polls) {
      // Its figures come a little later: then the base is taken, whether somebody reads them or not.
      this.#lateBase = this.#host.clock.setTimeout(() => this.meter, lateBaseTime);
    }
  }

  /** An open session does not hold it any more; what becomes of the session is the caller's to say. */
  release(): void {
    this.#releaseAll(1);
  }

  #releaseAll(sessions: number): void {
    this.#open -= sessions;
    if (sessions > 0 && this.#open === 0) {
      this.#host.platform.setHeld?.(this.identifier, false);
    }
    this.account.sessionsChanged();
    this.#host.countWatcher(-sessions);
    if (this.#open === 0) {
      this.#bequeathed = undefined;
      this.#meter = undefined;
      this.#lateBase?.dispose();
    }
  }

  /** A session has ended: `closed`, after the error if there is one. */
  end(holder: Holder, failure: SessionFailure | undefined): void {
    holder.closed(failure);
    if (holder.reopens) {
      // After its `closed` was told: the events of the close come before those of the opening.
      this.#host.queue.later(() => this.#reopen(holder));
    }
    this.leaveIfDisposed(holder);
    this.letGoIfUnused();
  }

  #reopen(holder: Holder): void {
    if (holder.reopens) {
      holder.reopens = false;
      this.enter(holder);
    }
  }

  leaveIfDisposed(holder: Holder): void {
    if (holder.isDisposed) {
      this.leave(holder);
    }
  }

  /** Tells every session of the state if it is another than the one told last (S3). */
  show(): void {
    const state = this.state;
    if (state !== this.#shown) {
      this.#shown = state;
      this.#tellAll(state);
      this.tellWatchers();
    }
  }

  /** One record in the queue for all: ten thousand sessions may be told at once. */
  #tellAll(state: SessionState): void {
    const members = [...this.#members];
    if (members.length > 0) {
      this.#host.queue.later(() => {
        for (const holder of members) {
          holder.deliverState(state);
        }
      });
    }
  }

  failure(cause: Cause, error?: SessionError): SessionFailure {
    return sessionFailure(this.#configuration, cause, error);
  }

  timedOut(): SessionFailure {
    return this.failure({ code: 'timedOut', seconds: Math.round(this.#configuration.connectTimeout / 1000) });
  }

  /** The failure that a platform's rejection amounts to. */
  failureOf(error: unknown): SessionFailure {
    if (isPlatformFailure(error)) {
      return this.failure(error.facts, error.error);
    }
    this.#host.logger.error(`The platform failed: ${textOf(error)}`);
    return this.failure({ code: 'other', detail: error instanceof Error ? error.message : textOf(error) });
  }

  /** Bounds an operation by `connectTimeout` (O10a). */
  deadline(onExpired: () => void): Deadline {
    return new Deadline(this.#host.clock, this.#configuration.connectTimeout, this.#isPaused, onExpired);
  }

  /** The time that a person takes to answer the system does not count (O10a), but nobody waits for it at the end (O10). */
  get #isPaused(): boolean {
    return this.#facts?.awaitsPerson === true && !this.#host.isExiting;
  }

  #pauseDeadlines(): void {
    this.#openingOrNone?.pause(this.#isPaused);
    this.#stoppingOrNone?.pause(this.#isPaused);
  }

  /** The process ends: what is under way is not waited for without limit. */
  hurry(): void {
    this.#pauseDeadlines();
  }

  // What the ledger says -----------------------------------------------------------------------------------------------

  /** Where this is needed, the account says so itself. */
  permitted(): void {
    this.#openingOrNone?.proceed();
  }

  refused(cause: Cause): void {
    if (cause.code === 'stoppedElsewhere') {
      const failure = this.failure(cause);
      for (const holder of this.#opening.take()) {
        holder.closing({ kind: 'stopped', by: 'anotherWindow', failure }); // Who is being opened counts as open (O7).
        this.end(holder, failure);
      }
    } else {
      this.#openingOrNone?.fail(this.failure(cause));
    }
  }

  stoppedElsewhere(cause: Cause): void {
    this.#stopping.stoppedElsewhere(this.failure(cause));
  }

  stopUnheld(activation: string | undefined, done: (isDown: boolean) => void): void {
    this.#stopping.stopUnheld(activation, done);
  }

  accountChanged(): void {
    this.#arrangementOrNone?.keepForOthers();
    this.#noteOthers();
    this.#host.holdersChanged(this.identifier);
  }

  get holding(): Holding {
    const now = this.#host.clock.now();
    const sessions = [...this.#members]
      .filter(({ phase }) => phase === 'open')
      .map(({ session, heldSince }) => ({
        reason: [session?.owner, session?.reason].filter((text) => text).join(': '),
        openFor: now - heldSince,
      }));
    const counters = this.#host.platform.counters(this.identifier);
    const { received, written } = this.meter ?? {};
    const isKnown = counters !== undefined && received !== undefined && written !== undefined;
    const base = isKnown
      ? { ...counters, received: counters.received - received, written: counters.written - written }
      : undefined;
    return { sessions, base };
  }

  // Idleness -----------------------------------------------------------------------------------------------------------

  get #isIdle(): boolean {
    return !this.isOperated && !this.#stoppingOrNone?.isRequested && !this.#isLeaving;
  }

  /** Resolves when nothing is under way any more. */
  whenIdle(): Promise<void> {
    return this.#isIdle ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Resolves when nothing that was arranged for moves is being taken back any more. */
  async whenRestored(): Promise<void> {
    await this.#arrangementOrNone?.whenRestored();
  }

  /** An operation has ended. */
  operationEnded(): void {
    this.letGoIfUnused();
    if (this.#isIdle && this.#idle.length > 0) {
      const idle = this.#idle;
      this.#idle = [];
      for (const resolve of idle) {
        resolve();
      }
    }
  }
}
