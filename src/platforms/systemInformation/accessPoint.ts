import type { AccessPointFacts } from '../../engine/index.js';
import { leadsSomewhere, watchedFacts } from '../watchOnly.js';
import type { InterfaceRow } from './rows.js';

/** The name of the interface: what lasts on the systems that this platform is for (`en0`, `Wi-Fi`). */
export function identifierOf(interfaceName: string): string {
  return `systemInformation:${interfaceName}`;
}

/** An interface as an access point: in reach when it works, up when it also has an address that leads somewhere (S1). */
export function accessPointOf(row: InterfaceRow, previous: AccessPointFacts | undefined): AccessPointFacts {
  const { name, addresses, operstate, isDefault } = row;
  const isAddressed = addresses.some(leadsSomewhere);
  // Where the system does not tell the state, an address is the best sign.
  const works = operstate === 'up' || ((operstate === 'unknown' || operstate === '') && isAddressed);
  const isUp = works && (isAddressed || isDefault);
  return watchedFacts({
    ...row,
    identifier: identifierOf(name),
    inReach: works,
    up: isUp ? { addresses, gateway: undefined, dnsServers: [] } : undefined,
    lostCarrier: !works,
    // The package does not tell it.
    metric: undefined,
    previous,
  });
}

/** One that is not among the interfaces this time. Some systems leave out what has no cable; it may be back next time. */
export function missing(previous: AccessPointFacts): AccessPointFacts {
  return watchedFacts({ ...previous, inReach: false, up: undefined, lostCarrier: true, previous });
}
