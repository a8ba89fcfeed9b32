import type { Clock, Logger } from '../engine/index.js';
import { AwakeTime } from './awakeTime.js';
import { type Binding, Entry } from './entry.js';
import type { Shown } from './line.js';
import {
  type Answers,
  bounds,
  type Claim,
  type ClientInfo,
  canClaim,
  type Declaration,
  fittingSnapshot,
  type Leave,
  type OperationEnd,
  OutOfBounds,
  Refusal,
  type SessionDetail,
  type Snapshot,
} from './messages.js';
import { type BookTimes, rescueTime } from './times.js';
import type { Wish } from './waiting.js';

/** Access points of which it is known what was stopped last. */
const mostOver = 256;
/** How often a new leader looks in its quiet time whether it was stopped. */
const quietSteps = 3;

export interface BookPorts {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Somebody else has stopped it, and this client's hold is gone. */
  tellEnded(client: string, accessPoint: string, by: ClientInfo, activation: string | undefined): void;
  /** Somebody is about to stop it; without `by`, is not any more. */
  tellStopping(client: string, accessPoint: string, by: ClientInfo | undefined): void;
  /**
   * The leader's own process is to stop it, nobody holds it: this activation of it and no other. `done` says whether that is
   * down, or could not be stopped.
   */
  stopUnheld(accessPoint: string, activation: string, done: (isDown: boolean) => void): void;
  /** The start of it that the leader's own process sees; undefined when it sees none, or only the past. */
  shown(accessPoint: string): Shown | undefined;
  /**
   * Called before a start is permitted and whenever claims change; with the next change of anything again, if they were not
   * written. When it throws the book goes on, and warns once.
   */
  writeClaims(claims: readonly Claim[]): boolean;
  /** The snapshot is another. */
  changed(): void;
}

/** What a new leader knows of the time before it. */
export interface BookBefore {
  /** The term of the new leader, for its snapshots. */
  readonly term: number;
  /** The last one that it has got; undefined when it has got none. */
  readonly snapshot?: Snapshot | undefined;
  /** Those on disk, where every change is before anybody hears of it; undefined when there is nothing to be read. */
  readonly claims?: readonly Claim[] | undefined;
}

/**
 * What the leader knows: who holds which access point, whose it is, what is done to it, and who waits for what. It counts
 * and permits; what is permitted its clients do themselves.
 *
 * Requests return a promise that always ends: with the answer, or rejected with a {@link Refusal}, or {@link OutOfBounds}.
 */
export class Book {
  readonly #ports: BookPorts;
  readonly #term: number;
  readonly #clients = new Map<string, ClientInfo>();
  readonly #entries = new Map<string, Entry>();
  readonly #binding: Binding;
  /** The claims of the leader before are known. */
  readonly #isRead: boolean;
  /** All that were here since it leads. */
  readonly #met = new Set<string>();
  /** Former clients that are not back; undefined when nobody knows who they were. */
  #expected: Set<string> | undefined;
  readonly #settling: AwakeTime;
  readonly #quiet: AwakeTime;
  #isSettled = false;
  #isChanged = false;
  #hasOtherClaims = false;
  #hasWarned = false;
  #isDisposed = false;
  /** The term from which the holds of those who are not here were taken over. */
  #recalled = 0;
  /** The activation of each access point that was stopped last, the latest ones. */
  readonly #over = new Map<string, string>();
  /** What others are told, once the book is written up. */
  readonly #effects: (() => void)[] = [];

  constructor(times: BookTimes, ports: BookPorts, before: BookBefore) {
    this.#ports = ports;
    this.#term = before.term;
    this.#isRead = before.claims !== undefined;
    const late = times.quiet / quietSteps / 2;
    const proceed = () => this.#run(() => this.#proceed());
    this.#settling = new AwakeTime(ports.clock, times.settle, 1, late, proceed);
    this.#quiet = new AwakeTime(ports.clock, times.quiet, quietSteps, late, proceed);
    this.#binding = this.#bind(times);
    this.#restore(times, before);
  }

