import {
  type Disposable,
  Emitter,
  type Event,
  type MoveEnd,
  type NetworkConfiguration,
  type NetworkConfigurationManager,
  type NetworkSession,
  type SessionEnd,
  SessionError,
  type SessionFailure,
  type SessionOptions,
} from '../../engine/index.js';
import { Consent } from './consent.js';
import { type MoveRecord, withMove } from './moves.js';
import { isCancelled } from './sentences.js';

/**
 * How a session stands for the person who looks at it. An idle one is not shown: it was not opened yet, or it is a
 * client's that only watches. A lost one stays until it is opened again or dismissed.
 */
export type SessionPhase =
  | { readonly kind: 'idle' | 'opening' | 'open' | 'closing' }
  | { readonly kind: 'lost'; readonly failure: SessionFailure };

const idle: SessionPhase = { kind: 'idle' };
const opening: SessionPhase = { kind: 'opening' };
const open: SessionPhase = { kind: 'open' };
const closing: SessionPhase = { kind: 'closing' };

/** A session with what the editor remembers of it. */
export class SessionEntry {
  readonly id: string;
  readonly session: NetworkSession;
  /** Its last moves, the latest first. */
  moves: readonly MoveRecord[] = [];
  /** The person has seen that it was lost. */
  noticed = true;
  /** Grows from one opening to the next, over all sessions; 0 before the first. */
  openedAs = 0;
  #byPerson: boolean;
  /** What was told: until its end is told, it has not ended. */
  #told: 'end' | 'opening' | 'open' = 'end';
  /** Why it was lost, also while it is being opened again. */
  #lost: SessionFailure | undefined;
  /** Who has called for the move under way. */
  #mover: 'person' | 'client' | 'engine' | undefined;

  constructor(id: string, session: NetworkSession) {
    this.id = id;
    this.session = session;
    this.#byPerson = session.owner === undefined;
  }

  /** The person's: opened by the person, or left to the person by the extension that opened it. */
  get byPerson(): boolean {
    return this.#byPerson;
  }

  /** Its extension has done with it, but the person wants to keep it. */
  handOver(): void {
    this.#byPerson = true;
  }

  /** Its extension answers the offers and moves of this session itself, so that nobody else may. */
  get isAnsweredByClient(): boolean {
    return this.session.isStakeholder || this.#mover === 'client';
  }

  /** The person hears when a move does not work: of one's own sessions, and of what was called for by hand. */
  get tellsOfMoves(): boolean {
    return this.#mover === undefined ? this.byPerson : this.#mover === 'person';
  }

  /** Somebody has called for a move or an answer. */
  movedBy(mover: 'person' | 'client'): void {
    this.#mover = mover;
  }

  /** Looks how far a move is. */
  follow(): void {
    const { offer } = this.session;
    if (offer.kind === 'none' || offer.kind === 'offered') {
      this.#mover = undefined;
    } else if ('isForced' in offer && offer.isForced) {
      this.#mover ??= 'engine';
    }
  }

  get phase(): SessionPhase {
    if (this.session.isOpening) {
      return opening;
    }
    if (this.session.isOpen) {
      return open;
    }
    if (this.#told !== 'end') {
      return closing;
    }
    return this.#lost === undefined ? idle : { kind: 'lost', failure: this.#lost };
  }

  /** The access point that it is on; what it would be opened on while it is not. */
  get accessPoint(): string {
    return this.session.activeConfiguration.identifier || this.session.configuration.identifier;
  }

  /** What to open to have the same again: not the user choice, which would ask again, but what was chosen. */
  get target(): string {
    const choice = this.session.sessionProperty('UserChoiceConfiguration');
    return typeof choice === 'string' && choice !== '' ? choice : this.session.configuration.identifier;
  }

  /** Opens it, again if it was lost. */
  open(): void {
    this.noticed = true;
    this.session.open();
    if (this.#told === 'end' && this.#isActive) {
      this.#told = 'opening';
    }
  }

