// Going on with a body that broke off, where an ETag proves that the rest is of the same version (RFC 9110 13.1.5, 14).
import type { ReceivedHeaders } from './headers.js';

/** What was begun: enough to ask for the rest, and to know it. */
export interface Begun {
  readonly etag: string;
  /** Bytes of the whole, where they were announced. */
  readonly length: number | undefined;
}

/** What an answer that goes on begins with, and where it has to end. */
export interface Rest {
  /** Bytes of this answer that are known already. */
  readonly known: number;
  /** Bytes of the whole; undefined where nobody has told. */
  readonly length: number | undefined;
}

/** Undefined where the rest cannot be asked for, or not proven: no GET, not the whole, no strong ETag. */
export function resumable(
  method: string,
  sent: Readonly<Record<string, unknown>>,
  status: number,
  headers: ReceivedHeaders,
): Begun | undefined {
  const etag = headers['etag'];
  const isWhole = method === 'GET' && status === 200 && !('range' in sent) && !('if-range' in sent);
  return isWhole && typeof etag === 'string' && /^"[^"]*"$/.test(etag)
    ? { etag, length: lengthOf(headers['content-length']) }
    : undefined;
}

/** The fields that ask for the rest after so many bytes. */
export function askForRest({ etag }: Begun, received: number): Record<string, string> {
  return { range: `bytes=${received}-`, 'if-range': etag };
}

/** Undefined where this answer is of another version, or not all of the rest: a server may send less of it (RFC 9110 15.3.7). */
export function restIn(
  { etag, length }: Begun,
  received: number,
  status: number,
  headers: ReceivedHeaders,
): Rest | undefined {
  if (headers['etag'] !== etag) {
    return undefined;
  }
  if (status === 206) {
    const [, first, last, total] = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(String(headers['content-range'] ?? '')) ?? [];
    const whole = total === '*' ? length : Number(total);
    const isRest = Number(first) === received && Number(last) + 1 === whole && whole === (length ?? whole);
    return isRest ? { known: 0, length: whole } : undefined;
  }
  // All of it once more.
  return status === 200 ? { known: received, length } : undefined;
}

function lengthOf(field: string | readonly string[] | undefined): number | undefined {
  return typeof field === 'string' ? Number(field) : undefined;
}
