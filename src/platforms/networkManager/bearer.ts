import { BearerType } from '../../engine/index.js';
import type { Device } from './records.js';

const bearers: Readonly<Record<string, BearerType>> = {
  '802-3-ethernet': BearerType.Ethernet,
  pppoe: BearerType.Ethernet,
  veth: BearerType.Ethernet,
  '802-11-wireless': BearerType.WLAN,
  '802-11-olpc-mesh': BearerType.WLAN,
  bluetooth: BearerType.Bluetooth,
  wimax: BearerType.WiMAX,
  vpn: BearerType.VPN,
  wireguard: BearerType.VPN,
  tun: BearerType.VPN,
};

/** Kinds whose base must be up, rather than a device of their own. */
const overOthers = new Set(['vpn', 'wireguard', 'tun', 'ip-tunnel', 'vxlan']);
/** Kinds whose device is made when they are started. */
const madeOnStart = new Set([
  'bond',
  'bridge',
  'team',
  'vlan',
  'macvlan',
  'macsec',
  'vrf',
  'dummy',
  'veth',
  'hsr',
  'ipvlan',
]);

export const needsBase = (type: string): boolean => overOthers.has(type);
export const makesDevice = (type: string): boolean => madeOnStart.has(type);

const modemEvdo = 0x2;
const modemUmts = 0x4;
const modemLte = 0x8;
const modem5g = 0x40;

/** The bearer of a kind of profile on its device. A modem's is the best it is capable of: what it uses, only ModemManager knows. */
export function bearerOf(type: string, device: Device | undefined): BearerType {
  if (type === 'gsm' || type === 'cdma') {
    const capabilities = device?.modemCapabilities ?? 0;
    const generations = [
      [modem5g, BearerType['5G']],
      [modemLte, BearerType.LTE],
      [modemUmts, BearerType['3G']],
      [modemEvdo, BearerType.CDMA2000],
    ] as const;
    return generations.find(([capability]) => (capabilities & capability) !== 0)?.[1] ?? BearerType.Unknown;
  }
  return bearers[type] ?? BearerType.Other;
}
