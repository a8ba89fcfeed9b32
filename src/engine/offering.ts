import type { AccessPoint } from './accessPoint.js';
import { Declined } from './declined.js';
import type { Disposable } from './event.js';
import { isFailing } from './preference.js';
import { quietTime } from './roaming.js';
import type { Runtime } from './runtime.js';
import type { ServiceNetwork } from './serviceNetwork.js';

/** What an offering needs. */
export type OfferingHost = Pick<Runtime, 'clock' | 'system'>;

/** Whether there is something to offer to a session, and what: another child that is preferred, was not declined, and not too soon (R2, R5). */
export class Offering {
  readonly #host: OfferingHost;
  readonly #network: () => ServiceNetwork;
  readonly #onQuietOver: () => void;
  readonly #declined = new Declined<AccessPoint>();
  #quiet: Disposable | undefined;

  constructor(host: OfferingHost, network: () => ServiceNetwork, onQuietOver: () => void) {
    this.#host = host;
    this.#network = network;
    this.#onQuietOver = onQuietOver;
  }

  /** Where a session on `current` should be moved to by now. `isOffered`: it has an offer already, which the quiet time does not take back. */
  wanted(current: AccessPoint, isOffered: boolean): AccessPoint | undefined {
    const network = this.#network();
    this.#declined.review(network.revision);
    // While the platform is away nothing can be started, and nobody knows what is preferred (O13).
    const canMove = network.canRoam && network.policy !== 'never' && this.#host.system.away === undefined;
    const isQuiet = this.#quiet !== undefined && !isOffered && !isFailing(current);
    const preferred = canMove && !isQuiet ? network.preferredBut(this.#declined) : undefined;
    return preferred === current ? undefined : preferred;
  }

  /** The person has refused it, or it has failed: it is not offered again until it is another (R5, R6). */
  decline(accessPoint: AccessPoint): void {
    this.#declined.add(accessPoint, this.#network().revision);
  }

  /** A move has ended, here or where it began: no other is offered for a while (R2). */
  settled(current: AccessPoint | undefined): void {
    if (current !== undefined) {
      this.#declined.delete(current);
    }
    this.#quiet?.dispose();
    this.#quiet = this.#host.clock.setTimeout(() => {
      this.#quiet = undefined;
      this.#onQuietOver();
    }, quietTime);
  }

  /** The session has ended: what was declined is so no more. */
  end(): void {
    this.#quiet?.dispose();
    this.#quiet = undefined;
    this.#declined.clear();
  }
}
