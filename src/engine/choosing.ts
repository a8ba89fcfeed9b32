import type { Ask, Context } from './context.js';
import { type Cause, type SessionFailure, sessionFailure } from './errors.js';
import type { Disposable } from './event.js';
import type { ServiceNetwork } from './serviceNetwork.js';
import type { NetworkSession } from './session.js';

/** Asks the host what a user choice is to be resolved to (F3). Ends silently when disposed of. */
export class Choosing implements Disposable {
  readonly #context: Context;
  readonly #session: NetworkSession;
  readonly #ending = new AbortController();

  constructor(
    context: Context,
    ask: Ask,
    session: NetworkSession,
    onChosen: (network: ServiceNetwork) => void,
    onFailed: (failure: SessionFailure) => void,
  ) {
    this.#context = context;
    this.#session = session;
    this.#ask(ask).then((answer) => {
      if (this.#ending.signal.aborted) {
        return;
      }
      const network = typeof answer === 'string' ? context.networkFor(answer) : undefined;
      if (network !== undefined) {
        onChosen(network);
      } else if (typeof answer === 'string') {
        onFailed(sessionFailure({ identifier: answer, name: '' }, { code: 'notDefined' }));
      } else {
        onFailed(sessionFailure(session.configuration, cancelled));
      }
    });
  }

  dispose(): void {
    this.#ending.abort();
  }

  /** Later, so that no code of the host runs inside the call that opens. */
  async #ask(ask: Ask): Promise<unknown> {
    await Promise.resolve();
    const { configuration } = this.#session;
    const choices = this.#context.choices();
    try {
      return await ask({ kind: 'choose', session: this.#session, configuration, choices }, this.#ending.signal);
    } catch (error) {
      this.#context.report(error);
      return undefined;
    }
  }
}

const cancelled: Cause = { code: 'cancelled' };
