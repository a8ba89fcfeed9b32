import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { Clock } from '../engine/index.js';
import type { Token } from './token.js';

export interface HandshakeOptions {
  readonly token: Token;
  readonly versions: readonly number[];
  readonly clock: Clock;
  random(bytes: number): Buffer;
  /** Milliseconds for all of it. */
  readonly limit: number;
}

/** What both sides know of each other when it is done. */
export interface Proven {
  readonly version: number;
  readonly term: number;
}

/** Why a side turns the other one away. It says so, and proves that it is who it says it is. */
export type Refusal = 'token' | 'version' | 'full';

export type HandshakeTrouble =
  /** The other side ended it. */
  | 'lost'
  /** The other side did not answer in time. */
  | 'timedOut'
  /** The other side said something else. */
  | 'garbage'
  /** The other side does not know the token. */
  | 'stranger'
  /** The other side has refused. */
  | Refusal;

export class HandshakeFailure extends Error {
  readonly trouble: HandshakeTrouble;
  /** What the other side speaks, where it has said so. */
  readonly versions: readonly number[];

  constructor(trouble: HandshakeTrouble, versions: readonly number[] = []) {
    super(`the handshake failed: ${trouble}`);
    this.trouble = trouble;
    this.versions = versions;
  }
}

/** Bytes that are read before the other side has proven anything. */
const most = 1024;
const nonceBytes = 32;
const newline = 0x0a;

/** The side that listens. Nothing may follow the other side's line: it does not know yet whether it is let in. */
export function receive(
  socket: Duplex,
  options: HandshakeOptions & { readonly term: number; readonly isFull: () => boolean },
): Promise<Proven> {
  const { token, term } = options;
  return converse(socket, options, async (lines) => {
    const nonce = options.random(nonceBytes).toString('hex');
    lines.write({ nonce });
    const answer = parseAnswer(await lines.read());
    if (!lines.isEmpty) {
      throw new HandshakeFailure('garbage');
    }
    const { versions } = answer;
    if (!isProof(answer.proof, token, ['client', nonce, answer.nonce, ...versions])) {
      lines.refuse({ refused: 'token' });
      throw new HandshakeFailure('stranger');
    }
    const version = Math.max(...options.versions.filter((each) => versions.includes(each)));
    const refused: Refusal | undefined = Number.isFinite(version) ? (options.isFull() ? 'full' : undefined) : 'version';
    if (refused !== undefined) {
      const proof = prove(token, ['refused', answer.nonce, nonce, refused, ...options.versions]);
      lines.refuse({ refused, versions: options.versions, proof });
      throw new HandshakeFailure(refused, versions);
    }
    lines.write({ version, term, proof: prove(token, ['server', answer.nonce, nonce, version, term]) });
    return { version, term };
  });
}

/** The side that connects. */
export function introduce(socket: Duplex, options: HandshakeOptions): Promise<Proven> {
  const { token, versions } = options;
  return converse(socket, options, async (lines) => {
    const theirs = nonceIn(fieldsOf(await lines.read()));
    const nonce = options.random(nonceBytes).toString('hex');
    lines.write({ versions, nonce, proof: prove(token, ['client', theirs, nonce, ...versions]) });
    const fields = fieldsOf(await lines.read());
    const { refused, proof } = fields;
    if (refused === 'token') {
      throw new HandshakeFailure('token');
    }
    if (refused === 'version' || refused === 'full') {
      const spoken = versionsIn(fields);
      const isMeant = isProof(proof, token, ['refused', nonce, theirs, refused, ...spoken]);
      throw new HandshakeFailure(isMeant ? refused : 'stranger', spoken);
    }
    const version = numberIn(fields['version']);
    const term = numberIn(fields['term']);
    if (!isProof(proof, token, ['server', nonce, theirs, version, term])) {
      throw new HandshakeFailure('stranger');
    }
    if (!versions.includes(version)) {
      throw new HandshakeFailure('garbage');
    }
    return { version, term };
  });
}

const prove = (token: Token, words: readonly (string | number)[]): string =>
  createHmac('sha256', token).update(JSON.stringify(words)).digest('hex');

