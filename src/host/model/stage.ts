import { Capability, type NetworkConfigurationManager } from '../../engine/index.js';
import type { ContextKeys } from './names.js';

/** How far the first reading is. */
export type Reading = 'starting' | 'done' | 'failed';

/** The context keys as they are now: from them the manifest decides what the views say when they are empty. */
export function contextOf(
  manager: Pick<NetworkConfigurationManager, 'system' | 'capabilities' | 'obstacle'>,
  reading: Reading,
): ContextKeys {
  const { system, capabilities } = manager;
  const running = system.away === undefined ? 'running' : 'away';
  return {
    'networkSessions.stage': reading === 'done' ? running : reading,
    'networkSessions.canControl': (capabilities & Capability.CanStartAndStopInterfaces) !== 0,
    'networkSessions.mayControl': system.obstacles.start?.code !== 'missingPermission',
    'networkSessions.canUpdate': manager.obstacle('update') === undefined,
  };
}
