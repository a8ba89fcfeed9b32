import type { Platform } from '../engine/index.js';
import { AutoPlatform } from './auto.js';
import { type PlatformName, platforms, type SinglePlatformName } from './list.js';

export type { PlatformName } from './list.js';

type Makers = { readonly [Name in SinglePlatformName]: (typeof platforms)[Name]['make'] };
type OptionsOf<Name extends SinglePlatformName> = Parameters<Makers[Name]>[0];
/** What all of a union are together. */
type Together<Union> = (Union extends unknown ? (each: Union) => void : never) extends (all: infer All) => void
  ? All
  : never;
type AllOptions = Together<OptionsOf<SinglePlatformName>>;

/** What each platform takes; `auto` hands on what it is given. */
export type PlatformOptions = { readonly [Name in SinglePlatformName]: OptionsOf<Name> } & {
  readonly auto: AllOptions;
};

type PlatformOf<Name extends PlatformName> = Name extends SinglePlatformName ? ReturnType<Makers[Name]> : Platform;

const singleNames = Object.keys(platforms) as readonly SinglePlatformName[];

/** The names that {@link createPlatform} knows. */
export const platformNames: readonly PlatformName[] = [...singleNames, 'auto'];

/**
 * Makes a platform; nothing is read or loaded until a manager starts it. `auto` takes the first that serves of those that
 * are listed for this system: NetworkManager, then the kernel, on Linux, systemInformation elsewhere.
 * @throws RangeError for a name that is not in {@link platformNames}.
 */
export function createPlatform<Name extends PlatformName>(
  name: Name,
  options: PlatformOptions[Name] = {} as PlatformOptions[Name],
): PlatformOf<Name> {
  if (!platformNames.includes(name)) {
    throw new RangeError(`There is no platform '${String(name)}': it is one of ${platformNames.join(', ')}.`);
  }
  return make(name, options as AllOptions) as PlatformOf<Name>;
}

function make(name: PlatformName, options: AllOptions): Platform {
  if (name !== 'auto') {
    return platforms[name].make(options);
  }
  const tried = singleNames.filter((each) => platforms[each].autoOn(process.platform));
  return new AutoPlatform(
    tried.map((each) => () => make(each, options)),
    options.logger,
  );
}
