import { setMaxListeners } from 'node:events';
import type { Clock, NetworkInterface, SuitabilityTest, TestResult } from '../engine/index.js';
import type { MissingAddress } from '../http/index.js';
import { hostAndPort, parseSuitabilityTest } from '../shared/suitabilityTest.js';
import { leadsSomewhere } from './watchOnly.js';

/** Milliseconds that a test may take. */
const limit = 5_000;
/** Why a test did not pass, in words. */
class Unsuitable extends Error {}

/**
 * Runs a test over a link: what it sends comes from the link's addresses, and names are asked for at the link's own
 * servers, or the system's resolver where the link names none. Where the system has no source rules that is not enough
 * to keep it on the link: that is the work of `Routing.prepare`.
 *
 * Never rejects. Ends after 5 s by the clock, or when the signal aborts; nothing of it is left then.
 */
export async function runSuitabilityTest(
  test: SuitabilityTest,
  link: NetworkInterface,
  clock: Clock,
  signal: AbortSignal,
): Promise<TestResult> {
  const begin = clock.now();
  const ending = new AbortController();
  // Each of the addresses that are tried listens to it.
  setMaxListeners(0, ending.signal);
  const abort = () => ending.abort(new Unsuitable('aborted'));
  const timer = clock.setTimeout(() => ending.abort(new Unsuitable(`no answer within ${limit / 1000} s`)), limit);
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) {
    abort();
  }
  let detail: string | undefined;
  try {
    await Promise.race([ended(ending.signal), run(test, link, clock, ending.signal)]);
  } catch (error) {
    detail = reasonOf(error);
  } finally {
    timer.dispose();
    signal.removeEventListener('abort', abort);
    // Whatever is still open: the ways that came second, the body of an answer.
    ending.abort(new Unsuitable('ended'));
  }
  return Object.freeze({ test, passed: detail === undefined, milliseconds: clock.now() - begin, detail });
}

/** Rejects when the test is to end. */
function ended(ending: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    ending.throwIfAborted();
    ending.addEventListener('abort', () => reject(ending.reason), { once: true });
  });
}

async function run(test: SuitabilityTest, link: NetworkInterface, clock: Clock, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const parsed = parseSuitabilityTest(test);
  if (typeof parsed === 'string') {
    throw new Unsuitable(parsed);
  }
  // A file of its own in the extension, which only who is tested needs.
  const { bindingOf, connectOver, probe, resolveOver } = await import('../http/index.js');
  signal.throwIfAborted();
  const binding = bindingOf({ ...link, addresses: link.addresses.filter(leadsSomewhere) });
  if ('tcp' in parsed) {
    const target = hostAndPort(parsed.tcp);
    if (typeof target === 'string') {
      throw new Unsuitable(target);
    }
    await connectOver(binding, target.host, target.port, { signal, clock });
  } else if ('http' in parsed) {
    const { status, error } = await probe(parsed.http, binding, {
      expect: { status: 'any' },
      timeout: limit,
      signal,
      clock,
    });
    if (status === undefined) {
      throw error;
    }
    if (parsed.status === undefined ? status >= 400 : status !== parsed.status) {
      throw new Unsuitable(`status ${status} instead of ${parsed.status ?? 'one below 400'}`);
    }
  } else {
    await resolveOver(binding, parsed.dns, { signal, clock });
  }
}

const nameless = 'the name has no address';
const unanswered = 'the name servers did not answer';
const gone = 'the address of the link is gone';

/** What the system's codes mean to a person. */
const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was reset',
  ETIMEDOUT: 'no answer',
  EHOSTUNREACH: 'no way there',
  ENETUNREACH: 'no way there',
  EADDRNOTAVAIL: gone,
  EINVAL: gone,
  EACCES: 'not allowed by the system',
  EPERM: 'not allowed by the system',
  ENOTFOUND: nameless,
  ENODATA: nameless,
  ENONAME: nameless,
  EAI_AGAIN: unanswered,
  ETIMEOUT: unanswered,
  ESERVFAIL: 'the name servers failed',
  EREFUSED: 'the name servers refused',
  EFORMERR: 'the name servers gave no sensible answer',
  EBADRESP: 'the name servers gave no sensible answer',
  ERR_PROTOCOL: 'no HTTP answer',
  UND_ERR_HEADERS_OVERFLOW: 'no HTTP answer',
};

function reasonOf(error: unknown): string {
  if (error instanceof Unsuitable) {
    return error.message;
  }
  const facts: NodeJS.ErrnoException & { readonly missing?: MissingAddress } =
    error instanceof Error ? error : new Error();
  const { code, syscall, missing } = facts;
  if (missing !== undefined) {
    return `the link has no ${missing}`;
  }
  if (code === undefined) {
    return 'failed';
  }
  if (code === 'ECONNREFUSED' && syscall?.startsWith('query')) {
    return unanswered;
  }
  return reasons[code] ?? (/CERT|VERIFY/.test(code) ? `the certificate is not trusted (${code})` : code);
}
