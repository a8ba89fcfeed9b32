import { AccessPoint, type AccessPointHost, absence } from './accessPoint.js';
import { type ConfigurationState, type NetworkConfiguration, unknownConfiguration } from './configuration.js';
import { type Cause, plainEnglish, type SessionFailure, sessionFailure } from './errors.js';
import { DeliveryQueue, type Disposable, type Event, Listeners, textOf } from './event.js';
import type { Holder as LocalHolder } from './holder.js';
import { type Holder, type LastClose, type Ledger, ProcessLedger } from './ledger.js';
import { ManagerEvent, type ManagerEvents } from './managerEvent.js';
import { Member } from './member.js';
import { Meter } from './meter.js';
import { NetworkMember, type NetworkMemberHost } from './networkMember.js';
import type { NetworkSession } from './networkSession.js';
import {
  type AccessPointFacts,
  type Action,
  Capability,
  type Clock,
  type Connectivity,
  type Logger,
  type Platform,
  type PlatformUpdate,
  type SystemFacts,
  silentLogger,
  systemClock,
} from './platform.js';
import type { Ask } from './question.js';
import { nothingKnown, Registry } from './registry.js';
import { checkedDefinitions, type ServiceNetworkDefinition } from './serviceNetwork.js';
import { ServiceNetworks, type ServiceNetworksHost, userChoiceIdentifier } from './serviceNetworks.js';
import { replaceCore, Session, type SessionOptions } from './session.js';
import { SessionCore } from './sessionCore.js';
import { SessionEvent } from './sessionEvent.js';
import { SessionState } from './states.js';

/** Milliseconds that sessions wait for a platform that went away, before they are lost (O13). */
const absenceGrace = 10_000;

/** Milliseconds that the end waits for what was arranged for moves to be taken back; whoever runs next does the rest (R9). */
const restoringTime = 5_000;

/** Milliseconds that looking for networks again may take (M4). */
const lookingTime = 30_000;

const lastCloses: readonly unknown[] = ['ifStartedHere', 'always', 'never'] satisfies readonly LastClose[];

/** Those that a manager listens to or has disposed of: a platform has one listener, and is not started again. */
const taken = new WeakSet<Platform>();

/** All that is needed of the manager, by ports. */
type Host = AccessPointHost & NetworkMemberHost & ServiceNetworksHost;

export interface ManagerOptions {
  /** `ifStartedHere` by default (O5a). */
  readonly lastClose?: LastClose;
  readonly clock?: Clock;
  readonly logger?: Logger;
  readonly ledger?: Ledger;
  /** Without it, what would need asking fails (O12, F3). */
  readonly ask?: Ask;
  /** None by default; {@link NetworkConfigurationManager.setServiceNetworks} changes them. */
  readonly serviceNetworks?: readonly ServiceNetworkDefinition[];
}

/** Counts the bytes of an access point from the moment it was made, whether a session is open or not. */
export interface TrafficMeter {
  /** Bytes in; undefined while unknown. */
  readonly bytesReceived: number | undefined;
  /** Bytes out; undefined while unknown. */
  readonly bytesWritten: number | undefined;
}

/** Knows the configurations of this machine, watches them, and makes sessions on them. */
export class NetworkConfigurationManager {
  #lastClose!: LastClose;
  readonly #platform: Platform;
  readonly #logger: Logger;
  readonly #host: Host;
  readonly #clock: Clock;
  readonly #queue = new DeliveryQueue();
  readonly #registry: Registry;
  readonly #listeners = new Listeners<ManagerEvents>((error) => this.#report(error));
  #starting: Promise<void> | undefined;
  #absence: Disposable | undefined;
  readonly #ledgerChanges: Disposable | undefined;
  #watchers = 0;
  #sessionsChanged = false;
  #isExiting = false;
  #disposing: Promise<void> | undefined;

