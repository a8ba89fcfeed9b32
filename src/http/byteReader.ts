import { once } from 'node:events';
import type { Readable } from 'node:stream';

const nothing = Buffer.alloc(0);

/**
 * Reads a detached connection byte by byte, in the manner of POCO's HTTPSession (get, peek, read, buffered, drainBuffer).
 * Bytes are 0 to 255, and undefined at the end (POCO gives a signed char there, of which 0xFF is -1). Rejects with the
 * error of the connection. One call at a time.
 */
export class ByteReader {
  readonly #stream: Readable;
  #unread: Buffer = nothing;

  /** Nobody else may read the stream meanwhile. */
  constructor(stream: Readable) {
    this.#stream = stream;
  }

  /** Bytes that can be read without waiting. */
  get buffered(): number {
    return this.#unread.length + this.#stream.readableLength;
  }

  /** The next byte; undefined at the end. */
  async get(): Promise<number | undefined> {
    const byte = await this.peek();
    this.#unread = this.#unread.subarray(1);
    return byte;
  }

  /** The next byte, which stays; undefined at the end. */
  async peek(): Promise<number | undefined> {
    if (this.#unread.length === 0) {
      this.#unread = await this.#next();
    }
    return this.#unread[0];
  }

  /** At least one byte and at most so many; none at the end. */
  async read(most: number): Promise<Buffer> {
    if (!Number.isInteger(most) || most < 1) {
      throw new TypeError('read takes how many bytes are wanted at most, at least 1.');
    }
    if (this.#unread.length === 0) {
      this.#unread = await this.#next();
    }
    const bytes = this.#unread.subarray(0, most);
    this.#unread = this.#unread.subarray(bytes.length);
    return bytes;
  }

  /** All that can be read without waiting, which is read then; empty where there is nothing (POCO leaves the buffer as it was). */
  drain(): Buffer {
    const rest: Buffer | string | null = this.#stream.read();
    const all = rest === null ? this.#unread : Buffer.concat([this.#unread, Buffer.from(rest)]);
    this.#unread = nothing;
    return all;
  }

  /** What comes next; empty at the end. */
  async #next(): Promise<Buffer> {
    const stream = this.#stream;
    for (;;) {
      const chunk: Buffer | null = stream.read();
      if (chunk !== null) {
        return chunk;
      }
      if (stream.errored) {
        throw stream.errored;
      }
      if (stream.readableEnded || stream.destroyed) {
        return nothing;
      }
      const ending = new AbortController();
      const { signal } = ending;
      try {
        await Promise.race(['readable', 'end', 'close'].map((event) => once(stream, event, { signal })));
      } finally {
        ending.abort();
      }
    }
  }
}
