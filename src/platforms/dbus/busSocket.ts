import net from 'node:net';
import { type MessageHeader, readHeader } from './messageHeader.js';

/** Bytes of a line in which a bus speaks of authentication. */
const maxLine = 16 * 1024;
const lineFeed = 0x0a;
const nothing = Buffer.alloc(0);

/**
 * What comes from a bus: lines until one says that we are who we say, then messages. Those that nobody wants are dropped
 * as they come, unread but for their headers, and however long they are nothing of them is kept.
 */
export class MessageSieve {
  readonly #isWanted: (header: MessageHeader) => boolean;
  #isAuthenticated = false;
  /** The beginning of a line or of a header, whose end has not come. */
  #begun: Buffer = nothing;
  /** Bytes that are still to come of a message, and whether they are passed on. */
  #left = 0;
  #passes = false;

  constructor(isWanted: (header: MessageHeader) => boolean) {
    this.#isWanted = isWanted;
  }

  /**
   * What is passed on of this and of what was begun.
   * @throws Error where it is neither.
   */
  take(chunk: Buffer): readonly Buffer[] {
    const data = this.#begun.length > 0 ? Buffer.concat([this.#begun, chunk]) : chunk;
    const passed: Buffer[] = [];
    // What lies between these two passes, in one part: each one costs whoever reads it.
    let from = 0;
    let at = 0;
    while (at < data.length && (this.#left > 0 || this.#begin(data.subarray(at)))) {
      const part = Math.min(this.#left, data.length - at);
      if (!this.#passes) {
        passed.push(data.subarray(from, at));
        from = at + part;
      }
      this.#left -= part;
      at += part;
    }
    passed.push(data.subarray(from, at));
    this.#begun = data.subarray(at);
    return passed.filter((part) => part.length > 0);
  }

  /** Whether it is known how far the line or the message goes that begins here. */
  #begin(data: Buffer): boolean {
    return this.#isAuthenticated ? this.#beginMessage(data) : this.#beginLine(data);
  }

  #beginMessage(data: Buffer): boolean {
    const header = readHeader(data);
    if (header !== undefined) {
      this.#left = header.size;
      this.#passes = this.#isWanted(header);
    }
    return header !== undefined;
  }

  #beginLine(data: Buffer): boolean {
    const length = data.indexOf(lineFeed) + 1;
    if (length === 0 && data.length > maxLine) {
      throw new Error('the bus says something that is no line');
    }
    this.#left = length;
    this.#passes = true;
    this.#isAuthenticated = data.toString('latin1', 0, 3) === 'OK ' && length > 0;
    return length > 0;
  }
}

/** A connection to a bus that gives out what passes a sieve. */
export class BusSocket extends net.Socket {
  readonly #sieve: MessageSieve;

  constructor(isWanted: (header: MessageHeader) => boolean) {
    super();
    this.#sieve = new MessageSieve(isWanted);
  }

  /** Whatever is read comes by here. */
  override push(chunk: Buffer | null): boolean {
    if (chunk === null) {
      return super.push(chunk);
    }
    try {
      return this.#sieve.take(chunk).reduce((_, part) => super.push(part), true);
    } catch (error) {
      this.destroy(error as Error);
      return false;
    }
  }
}
