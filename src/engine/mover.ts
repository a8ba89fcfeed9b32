import type { AccessPoint } from './accessPoint.js';
import { type Attempter, Attempts, type AttemptsHost } from './attempts.js';
import type { MoveOutcome, Verdict } from './ends.js';
import { type Cause, SessionError, type SessionFailure } from './errors.js';
import { type Disposable, textOf } from './event.js';
import { Leg } from './leg.js';
import { endOf, isMoving, type Move, type MoveOf, nextOf, offerOf } from './move.js';
import { Offering, type OfferingHost } from './offering.js';
import type { OpeningHost } from './opening.js';
import { isFailing, isInReach, reachesNetwork } from './preference.js';
import { Proof, type ProofHost } from './proof.js';
import {
  type ActivatedConfiguration,
  answerTime,
  type Findings,
  type Offer,
  type PreferredConfiguration,
  type Proven,
  type RoamingAct,
  type RoamingActs,
  type RoamingInput,
  type RoamingInputs,
  roamingTable,
} from './roaming.js';
import type { ServiceNetwork } from './serviceNetwork.js';
import { SessionEvent, type SessionEvents } from './sessionEvent.js';
import { SessionState } from './states.js';

/** What a mover needs. */
export type MoverHost = AttemptsHost & OfferingHost & ProofHost & Pick<OpeningHost, 'displacedBy'>;

/** The session that moves. */
export interface Traveller extends Attempter {
  /** What it holds and uses; undefined when that was lost. */
  leg: Leg | undefined;
  /** What it held last, and has lost. */
  readonly lastAccessPoint: AccessPoint | undefined;
  /** What it is on, with its rules. */
  readonly network: ServiceNetwork;
  readonly isStakeholder: boolean;
  readonly isOpen: boolean;
  tell<Kind extends SessionEvent>(kind: Kind, value: SessionEvents[Kind]): void;
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

/** What an act of {@link roamingTable} does, on a move of those kinds in which it may stand there. */
type Doing<Act extends RoamingAct> = (
  mover: Mover,
  move: MoveOf<RoamingActs[Act]['kind']>,
  detail: RoamingActs[Act]['detail'],
) => void;

/** Nobody has waited for tests. */
const unproven: Findings = { results: [], isSuitable: undefined };

/** The moves of one session among the access points of its service network (R2 to R8a), by {@link roamingTable}. */
export class Mover {
  readonly #host: MoverHost;
  readonly #traveller: Traveller;
  readonly #offering: Offering;
  #move: Move = { kind: 'none' };

  constructor(host: MoverHost, traveller: Traveller) {
    this.#host = host;
    this.#traveller = traveller;
    this.#offering = new Offering(
      host,
      () => traveller.network,
      () => this.reconsider(),
    );
  }

