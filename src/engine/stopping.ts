import type { Deadline } from './deadline.js';
import { lostBy, type SessionEnd, stoppedByItself } from './ends.js';
import { type Cause, isPlatformGone, SessionError, type SessionFailure } from './errors.js';
import type { Holder } from './holder.js';
import type { Opening } from './opening.js';
import type { Operated } from './operated.js';
import type { Runtime } from './runtime.js';

/** What a stopping needs. */
export type StoppingHost = Pick<Runtime, 'platform' | 'logger' | 'system'>;

/** How sessions end when the stop that they wait for has ended: with this failure, or with the stop's own if it failed. */
type Endings = Map<Holder, SessionFailure | undefined>;

/** A stop under way. */
interface Stop {
  /**
   * `undo`: of a start that nobody wants any more (O6). `clear`: of what is left of a lost link; the access point shows
   * what it is then, not Closing (O8).
   */
  readonly kind: 'stop' | 'undo' | 'clear';
  readonly endings: Endings;
  /** Sessions that called `stop()`: they hear of its failure, open or not. */
  readonly callers: Holder[];
  /** Whoever wants to know how it ends; the account otherwise. */
  done: ((isDown: boolean) => void) | undefined;
  readonly deadline: Deadline;
  /** The platform will not say any more how it ends: it ends by what the facts say. */
  isLeftToFacts: boolean;
  /** What the platform has said, although it is going down. */
  failure?: SessionFailure;
}

/** A `stop()` that the platform has not accepted yet: until then nobody is closed (O7). */
interface Request {
  readonly callers: Holder[];
  /** Closed or cancelled meanwhile: they end with the request. */
  readonly leavers: Endings;
  readonly accept: () => void;
  readonly deadline: Deadline;
  /** The platform was asked. */
  isPermitted: boolean;
}

/** Ends sessions on one access point and stops it: after the last close, for a `stop()`, to undo a start (O5 to O8). */
export class Stopping {
  readonly #host: StoppingHost;
  readonly #accessPoint: Operated;
  readonly #opening: Opening;
  #stop: Stop | undefined;
  #request: Request | undefined;
  /** The last close could not stop it, because the platform was away: that is made up for when it is back. */
  #isOwed = false;
  /** Of the opening, when all were ended. */
  #arrivals = 0;

  constructor(host: StoppingHost, accessPoint: Operated, opening: Opening) {
    this.#host = host;
    this.#accessPoint = accessPoint;
    this.#opening = opening;
  }

  /** The platform is stopping it for us. */
  get isStopping(): boolean {
    return this.#stop !== undefined;
  }

  /** It shows Closing for that. */
  get isShown(): boolean {
    return this.#stop !== undefined && this.#stop.kind !== 'clear';
  }

  /** What is left of a lost link is cleared away, which nobody needs to see. */
  get isClearing(): boolean {
    return this.#stop?.kind === 'clear';
  }

  /** It is being stopped after having been up: whoever starts it meanwhile is somebody else. */
  get isStoppingLink(): boolean {
    return this.#stop !== undefined && this.#stop.kind !== 'undo';
  }

  /** The platform was asked to stop it and has not accepted yet. */
  get isRequested(): boolean {
    return this.#request !== undefined;
  }

  /** Cancels the opening of a session; a start that nobody else wants is undone (O6). */
  cancel(holder: Holder): void {
    const failure = this.#accessPoint.failure({ code: 'cancelled' });
    this.#opening.remove(holder);
    holder.closing();
    if (!this.#opening.isStarting || !this.#opening.isUnwanted) {
      this.#accessPoint.end(holder, failure);
    } else if (this.#request !== undefined) {
      this.#request.leavers.set(holder, failure);
    } else {
      this.#undo(new Map([[holder, failure]]));
    }
  }

  /** Undoes a start that nobody wants any more (O10a). */
  undoStart(): void {
    this.#undo(new Map());
  }

