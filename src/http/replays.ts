// Sending again what failed, by the rules of `replay.ts`: at once, or when the link is another.
import type { Clock, Disposable } from '../engine/index.js';
import { NetworkLostError } from './errors.js';
import type { Exchange } from './exchange.js';
import { decide, isRefusedWrite, troubleOf } from './replay.js';
import type { SessionLink } from './sessionLink.js';

/** A request is sent once more. */
export interface ReplayEvent {
  readonly method: string;
  readonly path: string;
  /** Why the one before failed. */
  readonly error: Error;
  /** Only the rest of its body is asked for. */
  readonly isResumed: boolean;
}

export interface ReplaysOptions {
  readonly link: SessionLink;
  readonly maxAttempts: number;
  readonly clock: Clock;
  readonly send: (exchange: Exchange) => void;
  readonly replayed: (event: ReplayEvent) => void;
}

/** Milliseconds that a network session may take to tell of a loss after the system has shown it. */
const lossGrace = 2_000;

export class Replays {
  readonly #options: ReplaysOptions;
  /** For another link, or the end of the grace. */
  readonly #held = new Map<Exchange, { readonly error: Error; readonly timer: Disposable }>();

  constructor(options: ReplaysOptions) {
    this.#options = options;
  }

  /** An attempt has failed: it is sent again, or its caller is told. */
  failed(exchange: Exchange, error: Error): void {
    const { link, maxAttempts, clock } = this.#options;
    const { isFollowing, epoch } = link;
    const { asked, hasHead, isResumable } = exchange;
    if (exchange.epoch !== epoch) {
      exchange.replaysOnLink = 0;
    }
    // One that waits for 100 (Continue) has sent its head before.
    const isUnsent = exchange.isUnsent || (asked.expectContinue === undefined && isRefusedWrite(error, asked.body));
    const trouble = troubleOf(error);
    const decision = decide({
      trouble,
      isFollowing,
      isUnsent,
      isIdempotent: asked.isIdempotent,
      isBodyUsed: asked.body.isUsed,
      hasHead,
      isResumable,
      replays: exchange.replays,
      replaysOnLink: exchange.replaysOnLink,
      attemptsOnLink: exchange.attemptsOnLink,
      maxAttempts,
    });
    if (decision === 'no') {
      const isLost = isFollowing && trouble === 'link' && !isUnsent && !(error instanceof NetworkLostError);
      exchange.fail(isLost ? new NetworkLostError({ cause: error, link: exchange.link }) : error);
      return;
    }
    exchange.replays++;
    exchange.replaysOnLink++;
    if (decision === 'afterChange' && exchange.epoch === epoch) {
      const timer = clock.setTimeout(() => this.#release(exchange), lossGrace);
      this.#held.set(exchange, { error, timer });
    } else {
      // Not from inside the engine's own call.
      queueMicrotask(() => this.#again(exchange, error));
    }
  }

  /** The link is another. */
  releaseAll(): void {
    for (const exchange of [...this.#held.keys()]) {
      this.#release(exchange);
    }
  }

  /** It is over. */
  forget(exchange: Exchange): void {
    this.#held.get(exchange)?.timer.dispose();
    this.#held.delete(exchange);
  }

  #release(exchange: Exchange): void {
    const held = this.#held.get(exchange);
    this.forget(exchange);
    if (held !== undefined) {
      this.#again(exchange, held.error);
    }
  }

  #again(exchange: Exchange, error: Error): void {
    if (!exchange.isOver) {
      const { method, path } = exchange.asked;
      this.#options.replayed({ method, path, error, isResumed: exchange.hasHead });
      this.#options.send(exchange);
    }
  }
}
