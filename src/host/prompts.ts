import { window } from 'vscode';
import type { DisplaceQuestion, NetworkConfigurationManager, NetworkSession } from '../engine/index.js';
import { plainLine } from '../shared/hostileText.js';
import { isRouted, othersOn, reasonsToAsk } from './model/reasons.js';
import type { SessionEntry, SessionList } from './model/sessionList.js';
import { displayName } from './model/words.js';
import { t } from './translate.js';

/** What the person has said, or `notAsked`: there was nothing to ask. */
export type Answer = 'yes' | 'no' | 'notAsked';

/** What has to be asked before something is taken down. Every question is modal, and Cancel is no. */
export class Prompts {
  readonly #manager: NetworkConfigurationManager;
  readonly #list: SessionList;
  /** Questions that are not answered yet. */
  #asked = 0;

  constructor(manager: NetworkConfigurationManager, list: SessionList) {
    this.#manager = manager;
    this.#list = list;
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
    if (!this.asksToClose(entry)) {
      return true;
    }
    const name = displayName(entry.session.configuration, t);
    const last = t('It is the last session on {0}, which is stopped with it.', name);
    return this.#confirm(
      t('Close the session and stop {0}?', name),
      [last, ...reasonsToAsk(this.#manager, entry.accessPoint, t)],
      t('Close Session'),
    );
  }

  /** Before an access point is stopped by this session: the person's, or another extension's, which is named then. */
  async mayStop(by: NetworkSession): Promise<Answer> {
    const { configuration, owner } = by;
    const { identifier } = configuration;
    const reasons = [...reasonsToAsk(this.#manager, identifier, t), ...othersOn(this.#list, identifier, by, t)];
    if (reasons.length === 0) {
      return 'notAsked';
    }
    const name = displayName(configuration, t);
    const question = owner === undefined ? t('Stop {0}?', name) : t('{0} wants to stop {1}.', plainLine(owner), name);
    return (await this.#confirm(question, reasons, t('Stop Access Point'))) ? 'yes' : 'no';
  }

  /** What the engine has to ask (O12). An answer that comes after it has given up counts for nothing. */
  async mayDisplace({ session, configuration, displaced }: DisplaceQuestion, signal: AbortSignal): Promise<boolean> {
    const name = displayName(configuration, t);
    const others = displaced.map((other) => displayName(other, t)).join(', ');
    const question =
      session.owner === undefined
        ? t('Open {0} and disconnect {1}?', name, others)
        : t('{0} wants to open {1}. Disconnect {2}?', plainLine(session.owner), name, others);
    const reasons = [t('Both use the same device, so that only one of them can be up.')];
    if (displaced.some(({ identifier }) => isRouted(this.#manager, identifier))) {
      reasons.push(t('{0} carries the default route of this machine.', others));
    }
    const yes = (await this.#confirm(question, reasons, t('Disconnect and Open'))) && !signal.aborted;
    if (yes) {
      // until the opening that they were asked for has ended
      const consent = this.#list.consent.give(displaced.map(({ identifier }) => identifier));
      void session.waitForOpened(-1).then(() => consent.dispose());
    }
    return yes;
  }

  async #confirm(message: string, reasons: readonly string[], yes: string): Promise<boolean> {
    this.#asked += 1;
    try {
      return (await window.showWarningMessage(message, { modal: true, detail: reasons.join('\n') }, yes)) === yes;
    } finally {
      this.#asked -= 1;
    }
  }
}
