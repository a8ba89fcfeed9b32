// The server side of one connection. One request at a time: the next is not looked at before the last is answered, so that what
// follows an answer that ends the connection is not run (RFC 9112 9.6), and each answer, ours too, stands in its place.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isIPv6, type Socket, SocketAddress } from 'node:net';
import { type Clock, type Disposable, systemClock } from '../engine/index.js';
import { HttpTimeoutError, systemError } from './errors.js';
import { milliseconds, whole } from './options.js';
import { type RefusalStatus, type RequestHead, RequestReader, RequestRefusedError } from './requestReader.js';
import { refusalOf, ServerRequest, SessionResponse } from './serverMessages.js';

/** POCO's HTTPServerParams, as far as they are a session's. */
export interface HttpServerOptions {
  /**
   * Milliseconds for the first request, and in which the client must send or take something when it is its turn; 60 000 by
   * default. Further heads have to be whole within twice the longer of both time-outs.
   */
  readonly timeout?: number;
  /** The connection is used for more than one request; true by default. */
  readonly keepAlive?: boolean;
  /** Milliseconds for each further request; 15 000 by default. */
  readonly keepAliveTimeout?: number;
  /** Requests on the connection; 0, the default: any number. */
  readonly maxKeepAliveRequests?: number;
  /**
   * Bytes of a request's body that have to come in each `timeout`, unless all of it has; 1000 by default, 0: any. The
   * request of who sends less ends, with 408 where no answer has begun.
   */
  readonly minimumRate?: number;
  readonly clock?: Clock;
}

/** A request, and what answers it. */
export interface HttpExchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** It asks for another protocol or a tunnel: `detachSocket()` takes the connection, or the answer ends it. */
  readonly isUpgrade: boolean;
  /** It waits for `response.writeContinue()`, or a final answer, before it sends its body. */
  readonly expectsContinue: boolean;
}

/** A connection that was taken out of a session. */
export interface DetachedSocket {
  readonly socket: Socket;
  /** What had come after the request (POCO's drainBuffer). */
  readonly head: Buffer;
}

/** Bytes that are read ahead at most, or little more: for what they may be, see the bound of heads. */
const mostAhead = 16_384;
/** Milliseconds in which who has been answered for the last time takes that in: a connection that is closed with bytes unread is reset. */
const lingering = 5_000;

/** The request whose turn it is. */
interface Turn {
  readonly exchange: HttpExchange;
  readonly head: RequestHead;
  readonly request: ServerRequest;
  readonly response: SessionResponse;
  /** All of the answer is out. */
  isAnswered: boolean;
  /** The loop went on before it was answered. */
  isLeft: boolean;
}

/**
 * POCO's HTTPServerSession: `for await (const { request, response } of session)` is its `while (hasMoreRequests())`. The
 * loop goes on when a request is answered, and ends with the connection: closed by the client, by a time-out, after the last
 * request that is allowed, after one that is refused (400, 408, 413, 414, 431, 501 or 505), or by leaving the loop. A client that
 * has closed its side is answered what it has asked for.
 */
export class HttpServerSession implements AsyncIterable<HttpExchange> {
  /** Any value of the caller's, as long as the connection lives (POCO's attachSessionData). */
  data: unknown;
  /** No further request is taken once it is false; an answer whose head is not written yet says so. */
  keepAlive: boolean;
  readonly clientAddress: SocketAddress;
  readonly serverAddress: SocketAddress;
  readonly #socket: Socket;
  readonly #timeout: number;
  readonly #keepAliveTimeout: number;
  readonly #mostRequests: number;
  readonly #minimumRate: number;
  readonly #clock: Clock;
  readonly #reader = new RequestReader();
  readonly #allowHalfOpen: boolean;
  /** Where the connection is: closing is when nothing more is read of it. */
  #state: 'open' | 'closing' | 'detached' | 'closed' = 'open';
  #networkError: Error | undefined;
  #waiting: ((result: IteratorResult<HttpExchange>) => void) | undefined;
  #turn: Turn | undefined;
  #isReading = false;
  /** The caller, and not the client, has held up the body since its rate was looked at. */
  #wasHeld = false;
  /** The client has closed its side. */
  #isHalfClosed = false;
  #requests = 0;
  #answers = 0;
  #watch: Disposable | undefined;
  #rate: Disposable | undefined;
  #linger: Disposable | undefined;
  #keep: Disposable | undefined;
  #idleSince = 0;

