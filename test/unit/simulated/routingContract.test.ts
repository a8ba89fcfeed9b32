import { SimulatedPlatform } from '../../../src/platforms/simulated/index.js';
import { type RoutingDriver, routingContract } from '../../fixtures/routingContract.js';
import { TestClock } from '../../fixtures/testClock.js';

/** Two access points on devices of their own; what the simulation is asked for and does is all that there is of a system. */
class SimulatedRoutingDriver implements RoutingDriver {
  readonly first = 'lan';
  readonly second = 'wifi';
  readonly #clock = new TestClock();
  readonly #platform = new SimulatedPlatform({
    clock: this.#clock,
    accessPoints: [
      { identifier: this.first, up: true, metric: 200 },
      { identifier: this.second, metric: 300, startMs: 5, stopMs: 5 },
    ],
  });

  async setUp(): Promise<void> {}

  async tearDown(): Promise<void> {}

  makePlatform(): SimulatedPlatform {
    return this.#platform;
  }

  async passTime(): Promise<void> {
    await this.#clock.advance(1);
  }

  async routes(): Promise<string> {
    const { simulation } = this.#platform;
    const lines = [this.first, this.second].map((identifier) => {
      const { link, metric } = simulation.link(identifier);
      return `${identifier} ${link} ${metric} ${simulation.prepared(identifier) ? 'prepared' : ''}`;
    });
    return [...lines, `by ${simulation.routed}, preferred '${simulation.preferred}'`].join('\n');
  }

  async way(): Promise<string | undefined> {
    return this.#platform.simulation.routed;
  }

  async makeSecondBetter(): Promise<void> {
    this.#platform.simulation.set(this.second, { metric: 100 });
  }

  async pull(identifier: string): Promise<void> {
    this.#platform.simulation.set(identifier, { inReach: false });
  }

  async refuseNext(): Promise<void> {
    for (const step of ['prepare', 'prefer'] as const) {
      this.#platform.simulation.failNext(step, this.second);
    }
  }

  async goAway(): Promise<void> {
    this.#platform.simulation.goAway();
  }

  async comeBack(): Promise<void> {
    this.#platform.simulation.comeBack();
  }
}

routingContract('simulated', () => new SimulatedRoutingDriver());
