import type { AccessPointFacts } from '../../engine/index.js';
import type { DefaultRoute } from '../routes.js';
import { leadsSomewhere, watchedFacts } from '../watchOnly.js';
import type { InterfaceReading } from './interfaces.js';

/** What is known beside the interface itself. */
export interface Surroundings {
  /** Undefined when nobody can tell. */
  readonly addresses: readonly string[] | undefined;
  /** The best default route over it. */
  readonly route: DefaultRoute | undefined;
  readonly dnsServers: readonly string[];
  /** What was told of it before. */
  readonly previous: AccessPointFacts | undefined;
}

/**
 * The name of the interface, not its hardware address: the system's rules give names that last (by the slot, or by the
 * only one there is), while addresses are made up anew for containers and radios, are borrowed by the ports of a bond,
 * and are nobody's business in settings that travel.
 */
export function identifierOf(interfaceName: string): string {
  return `kernel:${interfaceName}`;
}

/**
 * An interface as an access point. It is in reach with carrier. It is up as a person means it: it works, and this
 * machine has an address on it beyond the one that every plugged port gives itself, or a default route over it (S1,
 * M3b). Where nobody can tell the addresses, working is enough (M4a).
 */
export function accessPointOf(
  { name, bearerType, isEnabled, hasCarrier, works, speed, hardwareAddress }: InterfaceReading,
  { addresses, route, dnsServers, previous }: Surroundings,
): AccessPointFacts {
  const isUp = works && (route !== undefined || addresses === undefined || addresses.some(leadsSomewhere));
  return watchedFacts({
    identifier: identifierOf(name),
    name,
    bearerType,
    inReach: hasCarrier,
    up: isUp ? { addresses: addresses ?? [], gateway: route?.gateway, dnsServers } : undefined,
    lostCarrier: isEnabled && !hasCarrier,
    previous,
    speed,
    hardwareAddress,
    // What is down has no route, and nobody knows what would give it one.
    metric: isUp ? route?.metric : undefined,
  });
}
