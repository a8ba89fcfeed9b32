import type { Cause } from './errors.js';
import type { Event } from './event.js';
import type { AccessPointFacts, Counters } from './platform.js';

/** What becomes of an access point when its last session is closed (O5a). */
export type LastClose = 'ifStartedHere' | 'always' | 'never';

/** A session that is open, for the eyes of a person in another window. Hostile text. */
export interface HolderSession {
  /** Who opened it and why; '' where nobody said. */
  readonly reason: string;
  /** Milliseconds since it was opened. */
  readonly openFor: number;
}

/** Another program of this software that holds an access point. Hostile text. */
export interface Holder {
  /** Another one for each process. */
  readonly program: string;
  /** The editor, and what is open in its window. */
  readonly product: string;
  readonly window: string;
  /** It went a moment ago, and may come back: a window that reloads does. */
  readonly isAbsent: boolean;
  /** It is this very window, as it was before it was reloaded: nobody else. */
  readonly isFormerSelf: boolean;
  readonly sessions: readonly HolderSession[];
  /** What its interface had carried when the first of them was opened; undefined while unknown. */
  readonly base: Counters | undefined;
}

/** The sessions of this program that are open on an access point. */
export type Holding = Pick<Holder, 'sessions' | 'base'>;

/** What an account tells its access point. Always outside of the engine's own calls. */
export interface AccountOwner {
  /** What {@link Account.hold} or {@link Account.mayStart} had to wait for is there, or may be asked for again. */
  permitted(): void;
  /** That is refused: the sessions being opened fail. */
  refused(cause: Cause): void;
  /** Another program has stopped it, or is about to: all sessions on it end (O7). */
  stoppedElsewhere(cause: Cause): void;
  /**
   * Nobody holds this start of it any more, undefined where the platform has no names for them: it is stopped here. `done`
   * tells whether it is down.
   */
  stopUnheld(activation: string | undefined, done: (isDown: boolean) => void): void;
  /** The others, or whose it is, are other ones. */
  accountChanged(): void;
  /** What is open here. */
  readonly holding: Holding;
}

/** The platform has to be asked, and these are in the way; what comes of it is told once. */
export interface StopRequest {
  /** This program, and no other, stops it now. */
  readonly go: () => void;
  /** Another program has just stopped it. */
  readonly done: () => void;
  readonly refused: (cause: Cause) => void;
}

/** What becomes of an access point that was left; with a cause, nobody can say, and it stays as it is. */
export type Verdict = (stops: boolean, cause?: Cause) => void;

/**
 * How all programs that share a ledger stand to one access point: who holds it, whose it is, and who may start or stop it
 * now (O1, O5, O5a, O7). Within one process every answer comes at once; otherwise it comes later, and is bounded in time.
 */
export interface Account {
  /** Other programs that hold it, as last heard. */
  readonly others: readonly Holder[];
  /** It is up because this software started it; a loss, or a start by others, ends that (O5a). */
  readonly startedHere: boolean;
  /** Another program has ended what the facts still show; they will tell soon. */
  readonly isOver: boolean;
  /** Another program is about to stop it, for this reason: when it goes down now, that is why (O7). */
  readonly stopper: Cause | undefined;

  /** New facts. Called before anything follows from them. */
  observe(facts: AccessPointFacts | undefined): void;

  /** Sees to it that this program is counted: true when it is. Otherwise its owner is told. */
  hold(): boolean;
  /** Sees to it that this program, and no other, may start it: true when it may. Otherwise its owner is told. */
  mayStart(): boolean;
  /** The start that was permitted has failed, or was given up to whoever else wants it. That it is up is observed. */
  startEnded(cause: Cause | undefined): void;

  /** Closing the only session that is open here would stop it. */
  wouldStop(policy: LastClose): boolean;
  /**
   * The last session here goes, or nobody here wants a start any more. Tells whether this program is to stop it, and why
   * nobody can say. It is not counted any more.
   */
  leave(policy: LastClose, verdict: Verdict): void;
  /** The same where there is nothing to stop. */
  letGo(): void;

  /** Asks for the right to stop it whoever holds it (O7), or because nobody does. */
  mayStop(request: StopRequest): void;
  /** The platform has accepted a stop: it ends everybody's sessions (O7). */
  stopAccepted(): void;
  /** A stop is over: it is down, or it is up still and why. */
  stopEnded(cause: Cause | undefined): void;

  /** Asks for the right to make it ready for a move: one program at a time (R3). Rejects with PlatformFailure. */
  move(): Promise<void>;
  /** The move is over, however it ended. */
  moveEnded(): void;

  /** It went down from outside: whoever started it, it is nobody's. Calls `clear` where what is left is cleared away here (O8). */
  lost(clear: () => void): void;
  /** Somebody else is starting it. */
  startedByOthers(): void;
  /** It was started here for somebody else: it is not ours. */
  disclaim(): void;
  /** {@link AccountOwner.holding} is another one. */
  sessionsChanged(): void;
}

/** The port to whatever counts the holders of access points. */
export interface Ledger {
  account(accessPoint: string, owner: AccountOwner): Account;
  /** It counts for all programs of this person, and works. */
  readonly isShared: boolean;
  /** {@link isShared} changed. */
  readonly onDidChange?: Event<void>;
}

const nobody: readonly Holder[] = Object.freeze([]);

/** Counts within one process: nobody else is there. */
class ProcessAccount implements Account {
  readonly others = nobody;
  readonly isOver = false;
  readonly stopper = undefined;
  startedHere = false;

  observe(): void {}

  hold(): boolean {
    return true;
  }

  mayStart(): boolean {
    this.startedHere = true;
    return true;
  }

  startEnded(): void {
    this.startedHere = false;
  }

  wouldStop(policy: LastClose): boolean {
    return policy === 'always' || (policy === 'ifStartedHere' && this.startedHere);
  }

  leave(policy: LastClose, verdict: Verdict): void {
    verdict(this.wouldStop(policy));
  }

  letGo(): void {}

  mayStop({ go }: StopRequest): void {
    go();
  }

  stopAccepted(): void {}

  stopEnded(cause: Cause | undefined): void {
    this.startedHere &&= cause !== undefined;
  }

  lost(clear: () => void): void {
    if (this.startedHere) {
      this.startedHere = false;
      clear();
    }
  }

  async move(): Promise<void> {}

  moveEnded(): void {}

  startedByOthers(): void {
    this.startedHere = false;
  }

  disclaim(): void {
    this.startedHere = false;
  }

  sessionsChanged(): void {}
}

/** Counts within one process. */
export class ProcessLedger implements Ledger {
  readonly isShared = false;

  account(): Account {
    return new ProcessAccount();
  }
}
