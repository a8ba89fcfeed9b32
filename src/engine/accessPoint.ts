import {
  configurationOf,
  type NetworkConfiguration,
  removedConfiguration,
  unknownConfiguration,
} from './configuration.js';
import type { Ask, Context, Question } from './context.js';
import { Deadline } from './deadline.js';
import { type Cause, PlatformFailure, SessionError, type SessionFailure, sessionFailure } from './errors.js';
import type { Account } from './ledger.js';
import { type Member, SessionEvent } from './member.js';
import { Meter } from './meter.js';
import type { AccessPointFacts, Action } from './platform.js';
import type { NetworkSession } from './session.js';

/** What a session shows (S1). The numbers are part of the contract. */
export enum SessionState {
  Invalid = 0,
  NotAvailable = 1,
  Connecting = 2,
  Connected = 3,
  Closing = 4,
  Disconnected = 5,
  Roaming = 6,
}

/** How a member ends when the stop that it waits for has ended: with this failure, or with the stop's own if it failed. */
interface Ending {
  readonly member: Member;
  readonly failure: SessionFailure | undefined;
}

interface Start {
  readonly kind: 'start';
  readonly interactive: boolean;
  readonly deadline: Deadline;
}

interface Stop {
  readonly kind: 'stop';
  /** The access point shows what it is, not Closing: what is left of a lost link is cleared away (O8). */
  readonly quiet: boolean;
  readonly endings: Ending[];
  /** Sessions that called `stop()`: they hear of its failure, open or not. */
  readonly callers: readonly Member[];
  readonly deadline: Deadline;
}

/** A `stop()` that the platform has not accepted yet: until then nobody is closed (O7). */
interface StopRequest {
  readonly callers: Member[];
  /** Closed meanwhile: they end with the request. */
  readonly leavers: Member[];
  readonly deadline: Deadline;
}

/**
 * An access point as the engine keeps it: what the platform says of it, who is on it, and the one operation under way.
 * All decisions of O1 to O12 are made here.
 */
export class AccessPoint {
  readonly identifier: string;
  readonly account: Account;
  readonly #context: Context;
  readonly #members = new Set<Member>();
  /** Those of the members that are being opened. */
  readonly #openers = new Set<Member>();
  #facts: AccessPointFacts | undefined;
  #configuration: NetworkConfiguration;
  #shown = SessionState.Invalid;
  #operation: Start | Stop | undefined;
  #stopRequest: StopRequest | undefined;
  /** The person is being asked (O12). */
  #asking: AbortController | undefined;
  /** The wait for what others have started or are stopping. */
  #waiting: { readonly for: 'starting' | 'stopping'; readonly deadline: Deadline } | undefined;
  #meter: Meter | undefined;
  #idle: (() => void)[] = [];

  constructor(context: Context, identifier: string) {
    this.#context = context;
    this.identifier = identifier;
    this.account = context.ledger.account(identifier);
    this.#configuration = unknownConfiguration(identifier);
  }

  get facts(): AccessPointFacts | undefined {
    return this.#facts;
  }

  get configuration(): NetworkConfiguration {
    return this.#configuration;
  }

  get members(): ReadonlySet<Member> {
    return this.#members;
  }

  /** What a session on it shows (S1). */
  get state(): SessionState {
    const facts = this.#facts;
    if (facts === undefined) {
      return SessionState.Invalid;
    }
    const operation = this.#operation;
    if (operation?.kind === 'stop' && !operation.quiet) {
      return SessionState.Closing;
    }
    switch (facts.link) {
      case 'up':
        return SessionState.Connected;
      case 'starting':
        return SessionState.Connecting;
      case 'stopping':
        return SessionState.Closing;
      case 'down':
        if (operation?.kind === 'start') {
          return SessionState.Connecting;
        }
        return facts.inReach ? SessionState.Disconnected : SessionState.NotAvailable;
    }
  }

