import { Purpose } from '../../engine/index.js';
import { type Dictionary, dictionary, entry, flag, hexadecimal, number, text } from '../dbus/values.js';

/** What a connection profile says, as far as it matters here. */
export interface Profile {
  readonly path: string;
  /** The profile's UUID. */
  readonly identifier: string;
  /** Hostile text. */
  readonly name: string;
  /** NetworkManager's name of the kind, '802-3-ethernet' for example. */
  readonly type: string;
  readonly purpose: Purpose;
  readonly metered: boolean | undefined;
  readonly autoconnect: boolean;
  readonly priority: number;
  /** When it was last up, in seconds since 1970; 0 for never. */
  readonly lastUsed: number;
  /** The only interface that it may be started on. */
  readonly interfaceName: string | undefined;
  /** The metric that it gives its default route, -1 where it leaves that to the system; undefined where it never has one. */
  readonly metric: number | undefined;
  /** The name of its radio network, bytes as hexadecimal digits. */
  readonly ssid: string | undefined;
  /** A secret of it is kept nowhere, so that each start asks the person. */
  readonly alwaysAsks: boolean;
  /** It is no way onto a network of its own: a port of a bridge or bond, loopback, a network that this machine offers. */
  readonly isHidden: boolean;
}

const hiddenTypes = new Set(['', 'loopback', 'wifi-p2p', 'ovs-bridge', 'ovs-port', 'ovs-interface']);
const neverSaved = 0x2;

/** Reads the reply of GetSettings; undefined for one without a UUID. */
export function parseProfile(path: string, settings: unknown): Profile | undefined {
  const groups = dictionary(settings);
  const connection = dictionary(entry(groups, 'connection'));
  const wireless = dictionary(entry(groups, '802-11-wireless'));
  const identifier = text(entry(connection, 'uuid'));
  if (!identifier) {
    return undefined;
  }
  const type = text(entry(connection, 'type')) ?? '';
  const port = text(entry(connection, 'controller')) || text(entry(connection, 'master'));
  const metered = number(entry(connection, 'metered'));
  return {
    path,
    identifier,
    name: text(entry(connection, 'id')) ?? '',
    type,
    purpose: purposeOf(type, groups, text(entry(connection, 'zone'))),
    metered: metered === 1 ? true : metered === 2 ? false : undefined,
    autoconnect: flag(entry(connection, 'autoconnect')) ?? true,
    priority: number(entry(connection, 'autoconnect-priority')) ?? 0,
    lastUsed: number(entry(connection, 'timestamp')) ?? 0,
    interfaceName: text(entry(connection, 'interface-name')) || undefined,
    metric: metricOf(groups),
    ssid: hexadecimal(entry(wireless, 'ssid')),
    alwaysAsks: hasSecretNeverSaved(groups),
    isHidden: hiddenTypes.has(type) || Boolean(port) || text(entry(wireless, 'mode')) === 'ap',
  };
}

const withoutRoute = new Set(['disabled', 'ignore', 'link-local', 'shared']);

/** Of IPv4, or of IPv6 where only that has a default route. */
function metricOf(groups: Dictionary): number | undefined {
  for (const name of ['ipv4', 'ipv6']) {
    const group = dictionary(entry(groups, name));
    const method = text(entry(group, 'method')) ?? (name === 'ipv4' ? 'auto' : 'ignore');
    const hasGateway = method !== 'manual' || Boolean(text(entry(group, 'gateway')));
    if (!withoutRoute.has(method) && hasGateway && flag(entry(group, 'never-default')) !== true) {
      return number(entry(group, 'route-metric')) ?? -1;
    }
  }
  return undefined;
}

/** A guess from what people say of a network: its firewall zone, or whether it has a key. */
function purposeOf(type: string, groups: Dictionary, zone: string | undefined): Purpose {
  switch (zone) {
    case 'home':
    case 'work':
    case 'trusted':
      return Purpose.Private;
    case 'public':
      return Purpose.Public;
  }
  switch (type) {
    case 'vpn':
    case 'wireguard':
      return Purpose.Private;
    case '802-11-wireless':
      return entry(groups, '802-11-wireless-security') === undefined ? Purpose.Public : Purpose.Private;
    default:
      return Purpose.Unknown;
  }
}

function hasSecretNeverSaved(groups: Dictionary): boolean {
  // VPN plugins keep the flags as text among their own data.
  const all = [...Object.values(groups), entry(dictionary(entry(groups, 'vpn')), 'data')].map(dictionary);
  return all.some((group) =>
    Object.keys(group).some(
      (key) =>
        key.endsWith('-flags') && (Number(number(entry(group, key)) ?? text(entry(group, key))) & neverSaved) !== 0,
    ),
  );
}
