import type { Cause, Clock, Disposable } from '../engine/index.js';
import { Holds } from './holds.js';
import type { Shown } from './line.js';
import {
  type Claim,
  type ClientInfo,
  type HeldBy,
  nameOf,
  type OperationDetail,
  type OperationKind,
  type SessionDetail,
  type StopReason,
} from './messages.js';
import { type Waiting, WaitingRequests, type Wish } from './waiting.js';

/** What one access point's page needs of the book. */
export interface Binding {
  readonly clock: Clock;
  /** Milliseconds, as in `BookTimes`. */
  readonly grace: number;
  readonly deathLinger: number;
  readonly sight: number;
  /** The former clients are back, or had their time: answers may be given. */
  readonly isSettled: boolean;
  /** All former clients are back, or have had more than their time: nobody holds anything that is not known. */
  readonly isComplete: boolean;
  /** Milliseconds in which nothing unheld is stopped and no absent hold dropped, after a change of the leader. */
  readonly quietLeft: number;
  /** Of a client that is here. */
  infoOf(client: string): ClientInfo;
  /** Somebody is about to stop it; without `by`, is not any more. */
  tellStopping(client: string, accessPoint: string, by: ClientInfo | undefined): void;
  tellEnded(client: string, accessPoint: string, by: ClientInfo, activation: string | undefined): void;
  /** This activation was stopped: who still sees it up sees the past. */
  isOver(accessPoint: string, activation: string): void;
  stopUnheld(accessPoint: string, activation: string, done: (isDown: boolean) => void): void;
  /** The start of it that the leader's own process sees; undefined when it sees none, or only the past. */
  shown(accessPoint: string): Shown | undefined;
  changed(what: 'holds' | 'claim'): void;
  /** At once: what is permitted next needs it. */
  writeClaims(): void;
  /** Runs what a timer or an answer has begun. */
  run(act: () => void): void;
}

/** A refusal is its cause. */
type Decision = boolean | 'wait' | Cause;

/** Which start of the access point is ours; without a name it is under way, or was cut off. */
type Ours = Omit<Claim, 'accessPoint' | 'isOwn'>;

interface Start {
  readonly kind: 'start';
  readonly client: string;
  /** What was ours before, and is over, as far as its client knows. */
  before: Ours | undefined;
  /** A leader before has permitted it: there may be holders that nobody here knows of yet. */
  readonly isInherited: boolean;
}

interface Stop {
  readonly kind: 'stop';
  /** Undefined: the leader itself, nobody holds it. */
  readonly client: string | undefined;
  readonly reason: StopReason;
  /** Of a `stop()`: the platform has accepted it, and nobody else holds it any more. */
  isAccepted: boolean;
  /** The start that goes on if the platform refuses a `stop()`. */
  start: Start | undefined;
}

/** How an operation has ended: well, not for a cause, not at all, or nobody knows: its client is gone or has given it up. */
type StartEnd = { readonly activation: string } | { readonly cause: Cause } | 'notBegun' | 'cutOff';
type StopEnd = 'down' | 'cutOff' | { readonly cause: Cause };

/** How often it is tried to stop what is ours and unheld: the system may be away, but one that refuses is not asked for ever. */
const mostTries = 3;

/** One access point in the leader's book: who holds it, whose it is, what is done to it, and who waits for what. */
export class Entry {
  readonly accessPoint: string;
  readonly #book: Binding;
  readonly #holds: Holds;
  readonly #waiting = new WaitingRequests();
  #ours: Ours | undefined;
  /** It was started under a leader before: there may be holders that nobody here knows of yet. */
  #isInherited = false;
  #operation: Start | Stop | undefined;
  /** How often nobody could stop what is ours and unheld. */
  #tries = 0;
  /** The client that moves to it. */
  #mover: string | undefined;
  /** When what is ours was last news: not all windows may see it yet. */
  #newsAt = Number.NEGATIVE_INFINITY;
  /** A start was cut off: the time in which what came of it is to be seen. */
  #naming: Disposable | undefined;
  /** Milliseconds for which a claim of a leader before, once it has a name, is left to those who may come back. */
  #patience = 0;
  /** Claimed and unheld: it is to be stopped now, or when the time is over. */
  #due: 'now' | Disposable | undefined;

  constructor(accessPoint: string, book: Binding) {
    this.accessPoint = accessPoint;
    this.#book = book;
    this.#holds = new Holds(book.clock, () => this.#later(() => this.#unheld(book.deathLinger)));
  }

