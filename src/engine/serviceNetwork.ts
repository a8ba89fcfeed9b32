import type { SuitabilityTest } from '../shared/suitabilityTest.js';
import type { AccessPoint } from './accessPoint.js';
import { Children, isOtherOrder, knownOf, type Lineup } from './children.js';
import {
  BearerType,
  ConfigurationType,
  defaultConnectTimeout,
  type NetworkConfiguration,
  Purpose,
} from './configuration.js';
import type { Cause } from './errors.js';
import { Capability } from './platform.js';
import type { RoamingPolicy } from './roaming.js';
import type { Runtime } from './runtime.js';
import { type Directory, Selection } from './selection.js';
import type { SessionCore } from './sessionCore.js';
import type { SessionState } from './states.js';

/** What a service network needs. */
export interface ServiceNetworkHost extends Pick<Runtime, 'system'> {
  /** Something of this one has changed: it is settled when the change under way is everywhere (M3a). */
  touch(network: ServiceNetwork): void;
  /** A session on it was given back. */
  networkSessionEnded(network: ServiceNetwork): void;
}

/** A session on a service network, as the network sees it. */
export interface NetworkMembership extends SessionCore {
  /** What the network amounts to now. */
  networkShows(state: SessionState): void;
  /** The network or what is preferred there may be another. */
  networkChanged(): void;
}

/** What a service network is, as the person or a program has written it down. */
export interface ServiceNetworkDefinition {
  /** Lasts across restarts; of no access point. */
  readonly identifier: string;
  readonly name: string;
  /** Identifiers in order, or `internet`: every access point that leads there, in the system's own order. */
  readonly accessPoints: readonly string[] | 'internet';
  /** What must hold of a new link before a session moves there by itself; none by default. */
  readonly tests?: readonly SuitabilityTest[];
  /** `automatic` by default. */
  readonly roaming?: RoamingPolicy;
  /** False: a metered access point is as good as any other (R1). True by default. */
  readonly prefersUnmetered?: boolean;
}

/** What a service network amounts to at one moment. Immutable, and cheap to keep. */
export interface Summary {
  readonly configuration: NetworkConfiguration;
  readonly lineup: Lineup<AccessPoint>;
  readonly known: number;
  /** Another one after each change of what its children are, or in which order. */
  readonly version: number;
}

/** What may not be preferred now. */
interface Exclusion {
  has(accessPoint: AccessPoint): boolean;
}

const nothing: Exclusion = { has: () => false };

/** More changes than this are not followed one by one where they are many of all. */
const manyChanges = 32;

const noTests: readonly SuitabilityTest[] = Object.freeze([]);

/** A service network, or what a user choice can be resolved to: an ordered set of access points, and the sessions on it. */
export class ServiceNetwork {
  readonly identifier: string;
  readonly #host: ServiceNetworkHost;
  readonly #directory: Directory;
  readonly #type: ConfigurationType;
  #definition: ServiceNetworkDefinition | undefined;
  readonly #members = new Set<NetworkMembership>();
  /** What {@link #children} were selected by. */
  #selection: Selection | undefined;
  /** As long as it watches them. */
  #children: Children<AccessPoint> | undefined;
  /** May be other ones by now. */
  readonly #changed = new Set<AccessPoint>();
  #isOutdated = false;
  #version = 0;
  #revision = 0;
  /** Its name, also when it is not defined any more (M3a). */
  #name: string;
  #summary: Summary | undefined;

  /** Without a definition it is a user choice: among everything (F3). */
  constructor(
    host: ServiceNetworkHost,
    directory: Directory,
    identifier: string,
    definition: ServiceNetworkDefinition | undefined,
    type: ConfigurationType = ConfigurationType.ServiceNetwork,
  ) {
    this.#host = host;
    this.#directory = directory;
    this.#type = type;
    this.identifier = identifier;
    this.#definition = definition;
    this.#name = definition?.name ?? (this.isUserChoice ? 'User choice' : '');
  }

  get members(): ReadonlySet<NetworkMembership> {
    return this.#members;
  }

  get definition(): ServiceNetworkDefinition | undefined {
    return this.#definition;
  }

  get isUserChoice(): boolean {
    return this.#type === ConfigurationType.UserChoice;
  }

  /** It is not defined any more: what is left of it is Invalid (O11). */
  get isRemoved(): boolean {
    return this.#definition === undefined && !this.isUserChoice;
  }