  get #isActive(): boolean {
    return this.session.isOpen || this.session.isOpening;
  }

  /** Closes it or cancels its opening. False when there was nothing to close. */
  close(): boolean {
    const closes = this.#isActive;
    if (closes) {
      this.session.close();
    }
    return closes;
  }

  opened(number: number): void {
    this.dismiss();
    this.#told = 'open';
    this.openedAs = number;
    this.moves = [];
  }

  /**
   * Takes its end; true when that is a loss. One that another's `stop()` has ended is lost to the person who did not agree to
   * that, also while it was being opened (O7); another extension hears of its own. What the person has agreed to take down is
   * not lost.
   */
  ended(end: SessionEnd, consent: Consent): boolean {
    const wasOpen = this.#told === 'open';
    this.#told = 'end';
    const { failure } = end;
    const by = end.kind === 'stopped' ? end.by : undefined;
    const isStopped = by === 'anotherSession';
    const isKnown = failure === undefined || consent.covers(failure.accessPoint);
    if (isKnown || (isStopped ? !this.byPerson : isCancelled(failure))) {
      return false;
    }
    const isLoss = isStopped || (wasOpen && (end.kind === 'lost' || by === 'anotherWindow'));
    if (isLoss || this.#lost !== undefined) {
      this.#lost = failure;
    }
    if (isLoss) {
      this.noticed = !this.byPerson;
    }
    return isLoss;
  }

  /** It is not shown as lost any more. */
  dismiss(): void {
    this.#lost = undefined;
    this.noticed = true;
  }
}

/** A move that has ended. */
export interface Moved {
  readonly entry: SessionEntry;
  readonly move: MoveRecord;
}

/** What `stop()` of a session stops: on a service network the access point in use (O7). */
export const stopTarget = ({ activeConfiguration, configuration }: NetworkSession): NetworkConfiguration =>
  activeConfiguration.isValid ? activeConfiguration : configuration;

/** The sessions of this window: the person's, and those that other extensions have opened. */
export class SessionList {
  readonly #manager: NetworkConfigurationManager;
  readonly #subscriptions = new Map<SessionEntry, readonly Disposable[]>();
  readonly #changed: Emitter<SessionEntry>;
  readonly #lost: Emitter<SessionEntry>;
  readonly #moved: Emitter<Moved>;
  readonly #stayed: Emitter<SessionEntry>;
  /** What the person has agreed to take down. */
  readonly consent = new Consent();
  #made = 0;
  #opened = 0;

  constructor(manager: NetworkConfigurationManager, report: (error: unknown) => void) {
    this.#manager = manager;
    this.#changed = new Emitter(report);
    this.#lost = new Emitter(report);
    this.#moved = new Emitter(report);
    this.#stayed = new Emitter(report);
  }

  /** An entry shows something else now, has come or has gone. */
  get onDidChange(): Event<SessionEntry> {
    return this.#changed.event;
  }

  /** An open session was lost. */
  get onDidLose(): Event<SessionEntry> {
    return this.#lost.event;
  }

  /** A move of an open session has ended, one way or the other. */
  get onDidMove(): Event<Moved> {
    return this.#moved.event;
  }

  /** A move, or an answer to one, did not work: the session is open as before, and its failure says why. */
  get onDidFailToMove(): Event<SessionEntry> {
    return this.#stayed.event;
  }

