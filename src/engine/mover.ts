import type { AccessPoint } from './accessPoint.js';
import { type Attempter, Attempts } from './attempts.js';
import type { Context } from './context.js';
import { type Cause, SessionError, type SessionFailure } from './errors.js';
import { type Disposable, textOf } from './event.js';
import { Leg } from './leg.js';
import type { SuitabilityTest, TestResult } from './platform.js';
import { type Candidate, isFailing, isInReach } from './preference.js';
import {
  type ActivatedConfiguration,
  answerTime,
  noOffer,
  type Offer,
  type PreferredConfiguration,
  quietTime,
  type RoamingInput,
  type RoamingPolicy,
  roamingTable,
} from './roaming.js';
import { SessionEvent } from './sessionCore.js';

/** The move under way. `wayBack` is the access point of before where one device serves both: it goes down for the new one. */
type Move =
  | { readonly kind: 'none' }
  | { readonly kind: 'offered'; readonly to: AccessPoint; readonly isSeamless: boolean; readonly isUpgrade: boolean }
  | {
      readonly kind: 'migrating';
      readonly next: Leg;
      readonly wayBack: AccessPoint | undefined;
      readonly isForced: boolean;
    }
  | {
      readonly kind: 'testing';
      readonly next: Leg;
      readonly wayBack: AccessPoint | undefined;
      readonly isForced: boolean;
      readonly ending: AbortController;
      readonly deadline: Disposable;
    }
  | {
      readonly kind: 'activated';
      readonly next: Leg;
      readonly wayBack: AccessPoint | undefined;
      readonly isForced: boolean;
      readonly results: readonly TestResult[];
      readonly isSuitable: boolean;
      readonly expiry: Disposable;
      /** Clock time. */
      readonly expiresAt: number;
    }
  | {
      readonly kind: 'accepting';
      readonly next: Leg;
      readonly wayBack: AccessPoint | undefined;
      /** Its activation was told. */
      readonly wasTold: boolean;
      readonly results: readonly TestResult[];
      readonly isSuitable: boolean;
    }
  | { readonly kind: 'returning'; readonly next: Leg }
  | {
      readonly kind: 'escaping';
      readonly attempts: Attempts;
      readonly next: Leg | undefined;
      readonly failure: SessionFailure;
    };

/** What a service network says about moves of its sessions. */
export interface RoamingRules {
  readonly policy: RoamingPolicy;
  readonly tests: readonly SuitabilityTest[];
  /** There is another child, and traffic can be moved. */
  readonly canRoam: boolean;
  readonly preferred: AccessPoint | undefined;
  /** Changes with the order of its children. */
  readonly revision: number;
  child(identifier: string): AccessPoint | undefined;
}

/** The session that moves. */
export interface Traveller extends Attempter {
  /** What it holds and uses; undefined when that was lost. */
  leg: Leg | undefined;
  /** What it held last. */
  readonly lastAccessPoint: AccessPoint | undefined;
  readonly rules: RoamingRules;
  readonly isStakeholder: boolean;
  readonly isOpen: boolean;
  tell(kind: SessionEvent, value: unknown): void;
  /** An error that leaves it as it is. */
  refused(failure: SessionFailure): void;
  failureOf(cause: Cause, error?: SessionError): SessionFailure;
  /** Its state may be another. */
  show(): void;
  /** It does not need this one any more: keeps its figures, and closes it when those that are concerned have heard. */
  letGo(leg: Leg): void;
  /** None of its access points works (O8). */
  lose(failure: SessionFailure): void;
}

/** The moves of one session among the access points of its service network (R2 to R8a), by {@link roamingTable}. */
export class Mover {
  readonly #context: Context;
  readonly #traveller: Traveller;
  /** What was refused by the person or has failed, with what it was like then: it is not offered again until that changes (R5). */
  readonly #declined = new Map<AccessPoint, string>();
  #move: Move = { kind: 'none' };
  #quiet: Disposable | undefined;

  constructor(context: Context, traveller: Traveller) {
    this.#context = context;
    this.#traveller = traveller;
  }

  /** The state of the session is Roaming. */
  get isUnderWay(): boolean {
    return this.#move.kind !== 'none' && this.#move.kind !== 'offered';
  }

