import {
  type Account,
  type AccountOwner,
  type Clock,
  Emitter,
  type Event,
  type Holder,
  type Ledger,
  type Logger,
  PlatformFailure,
  ProcessLedger,
  silentLogger,
  systemClock,
  textOf,
} from '../engine/index.js';
import { longestText } from './bounds.js';
import { type Call, Calls } from './calls.js';
import type { Broker, Line, LineListener, Shown } from './line.js';
import type { Claim, ClientInfo, Declaration, HeldBy, Snapshot } from './messages.js';
import { type Counter, SharedAccount } from './sharedAccount.js';
import { patience } from './times.js';

/** How this process counts: with all windows of the person, not yet, or for itself, and why. */
export type Sharing =
  | { readonly kind: 'looking' }
  | { readonly kind: 'shared'; readonly windows: number }
  | { readonly kind: 'alone'; readonly reason: string }
  | { readonly kind: 'gone' };

export interface SharedLedgerOptions {
  readonly clock?: Clock;
  readonly logger?: Logger;
  /** Milliseconds for which an access point of ours stays up after its last close; 0 by default. */
  readonly linger?: () => number;
  /** Milliseconds without a sign of the leader, twice, after which what waits for it is refused; 1,500 by default. */
  readonly patience?: number;
}

/**
 * Counts for all processes of a person together, through a broker. While the leader is being looked for, sessions wait;
 * where there can be none, it counts for its own process, and says so.
 */
export class SharedLedger implements Ledger, Counter, LineListener {
  readonly clock: Clock;
  readonly #broker: Broker;
  readonly #linger: () => number;
  readonly #logger: Logger;
  readonly #calls: Calls;
  readonly #own = new ProcessLedger();
  readonly #accounts = new Map<string, SharedAccount>();
  readonly #didChange: Emitter<void>;
  /** What was to be told while there was nobody to tell. */
  #unsaid: (readonly [method: string, params: unknown])[] = [];
  #line: Line | undefined;
  #sharing: Sharing = { kind: 'looking' };
  #self = '';
  /** The same after a reload; '' where nothing is. */
  #windowKey = '';
  #others: ReadonlyMap<string, readonly HeldBy[]> = new Map();
  #claims: ReadonlyMap<string, Claim> = new Map();

  constructor(broker: Broker, options: SharedLedgerOptions = {}) {
    this.#broker = broker;
    this.#linger = options.linger ?? (() => 0);
    this.#logger = options.logger ?? silentLogger;
    this.clock = options.clock ?? systemClock;
    this.#didChange = new Emitter((error) => this.#logger.error(textOf(error)));
    this.#calls = new Calls(this.clock, options.patience ?? patience, () => this.#didChange.fire());
  }

  /** Begins to look for the other windows. */
  start(): void {
    this.#self = this.#broker.start(this);
  }

  /**
   * Says that this process goes: what it holds is kept for a while, in case that it comes back. Sessions may be closed after
   * this; nothing is started or stopped then, unless it counted for itself.
   */
  dispose(): Promise<void> {
    const disposing = this.#broker.dispose();
    if (!this.isAlone) {
      this.#line = undefined;
      this.#become({ kind: 'gone' });
      this.#calls.gone();
    }
    return disposing;
  }

  get sharing(): Sharing {
    return this.#sharing;
  }

  get isShared(): boolean {
    return this.#sharing.kind === 'shared' && !this.#calls.isStuck;
  }

  /** {@link sharing} or {@link isShared} changed. */
  get onDidChange(): Event<void> {
    return this.#didChange.event;
  }

  account(accessPoint: string, owner: AccountOwner): Account {
    if (accessPoint.length > longestText || accessPoint === '') {
      return this.#own.account(); // No system names its own like this: it is nobody else's.
    }
    const account = new SharedAccount(this, accessPoint, owner);
    this.#accounts.set(accessPoint, account);
    if (this.#others.has(accessPoint) || this.#claims.has(accessPoint)) {
      this.#tell(account, accessPoint);
    }
    return account;
  }

