import type { BigIntStats } from 'node:fs';
import { chmodSync, lstatSync, renameSync, unlinkSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { type Clock, type Disposable, Emitter, type Event, type Logger } from '../engine/index.js';
import { codeOf, NotPrivate } from '../shared/privateFiles.js';
import { type Channel, type ChannelBounds, SocketChannel } from './channel.js';
import { receive } from './handshake.js';
import type { Lock } from './lock.js';
import { checkFolders, type Place, socketIn } from './place.js';
import { beginTerm, readTerm } from './term.js';
import { readToken, type Token } from './token.js';

export interface LeaderOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  random(bytes: number): Buffer;
  readonly versions: readonly number[];
  /** Milliseconds for a handshake. */
  readonly handshake: number;
  /** Milliseconds between two looks whether the place is still its own. */
  readonly check: number;
  /** Windows that are served at once. */
  readonly clients: number;
  readonly bounds?: ChannelBounds | undefined;
  /** Who leads in one of these places leads all windows. */
  readonly better: readonly Place[];
  /** Who goes on to lead in one of these cannot come here. */
  readonly worse: readonly Place[];
  isLed(place: Place): Promise<boolean>;
}

/** What all other windows connect to. */
export interface LeaderServer {
  /** Told of each window that has proven itself. Listen at once: one that nobody takes hears nothing. */
  readonly onDidConnect: Event<Channel>;
  /** Told once, when it is not the leader any more without having been closed: everybody joins anew. */
  readonly onDidLose: Event<void>;
  /** Grows with each leader of the place. */
  readonly term: number;
  /** Whether a permit of this term may still be acted on: look just before the act. */
  mayAct(): boolean;
  /** Takes away its socket, lets the others go, and resolves when nothing is open any more. */
  close(): Promise<void>;
}

/**
 * How often in a row somebody is seen to lead in a worse place, who leaves it as soon as this one is in sight: then it is out
 * of their sight.
 */
const patienceWithOthers = 3;
/** Connections that have proven nothing yet; more are not let in. */
const mostUnproven = 16;

/**
 * Begins to lead. For who holds the lock, where nobody else listens. Undefined when somebody else was faster: the lock was
 * taken away, or the pipe is another one's.
 */
export async function lead(
  place: Place,
  token: Token,
  lock: Lock | undefined,
  options: LeaderOptions,
): Promise<LeaderServer | undefined> {
  const server = createServer();
  // The system takes away the name that it has listened on when it is closed, whoever has it then: so it gets a name of
  // its own, and is put in place under the other.
  const draft = lock === undefined ? place.socket : `${place.socket}.${options.random(3).toString('hex')}`;
  try {
    await listen(server, draft);
  } catch (error) {
    if (lock === undefined && codeOf(error) === 'EADDRINUSE') {
      return undefined;
    }
    throw error;
  }
  let leader: Leader | undefined;
  try {
    if (lock !== undefined) {
      chmodSync(draft, 0o600);
    }
    // From here to the end nothing else runs in this process, and another one needs the lock.
    if (lock?.isHeld() === false) {
      await closed(server);
      return undefined;
    }
    // The term is the last that can go wrong: once it is written, that of who led before is over.
    const own = lock && lstatSync(draft, { bigint: true });
    socketIn(place);
    const term = beginTerm(place.term, options.random(4));
    if (lock !== undefined) {
      renameSync(draft, place.socket);
    }
    leader = new Leader(server, place, token, term, own, options);
    if (lock?.isHeld() === false || leader.whyNot() !== undefined) {
      await leader.close();
      return undefined;
    }
    return leader;
  } catch (error) {
    await (leader?.close() ?? closed(server));
    throw error;
  }
}

class Leader implements LeaderServer {
  readonly #server: Server;
  readonly #place: Place;
  readonly #token: Token;
  readonly #own: BigIntStats | undefined;
  readonly #options: LeaderOptions;
  readonly term: number;

  readonly #didConnect: Emitter<Channel>;
  readonly #didLose: Emitter<void>;
  readonly onDidConnect: Event<Channel>;
  readonly onDidLose: Event<void>;

  #isOver = false;
  #timer: Disposable | undefined;
  #sightings = 0;
  readonly #unproven = new Set<Socket>();
  readonly #channels = new Set<Channel>();

