import type { Profile } from './profile.js';
import type { Device } from './records.js';

/** The metric of a tunnel: nothing that carries one may be preferred to it. */
export const tunnelMetric = 50;

/** What NetworkManager gives a device by its NM_DEVICE_TYPE; the second of a kind gets one more, and so on. */
const byDevice: Readonly<Record<number, number>> = {
  1: 100, // Ethernet
  2: 600, // Wi-Fi
  5: 750, // Bluetooth
  6: 650, // mesh
  7: 250, // WiMAX
  8: 700, // modem
  9: 150, // InfiniBand
  10: 300, // bond
  11: 400, // VLAN
  12: 200, // ADSL
  13: 425, // bridge
  15: 350, // team
  16: 450, // TUN
  17: 675, // IP tunnel
  18: 410, // macvlan
  19: 500, // VXLAN
  20: 100, // veth
  21: 125, // MACsec
  22: 550, // dummy
  23: 460, // PPP
  29: tunnelMetric, // WireGuard
  31: 470, // VRF
};

/** The same by kind of profile, where its device is not known: it may be made when it is started. */
const byProfile: Readonly<Record<string, number>> = {
  '802-3-ethernet': 100,
  '802-11-wireless': 600,
  'ip-tunnel': 675,
  bluetooth: 750,
  bond: 300,
  bridge: 425,
  cdma: 700,
  dummy: 550,
  gsm: 700,
  infiniband: 150,
  macsec: 125,
  macvlan: 410,
  pppoe: 460,
  team: 350,
  tun: 450,
  veth: 100,
  vlan: 400,
  vpn: tunnelMetric,
  vrf: 470,
  vxlan: 500,
  wimax: 250,
  wireguard: tunnelMetric,
};

/** The metric that the default route of a profile has when it is started; undefined where it has none, or nobody knows. */
export function plannedMetric({ type, metric }: Profile, device: Device | undefined): number | undefined {
  if (metric === undefined || metric >= 0) {
    return metric;
  }
  return type === 'vpn' ? tunnelMetric : ((device && byDevice[device.type]) ?? byProfile[type]);
}

/** Device types of tunnels, whose traffic is carried by the other links. */
const tunnels = new Set([16, 17, 19, 23, 29]);

export const isTunnel = ({ type }: Device): boolean => tunnels.has(type);