  /** Whether something is under way that a session waits for. */
  get isBusy(): boolean {
    return this.#operation !== undefined || this.#stopRequest !== undefined;
  }

  /** Starting another on its device would cut what somebody holds or what was not started here (O12). */
  get isInTheWay(): boolean {
    const facts = this.#facts;
    const occupies = facts !== undefined && (facts.link === 'up' || facts.link === 'starting' || facts.lingers);
    return occupies && (this.account.holders > 0 || !this.account.startedHere);
  }

  /** Bytes of all its sessions alike (F1). */
  get meter(): Meter | undefined {
    return this.#meter?.read(this.#context.platform.counters(this.identifier));
  }

  join(member: Member): void {
    this.#members.add(member);
  }

  leave(member: Member): void {
    if (this.#members.delete(member)) {
      this.#context.sessionEnded(this);
    }
  }

  /** Resolves when nothing is under way any more. */
  whenIdle(): Promise<void> {
    return this.isBusy ? new Promise((resolve) => this.#idle.push(resolve)) : Promise.resolve();
  }

  /** Why an action cannot work now (M5, O4). */
  obstacle(action: Action): Cause | undefined {
    const facts = this.#facts;
    const { system } = this.#context;
    if (action !== 'update') {
      if (facts === undefined) {
        return { code: 'notDefined' };
      }
      const isDown = facts.link === 'down' && this.#operation === undefined;
      if (action === 'start' && isDown && !facts.inReach) {
        return { code: 'notInReach' };
      }
      if (action === 'start' ? !isDown : isDown && !facts.lingers) {
        return system.away;
      }
    }
    return system.away ?? facts?.obstacles[action] ?? system.obstacles[action];
  }

  failure(cause: Cause, error?: SessionError): SessionFailure {
    return sessionFailure(this.#configuration, cause, error);
  }

  // What the platform says ---------------------------------------------------------------------------------------------

  /** Takes new facts; nothing follows from them until {@link changed}. */
  update(facts: AccessPointFacts | undefined): void {
    this.#facts = facts;
    this.#configuration = facts === undefined ? removedConfiguration(this.#configuration) : configurationOf(facts);
  }

  /** Draws the consequences of the facts that {@link update} took, `before` being the earlier ones. */
  changed(before: AccessPointFacts | undefined): void {
    const facts = this.#facts;
    const isUp = facts?.link === 'up';
    let lost: SessionFailure | undefined;
    if (before?.link === 'up' && !isUp && this.#operation?.kind !== 'stop') {
      lost = this.#lose();
    } else if (
      this.#operation === undefined &&
      (facts === undefined || (before?.link !== 'up' && facts.link !== 'down'))
    ) {
      this.account.startedHere = false;
    }
    if (this.#operation?.kind === 'start' && (isUp || facts === undefined)) {
      this.#finish();
    }
    if (this.#operation?.kind === 'stop' && facts === undefined) {
      this.#finishStop(undefined);
    }
    this.#pauseDeadlines();
    this.#show();
    if (lost !== undefined) {
      this.#endOpen(lost);
    }
    if (before?.metered !== facts?.metered) {
      for (const member of this.#members) {
        member.metered();
      }
    }
    // A base for the counters before anybody looks, and the last figures of an interface that is made anew.
    this.#meter?.read(this.#context.platform.counters(this.identifier));
    this.#proceed();
  }

  /** The link went away from outside (O8): what every open session ends with. */
  #lose(): SessionFailure {
    const facts = this.#facts;
    const { startedHere } = this.account;
    this.account.startedHere = false;
    if (startedHere && facts?.lingers) {
      this.#beginStop([], true);
    }
    const cause: Cause = facts === undefined ? this.#removalCause() : (facts.cause ?? { code: 'other' });
    return this.failure(cause, SessionError.SessionAbortedError);
  }

  #removalCause(): Cause {
    return { code: this.#context.system.away === undefined ? 'profileRemoved' : 'platformGone' };
  }

  #endOpen(failure: SessionFailure): void {
    for (const member of this.#members) {
      if (member.phase === 'open') {
        this.#release();
        this.#close(member, failure);
      }
    }
  }

