import type { Duplex } from 'node:stream';
import { createMessageConnection, type Message, type MessageConnection, ResponseError } from 'vscode-jsonrpc/node';
import { type Cause, type Clock, type Disposable, Emitter, type Event, type Logger } from '../engine/index.js';
import { FrameReader, FrameWriter } from './framing.js';
import { bounds, Malformed, OutOfBounds, parseCause, Refusal } from './messages.js';
import { farewell } from './times.js';

/** Why a request has no answer. */
export type RequestTrouble =
  /** The other side did not answer in time. It may still do what was asked. */
  | 'timedOut'
  /** The connection is closed, or was closed before the answer came. */
  | 'closed'
  /** The other side refuses, and gives a cause. */
  | 'refused'
  /** The other side failed at it. */
  | 'failed'
  /** It was not sent: it is too large, or too many have no answer yet. */
  | 'notSent';

export class RequestFailure extends Error {
  readonly trouble: RequestTrouble;
  /** Why the other side refuses. */
  override readonly cause: Cause | undefined;

  constructor(trouble: RequestTrouble, message: string, cause?: Cause) {
    super(message);
    this.trouble = trouble;
    this.cause = cause;
  }
}

/** How much one side takes from the other before it cuts it off. */
export interface ChannelBounds {
  /** Requests without an answer. */
  readonly requests: number;
  /** Notifications in a second. */
  readonly notifications: number;
  /** Bytes that wait for a side that does not read. */
  readonly unread: number;
}

export const channelBounds: ChannelBounds = {
  requests: bounds.requestsOfClient,
  notifications: 20_000,
  unread: 4 * 1024 * 1024,
};

export interface ChannelOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly bounds?: ChannelBounds | undefined;
}

/**
 * What two windows say to each other once both have proven who they are. Nothing is read before a handler is set or a
 * request is made, so that nothing is missed. It has no timer but for requests that have no answer yet.
 */
export interface Channel {
  /** Rejects with {@link RequestFailure}. */
  request(method: string, params: object, timeoutMs: number): Promise<unknown>;
  notify(method: string, params: object): void;
  /** As `notify`, but while the other side does not read, only the newest of a method waits for it. */
  notifyLatest(method: string, params: object): void;
  /** The handler rejects with {@link Refusal} to say no; {@link Malformed} and {@link OutOfBounds} cut the other side off. */
  onRequest(handler: (method: string, params: unknown) => Promise<unknown>): void;
  onNotification(handler: (method: string, params: unknown) => void): void;
  /** Told once, however it came. */
  readonly onDidClose: Event<void>;
  readonly isClosed: boolean;
  /** What was said still goes out. */
  close(): void;
}

type RequestHandler = Parameters<Channel['onRequest']>[0];
type NotificationHandler = Parameters<Channel['onNotification']>[0];

const errorCodes = { refused: 1, failed: 2 };
/** Messages that are read and not handled yet; more stay in the socket, so that nobody fills our memory. */
const mostUnhandled = 64;
/** Bytes in the socket beyond which the other side counts as not reading. */
const congested = 256 * 1024;

export class SocketChannel implements Channel {
  readonly #socket: Duplex;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #bounds: ChannelBounds;
  readonly #connection: MessageConnection;
  readonly #didClose: Emitter<void>;
  readonly onDidClose: Event<void>;

  #state: 'open' | 'closing' | 'closed' = 'open';
  #isListening = false;
  #handleRequest: RequestHandler | undefined;
  #handleNotification: NotificationHandler | undefined;
  /** Read and not handled. */
  #unhandled = 0;
  /** Of the other side, without an answer. */
  #unanswered = 0;
  #lastRequest = -1;
  /** Ours, without an answer. */
  readonly #asked = new Set<number>();
  /** Who waits for an answer, and is told when there will be none. */
  readonly #waiting = new Set<(failure: RequestFailure) => void>();
  /** The second that notifications are counted in. */
  #second = { since: 0, notifications: 0 };
  readonly #delayed = new Map<string, object>();
  #farewell: Disposable | undefined;

