import { Capability, type Connectivity, type SystemFacts } from '../../engine/index.js';
import type { AccessPoint, Picture } from './accessPoints.js';
import { DeviceType } from './names.js';
import { canRoute, obstaclesOf, type Permissions } from './permissions.js';

const platform = 'networkManager';

/**
 * What is known of the system while NetworkManager serves. `hasForeignRoute` says whether the kernel has a default route,
 * which may be of an interface that NetworkManager leaves alone.
 */
export function systemFacts(
  picture: Picture,
  permissions: Permissions,
  hasForeignRoute: () => boolean = () => false,
): SystemFacts {
  const all = [...picture.accessPoints.values()];
  const isOnline = picture.hasRoute && all.some(({ facts }) => facts.link === 'up');
  const routed = routedAccessPoint(picture);
  const hasRadio = [...picture.devices.values()].some(({ type }) => type === DeviceType.wifi);
  return Object.freeze({
    capabilities:
      Capability.DataStatistics |
      (permissions.control === 'no' ? 0 : Capability.CanStartAndStopInterfaces) |
      (canRoute(permissions) ? Capability.ApplicationLevelRoaming | Capability.ForcedRoaming : 0),
    obstacles: obstaclesOf(permissions, hasRadio),
    defaultIdentifier: (routed ?? firstToStart(all))?.facts.identifier ?? '',
    defaultIsRouted: routed !== undefined,
    isOnline,
    connectivity: connectivityOf(picture, hasForeignRoute),
    polls: false,
    away: undefined,
    platform,
  });
}

/** What is known of the system while NetworkManager is gone: what was, as far as it may still be so, and that nothing can be done. */
export function systemFactsAway(before: SystemFacts | undefined, detail: string): SystemFacts {
  const away = { code: 'platformAway', detail } as const;
  return Object.freeze({
    capabilities: Capability.DataStatistics,
    obstacles: { start: away, stop: away, update: away },
    defaultIdentifier: before?.defaultIdentifier ?? '',
    defaultIsRouted: before?.defaultIsRouted ?? false,
    isOnline: before?.isOnline ?? false,
    connectivity: 'unknown',
    polls: false,
    away,
    platform,
  });
}

function routedAccessPoint({ manager, activations, accessPoints }: Picture): AccessPoint | undefined {
  const primary = activations.find(({ path }) => path === manager.primaryActivation);
  const accessPoint = primary && accessPoints.get(primary.identifier);
  return accessPoint?.facts.link === 'up' ? accessPoint : undefined;
}

/** Of those that start by themselves what is up already, then the highest priority, then the last used, as NetworkManager orders them. */
function firstToStart(all: readonly AccessPoint[]): AccessPoint | undefined {
  let first: AccessPoint | undefined;
  for (const each of all) {
    const mayStart = each.facts.link === 'up' || (each.facts.inReach && each.profile.autoconnect);
    if (mayStart && (first === undefined || order(each, first) < 0)) {
      first = each;
    }
  }
  return first;
}

function order(one: AccessPoint, other: AccessPoint): number {
  const isUp = ({ facts }: AccessPoint) => Number(facts.link === 'up');
  return (
    isUp(other) - isUp(one) ||
    other.profile.priority - one.profile.priority ||
    other.profile.lastUsed - one.profile.lastUsed
  );
}

/**
 * Without its check NetworkManager says "full" as soon as there is a default route. "None" it knows by itself: there is
 * none, which it may say a moment longer than is true, and which it says of its own interfaces only.
 */
function connectivityOf({ manager, hasRoute }: Picture, hasForeignRoute: () => boolean): Connectivity {
  const { connectivity: said, checksConnectivity } = manager;
  if (said === 'none') {
    return hasRoute || hasForeignRoute() ? 'unknown' : 'none';
  }
  return checksConnectivity && hasRoute ? said : 'unknown';
}
