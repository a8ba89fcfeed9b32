import { type Clock, type Disposable, type Logger, PlatformFailure, textOf } from '../engine/index.js';
import { Book } from './book.js';
import { type Channel, RequestFailure } from './channel.js';
import { ClaimsFile } from './claimsFile.js';
import type { Connector, Leadership as Elected, Followership } from './election.js';
import type { LeaderServer } from './leader.js';
import type { Broker, Line, LineListener } from './line.js';
import {
  type Claim,
  type ClientInfo,
  canHold,
  fittingDeclaration,
  fittingNotification,
  fittingRelease,
  Malformed,
  type Named,
  parseAnswer,
  parseLeaderNotification,
  parseNotification,
  parseRequest,
  parseStopped,
  Refusal,
  type Snapshot,
} from './messages.js';
import { PlaceUnusable } from './place.js';
import {
  type BookTimes,
  greetingTime,
  hearingTime,
  snapshotPause,
  soon,
  stoppingTime,
  untilAnswered,
} from './times.js';

export interface WindowBrokerOptions {
  readonly client: ClientInfo;
  readonly connector: Connector;
  readonly times: BookTimes;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Milliseconds; 100 by default. */
  readonly snapshotPause?: number;
}

/** One window among those of a person: follows the leader, or leads. */
export class WindowBroker implements Broker {
  readonly #options: WindowBrokerOptions;
  readonly #end = new AbortController();
  /** All that was known last: for the case that this one leads next. */
  #known: Snapshot | undefined;
  /** Who led last: it is gone when this one leads, and not waited for. */
  #leader = '';
  /** Somebody listens and does not answer; it was said. */
  #isStalled = false;
  /** Why it counts for itself, and how often it has tried to join since. */
  #alone: { readonly reason: string; readonly tries: number } | undefined;
  #leave: () => Promise<void> = async () => undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(options: WindowBrokerOptions) {
    this.#options = options;
  }

  start(listener: LineListener): string {
    this.#running = this.#run(listener);
    return this.#options.client.id;
  }

  async dispose(): Promise<void> {
    this.#end.abort();
    await this.#leave();
    await this.#running;
  }

  async #run(listener: LineListener): Promise<void> {
    const { connector, logger } = this.#options;
    const stalling = connector.onDidStall(() => {
      if (!this.#isStalled) {
        this.#isStalled = true;
        logger.warn('The window that counts for all does not answer.');
      }
    });
    try {
      await this.#joinAgainAndAgain(listener);
    } finally {
      stalling.dispose();
    }
  }

  async #joinAgainAndAgain(listener: LineListener): Promise<void> {
    const { connector, clock, logger } = this.#options;
    let endedSoon = 0;
    while (!this.#end.signal.aborted) {
      let joinedAt = Number.POSITIVE_INFINITY;
      try {
        const joined = await connector.join(this.#end.signal, endedSoon, this.#alone !== undefined);
        joinedAt = clock.now();
        this.#isStalled = false;
        if (this.#end.signal.aborted || !canHold(listener.declaration().holds.map((each) => each.accessPoint))) {
          await (joined.role === 'leader' ? joined.server.close() : joined.channel.close());
          throw new PlaceUnusable('holdsTooMuch', 'this window holds more access points than can be counted together');
        }
        await (joined.role === 'leader' ? this.#lead(joined, listener) : this.#follow(joined, listener));
      } catch (error) {
        if (this.#end.signal.aborted) {
          return;
        }
        if (error instanceof PlaceUnusable) {
          this.#alone = { reason: error.message, tries: this.#alone?.tries ?? 0 };
        }
        logger.debug(`The leader of the windows was lost: ${textOf(error)}`);
      }
      endedSoon = this.#alone === undefined && clock.now() - joinedAt < soon ? endedSoon + 1 : 0;
      if (this.#end.signal.aborted) {
        return;
      }
      if (this.#alone === undefined) {
        listener.down();
      } else {
        await this.#countAlone(this.#alone, listener);
      }
    }
  }

  /** Until it tries again; what it knew of others is too old by then. */
  async #countAlone({ reason, tries }: { reason: string; tries: number }, listener: LineListener): Promise<void> {
    const { connector } = this.#options;
    this.#known = undefined;
    this.#leader = '';
    listener.alone(reason);
    await connector.rest(tries, this.#end.signal);
    this.#alone = { reason, tries: tries + 1 };
  }

  // As a follower ------------------------------------------------------------------------------------------------------

  async #follow({ channel, mayAct }: Followership, listener: LineListener): Promise<void> {
    const { client } = this.#options;
    const closed = new Promise<void>((resolve) => channel.onDidClose(() => resolve()));
    this.#leave = async () => {
      channel.notify('bye', {});
      channel.close();
      await closed;
    };
    channel.onNotification((method, params) => this.#hear(method, params, listener));
    channel.onRequest(async (method, params) => {
      const message = parseLeaderNotification(method, params);
      return message.method === 'stopUnheld' && mayAct()
        ? { isDown: await stopUnheld(listener, message.params.accessPoint, message.params.activation) }
        : this.#hear(method, params, listener);
    });
    try {
      const memory = this.#memory;
      if (memory !== undefined) {
        channel.notify('remember', memory);
      }
      const whole = listener.declaration();
      const declaration = fittingDeclaration(whole);
      const reply = await channel.request('declare', { client, declaration }, greetingTime);
      const { leader, others } = parseAnswer('declare', reply);
      this.#leader = leader;
      this.#known = others;
      for (const claim of whole.claims.filter((each) => each.isOwn && !declaration.claims.includes(each))) {
        channel.notify('claim', { accessPoint: claim.accessPoint, activation: claim.activation });
      }
      this.#alone = undefined;
      listener.up(withRoom({ ...lineOver(channel), mayAct }, listener), others);
      await closed;
    } finally {
      channel.close();
      this.#leave = async () => undefined;
    }
  }

  /** What it knows of the leader before; that one is not waited for. */
  get #memory(): Snapshot | undefined {
    return this.#known && { ...this.#known, clients: this.#known.clients.filter(({ id }) => id !== this.#leader) };
  }

  #hear(method: string, params: unknown, listener: LineListener): void {
    const message = parseLeaderNotification(method, params);
    if (message.method === 'snapshot') {
      this.#known = message.params;
      listener.snapshot(message.params);
    } else if (message.method === 'stopping') {
      listener.stopping(message.params.accessPoint, message.params.by);
    } else if (message.method === 'ended') {
      const { accessPoint, by, activation } = message.params;
      listener.ended(accessPoint, by, activation);
    }
  }

  // As the leader ------------------------------------------------------------------------------------------------------

  async #lead({ server, place }: Elected, listener: LineListener): Promise<void> {
    const claims = new ClaimsFile({ file: place.claims });
    const known = this.#memory;
    this.#leader = '';
    this.#alone = undefined;
    const leadership = new Leadership(this.#options, server, claims, listener, known);
    this.#options.logger.debug(`This window leads in term ${server.term}.`);
    this.#leave = () => leadership.end();
    try {
      await leadership.over;
    } finally {
      this.#known = leadership.snapshot;
      await leadership.end();
      this.#leave = async () => undefined;
    }
  }
}

