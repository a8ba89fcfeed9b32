import type { AccessPoint } from './accessPoint.js';
import {
  ConfigurationState,
  type NetworkConfiguration,
  sameConfiguration,
  unknownConfiguration,
} from './configuration.js';
import type { Cause } from './errors.js';
import type { Holder } from './holder.js';
import { ManagerEvent, type ManagerEvents } from './managerEvent.js';
import type { NetworkSession } from './networkSession.js';
import type { AccessPointFacts, Action, Obstacles, PlatformUpdate, SystemFacts } from './platform.js';
import type { Directory } from './selection.js';
import type { ServiceNetwork, ServiceNetworkDefinition } from './serviceNetwork.js';
import type { ServiceNetworks } from './serviceNetworks.js';
import type { SessionCore } from './sessionCore.js';
import { sameShownFacts } from './shownFacts.js';

/** An access point with new facts, and what they replace. */
interface Change {
  readonly accessPoint: AccessPoint;
  readonly facts: AccessPointFacts | undefined;
  readonly configuration: NetworkConfiguration;
}

type Tell = <Kind extends ManagerEvent>(kind: Kind, value: ManagerEvents[Kind]) => void;

/** Before the first reading, and when nobody serves any more. */
export const nothingKnown: SystemFacts = Object.freeze({
  capabilities: 0,
  obstacles: {},
  defaultIdentifier: '',
  defaultIsRouted: false,
  isOnline: false,
  connectivity: 'unknown',
  polls: false,
  away: undefined,
  platform: '',
});

/** All access points and service networks, and what is known of the system; applies what the platform says, and tells of what that changes. */
export class Registry implements Directory {
  readonly networks: ServiceNetworks;
  readonly #make: (identifier: string) => AccessPoint;
  readonly #tell: Tell;
  readonly #rehome: (holders: Iterable<Holder | SessionCore>) => void;
  readonly #accessPoints = new Map<string, AccessPoint>();
  #order = 0;
  /** All that occupy a device are among these; most do not. */
  readonly #occupying = new Set<AccessPoint>();
  readonly #listed = new Map<number, readonly NetworkConfiguration[]>();
  #system = nothingKnown;
  #removalCause: Cause = { code: 'profileRemoved' };
  #default: NetworkConfiguration | undefined;
  /** The default where the platform names none, as far as it is known. */
  #first: AccessPoint | undefined;

  constructor(
    make: (identifier: string) => AccessPoint,
    makeNetworks: (directory: Directory) => ServiceNetworks,
    tell: Tell,
    rehome: (holders: Iterable<Holder | SessionCore>) => void,
  ) {
    this.#make = make;
    this.#tell = tell;
    this.#rehome = rehome;
    this.networks = makeNetworks(this);
  }

  get system(): SystemFacts {
    return this.#system;
  }

  /** Why what is removed in the update under way is gone. */
  get removalCause(): Cause {
    return this.#removalCause;
  }

  get all(): readonly AccessPoint[] {
    return [...this.#accessPoints.values()];
  }

  get(identifier: string): AccessPoint | undefined {
    return this.#accessPoints.get(identifier);
  }

  /** The platform knows it now. */
  has(identifier: string): boolean {
    return this.#accessPoints.get(identifier)?.facts !== undefined;
  }

  /** The service network or user choice that an identifier means: not what is left of one where there is an access point (M1). */
  network(identifier: string): ServiceNetwork | undefined {
    const network = this.networks.get(identifier);
    return network?.isRemoved && this.has(identifier) ? undefined : network;
  }

  /** Made if nobody has asked for it before. */
  of(identifier: string): AccessPoint {
    let accessPoint = this.#accessPoints.get(identifier);
    if (accessPoint === undefined) {
      accessPoint = this.#make(identifier);
      this.#append(accessPoint);
    }
    return accessPoint;
  }

  /** Behind all others. */
  #append(accessPoint: AccessPoint): void {
    accessPoint.order = this.#order++;
    this.#accessPoints.delete(accessPoint.identifier);
    this.#accessPoints.set(accessPoint.identifier, accessPoint);
  }

  /** It is neither known to the platform nor has sessions. */
  forgetUnlessNeeded(accessPoint: AccessPoint): void {
    if (accessPoint.facts === undefined && !accessPoint.isNeeded) {
      this.#accessPoints.delete(accessPoint.identifier);
      this.#occupying.delete(accessPoint);
    }
  }

  /** The one that the platform names, else the first that is up, else the first in reach; an invalid one when there is none (M2). */
  get default(): NetworkConfiguration {
    this.#default ??= this.#findDefault();
    return this.#default;
  }

