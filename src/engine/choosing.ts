import type { NetworkConfiguration } from './configuration.js';
import { type Cause, type SessionFailure, sessionFailure } from './errors.js';
import type { Disposable } from './event.js';
import type { NetworkSession } from './networkSession.js';
import type { Ask } from './question.js';
import type { Runtime } from './runtime.js';
import type { ServiceNetwork } from './serviceNetwork.js';

/** What a choosing needs. */
export interface ChoosingHost extends Pick<Runtime, 'report'> {
  /** What a user choice can be resolved to. */
  choices(): readonly NetworkConfiguration[];
  /** What an identifier means to a user choice: a service network, or one of this access point alone. */
  networkFor(identifier: string): ServiceNetwork | undefined;
}

/** Asks the host what a user choice is to be resolved to (F3). Ends silently when disposed of. */
export class Choosing implements Disposable {
  readonly #host: ChoosingHost;
  readonly #session: NetworkSession;
  readonly #ending = new AbortController();

  constructor(
    host: ChoosingHost,
    ask: Ask,
    session: NetworkSession,
    onChosen: (network: ServiceNetwork) => void,
    onFailed: (failure: SessionFailure) => void,
  ) {
    this.#host = host;
    this.#session = session;
    this.#ask(ask).then((answer) => {
      if (this.#ending.signal.aborted) {
        return;
      }
      const network = typeof answer === 'string' ? host.networkFor(answer) : undefined;
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
    const choices = this.#host.choices();
    try {
      return await ask({ kind: 'choose', session: this.#session, configuration, choices }, this.#ending.signal);
    } catch (error) {
      this.#host.report(error);
      return undefined;
    }
  }
}

const cancelled: Cause = { code: 'cancelled' };
