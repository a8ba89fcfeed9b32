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

/** It is out of reach, its carrier is lost, its last start failed, or it is known not to reach the network (R1). */
export function isFailing(candidate: Candidate): boolean {
  const { facts, startFailed } = candidate;
  return !isInReach(candidate) || startFailed || facts?.lingers === true || facts?.reachesNetwork === false;
}

/** Ranks of those that are not failing; within one, the order of the network decides. */
const failing = 4;

/** Lower is better (R1): a strong signal before a weak one, unmetered before metered, failing last. */
function rankOf(candidate: Candidate, prefersUnmetered: boolean): number {
  if (isFailing(candidate)) {
    return failing;
  }
  return (candidate.isWeak ? 2 : 0) + (prefersUnmetered && candidate.facts?.metered === true ? 1 : 0);
}

/** The preferred one of these, which are in order; undefined when none is fit (R1). */
export function preferredOf<T extends Candidate>(candidates: readonly T[], prefersUnmetered: boolean): T | undefined {
  let best: T | undefined;
  let bestRank = failing;
  for (const candidate of candidates) {
    const rank = rankOf(candidate, prefersUnmetered);
    if (rank < bestRank) {
      best = candidate;
      bestRank = rank;
      if (rank === 0) {
        break;
      }
    }
  }
  return best;
}

/**
 * Those that an opening or an escape may try, one after the other: the preferred one of those that are up, then all by
 * preference, and at last those that are failing but in reach (O4a, R8).
 */
export function inTurn<T extends Candidate>(candidates: readonly T[], prefersUnmetered: boolean): readonly T[] {
  const up = preferredOf(
    candidates.filter(({ facts }) => facts?.link === 'up'),
    prefersUnmetered,
  );
  const rest = candidates
    .filter((candidate) => candidate !== up && isInReach(candidate))
    .map((candidate) => ({ candidate, rank: rankOf(candidate, prefersUnmetered) }))
    .sort((one, other) => one.rank - other.rank)
    .map(({ candidate }) => candidate);
  return up === undefined ? rest : [up, ...rest];
}
