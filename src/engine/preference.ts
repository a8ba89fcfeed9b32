import type { AccessPointFacts } from './platform.js';

/** Percent of signal below which a link is weak, and from which it is strong again. */
const weakBelow = 25;
const strongFrom = 35;
/** Samples in a row that make a change of signal steady (R1). */
const steadySamples = 2;

/** Whether a radio link is weak: it takes two samples in a row to become so, and two not to be so any more (R1). */
export class SteadySignal {
  #isWeak: boolean;
  #streak = 0;

  /** @param first percent; the first sample decides alone. */
  constructor(first: number) {
    this.#isWeak = first < weakBelow;
  }

  get isWeak(): boolean {
    return this.#isWeak;
  }

  /** Takes one more sample, in percent. */
  sample(signal: number): void {
    const speaksAgainst = this.#isWeak ? signal >= strongFrom : signal < weakBelow;
    this.#streak = speaksAgainst ? this.#streak + 1 : 0;
    if (this.#streak === steadySamples) {
      this.#isWeak = !this.#isWeak;
      this.#streak = 0;
    }
  }
}

/** An access point as the preference sees it. */
export interface Candidate {
  readonly facts: AccessPointFacts | undefined;
  /** Its last start failed, and nothing has changed since. */
  readonly startFailed: boolean;
  readonly isWeak: boolean;
}

/** It could carry traffic now: it is up, on its way there, or could be started. */
export function isInReach({ facts }: Candidate): boolean {
  return facts !== undefined && (facts.inReach || facts.link === 'up');
}

/** Undefined when nobody knows. The local network alone, or a sign-in page before the network, is not the network. */
export function reachesNetwork(facts: Pick<AccessPointFacts, 'connectivity'> | undefined): boolean | undefined {
  const connectivity = facts?.connectivity ?? 'unknown';
  return connectivity === 'unknown' ? undefined : connectivity === 'full';
}

/** It is out of reach, its carrier is lost, its last start failed, or it is known not to reach the network (R1). */
export function isFailing(candidate: Candidate): boolean {
  const { facts, startFailed } = candidate;
  return !isInReach(candidate) || startFailed || facts?.lingers === true || reachesNetwork(facts) === false;
}

/** The rank of those that are failing but in reach; those that are fit are before it, and the others behind. */
export const failing = 4;

/** Lower is better (R1): a strong signal before a weak one, unmetered before metered, failing last. */
export function rankOf(candidate: Candidate, prefersUnmetered: boolean): number {
  if (isFailing(candidate)) {
    return isInReach(candidate) ? failing : failing + 1;
  }
  return (candidate.isWeak ? 2 : 0) + (prefersUnmetered && candidate.facts?.metered === true ? 1 : 0);
}
