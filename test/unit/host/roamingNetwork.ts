import type { Ask, RoamingPolicy, SessionOptions, SuitabilityTest } from '../../../src/engine/index.js';
import { definitionsOf } from '../../../src/host/model/serviceNetworks.js';
import type { SessionEntry } from '../../../src/host/model/sessionList.js';
import { type Network, network, settled } from './network.js';

export type { RoamingPolicy };
export type SimulatedNetwork = Network;

/** The service network Office: a LAN before a Wi-Fi; and ours beside it. */
export function office({
  policy = 'ask',
  tests = [],
  ask,
  device,
}: {
  readonly policy?: RoamingPolicy;
  readonly tests?: readonly SuitabilityTest[];
  readonly ask?: Ask;
  /** Of both of them. */
  readonly device?: string;
}): Promise<Network> {
  const entry = { name: 'Office', accessPoints: ['lan', 'wifi'], tests, roaming: policy, preferUnmetered: true };
  const accessPoints = [
    { identifier: 'lan', name: 'Office LAN', device },
    { identifier: 'wifi', name: 'Office Wi-Fi', device },
  ];
  const serviceNetworks = definitionsOf([entry], { name: 'Internet', roaming: 'ask' }, false);
  return network(accessPoints, undefined, { serviceNetworks, ...(ask === undefined ? {} : { ask }) });
}

/** A session that is open. */
export async function openOn({ list }: Network, identifier: string, options?: SessionOptions): Promise<SessionEntry> {
  const entry = list.create(identifier, options);
  list.open(entry);
  await entry.session.waitForOpened();
  await settled();
  return entry;
}