  /** The state of the session is Roaming. */
  get isUnderWay(): boolean {
    return isMoving(this.#move);
  }

  /** The leg of the move. */
  get next(): Leg | undefined {
    return nextOf(this.#move);
  }

  /** It is the one that counts by now, though not for good yet (R3). */
  get isNextActive(): boolean {
    const { kind } = this.#move;
    return kind === 'activated' || kind === 'accepting' || this.#traveller.leg === undefined;
  }

  get offer(): Offer {
    return offerOf(this.#move, this.#host.clock.now());
  }

  /** A stop in the turn in which a move begins is for the new one, too; where that rests, the move is over (R8a). */
  hasten(): void {
    const { next } = this;
    if (next?.phase === 'closed') {
      if (next.state === SessionState.Disconnected) {
        this.end();
        next.close();
        this.#traveller.show();
      } else {
        next.open();
      }
    }
  }

  /** All that is under way is over: the session ends. The leg of the move is the caller's to close. */
  end(): void {
    this.#change({ kind: 'none' });
    this.#offering.end();
  }

  // What happens -------------------------------------------------------------------------------------------------------

  /** Something has happened to the move, or was called for: {@link roamingTable} says what is done about it. */
  input<Input extends RoamingInput>(
    input: Input,
    ...[detail]: undefined extends RoamingInputs[Input] ? [detail?: RoamingInputs[Input]] : [RoamingInputs[Input]]
  ): void {
    const move = this.#move;
    const act: RoamingAct = roamingTable[move.kind][input];
    // The table has no act in a place where it does not work.
    const doing = Mover.#acts[act] as (mover: Mover, move: Move, detail: unknown) => void;
    doing(this, move, detail);
  }

  static readonly #acts: { readonly [Act in RoamingAct]: Doing<Act> } = {
    nothing: () => undefined,
    refuse: (mover) => mover.#refuse({ code: 'noOffer' }),
    offer: (mover, move) => mover.#offer(move),
    withdraw: (mover) => mover.#become({ kind: 'none' }),
    dismiss: (mover, move) => mover.#dismiss(move),
    begin: (mover, move, identifier) => mover.#migrate(move, identifier),
    prove: (mover, move) => mover.#prove(move),
    activate: (mover, move, findings) => mover.#activate(move, findings),
    accept: (mover, move) => mover.#accept(move, undefined),
    keep: (mover, move, failure) => mover.#keep(move, failure),
    reject: (mover, move) => mover.#reject(move, 'returned'),
    expire: (mover, move) => mover.#reject(move, 'expired'),
    discard: (mover, move) => mover.#reject(move, 'unsuitable'),
    giveUp: (mover, move, failure) => mover.#giveUp(move, failure),
    goOn: (mover, move, failure) => mover.#goOn(move, failure),
    finish: (mover, move) => mover.#finish(move),
    finishAnyway: (mover, move) => mover.#finishAnyway(move),
    escape: (mover, _, failure) => mover.#escape(failure),
    tryNext: (mover, move, failure) => mover.#tryNext(move, failure),
    arrive: (mover, move) => mover.#arrive(move),
    lose: (mover, move) => mover.#lose(move),
    resume: (mover, move) => mover.#resume(move),
  };

  /** What is preferred may be another, or what was declined has changed (R2, R5). */
  reconsider(): void {
    if (this.#move.kind === 'escaping') {
      this.#move.attempts.goOn();
    }
    this.input(this.#wanted === undefined ? 'unpreferred' : 'preferred');
  }

  /** Where it should be moved to by now. */
  get #wanted(): AccessPoint | undefined {
    const { leg, isOpen } = this.#traveller;
    return isOpen && leg !== undefined
      ? this.#offering.wanted(leg.accessPoint, this.#move.kind === 'offered')
      : undefined;
  }

  // The offer ----------------------------------------------------------------------------------------------------------

  #refuse(cause: Cause): void {
    this.#traveller.refused(this.#traveller.failureOf(cause, SessionError.RoamingError));
  }

  #offer(move: MoveOf<'none' | 'offered'>): void {
    const to = this.#wanted;
    const { leg } = this.#traveller;
    if (to === undefined || leg === undefined) {
      return;
    }
    const isSeamless = survives(leg.accessPoint, to);
    const isUpgrade = !isFailing(leg.accessPoint);
    if (move.kind !== 'offered' || move.to !== to || move.isUpgrade !== isUpgrade) {
      this.#become({ kind: 'offered', to, isSeamless, isUpgrade });
      const offer: PreferredConfiguration = { configuration: to.configuration, isSeamless, isUpgrade };
      this.#traveller.tell(SessionEvent.Preferred, offer);
    }
    if (this.#isForced) {
      // Outside of what has changed the preference; it may be another by then.
      this.#host.queue.later(() => this.#force());
    }
  }

