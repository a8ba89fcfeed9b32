import { window } from 'vscode';
import type { DisplaceQuestion, NetworkConfigurationManager, NetworkSession } from '../../engine/index.js';
import { plainLine } from '../../shared/hostileText.js';
import { t } from '../editor/translation.js';
import { beginning } from '../model/clients.js';
import { networkOf } from '../model/networkView.js';
import { isRouted, reasonsToAsk } from '../model/reasons.js';
import { type SessionEntry, type SessionList, stopTarget } from '../model/sessionList.js';
import { displayName } from '../model/words.js';
import { resting } from './roamingActions.js';

/** What {@link Prompts} asks, in words. Every question is modal, and Cancel is no. */
export class Questions {
  readonly #manager: NetworkConfigurationManager;
  readonly #list: SessionList;

  constructor(manager: NetworkConfigurationManager, list: SessionList) {
    this.#manager = manager;
    this.#list = list;
  }

  mayClose({ accessPoint }: SessionEntry): Promise<boolean> {
    const name = displayName(this.#manager.configurationFromIdentifier(accessPoint), t);
    const last = t('It is the last session on {0}, which is stopped with it.', name);
    return confirm(
      t('Close the session and stop {0}?', name),
      [last, ...reasonsToAsk(this.#manager, accessPoint, t)],
      t('Close Session'),
    );
  }

  mayStop(by: NetworkSession, reasons: readonly string[]): Promise<boolean> {
    const { owner } = by;
    const name = displayName(stopTarget(by), t);
    const question =
      owner === undefined ? t('Stop {0}?', name) : t('{0} wants to stop {1}.', plainLine(beginning(owner, t)), name);
    return confirm(question, reasons, t('Stop Access Point'));
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
    const yes = (await confirm(question, reasons, button)) && !signal.aborted;
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
          plainLine(beginning(session.owner, t)),
        );
  }

  mayMove(session: NetworkSession): Promise<boolean> {
    const { offer, owner = '' } = session;
    const to = 'configuration' in offer && offer.configuration !== undefined ? displayName(offer.configuration, t) : '';
    const reason = t("All traffic of this machine follows, that of this window's own connection too.");
    return confirm(t('{0} wants to move to {1}.', plainLine(beginning(owner, t)), to), [reason], t('Move'));
  }
}

async function confirm(message: string, reasons: readonly string[], yes: string): Promise<boolean> {
  return (await window.showWarningMessage(message, { modal: true, detail: reasons.join('\n') }, yes)) === yes;
}

function openQuestion({ owner }: NetworkSession, name: string, others: string): string {
  return owner === undefined
    ? t('Open {0} and disconnect {1}?', name, others)
    : t('{0} wants to open {1}. Disconnect {2}?', plainLine(beginning(owner, t)), name, others);
}
