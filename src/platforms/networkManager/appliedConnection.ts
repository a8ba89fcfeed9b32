import { isIP } from 'node:net';
import { BusError } from '../dbus/bus.js';
import { type Dictionary, dictionary, entry, list, loadWrap, number, text, type Wrap } from '../dbus/values.js';
import type { Diversion } from '../trace.js';
import type { Attached } from './attachment.js';
import { interfaces, managerPath } from './names.js';

/** Milliseconds that reading or changing what is applied to a device may take. Nobody is asked for it. */
const callTimeout = 5_000;
/** How often it is tried anew when others change the same device at the same time. */
const attempts = 5;
const versionMismatch = 'org.freedesktop.NetworkManager.Device.VersionIdMismatch';

/** What a metric is set to that the system chooses. */
export const chosenBySystem = -1;
/** Seconds; NetworkManager's word for "without limit". */
const forever = 0x7fff_ffff;
/** Of the routes of our table, where it does not matter: /proc/net/ipv6_route does not say of which table a route is. */
const ourMetric = 20_051;
/** The system's own table. Said of a route, although nobody needs to, it marks a default route as ours. */
const mainTable = 254;
/** Of Reapply: what others have added to the interface stays. */
const preserveExternal = 1;

/** What a device is to have besides what its profile says. */
export interface Additions {
  /** The table that is ours on this device: what else it has there goes. */
  readonly table: number;
  readonly diversion: Diversion | undefined;
  /** The metric to set, -1 for the system's own; undefined leaves it as it is. */
  readonly metric4: number | undefined;
  readonly metric6: number | undefined;
  /** A default route of ours, in place of any that there was; undefined leaves them as they are. */
  readonly route4: OwnRoute | undefined;
  /** The metric of a default route of ours that is to go. */
  readonly dropped4: number | undefined;
}

/** A default route beside the one that a link has by itself. */
export interface OwnRoute {
  readonly gateway: string;
  readonly metric: number;
}

/** What has become of a change. */
export interface Outcome {
  /** Whether the routes of our table go when they are not wanted any more; without this they stay until the link is down. */
  readonly prunes: boolean;
}

/** What a device says of its metrics in the settings that are applied to it; -1 where it leaves them to the system. */
export interface AppliedMetrics {
  readonly ipv4: number;
  readonly ipv6: number;
  /** A server gives it its addresses of IPv4 (DHCP), and is asked anew at each change. */
  readonly isLeased4: boolean;
}

type Group = Record<string, unknown>;
type Settings = Record<string, Group>;

/** The families of addresses, by what NetworkManager calls their settings. */
const families = [
  { group: 'ipv4', version: 4, domain: 2, bits: 32, timeouts: ['dhcp-timeout'] },
  { group: 'ipv6', version: 6, domain: 10, bits: 128, timeouts: ['dhcp-timeout', 'ra-timeout'] },
] as const;
type Family = (typeof families)[number];

/**
 * Gives a device these additions, without taking it down: the settings that are applied to it are read, changed and
 * applied again. The profile stays as it is. `additions` gets to know the metrics that it has, before anything is changed.
 * What was read `ahead` counts if nobody has changed it since.
 * Resolves when NetworkManager has accepted; the rules are there then, and the routes follow. Rejects with a {@link BusError}.
 */
export async function applyAdditions(
  attached: Attached,
  device: string,
  additions: (before: AppliedMetrics) => Additions,
  ahead?: Promise<Applied | undefined>,
): Promise<Outcome> {
  const wrap = await loadWrap();
  for (let attempt = 1; ; attempt++) {
    const [reply, version] = (attempt === 1 && (await ahead)) || (await readApplied(attached, device));
    const settings = editable(reply);
    const added = additions({
      ipv4: metricOf(settings, 'ipv4'),
      ipv6: metricOf(settings, 'ipv6'),
      isLeased4: text(entry(settings['ipv4'] ?? {}, 'method')) === 'auto',
    });
    const changed = families.filter((family) => edit(settings, family, added, wrap)).length > 0;
    const flags = flagsFor(attached, settings);
    const outcome = { prunes: flags === preserveExternal };
    if (!changed) {
      return outcome;
    }
    try {
      await call(attached, device, 'Reapply', 'a{sa{sv}}tu', [settings, version, flags]);
      return outcome;
    } catch (error) {
      if (!(error instanceof BusError && error.dbusName === versionMismatch) || attempt === attempts) {
        throw error;
      }
    }
  }
}

/** What GetAppliedConnection answers. */
export type Applied = readonly unknown[];

/** The settings that are applied to a device, with their version. Rejects with a {@link BusError}. */
export function readApplied(attached: Attached, device: string): Promise<Applied> {
  return call(attached, device, 'GetAppliedConnection', 'u', [0]);
}

function call(
  { bus, owner }: Attached,
  path: string,
  member: string,
  signature: string,
  body: readonly unknown[],
): Promise<readonly unknown[]> {
  return bus.call({
    destination: owner,
    path,
    interface: interfaces.device,
    member,
    signature,
    body,
    timeout: callTimeout,
  });
}

