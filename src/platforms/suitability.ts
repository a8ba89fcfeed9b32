import { lookup, Resolver } from 'node:dns/promises';
import { setMaxListeners } from 'node:events';
import { ClientRequest } from 'node:http';
import { isIP, Socket } from 'node:net';
import { connect as connectTls, getCACertificates, rootCertificates, type TLSSocket } from 'node:tls';
import type { Clock, NetworkInterface, SuitabilityTest, TestResult } from '../engine/index.js';
import { hostAndPort, parseSuitabilityTest } from '../shared/suitabilityTest.js';
import { leadsSomewhere } from './watchOnly.js';

/** Milliseconds that a test may take. */
const limit = 5_000;
/** Milliseconds after which a name server is asked again, and how often: a lost packet is not a lost test. */
const patience = { timeout: 1_200, tries: 4 };
/** So many addresses of a name are tried, all at once. */
const mostAddresses = 4;

type Family = 4 | 6;

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
    await Promise.race([ended(ending.signal), run(test, link, ending.signal)]);
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
  return new Promise((_, reject) => whenEnded(ending, () => reject(ending.reason)));
}

function whenEnded(ending: AbortSignal, end: () => void): void {
  if (ending.aborted) {
    end();
  } else {
    ending.addEventListener('abort', end, { once: true });
  }
}

async function run(test: SuitabilityTest, link: NetworkInterface, ending: AbortSignal): Promise<void> {
  ending.throwIfAborted();
  const parsed = parseSuitabilityTest(test);
  if (typeof parsed === 'string') {
    throw new Unsuitable(parsed);
  }
  if ('tcp' in parsed) {
    const target = hostAndPort(parsed.tcp);
    if (typeof target === 'string') {
      throw new Unsuitable(target);
    }
    await connect(target.host, target.port, link, ending);
  } else if ('http' in parsed) {
    await get(new URL(parsed.http), parsed.status, link, ending);
  } else {
    const families: readonly Family[] = [4, 6];
    await firstOf(families.map((family) => resolve(parsed.dns, family, link, ending)));
  }
}

/** A connection from the link: by IPv4 and IPv6 at once, whichever is there first. */
function connect(host: string, port: number, link: NetworkInterface, ending: AbortSignal): Promise<Socket> {
  const given = isIP(host);
  const families = ([6, 4] as const).filter(
    (family) => (given === 0 || given === family) && localAddress(link, family) !== undefined,
  );
  if (families.length === 0) {
    const kind = given === 0 ? 'address' : `IPv${given} address`;
    return Promise.reject(new Unsuitable(`the link has no ${kind}`));
  }
  return firstOf(
    families.map(async (family) => {
      const addresses = given === 0 ? await resolve(host, family, link, ending) : [host];
      return firstOf(
        addresses.slice(0, mostAddresses).map((address) => connectTo(address, port, family, link, ending)),
      );
    }),
  );
}

function connectTo(
  host: string,
  port: number,
  family: Family,
  link: NetworkInterface,
  ending: AbortSignal,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    ending.throwIfAborted();
    // Not net.connect: editors put theirs in its place.
    const socket = new Socket();
    whenEnded(ending, () => socket.destroy());
    // It stays: a connection that is reset later must not end the process.
    socket.on('error', reject);
    socket.once('connect', () => resolve(socket));
    const from = localAddress(link, family, host);
    socket.connect({ host, port, family, ...(from === undefined ? {} : { localAddress: from }) });
  });
}

/** The address of the link to send from. */
function localAddress({ addresses }: NetworkInterface, family: Family, target = ''): string | undefined {
  const own = addresses.filter((address) => isIP(address) === family && leadsSomewhere(address));
  // A site's own IPv6 addresses and the world's do not reach each other.
  return own.find((address) => isOfSite(address) === isOfSite(target)) ?? own[0];
}

function isOfSite(address: string): boolean {
  return /^f[cd]/i.test(address);
}

/** The addresses of a name as the link's servers know them; never none. */
async function resolve(
  name: string,
  family: Family,
  link: NetworkInterface,
  ending: AbortSignal,
): Promise<readonly string[]> {
  ending.throwIfAborted();
  if (link.dnsServers.length === 0) {
    // This cannot be ended early; who waits is not kept by it.
    return (await lookup(name, { family, all: true })).map(({ address }) => address);
  }
  const resolver = new Resolver(patience);
  whenEnded(ending, () => resolver.cancel());
  bind(resolver, link);
  const addresses = await (family === 4 ? resolver.resolve4(name) : resolver.resolve6(name));
  if (addresses.length === 0) {
    throw new Unsuitable(nameless);
  }
  return addresses;
}

