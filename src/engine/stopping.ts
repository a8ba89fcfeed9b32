import type { AccessPoint } from './accessPoint.js';
import type { Context } from './context.js';
import type { Deadline } from './deadline.js';
import type { SessionFailure } from './errors.js';
import type { Member } from './member.js';
import { isPlatformGone, type Opening } from './opening.js';

/** How a session ends when the stop that it waits for has ended: with this failure, or with the stop's own if it failed. */
interface Ending {
  readonly member: Member;
  readonly failure: SessionFailure | undefined;
}

/** A stop under way. */
interface Stop {
  /** The access point shows what it is, not Closing: what is left of a lost link is cleared away (O8). */
  readonly quiet: boolean;
  readonly endings: Ending[];
  /** Sessions that called `stop()`: they hear of its failure, open or not. */
  readonly callers: readonly Member[];
  readonly deadline: Deadline;
}

/** A `stop()` that the platform has not accepted yet: until then nobody is closed (O7). */
interface Request {
  readonly callers: Member[];
  /** Closed meanwhile: they end with the request. */
  readonly leavers: Member[];
  readonly deadline: Deadline;
}

/** Ends sessions on one access point and stops it: after the last close, for a `stop()`, to undo a start (O5 to O8). */
export class Stopping {
  readonly #context: Context;
  readonly #accessPoint: AccessPoint;
  readonly #opening: Opening;
  #stop: Stop | undefined;
  #request: Request | undefined;

  constructor(context: Context, accessPoint: AccessPoint, opening: Opening) {
    this.#context = context;
    this.#accessPoint = accessPoint;
    this.#opening = opening;
  }

  /** The platform is stopping it for us. */
  get isStopping(): boolean {
    return this.#stop !== undefined;
  }

  /** It shows Closing for that. */
  get isShown(): boolean {
    return this.#stop?.quiet === false;
  }

  /** The platform was asked to stop it and has not accepted yet. */
  get isRequested(): boolean {
    return this.#request !== undefined;
  }

  /** Cancels the opening of a session; a start that nobody else wants is undone (O6). */
  cancel(member: Member): void {
    const failure = this.#accessPoint.failure({ code: 'cancelled' });
    this.#opening.take((other) => other === member);
    member.closing();
    if (this.#opening.isStarting && this.#opening.isUnwanted) {
      this.#begin([{ member, failure }], false);
    } else {
      this.#accessPoint.end(member, failure);
    }
  }

  /** Undoes a start that nobody wants any more (O10a). */
  undoStart(): void {
    this.#begin([], false);
  }

  /** Clears away what the system keeps of a lost link (O8). */
  clearAway(): void {
    this.#begin([], true);
  }

  /** Ends a session that was open, with its access point where `stops` says so (O5). */
  close(member: Member, stops: boolean): void {
    const obstacle = stops ? this.#accessPoint.obstacle('stop') : undefined;
    if (!stops || obstacle !== undefined) {
      this.#accessPoint.end(member, obstacle && this.#accessPoint.failure(obstacle));
      return;
    }
    member.closing();
    if (this.#request !== undefined) {
      this.#request.leavers.push(member);
    } else {
      this.#begin([{ member, failure: undefined }], false);
    }
  }

  /** Ends every session and stops the access point, whoever started it (O7). */
  stop(caller: Member): void {
    const accessPoint = this.#accessPoint;
    const { facts } = accessPoint;
    if (facts === undefined) {
      return;
    }
    if (this.#stop !== undefined) {
      this.#endAll([caller], this.#stop.endings);
      return;
    }
    if (facts.link === 'down' && !facts.lingers && !this.#opening.isStarting) {
      const endings: Ending[] = [];
      this.#endAll([caller], endings);
      for (const { member, failure } of endings) {
        accessPoint.end(member, failure);
      }
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

  #ask(caller: Member): void {
    const { identifier } = this.#accessPoint;
    const request: Request = {
      callers: [caller],
      leavers: [],
      deadline: this.#accessPoint.deadline(() => this.#refused(request, this.#accessPoint.timedOut())),
    };
    this.#request = request;
    this.#context.logger.debug(`stop ${identifier}`);
    let stop: Stop | undefined;
    const accepted = () => {
      stop ??= this.#accepted(request);
    };
    this.#context.platform.stopAccessPoint(identifier, accepted).then(
      () => {
        accepted();
        this.#ended(stop, undefined);
      },
      (error: unknown) => {
        if (stop === undefined) {
          this.#refused(request, this.#accessPoint.failureOf(error));
        } else {
          this.#ended(stop, error);
        }
      },
    );
  }

