import type { Connectivity, NetworkInterface } from '../../engine/index.js';
import { type Dictionary, dictionary, entry, flag, hexadecimal, list, number, text, texts } from '../dbus/values.js';
import {
  ActivationState,
  activationIsExternal,
  DeviceType,
  deviceDetectsCarrier,
  interfaceHasCarrier,
  interfaces,
  managerPath,
  noPath,
  profileIsExternal,
  VpnState,
} from './names.js';
import type { ObjectTree } from './objectTree.js';

/** What is read of NetworkManager's objects: of each the properties that matter here, with a value for each that is missing or of a wrong type. */
export type Tree = Pick<ObjectTree, 'objects' | 'profiles' | 'properties'>;

export interface Manager {
  readonly state: number;
  readonly connectivity: Connectivity;
  readonly checksConnectivity: boolean;
  readonly networkingEnabled: boolean;
  readonly primaryActivation: string;
}

export interface Device {
  readonly path: string;
  readonly name: string;
  /** False for one that is described only: made when it is started, or just removed. */
  readonly isReal: boolean;
  /** The interface that carries its traffic. */
  readonly ipInterface: string;
  readonly type: number;
  readonly state: number;
  /** Paths of the profiles that could be started on it. */
  readonly available: readonly string[];
  /** Carrier, where it can tell; true where it cannot. */
  readonly hasCarrier: boolean;
  readonly metered: number;
  readonly connectivity: Connectivity;
  readonly hardwareAddress: string | undefined;
  /** Bits a second. */
  readonly speed: number | undefined;
  readonly ip4Path: string;
  readonly ip6Path: string;
  /** Paths of the radio cells that it hears, and of the one in use. */
  readonly cells: readonly string[];
  readonly activeCell: string;
  /** What its modem is capable of; 0 for any other. */
  readonly modemCapabilities: number;
}

export interface Activation {
  readonly path: string;
  /** The UUID of its profile. */
  readonly identifier: string;
  readonly name: string;
  readonly devices: readonly string[];
  readonly state: number;
  readonly isExternal: boolean;
  readonly isVpn: boolean;
  readonly asksPerson: boolean;
  readonly ip4Path: string;
  readonly ip6Path: string;
}

/** By NetworkManager's numbers. */
const degrees: readonly Connectivity[] = ['unknown', 'none', 'portal', 'limited', 'full'];
/** The later, the further. Behind a sign-in page is more than there is in a local network that leads nowhere. */
const byReach: readonly Connectivity[] = ['unknown', 'none', 'limited', 'portal', 'full'];

function connectivityOf(value: unknown): Connectivity {
  return degrees[number(value) ?? 0] ?? 'unknown';
}

function furthest(one: Connectivity, other: Connectivity): Connectivity {
  return byReach.indexOf(one) > byReach.indexOf(other) ? one : other;
}

export function readManager(tree: Tree): Manager {
  const manager = tree.properties(managerPath, interfaces.manager);
  return {
    state: number(entry(manager, 'State')) ?? 0,
    connectivity: connectivityOf(entry(manager, 'Connectivity')),
    checksConnectivity: flag(entry(manager, 'ConnectivityCheckEnabled')) ?? false,
    networkingEnabled: flag(entry(manager, 'NetworkingEnabled')) ?? true,
    primaryActivation: text(entry(manager, 'PrimaryConnection')) ?? noPath,
  };
}

export function readDevices(tree: Tree): ReadonlyMap<string, Device> {
  const devices = new Map<string, Device>();
  for (const [path, properties] of tree.objects) {
    if (Object.hasOwn(properties, interfaces.device)) {
      devices.set(path, readDevice(path, tree));
    }
  }
  return devices;
}

export function readDevice(path: string, tree: Tree): Device {
  const device = tree.properties(path, interfaces.device);
  const wired = tree.properties(path, interfaces.wired);
  const wireless = tree.properties(path, interfaces.wireless);
  const name = text(entry(device, 'Interface')) ?? '';
  const type = number(entry(device, 'DeviceType')) ?? 0;
  const megabits = number(entry(wired, 'Speed')) ?? 0;
  const kilobits = number(entry(wireless, 'Bitrate')) ?? 0;
  const isReal = flag(entry(device, 'Real')) ?? true;
  return {
    path,
    name,
    isReal,
    ipInterface: text(entry(device, 'IpInterface')) || name,
    type,
    state: number(entry(device, 'State')) ?? 0,
    available: texts(entry(device, 'AvailableConnections')),
    hasCarrier: isReal && carrierOf(device, wired, type),
    metered: number(entry(device, 'Metered')) ?? 0,
    connectivity: furthest(
      connectivityOf(entry(device, 'Ip4Connectivity')),
      connectivityOf(entry(device, 'Ip6Connectivity')),
    ),
    hardwareAddress: text(entry(device, 'HwAddress')) || undefined,
    speed: Math.max(megabits * 1_000_000, kilobits * 1_000, 0) || undefined,
    ip4Path: text(entry(device, 'Ip4Config')) ?? noPath,
    ip6Path: text(entry(device, 'Ip6Config')) ?? noPath,
    cells: texts(entry(wireless, 'AccessPoints')),
    activeCell: text(entry(wireless, 'ActiveAccessPoint')) ?? noPath,
    modemCapabilities: number(entry(tree.properties(path, interfaces.modem), 'CurrentCapabilities')) ?? 0,
  };
}

