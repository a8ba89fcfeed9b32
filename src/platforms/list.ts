import type { Clock, Logger } from '../engine/index.js';
import { type KernelOptions, KernelPlatform } from './kernel/index.js';
import { type NetworkManagerOptions, NetworkManagerPlatform } from './networkManager/index.js';
import { type SimulatedOptions, SimulatedPlatform } from './simulated/index.js';
import { type SystemInformationOptions, SystemInformationPlatform } from './systemInformation/index.js';

/** What every platform takes, whether it has a use for it or not. */
interface CommonOptions {
  readonly clock?: Clock;
  readonly logger?: Logger;
}

const linux = (system: NodeJS.Platform) => system === 'linux';
const exceptLinux = (system: NodeJS.Platform) => system !== 'linux';
const nowhere = () => false;

/**
 * The platforms, one a line: how each is made, and on which systems `auto` tries it, in this order. Settings, manifest and
 * tests have the names from here, and what a person reads of a platform is in `host/model/platformWords.ts`.
 */
export const platforms = {
  networkManager: {
    make: (options: NetworkManagerOptions & CommonOptions) => new NetworkManagerPlatform(options),
    autoOn: linux,
  },
  kernel: { make: (options: KernelOptions & CommonOptions) => new KernelPlatform(options), autoOn: linux },
  systemInformation: {
    make: (options: SystemInformationOptions & CommonOptions) => new SystemInformationPlatform(options),
    autoOn: exceptLinux,
  },
  simulated: { make: (options: SimulatedOptions & CommonOptions) => new SimulatedPlatform(options), autoOn: nowhere },
};

/** The name of one platform, in the settings and in the facts. */
export type SinglePlatformName = keyof typeof platforms;

/** `auto` takes the first that serves. */
export type PlatformName = SinglePlatformName | 'auto';
