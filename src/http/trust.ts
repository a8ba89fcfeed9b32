// Whom to trust. Reading hundreds of certificates takes tens of milliseconds in which nothing else runs, so it is done once.
import {
  type ConnectionOptions,
  createSecureContext,
  getCACertificates,
  rootCertificates,
  type SecureContext,
} from 'node:tls';

/** Options of a connection that are none of its context's. */
const besideContext: ReadonlySet<string> = new Set([
  'ALPNProtocols',
  'checkServerIdentity',
  'rejectUnauthorized',
  'servername',
  'session',
]);

interface Known {
  readonly authorities: readonly string[];
  readonly context: SecureContext;
}

/** By the options that are more than everybody's. */
const contexts = new WeakMap<ConnectionOptions, Known>();
const everybodys: ConnectionOptions = {};
const everybodysWithoutSystem: ConnectionOptions = {};

/** What a connection needs of these options; where they say nothing of authorities, {@link trustedAuthorities}. */
export function trusting(tls: ConnectionOptions, system: boolean): ConnectionOptions {
  if (tls.ca !== undefined || tls.secureContext !== undefined) {
    return tls;
  }
  const common = system ? everybodys : everybodysWithoutSystem;
  const key = Object.keys(tls).every((name) => besideContext.has(name)) ? common : tls;
  const authorities = trustedAuthorities(system);
  let known = contexts.get(key);
  if (known === undefined || !isSame(known.authorities, authorities)) {
    known = { authorities, context: createSecureContext({ ...key, ca: authorities }) };
    contexts.set(key, known);
  }
  return { ...tls, secureContext: known.context };
}

/** Node's own list, and with `system` what the machine's administrator trusts where this Node can tell (22.15 and later). */
function trustedAuthorities(system: boolean): string[] {
  const more = typeof getCACertificates === 'function' ? getCACertificates : () => [];
  return [...new Set([...rootCertificates, ...more('extra'), ...(system ? more('system') : [])])];
}

function isSame(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((each, index) => each === others[index]);
}
