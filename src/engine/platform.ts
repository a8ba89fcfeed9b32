import type { SuitabilityTest } from '../shared/suitabilityTest.js';
import type { BearerType, Purpose } from './configuration.js';
import type { Cause } from './errors.js';
import type { Disposable } from './event.js';

/** What a platform truly does (M5). Flags; the numbers are part of the contract. */
export enum Capability {
  CanStartAndStopInterfaces = 1,
  DirectConnectionRouting = 2,
  SystemSessionSupport = 4,
  ApplicationLevelRoaming = 8,
  ForcedRoaming = 16,
  DataStatistics = 32,
  NetworkSessionRequired = 64,
}

/**
 * How far traffic gets, as far as anybody knows (M3b): nowhere, not beyond the local network, to a page where somebody has
 * to sign in first, or everywhere.
 */
export type Connectivity = 'unknown' | 'none' | 'limited' | 'portal' | 'full';

/**
 * What an access point is doing. `up` means that it can carry traffic now: without carrier it is not up, whatever the
 * system still calls it (S1).
 */
export type Link = 'down' | 'starting' | 'up' | 'stopping';

/** The interface under an access point. Addresses are text, IPv4 and IPv6 mixed, without prefix length. */
export interface NetworkInterface {
  readonly name: string;
  readonly addresses: readonly string[];
  readonly gateway: string | undefined;
  readonly dnsServers: readonly string[];
}

/** What a person or program may want from an access point or the platform. */
export type Action = 'start' | 'stop' | 'update';

/** Why an action cannot work; absent where nothing is known to stand in its way. */
export type Obstacles = Readonly<Partial<Record<Action, Cause>>>;

/** All that a platform knows of one access point. Immutable; what is not known is undefined, never guessed. */
export interface AccessPointFacts {
  /** Lasts across restarts of the machine and of the platform. */
  readonly identifier: string;
  /** Hostile text: networks name themselves. */
  readonly name: string;
  readonly bearerType: BearerType;
  readonly purpose: Purpose;
  /** It could be started now: cable plugged, radio network heard, base of a VPN up. */
  readonly inReach: boolean;
  readonly link: Link;
  /** The system still keeps it although it is not up, say after the cable was pulled (O8). */
  readonly lingers: boolean;
  /** Somebody is being asked by the system (a password, a right): this time does not count (O10a). */
  readonly awaitsPerson: boolean;
  /** Why it last went down or failed, when `link` is not `up`. */
  readonly cause: Cause | undefined;
  readonly metered: boolean | undefined;
  /** How far traffic gets by it, as far as anybody knows. */
  readonly connectivity: Connectivity;
  /** What it occupies, or would occupy if started now: access points with the same device displace each other (O12). */
  readonly device: string | undefined;
  /** Known only while up (S4). */
  readonly interface: NetworkInterface | undefined;
  /** Milliseconds until a start or stop of it is given up (O10a). */
  readonly connectTimeout: number;
  readonly obstacles: Obstacles;
  /** Signal strength in percent, speed in bit/s, hardware address: for a person's eye, changes of these alone are told to nobody. */
  readonly signal: number | undefined;
  readonly speed: number | undefined;
  readonly hardwareAddress: string | undefined;
  /**
   * Names the start by which it is up or starting, in all processes alike: another after each start, and never the same
   * again while the machine runs. Undefined while it is down, and on platforms that start nothing.
   */
  readonly activation: string | undefined;
  /**
   * The metric of its default route: the one that it has, or would have when started. The system's own order, the lowest
   * first, not counting what `prefer` and provisional starts did. Undefined where it has no default route or nobody knows.
   */
  readonly metric: number | undefined;
}

/** What a platform knows of the system as a whole. Immutable. */
export interface SystemFacts {
  /** Flags of {@link Capability}. */
  readonly capabilities: number;
  /** What no access point can do here, and why (M5). */
  readonly obstacles: Obstacles;
  /** The access point that the system routes by now, or would start first; '' when there is none (M2). */
  readonly defaultIdentifier: string;
  /** Whether `defaultIdentifier` carries the default route now, so that stopping it takes the machine off the network. */
  readonly defaultIsRouted: boolean;
  /** Some access point really carries this machine's traffic (M3b). */
  readonly isOnline: boolean;
  readonly connectivity: Connectivity;
  /** It looks at intervals instead of being told (AutoCloseSessionTimeout, F3). */
  readonly polls: boolean;
  /** Set while the platform's daemon is gone (O13). */
  readonly away: Cause | undefined;
  /** The name of the platform that serves. */
  readonly platform: string;
}

/** One change, applied by the engine as a whole (M3a). */
export interface PlatformUpdate {
  /** New and changed access points. */
  readonly accessPoints?: readonly AccessPointFacts[];
  /** Identifiers that are gone. */
  readonly removed?: readonly string[];
  /** Why what is gone is gone; `profileRemoved` by default. */
  readonly removalCause?: Cause;
  /** `accessPoints` is all there is: others are gone. For the first reading and for a return (O13). */
  readonly whole?: boolean;
  /** Present when anything in it changed; the first update must have it. */
  readonly system?: SystemFacts;
}

/** Bytes since some moment. Whole numbers. */
export interface Counters {
  readonly received: number;
  readonly written: number;
  /** Changes when the interface is made anew, so that its counters start from 0 again. */
  readonly source: string;
}