  /** Takes a socket as `net.Server` gives it. Throws TypeError for options that cannot be meant. */
  constructor(socket: Socket, options: HttpServerOptions = {}) {
    this.#timeout = milliseconds('timeout', options.timeout, 60_000);
    this.#keepAliveTimeout = milliseconds('keepAliveTimeout', options.keepAliveTimeout, 15_000);
    this.#mostRequests = whole('maxKeepAliveRequests', options.maxKeepAliveRequests, 0, 0, Number.MAX_SAFE_INTEGER);
    this.#minimumRate = whole('minimumRate', options.minimumRate, 1_000, 0, Number.MAX_SAFE_INTEGER);
    this.keepAlive = options.keepAlive ?? true;
    this.#clock = options.clock ?? guestClock;
    this.#socket = socket;
    this.#allowHalfOpen = socket.allowHalfOpen;
    this.clientAddress = addressOf(socket.remoteAddress, socket.remotePort);
    this.serverAddress = addressOf(socket.localAddress, socket.localPort);
    socket.once('close', this.#closed);
    socket.on('error', this.#failed);
    if (socket.destroyed) {
      this.#closed();
      return;
    }
    // What it has asked for is answered, although it has nothing more to say.
    socket.allowHalfOpen = true;
    socket.on('data', this.#came);
    socket.on('end', this.#halfClosed);
    socket.on('drain', this.#drained);
    socket.on('timeout', this.#idle);
    socket.setTimeout(this.#timeout);
    this.#watchClient(this.#timeout);
  }

  /** Another request may follow on this connection (POCO). False when the last that is allowed was taken: its answer says so. */
  get canKeepAlive(): boolean {
    return (
      this.keepAlive && this.#state === 'open' && (this.#mostRequests === 0 || this.#requests < this.#mostRequests)
    );
  }

  /** The time-out as it was given, in milliseconds (POCO's getTimeout). */
  get timeout(): number {
    return this.#timeout;
  }

  /** The session has an open connection: not closed by this side, not given away, and not known to be gone. */
  get connected(): boolean {
    return this.#state !== 'detached' && !this.#socket.destroyed;
  }

  /** The last error of the connection, a time-out too; cleared when a request comes (POCO's networkException). */
  get networkError(): Error | undefined {
    return this.#networkError;
  }

  /** The connection, closed or not; undefined once it was detached. Who reads from it takes requests away. */
  get socket(): Socket | undefined {
    return this.#state === 'detached' ? undefined : this.#socket;
  }

  /** The requests, one at a time. Leaving the loop ends the connection, unless it was detached. */
  [Symbol.asyncIterator](): AsyncIterator<HttpExchange> {
    return {
      next: () => this.#next(),
      return: () => {
        this.#leave();
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }

  /**
   * Takes the connection out of the session, once a request asked for another protocol or a tunnel: the caller answers
   * it, by the response (101, or 200) or on the socket. The session reports no more requests. Throws where none has asked.
   */
  detachSocket(): DetachedSocket {
    const socket = this.#socket;
    if (this.#turn?.exchange.isUpgrade !== true || this.#state !== 'open') {
      throw new Error('No request has asked for another protocol.');
    }
    this.#state = 'detached';
    this.#end();
    socket.off('close', this.#closed).off('data', this.#came).off('end', this.#halfClosed);
    socket.off('drain', this.#drained).off('timeout', this.#idle).setTimeout(0);
    // Whoever listens next gets what comes, as from a new socket.
    Object.assign(socket, { readableFlowing: null, allowHalfOpen: this.#allowHalfOpen });
    if (socket.readableEnded && !this.#allowHalfOpen) {
      socket.end();
    }
    return { socket, head: this.#reader.drain() };
  }

  /** Ends the connection at once (POCO's abort). Doing it twice is the same as once. */
  abort(): void {
    this.#socket.destroy();
  }

  readonly #came = (bytes: Buffer): void => {
    if (this.#state === 'open') {
      this.#reader.add(bytes);
      this.#read();
    }
  };

  readonly #halfClosed = (): void => {
    this.#isHalfClosed = true;
    this.#read();
    if (this.#state === 'open' && this.#turn === undefined && this.#reader.buffered === 0) {
      this.#close();
    }
  };

  readonly #drained = (): void => {
    if (this.#turn?.response.writableEnded === false) {
      this.#turn.response.emit('drain');
    }
  };

  readonly #failed = (error: Error): void => {
    this.#networkError = error;
  };

  readonly #closed = (): void => {
    const turn = this.#turn;
    this.#state = 'closed';
    this.#turn = undefined;
    this.#end();
    turn?.request.fail(systemError('ECONNRESET', 'aborted'));
  };

  #end(): void {
    this.#watch?.dispose();
    this.#rate?.dispose();
    this.#linger?.dispose();
    this.#keep?.dispose();
    this.#waiting?.({ done: true, value: undefined });
    this.#waiting = undefined;
  }

  #next(): Promise<IteratorResult<HttpExchange>> {
    const turn = this.#turn;
    if (this.#state === 'closed' || this.#state === 'detached') {
      return Promise.resolve({ done: true, value: undefined });
    }
    if (turn !== undefined) {
      turn.isLeft = true;
      if (turn.isAnswered && turn.exchange.isUpgrade) {
        this.#close();
      }
    }
    return new Promise((resolve) => {
      this.#waiting?.({ done: true, value: undefined });
      this.#waiting = resolve;
      this.#read();
    });
  }

  /** An answer that is written as far as it goes is not cut off. */
  #leave(): void {
    const turn = this.#turn;
    if (this.#state === 'detached') {
      return;
    }
    this.keepAlive = false;
    const isOver = turn === undefined || (turn.isAnswered && !turn.exchange.isUpgrade);
    if (isOver && this.#state === 'open') {
      this.#close();
    } else if (!isOver && (turn.isAnswered || !turn.response.writableEnded)) {
      this.#socket.destroy();
    }
  }

  /** Reads as far as it is somebody's turn. */
  #read(): void {
    if (this.#isReading || this.#state !== 'open') {
      return;
    }
    this.#isReading = true;
    try {
      if (this.#turn !== undefined) {
        this.#readBody(this.#turn);
      }
      if (this.#turn === undefined && this.#waiting !== undefined) {
        this.#readHead(this.#waiting);
      }
    } catch (error) {
      if (!(error instanceof RequestRefusedError)) {
        throw error;
      }
      this.#refuse(error.status, error);
    } finally {
      this.#isReading = false;
    }
    if (this.#state === 'open') {
      this.#flow();
    }
  }

  #readHead(give: (result: IteratorResult<HttpExchange>) => void): void {
    if (this.#requests > 0 && !this.canKeepAlive) {
      this.#close();
      return;
    }
    const head = this.#reader.head();
    if (head !== undefined) {
      const turn = this.#begin(head);
      this.#waiting = undefined;
      give({ done: false, value: turn.exchange });
      this.#readBody(turn);
    } else if (this.#isHalfClosed) {
      if (this.#reader.isWithinHead) {
        throw cutOff();
      }
      this.#close();
    } else if (this.#isIdle) {
      this.#watchIdle(this.#keepAliveTimeout);
    }
  }

  #begin(head: RequestHead): Turn {
    const request = new ServerRequest(this.#socket, head);
    const response = new SessionResponse(
      request,
      { isLast: (statusCode) => this.#isLast(turn, statusCode) },
      this.#keepAliveTimeout,
    );
    const { isUpgrade, expectsContinue } = head;
    const exchange = { request, response, isUpgrade, expectsContinue };
    const turn: Turn = { exchange, head, request, response, isAnswered: false, isLeft: false };
    this.#turn = turn;
    this.#requests++;
    this.#networkError = undefined;
    if (isUpgrade) {
      response.shouldKeepAlive = false;
      // An answer to CONNECT has no body (RFC 9110 9.3.6).
      response.useChunkedEncodingByDefault = request.method !== 'CONNECT';
    }
    response.assignSocket(this.#socket);
    response.once('finish', () => this.#answered(turn));
    return turn;
  }

  /** The connection ends with this answer, which can still say so. */
  #isLast(turn: Turn, statusCode: number): boolean {
    if (turn.exchange.isUpgrade) {
      return !isSwitch(turn.head, statusCode);
    }
    // A client that was not told to send its body may send it, or the next request.
    return !this.canKeepAlive || !turn.head.persists || this.#isUnasked(turn);
  }

  #readBody(turn: Turn): void {
    const { request } = turn;
    if (request.complete) {
      return;
    }
    if (this.#reader.body((bytes) => request.push(bytes))) {
      this.#rate?.dispose();
      this.#rate = undefined;
      request.finish(this.#reader.trailers);
      this.#goOn(turn);
    } else if (this.#isHalfClosed) {
      throw cutOff();
    } else if (this.#minimumRate > 0) {
      this.#rate ??= this.#watchRate(turn);
    }
  }

  #answered(turn: Turn): void {
    const { response, request, exchange, head } = turn;
    turn.isAnswered = true;
    this.#answers++;
    response.release(this.#socket);
    if (this.#turn !== turn || this.#state === 'detached') {
      return;
    }
    if (exchange.isUpgrade) {
      if (turn.isLeft || !this.keepAlive || !isSwitch(head, response.statusCode)) {
        this.#close();
      }
    } else if (response.saysClose || !this.canKeepAlive || !head.persists || this.#state !== 'open') {
      this.#close();
    } else {
      request.dump();
      this.#goOn(turn);
    }
  }

  /** The next, once the last has come and is answered. */
  #goOn({ isAnswered, request, exchange }: Turn): void {
    if (isAnswered && request.complete && !exchange.isUpgrade) {
      this.#turn = undefined;
      this.#idleSince = this.#clock.now();
      this.#read();
      if (this.#isIdle) {
        this.#watchIdle(this.#keepAliveTimeout);
      }
    }
  }

  /** Answers what is no request in its place, and reads no further. An answer that has begun goes out whole. */
  #refuse(status: RefusalStatus, error: Error): void {
    const turn = this.#turn;
    turn?.request.fail(error);
    if (turn === undefined) {
      this.#socket.write(refusalOf(status));
    } else if (!turn.response.headersSent) {
      turn.response.abandon(this.#socket);
      this.#socket.write(refusalOf(status));
    } else if (!turn.isAnswered) {
      this.#state = 'closing';
      this.#rate?.dispose();
      this.#socket.resume();
      return;
    }
    this.#close();
  }

  /** Nothing more is read; what is written goes out. */
  #close(): void {
    const socket = this.#socket;
    if (this.#turn?.request.complete === false) {
      this.#turn.request.fail(systemError('ECONNRESET', 'aborted'));
    }
    this.#state = 'closing';
    this.#turn = undefined;
    this.#rate?.dispose();
    this.#reader.drain();
    socket.end(() => {
      if (this.#state === 'closing') {
        this.#linger ??= this.#clock.setTimeout(() => socket.destroy(), Math.min(this.#timeout, lingering));
      }
    });
    // What else comes is for nobody.
    socket.resume();
  }

  /** What is not wanted yet stays with the client: requests that follow, bodies that are not read, what follows an upgrade. */
  #flow(): void {
    const turn = this.#turn;
    const socket = this.#socket;
    let isHeld: boolean;
    if (turn === undefined || turn.request.complete) {
      const isIdle = turn === undefined && this.#waiting !== undefined;
      isHeld = turn?.exchange.isUpgrade === true || (!isIdle && this.#reader.buffered >= mostAhead);
    } else {
      isHeld = turn.request.readableLength >= turn.request.readableHighWaterMark;
      this.#wasHeld ||= isHeld;
    }
    if (isHeld !== socket.isPaused()) {
      isHeld ? socket.pause() : socket.resume();
    }
  }

  /** It is the caller's turn: nothing has to come, and nothing waits to be taken by the client. */
  get #isCallersTurn(): boolean {
    if (this.#turn === undefined) {
      return this.#waiting === undefined && this.#reader.buffered > 0;
    }
    const { request, response } = this.#turn;
    const isHeld = request.complete || this.#socket.isPaused() || this.#isUnasked(this.#turn);
    return !response.writableEnded && response.writableLength === 0 && isHeld;
  }

  /** The client waits to be told to send the body. */
  #isUnasked({ head, request, response }: Turn): boolean {
    return head.expectsContinue && !response.hasContinued && !request.complete && this.#reader.received === 0;
  }

  /** Ends a connection on which nothing comes for as long as it is kept. One timer for many requests: it looks how long it was. */
  #watchIdle(time: number): void {
    this.#keep ??= this.#clock.setTimeout(() => {
      this.#keep = undefined;
      const left = this.#keepAliveTimeout - (this.#clock.now() - this.#idleSince);
      if (this.#isIdle && left > 0) {
        this.#watchIdle(left);
      } else if (this.#isIdle) {
        this.#socket.destroy();
      }
    }, time);
  }

  /** Nothing has come of a further request. */
  get #isIdle(): boolean {
    return this.#state === 'open' && this.#turn === undefined && this.#requests > 0 && !this.#reader.isWithinHead;
  }

  /**
   * Ends a connection on which no request has come for so long, whatever came instead of it: a head that never ends. And one
   * whose client has closed its side, where nothing more of an answer goes out.
   */
  #watchClient(time: number): void {
    const before = this.#progress;
    this.#watch = this.#clock.setTimeout(() => {
      const isClients = this.#turn === undefined ? !this.#isCallersTurn : this.#isHalfClosed;
      if (this.#state === 'open' && isClients && this.#progress === before) {
        this.#timeOut();
      } else {
        this.#watchClient(Math.max(this.#timeout, this.#keepAliveTimeout));
      }
    }, time);
  }

  get #progress(): number {
    return this.#requests + this.#answers + (this.#isHalfClosed ? this.#socket.bytesWritten : 0);
  }

  /** Ends a request whose body comes too slowly, unless it is the caller who is slow. */
  #watchRate(turn: Turn): Disposable {
    const before = this.#reader.received;
    this.#wasHeld = this.#socket.isPaused();
    return this.#clock.setTimeout(() => {
      const isSlow = this.#reader.received - before < this.#minimumRate;
      if (isSlow && !this.#wasHeld && !this.#isUnasked(turn)) {
        this.#timeOut();
      } else {
        this.#rate = this.#watchRate(turn);
      }
    }, this.#timeout);
  }

  readonly #idle = (): void => {
    if (!this.#isCallersTurn && !this.#isIdle) {
      this.#timeOut();
    }
  };

  /** It takes too long: a request that is on its way is told so, unless its answer has begun. */
  #timeOut(): void {
    const turn = this.#turn;
    const isUnderWay = turn === undefined ? this.#reader.isWithinHead : !turn.request.complete;
    if (turn !== undefined || isUnderWay) {
      this.#networkError = new HttpTimeoutError('receive', this.#timeout);
    }
    if (this.#state === 'open' && isUnderWay && (turn?.response.writableLength ?? 0) === 0) {
      this.#refuse(408, new HttpTimeoutError('receive', this.#timeout));
    } else {
      this.#socket.destroy();
    }
  }
}

function cutOff(): RequestRefusedError {
  return new RequestRefusedError(400, 'The connection was closed before the end of the request.');
}

/** The connection speaks another protocol from here on. */
function isSwitch({ method }: RequestHead, statusCode: number): boolean {
  return statusCode === 101 || (method === 'CONNECT' && statusCode >= 200 && statusCode < 300);
}

/** The real time, which keeps no process alive: the socket does, if it is to. */
const guestClock: Clock = {
  now: systemClock.now,
  setTimeout: (callback, milliseconds) => {
    const timer = setTimeout(callback, milliseconds).unref();
    return { dispose: () => clearTimeout(timer) };
  },
};

/** IPv4 that came by an IPv6 socket is IPv4. */
function addressOf(given: string | undefined, port = 0): SocketAddress {
  const address = (given ?? '0.0.0.0').replace(/^::ffff:(?=\d+\.)/i, '');
  return new SocketAddress({ address: address.replace(/%.*$/, ''), port, family: isIPv6(address) ? 'ipv6' : 'ipv4' });
}
