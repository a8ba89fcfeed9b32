import { isIP } from 'node:net';
import { isOfLink6 } from '../../shared/addresses.js';
import { dictionary, entry, list, number, text } from '../dbus/values.js';
import { type Diversion, placeOf, type TableRoute } from '../trace.js';
import { interfaces } from './names.js';
import type { Device, Tree } from './records.js';

type Version = 4 | 6;

/** A route of an interface. */
export interface Route extends TableRoute {
  readonly metric: number | undefined;
  /** Undefined for the system's main table. */
  readonly table: number | undefined;
}

const versions: readonly Version[] = [4, 6];
const mainTable = 254;
/** A link with more routes of its own than this is prepared with the first of them. */
const mostRoutes = 64;

function configurationOf(tree: Tree, { ip4Path, ip6Path }: Device, version: Version) {
  return version === 4 ? tree.properties(ip4Path, interfaces.ip4) : tree.properties(ip6Path, interfaces.ip6);
}

function routesOf(tree: Tree, device: Device, version: Version): readonly Route[] {
  return list(entry(configurationOf(tree, device, version), 'RouteData')).flatMap((data) => {
    const fields = dictionary(data);
    const destination = text(entry(fields, 'dest'));
    const prefix = number(entry(fields, 'prefix'));
    const table = number(entry(fields, 'table'));
    if (destination === undefined || prefix === undefined) {
      return [];
    }
    return [
      {
        destination,
        prefix,
        gateway: text(entry(fields, 'next-hop')),
        metric: number(entry(fields, 'metric')),
        table: table === mainTable ? undefined : table,
      },
    ];
  });
}

const isDefault = ({ prefix, table }: Route) => prefix === 0 && table === undefined;

/** The default routes that NetworkManager shows of a device, the best first. */
export function defaultRoutesOf(tree: Tree, device: Device, version: Version): readonly Route[] {
  return routesOf(tree, device, version)
    .filter(isDefault)
    .sort((one, other) => (one.metric ?? 0) - (other.metric ?? 0));
}

export function defaultRouteOf(tree: Tree, device: Device, version: Version): Route | undefined {
  return defaultRoutesOf(tree, device, version)[0];
}

/** The metric of the best default route that NetworkManager shows of a device; undefined where it shows none. */
export function shownMetric(tree: Tree, device: Device, version: Version): number | undefined {
  return defaultRoutesOf(tree, device, version).find(({ metric }) => metric !== undefined)?.metric;
}

/** Whether NetworkManager shows routes of a table on a device. */
export function showsTable(tree: Tree, device: Device, table: number): boolean {
  return versions.some((version) => routesOf(tree, device, version).some((route) => route.table === table));
}

/** Whether NetworkManager shows all routes of a diversion on a device. */
export function showsDiversion(tree: Tree, device: Device, { table, routes }: Diversion): boolean {
  const shown = versions.flatMap((version) => routesOf(tree, device, version));
  return routes.every((wanted) =>
    shown.some(
      (route) =>
        route.table === table && route.prefix === wanted.prefix && isSame(route.destination, wanted.destination),
    ),
  );
}

/** Addresses of IPv6 have more than one form. */
function isSame(one: string, other: string): boolean {
  return one === other || (isIP(one) === 6 && isIP(other) === 6 && canonical(one) === canonical(other));
}

const canonical = (address: string) => new URL(`http://[${address}]`).hostname;

/** What sends all that comes from a link's own addresses by this link; undefined where it leads nowhere. */
export function diversionOf(tree: Tree, device: Device): Diversion | undefined {
  const addresses: string[] = [];
  const routes: TableRoute[] = [];
  for (const version of versions) {
    const main = routesOf(tree, device, version).filter(({ table }) => table === undefined);
    const best = defaultRouteOf(tree, device, version);
    const own = addressesOf(tree, device, version).filter((address) => !isOfLink6(address));
    if (best !== undefined && own.length > 0) {
      const others = main.filter((route) => !isDefault(route) && !isOfLink6(route.destination));
      addresses.push(...own);
      for (const { destination, prefix, gateway } of [best, ...others].slice(0, mostRoutes)) {
        routes.push({ destination, prefix, gateway });
      }
    }
  }
  return addresses.length > 0 ? { ...placeOf(device.ipInterface), addresses, routes } : undefined;
}

/** The gateway of a diversion, and the address of the link from which it is reached. */
export function gatewayOf(diversion: Diversion | undefined): { gateway: string; from: string } | undefined {
  const { addresses = [], routes = [] } = diversion ?? {};
  for (const { prefix, gateway } of routes) {
    const from = addresses.find((address) => isIP(address) === isIP(gateway ?? ''));
    if (prefix === 0 && gateway !== undefined && from !== undefined) {
      return { gateway, from };
    }
  }
  return undefined;
}

function addressesOf(tree: Tree, device: Device, version: Version): readonly string[] {
  return list(entry(configurationOf(tree, device, version), 'AddressData'))
    .map((data) => text(entry(dictionary(data), 'address')))
    .filter((address) => address !== undefined)
    .filter((address) => isIP(address) === version);
}
