import { type ManagerOptions, NetworkConfigurationManager } from '../../../src/engine/index.js';
import { SessionList } from '../../../src/host/model/sessionList.js';
import { createPlatform } from '../../../src/platforms/choose.js';
import type { SimulatedAccessPoint, Simulation } from '../../../src/platforms/simulated/index.js';

export interface Network {
  readonly manager: NetworkConfigurationManager;
  readonly list: SessionList;
  readonly simulation: Simulation;
}

/** A manager on a simulated network that starts and stops at once, with the list of a window's sessions. */
export async function network(
  accessPoints: readonly SimulatedAccessPoint[],
  capabilities?: number,
  options?: ManagerOptions,
): Promise<Network> {
  const platform = createPlatform('simulated', {
    accessPoints,
    ...(capabilities === undefined ? {} : { capabilities }),
  });
  const manager = new NetworkConfigurationManager(platform, options);
  const list = new SessionList(manager, (error) => {
    throw error;
  });
  await manager.start();
  return { manager, list, simulation: platform.simulation };
}

/** Until everything that was caused has been told. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