function bind(resolver: Resolver, link: NetworkInterface): void {
  // A server of a family in which the link has no address could only be asked by another link.
  const own = ([4, 6] as const).map((family) => localAddress(link, family)).filter((address) => address !== undefined);
  const servers = link.dnsServers.filter((server) => own.some((address) => isIP(address) === familyOf(server)));
  if (servers.length === 0) {
    throw new Unsuitable('the link has no address from which its name servers could be asked');
  }
  const [first = '', second] = own;
  resolver.setServers(servers);
  resolver.setLocalAddress(first, second);
}

/** Of `192.0.2.1`, `192.0.2.1:53`, `2001:db8::1`, `[2001:db8::1]:53`; 0 for anything else. */
function familyOf(server: string): number {
  return isIP(server) || isIP(/^\[?([^\]]+?)\]?:\d+$/.exec(server)?.[1] ?? '');
}

async function get(url: URL, status: number | undefined, link: NetworkInterface, ending: AbortSignal): Promise<void> {
  const isSecure = url.protocol === 'https:';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const socket = await connect(host, Number(url.port || (isSecure ? 443 : 80)), link, ending);
  const channel = isSecure ? await secure(socket, host, ending) : socket;
  const answered = await answerOf(url, channel, ending);
  if (status === undefined ? answered >= 400 : answered !== status) {
    throw new Unsuitable(`status ${answered} instead of ${status ?? 'one below 400'}`);
  }
}

function secure(socket: Socket, host: string, ending: AbortSignal): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    ending.throwIfAborted();
    // A dot at the end of a name is not part of what a certificate is for.
    const name = host.replace(/\.$/, '');
    const channel = connectTls({
      socket,
      host: name,
      servername: isIP(name) === 0 ? name : '',
      ALPNProtocols: ['http/1.1'],
      // What the machine's administrator trusts counts too, where this Node can tell.
      ...(typeof getCACertificates === 'function'
        ? { ca: [...rootCertificates, ...getCACertificates('extra'), ...getCACertificates('system')] }
        : {}),
    });
    whenEnded(ending, () => channel.destroy());
    channel.on('error', reject);
    channel.once('close', () => reject(new Unsuitable('closed before it was secured')));
    channel.once('secureConnect', () => resolve(channel));
  });
}

/** The status of the answer to a GET. Nothing is followed, the body is not read. */
function answerOf(url: URL, channel: Socket, ending: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    ending.throwIfAborted();
    // Not http.request: editors send it through their proxy, and so by another link.
    const request = new ClientRequest({
      method: 'GET',
      path: url.pathname + url.search,
      headers: { Host: url.host, Accept: '*/*', 'Cache-Control': 'no-cache' },
      createConnection: () => channel,
    });
    whenEnded(ending, () => request.destroy());
    request.on('error', reject);
    request.once('response', (response) => {
      resolve(response.statusCode ?? 0);
      response.on('error', () => {});
      request.destroy();
    });
    request.once('upgrade', (response, stream) => {
      resolve(response.statusCode ?? 0);
      stream.destroy();
    });
    request.end();
  });
}

/** The first that succeeds; otherwise the failure that tells most. */
async function firstOf<T>(ways: readonly Promise<T>[]): Promise<T> {
  try {
    return await Promise.any(ways);
  } catch (error) {
    const failures: readonly unknown[] = error instanceof AggregateError ? error.errors : [error];
    // That a name has no address of the other kind says little beside a connection that was refused.
    throw failures.find((failure) => reasonOf(failure) !== nameless) ?? failures[0];
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
};

function reasonOf(error: unknown): string {
  if (error instanceof Unsuitable) {
    return error.message;
  }
  const { code, syscall }: NodeJS.ErrnoException = error instanceof Error ? error : new Error();
  if (code === undefined) {
    return 'failed';
  }
  if (code === 'ECONNREFUSED' && syscall?.startsWith('query')) {
    return unanswered;
  }
  if (code.startsWith('HPE_')) {
    return `no HTTP answer (${code})`;
  }
  return reasons[code] ?? (/CERT|VERIFY/.test(code) ? `the certificate is not trusted (${code})` : code);
}
