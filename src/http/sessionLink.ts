// The link of an HTTP session: which one it is, the connection over it, and what becomes of both when it changes.
import type { Socket } from 'node:net';
import { type Disposable, SessionState } from '../engine/index.js';
import { Connection } from './connection.js';
import { LinkConnector } from './connector.js';
import type { OpenedSocket } from './detach.js';
import { NetworkLostError } from './errors.js';
import {
  copied,
  currentBinding,
  type NetworkBinding,
  type NetworkLink,
  stillHolds,
  usableInterface,
} from './network.js';
import type { CheckedOptions } from './options.js';
import { bypasses, checkedProxy, type ProxyConfig } from './proxy.js';
import { httpTraffic, Traffic } from './traffic.js';
import { Way } from './way.js';

export interface LinkListener {
  readonly connected: (socket: Socket) => void;
  /** The link is another, gone, or there again. */
  readonly changed: (binding: NetworkBinding | undefined) => void;
}

export class SessionLink {
  readonly traffic: Traffic;
  readonly origin: URL;
  /** Counts the links: a request that was sent over an earlier one may be sent again. */
  epoch = 0;
  readonly #options: CheckedOptions;
  readonly #listener: LinkListener;
  readonly #network: NetworkLink | undefined;
  readonly #fixed: NetworkBinding | undefined;
  readonly #subscriptions: readonly Disposable[];
  #connection: Connection | undefined;
  /** What the network session showed when it was last looked at. */
  #seen: unknown;
  /** Of links before that are still up, until their requests are over or the move is. */
  readonly #retired = new Set<Connection>();
  /** Taken out of the session; they end with their link, and not with the session. */
  readonly #detached = new Map<Socket, NetworkBinding>();
  #isDisposed = false;
  #keepAlive = true;
  #isPlain = false;

  constructor(
    origin: URL,
    network: NetworkLink | NetworkBinding | undefined,
    options: CheckedOptions,
    listener: LinkListener,
  ) {
    this.origin = origin;
    this.#options = options;
    this.#listener = listener;
    this.traffic = new Traffic(network && httpTraffic(network));
    if (network !== undefined && 'onDidChangeState' in network) {
      this.#network = network;
      this.#seen = network.interface;
      const look = () => this.#look(true);
      this.#subscriptions = [network.onDidChangeState(look), network.onDidActivateNewConfiguration(look)];
    } else {
      this.#fixed = network && copied(network);
      this.#subscriptions = [];
    }
  }

  /** It follows a network session. */
  get isFollowing(): boolean {
    return this.#network !== undefined;
  }

  /** It keeps to the addresses of a link. */
  get isBound(): boolean {
    return this.isFollowing || this.#fixed !== undefined;
  }

  /** Requests can be sent now. */
  get isReady(): boolean {
    return this.#network === undefined || usableInterface(this.#network) !== undefined;
  }

  get binding(): NetworkBinding | undefined {
    return this.#network === undefined ? this.#fixed : currentBinding(this.#network);
  }

  /** The proxy for the origin: the session's, the access point's, or the one by default, unless it is not for this host. Throws where none can be used. */
  get proxy(): ProxyConfig | undefined {
    const { proxy, defaultProxy } = this.#options;
    const given = proxy === undefined ? (this.binding?.proxy ?? defaultProxy?.(this.origin)) : (proxy ?? undefined);
    const chosen = given && checkedProxy(given);
    return chosen === undefined || bypasses(chosen, this.origin) ? undefined : chosen;
  }

  get connected(): boolean {
    return this.#connection?.connector.hasOpenSocket ?? false;
  }

  set keepAlive(value: boolean) {
    this.#keepAlive = value;
    if (this.#connection !== undefined) {
      this.#connection.keepAlive = value;
    }
  }

  /** The connection over the link that there is now, made where there is none. */
  connection(): Connection {
    // Addresses may change without an event.
    if (this.#network !== undefined && this.#network.interface !== this.#seen) {
      this.#look(false);
    }
    // The proxy is chosen for each connection: it may be another by now.
    if (this.#connection?.isUnused !== false) {
      this.#connection = this.#connect();
    }
    return this.#connection;
  }

  /** A connection to the origin that is not the session's, and its link's name. */
  async openDetached(): Promise<OpenedSocket> {
    const connection = this.connection();
    const { interfaceName } = connection;
    const socket = await connection.openDirect();
    this.#detached.set(socket, connection.connector.binding ?? none);
    socket.once('close', () => {
      this.#detached.delete(socket);
      this.#unsubscribe();
    });
    return { socket, interfaceName };
  }

  /** By Node's own client from now on. */
  speakPlainly(): void {
    this.#isPlain = true;
    if (this.#connection !== undefined) {
      this.#connection.isPlain = true;
    }
  }

  /** Ends the connections; the link stays. */
  drop(error: Error): void {
    const connection = this.#connection;
    this.#connection = undefined;
    connection?.destroy(error);
    for (const retired of this.#retired) {
      retired.destroy(error);
    }
    this.#retired.clear();
  }

  /** Lets go of the network session, once nothing of it is used. */
  dispose(): void {
    this.#isDisposed = true;
    this.#unsubscribe();
  }

  #unsubscribe(): void {
    if (this.#isDisposed && this.#detached.size === 0) {
      for (const subscription of this.#subscriptions) {
        subscription.dispose();
      }
    }
  }

  /** What became of the link: sockets of one that is lost end at once; one that is left in good order may finish. */
  #look(tells: boolean): void {
    const network = this.#network;
    if (network === undefined) {
      return;
    }
    this.#seen = network.interface;
    const connection = this.#connection;
    const isMove = network.state === SessionState.Roaming && usableInterface(network) !== undefined;
    const isOld = connection !== undefined && !stillHolds(connection.connector.binding ?? none, network);
    if (isOld) {
      this.epoch++;
      this.#connection = undefined;
      this.#retired.add(connection);
    }
    // While it is not decided (R3) the old access point is up; a state other than Roaming says that it is over.
    for (const retired of this.#retired) {
      if (isMove || stillHolds(retired.connector.binding ?? none, network)) {
        retired.retire();
      } else {
        this.#retired.delete(retired);
        retired.destroy(new NetworkLostError({ link: retired.interfaceName }));
      }
    }
    for (const [socket, binding] of this.#detached) {
      if (!isMove && !stillHolds(binding, network)) {
        socket.destroy(new NetworkLostError({ link: binding.interfaceName }));
      }
    }
    if ((isOld || tells) && !this.#isDisposed) {
      this.#listener.changed(this.binding);
    }
  }

  #connect(): Connection {
    const { clock, connectTimeout, tls, systemCertificates } = this.#options;
    const { binding, traffic } = this;
    const connector = new LinkConnector({ binding, connectTimeout, systemCertificates, traffic, clock });
    const connection = new Connection({
      connector,
      way: new Way(connector, this.origin, this.proxy, tls),
      epoch: this.epoch,
      pipelining: this.#options.pipelining,
      keepAliveTimeout: this.#options.keepAliveTimeout,
      receiveTimeout: this.#options.receiveTimeout,
      clock,
      connected: this.#listener.connected,
      ended: () => this.#retired.delete(connection),
    });
    connection.keepAlive = this.#keepAlive;
    connection.isPlain = this.#isPlain;
    return connection;
  }
}

const none: NetworkBinding = { interfaceName: '' };
