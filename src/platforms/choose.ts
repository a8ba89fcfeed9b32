import type { Clock, Logger, Platform } from '../engine/index.js';
import { AutoPlatform } from './auto.js';
import { type KernelOptions, KernelPlatform } from './kernel/index.js';
import { type NetworkManagerOptions, NetworkManagerPlatform } from './networkManager/index.js';
import { type SimulatedOptions, SimulatedPlatform } from './simulated/index.js';
import { type SystemInformationOptions, SystemInformationPlatform } from './systemInformation/index.js';

interface CommonOptions {
  readonly clock?: Clock;
  readonly logger?: Logger;
}

/** What each platform takes. */
export interface PlatformOptions {
  readonly networkManager: NetworkManagerOptions & CommonOptions;
  readonly kernel: KernelOptions & CommonOptions;
  readonly systemInformation: SystemInformationOptions & CommonOptions;
  readonly simulated: SimulatedOptions & CommonOptions;
  readonly auto: NetworkManagerOptions & KernelOptions & CommonOptions;
}

export type PlatformName = keyof PlatformOptions;

type PlatformOf<Name extends PlatformName> = Name extends 'simulated' ? SimulatedPlatform : Platform;

const platforms: { readonly [Name in PlatformName]: (options: PlatformOptions[Name]) => PlatformOf<Name> } = {
  networkManager: (options) => new NetworkManagerPlatform(options),
  kernel: (options) => new KernelPlatform(options),
  systemInformation: (options) => new SystemInformationPlatform(options),
  simulated: (options) => new SimulatedPlatform(options),
  auto: (options) =>
    process.platform === 'linux'
      ? new AutoPlatform(new NetworkManagerPlatform(options), () => new KernelPlatform(options), options.logger)
      : new SystemInformationPlatform(options),
};

/** The names that {@link createPlatform} knows. */
export const platformNames = Object.keys(platforms) as readonly PlatformName[];

/**
 * Makes a platform; nothing is read or loaded until a manager starts it. `auto` takes the first that serves:
 * NetworkManager, the kernel on other Linux, systemInformation elsewhere.
 * @throws RangeError for a name that is not in {@link platformNames}.
 */
export function createPlatform<Name extends PlatformName>(
  name: Name,
  options: PlatformOptions[Name] = {} as PlatformOptions[Name],
): PlatformOf<Name> {
  if (!Object.hasOwn(platforms, name)) {
    throw new RangeError(`There is no platform '${String(name)}': it is one of ${platformNames.join(', ')}.`);
  }
  return platforms[name](options);
}
