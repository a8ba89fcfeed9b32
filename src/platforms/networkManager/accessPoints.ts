import {
  type AccessPointFacts,
  type Cause,
  type Connectivity,
  defaultConnectTimeout,
  type Link,
} from '../../engine/index.js';
import type { Trace } from '../trace.js';
import { bearerOf, makesDevice, needsBase } from './bearer.js';
import { shownMetric } from './linkRoutes.js';
import { plannedMetric } from './metric.js';
import { ActivationState, DeviceState, ManagerState, noPath } from './names.js';
import type { Profile } from './profile.js';
import {
  type Activation,
  addressesOf,
  type Device,
  isExternalProfile,
  type Manager,
  readActivations,
  readDevices,
  readInterface,
  readManager,
  signalOf,
  type Tree,
} from './records.js';

/** What is known besides NetworkManager's objects, each by the access point's identifier. */
export interface Context {
  /** The run of NetworkManager: its unique name on the bus. */
  readonly owner: string;
  /** What starts are called that an earlier run of NetworkManager had made, by what they are called now. */
  readonly formerNames: ReadonlyMap<string, string>;
  /** Their start was asked for and does not show as an activation yet. */
  readonly starting: ReadonlySet<string>;
  /** Their activation is unwanted by now and about to be ended. */
  readonly unwanted: ReadonlySet<string>;
  /** The system may be asking the person for a right to them. */
  readonly asking: ReadonlySet<string>;
  /** Why they last went down. */
  readonly causes: ReadonlyMap<string, Cause>;
  /** What was done to them to move traffic. */
  readonly traces: ReadonlyMap<string, Trace>;
  /** Whether the kernel has an interface of this name, asked where one has lost its carrier. */
  readonly hasInterface: (name: string) => boolean;
}

/** An access point, and by which objects NetworkManager does what is asked of it. */
export interface AccessPoint {
  readonly facts: AccessPointFacts;
  readonly profile: Profile;
  /** Path of the device to start it on; '/' leaves the choice to NetworkManager. */
  readonly startDevice: string;
  /** Paths of its activations that are not over. */
  readonly activations: readonly string[];
  /** The device that carries its traffic while it is active. */
  readonly activeDevice: Device | undefined;
  /** It is being started, and its link has its addresses and routes. */
  readonly isConfigured: boolean;
}

/** All that follows from NetworkManager's objects at one moment. */
export interface Picture {
  readonly manager: Manager;
  readonly devices: ReadonlyMap<string, Device>;
  readonly activations: readonly Activation[];
  /** By identifier. */
  readonly accessPoints: ReadonlyMap<string, AccessPoint>;
  /** The machine has a default route, and the link under it has carrier. */
  readonly hasRoute: boolean;
}

/** What the description of each access point is made from. */
interface Scene extends Omit<Picture, 'accessPoints'> {
  readonly tree: Tree;
  readonly context: Context;
  /** The devices on which a profile could be started now, by the profile's path, the free ones first. */
  readonly candidates: ReadonlyMap<string, readonly Device[]>;
  /** By identifier. */
  readonly activationsOf: ReadonlyMap<string, readonly Activation[]>;
}

const carrierLost: Cause = Object.freeze({ code: 'carrierLost' });
const deviceRemoved: Cause = Object.freeze({ code: 'deviceRemoved' });
const noObstacles: AccessPointFacts['obstacles'] = Object.freeze({});

/** Derives everything anew. Pure. */
export function takePicture(tree: Tree, context: Context): Picture {
  const manager = readManager(tree);
  const devices = readDevices(tree);
  const activations = readActivations(tree);
  const primary = activations.find(({ path }) => path === manager.primaryActivation);
  const scene: Scene = {
    tree,
    context,
    manager,
    devices,
    activations,
    hasRoute: manager.state >= ManagerState.connectedSite && (primary === undefined || hasCarrier(primary, devices)),
    candidates: candidatesOf(devices),
    activationsOf: grouped(activations, ({ identifier }) => [identifier]),
  };
  const accessPoints = new Map<string, AccessPoint>();
  for (const profile of tree.profiles.values()) {
    if (!profile.isHidden && !accessPoints.has(profile.identifier) && !isExternalProfile(tree, profile.path)) {
      accessPoints.set(profile.identifier, accessPointOf(profile, scene));
    }
  }
  return { manager, devices, activations, accessPoints, hasRoute: scene.hasRoute };
}

