import {
  BearerType,
  ConfigurationState,
  type Connectivity,
  type NetworkConfiguration,
  SessionState,
} from '../../engine/index.js';
import { plainLine } from '../../shared/hostileText.js';
import type { Translate } from './translate.js';

/** A state in a person's words. The same word stands for the same state everywhere. */
export function stateWord(state: SessionState, t: Translate): string {
  switch (state) {
    case SessionState.Invalid:
      return t('Not known any more');
    case SessionState.NotAvailable:
      return t('Not in reach');
    case SessionState.Connecting:
      return t('Connecting');
    case SessionState.Connected:
      return t('Connected');
    case SessionState.Closing:
      return t('Closing');
    case SessionState.Disconnected:
      return t('Disconnected');
    case SessionState.Roaming:
      return t('Roaming');
  }
}

/** The field's own term for the state of a configuration, for tooltips and bug reports. Not translated. */
export function configurationTerm(state: ConfigurationState): string {
  return ConfigurationState[state] ?? String(state);
}

export function bearerWord(type: BearerType, t: Translate): string {
  switch (type) {
    case BearerType.Ethernet:
      return t('Ethernet');
    case BearerType.WLAN:
      return t('Wi-Fi');
    case BearerType.Bluetooth:
      return t('Bluetooth');
    case BearerType.VPN:
      return t('VPN');
    case BearerType.Unknown:
      return t('Unknown');
    case BearerType.Other:
      return t('Other');
    case BearerType.WiMAX:
      return 'WiMAX';
    case BearerType['2G']:
    case BearerType.CDMA2000:
    case BearerType.WCDMA:
    case BearerType.HSPA:
    case BearerType.EVDO:
    case BearerType.LTE:
    case BearerType['3G']:
    case BearerType['4G']:
    case BearerType['5G']:
      return t('Mobile ({0})', BearerType[type]);
  }
}

/** The product icon of a bearer. */
export function bearerIcon(type: BearerType): string {
  switch (type) {
    case BearerType.Ethernet:
      return 'plug';
    case BearerType.WLAN:
    case BearerType.WiMAX:
      return 'broadcast';
    case BearerType.VPN:
      return 'shield';
    case BearerType.Bluetooth:
      return 'device-mobile';
    case BearerType.Unknown:
    case BearerType.Other:
      return 'globe';
    case BearerType['2G']:
    case BearerType.CDMA2000:
    case BearerType.WCDMA:
    case BearerType.HSPA:
    case BearerType.EVDO:
    case BearerType.LTE:
    case BearerType['3G']:
    case BearerType['4G']:
    case BearerType['5G']:
      return 'radio-tower';
  }
}

export function connectivityWord(connectivity: Connectivity, t: Translate): string {
  switch (connectivity) {
    case 'unknown':
      return t('Unknown');
    case 'none':
      return t('None');
    case 'limited':
      return t('Limited');
    case 'portal':
      return t('A sign-in page is in the way');
    case 'full':
      return t('Full');
  }
}

/** What to call an access point: its name made harmless, else its identifier, and never nothing. */
export function displayName(
  { name, identifier }: Pick<NetworkConfiguration, 'name' | 'identifier'>,
  t: Translate,
): string {
  return plainLine(name) || plainLine(identifier) || t('Unnamed access point');
}
