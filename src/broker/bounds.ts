import type { ClientInfo, SessionDetail } from './messages.js';

// What who sends has to keep to, apart from the parsers, which only who reads needs.

/** What one message, one client and all of them may have. Beyond it: {@link OutOfBounds}, and that peer alone is dropped. */
export const bounds = {
  /** Bytes. */
  message: 65_536,
  clients: 64,
  holdsOfClient: 256,
  /** Those of a client that wait for an answer. */
  requestsOfClient: 1024,
  claims: 512,
  sessionsOfHold: 64,
  /** Letters (UTF-16), of what a person reads of a client and of everything else. */
  infoText: 200,
  text: 255,
  /** Milliseconds. */
  linger: 86_400_000,
} as const;

/** Who it was, as a cause says it. Hostile text. */
export const nameOf = ({ product, window }: ClientInfo): string =>
  [product, window].filter((part) => part !== '').join(': ');

/** A text that is not too long to be sent. */
export const clipped = (text: string, limit: number = bounds.text): string => text.slice(0, limit);

/** The sessions that are told of: the newest. */
export const newest = (sessions: readonly SessionDetail[], limit: number = bounds.sessionsOfHold) =>
  sessions.length <= limit
    ? sessions
    : sessions.toSorted((one, other) => one.since - other.since).slice(sessions.length - limit);
