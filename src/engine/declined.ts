import type { AccessPointFacts } from './platform.js';
import { reachesNetwork } from './preference.js';

/** What an offer depends on, but for the signal (R5). */
interface Likeness {
  readonly inReach: boolean | undefined;
  readonly order: number;
  /** As it was known last. */
  reaches: boolean | undefined;
  metered: boolean | undefined;
}

/** What can be offered. */
interface Candidate {
  readonly facts: AccessPointFacts | undefined;
}

/**
 * What the person has refused or what has failed: it is not offered again until its reach, what it reaches, its metering or
 * the order changes (R5). What is known only while it is up and is forgotten with that has not changed.
 */
export class Declined<T extends Candidate> {
  readonly #all = new Map<T, Likeness>();

  has(candidate: T): boolean {
    return this.#all.has(candidate);
  }

  /** @param order changes with the order of the candidates */
  add(candidate: T, order: number): void {
    const { inReach, metered } = candidate.facts ?? {};
    this.#all.set(candidate, { inReach, order, reaches: reachesNetwork(candidate.facts), metered });
  }

  delete(candidate: T): void {
    this.#all.delete(candidate);
  }

  clear(): void {
    this.#all.clear();
  }

  /** Forgets those that have changed. */
  review(order: number): void {
    for (const [candidate, before] of this.#all) {
      const { inReach, metered } = candidate.facts ?? {};
      const reaches = reachesNetwork(candidate.facts);
      if (
        inReach !== before.inReach ||
        order !== before.order ||
        isOther(before.reaches, reaches) ||
        isOther(before.metered, metered)
      ) {
        this.#all.delete(candidate);
      } else {
        before.reaches ??= reaches;
        before.metered ??= metered;
      }
    }
  }
}

/** Both are known, and differ. */
function isOther(before: boolean | undefined, now: boolean | undefined): boolean {
  return before !== undefined && now !== undefined && before !== now;
}
