// From the name of a host to the addresses that a link can connect to.
import { lookup, Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Clock, Disposable } from '../engine/index.js';
import { errorOf, NoAddressError, systemError } from './errors.js';
import { type Family, localAddress, type NetworkBinding } from './network.js';

/** Somewhere to connect to, and the address to leave from. */
export interface Target {
  readonly address: string;
  readonly family: Family;
  readonly localAddress: string | undefined;
}

/** Milliseconds after which a name server is asked again, and how often. */
const patience = { timeout: 1_200, tries: 4 };
/**
 * Milliseconds that the addresses of the other family are waited for, once there are some of one: for IPv6 as RFC 8305 3 says,
 * for IPv4 longer, without which nothing is left where IPv6 leads nowhere.
 */
const patienceAfter: Readonly<Record<Family, number>> = { 4: 50, 6: 500 };
/** So many addresses of a name are tried. */
const mostTargets = 8;

/**
 * The addresses of a host, IPv6 and IPv4 in turn (RFC 8305 4), never none. A link is asked for them by its own name
 * servers, from its own addresses, and only for families that it has an address of. Rejects with the resolver's error,
 * POCO's HostNotFoundException and DNSException, or NoAddressError.
 */
export async function targetsOf(
  host: string,
  binding: NetworkBinding | undefined,
  signal: AbortSignal,
  clock: Clock,
): Promise<readonly Target[]> {
  const given = isIP(host);
  const families = ([6, 4] as const).filter(
    (family) =>
      (given === 0 || given === family) && (binding === undefined || localAddress(binding, family) !== undefined),
  );
  if (families.length === 0) {
    throw new NoAddressError(given === 0 ? 'address' : `IPv${given === 6 ? 6 : 4} address`, {
      link: binding?.interfaceName,
    });
  }
  const target = (address: string): Target => {
    const family = isIP(address) === 6 ? 6 : 4;
    return { address, family, localAddress: binding && localAddress(binding, family, address) };
  };
  if (given !== 0) {
    return [target(host)];
  }
  const [first = [], second = []] = await addressesOf(host, families, binding, signal, clock);
  const inTurn = Array.from({ length: Math.max(first.length, second.length) }, (_, index) => [
    first[index],
    second[index],
  ]);
  return inTurn
    .flat()
    .filter((address) => address !== undefined)
    .slice(0, mostTargets)
    .map(target);
}

/** By family, in the order of the families; never none. Rejects as {@link targetsOf}. */
export async function addressesOf(
  host: string,
  families: readonly Family[],
  binding: NetworkBinding | undefined,
  signal: AbortSignal,
  clock: Clock,
): Promise<readonly (readonly string[])[]> {
  // RFC 6761 6.3: never asked of a name server.
  if (/^(?:.+\.)?localhost\.?$/i.test(host)) {
    return families.map((family) => [family === 4 ? '127.0.0.1' : '::1']);
  }
  if (binding?.dnsServers === undefined || binding.dnsServers.length === 0) {
    // Cannot be ended early; who waits is not kept by it.
    const all = await lookup(host, { all: true, verbatim: true });
    const found = families.map((family) => all.filter((each) => each.family === family).map(({ address }) => address));
    return some(found, host);
  }
  const resolver = new Resolver(patience);
  const cancel = () => resolver.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    bind(resolver, binding, binding.dnsServers);
    const asked = families.map((family) => (family === 4 ? resolver.resolve4(host) : resolver.resolve6(host)));
    const answers = await settled(asked, families, clock);
    const found = answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    const failures = answers.filter((answer) => answer.status === 'rejected').map(({ reason }) => errorOf(reason));
    // That there is no address of one family says less than that a server did not answer.
    const telling = failures.find((failure) => !/ENODATA|ENOTFOUND/.test(failure.message)) ?? failures[0];
    return some(found, host, telling);
  } finally {
    signal.removeEventListener('abort', cancel);
    resolver.cancel();
  }
}

/** All answers, or those that there are a little after one with addresses: many name servers say nothing to what they do not know. */
function settled(
  asked: readonly Promise<string[]>[],
  families: readonly Family[],
  clock: Clock,
): Promise<readonly PromiseSettledResult<string[]>[]> {
  return new Promise((resolve) => {
    const late = systemError('ETIMEOUT', 'The name servers have answered for the other family only.');
    const answers: PromiseSettledResult<string[]>[] = asked.map(() => ({ status: 'rejected', reason: late }));
    let left = asked.length;
    let timer: Disposable | undefined;
    const done = () => {
      timer?.dispose();
      resolve(answers);
    };
    for (const [index, question] of asked.entries()) {
      const answered = (answer: PromiseSettledResult<string[]>) => {
        answers[index] = answer;
        left--;
        if (left === 0) {
          done();
        } else if (answer.status === 'fulfilled' && answer.value.length > 0) {
          timer = clock.setTimeout(done, patienceAfter[families[index] ?? 4]);
        }
      };
      question.then(
        (value) => answered({ status: 'fulfilled', value }),
        (reason: unknown) => answered({ status: 'rejected', reason }),
      );
    }
  });
}

function some(found: readonly string[][], host: string, why?: Error): readonly string[][] {
  if (found.every((addresses) => addresses.length === 0)) {
    throw why ?? systemError('ENOTFOUND', `${host} has no address that the link can reach.`);
  }
  return found;
}

/** Questions leave by the link too. */
function bind(resolver: Resolver, binding: NetworkBinding, servers: readonly string[]): void {
  // What else may stand there, such as a server that is spoken to by TLS, is not for this resolver.
  const own = servers.filter((server) => {
    const family = familyOf(server);
    return family !== 0 && localAddress(binding, family) !== undefined;
  });
  if (own.length === 0) {
    throw new NoAddressError('address from which its name servers could be asked', { link: binding.interfaceName });
  }
  resolver.setServers(own);
  const server6 = own.find((server) => familyOf(server) === 6)?.replace(/^\[/, '');
  const plain6 = localAddress(binding, 6, server6)?.replace(/%.*$/, '');
  resolver.setLocalAddress(localAddress(binding, 4) ?? '0.0.0.0', plain6 ?? '::0');
}

/** Of `192.0.2.1`, `192.0.2.1:53`, `2001:db8::1`, `[2001:db8::1]:53`; 0 for anything else. */
function familyOf(server: string): Family | 0 {
  const family = isIP(server) || isIP(/^\[?([^\]]+?)\]?:\d+$/.exec(server)?.[1] ?? '');
  return family === 4 || family === 6 ? family : 0;
}
