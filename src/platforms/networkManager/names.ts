/** The names and numbers of NetworkManager's D-Bus interface that are used here, as its reference lists them. */

export const service = 'org.freedesktop.NetworkManager';
/** Where the ObjectManager lives: above `managerPath`. */
export const rootPath = '/org/freedesktop';
export const managerPath = '/org/freedesktop/NetworkManager';
export const settingsPath = '/org/freedesktop/NetworkManager/Settings';
/** "None" wherever an object path is wanted. */
export const noPath = '/';

export const interfaces = {
  manager: service,
  device: `${service}.Device`,
  wired: `${service}.Device.Wired`,
  wireless: `${service}.Device.Wireless`,
  modem: `${service}.Device.Modem`,
  cell: `${service}.AccessPoint`,
  activation: `${service}.Connection.Active`,
  vpn: `${service}.VPN.Connection`,
  settings: `${service}.Settings`,
  profile: `${service}.Settings.Connection`,
  ip4: `${service}.IP4Config`,
  ip6: `${service}.IP6Config`,
} as const;

export const permissions = {
  control: `${service}.network-control`,
  scan: `${service}.wifi.scan`,
  checkpoint: `${service}.checkpoint-rollback`,
} as const;

export const ManagerState = { connectedSite: 60 } as const;

export const DeviceState = { disconnected: 30, prepare: 40, needAuth: 60, ipCheck: 80 } as const;

export const DeviceType = { wifi: 2 } as const;

export const deviceDetectsCarrier = 0x2;
export const interfaceHasCarrier = 0x1_0000;

export const ActivationState = { unknown: 0, activating: 1, activated: 2, deactivating: 3, deactivated: 4 } as const;
/** Somebody else configured the interface, and NetworkManager only shows it. */
export const activationIsExternal = 0x80;
export const profileIsExternal = 0x8;

export const VpnState = { needAuth: 2 } as const;