/** What came of a {@link SuitabilityTest}. */
export interface TestResult {
  readonly test: SuitabilityTest;
  readonly passed: boolean;
  /** How long it took. */
  readonly milliseconds: number;
  /** Why it did not pass, in plain English or the system's own words; for display only. */
  readonly detail: string | undefined;
}

/**
 * How a platform moves this machine's traffic from one access point to another that is up (R3 to R9). It keeps a journal
 * of what it has done, and takes back what an earlier process left when it died. All reject with PlatformFailure.
 */
export interface Routing {
  /**
   * Makes ready for a move to an access point that is up: what is bound to its addresses leaves by it and by nothing else,
   * and its gateway is warm. The system's traffic stays where it is. When it rejects, nothing of it is left. Doing it
   * twice is the same as once.
   */
  prepare(identifier: string): Promise<void>;

  /** Runs a test over an access point that is prepared. Never rejects: what keeps it from running is its result. Ends early when the signal aborts. */
  test(identifier: string, test: SuitabilityTest, signal: AbortSignal): Promise<TestResult>;

  /**
   * The system's traffic prefers it from now on to everything else that is up, whatever was preferred before (R4, R11).
   * Only the link that is named, and one that was preferred here before and is well, may be touched: never one that is
   * dying. Resolves when the system's routes say so; when it rejects, they are as before. A start that was provisional is final.
   */
  prefer(identifier: string): Promise<void>;

  /**
   * Takes back all that `prepare` and `prefer` did to it (R5); where its start was provisional it is an ordinary access point
   * from now on, because somebody else has opened it meanwhile. Does nothing where there is nothing. `stopAccessPoint` does
   * this too.
   */
  restore(identifier: string): Promise<void>;

  /**
   * Another process has opened it as well: a start that was provisional is final, whatever becomes of its move (O5, R9).
   * Does nothing where there is nothing, and may be said again.
   */
  keep(identifier: string): void;
}

/** How a start is to be made. */
export interface StartOptions {
  /** False forbids every question to the person (ConnectInBackground, F3). */
  readonly interactive: boolean;
  /**
   * It is for a move that is not accepted yet: the system's traffic stays where it is until `prefer` (R3), whatever the
   * metrics say, and if this process dies before, the start is taken back (R9). False by default.
   */
  readonly provisional?: boolean;
  /**
   * A hint: the system's traffic waits for it, and `prefer` follows as soon as it is up (R8). A platform may do what that
   * takes before; it is taken back by `restore`, or with the link. Never together with `provisional`. False by default.
   */
  readonly preferred?: boolean;
}

/**
 * The port: what the engine asks of a platform. Updates may come at any time after `start` was called, never from
 * inside a call of the engine; `start` resolves after the first whole update. Calls never throw synchronously; they
 * reject with {@link PlatformFailure}.
 */
export interface Platform {
  /** Reads everything once and tells `onUpdate` of it and of every later change. Rejects only when it can never serve. */
  start(onUpdate: (update: PlatformUpdate) => void): Promise<void>;

  /**
   * Starts an access point that is down; resolves when it is up. Never called while it is up (O1).
   * Cancelled by `stopAccessPoint`; it rejects then.
   */
  startAccessPoint(identifier: string, options: StartOptions): Promise<void>;

  /**
   * Stops an access point, also one that is being started or lingers; resolves when it is down. Calls `accepted` once the
   * system has accepted and nothing will refuse any more (O7); rejects without having called it where it is refused.
   */
  stopAccessPoint(identifier: string, accepted: () => void): Promise<void>;

  /** Asks the system to look again, a radio scan for example (M4). Resolves when it has. */
  look(): Promise<void>;

  /** The counters of the interface under an access point now; undefined when unknown. Cheap: one reading serves a whole turn. */
  counters(identifier: string): Counters | undefined;

  /**
   * Tells whether somebody looks at it now or a session is open; false until told. A platform that has no events looks
   * by itself only meanwhile (M3).
   */
  setWatched?(watched: boolean): void;

  /**
   * Tells that sessions of this process are open on an access point from now on, or that none is any more; called before
   * they hear of it. What another process has started and left is not taken back while somebody holds it (O5, R9).
   */
  setHeld?(identifier: string, held: boolean): void;

  /** Present exactly where it can move traffic: then `capabilities` has ApplicationLevelRoaming and ForcedRoaming. */
  readonly routing?: Routing | undefined;

  /** The engine gave up waiting for it to come back (O13): `auto` turns to another one now. */
  abandon?(): void;

  dispose(): Promise<void>;
}

/** Where time comes from. */
export interface Clock {
  /** Milliseconds since some moment, the same one for all processes of a machine; never goes back. */
  now(): number;
  setTimeout(callback: () => void, milliseconds: number): Disposable;
}

/** Where messages for the log go. trace = samples, debug = transitions, info = acts. No names or addresses above debug. */
export interface Logger {
  trace(message: string): void;
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/** What `performance.now()` counts from is another moment in each process. */
const processBegan = Number(process.hrtime.bigint()) / 1e6 - performance.now();

/** The real time. */
export const systemClock: Clock = {
  now: () => processBegan + performance.now(),
  setTimeout: (callback, milliseconds) => {
    const timer = setTimeout(callback, milliseconds);
    return { dispose: () => clearTimeout(timer) };
  },
};

/** Says nothing. */
export const silentLogger: Logger = {
  trace() {},
  debug() {},
  info() {},
  warn() {},
  error() {},
};
