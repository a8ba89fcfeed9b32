// The server side of one connection. node:http does the protocol: its documented 'connection' event takes a socket that it
// has not accepted itself, so a server that never listens serves each session.
import { createServer, type IncomingMessage, type Server, type ServerOptions, ServerResponse } from 'node:http';
import { isIPv6, type Socket, SocketAddress } from 'node:net';
import { type Clock, type Disposable, systemClock } from '../engine/index.js';
import { milliseconds, whole } from './options.js';

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

/** Requests that were read ahead and not taken; at more of them the socket is not read. */
const mostAhead = 16;
const badRequest = 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';
const tooLarge = 'HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';

/**
 * POCO's HTTPServerSession: `for await (const { request, response } of session)` is its `while (hasMoreRequests())`. The
 * loop ends with the connection: closed by the client, by a time-out, after the last request that is allowed, after a
 * malformed request (answered 400, or 431), or by leaving the loop.
 */
export class HttpServerSession implements AsyncIterable<HttpExchange> {
  /** Any value of the caller's, as long as the connection lives (POCO's attachSessionData). */
  data: unknown;
  /** No further request is taken once it is false. */
  keepAlive: boolean;
  readonly clientAddress: SocketAddress;
  readonly serverAddress: SocketAddress;
  readonly #socket: Socket;
  readonly #mostRequests: number;
  readonly #server: Server;
  readonly #ahead: HttpExchange[] = [];
  readonly #clock: Clock;
  #watch: Disposable | undefined;
  #waiting: ((result: IteratorResult<HttpExchange>) => void) | undefined;
  #last: HttpExchange | undefined;
  #requests = 0;
  #head: Buffer | undefined;
  /** How far one is: not answered, answered as it was asked, otherwise, or the loop went on before it was answered. */
  #upgrade: 'asked' | 'answered' | 'refused' | 'left' | undefined;
  #isEnded = false;

  /** Takes a socket as `net.Server` gives it. Throws TypeError for options that cannot be meant. */
  constructor(socket: Socket, options: HttpServerOptions = {}) {
    const timeout = milliseconds('timeout', options.timeout, 60_000);
    const keepAliveTimeout = milliseconds('keepAliveTimeout', options.keepAliveTimeout, 15_000);
    this.#mostRequests = whole('maxKeepAliveRequests', options.maxKeepAliveRequests, 0, 0, Number.MAX_SAFE_INTEGER);
    this.keepAlive = options.keepAlive ?? true;
    this.#socket = socket;
    this.clientAddress = addressOf(socket.remoteAddress, socket.remotePort);
    this.serverAddress = addressOf(socket.localAddress, socket.localPort);
    // The types do not know these: without them Node keeps a connection 1 s longer, and takes an upgrade with a body for one without.
    const more: Readonly<Record<string, unknown>> = {
      keepAliveTimeoutBuffer: 0,
      shouldUpgradeCallback: (request: IncomingMessage) => !hasBody(request),
    };
    const settings: ServerOptions = { keepAliveTimeout, ...more };
    this.#server = createServer(settings, (request, response) => this.#took(request, response));
    // The size of a head bounds them. Beyond a number Node would leave some out, and not tell: those that frame it, too.
    this.#server.maxHeadersCount = 0;
    // Node's checks for slow heads begin with listen(); this one holds between any two bytes.
    this.#server.timeout = timeout;
    this.#server.on('timeout', () => this.#isAnswering || socket.destroy());
    this.#server.on('checkContinue', (request, response) => this.#took(request, response, { expectsContinue: true }));
    this.#server.on('upgrade', (request, _, head) => this.#tookUpgrade(request, head));
    this.#server.on('connect', (request, _, head) => this.#tookUpgrade(request, head));
    this.#server.on('clientError', (error: NodeJS.ErrnoException) => this.#refuse(error));
    this.#clock = options.clock ?? guestClock;
    this.#watchHeads(timeout, Math.max(timeout, keepAliveTimeout));
    socket.once('close', () => this.#end());
    socket.on('error', () => {});
    if (socket.destroyed) {
      this.#end();
    } else {
      this.#server.emit('connection', socket);
    }
  }

  /** Another request may follow on this connection (POCO). False when the last that is allowed was taken: its answer says so. */
  get canKeepAlive(): boolean {
    return this.keepAlive && !this.#isEnded && (this.#mostRequests === 0 || this.#requests < this.#mostRequests);
  }

  /** The requests, one at a time. Leaving the loop ends the connection, unless it was detached. */
  [Symbol.asyncIterator](): AsyncIterator<HttpExchange> {
    return {
      next: () => this.#next(),
      return: () => {
        if (this.#head === undefined || !this.#isEnded) {
          this.#socket.destroy();
        }
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }

  /**
   * Takes the connection out of the session, once a request asked for another protocol or a tunnel: the caller answers
   * it, by the response (101, or 200) or on the socket. The session reports no more requests. Throws where none has asked.
   */
  detachSocket(): DetachedSocket {
    if (this.#head === undefined || this.#isEnded) {
      throw new Error('No request has asked for another protocol.');
    }
    this.#end();
    this.#socket.setTimeout(0);
    return { socket: this.#socket, head: this.#head };
  }

  /** Ends the connection at once (POCO's abort). Doing it twice is the same as once. */
  abort(): void {
    this.#socket.destroy();
  }

  /** It is the caller's turn: the request has come, and nothing of an answer waits to be taken by the client. */
  get #isAnswering(): boolean {
    const { request, response } = this.#last ?? {};
    return request?.complete === true && response?.writableEnded === false && response.writableLength === 0;
  }

  /** Ends a connection on which no request has come for so long, whatever came instead of it: a head that never ends. */
  #watchHeads(time: number, next: number): void {
    const before = this.#requests;
    this.#watch = this.#clock.setTimeout(() => {
      const isDone = this.#last === undefined || (!this.#last.isUpgrade && this.#last.response.writableFinished);
      if (isDone && this.#requests === before) {
        this.#socket.destroy();
      } else {
        this.#watchHeads(next, next);
      }
    }, time);
  }