/** Counts and permits, for all windows, while this one leads. */
class Leadership {
  /** Resolves when it does not lead any more, however it came. */
  readonly over: Promise<void>;
  #lose: () => void = () => undefined;
  readonly #options: WindowBrokerOptions;
  readonly #server: LeaderServer;
  readonly #listener: LineListener;
  readonly #book: Book;
  readonly #channels = new Map<string, Channel>();
  readonly #subscriptions: Disposable[] = [];
  /** Windows that have not said yet that they have heard. */
  readonly #heard = new Set<Promise<void>>();
  #pause: Disposable | undefined;
  #isChanged = false;
  #ending: Promise<void> | undefined;

  constructor(
    options: WindowBrokerOptions,
    server: LeaderServer,
    claims: ClaimsFile,
    listener: LineListener,
    known: Snapshot | undefined,
  ) {
    this.#options = options;
    this.#server = server;
    this.#listener = listener;
    const { clock, logger, times, client } = options;
    this.#book = new Book(
      times,
      {
        clock,
        logger,
        tellEnded: (to, accessPoint, by, activation) => this.#tellEnded(to, accessPoint, by, activation),
        tellStopping: (to, accessPoint, by) => {
          if (to === client.id) {
            listener.stopping(accessPoint, by);
          } else {
            this.#tellStopping(to, { accessPoint, by });
          }
        },
        stopUnheld: (accessPoint, activation, done) => {
          if (server.mayAct()) {
            void this.#stopUnheld(accessPoint, activation).then(done);
          } else {
            done(false);
          }
        },
        shown: (accessPoint) => listener.shown(accessPoint),
        writeClaims: (all) => {
          const mayAct = server.mayAct();
          if (mayAct) {
            claims.write(all);
          }
          return mayAct;
        },
        changed: () => this.#changed(),
      },
      { snapshot: known, claims: this.#readClaims(claims), term: server.term },
    );
    this.over = new Promise((resolve) => {
      this.#lose = resolve;
    });
    this.#subscriptions.push(
      server.onDidLose(() => this.#lose()),
      server.onDidConnect((channel) => this.#serve(channel)),
    );
    this.#book.declare(client, fittingDeclaration(listener.declaration()));
    const line: Line = {
      request: async (method, params) => {
        try {
          return await this.#answer(client.id, method, params);
        } catch (error) {
          if (this.#ending !== undefined) {
            throw error; // The line has ended: the next leader is asked.
          }
          throw new PlatformFailure(error instanceof Refusal ? error.cause : { code: 'other', detail: textOf(error) });
        }
      },
      notify: (method, params) => {
        try {
          this.#take(client.id, method, fittingNotification(method, params as object));
        } catch (error) {
          logger.error(`What this window has told itself was not understood: ${textOf(error)}`);
        }
      },
      mayAct: () => server.mayAct(),
      abandon: () => this.#lose(),
    };
    listener.up(withRoom(line, listener), this.#book.snapshot());
  }

  #readClaims(file: ClaimsFile): readonly Claim[] | undefined {
    try {
      return file.read();
    } catch (error) {
      this.#options.logger.warn(`What earlier windows have started is not known: ${textOf(error)}`);
      return undefined;
    }
  }

  get snapshot(): Snapshot {
    return this.#book.snapshot();
  }

  end(): Promise<void> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  async #end(): Promise<void> {
    for (const subscription of this.#subscriptions) {
      subscription.dispose();
    }
    this.#pause?.dispose();
    // The next leader has to know what this window holds: it may come back.
    this.#broadcast();
    this.#book.dispose();
    for (const channel of this.#channels.values()) {
      channel.close();
    }
    await this.#server.close();
    this.#lose();
  }

