import { CancellationTokenSource, window } from 'vscode';
import type { ChooseQuestion, DisplaceQuestion, NetworkConfigurationManager, NetworkSession } from '../engine/index.js';
import { plainLine } from '../shared/hostileText.js';
import type { Dialogs } from './dialogs.js';
import { networkOf } from './model/networkView.js';
import { isRouted, othersOn, reasonsToAsk } from './model/reasons.js';
import { type SessionEntry, type SessionList, stopTarget } from './model/sessionList.js';
import { displayName } from './model/words.js';
import { resting } from './roamingActions.js';
import { t } from './translate.js';

/** What the person has said, or `notAsked`: there was nothing to ask. */
export type Answer = 'yes' | 'no' | 'notAsked';

/** What has to be asked before something is taken down. Every question is modal, and Cancel is no. */
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
    if (!this.asksToClose(entry)) {
      return true;
    }
    const name = displayName(this.#manager.configurationFromIdentifier(entry.accessPoint), t);
    const last = t('It is the last session on {0}, which is stopped with it.', name);
    return this.#confirm(
      t('Close the session and stop {0}?', name),
      [last, ...reasonsToAsk(this.#manager, entry.accessPoint, t)],
      t('Close Session'),
    );
  }

  /** Before an access point is stopped by this session: the person's, or another extension's, which is named then. */
  async mayStop(by: NetworkSession): Promise<Answer> {
    const { owner } = by;
    const configuration = stopTarget(by);
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
    const question = session.isOpen ? this.#moveQuestion(session, name, others) : openQuestion(session, name, others);
    const reasons = [t('Both use the same device, so that only one of them can be up.')];
    if (displaced.some(({ identifier }) => isRouted(this.#manager, identifier))) {
      reasons.push(t('{0} carries the default route of this machine.', others));
    }
    const button = session.isOpen ? t('Disconnect and Move') : t('Disconnect and Open');
    const yes = (await this.#confirm(question, reasons, button)) && !signal.aborted;
    if (yes) {
      // until the opening or the move that they were asked for has ended
      const consent = this.#list.consent.give(displaced.map(({ identifier }) => identifier));
      void (session.isOpen ? resting(session) : session.waitForOpened(-1)).then(() => consent.dispose());
    }
    return yes;
  }

  #moveQuestion(session: NetworkSession, name: string, others: string): string {
    const network = networkOf(this.#manager, session) ?? session.configuration.identifier;
    const moved = displayName(this.#manager.configurationFromIdentifier(network), t);
    return session.owner === undefined
      ? t('Move {0} to {1} and disconnect {2}?', moved, name, others)
      : t(
          'Move {0} to {1} and disconnect {2}? {3} has a session on it.',
          moved,
          name,
          others,
          plainLine(session.owner),
        );
  }

  /** Whether the person is asked before another extension moves the traffic of this machine for good. */
  asksToMove({ offer, owner }: NetworkSession): boolean {
    return this.#isRemote && owner !== undefined && (offer.kind === 'activated' || offer.kind === 'testing');
  }

  /** Before another extension accepts a move. */
  async mayMove(session: NetworkSession): Promise<boolean> {
    const { offer, owner = '' } = session;
    const to = 'configuration' in offer && offer.configuration !== undefined ? displayName(offer.configuration, t) : '';
    const reason = t("All traffic of this machine follows, that of this window's own connection too.");
    return this.#confirm(t('{0} wants to move to {1}.', plainLine(owner), to), [reason], t('Move'));
  }

  /** What a user choice is to be resolved to (F3); undefined: nothing, and the opening is cancelled. */
  async choose({ session, choices }: ChooseQuestion, signal: AbortSignal): Promise<string | undefined> {
    const source = new CancellationTokenSource();
    const cancel = () => source.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    this.#asked += 1;
    try {
      const { picks } = await this.#dialogs();
      return await picks.choice(choices, session.owner, source.token);
    } finally {
      this.#asked -= 1;
      signal.removeEventListener('abort', cancel);
      source.dispose();
    }
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

function openQuestion({ owner }: NetworkSession, name: string, others: string): string {
  return owner === undefined
    ? t('Open {0} and disconnect {1}?', name, others)
    : t('{0} wants to open {1}. Disconnect {2}?', plainLine(owner), name, others);
}
