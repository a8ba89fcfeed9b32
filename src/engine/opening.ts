import type { AccessPoint } from './accessPoint.js';
import type { Ask, Context, DisplaceQuestion } from './context.js';
import type { Deadline } from './deadline.js';
import { PlatformFailure, type SessionFailure } from './errors.js';
import type { Member } from './member.js';
import type { NetworkSession } from './session.js';

/** A start that the engine has asked for. */
interface Start {
  /** The system may ask the person (F3). */
  readonly interactive: boolean;
  readonly deadline: Deadline;
  /** The platform will not say any more how it ends: it ends by what the facts say. */
  isLeftToFacts: boolean;
}

/** A wait for the end of what others are doing with the access point. */
interface Wait {
  readonly for: 'starting' | 'stopping' | 'permission';
  readonly deadline: Deadline;
}

/** Opens sessions on one access point: waits, asks, starts it once for all, and lets them in or tells why not (O1 to O4, O12). */
export class Opening {
  readonly #context: Context;
  readonly #accessPoint: AccessPoint;
  readonly #openers = new Set<Member>();
  #arrivals = 0;
  #start: Start | undefined;
  #wait: Wait | undefined;
  /** The person is being asked (O12). */
  #asking: AbortController | undefined;
  /** These may be taken down: somebody has said so. */
  #consented: readonly AccessPoint[] = [];

  constructor(context: Context, accessPoint: AccessPoint) {
    this.#context = context;
    this.#accessPoint = accessPoint;
  }

  get isStarting(): boolean {
    return this.#start !== undefined;
  }

  /** The host is being asked whether others may be taken down (O12). */
  get isAsking(): boolean {
    return this.#asking !== undefined;
  }

  /** Nobody is being opened. */
  get isUnwanted(): boolean {
    return this.#openers.size === 0;
  }

  /** How often somebody has come to open it, ever. */
  get arrivals(): number {
    return this.#arrivals;
  }

  open(member: Member): void {
    const accessPoint = this.#accessPoint;
    this.#arrivals++;
    if (member.phase === 'closing') {
      member.reopens = true;
      return;
    }
    if (member.phase !== 'closed') {
      return;
    }
    member.failure = undefined;
    const obstacle = accessPoint.obstacle('start');
    if (obstacle !== undefined) {
      member.failed(accessPoint.failure(obstacle));
    } else if (accessPoint.facts?.link === 'up' && !accessPoint.isOperated && this.#mayEnter()) {
      accessPoint.grant(member);
    } else {
      member.phase = 'opening';
      this.#openers.add(member);
      this.proceed();
    }
  }

