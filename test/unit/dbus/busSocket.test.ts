import assert from 'node:assert/strict';
import type { Message } from 'dbus-native';
import fc from 'fast-check';
import { MessageSieve } from '../../../src/platforms/dbus/busSocket.js';
import type { MessageHeader } from '../../../src/platforms/dbus/messageHeader.js';

const { unmarshall } = require('dbus-native/lib/message.js') as { unmarshall: (bytes: Buffer) => Message };

const seed = 20_250_102;
const wanted = ':1.5';
const welcome = Buffer.from('REJECTED EXTERNAL\r\nOK 0123\r\n');

/** Writes values as a message has them, in either order of bytes. */
class Writer {
  readonly #isLittle: boolean;
  readonly bytes: number[] = [];

  constructor(isLittle: boolean) {
    this.#isLittle = isLittle;
  }

  align(to: number): this {
    while (this.bytes.length % to > 0) {
      this.bytes.push(0);
    }
    return this;
  }

  number(value: number, size: number): this {
    const octets = Array.from({ length: size }, (_, index) => Math.floor(value / 256 ** index) % 256);
    this.align(size).bytes.push(...(this.#isLittle ? octets : octets.reverse()));
    return this;
  }

  text(value: string, sizeOfLength: 1 | 4 = 4): this {
    const octets = Buffer.from(value);
    this.number(octets.length, sizeOfLength).bytes.push(...octets, 0);
    return this;
  }

  array(alignment: number, write: () => void): this {
    this.number(0, 4);
    const lengthAt = this.bytes.length - 4;
    const begin = this.align(alignment).bytes.length;
    write();
    const length = new Writer(this.#isLittle).number(this.bytes.length - begin, 4).bytes;
    this.bytes.splice(lengthAt, 4, ...length);
    return this;
  }
}

/** A value of some type, with what it is aligned to. */
interface Value {
  readonly type: string;
  readonly alignment: number;
  readonly write: (writer: Writer) => unknown;
}

const numberOf = (type: string, size: number): Value => ({
  type,
  alignment: size,
  write: (writer) => writer.number(200, size),
});
const textOf = (type: string, text: string): Value => ({ type, alignment: 4, write: (writer) => writer.text(text) });
const signature = (text: string): Value => ({ type: 'g', alignment: 1, write: (writer) => writer.text(text, 1) });
const variant = (value: Value): Value => ({
  type: 'v',
  alignment: 1,
  write: (writer) => value.write(writer.text(value.type, 1)),
});
const struct = (values: readonly Value[]): Value => ({
  type: `(${values.map(({ type }) => type).join('')})`,
  alignment: 8,
  write: (writer) => {
    writer.align(8);
    for (const value of values) {
      value.write(writer);
    }
  },
});
const entryOf = (key: Value, value: Value): Value => ({ ...struct([key, value]), type: `{${key.type}${value.type}}` });
const arrayOf = (value: Value, length: number): Value => ({
  type: `a${value.type}`,
  alignment: 4,
  write: (writer) =>
    writer.array(value.alignment, () => {
      for (let index = 0; index < length; index++) {
        value.write(writer);
      }
    }),
});

const simple = fc.constantFrom(
  ...[numberOf('y', 1), numberOf('q', 2), numberOf('n', 2), numberOf('u', 4), numberOf('h', 4), numberOf('t', 8)],
  ...[numberOf('x', 8), numberOf('d', 8), textOf('s', 'é'), textOf('o', '/a'), textOf('s', ''), signature('a{sv}')],
);
const { value } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    simple,
    tie('value').map(variant),
    fc.array(tie('value'), { minLength: 1, maxLength: 3 }).map(struct),
    fc.tuple(tie('value'), fc.nat(3)).map(([element, length]) => arrayOf(element, length)),
    fc.tuple(tie('value'), fc.nat(3)).map(([element, length]) => arrayOf(entryOf(textOf('s', 'key'), element), length)),
  ),
}));

interface Said {
  readonly isLittle: boolean;
  readonly type: number;
  readonly flags: number;
  readonly serial: number;
  readonly fields: readonly (readonly [number, Value])[];
  readonly body: Uint8Array;
}

const senderOf = (name: string) => [7, textOf('s', name)] as const;
const said: fc.Arbitrary<Said> = fc.record({
  isLittle: fc.boolean(),
  type: fc.nat(255),
  flags: fc.nat(255),
  serial: fc.integer({ min: 1, max: 0xffff_ffff }),
  fields: fc
    .tuple(
      fc.constantFrom([], [senderOf(wanted)], [senderOf(':1.6')], [senderOf('org.freedesktop.DBus')]),
      fc.option(fc.integer({ min: 0, max: 0xffff_ffff })),
      // Unknown ones, and file descriptors.
      fc.array(fc.tuple(fc.constantFrom(9, 10, 77, 255), value), { maxLength: 4 }),
    )
    .chain(([sender, reply, unknown]) => {
      const answers: readonly [number, Value] = [
        5,
        { ...numberOf('u', 4), write: (writer) => writer.number(reply ?? 0, 4) },
      ];
      return fc.shuffledSubarray([...sender, ...(reply === null ? [] : [answers]), [1, textOf('o', '/')], ...unknown], {
        minLength: sender.length + Number(reply !== null) + 1 + unknown.length,
      });
    }),
  body: fc.uint8Array({ maxLength: 300 }),
});

function bytesOf({ isLittle, type, flags, serial, fields, body }: Said): Buffer {
  const writer = new Writer(isLittle);
  writer.bytes.push((isLittle ? 'l' : 'B').charCodeAt(0), type, flags, 1);
  writer.number(body.length, 4).number(serial, 4);
  writer.array(8, () => {
    for (const [field, content] of fields) {
      writer.align(8).number(field, 1);
      variant(content).write(writer);
    }
  });
  return Buffer.from([...writer.align(8).bytes, ...body]);
}

