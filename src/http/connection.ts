// One link's connection to an origin: undici's Client over a way, what is in flight on it, and when that takes too long.
import type { Socket } from 'node:net';
import type { Clock } from '../engine/index.js';
import { AnswerGate } from './answerGate.js';
import type { LinkConnector } from './connector.js';
import {
  type EngineClient,
  type EngineClientClass,
  type EngineRequest,
  loadEngine,
  loadedEngine,
  longestHead,
} from './engine.js';
import { BodyUnreadError, errorOf, HttpTimeoutError } from './errors.js';
import type { Exchange } from './exchange.js';
import { takeOut } from './lists.js';
import { type GuardedSocket, sendPlainly } from './plain.js';
import type { Way } from './way.js';

/** Milliseconds by which we stop using an idle connection before the server said that it would. */
const keepAliveMargin = 1_000;

export interface ConnectionOptions {
  readonly connector: LinkConnector;
  readonly way: Way;
  readonly epoch: number;
  readonly pipelining: number;
  readonly keepAliveTimeout: number;
  readonly receiveTimeout: number;
  readonly clock: Clock;
  /** A socket is there. */
  readonly connected: (socket: Socket) => void;
  /** It was destroyed, or was retired and is idle. */
  readonly ended: () => void;
}

/**
 * Requests go out in the order in which they came. Those that may be sent again go out before the ones before them are
 * answered, up to `pipelining`; any other has the connection for itself.
 */
