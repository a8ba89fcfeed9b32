import { commands, window } from 'vscode';
import type { NetworkConfigurationManager, SessionFailure } from '../../engine/index.js';
import { t } from '../editor/translation.js';
import { canOpenAgain, lossMessage } from '../model/loss.js';
import { commandId } from '../model/names.js';
import type { SessionEntry, SessionList } from '../model/sessionList.js';
import { displayName } from '../model/words.js';
import type { SessionActions } from './sessionActions.js';

interface Loss {
  readonly entry: SessionEntry;
  readonly failure: SessionFailure;
}

/**
 * Tells the person of sessions that were lost: one message for all that are lost together, on one access point or service
 * network.
 */
export class LossNotice {
  readonly #manager: NetworkConfigurationManager;
  readonly #list: SessionList;
  readonly #actions: SessionActions;
  #lost: Loss[] = [];

  constructor(manager: NetworkConfigurationManager, list: SessionList, actions: SessionActions) {
    this.#manager = manager;
    this.#list = list;
    this.#actions = actions;
  }

  collect(entry: SessionEntry, failure: SessionFailure): void {
    if (this.#lost.length === 0) {
      // what is lost at one stroke is told in one turn
      setImmediate(() => this.#tellAll());
    }
    this.#lost.push({ entry, failure });
  }

  #tellAll(): void {
    const groups = new Map<string, Loss[]>();
    for (const each of this.#lost) {
      const key = `${each.entry.target}\n${each.failure.accessPoint}`;
      const group = groups.get(key) ?? [];
      groups.set(key, group);
      group.push(each);
    }
    this.#lost = [];
    for (const group of groups.values()) {
      const [first] = group;
      if (first !== undefined) {
        void this.#tell(
          first.failure,
          group.map(({ entry }) => entry),
        );
      }
    }
  }

  async #tell(failure: SessionFailure, entries: readonly SessionEntry[]): Promise<void> {
    const openAgain = t('Open Again');
    const showLog = t('Show Log');
    const [first] = entries;
    const target = first?.target ?? failure.accessPoint;
    const network = target === failure.accessPoint ? undefined : this.#manager.configurationFromIdentifier(target);
    const message = lossMessage(failure, entries.length, t, network && displayName(network, t));
    const buttons = canOpenAgain(this.#manager, failure, target) ? [openAgain, showLog] : [showLog];
    const answer = await window.showWarningMessage(message, ...buttons);
    this.#list.notice(entries);
    if (answer === showLog) {
      await commands.executeCommand(commandId('showLog'));
    } else if (answer === openAgain) {
      await this.#openAgain(entries);
    }
  }

  /** One after the other: where the first fails, the rest would fail alike, and one message is enough. */
  async #openAgain(entries: readonly SessionEntry[]): Promise<void> {
    for (const entry of entries) {
      if (entry.phase.kind === 'lost') {
        await this.#actions.openAgain(entry);
        if (!entry.session.isOpen) {
          return;
        }
      }
    }
  }
}
