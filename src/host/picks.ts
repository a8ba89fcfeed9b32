import { type QuickPickItem, window } from 'vscode';
import type { NetworkConfiguration, NetworkConfigurationManager } from '../engine/index.js';
import { type AccessPointView, inOrder, isStoppable, readAccessPoint } from './model/accessPointView.js';
import { configurationItem } from './model/configurationItem.js';
import { joined } from './model/item.js';
import { sentenceOf } from './model/sentences.js';
import type { SessionEntry, SessionList } from './model/sessionList.js';
import { bearerIcon, displayName, stateWord } from './model/words.js';
import { t } from './translate.js';

interface Choice<T> extends QuickPickItem {
  readonly choice: T;
}

/** What a command asks when it was called without saying what it is about. Undefined is an answer: nothing. */
export class Picks {
  readonly #manager: NetworkConfigurationManager;
  readonly #list: SessionList;

  constructor(manager: NetworkConfigurationManager, list: SessionList) {
    this.#manager = manager;
    this.#list = list;
  }

  /** A configuration to open a session on; those that cannot be opened now say why, and can still be tried. */
  configuration(): Promise<NetworkConfiguration | undefined> {
    const choices = inOrder(this.#manager).map((configuration) =>
      this.#choice(configuration, ({ openObstacle }) => openObstacle && sentenceOf(openObstacle, t)),
    );
    return pick(
      choices,
      t('Open a session on which access point?'),
      t('There is no access point on this machine to open a session on.'),
    );
  }

  /** An access point to stop; those that cannot be stopped say why. */
  stoppable(): Promise<NetworkConfiguration | undefined> {
    const choices = inOrder(this.#manager)
      .filter(({ identifier }) => isStoppable(this.#manager.stateOf(identifier)))
      .map((configuration) =>
        this.#choice(configuration, ({ stopObstacle }) => stopObstacle && sentenceOf(stopObstacle, t)),
      );
    return pick(choices, t('Stop which access point?'), t('No access point is up that could be stopped.'));
  }

  /** A session to close, or one whose opening to cancel. */
  closable(): Promise<SessionEntry | undefined> {
    return this.#entry(['open', 'opening'], t('Close which session?'), t('No session is open.'));
  }

  lost(): Promise<SessionEntry | undefined> {
    return this.#entry(['lost'], t('Dismiss which session?'), t('No session was lost.'));
  }

  #entry(kinds: readonly string[], question: string, nothing: string): Promise<SessionEntry | undefined> {
    const choices = this.#list.shown
      .filter(({ phase }) => kinds.includes(phase.kind))
      .map((entry): Choice<SessionEntry> => {
        const { session, phase } = entry;
        return {
          choice: entry,
          label: `$(${bearerIcon(session.configuration.bearerType)}) ${displayName(session.configuration, t)}`,
          description: joined(
            ' · ',
            phase.kind === 'lost' ? sentenceOf(phase.failure, t) : stateWord(session.state, t),
            session.owner !== undefined && displayName({ name: session.owner, identifier: '' }, t),
          ),
        };
      });
    return pick(choices, question, nothing);
  }

  #choice(
    configuration: NetworkConfiguration,
    detail: (view: AccessPointView) => string | undefined,
  ): Choice<NetworkConfiguration> {
    const view = readAccessPoint(this.#manager, configuration.identifier);
    const { label, description } = configurationItem(view, t);
    const why = detail(view);
    return {
      choice: configuration,
      label: `$(${bearerIcon(configuration.bearerType)}) ${label}`,
      description,
      ...(why === undefined ? {} : { detail: why }),
    };
  }
}

/** Asks; where there is nothing to choose from, says so instead. */
async function pick<T>(choices: readonly Choice<T>[], question: string, nothing: string): Promise<T | undefined> {
  if (choices.length === 0) {
    void window.showInformationMessage(nothing);
    return undefined;
  }
  const picked = await window.showQuickPick(choices, {
    title: 'Network Sessions',
    placeHolder: question,
    matchOnDescription: true,
  });
  return picked?.choice;
}
