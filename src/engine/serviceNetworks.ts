import type { AccessPoint } from './accessPoint.js';
import { isSameLineup } from './children.js';
import { ConfigurationType, type NetworkConfiguration, unknownConfiguration } from './configuration.js';
import type { Runtime } from './runtime.js';
import type { Directory } from './selection.js';
import {
  ServiceNetwork,
  type ServiceNetworkDefinition,
  type ServiceNetworkHost,
  type Summary,
} from './serviceNetwork.js';
import type { SessionHost } from './sessionCore.js';

/** What the service networks need. */
export type ServiceNetworksHost = ServiceNetworkHost & Pick<Runtime, 'logger' | 'queue'> & Pick<SessionHost, 'rehome'>;

/** The identifier of the user choice: a session on it asks the person when it is opened (F3). */
export const userChoiceIdentifier = 'userChoice';

/** What is told of a service network: what it was, and what it is. */
export interface NetworkChange {
  readonly before: NetworkConfiguration;
  readonly now: NetworkConfiguration;
  readonly sameChildren: boolean;
}

/** All service networks and the user choice, and which of them a change concerns. */
export class ServiceNetworks {
  readonly #host: ServiceNetworksHost;
  readonly #directory: Directory;
  /** Those that were removed stay as long as there are sessions on them, which are Invalid until they are defined again (O11). */
  readonly #networks = new Map<string, ServiceNetwork>();
  readonly #userChoice: ServiceNetwork;
  /** Concerned by the change under way. */
  readonly #touched = new Set<ServiceNetwork>();
  #isChanging = false;

  constructor(host: ServiceNetworksHost, directory: Directory) {
    this.#host = host;
    this.#directory = directory;
    this.#userChoice = this.#make(userChoiceIdentifier, undefined, ConfigurationType.UserChoice);
  }

  #make(
    identifier: string,
    definition: ServiceNetworkDefinition | undefined,
    type?: ConfigurationType,
  ): ServiceNetwork {
    return new ServiceNetwork(this.#host, this.#directory, identifier, definition, type);
  }

  /** The service networks, removed ones among them. */
  get all(): readonly ServiceNetwork[] {
    return [...this.#networks.values()];
  }

  /** Whatever sessions are on. */
  get everything(): readonly ServiceNetwork[] {
    return [...this.#networks.values(), this.#userChoice];
  }

  /** A service network or the user choice. */
  get(identifier: string): ServiceNetwork | undefined {
    return identifier === userChoiceIdentifier ? this.#userChoice : this.#networks.get(identifier);
  }

  /** What a user choice is resolved to: a service network, or one of this access point alone; undefined where it is neither. */
  resolve(identifier: string, isAccessPoint: boolean): ServiceNetwork | undefined {
    const network = this.get(identifier);
    if (network !== undefined && !(network.isRemoved && isAccessPoint)) {
      return network.isUserChoice || network.isRemoved ? undefined : network;
    }
    const definition = { identifier, name: '', accessPoints: [identifier] };
    return isAccessPoint ? this.#make(identifier, definition, ConfigurationType.InternetAccessPoint) : undefined;
  }

  /** These are all the service networks that there are: others are removed, with the sessions on them (O11). */
  define(definitions: readonly ServiceNetworkDefinition[]): void {
    const removed = new Map(this.#networks);
    for (const definition of definitions) {
      const { identifier } = definition;
      const known = this.#networks.get(identifier);
      removed.delete(identifier);
      if (known === undefined) {
        const network = this.#make(identifier, definition);
        this.#networks.set(identifier, network);
        network.membersChanged();
      } else if (!isSame(known.definition, definition)) {
        known.redefine(definition);
      }
    }
    for (const network of removed.values()) {
      network.redefine(undefined);
      this.forgetUnlessNeeded(network);
    }
  }

  /**
   * An access point has come whose identifier this is: the identifier is the system's, so the service network is gone (M1).
   * Gives whether there was one; its sessions go to the access point when its end was told.
   */
  refuse(identifier: string): boolean {
    const network = this.#networks.get(identifier);
    if (network === undefined || network.isRemoved) {
      return false;
    }
    this.#host.logger.warn('A service network is gone: an access point has come with its identifier.');
    network.redefine(undefined);
    this.forgetUnlessNeeded(network);
    this.#host.queue.later(() => this.#host.rehome(network.members));
    return true;
  }

  /** It is not defined any more, and no session is on it. */
  forgetUnlessNeeded(network: ServiceNetwork): void {
    if (network.isRemoved && network.members.size === 0 && this.#networks.get(network.identifier) === network) {
      this.#networks.delete(network.identifier);
    }
  }

  /** These access points have come, gone or changed what makes them children; without them, what the platform can do has changed. */
  membersChanged(accessPoints?: readonly AccessPoint[]): void {
    for (const network of this.everything) {
      network.membersChanged(accessPoints);
    }
  }

  /** It is settled when the change under way is everywhere, at once when there is none. */
  touch(network: ServiceNetwork): void {
    if (this.#isChanging) {
      this.#touched.add(network);
    } else {
      network.settle();
    }
  }

  /** Makes a change everywhere, then lets the sessions draw their consequences; gives what is to be told after that (M3a). */
  change(make: () => void): readonly NetworkChange[] {
    const before = new Map(this.all.map((network) => [network, network.summary]));
    this.#isChanging = true;
    try {
      make();
    } finally {
      this.#isChanging = false;
    }
    const touched = [...this.#touched];
    this.#touched.clear();
    for (const network of touched) {
      network.settle();
    }
    return [...new Set([...before.keys(), ...this.#networks.values()])].map((network) => {
      const [was, now] = [before.get(network), network.summary];
      return {
        before: was?.configuration ?? unknownConfiguration(network.identifier),
        now: now.configuration,
        sameChildren: was !== undefined && haveSameChildren(was, now),
      };
    });
  }
}

/** They are compared only where that says something. */
function haveSameChildren(one: Summary, other: Summary): boolean {
  return one.version === other.version || (one.known === other.known && isSameLineup(one.lineup, other.lineup));
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