function isProof(proof: unknown, token: Token, words: readonly (string | number)[]): boolean {
  const given = Buffer.from(typeof proof === 'string' ? proof : '');
  const right = Buffer.from(prove(token, words));
  return given.length === right.length && timingSafeEqual(given, right);
}

function fieldsOf(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new HandshakeFailure('garbage');
  }
  return value as Record<string, unknown>;
}

function nonceIn(fields: Record<string, unknown>): string {
  const nonce = fields['nonce'];
  if (typeof nonce !== 'string' || !/^[0-9a-f]{64}$/.test(nonce)) {
    throw new HandshakeFailure('garbage');
  }
  return nonce;
}

function numberIn(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value <= 0) {
    throw new HandshakeFailure('garbage');
  }
  return value;
}

function versionsIn(fields: Record<string, unknown>): readonly number[] {
  const versions = fields['versions'];
  if (!Array.isArray(versions) || versions.length === 0 || versions.length > 16) {
    throw new HandshakeFailure('garbage');
  }
  return versions.map(numberIn);
}

function parseAnswer(value: unknown) {
  const fields = fieldsOf(value);
  return { nonce: nonceIn(fields), versions: versionsIn(fields), proof: fields['proof'] };
}

/** The lines of a handshake that the other side sends, one JSON value each. */
class Lines {
  readonly #socket: Duplex;
  #bytes = Buffer.alloc(0);
  #read = 0;
  #wake: (() => void) | undefined;
  #failure: HandshakeFailure | undefined;
  hasRefused = false;
  readonly #onData = (chunk: Buffer) => {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    this.#socket.pause();
    this.#wake?.();
  };
  readonly #onClose = () => this.fail('lost');

  constructor(socket: Duplex) {
    this.#socket = socket;
    socket.on('data', this.#onData).on('close', this.#onClose).on('end', this.#onClose).on('error', this.#onClose);
    if (socket.destroyed) {
      this.fail('lost');
    }
  }

  get isEmpty(): boolean {
    return this.#bytes.length === 0;
  }

  fail(trouble: HandshakeTrouble): void {
    this.#failure ??= new HandshakeFailure(trouble);
    this.#wake?.();
  }

  async read(): Promise<unknown> {
    for (;;) {
      const end = this.#bytes.indexOf(newline);
      const length = end < 0 ? this.#bytes.length : end + 1;
      if (this.#read + length > most) {
        throw new HandshakeFailure('garbage');
      }
      if (end >= 0) {
        const line = this.#bytes.toString('utf8', 0, end);
        this.#bytes = this.#bytes.subarray(end + 1);
        this.#read += length;
        try {
          return JSON.parse(line) as unknown;
        } catch {
          throw new HandshakeFailure('garbage');
        }
      }
      if (this.#failure !== undefined) {
        throw this.#failure;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        this.#socket.resume();
      });
      this.#wake = undefined;
    }
  }

  write(value: unknown): void {
    this.#socket.write(`${JSON.stringify(value)}\n`);
  }

  /** Nothing more is said. */
  refuse(value: unknown): void {
    this.hasRefused = true;
    this.write(value);
  }

  /** What came behind the last line belongs to whoever reads on. */
  release(): void {
    this.#socket.off('data', this.#onData).off('close', this.#onClose).off('end', this.#onClose);
    this.#socket.off('error', this.#onClose);
    if (!this.isEmpty && !this.#socket.destroyed) {
      this.#socket.unshift(this.#bytes);
    }
  }
}

/** Leaves the socket paused when it goes well, and destroyed when it does not. */
async function converse<T>(
  socket: Duplex,
  { clock, limit }: HandshakeOptions,
  talk: (lines: Lines) => Promise<T>,
): Promise<T> {
  const lines = new Lines(socket);
  const timer = clock.setTimeout(() => lines.fail('timedOut'), limit);
  try {
    const result = await talk(lines);
    lines.release();
    return result;
  } catch (error) {
    // An error of the socket from now on is nobody's.
    socket.on('error', () => {});
    lines.release();
    if (lines.hasRefused) {
      socket.end(() => socket.destroy()); // The refusal still goes out.
    } else {
      socket.destroy();
    }
    throw error;
  } finally {
    timer.dispose();
  }
}