  #restore({ grace, deathLinger, quiet }: BookTimes, { snapshot, claims }: BookBefore): void {
    if (snapshot !== undefined) {
      this.#remember(snapshot);
    }
    // Whoever has held it may come back yet, and is as good as dead until then.
    for (const { accessPoint, ...ours } of claims ?? snapshot?.claims.filter(isNamed) ?? []) {
      this.#entry(accessPoint).declareClaim(ours, Math.max(grace, quiet) + deathLinger);
    }
    this.#isChanged = false; // Nobody has seen another one.
    this.#writeUp();
  }

  /** What was known under a leader before: who is not here may come back (B3). Nothing that depends on it was decided until now. */
  #remember({ term, clients, holds }: Snapshot): void {
    if (term >= this.#term || term < this.#recalled || this.#quiet.isOver) {
      return;
    }
    this.#recalled = term;
    const others = clients.map(({ id }) => id).filter((id) => !this.#met.has(id));
    this.#expected = new Set([...(this.#expected ?? []), ...others]);
    for (const held of holds) {
      if (!this.#met.has(held.client)) {
        this.#entry(held.detail.accessPoint).restore(held);
      }
    }
  }

  #bind({ grace, deathLinger, sight }: BookTimes): Binding {
    const settled = () => this.#hasSettled();
    const complete = () => this.#expected?.size === 0 || this.#quiet.isOver;
    const quietLeft = () => this.#quiet.left;
    return {
      clock: this.#ports.clock,
      grace,
      deathLinger,
      sight,
      get isSettled() {
        return settled();
      },
      get isComplete() {
        return complete();
      },
      get quietLeft() {
        return quietLeft();
      },
      infoOf: (client) => this.#infoOf(client),
      tellEnded: (client, accessPoint, by, activation) =>
        this.#effects.push(() => this.#ports.tellEnded(client, accessPoint, by, activation)),
      tellStopping: (client, accessPoint, by) =>
        this.#effects.push(() => this.#ports.tellStopping(client, accessPoint, by)),
      isOver: (accessPoint, activation) => this.#isOver(accessPoint, activation),
      stopUnheld: (accessPoint, activation, done) =>
        this.#effects.push(() => this.#ports.stopUnheld(accessPoint, activation, done)),
      shown: (accessPoint) => this.#ports.shown(accessPoint),
      changed: (what) => {
        this.#isChanged = true;
        this.#hasOtherClaims ||= what === 'claim';
      },
      writeClaims: () => this.#writeClaims(),
      run: (act) => this.#isDisposed || this.#run(act),
    };
  }

  // Clients --------------------------------------------------------------------------------------------------------------

  /** A client is here, or back. What it holds is what it declares; `memory` is what it knows of the leader before. */
  declare(client: ClientInfo, { holds, claims, operations }: Declaration, memory?: Snapshot): Snapshot {
    this.gone(client.id);
    if (this.#clients.size >= bounds.clients) {
      throw new OutOfBounds('clients');
    }
    if (holds.length > bounds.holdsOfClient) {
      throw new OutOfBounds('holdsOfClient');
    }
    // What others have heard may be older than what is on disk.
    const believed = claims.filter((claim) => isNamed(claim) && (claim.isOwn === true || !this.#isRead));
    this.#run(() => {
      this.#clients.set(client.id, client);
      this.#met.add(client.id);
      this.#isChanged = true;
      if (memory !== undefined) {
        this.#remember(memory);
      }
      for (const { accessPoint, sessions } of holds) {
        this.#entry(accessPoint).declareHold(client, sessions);
      }
      for (const { accessPoint, ...ours } of believed) {
        if (this.#canClaim(accessPoint)) {
          this.#entry(accessPoint).declareClaim(ours);
        }
      }
      const held = new Set(holds.map(({ accessPoint }) => accessPoint));
      for (const entry of this.#entries.values()) {
        if (!held.has(entry.accessPoint)) {
          entry.declareNoHold(client.id);
        }
      }
      for (const { accessPoint, kind } of operations) {
        this.#entry(accessPoint).declareOperation(client.id, kind);
      }
      this.#expected?.delete(client.id);
      this.#proceed();
    });
    return this.snapshot();
  }

  /** Its socket was closed, or it has said that it goes. What it holds is kept for the grace (B4). */
  gone(client: string): void {
    if (this.#clients.has(client)) {
      this.#run(() => {
        for (const entry of this.#entries.values()) {
          entry.gone(client);
        }
        this.#clients.delete(client);
        this.#isChanged = true;
      });
    }
  }

  bye(client: string): void {
    this.gone(client);
  }

  // Requests -------------------------------------------------------------------------------------------------------------

  async hold(client: string, accessPoint: string): Promise<Answers['hold']> {
    const held = [...this.#entries.values()].filter((entry) => entry.concerns(client)).length;
    if (held >= bounds.holdsOfClient && this.#entries.get(accessPoint)?.concerns(client) !== true) {
      throw new Refusal({ code: 'tooManyHeld' });
    }
    await this.#ask(client, accessPoint, { kind: 'hold' });
    const over = this.#over.get(accessPoint);
    return over === undefined ? {} : { over };
  }

  async start(client: string, accessPoint: string, seen?: string): Promise<Answers['start']> {
    if (!this.#canClaim(accessPoint)) {
      throw new Refusal({ code: 'tooManyHeld' });
    }
    const go = await this.#ask(client, accessPoint, { kind: 'start', seen });
    const entry = this.#entries.get(accessPoint);
    const activation = entry?.claim?.activation;
    return go || activation === undefined ? { go } : { go, activation };
  }

  async leave(client: string, { accessPoint, activation, policy, linger }: Leave): Promise<{ readonly stop: boolean }> {
    return { stop: await this.#ask(client, accessPoint, { kind: 'leave', activation, policy, linger }) };
  }

  async stop(client: string, accessPoint: string): Promise<{ readonly go: boolean }> {
    return { go: await this.#ask(client, accessPoint, { kind: 'stop' }) };
  }

  async clear(client: string, accessPoint: string, activation: string): Promise<{ readonly go: boolean }> {
    return { go: await this.#ask(client, accessPoint, { kind: 'clear', activation }) };
  }

  async move(client: string, accessPoint: string): Promise<void> {
    await this.#ask(client, accessPoint, { kind: 'move' });
  }

  /** Drops every hold at once, and answers when all that is claimed is stopped, or could not be in time. */
  async releaseAll(client: string): Promise<{ readonly stopped: readonly string[] }> {
    let isLate = false;
    // A window that hangs in the middle of a stop may go on with it at any moment: nobody can take its place.
    const unlessLate = (error: unknown) => {
      if (!isLate) {
        throw error;
      }
      return false;
    };
    const answers = this.#run(() => {
      const by = this.#clients.get(client);
      if (by === undefined) {
        throw new Refusal({ code: 'cancelled' });
      }
      const entries = [...this.#entries.values()];
      const claimed = entries.filter(({ claim }) => claim !== undefined);
      for (const entry of entries) {
        entry.releaseAll(by);
      }
      return claimed.map(async (entry) => ({
        accessPoint: entry.accessPoint,
        isStopped: await entry.ask(client, { kind: 'release' }).catch(unlessLate),
      }));
    });
    const late = this.#ports.clock.setTimeout(() => {
      isLate = true;
      for (const entry of this.#entries.values()) {
        entry.releaseNoMore(client);
      }
    }, rescueTime);
    try {
      const stopped = (await Promise.all(answers)).filter(({ isStopped }) => isStopped);
      return { stopped: stopped.map(({ accessPoint }) => accessPoint) };
    } finally {
      late.dispose();
    }
  }

  async #ask(client: string, accessPoint: string, wish: Wish): Promise<boolean> {
    if (!this.#clients.has(client)) {
      throw new Refusal({ code: 'cancelled' });
    }
    const requests = [...this.#entries.values()].reduce((sum, entry) => sum + entry.requestsOf(client), 0);
    if (requests >= bounds.requestsOfClient) {
      throw new OutOfBounds('requestsOfClient');
    }
    return this.#run(() => this.#entry(accessPoint).ask(client, wish));
  }

  // Notifications --------------------------------------------------------------------------------------------------------

  ended(client: string, { accessPoint, kind, activation, cause }: OperationEnd): void {
    this.#hear(client, () => {
      const isKnown = kind !== 'start' || this.#canClaim(accessPoint);
      this.#entry(accessPoint).ended(client, kind, isKnown ? activation : undefined, cause);
    });
  }

  accepted(client: string, accessPoint: string, activation?: string): void {
    this.#hear(client, () => this.#entry(accessPoint).accepted(client, activation));
  }

  lost(client: string, accessPoint: string, activation: string): void {
    this.#hear(client, () => this.#entry(accessPoint).lost(activation));
  }

  claim(client: string, accessPoint: string, activation: string): void {
    this.#hear(client, () => this.#canClaim(accessPoint) && this.#entry(accessPoint).claimed(client, activation));
  }

  sessions(client: string, accessPoint: string, sessions: readonly SessionDetail[]): void {
    this.#hear(client, () => this.#entry(accessPoint).describe(client, sessions));
  }

  /** From a client that is gone nothing counts any more. */
  #hear(client: string, act: () => unknown): void {
    if (this.#clients.has(client)) {
      this.#run(act);
    }
  }

  // Reading --------------------------------------------------------------------------------------------------------------

  /** With as many details as a message has room for. */
  snapshot(): Snapshot {
    return fittingSnapshot({
      term: this.#term,
      clients: [...this.#clients.values()],
      holds: [...this.#entries.values()].flatMap(({ held }) => held),
      claims: this.#claims,
    });
  }

  /** Nothing more comes: who waits is refused. */
  dispose(): void {
    this.#isDisposed = true;
    this.#settling.dispose();
    this.#quiet.dispose();
    for (const entry of this.#entries.values()) {
      entry.dispose();
    }
    this.#entries.clear();
    this.#clients.clear();
  }

  get #claims(): readonly Claim[] {
    return [...this.#entries.values()]
      .flatMap(({ accessPoint, claim }) => (claim === undefined ? [] : [{ accessPoint, ...claim }]))
      .slice(0, bounds.claims);
  }

  // The page of an access point ------------------------------------------------------------------------------------------

  #entry(accessPoint: string): Entry {
    let entry = this.#entries.get(accessPoint);
    if (entry === undefined) {
      entry = new Entry(accessPoint, this.#binding);
      this.#entries.set(accessPoint, entry);
    }
    return entry;
  }

  /** There is room for another claim. What there is none for is as if it was not known to be ours: nobody stops it (O5a). */
  #canClaim(accessPoint: string): boolean {
    const isClaimed = this.#entries.get(accessPoint)?.claim !== undefined;
    return isClaimed || canClaim([...this.#claims.map((each) => each.accessPoint), accessPoint]);
  }

  #infoOf(client: string): ClientInfo {
    return this.#clients.get(client) ?? { id: client, product: '', window: '', windowKey: '', pid: 0 };
  }

  #isOver(accessPoint: string, activation: string): void {
    this.#over.delete(accessPoint);
    this.#over.set(accessPoint, activation);
    const [oldest] = this.#over.keys();
    if (this.#over.size > mostOver && oldest !== undefined) {
      this.#over.delete(oldest);
    }
  }

  // Settling -------------------------------------------------------------------------------------------------------------

  #hasSettled(): boolean {
    if (!this.#isSettled && (this.#expected?.size === 0 || this.#settling.isOver || this.#quiet.isOver)) {
      this.#isSettled = true;
      this.#settling.dispose();
    }
    return this.#isSettled;
  }

  #proceed(): void {
    for (const entry of this.#entries.values()) {
      entry.proceed();
    }
  }

  // Writing up -----------------------------------------------------------------------------------------------------------

  /** Changes the book; then claims are on disk before anybody hears of it. */
  #run<T>(act: () => T): T {
    try {
      return act();
    } finally {
      this.#writeUp();
    }
  }

  #writeUp(): void {
    for (const [accessPoint, entry] of this.#entries) {
      if (entry.isEmpty) {
        this.#entries.delete(accessPoint);
      }
    }
    this.#writeClaims();
    if (this.#isChanged) {
      this.#isChanged = false;
      this.#ports.changed();
    }
    for (let effect = this.#effects.shift(); effect !== undefined; effect = this.#effects.shift()) {
      effect();
    }
  }

  #writeClaims(): void {
    if (!this.#hasOtherClaims) {
      return;
    }
    try {
      this.#hasOtherClaims = !this.#ports.writeClaims(this.#claims);
    } catch (error) {
      if (!this.#hasWarned) {
        this.#hasWarned = true;
        const { code } = error as { readonly code?: unknown };
        this.#ports.logger.warn(`What was started here cannot be written down: ${code ?? 'unknown'}`);
      }
    }
  }
}

const isNamed = ({ activation }: Claim): boolean => activation !== undefined;
