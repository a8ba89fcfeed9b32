// Between a connection and the engine that reads it: lets through only what RFC 9112 says is an answer, and only as many of
// them as were asked for. The engines' parser (llhttp, and what undici makes of it) differs from it here and there: undici
// takes an unasked 100 (Continue) for the end, the blank behind a length for a digit, and a length in trailers for the body's;
// llhttp takes CR CR for the end of a line, does not know `chunked` with a tab behind it, uses HTTP/1.0 with chunks again, and
// reads lists in `Connection` in its own way.
import type { Socket } from 'node:net';
import { malformed, SectionReader } from './answerHead.js';
import { longestHead } from './engine.js';
import { systemError } from './errors.js';
import { areExtensions } from './grammar.js';

/** Bytes of heads below 200 before an answer. Any number of them may come (RFC 9110 15.2), but not without end. */
const mostInterim = 128 * 1024;
/** Hexadecimal digits of a chunk's size: as many as a number can tell apart. */
const mostDigits = 13;
/** The only head below 200 that an engine wants to see. */
const goOn = Buffer.from('HTTP/1.1 100 Continue\r\n\r\n');
/** What no parser takes, wherever it stands: it ends the connection when all before it was read. */
const poison = Buffer.from([0]);
const [lineFeed, carriageReturn] = [0x0a, 0x0d];

type State = 'head' | 'sized' | 'until close' | 'chunk size' | 'chunk' | 'chunk end' | 'trailers' | 'over';

/** The answers on one connection, in the order of the requests. */
export class AnswerGate {
  /** Why the answers end here. */
  refusal: Error | undefined;
  readonly #give: (bytes: Buffer) => void;
  /** One request goes out, and its engine wants to see 100 (Continue). */
  readonly #isSingle: boolean;
  /** The methods of the requests that are not answered. */
  readonly #asked: string[] = [];
  readonly #section = new SectionReader();
  #state: State = 'head';
  /** Bytes of the body, or the chunk, that are still to come. */
  #left = 0;
  /** Bytes of heads below 200 since the last answer. */
  #interim = 0;
  /** The beginning of something that is not whole. */
  #held: Buffer | undefined;
  /** What is being looked at, and from where on it is not given out. */
  #bytes: Buffer = poison;
  #from = 0;

  /** Reads all that comes by a socket before its engine does, who gets what is left of it. */
  static before(socket: Socket, isSingle: boolean): AnswerGate {
    const push = socket.push;
    let wantsMore = true;
    const gate = new AnswerGate((bytes) => {
      wantsMore = push.call(socket, bytes);
    }, isSingle);
    socket.push = (chunk: Buffer | null): boolean => {
      if (chunk === null) {
        return push.call(socket, chunk);
      }
      wantsMore = true;
      gate.take(chunk);
      return wantsMore;
    };
    // A server that speaks before it is asked.
    const early: Buffer | null = socket.readableLength > 0 ? socket.read() : null;
    if (early !== null) {
      gate.take(early);
    }
    return gate;
  }

  constructor(give: (bytes: Buffer) => void, isSingle: boolean) {
    this.#give = give;
    this.#isSingle = isSingle;
  }

  /** A request is about to be sent. */
  expects(method: string): void {
    this.#asked.push(method);
  }

  take(chunk: Buffer): void {
    this.#bytes = this.#held === undefined ? chunk : Buffer.concat([this.#held, chunk]);
    this.#held = undefined;
    this.#from = 0;
    let at = 0;
    try {
      while (at >= 0 && at < this.#bytes.length) {
        const next = this.#step(at);
        if (next < 0) {
          this.#hold(at);
        }
        at = next;
      }
      this.#pass(this.#bytes.length);
    } catch (error) {
      this.refusal = error as Error;
      this.#state = 'over';
      this.#pass(at);
      this.#give(poison);
    }
    this.#bytes = poison;
  }

  /** Takes the next thing that is whole: the place behind it, or -1. */
  #step(at: number): number {
    switch (this.#state) {
      case 'head':
        return this.#head(at);
      case 'sized':
      case 'chunk': {
        const end = Math.min(at + this.#left, this.#bytes.length);
        this.#left -= end - at;
        if (this.#left === 0) {
          this.#state = this.#state === 'chunk' ? 'chunk end' : this.#next;
        }
        return end;
      }
      case 'chunk size':
        return this.#chunkSize(at);
      case 'chunk end':
        return this.#chunkEnd(at);
      case 'trailers':
        return this.#trailers(at);
      case 'until close':
        return this.#bytes.length;
      case 'over':
        this.#drop(at, this.#bytes.length);
        return this.#bytes.length;
    }
  }