  /** There is nothing to remember. */
  get isEmpty(): boolean {
    return (
      this.#holds.size + this.#waiting.size === 0 &&
      this.#ours === undefined &&
      this.#operation === undefined &&
      this.#mover === undefined
    );
  }

  get claim(): Ours | undefined {
    return this.#ours;
  }

  get held(): readonly HeldBy[] {
    return this.#holds.shown(this.accessPoint);
  }

  /** It is held by this client, or waits to be. */
  concerns(client: string): boolean {
    return this.#holds.has(client) || this.#waiting.has('hold', client);
  }

  requestsOf(client: string): number {
    return this.#waiting.of(client).length;
  }

  // Requests -------------------------------------------------------------------------------------------------------------

  ask(client: string, wish: Wish): Promise<boolean> {
    const answer = this.#waiting.add(client, wish);
    this.proceed();
    return answer;
  }

  /** Answers who can be answered now, in the order in which they have asked, and stops what nobody wants any more. */
  proceed(): void {
    if (!this.#book.isSettled) {
      this.#name();
      return;
    }
    while (this.#answerSome()) {
      // One answer may be what another has waited for.
    }
    if (this.#due === 'now' && this.#operation === undefined && this.#ours?.activation !== undefined) {
      this.#stopUnheld(this.#ours.activation);
    }
  }

