/** What a configuration describes. The numbers are part of the contract, like those of all enumerations here. */
export enum ConfigurationType {
  InternetAccessPoint = 0,
  ServiceNetwork = 1,
  UserChoice = 2,
  Invalid = 3,
}

/** Flags that include each other: an active one is discovered, a discovered one is defined. `(state & Active) === Active` asks for one. */
export enum ConfigurationState {
  Undefined = 1,
  Defined = 2,
  Discovered = 6,
  Active = 14,
}

/** Whose network it is, as far as its settings tell. */
export enum Purpose {
  Unknown = 0,
  Public = 1,
  Private = 2,
  ServiceSpecific = 3,
}

/** What carries it. Up to 4G the numbers are those of bearer management; the rest is ours. */
export enum BearerType {
  Unknown = 0,
  Ethernet = 1,
  WLAN = 2,
  '2G' = 3,
  CDMA2000 = 4,
  WCDMA = 5,
  HSPA = 6,
  Bluetooth = 7,
  WiMAX = 8,
  EVDO = 9,
  LTE = 10,
  '3G' = 11,
  '4G' = 12,
  '5G' = 13,
  VPN = 14,
  Other = 15,
}

/** Milliseconds until a start is given up, unless the platform says otherwise (O10a). */
export const defaultConnectTimeout = 30_000;

/** The longest time that a timer takes, in milliseconds: about 24.8 days. */
export const longestTimeout = 2 ** 31 - 1;

/** Of everything but a service network. */
export const noChildren: readonly NetworkConfiguration[] = Object.freeze([]);

/** The description of an access point at one moment. Immutable: a change makes a new one with the same identifier. */
export interface NetworkConfiguration {
  /** Lasts across restarts. */
  readonly identifier: string;
  /** Hostile text: networks name themselves. '' for one that is unknown. */
  readonly name: string;
  readonly type: ConfigurationType;
  readonly state: ConfigurationState;
  readonly purpose: Purpose;
  readonly bearerType: BearerType;
  /** The bearer type's name, 'WLAN' for example; '' for what is not valid, a service network and a user choice. */
  readonly bearerTypeName: string;
  /** The generation of a mobile bearer (LTE and WiMAX are 4G); the bearer type itself for any other. */
  readonly bearerTypeFamily: BearerType;
  /** The access points of a service network that are known, in its order; empty for an access point. */
  readonly children: readonly NetworkConfiguration[];
  readonly isRoamingAvailable: boolean;
  /** Milliseconds until opening is given up (O10a). */
  readonly connectTimeout: number;
  /** False for one that is unknown or was removed. */
  readonly isValid: boolean;
  /** Undefined when nobody knows. */
  readonly isMetered: boolean | undefined;
}

/** The configuration of an identifier that nothing is known of. */
export function unknownConfiguration(identifier: string): NetworkConfiguration {
  return Object.freeze({
    identifier,
    name: '',
    type: ConfigurationType.Invalid,
    state: ConfigurationState.Undefined,
    purpose: Purpose.Unknown,
    bearerType: BearerType.Unknown,
    bearerTypeName: '',
    bearerTypeFamily: BearerType.Unknown,
    children: noChildren,
    isRoamingAvailable: false,
    connectTimeout: defaultConnectTimeout,
    isValid: false,
    isMetered: undefined,
  });
}

/** What is left of a configuration that was removed: invalid, but with its name, identifier and bearer type (M3a). */
export function removedConfiguration(configuration: NetworkConfiguration): NetworkConfiguration {
  return Object.freeze({
    ...configuration,
    state: ConfigurationState.Undefined,
    bearerTypeName: '',
    isValid: false,
    isMetered: undefined,
  });
}

/** Whether two descriptions of one identifier say the same, but for their children. */
export function sameConfiguration(one: NetworkConfiguration, other: NetworkConfiguration): boolean {
  return (
    one.name === other.name &&
    one.type === other.type &&
    one.state === other.state &&
    one.purpose === other.purpose &&
    one.bearerType === other.bearerType &&
    one.connectTimeout === other.connectTimeout &&
    one.isValid === other.isValid &&
    one.isMetered === other.isMetered &&
    one.isRoamingAvailable === other.isRoamingAvailable
  );
}