  /** The leg of the move. */
  get next(): Leg | undefined {
    const move = this.#move;
    switch (move.kind) {
      case 'none':
      case 'offered':
        return undefined;
      case 'escaping':
        return move.next ?? move.attempts.leg;
      default:
        return move.next;
    }
  }

  /** It is the one that counts by now, though not for good yet (R3). */
  get isNextActive(): boolean {
    const { kind } = this.#move;
    return kind === 'activated' || kind === 'accepting' || this.#traveller.leg === undefined;
  }

  get offer(): Offer {
    const move = this.#move;
    switch (move.kind) {
      case 'none':
        return noOffer;
      case 'offered': {
        const { kind, to, isSeamless, isUpgrade } = move;
        return { kind, configuration: to.configuration, isSeamless, isUpgrade };
      }
      case 'migrating':
      case 'testing': {
        const { kind, next, isForced } = move;
        return { kind, configuration: next.configuration, isForced };
      }
      case 'activated': {
        const { kind, next, isForced, results, isSuitable, expiresAt } = move;
        const timeLeft = Math.max(0, expiresAt - this.#context.clock.now());
        return { kind, configuration: next.configuration, isForced, results, isSuitable, timeLeft };
      }
      case 'escaping':
        return { kind: move.kind, configuration: this.next?.configuration };
      default:
        return { kind: move.kind, configuration: move.next.configuration };
    }
  }

  // Calls --------------------------------------------------------------------------------------------------------------

  migrate(identifier: string | undefined): void {
    const { rules, leg } = this.#traveller;
    const move = this.#move;
    if (roamingTable[move.kind].migrate !== 'begin' || !this.#traveller.isOpen) {
      this.#refuse({ code: 'noOffer' });
      return;
    }
    const to = identifier === undefined ? (move.kind === 'offered' ? move.to : undefined) : rules.child(identifier);
    if (to === undefined || to === leg?.accessPoint) {
      this.#refuse({ code: identifier === undefined ? 'noOffer' : 'notInNetwork' });
      return;
    }
    const obstacle = isInReach(to) ? to.obstacle('start') : { code: 'notInReach' as const };
    if (obstacle !== undefined) {
      this.#traveller.refused(to.failure(obstacle, SessionError.RoamingError));
      return;
    }
    this.#begin(to, false);
  }

  /** All that is under way is over: the session ends. The leg of the move is the caller's to close. */
  end(): void {
    this.#become({ kind: 'none' });
    this.#quiet?.dispose();
    this.#quiet = undefined;
    this.#declined.clear();
  }

  // What happens -------------------------------------------------------------------------------------------------------

  /** Something has happened to the move, or was called for. */
  input(input: RoamingInput, detail?: SessionFailure): void {
    const move = this.#move;
    const act = roamingTable[move.kind][input];
    switch (act) {
      case 'nothing':
        return;
      case 'refuse':
        this.#refuse({ code: 'noOffer' });
        return;
      case 'offer':
        this.#offer();
        return;
      case 'withdraw':
        this.#become({ kind: 'none' });
        return;
      case 'dismiss':
        if (move.kind === 'offered') {
          this.#decline(move.to);
          this.#become({ kind: 'none' });
        }
        return;
      case 'begin':
        return; // By `migrate`, which knows where to.
      case 'prove':
        if (move.kind === 'migrating') {
          this.#prove(move.next, move.wayBack, move.isForced);
        }
        return;
      case 'activate':
        return; // By the tests, which know their results.
      case 'accept':
        this.#accept();
        return;
      case 'reject':
        if (this.next !== undefined) {
          this.#decline(this.next.accessPoint);
        }
        this.#goBack(undefined);
        return;
      case 'giveUp':
        this.#giveUp(detail);
        return;
      case 'goOn':
        if (move.kind === 'migrating' && move.wayBack === undefined) {
          this.#escape(detail, move.next);
        }
        return;
      case 'finish':
      case 'finishAnyway':
        this.#finish();
        return;
      case 'escape':
        this.#escape(detail);
        return;
      case 'tryNext':
        if (move.kind === 'escaping') {
          this.#become({ ...move, next: undefined });
          move.attempts.failed(detail ?? move.failure);
        }
        return;
      case 'arrive':
        if (move.kind === 'escaping' && move.attempts.leg !== undefined) {
          move.attempts.arrived();
          this.#become({ ...move, next: move.attempts.leg });
          const { leg } = move.attempts;
          leg.countFromNow();
          leg.accessPoint.arrangement.use(leg);
          this.#prefer(leg);
        }
        return;
      case 'lose':
        if (move.kind === 'escaping') {
          this.#become({ kind: 'none' });
          this.#traveller.lose(move.failure);
        }
        return;
      case 'resume':
        if (move.kind === 'returning') {
          this.#traveller.leg = move.next;
          move.next.countFromNow();
          this.#settled();
        }
        return;
      default:
        act satisfies never;
    }
  }

  /** What is preferred may be another, or what was declined has changed (R2, R5). */
  reconsider(): void {
    for (const [accessPoint, likeness] of this.#declined) {
      if (this.#likenessOf(accessPoint) !== likeness) {
        this.#declined.delete(accessPoint);
      }
    }
    this.input(this.#wanted === undefined ? 'unpreferred' : 'preferred');
  }

  /** Where it should be moved to by now. */
  get #wanted(): AccessPoint | undefined {
    const { rules, leg, isOpen } = this.#traveller;
    const { preferred } = rules;
    if (!isOpen || leg === undefined || !rules.canRoam || rules.policy === 'never' || preferred === undefined) {
      return undefined;
    }
    const isQuiet = this.#quiet !== undefined && this.#move.kind !== 'offered' && !isFailing(leg.accessPoint);
    return preferred === leg.accessPoint || isQuiet || this.#declined.has(preferred) ? undefined : preferred;
  }

  // Acts ---------------------------------------------------------------------------------------------------------------

  #refuse(cause: Cause): void {
    this.#traveller.refused(this.#traveller.failureOf(cause, SessionError.RoamingError));
  }

