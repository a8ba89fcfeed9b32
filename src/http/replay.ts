// Whether a request that failed is sent again. All rules are here (RFC 9110 9.2.2).
import { codeOf, HttpAbortedError, HttpTimeoutError } from './errors.js';

/** The link is going or gone: its network session will tell soon, or has told. */
const linkCodes: ReadonlySet<string> = new Set([
  'ENETDOWN',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'EADDRNOTAVAIL',
]);
/** A connection that stood has broken. */
const brokenCodes: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'UND_ERR_SOCKET']);

export type Trouble = 'link' | 'broken' | 'final';

/** What an error says about the way. */
export function troubleOf(error: Error): Trouble {
  if (error instanceof HttpTimeoutError || error instanceof HttpAbortedError) {
    return 'final';
  }
  const code = codeOf(error);
  return linkCodes.has(code) ? 'link' : brokenCodes.has(code) ? 'broken' : 'final';
}

/** Bytes of a body that go out in one write together with the head. */
const oneWrite = 16 * 1024;

/**
 * The system has refused the one write that a request is: nothing of it has left, whatever its method (POCO's reconnect at
 * the first write).
 */
export function isRefusedWrite(error: Error, { isStream, size }: { isStream: boolean; size: number }): boolean {
  const { syscall } = error as NodeJS.ErrnoException;
  return syscall === 'write' && brokenCodes.has(codeOf(error)) && !isStream && size <= oneWrite;
}

/** What is known of a request when it fails. */
export interface Attempted {
  readonly trouble: Trouble;
  /** The session follows a network session, so that another link may come. */
  readonly isFollowing: boolean;
  /** It was not given to a connection at all: nobody can have executed it. */
  readonly isUnsent: boolean;
  /** Its method, or its caller, says that it may be executed twice. */
  readonly isIdempotent: boolean;
  /** Its body is a stream that was begun. */
  readonly isBodyUsed: boolean;
  /** The caller has its head: only the rest of the same version will do. */
  readonly hasHead: boolean;
  /** The rest can be asked for, and proven to be of the same version. */
  readonly isResumable: boolean;
  /** How often it was sent again, and how often over the present link. */
  readonly replays: number;
  readonly replaysOnLink: number;
  /** How often it was tried over the link that it has failed on. */
  readonly attemptsOnLink: number;
  readonly maxAttempts: number;
}

/**
 * `now`: again, over the link that there is or comes. `afterChange`: the link is going, and whoever watches it has not
 * told yet: when it changes, or a little later. `no`: the caller is told.
 */
export type ReplayDecision = 'now' | 'afterChange' | 'no';

export function decide(request: Attempted): ReplayDecision {
  const { trouble, isFollowing, isUnsent, isIdempotent, isBodyUsed, hasHead, isResumable } = request;
  // A failed automatic retry is not retried, but over another link it is another way; and what was not sent was not retried:
  // right after a loss, routes may still lead to the link that is lost.
  const isRetried = isUnsent ? request.attemptsOnLink >= 2 : request.replaysOnLink >= 1;
  const isSpent = request.replays >= request.maxAttempts || isRetried;
  // Without a network session nothing tells of another link: the same way would fail the same.
  const isHopeless = trouble === 'final' || (trouble === 'link' && !isFollowing);
  const mayRepeat = isUnsent || isIdempotent;
  if (isSpent || isHopeless || !mayRepeat || isBodyUsed || (hasHead && !isResumable)) {
    return 'no';
  }
  return trouble === 'link' && isFollowing ? 'afterChange' : 'now';
}
