// Connections that leave by one link. The only place where sockets are made.
import { setMaxListeners } from 'node:events';
import { isIP, Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import type { Clock } from '../engine/index.js';
import { firstOf } from './attempts.js';
import { HttpTimeoutError, NetworkLostError, systemError } from './errors.js';
import { type Target, targetsOf } from './names.js';
import type { NetworkBinding } from './network.js';
import type { Traffic } from './traffic.js';
import { trusting } from './trust.js';

/** Milliseconds of silence after which the system asks whether the peer is still there. */
const keepAliveProbe = 15_000;

export interface ConnectorOptions {
  readonly binding: NetworkBinding | undefined;
  /** Milliseconds for a connection, with its TLS. */
  readonly connectTimeout: number;
  /** What the administrator of this machine trusts is trusted too. */
  readonly systemCertificates: boolean;
  readonly traffic: Traffic;
  readonly clock: Clock;
}

/** Opens sockets bound to a link, and ends them all with it. */
export class LinkConnector {
  readonly binding: NetworkBinding | undefined;
  readonly #options: ConnectorOptions;
  readonly #sockets = new Set<Socket>();
  /** What TLS goes over. */
  readonly #carriers = new WeakMap<Socket, Socket>();
  readonly #ending = new AbortController();
  /** Connections that are being made. */
  #making = 0;

  constructor(options: ConnectorOptions) {
    this.binding = options.binding;
    this.#options = options;
    // Each connection that is being made listens.
    setMaxListeners(0, this.#ending.signal);
  }

  get clock(): Clock {
    return this.#options.clock;
  }

  /** Some socket is connected. */
  get hasOpenSocket(): boolean {
    return [...this.#sockets].some((socket) => socket.readyState === 'open');
  }

  /** There is no socket, and none will come. */
  get isUnused(): boolean {
    return this.#sockets.size === 0 && this.#making === 0;
  }

  /**
   * Does something that makes a connection, within the time for one.
   * @throws HttpTimeoutError, and whatever ended the connector.
   */
  async within<T>(open: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { clock, connectTimeout } = this.#options;
    this.#ending.signal.throwIfAborted();
    const ending = new AbortController();
    setMaxListeners(0, ending.signal);
    const stop = () => ending.abort(this.#ending.signal.reason);
    this.#ending.signal.addEventListener('abort', stop, { once: true });
    // Made when it is needed: the stack of an error keeps what called, and with it the connection before this one, and so on.
    const late = () =>
      ending.abort(new HttpTimeoutError('connect', connectTimeout, { link: this.binding?.interfaceName }));
    const timer = clock.setTimeout(late, connectTimeout);
    const ended = new Promise<never>((_, reject) => {
      ending.signal.addEventListener('abort', () => reject(ending.signal.reason), { once: true });
    });
    this.#making++;
    try {
      return await Promise.race([open(ending.signal), ended]);
    } finally {
      this.#making--;
      timer.dispose();
      this.#ending.signal.removeEventListener('abort', stop);
    }
  }

  /** A connection to a host by TCP. Rejects with the system's error; of several addresses with that of the first. */
  async connect(host: string, port: number, signal: AbortSignal): Promise<Socket> {
    const targets = await targetsOf(host, this.binding, signal, this.clock);
    signal.throwIfAborted();
    const begun: Socket[] = [];
    const ways = targets.map((target) => async () => {
      // The end of one begins the next, and all end with the signal.
      signal.throwIfAborted();
      const socket = new Socket();
      begun.push(socket);
      return this.#open(socket, target, port, signal);
    });
    const first = await firstOf(ways, this.clock);
    for (const socket of begun.filter((other) => other !== first)) {
      socket.destroy();
    }
    return first;
  }

  /** TLS over a connection. Rejects with what is wrong with the certificate. */
  secure(socket: Socket, host: string, tls: ConnectionOptions, signal: AbortSignal): Promise<TLSSocket> {
    return new Promise((resolve, reject) => {
      // A dot at the end of a name is not part of what a certificate is for.
      const name = host.replace(/\.$/, '');
      const channel = connectTls({
        ALPNProtocols: ['http/1.1'],
        ...trusting(tls, this.#options.systemCertificates),
        socket,
        host: name,
        servername: tls.servername ?? (isIP(name) === 0 ? name : ''),
      });
      this.#keep(channel, signal);
      this.#carriers.set(channel, socket);
      channel.on('error', reject);
      channel.once('close', () =>
        reject(signal.reason ?? systemError('ECONNRESET', 'The connection was closed before it was secured.')),
      );
      channel.once('secureConnect', () => resolve(channel));
    });
  }

  /** It is somebody else's now, and does not end with the connector. Its bytes are counted on. */
  release(socket: Socket): void {
    this.#sockets.delete(socket);
    const under = this.#carriers.get(socket);
    if (under !== undefined) {
      this.release(under);
    }
  }

  /** Ends every connection, and those that are being made, at once. */
  destroy(error: Error): void {
    this.#ending.abort(error);
    for (const socket of this.#sockets) {
      socket.destroy(error);
    }
  }

  /** Not by net.connect: editors put theirs in its place. */
  #open(socket: Socket, target: Target, port: number, signal: AbortSignal): Promise<Socket> {
    const { address, family, localAddress } = target;
    return new Promise((resolve, reject) => {
      this.#options.traffic.count(socket);
      this.#keep(socket, signal);
      socket.on('error', reject);
      socket.once('close', () => reject(signal.reason ?? new NetworkLostError()));
      socket.once('connect', () => {
        socket.setNoDelay(true);
        socket.setKeepAlive(true, keepAliveProbe);
        resolve(socket);
      });
      // With a local address the system tries one family only, so it is named.
      socket.connect({ host: address, port, family, ...(localAddress === undefined ? {} : { localAddress }) });
    });
  }

  /** It ends with the connector. Until it is connected it ends with the signal as well. */
  #keep(socket: Socket, signal: AbortSignal): void {
    const stop = () => socket.destroy();
    signal.addEventListener('abort', stop, { once: true });
    this.#sockets.add(socket);
    // It stays: who has taken a socket over may not listen, and a reset must not end the process.
    socket.on('error', () => {});
    socket.once('close', () => {
      this.#sockets.delete(socket);
      signal.removeEventListener('abort', stop);
    });
  }
}