  #offer(): void {
    const to = this.#wanted;
    const { leg } = this.#traveller;
    if (to === undefined || leg === undefined) {
      return;
    }
    const isSeamless = survives(leg.accessPoint, to);
    const isUpgrade = !isFailing(leg.accessPoint);
    const move = this.#move;
    const isNews = move.kind !== 'offered' || move.to !== to || move.isUpgrade !== isUpgrade;
    if (isNews) {
      this.#become({ kind: 'offered', to, isSeamless, isUpgrade });
      const { configuration } = to;
      this.#traveller.tell(SessionEvent.Preferred, {
        configuration,
        isSeamless,
        isUpgrade,
      } satisfies PreferredConfiguration);
    }
    if (this.#isForced) {
      // Outside of what has changed the preference; it may be another by then.
      this.#context.later(() => {
        if (this.#move.kind === 'offered' && this.#isForced) {
          this.#begin(this.#move.to, true);
        }
      });
    }
  }

  /** Nobody answers, and nobody is to be asked: the engine moves it by itself (R2). */
  get #isForced(): boolean {
    return this.#traveller.rules.policy === 'automatic' && !this.#traveller.isStakeholder;
  }

  #begin(to: AccessPoint, isForced: boolean): void {
    const { leg } = this.#traveller;
    const device = leg?.accessPoint.facts?.device;
    const wayBack = device !== undefined && device === to.facts?.device ? leg?.accessPoint : undefined;
    // A move that nobody has asked for asks nobody: what it would take down stays (O12).
    const next = new Leg(this.#context, to, this.#traveller, true, isForced);
    to.arrangement.use(next);
    const move: Move = { kind: 'migrating', next, wayBack, isForced };
    this.#context.logger.info(`migrate ${leg?.accessPoint.identifier} -> ${to.identifier}`);
    this.#become(move);
    this.#context.later(() => {
      if (this.#move === move) {
        to.open(next);
      }
    });
  }

  /** It is up: it is made ready, and what the service network wants to be proven is proven before anybody is told (R3). */
  #prove(next: Leg, wayBack: AccessPoint | undefined, isForced: boolean): void {
    const { accessPoint } = next;
    const ending = new AbortController();
    const deadline = accessPoint.deadline(() => this.#notReady(move, accessPoint.timedOut()));
    const move: Move = { kind: 'testing', next, wayBack, isForced, ending, deadline };
    next.countFromNow();
    this.#become(move);
    const { routing } = this.#context.platform;
    accessPoint.arrangement
      .prepare()
      .then(() => {
        const { tests } = this.#traveller.rules;
        return this.#move === move && routing !== undefined
          ? Promise.all(tests.map((test) => this.#test(test, accessPoint.identifier, ending.signal)))
          : [];
      })
      .then(
        (results) => this.#tested(move, results),
        (error: unknown) => this.#notReady(move, accessPoint.failureOf(error)),
      );
  }

  async #test(test: SuitabilityTest, identifier: string, signal: AbortSignal): Promise<TestResult> {
    try {
      return await (this.#context.platform.routing?.test(identifier, test, signal) ??
        Promise.reject(new Error('the platform cannot test any more')));
    } catch (error) {
      this.#context.logger.error(`A suitability test failed to run: ${textOf(error)}`);
      return { test, passed: false, milliseconds: 0, detail: error instanceof Error ? error.message : undefined };
    }
  }

  #notReady(move: Move, failure: SessionFailure): void {
    if (this.#move === move) {
      this.input('notReady', failure);
    }
  }

  #tested(move: Move, results: readonly TestResult[]): void {
    if (this.#move !== move || move.kind !== 'testing' || roamingTable[move.kind].tested !== 'activate') {
      return;
    }
    const { next, wayBack, isForced } = move;
    const { configuration, facts, identifier } = next.accessPoint;
    const isSuitable = results.every(({ passed }) => passed) && facts?.reachesNetwork !== false;
    for (const { passed, milliseconds } of results) {
      this.#context.logger.info(
        `test ${identifier}: ${passed ? 'passed' : 'failed'} in ${Math.round(milliseconds)} ms`,
      );
    }
    const expiry = this.#context.clock.setTimeout(() => this.input('expired'), answerTime);
    const expiresAt = this.#context.clock.now() + answerTime;
    this.#become({ kind: 'activated', next, wayBack, isForced, results, isSuitable, expiry, expiresAt });
    if (isForced && !isSuitable) {
      this.input('reject');
      return;
    }
    this.#tellActivated({ configuration, results, isSuitable, isFinal: false });
    if (isForced) {
      this.input('accept');
    }
  }

  #tellActivated(activated: ActivatedConfiguration): void {
    this.#traveller.tell(SessionEvent.Activated, activated);
  }

  #accept(): void {
    const move = this.#move;
    if (move.kind !== 'testing' && move.kind !== 'activated') {
      return;
    }
    const { next, wayBack } = move;
    const wasTold = move.kind === 'activated';
    const results = wasTold ? move.results : [];
    const isSuitable = wasTold ? move.isSuitable : true;
    this.#become({ kind: 'accepting', next, wayBack, wasTold, results, isSuitable });
    this.#prefer(next);
  }

  /** Lets the system's traffic follow, where the platform can; where it cannot, the system decides by itself. */
  #prefer(next: Leg): void {
    const { routing } = this.#context.platform;
    const isStill = () => this.next === next && this.#isPreferring;
    const routed = () => {
      if (isStill()) {
        this.input('routed');
      }
    };
    if (routing === undefined) {
      this.#context.later(routed);
      return;
    }
    const { accessPoint } = next;
    const deadline = accessPoint.deadline(() => isStill() && this.input('notRouted', accessPoint.timedOut()));
    accessPoint.arrangement
      .prefer()
      .then(routed, (error: unknown) => {
        if (isStill()) {
          this.#context.logger.warn(`prefer ${accessPoint.identifier} failed: ${textOf(error)}`);
          this.input('notRouted', accessPoint.failureOf(error));
        }
      })
      .finally(() => deadline.dispose());
  }

  get #isPreferring(): boolean {
    return this.#move.kind === 'accepting' || (this.#move.kind === 'escaping' && this.#move.next !== undefined);
  }

  /** The move is over: the new one is the one (R4, R8). */
  #finish(): void {
    const move = this.#move;
    const { leg: old } = this.#traveller;
    const { next } = this;
    if (next === undefined || (move.kind !== 'accepting' && move.kind !== 'escaping')) {
      return;
    }
    this.#traveller.leg = next;
    if (old !== undefined) {
      this.#traveller.letGo(old);
    }
    this.#settled();
    if (move.kind === 'escaping' || !move.wasTold) {
      const { results, isSuitable } = move.kind === 'accepting' ? move : { results: [], isSuitable: true };
      this.#tellActivated({ configuration: next.configuration, results, isSuitable, isFinal: true });
    }
  }

  /** It did not work: RoamingError, and back (R3, R8a). */
  #giveUp(failure: SessionFailure | undefined): void {
    const move = this.#move;
    const { next } = this;
    if (next === undefined) {
      return;
    }
    if (move.kind === 'accepting' && this.#traveller.leg === undefined && next.phase === 'open') {
      this.#finish(); // There is no way back; what the system routes by is its own affair.
      return;
    }
    this.#decline(next.accessPoint);
    if (failure !== undefined) {
      this.#traveller.refused({ ...failure, error: SessionError.RoamingError });
    }
    this.#goBack(failure);
  }

  #goBack(failure: SessionFailure | undefined): void {
    const move = this.#move;
    const { next } = this;
    const { leg } = this.#traveller;
    if (next === undefined || !('wayBack' in move)) {
      return;
    }
    if (next.phase !== 'closed') {
      this.#traveller.letGo(next); // First: the way back may need its device.
    }
    if (leg !== undefined) {
      this.#settled();
    } else if (move.wayBack !== undefined) {
      this.#return(move.wayBack);
    } else {
      this.#escape(failure, undefined, next.accessPoint);
    }
  }

  /** One device served both: the old one is started again. */
  #return(wayBack: AccessPoint): void {
    const next = new Leg(this.#context, wayBack, this.#traveller, false);
    const move: Move = { kind: 'returning', next };
    this.#become(move);
    this.#context.later(() => {
      if (this.#move === move) {
        wayBack.open(next);
      }
    });
  }

  /** The access point in use is lost: the next one, at once; and when there is none, the session is lost (R8). */
  #escape(failure: SessionFailure | undefined, adopted?: Leg, avoid = this.#traveller.lastAccessPoint): void {
    const lost = failure ?? this.#traveller.failureOf({ code: 'wentDown' }, SessionError.SessionAbortedError);
    const { rules } = this.#traveller;
    const others = rules.policy === 'never' ? [] : this.#traveller.inTurn();
    const mayWork = others.some((other) => other !== avoid && other.obstacle('start') === undefined);
    if (adopted === undefined && !mayWork) {
      this.#become({ kind: 'none' });
      this.#traveller.lose(lost);
      return;
    }
    const attempts = new Attempts(this.#context, this.#traveller, () => this.input('exhausted'), { avoid, adopted });
    this.#become({ kind: 'escaping', attempts, next: undefined, failure: lost });
  }

  /** No move is under way any more, and no other is offered for a while (R2). */
  #settled(): void {
    this.#become({ kind: 'none' });
    this.#quiet?.dispose();
    this.#quiet = this.#context.clock.setTimeout(() => {
      this.#quiet = undefined;
      this.reconsider();
    }, quietTime);
    this.reconsider();
  }

  #decline(accessPoint: AccessPoint): void {
    this.#declined.set(accessPoint, this.#likenessOf(accessPoint));
  }

  /** What an offer depends on, but for the signal (R5). */
  #likenessOf({ facts }: Candidate): string {
    const { revision } = this.#traveller.rules;
    return [facts?.inReach, facts?.reachesNetwork, facts?.metered, revision].join();
  }

  #become(move: Move): void {
    const before = this.#move;
    this.#move = move;
    if (before.kind === 'testing') {
      before.ending.abort();
      before.deadline.dispose();
    } else if (before.kind === 'activated') {
      before.expiry.dispose();
    } else if (before.kind === 'escaping' && move.kind !== 'escaping') {
      before.attempts.end();
    }
    this.#traveller.show();
    if (before.kind !== move.kind || move.kind !== 'none') {
      this.#traveller.tell(SessionEvent.Offer, undefined);
    }
  }
}

/** Local addresses survive a move only where both have the same (R10). */
function survives(from: AccessPoint, to: AccessPoint): boolean {
  const before = from.facts?.interface?.addresses ?? [];
  const after = to.facts?.interface?.addresses ?? [];
  return before.length > 0 && before.every((address) => after.includes(address));
}
