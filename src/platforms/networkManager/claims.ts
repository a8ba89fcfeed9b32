import type { Journal } from '../journal.js';
import { type ChangedMetric, placeOf, type Trace } from '../trace.js';
import type { Additions, AppliedMetrics } from './appliedConnection.js';
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
  return {
    table: placeOf(wanted.device).table,
    diversion: wanted.diversion,
    metric4: wanted.metric4?.now ?? written.metric4?.before,
    metric6: wanted.metric6?.now ?? written.metric6?.before,
  };
}

/**
 * Writes down which metrics a link is about to get, and returns what that comes to. What it had before is what it had
 * before anybody of this software changed it.
 */
export function noteMetrics(journal: Journal, target: Target, wanted: Metrics, applied: AppliedMetrics): Additions {
  const trace: Trace = { ...journal.traces.get(target.identifier), ...target };
  const others = claimsOfOthers(journal, target.identifier);
  const changed = (version: Version): ChangedMetric | undefined => {
    const key = `metric${version}` as const;
    const now = wanted[version];
    const known = trace[key] ?? others.find((other) => other[key] !== undefined)?.[key];
    return now === undefined ? trace[key] : { before: known?.before ?? applied[`ipv${version}`], now };
  };
  const next: Trace = { ...trace, metric4: changed(4), metric6: changed(6) };
  journal.put(next);
  return additionsOf(next, next);
}
