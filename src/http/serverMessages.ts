// Node's messages without Node's server, which reads ahead: requests that are filled here, and answers that know what becomes
// of their connection when their head is written.
import { IncomingMessage, type OutgoingHttpHeaders, ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { RefusalStatus, RequestHead } from './requestReader.js';

/** What Node's own server uses of them, and its types do not know. */
interface Inside {
  _addHeaderLines(lines: readonly string[], count: number): void;
  _closed: boolean;
  _keepAliveTimeout: number;
  _last: boolean;
}

const inside = (message: object) => message as Inside;

/** A request; `head` is all that is known of it so far. */
export class ServerRequest extends IncomingMessage {
  #isBroken = false;
  #aborting: AbortController | undefined;

  constructor(socket: Socket, { method, target, minor, rawHeaders, isUpgrade }: RequestHead) {
    super(socket);
    this.method = method;
    this.url = target;
    this.httpVersion = `1.${minor}`;
    this.httpVersionMajor = 1;
    this.httpVersionMinor = minor;
    Object.assign(this, { upgrade: isUpgrade });
    inside(this)._addHeaderLines(rawHeaders, rawHeaders.length);
  }

  /** Aborts when it cannot be answered any more. Node's own would listen to the connection beyond this request. */
  get signal(): AbortSignal {
    this.#aborting ??= new AbortController();
    if (this.#isBroken) {
      this.#aborting.abort();
    }
    return this.#aborting.signal;
  }

  /** It has come as a whole. */
  finish(trailers: readonly string[]): void {
    this.complete = true;
    if (trailers.length > 0) {
      inside(this)._addHeaderLines(trailers, trailers.length);
    }
    this.push(null);
  }

  /** Nobody reads it: it is read to its end all the same, so that the next can follow. */
  dump(): void {
    if (this.readableFlowing === null && !this.readableDidRead) {
      this.resume();
    }
  }

  /** The rest of it will not come. The connection stays, for the answer. Who has just got it can listen for that first. */
  fail(error: Error): void {
    this.#isBroken = true;
    this.#aborting?.abort();
    setImmediate(() => this.destroy(error));
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    if (!this.#isBroken) {
      super._destroy(error, callback);
      return;
    }
    if (!this.readableEnded || !this.complete) {
      this.aborted = true;
      this.emit('aborted');
    }
    // As Node does it: an error that nobody listens for is none.
    process.nextTick(() => callback(this.listenerCount('error') > 0 ? error : null));
  }
}

/** What an answer asks when its head is written. */
export interface AnswerOwner {
  /** The connection ends with this answer. */
  isLast(statusCode: number): boolean;
}

/** The answer to a request. */
export class SessionResponse extends ServerResponse {
  readonly #owner: AnswerOwner;
  #hasContinued = false;

  /** @param keepAliveTimeout for the client to know; milliseconds */
  constructor(request: ServerRequest, owner: AnswerOwner, keepAliveTimeout: number) {
    super(request);
    this.#owner = owner;
    // Node takes it for false where it is not said of HTTP/1.0; whether it is so is asked with the head.
    this.shouldKeepAlive = true;
    inside(this)._keepAliveTimeout = keepAliveTimeout;
  }

  /** The client was told to send the body that it has asked for. */
  get hasContinued(): boolean {
    return this.#hasContinued;
  }

  /** What it says of the connection is that it ends. */
  get saysClose(): boolean {
    return inside(this)._last;
  }

  override writeContinue(callback?: () => void): void {
    super.writeContinue(callback);
    this.#hasContinued = true;
  }

  override writeHead(statusCode: number, reason?: unknown, fields?: unknown): this {
    const isText = typeof reason === 'string';
    const given = isText ? fields : (fields ?? reason);
    const kept = this.#owner.isLast(statusCode) && !this.headersSent ? this.#closing(given) : given;
    return isText
      ? super.writeHead(statusCode, reason, kept as OutgoingHttpHeaders)
      : super.writeHead(statusCode, kept as OutgoingHttpHeaders);
  }

  /** It is out: the connection is free for the next. Node tells so at the end of the turn. */
  release(socket: Socket): void {
    this.detachSocket(socket);
    process.nextTick(() => this.#close());
  }

  /** It never goes out. */
  abandon(socket: Socket): void {
    this.detachSocket(socket);
    setImmediate(() => this.#close());
  }

  #close(): void {
    if (!inside(this)._closed) {
      this.destroyed = true;
      inside(this)._closed = true;
      this.emit('close');
    }
  }

  /** The fields with `close` in place of what the caller says of the connection, as a proxy does that passes on what it got. */
  #closing(fields: unknown): unknown {
    const isOther = (name: unknown) => !/^connection$/i.test(String(name));
    if (fields === undefined || fields === null) {
      this.setHeader('Connection', 'close');
      return undefined;
    }
    if (!Array.isArray(fields)) {
      return { ...Object.fromEntries(Object.entries(fields).filter(([name]) => isOther(name))), Connection: 'close' };
    }
    return Array.isArray(fields[0])
      ? [...fields.filter(([name]) => isOther(name)), ['Connection', 'close']]
      : [...fields.filter((_, index) => isOther(fields[index - (index % 2)])), 'Connection', 'close'];
  }
}

// Node sets a mark of its own when a write was too much, and only its own server takes it away again.
Object.defineProperty(SessionResponse.prototype, 'writableNeedDrain', {
  get(this: SessionResponse) {
    return !this.destroyed && !this.writableEnded && this.socket?.writableNeedDrain === true;
  },
});

/** What stands in place of an answer where there was no request to be answered. The connection ends with it. */
export function refusalOf(status: RefusalStatus): string {
  const fields = `Date: ${new Date().toUTCString()}\r\nConnection: close\r\nContent-Length: 0`;
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${fields}\r\n\r\n`;
}