  #answerSome(): boolean {
    this.#name();
    const before = this.#waiting.size;
    for (const request of this.#waiting.all) {
      const decision = this.#decide(request);
      if (decision !== 'wait') {
        this.#tell(request, decision);
      }
    }
    return this.#waiting.size < before;
  }

  #tell(request: Waiting, decision: boolean | Cause): void {
    if (typeof decision !== 'boolean') {
      this.#waiting.refuse(request, decision);
      return;
    }
    this.#waiting.answer(request, decision);
    if (request.isGivenUp && decision && this.#operation?.kind === 'stop') {
      this.#stopEnded(this.#operation, 'cutOff', 0);
    }
  }

  /** The one place where it is decided who may do what, and when. */
  #decide(request: Waiting): Decision {
    const { client, wish } = request;
    switch (wish.kind) {
      case 'hold':
        return this.#hold(client);
      case 'start':
        return this.#start(client, wish.seen);
      case 'leave':
        this.#waiting.refuseBefore(request);
        return this.#leave(client, wish);
      case 'stop':
        return this.#stop(request);
      case 'clear':
        return this.#clear(client, wish.activation);
      case 'move':
        return this.#move(client);
      case 'release':
        return this.#operation !== undefined || this.#due === 'now' ? 'wait' : false;
    }
  }

  /** Waits while it is being stopped (O3). */
  #hold(client: string): Decision {
    if (this.#operation?.kind === 'stop') {
      return 'wait';
    }
    this.#take(this.#book.infoOf(client));
    return true;
  }

  #start(client: string, seen: string | undefined): Decision {
    if (!this.#holds.has(client)) {
      return this.#waiting.has('hold', client) ? 'wait' : { code: 'notOpen' };
    }
    if (this.#operation !== undefined || this.#isCutOff) {
      return 'wait'; // What was cut off may go on: a window that does not see it yet would start it again (B1).
    }
    if (this.#ours !== undefined && this.#ours.activation !== seen) {
      return false; // It is up, as far as anybody knows: its client hears of it late.
    }
    this.#begin({ client, before: this.#ours, isInherited: false });
    this.#book.writeClaims();
    return true;
  }

  /** The last one stops it, if it is ours to stop (O5, O5a, O6). */
  #leave(client: string, { activation, policy, linger }: Extract<Wish, { kind: 'leave' }>): Decision {
    const operation = this.#operation;
    if (operation?.kind === 'stop' && operation.reason === 'stop' && operation.client === client) {
      return 'wait'; // It ends with its own `stop()`, or is the last one after that was refused.
    }
    const start = this.#startOf(client);
    const isLast = this.#holds.isOnly(client) && !this.#waiting.hasOther('hold', client);
    const isAsked =
      start?.isInherited === true || (policy === 'always' && activation !== undefined && this.#ours === undefined);
    if (isLast && isAsked && operation?.kind !== 'stop' && !this.#book.isComplete) {
      return 'wait'; // It is to be stopped, and nobody else would do it; but others may hold it.
    }
    this.#drop(client);
    if (!isLast) {
      this.#startEnded(start, 'cutOff');
      return false;
    }
    if (this.#operation?.kind === 'stop') {
      this.#startEnded(start, 'cutOff');
      if (policy === 'never') {
        this.#keep();
      } else {
        this.#unheld(linger);
      }
      return false;
    }
    if (start !== undefined) {
      this.#beginStop(client, 'leave', start); // Nobody wants it any more: it is undone (O6).
      return true;
    }
    if (policy === 'never') {
      this.#keep();
      return false;
    }
    if (this.#ours !== undefined && linger > 0) {
      this.#unheld(linger);
      return false;
    }
    const isWhole = this.#book.isComplete || (this.#ours !== undefined && !this.#isInherited);
    if (isWhole && (policy === 'always' || (activation !== undefined && this.#isOurs(activation)))) {
      this.#beginStop(client, 'leave');
      return true;
    }
    // Ours is another one than its client sees, or is not seen yet, or others may hold it: whoever stops it will look.
    this.#unheld(0);
    return false;
  }

  /** A `stop()` needs no hold, and goes before a start (O7). */
  #stop(request: Waiting): Decision {
    const { client } = request;
    const operation = this.#operation;
    if (operation?.kind !== 'stop') {
      this.#beginStop(client, 'stop', operation);
      this.#tellStopping(client, this.#book.infoOf(client));
      return true;
    }
    if (!request.hasJoined && (operation.reason !== 'stop' || operation.isAccepted)) {
      request.hasJoined = true;
      this.#endOthers(client, this.#book.infoOf(client));
    }
    return 'wait';
  }

  /** Once for each activation of ours (O8). */
  #clear(client: string, activation: string): Decision {
    if (this.#operation !== undefined || !this.#isOurs(activation)) {
      return false;
    }
    this.#beginStop(client, 'clear');
    return true;
  }

  #move(client: string): Decision {
    if (this.#mover !== undefined && this.#mover !== client) {
      return { code: 'movingElsewhere', other: nameOf(this.#book.infoOf(this.#mover)) };
    }
    this.#mover = client;
    return true;
  }

  /** The rescue: every hold is dropped, and what is ours is stopped, whatever was going on. */
  releaseAll(by: ClientInfo): void {
    this.#endOthers(undefined, by);
    if (this.#operation?.kind === 'start') {
      this.#operation = undefined;
    } else if (this.#operation !== undefined) {
      this.#operation.start = undefined;
    }
    this.#dueNoMore();
    this.#due = this.#ours && 'now';
    this.proceed();
  }

  /** This client does not wait for that any more. */
  releaseNoMore(client: string): void {
    this.#waiting.giveUp(client, 'release');
  }

  // What clients tell ----------------------------------------------------------------------------------------------------

  ended(client: string, kind: OperationKind, activation: string | undefined, cause: Cause | undefined): void {
    switch (kind) {
      case 'move':
        this.#waiting.giveUp(client, 'move');
        this.#mover = this.#mover === client ? undefined : this.#mover;
        break;
      case 'start':
        this.#clientStartEnded(client, activation, cause);
        break;
      case 'stop':
        this.#clientStopEnded(client, activation, cause);
    }
    this.proceed();
  }

  #clientStartEnded(client: string, activation: string | undefined, cause: Cause | undefined): void {
    const start = this.#startOf(client);
    if (start === undefined) {
      this.#waiting.giveUp(client, 'start');
      if (activation !== undefined) {
        this.#nameIt(activation);
      } else if (cause !== undefined) {
        this.#nothingCame(client);
      }
    } else if (activation !== undefined) {
      this.#startEnded(start, { activation });
    } else if (cause === undefined) {
      this.#startEnded(start, 'cutOff');
    } else {
      this.#startEnded(start, isSilence(cause) ? 'notBegun' : { cause });
    }
  }

  /** Where it was not heard or given up, nothing was stopped: what is unheld then, the leader stops (B2). */
  #clientStopEnded(client: string, activation: string | undefined, cause: Cause | undefined): void {
    const operation = this.#operation;
    if (operation?.kind !== 'stop' || operation.client !== client) {
      this.#waiting.giveUp(client, 'stop');
      this.#waiting.giveUp(client, 'clear');
      this.#waiting.giveUp(client, 'leave');
    } else if (cause === undefined) {
      this.#stopEnded(operation, 'down', 0, activation);
    } else if (isSilence(cause)) {
      this.#stopEnded(operation, 'cutOff', 0);
    } else {
      this.#stopEnded(operation, { cause });
    }
  }

  /** Whoever has called `stop()` has ended all others with it (O7). */
  accepted(client: string, activation: string | undefined): void {
    const operation = this.#operation;
    if (operation?.kind === 'stop' && operation.client === client) {
      this.#accept(operation, activation);
      this.proceed();
    }
  }

  /** It is over from outside: it is not ours any more (O5a). */
  lost(activation: string): void {
    const start = this.#startUnderWay;
    if (start !== undefined) {
      start.before = start.before?.activation === activation ? undefined : start.before;
    } else if (this.#isOurs(activation)) {
      this.#setOurs(undefined);
      this.proceed();
    }
  }

  /** A start of ours that is under way, or was cut off, is called this. */
  claimed(client: string, activation: string): void {
    if (this.#startOf(client) === undefined) {
      this.#nameIt(activation);
    } else {
      this.#setOurs({ activation });
    }
    this.proceed();
  }

  describe(client: string, sessions: readonly SessionDetail[]): void {
    this.#holds.describe(client, sessions);
    this.#book.changed('holds');
  }

  // Coming and going -----------------------------------------------------------------------------------------------------

  /** Its client is gone, in order or not. */
  gone(client: string): void {
    for (const request of this.#waiting.of(client)) {
      this.#waiting.refuse(request, { code: 'cancelled' });
    }
    this.#holds.gone(client, this.#graceNow);
    this.#mover = this.#mover === client ? undefined : this.#mover;
    this.#startEnded(this.#startOf(client), 'cutOff');
    if (this.#operation?.kind === 'stop' && this.#operation.client === client) {
      this.#stopEnded(this.#operation, 'cutOff', this.#book.deathLinger);
    }
    this.proceed();
  }

  /** A client is here, and holds it. */
  declareHold(info: ClientInfo, sessions: readonly SessionDetail[]): void {
    this.#take(info, sessions);
  }

  /** A client is back, and does not hold it any more. */
  declareNoHold(client: string): void {
    if (this.#holds.has(client)) {
      this.#drop(client);
      this.#unheld(0);
    }
  }

  /** A claim that a client or a leader before knew of. Unheld it is stopped after `delay` milliseconds. */
  declareClaim(
    { activation, starter, since, isKept, isOwn }: Omit<Claim, 'accessPoint'>,
    delay = this.#book.deathLinger,
  ): void {
    const isNews = this.#ours === undefined || (this.#ours.activation === undefined && activation !== undefined);
    const isAnother = isOwn === true && this.#ours?.activation !== activation;
    if ((isNews || isAnother) && this.#startUnderWay === undefined) {
      this.#isInherited = true;
      this.#patience = activation === undefined ? delay : 0;
      // Those who are absent held it before it was left up.
      this.#setOurs({ activation, starter, since, isKept: isKept && this.#holds.present.length === 0 });
      this.#unheldIfForgotten(delay);
    }
  }

  /** An operation of a client that is back is in force, unless another one has begun meanwhile. */
  declareOperation(client: string, kind: OperationDetail['kind']): void {
    if (kind === 'move') {
      this.#mover ??= client;
    } else if (this.#operation === undefined && kind !== 'start') {
      this.#beginStop(client, kind);
    } else if (this.#operation === undefined && this.#holds.has(client)) {
      this.#begin({ client, before: undefined, isInherited: true }, this.#ours);
    }
  }

  /** A hold that a leader before knew of: its client may come back. */
  restore({ info, detail }: HeldBy): void {
    this.#holds.leaveBehind({ info, sessions: detail.sessions }, this.#graceNow);
  }

  /** Nothing more comes. */
  dispose(): void {
    this.#dueNoMore();
    this.#nameNoMore();
    this.#holds.dropAllBut(undefined);
    this.#waiting.refuseAll('any', { code: 'ledgerSilent' });
  }

  // Operations -----------------------------------------------------------------------------------------------------------

  /** Also one that goes on until somebody's `stop()` is accepted. */
  get #startUnderWay(): Start | undefined {
    return this.#operation?.kind === 'stop' ? this.#operation.start : this.#operation;
  }

  #startOf(client: string): Start | undefined {
    const start = this.#startUnderWay;
    return start?.client === client ? start : undefined;
  }

  #begin(start: Omit<Start, 'kind'>, { activation, since }: Partial<Ours> = {}): void {
    this.#patience = 0;
    this.#operation = { kind: 'start', ...start };
    this.#setOurs({ activation, starter: start.client, since: since ?? Math.floor(this.#book.clock.now()) });
  }

  #startEnded(start: Start | undefined, end: StartEnd): void {
    if (start === undefined) {
      return;
    }
    if (this.#operation?.kind === 'stop') {
      this.#operation.start = undefined;
    } else {
      this.#operation = undefined;
    }
    if (end === 'cutOff') {
      return; // What comes of it is ours.
    }
    if (end === 'notBegun') {
      this.#setOurs(this.#ours?.activation === undefined ? start.before : this.#ours);
    } else if ('cause' in end) {
      this.#setOurs(start.before);
      this.#waiting.refuseAll('start', end.cause);
    } else {
      this.#isInherited = start.isInherited;
      this.#setOurs(end);
      this.#waiting.answerAll('start', false);
    }
  }

  #beginStop(client: string | undefined, reason: StopReason, start?: Start): Stop {
    this.#dueNoMore();
    const stop: Stop = { kind: 'stop', client, reason, isAccepted: false, start };
    this.#operation = stop;
    return stop;
  }

  #accept(stop: Stop, activation: string | undefined): void {
    if (stop.reason === 'stop' && stop.client !== undefined && !stop.isAccepted) {
      stop.isAccepted = true;
      stop.start = undefined;
      this.#endOthers(stop.client, this.#book.infoOf(stop.client), activation);
    }
  }

  /** Cut off, and ours, and unheld: it is stopped after `delay` milliseconds. */
  #stopEnded(stop: Stop, end: StopEnd, delay = 0, activation = this.#ours?.activation): void {
    if (end === 'down') {
      if (activation !== undefined) {
        this.#book.isOver(this.accessPoint, activation);
      }
      this.#accept(stop, activation);
      this.#operation = undefined;
      this.#setOurs(undefined);
      this.#waiting.answerAll('stop', false);
      this.#waiting.answerAll('release', true);
      return;
    }
    this.#operation = stop.reason === 'stop' ? stop.start : undefined;
    if (stop.reason === 'stop' && !stop.isAccepted) {
      this.#tellStopping(stop.client, undefined);
    }
    if (end === 'cutOff') {
      this.#unheldIfForgotten(delay);
      return;
    }
    if (stop.reason === 'clear') {
      this.#setOurs(undefined);
    }
    this.#waiting.refuseAll('stop', end.cause);
  }

  /** Those who hold it may see it go down before they hear that it was accepted. */
  #tellStopping(client: string | undefined, by: ClientInfo | undefined): void {
    for (const other of this.#holds.present) {
      if (other !== client) {
        this.#book.tellStopping(other, this.accessPoint, by);
      }
    }
  }

  /** The leader stops it itself. */
  #stopUnheld(activation: string): void {
    const stop = this.#beginStop(undefined, 'leave');
    this.#book.stopUnheld(this.accessPoint, activation, (isDown) =>
      this.#later(() => {
        if (this.#operation === stop) {
          this.#operation = undefined;
          if (isDown) {
            this.#stopEnded(stop, 'down');
          } else {
            this.#tries++;
            if (this.#tries < mostTries) {
              this.#unheld(this.#book.deathLinger);
            }
          }
        }
      }),
    );
  }

  // Holds and claims -----------------------------------------------------------------------------------------------------

  #take(info: ClientInfo, sessions?: readonly SessionDetail[]): void {
    this.#holds.take(info, sessions);
    this.#dueNoMore();
    this.#setOurs(this.#ours && { ...this.#ours, isKept: undefined });
    this.#book.changed('holds');
  }

  #drop(client: string): void {
    if (this.#holds.drop(client)) {
      this.#book.changed('holds');
    }
  }

  /** Somebody has stopped it: all but the one who did lose it, and those who wanted it hear why (O7). */
  #endOthers(client: string | undefined, by: ClientInfo, activation = this.#ours?.activation): void {
    for (const other of this.#holds.dropAllBut(client)) {
      this.#book.tellEnded(other, this.accessPoint, by, activation);
    }
    this.#book.changed('holds');
    this.#waiting.refuseOthers(client, { code: 'stoppedElsewhere', other: nameOf(by) });
  }

  #isOurs(activation: string | undefined): boolean {
    return activation !== undefined && this.#ours?.activation === activation;
  }

  #setOurs(ours: Ours | undefined): void {
    const isAnother =
      this.#ours?.activation !== ours?.activation || (this.#ours === undefined) !== (ours === undefined);
    if (isAnother) {
      this.#tries = 0;
      this.#newsAt = this.#book.clock.now();
      this.#nameNoMore();
    }
    const { isKept, starter, since } = this.#ours ?? {};
    if (isAnother || isKept !== ours?.isKept || starter !== ours?.starter || since !== ours?.since) {
      this.#ours = ours;
      this.#book.changed('claim');
    }
    if (ours === undefined) {
      this.#isInherited = false;
      this.#dueNoMore();
    }
  }

  /** A start is ours that nobody here has permitted, or whose name nobody knew. */
  #nameIt(activation: string, delay = 0): void {
    if (this.#ours?.activation === undefined) {
      this.#setOurs({ activation, isKept: this.#ours?.isKept });
      this.#unheldIfForgotten(delay);
    }
  }

  /** Nothing came of a start of this client that counts as cut off: it has left it before it began, or another leader has permitted it. */
  #nothingCame(client: string): void {
    if (this.#isCutOff && this.#ours?.starter === client) {
      this.#setOurs(undefined);
    }
  }

  /** A start of ours has ended without anybody telling what came of it. */
  get #isCutOff(): boolean {
    return this.#operation === undefined && this.#ours !== undefined && this.#ours.activation === undefined;
  }

  /**
   * A start that was cut off gets its name from what the leader sees: what came up within `sight` of the permit. What is not
   * seen in time, or was up before, or came later, is not known to be ours, and so it is not (O5a).
   */
  #name(): void {
    const { clock, sight } = this.#book;
    if (!this.#isCutOff) {
      this.#nameNoMore();
      return;
    }
    const { since: permitted = Number.NaN } = this.#ours ?? {};
    const shown = this.#book.shown(this.accessPoint);
    if (shown !== undefined && shown.since > permitted && shown.since < permitted + sight) {
      this.#nameIt(shown.activation, this.#patience);
    } else if (this.#naming === undefined) {
      const due = clock.now() + sight;
      this.#naming = clock.setTimeout(() => this.#book.run(() => this.#nameInTime(clock.now() - due)), sight);
    }
  }

  #nameNoMore(): void {
    this.#naming?.dispose();
    this.#naming = undefined;
  }

  /** The time is over; but who was stopped meanwhile itself, and is late, has not seen yet what others have. */
  #nameInTime(late: number): void {
    this.#naming = undefined;
    if (late <= this.#book.sight / 2) {
      this.#name();
      if (this.#isCutOff) {
        this.#setOurs(undefined);
      }
    }
    this.proceed();
  }

  /** It stays up, and is ours all the same: the next ones to hold it may stop it. */
  #keep(): void {
    this.#dueNoMore();
    this.#setOurs(this.#ours && { ...this.#ours, isKept: true });
  }

  /** Nobody may hold it any more: then what is ours is stopped after this time, unless somebody holds it again. */
  #unheld(delay: number): void {
    this.#dueNoMore();
    if (this.#ours?.activation !== undefined && this.#ours.isKept !== true && this.#holds.size === 0) {
      const wait = Math.max(delay, this.#book.quietLeft, this.#sightLeft);
      // The time in which nothing is stopped may have begun anew meanwhile.
      this.#due = wait === 0 ? 'now' : this.#book.clock.setTimeout(() => this.#later(() => this.#unheld(0)), wait);
    }
  }

  #unheldIfForgotten(delay: number): void {
    if (this.#due === undefined && this.#operation === undefined) {
      this.#unheld(delay);
    }
  }

  #dueNoMore(): void {
    if (this.#due !== 'now') {
      this.#due?.dispose();
    }
    this.#due = undefined;
  }

  get #sightLeft(): number {
    return Math.max(0, this.#newsAt + this.#book.sight - this.#book.clock.now());
  }

  get #graceNow(): number {
    return Math.max(this.#book.grace, this.#book.quietLeft);
  }

  #later(act: () => void): void {
    this.#book.run(() => {
      act();
      this.#book.changed('holds');
      this.proceed();
    });
  }
}

/** The client has not heard the answer in time: it has done nothing. */
const isSilence = ({ code }: Cause): boolean => code === 'ledgerSilent';
