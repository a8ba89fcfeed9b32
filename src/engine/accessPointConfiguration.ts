import {
  BearerType,
  ConfigurationState,
  ConfigurationType,
  defaultConnectTimeout,
  longestTimeout,
  type NetworkConfiguration,
  noChildren,
} from './configuration.js';
import type { AccessPointFacts } from './platform.js';

/** As bearer management has them since Qt 5.2. */
const families: Partial<Readonly<Record<BearerType, BearerType>>> = {
  [BearerType.CDMA2000]: BearerType['3G'],
  [BearerType.WCDMA]: BearerType['3G'],
  [BearerType.HSPA]: BearerType['3G'],
  [BearerType.EVDO]: BearerType['3G'],
  [BearerType.WiMAX]: BearerType['4G'],
  [BearerType.LTE]: BearerType['4G'],
};

function stateOf({ link, inReach }: AccessPointFacts): ConfigurationState {
  if (link === 'up') {
    return ConfigurationState.Active;
  }
  return inReach || link !== 'down' ? ConfigurationState.Discovered : ConfigurationState.Defined;
}

/** The configuration of an access point as its platform describes it. */
export function configurationOf(facts: AccessPointFacts): NetworkConfiguration {
  return Object.freeze({
    identifier: facts.identifier,
    name: facts.name,
    type: ConfigurationType.InternetAccessPoint,
    state: stateOf(facts),
    purpose: facts.purpose,
    bearerType: facts.bearerType,
    bearerTypeName: BearerType[facts.bearerType],
    bearerTypeFamily: families[facts.bearerType] ?? facts.bearerType,
    children: noChildren,
    isRoamingAvailable: false,
    connectTimeout: facts.connectTimeout > 0 ? Math.min(facts.connectTimeout, longestTimeout) : defaultConnectTimeout,
    isValid: true,
    isMetered: facts.metered,
  });
}
