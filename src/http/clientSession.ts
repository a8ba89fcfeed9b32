import type { Socket } from 'node:net';
import { Emitter, type Event, textOf } from '../engine/index.js';
import type { Connection } from './connection.js';
import { type DetachedConnection, detach } from './detach.js';
import {
  errorOf,
  HttpAbortedError,
  HttpSessionClosedError,
  HttpTimeoutError,
  NetworkUnavailableError,
} from './errors.js';
import { Exchange, type ExchangeOwner } from './exchange.js';
import { type HttpHeadersInit, sentHeaders } from './headers.js';
import { takeOut } from './lists.js';
import { targetsOf } from './names.js';
import type { NetworkBinding } from './network.js';
import {
  type CheckedOptions,
  checkedOptions,
  checkedOrigin,
  type HttpRequestInit,
  type HttpSessionOptions,
  milliseconds,
} from './options.js';
import { type ReplayEvent, Replays } from './replays.js';
import { RequestBody } from './requestBody.js';
import type { HttpResponse } from './response.js';
import { type RouteCheck, routeOf } from './route.js';
import { SessionLink } from './sessionLink.js';
import { WaitingRequests } from './waiting.js';

/** What an upgrade or a tunnel may be asked with. */
export interface UpgradeInit {
  readonly headers?: HttpHeadersInit;
  /** Ends the asking; not what came of it. */
  readonly signal?: AbortSignal | undefined;
}

/** Milliseconds that a body waits for 100 (Continue), as curl's does. */
const continueTime = 1_000;

/**
 * A persistent connection to one origin that leaves by a network session and follows it: POCO's HTTPClientSession. It
 * connects when it is first asked for something, and again whenever it must. Requests are sent in the order of the calls.
 *
 * It holds its network session until `close()` or `dispose()`.
 */
