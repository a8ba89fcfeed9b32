import type {
  Counters,
  Platform,
  PlatformUpdate,
  Routing,
  StartOptions,
  SuitabilityTest,
  TestResult,
} from '../../src/engine/index.js';
import { Bus } from '../../src/platforms/dbus/bus.js';

type Operation = 'start' | 'stop' | 'prepare' | 'test' | 'prefer' | 'restore';

/**
 * Lets something happen at an exact point of a move on NetworkManager. A point is the edge of an operation of the platform,
 * 'before prepare' or 'after prefer', or of a call to NetworkManager inside one, 'prefer: before Reapply'. The operation
 * waits there until what is to happen has happened.
 */
export class Steps {
  readonly #acts = new Map<string, () => unknown>();
  readonly #running: Operation[] = [];
  readonly #restore: () => void;

  constructor() {
    const { call } = Bus.prototype;
    const steps = this;
    Bus.prototype.call = async function (message) {
      const operation = steps.#running.at(-1);
      await steps.#reach(`${operation}: before ${message.member}`);
      const reply = await call.call(this, message);
      await steps.#reach(`${operation}: after ${message.member}`);
      return reply;
    };
    this.#restore = () => {
      Bus.prototype.call = call;
    };
  }

  /** What happens at a point, once. Resolves when it has happened. */
  at(point: string, act: () => unknown): Promise<void> {
    return new Promise((resolve) =>
      this.#acts.set(point, async () => {
        await act();
        resolve();
      }),
    );
  }

  async #reach(point: string): Promise<void> {
    const act = this.#acts.get(point);
    this.#acts.delete(point);
    await act?.();
  }

  async during<T>(operation: Operation, act: () => Promise<T>): Promise<T> {
    await this.#reach(`before ${operation}`);
    this.#running.push(operation);
    try {
      return await act();
    } finally {
      this.#running.splice(this.#running.lastIndexOf(operation), 1);
      await this.#reach(`after ${operation}`);
    }
  }

  dispose(): void {
    this.#restore();
  }
}

/** A platform whose operations stop at {@link Steps}. */
export class SteppedPlatform implements Platform {
  readonly #platform: Platform;
  readonly #steps: Steps;

  constructor(platform: Platform, steps: Steps) {
    this.#platform = platform;
    this.#steps = steps;
  }

  start(onUpdate: (update: PlatformUpdate) => void): Promise<void> {
    return this.#platform.start(onUpdate);
  }

  startAccessPoint(identifier: string, options: StartOptions): Promise<void> {
    return this.#steps.during('start', () => this.#platform.startAccessPoint(identifier, options));
  }

  stopAccessPoint(identifier: string, accepted: () => void): Promise<void> {
    return this.#steps.during('stop', () => this.#platform.stopAccessPoint(identifier, accepted));
  }

  look(): Promise<void> {
    return this.#platform.look();
  }

  counters(identifier: string): Counters | undefined {
    return this.#platform.counters(identifier);
  }

  setHeld(identifier: string, held: boolean): void {
    this.#platform.setHeld?.(identifier, held);
  }

  get routing(): Routing | undefined {
    const { routing } = this.#platform;
    return routing && new SteppedRouting(routing, this.#steps);
  }

  dispose(): Promise<void> {
    return this.#platform.dispose();
  }
}

class SteppedRouting implements Routing {
  readonly #routing: Routing;
  readonly #steps: Steps;

  constructor(routing: Routing, steps: Steps) {
    this.#routing = routing;
    this.#steps = steps;
  }

  prepare(identifier: string): Promise<void> {
    return this.#steps.during('prepare', () => this.#routing.prepare(identifier));
  }

  test(identifier: string, test: SuitabilityTest, signal: AbortSignal): Promise<TestResult> {
    return this.#steps.during('test', () => this.#routing.test(identifier, test, signal));
  }

  prefer(identifier: string): Promise<void> {
    return this.#steps.during('prefer', () => this.#routing.prefer(identifier));
  }

  restore(identifier: string): Promise<void> {
    return this.#steps.during('restore', () => this.#routing.restore(identifier));
  }

  keep(identifier: string): void {
    this.#routing.keep(identifier);
  }
}
