/** The types of messages on a bus. */
export const MessageType = { call: 1, reply: 2, error: 3, signal: 4 } as const;

export interface MessageHeader {
  /** Bytes of the whole message. */
  readonly size: number;
  readonly type: number;
  readonly flags: number;
  readonly serial: number;
  /** As the bus has written it; nobody who sends may choose it. */
  readonly sender: string | undefined;
  /** The call that this answers. */
  readonly replySerial: number | undefined;
}

/** Bytes before the array of fields. */
const fixedSize = 16;
/** Bytes of fields that are read: they hold some names and a path. A bus lets anybody send 64 MiB of them. */
const maxFields = 16 * 1024;
/** Bytes of a message, by the specification. */
const maxMessage = 128 * 1024 * 1024;
const protocolVersion = 1;
/** Of values within values, by the specification. */
const maxDepth = 64;
const replySerialField = 5;
const senderField = 7;

/** Of those values that are numbers: bytes, and what they are aligned to. */
const sizes: Readonly<Record<string, number>> = { y: 1, n: 2, q: 2, b: 4, u: 4, i: 4, h: 4, x: 8, t: 8, d: 8 };
/** What other values are aligned to. */
const alignments: Readonly<Record<string, number>> = { s: 4, o: 4, a: 4, g: 1, v: 1, '(': 8, '{': 8 };

const padded = (length: number) => Math.ceil(length / 8) * 8;

/**
 * The header that these bytes begin with; undefined where there are too few of them. One that is too long or cannot be
 * understood has no sender.
 * @throws Error where no message begins here: nobody knows then where the next one does.
 */
export function readHeader(data: Buffer): MessageHeader | undefined {
  if (data.length < fixedSize) {
    return undefined;
  }
  const isLittle = data[0] === 0x6c;
  const fields = isLittle ? data.readUInt32LE(12) : data.readUInt32BE(12);
  const size = fixedSize + padded(fields) + (isLittle ? data.readUInt32LE(4) : data.readUInt32BE(4));
  if (!(isLittle || data[0] === 0x42) || data[3] !== protocolVersion || size > maxMessage) {
    throw new Error('the bus says something that is no message');
  }
  const known = {
    size,
    type: data[1] ?? 0,
    flags: data[2] ?? 0,
    serial: isLittle ? data.readUInt32LE(8) : data.readUInt32BE(8),
  };
  if (fields > maxFields) {
    return { ...known, sender: undefined, replySerial: undefined };
  }
  const end = fixedSize + fields;
  return data.length < fixedSize + padded(fields)
    ? undefined
    : { ...known, ...new FieldReader(data.subarray(0, end), isLittle).read() };
}

/** Goes over an array of fields, an `a(yv)`, and keeps two of them. Others may be of any type. */
class FieldReader {
  readonly #data: Buffer;
  readonly #isLittle: boolean;
  #at = fixedSize;
  #depth = 0;

  constructor(data: Buffer, isLittle: boolean) {
    this.#data = data;
    this.#isLittle = isLittle;
  }

  read(): Pick<MessageHeader, 'sender' | 'replySerial'> {
    let sender: string | undefined;
    let replySerial: number | undefined;
    try {
      while (this.#at < this.#data.length) {
        this.#align(8);
        const field = this.#data.readUInt8(this.#at++);
        const type = this.#text(this.#data.readUInt8(this.#at++));
        if (field === senderField && type === 's') {
          sender = this.#text(this.#number());
        } else if (field === replySerialField && type === 'u') {
          replySerial = this.#number();
        } else {
          this.#skip(type, 0);
        }
      }
      return { sender, replySerial };
    } catch {
      return { sender: undefined, replySerial: undefined };
    }
  }

  #align(bytes: number): void {
    this.#at = Math.ceil(this.#at / bytes) * bytes;
  }

  #number(): number {
    this.#align(4);
    const value = this.#isLittle ? this.#data.readUInt32LE(this.#at) : this.#data.readUInt32BE(this.#at);
    this.#at += 4;
    return value;
  }

  /** It is followed by a zero. Names and types are ASCII; most types are one letter. */
  #text(length: number): string {
    const begin = this.#at;
    this.#go(length + 1);
    return length === 1
      ? String.fromCharCode(this.#data[begin] ?? 0)
      : this.#data.toString('latin1', begin, begin + length);
  }

  #go(bytes: number): void {
    this.#at += bytes;
    if (this.#at > this.#data.length) {
      throw new RangeError('a value goes beyond the fields');
    }
  }

  /** Goes over a value. Returns where its type ends in the signature. */
  #skip(types: string, index: number): number {
    if (this.#depth === maxDepth) {
      throw new RangeError('values are nested too deep');
    }
    this.#depth++;
    const end = this.#skipAt(types, index);
    this.#depth--;
    return end;
  }

  #skipAt(types: string, index: number): number {
    const type = types[index] ?? '';
    const size = sizes[type];
    if (size !== undefined) {
      this.#align(size);
      this.#go(size);
    } else if (type === 's' || type === 'o') {
      this.#go(this.#number() + 1);
    } else if (type === 'g') {
      this.#go(this.#data.readUInt8(this.#at++) + 1);
    } else if (type === 'v') {
      this.#skip(this.#text(this.#data.readUInt8(this.#at++)), 0);
    } else if (type === 'a') {
      const length = this.#number();
      this.#align(alignmentOf(types[index + 1]));
      this.#go(length);
      return endOfType(types, index);
    } else if (type === '(') {
      this.#align(8);
      let next = index + 1;
      while (types[next] !== ')') {
        next = this.#skip(types, next);
      }
      return next + 1;
    } else {
      throw new TypeError(`no type begins with ${type}`);
    }
    return index + 1;
  }
}

function alignmentOf(type = ''): number {
  const alignment = sizes[type] ?? alignments[type];
  if (alignment === undefined) {
    throw new TypeError(`no type begins with ${type}`);
  }
  return alignment;
}

function endOfType(types: string, index: number): number {
  let at = index;
  while (types[at] === 'a') {
    at++;
  }
  for (let depth = 0; at < types.length; ) {
    const type = types[at++] ?? '';
    depth += Number('({'.includes(type)) - Number(')}'.includes(type));
    if (depth === 0) {
      return at;
    }
  }
  throw new TypeError(`${types} ends too early`);
}
