import { readDefaultRoutesByVersion } from '../routes.js';
import type { Picture } from './accessPoints.js';
import { shownMetric } from './linkRoutes.js';
import type { LinksHost } from './links.js';
import { isTunnel, plannedMetric, tunnelMetric } from './metric.js';
import type { Profile } from './profile.js';
import type { Device, Tree } from './records.js';

export type Version = 4 | 6;
/** Metrics by version of IP; what is missing stays as it is. */
export type Metrics = Readonly<Partial<Record<Version, number>>>;

export const versions: readonly Version[] = [4, 6];

/** What the ranks of default routes are told from. */
export interface Field {
  readonly picture: Picture;
  readonly tree: Tree;
  readonly procRoot: string;
}

export function fieldOf(host: LinksHost): Field | undefined {
  const picture = host.picture();
  const tree = host.attached()?.tree;
  return picture && tree && { picture, tree, procRoot: host.procRoot };
}

/** The metrics with which a link goes before all others; empty where it does already. */
export function metricsBeforeOthers(field: Field, device: Device, profile: Profile): Metrics {
  const metrics: Partial<Record<Version, number>> = {};
  for (const version of versions) {
    const own = shownMetric(field.tree, device, version);
    const best = bestOf(othersOf(field, device.ipInterface, version));
    if (own !== undefined && own >= best) {
      metrics[version] = Math.min(best - 1, plannedMetric(profile, device) ?? best - 1);
    }
  }
  return metrics;
}

/** How a link that is about to come up is kept from drawing the traffic. */
export interface Rivalry {
  /** The metrics with which it leaves the traffic where it is; empty where it does by itself. */
  readonly behind: Metrics;
  /** The link that has the traffic, and the metrics with which that holds it; undefined where it cannot. */
  readonly holder: { readonly device: Device; readonly metrics: Metrics } | undefined;
}

/** A link without carrier has no traffic that could be drawn. */
export function rivalryOf(field: Field, device: Device, profile: Profile): Rivalry {
  const behind: Partial<Record<Version, number>> = {};
  const before: Partial<Record<Version, number>> = {};
  const holders = new Set<Device | undefined>();
  const planned = plannedMetric(profile, device);
  // Of two that leave it to the system and would have the same, the one that is up has it.
  const givesWay = profile.metric === -1;
  for (const version of versions) {
    const others = othersOf(field, device.ipInterface, version).filter((other) => other.device?.hasCarrier !== false);
    const best = bestOf(others);
    if (planned !== undefined && Number.isFinite(best) && (planned < best || (planned === best && !givesWay))) {
      behind[version] = best + 1;
      before[version] = planned - 1;
      holders.add(others.find(({ metric }) => metric === best)?.device);
    }
  }
  const [holder] = holders;
  const canHold = holders.size === 1 && holder !== undefined && !isTunnel(holder) && !isBelowFloor(before);
  return { behind, holder: canHold ? { device: holder, metrics: before } : undefined };
}

/** Whether it would go before tunnels, or there is no such metric. */
export const isBelowFloor = (metrics: Metrics): boolean =>
  Object.values(metrics).some((metric) => metric <= tunnelMetric);

interface Other {
  /** Undefined for one that NetworkManager does not know. */
  readonly device: Device | undefined;
  readonly metric: number;
}

/** The default routes of all other links, as the kernel and NetworkManager have them. Tunnels stay before all. */
function othersOf({ picture, tree, procRoot }: Field, own: string, version: Version): readonly Other[] {
  const devices = [...picture.devices.values()];
  const managed = devices.map((device) => ({
    interfaceName: device.ipInterface,
    metric: shownMetric(tree, device, version),
  }));
  return [...managed, ...readDefaultRoutesByVersion(procRoot)[version]].flatMap(({ interfaceName, metric }) => {
    const device = devices.find(({ ipInterface }) => ipInterface === interfaceName);
    const staysBefore = (device === undefined || isTunnel(device)) && (metric ?? 0) <= tunnelMetric;
    return interfaceName === own || metric === undefined || staysBefore ? [] : [{ device, metric }];
  });
}

const bestOf = (others: readonly Other[]): number => Math.min(...others.map(({ metric }) => metric));
