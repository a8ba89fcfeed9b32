/**
 * The API of the extension "Network Sessions", version 1. Copy this file into your extension:
 *
 * ```ts
 * import type { NetworkSessionsExtension } from './network-sessions';
 *
 * const extension = vscode.extensions.getExtension<NetworkSessionsExtension>('network-sessions.network-sessions');
 * const api = (await extension?.activate())?.getAPI(1);
 * await api?.ready;
 * const session = api?.createSession(api.defaultConfiguration, { extension: context.extension, reason: 'Fetching the index' });
 * session?.open();
 * if (!(await session?.waitForOpened())) { console.log(session?.errorString); }
 * ```
 *
 * What would take down something that the person or the system relies on is asked for by Network Sessions itself.
 * The numbers have names at run time too: `const { SessionState } = api.enums`.
 *
 * Names of networks are chosen by strangers: treat `name` and addresses as hostile text.
 */

export interface NetworkSessionsExtension {
  /** @throws Error when the version is not known. */
  getAPI(version: 1): NetworkSessionsApi;
}

export interface Disposable {
  dispose(): void;
}

/** The shape of `vscode.Event`. */
export type Event<T> = (listener: (value: T) => unknown, thisArgs?: unknown, disposables?: Disposable[]) => Disposable;

/** The names of all numbers, as `api.enums` has them. */
export interface Enumerations {
  readonly SessionState: {
    readonly Invalid: 0;
    readonly NotAvailable: 1;
    readonly Connecting: 2;
    readonly Connected: 3;
    readonly Closing: 4;
    readonly Disconnected: 5;
    readonly Roaming: 6;
  };
  readonly SessionError: {
    readonly UnknownSessionError: 0;
    readonly SessionAbortedError: 1;
    readonly RoamingError: 2;
    readonly OperationNotSupportedError: 3;
    readonly InvalidConfigurationError: 4;
  };
  /** Flags. */
  readonly UsagePolicy: {
    readonly NoPolicy: 0;
    readonly NoBackgroundTrafficPolicy: 1;
  };
  readonly ConfigurationType: {
    readonly InternetAccessPoint: 0;
    readonly ServiceNetwork: 1;
    readonly UserChoice: 2;
    readonly Invalid: 3;
  };
  /** Flags that include each other: `(state & Active) === Active` asks for an active one. */
  readonly ConfigurationState: {
    readonly Undefined: 1;
    readonly Defined: 2;
    readonly Discovered: 6;
    readonly Active: 14;
  };
  readonly Purpose: {
    readonly Unknown: 0;
    readonly Public: 1;
    readonly Private: 2;
    readonly ServiceSpecific: 3;
  };
  readonly BearerType: {
    readonly Unknown: 0;
    readonly Ethernet: 1;
    readonly WLAN: 2;
    readonly '2G': 3;
    readonly CDMA2000: 4;
    readonly WCDMA: 5;
    readonly HSPA: 6;
    readonly Bluetooth: 7;
    readonly WiMAX: 8;
    readonly EVDO: 9;
    readonly LTE: 10;
    readonly '3G': 11;
    readonly '4G': 12;
    readonly '5G': 13;
    readonly VPN: 14;
    readonly Other: 15;
  };
  /** Flags of what the platform truly does. */
  readonly Capability: {
    readonly CanStartAndStopInterfaces: 1;
    readonly DirectConnectionRouting: 2;
    readonly SystemSessionSupport: 4;
    readonly ApplicationLevelRoaming: 8;
    readonly ForcedRoaming: 16;
    readonly DataStatistics: 32;
    readonly NetworkSessionRequired: 64;
  };
}

type ValueOf<T> = T[keyof T];

export type SessionState = ValueOf<Enumerations['SessionState']>;
export type SessionError = ValueOf<Enumerations['SessionError']>;
/** Flags. */
export type UsagePolicy = ValueOf<Enumerations['UsagePolicy']>;
export type ConfigurationType = ValueOf<Enumerations['ConfigurationType']>;
/** Flags that include each other: `(state & Active) === Active` asks for an active one. */
export type ConfigurationState = ValueOf<Enumerations['ConfigurationState']>;
export type Purpose = ValueOf<Enumerations['Purpose']>;
export type BearerType = ValueOf<Enumerations['BearerType']>;
/** Flags of what the platform truly does. */
export type Capability = ValueOf<Enumerations['Capability']>;

export type Connectivity = 'unknown' | 'none' | 'limited' | 'portal' | 'full';