export class HttpClientSession {
  /** Scheme, host and port. Another one is another session (POCO's setHost throws while it is connected). */
  readonly origin: URL;
  /** Any value of the caller's, as long as the session lives (POCO's attachSessionData). */
  data: unknown;
  readonly #options: CheckedOptions;
  readonly #link: SessionLink;
  readonly #waiting: WaitingRequests;
  /** Not over. */
  readonly #live: Exchange[] = [];
  readonly #replays: Replays;
  /** Upgrades and tunnels that are not answered. */
  readonly #detaching = new Set<AbortController>();
  readonly #didConnect: Emitter<Socket>;
  readonly #didRebind: Emitter<NetworkBinding | undefined>;
  readonly #didReplay: Emitter<ReplayEvent>;
  readonly #owner: ExchangeOwner = {
    exchangeFailed: (exchange, error) => {
      this.#networkError = error;
      this.#replays.failed(exchange, error);
    },
    exchangeAnswered: () => {
      this.#networkError = undefined;
    },
    exchangeOver: (exchange) => this.#forget(exchange),
  };
  #keepAlive: boolean;
  #networkError: Error | undefined;
  #state: 'open' | 'closing' | 'closed' = 'open';
  readonly #whenIdle: (() => void)[] = [];

  /** Throws TypeError for an origin or options that cannot be meant. */
  constructor(origin: string | URL, options: HttpSessionOptions = {}) {
    this.origin = checkedOrigin(origin);
    this.#options = checkedOptions(options);
    this.#keepAlive = options.keepAlive ?? true;
    const { clock, logger, queue } = this.#options;
    this.#waiting = new WaitingRequests(queue, clock);
    const report = (error: unknown) => logger.error(`A listener of an HTTP session failed: ${textOf(error)}`);
    this.#didConnect = new Emitter(report);
    this.#didRebind = new Emitter(report);
    this.#didReplay = new Emitter(report);
    // A copy: whoever has the address can write to it.
    this.#link = new SessionLink(new URL(this.origin), options.network, this.#options, {
      connected: (socket) => this.#didConnect.fire(socket),
      changed: (binding) => this.#rebound(binding),
    });
    this.#replays = new Replays({
      link: this.#link,
      maxAttempts: this.#options.replay.maxAttempts,
      clock,
      send: (exchange) => this.#send(exchange),
      replayed: (event) => this.#didReplay.fire(event),
    });
    this.keepAlive = this.#keepAlive;
  }

  /** There is an open connection. One that the peer has closed is none (POCO's stays `connected` then). */
  get connected(): boolean {
    return this.#link.connected;
  }

  /** The last error of a connection; cleared when an answer comes (POCO's networkException, which a failed connect does not set). */
  get networkError(): Error | undefined {
    return this.#networkError;
  }

  /** Milliseconds that may pass between bytes of an answer (POCO's getTimeout, which is the receive time-out too). */
  get timeout(): number {
    return this.#options.receiveTimeout;
  }

  /** Bytes to the origin so far: heads, TLS and tunnels too. */
  get bytesSent(): number {
    return this.#link.traffic.bytesSent;
  }

  /** Bytes from the origin so far: heads, TLS and tunnels too. */
  get bytesReceived(): number {
    return this.#link.traffic.bytesReceived;
  }

  /** Requests that wait for a link. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Whether connections are used again (POCO's setKeepAlive). A change counts from the next request. */
  get keepAlive(): boolean {
    return this.#keepAlive;
  }

  set keepAlive(value: boolean) {
    this.#keepAlive = value;
    this.#link.keepAlive = value;
  }

  /**
   * What keeps connections to the link: its addresses, or nothing where there is no network session. An address alone does
   * not choose the link where the system has no source rules: {@link checkRoute} tells.
   */
  get boundBy(): 'address' | 'nothing' {
    return this.#link.isBound ? 'address' : 'nothing';
  }

  /** A connection was made. */
  get onDidConnect(): Event<Socket> {
    return this.#didConnect.event;
  }

  /** The link is another, or gone. */
  get onDidRebind(): Event<NetworkBinding | undefined> {
    return this.#didRebind.event;
  }

  get onDidReplay(): Event<ReplayEvent> {
    return this.#didReplay.event;
  }

  /**
   * Sends a request (POCO's sendRequest and receiveResponse). Resolves with the head of the final answer. Rejects with
   * NetworkLostError, NetworkUnavailableError, HttpTimeoutError, HttpAbortedError, the signal's reason, or the error of the
   * system, of TLS or of the parser; with TypeError for what cannot be sent.
   * @param path with its query, beginning with '/'; '*' for OPTIONS.
   */
  request(path: string, init: HttpRequestInit = {}): Promise<HttpResponse> {
    return new Promise((resolve, reject) => {
      const { method = 'GET', signal, timeout, expectContinue = false } = init;
      this.#checkOpen();
      signal?.throwIfAborted();
      const name = method.toUpperCase();
      if (name === 'CONNECT') {
        throw new TypeError('For a tunnel there is connect().');
      }
      if (!path.startsWith('/') && !(path === '*' && name === 'OPTIONS')) {
        throw new TypeError("A path begins with '/'.");
      }
      const { replay } = this.#options;
      const exchange = new Exchange(
        {
          method: name,
          path,
          headers: sentHeaders(init.headers),
          body: new RequestBody(init.body),
          isIdempotent: replay.maxAttempts > 0 && (init.idempotent ?? replay.methods.includes(name)),
          expectContinue: continueTimeOf(expectContinue),
        },
        this.#owner,
        resolve,
        reject,
      );
      if (timeout !== undefined) {
        const time = milliseconds('timeout', timeout, 0);
        const late = () => exchange.fail(new HttpTimeoutError('request', time, { link: exchange.link }));
        exchange.stopWith(this.#options.clock.setTimeout(late, time));
      }
      if (signal !== undefined) {
        this.#endWithSignal(exchange, signal);
      }
      this.#live.push(exchange);
      this.#send(exchange);
    });
  }

  /**
   * Asks for another protocol and takes the connection out of the session (POCO's detachSocket and drainBuffer): what had
   * come after the head is read first, by the socket or a {@link ByteReader}. Rejects with UpgradeRefusedError for any
   * other answer, otherwise as `request`, but waits for no link: without one it rejects at once.
   */
  upgrade(path: string, protocol: string, init: UpgradeInit = {}): Promise<DetachedConnection> {
    const { host } = this.#link.origin;
    return this.#detach('GET', path, init, { host, connection: 'upgrade', upgrade: protocol });
  }

  /** Asks the origin, which is a proxy then, for a tunnel to a host and port. As `upgrade`. */
  connect(authority: string, init: UpgradeInit = {}): Promise<DetachedConnection> {
    return this.#detach('CONNECT', authority, init, { host: authority });
  }

  /** Internal: by Node's own client, for the one request that undici is not worth being loaded for. */
  speakPlainly(): void {
    this.#link.speakPlainly();
  }

  /**
   * Whether connections to the origin really leave by the link: asks the system's routing table, where there is `ip`. Rejects
   * as a connection would where the host has no address, and with the signal's reason.
   * @param address of those that the origin has; by default the one that is tried first.
   */
  async checkRoute(
    signal: AbortSignal = new AbortController().signal,
    address: string | undefined = undefined,
  ): Promise<RouteCheck> {
    const { binding, proxy } = this.#link;
    const host = (address ?? proxy?.host ?? this.#link.origin.hostname).replace(/^\[|\]$/g, '');
    const { clock } = this.#options;
    const [target] = binding === undefined ? [] : await unlessAborted(targetsOf(host, binding, signal, clock), signal);
    return routeOf(binding, target);
  }

  /** Ends the connection; requests under way fail, the next one connects anew (POCO's reset). */
  reset(): void {
    this.#drop(new HttpAbortedError('The session was reset.'));
  }

  /** Ends the connection and every request, those that wait too. Doing it twice is the same as once. The next request connects anew. */
  abort(reason: Error = new HttpAbortedError('The session was aborted.')): void {
    for (const exchange of [...this.#live]) {
      exchange.fail(reason);
    }
    this.#drop(reason);
  }

  /** Takes no more requests, waits for those that it has, and gives up its connection and its network session. */
  async close(): Promise<void> {
    if (this.#state === 'open') {
      this.#state = 'closing';
    }
    if (this.#live.length > 0) {
      await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
    }
    this.dispose();
  }

  /** As `close`, and does not wait: requests under way fail. */
  dispose(): void {
    this.#state = 'closed';
    this.#link.dispose();
    this.abort(new HttpAbortedError('The session was closed.'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #checkOpen(): void {
    if (this.#state !== 'open') {
      throw new HttpSessionClosedError();
    }
  }

  #drop(reason: Error): void {
    for (const ending of this.#detaching) {
      ending.abort(reason);
    }
    this.#link.drop(reason);
  }

  /** By the link that there is, or when there is one. */
  #send(exchange: Exchange): void {
    if (exchange.isOver) {
      return;
    }
    if (!this.#link.isReady) {
      this.#waiting.add(exchange);
    } else {
      this.#sendOver(exchange);
    }
  }

  #sendOver(exchange: Exchange): void {
    let connection: Connection;
    try {
      connection = this.#link.connection();
    } catch (error) {
      // The proxy that it is to go by cannot be used.
      exchange.fail(errorOf(error));
      return;
    }
    connection.send(exchange);
  }

  #rebound(binding: NetworkBinding | undefined): void {
    this.#didRebind.fire(binding);
    this.#replays.releaseAll();
    if (this.#link.isReady) {
      for (const exchange of this.#waiting.release()) {
        this.#send(exchange);
      }
    }
  }

  #endWithSignal(exchange: Exchange, signal: AbortSignal): void {
    const end = () => exchange.fail(errorOf(signal.reason));
    signal.addEventListener('abort', end, { once: true });
    exchange.stopWith({ dispose: () => signal.removeEventListener('abort', end) });
  }

  #forget(exchange: Exchange): void {
    takeOut(this.#live, exchange);
    this.#waiting.remove(exchange);
    this.#replays.forget(exchange);
    if (this.#live.length === 0) {
      for (const resolve of this.#whenIdle.splice(0)) {
        resolve();
      }
    }
  }

  async #detach(
    method: 'GET' | 'CONNECT',
    path: string,
    { headers, signal }: UpgradeInit,
    own: Readonly<Record<string, string>>,
  ): Promise<DetachedConnection> {
    this.#checkOpen();
    const { clock, receiveTimeout: timeout } = this.#options;
    const ending = new AbortController();
    this.#detaching.add(ending);
    const open = async () => {
      for (;;) {
        if (!this.#link.isReady) {
          throw new NetworkUnavailableError('There is no link.');
        }
        const { epoch } = this.#link;
        try {
          return await this.#link.openDetached();
        } catch (error) {
          // Nothing was asked yet: over another link it is asked there.
          if (this.#link.epoch === epoch || ending.signal.aborted) {
            throw error;
          }
        }
      }
    };
    try {
      return await detach(open, {
        method,
        path,
        headers: { ...sentHeaders(headers), ...own },
        signal: signal === undefined ? ending.signal : AbortSignal.any([ending.signal, signal]),
        timeout,
        clock,
      });
    } finally {
      this.#detaching.delete(ending);
    }
  }
}

/** Whoever resolves names may not be able to end it. */
function unlessAborted<T>(result: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(errorOf(signal.reason));
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) {
      abort();
    }
    result.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

function continueTimeOf(expectContinue: boolean | number): number | undefined {
  return typeof expectContinue === 'number'
    ? milliseconds('expectContinue', expectContinue, continueTime)
    : expectContinue
      ? continueTime
      : undefined;
}