  /** This process is counted, and what is up is not about to go down. */
  #mayEnter(): boolean {
    return this.#accessPoint.account.hold() && !this.#accessPoint.account.isOver;
  }

  /** Moves those that are being opened on, as far as it goes now. */
  proceed(): void {
    const accessPoint = this.#accessPoint;
    if (accessPoint.isOperated || this.isUnwanted) {
      this.#waitNoMore();
      return;
    }
    const link = accessPoint.facts?.link;
    if (link === undefined) {
      this.fail(accessPoint.failure(accessPoint.endCause()));
    } else if (!this.#mayEnter()) {
      this.#waitFor('permission');
    } else if (link === 'up') {
      for (const member of this.take()) {
        accessPoint.grant(member);
      }
    } else if (link !== 'down') {
      this.#waitFor(link);
    } else if (this.#wait?.for === 'starting') {
      this.fail(accessPoint.failure(accessPoint.endCause()));
    } else {
      this.#startUnlessInTheWay();
    }
  }

  #waitFor(what: Wait['for']): void {
    // Who begins to wait for one thing, and goes on waiting for another, has waited all the time.
    const deadline = this.#wait?.deadline ?? this.#accessPoint.deadline(() => this.fail(this.#accessPoint.timedOut()));
    this.#wait = { for: this.#wait === undefined || this.#wait.for === 'permission' ? what : this.#wait.for, deadline };
  }

  #startUnlessInTheWay(): void {
    const obstacle = this.#accessPoint.obstacle('start');
    if (obstacle !== undefined) {
      this.fail(this.#accessPoint.failure(obstacle));
      return;
    }
    const displaced = this.#context.displacedBy(this.#accessPoint).filter((other) => !this.#consented.includes(other));
    const first = displaced[0];
    if (first === undefined) {
      if (this.#accessPoint.account.mayStart()) {
        this.#waitNoMore();
        this.#begin();
      } else {
        this.#waitFor('permission');
      }
      return;
    }
    this.#waitNoMore();
    const { ask } = this.#context;
    const refusal = this.#accessPoint.failure({ code: 'wouldDisplace', other: first.configuration.name });
    this.fail(refusal, (member) => ask === undefined || member.inBackground);
    const [asker] = this.#openers;
    if (ask !== undefined && asker?.session !== undefined && this.#asking === undefined) {
      this.#askFor(ask, asker.session, displaced);
    }
  }

  #askFor(ask: Ask, session: NetworkSession, displaced: readonly AccessPoint[]): void {
    const asking = new AbortController();
    this.#asks(asking);
    const question: DisplaceQuestion = {
      kind: 'displace',
      session,
      configuration: this.#accessPoint.configuration,
      displaced: displaced.map((other) => other.configuration),
    };
    const answered = (yes: boolean) => {
      if (this.#asking !== asking) {
        return; // Nobody wants it any more.
      }
      this.#asks(undefined);
      if (yes) {
        this.#consented = [...this.#consented, ...displaced];
        this.proceed();
      } else {
        this.fail(this.#accessPoint.failure({ code: 'cancelled' }));
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

  #begin(): void {
    const { identifier } = this.#accessPoint;
    const openers = [...this.#openers];
    const interactive = openers.some((member) => !member.inBackground);
    const provisional = openers.every((member) => member.isProvisional);
    const canPrefer = !provisional && this.#context.platform.routing !== undefined;
    const preferred = canPrefer && openers.some((member) => member.isPreferred);
    const start: Start = {
      interactive,
      deadline: this.#accessPoint.deadline(() => this.#timedOut(start)),
      isLeftToFacts: false,
    };
    this.#start = start;
    for (const opener of openers) {
      opener.starts();
    }
    this.#stopAsking();
    if (provisional || preferred) {
      this.#accessPoint.arrangement.startsForMove();
    }
    this.#context.logger.debug(`start ${identifier}`);
    this.#accessPoint.show();
    const options = { interactive, ...(provisional && { provisional }), ...(preferred && { preferred }) };
    this.#context.platform.startAccessPoint(identifier, options).then(
      () => {
        start.isLeftToFacts = true;
      },
      (error: unknown) => {
        // What died with the daemon ends by the facts when it is back, or by the deadline (O13).
        if (!isPlatformGone(error)) {
          this.#failed(start, error);
        }
      },
    );
  }

  #failed(start: Start, error: unknown): void {
    if (this.#start !== start) {
      return; // Cancelled, or up in spite of it.
    }
    const failure = this.#accessPoint.failureOf(error);
    this.#accessPoint.account.startEnded(failure.cause);
    this.startEnded();
    this.#accessPoint.startHasFailed();
    this.#accessPoint.show();
    if (start.interactive) {
      this.fail(failure);
    } else {
      // Who may be asked has joined a start that must not ask: it gets a try of its own.
      this.fail(failure, (member) => member.inBackground);
      this.proceed();
    }
  }

  #timedOut(start: Start): void {
    if (this.#start === start) {
      const openers = this.take();
      this.#accessPoint.startHasFailed();
      this.#accessPoint.undoStart();
      this.#failAll(openers, this.#accessPoint.timedOut());
    }
  }

  /** The start is over: it is up, gone, failed or undone. */
  startEnded(): void {
    if (this.#start !== undefined) {
      this.#start.deadline.dispose();
      this.#start = undefined;
      this.#accessPoint.operationEnded();
    }
  }

  /** Nobody here wants it any more, but others do: it goes on for them. */
  giveUp(): void {
    if (this.#start !== undefined) {
      this.#accessPoint.account.startEnded(undefined);
      this.startEnded();
    }
  }

  /** The facts have changed: a start of which only they tell has failed when it is not up and not on the way there. */
  changed(cause = this.#accessPoint.endCause()): void {
    const link = this.#accessPoint.facts?.link;
    if (this.#start?.isLeftToFacts && (link === 'down' || link === 'stopping')) {
      this.#failed(this.#start, new PlatformFailure(cause));
    }
  }

  /** The platform is back: only the facts tell what became of a start that died with it (O13). */
  returned(): void {
    if (this.#start !== undefined) {
      this.#start.isLeftToFacts = true;
      this.changed({ code: 'platformRestarted' });
    }
  }

  /** Those that are being opened have failed: the error, no `closed` (O4). */
  fail(failure: SessionFailure, which?: (member: Member) => boolean): void {
    this.#failAll(this.take(which), failure);
  }

  #failAll(members: readonly Member[], failure: SessionFailure): void {
    for (const member of members) {
      this.#context.logger.info(`open ${this.#accessPoint.identifier} failed: ${failure.cause.code}`);
      member.failed(failure);
      this.#accessPoint.leaveIfDisposed(member);
    }
    this.#accessPoint.letGoIfUnused();
  }

  /** They are not being opened any more; the caller says what they are instead. */
  take(which?: (member: Member) => boolean): readonly Member[] {
    const taken = which === undefined ? [...this.#openers] : [...this.#openers].filter(which);
    for (const member of taken) {
      this.#openers.delete(member);
    }
    this.#restIfUnwanted();
    return taken;
  }

  /** The same of one. */
  remove(member: Member): void {
    this.#openers.delete(member);
    this.#restIfUnwanted();
  }

  #restIfUnwanted(): void {
    if (this.isUnwanted) {
      this.#consented = [];
      this.#waitNoMore();
      this.#stopAsking();
    }
  }

  #asks(asking: AbortController | undefined): void {
    this.#asking = asking;
    this.#accessPoint.tellWatchers();
  }

  #stopAsking(): void {
    if (this.#asking !== undefined) {
      this.#asking.abort();
      this.#asks(undefined);
    }
  }

  #waitNoMore(): void {
    this.#wait?.deadline.dispose();
    this.#wait = undefined;
  }

  /** The time that a person takes to answer the system does not count (O10a). */
  pause(paused: boolean): void {
    this.#start?.deadline.pause(paused);
    this.#wait?.deadline.pause(paused);
  }
}

/** The daemon died with the operation: what became of it is read when the daemon is back. */
export function isPlatformGone(error: unknown): boolean {
  return error instanceof PlatformFailure && error.facts.code === 'platformGone';
}