/** Wi-Fi has no carrier until it is up, and then loses it for a moment whenever it changes cells. */
function carrierOf(device: Dictionary, wired: Dictionary, type: number): boolean {
  const detects = ((number(entry(device, 'Capabilities')) ?? 0) & deviceDetectsCarrier) !== 0;
  if (!detects || type === DeviceType.wifi) {
    return true;
  }
  const flags = number(entry(device, 'InterfaceFlags'));
  // NetworkManager before 1.22 has no such flags.
  return flags === undefined ? (flag(entry(wired, 'Carrier')) ?? true) : (flags & interfaceHasCarrier) !== 0;
}

/** Those that are not over, and that NetworkManager itself made. */
export function readActivations(tree: Tree): readonly Activation[] {
  const activations: Activation[] = [];
  for (const [path, properties] of tree.objects) {
    if (Object.hasOwn(properties, interfaces.activation)) {
      const activation = readActivation(path, tree);
      if (!activation.isExternal && activation.state !== ActivationState.deactivated) {
        activations.push(activation);
      }
    }
  }
  return activations;
}

function readActivation(path: string, tree: Tree): Activation {
  const activation = tree.properties(path, interfaces.activation);
  const vpn = tree.properties(path, interfaces.vpn);
  return {
    path,
    identifier: text(entry(activation, 'Uuid')) ?? '',
    name: text(entry(activation, 'Id')) ?? '',
    devices: texts(entry(activation, 'Devices')),
    state: number(entry(activation, 'State')) ?? ActivationState.unknown,
    isExternal: ((number(entry(activation, 'StateFlags')) ?? 0) & activationIsExternal) !== 0,
    isVpn: flag(entry(activation, 'Vpn')) ?? false,
    asksPerson: number(entry(vpn, 'VpnState')) === VpnState.needAuth,
    ip4Path: text(entry(activation, 'Ip4Config')) ?? noPath,
    ip6Path: text(entry(activation, 'Ip6Config')) ?? noPath,
  };
}

/** Whether the profile only describes what somebody else configured. */
export function isExternalProfile(tree: Tree, path: string): boolean {
  const flags = number(entry(tree.properties(path, interfaces.profile), 'Flags')) ?? 0;
  return (flags & profileIsExternal) !== 0;
}

/** The strongest of these radio cells with this name, in percent; undefined when none is heard. */
export function signalOf(tree: Tree, cells: readonly string[], ssid: string | undefined): number | undefined {
  let strongest: number | undefined;
  for (const path of ssid === undefined ? [] : cells) {
    const cell = tree.properties(path, interfaces.cell);
    const strength = number(entry(cell, 'Strength'));
    if (hexadecimal(entry(cell, 'Ssid')) === ssid && strength !== undefined) {
      strongest = Math.max(strongest ?? 0, Math.min(strength, 100));
    }
  }
  return strongest;
}

/** The addresses of an IP configuration, without their prefix. */
export function addressesOf(tree: Tree, path: string): readonly string[] {
  const four = list(entry(tree.properties(path, interfaces.ip4), 'AddressData'));
  const six = list(entry(tree.properties(path, interfaces.ip6), 'AddressData'));
  return [...four, ...six]
    .map((data) => text(entry(dictionary(data), 'address')))
    .filter((value) => value !== undefined);
}

/**
 * What an activation gives its interface. It names its configurations a moment after it is up; its device has them
 * before that, but where it is the device under a VPN, its are not the VPN's.
 */
export function readInterface(tree: Tree, activation: Activation, device: Device | undefined): NetworkInterface {
  const own = activation.isVpn ? undefined : device;
  const ip4Path = activation.ip4Path === noPath ? (own?.ip4Path ?? noPath) : activation.ip4Path;
  const ip6Path = activation.ip6Path === noPath ? (own?.ip6Path ?? noPath) : activation.ip6Path;
  const four = tree.properties(ip4Path, interfaces.ip4);
  const six = tree.properties(ip6Path, interfaces.ip6);
  const servers = [four, six].flatMap((configuration) =>
    list(entry(configuration, 'NameserverData')).map((data) => text(entry(dictionary(data), 'address'))),
  );
  // IPv6 had its name servers as bytes only before NetworkManager 1.46.
  const bytes = list(entry(six, 'Nameservers')).map((server) => addressOfBytes(hexadecimal(server)));
  const known = [...servers, ...bytes].filter((server) => server !== undefined);
  return Object.freeze({
    name: device?.ipInterface ?? '',
    addresses: Object.freeze([...addressesOf(tree, ip4Path), ...addressesOf(tree, ip6Path)]),
    gateway: text(entry(four, 'Gateway')) || text(entry(six, 'Gateway')) || undefined,
    dnsServers: Object.freeze([...new Set(known)]),
  });
}

/** The text of an IPv6 address in its shortest form. */
function addressOfBytes(digits: string | undefined): string | undefined {
  if (digits?.length !== 32) {
    return undefined;
  }
  const groups = digits.match(/.{4}/g)?.join(':') ?? '';
  // The URL parser has the one implementation of the rule for shortening that comes with the platform.
  return new URL(`http://[${groups}]`).hostname.slice(1, -1);
}
