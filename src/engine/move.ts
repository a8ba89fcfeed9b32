import type { AccessPoint } from './accessPoint.js';
import type { Attempts } from './attempts.js';
import type { MoveEnd, Verdict } from './ends.js';
import type { Cause, SessionFailure } from './errors.js';
import type { Disposable } from './event.js';
import type { Leg } from './leg.js';
import { type Findings, type MoveKind, noOffer, type Offer, type Proven } from './roaming.js';

/** Where one device serves both access points of a move: the one of before, which goes down for the new one. */
export interface WayBack {
  readonly accessPoint: AccessPoint;
  /** Whose it was: back there, it is the same again (O5a). */
  readonly startedHere: boolean;
}

/** A move that somebody can still go back from. */
interface Trial {
  /** What was in use when it began. */
  readonly from: AccessPoint;
  readonly next: Leg;
  readonly wayBack: WayBack | undefined;
  /** Nobody was asked. */
  readonly isForced: boolean;
}

/** The move under way, as the engine has it. `ending` is disposed of when the kind or the leg is another. */
export type Move =
  | { readonly kind: 'none' }
  | { readonly kind: 'offered'; readonly to: AccessPoint; readonly isSeamless: boolean; readonly isUpgrade: boolean }
  | ({ readonly kind: 'migrating' } & Trial)
  | ({ readonly kind: 'testing'; readonly ending: Disposable } & Trial)
  | ({
      readonly kind: 'activated';
      readonly ending: Disposable;
      /** Clock time. */
      readonly expiresAt: number;
    } & Trial &
      Proven)
  | ({
      readonly kind: 'accepting';
      readonly ending: Disposable;
      /** Its activation was told. */
      readonly wasTold: boolean;
      /** Nobody has accepted it: the one before was lost, for this cause. */
      readonly loss: Cause | undefined;
    } & Trial &
      Findings)
  | {
      readonly kind: 'returning';
      readonly next: Leg;
      readonly wayBack: WayBack;
      readonly from: AccessPoint;
      /** Where it has turned back. */
      readonly goal: AccessPoint;
      /** Why. */
      readonly verdict: Verdict;
    }
  | {
      readonly kind: 'escaping';
      readonly from: AccessPoint;
      /** Why that cannot be used any more. */
      readonly loss: Cause;
      readonly attempts: Attempts;
      /** The one that is up by now, to which the system's traffic is being moved. */
      readonly next: Leg | undefined;
      readonly ending: Disposable | undefined;
      readonly failure: SessionFailure;
    };

/** A move of one of these kinds. */
export type MoveOf<Kind extends MoveKind> = Extract<Move, { readonly kind: Kind }>;

/** The leg of a move. */
export function nextOf(move: Move): Leg | undefined {
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

/** One that is under way: the session is Roaming. */
type Moving = Exclude<Move, MoveOf<'none' | 'offered'>>;

export const isMoving = (move: Move): move is Moving => move.kind !== 'none' && move.kind !== 'offered';

/** What is told of a move at its end. */
export function endOf(move: Moving, verdict: Verdict): MoveEnd {
  const to = move.kind === 'returning' ? move.goal : nextOf(move)?.accessPoint;
  return Object.freeze({ from: move.from.configuration, to: to?.configuration, ...verdict });
}

/** What others get to see of a move. */
export function offerOf(move: Move, now: number): Offer {
  if (move.kind === 'none') {
    return noOffer;
  }
  if (move.kind === 'offered') {
    const { kind, to, isSeamless, isUpgrade } = move;
    return { kind, configuration: to.configuration, isSeamless, isUpgrade };
  }
  const from = move.from.configuration;
  if (move.kind === 'escaping') {
    return { kind: move.kind, from, configuration: nextOf(move)?.configuration };
  }
  const places = { from, configuration: move.next.configuration };
  switch (move.kind) {
    case 'migrating':
    case 'testing':
      return { kind: move.kind, ...places, isForced: move.isForced };
    case 'activated': {
      const { kind, isForced, results, isSuitable, expiresAt } = move;
      return { kind, ...places, isForced, results, isSuitable, timeLeft: Math.max(0, expiresAt - now) };
    }
    default:
      return { kind: move.kind, ...places };
  }
}