  /** It is defined in another way, or not any more. */
  redefine(definition: ServiceNetworkDefinition | undefined): void {
    this.#definition = definition;
    this.#name = definition?.name ?? this.#name;
    this.membersChanged();
  }

  /** These access points have come, gone or changed their order; without them, anything may be another. */
  membersChanged(accessPoints?: readonly AccessPoint[]): void {
    this.#isOutdated ||= accessPoints === undefined;
    for (const accessPoint of accessPoints ?? []) {
      this.accessPointUpdated(accessPoint);
    }
    this.#host.touch(this);
  }

  /** Called by its children: what is known of one is another, and what follows from that is still to come. */
  accessPointUpdated(accessPoint: AccessPoint): void {
    if (this.#children !== undefined) {
      this.#changed.add(accessPoint);
    }
  }

  /** Called by its children. */
  accessPointChanged(accessPoint: AccessPoint): void {
    this.accessPointUpdated(accessPoint);
    this.#host.touch(this);
  }

  /** The first of its children by R1. */
  get preferred(): AccessPoint | undefined {
    return this.preferredBut(nothing);
  }

  /** The preferred one of the others. */
  preferredBut(excluded: Exclusion): AccessPoint | undefined {
    return this.#now.preferred((child) => excluded.has(child));
  }

  get configuration(): NetworkConfiguration {
    return this.summary.configuration;
  }

  /** What it amounts to now. */
  get summary(): Summary {
    const children = this.#now;
    const { lineup, known } = children;
    if (this.#summary?.lineup !== lineup) {
      this.#summary = { configuration: this.#describe(children), lineup, known, version: this.#version };
    }
    return this.#summary;
  }

  /** Changes with the order of its children; what only comes or goes changes nothing for the others. */
  get revision(): number {
    void this.#now;
    return this.#revision;
  }

  get policy(): RoamingPolicy {
    return this.#definition?.roaming ?? 'automatic';
  }

  get tests(): readonly SuitabilityTest[] {
    return this.#definition?.tests ?? noTests;
  }

  /** As the platform has told: what it can do may be another already, and the event of that is still to come (M3). */
  get canRoam(): boolean {
    const isTold = (this.#host.system.capabilities & Capability.ForcedRoaming) !== 0;
    return isTold && this.#type === ConfigurationType.ServiceNetwork;
  }

  child(identifier: string): AccessPoint | undefined {
    const accessPoint = this.#directory.get(identifier);
    return accessPoint !== undefined && this.#now.has(accessPoint) ? accessPoint : undefined;
  }

  /** Why a session on it cannot be opened now: what stands in the way of the first that could be tried (O4). */
  obstacle(): Cause | undefined {
    if (this.isRemoved) {
      return { code: 'notDefined' };
    }
    let first: Cause | undefined;
    for (const child of this.inTurn()) {
      const obstacle = child.obstacle('start');
      if (obstacle === undefined) {
        return undefined;
      }
      first ??= obstacle;
    }
    return first ?? this.#host.system.away ?? { code: 'notInReach' };
  }

  /** What an opening may try, in turn (O4a). */
  inTurn(): Iterable<AccessPoint> {
    return this.#now.inTurn();
  }

  get #prefersUnmetered(): boolean {
    return this.#definition?.prefersUnmetered ?? true;
  }

  /** What a session on it shows that is not open (S2). */
  get state(): SessionState {
    return this.#now.state;
  }

  join(member: NetworkMembership): void {
    this.#members.add(member);
    void this.#now;
  }

  leave(member: NetworkMembership): void {
    if (this.#members.delete(member)) {
      if (!this.#isWatching) {
        this.#watch(undefined);
      }
      this.#host.networkSessionEnded(this);
    }
  }

  /** Draws the consequences of all that has changed: its sessions show it, and reconsider where they are (S2, R2). */
  settle(): void {
    if (this.#members.size === 0) {
      return;
    }
    const { state } = this;
    for (const member of this.#members) {
      member.networkShows(state);
    }
    for (const member of this.#members) {
      member.networkChanged();
    }
  }