  /** The socket is paused, and has no listeners. */
  constructor(socket: Duplex, options: ChannelOptions) {
    this.#socket = socket;
    const { clock, logger } = options;
    this.#clock = clock;
    this.#logger = logger;
    this.#bounds = options.bounds ?? channelBounds;
    this.#didClose = new Emitter((error) => logger.error(`${error}`));
    this.onDidClose = this.#didClose.event;
    socket.on('error', (error) => logger.debug(`A connection to another window failed: ${error.message}`));
    // What was said last, and read, is still handled.
    socket.on('close', () => this.#unhandled === 0 && this.#closed());
    socket.on('drain', () => this.#sendDelayed());
    const reader = new FrameReader(
      socket,
      (message) => this.#checked(message),
      (fault) => this.#drop(fault.message),
    );
    const quiet = () => {}; // Its words hold what the other side has sent.
    this.#connection = createMessageConnection(
      reader,
      new FrameWriter(socket, (request) => this.#written(request)),
      { error: quiet, warn: quiet, info: quiet, log: quiet },
      {
        messageStrategy: {
          handleMessage: (message, next) => {
            this.#unhandled--;
            if (this.#unhandled < mostUnhandled / 2 && socket.isPaused()) {
              socket.resume();
            } else if (this.#unhandled === 0 && socket.destroyed) {
              queueMicrotask(() => this.#closed());
            }
            return next(message);
          },
        },
      },
    );
    this.#connection.onRequest((method, params) => this.#answer(method, params));
    this.#connection.onNotification((method, params) => this.#hear(method, params));
    if (socket.destroyed) {
      queueMicrotask(() => this.#closed());
    }
  }

  get isClosed(): boolean {
    return this.#state !== 'open';
  }

  async request(method: string, params: object, timeoutMs: number): Promise<unknown> {
    if (this.#state !== 'open') {
      throw new RequestFailure('closed', 'the connection to the other window is closed');
    }
    if (this.#asked.size >= this.#bounds.requests) {
      throw new RequestFailure('notSent', `the other window has left ${this.#asked.size} requests without an answer`);
    }
    this.#listen();
    return new Promise((resolve, reject) => {
      const end = (failure: RequestFailure) => {
        timer.dispose();
        this.#waiting.delete(end);
        reject(failure);
      };
      const timer = this.#clock.setTimeout(
        () => end(new RequestFailure('timedOut', `the other window has not answered within ${timeoutMs / 1000} s`)),
        timeoutMs,
      );
      this.#waiting.add(end);
      this.#connection.sendRequest(method, params).then(
        (answer) => {
          timer.dispose();
          this.#waiting.delete(end);
          resolve(answer);
        },
        (error) => end(failureOf(error)),
      );
    });
  }

  notify(method: string, params: object): void {
    if (this.#state === 'open') {
      this.#connection.sendNotification(method, params).catch((error) => {
        this.#logger.error(`A message to another window was not sent: ${method}: ${error}`);
      });
    }
  }

  notifyLatest(method: string, params: object): void {
    if (this.#socket.writableLength > congested) {
      this.#delayed.set(method, params);
    } else {
      this.notify(method, params);
    }
  }

  onRequest(handler: RequestHandler): void {
    this.#handleRequest = handler;
    this.#listen();
  }

  onNotification(handler: NotificationHandler): void {
    this.#handleNotification = handler;
    this.#listen();
  }

  close(): void {
    if (this.#state !== 'open') {
      return;
    }
    this.#state = 'closing';
    this.#stop();
    if (this.#socket.writableLength === 0 || this.#socket.destroyed) {
      this.#destroy();
    } else {
      this.#socket.resume(); // What still comes is for nobody, but it must not keep the end from being seen.
      this.#socket.end(() => this.#socket.destroy());
      this.#farewell = this.#clock.setTimeout(() => this.#socket.destroy(), farewell);
    }
  }

