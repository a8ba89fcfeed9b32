import {
  type AccessPointFacts,
  type Account,
  type AccountOwner,
  type Cause,
  type Clock,
  type Disposable,
  type Holder,
  type LastClose,
  PlatformFailure,
  type StopRequest,
  type Verdict,
} from '../engine/index.js';
import { longestText, nameOf } from './bounds.js';
import type { Answer, Call } from './calls.js';
import type { Shown } from './line.js';
import type { Claim, ClientInfo, HoldDetail, OperationDetail, OperationKind, StopReason } from './messages.js';
import { sight } from './times.js';

/** What an account needs of the ledger that it belongs to. */
export interface Counter {
  readonly clock: Clock;
  /** This process counts for itself. */
  readonly isAlone: boolean;
  /** Milliseconds that an access point stays up after the last close. */
  readonly linger: number;
  send(call: Call): void;
  notify(method: string, params: unknown): void;
  /** Whether the leader that permitted something leads still. */
  mayAct(): boolean;
}

type Permit = 'none' | 'asked' | 'given' | 'used';

/** Stands for the start of a platform that gives no names to starts. */
const unnamed = '-';
/** What others are told of the name of a start: the end of one that is too long to be told. */
const toldName = (activation: string | undefined): string => activation?.slice(-longestText) || unnamed;
/** What was permitted was not done here: whatever is to be done, the leader does itself (B2). */
const notDone: Cause = Object.freeze({ code: 'ledgerSilent' });
const nobody: readonly Holder[] = Object.freeze([]);

/**
 * One access point in the count of all windows. What another process has done may be known here before its facts tell of
 * it: starts have names, so that it is always clear which one is meant.
 */
export class SharedAccount implements Account {
  readonly #counter: Counter;
  readonly #accessPoint: string;
  readonly #owner: AccountOwner;
  #others = nobody;
  #held: 'no' | 'asked' | 'yes' | 'leaving' = 'no';
  #start: Permit = 'none';
  /** Stands for the start that was asked for. */
  #startWish: object | undefined;
  /** Why this process is stopping it. */
  #stop: StopReason | undefined;
  /** What that stops. */
  #stopped: string | undefined;
  /** The start that was lost, and of which a leader is asked who clears away what is left. */
  #clearing: string | undefined;
  #move: Permit = 'none';
  /** The start that is ours, in whatever process; without a name it is one that was under way, or cut off. */
  #claim: Omit<Claim, 'accessPoint'> | undefined;
  /** The start that was made in this process. */
  #own: string | undefined;
  /** Nothing came of the last start in this process, and no leader has confirmed yet to have heard of it. */
  #isInVain = false;
  /** The start that the facts show now, since when, and the last one that they have shown. */
  #current: string | undefined;
  #currentSince = 0;
  /** As the platform calls it. */
  #fullName: string | undefined;
  #last: string | undefined;
  /** The name of our start was told. */
  #isNamed = false;
  /** Another process has started it: the facts will show this. */
  #awaited: string | undefined;
  #awaiting: Disposable | undefined;
  /** The last start that is over, as far as this process knows. */
  #seen: string | undefined;
  /** Another process is about to stop it. */
  #stopper: ClientInfo | undefined;
  /** Another process has stopped this. */
  #over: string | undefined;
  #overdue: Disposable | undefined;
  #isTelling = false;

  constructor(counter: Counter, accessPoint: string, owner: AccountOwner) {
    this.#counter = counter;
    this.#accessPoint = accessPoint;
    this.#owner = owner;
  }

  get others(): readonly Holder[] {
    return this.#others;
  }

  get startedHere(): boolean {
    return this.#start === 'used' || this.#isOurs(this.#last);
  }