/** The description of an access point or a service network at one moment. Immutable: a change makes a new one with the same identifier. */
export interface NetworkConfiguration {
  /** Lasts across restarts. */
  readonly identifier: string;
  /** Hostile text. */
  readonly name: string;
  readonly type: ConfigurationType;
  readonly state: ConfigurationState;
  readonly purpose: Purpose;
  readonly bearerType: BearerType;
  readonly bearerTypeName: string;
  /** The generation of a mobile bearer; the bearer type itself for any other. */
  readonly bearerTypeFamily: BearerType;
  /** The access points of a service network, in its order; empty for a single access point. */
  readonly children: readonly NetworkConfiguration[];
  readonly isRoamingAvailable: boolean;
  /** Milliseconds until opening is given up. */
  readonly connectTimeout: number;
  /** False for one that is unknown or was removed. */
  readonly isValid: boolean;
  /** Undefined when nobody knows. */
  readonly isMetered: boolean | undefined;
}

/** A named set of access points that lead to the same place. A session on it can move among them. */
export interface ServiceNetwork extends NetworkConfiguration {
  readonly type: 1;
}

/** The person picks when a session on this configuration is opened: `api.configurationFromIdentifier('userChoice')`. */
export interface UserChoice extends NetworkConfiguration {
  readonly type: 2;
}

/** What must hold of a new access point, as the person has written it down. */
export type SuitabilityTest =
  | { readonly tcp: string }
  | { readonly http: string; readonly status?: number }
  | { readonly dns: string };

export interface TestResult {
  readonly test: SuitabilityTest;
  readonly passed: boolean;
  readonly milliseconds: number;
  /** Why it did not pass. Hostile text. */
  readonly detail: string | undefined;
}

/** How far a session on a service network is with a move to another access point. */
export type Offer =
  | { readonly kind: 'none' }
  /** Another access point is preferred: `migrate()` or `ignore()`. */
  | {
      readonly kind: 'offered';
      readonly configuration: NetworkConfiguration;
      /** Local addresses survive the move. */
      readonly isSeamless: boolean;
      /** True: something better. False: the one in use is failing. */
      readonly isUpgrade: boolean;
    }
  /** It is being started, then made ready and tested; nobody has asked for it where `isForced`. */
  | {
      readonly kind: 'migrating' | 'testing';
      readonly configuration: NetworkConfiguration;
      readonly isForced: boolean;
    }
  /** It is up and tested: `accept()` or `reject()`. */
  | {
      readonly kind: 'activated';
      readonly configuration: NetworkConfiguration;
      readonly isForced: boolean;
      readonly results: readonly TestResult[];
      readonly isSuitable: boolean;
      /** Milliseconds until it goes back by itself. */
      readonly timeLeft: number;
    }
  /** The system's traffic is being moved there, or the one before is being started again. */
  | { readonly kind: 'accepting' | 'returning'; readonly configuration: NetworkConfiguration }
  /** The one in use was lost, and the next is looked for. */
  | { readonly kind: 'escaping'; readonly configuration: NetworkConfiguration | undefined };

/** Another access point of the service network is preferred. */
export interface PreferredConfiguration {
  readonly configuration: NetworkConfiguration;
  readonly isSeamless: boolean;
  readonly isUpgrade: boolean;
}

/** The session is on another access point: open your sockets again. */
export interface ActivatedConfiguration {
  readonly configuration: NetworkConfiguration;
  readonly results: readonly TestResult[];
  /** All tests have passed; undefined where nobody has waited for them, because the one before was lost or the answer came first. */
  readonly isSuitable: boolean | undefined;
  /** The move is over: there is nothing to answer. */
  readonly isFinal: boolean;
}

export interface NetworkInterface {
  readonly name: string;
  readonly addresses: readonly string[];
  readonly gateway: string | undefined;
  readonly dnsServers: readonly string[];
}

/** The facts of a failure. */
export interface SessionFailure {
  readonly error: SessionError;
  /** Identifier and name of the access point. */
  readonly accessPoint: string;
  readonly name: string;
  /** A code such as 'carrierLost', and what belongs to it. New codes may come: treat unknown ones as 'other'. */
  readonly cause: {
    readonly code: string;
    readonly detail?: string;
    readonly permission?: string;
    readonly other?: string;
    readonly seconds?: number;
  };
  readonly help: string;
}

/** Who opens a session, and why. Both are shown to the person. */
export interface Client {
  /** Your `context.extension`, or its identifier. */
  readonly extension: { readonly id: string } | string;
  /** A few words: 'Fetching the index'. */
  readonly reason: string;
}