  /** Others may have come to want it meanwhile. */
  #undo(endings: Endings): void {
    this.#accessPoint.letLast('always', undefined, (stops) => {
      if (stops && this.#isSomethingLeft) {
        this.#begin(endings, 'undo');
        this.#takeIn();
        return;
      }
      if (stops) {
        this.#accessPoint.account.stopEnded(undefined);
      }
      this.#opening.giveUp();
      this.#endEach(endings);
    });
  }

  /** There is something to stop. */
  get #isSomethingLeft(): boolean {
    const { facts } = this.#accessPoint;
    return this.#opening.isStarting || (facts !== undefined && (facts.link !== 'down' || facts.lingers));
  }

  /** Clears away what the system keeps of a lost link (O8). */
  clearAway(): void {
    this.#begin(new Map(), 'clear');
  }

  /** Ends a session that was open, with its access point where `stops` says so (O5); `unknown` is why nobody could say. */
  close(holder: Holder, stops: boolean, unknown?: Cause): void {
    const isToStop = stops && this.#isSomethingLeft;
    const obstacle = isToStop ? this.#accessPoint.obstacle('stop') : unknown;
    this.#isOwed = isToStop && obstacle !== undefined && this.#host.system.away !== undefined;
    if (!isToStop || obstacle !== undefined) {
      if (stops) {
        this.#accessPoint.account.stopEnded(obstacle);
      }
      this.#accessPoint.end(holder, obstacle && this.#accessPoint.failure(obstacle));
      return;
    }
    if (holder.phase === 'open') {
      holder.closing();
    }
    if (this.#request?.isPermitted) {
      this.#request.leavers.set(holder, undefined);
    } else {
      this.#begin(new Map([[holder, undefined]]), 'stop');
      this.#takeIn();
    }
  }

  /** Ends every session and stops the access point, whoever started it (O7). */
  stop(caller: Holder): void {
    const accessPoint = this.#accessPoint;
    if (accessPoint.facts === undefined) {
      return;
    }
    if (this.#stop !== undefined) {
      this.#stop.callers.push(caller);
      this.#endAll([caller], this.#stop.endings);
      return;
    }
    if (!this.#isSomethingLeft) {
      this.#endNow([caller], new Map());
      return;
    }
    const obstacle = accessPoint.obstacle('stop');
    if (obstacle !== undefined) {
      caller.refused(accessPoint.failure(obstacle));
    } else if (this.#request !== undefined) {
      this.#request.callers.push(caller);
    } else {
      this.#ask(caller);
    }
  }

  /** A stop that has just begun is what a `stop()` would ask for that waits to be permitted: it might wait for this one. */
  #takeIn(): void {
    if (this.#request?.isPermitted === false) {
      this.#accepted(this.#request);
    }
  }

  #ask(caller: Holder): void {
    const { identifier, account } = this.#accessPoint;
    let stop: Stop | undefined;
    const isOver = () => {
      // A loss has ended all who waited for it: who has come since is not concerned.
      const isForNobody = request.callers.length === 0 && request.leavers.size === 0;
      const isLeft = this.#isSomethingLeft;
      if (isLeft && !isForNobody) {
        return false;
      }
      if (request.isPermitted) {
        account.stopEnded(isLeft ? { code: 'cancelled' } : undefined);
      }
      if (isForNobody) {
        this.#requestEnded(request);
        this.#accessPoint.operationEnded();
      } else {
        this.#stopsNothing(request);
      }
      return true;
    };
    const accepted = () => {
      if (this.#request === request && !isOver()) {
        stop = this.#accepted(request);
        account.stopAccepted();
      }
    };
    const refused = (failure: SessionFailure) => {
      if (this.#request === request && !isOver()) {
        if (request.isPermitted) {
          account.stopEnded(failure.cause);
        }
        this.#refused(request, failure);
      }
    };
    const request: Request = {
      callers: [caller],
      leavers: new Map(),
      accept: accepted,
      deadline: this.#accessPoint.deadline(() => refused(this.#accessPoint.timedOut())),
      isPermitted: false,
    };
    this.#request = request;
    const go = () => {
      if (this.#request !== request) {
        account.stopEnded({ code: 'cancelled' }); // It took too long to be permitted, or somebody else was faster.
        return;
      }
      if (!this.#isSomethingLeft) {
        account.stopEnded({ code: 'cancelled' }); // By others: what they begin meanwhile is not ours to end.
        this.#stopsNothing(request);
        return;
      }
      request.isPermitted = true;
      this.#host.logger.debug(`stop ${identifier}`);
      this.#host.platform.stopAccessPoint(identifier, accepted).then(
        () => {
          accepted();
          this.#ended(stop, undefined);
        },
        (error: unknown) => {
          if (stop === undefined) {
            refused(this.#refusalOf(error));
          } else {
            this.#ended(stop, error);
          }
        },
      );
    };
    account.mayStop({
      go,
      done: () => {
        if (this.#isSomethingLeft) {
          this.#leaveToFacts(this.#accepted(request));
        } else {
          this.#stopsNothing(request);
        }
      },
      refused: (cause) => refused(this.#accessPoint.failure(cause, SessionError.OperationNotSupportedError)),
    });
  }

  /**
   * The link is lost before the platform has answered to a `stop()`: that has succeeded, and all end by it (O5a, O7). What
   * the platform was not asked for yet it is not asked for any more.
   */
  lost(failure: SessionFailure): void {
    const request = this.#request;
    if (request === undefined) {
      return;
    }
    const endings: Endings = new Map(request.leavers);
    request.leavers.clear();
    const isAsked = request.isPermitted || !this.#requestEnded(request);
    this.#endAll(request.callers.splice(0), endings, lostBy(failure));
    this.#endEach(endings);
    if (!isAsked) {
      this.#accessPoint.operationEnded();
    }
  }

  /** It is down by now. */
  #stopsNothing(request: Request): void {
    if (this.#requestEnded(request)) {
      this.#endNow(request.callers, request.leavers);
      this.#accessPoint.operationEnded();
    }
  }

  #leaveToFacts(stop: Stop | undefined): void {
    if (stop !== undefined) {
      stop.isLeftToFacts = true;
      this.changed();
    }
  }

  /** Another process stops it: whoever is on it here ends, and the facts tell when it is down (O7). */
  stoppedElsewhere(failure: SessionFailure): void {
    const endings: Endings = this.#stop?.endings ?? new Map();
    this.#endAll(this.#request?.callers ?? [], endings, { kind: 'stopped', by: 'anotherWindow', failure });
    if (this.#stop === undefined && (endings.size > 0 || this.#opening.isStarting)) {
      this.#leaveToFacts(this.#set(endings, [], 'stop'));
    }
  }

  /** Nobody holds this start of it any more, in any process. */
  stopUnheld(activation: string | undefined, done: (isDown: boolean) => void): void {
    const { facts, open } = this.#accessPoint;
    const isOver = !this.#isSomethingLeft || facts?.activation !== activation;
    const isWanted = open > 0 || !this.#opening.isUnwanted || this.#request !== undefined;
    if (facts === undefined) {
      done(false); // It is not known here, so it cannot be said.
    } else if (isOver || isWanted || this.#isStoppingByItself) {
      done(isOver);
    } else {
      this.#host.logger.info(`stop ${this.#accessPoint.identifier}: nobody holds it any more`);
      const stop = this.#stop ?? this.#set(new Map(), [], 'stop');
      stop.done = done;
      stop.isLeftToFacts = false;
      this.#carryOut(stop);
    }
  }

  /** This process has asked the platform to stop it. */
  get #isStoppingByItself(): boolean {
    return this.#stop !== undefined && !this.#stop.isLeftToFacts;
  }

  /** Whatever the platform refuses for, it is an operation that it does not support now (O7). */
  #refusalOf(error: unknown): SessionFailure {
    const { cause } = this.#accessPoint.failureOf(error);
    return this.#accessPoint.failure(
      isPlatformGone(error) ? { code: 'platformAway' } : cause,
      SessionError.OperationNotSupportedError,
    );
  }

  /**
   * It is going down before the platform has said that it accepts: then it has (O7). One that was not asked yet will not be:
   * somebody else was faster.
   */
  seenStopping(): boolean {
    const request = this.#request;
    if (request?.isPermitted === false) {
      this.#leaveToFacts(this.#accepted(request));
    } else {
      request?.accept();
    }
    return this.isStopping;
  }

  /** The platform refuses: nobody is closed, the callers hear why (O7). */
  #refused(request: Request, failure: SessionFailure): void {
    if (!this.#requestEnded(request)) {
      return;
    }
    for (const caller of request.callers) {
      if (!request.leavers.has(caller)) {
        caller.refused(failure);
      }
    }
    if (this.#opening.isStarting && this.#opening.isUnwanted) {
      this.#begin(request.leavers, 'undo');
    } else {
      this.#endEach(request.leavers, failure);
    }
    this.#accessPoint.operationEnded();
  }

  #accepted(request: Request): Stop | undefined {
    if (!this.#requestEnded(request)) {
      return undefined;
    }
    this.#endAll(request.callers, request.leavers);
    if (this.#stop === undefined) {
      return this.#set(request.leavers, request.callers, 'stop');
    }
    // A start that ran out of time is being undone already.
    for (const [holder, failure] of request.leavers) {
      this.#stop.endings.set(holder, failure);
    }
    for (const caller of request.callers) {
      this.#stop.callers.push(caller);
    }
    return this.#stop;
  }

  #requestEnded(request: Request): boolean {
    if (this.#request !== request) {
      return false;
    }
    this.#request = undefined;
    request.deadline.dispose();
    return true;
  }

  /** All that are open or being opened end, the callers without an error (O7). */
  #endAll(
    callers: readonly Holder[],
    endings: Endings,
    aborted: SessionEnd = {
      kind: 'stopped',
      by: 'anotherSession',
      failure: this.#accessPoint.failure({ code: 'stoppedBySession' }),
    },
  ): void {
    if (this.#arrivals === this.#opening.arrivals) {
      return; // Nobody has come since all were ended.
    }
    this.#arrivals = this.#opening.arrivals;
    const called = new Set(callers);
    const end = (holder: Holder) => {
      const how = called.has(holder) ? stoppedByItself : aborted;
      endings.set(holder, how.failure);
      holder.closing(how);
    };
    for (const holder of this.#accessPoint.members) {
      if (holder.phase === 'open') {
        end(holder); // First: a leg reads its figures once more.
        this.#accessPoint.release();
      } else if (holder.reopens) {
        holder.reopens = false;
        end(holder);
      }
    }
    this.#opening.take().forEach(end);
  }

  /** There is nothing to stop. */
  #endNow(callers: readonly Holder[], endings: Endings): void {
    this.#endAll(callers, endings);
    this.#endEach(endings);
  }

  /** They have waited for it. */
  #endEach(endings: Endings, otherwise?: SessionFailure): void {
    for (const [holder, failure] of endings) {
      this.#accessPoint.end(holder, failure ?? otherwise);
    }
  }

  #begin(endings: Endings, kind: Stop['kind']): void {
    this.#host.logger.debug(`${kind} ${this.#accessPoint.identifier}`);
    this.#carryOut(this.#set(endings, [], kind));
  }

  #carryOut(stop: Stop): void {
    const { identifier } = this.#accessPoint;
    this.#host.platform
      .stopAccessPoint(identifier, () => undefined)
      .then(
        () => this.#ended(stop, undefined),
        (error: unknown) => this.#ended(stop, error),
      );
  }

  #set(endings: Endings, callers: Holder[], kind: Stop['kind']): Stop {
    const stop: Stop = {
      kind,
      done: undefined,
      endings,
      callers,
      deadline: this.#accessPoint.deadline(() => this.#finish(stop, this.#accessPoint.timedOut())),
      isLeftToFacts: false,
    };
    this.#stop = stop;
    this.#opening.startEnded();
    this.#accessPoint.show();
    return stop;
  }

  #ended(stop: Stop | undefined, error: unknown): void {
    // What died with the daemon ends by the facts when it is back, or by the deadline (O13).
    if (stop === undefined || this.#stop !== stop || isPlatformGone(error)) {
      return;
    }
    const { facts } = this.#accessPoint;
    const failure = error === undefined ? undefined : this.#accessPoint.failureOf(error);
    if (failure !== undefined && facts?.link === 'stopping') {
      stop.failure = failure; // It counts if that does not end down.
      stop.isLeftToFacts = true;
    } else {
      this.#finish(stop, failure);
    }
  }

  /** A failure is none where the link is down in spite of it (O5a). */
  #finish(stop: Stop, failure: SessionFailure | undefined): void {
    if (this.#stop !== stop) {
      return;
    }
    const accessPoint = this.#accessPoint;
    this.#stop = undefined;
    stop.deadline.dispose();
    const { link = 'down' } = accessPoint.facts ?? {};
    const isUp = link === 'up';
    const stopFailure = link === 'down' ? undefined : failure;
    accessPoint.account.stopEnded(isUp ? (stopFailure?.cause ?? { code: 'other' }) : undefined);
    stop.done?.(!isUp);
    accessPoint.show();
    this.#endEach(stop.endings, stopFailure);
    for (const caller of stop.callers) {
      if (stopFailure !== undefined && !stop.endings.has(caller)) {
        caller.refused(stopFailure);
      }
    }
    accessPoint.operationEnded();
    this.#opening.proceed();
  }

  /** The access point is gone, and with it what was to be stopped (O11). */
  removed(): void {
    if (this.#stop !== undefined) {
      this.#finish(this.#stop, undefined);
    }
  }

  /** The facts have changed: a stop of which only they tell has ended when it is down, and failed when it is up. */
  changed(): void {
    const link = this.#accessPoint.account.isOver ? undefined : this.#accessPoint.facts?.link;
    if (this.#stop?.isLeftToFacts && (link === 'down' || link === 'up')) {
      this.#finish(this.#stop, this.#stop.failure ?? this.#accessPoint.failure({ code: 'platformRestarted' }));
    }
  }

  /** The platform is back: only the facts tell what became of a stop that died with it (O13). */
  returned(): void {
    if (this.#stop !== undefined) {
      // Who has let go of it does not hear of a failure, and will not try again.
      this.#isOwed ||= [...this.#stop.endings.keys()].some(({ isDisposed }) => isDisposed);
      this.#stop.isLeftToFacts = true;
      this.changed();
    }
    if (this.#isOwed && this.#isUnheld) {
      this.#accessPoint.account.mayStop({
        go: () => {
          if (this.#isUnheld) {
            this.#begin(new Map(), 'stop');
          } else {
            this.#accessPoint.account.stopEnded({ code: 'cancelled' });
          }
        },
        done: () => undefined,
        refused: () => undefined,
      });
    }
    this.#isOwed = false;
  }

  /** It is up because it was started here, and nobody wants it. */
  get #isUnheld(): boolean {
    const { account, facts, isHeld, isOperated } = this.#accessPoint;
    return !isHeld && !isOperated && account.startedHere && facts?.link === 'up';
  }

  /** The time that a person takes to answer the system does not count (O10a). */
  pause(paused: boolean): void {
    this.#stop?.deadline.pause(paused);
    this.#request?.deadline.pause(paused);
  }
}
