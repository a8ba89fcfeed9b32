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
    const best = bestOfOthers(field, device.ipInterface, version);
    if (own !== undefined && own >= best) {
      metrics[version] = Math.min(best - 1, plannedMetric(profile, device) ?? best - 1);
    }
  }
  return metrics;
}

/** The metrics with which a link that is about to come up leaves the traffic where it is; empty where it does by itself. */
export function metricsBehindOthers(field: Field, device: Device, profile: Profile): Metrics {
  const metrics: Partial<Record<Version, number>> = {};
  const planned = plannedMetric(profile, device);
  // Of two that leave it to the system and would have the same, the one that is up has it.
  const givesWay = profile.metric === -1;
  for (const version of versions) {
    const best = bestOfOthers(field, device.ipInterface, version);
    if (planned !== undefined && Number.isFinite(best) && (planned < best || (planned === best && !givesWay))) {
      metrics[version] = best + 1;
    }
  }
  return metrics;
}

/** Whether it would go before tunnels, or there is no such metric. */
export const isBelowFloor = (metrics: Metrics): boolean =>
  Object.values(metrics).some((metric) => metric <= tunnelMetric);

/** Of the default routes of all other links, as the kernel and NetworkManager have them. Tunnels stay before all. */
function bestOfOthers({ picture, tree, procRoot }: Field, own: string, version: Version): number {
  const devices = [...picture.devices.values()];
  const managed = devices.map((device) => ({
    interfaceName: device.ipInterface,
    metric: shownMetric(tree, device, version),
  }));
  const metrics = [...managed, ...readDefaultRoutesByVersion(procRoot)[version]].flatMap(
    ({ interfaceName, metric = Number.POSITIVE_INFINITY }) => {
      const device = devices.find(({ ipInterface }) => ipInterface === interfaceName);
      const staysBefore = (device === undefined || isTunnel(device)) && metric <= tunnelMetric;
      return interfaceName === own || staysBefore ? [] : [metric];
    },
  );
  return Math.min(...metrics);
}