export interface NetworkSessionsApi {
  /** The numbers by their names: this file is types only, which every compiler takes. */
  readonly enums: Enumerations;
  /** Resolves after the first full reading of this machine's network; until then there are no configurations. */
  readonly ready: Promise<void>;
  /** Flags of `Capability`. */
  readonly capabilities: number;
  readonly isOnline: boolean;
  readonly connectivity: Connectivity;
  /** An invalid one when there is none. */
  readonly defaultConfiguration: NetworkConfiguration;
  /** The sessions made by this object that were not disposed of. */
  readonly sessions: readonly NetworkSession[];
  /** Access points and service networks whose state has all the given bits; without a filter all. */
  allConfigurations(filter?: ConfigurationState): readonly NetworkConfiguration[];
  /** An invalid one when it is unknown. */
  configurationFromIdentifier(identifier: string): NetworkConfiguration;
  /** The access point of a service network that is preferred now; an invalid one when none is fit. */
  preferredConfiguration(serviceNetwork: NetworkConfiguration | string): NetworkConfiguration;
  /** Why an action cannot work now, in plain English; undefined when nothing is known to stand in its way. */
  whyNot(action: 'start' | 'stop' | 'update', configuration?: NetworkConfiguration | string): string | undefined;
  /** Asks the system to look again. Resolves when it has, or has failed to. */
  updateConfigurations(): Promise<void>;
  /** @throws TypeError when an argument is not what it should be. */
  createSession(configuration: NetworkConfiguration | string, client: Client): NetworkSession;
  readonly onDidAddConfiguration: Event<NetworkConfiguration>;
  readonly onDidChangeConfiguration: Event<NetworkConfiguration>;
  readonly onDidRemoveConfiguration: Event<NetworkConfiguration>;
  readonly onDidChangeOnlineState: Event<boolean>;
  readonly onDidChangeCapabilities: Event<number>;
  readonly onDidCompleteUpdate: Event<void>;
}

/**
 * Your interest in an access point, a service network or a user choice. The access point in use stays up at least as long
 * as a session on it is open.
 */
export interface NetworkSession {
  readonly configuration: NetworkConfiguration;
  /** The access point that it uses; an invalid one when it is not open. */
  readonly activeConfiguration: NetworkConfiguration;
  /** The state of the access point, open or not; Roaming while the session moves to another. */
  readonly state: SessionState;
  readonly isOpen: boolean;
  readonly isOpening: boolean;
  /** The last error, as a number, a plain English sentence, and facts. */
  readonly error: SessionError;
  readonly errorString: string;
  readonly failure: SessionFailure | undefined;
  /** Known only while Connected or Roaming. */
  readonly interface: NetworkInterface | undefined;
  /** Bytes since the first session on this access point was opened, and on those it has moved to; 0 when not open. */
  readonly bytesReceived: number;
  readonly bytesWritten: number;
  /** Whole seconds since it became open; 0 when not open. */
  readonly activeTime: number;
  readonly usagePolicies: UsagePolicy;
  /** What the person reads. */
  readonly owner: string;
  readonly reason: string;
  sessionProperty(key: string): unknown;
  /** @throws TypeError when the key is not a string or a known key's value is not what it should be. */
  setSessionProperty(key: string, value: unknown): void;
  open(): void;
  /** Asks the person first where it would take down what is relied on; nothing happens when the answer is no. */
  close(): void;
  /** Ends every session on the access point and stops it. Asks the person first, as `close` does. */
  stop(): void;
  /** Read now; the event tells when its kind changes. */
  readonly offer: Offer;
  /**
   * Takes up the offer, or moves to the access point of the service network that is named: it is started beside the one in
   * use, and tested. Then `onDidActivateNewConfiguration` tells. Your session then waits for your `accept()` or `reject()`
   * for a minute, and goes back by itself.
   */
  migrate(configuration?: NetworkConfiguration | string): void;
  /** Declines the offer: the same one does not come again. */
  ignore(): void;
  /** Makes the move final: the system's traffic follows. In a remote window the person is asked first. */
  accept(): void;
  /** Goes back to the access point before. */
  reject(): void;
  /** @param msecs how long to wait, 30000 by default; -1 without limit. */
  waitForOpened(msecs?: number): Promise<boolean>;
  /** Closes it and gives it back. If the person wants to keep the access point up, the session is left to the person. */
  dispose(): void;
  /** For `await using`: waits for what disposing of it stops. */
  [Symbol.asyncDispose](): Promise<void>;
  readonly onDidChangeState: Event<SessionState>;
  readonly onDidOpen: Event<void>;
  readonly onDidClose: Event<void>;
  readonly onDidFail: Event<SessionError>;
  /**
   * Another access point of the service network is preferred. Who listens answers, with `migrate()` or `ignore()`: nothing
   * moves until then, and the person is not asked. Without a listener the person is asked, or it moves by itself, as the
   * person's settings say.
   */
  readonly onDidChangePreferredConfiguration: Event<PreferredConfiguration>;
  readonly onDidActivateNewConfiguration: Event<ActivatedConfiguration>;
  /** `offer` is another. */
  readonly onDidChangeOffer: Event<void>;
  readonly onDidChangeUsagePolicies: Event<UsagePolicy>;
}
