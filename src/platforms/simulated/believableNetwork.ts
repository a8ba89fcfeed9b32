import { BearerType, Purpose } from '../../engine/index.js';
import type { SimulatedAccessPoint } from './description.js';

/**
 * What a laptop at work might see: for trying out. Four ways lead to the internet: a cable, two radio networks that share
 * one radio, so that a move between them interrupts (R3), and a phone that is metered, so that it comes last (R1).
 */
export const believableNetwork: readonly SimulatedAccessPoint[] = [
  {
    identifier: 'simulated-ethernet',
    name: 'Office LAN',
    bearerType: BearerType.Ethernet,
    purpose: Purpose.Private,
    up: true,
    metered: false,
    connectivity: 'full',
    startMs: 600,
    stopMs: 300,
    device: 'ethernet',
    speed: 1_000_000_000,
    flow: { received: 180_000, written: 24_000 },
  },
  {
    identifier: 'simulated-wifi-office',
    name: 'Office Wi-Fi',
    bearerType: BearerType.WLAN,
    purpose: Purpose.Private,
    metered: false,
    connectivity: 'full',
    startMs: 1500,
    stopMs: 400,
    device: 'wifi',
    signal: 78,
    speed: 433_000_000,
    flow: { received: 90_000, written: 12_000 },
  },
  {
    identifier: 'simulated-wifi-cafe',
    name: 'Café Müller',
    bearerType: BearerType.WLAN,
    purpose: Purpose.Public,
    connectivity: 'full',
    startMs: 2000,
    stopMs: 400,
    device: 'wifi',
    signal: 41,
    speed: 72_000_000,
    flow: { received: 30_000, written: 4_000 },
  },
  {
    identifier: 'simulated-modem',
    name: 'Phone',
    bearerType: BearerType.LTE,
    purpose: Purpose.Unknown,
    metered: true,
    connectivity: 'full',
    startMs: 3000,
    stopMs: 600,
    device: 'modem',
    signal: 63,
    flow: { received: 15_000, written: 3_000 },
  },
  {
    identifier: 'simulated-vpn',
    name: 'Company VPN',
    bearerType: BearerType.VPN,
    purpose: Purpose.Private,
    connectivity: 'full',
    startMs: 1200,
    stopMs: 200,
    device: 'vpn',
    flow: { received: 40_000, written: 9_000 },
  },
];
