// Reads requests off a connection, as RFC 9112 has them and no other way: what two recipients may read differently is refused,
// since it makes one request out of two, or two out of one. Not by Node's parser: it reads ahead, knows a fixed list of methods,
// and lets some of that pass.
import { maxHeaderSize } from 'node:http';
import { HttpProtocolError } from './errors.js';
import { areExtensions } from './grammar.js';
import { fieldOf, framingOf, isHost, isListed, requestLineOf } from './requestGrammar.js';

/** What is not a request, or not one for us; `status` is the answer to it, after which the connection ends. */
export class RequestRefusedError extends HttpProtocolError {
  override readonly name: string = 'RequestRefusedError';
  readonly status: RefusalStatus;

  constructor(status: RefusalStatus, why: string) {
    super(why);
    this.status = status;
  }
}

export type RefusalStatus = 400 | 408 | 413 | 414 | 431 | 505;

/** A request without its body. */
export interface RequestHead {
  readonly method: string;
  readonly target: string;
  /** Of its version, the major one being 1. */
  readonly minor: number;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: string[];
  /** The client wants the connection to be used again (RFC 9112 9.3). */
  readonly persists: boolean;
  readonly isUpgrade: boolean;
  readonly expectsContinue: boolean;
}

/** What a head is made of while it comes. */
interface Draft {
  readonly method: string;
  readonly target: string;
  readonly minor: number;
  readonly rawHeaders: string[];
  /** Values of the fields that say how to read on, several behind a comma; undefined where there is none. */
  host: string | undefined;
  length: string | undefined;
  coding: string | undefined;
  connection: string | undefined;
  expect: string | undefined;
  upgrade: string | undefined;
  isHostTwice: boolean;
}

/** What comes next of a body: so many bytes, a line that tells of a chunk, the end of one, fields after the last, or nothing more. */
type BodyPart = 'bytes' | 'size' | 'chunk' | 'chunkEnd' | 'trailers' | 'none';

const nothing = Buffer.alloc(0);
const lineFeed = 10;
const carriageReturn = 13;
/** Takes bytes in, and gives requests, one after the other: a head, then its body to the end, then the next. */
export class RequestReader {
  #bytes: Buffer = nothing;
  /** Where in them what was not read begins, and how much of that has no end of a line. */
  #at = 0;
  #searched = 0;
  /** Bytes of the lines so far, of the present head, body or trailers. */
  #size = 0;
  #draft: Draft | undefined;
  #part: BodyPart = 'none';
  /** Bytes that are left of the body, or of its chunk. */
  #left = 0;
  #received = 0;
  #trailers: readonly string[] = none;

  add(bytes: Buffer): void {
    this.#bytes = this.#at < this.#bytes.length ? Buffer.concat([this.#bytes.subarray(this.#at), bytes]) : bytes;
    this.#at = 0;
  }

  /** Bytes that have come and were not read. */
  get buffered(): number {
    return this.#bytes.length - this.#at;
  }

  /** Part of a head has come. */
  get isWithinHead(): boolean {
    return this.#size > 0 || this.buffered > 0;
  }

  /** Bytes of the present body that have come. */
  get received(): number {
    return this.#received;
  }

  /** The fields after the present body. */
  get trailers(): readonly string[] {
    return this.#trailers;
  }

  /** What was not read, which is given up. */
  drain(): Buffer {
    const rest = this.#bytes.subarray(this.#at);
    this.#bytes = nothing;
    this.#at = 0;
    return rest;
  }

