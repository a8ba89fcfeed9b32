import { type AccessPoint, SessionState } from './accessPoint.js';
import {
  BearerType,
  ConfigurationState,
  ConfigurationType,
  defaultConnectTimeout,
  type NetworkConfiguration,
  Purpose,
} from './configuration.js';
import type { Context } from './context.js';
import type { Cause } from './errors.js';
import type { NetworkMember } from './networkMember.js';
import { Capability, type SuitabilityTest } from './platform.js';
import { inTurn, preferredOf } from './preference.js';
import type { RoamingPolicy } from './roaming.js';

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

/** Where a service network finds its children. */
export interface Directory {
  of(identifier: string): AccessPoint;
  readonly all: readonly AccessPoint[];
}

/** What of a service network can be kept while nothing about its children changes. */
interface Summary {
  readonly children: readonly AccessPoint[];
  readonly preferred: AccessPoint | undefined;
  readonly configuration: NetworkConfiguration;
}

/** What may not be preferred now. */
interface Exclusion {
  readonly isEmpty: boolean;
  has(accessPoint: AccessPoint): boolean;
}

const noTests: readonly SuitabilityTest[] = Object.freeze([]);

/** A service network, or what a user choice can be resolved to: an ordered set of access points, and the sessions on it. */
export class ServiceNetwork {
  readonly identifier: string;
  readonly #context: Context;
  readonly #directory: Directory;
  readonly #type: ConfigurationType;
  #definition: ServiceNetworkDefinition | undefined;
  readonly #members = new Set<NetworkMember>();
  #named: readonly AccessPoint[] | undefined;
  #watched: readonly AccessPoint[] = [];
  #ordered: readonly AccessPoint[] = [];
  #revision = 0;
  /** Its name, also when it is not defined any more (M3a). */
  #name: string;
  #summary: Summary | undefined;

  /** Without a definition it is a user choice: among everything (F3). */
  constructor(
    context: Context,
    directory: Directory,
    identifier: string,
    definition: ServiceNetworkDefinition | undefined,
    type: ConfigurationType = ConfigurationType.ServiceNetwork,
  ) {
    this.#context = context;
    this.#directory = directory;
    this.#type = type;
    this.identifier = identifier;
    this.#definition = definition;
    this.#name = definition?.name ?? (this.isUserChoice ? 'User choice' : '');
  }

  get members(): ReadonlySet<NetworkMember> {
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
    this.#named = undefined;
    this.membersChanged();
  }

  /** Access points have come, gone or changed their order. */
  membersChanged(): void {
    this.#summary = undefined;
    this.#watch();
    this.#context.touch(this);
  }

  /** Called by its children. */
  accessPointChanged(): void {
    this.#summary = undefined;
    this.#context.touch(this);
  }

  /** Its children in order. Those that are only named and unknown are among them. */
  get children(): readonly AccessPoint[] {
    return this.#now.children;
  }

  /** The first of its children by R1. */
  get preferred(): AccessPoint | undefined {
    return this.#now.preferred;
  }

  /** The preferred one of the others. */
  preferredBut(excluded: Exclusion): AccessPoint | undefined {
    return excluded.isEmpty
      ? this.preferred
      : preferredOf(
          this.children.filter((child) => !excluded.has(child)),
          this.#prefersUnmetered,
        );
  }

