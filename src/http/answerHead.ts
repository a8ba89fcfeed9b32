// The head of an answer, and the fields behind a chunked body: looked at byte by byte as they come, so that one in good
// order costs next to nothing, and written anew only where the engine would read it in another way than RFC 9112 does.
import { HttpProtocolError } from './errors.js';
import { elementsOf, textEnd, tokenEnd, trimmed } from './grammar.js';

const [tab, lineFeed, carriageReturn, space, zero, colon] = [0x09, 0x0a, 0x0d, 0x20, 0x30, 0x3a];
/** Every answer begins like this, but for the digits from the minor version on. */
const usualStart = Buffer.from('HTTP/1.1 200');
const [minorAt, statusAt] = [7, 9];

const contentLength = Buffer.from('content-length');
const transferEncoding = Buffer.from('transfer-encoding');
const connection = Buffer.from('connection');
const keepAlive = Buffer.from('keep-alive');
const close = Buffer.from('close');
const chunked = Buffer.from('chunked');
/** Digits of a length that is a number for sure. */
const mostPlainDigits = 15;

/** How far the body of an answer goes (RFC 9112 6.3). */
export type Framing = number | 'chunked' | 'until close';

export interface Head {
  readonly status: number;
  readonly framing: Framing;
  /** What the engine is to read instead of it; undefined: the same. */
  readonly instead: Buffer | undefined;
}

/** Fields that say how far a message goes, or what becomes of the connection, say nothing behind a body (RFC 9110 6.5.1). */
const notBehind: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
]);

/** Fields that are said once, and in their plainest words, where a head is written anew. */
const rewritten: ReadonlySet<string> = new Set(['connection', 'content-length', 'transfer-encoding']);

/** Why a refused answer is none. */
export const malformed = (why: string): HttpProtocolError => new HttpProtocolError(`The answer is malformed: ${why}.`);

/** The lines of a head or of trailers, up to the empty one. One at a time, and used again. */
export class SectionReader {
  /** Where the line begins that is not whole yet, from the beginning of the section. */
  #at = 0;
  #minor = 1;
  #status = 0;
  #hasFields = false;
  /** It is written as the engine reads it. */
  #isPlain = true;
  #length: number | undefined;
  #isChunked = false;
  #hasConnection = false;

  /** The place behind a section that begins at `start`; -1 where it is not whole, and the next call has more of it. */
  read(bytes: Buffer, start: number, isHead: boolean): number {
    let at = start + this.#at;
    if (at === start) {
      this.#begin();
      at = isHead ? this.#statusLine(bytes, start) : start;
    }
    while (at >= 0 && at < bytes.length) {
      this.#at = at - start;
      if (bytes[at] === carriageReturn) {
        const end = lineEnd(bytes, at);
        if (end >= 0) {
          this.#at = 0;
        }
        return end;
      }
      at = bytes[at] === space || bytes[at] === tab ? this.#fold(bytes, at) : this.#field(bytes, at);
    }
    this.#at = at < 0 ? this.#at : at - start;
    return -1;
  }