  /** Those to show, in the order in which they were made. */
  get shown(): readonly SessionEntry[] {
    return [...this.#subscriptions.keys()].filter((entry) => entry.phase.kind !== 'idle');
  }

  /** The open one that was opened last. */
  get lastOpened(): SessionEntry | undefined {
    let last: SessionEntry | undefined;
    for (const entry of this.#subscriptions.keys()) {
      if (entry.session.isOpen && entry.openedAs >= (last?.openedAs ?? 0)) {
        last = entry;
      }
    }
    return last;
  }

  /** The lost one that the person has not seen yet. */
  get unnoticed(): SessionEntry | undefined {
    return this.shown.find((entry) => !entry.noticed);
  }

  /** The entry that anything is: itself, or by its id if it is shown. */
  find(given: unknown): SessionEntry | undefined {
    return given instanceof SessionEntry ? given : this.shown.find(({ id }) => id === given);
  }

  /** Makes a session; it is shown from its opening on. Without an owner it is the person's. */
  create(configuration: NetworkConfiguration | string, options?: SessionOptions): SessionEntry {
    const session = this.#manager.createSession(configuration, options);
    this.#made += 1;
    const entry = new SessionEntry(`session-${this.#made}`, session);
    this.#subscriptions.set(entry, [
      session.onDidChangeState(() => this.#changed.fire(entry)),
      session.onDidOpen(() => {
        this.#opened += 1;
        entry.opened(this.#opened);
        this.#changed.fire(entry);
      }),
      session.onDidFail(() => this.#failed(entry)),
      session.onDidChangeOffer(() => this.#follow(entry)),
      session.onDidActivateNewConfiguration(() => this.#follow(entry)),
      session.onDidEndMove((end) => this.#moveEnded(entry, end)),
      session.onDidEnd((end) => this.#ended(entry, end)),
    ]);
    return entry;
  }

  #failed(entry: SessionEntry): void {
    const { failure, isOpen } = entry.session;
    if (isOpen && failure?.error === SessionError.RoamingError) {
      this.#stayed.fire(entry);
    }
    this.#changed.fire(entry);
  }

  #follow(entry: SessionEntry): void {
    entry.follow();
    this.#changed.fire(entry);
  }

  #moveEnded(entry: SessionEntry, end: MoveEnd): void {
    const moves = withMove(entry.moves, end, new Date());
    if (moves !== undefined) {
      entry.moves = moves;
      this.#moved.fire({ entry, move: moves[0] });
      this.#changed.fire(entry);
    }
  }

  open(entry: SessionEntry): void {
    entry.open();
    this.#changed.fire(entry);
  }

  close(entry: SessionEntry): boolean {
    const closes = entry.close();
    this.#changed.fire(entry);
    return closes;
  }

  /** Stops the access point of a session. What the person has agreed to, the person is not told of. */
  stop(session: NetworkSession, isAgreed: boolean): void {
    if (!isAgreed) {
      session.stop();
      return;
    }
    const { identifier } = stopTarget(session);
    const consent = this.consent.give([identifier]);
    session.stop();
    // one that only waits for the end of what goes on there, also when the other is disposed of meanwhile
    const witness = this.#manager.createSession(identifier);
    void witness[Symbol.asyncDispose]().then(() => consent.dispose());
  }

  /** The person knows that these were lost. */
  notice(entries: readonly SessionEntry[]): void {
    for (const entry of entries) {
      entry.noticed = true;
      this.#changed.fire(entry);
    }
  }

  /** The person has done with a lost one. Another extension's stays its own: it is only not shown any more. */
  dismiss(entry: SessionEntry): void {
    if (entry.byPerson) {
      this.remove(entry);
    } else {
      entry.dismiss();
      this.#changed.fire(entry);
    }
  }

  /** Disposes of a session and forgets it. */
  remove(entry: SessionEntry): void {
    for (const subscription of this.#subscriptions.get(entry) ?? []) {
      subscription.dispose();
    }
    this.#subscriptions.delete(entry);
    entry.session.dispose();
    this.#changed.fire(entry);
  }

  #ended(entry: SessionEntry, end: SessionEnd): void {
    if (entry.ended(end, this.consent)) {
      this.#lost.fire(entry);
    }
    if (end.kind !== 'failed' && entry.byPerson && entry.phase.kind === 'idle') {
      this.remove(entry);
    } else {
      this.#changed.fire(entry);
    }
  }
}
