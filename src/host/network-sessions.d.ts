// biome-ignore-all lint/suspicious/noConstEnum: who copies this file has types only; the numbers have to come with them
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

export const enum SessionState {
  Invalid = 0,
  NotAvailable = 1,
  Connecting = 2,
  Connected = 3,
  Closing = 4,
  Disconnected = 5,
  Roaming = 6,
}

export const enum SessionError {
  UnknownSessionError = 0,
  SessionAbortedError = 1,
  RoamingError = 2,
  OperationNotSupportedError = 3,
  InvalidConfigurationError = 4,
}

/** Flags. */
export const enum UsagePolicy {
  NoPolicy = 0,
  NoBackgroundTrafficPolicy = 1,
}

export const enum ConfigurationType {
  InternetAccessPoint = 0,
  ServiceNetwork = 1,
  UserChoice = 2,
  Invalid = 3,
}

/** Flags that include each other: `(state & Active) === Active` asks for an active one. */
export const enum ConfigurationState {
  Undefined = 1,
  Defined = 2,
  Discovered = 6,
  Active = 14,
}

export const enum Purpose {
  Unknown = 0,
  Public = 1,
  Private = 2,
  ServiceSpecific = 3,
}

export const enum BearerType {
  Unknown = 0,
  Ethernet = 1,
  WLAN = 2,
  '2G' = 3,
  CDMA2000 = 4,
  WCDMA = 5,
  HSPA = 6,
  Bluetooth = 7,
  WiMAX = 8,
  EVDO = 9,
  LTE = 10,
  '3G' = 11,
  '4G' = 12,
  '5G' = 13,
  VPN = 14,
  Other = 15,
}

/** Flags of what the platform truly does. */
export const enum Capability {
  CanStartAndStopInterfaces = 1,
  DirectConnectionRouting = 2,
  SystemSessionSupport = 4,
  ApplicationLevelRoaming = 8,
  ForcedRoaming = 16,
  DataStatistics = 32,
  NetworkSessionRequired = 64,
}

export type Connectivity = 'unknown' | 'none' | 'limited' | 'portal' | 'full';

/** The description of an access point at one moment. Immutable: a change makes a new one with the same identifier. */
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
  /** Empty for a single access point. */
  readonly children: readonly NetworkConfiguration[];
  readonly isRoamingAvailable: boolean;
  /** Milliseconds until opening is given up. */
  readonly connectTimeout: number;
  /** False for one that is unknown or was removed. */
  readonly isValid: boolean;
  /** Undefined when nobody knows. */
  readonly isMetered: boolean | undefined;
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
  /** Those whose state has all the given bits; without a filter all. */
  allConfigurations(filter?: ConfigurationState): readonly NetworkConfiguration[];
  /** An invalid one when it is unknown. */
  configurationFromIdentifier(identifier: string): NetworkConfiguration;
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

/** Your interest in an access point. It stays up at least as long as a session on it is open. */
export interface NetworkSession {
  readonly configuration: NetworkConfiguration;
  /** The state of the access point, open or not. */
  readonly state: SessionState;
  readonly isOpen: boolean;
  readonly isOpening: boolean;
  /** The last error, as a number, a plain English sentence, and facts. */
  readonly error: SessionError;
  readonly errorString: string;
  readonly failure: SessionFailure | undefined;
  /** Known only while Connected. */
  readonly interface: NetworkInterface | undefined;
  /** Bytes since the first session on this access point was opened; 0 when not open. */
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
  readonly onDidChangeUsagePolicies: Event<UsagePolicy>;
}
