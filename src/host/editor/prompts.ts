import { CancellationTokenSource } from 'vscode';
import type {
  ChooseQuestion,
  DisplaceQuestion,
  NetworkConfigurationManager,
  NetworkSession,
} from '../../engine/index.js';
import type { Dialogs } from '../dialogs/dialogs.js';
import { othersOn, reasonsToAsk, windowsOn } from '../model/reasons.js';
import { type SessionEntry, type SessionList, stopTarget } from '../model/sessionList.js';
import { t } from './translation.js';

/** What the person has said, or `notAsked`: there was nothing to ask. */
export type Answer = 'yes' | 'no' | 'notAsked';

/** What has to be asked before something is taken down. Its words are read with the first question. */
export class Prompts {
  readonly #manager: NetworkConfigurationManager;
  readonly #list: SessionList;
  readonly #dialogs: () => Promise<Dialogs>;
  readonly #isRemote: boolean;
  /** Questions that are not answered yet. */
  #asked = 0;

  /** @param isRemote nothing moves without an answer of the person: the editor's own connection may ride on it. */
  constructor(
    manager: NetworkConfigurationManager,
    list: SessionList,
    dialogs: () => Promise<Dialogs>,
    isRemote: boolean,
  ) {
    this.#manager = manager;
    this.#list = list;
    this.#dialogs = dialogs;
    this.#isRemote = isRemote;
  }

  get isAsking(): boolean {
    return this.#asked > 0;
  }

  /** Whether closing a session stops what was not started here or what this machine routes by. */
  asksToClose({ session, accessPoint }: SessionEntry): boolean {
    return session.isOpen && this.#manager.wouldStop(session) && reasonsToAsk(this.#manager, accessPoint, t).length > 0;
  }

  /** Before a session is closed. */
  async mayClose(entry: SessionEntry): Promise<boolean> {
    return !this.asksToClose(entry) || this.#ask(({ questions }) => questions.mayClose(entry));
  }

  /** Before an access point is stopped by this session: the person's, or another extension's, which is named then. */
  async mayStop(by: NetworkSession): Promise<Answer> {
    const { identifier } = stopTarget(by);
    const reasons = [
      ...reasonsToAsk(this.#manager, identifier, t),
      ...windowsOn(this.#manager, identifier, t),
      ...othersOn(this.#list, identifier, by, t),
    ];
    if (reasons.length === 0) {
      return 'notAsked';
    }
    return (await this.#ask(({ questions }) => questions.mayStop(by, reasons))) ? 'yes' : 'no';
  }

  /** What the engine has to ask (O12). An answer that comes after it has given up counts for nothing. */
  mayDisplace(question: DisplaceQuestion, signal: AbortSignal): Promise<boolean> {
    return this.#ask(({ questions }) => questions.mayDisplace(question, signal));
  }

  /** Whether the person is asked before another extension moves the traffic of this machine for good. */
  asksToMove({ offer, owner }: NetworkSession): boolean {
    return this.#isRemote && owner !== undefined && (offer.kind === 'activated' || offer.kind === 'testing');
  }

  /** Before another extension accepts a move. */
  mayMove(session: NetworkSession): Promise<boolean> {
    return this.#ask(({ questions }) => questions.mayMove(session));
  }

  /** What a user choice is to be resolved to (F3); undefined: nothing, and the opening is cancelled. */
  async choose({ session, choices }: ChooseQuestion, signal: AbortSignal): Promise<string | undefined> {
    const source = new CancellationTokenSource();
    const cancel = () => source.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    try {
      return await this.#ask(({ picks }) => picks.choice(choices, session.owner, source.token));
    } finally {
      signal.removeEventListener('abort', cancel);
      source.dispose();
    }
  }

  async #ask<T>(ask: (dialogs: Dialogs) => Promise<T>): Promise<T> {
    this.#asked += 1;
    try {
      return await ask(await this.#dialogs());
    } finally {
      this.#asked -= 1;
    }
  }
}
