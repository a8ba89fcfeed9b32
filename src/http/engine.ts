// The one door to undici: its Client by the inner module, and what of it is used. Never `import 'undici'`: that sets a
// dispatcher for the whole process, and the fetch of everybody else in it would go through ours.
import type { Socket } from 'node:net';
import type { ReceivedHeaders, SentHeaders } from './headers.js';
import type { SentBody } from './requestBody.js';

/** Bytes of a head that are taken; beyond it the connection ends (UND_ERR_HEADERS_OVERFLOW, HPE_HEADER_OVERFLOW). */
export const longestHead = 16 * 1024;

/** What undici gives with each step of a request, to hold it back or to end it. */
export interface EngineController {
  pause(): void;
  resume(): void;
  /** Ends it; where it has been sent, its connection too. */
  abort(reason: Error): void;
}

/** Who is told how far a request is. */
export interface EngineHandler {
  /** It is about to be written to a connection. */
  onRequestStart(controller: EngineController): void;
  /** Its last byte was given to the socket. */
  onRequestSent(): void;
  /** A head; of a status below 200 others follow. */
  onResponseStart(controller: EngineController, status: number, headers: ReceivedHeaders, statusText?: string): void;
  onResponseData(controller: EngineController, chunk: Uint8Array): void;
  onResponseEnd(controller: EngineController, trailers: ReceivedHeaders): void;
  onResponseError(controller: EngineController | null, error: Error): void;
}

export interface EngineRequest {
  readonly path: string;
  readonly method: string;
  readonly headers: SentHeaders;
  readonly body: SentBody;
  /** May follow others that have no answer yet. */
  readonly idempotent: boolean;
  /** Others wait until its head has come. */
  readonly blocking: boolean;
  /** Whether the connection ends after it; null: as undici thinks best. */
  readonly reset: boolean | null;
}

export interface EngineOptions {
  readonly pipelining: number;
  readonly headersTimeout: number;
  readonly bodyTimeout: number;
  readonly keepAliveTimeout: number;
  readonly keepAliveMaxTimeout: number;
  readonly keepAliveTimeoutThreshold: number;
  readonly allowH2: boolean;
  readonly maxHeaderSize: number;
  readonly connect: (options: unknown, callback: (error: Error | null, socket: Socket | null) => void) => void;
}

/** One connection to one origin at a time, made when it is needed. */
export interface EngineClient {
  readonly destroyed: boolean;
  dispatch(request: EngineRequest, handler: EngineHandler): boolean;
  close(): Promise<void>;
  destroy(error: Error): Promise<void>;
}

export type EngineClientClass = new (origin: string, options: EngineOptions) => EngineClient;

let loaded: EngineClientClass | undefined;
let loading: Promise<EngineClientClass> | undefined;

/** The class, if it was loaded before. */
export function loadedEngine(): EngineClientClass | undefined {
  return loaded;
}

/** Loads it, once in a process: some 50 ms that nobody pays before the first request. */
export function loadEngine(): Promise<EngineClientClass> {
  loading ??= import('undici/lib/dispatcher/client.js').then(({ default: Client }) => {
    loaded = Client;
    return Client;
  });
  return loading;
}
