import { same } from '../shared/same.js';
import type { AccessPointFacts } from './platform.js';

/** Whether the facts of an access point say the same of what is shown beside its configuration. */
export function sameShownFacts(one: AccessPointFacts | undefined, other: AccessPointFacts | undefined): boolean {
  return (
    one?.connectivity === other?.connectivity &&
    same(one?.cause, other?.cause) &&
    same(one?.interface, other?.interface)
  );
}
