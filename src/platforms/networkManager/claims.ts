import type { Journal } from '../journal.js';
import { type ChangedMetric, placeOf, type Trace } from '../trace.js';
import type { Additions, AppliedMetrics } from './appliedConnection.js';
import { defaultRouteOf } from './linkRoutes.js';
import type { UpLink } from './links.js';
import type { Metrics, Version } from './ranks.js';

/** Where something is done: the names that its trace has. */
export type Target = Pick<Trace, 'identifier' | 'device' | 'owner'>;

export const targetOf = ({ identifier, device, owner }: UpLink): Target => ({
  identifier,
  device: device.ipInterface,
  owner,
});

/** What other processes that live have done to an access point. */
export function claimsOfOthers(journal: Journal, identifier: string): readonly Trace[] {
  return journal.others().filter((trace) => trace.identifier === identifier);
}

/** What a device needs for what a trace says; metrics that were written and are not wanted go back to what they were. */
export function additionsOf(wanted: Trace, written: Trace): Additions {
  const { metric4, metric6 } = wanted;
  const route4 = metric4?.via === undefined ? undefined : { gateway: metric4.via, metric: metric4.now };
  const hadRoute = written.metric4?.via !== undefined;
  return {
    table: placeOf(wanted.device).table,
    diversion: wanted.diversion,
    metric4: metric4 === undefined || route4 !== undefined ? (metric4 ?? written.metric4)?.before : metric4.now,
    metric6: metric6?.now ?? written.metric6?.before,
    route4,
    dropped4: hadRoute && written.metric4?.now !== route4?.metric ? written.metric4?.now : undefined,
  };
}

/**
 * Writes down which metrics a link is about to get, and returns what that comes to. What it had before is what it had
 * before anybody of this software changed it.
 *
 * A better metric of a link whose addresses a server gives is a default route beside its own: that is there some 3 ms
 * sooner than its own with another metric (1.42), and its own stays as the server gave it.
 */
export function noteMetrics(journal: Journal, link: UpLink, wanted: Metrics, applied: AppliedMetrics): Additions {
  const trace: Trace = { ...journal.traces.get(link.identifier), ...targetOf(link) };
  const others = claimsOfOthers(journal, link.identifier);
  const changed = (version: Version): ChangedMetric | undefined => {
    const key = `metric${version}` as const;
    const now = wanted[version];
    const known = trace[key] ?? others.find((other) => other[key] !== undefined)?.[key];
    if (now === undefined) {
      return trace[key];
    }
    const route = defaultRouteOf(link.attached.tree, link.device, version);
    const own = known === undefined ? route?.metric : known.own;
    const isBeside = version === 4 && applied.isLeased4 && own !== undefined && now < own;
    return { before: known?.before ?? applied[`ipv${version}`], now, own, via: isBeside ? route?.gateway : undefined };
  };
  const next: Trace = { ...trace, metric4: changed(4), metric6: changed(6) };
  journal.put(next);
  return additionsOf(next, trace);
}
