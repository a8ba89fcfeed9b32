import type { AccessPoint } from './accessPoint.js';
import type { Attempts } from './attempts.js';
import type { SessionFailure } from './errors.js';
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
    } & Trial &
      Findings)
  | { readonly kind: 'returning'; readonly next: Leg; readonly wayBack: WayBack }
  | {
      readonly kind: 'escaping';
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

/** What others get to see of a move. */
export function offerOf(move: Move, now: number): Offer {
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
      const timeLeft = Math.max(0, expiresAt - now);
      return { kind, configuration: next.configuration, isForced, results, isSuitable, timeLeft };
    }
    case 'escaping':
      return { kind: move.kind, configuration: nextOf(move)?.configuration };
    default:
      return { kind: move.kind, configuration: move.next.configuration };
  }
}
