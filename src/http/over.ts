// What else than HTTP can be asked of a link, as HTTP sessions ask it: connections and names.
import type { Socket } from 'node:net';
import type { Clock } from '../engine/index.js';
import { LinkConnector } from './connector.js';
import { addressesOf } from './names.js';
import type { NetworkBinding } from './network.js';
import { Traffic } from './traffic.js';

export interface OverOptions {
  /** Ends it, also when it is there. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

/** A connection by TCP that leaves by a link. Rejects with the system's error, the resolver's, or NoAddressError. */
export function connectOver(
  binding: NetworkBinding,
  host: string,
  port: number,
  { signal, clock }: OverOptions,
): Promise<Socket> {
  const traffic = new Traffic();
  return new LinkConnector({ binding, connectTimeout: 0, systemCertificates: true, traffic, clock }).connect(
    host,
    port,
    signal,
  );
}

/** The addresses of a name as the name servers of a link know them, of either family; never none. Rejects as {@link connectOver}. */
export async function resolveOver(
  binding: NetworkBinding,
  name: string,
  { signal, clock }: OverOptions,
): Promise<readonly string[]> {
  return (await addressesOf(name, [4, 6], binding, signal, clock)).flat();
}