  // Opening ------------------------------------------------------------------------------------------------------------

  /** Opens a session (O1 to O4). */
  open(member: Member): void {
    if (member.phase === 'closing') {
      member.reopens = true;
      return;
    }
    if (member.phase !== 'closed') {
      return;
    }
    member.failure = undefined;
    const obstacle = this.obstacle('start');
    if (obstacle !== undefined) {
      member.failed(this.failure(obstacle));
    } else if (this.#facts?.link === 'up' && this.#operation === undefined) {
      this.#grant(member);
    } else {
      member.phase = 'opening';
      this.#openers.add(member);
      this.#proceed();
    }
  }

  /** Moves those that are being opened on, as far as it goes now. `consented` may be taken down (O12). */
  #proceed(consented: readonly AccessPoint[] = []): void {
    if (this.#operation !== undefined || this.#openers.size === 0) {
      this.#waitNoMore();
      return;
    }
    const facts = this.#facts;
    if (facts === undefined) {
      this.#failOpeners(this.failure(this.#removalCause()));
      return;
    }
    switch (facts.link) {
      case 'up':
        this.#waitNoMore();
        for (const member of this.#takeOpeners()) {
          this.#grant(member);
        }
        return;
      case 'starting':
      case 'stopping':
        this.#waiting ??= {
          for: facts.link,
          deadline: this.#deadline(() => this.#failOpeners(this.#timedOut())),
        };
        return;
      case 'down':
        if (this.#waiting?.for === 'starting') {
          this.#failOpeners(this.failure(facts.cause ?? { code: 'other' }));
        } else {
          this.#waitNoMore();
          this.#startUnlessInTheWay(consented);
        }
    }
  }

  #grant(member: Member): void {
    this.account.hold();
    this.#context.countWatcher(1);
    this.#meter ??= new Meter().read(this.#context.platform.counters(this.identifier));
    member.opened();
  }

  #startUnlessInTheWay(consented: readonly AccessPoint[]): void {
    const obstacle = this.obstacle('start');
    if (obstacle !== undefined) {
      this.#failOpeners(this.failure(obstacle));
      return;
    }
    if (this.#asking !== undefined) {
      return;
    }
    const displaced = this.#context.displacedBy(this).filter((other) => !consented.includes(other));
    const first = displaced[0];
    if (first === undefined) {
      this.#start();
      return;
    }
    const refusal = this.failure({ code: 'wouldDisplace', other: first.configuration.name });
    const { ask } = this.#context;
    this.#failOpeners(refusal, (member) => ask === undefined || member.inBackground);
    const [asker] = this.#openers;
    if (ask !== undefined && asker?.session !== undefined) {
      this.#askFor(ask, asker.session, displaced, consented);
    }
  }

  #askFor(
    ask: Ask,
    session: NetworkSession,
    displaced: readonly AccessPoint[],
    consented: readonly AccessPoint[],
  ): void {
    const asking = new AbortController();
    this.#asking = asking;
    const question: Question = {
      kind: 'displace',
      session,
      configuration: this.#configuration,
      displaced: displaced.map((other) => other.configuration),
    };
    const answered = (yes: boolean) => {
      if (this.#asking !== asking) {
        return;
      }
      this.#asking = undefined;
      if (yes) {
        this.#proceed([...consented, ...displaced]);
      } else {
        this.#failOpeners(this.failure({ code: 'cancelled' }));
      }
    };
    // Later, so that no code of the host runs inside the call that opens.
    Promise.resolve()
      .then(() => ask(question, asking.signal))
      .then(
        (yes) => answered(yes === true),
        (error: unknown) => {
          this.#context.report(error);
          answered(false);
        },
      );
  }

  #start(): void {
    const interactive = [...this.#openers].some((member) => !member.inBackground);
    const operation: Start = {
      kind: 'start',
      interactive,
      deadline: this.#deadline(() => this.#startTimedOut(operation)),
    };
    this.#operation = operation;
    this.account.startedHere = true;
    this.#context.logger.debug(`start ${this.identifier}`);
    this.#show();
    this.#context.platform.startAccessPoint(this.identifier, { interactive }).then(
      () => undefined, // The facts tell when it is up; until then the deadline bounds the wait.
      (error: unknown) => this.#startFailed(operation, error),
    );
  }

  #startFailed(operation: Start, error: unknown): void {
    if (this.#operation !== operation || isPlatformGone(error)) {
      return; // Cancelled; or the daemon died with it, and what became of it is read when it is back (O13).
    }
    this.#finish();
    this.account.startedHere = false;
    this.#show();
    const failure = this.#failureOf(error);
    if (operation.interactive) {
      this.#failOpeners(failure);
    } else {
      // Who may ask joined a start that was not allowed to: it gets a try of its own.
      this.#failOpeners(failure, (member) => member.inBackground);
      this.#proceed();
    }
  }

  #startTimedOut(operation: Start): void {
    if (this.#operation === operation) {
      const failure = this.#timedOut();
      this.#beginStop([], false);
      this.#failOpeners(failure);
    }
  }

  #failOpeners(failure: SessionFailure, which: (member: Member) => boolean = () => true): void {
    for (const member of this.#takeOpeners(which)) {
      this.#context.logger.debug(`open ${this.identifier} failed: ${failure.cause.code}`);
      member.failed(failure);
      this.#leaveIfDisposed(member);
    }
    this.#waitNoMore();
  }

  /** Those that are being opened are not any more: the caller says what they are instead. */
  #takeOpeners(which: (member: Member) => boolean = () => true): readonly Member[] {
    const taken = [...this.#openers].filter(which);
    for (const member of taken) {
      this.#openers.delete(member);
    }
    if (this.#openers.size === 0) {
      this.#asking?.abort();
      this.#asking = undefined;
    }
    return taken;
  }

  // Closing and stopping -----------------------------------------------------------------------------------------------

  /** Closes a session, or cancels its opening (O5, O6). */
  close(member: Member): void {
    member.reopens = false;
    if (member.phase === 'opening') {
      this.#cancel(member);
    } else if (member.phase === 'open') {
      this.#closeOpen(member);
    }
  }

  #cancel(member: Member): void {
    const failure = this.failure({ code: 'cancelled' });
    this.#takeOpeners((other) => other === member);
    member.closing();
    if (this.#operation?.kind === 'start' && this.#openers.size === 0) {
      this.#beginStop([{ member, failure }], false);
    } else {
      this.#close(member, failure);
    }
    this.#proceed();
  }

  #closeOpen(member: Member): void {
    this.#release();
    if (!this.#stopsAtLastClose()) {
      this.#close(member, undefined);
    } else if (this.#stopRequest !== undefined) {
      member.closing();
      this.#stopRequest.leavers.push(member);
    } else {
      const obstacle = this.obstacle('stop');
      if (obstacle !== undefined) {
        this.#close(member, this.failure(obstacle));
      } else {
        member.closing();
        this.#beginStop([{ member, failure: undefined }], false);
      }
    }
  }

  /** Whether closing one open session would stop the access point: it is the last, and the policy says so (O5a). */
  wouldStopAtClose(): boolean {
    return this.account.holders === 1 && this.#policyStops();
  }

  #stopsAtLastClose(): boolean {
    return this.account.holders === 0 && this.#policyStops();
  }

  #policyStops(): boolean {
    const { lastClose, isExiting } = this.#context;
    return (lastClose !== 'never' && this.account.startedHere) || (lastClose === 'always' && !isExiting);
  }

  #release(): void {
    this.account.release();
    this.#context.countWatcher(-1);
    if (this.account.holders === 0) {
      this.#meter = undefined;
    }
  }

  #close(member: Member, failure: SessionFailure | undefined): void {
    member.closed(failure);
    if (member.reopens) {
      // After its `closed` was told: the events of the close come before those of the opening.
      this.#context.queue.push({ deliver: () => this.#reopen(member) }, 0, undefined);
    }
    this.#leaveIfDisposed(member);
  }

  #reopen(member: Member): void {
    if (member.reopens) {
      member.reopens = false;
      this.open(member);
    }
  }

  #leaveIfDisposed(member: Member): void {
    if (member.isDisposed) {
      this.leave(member);
    }
  }

  /** Ends every session and stops the access point, whoever started it (O7). */
  stop(caller: Member): void {
    const facts = this.#facts;
    if (facts === undefined) {
      return;
    }
    const operation = this.#operation;
    if (operation?.kind === 'stop') {
      this.#endAll([caller], operation.endings);
      return;
    }
    if (facts.link === 'down' && !facts.lingers && operation === undefined) {
      const endings: Ending[] = [];
      this.#endAll([caller], endings);
      for (const { member, failure } of endings) {
        this.#close(member, failure);
      }
      return;
    }
    const obstacle = this.obstacle('stop');
    if (obstacle !== undefined) {
      caller.refused(this.failure(obstacle));
      return;
    }
    if (this.#stopRequest !== undefined) {
      this.#stopRequest.callers.push(caller);
      return;
    }
    const request: StopRequest = {
      callers: [caller],
      leavers: [],
      deadline: this.#deadline(() => this.#stopRefused(request, this.#timedOut())),
    };
    this.#stopRequest = request;
    this.#context.logger.debug(`stop ${this.identifier}`);
    let stop: Stop | undefined;
    const accepted = () => {
      stop ??= this.#stopAccepted(request);
    };
    this.#context.platform.stopAccessPoint(this.identifier, accepted).then(
      () => {
        accepted();
        this.#stopEnded(stop, undefined);
      },
      (error: unknown) => {
        if (stop === undefined) {
          this.#stopRefused(request, this.#failureOf(error));
        } else {
          this.#stopEnded(stop, error);
        }
      },
    );
  }

  #stopRefused(request: StopRequest, failure: SessionFailure): void {
    if (this.#stopRequest !== request) {
      return;
    }
    this.#stopRequest = undefined;
    request.deadline.dispose();
    for (const caller of request.callers) {
      caller.refused(failure);
    }
    for (const member of request.leavers) {
      this.#close(member, failure);
    }
    this.#becomeIdle();
  }

  #stopAccepted(request: StopRequest): Stop | undefined {
    if (this.#stopRequest !== request) {
      return undefined;
    }
    this.#stopRequest = undefined;
    request.deadline.dispose();
    this.#finish();
    const endings: Ending[] = request.leavers.map((member) => ({ member, failure: undefined }));
    this.#endAll(request.callers, endings);
    return this.#setStop(endings, request.callers, false);
  }

  /** All that are open or being opened end, the callers without an error (O7). */
  #endAll(callers: readonly Member[], endings: Ending[]): void {
    const aborted = this.failure({ code: 'stoppedBySession' });
    const end = (member: Member) => {
      member.closing();
      endings.push({ member, failure: callers.includes(member) ? undefined : aborted });
    };
    for (const member of this.#members) {
      if (member.phase === 'open') {
        this.#release();
        end(member);
      }
    }
    this.#takeOpeners().forEach(end);
    this.#waitNoMore();
  }

  #beginStop(endings: Ending[], quiet: boolean): void {
    this.#finish();
    this.#context.logger.debug(`stop ${this.identifier}${quiet ? ', what is left of it' : ''}`);
    const operation = this.#setStop(endings, [], quiet);
    this.#context.platform
      .stopAccessPoint(this.identifier, () => undefined)
      .then(
        () => this.#stopEnded(operation, undefined),
        (error: unknown) => this.#stopEnded(operation, error),
      );
  }

  #setStop(endings: Ending[], callers: readonly Member[], quiet: boolean): Stop {
    const operation: Stop = {
      kind: 'stop',
      quiet,
      endings,
      callers,
      deadline: this.#deadline(() => {
        if (this.#operation === operation) {
          this.#finishStop(this.#timedOut());
        }
      }),
    };
    this.#operation = operation;
    this.#show();
    return operation;
  }

  #stopEnded(operation: Stop | undefined, error: unknown): void {
    if (operation === undefined || this.#operation !== operation || isPlatformGone(error)) {
      return; // Timed out before, removed; or the daemon died with it (O13).
    }
    this.#finishStop(error === undefined ? undefined : this.#failureOf(error));
  }

  #finishStop(stopFailure: SessionFailure | undefined): void {
    const operation = this.#operation;
    if (operation?.kind !== 'stop') {
      return;
    }
    this.#finish();
    if (this.#facts?.link !== 'up') {
      this.account.startedHere = false;
    }
    this.#show();
    const ended = new Set<Member>();
    for (const { member, failure } of operation.endings) {
      ended.add(member);
      this.#close(member, failure ?? stopFailure);
    }
    for (const caller of operation.callers) {
      if (stopFailure !== undefined && !ended.has(caller)) {
        caller.refused(stopFailure);
      }
    }
    this.#proceed();
  }

  // Common -------------------------------------------------------------------------------------------------------------

  /** The platform is back after it was gone; an operation that died with it ends by what the facts say now (O13). */
  returned(): void {
    const operation = this.#operation;
    const link = this.#facts?.link;
    if (operation?.kind === 'start' && link === 'down') {
      this.#startFailed(operation, new PlatformFailure({ code: 'platformRestarted' }));
    } else if (operation?.kind === 'stop' && (link === 'down' || link === 'up')) {
      this.#finishStop(link === 'up' ? this.failure({ code: 'platformRestarted' }) : undefined);
    }
  }

  #finish(): void {
    this.#operation?.deadline.dispose();
    this.#operation = undefined;
    this.#becomeIdle();
  }

  #becomeIdle(): void {
    if (!this.isBusy && this.#idle.length > 0) {
      const idle = this.#idle;
      this.#idle = [];
      for (const resolve of idle) {
        resolve();
      }
    }
  }

  #waitNoMore(): void {
    this.#waiting?.deadline.dispose();
    this.#waiting = undefined;
  }

  #deadline(onExpired: () => void): Deadline {
    const { connectTimeout } = this.#configuration;
    return new Deadline(this.#context.clock, connectTimeout, this.#facts?.awaitsPerson === true, onExpired);
  }

  #pauseDeadlines(): void {
    const paused = this.#facts?.awaitsPerson === true;
    this.#operation?.deadline.pause(paused);
    this.#stopRequest?.deadline.pause(paused);
    this.#waiting?.deadline.pause(paused);
  }

  #timedOut(): SessionFailure {
    return this.failure({ code: 'timedOut', seconds: Math.round(this.#configuration.connectTimeout / 1000) });
  }

  #failureOf(error: unknown): SessionFailure {
    if (error instanceof PlatformFailure) {
      return this.failure(error.facts, error.error);
    }
    this.#context.logger.error(`The platform failed: ${error instanceof Error ? error.stack : String(error)}`);
    return this.failure({ code: 'other', detail: error instanceof Error ? error.message : String(error) });
  }

  /** Tells every session of the state if it is another than the one told last (S3). */
  #show(): void {
    const state = this.state;
    if (state !== this.#shown) {
      this.#shown = state;
      for (const member of this.#members) {
        member.tell(SessionEvent.State, state);
      }
    }
  }
}

function isPlatformGone(error: unknown): boolean {
  return error instanceof PlatformFailure && error.facts.code === 'platformGone';
}
