/** What callers may send. A function makes a fresh stream each time, so that the request can be sent again. */
export type HttpBodyInit =
  | string
  | Uint8Array
  | AsyncIterable<Uint8Array | string>
  | (() => AsyncIterable<Uint8Array | string>);

/** What is handed to the connection. */
export type SentBody = string | Uint8Array | AsyncIterable<Uint8Array | string> | null;

/** The body of a request, over all the times that it is sent. */
export class RequestBody {
  readonly #init: HttpBodyInit | undefined;
  #isUsed = false;

  /** Throws TypeError for anything else than a body. */
  constructor(init: HttpBodyInit | null | undefined) {
    const isBody =
      init === undefined ||
      init === null ||
      typeof init === 'string' ||
      typeof init === 'function' ||
      init instanceof Uint8Array ||
      (typeof init === 'object' && Symbol.asyncIterator in init);
    if (!isBody) {
      throw new TypeError('A body is a text, bytes, an async iterable of them, or a function that makes one.');
    }
    this.#init = init ?? undefined;
  }

  get isEmpty(): boolean {
    return !this.isStream && this.size === 0;
  }

  get isStream(): boolean {
    return this.#init !== undefined && typeof this.#init !== 'string' && !(this.#init instanceof Uint8Array);
  }

  /** Bytes; 0 of a stream, which nobody knows. */
  get size(): number {
    const init = this.#init;
    return typeof init === 'string' || init instanceof Uint8Array ? Buffer.byteLength(init) : 0;
  }

  /** It is a stream that was begun and cannot be had again. */
  get isUsed(): boolean {
    return this.#isUsed;
  }

  /** The body to send now. */
  take(): SentBody {
    const init = this.#init;
    return typeof init === 'function' ? init() : (init ?? null);
  }

  /** It is being sent. */
  begun(): void {
    this.#isUsed = this.isStream && typeof this.#init !== 'function';
  }
}
