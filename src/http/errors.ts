// What can go wrong beside what the system and the parser say: those errors (ECONNREFUSED, ECONNRESET, UND_ERR_...)
// are passed on as they are.

/** Facts that an error of a session may carry. */
export interface HttpErrorFacts {
  /** What the system or the peer said. */
  readonly cause?: unknown;
  /** Name of the interface that it happened on. */
  readonly link?: string | undefined;
}

/** An error of an HTTP session; `code` tells them apart, `link` names the interface where there was one. */
export class HttpError extends Error {
  override readonly name: string = 'HttpError';
  readonly code: string;
  readonly link: string | undefined;

  constructor(code: string, message: string, { cause, link }: HttpErrorFacts = {}) {
    super(message, cause === undefined ? {} : { cause });
    this.code = code;
    this.link = link;
  }
}

/** ENETDOWN: the link went while a request was out that may have been executed and must not be sent twice (RFC 9110 9.2.2). */
export class NetworkLostError extends HttpError {
  override readonly name: string = 'NetworkLostError';
  constructor(facts?: HttpErrorFacts) {
    super('ENETDOWN', 'The network session has lost its link.', facts);
  }
}

/** ERR_NETWORK_UNAVAILABLE: no link came in time, or too many requests wait for one. Final: never sent again. */
export class NetworkUnavailableError extends HttpError {
  override readonly name: string = 'NetworkUnavailableError';
  constructor(why: string, facts?: HttpErrorFacts) {
    super('ERR_NETWORK_UNAVAILABLE', why, facts);
  }
}

/** What a link has no address for: anything, a family, or to ask its name servers from. */
export type MissingAddress =
  | 'address'
  | 'IPv4 address'
  | 'IPv6 address'
  | 'address from which its name servers could be asked';

/** EADDRNOTAVAIL: the link has no address from which that could be done; nothing was sent. */
export class NoAddressError extends HttpError {
  override readonly name: string = 'NoAddressError';
  readonly missing: MissingAddress;

  constructor(missing: MissingAddress, facts?: HttpErrorFacts) {
    super('EADDRNOTAVAIL', `${facts?.link ?? 'The system'} has no ${missing}.`, facts);
    this.missing = missing;
  }
}

/** What a time-out was for: a connection, the next bytes of an answer, or a request as a whole. */
export type TimeoutPhase = 'connect' | 'receive' | 'request';

/** ETIMEDOUT. POCO's TimeoutException; `phase` tells which of the times is over. */
export class HttpTimeoutError extends HttpError {
  override readonly name: string = 'TimeoutError';
  readonly phase: TimeoutPhase;

  constructor(phase: TimeoutPhase, milliseconds: number, facts?: HttpErrorFacts) {
    super('ETIMEDOUT', `${timeoutTexts[phase]} within ${milliseconds} ms.`, facts);
    this.phase = phase;
  }
}

const timeoutTexts: Readonly<Record<TimeoutPhase, string>> = {
  connect: 'There was no connection',
  receive: 'Nothing was received',
  request: 'The request was not answered',
};

/** ECONNABORTED: `reset()`, `abort()` or `dispose()` ended it, or a body was given up before its end. */
export class HttpAbortedError extends HttpError {
  override readonly name: string = 'AbortError';
  constructor(why: string, facts?: HttpErrorFacts) {
    super('ECONNABORTED', why, facts);
  }
}

/** ERR_SESSION_CLOSED: the session was closed before. */
export class HttpSessionClosedError extends HttpError {
  override readonly name: string = 'HttpSessionClosedError';
  constructor() {
    super('ERR_SESSION_CLOSED', 'The HTTP session is closed.');
  }
}

/**
 * ERR_BODY_UNREAD: nobody has begun to read a long body while others waited behind it, or within the receive time-out: its
 * connection was given up (RFC 9112 9.3).
 */
export class BodyUnreadError extends HttpError {
  override readonly name: string = 'BodyUnreadError';
  constructor() {
    super('ERR_BODY_UNREAD', 'Nobody has read the body, and its connection was given up.');
  }
}

/** ERR_BODY_TOO_LARGE: more bytes than the caller wants to have in memory. */
export class BodyTooLargeError extends HttpError {
  override readonly name: string = 'BodyTooLargeError';
  constructor(limit: number) {
    super('ERR_BODY_TOO_LARGE', `The body has more than ${limit} bytes.`);
  }
}

/** ERR_PROTOCOL: what the peer sent is not HTTP, POCO's MessageException; `cause` is what the parser said, where it was the parser. */
export class HttpProtocolError extends HttpError {
  override readonly name: string = 'HttpProtocolError';
  constructor(why: string, facts?: HttpErrorFacts) {
    super('ERR_PROTOCOL', why, facts);
  }
}

/**
 * What an engine threw, where its parser did not understand, as one error: undici's has no code, Node's has many. Where
 * we have made it fail, with the reason for that.
 */
export function protocolErrorOf(error: Error, refusal: Error | undefined, link: string | undefined): Error {
  if (error.name !== 'HTTPParserError' && !codeOf(error).startsWith('HPE_')) {
    return error;
  }
  return refusal === undefined || refusal instanceof HttpProtocolError
    ? new HttpProtocolError(refusal?.message ?? `The answer is malformed: ${error.message}.`, { cause: error, link })
    : refusal;
}

/** ERR_PROXY: the proxy did not make a tunnel; `status` is its answer. */
export class ProxyError extends HttpError {
  override readonly name: string = 'ProxyError';
  readonly status: number;

  constructor(status: number) {
    super('ERR_PROXY', `The proxy answered ${status} to CONNECT.`);
    this.status = status;
  }
}

/** ERR_UPGRADE_REFUSED: the answer to an upgrade or CONNECT was no switch; `status` is what it was. */
export class UpgradeRefusedError extends HttpError {
  override readonly name: string = 'UpgradeRefusedError';
  readonly status: number;

  constructor(status: number) {
    super('ERR_UPGRADE_REFUSED', `The server answered ${status} and keeps to HTTP.`);
    this.status = status;
  }
}

/** An error with the system's codes. */
export function systemError(code: string, message: string): NodeJS.ErrnoException {
  return Object.assign(new Error(message), { code });
}

/** The code of anything that was thrown; '' where it has none. */
export function codeOf(error: unknown): string {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === 'string' ? code : '';
}

/** Anything that was thrown, as an error. */
export function errorOf(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
