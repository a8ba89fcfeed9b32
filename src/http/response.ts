import type { ResponseBody } from './body.js';
import { HttpHeaders, type ReceivedHeaders } from './headers.js';

/** What a response tells of its request. */
export interface ResponseFacts {
  /** Name of the interface that it came by; undefined where the session is bound to none. */
  readonly link: string | undefined;
  /** How often the request was sent again, so far. */
  readonly replays: number;
  /** The server has asked for the body with 100 (Continue). */
  readonly continued: boolean;
}

/** The final answer to a request: its head, and its body as it comes. */
export class HttpResponse implements AsyncIterable<Uint8Array> {
  readonly status: number;
  readonly statusText: string;
  /** Read once, to the end or with `dump()`: until then the connection is not free for others. */
  readonly body: ResponseBody;
  readonly #fields: ReceivedHeaders;
  readonly #facts: ResponseFacts;
  #headers: HttpHeaders | undefined;

  constructor(status: number, statusText: string, fields: ReceivedHeaders, body: ResponseBody, facts: ResponseFacts) {
    this.status = status;
    this.statusText = statusText;
    this.body = body;
    this.#fields = fields;
    this.#facts = facts;
  }

  get headers(): HttpHeaders {
    this.#headers ??= new HttpHeaders(this.#fields);
    return this.#headers;
  }

  /** The fields after a chunked body; once it was read to its end. */
  get trailers(): Promise<HttpHeaders> {
    return this.body.trailers;
  }

  get link(): string | undefined {
    return this.#facts.link;
  }

  get replays(): number {
    return this.#facts.replays;
  }

  get continued(): boolean {
    return this.#facts.continued;
  }

  text(limit?: number): Promise<string> {
    return this.body.text(limit);
  }

  json<T = unknown>(limit?: number): Promise<T> {
    return this.body.json<T>(limit);
  }

  bytes(limit?: number): Promise<Uint8Array> {
    return this.body.bytes(limit);
  }

  dump(limit?: number): Promise<void> {
    return this.body.dump(limit);
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return this.body[Symbol.asyncIterator]();
  }
}
