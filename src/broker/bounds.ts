// What who sends has to keep to, apart from the parsers, which only who reads needs.

/** Letters (UTF-16) of everything that has no other bound. */
export const longestText = 255;

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
  text: longestText,
  /** Milliseconds. */
  linger: 86_400_000,
} as const;

/** Who it was, as a cause says it. Hostile text. */
export const nameOf = ({ product, window }: { readonly product: string; readonly window: string }): string =>
  [product, window].filter((part) => part !== '').join(': ');
