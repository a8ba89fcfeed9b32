import {
  type Cause,
  type Clock,
  isPlatformFailure,
  PlatformFailure,
  type Routing,
  type SuitabilityTest,
  type TestResult,
} from '../../engine/index.js';
import { mayReachNetwork } from './description.js';
import type { RoutingStep, SimulatedLink, StepPlan } from './link.js';
import type { Simulation } from './simulation.js';

/** Moves the traffic of the simulated network from one access point to another (R3 to R9). */
export class SimulatedRouting implements Routing {
  readonly #simulation: Simulation;
  readonly #clock: Clock;
  readonly #find: (identifier: string) => SimulatedLink | PlatformFailure;

  constructor(simulation: Simulation, clock: Clock, find: (identifier: string) => SimulatedLink | PlatformFailure) {
    this.#simulation = simulation;
    this.#clock = clock;
    this.#find = find;
  }

  prepare(identifier: string): Promise<void> {
    return this.#move('prepare', identifier, (link) => this.#simulation.prepare(link));
  }

  prefer(identifier: string): Promise<void> {
    return this.#move('prefer', identifier, (link) => this.#simulation.prefer(link));
  }

  #move(step: RoutingStep, identifier: string, act: (link: SimulatedLink) => void): Promise<void> {
    this.#simulation.note(step, identifier);
    const link = this.#find(identifier);
    if (isPlatformFailure(link)) {
      return Promise.reject(link);
    }
    const plan = link.takePlan(step);
    if (link.link !== 'up') {
      return Promise.reject(new PlatformFailure(link.cause ?? { code: 'wentDown' }));
    }
    return new Promise((resolve, reject) => {
      const end = (cause: Cause) => reject(new PlatformFailure(cause));
      this.#later(link, plan, end, () => {
        if (plan.failure !== undefined) {
          reject(plan.failure);
          return;
        }
        act(link);
        resolve();
      });
    });
  }

  restore(identifier: string): Promise<void> {
    this.#simulation.note('restore', identifier);
    const link = this.#find(identifier);
    if (isPlatformFailure(link)) {
      return link.facts.code === 'notDefined' ? Promise.resolve() : Promise.reject(link);
    }
    const plan = link.takePlan('restore');
    return new Promise((resolve, reject) => {
      // What goes down leaves nothing to take back.
      const end = (cause: Cause) => (isGone(cause) ? reject(new PlatformFailure(cause)) : resolve());
      this.#later(link, plan, end, () => {
        if (plan.failure !== undefined) {
          reject(plan.failure);
          return;
        }
        this.#simulation.restore(link);
        resolve();
      });
    });
  }

  keep(identifier: string): void {
    const link = this.#find(identifier);
    if (!isPlatformFailure(link)) {
      link.isProvisional = false;
    }
  }

  test(identifier: string, test: SuitabilityTest, signal: AbortSignal): Promise<TestResult> {
    this.#simulation.note('test', identifier);
    const begin = this.#clock.now();
    const link = this.#find(identifier);
    return new Promise((resolve) => {
      const answer = (detail: string | undefined) => {
        const milliseconds = this.#clock.now() - begin;
        resolve(Object.freeze({ test, passed: detail === undefined, milliseconds, detail }));
      };
      if (isPlatformFailure(link)) {
        answer(link.message);
        return;
      }
      const plan = link.takePlan('test');
      if (signal.aborted || !link.isPrepared) {
        answer(signal.aborted ? 'aborted' : link.link === 'up' ? 'not prepared' : 'not up');
        return;
      }
      const abort = () => {
        ended();
        answer('aborted');
      };
      const end = (cause: Cause) => {
        signal.removeEventListener('abort', abort);
        answer(cause.code);
      };
      const ended = this.#later(link, plan, end, () => {
        signal.removeEventListener('abort', abort);
        answer(plan.failure === undefined ? whyNotSuitable(link, test) : (plan.failure.facts.detail ?? 'no answer'));
      });
      signal.addEventListener('abort', abort, { once: true });
    });
  }

  /** Runs outside the call of the engine, when nothing holds it, unless it was ended before. Returns what ends it silently. */
  #later(link: SimulatedLink, { hold }: StepPlan, end: (cause: Cause) => void, run: () => void): () => void {
    const step = { end };
    link.steps.add(step);
    void hold.then(() => {
      if (link.steps.delete(step)) {
        run();
      }
    });
    return () => link.steps.delete(step);
  }
}

/** The whole platform ended, and not one access point. */
function isGone({ code }: Cause): boolean {
  return code === 'platformGone' || code === 'disposed';
}

/** Undefined: it passes. */
function whyNotSuitable({ answerTest, description }: SimulatedLink, test: SuitabilityTest): string | undefined {
  const answer = answerTest?.(test) ?? mayReachNetwork(description);
  return answer === true ? undefined : answer === false ? 'no answer' : answer;
}