  /** The platform refuses: nobody is closed, the callers hear why (O7). */
  #refused(request: Request, failure: SessionFailure): void {
    if (!this.#requestEnded(request)) {
      return;
    }
    for (const caller of request.callers) {
      caller.refused(failure);
    }
    for (const member of request.leavers) {
      this.#accessPoint.end(member, failure);
    }
    this.#accessPoint.operationEnded();
  }

  #accepted(request: Request): Stop | undefined {
    if (!this.#requestEnded(request)) {
      return undefined;
    }
    const endings: Ending[] = request.leavers.map((member) => ({ member, failure: undefined }));
    this.#endAll(request.callers, endings);
    return this.#set(endings, request.callers, false);
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
  #endAll(callers: readonly Member[], endings: Ending[]): void {
    const aborted = this.#accessPoint.failure({ code: 'stoppedBySession' });
    const end = (member: Member) => {
      member.closing();
      endings.push({ member, failure: callers.includes(member) ? undefined : aborted });
    };
    for (const member of this.#accessPoint.members) {
      if (member.phase === 'open') {
        this.#accessPoint.release();
        end(member);
      }
    }
    this.#opening.take().forEach(end);
  }

  #begin(endings: Ending[], quiet: boolean): void {
    const { identifier } = this.#accessPoint;
    this.#context.logger.debug(quiet ? `clear away what is left of ${identifier}` : `stop ${identifier}`);
    const stop = this.#set(endings, [], quiet);
    this.#context.platform
      .stopAccessPoint(identifier, () => undefined)
      .then(
        () => this.#ended(stop, undefined),
        (error: unknown) => this.#ended(stop, error),
      );
  }

  #set(endings: Ending[], callers: readonly Member[], quiet: boolean): Stop {
    const stop: Stop = {
      quiet,
      endings,
      callers,
      deadline: this.#accessPoint.deadline(() => this.#finish(stop, this.#accessPoint.timedOut())),
    };
    this.#stop = stop;
    this.#opening.startEnded();
    this.#accessPoint.show();
    return stop;
  }

  #ended(stop: Stop | undefined, error: unknown): void {
    // What died with the daemon ends by the facts when it is back, or by the deadline (O13).
    if (stop !== undefined && !isPlatformGone(error)) {
      this.#finish(stop, error === undefined ? undefined : this.#accessPoint.failureOf(error));
    }
  }

  #finish(stop: Stop, stopFailure: SessionFailure | undefined): void {
    if (this.#stop !== stop) {
      return;
    }
    const accessPoint = this.#accessPoint;
    this.#stop = undefined;
    stop.deadline.dispose();
    if (accessPoint.facts?.link !== 'up') {
      accessPoint.account.startedHere = false;
    }
    accessPoint.show();
    const ended = new Set<Member>();
    for (const { member, failure } of stop.endings) {
      ended.add(member);
      accessPoint.end(member, failure ?? stopFailure);
    }
    for (const caller of stop.callers) {
      if (stopFailure !== undefined && !ended.has(caller)) {
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

  /** The platform is back: a stop that died with it has ended as the facts say (O13). */
  returned(): void {
    const link = this.#accessPoint.facts?.link;
    if (this.#stop !== undefined && (link === 'down' || link === 'up')) {
      const failure = link === 'up' ? this.#accessPoint.failure({ code: 'platformRestarted' }) : undefined;
      this.#finish(this.#stop, failure);
    }
  }

  /** The time that a person takes to answer the system does not count (O10a). */
  pause(paused: boolean): void {
    this.#stop?.deadline.pause(paused);
    this.#request?.deadline.pause(paused);
  }
}
