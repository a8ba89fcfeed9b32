import type { Clock, Logger, Platform } from '../engine/index.js';
import { type SimulatedOptions, SimulatedPlatform } from './simulated/index.js';

export interface PlatformOptions {
  readonly clock?: Clock;
  readonly logger?: Logger;
}

/** What each platform takes beside clock and logger. */
export interface OptionsOf {
  simulated: SimulatedOptions & PlatformOptions;
}

export interface PlatformOf {
  simulated: SimulatedPlatform;
}

/** Makes a platform; nothing is read or loaded until the manager starts it. */
export function createPlatform<Name extends keyof PlatformOf>(name: Name, options?: OptionsOf[Name]): PlatformOf[Name];
export function createPlatform(_name: keyof PlatformOf, options: PlatformOptions = {}): Platform {
  return new SimulatedPlatform(options);
}
