import {
  type AccessPointFacts,
  Capability,
  type Cause,
  type CauseCode,
  defaultConnectTimeout,
  type NetworkInterface,
  type Obstacles,
  PlatformFailure,
  type PlatformUpdate,
  Purpose,
  type SystemFacts,
} from '../engine/index.js';
import { isOfLink6 } from '../shared/addresses.js';
import { same } from '../shared/same.js';

/** What a platform does that watches and counts, and cannot start or stop anything (M5). */
export const watchOnlyCapabilities = Capability.DataStatistics;

/** Why it does no more. */
export const watchOnlyObstacles: Obstacles = Object.freeze({
  start: Object.freeze({ code: 'cannotStart' }),
  stop: Object.freeze({ code: 'cannotStop' }),
});

/** The answer to a start or stop. */
export function refusal(code: CauseCode): Promise<never> {
  return Promise.reject(new PlatformFailure({ code }));
}

const noObstacles: Obstacles = Object.freeze({});
/** An access point here is an interface: what is gone was taken out or taken down. */
const deviceRemoved: Cause = Object.freeze({ code: 'deviceRemoved' });
const carrierLost: Cause = Object.freeze({ code: 'carrierLost' });
const disconnectedElsewhere: Cause = Object.freeze({ code: 'disconnectedElsewhere' });

/** What an interface tells of the access point that it is. */
export interface WatchedInterface
  extends Pick<AccessPointFacts, 'identifier' | 'bearerType' | 'inReach' | 'speed' | 'hardwareAddress' | 'metric'> {
  readonly name: string;
  /** Undefined: it is not up. */
  readonly up: Omit<NetworkInterface, 'name'> | undefined;
  /** It went down because its cable or radio network is gone, if it went down. */
  readonly lostCarrier: boolean;
  /** What was told of it before. */
  readonly previous: AccessPointFacts | undefined;
}

/**
 * The facts of an interface as an access point. What was seen to end it stays the cause until it is up again; one that
 * was never seen up has none.
 */
export function watchedFacts(watched: WatchedInterface): AccessPointFacts {
  const { identifier, name, bearerType, inReach, speed, hardwareAddress, metric, up, lostCarrier, previous } = watched;
  const ended = lostCarrier ? carrierLost : disconnectedElsewhere;
  return Object.freeze<AccessPointFacts>({
    identifier,
    name,
    bearerType,
    purpose: Purpose.Unknown,
    inReach,
    link: up === undefined ? 'down' : 'up',
    lingers: false,
    awaitsPerson: false,
    cause: up !== undefined ? undefined : previous?.link === 'up' ? ended : previous?.cause,
    metered: undefined,
    connectivity: 'unknown',
    device: name,
    interface:
      up &&
      Object.freeze({
        name,
        addresses: Object.freeze([...up.addresses]),
        gateway: up.gateway,
        dnsServers: Object.freeze([...up.dnsServers]),
      }),
    connectTimeout: defaultConnectTimeout,
    obstacles: noObstacles,
    signal: undefined,
    speed: inReach ? speed : undefined,
    activation: undefined,
    hardwareAddress,
    metric,
  });
}

/** An IPv6 address of the link alone comes by itself with the carrier, whether anything is there or not. */
export function leadsSomewhere(address: string): boolean {
  return !isOfLink6(address);
}

/** One access point of a reading, and what the system as a whole follows from. */
export interface Watched {
  readonly facts: AccessPointFacts;
  /** It is hardware or carries a default route, so the machine is online while it is up (M3b). */
  readonly counts: boolean;
}

/**
 * The system's facts as they follow from a reading: nobody asked beyond the link, so what can be reached is unknown.
 * `routed` are the identifiers that carry a default route, best first; what is down carries nothing. Without any, the
 * default is the first that is up (M2); one that is down could not be started.
 */
export function systemFacts(
  watched: readonly Watched[],
  routed: readonly string[],
  { platform, polls }: Pick<SystemFacts, 'platform' | 'polls'>,
): SystemFacts {
  const up = watched.filter(({ facts }) => facts.link === 'up');
  const isUp = (identifier: string) => up.some(({ facts }) => facts.identifier === identifier);
  const route = routed.find(isUp);
  return Object.freeze({
    capabilities: watchOnlyCapabilities,
    obstacles: watchOnlyObstacles,
    defaultIdentifier: route ?? up[0]?.facts.identifier ?? '',
    defaultIsRouted: route !== undefined,
    isOnline: up.some(({ counts }) => counts),
    connectivity: up.length === 0 ? 'none' : 'unknown',
    polls,
    away: undefined,
    platform,
  });
}

/** Compares each reading with the one before, and tells what changed: all at first, and then nothing twice (M3). */
export class ChangeTeller {
  readonly #onUpdate: (update: PlatformUpdate) => void;
  #known: ReadonlyMap<string, AccessPointFacts> | undefined;
  #system: SystemFacts | undefined;

  constructor(onUpdate: (update: PlatformUpdate) => void) {
    this.#onUpdate = onUpdate;
  }

  tell(accessPoints: readonly AccessPointFacts[], system: SystemFacts): void {
    const known = this.#known;
    const now = new Map(accessPoints.map((facts) => [facts.identifier, facts]));
    this.#known = now;
    const isSameSystem = same(system, this.#system);
    this.#system = system;
    if (known === undefined) {
      this.#onUpdate({ accessPoints, whole: true, system });
      return;
    }
    const changed = accessPoints.filter((facts) => !same(facts, known.get(facts.identifier)));
    const removed = [...known.keys()].filter((identifier) => !now.has(identifier));
    if (changed.length > 0 || removed.length > 0 || !isSameSystem) {
      this.#onUpdate({
        accessPoints: changed,
        removed,
        removalCause: deviceRemoved,
        ...(isSameSystem ? {} : { system }),
      });
    }
  }
}