  get configuration(): NetworkConfiguration {
    return this.#now.configuration;
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
    const isTold = (this.#context.system.capabilities & Capability.ForcedRoaming) !== 0;
    return isTold && this.#type === ConfigurationType.ServiceNetwork;
  }

  child(identifier: string): AccessPoint | undefined {
    return this.children.find((child) => child.identifier === identifier);
  }

  /** Why a session on it cannot be opened now: what stands in the way of the first that could be tried (O4). */
  obstacle(): Cause | undefined {
    if (this.isRemoved) {
      return { code: 'notDefined' };
    }
    const obstacles = this.inTurn().map((child) => child.obstacle('start'));
    return obstacles.includes(undefined)
      ? undefined
      : (obstacles[0] ?? this.#context.system.away ?? { code: 'notInReach' });
  }

  /** What an opening may try, in turn (O4a). */
  inTurn(): readonly AccessPoint[] {
    return inTurn(this.children, this.#prefersUnmetered);
  }

  get #prefersUnmetered(): boolean {
    return this.#definition?.prefersUnmetered ?? true;
  }

  /** What a session on it shows that is not open (S2). */
  get state(): SessionState {
    let best = SessionState.Invalid;
    for (const child of this.children) {
      const { state } = child;
      if (state === SessionState.Connected) {
        return state;
      }
      if (standing[state] > standing[best]) {
        best = state;
      }
    }
    return best;
  }

  join(member: NetworkMember): void {
    this.#members.add(member);
    this.#watch();
  }

  leave(member: NetworkMember): void {
    if (this.#members.delete(member)) {
      this.#summary = this.#isWatching ? this.#summary : undefined;
      this.#watch();
      this.#context.networkSessionEnded(this);
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

  #watch(): void {
    const wanted = this.#isWatching ? this.children : [];
    if (wanted === this.#watched) {
      return;
    }
    const before = new Set(this.#watched);
    for (const child of wanted) {
      if (!before.delete(child)) {
        child.watch(this);
      }
    }
    for (const child of before) {
      child.unwatch(this);
    }
    this.#watched = wanted;
  }

  get #now(): Summary {
    if (this.#summary !== undefined) {
      return this.#summary;
    }
    const children = this.#findChildren();
    if (isReordered(this.#ordered, children)) {
      this.#revision++;
    }
    this.#ordered = children;
    const summary = {
      children,
      preferred: preferredOf(children, this.#prefersUnmetered),
      configuration: this.#describe(children),
    };
    this.#summary = this.#isWatching ? summary : undefined;
    return summary;
  }

  /** What is not listed has nobody to tell of its children while no session is on it. */
  get #isWatching(): boolean {
    return this.#type === ConfigurationType.ServiceNetwork || this.#members.size > 0;
  }

  #findChildren(): readonly AccessPoint[] {
    if (this.isUserChoice) {
      return this.#directory.all;
    }
    const { accessPoints = [] } = this.#definition ?? {};
    if (accessPoints === 'internet') {
      return leadingOut(this.#directory.all);
    }
    this.#named ??= [...new Set(accessPoints)].map((identifier) => this.#directory.of(identifier));
    return this.#named;
  }

  #describe(children: readonly AccessPoint[]): NetworkConfiguration {
    let state = ConfigurationState.Undefined;
    const configurations: NetworkConfiguration[] = [];
    for (const { configuration } of children) {
      // What is only named, or was removed, is kept for its return, but is none of them now.
      if (configuration.isValid) {
        configurations.push(configuration);
        state = Math.max(state, configuration.state);
      }
    }
    return Object.freeze({
      identifier: this.identifier,
      name: this.#name,
      type: this.isRemoved ? ConfigurationType.Invalid : this.#type,
      state,
      purpose: Purpose.Unknown,
      bearerType: BearerType.Unknown,
      bearerTypeName: '',
      bearerTypeFamily: BearerType.Unknown,
      children: Object.freeze(configurations),
      isRoamingAvailable: this.canRoam && configurations.length > 1,
      connectTimeout: defaultConnectTimeout,
      isValid: !this.isRemoved,
      isMetered: undefined,
    });
  }
}

/** Those that both have are not in the same order any more. */
function isReordered(before: readonly AccessPoint[], now: readonly AccessPoint[]): boolean {
  if (before === now) {
    return false;
  }
  const isBefore = new Set(before);
  const isNow = new Set(now);
  const kept = now.filter((accessPoint) => isBefore.has(accessPoint));
  return before
    .filter((accessPoint) => isNow.has(accessPoint))
    .some((accessPoint, index) => accessPoint !== kept[index]);
}

/** Of two states of children the one that says more about the whole (S2). */
const standing: Readonly<Record<SessionState, number>> = {
  [SessionState.Invalid]: 0,
  [SessionState.NotAvailable]: 1,
  [SessionState.Disconnected]: 2,
  [SessionState.Closing]: 3,
  [SessionState.Connecting]: 4,
  [SessionState.Roaming]: 4,
  [SessionState.Connected]: 5,
};

/** Those that lead to the internet, in the system's own order: by metric where there are any. What rides on others is no way out. */
function leadingOut(all: readonly AccessPoint[]): readonly AccessPoint[] {
  const known = all.filter(({ facts }) => facts !== undefined && facts.bearerType !== BearerType.VPN);
  const withMetric = known.flatMap((accessPoint) => {
    const { metric } = accessPoint;
    return metric === undefined ? [] : [{ accessPoint, metric }];
  });
  return withMetric.length === 0
    ? known
    : withMetric.sort((one, other) => one.metric - other.metric).map(({ accessPoint }) => accessPoint);
}

const policies: readonly unknown[] = ['ask', 'automatic', 'never'] satisfies readonly RoamingPolicy[];

/**
 * The definitions, frozen.
 * @throws TypeError when one is not as it must be.
 */
export function checkedDefinitions(
  definitions: readonly ServiceNetworkDefinition[],
  reserved: string,
): readonly ServiceNetworkDefinition[] {
  const identifiers = new Set<string>([reserved]);
  return definitions.map((definition) => {
    const { identifier, name, accessPoints, tests = [], roaming = 'automatic' } = definition ?? {};
    if (typeof identifier !== 'string' || identifier === '' || typeof name !== 'string') {
      throw new TypeError('A service network needs an identifier and a name.');
    }
    if (identifiers.has(identifier)) {
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
