// Taking a connection out of HTTP: an upgrade, or a tunnel. By Node's client: undici does not tell what a refusal was.
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock, Disposable } from '../engine/index.js';
import { errorOf, HttpAbortedError, HttpTimeoutError, UpgradeRefusedError } from './errors.js';
import { HttpHeaders, type SentHeaders } from './headers.js';
import { clientRequest, fieldsOf } from './plain.js';

/** A connection that does not speak HTTP any more. It is the caller's; it ends with its link. */
export interface DetachedConnection {
  readonly status: number;
  readonly headers: HttpHeaders;
  /** What had come after the head is read first. */
  readonly socket: Socket;
}

export interface DetachRequest {
  readonly method: 'GET' | 'CONNECT';
  readonly path: string;
  readonly headers: SentHeaders;
  /** Ends it until the answer has come. */
  readonly signal: AbortSignal;
  /** Milliseconds for the answer. */
  readonly timeout: number;
  readonly clock: Clock;
}

/** A connection to ask on, and the name of its link. */
export interface OpenedSocket {
  readonly socket: Socket;
  readonly interfaceName: string | undefined;
}

/** Opens a connection and asks on it. Rejects with UpgradeRefusedError where the answer is another one; the connection is gone then. */
export async function detach(open: () => Promise<OpenedSocket>, request: DetachRequest): Promise<DetachedConnection> {
  const { signal, timeout, clock } = request;
  signal.throwIfAborted();
  const opening = open();
  const ending = new AbortController();
  const stop = () => ending.abort(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  const ended = new Promise<never>((_, reject) => {
    ending.signal.addEventListener('abort', () => reject(errorOf(ending.signal.reason)), { once: true });
  });
  let timer: Disposable | undefined;
  try {
    const { socket, interfaceName: link } = await Promise.race([opening, ended]);
    timer = clock.setTimeout(() => ending.abort(new HttpTimeoutError('receive', timeout, { link })), timeout);
    return await Promise.race([ask(socket, request), ended]);
  } catch (error) {
    // Whatever there is of it, or comes of it yet.
    opening.then(
      ({ socket }) => socket.destroy(),
      () => {},
    );
    throw error;
  } finally {
    timer?.dispose();
    signal.removeEventListener('abort', stop);
  }
}

function ask(socket: Socket, request: DetachRequest): Promise<DetachedConnection> {
  return new Promise((resolve, reject) => {
    const client = clientRequest(request, socket, {});
    const switched = (message: IncomingMessage, _stream: unknown, head: Buffer) => {
      const { statusCode: status = 0 } = message;
      const isTunnel = request.method === 'CONNECT' && status >= 200 && status < 300;
      if (status !== 101 && !isTunnel) {
        reject(new UpgradeRefusedError(status));
        return;
      }
      if (head.length > 0) {
        socket.unshift(head);
      }
      resolve({ status, headers: new HttpHeaders(fieldsOf(message)), socket });
    };
    client.once('upgrade', switched);
    client.once('connect', switched);
    client.once('response', ({ statusCode = 0 }: IncomingMessage) => reject(new UpgradeRefusedError(statusCode)));
    client.on('error', reject);
    client.once('close', () => reject(new HttpAbortedError('The connection was closed before the answer.')));
    client.end();
  });
}
