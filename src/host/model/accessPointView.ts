import {
  type AccessPointFacts,
  ConfigurationType,
  type Connectivity,
  type Holder,
  type NetworkConfiguration,
  type NetworkConfigurationManager,
  type SessionFailure,
  SessionState,
} from '../../engine/index.js';

/** All that the editor shows of an access point, read at one moment. */
export interface AccessPointView {
  readonly configuration: NetworkConfiguration;
  readonly state: SessionState;
  readonly facts: AccessPointFacts | undefined;
  readonly isDefault: boolean;
  /** What this machine reaches, of the access point that it routes by; undefined for any other. */
  readonly connectivity: Connectivity | undefined;
  readonly isStartedHere: boolean;
  /** Sessions open on it. */
  readonly holders: number;
  /** Other windows that hold it. */
  readonly elsewhere: readonly Holder[];
  /** Why opening or stopping cannot work now (M5). */
  readonly openObstacle: SessionFailure | undefined;
  readonly stopObstacle: SessionFailure | undefined;
}

export function readAccessPoint(manager: NetworkConfigurationManager, identifier: string): AccessPointView {
  const configuration = manager.configurationFromIdentifier(identifier);
  const { defaultIsRouted, defaultIdentifier, connectivity } = manager.system;
  return {
    configuration,
    state: manager.stateOf(identifier),
    facts: manager.accessPoint(identifier),
    isDefault: identifier !== '' && manager.defaultConfiguration.identifier === identifier,
    connectivity: defaultIsRouted && defaultIdentifier === identifier ? connectivity : undefined,
    isStartedHere: manager.isStartedHere(identifier),
    holders: manager.holders(identifier),
    elsewhere: manager.holdersElsewhere(identifier),
    openObstacle: manager.obstacle('start', configuration),
    stopObstacle: manager.obstacle('stop', configuration),
  };
}

export const isUp = (state: SessionState): boolean =>
  state === SessionState.Connected || state === SessionState.Roaming;

/** Something of it is up or on its way, so that there is something to stop. */
export const isStoppable = (state: SessionState): boolean =>
  isUp(state) || state === SessionState.Connecting || state === SessionState.Closing;
export const canOpen = (view: AccessPointView): boolean => view.openObstacle === undefined;
export const canStop = (view: AccessPointView): boolean => isStoppable(view.state) && view.stopObstacle === undefined;

/** The access points of this machine, without what is made of them. */
export const accessPointsOf = (manager: NetworkConfigurationManager): readonly NetworkConfiguration[] =>
  manager.allConfigurations().filter(({ type }) => type === ConfigurationType.InternetAccessPoint);

/**
 * The access points: what is in reach first, each group in the order first seen: a row that is opened or closed stays where it is, under the
 * pointer.
 */
export function inOrder(manager: NetworkConfigurationManager): readonly NetworkConfiguration[] {
  const near: NetworkConfiguration[] = [];
  const far: NetworkConfiguration[] = [];
  for (const configuration of accessPointsOf(manager)) {
    const isFar = manager.stateOf(configuration.identifier) === SessionState.NotAvailable;
    (isFar ? far : near).push(configuration);
  }
  return [...near, ...far];
}

/** The rows that stay where they are, under the pointer; what is new comes after them. */
export function keepOrder(shown: readonly string[], now: readonly string[]): readonly string[] {
  const isNow = new Set(now);
  const wasShown = new Set(shown);
  return [...shown.filter((each) => isNow.has(each)), ...now.filter((each) => !wasShown.has(each))];
}