  #serve(channel: Channel): void {
    let id = '';
    let memory: Snapshot | undefined;
    channel.onRequest(async (method, params) => {
      if (id !== '') {
        return this.#answer(id, method, params);
      }
      const message = parseRequest(method, params);
      if (message.method !== 'declare') {
        throw new Malformed('it did not say who it is');
      }
      const { client, declaration } = message.params;
      const others = this.#book.declare(client, declaration, memory);
      memory = undefined;
      const before = this.#channels.get(client.id);
      id = client.id;
      this.#channels.set(id, channel);
      before?.close();
      return { term: this.#server.term, leader: this.#options.client.id, others };
    });
    channel.onNotification((method, params) => {
      if (id !== '') {
        this.#take(id, method, params);
        return;
      }
      const message = parseNotification(method, params);
      if (message.method !== 'remember') {
        throw new Malformed('it did not say who it is');
      }
      memory = message.params;
    });
    channel.onDidClose(() => {
      if (this.#channels.get(id) === channel) {
        this.#channels.delete(id);
        this.#book.gone(id);
      }
    });
  }

  /** Rejects with {@link Refusal}; and with what costs a peer its connection. */
  async #answer(id: string, method: string, params: unknown): Promise<unknown> {
    const message = parseRequest(method, params);
    switch (message.method) {
      case 'declare':
        throw new Malformed('it says twice who it is');
      case 'ping':
        return {};
      case 'hold':
        return await this.#book.hold(id, message.params.accessPoint);
      case 'start':
        return await this.#book.start(id, message.params.accessPoint, message.params.seen);
      case 'leave':
        return await this.#book.leave(id, message.params);
      case 'stop': {
        const permit = await this.#book.stop(id, message.params.accessPoint);
        await Promise.all(this.#heard); // Whoever is stopped shall know by whom before it is.
        return permit;
      }
      case 'clear':
        return await this.#book.clear(id, message.params.accessPoint, message.params.activation);
      case 'move':
        return await this.#book.move(id, message.params.accessPoint);
      case 'releaseAll':
        return fittingRelease(await this.#book.releaseAll(id));
    }
  }

  #take(id: string, method: string, params: unknown): void {
    const message = parseNotification(method, params);
    switch (message.method) {
      case 'ended':
        this.#book.ended(id, message.params);
        break;
      case 'accepted':
        this.#book.accepted(id, message.params.accessPoint, message.params.activation);
        break;
      case 'lost':
        this.#book.lost(id, message.params.accessPoint, message.params.activation);
        break;
      case 'claim':
        this.#book.claim(id, message.params.accessPoint, message.params.activation);
        break;
      case 'sessions':
        this.#book.sessions(id, message.params.accessPoint, message.params.sessions);
        break;
      case 'remember':
        throw new Malformed('it remembers after it has said who it is');
      case 'bye':
        this.#book.gone(id);
    }
  }

