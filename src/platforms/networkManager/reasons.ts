import { type Cause, type CauseCode, isPlatformFailure, PlatformFailure } from '../../engine/index.js';
import { BusError } from '../dbus/bus.js';
import { permissions } from './names.js';
import type { EndedActivation } from './objectTree.js';

/** A device's reasons for a change of state that say more than "other", with a few words each for the log and the details. */
const deviceReasons: Readonly<Record<number, readonly [CauseCode, string]>> = {
  3: ['disconnectedElsewhere', 'device is not managed any more'],
  4: ['settingsWrong', 'configuration failed'],
  5: ['noAddress', 'no IP configuration'],
  6: ['noAddress', 'IP configuration expired'],
  7: ['secretsMissing', 'no secrets'],
  8: ['other', 'supplicant disconnected'],
  9: ['settingsWrong', 'supplicant configuration failed'],
  10: ['other', 'supplicant failed'],
  11: ['other', 'supplicant took too long'],
  12: ['other', 'PPP service did not start'],
  13: ['other', 'PPP service disconnected'],
  14: ['other', 'PPP failed'],
  15: ['noAddress', 'DHCP client did not start'],
  16: ['noAddress', 'DHCP client error'],
  17: ['noAddress', 'DHCP failed'],
  18: ['other', 'sharing did not start'],
  19: ['other', 'sharing failed'],
  20: ['noAddress', 'automatic addressing did not start'],
  21: ['noAddress', 'automatic addressing error'],
  22: ['noAddress', 'automatic addressing failed'],
  23: ['other', 'line is busy'],
  24: ['other', 'no dial tone'],
  25: ['carrierLost', 'no carrier from the modem'],
  26: ['other', 'dialling took too long'],
  27: ['other', 'dialling failed'],
  28: ['deviceFailed', 'modem did not initialise'],
  29: ['settingsWrong', 'access point name refused'],
  30: ['other', 'modem is not searching'],
  31: ['other', 'registration denied'],
  32: ['other', 'registration took too long'],
  33: ['other', 'registration failed'],
  34: ['authenticationFailed', 'PIN check failed'],
  35: ['deviceFailed', 'firmware missing'],
  36: ['disconnectedElsewhere', 'device was removed'],
  37: ['sleeping', 'NetworkManager went to sleep'],
  38: ['profileRemoved', 'profile was deleted'],
  39: ['disconnectedElsewhere', 'disconnected by a person or program'],
  40: ['carrierLost', 'carrier lost'],
  43: ['deviceRemoved', 'modem not found'],
  44: ['deviceFailed', 'Bluetooth failed'],
  45: ['deviceFailed', 'no SIM card'],
  46: ['secretsMissing', 'SIM PIN required'],
  47: ['secretsMissing', 'SIM PUK required'],
  48: ['deviceFailed', 'wrong SIM card'],
  50: ['other', 'something that it depends on failed'],
  52: ['deviceFailed', 'ModemManager is not running'],
  53: ['carrierLost', 'radio network not found'],
  54: ['other', 'secondary connection failed'],
  57: ['deviceFailed', 'modem failed'],
  59: ['authenticationFailed', 'SIM PIN incorrect'],
  60: ['displaced', 'another activation took the device'],
  61: ['other', 'parent device changed'],
  62: ['other', 'management of the parent device changed'],
  64: ['noAddress', 'address is in use already'],
  65: ['settingsWrong', 'IP method not supported'],
  67: ['carrierLost', 'peer not found'],
  69: ['disconnectedElsewhere', 'unmanaged by default'],
  70: ['disconnectedElsewhere', 'unmanaged'],
  71: ['disconnectedElsewhere', 'unmanaged'],
  72: ['disconnectedElsewhere', 'NetworkManager is quitting'],
  73: ['sleeping', 'unmanaged while sleeping'],
  74: ['disconnectedElsewhere', 'unmanaged by configuration'],
  75: ['disconnectedElsewhere', 'unmanaged by a person or program'],
  76: ['disconnectedElsewhere', 'unmanaged by settings'],
  77: ['disconnectedElsewhere', 'unmanaged by udev'],
};

