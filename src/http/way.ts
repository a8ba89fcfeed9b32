// The way from a link to an origin: straight, by a proxy, or through a tunnel that a proxy makes.
import { ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { LinkConnector } from './connector.js';
import { ProxyError } from './errors.js';
import type { SentHeaders } from './headers.js';
import { type ProxyConfig, proxyAuthorization } from './proxy.js';

export class Way {
  /** Whom a client of this way speaks to. */
  readonly peer: string;
  /** Whom requests are for (RFC 9110 7.2). */
  readonly host: string;
  readonly #connector: LinkConnector;
  readonly #origin: URL;
  readonly #proxy: ProxyConfig | undefined;
  readonly #tls: ConnectionOptions;

  constructor(connector: LinkConnector, origin: URL, proxy: ProxyConfig | undefined, tls: ConnectionOptions) {
    this.#connector = connector;
    this.#origin = origin;
    this.#proxy = proxy;
    this.#tls = tls;
    this.host = origin.host;
    this.peer = this.#asks ? `http://${authority(this.#asks.host, this.#asks.port)}` : origin.origin;
  }

  /** The proxy that is asked for each resource. One that makes a tunnel is not asked for more. */
  get #asks(): ProxyConfig | undefined {
    return this.#origin.protocol === 'http:' ? this.#proxy : undefined;
  }

  /** What stands in the request line: for a proxy the whole address (RFC 9112 3.2.2). */
  targetOf(path: string): string {
    return this.#asks === undefined ? path : this.#origin.origin + (path === '*' ? '' : path);
  }

  /** The fields that the way adds: for a proxy that is asked, who we are and whom it is for. */
  headersFor(headers: SentHeaders): SentHeaders {
    if (this.#asks === undefined) {
      return headers;
    }
    const authorization = proxyAuthorization(this.#asks);
    return {
      host: this.host,
      ...(authorization === undefined ? {} : { 'proxy-authorization': authorization }),
      ...headers,
    };
  }

  /**
   * A connection on which requests can be sent, to the origin itself where it `isDirect`. Rejects with the system's error,
   * HttpTimeoutError or ProxyError.
   */
  open(isDirect = false): Promise<Socket> {
    const connector = this.#connector;
    const { hostname, port, protocol } = this.#origin;
    const host = hostname.replace(/^\[|\]$/g, '');
    const isSecure = protocol === 'https:';
    const target = Number(port || (isSecure ? 443 : 80));
    const proxy = this.#proxy;
    return connector.within(async (signal) => {
      let socket = await connector.connect(proxy?.host ?? host, proxy?.port ?? target, signal);
      if (proxy?.protocol === 'https') {
        socket = await connector.secure(socket, proxy.host, proxy.tls ?? {}, signal);
      }
      if ((isSecure || isDirect) && proxy !== undefined) {
        socket = await tunnel(socket, authority(host, target), proxy, signal);
      }
      return isSecure ? connector.secure(socket, host, this.#tls, signal) : socket;
    });
  }
}

/** Asks a proxy for a tunnel. */
function tunnel(socket: Socket, target: string, proxy: ProxyConfig, signal: AbortSignal): Promise<Socket> {
  const authorization = proxyAuthorization(proxy);
  return new Promise((resolve, reject) => {
    // Not http.request: editors put theirs in its place.
    const request = new ClientRequest({
      method: 'CONNECT',
      path: target,
      headers: { host: target, ...(authorization === undefined ? {} : { 'proxy-authorization': authorization }) },
      createConnection: () => socket,
    });
    request.on('error', (error) => reject(signal.reason ?? error));
    request.once('connect', ({ statusCode = 0 }, _, head) => {
      if (statusCode >= 200 && statusCode < 300) {
        if (head.length > 0) {
          socket.unshift(head);
        }
        resolve(socket);
      } else {
        socket.destroy();
        reject(new ProxyError(statusCode));
      }
    });
    request.end();
  });
}

/** Host and port as they stand in an address. */
export function authority(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
