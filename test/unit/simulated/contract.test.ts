import { Capability, SessionError } from '../../../src/engine/index.js';
import { SimulatedPlatform } from '../../../src/platforms/simulated/index.js';
import { type PlatformDriver, platformContract } from '../../fixtures/platformContract.js';
import { TestClock } from '../../fixtures/testClock.js';

/** The simulated network needs no system under it: the driver turns the simulation of the platform made first. */
class SimulatedDriver implements PlatformDriver {
  readonly platformName = 'simulated';
  readonly startsAndStops = true;
  readonly up = 'lan';
  readonly down = 'vpn';
  #clock = new TestClock();
  #first: SimulatedPlatform | undefined;

  async setUp(): Promise<void> {
    this.#clock = new TestClock();
    this.#first = this.#make();
  }

  async tearDown(): Promise<void> {
    this.#first = undefined;
  }

  #make(): SimulatedPlatform {
    return new SimulatedPlatform({
      clock: this.#clock,
      accessPoints: [
        { identifier: 'lan', up: true, connectivity: 'full', startMs: 5 },
        { identifier: 'vpn', startMs: 5, stopMs: 5 },
      ],
    });
  }

  #handed = false;

  makePlatform(): SimulatedPlatform {
    if (this.#first !== undefined && !this.#handed) {
      this.#handed = true;
      return this.#first;
    }
    return this.#make();
  }

  get #simulation() {
    return this.#first!.simulation;
  }

  passTime(): Promise<void> {
    return this.#clock.advance(5);
  }

  async pull(identifier: string): Promise<void> {
    this.#simulation.set(identifier, { inReach: false });
  }

  async plug(identifier: string): Promise<void> {
    this.#simulation.set(identifier, { inReach: true });
  }

  async takeDown(identifier: string): Promise<void> {
    this.#simulation.set(identifier, { up: false });
  }

  async add(): Promise<string> {
    this.#simulation.add({ identifier: 'new' });
    return 'new';
  }

  async remove(identifier: string): Promise<void> {
    this.#simulation.remove(identifier);
  }

  async rename(identifier: string, name: string): Promise<void> {
    this.#simulation.set(identifier, { name });
  }

  async makeTraffic(identifier: string): Promise<void> {
    this.#simulation.traffic(identifier, { received: 1000, written: 200 });
  }

  async recreate(identifier: string): Promise<void> {
    this.#simulation.recreate(identifier);
  }

  async failNextStart(identifier: string): Promise<'other'> {
    this.#simulation.failNextStart(identifier, SessionError.UnknownSessionError, 'on purpose');
    return 'other';
  }

  async holdNextStart(identifier: string): Promise<void> {
    this.#simulation.set(identifier, { startMs: Number.POSITIVE_INFINITY });
  }

  async refuseNextStop(identifier: string): Promise<void> {
    this.#simulation.refuseNextStop(identifier);
  }

  async goAway(): Promise<void> {
    this.#simulation.goAway();
  }

  async comeBack(): Promise<void> {
    this.#simulation.comeBack();
  }
}

platformContract('simulated', () => new SimulatedDriver());

/** One that says of itself that it only watches and counts. */
class WatchingDriver implements PlatformDriver {
  readonly platformName = 'simulated';
  readonly startsAndStops = false;
  readonly up = 'lan';
  #clock = new TestClock();

  async setUp(): Promise<void> {
    this.#clock = new TestClock();
  }

  async tearDown(): Promise<void> {}

  makePlatform(): SimulatedPlatform {
    return new SimulatedPlatform({
      clock: this.#clock,
      capabilities: Capability.DataStatistics,
      polls: true,
      accessPoints: [{ identifier: 'lan', up: true }],
    });
  }

  passTime(): Promise<void> {
    return this.#clock.advance(5);
  }
}

platformContract('simulated, watching only', () => new WatchingDriver());
