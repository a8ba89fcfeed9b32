// A request by Node's own client, for what undici refuses: `Expect: 100-continue`. And for the one request of a probe.
// Never by http.request: editors put theirs in its place, and its requests leave by another link.
import { once } from 'node:events';
import { ClientRequest, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock, Disposable } from '../engine/index.js';
import type { AnswerGate } from './answerGate.js';
import { type EngineController, type EngineHandler, type EngineRequest, longestHead } from './engine.js';
import { errorOf, systemError, UpgradeRefusedError } from './errors.js';
import { addField, type ReceivedHeaders, type SentHeaders } from './headers.js';
import type { SentBody } from './requestBody.js';

/** A connection, and who reads what comes by it before anybody else. */
export interface GuardedSocket {
  readonly socket: Socket;
  readonly gate: AnswerGate;
}

export interface PlainRequest {
  readonly request: Pick<EngineRequest, 'path' | 'method' | 'headers' | 'body'>;
  /** Milliseconds to wait for 100 (Continue); undefined: the body goes with the head. */
  readonly expectContinue: number | undefined;
  readonly handler: EngineHandler;
  /** A connection, which the request has for itself. */
  readonly open: () => Promise<GuardedSocket>;
  /** 100 (Continue) has come. */
  readonly continued: () => void;
  readonly clock: Clock;
}

/** Tells the handler, as undici would. The connection ends with the answer. */
export function sendPlainly(plain: PlainRequest): void {
  const { handler, open } = plain;
  let aborted: Error | undefined;
  let request: ClientRequest | undefined;
  let response: IncomingMessage | undefined;
  const controller: EngineController = {
    pause: () => response?.pause(),
    resume: () => response?.resume(),
    abort: (reason) => {
      aborted ??= reason;
      request?.destroy(reason);
    },
  };
  let isOver = false;
  const fail = (error: unknown) => {
    if (!isOver) {
      isOver = true;
      request?.destroy();
      handler.onResponseError(controller, aborted ?? errorOf(error));
    }
  };
  const answered = (message: IncomingMessage) => {
    response = message;
    message.on('error', fail);
    handler.onResponseStart(controller, message.statusCode ?? 0, fieldsOf(message), message.statusMessage);
    message.on('data', (chunk: Buffer) => handler.onResponseData(controller, chunk));
    message.once('end', () => {
      if (!isOver) {
        isOver = true;
        handler.onResponseEnd(controller, received(message.rawTrailers));
        request?.destroy();
      }
    });
    message.once('close', () =>
      fail(systemError('ECONNRESET', 'The connection was closed before the end of the body.')),
    );
  };
  const begin = ({ socket, gate }: GuardedSocket) => {
    handler.onRequestStart(controller);
    if (aborted !== undefined) {
      socket.destroy();
      fail(aborted);
      return;
    }
    gate.expects(plain.request.method);
    request = clientRequest(
      plain.request,
      socket,
      plain.expectContinue === undefined ? {} : { expect: '100-continue' },
    );
    request.on('error', (error) => fail(gate.refusal ?? error));
    request.once('response', answered);
    request.once('upgrade', (message, stream) => {
      stream.destroy();
      fail(new UpgradeRefusedError(message.statusCode ?? 0));
    });
    request.once('close', () => fail(systemError('ECONNRESET', 'The connection was closed before the answer.')));
    request.once('finish', () => handler.onRequestSent());
    sendBody(request, plain);
  };
  open().then((opened) => {
    try {
      begin(opened);
    } catch (error) {
      opened.socket.destroy();
      fail(error);
    }
  }, fail);
}

/** The body goes out when the server wants it, at once where nobody asks, and not at all after a final answer. */
function sendBody(request: ClientRequest, { request: { body }, expectContinue, continued, clock }: PlainRequest): void {
  let timer: Disposable | undefined;
  let isBegun = false;
  const send = () => {
    timer?.dispose();
    if (!isBegun) {
      isBegun = true;
      writeBody(request, body).catch((error: unknown) => request.destroy(errorOf(error)));
    }
  };
  const stop = () => {
    timer?.dispose();
    isBegun = true;
  };
  if (expectContinue === undefined) {
    send();
    return;
  }
  // RFC 9110 10.1.1: a client does not wait for ever, since old servers do not know it.
  timer = clock.setTimeout(send, expectContinue);
  request.once('continue', () => {
    continued();
    send();
  });
  request.once('response', stop);
  request.once('close', stop);
  request.flushHeaders();
}

async function writeBody(request: ClientRequest, body: SentBody): Promise<void> {
  if (body === null || typeof body === 'string' || body instanceof Uint8Array) {
    request.end(body ?? undefined);
    return;
  }
  for await (const chunk of body) {
    if (request.destroyed) {
      return;
    }
    if (!request.write(chunk)) {
      await drained(request);
    }
  }
  request.end();
}

/** Resolves when it takes more, or is closed. */
async function drained(request: ClientRequest): Promise<void> {
  const ending = new AbortController();
  const { signal } = ending;
  try {
    await Promise.race([once(request, 'drain', { signal }), once(request, 'close', { signal })]);
  } finally {
    // Else one listener more would be left by each time.
    ending.abort();
  }
}

/** Internal: a request on a connection that is there. */
export function clientRequest(
  { method, path, headers, body = null }: { method: string; path: string; headers: SentHeaders; body?: SentBody },
  socket: Socket,
  more: SentHeaders,
): ClientRequest {
  const framing = 'content-length' in headers ? {} : framingOf(body);
  const request = new ClientRequest({
    method,
    path,
    headers: { ...headers, ...framing, ...more },
    maxHeaderSize: longestHead,
    createConnection: () => socket,
  });
  // More than was announced would be another request. Of fields that are too many Node would leave some out, and not tell.
  return Object.assign(request, { strictContentLength: true, maxHeadersCount: 0 });
}

/** How far the body goes. Node says nothing of it where a method mostly has none, and sends it all the same: as the next request. */
function framingOf(body: SentBody): SentHeaders {
  if (body === null) {
    return {};
  }
  return typeof body === 'string' || body instanceof Uint8Array
    ? { 'content-length': String(Buffer.byteLength(body)) }
    : { 'transfer-encoding': 'chunked' };
}

export function fieldsOf({ rawHeaders }: IncomingMessage): ReceivedHeaders {
  return received(rawHeaders);
}

/** All of names and values in turn. Node leaves out the second of some, and those that are called as what objects have. */
function received(raw: readonly string[]): ReceivedHeaders {
  const fields: SentHeaders = {};
  for (let at = 0; at < raw.length; at += 2) {
    addField(fields, (raw[at] ?? '').toLowerCase(), raw[at + 1] ?? '');
  }
  return fields;
}