  /** What the head that was read last says, as the answer to a request by this method. */
  head(bytes: Buffer, start: number, end: number, method: string): Head {
    const status = this.#status;
    const isBodiless = method === 'HEAD' || status < 200 || status === 204 || status === 304;
    if (this.#isPlain) {
      if (this.#isChunked && this.#length !== undefined) {
        throw malformed('it has a length and chunks');
      }
      const framing = this.#isChunked ? 'chunked' : (this.#length ?? 'until close');
      return { status, framing: isBodiless ? 0 : framing, instead: undefined };
    }
    const [line = '', ...lines] = linesOf(bytes, start, end);
    const fields = fieldsOf(lines);
    const valuesOf = (wanted: string) => fields.filter(([name]) => name === wanted).map(([, value]) => value);
    const codings = valuesOf('transfer-encoding');
    const said = framingOf(valuesOf('content-length'), codings);
    const options = elementsOf(valuesOf('connection'));
    // HTTP/1.0 has no codings: its framing is as good as wrong, and what follows it nobody knows (RFC 9112 6.1).
    const isLast =
      options.some((option) => option.toLowerCase() === 'close') || (this.#minor === 0 && codings.length > 0);
    const kept = isLast ? ['close'] : options;
    const written = [
      ...fields.filter(([name]) => !rewritten.has(name)),
      ...(typeof said === 'number'
        ? [['content-length', said]]
        : said === 'chunked'
          ? [['transfer-encoding', said]]
          : []),
      ...(kept.length > 0 ? [['connection', kept.join(', ')]] : []),
    ].map(([name, value]) => `${name}: ${value}`);
    // A later minor version is read as the one that we know (RFC 9110 2.5).
    const version = this.#minor > 1 ? line.replace(/^HTTP\/1\../, 'HTTP/1.1') : line;
    const instead = Buffer.from([version, ...written, '', ''].join('\r\n'), 'latin1');
    return { status, framing: isBodiless ? 0 : said, instead };
  }

  /** The trailers that were read last, as the engine is to read them; undefined: as they are. */
  trailers(bytes: Buffer, start: number, end: number): Buffer | undefined {
    if (!this.#hasFields) {
      return undefined;
    }
    const fields = fieldsOf(linesOf(bytes, start, end)).filter(([name]) => !notBehind.has(name));
    return Buffer.from(`${fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`, 'latin1');
  }

  #begin(): void {
    this.#minor = 1;
    this.#hasFields = false;
    this.#isPlain = true;
    this.#length = undefined;
    this.#isChunked = false;
    this.#hasConnection = false;
  }

  /** `HTTP/1.1 200 OK`; the reason, and the blank before it where there is none, may be left out. */
  #statusLine(bytes: Buffer, start: number): number {
    const most = Math.min(usualStart.length, bytes.length - start);
    for (let at = 0; at < most; at++) {
      const [byte, usual] = [bytes[start + at] ?? 0, usualStart[at] ?? 0];
      if (byte !== usual && (at < minorAt || !isDigit(usual) || !isDigit(byte))) {
        throw malformed('it does not begin with a status line of HTTP/1');
      }
    }
    if (most < usualStart.length) {
      return -1;
    }
    this.#minor = (bytes[start + minorAt] ?? 0) - zero;
    this.#isPlain = this.#minor < 2;
    this.#status = numberIn(bytes, start + statusAt, start + usualStart.length);
    if (this.#status < 100) {
      throw malformed('its status is none');
    }
    let at = start + usualStart.length;
    if (bytes[at] === space) {
      at = tabbedEnd(bytes, at);
    }
    return lineEnd(bytes, at);
  }

  #field(bytes: Buffer, start: number): number {
    let at = tokenEnd(bytes, start);
    if (at === bytes.length) {
      return -1;
    }
    if (at === start || bytes[at] !== colon) {
      throw malformed('a field has no name, or more than a name before its colon');
    }
    const nameEnd = at;
    while (bytes[++at] === space) {}
    const valueAt = at;
    at = textEnd(bytes, at);
    if (bytes[at] === tab) {
      this.#isPlain = false;
      at = tabbedEnd(bytes, at);
    }
    const end = lineEnd(bytes, at);
    if (end >= 0) {
      this.#hasFields = true;
      if (bytes[at - 1] === space) {
        this.#isPlain = false;
      }
      this.#note(bytes, start, nameEnd, valueAt, at);
    }
    return end;
  }

  /** What a field says of the body or the connection. */
  #note(bytes: Buffer, start: number, nameEnd: number, valueAt: number, end: number): void {
    if (is(contentLength, bytes, start, nameEnd)) {
      const length = numberIn(bytes, valueAt, end);
      this.#isPlain &&= this.#length === undefined && length >= 0 && end - valueAt <= mostPlainDigits;
      this.#length = length;
    } else if (is(connection, bytes, start, nameEnd)) {
      // llhttp reads lists in another way than RFC 9112 9.3: there 'close' counts, whatever stands beside it.
      const isUsual = is(keepAlive, bytes, valueAt, end) || is(close, bytes, valueAt, end);
      this.#isPlain &&= isUsual && !this.#hasConnection;
      this.#hasConnection = true;
    } else if (is(transferEncoding, bytes, start, nameEnd)) {
      const isUsual = is(chunked, bytes, valueAt, end);
      this.#isPlain &&= isUsual && !this.#isChunked && this.#minor === 1;
      this.#isChunked = true;
    }
  }

  /** More of the value before it (RFC 9112 5.2). */
  #fold(bytes: Buffer, start: number): number {
    if (!this.#hasFields) {
      throw malformed('its first field begins with a blank');
    }
    this.#isPlain = false;
    return lineEnd(bytes, tabbedEnd(bytes, start));
  }
}