  /** Access points that are held by other windows, or up because of this software, known to this one or not. */
  get accessPoints(): readonly string[] {
    return [...new Set([...this.#others.keys(), ...this.#claims.keys()])];
  }

  /**
   * Ends all sessions of all windows and stops all that this software has started. Resolves with what was stopped.
   * Rejects with PlatformFailure when the leader does not answer.
   */
  releaseAll(): Promise<readonly string[]> {
    return new Promise((resolve, reject) => {
      this.send({
        method: 'releaseAll',
        params: {},
        answer: ({ stopped }) => resolve(stopped ?? []),
        refused: (cause) => reject(new PlatformFailure(cause)),
        alone: () => ({ stopped: [] }),
      });
    });
  }

  // For accounts -------------------------------------------------------------------------------------------------------

  get isAlone(): boolean {
    return this.#sharing.kind === 'alone' && this.#calls.areEnded;
  }

  get linger(): number {
    return this.#linger();
  }

  send(call: Call): void {
    this.#calls.send(call);
  }

  notify(method: string, params: unknown): void {
    if (this.#line !== undefined) {
      this.#line.notify(method, params);
    } else if (!this.#calls.areEnded) {
      this.#unsaid.push([method, params]);
    }
  }

  mayAct(): boolean {
    const line = this.#line;
    if (line === undefined || line.mayAct()) {
      return line !== undefined || this.isAlone;
    }
    this.down(); // Somebody else leads by now: the line has not noticed yet.
    line.abandon();
    return false;
  }

  // For the broker -----------------------------------------------------------------------------------------------------

  declaration(): Declaration {
    if (this.isAlone) {
      this.#calls.wait();
    }
    const accounts = [...this.#accounts];
    return {
      holds: accounts.flatMap(([, account]) => (account.isHeld ? account.detail : [])),
      claims: accounts.flatMap(([, { claim }]) => claim ?? []),
      operations: accounts.flatMap(([accessPoint, { operation }]) =>
        operation === undefined ? [] : { accessPoint, kind: operation },
      ),
    };
  }

  up(line: Line, snapshot: Snapshot): void {
    if (this.#sharing.kind === 'gone') {
      return;
    }
    this.#line = line;
    for (const account of this.#accounts.values()) {
      account.recall();
    }
    for (const [method, params] of this.#unsaid) {
      line.notify(method, params);
    }
    this.#unsaid = [];
    this.snapshot(snapshot);
    this.#calls.up(line);
  }

  down(): void {
    if (this.#sharing.kind !== 'shared') {
      return;
    }
    this.#line = undefined;
    this.#calls.down();
    for (const account of this.#accounts.values()) {
      account.stopping(undefined); // Nobody is left who would take it back.
    }
    this.#become({ kind: 'looking' });
  }

  alone(reason: string): void {
    this.#line = undefined;
    this.#unsaid = [];
    if (this.#sharing.kind !== 'alone' || this.#sharing.reason !== reason) {
      this.#logger.warn(`Sessions of other windows are not counted: ${reason}`);
    }
    this.#become({ kind: 'alone', reason });
    // What another process has started it may hold still, and nobody tells of it any more.
    this.#take(new Map(), new Map([...this.#claims].filter(([each]) => this.#accounts.get(each)?.isOwn)));
    this.#calls.alone();
  }

  snapshot({ clients, holds, claims }: Snapshot): void {
    this.#calls.heard();
    this.#windowKey = clients.find(({ id }) => id === this.#self)?.windowKey ?? '';
    const others = new Map<string, HeldBy[]>();
    for (const held of holds) {
      if (held.client !== this.#self) {
        const { accessPoint } = held.detail;
        others.set(accessPoint, [...(others.get(accessPoint) ?? []), held]);
      }
    }
    this.#take(others, new Map(claims.map((claim) => [claim.accessPoint, claim])));
    this.#become({ kind: 'shared', windows: clients.length });
  }

  stopping(accessPoint: string, by: ClientInfo | undefined): void {
    this.#calls.heard();
    this.#accounts.get(accessPoint)?.stopping(by);
  }

  ended(accessPoint: string, by: ClientInfo, activation: string | undefined): void {
    this.#calls.heard();
    this.#accounts.get(accessPoint)?.stoppedBy(by, activation);
  }

  shown(accessPoint: string): Shown | undefined {
    return this.#accounts.get(accessPoint)?.shown;
  }

  stopUnheld(accessPoint: string, activation: string, done: (isDown: boolean) => void): void {
    const account = this.#accounts.get(accessPoint);
    if (account === undefined) {
      done(false);
    } else {
      account.stopUnheld(activation, done);
    }
  }

  /** Only what is another one is told. */
  #take(others: ReadonlyMap<string, readonly HeldBy[]>, claims: ReadonlyMap<string, Claim>): void {
    const concerned = new Set([...this.#others.keys(), ...others.keys(), ...this.#claims.keys(), ...claims.keys()]);
    const before = { others: this.#others, claims: this.#claims };
    this.#others = others;
    this.#claims = claims;
    const factsOf = (from: typeof before, accessPoint: string) =>
      JSON.stringify([from.others.get(accessPoint), from.claims.get(accessPoint)]);
    for (const accessPoint of concerned) {
      const account = this.#accounts.get(accessPoint);
      if (account !== undefined && factsOf(before, accessPoint) !== factsOf({ others, claims }, accessPoint)) {
        this.#tell(account, accessPoint);
      }
    }
  }

  #tell(account: SharedAccount, accessPoint: string): void {
    const others = this.#others.get(accessPoint) ?? [];
    account.changed(
      others.map((held) => holderOf(held, this.#windowKey)),
      this.#claims.get(accessPoint),
    );
  }

  #become(sharing: Sharing): void {
    const before = this.#sharing;
    if (before.kind === 'gone') {
      return;
    }
    this.#sharing = sharing;
    if (JSON.stringify(before) !== JSON.stringify(sharing)) {
      this.#didChange.fire();
    }
  }
}

function holderOf({ client, detail, absent, info }: HeldBy, ownKey: string): Holder {
  const [first] = detail.sessions;
  const { received, written, source } = first ?? {};
  const isKnown = received !== undefined && written !== undefined && source !== undefined;
  return {
    program: client,
    product: info.product,
    window: info.window,
    isAbsent: absent,
    isFormerSelf: absent && ownKey !== '' && info.windowKey === ownKey,
    sessions: detail.sessions.map(({ reason, since }) => ({
      reason,
      // It goes on while nothing is told.
      get openFor() {
        return Math.max(0, Date.now() - since);
      },
    })),
    base: isKnown ? { received, written, source } : undefined,
  };
}