/** What passes where only this sender is wanted, and every header that was read. */
function sieved(chunks: readonly Buffer[]) {
  const headers: MessageHeader[] = [];
  const sieve = new MessageSieve((header) => {
    headers.push(header);
    return header.sender === wanted;
  });
  return { headers, passed: Buffer.concat(chunks.flatMap((chunk) => sieve.take(chunk))) };
}

function inPieces(bytes: Buffer, lengths: readonly number[]): readonly Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0, index = 0; at < bytes.length; index++) {
    const length = lengths[index % lengths.length] ?? 1;
    pieces.push(bytes.subarray(at, at + length));
    at += length;
  }
  return pieces;
}

const message = (sender: string, more: Partial<Said> = {}): Said => ({
  ...{ isLittle: true, type: 4, flags: 0, serial: 7, body: new Uint8Array(5) },
  fields: [senderOf(sender)],
  ...more,
});

suite('NetworkManager: what comes from the bus', () => {
  test('headers are read as dbus-native reads them, and whole messages pass, however they are cut', () => {
    const pieces = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 20 });
    const check = fc.property(fc.array(said, { minLength: 1, maxLength: 6 }), pieces, (all, lengths) => {
      const messages = all.map(bytesOf);
      const read = messages.map((bytes) => {
        // Without its body, which is of no type.
        const { type, flags, serial, sender, replySerial } = unmarshall(bytes);
        return { size: bytes.length, type, flags, serial, sender, replySerial };
      });
      const expected = Buffer.concat([welcome, ...messages.filter((_, index) => read[index]?.sender === wanted)]);
      const stream = Buffer.concat([welcome, ...messages]);
      for (const cut of [lengths, [1], [stream.length]]) {
        const { headers, passed } = sieved(inPieces(stream, cut));
        assert.deepEqual(headers, read);
        assert.ok(passed.equals(expected));
      }
    });
    fc.assert(check, { seed, numRuns: 1_000 });
  });

  test('any bytes at all where a message should be: an end, or nothing of it passes', () => {
    const check = fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, isLikely) => {
      const start = isLikely ? [0x6c, 4, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, bytes.length, 0, 0, 0] : [];
      try {
        assert.equal(sieved([welcome, Buffer.from([...start, ...bytes])]).passed.length, welcome.length);
      } catch (error) {
        assert.match(String(error), /no message/);
      }
    });
    fc.assert(check, { seed, numRuns: 2_000 });
  });

  test('of the longest message, and of the longest header, nothing is kept', () => {
    const sieve = new MessageSieve(({ sender }) => sender === wanted);
    sieve.take(welcome);
    const longBody = bytesOf(message(':1.6', { body: new Uint8Array() }));
    longBody.writeUInt32LE(128 * 1024 * 1024 - longBody.length, 4);
    const longHeader = bytesOf(message(wanted, { fields: [] }));
    longHeader.writeUInt32LE(64 * 1024 * 1024, 12);
    const chunk = Buffer.alloc(64 * 1024);
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    for (const start of [longBody, longHeader]) {
      assert.deepEqual(sieve.take(start.subarray(0, 16)), []);
      const whole = start.readUInt32LE(12) + start.readUInt32LE(4);
      let left = Math.ceil(start.readUInt32LE(12) / 8) * 8 + start.readUInt32LE(4);
      assert.ok(whole > 60_000_000);
      const first = start.subarray(16);
      assert.deepEqual(sieve.take(first), []);
      left -= first.length;
      while (left > 0) {
        assert.deepEqual(sieve.take(chunk.subarray(0, Math.min(left, chunk.length))), []);
        left -= chunk.length;
        most = Math.max(most, process.memoryUsage().arrayBuffers - before);
      }
    }
    assert.ok(most < 4 * 1024 * 1024, `${most} bytes were kept`);
    const next = bytesOf(message(wanted));
    assert.deepEqual(sieve.take(next), [next], 'and the next message begins where it should');
  });

  test('values that are nested deeper than any message may have them are not gone into: 16 KiB hold 5,000', () => {
    const nested = (depth: number): Value => ({
      type: 'v',
      alignment: 1,
      write: (writer) => writer.bytes.push(...Buffer.from('\u0001v\0'.repeat(depth)), 1, 0x79, 0, 5),
    });
    const passes = (depth: number) => {
      const bytes = bytesOf(message(wanted, { fields: [senderOf(wanted), [99, nested(depth)]] }));
      return sieved([welcome, bytes]).passed.length > welcome.length;
    };
    assert.deepEqual([1, 60, 64, 65, 5_000].filter(passes), [1, 60]);
  });

  for (const [title, spoil] of [
    ['another order of bytes', (bytes: Buffer) => bytes.writeUInt8(0x78, 0)],
    ['another version', (bytes: Buffer) => bytes.writeUInt8(2, 3)],
    ['a body beyond all bounds', (bytes: Buffer) => bytes.writeUInt32LE(0xffff_ffff, 4)],
    ['fields beyond all bounds', (bytes: Buffer) => bytes.writeUInt32LE(0xffff_fff9, 12)],
  ] as const) {
    test(`${title} is no message, whoever says so`, () => {
      const bytes = bytesOf(message(':1.6'));
      spoil(bytes);
      assert.throws(() => sieved([welcome, bytes]), /no message/);
    });
  }

  test('a line without an end is no line', () => {
    assert.throws(() => sieved([Buffer.alloc(20_000, 'x')]), /no line/);
  });
});
