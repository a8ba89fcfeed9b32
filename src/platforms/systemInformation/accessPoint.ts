import { isIPv6 } from 'node:net';
import { type AccessPointFacts, type Cause, defaultConnectTimeout, Purpose } from '../../engine/index.js';
import type { InterfaceRow } from './rows.js';

/** The name of the interface: what lasts on the systems that this platform is for (`en0`, `Wi-Fi`). */
export function identifierOf(interfaceName: string): string {
  return `systemInformation:${interfaceName}`;
}

/** An interface as an access point: in reach when it works, up when it also has an address that leads somewhere (S1). */
export function accessPointOf(row: InterfaceRow, previous: AccessPointFacts | undefined): AccessPointFacts {
  const isAddressed = row.addresses.some((address) => !(isIPv6(address) && /^fe[89ab]/i.test(address)));
  // Where the system does not tell the state, an address is the best sign.
  const works = row.operstate === 'up' || ((row.operstate === 'unknown' || row.operstate === '') && isAddressed);
  const isUp = works && (isAddressed || row.isDefault);
  return Object.freeze<AccessPointFacts>({
    identifier: identifierOf(row.name),
    name: row.name,
    bearerType: row.bearerType,
    purpose: Purpose.Unknown,
    inReach: works,
    link: isUp ? 'up' : 'down',
    lingers: false,
    awaitsPerson: false,
    cause: isUp ? undefined : causeOf(works, previous),
    metered: undefined,
    reachesNetwork: undefined,
    device: row.name,
    interface: isUp
      ? Object.freeze({
          name: row.name,
          addresses: Object.freeze([...row.addresses]),
          gateway: undefined,
          dnsServers: Object.freeze([]),
        })
      : undefined,
    connectTimeout: defaultConnectTimeout,
    obstacles: none,
    signal: undefined,
    speed: works ? row.speed : undefined,
    hardwareAddress: row.hardwareAddress,
  });
}

/** One that is not among the interfaces this time. Some systems leave out what has no cable; it may be back next time. */
export function missing(previous: AccessPointFacts): AccessPointFacts {
  return Object.freeze<AccessPointFacts>({
    ...previous,
    inReach: false,
    link: 'down',
    cause: causeOf(false, previous),
    interface: undefined,
    speed: undefined,
  });
}

const none = Object.freeze({});
const carrierLost: Cause = Object.freeze({ code: 'carrierLost' });
const disconnectedElsewhere: Cause = Object.freeze({ code: 'disconnectedElsewhere' });

/** What was seen to end it stays the cause until it is up again; one that was never seen up has none. */
function causeOf(works: boolean, previous: AccessPointFacts | undefined): Cause | undefined {
  if (previous?.link !== 'up') {
    return previous?.cause;
  }
  return works ? disconnectedElsewhere : carrierLost;
}
