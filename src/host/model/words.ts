import {
  BearerType,
  ConfigurationState,
  ConfigurationType,
  type Connectivity,
  type NetworkConfiguration,
  type RoamingPolicy,
  SessionState,
  userChoiceIdentifier,
} from '../../engine/index.js';
import { plainLine } from '../../shared/hostileText.js';
import { internetIdentifier, networkName } from './serviceNetworks.js';
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

/** The product icon of each bearer, and its word; a mobile one is named by its technology. */
const bearers: Readonly<Record<BearerType, readonly [icon: string, word?: (t: Translate) => string]>> = {
  [BearerType.Unknown]: ['circle-large', (t) => t('Unknown bearer')],
  [BearerType.Ethernet]: ['plug', (t) => t('Ethernet')],
  [BearerType.WLAN]: ['broadcast', (t) => t('Wi-Fi')],
  [BearerType['2G']]: ['radio-tower'],
  [BearerType.CDMA2000]: ['radio-tower'],
  [BearerType.WCDMA]: ['radio-tower'],
  [BearerType.HSPA]: ['radio-tower'],
  [BearerType.Bluetooth]: ['device-mobile', (t) => t('Bluetooth')],
  [BearerType.WiMAX]: ['broadcast', () => 'WiMAX'],
  [BearerType.EVDO]: ['radio-tower'],
  [BearerType.LTE]: ['radio-tower'],
  [BearerType['3G']]: ['radio-tower'],
  [BearerType['4G']]: ['radio-tower'],
  [BearerType['5G']]: ['radio-tower'],
  [BearerType.VPN]: ['shield', (t) => t('VPN')],
  [BearerType.Other]: ['globe', (t) => t('Other')],
};

export function bearerWord(type: BearerType, t: Translate): string {
  const [, word] = bearers[type];
  return word?.(t) ?? t('Mobile ({0})', BearerType[type]);
}

/** The product icon of a bearer. */
export function bearerIcon(type: BearerType): string {
  return bearers[type][0];
}

/** What can be reached through the default route, as far as the system knows. */
export function connectivityWord(connectivity: Connectivity, t: Translate): string {
  switch (connectivity) {
    case 'unknown':
      return t('Unknown');
    case 'none':
      return t('Nothing');
    case 'limited':
      return t('The local network only');
    case 'portal':
      return t('A sign-in page');
    case 'full':
      return t('The internet');
  }
}

/** The product icon of a configuration of any type. */
export function configurationIcon({
  type,
  identifier,
  bearerType,
}: Pick<NetworkConfiguration, 'type' | 'identifier' | 'bearerType'>): string {
  switch (type) {
    case ConfigurationType.ServiceNetwork:
      return identifier === internetIdentifier ? 'globe' : 'layers';
    case ConfigurationType.UserChoice:
      return 'question';
    default:
      return bearerIcon(bearerType);
  }
}

/** Who moves sessions of a service network, as the person chooses it. */
export function policyWord(policy: RoamingPolicy, t: Translate): string {
  switch (policy) {
    case 'ask':
      return t('Ask');
    case 'automatic':
      return t('Automatic');
    case 'never':
      return t('Never');
  }
}

/** What to call a configuration: its name made harmless, else its identifier, and never nothing. */
export function displayName(
  { name, identifier }: Pick<NetworkConfiguration, 'name' | 'identifier'>,
  t: Translate,
): string {
  if (identifier === userChoiceIdentifier) {
    return t('Ask Me');
  }
  return plainLine(name) || plainLine(networkName(identifier) ?? identifier) || t('Unnamed access point');
}
