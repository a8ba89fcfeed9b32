/**
 * What a service network wants to be proven of a new link before it is accepted: a connection to `host:port`, an answer
 * with this status (below 400 by default) to a GET of an `http:` or `https:` address, or an address for a name.
 */
export type SuitabilityTest =
  | { readonly tcp: string }
  | { readonly http: string; readonly status?: number }
  | { readonly dns: string };

/** Where a `tcp` test goes. */
export interface HostAndPort {
  /** A name or an address, an IPv6 one without its brackets. */
  readonly host: string;
  readonly port: number;
}

/** What is wrong with a test, as one plain English sentence. None repeats what was given: that is hostile text. */
export const suitabilityProblems = {
  kind: "A suitability test is an object with one of 'tcp', 'http' or 'dns', which is a text.",
  key: "A suitability test has 'tcp', 'http' with or without 'status', or 'dns', and nothing else.",
  tcp: "'tcp' needs a host and a port, like 'server.example:443' or '[2001:db8::1]:443'.",
  port: 'A port is a number from 1 to 65535.',
  http: "'http' needs a whole address that begins with http:// or https://.",
  credentials: "'http' must not contain a user name or password.",
  status: "'status' is a whole number from 200 to 599.",
  dns: "'dns' needs a name, like 'server.example', and not an address.",
  name: 'A name has letters, digits, hyphens, underscores and dots, at most 253, at most 63 between two dots.',
  length: 'An address has at most 2000 characters.',
  unseen: 'Spaces, control characters and characters that are not seen are not allowed.',
} as const;

export type SuitabilityProblem = (typeof suitabilityProblems)[keyof typeof suitabilityProblems];

const longestAddress = 2000;
/** Control, format, unassigned and private characters, halves of surrogate pairs, and every kind of space. */
const unseen = /[\p{C}\p{Z}]/u;
const ipv4 = /^\d{1,3}(?:\.\d{1,3}){3}$/;

/** Parses what stands in settings, commands or tasks. Never throws; a text says what is wrong. */
export function parseSuitabilityTest(value: unknown): SuitabilityTest | SuitabilityProblem {
  try {
    return parse(value);
  } catch {
    // Whoever made it does not want it to be read.
    return suitabilityProblems.kind;
  }
}

function parse(value: unknown): SuitabilityTest | SuitabilityProblem {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return suitabilityProblems.kind;
  }
  const given = new Map<string, unknown>(Object.entries(value));
  // In settings, what is undefined is not there.
  for (const [key, each] of given) {
    if (each === undefined) {
      given.delete(key);
    }
  }
  const kinds = ['tcp', 'http', 'dns'].filter((kind) => given.has(kind));
  const [kind = ''] = kinds;
  const text = given.get(kind);
  if (kinds.length !== 1 || typeof text !== 'string') {
    return suitabilityProblems.kind;
  }
  if (given.size > (kind === 'http' && given.has('status') ? 2 : 1)) {
    return suitabilityProblems.key;
  }
  if (text.length > longestAddress) {
    return suitabilityProblems.length;
  }
  if (unseen.test(text)) {
    return suitabilityProblems.unseen;
  }
  switch (kind) {
    case 'tcp':
      return parseTcp(text);
    case 'http':
      return parseHttp(text, given.get('status'));
    default:
      return parseDns(text);
  }
}

function parseTcp(tcp: string): SuitabilityTest | SuitabilityProblem {
  const target = hostAndPort(tcp);
  return typeof target === 'string' ? target : Object.freeze({ tcp });
}

/** The parts of a `tcp` test, or what is wrong with it. */
export function hostAndPort(tcp: string): HostAndPort | SuitabilityProblem {
  const [, address, name, digits = ''] = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]+)):(\d+)$/i.exec(tcp) ?? [];
  const host = address ?? name;
  if (host === undefined || (address !== undefined && urlOf(`http://[${address}]/`) === undefined)) {
    return suitabilityProblems.tcp;
  }
  const port = Number(digits);
  if (port < 1 || port > 65535) {
    return suitabilityProblems.port;
  }
  if (name === undefined) {
    return { host, port };
  }
  const asked = askedFor(name);
  // What ends in a number is an address to the system, '127.1' too.
  return problemOf(name) ?? { host: ipv4.test(asked) ? asked : name, port };
}

function parseHttp(http: string, status: unknown): SuitabilityTest | SuitabilityProblem {
  if (/^https?:\/\/[^/?#\\]*@/i.test(http)) {
    return suitabilityProblems.credentials;
  }
  const [, port = '1'] = /^https?:\/\/[^/?#\\]*:(\d+)(?:[/?#\\]|$)/i.exec(http) ?? [];
  if (Number(port) < 1 || Number(port) > 65535) {
    return suitabilityProblems.port;
  }
  const url = /^https?:\/\/[^/\\?#]/i.test(http) ? urlOf(http) : undefined;
  if (url === undefined) {
    return suitabilityProblems.http;
  }
  const problem = url.hostname.startsWith('[') ? undefined : problemOf(url.hostname);
  if (problem !== undefined) {
    return problem;
  }
  if (status === undefined) {
    return Object.freeze({ http });
  }
  return typeof status === 'number' && Number.isInteger(status) && status >= 200 && status <= 599
    ? Object.freeze({ http, status })
    : suitabilityProblems.status;
}

function parseDns(dns: string): SuitabilityTest | SuitabilityProblem {
  if (dns === '' || dns.includes(':') || ipv4.test(dns) || ipv4.test(askedFor(dns))) {
    return suitabilityProblems.dns;
  }
  return problemOf(dns) ?? Object.freeze({ dns });
}

/** What is wrong with a name or an IPv4 address. */
function problemOf(name: string): SuitabilityProblem | undefined {
  const asked = askedFor(name);
  // A dot at the end says that the name is whole.
  const labels = name.replace(/\.$/, '').split('.');
  const isName =
    asked !== '' &&
    Math.max(name.length, asked.length) <= 253 &&
    labels.every(isLabel) &&
    asked.split('.').every((label) => label.length <= 63);
  return isName ? undefined : suitabilityProblems.name;
}

/** The name as it is asked for: letters beyond ASCII are spelt, and become longer. '' when it cannot be. */
function askedFor(name: string): string {
  return urlOf(`http://${name}/`)?.hostname ?? '';
}

function isLabel(label: string): boolean {
  return label.length <= 63 && /^[\p{L}\p{M}\p{N}_-]+$/u.test(label);
}

function urlOf(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
