// What an HTTP session needs of a network session, and what it takes from its interface.
import { isIP } from 'node:net';
import { type Disposable, type NetworkInterface, SessionState } from '../engine/index.js';
import { isOfLink, isOfSite6 } from '../shared/addresses.js';
import { checkedProxy, type ProxyConfig } from './proxy.js';

/** An event of whoever makes one: the engine's and the editor's alike. */
type AnyEvent<T> = (listener: (value: T) => unknown, thisArgs?: unknown, disposables?: Disposable[]) => Disposable;

/** A network session, as far as an HTTP session follows it. The engine's `NetworkSession` is one. */
export interface NetworkLink {
  readonly state: SessionState;
  /** Undefined while there is no link (S4). */
  readonly interface: NetworkInterface | undefined;
  readonly onDidChangeState: AnyEvent<SessionState>;
  /** How far a move is; of 'escaping' nothing is said to lead anywhere yet (R8). */
  readonly offer?: { readonly kind: string } | undefined;
  /** The interface is another: sockets of before do not last (R3, R8). */
  readonly onDidActivateNewConfiguration: AnyEvent<{ readonly isFinal: boolean }>;
  /** The proxy of its access point, where somebody knows one. */
  readonly proxy?: ProxyConfig | undefined;
}

/** What traffic needs to know to leave by one access point. */
export interface NetworkBinding {
  readonly interfaceName: string;
  readonly localAddress4?: string | undefined;
  readonly localAddress6?: string | undefined;
  /** For targets of a site (fc00::/7), which the world's addresses do not reach, nor they the world's. */
  readonly siteAddress6?: string | undefined;
  /** The link's own name servers; with none the system's resolver is asked. */
  readonly dnsServers?: readonly string[] | undefined;
  /** The proxy of this access point. */
  readonly proxy?: ProxyConfig | undefined;
}

export type Family = 4 | 6;

/** The address that connections of this family leave from, to this target. */
export function localAddress(binding: NetworkBinding, family: Family, target = ''): string | undefined {
  const { localAddress4, localAddress6, siteAddress6 } = binding;
  return family === 4 ? localAddress4 : ((isOfSite6(target) ? siteAddress6 : undefined) ?? localAddress6);
}

/** The binding of an interface: an address of each family, those that lead beyond the link first. */
export function bindingOf({ name, addresses, dnsServers }: NetworkInterface): NetworkBinding {
  const localAddress6 = bestOf(addresses, 6, name);
  const siteAddress6 = addresses.find(isOfSite6);
  return {
    interfaceName: name,
    localAddress4: bestOf(addresses, 4, name),
    localAddress6,
    ...(siteAddress6 === undefined || siteAddress6 === localAddress6 ? {} : { siteAddress6 }),
    dnsServers,
  };
}

function bestOf(addresses: readonly string[], family: Family, interfaceName: string): string | undefined {
  const own = addresses.filter((address) => isIP(address) === family);
  const best = own.toSorted((one, other) => rank(one) - rank(other))[0];
  // An address of the link alone is not whole without the name of the link.
  return best !== undefined && isOfLink(best) && family === 6 && !best.includes('%')
    ? `${best}%${interfaceName}`
    : best;
}

/** The world's addresses, then those of a site, then those of the link alone. */
function rank(address: string): number {
  return isOfLink(address) ? 2 : isOfSite6(address) ? 1 : 0;
}

/**
 * The interface that a network session can be bound to now; undefined while it has none. While it escapes (R8) it has none:
 * the one that it shows may be up, but until routes and rules are there, what is bound to it leaves by the one that is lost,
 * and hangs.
 */
export function usableInterface({ state, interface: link, offer }: NetworkLink): NetworkInterface | undefined {
  const hasLink = state === SessionState.Connected || (state === SessionState.Roaming && offer?.kind !== 'escaping');
  return hasLink && link !== undefined && link.addresses.length > 0 ? link : undefined;
}

/** A binding as it is now: who has the original moves nothing. */
export function copied(binding: NetworkBinding): NetworkBinding {
  const { interfaceName, localAddress4, localAddress6, siteAddress6, dnsServers, proxy } = binding;
  return {
    interfaceName,
    localAddress4,
    localAddress6,
    siteAddress6,
    dnsServers: dnsServers && [...dnsServers],
    proxy: proxy && checkedProxy(proxy),
  };
}

/** The binding of a network session now; undefined while it has no interface that can be used. */
export function currentBinding(network: NetworkLink): NetworkBinding | undefined {
  const link = usableInterface(network);
  return link && { ...bindingOf(link), proxy: network.proxy };
}

/** Sockets that were bound by it still have their addresses. */
export function stillHolds(binding: NetworkBinding, network: NetworkLink): boolean {
  const link = usableInterface(network);
  const { localAddress4, localAddress6, siteAddress6 } = binding;
  const bound = [localAddress4, localAddress6, siteAddress6].filter((address) => address !== undefined);
  return (
    link !== undefined &&
    link.name === binding.interfaceName &&
    bound.every((address) => link.addresses.includes(address) || link.addresses.includes(withoutZone(address)))
  );
}

function withoutZone(address: string): string {
  return address.replace(/%.*$/, '');
}