/** A VPN has no device of its own, so its activation says why. */
const vpnReasons: Readonly<Record<number, readonly [CauseCode, string]>> = {
  2: ['disconnectedElsewhere', 'disconnected by a person or program'],
  3: ['carrierLost', 'the connection under the VPN went down'],
  4: ['other', 'VPN service stopped'],
  5: ['settingsWrong', 'invalid IP configuration'],
  6: ['other', 'connecting took too long'],
  7: ['other', 'VPN service took too long to start'],
  8: ['other', 'VPN service did not start'],
  9: ['secretsMissing', 'no secrets'],
  10: ['authenticationFailed', 'login failed'],
  11: ['profileRemoved', 'profile was deleted'],
  12: ['other', 'something that it depends on failed'],
  13: ['deviceFailed', 'device could not be made'],
  14: ['deviceRemoved', 'device was removed'],
};

/** The reasons that stand even when the device is gone: on request, carrier, another activation, sleep. */
const says = new Set([37, 39, 40, 60, 73]);

/** What else is known when an activation has ended. */
export interface Surroundings {
  readonly networkingEnabled: boolean;
  readonly deviceExists: boolean;
  readonly profileExists: boolean;
  /** The name of what is on its device now; hostile text. */
  readonly successor: string | undefined;
}

/** Why an activation ended. */
export function causeOf(ended: EndedActivation, around: Surroundings): Cause {
  const number = ended.isVpn ? ended.reason : ended.deviceReason;
  const [code, words] = (ended.isVpn ? vpnReasons : deviceReasons)[number] ?? ['other', `reason ${number}`];
  const detail = words;
  if (!around.profileExists) {
    return { code: 'profileRemoved', detail };
  }
  // A device of software goes with what was started on it, and then its reason still says why.
  if (!around.deviceExists && !says.has(number)) {
    return { code: 'deviceRemoved', detail };
  }
  if (code === 'displaced') {
    // With nothing else on the device, somebody started the same one again.
    const { successor } = around;
    return successor === undefined ? { code: 'disconnectedElsewhere', detail } : { code, detail, other: successor };
  }
  return { code: code === 'sleeping' && !around.networkingEnabled ? 'networkingOff' : code, detail };
}

const busErrors: Readonly<Record<string, CauseCode>> = {
  'org.freedesktop.NetworkManager.UnknownConnection': 'notInReach',
  'org.freedesktop.NetworkManager.UnknownDevice': 'notInReach',
  'org.freedesktop.NetworkManager.ConnectionNotAvailable': 'notInReach',
  'org.freedesktop.NetworkManager.AgentManager.UserCanceled': 'refused',
  'org.freedesktop.NetworkManager.AgentManager.NoSecrets': 'secretsMissing',
  'org.freedesktop.NetworkManager.PermissionDenied': 'missingPermission',
  'org.freedesktop.NetworkManager.Settings.PermissionDenied': 'missingPermission',
  'org.freedesktop.NetworkManager.MissingPlugin': 'settingsWrong',
  'org.freedesktop.DBus.Error.AccessDenied': 'missingPermission',
  'org.freedesktop.DBus.Error.AuthFailed': 'missingPermission',
  'org.freedesktop.DBus.Error.InteractiveAuthorizationRequired': 'missingPermission',
  'org.freedesktop.DBus.Error.ServiceUnknown': 'platformAway',
  'org.freedesktop.DBus.Error.NameHasNoOwner': 'platformAway',
  'org.freedesktop.DBus.Error.NoReply': 'platformAway',
  'org.freedesktop.DBus.Error.Disconnected': 'platformAway',
  'org.freedesktop.DBus.Error.Timeout': 'other',
  'org.freedesktop.DBus.Error.UnknownMethod': 'notDefined',
  'org.freedesktop.DBus.Error.UnknownObject': 'notDefined',
};

/** What a failed call amounts to. Decides by the error's name, never by its words. */
export function failureOf(error: unknown, permission: string = permissions.control): PlatformFailure {
  if (isPlatformFailure(error)) {
    return error;
  }
  if (!(error instanceof BusError)) {
    return new PlatformFailure({ code: 'other', detail: String(error) });
  }
  const code = busErrors[error.dbusName] ?? 'other';
  const detail = error.message;
  return new PlatformFailure(code === 'missingPermission' ? { code, detail, permission } : { code, detail });
}