  /** The next head; undefined until it is whole. Throws RequestRefusedError as soon as it cannot be one. */
  head(): RequestHead | undefined {
    if (this.#size === 0 && this.#searched === 0) {
      const draft = this.#wholeHead();
      if (draft !== undefined) {
        return this.#begin(draft);
      }
    }
    for (;;) {
      const line = this.#line(this.#draft === undefined ? 414 : 431);
      if (line === undefined) {
        this.#checkBeginning();
        return undefined;
      }
      if (this.#draft === undefined) {
        // RFC 9112 2.2: empty lines before a request are passed over.
        this.#draft = line === '' ? undefined : draftOf(line);
      } else if (line === '') {
        const draft = this.#draft;
        this.#draft = undefined;
        this.#size = 0;
        return this.#begin(draft);
      } else {
        addField(this.#draft, line);
      }
    }
  }

  /** A head that has come at once, as nearly all do, is taken at once. */
  #wholeHead(): Draft | undefined {
    const end = this.#bytes.indexOf('\r\n\r\n', this.#at, 'latin1');
    if (end < 0 || this.#bytes[this.#at] === carriageReturn || end + 4 - this.#at > maxHeaderSize) {
      return undefined;
    }
    const [line = '', ...fields] = this.#bytes.toString('latin1', this.#at, end).split('\r\n');
    const draft = draftOf(line);
    for (const field of fields) {
      addField(draft, field);
    }
    this.#at = end + 4;
    return draft;
  }

  /** Gives what has come of the body; true once it is whole. Throws RequestRefusedError where it is malformed. */
  body(give: (bytes: Buffer) => void): boolean {
    while (this.#part !== 'none') {
      if (!this.#readPart(give)) {
        return false;
      }
    }
    return true;
  }

  /** Who speaks another protocol, such as TLS, may never send the end of a line. */
  #checkBeginning(): void {
    const first = this.#draft === undefined ? this.#bytes[this.#at] : undefined;
    if (first !== undefined && first !== carriageReturn && (first <= 0x20 || first >= 0x7f)) {
      throw new RequestRefusedError(400, 'What came is no request.');
    }
  }

  /** False where more has to come. */
  #readPart(give: (bytes: Buffer) => void): boolean {
    switch (this.#part) {
      case 'bytes':
      case 'chunk':
        return this.#readBytes(give);
      case 'size':
        return this.#readSize();
      case 'chunkEnd':
        return this.#readChunkEnd();
      default:
        return this.#readTrailer();
    }
  }

  #readBytes(give: (bytes: Buffer) => void): boolean {
    const bytes = this.#bytes.subarray(this.#at, this.#at + this.#left);
    if (bytes.length === 0) {
      return false;
    }
    this.#at += bytes.length;
    this.#left -= bytes.length;
    this.#received += bytes.length;
    if (this.#left === 0) {
      this.#part = this.#part === 'bytes' ? 'none' : 'chunkEnd';
    }
    give(bytes);
    return true;
  }

  #readSize(): boolean {
    const before = this.#size;
    const line = this.#line(413);
    if (line === undefined) {
      return false;
    }
    const digits = /^[\dA-Fa-f]+/.exec(line)?.[0] ?? '';
    if (digits === '' || !areExtensions(line.slice(digits.length))) {
      throw new RequestRefusedError(400, 'A chunk of the body is malformed.');
    }
    // What counts is what else is said of chunks: of that there may be as much as of fields, and no more.
    this.#size = before + line.length - digits.length;
    this.#left = Number.parseInt(digits, 16);
    if (this.#left > Number.MAX_SAFE_INTEGER) {
      throw new RequestRefusedError(413, 'A chunk of the body is too long.');
    }
    this.#part = this.#left === 0 ? 'trailers' : 'chunk';
    if (this.#left === 0) {
      this.#size = 0;
    }
    return true;
  }

  #readChunkEnd(): boolean {
    if (this.buffered > 0 && this.#bytes[this.#at] !== carriageReturn) {
      throw new RequestRefusedError(400, 'A chunk of the body is longer than it says.');
    }
    if (this.buffered < 2) {
      return false;
    }
    if (this.#bytes[this.#at + 1] !== lineFeed) {
      throw new RequestRefusedError(400, 'A chunk of the body is longer than it says.');
    }
    this.#at += 2;
    this.#part = 'size';
    return true;
  }

  #readTrailer(): boolean {
    const line = this.#line(431);
    if (line === undefined) {
      return false;
    }
    if (line === '') {
      this.#part = 'none';
      this.#size = 0;
    } else {
      this.#trailers = [...this.#trailers, ...checkedField(line)];
    }
    return true;
  }

  /** The next line; undefined until it is whole. It ends with CR LF: who takes less for an end reads other requests. */
  #line(whenTooLong: RefusalStatus): string | undefined {
    const end = this.#bytes.indexOf(lineFeed, this.#at + this.#searched);
    const stop = end < 0 ? this.#bytes.length : end + 1;
    if (this.#size + stop - this.#at > maxHeaderSize) {
      throw new RequestRefusedError(whenTooLong, 'The head of the request is too long.');
    }
    if (end < 0) {
      this.#searched = stop - this.#at;
      return undefined;
    }
    if (end === this.#at || this.#bytes[end - 1] !== carriageReturn) {
      throw new RequestRefusedError(400, 'A line of the request does not end with CR LF.');
    }
    const line = this.#bytes.toString('latin1', this.#at, end - 1);
    this.#size += stop - this.#at;
    this.#at = stop;
    this.#searched = 0;
    return line;
  }

  #begin(draft: Draft): RequestHead {
    const { method, target, minor, rawHeaders, host } = draft;
    if (draft.isHostTwice || (host === undefined ? minor > 0 : !isHost(host))) {
      throw new RequestRefusedError(400, 'The request has no valid host, or several.');
    }
    const framing = framingOf(draft.length, draft.coding, minor);
    if (framing === undefined) {
      throw new RequestRefusedError(400, 'How far the body of the request goes cannot be told.');
    }
    const hasBody = framing === 'chunked' || framing > 0;
    if (framing !== 'chunked' && framing > Number.MAX_SAFE_INTEGER) {
      throw new RequestRefusedError(413, 'The body of the request is too long.');
    }
    if (hasBody && method === 'CONNECT') {
      throw new RequestRefusedError(400, 'CONNECT has no body.');
    }
    this.#part = framing === 'chunked' ? 'size' : hasBody ? 'bytes' : 'none';
    this.#left = framing === 'chunked' ? 0 : framing;
    this.#received = 0;
    this.#trailers = none;
    const { connection } = draft;
    return {
      method,
      target,
      minor,
      rawHeaders,
      persists: !isListed('close', connection) && (minor > 0 || isListed('keep-alive', connection)),
      // RFC 9110 7.8: not for HTTP/1.0. With a body it is a request like others.
      isUpgrade: method === 'CONNECT' || (minor > 0 && !hasBody && !!draft.upgrade && isListed('upgrade', connection)),
      expectsContinue: minor > 0 && isListed('100-continue', draft.expect),
    };
  }
}

