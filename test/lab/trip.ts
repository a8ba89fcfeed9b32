import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  type Clock,
  type ManagerOptions,
  NetworkConfigurationManager,
  type NetworkSession,
  type Offer,
  type ServiceNetworkDefinition,
  SessionState,
  systemClock,
} from '../../src/engine/index.js';
import { createPlatform } from '../../src/platforms/choose.js';
import { cafe, office, until } from '../harness/machine.mjs';
import { SteppedPlatform, Steps } from './steps.js';

/** The service network on which sessions move here; the person answers. */
const home: ServiceNetworkDefinition = {
  identifier: 'home',
  name: 'Home',
  accessPoints: [office, cafe],
  roaming: 'ask',
};

export const newStateDirectory = () => mkdtempSync(path.join(tmpdir(), 'network-sessions-journal-'));

/** The engine on the lab's NetworkManager, with sessions that move on a service network. */
export class Trip {
  readonly manager: NetworkConfigurationManager;
  readonly steps = new Steps();
  readonly stateDirectory: string;

  private constructor(
    definition: Partial<ServiceNetworkDefinition>,
    options: ManagerOptions,
    clock: Clock,
    stateDirectory: string,
  ) {
    this.stateDirectory = stateDirectory;
    const platform = createPlatform('networkManager', { stateDirectory, clock });
    this.manager = new NetworkConfigurationManager(new SteppedPlatform(platform, this.steps), {
      serviceNetworks: [{ ...home, ...definition }],
      ...options,
    });
  }

  /**
   * @param definition what is other than with `home`
   * @param clock the platform's
   */
  static async begin(
    definition: Partial<ServiceNetworkDefinition> = {},
    options: ManagerOptions = {},
    clock = systemClock,
    stateDirectory = newStateDirectory(),
  ): Promise<Trip> {
    const trip = new Trip(definition, options, clock, stateDirectory);
    await trip.manager.start();
    return trip;
  }

  /** Nothing of what was written is left. */
  async dispose(): Promise<void> {
    await this.manager.dispose();
    this.steps.dispose();
    const left = this.journals;
    rmSync(this.stateDirectory, { recursive: true, force: true });
    assert.deepEqual(left, []);
  }

  get journals(): string[] {
    return readdirSync(this.stateDirectory);
  }

  /** A session on the service network, open on this access point. */
  async open(on = office, listen?: (session: NetworkSession) => void): Promise<NetworkSession> {
    const session = this.manager.createSession(home.identifier);
    listen?.(session);
    session.open();
    assert.equal(await session.waitForOpened(), true, session.errorString);
    assert.equal(session.activeConfiguration.identifier, on);
    return session;
  }

  /** A session whose move is up, and waits for its answer. */
  async activated(to = cafe): Promise<NetworkSession> {
    const session = await this.open();
    await this.migrate(session, to);
    return session;
  }

  async migrate(session: NetworkSession, to = cafe): Promise<void> {
    session.migrate(to);
    await this.until(session, () => session.offer.kind !== 'migrating' && session.offer.kind !== 'testing');
    assert.equal(session.offer.kind, 'activated', session.errorString);
  }

  async accept(session: NetworkSession): Promise<void> {
    session.accept();
    await this.settled(session);
    assert.equal(session.errorString, '');
  }

  /** No move of it is under way any more, and it is connected. */
  async settled(session: NetworkSession): Promise<void> {
    const resting: readonly Offer['kind'][] = ['none', 'offered'];
    await this.until(session, () => resting.includes(session.offer.kind) && session.state === SessionState.Connected);
  }

  async close(session: NetworkSession): Promise<void> {
    session.close();
    await this.until(session, () => session.state !== SessionState.Closing && !session.isOpen);
  }

  /** Waits for the events that make it true; mocha's own limit ends it. */
  async until(session: NetworkSession, condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        const events = [
          session.onDidChangeState,
          session.onDidChangeOffer,
          session.onDidActivateNewConfiguration,
          session.onDidFail,
          session.onDidClose,
          this.manager.onDidChangeConfiguration,
          this.manager.onDidChangeSystem,
        ] as const;
        const subscriptions = events.map((event) =>
          event(() => {
            for (const subscription of subscriptions) {
              subscription.dispose();
            }
            resolve();
          }),
        );
      });
    }
  }

  /** The manager knows that this access point can carry traffic, or that it cannot. While it is started no event tells. */
  knows(identifier: string, isInReach: boolean): Promise<void> {
    return until(() => this.manager.accessPoint(identifier)?.inReach === isInReach);
  }

  /** NetworkManager is there, or is not. */
  async knowsAway(isAway: boolean): Promise<void> {
    while ((this.manager.system.away !== undefined) !== isAway) {
      await new Promise<void>((resolve) => {
        const subscription = this.manager.onDidChangeSystem(() => {
          subscription.dispose();
          resolve();
        });
      });
    }
  }
}