/** A copy to change, without what repeats in an older form what stands there already: that would win over the changes. */
function editable(reply: unknown): Settings {
  const settings: Settings = {};
  for (const [name, group] of Object.entries(dictionary(reply))) {
    settings[name] = { ...dictionary(group) };
  }
  for (const { group } of families) {
    for (const older of ['addresses', 'routes', 'dns']) {
      delete settings[group]?.[older];
    }
  }
  return settings;
}

function metricOf(settings: Settings, group: Family['group']): number {
  return number(entry(settings[group] ?? {}, 'route-metric')) ?? chosenBySystem;
}

/** Makes the additions to one family of addresses. Returns whether anything is different then. */
function edit(settings: Settings, family: Family, additions: Additions, wrap: Wrap): boolean {
  const group = settings[family.group];
  if (group === undefined) {
    return false;
  }
  const { table, diversion, route4, dropped4 } = additions;
  const isOurs = (each: unknown) => number(entry(dictionary(each), 'table')) === table;
  const changesDefault = family.version === 4 && (route4 !== undefined || dropped4 !== undefined);
  const isOurRoute = (each: unknown) => isOurs(each) || (changesDefault && isOurDefault(each));
  const isOfFamily = (address: string) => isIP(address) === family.version;
  const routes = list(entry(group, 'route-data'));
  const rules = list(entry(group, 'routing-rules'));
  const ourRoutes = (diversion?.routes ?? [])
    .filter(({ destination }) => isOfFamily(destination))
    .map(({ destination, prefix, gateway }) => ({
      dest: wrap('s', destination),
      prefix: wrap('u', prefix),
      ...(gateway !== undefined && { 'next-hop': wrap('s', gateway) }),
      // Its own, or it would change with the metric of the link.
      metric: wrap('u', ourMetric),
      table: wrap('u', table),
    }));
  const ourDefaults = (changesDefault && route4 !== undefined ? [route4] : []).map((route) => ({
    dest: wrap('s', anywhere),
    prefix: wrap('u', 0),
    'next-hop': wrap('s', route.gateway),
    metric: wrap('u', route.metric),
    table: wrap('u', mainTable),
  }));
  const wantedRoutes = [...ourRoutes, ...ourDefaults];
  const ourRules = (diversion?.addresses ?? []).filter(isOfFamily).map((address) => ({
    family: wrap('i', family.domain),
    priority: wrap('u', diversion?.priority),
    from: wrap('s', address),
    'from-len': wrap('y', family.bits),
    table: wrap('u', table),
  }));
  const metric = additions[`metric${family.version}`] ?? metricOf(settings, family.group);
  const changesRoutes =
    signatureOf(routes.filter(isOurRoute)) !== signatureOf(wantedRoutes) ||
    signatureOf(rules.filter(isOurs)) !== signatureOf(ourRules);
  if (!changesRoutes && metric === metricOf(settings, family.group)) {
    return false;
  }
  setList(group, 'route-data', [...routes.filter((each) => !isOurRoute(each)), ...wantedRoutes], wrap);
  setList(group, 'routing-rules', [...rules.filter((each) => !isOurs(each)), ...ourRules], wrap);
  if (metric === chosenBySystem) {
    delete group['route-metric'];
  } else {
    group['route-metric'] = wrap('x', BigInt(metric));
  }
  // A change asks the server anew for what it has given. It may have died since: that must not take the link down.
  if (text(entry(group, 'method')) !== 'manual') {
    for (const timeout of family.timeouts) {
      group[timeout] = wrap('i', forever);
    }
  }
  return true;
}

const anywhere = '0.0.0.0';

function isOurDefault(route: unknown): boolean {
  const fields = dictionary(route);
  return (
    text(entry(fields, 'dest')) === anywhere &&
    number(entry(fields, 'prefix')) === 0 &&
    number(entry(fields, 'table')) === mainTable
  );
}

function setList(group: Group, key: string, elements: readonly unknown[], wrap: Wrap): void {
  if (elements.length > 0) {
    group[key] = wrap('aa{sv}', elements);
  } else {
    delete group[key];
  }
}

/** Routes or rules as text that is the same for the same ones. */
function signatureOf(elements: readonly unknown[]): string {
  const keys = ['dest', 'prefix', 'next-hop', 'metric', 'from', 'from-len', 'priority'];
  return elements
    .map((element) => keys.map((key) => String(entry(dictionary(element), key) ?? '')).join(' '))
    .sort()
    .join('\n');
}

/**
 * Without this flag (1.42) NetworkManager takes off the interface whatever others have added to it, and leaves our table
 * as it is. Up to 1.54 each change makes it switch IPv6 off and on again, and with the flag it would take the addresses
 * of IPv6 that vanish thereby for taken off by others, for good: so there it is for links without IPv6 only.
 */
function flagsFor({ tree }: Attached, settings: Settings): number {
  const said = text(entry(tree.properties(managerPath, interfaces.manager), 'Version')) ?? '';
  const [major = 0, minor = 0] = said.split('.').map(Number);
  const since = (wanted: number) => major > 1 || (major === 1 && minor >= wanted);
  const ipv6: Dictionary = settings['ipv6'] ?? {};
  const hasIpv6 = !['disabled', 'ignore'].includes(text(entry(ipv6, 'method')) ?? 'ignore');
  return since(hasIpv6 ? 55 : 42) ? preserveExternal : 0;
}
