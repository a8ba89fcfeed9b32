import type { Context } from './context.js';
import { PlatformFailure } from './errors.js';
import { textOf } from './event.js';

/**
 * What the platform was asked to arrange for moves to one access point, counted over all sessions that move there: made
 * ready once for all, taken back after the last one that went back again (R3 to R5).
 */
export class Arrangement {
  readonly #context: Context;
  readonly #identifier: string;
  #wanted = 0;
  #preparing: Promise<void> | undefined;
  #isPreferred = false;

  constructor(context: Context, identifier: string) {
    this.#context = context;
    this.#identifier = identifier;
  }

  /** Makes it ready for one more session; {@link release} ends that. Rejects with what the platform says. */
  prepare(): Promise<void> {
    this.#wanted++;
    const preparing = this.#preparing ?? this.#do('prepare');
    this.#preparing = preparing;
    preparing.catch(() => {
      if (this.#preparing === preparing) {
        this.#preparing = undefined;
      }
    });
    return preparing;
  }

  /** The system's traffic prefers it from now on (R4). Rejects with what the platform says. */
  async prefer(): Promise<void> {
    await this.#do('prefer');
    this.#isPreferred = true;
  }

  /** One session less wants it ready: it has gone back, or has moved. What is preferred stays arranged until nobody holds it. */
  release(): void {
    this.#wanted--;
    if (this.#wanted === 0 && !this.#isPreferred && this.#preparing !== undefined) {
      this.#restore();
    }
  }

  /** Nobody holds it any more. What is stopped with that needs no more: the platform takes it back with the stop. */
  unheld(staysUp: boolean): void {
    if (staysUp && (this.#isPreferred || this.#preparing !== undefined)) {
      this.#restore();
    } else {
      this.isDown();
    }
  }

  /** It is not up any more, and with that nothing of it is left. */
  isDown(): void {
    this.#preparing = undefined;
    this.#isPreferred = false;
  }

  #restore(): void {
    this.isDown();
    this.#do('restore').catch((error: unknown) =>
      this.#context.logger.warn(`restore ${this.#identifier} failed: ${textOf(error)}`),
    );
  }

  #do(act: 'prepare' | 'prefer' | 'restore'): Promise<void> {
    const { routing } = this.#context.platform;
    if (routing === undefined) {
      return Promise.reject(new PlatformFailure({ code: 'cannotRoam' }));
    }
    this.#context.logger.debug(`${act} ${this.#identifier}`);
    return routing[act](this.#identifier);
  }
}