  #listen(): void {
    if (!this.#isListening && this.#state === 'open') {
      this.#isListening = true;
      this.#connection.listen();
    }
  }

  #written(request: number | undefined): void {
    if (request !== undefined) {
      this.#asked.add(request);
    }
    if (this.#socket.writableLength > this.#bounds.unread) {
      this.#drop('it does not read what it is told');
    }
  }

  #drop(why: string): void {
    if (this.#state !== 'closed') {
      this.#logger.warn(`Another window was cut off: ${why}`);
      this.#state = 'closing';
      this.#stop();
      this.#destroy();
    }
  }

  /** One that was closed by the other side before does not say it again. */
  #destroy(): void {
    this.#socket.destroy();
    if (this.#socket.closed) {
      queueMicrotask(() => this.#closed());
    }
  }

  /** No answers come any more. */
  #stop(): void {
    this.#connection.dispose();
    this.#unhandled = 0;
    this.#delayed.clear();
    for (const end of [...this.#waiting]) {
      end(new RequestFailure('closed', 'the connection to the other window was closed'));
    }
  }

  #closed(): void {
    if (this.#state !== 'closed') {
      this.#state = 'closed';
      this.#farewell?.dispose();
      this.#stop();
      this.#didClose.fire();
    }
  }

  #sendDelayed(): void {
    const delayed = [...this.#delayed];
    this.#delayed.clear();
    for (const [method, params] of delayed) {
      this.notifyLatest(method, params);
    }
  }

  // What the other side says --------------------------------------------------------------------------------------------

  async #answer(method: string, params: unknown): Promise<unknown> {
    try {
      if (this.#handleRequest === undefined) {
        throw new Malformed('nobody has to answer requests');
      }
      return (await this.#handleRequest(method, params)) ?? {};
    } catch (error) {
      if (error instanceof Refusal) {
        return new ResponseError(errorCodes.refused, 'refused', error.cause);
      }
      this.#blame(error);
      return new ResponseError(errorCodes.failed, 'failed');
    } finally {
      this.#unanswered--;
    }
  }

  #hear(method: string, params: unknown): void {
    try {
      if (this.#handleNotification === undefined) {
        throw new Malformed('nobody has to hear notifications');
      }
      this.#handleNotification(method, params);
    } catch (error) {
      this.#blame(error);
    }
  }

  #blame(error: unknown): void {
    if (error instanceof Malformed || error instanceof OutOfBounds) {
      this.#drop(error.message);
    } else {
      this.#logger.error(`${error}`);
    }
  }

  /** The message as the package may see it: of a shape that it knows, of ours, and not too many. */
  #checked(value: unknown): Message {
    const message = wellFormed(value);
    switch (message.kind) {
      case 'request':
        // They are counted up, so none hides another one that still waits.
        if (message.id <= this.#lastRequest) {
          throw new Error('a request has the number of another one');
        }
        this.#lastRequest = message.id;
        this.#unanswered++;
        if (this.#unanswered > this.#bounds.requests) {
          throw new Error('too many requests have no answer yet');
        }
        break;
      case 'response':
        if (!this.#asked.delete(message.id)) {
          throw new Error('an answer has no request');
        }
        break;
      case 'notification':
        this.#countNotification();
    }
    this.#unhandled++;
    if (this.#unhandled >= mostUnhandled) {
      this.#socket.pause();
    }
    return message.message;
  }

  #countNotification(): void {
    const now = this.#clock.now();
    if (now - this.#second.since >= 1000) {
      this.#second = { since: now, notifications: 0 };
    }
    this.#second.notifications++;
    if (this.#second.notifications > this.#bounds.notifications) {
      throw new Error('it says too much');
    }
  }
}

function failureOf(error: unknown): RequestFailure {
  if (error instanceof ResponseError) {
    switch (error.code) {
      case errorCodes.refused:
        try {
          return new RequestFailure('refused', 'the other window has refused', parseCause(error.data));
        } catch {
          return new RequestFailure('failed', 'the other window has refused without a cause');
        }
      case errorCodes.failed:
        return new RequestFailure('failed', 'the other window has failed');
    }
  }
  return new RequestFailure('notSent', error instanceof Error ? error.message : 'the request was not sent');
}

type WellFormed =
  | { readonly kind: 'request' | 'response'; readonly id: number; readonly message: Message }
  | { readonly kind: 'notification'; readonly message: Message };

/** Only what we say ourselves: numbers for identifiers, parameters by name, and nothing that the package handles by itself. */
function wellFormed(value: unknown): WellFormed {
  const fields = objectOf(value);
  const { jsonrpc, id, method, params, result, error } = fields;
  const version = { jsonrpc: '2.0' };
  const hasId = typeof id === 'number' && Number.isSafeInteger(id) && id >= 0;
  if (jsonrpc !== '2.0' || (id !== undefined && !hasId)) {
    throw new Error('a message is of no known shape');
  }
  if (method !== undefined) {
    if (typeof method !== 'string' || !/^[A-Za-z]{1,32}$/.test(method)) {
      throw new Error('a method has no name of ours');
    }
    const message = { ...version, method, params: objectOf(params) };
    return hasId ? { kind: 'request', id, message: { ...message, id } as Message } : { kind: 'notification', message };
  }
  if (!hasId) {
    throw new Error('a message is of no known shape');
  }
  if (error === undefined) {
    return { kind: 'response', id, message: { ...version, id, result: objectOf(result) } as Message };
  }
  const { code, data } = objectOf(error);
  const known = typeof code === 'number' && Number.isSafeInteger(code) ? code : 0;
  return { kind: 'response', id, message: { ...version, id, error: { code: known, message: '', data } } as Message };
}

function objectOf(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error('a message is of no known shape');
  }
  return value as Record<string, unknown>;
}