  #took(request: IncomingMessage, response: ServerResponse, { expectsContinue = false } = {}): void {
    // One that follows the last, or an end.
    if (!this.canKeepAlive && this.#requests > 0) {
      return;
    }
    if (!isFramed(request)) {
      this.#socket.end(badRequest);
      return;
    }
    this.#count(response);
    this.#give({ request, response, isUpgrade: false, expectsContinue });
  }

  /** Node has let go of the socket: whoever answers by the response ends the connection, unless it is detached. */
  #tookUpgrade(request: IncomingMessage, head: Buffer): void {
    if (hasBody(request) || (!this.canKeepAlive && this.#requests > 0)) {
      this.#socket.end(badRequest);
      return;
    }
    const response = new ServerResponse(request);
    this.#head = head;
    this.#count(response);
    response.shouldKeepAlive = false;
    // An answer to CONNECT has no body (RFC 9110 9.3.6).
    response.useChunkedEncodingByDefault = request.method !== 'CONNECT';
    response.assignSocket(this.#socket);
    response.once('finish', () => {
      response.detachSocket(this.#socket);
      const { statusCode } = response;
      const isSwitch = statusCode === 101 || (request.method === 'CONNECT' && statusCode >= 200 && statusCode < 300);
      this.#upgrade = isSwitch && this.#upgrade !== 'left' ? 'answered' : 'refused';
      this.#endUpgrade();
    });
    this.#upgrade = 'asked';
    this.#give({ request, response, isUpgrade: true, expectsContinue: false });
  }

  /** The connection has no further use: nobody speaks HTTP on it, and nobody took it. */
  #endUpgrade(): void {
    if (this.#upgrade === 'refused' && !this.#isEnded) {
      this.#socket.setTimeout(this.#server.timeout, () => this.#socket.destroy());
      this.#socket.end();
      // What else comes is not for anybody.
      this.#socket.resume();
    }
  }

  #count(response: ServerResponse): void {
    this.#requests++;
    // Node's own limit says 'close' in the last answer, and keeps the connection all the same.
    if (!this.canKeepAlive) {
      response.shouldKeepAlive = false;
    }
  }

  #give(exchange: HttpExchange): void {
    this.#last = exchange;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting !== undefined) {
      waiting({ done: false, value: exchange });
      return;
    }
    this.#ahead.push(exchange);
    if (this.#ahead.length === mostAhead) {
      // Node goes on reading at the end of each request; what one read brought is all that is taken in.
      queueMicrotask(() => this.#ahead.length >= mostAhead && this.#socket.pause());
    }
  }

  #next(): Promise<IteratorResult<HttpExchange>> {
    const exchange = this.#ahead.shift();
    if (exchange !== undefined) {
      if (this.#ahead.length < mostAhead && this.#socket.isPaused()) {
        this.#socket.resume();
      }
      return Promise.resolve({ done: false, value: exchange });
    }
    if (this.#isEnded) {
      return Promise.resolve({ done: true, value: undefined });
    }
    if (this.#upgrade !== undefined) {
      this.#upgrade = this.#upgrade === 'asked' ? 'left' : 'refused';
      this.#endUpgrade();
    }
    return new Promise((resolve) => {
      this.#waiting?.({ done: true, value: undefined });
      this.#waiting = resolve;
    });
  }

  #refuse(error: NodeJS.ErrnoException): void {
    const isUsed = (this.#socket as { _httpMessage?: ServerResponse })._httpMessage?.headersSent ?? false;
    if (this.#socket.writable && !isUsed && error.code !== 'ECONNRESET') {
      this.#socket.end(error.code === 'HPE_HEADER_OVERFLOW' ? tooLarge : badRequest);
      this.#socket.once('finish', () => this.#socket.destroy());
    } else {
      this.#socket.destroy();
    }
  }

  #end(): void {
    this.#isEnded = true;
    this.#watch?.dispose();
    this.#waiting?.({ done: true, value: undefined });
    this.#waiting = undefined;
  }
}

/** RFC 9112 6.3: where chunked is not the last coding, nobody can tell how far the body goes. Node tells after the head. */
function isFramed({ headers }: IncomingMessage): boolean {
  const coding = headers['transfer-encoding'];
  return coding === undefined || /(?:^|,)[ \t]*chunked$/i.test(coding.trim());
}

/** The real time, which keeps no process alive: the socket does, if it is to. */
const guestClock: Clock = {
  now: systemClock.now,
  setTimeout: (callback, milliseconds) => {
    const timer = setTimeout(callback, milliseconds).unref();
    return { dispose: () => clearTimeout(timer) };
  },
};

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** IPv4 that came by an IPv6 socket is IPv4. */
function addressOf(given: string | undefined, port = 0): SocketAddress {
  const address = (given ?? '0.0.0.0').replace(/^::ffff:(?=\d+\.)/i, '');
  return new SocketAddress({ address: address.replace(/%.*$/, ''), port, family: isIPv6(address) ? 'ipv6' : 'ipv4' });
}
