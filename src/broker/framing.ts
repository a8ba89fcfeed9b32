import type { Duplex } from 'node:stream';
import { AbstractMessageReader, AbstractMessageWriter, type DataCallback, type Message } from 'vscode-jsonrpc/node';
import type { Disposable } from '../engine/index.js';
import { bounds } from './messages.js';

const largestHeader = 1024;
const endOfHeader = Buffer.from('\r\n\r\n');

/** Cuts a stream into messages, each with a header that tells its length in bytes. Keeps no more than one of them. */
export class Frames {
  #header = Buffer.alloc(0);
  #body: Buffer | undefined;
  #filled = 0;

  /** Hands on each message that is whole. Throws for what is no message, or a larger one. */
  add(chunk: Buffer, take: (body: Buffer) => void): void {
    let rest = chunk;
    while (rest.length > 0) {
      rest = this.#body === undefined ? this.#addToHeader(rest) : rest.subarray(this.#addToBody(this.#body, rest));
      if (this.#body !== undefined && this.#filled === this.#body.length) {
        const body = this.#body;
        this.#body = undefined;
        take(body);
      }
    }
  }

  #addToHeader(chunk: Buffer): Buffer {
    const before = this.#header.length;
    const header = Buffer.concat([this.#header, chunk.subarray(0, largestHeader - before)]);
    const end = header.indexOf(endOfHeader);
    if (end < 0) {
      if (header.length >= largestHeader) {
        throw new Error('a header is too long');
      }
      this.#header = header;
      return chunk.subarray(header.length - before);
    }
    const length = lengthIn(header.toString('latin1', 0, end));
    this.#header = Buffer.alloc(0);
    this.#body = Buffer.allocUnsafe(length);
    this.#filled = 0;
    return chunk.subarray(end + endOfHeader.length - before);
  }

  #addToBody(body: Buffer, chunk: Buffer): number {
    const taken = chunk.copy(body, this.#filled, 0, body.length - this.#filled);
    this.#filled += taken;
    return taken;
  }
}

function lengthIn(header: string): number {
  const [, digits] = /^Content-Length: ([1-9]\d{0,9})$/.exec(header) ?? [];
  if (digits === undefined) {
    throw new Error('a header is not one of ours');
  }
  const length = Number(digits);
  if (length > bounds.message) {
    throw new Error('a message is too large');
  }
  return length;
}

/** Reads what is whole and well-formed. `check` throws for what the other side may not say, and the first fault ends it all. */
export class FrameReader extends AbstractMessageReader {
  readonly #socket: Duplex;
  readonly #check: (message: unknown) => Message;
  readonly #onFault: (fault: Error) => void;

  constructor(socket: Duplex, check: (message: unknown) => Message, onFault: (fault: Error) => void) {
    super();
    this.#socket = socket;
    this.#check = check;
    this.#onFault = onFault;
  }

  listen(callback: DataCallback): Disposable {
    const frames = new Frames();
    const onData = (chunk: Buffer) => {
      try {
        frames.add(chunk, (body) => callback(this.#check(JSON.parse(body.toString('utf8')))));
      } catch (error) {
        stop();
        this.#onFault(error instanceof SyntaxError ? new Error('a message is no JSON') : (error as Error));
      }
    };
    const stop = () => this.#socket.off('data', onData);
    this.#socket.on('data', onData).resume();
    return { dispose: stop };
  }
}

/** Writes at once; what is too large is not written, and rejects. Tells of each that is written, and the number of a request. */
export class FrameWriter extends AbstractMessageWriter {
  readonly #socket: Duplex;
  readonly #written: (request: number | undefined) => void;

  constructor(socket: Duplex, written: (request: number | undefined) => void) {
    super();
    this.#socket = socket;
    this.#written = written;
  }

  async write(message: Message): Promise<void> {
    const frame = frameOf(message);
    if (frame === undefined) {
      throw new Error('the message is too large');
    }
    this.#socket.write(frame);
    const isRequest = 'method' in message && 'id' in message && typeof message.id === 'number';
    this.#written(isRequest ? (message.id as number) : undefined);
  }

  end(): void {}
}

/** Undefined for what is too large. */
export function frameOf(message: unknown): Buffer | undefined {
  const body = Buffer.from(JSON.stringify(message));
  return body.length > bounds.message
    ? undefined
    : Buffer.concat([Buffer.from(`Content-Length: ${body.length}\r\n\r\n`), body]);
}
