import type { AccessPoint } from './accessPoint.js';
import { defaultConnectTimeout } from './configuration.js';
import { Deadline } from './deadline.js';
import type { Cause, SessionFailure } from './errors.js';
import { Leg, type LegOwner } from './leg.js';
import type { Runtime } from './runtime.js';
import { SessionState } from './states.js';

/** What attempts need. */
export type AttemptsHost = Pick<Runtime, 'clock' | 'queue' | 'system'>;

/** Whose attempts these are. */
export interface Attempter extends LegOwner {
  /** What may be tried now, in turn; in an escape only what may be moved to without an answer. */
  inTurn(isEscape: boolean): Iterable<AccessPoint>;
  failureOf(cause: Cause): SessionFailure;
}

/** What an escape begins with. */
export interface Escape {
  /** Access points that are not tried: those that were lost. */
  readonly avoid: readonly AccessPoint[];
  /** A leg that is on its way already. */
  readonly adopted: Leg | undefined;
}

/**
 * Tries one access point after the other until a leg is open, none is left or, in an opening, the time of the service
 * network is over (O4a, R8). The time that a person takes to answer does not count (O10a). An escape asks nobody: there may
 * be nobody, and another access point may work.
 */
export class Attempts {
  readonly #host: AttemptsHost;
  readonly #owner: Attempter;
  readonly #tried: Set<AccessPoint>;
  /** None in an escape: each access point has its own, and only when none works the session is lost (R8). */
  readonly #deadline: Deadline | undefined;
  readonly #isEscape: boolean;
  /** Called later, outside of what has caused it. */
  readonly #onExhausted: (failure: SessionFailure) => void;
  #leg: Leg | undefined;
  #failure: SessionFailure | undefined;
  #isWaiting = false;
  #isOver = false;

  constructor(host: AttemptsHost, owner: Attempter, onExhausted: (failure: SessionFailure) => void, begin?: Escape) {
    this.#host = host;
    this.#owner = owner;
    this.#onExhausted = onExhausted;
    this.#isEscape = begin !== undefined;
    this.#tried = new Set(begin?.avoid);
    this.#leg = begin?.adopted;
    if (this.#leg === undefined) {
      this.#later(() => this.#next());
    } else {
      this.#tried.add(this.#leg.accessPoint);
    }
    this.#deadline = this.#isEscape
      ? undefined
      : new Deadline(host.clock, defaultConnectTimeout, false, () => this.#expired());
  }

  /** The one that is being tried. */
  get leg(): Leg | undefined {
    return this.#leg;
  }

  /** One is being tried, or there is one to try. */
  get mayWork(): boolean {
    return this.#leg !== undefined || this.#candidate !== undefined || this.#waitsForPlatform;
  }

  /** An escape that could go on if the platform were not away: it goes on when that is back, or is known to be gone (O13). */
  get #waitsForPlatform(): boolean {
    return this.#isEscape && this.#host.system.away !== undefined && this.#find(() => true) !== undefined;
  }

  /** What is known is other now: an escape that has waited for the platform goes on. */
  goOn(): void {
    if (this.#isWaiting) {
      this.#isWaiting = false;
      this.#later(() => this.#next());
    }
  }

  get #candidate(): AccessPoint | undefined {
    return this.#find((other) => other.obstacle('start') === undefined);
  }

  /** The first of this kind that was not tried. */
  #find(isRight: (accessPoint: AccessPoint) => boolean): AccessPoint | undefined {
    for (const accessPoint of this.#owner.inTurn(this.#isEscape)) {
      if (!this.#tried.has(accessPoint) && isRight(accessPoint)) {
        return accessPoint;
      }
    }
    return undefined;
  }

  /** The leg that was tried has failed, or was lost before it was of use: the next. What the person has refused is not tried elsewhere. */
  failed(failure: SessionFailure): void {
    this.#leg = undefined;
    this.#failure = failure;
    if (failure.cause.code === 'cancelled' && !this.#isEscape) {
      this.#exhausted(failure);
    } else {
      this.#later(() => this.#next());
    }
  }

  /** A stop in the turn of the opening is for what is tried next, unless that rests anyway. */
  hasten(): void {
    const { state = SessionState.Disconnected } = this.#candidate ?? {};
    if (!this.#isEscape && state !== SessionState.Disconnected) {
      this.#next();
    }
  }

  /** Nothing is tried any more; the leg that is being tried is the caller's to close. */
  end(): void {
    this.#isOver = true;
    this.#deadline?.dispose();
  }

  /** The person is being asked about it, or has answered. */
  pause(): void {
    if (!this.#isOver && this.#leg?.phase === 'opening') {
      this.#deadline?.pause(this.#leg.accessPoint.awaitsPerson);
    }
  }

  #next(): void {
    if (this.#leg !== undefined) {
      return;
    }
    const accessPoint = this.#candidate;
    this.#isWaiting = accessPoint === undefined && this.#waitsForPlatform;
    if (this.#isWaiting) {
      return;
    }
    if (accessPoint === undefined) {
      this.#exhausted(this.#failure ?? this.#owner.failureOf({ code: 'notInReach' }));
      return;
    }
    this.#tried.add(accessPoint);
    this.#deadline?.pause(false);
    const isEscape = this.#isEscape;
    const leg = new Leg(accessPoint, this.#owner, { inBackground: isEscape, isPreferred: isEscape });
    this.#leg = leg;
    if (isEscape) {
      accessPoint.arrangement.use(leg);
    }
    leg.open();
    this.#owner.legShown(leg);
  }

  #expired(): void {
    const leg = this.#leg;
    const seconds = Math.round(defaultConnectTimeout / 1000);
    this.#leg = undefined;
    this.#exhausted(this.#owner.failureOf({ code: 'timedOut', seconds }));
    leg?.close();
  }

  #exhausted(failure: SessionFailure): void {
    this.#later(() => {
      this.end();
      this.#onExhausted(failure);
    });
  }

  #later(act: () => void): void {
    this.#host.queue.later(() => {
      if (!this.#isOver) {
        act();
      }
    });
  }
}
