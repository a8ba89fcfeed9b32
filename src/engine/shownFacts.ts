import type { Cause } from './errors.js';
import type { AccessPointFacts, NetworkInterface } from './platform.js';

/** Whether the facts of an access point say the same of what is shown beside its configuration. */
export function sameShownFacts(one: AccessPointFacts | undefined, other: AccessPointFacts | undefined): boolean {
  return (
    one?.connectivity === other?.connectivity &&
    sameCause(one?.cause, other?.cause) &&
    sameInterface(one?.interface, other?.interface)
  );
}

function sameCause(one: Cause | undefined, other: Cause | undefined): boolean {
  return one === other || (one?.code === other?.code && one?.detail === other?.detail && one?.other === other?.other);
}

function sameInterface(one: NetworkInterface | undefined, other: NetworkInterface | undefined): boolean {
  if (one === undefined || other === undefined || one === other) {
    return one === other;
  }
  return (
    one.name === other.name &&
    one.gateway === other.gateway &&
    sameTexts(one.addresses, other.addresses) &&
    sameTexts(one.dnsServers, other.dnsServers)
  );
}

function sameTexts(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((text, index) => text === other[index]);
}
