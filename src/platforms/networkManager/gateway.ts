import { connect } from 'node:net';
import type { Clock } from '../../engine/index.js';
import { isOfLink6 } from '../../shared/addresses.js';

/** Milliseconds that are waited for a gateway to say anything. */
const patience = 300;
/** A port that gateways often have open; a refusal is an answer as well. */
const port = 53;

/**
 * Makes the kernel find out a gateway's hardware address, from an address of the link. Without that, the first packets
 * to leave by a link that has just been preferred are those of old connections: the kernel asks in the name of their
 * source, routers ignore who asks so, and everything stands for a second.
 *
 * What finds it out is on its way when this returns; it resolves when the gateway has answered, after 300 ms at the latest.
 */
export function warmGateway(gateway: string, from: string, device: string, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const host = isOfLink6(gateway) ? `${gateway}%${device}` : gateway;
    const socket = connect({ host, port, localAddress: from });
    const end = () => {
      timer.dispose();
      socket.destroy();
      resolve();
    };
    const timer = clock.setTimeout(end, patience);
    socket.once('connect', end).on('error', end);
  });
}
