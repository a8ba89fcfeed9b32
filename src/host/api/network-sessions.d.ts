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

/** What an event gives back: ends the listening. `using` takes it too. */
export interface Subscription extends Disposable {
  [Symbol.dispose](): void;
}

/** The shape of `vscode.Event`. A listener that throws, or whose promise rejects, is reported in the log of Network Sessions. */
export type Event<T> = (
  listener: (value: T) => unknown,
  thisArgs?: unknown,
  disposables?: Disposable[],
) => Subscription;

/** An event of whoever makes one: those of this file and of `vscode` alike. */
export type AnyEvent<T> = (
  listener: (value: T) => unknown,
  thisArgs?: unknown,
  disposables?: Disposable[],
) => Disposable;

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
    /** The sessions of all windows of the person are counted together: comes and goes with that. */
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
  /** '' for what is not valid, a service network and a user choice. */
  readonly bearerTypeName: string;
  /** The generation of a mobile bearer; the bearer type itself for any other. */
  readonly bearerTypeFamily: BearerType;
  /** The access points of a service network that are known, in its order; empty for a single access point. */
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
      /** What was in use when the move began. */
      readonly from: NetworkConfiguration;
      readonly configuration: NetworkConfiguration;
      readonly isForced: boolean;
    }
  /** It is up and tested: `accept()` or `reject()`. */
  | {
      readonly kind: 'activated';
      readonly from: NetworkConfiguration;
      readonly configuration: NetworkConfiguration;
      readonly isForced: boolean;
      readonly results: readonly TestResult[];
      readonly isSuitable: boolean;
      /** Milliseconds until it goes back by itself. */
      readonly timeLeft: number;
    }
  /** The system's traffic is being moved there, or the one before is being started again. */
  | {
      readonly kind: 'accepting' | 'returning';
      readonly from: NetworkConfiguration;
      readonly configuration: NetworkConfiguration;
    }
  /** The one in use was lost, and the next is looked for. */
  | {
      readonly kind: 'escaping';
      readonly from: NetworkConfiguration;
      readonly configuration: NetworkConfiguration | undefined;
    };

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
  readonly cause: Cause;
  readonly help: string;
}

/** A code such as 'carrierLost', and what belongs to it. New codes may come: treat unknown ones as 'other'. */
export interface Cause {
  readonly code: string;
  readonly detail?: string;
  readonly permission?: string;
  readonly other?: string;
  readonly seconds?: number;
}

/** How a session has ended that was open or being opened. `failure` is the error that came with it, if there was one. */
export type SessionEnd =
  /** It was closed or disposed of, or its opening was cancelled. */
  | { readonly kind: 'closed'; readonly failure?: SessionFailure }
  /** A `stop()` of its access point has ended it: its own, that of another session in this window, or that of another window. */
  | {
      readonly kind: 'stopped';
      readonly by: 'thisSession' | 'anotherSession' | 'anotherWindow';
      readonly failure?: SessionFailure;
    }
  /** Its access point was lost, and there was no other to turn to; or it could not be opened. */
  | { readonly kind: 'lost' | 'failed'; readonly failure: SessionFailure };

/** How a move has ended: the session is Connected again, or has ended. */
export interface MoveEnd {
  /** What the session was on when the move began. */
  readonly from: NetworkConfiguration;
  /** What it is on now, or what it was to move to; undefined where nothing was being tried any more. */
  readonly to: NetworkConfiguration | undefined;
  /**
   * It is on `to`: 'accepted' by somebody, 'automatic' to something better, or 'escaped' from what was lost, for `cause`.
   * It is on `from`: 'returned' because it was rejected, 'expired' without an answer, 'unsuitable' by its tests, or 'failed',
   * for `cause`. It is on neither: 'failed' in an escape, or 'abandoned', because the session has ended.
   */
  readonly outcome:
    | 'accepted'
    | 'automatic'
    | 'escaped'
    | 'returned'
    | 'expired'
    | 'unsuitable'
    | 'failed'
    | 'abandoned';
  readonly cause?: Cause;
}