  #isOurs(activation: string | undefined): boolean {
    return activation !== undefined && this.#claim?.activation === activation;
  }

  /** It is up because this process has started it. */
  get isOwn(): boolean {
    return this.#own !== undefined;
  }

  get isOver(): boolean {
    return this.#over !== undefined && this.#over === this.#current;
  }

  get stopper(): Cause | undefined {
    return this.#stopper && causeBy(this.#stopper);
  }

  observe(facts: AccessPointFacts | undefined): void {
    const now = facts === undefined || facts.link === 'down' ? undefined : toldName(facts.activation);
    this.#fullName = facts?.activation;
    this.#currentSince = this.#current === now ? this.#currentSince : this.#counter.clock.now();
    this.#current = now;
    this.#own = this.#own === now ? now : undefined;
    if (now === undefined) {
      return;
    }
    this.#last = now;
    this.#seen = now;
    if (this.#awaited === now) {
      this.#awaitNoMore();
    }
    this.#seeStart(now, facts?.link === 'up');
  }

  /** What was started here is coming up, or is up. */
  #seeStart(now: string, isUp: boolean): void {
    if (this.#start !== 'used') {
      return;
    }
    this.#own = now;
    if (isUp) {
      this.#start = 'none';
      this.#claim = { activation: now };
      this.#ended('start', { activation: now });
    } else if (!this.#isNamed && now !== unnamed) {
      this.#isNamed = true;
      this.#notify('claim', { activation: now });
    }
  }

  hold(): boolean {
    if (this.#counter.isAlone) {
      this.#held = 'yes'; // As a leader would say.
    } else if (this.#held === 'no') {
      this.#held = 'asked';
      this.#ask(
        'hold',
        {},
        {
          answer: (answer) => this.#counted(answer),
          refused: (cause) => {
            if (this.#held === 'asked') {
              this.#held = 'no';
              this.#owner.refused(cause);
            }
          },
        },
      );
    }
    return this.#held === 'yes';
  }

  #counted({ over }: Answer): void {
    this.#over = over ?? this.#over;
    this.#stopper = undefined; // Nobody is counted while it is being stopped.
    this.#doubt();
    if (this.#held === 'asked') {
      this.#held = 'yes';
      this.sessionsChanged();
      this.#owner.permitted();
    } else if (this.#held === 'no') {
      this.#giveBack(); // Nobody wants it any more.
    }
  }

  /** What is over and shown for long is up again, or still. */
  #doubt(): void {
    this.#overdue?.dispose();
    this.#overdue = undefined;
    const over = this.#over;
    if (this.isOver) {
      this.#overdue = this.#counter.clock.setTimeout(() => {
        if (this.#over === over) {
          this.#over = undefined;
          this.#owner.permitted();
        }
      }, sight);
    }
  }

  mayStart(): boolean {
    if (this.#counter.isAlone || this.#start === 'given') {
      this.#start = 'used';
      this.#isNamed = false;
      this.#isInVain = false;
    } else if (this.#start === 'none' && this.#awaited === undefined) {
      this.#start = 'asked';
      const wish = {};
      this.#startWish = wish;
      this.#ask(
        'start',
        { seen: this.#seen },
        {
          answer: (answer) => this.#mayStartNow(answer, this.#isWanted(wish)),
          refused: (cause) => {
            if (this.#isWanted(wish)) {
              this.#owner.refused(cause);
            }
          },
          alone: () => ({ go: true }),
        },
      );
    }
    return this.#start === 'used';
  }

  /** Whoever has asked for this start wants it still; it is answered now. */
  #isWanted(wish: object): boolean {
    if (this.#startWish !== wish) {
      return false;
    }
    this.#askNoMore();
    return true;
  }

  /** Nobody wants any more what was asked for: its answer is for nobody who comes after them. */
  #askNoMore(): void {
    this.#startWish = undefined;
    if (this.#start === 'asked') {
      this.#start = 'none';
    }
  }

  #mayStartNow({ go, activation }: Answer, isWanted: boolean): void {
    if (go !== true) {
      this.#await(activation);
    } else if (!isWanted) {
      this.#ended('start', { cause: notDone });
      return;
    } else if (this.#counter.mayAct()) {
      this.#start = 'given';
    }
    this.#owner.permitted();
    if (this.#start === 'given') {
      this.#start = 'none';
      this.#ended('start', { cause: notDone });
    }
  }

  /** What another process has started comes into sight; if it does not, it is over. */
  #await(activation: string | undefined): void {
    this.#awaitNoMore();
    if (activation !== undefined && activation !== this.#last) {
      this.#awaited = activation;
      this.#awaiting = this.#counter.clock.setTimeout(() => {
        this.#seen = this.#awaited;
        this.#awaitNoMore();
        this.#owner.permitted();
      }, sight);
    }
  }

  #awaitNoMore(): void {
    this.#awaiting?.dispose();
    this.#awaiting = undefined;
    this.#awaited = undefined;
  }

  startEnded(cause: Cause | undefined): void {
    if (this.#start === 'used') {
      this.#start = 'none';
      this.#isInVain = cause !== undefined;
      this.#ended('start', { cause });
    }
  }

  wouldStop(policy: LastClose): boolean {
    return policy === 'always' || (policy === 'ifStartedHere' && this.startedHere);
  }

  leave(policy: LastClose, verdict: Verdict): void {
    if (this.#counter.isAlone || this.#held === 'no') {
      const stops = this.#counter.isAlone && this.wouldStop(policy);
      this.#held = 'no';
      this.#mayUndo(stops);
      verdict(stops);
      return;
    }
    this.#held = 'leaving';
    this.#ask('leave', this.#leaving(policy), {
      answer: ({ stop }) => {
        this.#left();
        const stops = stop === true && this.#counter.mayAct();
        if (stop === true && !stops) {
          this.#ended('stop', { cause: notDone });
        }
        this.#mayUndo(stops);
        verdict(stops);
      },
      refused: (cause) => {
        this.#left();
        this.#giveBack(policy); // The next leader may have been told that it is held.
        verdict(false, cause);
      },
      alone: () => ({ stop: this.wouldStop(policy) }),
      gone: () => ({ stop: false }), // What is ours is for others to stop.
    });
  }

  #left(): void {
    if (this.#held === 'leaving') {
      this.#held = 'no';
    }
  }

  #leaving(policy: LastClose): object {
    return { activation: this.#current, policy, linger: this.#counter.linger };
  }

  /** A start under way ends with that. */
  #mayUndo(stops: boolean): void {
    if (stops) {
      this.#mayStopNow('leave');
      this.#start = 'none';
    }
  }

  #mayStopNow(reason: StopReason): void {
    this.#stop = reason;
    this.#stopped = this.#last;
  }

  letGo(): void {
    this.#askNoMore();
    if (this.#held === 'yes') {
      this.#held = 'no';
      // One that was begun elsewhere: nobody here waits for it any more.
      this.startEnded(this.#current === undefined ? { code: 'wentDown' } : undefined);
      this.#giveBack();
    } else if (this.#held === 'asked') {
      this.#held = 'no';
    }
  }

  /** Whatever is to be stopped then, the leader stops. Nobody waits for that: it is told whenever there is one that listens. */
  #giveBack(policy: LastClose = 'ifStartedHere'): void {
    const decline = ({ stop }: Answer) => {
      if (stop === true) {
        this.#ended('stop', { cause: notDone });
      }
    };
    this.#ask('leave', this.#leaving(policy), { answer: decline, isPatient: true });
  }

  mayStop({ go, done, refused }: StopRequest): void {
    if (this.#counter.isAlone) {
      this.#mayStopNow('stop');
      go();
      return;
    }
    this.#ask(
      'stop',
      {},
      {
        answer: (answer) => {
          if (answer.go !== true) {
            done();
          } else if (this.#counter.mayAct()) {
            this.#mayStopNow('stop');
            go();
          } else {
            refused({ code: 'ledgerSilent' });
          }
        },
        refused,
        alone: () => ({ go: true }),
      },
    );
  }

  stopAccepted(): void {
    if (this.#stop === 'stop') {
      this.#start = 'none';
      this.#stop = 'leave'; // All sessions have ended with it: whoever comes now waits for its end, as after the last close.
      this.#notify('accepted', { activation: this.#stopped });
    }
  }

  stopEnded(cause: Cause | undefined): void {
    if (this.#stop === undefined) {
      return;
    }
    this.#stop = undefined;
    this.#isInVain = cause === undefined;
    this.#claim = cause === undefined ? undefined : this.#claim;
    this.#ended('stop', { activation: this.#stopped, cause: cause?.code === 'cancelled' ? notDone : cause });
  }

  lost(clear: () => void): void {
    const activation = this.#last;
    if (activation === undefined || !this.#isOurs(activation)) {
      return;
    }
    this.#claim = undefined;
    this.#clearing = activation;
    this.#ask(
      'clear',
      { activation },
      {
        answer: ({ go }) => {
          this.#clearing = undefined;
          if (go === true) {
            this.#mayClear(activation, clear);
          }
        },
        refused: () => {
          this.#clearing = undefined;
        },
        isPatient: true,
        alone: () => ({ go: true }),
      },
    );
  }

  #mayClear(activation: string, clear: () => void): void {
    if (!this.#counter.mayAct()) {
      this.#claim = { activation };
      this.lost(clear); // The next leader is asked.
      return;
    }
    this.#stop = 'clear';
    this.#stopped = activation;
    if (this.#last === activation) {
      clear();
    } else {
      this.stopEnded(undefined); // What is left by now is of another start, which is not cleared away for this one.
    }
  }

  move(): Promise<void> {
    if (this.#counter.isAlone || this.#move === 'used') {
      this.#move = 'used';
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      this.#ask(
        'move',
        {},
        {
          answer: () => {
            this.#move = 'used';
            resolve();
          },
          refused: (cause) => reject(new PlatformFailure(cause)),
        },
      );
    });
  }

  moveEnded(): void {
    if (this.#move === 'used') {
      this.#move = 'none';
      this.#ended('move', {});
    }
  }

  /** Their start has another name. */
  startedByOthers(): void {}

  disclaim(): void {
    this.#start = 'none';
    this.#claim = undefined;
    if (this.#last !== undefined) {
      this.#notify('lost', { activation: this.#last });
    }
  }

  sessionsChanged(): void {
    if (!this.#counter.isAlone && !this.#isTelling) {
      this.#isTelling = true;
      queueMicrotask(() => {
        this.#isTelling = false;
        if (this.#held === 'yes') {
          this.#notify('sessions', { sessions: this.detail.sessions });
        }
      });
    }
  }

  /** There is another leader: what the one before it may not have heard is told once more. */
  recall(): void {
    if (this.#isInVain && this.#start === 'none' && this.#stop === undefined) {
      this.#ended('start', { cause: { code: 'cancelled' } });
    }
  }

  // What the leader says -----------------------------------------------------------------------------------------------

  /** Who else holds it, and which start of it is ours, if one is. */
  changed(others: readonly Holder[], claim: Omit<Claim, 'accessPoint'> | undefined): void {
    this.#others = others;
    this.#claim = claim;
    this.#isInVain &&= claim !== undefined && claim.activation === undefined;
    if (claim !== undefined && claim.activation === undefined && this.#own !== undefined && this.#start !== 'used') {
      this.#claim = { activation: this.#own };
      this.#notify('claim', { activation: this.#own }); // A leader that is gone was the only one to hear of it.
    }
    const isLost = claim?.activation !== undefined && claim.activation === this.#last && this.#current === undefined;
    if (isLost && claim.activation !== this.#clearing) {
      this.#notify('lost', { activation: claim.activation }); // It was over before anybody here heard that it is ours.
    }
    this.#owner.accountChanged();
  }

  stopping(by: ClientInfo | undefined): void {
    this.#stopper = by;
  }

  stoppedBy(by: ClientInfo, activation: string | undefined): void {
    this.#stopper = undefined;
    this.#held = 'no';
    this.#askNoMore();
    this.#start = 'none';
    this.#over = activation;
    this.#owner.stoppedElsewhere(causeBy(by));
  }

  get shown(): Shown | undefined {
    return this.#current === undefined || this.isOver
      ? undefined
      : { activation: this.#current, since: this.#currentSince };
  }

  stopUnheld(activation: string, done: (isDown: boolean) => void): void {
    const fullName = activation === this.#current ? this.#fullName : activation;
    this.#owner.stopUnheld(activation === unnamed ? undefined : fullName, done);
  }

  get isHeld(): boolean {
    return this.#held === 'yes' || this.#held === 'leaving';
  }

  /** What a leader that has never heard of it has to know of it; undefined also while it has no name. */
  get claim(): Claim | undefined {
    const accessPoint = this.#accessPoint;
    if (this.#start === 'used') {
      return this.#current === undefined ? undefined : { accessPoint, activation: this.#current, isOwn: true };
    }
    const own = this.#own !== undefined && { activation: this.#own, isOwn: true };
    const claim = this.#claim && { ...this.#claim, ...own, accessPoint };
    return claim?.activation === undefined ? undefined : claim;
  }

  get operation(): OperationDetail['kind'] | undefined {
    return this.#stop ?? (this.#start === 'used' ? 'start' : this.#move === 'used' ? 'move' : undefined);
  }

  get detail(): HoldDetail {
    const { sessions, base } = this.#owner.holding;
    const now = Date.now();
    const details = sessions.map(({ reason, openFor }, id) => ({
      id,
      reason,
      since: Math.max(0, Math.round(now - openFor)), // The clock may be near 1970, or was when it was opened.
      ...(base !== undefined && { received: base.received, written: base.written, source: base.source }),
    }));
    return { accessPoint: this.#accessPoint, sessions: details };
  }

  // Messages -----------------------------------------------------------------------------------------------------------

  #ask(method: string, params: object, call: Omit<Call, 'method' | 'params'>): void {
    this.#counter.send({
      late: (answer) => this.#tooLate(method, answer),
      ...call,
      method,
      params: { accessPoint: this.#accessPoint, ...params },
    });
  }

  /** What was given up here was permitted after all: it is given back. */
  #tooLate(method: string, { go, stop }: Answer): void {
    if (method === 'hold') {
      if (this.#held === 'no') {
        this.#giveBack();
      }
    } else if (go === true || stop === true || method === 'move') {
      this.#ended(method === 'start' ? 'start' : method === 'move' ? 'move' : 'stop', { cause: notDone });
    }
  }

  #ended(kind: OperationKind, outcome: { activation?: string | undefined; cause?: Cause | undefined }): void {
    this.#notify('ended', { kind, ...outcome });
  }

  #notify(method: string, params: object): void {
    this.#counter.notify(method, { accessPoint: this.#accessPoint, ...params });
  }
}

const causeBy = (by: ClientInfo): Cause => ({ code: 'stoppedElsewhere', other: nameOf(by) });