  /** This window stops it, or the first other one that can: not all know the same access points. */
  async #stopUnheld(accessPoint: string, activation: string): Promise<boolean> {
    if (await stopUnheld(this.#listener, accessPoint, activation)) {
      return true;
    }
    for (const channel of [...this.#channels.values()]) {
      const asked = channel.request('stopUnheld', { accessPoint, activation }, stoppingTime).then(parseStopped);
      if (await asked.catch(() => false)) {
        return true;
      }
    }
    return false;
  }

  #tellStopping(to: string, params: object): void {
    const heard = (this.#channels.get(to)?.request('stopping', params, hearingTime) ?? Promise.resolve())
      .catch(() => undefined)
      .then(() => {
        this.#heard.delete(heard);
      });
    this.#heard.add(heard);
  }

  #tellEnded(to: string, accessPoint: string, by: ClientInfo, activation: string | undefined): void {
    if (to === this.#options.client.id) {
      this.#listener.ended(accessPoint, by, activation);
    } else {
      this.#channels.get(to)?.notify('ended', { accessPoint, by, activation });
    }
  }

  /** At once when nothing was told for a while; otherwise all that comes meanwhile goes together. */
  #changed(): void {
    this.#isChanged = true;
    if (this.#pause === undefined && this.#ending === undefined) {
      // After all that changes in this turn.
      this.#pause = this.#options.clock.setTimeout(() => this.#tellAll(), 0);
    }
  }

  #tellAll(): void {
    this.#pause = undefined;
    if (this.#isChanged) {
      this.#listener.snapshot(this.#broadcast());
      this.#pause = this.#options.clock.setTimeout(() => this.#tellAll(), this.#options.snapshotPause ?? snapshotPause);
    }
  }

  #broadcast(): Snapshot {
    this.#isChanged = false;
    const snapshot = this.#book.snapshot();
    for (const channel of this.#channels.values()) {
      channel.notifyLatest('snapshot', snapshot);
    }
    return snapshot;
  }
}

const stopUnheld = (listener: LineListener, accessPoint: string, activation: string): Promise<boolean> =>
  new Promise((resolve) => {
    listener.stopUnheld(accessPoint, activation, resolve);
  });

/** The same line, on which no more is asked to be held than the next leader can be told of. */
function withRoom(line: Line, listener: LineListener): Line {
  const asked: string[] = [];
  const request = async (method: string, params: unknown) => {
    if (method !== 'hold') {
      return await line.request(method, params);
    }
    const { accessPoint } = params as Named;
    const held = listener.declaration().holds.map((each) => each.accessPoint);
    if (!canHold([...held, ...asked, accessPoint])) {
      throw new PlatformFailure({ code: 'tooManyHeld' });
    }
    asked.push(accessPoint);
    try {
      return await line.request(method, params);
    } finally {
      asked.splice(asked.indexOf(accessPoint), 1);
    }
  };
  return { ...line, request };
}

/** What a line needs of a channel: a refusal has its cause, and without one the channel has ended. */
function lineOver(channel: Channel): Omit<Line, 'mayAct'> {
  return {
    abandon: () => channel.close(),
    notify: (method, params) => channel.notify(method, fittingNotification(method, params as object)),
    request: async (method, params) => {
      try {
        return await channel.request(method, params as object, untilAnswered);
      } catch (error) {
        if (error instanceof RequestFailure && error.cause !== undefined) {
          throw new PlatformFailure(error.cause);
        }
        if (error instanceof RequestFailure && error.trouble !== 'closed') {
          throw new PlatformFailure({ code: 'other', detail: error.message });
        }
        throw error;
      }
    },
  };
}
