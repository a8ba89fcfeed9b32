import {
  BearerType,
  Capability,
  ConfigurationState,
  ConfigurationType,
  type Disposable,
  type Event,
  type MoveEnd,
  type Offer,
  Purpose,
  type SessionEnd,
  SessionError,
  type SessionFailure,
  SessionState,
  type TestResult,
  UsagePolicy,
} from '../../engine/index.js';
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

/** The same of facts with a configuration in them. */
export function outwardIn<T extends { readonly configuration: object }>(
  facts: T,
): Omit<T, 'configuration'> & { readonly configuration: contract.NetworkConfiguration } {
  return Object.freeze({ ...facts, configuration: outward(facts.configuration) });
}

/** What the engine goes on working with does not leave. */
export const sealResults = (results: readonly TestResult[]): readonly contract.TestResult[] =>
  Object.freeze(results.map((result) => Object.freeze({ ...result, test: Object.freeze({ ...result.test }) })));

export function sealOffer(offer: Offer): contract.Offer {
  const sealed = 'results' in offer ? { ...offer, results: sealResults(offer.results) } : { ...offer };
  return Object.freeze(sealed) as contract.Offer;
}

export const sealFailure = (failure: SessionFailure): contract.SessionFailure => ({
  ...failure,
  error: failure.error,
  cause: { ...failure.cause },
});

export const sealEnd = ({ failure, ...end }: SessionEnd): contract.SessionEnd =>
  Object.freeze({ ...end, ...(failure && { failure: sealFailure(failure) }) }) as contract.SessionEnd;

export const sealMoveEnd = ({ cause, ...end }: MoveEnd): contract.MoveEnd =>
  Object.freeze({ ...end, ...(cause && { cause: { ...cause } }) }) as contract.MoveEnd;

/** An event as it leaves. `hold` is held as long as somebody listens; `seal` makes what is told harmless. */
export function sealEvent<T, U = T>(
  event: Event<T>,
  hold?: () => Disposable,
  seal: (value: T) => U = (value) => value as unknown as U,
): contract.Event<U> {
  return (listener, thisArgs, disposables) => {
    if (typeof listener !== 'function') {
      throw new TypeError('An event takes a function that listens.');
    }
    const subscription = event((value) => listener.call(thisArgs, seal(value)));
    const held = hold?.();
    const end = () => {
      subscription.dispose();
      held?.dispose();
    };
    const both = { dispose: end, [Symbol.dispose]: end };
    disposables?.push(both);
    return both;
  };
}
