import { readFileSync } from 'node:fs';
import { SocketAddress } from 'node:net';
import { endianness } from 'node:os';
import path from 'node:path';

/** A route to everywhere. */
export interface DefaultRoute {
  readonly interfaceName: string;
  /** Undefined where packets go to the interface without one, as on most tunnels. */
  readonly gateway: string | undefined;
  /** The lowest wins. 0 where it takes the place of all others, whatever they have. */
  readonly metric: number;
}

/** What a route that goes before all others is sorted by. */
const beforeAll = -1;

const routeIsUsable = 0x0001;
const routeRejects = 0x0200;
const hex32 = /^[0-9a-f]{32}$/i;
const hex8 = /^[0-9a-f]{8}$/i;
const hex = /^[0-9a-f]{1,8}$/i;
const decimal = /^\d{1,10}$/;

/** All default routes of the kernel's main tables, those of IPv4 first, each kind best first. What cannot be read has none. */
export function readDefaultRoutes(procRoot: string): DefaultRoute[] {
  const routes = readDefaultRoutesByVersion(procRoot);
  return [...routes[4], ...routes[6]];
}

/** The same by version of IP. */
export function readDefaultRoutesByVersion(procRoot: string): Readonly<Record<4 | 6, readonly DefaultRoute[]>> {
  return {
    4: parseIpv4DefaultRoutes(textOf(path.join(procRoot, 'net', 'route'))),
    6: parseIpv6DefaultRoutes(textOf(path.join(procRoot, 'net', 'ipv6_route'))),
  };
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** Reads /proc/net/route, which is the main table of IPv4. Best first. */
export function parseIpv4DefaultRoutes(text: string, byteOrder: 'BE' | 'LE' = endianness()): DefaultRoute[] {
  const wholes: DefaultRoute[] = [];
  const lowerHalves = new Map<string, DefaultRoute>();
  const upperHalves = new Set<string>();
  for (const line of text.split('\n')) {
    const [interfaceName = '', to = '', via = '', flags = '', , , metric = '', mask = ''] = line.trim().split(/\s+/);
    if (!hex8.test(to) || !hex8.test(via) || !hex8.test(mask) || !isUsable(flags) || !decimal.test(metric)) {
      continue;
    }
    const gateway = ipv4Text(via, byteOrder);
    const route = {
      interfaceName,
      gateway: gateway === '0.0.0.0' ? undefined : gateway,
      metric: Number(metric),
    };
    // Some VPNs lay two halves over the default route of the system instead of taking its place.
    switch (`${ipv4Text(to, byteOrder)}/${ipv4Text(mask, byteOrder)}`) {
      case '0.0.0.0/0.0.0.0':
        wholes.push(route);
        break;
      case '0.0.0.0/128.0.0.0':
        lowerHalves.set(interfaceName, { ...route, metric: beforeAll });
        break;
      case '128.0.0.0/128.0.0.0':
        upperHalves.add(interfaceName);
        break;
    }
  }
  const halves = [...lowerHalves.values()].filter(({ interfaceName }) => upperHalves.has(interfaceName));
  return bestFirst([...halves, ...wholes]);
}

/** Reads /proc/net/ipv6_route. Best first. */
export function parseIpv6DefaultRoutes(text: string): DefaultRoute[] {
  const routes: DefaultRoute[] = [];
  for (const line of text.split('\n')) {
    const [to = '', prefix, , , via = '', metric = '', , , flags = '', interfaceName = ''] = line.trim().split(/\s+/);
    if (!/^0{32}$/.test(to) || prefix !== '00' || !hex32.test(via) || !hex.test(metric) || !isUsable(flags)) {
      continue;
    }
    if (interfaceName !== '' && interfaceName !== 'lo') {
      const gateway = /^0{32}$/.test(via) ? undefined : ipv6Text(via);
      routes.push({ interfaceName, gateway, metric: Number.parseInt(metric, 16) });
    }
  }
  return bestFirst(routes);
}

function isUsable(flags: string): boolean {
  const value = hex.test(flags) ? Number.parseInt(flags, 16) : 0;
  return (value & routeIsUsable) !== 0 && (value & routeRejects) === 0;
}

function bestFirst(routes: readonly DefaultRoute[]): DefaultRoute[] {
  return [...routes]
    .sort((one, other) => one.metric - other.metric)
    .map((route) => ({ ...route, metric: Math.max(route.metric, 0) }));
}

/** The kernel prints the four bytes as one number of its own byte order. */
function ipv4Text(text: string, byteOrder: 'BE' | 'LE'): string {
  const bytes = [...Buffer.from(text, 'hex')];
  return (byteOrder === 'LE' ? bytes.reverse() : bytes).join('.');
}

function ipv6Text(text: string): string {
  const groups = text.match(/.{4}/g) ?? [];
  return new SocketAddress({ address: groups.join(':'), family: 'ipv6' }).address;
}