const isDigit = (byte: number): boolean => byte >= zero && byte <= zero + 9;

/** The number that stands here; -1 where there is none. */
function numberIn(bytes: Buffer, start: number, end: number): number {
  let number = start < end ? 0 : -1;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (!isDigit(byte)) {
      return -1;
    }
    number = number * 10 + byte - zero;
  }
  return number;
}

/** The place behind a text with tabs in it. */
function tabbedEnd(bytes: Buffer, start: number): number {
  let at = textEnd(bytes, start);
  while (bytes[at] === tab) {
    at = textEnd(bytes, at + 1);
  }
  return at;
}

/** The place behind the end of a line that is to be here; -1 where it has not come. */
function lineEnd(bytes: Buffer, at: number): number {
  if (at < 0 || at >= bytes.length) {
    return -1;
  }
  if (bytes[at] !== carriageReturn) {
    throw malformed('a line has a byte that no line may have');
  }
  if (at + 1 === bytes.length) {
    return -1;
  }
  if (bytes[at + 1] !== lineFeed) {
    throw malformed('a line ends in half a line end');
  }
  return at + 2;
}

/** Here stands this name and nothing else, in any case. */
function is(name: Buffer, bytes: Buffer, start: number, end: number): boolean {
  if (end - start !== name.length) {
    return false;
  }
  for (let at = 0; at < name.length; at++) {
    // Of all that a name or value may have, only a letter becomes a letter, and only a hyphen a hyphen.
    if (((bytes[start + at] ?? 0) | 0x20) !== name[at]) {
      return false;
    }
  }
  return true;
}

/** Without the empty ones at the end; those that go on are put together. */
function linesOf(bytes: Buffer, start: number, end: number): string[] {
  return bytes
    .toString('latin1', start, end)
    .replace(/(?<![\t ])[\t ]*(?:\r\n[\t ]+)+/g, ' ')
    .split('\r\n')
    .slice(0, -2);
}

function fieldsOf(lines: readonly string[]): [name: string, value: string][] {
  return lines.map((line) => {
    const at = line.indexOf(':');
    return [line.slice(0, at).toLowerCase(), trimmed(line.slice(at + 1))];
  });
}

/** How far the body goes by these fields. */
function framingOf(lengths: readonly string[], codings: readonly string[]): Framing {
  if (codings.length > 0) {
    const elements = elementsOf(codings).map((each) => each.toLowerCase());
    if (elements.length !== 1 || elements[0] !== 'chunked') {
      // We ask for no other (RFC 9110 10.1.4): what it carries could not be read.
      throw malformed('it is coded in another way than by chunks');
    }
    if (lengths.length > 0) {
      throw malformed('it has a length and chunks');
    }
    return 'chunked';
  }
  if (lengths.length === 0) {
    return 'until close';
  }
  const elements = lengths.flatMap((value) => value.split(',').map(trimmed));
  const length = Number(elements[0]);
  // One that is said twice is one (RFC 9112 6.3).
  if (!elements.every((each) => /^\d+$/.test(each) && Number(each) === length) || !Number.isSafeInteger(length)) {
    throw malformed('its length is no number, or more than one');
  }
  return length;
}
