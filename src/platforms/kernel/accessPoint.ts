import { isIPv6 } from 'node:net';
import { type AccessPointFacts, type Cause, defaultConnectTimeout, Purpose } from '../../engine/index.js';
import type { InterfaceReading } from './interfaces.js';
import type { DefaultRoute } from './routes.js';

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
  reading: InterfaceReading,
  { addresses, route, dnsServers, previous }: Surroundings,
): AccessPointFacts {
  const isUp = reading.works && (route !== undefined || addresses === undefined || addresses.some(isUsable));
  return Object.freeze<AccessPointFacts>({
    identifier: identifierOf(reading.name),
    name: reading.name,
    bearerType: reading.bearerType,
    purpose: Purpose.Unknown,
    inReach: reading.hasCarrier,
    link: isUp ? 'up' : 'down',
    lingers: false,
    awaitsPerson: false,
    cause: isUp ? undefined : causeOf(reading, previous),
    metered: undefined,
    reachesNetwork: undefined,
    device: reading.name,
    interface: isUp
      ? Object.freeze({
          name: reading.name,
          addresses: Object.freeze([...(addresses ?? [])]),
          gateway: route?.gateway,
          dnsServers: Object.freeze([...dnsServers]),
        })
      : undefined,
    connectTimeout: defaultConnectTimeout,
    obstacles: none,
    signal: undefined,
    speed: reading.hasCarrier ? reading.speed : undefined,
    hardwareAddress: reading.hardwareAddress,
  });
}

const none = Object.freeze({});
const carrierLost: Cause = Object.freeze({ code: 'carrierLost' });
const disconnectedElsewhere: Cause = Object.freeze({ code: 'disconnectedElsewhere' });

/** What was seen to end it stays the cause until it is up again; one that was never seen up has none. */
function causeOf(
  { isEnabled, hasCarrier }: InterfaceReading,
  previous: AccessPointFacts | undefined,
): Cause | undefined {
  if (previous?.link !== 'up') {
    return previous?.cause;
  }
  return isEnabled && !hasCarrier ? carrierLost : disconnectedElsewhere;
}

/** An IPv6 address of the link alone comes by itself with the carrier, whether anything is there or not. */
function isUsable(address: string): boolean {
  return !(isIPv6(address) && /^fe[89ab]/i.test(address));
}