function grouped<T>(all: Iterable<T>, keysOf: (element: T) => readonly string[]): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const element of all) {
    for (const key of keysOf(element)) {
      const group = groups.get(key);
      if (group === undefined) {
        groups.set(key, [element]);
      } else {
        group.push(element);
      }
    }
  }
  return groups;
}

function candidatesOf(devices: ReadonlyMap<string, Device>): ReadonlyMap<string, readonly Device[]> {
  const usable = [...devices.values()].filter(
    (device) => device.state >= DeviceState.disconnected && device.hasCarrier,
  );
  const isBusy = (device: Device) => Number(device.state !== DeviceState.disconnected);
  usable.sort((one, other) => isBusy(one) - isBusy(other) || (one.name < other.name ? -1 : 1));
  return grouped(usable, ({ available }) => available);
}

/** A VPN names the devices under it, so for one this is its base's carrier. */
function hasCarrier(activation: Activation, devices: ReadonlyMap<string, Device>): boolean {
  return activation.devices.every((path) => devices.get(path)?.hasCarrier ?? true);
}

function linkOf(activation: Activation, devices: ReadonlyMap<string, Device>): Link {
  switch (activation.state) {
    case ActivationState.activated:
      return hasCarrier(activation, devices) ? 'up' : 'down';
    case ActivationState.deactivating:
      return 'stopping';
    default:
      return 'starting';
  }
}

/** Which of several activations of one profile counts. */
const preference: readonly Link[] = ['up', 'starting', 'down', 'stopping'];

function accessPointOf(profile: Profile, scene: Scene): AccessPoint {
  const { tree, context, devices } = scene;
  const { identifier, type } = profile;
  const activations = scene.activationsOf.get(identifier) ?? [];
  const [active] = activations
    .map((activation) => ({ activation, shows: linkOf(activation, devices) }))
    .sort((one, other) => preference.indexOf(one.shows) - preference.indexOf(other.shows));
  const link = wantedLink(identifier, active?.shows, context);
  const [candidate] = scene.candidates.get(profile.path) ?? [];
  const base = active?.activation.devices.map((path) => devices.get(path)).find((device) => device !== undefined);
  const device = base ?? candidate;
  const carrier = active?.activation.isVpn ? tunnelOf(active.activation, scene) : base;
  const choosesItself = needsBase(type) || makesDevice(type);
  const canStart = needsBase(type) ? scene.hasRoute : candidate !== undefined || makesDevice(type);
  const facts: AccessPointFacts = Object.freeze({
    identifier,
    name: profile.name,
    bearerType: bearerOf(type, device),
    purpose: profile.purpose,
    inReach: link === 'up' || canStart,
    link,
    lingers: link === 'down' && active !== undefined,
    awaitsPerson: context.asking.has(identifier) || (link === 'starting' && asksPerson(active?.activation, base)),
    cause: link === 'up' ? undefined : causeOf(identifier, active?.shows, base, context),
    metered: profile.metered ?? (base && meteredOf(base)),
    connectivity: link === 'up' && base ? connectivityOf(base, scene.manager) : 'unknown',
    device: type === 'vpn' ? undefined : (device?.name ?? profile.interfaceName),
    interface: link === 'up' && active ? readInterface(tree, active.activation, carrier) : undefined,
    connectTimeout: defaultConnectTimeout,
    obstacles: noObstacles,
    signal: device && signalOf(tree, active ? activeCells(device) : device.cells, profile.ssid),
    speed: active && base ? base.speed : undefined,
    hardwareAddress: device?.hardwareAddress,
    activation: link === 'down' || active === undefined ? undefined : nameOf(active.activation, context),
    metric:
      link === 'up' && carrier
        ? metricOf(tree, carrier, profile, context.traces.get(identifier))
        : plannedMetric(profile, device),
  });
  return {
    facts,
    profile,
    startDevice: choosesItself ? noPath : (candidate?.path ?? noPath),
    activations: activations.map(({ path }) => path),
    activeDevice: carrier,
    // From then on NetworkManager waits only for scripts, and for VPNs that it starts with it. Before, nothing may be
    // changed: a lease that is being asked for meanwhile never counts as accepted (1.42), and the start hangs.
    isConfigured: link === 'starting' && base !== undefined && base.hasCarrier && base.state >= DeviceState.ipCheck,
  };
}

