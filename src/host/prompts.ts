import { window } from 'vscode';
import {
  type NetworkConfiguration,
  type NetworkConfigurationManager,
  type NetworkSession,
  type Question,
  SessionState,
} from '../engine/index.js';
import { plainLine } from '../shared/hostileText.js';
import type { SessionEntry, SessionList } from './model/sessionList.js';
import { displayName } from './model/words.js';
import { t } from './translate.js';

/** What has to be asked before something is taken down. Every question is modal, and Cancel is no. */
export class Prompts {
  readonly #manager: NetworkConfigurationManager;
  readonly #list: SessionList;
  /** What the person has just agreed to take down. */
  readonly #given: Set<string> = new Set();

  constructor(manager: NetworkConfigurationManager, list: SessionList) {
    this.#manager = manager;
    this.#list = list;
  }

  /** Whether closing a session stops what was not started here or what this machine routes by. */
  asksToClose({ session, accessPoint }: SessionEntry): boolean {
    return session.isOpen && this.#manager.wouldStop(session) && this.#reasons(accessPoint).length > 0;
  }

  /** Before a session is closed. */
  async mayClose(entry: SessionEntry): Promise<boolean> {
    if (!this.asksToClose(entry)) {
      return true;
    }
    const name = displayName(entry.session.configuration, t);
    const last = t('It is the last session on {0}, which is stopped with it.', name);
    return confirm(
      t('Close the session and stop {0}?', name),
      [last, ...this.#reasons(entry.accessPoint)],
      t('Close Session'),
    );
  }

  /** Before an access point is stopped, by a session of another extension, which is named then, or by the person. */
  async mayStop(configuration: NetworkConfiguration, by?: NetworkSession): Promise<boolean> {
    const reasons = [...this.#reasons(configuration.identifier), ...this.#othersOn(configuration.identifier, by)];
    if (reasons.length === 0) {
      return true;
    }
    const name = displayName(configuration, t);
    const question =
      by?.owner === undefined ? t('Stop {0}?', name) : t('{0} wants to stop {1}.', plainLine(by.owner), name);
    return confirm(question, reasons, t('Stop Access Point'));
  }

  #othersOn(identifier: string, by: NetworkSession | undefined): readonly string[] {
    const owners = this.#list.shown
      .filter(({ session, accessPoint }) => accessPoint === identifier && session.isOpen)
      .filter(({ session }) => session.owner !== by?.owner)
      .map(({ session }) => (session.owner === undefined ? t('you') : plainLine(session.owner)));
    return owners.length === 0 ? [] : [t('This ends sessions opened by {0}.', [...new Set(owners)].join(', '))];
  }

  /** What the engine has to ask (O12). An answer that comes after it has given up counts for nothing. */
  async mayDisplace({ session, configuration, displaced }: Question, signal: AbortSignal): Promise<boolean> {
    const name = displayName(configuration, t);
    const others = displaced.map((other) => displayName(other, t)).join(', ');
    const question =
      session.owner === undefined
        ? t('Open {0} and disconnect {1}?', name, others)
        : t('{0} wants to open {1}. Disconnect {2}?', plainLine(session.owner), name, others);
    const reasons = [t('Both use the same device, so that only one of them can be up.')];
    if (displaced.some(({ identifier }) => this.#isRouted(identifier))) {
      reasons.push(t('{0} carries the default route of this machine.', others));
    }
    const yes = (await confirm(question, reasons, t('Disconnect and Open'))) && !signal.aborted;
    if (yes) {
      this.#give(
        displaced.map(({ identifier }) => identifier),
        session,
      );
    }
    return yes;
  }

  /** Whether the person has agreed that this access point goes down, so that nobody needs to be told. */
  wasGiven(identifier: string): boolean {
    return this.#given.has(identifier);
  }

  /** Until the opening that they were asked for has ended. */
  #give(identifiers: readonly string[], session: NetworkSession): void {
    for (const identifier of identifiers) {
      this.#given.add(identifier);
    }
    void session.waitForOpened(-1).then(() => {
      for (const identifier of identifiers) {
        this.#given.delete(identifier);
      }
    });
  }

  #reasons(identifier: string): string[] {
    const name = displayName(this.#manager.configurationFromIdentifier(identifier), t);
    const isUp = this.#manager.stateOf(identifier) === SessionState.Connected;
    const reasons: string[] = [];
    if (this.#isRouted(identifier)) {
      reasons.push(t('{0} carries the default route of this machine: without it, it may be offline.', name));
    }
    if (isUp && !this.#manager.isStartedHere(identifier)) {
      reasons.push(t('{0} was not started by Network Sessions.', name));
    }
    return reasons;
  }

  #isRouted(identifier: string): boolean {
    const { defaultIsRouted, defaultIdentifier } = this.#manager.system;
    return defaultIsRouted && defaultIdentifier === identifier;
  }
}

async function confirm(message: string, reasons: readonly string[], yes: string): Promise<boolean> {
  return (await window.showWarningMessage(message, { modal: true, detail: reasons.join('\n') }, yes)) === yes;
}
