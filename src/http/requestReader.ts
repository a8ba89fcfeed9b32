// Reads requests off a connection, as RFC 9112 has them and no other way: what two recipients may read differently is refused,
// since it makes one request out of two, or two out of one. Not by Node's parser: it reads ahead, knows a fixed list of methods,
// and lets some of that pass.
import { maxHeaderSize } from 'node:http';
import { HttpProtocolError } from './errors.js';
import { areExtensions } from './grammar.js';
import { FieldsDraft, type RequestFields } from './requestFields.js';
import { fieldOf, type RequestLine, requestLineOf } from './requestGrammar.js';

/** What is not a request, or not one for us; `status` is the answer to it, after which the connection ends. */
export class RequestRefusedError extends HttpProtocolError {
  override readonly name: string = 'RequestRefusedError';
  readonly status: RefusalStatus;

  constructor(status: RefusalStatus, why: string) {
    super(why);
    this.status = status;
  }
}

export type RefusalStatus = 400 | 408 | 413 | 414 | 431 | 501 | 505;

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
  /** What there is of a head that does not come at once. */
  #first: RequestLine | undefined;
  #draft = new FieldsDraft();
  /** A client says mostly the same of itself in each request: the fields of the last, and what they say. */
  #lastText = '';
  #lastFields = new FieldsDraft().said;
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

  /** Part of a head has come; empty lines before it are none. */
  get isWithinHead(): boolean {
    return this.#first !== undefined || this.buffered > 0;
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
    const head = this.#size === 0 && this.#searched === 0 ? this.#wholeHead() : undefined;
    if (head !== undefined) {
      return head;
    }
    for (;;) {
      const line = this.#line(this.#first === undefined ? 414 : 431);
      if (line === undefined) {
        this.#checkBeginning();
        return undefined;
      }
      const first = this.#first;
      if (first === undefined) {
        // RFC 9112 2.2: empty lines before a request are passed over.
        this.#first = line === '' ? undefined : checkedLine(line);
      } else if (line !== '') {
        addField(this.#draft, line);
      } else {
        const { said } = this.#draft;
        this.#draft = new FieldsDraft();
        this.#first = undefined;
        this.#size = 0;
        return this.#begin(first, said);
      }
    }
  }

  /** A head that has come at once, as nearly all do, is taken at once. */
  #wholeHead(): RequestHead | undefined {
    const end = this.#bytes.indexOf('\r\n\r\n', this.#at, 'latin1');
    if (end < 0 || this.#bytes[this.#at] === carriageReturn || end + 4 - this.#at > maxHeaderSize) {
      return undefined;
    }
    const text = this.#bytes.toString('latin1', this.#at, end + 2);
    this.#at = end + 4;
    const firstEnd = text.indexOf('\r\n');
    const first = checkedLine(text.slice(0, firstEnd));
    const fields = text.slice(firstEnd + 2);
    if (fields !== this.#lastText) {
      this.#lastFields = fieldsOf(fields);
      this.#lastText = fields;
    }
    return this.#begin(first, this.#lastFields);
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
    const first = this.#first === undefined ? this.#bytes[this.#at] : undefined;
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
      const field = fieldOf(line);
      if (field === undefined) {
        throw malformedField();
      }
      this.#trailers = [...this.#trailers, ...field];
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

  #begin({ method, target, minor }: RequestLine, fields: RequestFields): RequestHead {
    const { framing, hasHost = minor === 0 } = fields;
    if (!hasHost) {
      throw new RequestRefusedError(400, 'The request has no valid host, or several.');
    }
    // RFC 9112 6.1: HTTP/1.0 has no codings.
    if (framing === undefined || (minor === 0 && fields.hasCoding)) {
      throw new RequestRefusedError(400, 'How far the body of the request goes cannot be told.');
    }
    if (framing === 'unknown') {
      throw new RequestRefusedError(501, 'The body of the request is in a transfer coding that is not known.');
    }
    const hasBody = framing === 'chunked' || framing > 0;
    if (hasBody && method === 'CONNECT') {
      throw new RequestRefusedError(400, 'CONNECT has no body.');
    }
    if (framing !== 'chunked' && framing > Number.MAX_SAFE_INTEGER) {
      throw new RequestRefusedError(413, 'The body of the request is too long.');
    }
    this.#part = framing === 'chunked' ? 'size' : hasBody ? 'bytes' : 'none';
    this.#left = framing === 'chunked' ? 0 : framing;
    this.#received = 0;
    this.#trailers = none;
    return {
      method,
      target,
      minor,
      rawHeaders: fields.raw.slice(),
      persists: !fields.wantsClose && (minor > 0 || fields.wantsKeepAlive),
      // RFC 9110 7.8: not for HTTP/1.0. With a body it is a request like others.
      isUpgrade: method === 'CONNECT' || (minor > 0 && !hasBody && fields.wantsUpgrade),
      expectsContinue: minor > 0 && fields.expectsContinue,
    };
  }
}

const none: readonly string[] = [];

function checkedLine(text: string): RequestLine {
  const line = requestLineOf(text);
  if (line === undefined) {
    throw new RequestRefusedError(400, 'The line of the request is malformed.');
  }
  if (line.major !== 1) {
    throw new RequestRefusedError(505, 'The request is of another version of HTTP.');
  }
  return line;
}

/** Of lines that each end with CR LF. */
function fieldsOf(text: string): RequestFields {
  const draft = new FieldsDraft();
  let at = 0;
  while (at < text.length) {
    const end = text.indexOf('\r\n', at);
    addField(draft, text.slice(at, end));
    at = end + 2;
  }
  return draft.said;
}

function addField(draft: FieldsDraft, line: string): void {
  if (!draft.add(line)) {
    throw malformedField();
  }
}

function malformedField(): RequestRefusedError {
  return new RequestRefusedError(400, 'A field of the request is malformed.');
}
