import type { NetworkConfiguration } from './configuration.js';
import type { Deadline } from './deadline.js';
import { isPlatformGone, PlatformFailure, type SessionFailure } from './errors.js';
import type { Holder } from './holder.js';
import type { NetworkSession } from './networkSession.js';
import type { Operated } from './operated.js';
import type { Ask, DisplaceQuestion } from './question.js';
import type { Runtime } from './runtime.js';

/** An access point that would be taken down. */
interface Displaced {
  readonly configuration: NetworkConfiguration;
}

/** What an opening needs. */
export interface OpeningHost extends Pick<Runtime, 'platform' | 'logger' | 'report'> {
  readonly ask: Ask | undefined;
  /** What starting this access point would take down without being asked (O12). */
  displacedBy(identifier: string): readonly Displaced[];
}

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
  readonly #host: OpeningHost;
  readonly #accessPoint: Operated;
  readonly #openers = new Set<Holder>();
  #arrivals = 0;
  #start: Start | undefined;
  #wait: Wait | undefined;
  /** The person is being asked (O12). */
  #asking: AbortController | undefined;
  /** These may be taken down: somebody has said so. */
  #consented: readonly Displaced[] = [];

  constructor(host: OpeningHost, accessPoint: Operated) {
    this.#host = host;
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

  open(holder: Holder): void {
    const accessPoint = this.#accessPoint;
    this.#arrivals++;
    if (holder.phase === 'closing') {
      holder.reopens = true;
      return;
    }
    if (holder.phase !== 'closed') {
      return;
    }
    holder.failure = undefined;
    const obstacle = accessPoint.obstacle('start');
    if (obstacle !== undefined) {
      holder.failed(accessPoint.failure(obstacle));
    } else if (accessPoint.facts?.link === 'up' && !accessPoint.isOperated && this.#mayEnter()) {
      accessPoint.grant(holder);
    } else {
      holder.phase = 'opening';
      this.#openers.add(holder);
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
      for (const holder of this.take()) {
        accessPoint.grant(holder);
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
    const displaced = this.#host
      .displacedBy(this.#accessPoint.identifier)
      .filter((other) => !this.#consented.includes(other));
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
    const { ask } = this.#host;
    const refusal = this.#accessPoint.failure({ code: 'wouldDisplace', other: first.configuration.name });
    this.fail(refusal, (holder) => ask === undefined || holder.inBackground);
    const [asker] = this.#openers;
    if (ask !== undefined && asker?.session !== undefined && this.#asking === undefined) {
      this.#askFor(ask, asker.session, displaced);
    }
  }

  #askFor(ask: Ask, session: NetworkSession, displaced: readonly Displaced[]): void {
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
          this.#host.report(error);
          answered(false);
        },
      );
  }

  #begin(): void {
    const { identifier } = this.#accessPoint;
    const openers = [...this.#openers];
    const interactive = openers.some((holder) => !holder.inBackground);
    const provisional = openers.every((holder) => holder.isProvisional);
    const canPrefer = !provisional && this.#host.platform.routing !== undefined;
    const preferred = canPrefer && openers.some((holder) => holder.isPreferred);
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
    this.#host.logger.debug(`start ${identifier}`);
    this.#accessPoint.show();
    const options = { interactive, ...(provisional && { provisional }), ...(preferred && { preferred }) };
    this.#host.platform.startAccessPoint(identifier, options).then(
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
      this.fail(failure, (holder) => holder.inBackground);
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
  fail(failure: SessionFailure, which?: (holder: Holder) => boolean): void {
    this.#failAll(this.take(which), failure);
  }

  #failAll(holders: readonly Holder[], failure: SessionFailure): void {
    for (const holder of holders) {
      this.#host.logger.info(`open ${this.#accessPoint.identifier} failed: ${failure.cause.code}`);
      holder.failed(failure);
      this.#accessPoint.leaveIfDisposed(holder);
    }
    this.#accessPoint.letGoIfUnused();
  }

  /** They are not being opened any more; the caller says what they are instead. */
  take(which?: (holder: Holder) => boolean): readonly Holder[] {
    const taken = which === undefined ? [...this.#openers] : [...this.#openers].filter(which);
    for (const holder of taken) {
      this.#openers.delete(holder);
    }
    this.#restIfUnwanted();
    return taken;
  }

  /** The same of one. */
  remove(holder: Holder): void {
    this.#openers.delete(holder);
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
