// Header fields. Not the global Headers: its first use loads Node's own fetch, which sets a dispatcher for the whole process.

/** What callers may give: a record, or pairs such as those of a `Headers` or `Map`. */
export type HttpHeadersInit =
  | Readonly<Record<string, string | number | readonly string[] | undefined>>
  | Iterable<readonly [string, string]>;

/** Fields as they are sent, each name once. */
export type SentHeaders = Record<string, string | string[]>;

/** Received fields by lower-cased name. */
export type ReceivedHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Received header fields; names in any case. Reads like the `Headers` of fetch. */
export class HttpHeaders implements Iterable<[string, string]> {
  readonly #fields: ReceivedHeaders;

  constructor(fields: ReceivedHeaders) {
    this.#fields = fields;
  }

  /** The value, several joined by a comma and a space; null where there is none. */
  get(name: string): string | null {
    const value = this.#value(name.toLowerCase());
    return value === undefined ? null : typeof value === 'string' ? value : value.join(', ');
  }

  has(name: string): boolean {
    return this.#value(name.toLowerCase()) !== undefined;
  }

  /** Each value of `set-cookie`, which cannot be joined (RFC 9110 5.3). */
  getSetCookie(): string[] {
    const value = this.#value('set-cookie');
    return value === undefined ? [] : typeof value === 'string' ? [value] : [...value];
  }

  *[Symbol.iterator](): IterableIterator<[string, string]> {
    for (const name of Object.keys(this.#fields)) {
      const value = this.get(name);
      if (value !== null) {
        yield [name, value];
      }
    }
  }

  #value(name: string): string | readonly string[] | undefined {
    return Object.hasOwn(this.#fields, name) ? this.#fields[name] : undefined;
  }
}

/** What says how far a message goes and what becomes of its connection, which the session decides (RFC 9110 7.6.1, RFC 9112 6). */
const ofTheConnection: Readonly<Record<string, (value: string | string[]) => boolean>> = {
  'transfer-encoding': () => false,
  'keep-alive': () => false,
  'proxy-connection': () => false,
  upgrade: () => false,
  expect: () => false,
  connection: (value) => typeof value === 'string' && /^(?:close|keep-alive)$/i.test(value),
  // Two of them, or one that is read in two ways, make one request out of two, or two out of one.
  'content-length': (value) => typeof value === 'string' && /^\d+$/.test(value),
  host: (value) => typeof value === 'string',
};

/**
 * The fields with lower-cased names, those of the same name together. Throws TypeError for those that are the session's own.
 * Whether the others are well formed is checked when they are sent.
 */
export function sentHeaders(init: HttpHeadersInit | undefined): SentHeaders {
  const fields: SentHeaders = {};
  if (init === undefined) {
    return fields;
  }
  if (typeof init !== 'object' || init === null) {
    throw new TypeError('Headers are an object, or pairs of a name and a value.');
  }
  const pairs: Iterable<readonly [string, unknown]> = Symbol.iterator in init ? init : Object.entries(init);
  for (const [name, value] of pairs) {
    if (typeof name !== 'string') {
      throw new TypeError('The name of a header is a text.');
    }
    for (const each of Array.isArray(value) ? value : [value]) {
      add(fields, name.toLowerCase(), each);
    }
  }
  for (const [name, isAllowed] of Object.entries(ofTheConnection)) {
    const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (value !== undefined && !isAllowed(value)) {
      throw new TypeError(`The header ${JSON.stringify(name)} cannot be that: it is for the session to say.`);
    }
  }
  return fields;
}

function add(fields: SentHeaders, name: string, value: unknown): void {
  if (value === undefined) {
    return;
  }
  if (typeof value !== 'string' && typeof value !== 'number') {
    throw new TypeError(`The header ${JSON.stringify(name)} is not a text.`);
  }
  addField(fields, name, value);
}

/** Adds a value to those of a name in small letters. */
export function addField(fields: SentHeaders, name: string, value: string | number): void {
  const known = Object.hasOwn(fields, name) ? fields[name] : undefined;
  const next = known === undefined ? String(value) : [...(typeof known === 'string' ? [known] : known), String(value)];
  // An own property whatever its name, '__proto__' too.
  Object.defineProperty(fields, name, { value: next, enumerable: true, configurable: true, writable: true });
}
