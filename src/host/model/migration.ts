import {
  ConfigurationState,
  type NetworkConfiguration,
  type NetworkConfigurationManager,
  type NetworkSession,
} from '../../engine/index.js';
import { networkOf } from './networkView.js';

/** Where the person can move a session now: the other access points of its service network that are in reach. */
export function placesToGo(
  manager: NetworkConfigurationManager,
  session: NetworkSession,
): readonly NetworkConfiguration[] {
  const identifier = networkOf(manager, session);
  const { kind } = session.offer;
  if (identifier === undefined || !session.isOpen || (kind !== 'none' && kind !== 'offered')) {
    return [];
  }
  const { isRoamingAvailable, children } = manager.configurationFromIdentifier(identifier);
  const isThere = ({ state }: NetworkConfiguration) =>
    (state & ConfigurationState.Discovered) === ConfigurationState.Discovered;
  return isRoamingAvailable
    ? children.filter((child) => isThere(child) && child.identifier !== session.activeConfiguration.identifier)
    : [];
}