const none: readonly string[] = [];

function draftOf(line: string): Draft {
  const parts = requestLineOf(line);
  if (parts === undefined) {
    throw new RequestRefusedError(400, 'The line of the request is malformed.');
  }
  const { method, target, major, minor } = parts;
  if (major !== 1) {
    throw new RequestRefusedError(505, 'The request is of another version of HTTP.');
  }
  return {
    method,
    target,
    minor,
    rawHeaders: [],
    host: undefined,
    length: undefined,
    coding: undefined,
    connection: undefined,
    expect: undefined,
    upgrade: undefined,
    isHostTwice: false,
  };
}

function addField(draft: Draft, line: string): void {
  const [name, value] = checkedField(line);
  draft.rawHeaders.push(name, value);
  switch (name.toLowerCase()) {
    case 'host':
      draft.isHostTwice = draft.host !== undefined;
      draft.host ??= value;
      break;
    case 'content-length':
      draft.length = joined(draft.length, value);
      break;
    case 'transfer-encoding':
      draft.coding = joined(draft.coding, value);
      break;
    case 'connection':
      draft.connection = joined(draft.connection, value);
      break;
    case 'expect':
      draft.expect = joined(draft.expect, value);
      break;
    case 'upgrade':
      draft.upgrade = joined(draft.upgrade, value);
      break;
  }
}

function joined(before: string | undefined, value: string): string {
  return before === undefined ? value : `${before},${value}`;
}

function checkedField(line: string): readonly [string, string] {
  const field = fieldOf(line);
  if (field === undefined) {
    throw new RequestRefusedError(400, 'A field of the request is malformed.');
  }
  return field;
}