  #findDefault(): NetworkConfiguration {
    const named = this.#accessPoints.get(this.#system.defaultIdentifier)?.configuration;
    if (named?.isValid) {
      return named;
    }
    this.#first ??= this.#firstOf(this.#accessPoints.values(), undefined);
    return this.#first?.configuration ?? unknownConfiguration('');
  }

  /** Of the changes only those to the first, for the worse, need a look at all. */
  #reconsiderFirst(changes: readonly Change[]): void {
    const isWorse = ({ accessPoint, configuration }: Change) =>
      accessPoint === this.#first && reachOf(accessPoint.configuration) < reachOf(configuration);
    const changed = changes.map(({ accessPoint }) => accessPoint);
    this.#first = this.#first && !changes.some(isWorse) ? this.#firstOf(changed, this.#first) : undefined;
  }

  /** The first that is up, else the first in reach. */
  #firstOf(accessPoints: Iterable<AccessPoint>, first: AccessPoint | undefined): AccessPoint | undefined {
    let best = first;
    let most = reachOf(first?.configuration);
    for (const accessPoint of accessPoints) {
      const reach = reachOf(accessPoint.configuration);
      if (reach > most || (best !== undefined && reach === most && accessPoint.order < best.order)) {
        best = accessPoint;
        most = reach;
      }
    }
    return best;
  }

  /** Those whose state has all the given bits, in the order first seen (M1). */
  list(filter: ConfigurationState | 0): readonly NetworkConfiguration[] {
    let listed = this.#listed.get(filter);
    if (listed === undefined) {
      const found: NetworkConfiguration[] = [];
      for (const { configuration } of [...this.#accessPoints.values(), ...this.networks.all]) {
        if (configuration.isValid && (configuration.state & filter) === filter) {
          found.push(configuration);
        }
      }
      listed = Object.freeze(found);
      if (filter in ConfigurationState || filter === 0) {
        this.#listed.set(filter, listed);
      }
    }
    return listed;
  }

  /** What starting it would take down that somebody holds or that was not started here (O12). Asked before each start. */
  displacedBy(identifier: string): readonly AccessPoint[] {
    const accessPoint = this.#accessPoints.get(identifier);
    if (accessPoint === undefined) {
      return [];
    }
    const device = accessPoint.facts?.device;
    const displaced: AccessPoint[] = [];
    for (const other of this.#occupying) {
      if (!other.isOccupying) {
        this.#occupying.delete(other);
      } else if (other !== accessPoint && device !== undefined && other.facts?.device === device && other.isInTheWay) {
        displaced.push(other);
      }
    }
    this.#occupying.add(accessPoint);
    return displaced.sort((one, other) => one.order - other.order);
  }

  /** Applies one update: everywhere first, then the sessions' events, the configurations', the system's (M3a). */
  apply(update: PlatformUpdate): void {
    const systemBefore = this.#system;
    const defaultBefore = this.default;
    const wasAway = systemBefore.away !== undefined;
    const left: ServiceNetwork[] = [];
    const make = () => {
      this.#system = update.system ?? systemBefore;
      this.#removalCause = update.removalCause ?? removalCauseOf(systemBefore, this.#system);
      const changes = this.#take(update);
      for (const { accessPoint, facts } of changes) {
        const network = facts === undefined ? this.networks.get(accessPoint.identifier) : undefined;
        if (network !== undefined && !this.networks.refuse(network.identifier)) {
          left.push(network);
        }
      }
      this.#listed.clear();
      this.#default = undefined;
      this.#reconsiderFirst(changes);
      const members = changes.filter(concernsMembership).map(({ accessPoint }) => accessPoint);
      if (this.#system.capabilities !== systemBefore.capabilities) {
        this.networks.membersChanged();
      } else if (members.length > 0) {
        this.networks.membersChanged(members);
      }
      for (const { accessPoint, facts } of changes) {
        accessPoint.changed(facts);
      }
      if (wasAway && this.#system.away === undefined) {
        for (const accessPoint of this.#accessPoints.values()) {
          accessPoint.returned();
        }
      }
      return changes;
    };
    const changes = this.#change(make, () => {
      for (const network of left) {
        this.#rehome(network.members);
      }
    });
    const obstaclesChanged = changes.some(
      ({ accessPoint, facts }) => !sameObstacles(facts?.obstacles, accessPoint.facts?.obstacles),
    );
    this.#tellOfSystem(systemBefore, defaultBefore, obstaclesChanged);
  }

  /** Whatever sessions are on, access points first. */
  get everything(): readonly { readonly members: Iterable<{ readonly session: NetworkSession | undefined }> }[] {
    return [...this.#accessPoints.values(), ...this.networks.everything];
  }

  /** These are all the service networks that there are (O11). */
  define(definitions: readonly ServiceNetworkDefinition[]): void {
    const make = () => {
      this.networks.define(definitions);
      this.#listed.clear();
      return [];
    };
    this.#change(make, () => {
      for (const { identifier } of definitions) {
        this.#rehome(this.#accessPoints.get(identifier)?.members ?? []);
      }
    });
    for (const accessPoint of this.all) {
      this.forgetUnlessNeeded(accessPoint);
    }
  }

  /** Makes a change: everywhere first, then the sessions' events, `made` among them, then the configurations' (M3a). */
  #change(make: () => readonly Change[], made: () => void): readonly Change[] {
    let changes: readonly Change[] = [];
    const networks = this.networks.change(() => {
      changes = make();
    });
    made();
    const tellOfNetworks = (areValid: boolean) => {
      for (const { before, now, sameChildren } of networks) {
        if (now.isValid === areValid) {
          this.#tellOfConfiguration(before, now, sameChildren);
        }
      }
    };
    tellOfNetworks(false); // What comes may have the identifier of what goes (M1).
    for (const { accessPoint, configuration, facts } of changes) {
      this.#tellOfConfiguration(configuration, accessPoint.configuration, sameShownFacts(facts, accessPoint.facts));
      this.forgetUnlessNeeded(accessPoint);
    }
    tellOfNetworks(true);
    return changes;
  }

  /** Takes all new facts and gives what they replace. Of what is named twice the last counts; what is named is not gone. */
  #take({ accessPoints = [], removed = [], whole = false }: PlatformUpdate): readonly Change[] {
    const named = new Map(accessPoints.map((facts) => [facts.identifier, facts]));
    const gone = (whole ? [...this.#accessPoints.keys()] : removed).filter((identifier) => !named.has(identifier));
    const changes: Change[] = [];
    const take = (accessPoint: AccessPoint, facts: AccessPointFacts | undefined) => {
      changes.push({ accessPoint, facts: accessPoint.facts, configuration: accessPoint.configuration });
      accessPoint.update(facts);
      if (accessPoint.isOccupying) {
        this.#occupying.add(accessPoint);
      }
    };
    for (const identifier of gone) {
      const accessPoint = this.#accessPoints.get(identifier);
      if (accessPoint?.facts !== undefined) {
        take(accessPoint, undefined);
      }
    }
    for (const [identifier, facts] of named) {
      const accessPoint = this.of(identifier);
      if (!accessPoint.wasSeen) {
        // A session may have been waiting for it: it is listed in the order in which it was seen (M1).
        this.#append(accessPoint);
      }
      take(accessPoint, facts);
    }
    return changes;
  }

  /** @param isSameBeside whether what belongs to it and is not in it is the same: children, or what is shown of an access point */
  #tellOfConfiguration(before: NetworkConfiguration, now: NetworkConfiguration, isSameBeside: boolean): void {
    if (before.isValid && !now.isValid) {
      this.#tell(ManagerEvent.Remove, now);
    } else if (!before.isValid && now.isValid) {
      this.#tell(ManagerEvent.Add, now);
    } else if (!isSameBeside || !sameConfiguration(before, now)) {
      this.#tell(ManagerEvent.Change, now);
    }
  }

  #tellOfSystem(before: SystemFacts, defaultBefore: NetworkConfiguration, obstaclesChanged: boolean): void {
    const now = this.#system;
    if (now.isOnline !== before.isOnline) {
      this.#tell(ManagerEvent.Online, now.isOnline);
    }
    if (
      obstaclesChanged ||
      now.capabilities !== before.capabilities ||
      now.away?.code !== before.away?.code ||
      !sameObstacles(now.obstacles, before.obstacles)
    ) {
      this.#tell(ManagerEvent.Capabilities, now.capabilities);
    }
    if (now !== before || this.default.identifier !== defaultBefore.identifier) {
      this.#tell(ManagerEvent.System, now);
    }
  }
}

/** Access points that come, go or change their place in the system's order are other members of what has them all. */
function concernsMembership({ accessPoint, facts }: Change): boolean {
  const now = accessPoint.facts;
  return (
    (facts === undefined) !== (now === undefined) ||
    facts?.metric !== now?.metric ||
    facts?.bearerType !== now?.bearerType
  );
}

/** What is missing when another platform serves was not deleted. */
function removalCauseOf(before: SystemFacts, now: SystemFacts): Cause {
  if (now.away !== undefined) {
    return { code: 'platformGone' };
  }
  return { code: before.platform === now.platform ? 'profileRemoved' : 'platformChanged' };
}

/** How far an access point is on its way to carry traffic: more is better, and 0 is none. */
function reachOf(configuration: NetworkConfiguration | undefined): number {
  const state = configuration?.state ?? 0;
  return state >= ConfigurationState.Discovered ? state : 0;
}

const actions: readonly Action[] = ['start', 'stop', 'update'];

function sameObstacles(one: Obstacles | undefined, other: Obstacles | undefined): boolean {
  return actions.every(
    (action) =>
      one?.[action]?.code === other?.[action]?.code && one?.[action]?.permission === other?.[action]?.permission,
  );
}
