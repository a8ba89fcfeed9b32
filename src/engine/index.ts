// The engine's public names.
export type { SuitabilityTest } from '../shared/suitabilityTest.js';
export {
  BearerType,
  ConfigurationState,
  ConfigurationType,
  defaultConnectTimeout,
  type NetworkConfiguration,
  Purpose,
} from './configuration.js';
export {
  type ManagerOptions,
  NetworkConfigurationManager,
  type TrafficMeter,
} from './configurationManager.js';
export type { MoveEnd, MoveOutcome, SessionEnd, Stopper } from './ends.js';
export {
  type Cause,
  type CauseCode,
  errorOf,
  type Help,
  isPlatformFailure,
  PlatformFailure,
  plainEnglish,
  SessionError,
  type SessionFailure,
  sentenceArguments,
  sentences,
} from './errors.js';
export { type Disposable, Emitter, type Event, type Subscription, textOf } from './event.js';
export {
  type Account,
  type AccountOwner,
  type Holder,
  type HolderSession,
  type Holding,
  type LastClose,
  type Ledger,
  ProcessLedger,
  type StopRequest,
  type Verdict,
} from './ledger.js';
export type { NetworkSession } from './networkSession.js';
export {
  type AccessPointFacts,
  type Action,
  Capability,
  type Clock,
  type Connectivity,
  type Counters,
  type Link,
  type Logger,
  type NetworkInterface,
  type Obstacles,
  type Platform,
  type PlatformUpdate,
  type Routing,
  type StartOptions,
  type SystemFacts,
  silentLogger,
  systemClock,
  type TestResult,
} from './platform.js';
export { reachesNetwork } from './preference.js';
export type { Ask, ChooseQuestion, DisplaceQuestion, Question } from './question.js';
export {
  type ActivatedConfiguration,
  answerTime,
  type Offer,
  type PreferredConfiguration,
  quietTime,
  type RoamingPolicy,
} from './roaming.js';
export type { ServiceNetworkDefinition } from './serviceNetwork.js';
export { userChoiceIdentifier } from './serviceNetworks.js';
export type { SessionOptions } from './session.js';
export { SessionState, UsagePolicy } from './states.js';
