import { isPlatformGone, PlatformFailure } from './errors.js';
import { textOf } from './event.js';
import type { Account } from './ledger.js';
import type { AccessPointFacts } from './platform.js';
import type { Runtime } from './runtime.js';

/** What an arrangement needs. */
export type ArrangementHost = Pick<Runtime, 'platform' | 'logger' | 'system'>;

/** What an arrangement is made for. */
interface Place {
  readonly identifier: string;
  readonly facts: AccessPointFacts | undefined;
  readonly account: Account;
}

/**
 * What the platform was asked to arrange for moves to one access point. Legs use it from the beginning of their move until
 * they leave: it is made ready once for all of them, and taken back after the last one where the access point stays up (R3
 * to R5). With a stop the platform takes it back by itself.
 */
export class Arrangement {
  readonly #host: ArrangementHost;
  readonly #place: Place;
  readonly #users = new Set<unknown>();
  #preparing: Promise<void> | undefined;
  #restoring: Promise<void> | undefined;
  /** What was asked for and has not ended yet. */
  #pending = 0;
  /** Something was arranged, or may have been with its start: that is taken back when nobody uses it. */
  #isArranged = false;

  constructor(host: ArrangementHost, place: Place) {
    this.#host = host;
    this.#place = place;
  }

  /** Something is to be taken back, now or when it is known again. */
  get isArranged(): boolean {
    return this.#isArranged;
  }

  /** Somebody moves there, until {@link release}. */
  use(user: object): void {
    this.#users.add(user);
  }

  /** It is being started for a move or an escape; who stays on it without one needs an ordinary access point. */
  startsForMove(): void {
    this.#isArranged = true;
  }

  /** Makes it ready. Rejects with what the platform says. */
  prepare(): Promise<void> {
    const preparing = this.#preparing ?? this.#arrange('prepare');
    this.#preparing = preparing;
    preparing.catch(() => {
      if (this.#preparing === preparing) {
        this.#preparing = undefined;
      }
    });
    return preparing;
  }

  /** The system's traffic prefers it from now on (R4). Rejects with what the platform says. */
  async prefer(): Promise<void> {
    await this.#arrange('prefer');
    this.#place.account.moveEnded();
  }

  /** This one does not use it any more: it has gone back, or has ended. */
  release(user: unknown): void {
    if (this.#users.delete(user)) {
      this.#restoreIfUnused();
    }
  }

  /** Its facts have changed: when it is down and not being started here, nothing is left of what was arranged. */
  changed(before: AccessPointFacts | undefined, isStarting: boolean): void {
    const { facts } = this.#place;
    if (!isStarting && facts?.link !== 'up' && facts?.link !== 'starting') {
      // What only seems to be gone with the platform may be there again with it (O13).
      this.#forget(this.#isArranged && this.#host.system.away !== undefined);
    } else if (before?.link !== 'up' && facts?.link === 'up') {
      this.keepForOthers();
      this.#restoreIfUnused();
    }
  }

  /** Others that hold it, too, do not lose it when this process dies in the middle of its move (O5, R9). */
  keepForOthers(): void {
    const { identifier, facts, account } = this.#place;
    if (this.#isArranged && facts?.link === 'up' && account.others.length > 0) {
      this.#host.platform.routing?.keep(identifier);
    }
  }

  /** Resolves when nothing is being taken back any more. */
  async whenRestored(): Promise<void> {
    await this.#restoring;
  }

  /** The platform is back after it was gone: what it could not take back then, it takes back now (O13). */
  returned(): void {
    this.#restoreIfUnused();
  }

  #forget(isArranged: boolean): void {
    this.#preparing = undefined;
    this.#isArranged = isArranged;
    this.#place.account.moveEnded();
  }

  async #arrange(act: 'prepare' | 'prefer'): Promise<void> {
    this.#pending++;
    try {
      await this.#restoring;
      if (act === 'prepare') {
        await this.#place.account.move();
      }
      await this.#do(act);
      this.#isArranged = true;
    } catch (error) {
      if (act === 'prepare') {
        this.#place.account.moveEnded();
      }
      throw error;
    } finally {
      this.#pending--;
      // It may come too late: whoever it was for has left.
      this.#restoreIfUnused();
    }
  }

  #restoreIfUnused(): void {
    const isUp = this.#place.facts?.link === 'up';
    if (this.#users.size > 0 || !isUp || !(this.#isArranged || this.#pending > 0)) {
      return;
    }
    const canRestore = this.#host.platform.routing !== undefined && this.#host.system.away === undefined;
    this.#forget(!canRestore);
    if (canRestore) {
      this.#restoring = this.#restore();
    }
  }

  async #restore(): Promise<void> {
    try {
      await this.#do('restore');
    } catch (error) {
      this.#isArranged = this.#place.facts?.link === 'up';
      this.#host.logger.warn(`restore ${this.#place.identifier} failed: ${textOf(error)}`);
      if (isPlatformGone(error)) {
        this.#restoreIfUnused(); // It may be back already.
      }
    }
  }

  async #do(act: 'prepare' | 'prefer' | 'restore'): Promise<void> {
    const { routing } = this.#host.platform;
    if (routing === undefined) {
      throw new PlatformFailure({ code: 'cannotRoam' });
    }
    this.#host.logger.debug(`${act} ${this.#place.identifier}`);
    await routing[act](this.#place.identifier);
  }
}