  /** Nobody answers, and nobody is to be asked: the engine moves it by itself (R2). */
  get #isForced(): boolean {
    return this.#traveller.network.policy === 'automatic' && !this.#traveller.isStakeholder;
  }

  /** What would take down another access point, this session's own among them, waits for somebody to say so (O12). */
  #force(): void {
    const move = this.#move;
    if (move.kind === 'offered' && this.#isForced && this.#host.displacedBy(move.to.identifier).length === 0) {
      this.#begin(move.to, true);
    }
  }

  #dismiss({ to }: MoveOf<'offered'>): void {
    this.#offering.decline(to);
    this.#become({ kind: 'none' });
    this.reconsider();
  }

  // To another access point and back -----------------------------------------------------------------------------------

  /** To what is offered, or to the child that is named (R7). */
  #migrate(move: MoveOf<'none' | 'offered'>, identifier: string | undefined): void {
    const { network, leg, isOpen } = this.#traveller;
    const offered = move.kind === 'offered' ? move.to : undefined;
    const to = identifier === undefined ? offered : network.child(identifier);
    if (!isOpen || (to === undefined && identifier === undefined)) {
      this.#refuse({ code: 'noOffer' });
    } else if (to === undefined || to === leg?.accessPoint) {
      this.#refuse({ code: 'notInNetwork' });
    } else {
      const obstacle = isInReach(to) ? to.obstacle('start') : { code: 'notInReach' as const };
      if (obstacle === undefined) {
        this.#begin(to, false);
      } else {
        this.#traveller.refused(to.failure(obstacle, SessionError.RoamingError));
      }
    }
  }

  #begin(to: AccessPoint, isForced: boolean): void {
    const from = this.#traveller.leg?.accessPoint;
    if (from === undefined) {
      return;
    }
    const device = from.facts?.device;
    const wayBack =
      device !== undefined && device === to.facts?.device
        ? { accessPoint: from, startedHere: from.account.startedHere }
        : undefined;
    const next = new Leg(to, this.#traveller, { isProvisional: true, inBackground: isForced });
    to.arrangement.use(next);
    this.#host.logger.debug(`migrate ${from.identifier} -> ${to.identifier}`);
    this.#become({ kind: 'migrating', from, next, wayBack, isForced });
    this.#openLater(next);
  }

  /** Outside of what has begun the move: it may be over by then. */
  #openLater(next: Leg): void {
    this.#host.queue.later(() => {
      if (this.next === next) {
        next.open();
      }
    });
  }

  /** It is up: it is made ready, and what the service network wants to be proven is proven before anybody is told (R3). */
  #prove(move: MoveOf<'migrating'>): void {
    const { next } = move;
    const ending = new Proof(
      this.#host,
      next.accessPoint,
      this.#traveller.network.tests,
      (findings) => this.input('tested', findings),
      (failure) => this.input('notReady', failure),
    );
    next.countFromNow();
    this.#become({ ...move, kind: 'testing', ending });
  }

  #activate(move: MoveOf<'testing'>, { results, isSuitable }: Proven): void {
    const { next, isForced } = move;
    const ending = this.#host.clock.setTimeout(() => this.input('expired'), answerTime);
    const expiresAt = this.#host.clock.now() + answerTime;
    this.#become({ ...move, kind: 'activated', results, isSuitable, ending, expiresAt });
    if (isForced && !isSuitable) {
      this.input('unsuitable');
      return;
    }
    this.#tellActivated(next, { results, isSuitable }, false);
    if (isForced) {
      this.input('accept');
    }
  }

  #tellActivated({ configuration }: Leg, { results, isSuitable }: Findings, isFinal: boolean): void {
    const activated: ActivatedConfiguration = { configuration, results, isSuitable, isFinal };
    this.#traveller.tell(SessionEvent.Activated, activated);
  }

  #accept(move: MoveOf<'testing' | 'activated'>, loss: Cause | undefined): void {
    const wasTold = move.kind === 'activated';
    const { results, isSuitable } = wasTold ? move : unproven;
    const ending = this.#prefer(move.next);
    this.#become({ ...move, kind: 'accepting', wasTold, results, isSuitable, ending, loss });
  }

  /** The old one is lost while the new one is up: as by `accept()`, unless it went down for the new one (R8a). */
  #keep(move: MoveOf<'testing' | 'activated'>, { cause }: SessionFailure): void {
    if (move.wayBack === undefined) {
      this.#accept(move, cause);
    }
  }

  /** Lets the system's traffic follow, where the platform can; where it cannot, the system decides by itself. */
  #prefer(next: Leg): Disposable {
    const { accessPoint } = next;
    const isStill = () => {
      const move = this.#move;
      return (move.kind === 'accepting' || move.kind === 'escaping') && move.next === next;
    };
    const routed = () => isStill() && this.input('routed');
    const deadline = accessPoint.deadline(() => this.input('notRouted', accessPoint.timedOut()));
    if (this.#host.platform.routing === undefined) {
      this.#host.queue.later(routed);
    } else {
      accessPoint.arrangement.prefer().then(routed, (error: unknown) => {
        if (isStill()) {
          this.#host.logger.warn(`prefer ${accessPoint.identifier} failed: ${textOf(error)}`);
          this.input('notRouted', accessPoint.failureOf(error));
        }
      });
    }
    return deadline;
  }

  /** The move is over: the new one is the one (R4, R8). */
  #finish(move: MoveOf<'accepting' | 'escaping'>): void {
    const { leg: old } = this.#traveller;
    if (move.next === undefined) {
      return; // The escape has not arrived yet.
    }
    this.#traveller.leg = move.next;
    move.next.settle();
    if (old !== undefined && reachesNetwork(old.accessPoint.facts) === false) {
      // That is forgotten when it goes down, and it would be offered again just because of that.
      this.#offering.decline(old.accessPoint);
    }
    if (old !== undefined) {
      this.#traveller.letGo(old);
    }
    this.#settled(arrivalOf(move));
    if (move.kind === 'escaping') {
      this.#tellActivated(move.next, unproven, true);
    } else if (!move.wasTold) {
      this.#tellActivated(move.next, move, true);
    }
  }

  /** The system's traffic could not be moved: it is made an ordinary access point, by which the system routes as it does. */
  #finishAnyway(move: MoveOf<'accepting' | 'escaping'>): void {
    const next = nextOf(move);
    this.#finish(move);
    next?.accessPoint.arrangement.release(next);
  }

  #reject(move: MoveOf<'testing' | 'activated'>, outcome: MoveOutcome): void {
    this.#offering.decline(move.next.accessPoint);
    this.#goBack(move, { outcome }, undefined);
  }

  /** It did not work: RoamingError, and back, where there is a way back (R3, R8a). */
  #giveUp(move: MoveOf<'migrating' | 'testing' | 'activated' | 'accepting'>, failure: SessionFailure): void {
    const { next, wayBack } = move;
    const { leg } = this.#traveller;
    if (move.kind === 'accepting' && leg === undefined && next.phase === 'open') {
      this.#finishAnyway(move); // There is no other.
      return;
    }
    this.#offering.decline(next.accessPoint);
    if (leg !== undefined || wayBack !== undefined) {
      this.#traveller.refused({ ...failure, error: SessionError.RoamingError });
    }
    if (move.kind === 'accepting' && leg !== undefined && next.accessPoint.facts?.link !== 'up') {
      this.#preferAgain(leg);
    }
    this.#goBack(move, { outcome: 'failed', cause: failure.cause }, failure);
  }

  /** The system's traffic may go by the new one already, which is dead: the old one takes it back (R8a). */
  #preferAgain(leg: Leg): void {
    const { arrangement, identifier } = leg.accessPoint;
    if (this.#host.platform.routing !== undefined) {
      arrangement.use(leg);
      arrangement
        .prefer()
        .catch((error: unknown) => this.#host.logger.warn(`prefer ${identifier} failed: ${textOf(error)}`));
    }
  }

  #goBack(
    { from, next, wayBack }: MoveOf<'migrating' | 'testing' | 'activated' | 'accepting'>,
    verdict: Verdict,
    failure: SessionFailure | undefined,
  ): void {
    const { leg } = this.#traveller;
    this.#letGo(next); // First: the way back may need its device.
    if (leg !== undefined) {
      this.#settled(verdict);
    } else if (wayBack !== undefined) {
      this.#return({ from, wayBack, goal: next.accessPoint, verdict });
    } else {
      this.#escape(failure, { avoid: [next.accessPoint] });
    }
  }

  #letGo(next: Leg): void {
    if (next.phase === 'closed') {
      next.close();
    } else {
      this.#traveller.letGo(next);
    }
  }

  /** One device served both: the old one is started again. Nobody is asked about that. */
  #return(turn: Omit<MoveOf<'returning'>, 'kind' | 'next'>): void {
    const next = new Leg(turn.wayBack.accessPoint, this.#traveller, { inBackground: true });
    this.#become({ kind: 'returning', next, ...turn });
    this.#openLater(next);
  }

  #resume({ next, wayBack, verdict }: MoveOf<'returning'>): void {
    if (!wayBack.startedHere) {
      next.accessPoint.account.disclaim();
    }
    next.countFromNow();
    this.#traveller.leg = next;
    this.#settled(verdict);
  }

  /** No move is under way any more, and no other is offered for a while (R2). */
  #settled(verdict: Verdict): void {
    this.#offering.settled(this.#traveller.leg?.accessPoint);
    this.#become({ kind: 'none' }, verdict);
    this.reconsider();
  }

  // The access point in use is lost ------------------------------------------------------------------------------------

  /** The old one is lost before the new one is up: it goes on, unless the old one went down for the new one anyway (R8a). */
  #goOn({ next, wayBack }: MoveOf<'migrating'>, failure: SessionFailure): void {
    if (next.accessPoint.isAsking) {
      // Nobody waits for the answer of a person without a connection.
      this.#letGo(next);
      this.#escape(failure);
    } else if (wayBack === undefined) {
      this.#escape(failure, { adopted: next });
    }
  }

  /** The next one, at once; and when there is none, the session is lost (R8). What was lost is not tried: it may have been put down by hand. */
  #escape(
    failure: SessionFailure | undefined,
    { adopted, avoid = [] }: { readonly adopted?: Leg; readonly avoid?: readonly AccessPoint[] } = {},
  ): void {
    const lost = failure ?? this.#traveller.failureOf({ code: 'wentDown' });
    const { lastAccessPoint } = this.#traveller;
    const before = this.#move;
    const from = isMoving(before) ? before.from : lastAccessPoint;
    if (from === undefined) {
      return; // What was lost was in use.
    }
    const loss = (before.kind === 'accepting' ? before.loss : undefined) ?? lost.cause;
    const avoided = lastAccessPoint === undefined ? avoid : [lastAccessPoint, ...avoid];
    const attempts = new Attempts(this.#host, this.#traveller, () => this.input('exhausted'), {
      avoid: avoided,
      adopted,
    });
    const aborted = { ...lost, error: SessionError.SessionAbortedError };
    if (!isMoving(before) && !attempts.mayWork) {
      attempts.end(); // Nothing to turn to: no move begins.
      this.#traveller.lose(aborted);
      return;
    }
    this.#change({ kind: 'escaping', from, loss, attempts, next: undefined, ending: undefined, failure: aborted });
    if (attempts.mayWork) {
      this.#traveller.show();
    } else {
      this.input('exhausted');
    }
  }

  #tryNext(move: MoveOf<'escaping'>, failure: SessionFailure): void {
    this.#become({ ...move, next: undefined, ending: undefined });
    move.attempts.failed(failure);
  }

  #arrive(move: MoveOf<'escaping'>): void {
    const { leg } = move.attempts;
    if (leg !== undefined) {
      leg.countFromNow();
      this.#become({ ...move, next: leg, ending: this.#prefer(leg) });
    }
  }

  #lose({ failure }: MoveOf<'escaping'>): void {
    this.#change({ kind: 'none' }, { outcome: 'failed', cause: failure.cause });
    this.#traveller.lose(failure);
  }

  // ---------------------------------------------------------------------------------------------------------------------

  #become(move: Move, verdict?: Verdict): void {
    this.#change(move, verdict);
    this.#traveller.show();
  }

  /** What ends without a verdict ends with the session. */
  #change(move: Move, verdict: Verdict = { outcome: 'abandoned' }): void {
    const before = this.#move;
    const end = isMoving(before) && !isMoving(move) && endOf(before, verdict); // While it can be said where to.
    this.#move = move;
    if ('ending' in before) {
      before.ending?.dispose();
    }
    if (before.kind === 'escaping' && move.kind !== 'escaping') {
      before.attempts.end();
    }
    if (before.kind !== move.kind || move.kind !== 'none') {
      this.#traveller.tell(SessionEvent.Offer, undefined);
    }
    if (end) {
      this.#traveller.tell(SessionEvent.MoveEnded, end);
    }
  }
}

/** What came of a move that has arrived. */
function arrivalOf(move: MoveOf<'accepting' | 'escaping'>): Verdict {
  if (move.loss !== undefined) {
    return { outcome: 'escaped', cause: move.loss };
  }
  return { outcome: move.kind === 'accepting' && move.isForced ? 'automatic' : 'accepted' };
}

/** Local addresses survive a move only where both have the same (R10). */
function survives(from: AccessPoint, to: AccessPoint): boolean {
  const before = from.facts?.interface?.addresses ?? [];
  const after = to.facts?.interface?.addresses ?? [];
  return before.length > 0 && before.every((address) => after.includes(address));
}
