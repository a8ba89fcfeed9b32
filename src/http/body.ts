// The body of a response: held back when nobody reads, complete or in error, never silently short.
import { BodyTooLargeError, BodyUnreadError, HttpAbortedError } from './errors.js';
import { HttpHeaders, type ReceivedHeaders } from './headers.js';

/** Bytes that are kept for a reader who is slow. */
const kept = 64 * 1024;
/** Bytes that are kept where nobody reads and others wait behind it. */
const keptForOthers = 1024 * 1024;
/** Bytes that `dump()` takes in rather than give up the connection. */
const dumped = 128 * 1024;

/** Where the bytes come from. */
export interface BodySource {
  /** More may come. */
  resume(): void;
  /** Nobody wants the rest: its connection ends. */
  abandon(reason: Error): void;
  /** Another request waits for this body to end. */
  readonly hasOthersBehind: boolean;
}

/**
 * Read once: by iterating, or with `bytes()`, `text()`, `json()` or `dump()`. All but the last reject when the body is cut
 * off, malformed, aborted or not in time. A `limit` is in bytes; beyond it BodyTooLargeError, and the connection ends.
 * Up to 64 KiB need no reader. Of more, reading must begin within the receive time-out, or BodyUnreadError.
 */
export class ResponseBody implements AsyncIterable<Uint8Array> {
  readonly #source: BodySource;
  #chunks: Uint8Array[] = [];
  #size = 0;
  #state: 'open' | 'ended' | 'failed' = 'open';
  #error: Error | undefined;
  #trailers: ReceivedHeaders = {};
  #isPaused = false;
  #isRead = false;
  /** All is to be given out at once, up to so many bytes. */
  #limit: number | undefined;
  #wake: (() => void) | undefined;
  #whenEnded: (() => void)[] | undefined;

  constructor(source: BodySource) {
    this.#source = source;
  }

  /** Somebody reads it or has read it. */
  get isRead(): boolean {
    return this.#isRead;
  }

  /** It has come to its end, or failed. */
  get isOver(): boolean {
    return this.#state !== 'open';
  }

  /** The fields after the last chunk, once the body is at its end; rejects when it fails. */
  get trailers(): Promise<HttpHeaders> {
    return this.#ended().then(() => new HttpHeaders(this.#trailers));
  }

  /** Each chunk as it comes. Leaving the loop early ends the connection. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    this.#take();
    try {
      for (;;) {
        const chunk = this.#chunks.shift();
        if (chunk !== undefined) {
          this.#size -= chunk.length;
          yield chunk;
        } else if (this.#state === 'failed') {
          throw this.#error;
        } else if (this.#state === 'ended') {
          return;
        } else {
          await this.#more();
        }
      }
    } finally {
      this.#chunks = [];
      this.#abandon('The rest of the body was not wanted.');
    }
  }

  async bytes(limit = Number.POSITIVE_INFINITY): Promise<Uint8Array> {
    return this.#all(limit);
  }

  /** As UTF-8, without a byte order mark. */
  async text(limit = Number.POSITIVE_INFINITY): Promise<string> {
    const text = (await this.#all(limit)).toString('utf8');
    return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  }

  /** Rejects with SyntaxError where it is no JSON. */
  async json<T = unknown>(limit?: number): Promise<T> {
    return JSON.parse(await this.text(limit)) as T;
  }

  /** Reads to the end and forgets it, so that the connection can be used again; what is long ends the connection instead. */
  async dump(limit = dumped): Promise<void> {
    this.#take();
    let size = 0;
    while (this.#state === 'open' && size <= limit) {
      size += this.#forget();
      await this.#more();
    }
    this.#forget();
    this.#abandon('The body was not wanted.');
  }

  /** Internal: what came. False asks for a pause. */
  push(chunk: Uint8Array): boolean {
    if (this.#state !== 'open') {
      return true;
    }
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
    if (this.#limit !== undefined) {
      if (this.#size > this.#limit) {
        this.#source.abandon(new BodyTooLargeError(this.#limit));
      }
      return true;
    }
    return !this.#mustPause();
  }

  /** Internal: all has come. */
  end(trailers: ReceivedHeaders): void {
    this.#trailers = trailers;
    this.#finish('ended');
  }

  /** Internal: no more will come. */
  fail(error: Error): void {
    this.#error = error;
    this.#finish('failed');
  }

  /** Internal: another request waits behind it. */
  othersWait(): void {
    if (this.#isPaused && !this.#isRead && this.#size <= keptForOthers) {
      this.#resume();
    }
  }

  #mustPause(): boolean {
    if (this.#size <= kept) {
      return false;
    }
    if (!this.#isRead && this.#source.hasOthersBehind) {
      if (this.#size > keptForOthers) {
        this.#source.abandon(new BodyUnreadError());
      }
      return false;
    }
    this.#isPaused = true;
    return true;
  }

  #resume(): void {
    if (this.#isPaused) {
      this.#isPaused = false;
      this.#source.resume();
    }
  }

  #take(): void {
    if (this.#isRead) {
      throw new TypeError('The body was read before.');
    }
    this.#isRead = true;
  }

  async #all(limit: number): Promise<Buffer> {
    this.#take();
    this.#limit = limit;
    if (this.#state === 'open') {
      if (this.#size > limit) {
        this.#source.abandon(new BodyTooLargeError(limit));
      }
      this.#resume();
      await this.#ended();
    }
    if (this.#state === 'failed') {
      this.#chunks = [];
      throw this.#error;
    }
    const [only] = this.#chunks;
    const all = this.#chunks.length === 1 && only !== undefined ? asBuffer(only) : Buffer.concat(this.#chunks);
    this.#chunks = [];
    if (all.length > limit) {
      throw new BodyTooLargeError(limit);
    }
    return all;
  }

  #ended(): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = () => (this.#error === undefined ? resolve() : reject(this.#error));
      if (this.isOver) {
        done();
      } else {
        this.#whenEnded ??= [];
        this.#whenEnded.push(done);
      }
    });
  }

  /** Something has come, or the end. */
  #more(): Promise<void> {
    if (this.isOver || this.#chunks.length > 0) {
      return Promise.resolve();
    }
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#resume();
    return woken;
  }

  /** Lets go of what is kept; how much that was. */
  #forget(): number {
    const size = this.#size;
    this.#chunks = [];
    this.#size = 0;
    return size;
  }

  #abandon(why: string): void {
    if (this.#state === 'open') {
      this.#source.abandon(new HttpAbortedError(why));
    }
  }

  #finish(state: 'ended' | 'failed'): void {
    if (this.#state !== 'open') {
      return;
    }
    this.#state = state;
    this.#wake?.();
    this.#wake = undefined;
    const waiting = this.#whenEnded;
    this.#whenEnded = undefined;
    for (const done of waiting ?? []) {
      done();
    }
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
