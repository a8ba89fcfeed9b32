// What callers may ask of an HTTP session, checked where it comes in.
import type { ConnectionOptions } from 'node:tls';
import { type Clock, type Logger, silentLogger, systemClock } from '../engine/index.js';
import type { HttpHeadersInit } from './headers.js';
import type { NetworkBinding, NetworkLink } from './network.js';
import { checkedProxy, type ProxyConfig } from './proxy.js';
import type { HttpBodyInit } from './requestBody.js';

/** Methods that may be sent again (RFC 9110 9.2.2), QUERY with them (RFC 9110 16.1, draft-ietf-httpbis-safe-method-w-body). */
export const idempotentMethods: readonly string[] = ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE', 'QUERY'];

export interface ReplayOptions {
  /** Methods that may be sent again; {@link idempotentMethods} by default. */
  readonly methods?: readonly string[];
  /** How often a request is sent again at most; 5 by default. */
  readonly maxAttempts?: number;
}

export interface QueueOptions {
  /** Requests that wait for a link at most; 100 by default. */
  readonly limit?: number;
  /** Milliseconds that one waits at most; 30 000 by default. */
  readonly maxAge?: number;
}

export interface HttpSessionOptions {
  /** Leave by its access point, and follow it when it roams; a binding alone is not followed. */
  readonly network?: NetworkLink | NetworkBinding | undefined;
  /** Use a connection again; true by default (POCO's setKeepAlive, false there). */
  readonly keepAlive?: boolean;
  /** Milliseconds after which an idle connection is not used any more; 8000 by default (POCO's setKeepAliveTimeout). A server may shorten it. */
  readonly keepAliveTimeout?: number;
  /** Milliseconds for a connection, 30 000 by default, and between bytes of an answer, 60 000 by default (POCO's setTimeout). One number is both. */
  readonly timeout?: number | { readonly connect?: number; readonly receive?: number };
  /** Requests that are sent before the first is answered; 1 by default. Only those that may be sent again follow others. */
  readonly pipelining?: number;
  /** null: none at all. Otherwise this one, else the access point's, else `defaultProxy`. */
  readonly proxy?: ProxyConfig | null | undefined;
  /**
   * Where neither the session nor the access point has one: VS Code's settings, which the host hands in. Asked for each
   * connection. What it throws is what requests fail with.
   */
  readonly defaultProxy?: DefaultProxy | undefined;
  /** false: nothing is sent twice, and so nothing is sent before the one before it is answered. */
  readonly replay?: false | ReplayOptions;
  /** false: without a link requests fail at once. */
  readonly queue?: false | QueueOptions;
  readonly tls?: ConnectionOptions;
  /** Trust what the administrator of this machine trusts, where `tls` does not say whom; true by default. */
  readonly systemCertificates?: boolean;
  readonly clock?: Clock;
  readonly logger?: Logger;
}

/** The proxy for an origin; undefined: none. */
export type DefaultProxy = (origin: URL) => ProxyConfig | undefined;

/** One request. */
export interface HttpRequestInit {
  /** GET by default. */
  readonly method?: string;
  readonly headers?: HttpHeadersInit;
  readonly body?: HttpBodyInit | null;
  /** Ends it, body included, whatever it waits for. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for all of it, body included. */
  readonly timeout?: number;
  /** It may be sent again although its method does not say so, for instance because of an Idempotency-Key. */
  readonly idempotent?: boolean;
  /** `Expect: 100-continue` (POCO's peekResponse): the body is sent when the server asks for it, or when so many milliseconds have passed; true: 1000. */
  readonly expectContinue?: boolean | number;
}

/** The options with all that was left out. */
export interface CheckedOptions {
  readonly keepAliveTimeout: number;
  readonly connectTimeout: number;
  readonly receiveTimeout: number;
  readonly pipelining: number;
  readonly proxy: ProxyConfig | null | undefined;
  readonly defaultProxy: DefaultProxy | undefined;
  readonly replay: Required<ReplayOptions>;
  readonly queue: Required<QueueOptions>;
  readonly tls: ConnectionOptions;
  readonly systemCertificates: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The longest time that a timer of Node can be set to. */
const longest = 2 ** 31 - 1;

/** Throws TypeError for what cannot be meant. */
export function checkedOptions(options: HttpSessionOptions): CheckedOptions {
  const { timeout, replay, queue, proxy, defaultProxy } = options;
  const times = typeof timeout === 'number' ? { connect: timeout, receive: timeout } : (timeout ?? {});
  return {
    keepAliveTimeout: milliseconds('keepAliveTimeout', options.keepAliveTimeout, 8_000),
    connectTimeout: milliseconds('timeout.connect', times.connect, 30_000),
    receiveTimeout: milliseconds('timeout.receive', times.receive, 60_000),
    pipelining: whole('pipelining', options.pipelining, 1, 1, 1000),
    proxy: proxy ? checkedProxy(proxy) : proxy,
    defaultProxy,
    replay:
      replay === false
        ? { methods: [], maxAttempts: 0 }
        : {
            methods: (replay?.methods ?? idempotentMethods).map((method) => method.toUpperCase()),
            maxAttempts: whole('replay.maxAttempts', replay?.maxAttempts, 5, 0, 100),
          },
    queue:
      queue === false
        ? { limit: 0, maxAge: 0 }
        : {
            limit: whole('queue.limit', queue?.limit, 100, 0, 100_000),
            maxAge: milliseconds('queue.maxAge', queue?.maxAge, 30_000),
          },
    tls: { ...options.tls },
    systemCertificates: options.systemCertificates ?? true,
    clock: options.clock ?? systemClock,
    logger: options.logger ?? silentLogger,
  };
}

/** A time in milliseconds, above 0. */
export function milliseconds(name: string, value: unknown, otherwise: number): number {
  return whole(name, value, otherwise, 1, longest);
}

export function whole(name: string, value: unknown, otherwise: number, least: number, most: number): number {
  if (value === undefined) {
    return otherwise;
  }
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) {
    throw new TypeError(`${name} is a whole number from ${least} to ${most}.`);
  }
  return value;
}

/** An origin, and nothing else. Throws TypeError for all that has more, so that nothing of it is ignored. */
export function checkedOrigin(origin: string | URL): URL {
  const url = URL.parse(String(origin));
  if (url === null || !/^https?:$/.test(url.protocol) || url.hostname === '') {
    throw new TypeError('An origin is an address that begins with http:// or https://.');
  }
  if (url.username !== '' || url.password !== '' || url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    throw new TypeError('An origin has a host and perhaps a port, and nothing else.');
  }
  return url;
}
