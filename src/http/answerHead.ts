// The head of an answer, and the fields behind a chunked body: looked at byte by byte as they come, so that one in good
// order costs next to nothing, and written anew only where the engine would read it in another way than RFC 9112 does.
import { HttpProtocolError } from './errors.js';
import { elementsOf, isTextByte, isTokenByte, trimmed } from './grammar.js';

const [tab, lineFeed, carriageReturn, space, zero, colon] = [0x09, 0x0a, 0x0d, 0x20, 0x30, 0x3a];
/** Every answer begins with as many bytes like these. */
const usualStart = 'HTTP/1.1 200';

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
    const { framing, said } = framingOf(fields);
    // Its framing is as good as wrong, so that nothing can be known of what follows it (RFC 9112 6.1).
    const isLast = this.#minor === 0 && said.has('transfer-encoding');
    const written = fields
      .filter(([name]) => !said.has(name) && !(isLast && name === 'connection'))
      .map(([name, value]) => `${name}: ${name === 'connection' ? elementsOf([value]).join(', ') : value}`)
      .concat(
        [...said].map(([name, value]) => `${name}: ${value}`),
        isLast ? 'connection: close' : [],
      );
    // A later minor version is read as the one that we know (RFC 9110 2.5).
    const version = this.#minor > 1 ? line.replace(/^HTTP\/1\../, 'HTTP/1.1') : line;
    const instead = Buffer.from([version, ...written, '', ''].join('\r\n'), 'latin1');
    return { status, framing: isBodiless ? 0 : framing, instead };
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
  }

  /** `HTTP/1.1 200 OK`; the reason, and the blank before it where there is none, may be left out. */
  #statusLine(bytes: Buffer, start: number): number {
    const name = bytes.toString('latin1', start, Math.min(start + usualStart.length, bytes.length));
    // As far as it has come.
    if (!/^HTTP\/1\.\d \d{3}$/.test(name + usualStart.slice(name.length))) {
      throw malformed('it does not begin with a status line of HTTP/1');
    }
    if (name.length < usualStart.length) {
      return -1;
    }
    this.#minor = Number(name[7]);
    this.#status = Number(name.slice(9));
    if (this.#status < 100) {
      throw malformed(`${name.slice(9)} is no status`);
    }
    this.#isPlain = this.#minor < 2;
    let at = start + usualStart.length;
    if (bytes[at] === space) {
      at = textEnd(bytes, at);
    }
    return lineEnd(bytes, at);
  }

  #field(bytes: Buffer, start: number): number {
    let at = start;
    while (at < bytes.length && isTokenByte(bytes[at])) {
      at++;
    }
    if (at === bytes.length) {
      return -1;
    }
    if (at === start || bytes[at] !== colon) {
      throw malformed('a field has no name, or more than a name before its colon');
    }
    const nameSize = at - start;
    while (bytes[++at] === space) {}
    const valueAt = at;
    while (at < bytes.length && isTextByte(bytes[at])) {
      at++;
    }
    if (bytes[at] === tab) {
      this.#isPlain = false;
      at = textEnd(bytes, at);
    }
    const end = lineEnd(bytes, at);
    if (end >= 0) {
      this.#hasFields = true;
      if (bytes[at - 1] === space) {
        this.#isPlain = false;
      }
      if (nameSize === 14 && isNamed(bytes, start, 'content-length')) {
        this.#sized(bytes, valueAt, at);
      } else if (nameSize === 17 && isNamed(bytes, start, 'transfer-encoding')) {
        this.#isPlain &&=
          !this.#isChunked && this.#minor === 1 && at - valueAt === 7 && isNamed(bytes, valueAt, 'chunked');
        this.#isChunked = true;
      }
    }
    return end;
  }

  /** More of the value before it (RFC 9112 5.2). */
  #fold(bytes: Buffer, start: number): number {
    if (!this.#hasFields) {
      throw malformed('its first field begins with a blank');
    }
    this.#isPlain = false;
    return lineEnd(bytes, textEnd(bytes, start));
  }

  #sized(bytes: Buffer, start: number, end: number): void {
    let length = 0;
    for (let at = start; at < end; at++) {
      const digit = (bytes[at] ?? 0) - zero;
      if (digit < 0 || digit > 9) {
        this.#isPlain = false;
        return;
      }
      length = length * 10 + digit;
    }
    this.#isPlain &&= this.#length === undefined && end > start && end - start <= 15;
    this.#length = length;
  }
}

/** Where a text ends that begins here. */
function textEnd(bytes: Buffer, start: number): number {
  let at = start;
  while (at < bytes.length && (isTextByte(bytes[at]) || bytes[at] === tab)) {
    at++;
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

/** This name stands here, in any case. */
function isNamed(bytes: Buffer, start: number, name: string): boolean {
  return bytes.toString('latin1', start, start + name.length).toLowerCase() === name;
}

/** Without the empty ones at the end; those that go on are put together. */
function linesOf(bytes: Buffer, start: number, end: number): string[] {
  return bytes
    .toString('latin1', start, end)
    .replace(/(?<![\t ])[\t ]*\r\n[\t ]+/g, ' ')
    .split('\r\n')
    .slice(0, -2);
}

function fieldsOf(lines: readonly string[]): [name: string, value: string][] {
  return lines.map((line) => {
    const at = line.indexOf(':');
    return [line.slice(0, at).toLowerCase(), trimmed(line.slice(at + 1))];
  });
}

/** What the fields say of the body, and how they say it in their plainest words. */
function framingOf(fields: readonly (readonly [string, string])[]): { framing: Framing; said: Map<string, string> } {
  const valuesOf = (wanted: string) => fields.filter(([name]) => name === wanted).map(([, value]) => value);
  const [lengths, codings] = [valuesOf('content-length'), valuesOf('transfer-encoding')];
  if (codings.length > 0) {
    const elements = elementsOf(codings).map((each) => each.toLowerCase());
    if (elements.length !== 1 || elements[0] !== 'chunked') {
      // We ask for no other (RFC 9110 10.1.4): what it carries could not be read.
      throw malformed('it is coded in another way than by chunks');
    }
    if (lengths.length > 0) {
      throw malformed('it has a length and chunks');
    }
    return { framing: 'chunked', said: new Map([['transfer-encoding', 'chunked']]) };
  }
  if (lengths.length > 0) {
    const elements = lengths.flatMap((value) => value.split(',').map(trimmed));
    const length = Number(elements[0]);
    // One that is said twice is one (RFC 9112 6.3).
    if (!elements.every((each) => /^\d+$/.test(each) && Number(each) === length) || !Number.isSafeInteger(length)) {
      throw malformed('its length is no number, or more than one');
    }
    return { framing: length, said: new Map([['content-length', String(length)]]) };
  }
  return { framing: 'until close', said: new Map() };
}