  /**
   * @param platform of this manager alone, which disposes of it.
   * @throws Error when the platform has or had another manager; TypeError when an option is not as it must be.
   */
  constructor(platform: Platform, options: ManagerOptions = {}) {
    if (taken.has(platform)) {
      throw new Error('This platform has a manager already: each takes one of its own.');
    }
    this.#platform = platform;
    this.#clock = options.clock ?? systemClock;
    this.#logger = options.logger ?? silentLogger;
    const { lastClose = 'ifStartedHere' } = options;
    this.lastClose = lastClose;
    this.#host = this.#makeHost(options);
    this.#registry = new Registry(
      (identifier) => new AccessPoint(this.#host, identifier),
      (directory) => new ServiceNetworks(this.#host, directory),
      (kind, value) => this.#tell(kind, value),
      (holders) => this.#rehome(holders),
    );
    this.setServiceNetworks(options.serviceNetworks ?? []);
    taken.add(platform);
    const { ledger } = this.#host;
    let { isShared } = ledger;
    this.#ledgerChanges = ledger.onDidChange?.(() => {
      if (ledger.isShared !== isShared) {
        isShared = ledger.isShared;
        this.#tell(ManagerEvent.Capabilities, this.capabilities);
      }
    });
  }

  #makeHost(options: ManagerOptions): Host {
    const manager = this;
    return {
      platform: this.#platform,
      clock: this.#clock,
      logger: this.#logger,
      queue: this.#queue,
      ledger: options.ledger ?? new ProcessLedger(),
      ask: options.ask,
      report: (error) => this.#report(error),
      get lastClose() {
        return manager.lastClose;
      },
      get isExiting() {
        return manager.#isExiting;
      },
      get system() {
        return manager.#registry.system;
      },
      get removalCause() {
        return manager.#registry.removalCause;
      },
      displacedBy: (identifier) => this.#registry.displacedBy(identifier),
      countWatcher: (by) => this.#countWatcher(by),
      holdersChanged: (identifier) => this.#tell(ManagerEvent.Holders, identifier),
      sessionEnded: (accessPoint) => this.#sessionEnded(accessPoint),
      networkSessionEnded: (network) => {
        this.#tellOfSessions();
        this.#registry.networks.forgetUnlessNeeded(network);
      },
      rehome: (cores) => this.#rehome(cores),
      touch: (network) => this.#registry.networks.touch(network),
      choices: () => this.#registry.list(0),
      networkFor: (identifier) => this.#registry.networks.resolve(identifier, this.#registry.has(identifier)),
    };
  }

  /** Reads everything once and watches from then on. Resolves after the first full reading; rejects when the platform can never serve. */
  start(): Promise<void> {
    this.#starting ??= this.#platform.start((update) => this.#apply(update));
    return this.#starting;
  }

  /**
   * The policy for the last close; may be set at any time (O5a).
   * @throws TypeError when it is none.
   */
  get lastClose(): LastClose {
    return this.#lastClose;
  }

  set lastClose(policy: LastClose) {
    if (!lastCloses.includes(policy)) {
      throw new TypeError(`lastClose takes ${lastCloses.join(', ')}, not ${String(policy)}.`);
    }
    this.#lastClose = policy;
  }

  /** What the platform truly does: flags of `Capability` (M5). */
  get capabilities(): number {
    const { capabilities } = this.system;
    return this.#host.ledger.isShared ? capabilities | Capability.SystemSessionSupport : capabilities;
  }

  /** Some access point really carries this machine's traffic (M3b). */
  get isOnline(): boolean {
    return this.system.isOnline;
  }

  /** How far this machine's traffic gets; 'unknown' where nobody has tried (M3b). */
  get connectivity(): Connectivity {
    return this.system.connectivity;
  }

  /** All that is known of the system as a whole. */
  get system(): SystemFacts {
    return this.#registry.system;
  }

  /** The one that a program should open when it has no wish of its own; an invalid one when there is none (M2). */
  get defaultConfiguration(): NetworkConfiguration {
    return this.#registry.default;
  }

  /** The service networks as they are defined. */
  get serviceNetworks(): readonly ServiceNetworkDefinition[] {
    return this.#registry.networks.all.flatMap(({ definition }) => definition ?? []);
  }

  /**
   * Defines all service networks: others are gone, with the sessions on them (O11). What stays the same is not touched. One
   * is gone too when an access point comes with its identifier (M1).
   * @throws TypeError when a definition is not one, or an identifier is there twice or an access point's; nothing is changed then.
   */
  setServiceNetworks(definitions: readonly ServiceNetworkDefinition[]): void {
    const isTaken = (identifier: string) => identifier === userChoiceIdentifier || this.#registry.has(identifier);
    this.#registry.define(checkedDefinitions(definitions, isTaken));
  }

  /** The access point of a service network that is preferred now (R1); an invalid one when none is fit. */
  preferredConfiguration(serviceNetwork: NetworkConfiguration | string): NetworkConfiguration {
    const network = this.#registry.networks.get(identifierOf(serviceNetwork) ?? '');
    return network?.preferred?.configuration ?? unknownConfiguration('');
  }

  /** Those whose state has all the given bits, each once, in the order first seen; without a filter all (M1). */
  allConfigurations(filter: ConfigurationState | 0 = 0): readonly NetworkConfiguration[] {
    return this.#registry.list(filter);
  }

  /** An invalid one when it is unknown. */
  configurationFromIdentifier(identifier: string): NetworkConfiguration {
    const known = this.#registry.network(identifier) ?? this.#registry.get(identifier);
    return known?.configuration ?? unknownConfiguration(identifier);
  }

  /** All that the platform says of an access point, for a person's eye. */
  accessPoint(identifier: string): AccessPointFacts | undefined {
    return this.#registry.get(identifier)?.facts;
  }

  /** What a session on it shows (S1). */
  stateOf(identifier: string): SessionState {
    const known = this.#registry.network(identifier) ?? this.#registry.get(identifier);
    return known?.state ?? SessionState.Invalid;
  }

  /** Why an action cannot work now, as a plain English sentence; undefined when nothing is known to stand in its way (M5). */
  whyNot(action: Action, configuration?: NetworkConfiguration | string): string | undefined {
    const failure = this.obstacle(action, configuration);
    return failure === undefined ? undefined : plainEnglish(failure);
  }

  /** The same as {@link whyNot}, as facts. */
  obstacle(action: Action, configuration?: NetworkConfiguration | string): SessionFailure | undefined {
    const identifier = identifierOf(configuration) ?? '';
    const network = this.#registry.network(identifier);
    if (network !== undefined && action !== 'update') {
      const cause = action === 'start' ? network.obstacle() : undefined;
      return cause && sessionFailure(network.configuration, cause);
    }
    const known = this.#registry.get(identifier);
    const cause =
      action === 'update' || configuration === undefined
        ? this.#causeAgainst(action)
        : known === undefined
          ? absence(identifier, this.system)
          : known.obstacle(action);
    return cause && (known?.failure(cause) ?? sessionFailure({ identifier, name: '' }, cause));
  }

  /** What no access point can do here. A platform that is away may be found by looking for it. */
  #causeAgainst(action: Action): Cause | undefined {
    const { away, obstacles } = this.system;
    return away === undefined ? obstacles[action] : action === 'update' ? undefined : away;
  }

  /** What starting an access point would take down that somebody holds or that was not started here (O12). */
  displacedBy(identifier: string): readonly NetworkConfiguration[] {
    return this.#registry.displacedBy(identifier).map((other) => other.configuration);
  }

  /** It is up because this software started it (O5a). */
  isStartedHere(identifier: string): boolean {
    return this.#registry.get(identifier)?.account.startedHere ?? false;
  }

  /** How many sessions are open on it here. */
  holders(identifier: string): number {
    return this.#registry.get(identifier)?.open ?? 0;
  }

  /** Other programs of this person that hold it, as last heard. */
  holdersElsewhere(identifier: string): readonly Holder[] {
    return this.#registry.get(identifier)?.account.others.filter(({ isFormerSelf }) => !isFormerSelf) ?? [];
  }

  /** Whether closing this session now would stop its access point (O5, O5a). */
  wouldStop(session: NetworkSession): boolean {
    const { identifier } = session.activeConfiguration;
    return session.isOpen && this.#registry.get(identifier)?.wouldStopAtClose() === true;
  }

  /** Counts an access point's bytes from now on. It reads when it is asked, and only then; {@link watch} is another thing. */
  watchTraffic(identifier: string): TrafficMeter {
    const meter = new Meter();
    const read = () => meter.read(this.#platform.counters(identifier));
    read();
    return {
      get bytesReceived() {
        return read().isKnown ? meter.received : undefined;
      },
      get bytesWritten() {
        return read().isKnown ? meter.written : undefined;
      },
    };
  }

  /** Says that somebody looks, until it is disposed of: a platform that is not told of changes looks for them only then. */
  watch(): Disposable {
    let isWatching = true;
    this.#countWatcher(1);
    return {
      dispose: () => {
        if (isWatching) {
          isWatching = false;
          this.#countWatcher(-1);
        }
      },
    };
  }

  #countWatcher(by: number): void {
    const before = this.#watchers;
    this.#watchers += by;
    if (before > 0 !== this.#watchers > 0) {
      this.#platform.setWatched?.(this.#watchers > 0);
    }
  }

  /** Asks the system to look again. Resolves, and `onDidCompleteUpdate` tells, when it has or has failed to (M4). */
  async updateConfigurations(): Promise<void> {
    try {
      await this.#within(lookingTime, this.#platform.look());
    } catch (error) {
      this.#logger.warn(`Looking for networks again failed: ${textOf(error)}`);
    }
    await new Promise<void>((resolve) => {
      this.#tell(ManagerEvent.Update, undefined);
      this.#queue.later(resolve);
    });
  }

  /** What takes longer is not waited for (O10a). */
  #within(milliseconds: number, work: Promise<unknown>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const timer = this.#clock.setTimeout(() => reject(new Error('it takes too long')), milliseconds);
      work.then(resolve, reject).finally(() => timer.dispose());
    });
  }

  /**
   * Makes a session on a configuration or identifier, also one that is not known (yet): it is Invalid then.
   * @throws TypeError when it is neither.
   */
  createSession(configuration: NetworkConfiguration | string, options?: SessionOptions): NetworkSession {
    const identifier = identifierOf(configuration);
    if (identifier === undefined) {
      throw new TypeError('createSession takes a configuration or its identifier.');
    }
    if (this.#disposing !== undefined) {
      throw new Error('The manager was disposed of.');
    }
    const session = new Session(this.#host, this.#coreFor(identifier), options);
    this.#tellOfSessions();
    return session;
  }

  #coreFor(identifier: string): SessionCore {
    const network = this.#registry.network(identifier);
    if (network !== undefined) {
      return new NetworkMember(this.#host, network);
    }
    const member = new Member(this.#host, this.#registry.of(identifier));
    member.accessPoint.join(member);
    return member;
  }

  /** Sessions whose identifier means something else now than what they were made for go there, when they have ended. */
  #rehome(holders: Iterable<LocalHolder | SessionCore>): void {
    for (const core of [...holders]) {
      const { session, reopens } = core;
      if (
        core instanceof SessionCore &&
        core.isOrphan &&
        core.phase === 'closed' &&
        !core.isDisposed &&
        session !== undefined
      ) {
        const { identifier } = core.configuration;
        const isNetwork = this.#registry.network(identifier)?.isRemoved === false;
        if (isNetwork || this.#registry.has(identifier)) {
          const { shown } = core;
          core.reopens = false;
          const next = this.#coreFor(identifier);
          replaceCore(session, next);
          core.leave();
          if (next.state !== shown) {
            next.tell(SessionEvent.State, next.state);
          }
          if (reopens) {
            next.open();
          }
        }
      }
    }
  }

  /** Those that were not disposed of, access point by access point, then those on service networks. */
  get sessions(): readonly NetworkSession[] {
    const sessions = new Set<NetworkSession>();
    for (const { members } of this.#registry.everything) {
      for (const { session } of members) {
        if (session !== undefined && !session.isDisposed) {
          sessions.add(session);
        }
      }
    }
    return [...sessions];
  }

  /** Releases all sessions as the end of the process would (O10), waits for what that stops, and lets go of the platform. */
  dispose(): Promise<void> {
    this.#disposing ??= this.#disposeOfAll();
    return this.#disposing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  async #disposeOfAll(): Promise<void> {
    this.#isExiting = true;
    for (const session of this.sessions) {
      session.dispose();
    }
    for (const accessPoint of this.#registry.all) {
      accessPoint.hurry();
    }
    await new Promise<void>((resolve) => this.#queue.later(resolve)); // What sessions let go, they let go later.
    const { all } = this.#registry;
    await Promise.all(all.map((accessPoint) => accessPoint.whenIdle()));
    await this.#within(restoringTime, Promise.all(all.map((accessPoint) => accessPoint.whenRestored()))).catch(() =>
      this.#logger.warn('What was arranged for moves could not be taken back in time.'),
    );
    this.#absence?.dispose();
    this.#ledgerChanges?.dispose();
    await this.#platform.dispose();
  }

  #sessionEnded(accessPoint: AccessPoint): void {
    this.#tellOfSessions();
    this.#registry.forgetUnlessNeeded(accessPoint);
  }

  // What the platform says ---------------------------------------------------------------------------------------------

  #apply(update: PlatformUpdate): void {
    const { system } = this;
    this.#registry.apply(update);
    this.#boundAbsence(system);
  }

  /** A platform that went away has some time to come back; after that its access points are lost (O13). */
  #boundAbsence(before: SystemFacts): void {
    if (this.system.away === undefined) {
      this.#absence?.dispose();
      this.#absence = undefined;
    } else if (before.away === undefined && before !== nothingKnown) {
      this.#absence = this.#clock.setTimeout(() => this.#giveUpWaiting(), absenceGrace);
    }
  }

  #giveUpWaiting(): void {
    this.#absence = undefined;
    this.#logger.warn('The platform did not come back.');
    const { capabilities, isOnline, connectivity, defaultIdentifier, defaultIsRouted } = nothingKnown;
    const system = { ...this.system, capabilities, isOnline, connectivity, defaultIdentifier, defaultIsRouted };
    this.#apply({ whole: true, accessPoints: [], system });
    this.#platform.abandon?.();
  }

  // Events -------------------------------------------------------------------------------------------------------------

  /** Called by the delivery queue. */
  deliver<Kind extends ManagerEvent>(kind: Kind, value: ManagerEvents[Kind]): void {
    if (kind === ManagerEvent.Sessions) {
      this.#sessionsChanged = false;
    }
    if (kind === ManagerEvent.Capabilities) {
      this.#listeners.fire(ManagerEvent.Capabilities, this.capabilities);
    } else {
      this.#listeners.fire(kind, value);
    }
  }

  #tell<Kind extends ManagerEvent>(kind: Kind, value: ManagerEvents[Kind]): void {
    this.#queue.push(this, kind, value);
  }

  #tellOfSessions(): void {
    if (!this.#sessionsChanged) {
      this.#sessionsChanged = true;
      this.#tell(ManagerEvent.Sessions, undefined);
    }
  }

  #report(error: unknown): void {
    try {
      this.#logger.error(`A listener failed: ${textOf(error)}`);
    } catch {
      // A logger that fails as well must not keep others from hearing.
    }
  }

  /** A configuration was seen for the first time, or is back (M3). */
  get onDidAddConfiguration(): Event<NetworkConfiguration> {
    return this.#listeners.event(ManagerEvent.Add);
  }

  /** Once for each real change (M3). */
  get onDidChangeConfiguration(): Event<NetworkConfiguration> {
    return this.#listeners.event(ManagerEvent.Change);
  }

  /** It is invalid, but keeps its name and identifier (M3a). */
  get onDidRemoveConfiguration(): Event<NetworkConfiguration> {
    return this.#listeners.event(ManagerEvent.Remove);
  }

  /** Tells the new {@link isOnline} (M3b). */
  get onDidChangeOnlineState(): Event<boolean> {
    return this.#listeners.event(ManagerEvent.Online);
  }

  /** The capabilities, or the reasons that {@link whyNot} gives, changed (M5). */
  get onDidChangeCapabilities(): Event<number> {
    return this.#listeners.event(ManagerEvent.Capabilities);
  }

  /** Once for each request, failed ones too, never unasked (M4). */
  get onDidCompleteUpdate(): Event<void> {
    return this.#listeners.event(ManagerEvent.Update);
  }

  /** The other holders of the access point with this identifier, or whether it was started here, changed. */
  get onDidChangeHolders(): Event<string> {
    return this.#listeners.event(ManagerEvent.Holders);
  }

  /** Sessions were made or given back; once a turn. */
  get onDidChangeSessions(): Event<void> {
    return this.#listeners.event(ManagerEvent.Sessions);
  }

  /** The default configuration, the connectivity or anything else about the system changed. */
  get onDidChangeSystem(): Event<SystemFacts> {
    return this.#listeners.event(ManagerEvent.System);
  }
}

function identifierOf(configuration: unknown): string | undefined {
  const identifier =
    typeof configuration === 'object' && configuration !== null && 'identifier' in configuration
      ? configuration.identifier
      : configuration;
  return typeof identifier === 'string' ? identifier : undefined;
}
