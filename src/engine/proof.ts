import type { SuitabilityTest } from '../shared/suitabilityTest.js';
import type { AccessPoint } from './accessPoint.js';
import type { SessionFailure } from './errors.js';
import { type Disposable, textOf } from './event.js';
import type { TestResult } from './platform.js';
import { reachesNetwork } from './preference.js';
import type { Proven } from './roaming.js';
import type { Runtime } from './runtime.js';

/** What a proof needs. */
export type ProofHost = Pick<Runtime, 'platform' | 'logger'>;

/** Makes a new access point that is up ready for a move, and proves what its service network wants to be proven (R3). Ends silently when disposed of. */
export class Proof implements Disposable {
  readonly #host: ProofHost;
  readonly #accessPoint: AccessPoint;
  readonly #ending = new AbortController();
  readonly #deadline: Disposable;

  /** @param onFailed it could not be made ready, or all that did not end within its `connectTimeout` */
  constructor(
    host: ProofHost,
    accessPoint: AccessPoint,
    tests: readonly SuitabilityTest[],
    onFound: (findings: Proven) => void,
    onFailed: (failure: SessionFailure) => void,
  ) {
    this.#host = host;
    this.#accessPoint = accessPoint;
    this.#deadline = accessPoint.deadline(() => onFailed(accessPoint.timedOut()));
    const unlessOver =
      <T>(act: (value: T) => void) =>
      (value: T) => {
        if (!this.#isOver) {
          act(value);
        }
      };
    this.#run(tests).then(
      unlessOver((results) => onFound(this.#findingsOf(results))),
      unlessOver((error: unknown) => onFailed(accessPoint.failureOf(error))),
    );
  }

  get #isOver(): boolean {
    return this.#ending.signal.aborted;
  }

  dispose(): void {
    this.#ending.abort();
    this.#deadline.dispose();
  }

  async #run(tests: readonly SuitabilityTest[]): Promise<readonly TestResult[]> {
    await this.#accessPoint.arrangement.prepare();
    return this.#isOver ? [] : Promise.all(tests.map((test) => this.#test(test)));
  }

  async #test(test: SuitabilityTest): Promise<TestResult> {
    const { routing } = this.#host.platform;
    try {
      if (routing === undefined) {
        throw new Error('The platform cannot test any more.');
      }
      return await routing.test(this.#accessPoint.identifier, test, this.#ending.signal);
    } catch (error) {
      this.#host.logger.error(`A suitability test failed to run: ${textOf(error)}`);
      return { test, passed: false, milliseconds: 0, detail: error instanceof Error ? error.message : undefined };
    }
  }

  #findingsOf(results: readonly TestResult[]): Proven {
    const { facts, identifier } = this.#accessPoint;
    for (const { passed, milliseconds } of results) {
      const verdict = passed ? 'passed' : 'failed';
      this.#host.logger.debug(`test ${identifier}: ${verdict} in ${Math.round(milliseconds)} ms`);
    }
    return { results, isSuitable: results.every(({ passed }) => passed) && reachesNetwork(facts) !== false };
  }
}
