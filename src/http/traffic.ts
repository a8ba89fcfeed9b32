import type { Socket } from 'node:net';

/** Bytes of sockets, those that are gone too: heads, bodies, TLS, tunnels; not the headers of TCP and IP. */
export class Traffic {
  readonly #parent: Traffic | undefined;
  readonly #sockets = new Set<Socket>();
  #sent = 0;
  #received = 0;

  /** What is counted here is counted by the parent too. */
  constructor(parent?: Traffic) {
    this.#parent = parent;
  }

  get bytesSent(): number {
    let sum = this.#sent;
    for (const socket of this.#sockets) {
      sum += socket.bytesWritten;
    }
    return sum;
  }

  get bytesReceived(): number {
    let sum = this.#received;
    for (const socket of this.#sockets) {
      sum += socket.bytesRead;
    }
    return sum;
  }

  /** Counts a socket of the system until it is closed. */
  count(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      this.#sent += socket.bytesWritten;
      this.#received += socket.bytesRead;
    });
    this.#parent?.count(socket);
  }
}

const ofNetworks = new WeakMap<object, Traffic>();

/** What all HTTP sessions of this process on a network session have carried. Grows only. */
export function httpTraffic(network: object): Traffic {
  const known = ofNetworks.get(network) ?? new Traffic();
  ofNetworks.set(network, known);
  return known;
}