  /** What follows an answer. */
  get #next(): State {
    return this.#isSingle ? 'over' : 'head';
  }

  #head(start: number): number {
    if (this.#bytes[start] === carriageReturn) {
      // Servers of old send an empty line behind a body.
      const end = this.#lineEnd(start);
      if (end >= 0) {
        this.#drop(start, end);
        this.#countInterim(end - start);
      }
      return end;
    }
    const [method] = this.#asked;
    if (method === undefined) {
      throw malformed('nobody has asked for it');
    }
    const end = this.#section.read(this.#bytes, start, true);
    if (end < 0) {
      return end;
    }
    this.#checkSize(end - start);
    const { status, framing, instead } = this.#section.head(this.#bytes, start, end, method);
    if (status === 101) {
      throw malformed('it goes over to another protocol, and nobody has asked for that');
    }
    if (status < 200) {
      this.#countInterim(end - start);
      if (this.#isSingle && status === 100) {
        this.#replace(start, end, goOn);
      } else {
        this.#drop(start, end);
      }
    } else {
      if (instead !== undefined) {
        this.#replace(start, end, instead);
      }
      this.#asked.shift();
      this.#interim = 0;
      this.#left = typeof framing === 'number' ? framing : 0;
      this.#state =
        framing === 0
          ? this.#next
          : framing === 'chunked'
            ? 'chunk size'
            : framing === 'until close'
              ? framing
              : 'sized';
    }
    return end;
  }

  #chunkSize(start: number): number {
    const feed = this.#bytes.indexOf(lineFeed, start);
    if (feed < 0) {
      return -1;
    }
    const line = this.#bytes.toString('latin1', start, feed + 1);
    const [, digits = '', more = ''] = /^0*(0|[1-9A-Fa-f][\dA-Fa-f]*)((?:[\t ]*;.*)?)\r\n$/.exec(line) ?? [];
    if (digits === '' || digits.length > mostDigits || !areExtensions(more)) {
      throw malformed('the size of a chunk is none');
    }
    this.#checkSize(line.length);
    this.#left = Number.parseInt(digits, 16);
    this.#state = this.#left === 0 ? 'trailers' : 'chunk';
    if (digits.length + 2 < line.length) {
      // Nobody knows what they mean (RFC 9112 7.1.1).
      this.#replace(start, feed + 1, Buffer.from(`${digits}\r\n`));
    }
    return feed + 1;
  }

  #chunkEnd(start: number): number {
    const end = this.#lineEnd(start);
    if (end >= 0) {
      this.#state = 'chunk size';
    }
    return end;
  }

  #trailers(start: number): number {
    const end = this.#section.read(this.#bytes, start, false);
    if (end >= 0) {
      this.#checkSize(end - start);
      const instead = this.#section.trailers(this.#bytes, start, end);
      if (instead !== undefined) {
        this.#replace(start, end, instead);
      }
      this.#state = this.#next;
    }
    return end;
  }

  /** The place behind a line end that is to be here; -1 where it is not whole. */
  #lineEnd(start: number): number {
    const isEnd = this.#bytes[start] === carriageReturn && [undefined, lineFeed].includes(this.#bytes[start + 1]);
    if (!isEnd) {
      throw malformed('there is no line end where one belongs');
    }
    return start + 1 < this.#bytes.length ? start + 2 : -1;
  }

  #countInterim(size: number): void {
    this.#interim += size;
    if (this.#interim > mostInterim) {
      throw malformed('the server sends heads without end');
    }
  }

  #checkSize(size: number): void {
    if (size > longestHead) {
      throw systemError('UND_ERR_HEADERS_OVERFLOW', 'The head of the answer, or a line of it, is too long.');
    }
  }

  /** Until the rest of it comes. */
  #hold(start: number): void {
    this.#checkSize(this.#bytes.length - start);
    this.#pass(start);
    this.#held = this.#bytes.subarray(start);
    this.#from = this.#bytes.length;
  }

  /** Gives out all that was not before this place. */
  #pass(end: number): void {
    if (end > this.#from) {
      this.#give(this.#from === 0 && end === this.#bytes.length ? this.#bytes : this.#bytes.subarray(this.#from, end));
      this.#from = end;
    }
  }

  #drop(start: number, end: number): void {
    this.#pass(start);
    this.#from = end;
  }

  #replace(start: number, end: number, instead: Buffer): void {
    this.#drop(start, end);
    this.#give(instead);
  }
}