/** Who opens a session, and why. Both are shown to the person. */
export interface Client {
  /**
   * Your `context.extension`. An identifier, or another object that has it, is taken too, but the person reads "an extension
   * that calls itself …" then. That is no more than a sign: VS Code does not tell who calls, and gives everybody the same
   * `Extension` for any extension.
   */
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
  /**
   * HTTP sessions that leave by the access point of a network session, and follow it when it moves. Their code is read with
   * the first call; nothing is connected by it.
   */
  loadHttp(): Promise<HttpApi>;
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
  /** What the person reads: the extension's name, or that it calls itself so. */
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
  /** Somebody listens to `onDidChangePreferredConfiguration`, and so answers offers in place of the person. */
  readonly isStakeholder: boolean;
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
   * How it has ended, once for each time that it was open or being opened: after the state and the error, directly after
   * `onDidClose`, or after `onDidFail` where it could not be opened.
   */
  readonly onDidEnd: Event<SessionEnd>;
  /**
   * How a move has ended, once for each: from the moment in which the state is Roaming until it is Connected again or the
   * session ends. It comes after the move's own error, before the state, another offer and the end of the session.
   */
  readonly onDidEndMove: Event<MoveEnd>;
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

/**
 * HTTP sessions on network sessions, in the manner of `Poco::Net::HTTPSession`:
 *
 * ```ts
 * const { HttpClientSession } = await api.loadHttp();
 * await using http = new HttpClientSession('https://server.example', { network: session });
 * const response = await http.request('/index.json');
 * console.log(response.status, response.link, await response.json());
 * ```
 *
 * Errors carry a `code`, and `link`, the name of the interface, where there was one:
 *
 * | code | what happened |
 * | --- | --- |
 * | `ENETDOWN` | the link went while a request was out that must not be sent twice |
 * | `ERR_NETWORK_UNAVAILABLE` | no link came in time, or too many requests wait for one |
 * | `ETIMEDOUT` | not in time; `phase` is `connect`, `receive` or `request` |
 * | `ECONNABORTED` | it was reset, aborted or disposed of, or a body was given up before its end |
 * | `ERR_SESSION_CLOSED` | the session was closed before |
 * | `ERR_PROXY`, `ERR_UPGRADE_REFUSED` | the proxy, or the server, answered otherwise; `status` is its answer |
 * | `ERR_PROTOCOL` | what came is not HTTP |
 * | `ERR_BODY_UNREAD`, `ERR_BODY_TOO_LARGE` | nobody read a long body; it has more bytes than the caller wants |
 *
 * All others are those of the system, of TLS and of the parser (`ECONNREFUSED`, `ECONNRESET`, `UND_ERR_SOCKET` and so on),
 * and the reason of an `AbortSignal`.
 */
export interface HttpApi {
  readonly HttpClientSession: new (origin: string | URL, options?: HttpSessionOptions) => HttpClientSession;
  /** Takes a socket as `net.Server` gives it. */
  readonly HttpServerSession: new (
    socket: import('node:net').Socket,
    options?: HttpServerOptions,
  ) => HttpServerSession;
  /** Nobody else may read the stream meanwhile. */
  readonly ByteReader: new (
    stream: import('node:stream').Readable,
  ) => ByteReader;
  /**
   * What a link reaches: one GET over it, by no proxy, nothing sent twice, nothing waited for. Rejects with nothing but
   * TypeError, for arguments that cannot be meant.
   */
  probe(url: string | URL, network: NetworkLink | NetworkBinding, options?: ProbeOptions): Promise<ProbeResult>;
  /** What all HTTP sessions on a network session have carried, those that are closed too. Read it again for newer figures. */
  httpTraffic(network: NetworkLink): HttpTraffic;
}

/** What an HTTP session needs of a network session; `NetworkSession` is one. */
export interface NetworkLink {
  readonly state: SessionState;
  readonly interface: NetworkInterface | undefined;
  readonly onDidChangeState: AnyEvent<SessionState>;
  readonly onDidActivateNewConfiguration: AnyEvent<{ readonly isFinal: boolean }>;
  /** How far a move is; of 'escaping' nothing is said to lead anywhere yet. */
  readonly offer?: { readonly kind: string } | undefined;
  /** The proxy of its access point, where somebody knows one. */
  readonly proxy?: ProxyConfig | undefined;
}

/** The same of a link that is not followed. */
export interface NetworkBinding {
  readonly interfaceName: string;
  readonly localAddress4?: string | undefined;
  readonly localAddress6?: string | undefined;
  /** The link's own name servers; with none the system's resolver is asked. `/etc/hosts` is not read where there are some. */
  readonly dnsServers?: readonly string[] | undefined;
  readonly proxy?: ProxyConfig | undefined;
}

export interface ProxyConfig {
  /** How the proxy itself is spoken to; 'http' by default. */
  readonly protocol?: 'http' | 'https';
  readonly host: string;
  readonly port: number;
  /** For one that is spoken to by https: how its certificate is checked, say. */
  readonly tls?: import('node:tls').ConnectionOptions | undefined;
  /** For Basic authentication; without a user name nothing is sent. */
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** The whole value of Proxy-Authorization; goes before user name and password. */
  readonly authorization?: string | undefined;
  /** Hosts that are reached directly: a regular expression of the whole name, in any case. */
  readonly nonProxyHosts?: string | undefined;
  /** The same as VS Code's `http.noProxy` has it. */
  readonly noProxy?: readonly string[] | undefined;
}

export interface HttpSessionOptions {
  /** Leave by its access point, and follow it when it moves; a binding alone is not followed. Without one the system decides. */
  readonly network?: NetworkLink | NetworkBinding | undefined;
  /** Use a connection again; true by default. */
  readonly keepAlive?: boolean;
  /** Milliseconds after which an idle connection is not used any more; 8000 by default. A server may shorten it. */
  readonly keepAliveTimeout?: number;
  /** Milliseconds for a connection, 30000 by default, and between bytes of an answer, 60000 by default. One number is both. */
  readonly timeout?: number | { readonly connect?: number; readonly receive?: number };
  /** Requests that are sent before the first is answered; 1 by default. Only those that may be sent again follow others. */
  readonly pipelining?: number;
  /**
   * null: none at all. Otherwise this one, else the access point's, else that of VS Code's settings (`http.proxy` and those
   * about it), which are read for each connection. Scripts (PAC) and proxies that only the system knows are not asked for.
   */
  readonly proxy?: ProxyConfig | null | undefined;
  /** What is sent again by itself after a loss. false: nothing. */
  readonly replay?:
    | false
    | {
        /** GET, HEAD, OPTIONS, TRACE, PUT, DELETE and QUERY by default. */
        readonly methods?: readonly string[];
        /** How often a request is sent again at most; 5 by default. */
        readonly maxAttempts?: number;
      };
  /** Requests that wait for a link. false: without a link they fail at once. */
  readonly queue?:
    | false
    | {
        /** 100 by default. */
        readonly limit?: number;
        /** Milliseconds that one waits at most; 30000 by default. */
        readonly maxAge?: number;
      };
  /** For the origin. Whom to trust is Node's list, with the system's unless VS Code's `http.systemCertificates` is off. */
  readonly tls?: import('node:tls').ConnectionOptions;
}

export type HttpHeadersInit =
  | Readonly<Record<string, string | number | readonly string[] | undefined>>
  | Iterable<readonly [string, string]>;

/** A function makes a fresh stream each time, so that the request can be sent again. */
export type HttpBodyInit =
  | string
  | Uint8Array
  | AsyncIterable<Uint8Array | string>
  | (() => AsyncIterable<Uint8Array | string>);

export interface HttpRequestInit {
  /** GET by default. */
  readonly method?: string;
  readonly headers?: HttpHeadersInit;
  readonly body?: HttpBodyInit | null;
  /** Ends it, body included, whatever it waits for. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for all of it, body included. */
  readonly timeout?: number;
  /** It may be sent again although its method does not say so, for instance because of an Idempotency-Key. */
  readonly idempotent?: boolean;
  /** `Expect: 100-continue`: the body is sent when the server asks for it, or when so many milliseconds have passed; true: 1000. */
  readonly expectContinue?: boolean | number;
}

/**
 * A persistent connection to one origin that leaves by a network session and follows it. It connects when it is first asked
 * for something, and again whenever it must. When the link is lost, or another one is final, what may be sent again goes on
 * over the next link by itself; other requests that were out fail with `ENETDOWN`.
 */
export interface HttpClientSession {
  /** Scheme, host and port. */
  readonly origin: URL;
  /** Any value of yours. */
  data: unknown;
  /** There is an open connection. */
  readonly connected: boolean;
  /** The last error of a connection; cleared when an answer comes. */
  readonly networkError: Error | undefined;
  /** Milliseconds that may pass between bytes of an answer. */
  readonly timeout: number;
  /** Bytes so far, with heads, TLS and tunnels; without the headers of TCP and IP. */
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** Requests that wait for a link. */
  readonly waiting: number;
  /** A change counts from the next request. */
  keepAlive: boolean;
  /**
   * What keeps connections to the link: its addresses, or nothing where there is no network session. An address alone does
   * not choose the link where the system has no source rules: `checkRoute` tells.
   */
  readonly boundBy: 'address' | 'nothing';
  readonly onDidConnect: Event<import('node:net').Socket>;
  /** The link is another, or gone. */
  readonly onDidRebind: Event<NetworkBinding | undefined>;
  readonly onDidReplay: Event<ReplayEvent>;
  /**
   * Resolves with the head of the final answer, whatever its status. Requests are sent in the order of the calls.
   * @param path with its query, beginning with '/'; '*' for OPTIONS.
   */
  request(path: string, init?: HttpRequestInit): Promise<HttpResponse>;
  /** Asks for another protocol, and takes the connection out of the session. Waits for no link: without one it rejects at once. */
  upgrade(path: string, protocol: string, init?: UpgradeInit): Promise<DetachedConnection>;
  /** Asks the origin, which is a proxy then, for a tunnel to a host and port. As `upgrade`. */
  connect(authority: string, init?: UpgradeInit): Promise<DetachedConnection>;
  /** Whether connections really leave by the link: asks the system's routing table, on Linux. */
  checkRoute(): Promise<RouteCheck>;
  /** Ends the connection; requests under way fail, the next one connects anew. */
  reset(): void;
  /** Ends the connection and every request, those that wait too. The next request connects anew. */
  abort(reason?: Error): void;
  /** Takes no more requests, waits for those that it has, and gives up its connection and its network session. */
  close(): Promise<void>;
  /** The same without waiting: requests under way fail. */
  dispose(): void;
  /** As `close`. */
  [Symbol.asyncDispose](): Promise<void>;
}

export interface UpgradeInit {
  readonly headers?: HttpHeadersInit;
  /** Ends the asking; not what came of it. */
  readonly signal?: AbortSignal | undefined;
}

/** A connection that does not speak HTTP any more. It is yours; it ends with its link. */
export interface DetachedConnection {
  readonly status: number;
  readonly headers: HttpHeaders;
  /** What had come after the head is read first. */
  readonly socket: import('node:net').Socket;
}

/** What the routing table says of a bound connection. */
export interface RouteCheck {
  /** Undefined where the system cannot be asked, or has no way there. */
  readonly interfaceName: string | undefined;
  /** It is the link that the session is bound to; undefined where nobody can tell. */
  readonly isOwn: boolean | undefined;
}

/** A request is sent once more. */
export interface ReplayEvent {
  readonly method: string;
  readonly path: string;
  /** Why the one before failed. */
  readonly error: Error;
  /** Only the rest of its body is asked for. */
  readonly isResumed: boolean;
}

/** Received header fields; names in any case. */
export interface HttpHeaders extends Iterable<[string, string]> {
  /** The value, several joined by a comma and a space; null where there is none. */
  get(name: string): string | null;
  has(name: string): boolean;
  getSetCookie(): string[];
}

/** The final answer to a request. Its body is read once, to the end or with `dump()`: until then the connection is not free for others. */
export interface HttpResponse extends AsyncIterable<Uint8Array> {
  readonly status: number;
  readonly statusText: string;
  readonly headers: HttpHeaders;
  /** The fields after a chunked body; once it was read to its end. */
  readonly trailers: Promise<HttpHeaders>;
  /** Name of the interface that it came by; undefined where the session is bound to none. */
  readonly link: string | undefined;
  /** How often the request was sent again. */
  readonly replays: number;
  /** The server has asked for the body with 100 (Continue). */
  readonly continued: boolean;
  /** @param limit in bytes; beyond it `ERR_BODY_TOO_LARGE`, and the connection ends. */
  text(limit?: number): Promise<string>;
  json<T = unknown>(limit?: number): Promise<T>;
  bytes(limit?: number): Promise<Uint8Array>;
  /** Reads to the end and forgets it, so that the connection can be used again; what is long ends the connection instead. */
  dump(limit?: number): Promise<void>;
}

export interface HttpServerOptions {
  /** Milliseconds for the first request, and in which the client must send or take something when it is its turn; 60000 by default. */
  readonly timeout?: number;
  /** The connection is used for more than one request; true by default. */
  readonly keepAlive?: boolean;
  /** Milliseconds for each further request; 15000 by default. */
  readonly keepAliveTimeout?: number;
  /** Requests on the connection; 0, the default: any number. */
  readonly maxKeepAliveRequests?: number;
  /**
   * Bytes of a request's body that have to come in each `timeout`, unless all of it has; 1000 by default, 0: any. The
   * request of who sends less ends, with 408 where no answer has begun.
   */
  readonly minimumRate?: number;
}

/**
 * The server side of one connection: `for await (const { request, response } of session)`. The loop goes on when a request is
 * answered, and ends with the connection; leaving it ends the connection. What RFC 9112 does not take for a request is
 * refused without you; every method is given, so that 501 is yours to say.
 */
export interface HttpServerSession extends AsyncIterable<HttpExchange> {
  /** Any value of yours. */
  data: unknown;
  /** No further request is taken once it is false; an answer whose head is not written yet says so. */
  keepAlive: boolean;
  readonly clientAddress: import('node:net').SocketAddress;
  readonly serverAddress: import('node:net').SocketAddress;
  /** Another request may follow on this connection. */
  readonly canKeepAlive: boolean;
  /** The time-out as it was given, in milliseconds. */
  readonly timeout: number;
  /** The session has an open connection. */
  readonly connected: boolean;
  /** The last error of the connection, a time-out too; cleared when a request comes. */
  readonly networkError: Error | undefined;
  /** The connection, closed or not; undefined once it was detached. Who reads from it takes requests away. */
  readonly socket: import('node:net').Socket | undefined;
  /**
   * Takes the connection out of the session, once a request asked for another protocol or a tunnel.
   * @throws Error where none has asked.
   */
  detachSocket(): {
    readonly socket: import('node:net').Socket;
    /** What had come after the request. */
    readonly head: Uint8Array;
  };
  /** Ends the connection at once. */
  abort(): void;
}

/** A request, and what answers it. */
export interface HttpExchange {
  readonly request: import('node:http').IncomingMessage;
  readonly response: import('node:http').ServerResponse;
  /** It asks for another protocol or a tunnel: `detachSocket()` takes the connection, or the answer ends it. */
  readonly isUpgrade: boolean;
  /** It waits for `response.writeContinue()`, or a final answer, before it sends its body. */
  readonly expectsContinue: boolean;
}

/** Reads a detached connection byte by byte. One call at a time. Rejects with the error of the connection. */
export interface ByteReader {
  /** Bytes that can be read without waiting. */
  readonly buffered: number;
  /** The next byte, 0 to 255; undefined at the end. */
  get(): Promise<number | undefined>;
  /** The next byte, which stays. */
  peek(): Promise<number | undefined>;
  /** At least one byte and at most so many; none at the end. */
  read(most: number): Promise<Uint8Array>;
  /** All that can be read without waiting, which is read then. */
  drain(): Uint8Array;
}

/** The server itself, a portal before it, something that does not lead there, or nothing. */
export type HttpConnectivity = 'full' | 'portal' | 'limited' | 'none';

export interface ProbeOptions {
  /** Milliseconds for all of it; 5000 by default. */
  readonly timeout?: number;
  /** What the server answers when nobody is in between: 204 without a body by default. A body is compared by its beginning. */
  readonly expect?: { readonly status?: number; readonly body?: string };
  readonly signal?: AbortSignal | undefined;
  /** Asks the routing table as well whether the link was really used. */
  readonly checkRoute?: boolean;
  readonly tls?: import('node:tls').ConnectionOptions;
}

export interface ProbeResult {
  readonly connectivity: HttpConnectivity;
  /** Where to sign in, when the portal says so. Hostile text; an http or https address. */
  readonly portalUrl: string | undefined;
  readonly status: number | undefined;
  /** Milliseconds until it was known. */
  readonly latency: number;
  /** Why there was no answer. */
  readonly error: Error | undefined;
  /** As that of `HttpClientSession`, and with `checkRoute` what the routing table says. */
  readonly boundBy: 'address' | 'nothing';
  readonly route: RouteCheck | undefined;
}

/** Bytes, with heads, TLS and tunnels; without the headers of TCP and IP. They only grow. */
export interface HttpTraffic {
  readonly bytesSent: number;
  readonly bytesReceived: number;
}
