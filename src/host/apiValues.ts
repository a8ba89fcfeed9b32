import {
  BearerType,
  Capability,
  ConfigurationState,
  ConfigurationType,
  type Disposable,
  type Event,
  Purpose,
  SessionError,
  SessionState,
  UsagePolicy,
} from '../engine/index.js';
import type * as contract from './network-sessions.js';

/** The enumerations of the engine as other extensions get them: names and their numbers, and no way back. */
export const enums: contract.Enumerations = Object.freeze({
  SessionState: numbersOf(SessionState),
  SessionError: numbersOf(SessionError),
  UsagePolicy: numbersOf(UsagePolicy),
  ConfigurationType: numbersOf(ConfigurationType),
  ConfigurationState: numbersOf(ConfigurationState),
  Purpose: numbersOf(Purpose),
  BearerType: numbersOf(BearerType),
  Capability: numbersOf(Capability),
});

function numbersOf<T extends object>(enumeration: T): T {
  const numbers = Object.entries(enumeration).filter(([, value]) => typeof value === 'number');
  return Object.freeze(Object.fromEntries(numbers) as T);
}

/** Configurations are frozen facts: they leave as they are. Only the compiler takes the two enumerations for different. */
export function outward(configuration: object): contract.NetworkConfiguration {
  return configuration as contract.NetworkConfiguration;
}

/** An event as it leaves. `hold` is held as long as somebody listens. */
export function sealEvent<T>(event: Event<T>, hold?: () => Disposable): contract.Event<T> {
  return (listener, thisArgs, disposables) => {
    if (typeof listener !== 'function') {
      throw new TypeError('An event takes a function that listens.');
    }
    const subscription = event(listener, thisArgs);
    const held = hold?.();
    const both = {
      dispose: () => {
        subscription.dispose();
        held?.dispose();
      },
    };
    disposables?.push(both);
    return both;
  };
}