  constructor(
    server: Server,
    place: Place,
    token: Token,
    term: number,
    own: BigIntStats | undefined,
    options: LeaderOptions,
  ) {
    this.#server = server;
    this.#place = place;
    this.#token = token;
    this.term = term;
    this.#own = own;
    this.#options = options;
    const report = (error: unknown) => options.logger.error(`${error}`);
    this.#didConnect = new Emitter(report);
    this.#didLose = new Emitter(report);
    this.onDidConnect = this.#didConnect.event;
    this.onDidLose = this.#didLose.event;
    server.on('connection', (socket) => this.#admit(socket));
    // One that comes could not be let in; the next one may.
    server.on('error', (error) => options.logger.debug(`A connection was not accepted: ${codeOf(error)}`));
    this.#watch();
  }

  mayAct(): boolean {
    if (this.#isOver) {
      return false;
    }
    try {
      const may = readTerm(this.#place.term) === this.term;
      if (!may) {
        // Who asks is not told of it from inside of the question.
        queueMicrotask(() => this.#lose('another one leads'));
      }
      return may;
    } catch {
      return false; // It cannot be read at this moment, which says nothing of who leads.
    }
  }

  async close(): Promise<void> {
    this.#isOver = true;
    this.#timer?.dispose();
    this.#removeSocket();
    for (const socket of this.#unproven) {
      socket.destroy();
    }
    for (const channel of this.#channels) {
      channel.close();
    }
    await closed(this.#server);
  }

  #watch(): void {
    this.#timer = this.#options.clock.setTimeout(async () => {
      const why = this.whyNot() ?? (await this.#whoIsBetter()) ?? (await this.#whoCannotCome());
      if (why !== undefined) {
        this.#lose(why);
      } else if (!this.#isOver) {
        this.#watch();
      }
    }, this.#options.check);
  }

  /** It leads here because the places before could not be used; they can by now if somebody listens there. */
  async #whoIsBetter(): Promise<string | undefined> {
    for (const place of this.#options.better) {
      if (await isListenedOn(place)) {
        return 'another one leads in a better place';
      }
    }
    return undefined;
  }

  /**
   * A window whose home is another file system, or cannot be entered, does not see those that meet there. All can come to
   * where it leads.
   */
  async #whoCannotCome(): Promise<string | undefined> {
    let isSeen = false;
    for (const place of this.#options.worse) {
      isSeen ||= await this.#options.isLed(place);
    }
    this.#sightings = isSeen ? this.#sightings + 1 : 0;
    return this.#sightings < patienceWithOthers ? undefined : 'another one leads in a place that all windows can use';
  }

  /** Undefined while those that come find here, and are believed. */
  whyNot(): string | undefined {
    try {
      checkFolders(this.#place);
      if (!this.#isSocketOwn()) {
        return 'its socket is not in its place any more';
      }
      if (readToken(this.#place.token)?.equals(this.#token) !== true) {
        return 'its token is not in its place any more';
      }
      return readTerm(this.#place.term) === this.term ? undefined : 'another one leads';
    } catch (error) {
      // Anything else, too many open files say, passes, and those that come still find here.
      return error instanceof NotPrivate || codeOf(error) === 'ENOENT' ? codeOf(error) : undefined;
    }
  }

  #isSocketOwn(): boolean {
    if (this.#own === undefined) {
      return true; // Nobody can take a pipe away from who listens on it.
    }
    try {
      const { ino, dev } = lstatSync(this.#place.socket, { bigint: true });
      return ino === this.#own.ino && dev === this.#own.dev;
    } catch {
      return false;
    }
  }

  /** Before it stops listening: who finds no socket may take over at once, and what is there then is not ours. */
  #removeSocket(): void {
    try {
      if (this.#own !== undefined && this.#isSocketOwn()) {
        unlinkSync(this.#place.socket);
      }
    } catch (error) {
      this.#options.logger.debug(`The socket of the windows was not removed: ${codeOf(error)}`);
    }
  }

  #lose(why: string): void {
    if (!this.#isOver) {
      this.#options.logger.warn(`This window does not lead the others any more: ${why}`);
      void this.close();
      this.#didLose.fire();
    }
  }

  #admit(socket: Socket): void {
    // Who comes must not follow one whose term is over, or be turned away for a token that is not the one in its place.
    const why = this.#isOver ? undefined : this.whyNot();
    if (why !== undefined) {
      this.#lose(why);
    }
    if (this.#isOver || this.#unproven.size >= mostUnproven) {
      socket.on('error', () => {});
      socket.destroy();
      return;
    }
    this.#unproven.add(socket);
    this.#prove(socket).finally(() => this.#unproven.delete(socket));
  }

  async #prove(socket: Socket): Promise<void> {
    const { clock, logger, versions, random, handshake, clients, bounds } = this.#options;
    const isFull = () => this.#channels.size >= clients;
    try {
      const options = { token: this.#token, term: this.term, versions, clock, random, limit: handshake, isFull };
      await receive(socket, options);
    } catch (error) {
      logger.debug(`A connection was not let in: ${codeOf(error)}`);
      return;
    }
    if (this.#isOver) {
      socket.destroy();
      return;
    }
    const channel = new SocketChannel(socket, { clock, logger, bounds });
    this.#channels.add(channel);
    channel.onDidClose(() => this.#channels.delete(channel));
    this.#didConnect.fire(channel);
  }
}

function isListenedOn(place: Place): Promise<boolean> {
  return new Promise((resolve) => {
    try {
      checkFolders(place);
      if (socketIn(place) === undefined) {
        return resolve(false);
      }
    } catch {
      return resolve(false);
    }
    const socket = connect(place.socket);
    const answer = (is: boolean) => () => {
      socket.destroy();
      resolve(is);
    };
    socket.on('error', answer(false)).once('connect', answer(true));
  });
}

/** Rejects without anything left open. */
function listen(server: Server, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(name, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
