import type { AccessPoint } from './accessPoint.js';
import { defaultConnectTimeout } from './configuration.js';
import type { Context } from './context.js';
import { Deadline } from './deadline.js';
import type { Cause, SessionFailure } from './errors.js';
import { Leg, type LegOwner } from './leg.js';

/** Whose attempts these are. */
export interface Attempter extends LegOwner {
  /** What may be tried now, in turn. */
  inTurn(): readonly AccessPoint[];
  failureOf(cause: Cause): SessionFailure;
}

/**
 * Tries one access point after the other until a leg is open, none is left or the time of the service network is over
 * (O4a, R8). The time that a person takes to answer the system does not count (O10a).
 */
export class Attempts {
  readonly #context: Context;
  readonly #owner: Attempter;
  readonly #tried = new Set<AccessPoint>();
  readonly #deadline: Deadline;
  /** Called later, outside of what has caused it. */
  readonly #onExhausted: (failure: SessionFailure) => void;
  #leg: Leg | undefined;
  #failure: SessionFailure | undefined;
  #isOver = false;

  /**
   * @param avoid what is not tried: the access point that was lost
   * @param adopted a leg that is on its way already
   */
  constructor(
    context: Context,
    owner: Attempter,
    onExhausted: (failure: SessionFailure) => void,
    { avoid, adopted }: { readonly avoid?: AccessPoint | undefined; readonly adopted?: Leg | undefined } = {},
  ) {
    this.#context = context;
    this.#owner = owner;
    this.#onExhausted = onExhausted;
    if (avoid !== undefined) {
      this.#tried.add(avoid);
    }
    if (adopted !== undefined) {
      this.#tried.add(adopted.accessPoint);
      this.#leg = adopted;
    }
    this.#deadline = new Deadline(context.clock, defaultConnectTimeout, false, () => this.#expired());
    if (adopted === undefined) {
      this.#later(() => this.#next());
    }
  }

  /** The one that is being tried. */
  get leg(): Leg | undefined {
    return this.#leg;
  }

  /** The leg that was tried is open: these attempts are over, unless it is lost before it is of use. */
  arrived(): void {
    this.#deadline.dispose();
  }

  /** The leg that was tried has failed, or was lost before it was of use: the next. What the person has refused is not tried elsewhere. */
  failed(failure: SessionFailure): void {
    this.#leg = undefined;
    this.#failure = failure;
    if (failure.cause.code === 'cancelled') {
      this.#exhausted(failure);
    } else {
      this.#later(() => this.#next());
    }
  }

  /** Nothing is tried any more; the leg that is being tried is the caller's to close. */
  end(): void {
    this.#isOver = true;
    this.#deadline.dispose();
  }

  /** The system asks the person about it, or has the answer. */
  pause(): void {
    if (!this.#isOver && this.#leg?.phase === 'opening') {
      this.#deadline.pause(this.#leg.accessPoint.facts?.awaitsPerson === true);
    }
  }

  #next(): void {
    const accessPoint = this.#owner
      .inTurn()
      .find((other) => !this.#tried.has(other) && other.obstacle('start') === undefined);
    if (accessPoint === undefined) {
      this.#exhausted(this.#failure ?? this.#owner.failureOf({ code: 'notInReach' }));
      return;
    }
    this.#tried.add(accessPoint);
    this.#leg = new Leg(this.#context, accessPoint, this.#owner, false);
    accessPoint.open(this.#leg);
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
    this.#context.later(() => {
      if (!this.#isOver) {
        act();
      }
    });
  }
}