/** The same in all processes, and after a restart of NetworkManager in all that have seen it before. */
function nameOf({ path }: Activation, { owner, formerNames }: Context): string {
  const name = `${owner}${path}`;
  return formerNames.get(name) ?? name;
}

/** What an access point does, with what is asked of NetworkManager and does not show there yet. */
function wantedLink(identifier: string, shows: Link | undefined, { starting, unwanted }: Context): Link {
  if (unwanted.has(identifier)) {
    return shows === undefined ? 'down' : 'stopping';
  }
  return shows ?? (starting.has(identifier) ? 'starting' : 'down');
}

function causeOf(
  identifier: string,
  shows: Link | undefined,
  device: Device | undefined,
  { causes, hasInterface }: Context,
): Cause | undefined {
  if (shows !== 'down') {
    return causes.get(identifier);
  }
  // Only without carrier is something down that NetworkManager still calls activated. A device that is pulled out
  // loses its carrier first: NetworkManager tells the rest some 10 ms later, when the sessions have ended.
  return device === undefined || (device.isReal && hasInterface(device.ipInterface)) ? carrierLost : deviceRemoved;
}

function asksPerson(activation: Activation | undefined, device: Device | undefined): boolean {
  return activation?.asksPerson === true || device?.state === DeviceState.needAuth;
}

/** The one that it has by itself, whatever it was given to move traffic. */
function metricOf(tree: Tree, device: Device, profile: Profile, trace: Trace | undefined): number | undefined {
  const version = versions.find((each) => shownMetric(tree, device, each) !== undefined);
  const changed = version === undefined ? undefined : trace?.[`metric${version}`];
  if (version === undefined || changed === undefined || trace?.device !== device.ipInterface) {
    return version && shownMetric(tree, device, version);
  }
  return changed.before >= 0 ? changed.before : (changed.own ?? plannedMetric(profile, device));
}

const versions = [4, 6] as const;

function activeCells({ activeCell, cells }: Device): readonly string[] {
  return activeCell === noPath ? cells : [activeCell];
}

/** NetworkManager's five degrees: unknown, yes, no, and a guess at either. */
function meteredOf({ metered }: Device): boolean | undefined {
  switch (metered) {
    case 1:
    case 3:
      return true;
    case 2:
    case 4:
      return false;
    default:
      return undefined;
  }
}

/** Without its check NetworkManager calls everything fully connected that has a default route. */
function connectivityOf({ connectivity }: Device, { checksConnectivity }: Manager): Connectivity {
  return checksConnectivity ? connectivity : 'unknown';
}

/** The device that a VPN made: nothing names it, but it has the VPN's addresses. */
function tunnelOf(activation: Activation, { tree, devices }: Scene): Device | undefined {
  const [address] = addressesOf(tree, activation.ip4Path);
  return address === undefined
    ? undefined
    : [...devices.values()].find(
        ({ path, ip4Path }) => !activation.devices.includes(path) && addressesOf(tree, ip4Path).includes(address),
      );
}