  #watch(children: Children<AccessPoint> | undefined): void {
    const before = this.#children;
    this.#children = children;
    for (const child of children?.accessPoints ?? []) {
      child.watch(this);
    }
    for (const child of before?.accessPoints ?? []) {
      if (children?.has(child) !== true) {
        child.unwatch(this);
      }
    }
  }

  /** Its children as they are now. */
  get #now(): Children<AccessPoint> {
    const children = this.#children;
    const changes = this.#changed.size;
    if (children === undefined || this.#isOutdated || changes > Math.max(manyChanges, children.lineup.size / 4)) {
      return this.#collect();
    }
    const before = children.lineup;
    return changes === 0 || this.#follow(children) ? children : this.#collect(before);
  }

  /** Takes the changes one by one; false where all are to be collected anew. */
  #follow(children: Children<AccessPoint>): boolean {
    const before = children.lineup;
    let isReordered = false;
    for (const accessPoint of this.#changed) {
      if (this.#selection?.isOverturnedBy(accessPoint)) {
        return false;
      }
      const step = children.update(accessPoint);
      if (step === 'comesOrGoes') {
        if (children.has(accessPoint)) {
          accessPoint.watch(this);
        } else {
          accessPoint.unwatch(this);
        }
      }
      isReordered ||= step === 'moves';
      this.#version += Number(step !== 'stays');
    }
    this.#changed.clear();
    if (children.lineup.size === 0 && this.#selection?.isByMetric) {
      return false;
    }
    this.#revision += Number(isReordered && isOtherOrder(before, children.lineup));
    return true;
  }

  /** Looks at all that there is; `before` is in which order it was. */
  #collect(before = this.#children?.lineup): Children<AccessPoint> {
    this.#changed.clear();
    this.#isOutdated = false;
    const selection = new Selection(
      this.#directory,
      this.isUserChoice ? 'all' : (this.#definition?.accessPoints ?? []),
    );
    const children = new Children(
      selection.candidates,
      (accessPoint) => selection.placeOf(accessPoint),
      this.#prefersUnmetered,
    );
    this.#version++;
    if (before !== undefined) {
      this.#revision += Number(isOtherOrder(before, children.lineup));
    }
    if (this.#isWatching) {
      this.#selection = selection;
      this.#watch(children);
    }
    return children;
  }

  /** What is not listed has nobody to tell of its children while no session is on it. */
  get #isWatching(): boolean {
    return this.#type === ConfigurationType.ServiceNetwork || this.#members.size > 0;
  }

  /** With thousands of children most are never asked for them: they are listed when somebody does, as they were now. */
  #describe({ lineup, known, configurationState }: Children<AccessPoint>): NetworkConfiguration {
    let children: readonly NetworkConfiguration[] | undefined;
    return Object.freeze({
      identifier: this.identifier,
      name: this.#name,
      type: this.isRemoved ? ConfigurationType.Invalid : this.#type,
      state: configurationState,
      purpose: Purpose.Unknown,
      bearerType: BearerType.Unknown,
      bearerTypeName: '',
      bearerTypeFamily: BearerType.Unknown,
      get children() {
        children ??= Object.freeze(knownOf(lineup));
        return children;
      },
      isRoamingAvailable: this.canRoam && known > 1,
      connectTimeout: defaultConnectTimeout,
      isValid: !this.isRemoved,
      isMetered: undefined,
    });
  }
}

const policies: readonly unknown[] = ['ask', 'automatic', 'never'] satisfies readonly RoamingPolicy[];

/**
 * The definitions, frozen.
 * @throws TypeError when one is not as it must be.
 */
export function checkedDefinitions(
  definitions: readonly ServiceNetworkDefinition[],
  isTaken: (identifier: string) => boolean,
): readonly ServiceNetworkDefinition[] {
  const identifiers = new Set<string>();
  return definitions.map((definition) => {
    const { identifier, name, accessPoints, tests = [], roaming = 'automatic' } = definition ?? {};
    if (typeof identifier !== 'string' || identifier === '' || typeof name !== 'string') {
      throw new TypeError('A service network needs an identifier and a name.');
    }
    if (identifiers.has(identifier) || isTaken(identifier)) {
      throw new TypeError(`The identifier '${identifier}' cannot be used for another service network.`);
    }
    identifiers.add(identifier);
    const isList = Array.isArray(accessPoints) && accessPoints.every((other) => typeof other === 'string');
    if (accessPoints !== 'internet' && !isList) {
      throw new TypeError(`The access points of '${identifier}' must be identifiers, or 'internet'.`);
    }
    if (!Array.isArray(tests) || !policies.includes(roaming)) {
      throw new TypeError(`The tests or the roaming of '${identifier}' are not valid.`);
    }
    return Object.freeze({
      ...definition,
      accessPoints: isList ? Object.freeze([...accessPoints]) : 'internet',
      tests: Object.freeze([...tests]),
    });
  });
}