export class Connection {
  readonly connector: LinkConnector;
  /** The connection is used again after a request. */
  keepAlive = true;
  /** Node's own client sends: it is one request, for which undici is not loaded. */
  isPlain = false;
  readonly #options: ConnectionOptions;
  #client: EngineClient | undefined;
  /** The one that the client was given last. */
  #socket: Socket | undefined;
  #gate: AnswerGate | undefined;
  #isLoading = false;
  readonly #queue: Exchange[] = [];
  /** Given to the client and not over, in the order in which they are answered. */
  readonly #inFlight: Exchange[] = [];
  /** Each has a connection of its own. */
  readonly #apart = new Set<Exchange>();
  #isExclusive = false;
  #isRetired = false;
  #isDestroyed = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.connector = options.connector;
  }

  get interfaceName(): string | undefined {
    return this.connector.binding?.interfaceName;
  }

  /** Nothing is under way. */
  get isIdle(): boolean {
    return this.#queue.length === 0 && this.#inFlight.length === 0 && this.#apart.size === 0;
  }

  /** Nothing of it is left. */
  get isUnused(): boolean {
    return this.isIdle && this.connector.isUnused;
  }

  /** Others wait until this one is over. */
  hasOthersBehind(exchange: Exchange): boolean {
    return this.#inFlight.includes(exchange) && (this.#queue.length > 0 || this.#inFlight.length > 1);
  }

  send(exchange: Exchange): void {
    exchange.joins(this, this.#options.epoch);
    if (exchange.asked.expectContinue !== undefined || this.isPlain) {
      this.#sendApart(exchange);
      return;
    }
    this.#queue.push(exchange);
    this.#next();
    // Answers come in order: only that of the first can be held back.
    const [first] = this.#inFlight;
    if (first !== exchange) {
      first?.othersWait();
    }
  }

  /** It is about to be written. What follows others goes out in one write with all that is written until this tick is over. */
  begins(exchange: Exchange): void {
    if (!this.#inFlight.includes(exchange)) {
      return;
    }
    this.#gate?.expects(exchange.asked.method);
    const socket = this.#socket;
    if (this.#options.pipelining > 1 && !this.#isExclusive && socket?.writableCorked === 0) {
      socket.cork();
      process.nextTick(() => socket.uncork());
    }
  }

  /** Why undici's parser has failed, where it was made to. */
  get refusal(): Error | undefined {
    return this.#gate?.refusal;
  }

  /** It is over, or is sent elsewhere. */
  ends(exchange: Exchange): void {
    if (takeOut(this.#inFlight, exchange)) {
      this.#isExclusive = false;
    } else if (!this.#apart.delete(exchange)) {
      takeOut(this.#queue, exchange);
    }
    if (!this.#isDestroyed) {
      this.#next();
    }
    this.#endIfRetired();
  }

  /** Takes no more requests; ends when those that it has are over. */
  retire(): void {
    this.#isRetired = true;
    this.#endIfRetired();
  }

  /** Ends it at once: all that is under way fails with this error. */
  destroy(error: Error): void {
    if (this.#isDestroyed) {
      return;
    }
    this.#isDestroyed = true;
    this.#options.ended();
    const waiting = this.#queue.splice(0);
    this.connector.destroy(error);
    this.#client?.destroy(error).catch(() => {});
    for (const exchange of waiting) {
      exchange.onResponseError(null, error);
    }
  }

  /** A connection to the origin itself, which is the caller's: it does not end with this one. */
  async openDirect(): Promise<Socket> {
    const socket = await this.#options.way.open(true);
    this.#options.connected(socket);
    this.connector.release(socket);
    return socket;
  }

  /** A connection of the way, and who reads its answers first. Watched: when nothing comes for too long, those that `waiting` names fail. */
  async #open(waiting: () => Iterable<Exchange>, isSingle = false): Promise<GuardedSocket> {
    const socket = await this.#options.way.open();
    const gate = AnswerGate.before(socket, isSingle);
    this.#options.connected(socket);
    const { receiveTimeout } = this.#options;
    // Every byte, in or out, begins the time anew.
    socket.setTimeout(receiveTimeout);
    socket.on('timeout', () => {
      const all = [...waiting()];
      if (all.length === 0) {
        return;
      }
      const forgotten = all.filter(({ isForgotten }) => isForgotten);
      if (forgotten.length > 0) {
        for (const exchange of forgotten) {
          exchange.fail(new BodyUnreadError());
        }
        return;
      }
      if (all.every((exchange) => exchange.isLate(socket.writableNeedDrain))) {
        socket.destroy(new HttpTimeoutError('receive', receiveTimeout, { link: this.interfaceName }));
      } else {
        socket.setTimeout(receiveTimeout);
      }
    });
    return { socket, gate };
  }

  #next(): void {
    const Client = loadedEngine();
    if (Client === undefined) {
      this.#load();
      return;
    }
    for (;;) {
      const exchange = this.#queue[0];
      if (exchange === undefined || this.#isExclusive || this.#inFlight.length >= this.#options.pipelining) {
        return;
      }
      const { isIdempotent, body } = exchange.asked;
      const mayShare = isIdempotent && body.isEmpty;
      if (!mayShare && this.#inFlight.length > 0) {
        return;
      }
      this.#queue.shift();
      this.#inFlight.push(exchange);
      this.#isExclusive = !mayShare;
      this.#client ??= this.#clientOf(Client);
      this.#dispatch(this.#client, exchange, mayShare);
    }
  }

  /** Those that wait go on when undici is there. */
  #load(): void {
    if (this.#isLoading || this.#queue.length === 0) {
      return;
    }
    this.#isLoading = true;
    loadEngine().then(
      () => this.#isDestroyed || this.#next(),
      (error: unknown) => {
        this.#isLoading = false;
        for (const exchange of [...this.#queue]) {
          exchange.fail(errorOf(error));
        }
      },
    );
  }

  #clientOf(Client: EngineClientClass): EngineClient {
    const { way, pipelining, keepAliveTimeout } = this.#options;
    return new Client(way.peer, {
      pipelining,
      // Ours are exact, and hold for all engines alike.
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout,
      // A server may shorten it, not lengthen it.
      keepAliveMaxTimeout: keepAliveTimeout,
      keepAliveTimeoutThreshold: keepAliveMargin,
      allowH2: false,
      maxHeaderSize: longestHead,
      connect: (_, callback) => {
        this.#open(() => this.#inFlight).then(
          ({ socket, gate }) => {
            this.#socket = socket;
            this.#gate = gate;
            callback(null, socket);
          },
          (error: unknown) => callback(errorOf(error), null),
        );
      },
    });
  }

  #dispatch(client: EngineClient, exchange: Exchange, mayShare: boolean): void {
    const request = this.#requestFor(exchange);
    if (request === undefined) {
      return;
    }
    client.dispatch(
      {
        ...request,
        idempotent: mayShare,
        blocking: !mayShare,
        // undici would not use a connection again after HEAD.
        reset: this.keepAlive ? (exchange.asked.method === 'HEAD' ? false : null) : true,
      },
      exchange,
    );
  }

  /** Undefined where its body cannot be made, since the caller's function throws: it is over then. */
  #requestFor(exchange: Exchange): Pick<EngineRequest, 'path' | 'method' | 'headers' | 'body'> | undefined {
    const { way } = this.#options;
    const { path, method, body } = exchange.asked;
    const headers = way.headersFor(exchange.headersToSend);
    try {
      return { path: way.targetOf(path), method, headers, body: body.take() };
    } catch (error) {
      exchange.fail(errorOf(error));
      return undefined;
    }
  }

  #sendApart(exchange: Exchange): void {
    this.#apart.add(exchange);
    const { expectContinue } = exchange.asked;
    const request = this.#requestFor(exchange);
    if (request === undefined) {
      return;
    }
    sendPlainly({
      // Node's client would name its own default.
      request: { ...request, headers: { host: this.#options.way.host, ...request.headers } },
      expectContinue,
      handler: exchange,
      clock: this.#options.clock,
      open: () => this.#open(() => [exchange], true),
      continued: () => {
        exchange.continued = true;
      },
    });
  }

  #endIfRetired(): void {
    if (this.#isRetired && this.isIdle && !this.#isDestroyed) {
      this.destroy(new Error('The link is not used any more.'));
    }
  }
}
