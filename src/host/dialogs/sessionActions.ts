import { commands, window } from 'vscode';
import type {
  NetworkConfiguration,
  NetworkConfigurationManager,
  NetworkSession,
  SessionFailure,
} from '../../engine/index.js';
import type { Prompts } from '../editor/prompts.js';
import { t } from '../editor/translation.js';
import { isStoppable } from '../model/accessPointView.js';
import { ended, stopping } from '../model/ends.js';
import { commandId, configurationsViewId, sessionsViewId } from '../model/names.js';
import { isCancelled, messageOf } from '../model/sentences.js';
import type { SessionEntry, SessionList } from '../model/sessionList.js';
import { displayName } from '../model/words.js';
import { showCancellable, showInView } from './progress.js';

/**
 * What a person does with sessions, whether by a command or a button of a message: asks where it must, shows progress,
 * and says in one message why something did not work. Resolves when it has ended, not when the message is answered.
 */
export class SessionActions {
  readonly #manager: NetworkConfigurationManager;
  readonly #list: SessionList;
  readonly #prompts: Prompts;

  constructor(manager: NetworkConfigurationManager, list: SessionList, prompts: Prompts) {
    this.#manager = manager;
    this.#list = list;
    this.#prompts = prompts;
  }

  /** Opens a new session on a configuration. */
  open(configuration: NetworkConfiguration | string): Promise<void> {
    return this.#open(this.#list.create(configuration));
  }

  /** Opens a lost session again. */
  openAgain(entry: SessionEntry): Promise<void> {
    return this.#open(entry);
  }

  async #open(entry: SessionEntry): Promise<void> {
    const { session } = entry;
    this.#list.open(entry);
    const opened = session.waitForOpened(-1);
    const title = t('Opening {0}', displayName(session.configuration, t));
    showCancellable(
      sessionsViewId,
      title,
      opened,
      () => this.#list.close(entry),
      () => this.#prompts.isAsking,
    );
    if (await opened) {
      return;
    }
    const { failure } = session;
    if (failure === undefined || failure.cause.code === 'stoppedBySession') {
      return; // what was begun is being taken back: the list tells how it has ended
    }
    if (isCancelled(failure)) {
      this.#discard(entry);
      return;
    }
    void this.#tell(failure).then((again) => (again ? this.#open(entry) : this.#discard(entry)));
  }

  /** One that never opened leaves nothing behind; another extension's is its own. */
  #discard(entry: SessionEntry): void {
    if (entry.byPerson && entry.phase.kind === 'idle') {
      this.#list.remove(entry);
    }
  }

  /** Closes a session, or cancels its opening, after asking where that takes something down. */
  async close(entry: SessionEntry): Promise<void> {
    const { session } = entry;
    if (!(await this.#prompts.mayClose(entry)) || !this.#list.close(entry)) {
      return;
    }
    const closed = ended(session);
    showInView(sessionsViewId, closed);
    const failure = await closed;
    if (failure !== undefined) {
      void this.#tell(failure, false);
    }
  }

  /** Stops an access point with all its sessions, after asking where that takes down what others rely on. */
  async stop(identifier: string): Promise<void> {
    const configuration = this.#manager.configurationFromIdentifier(identifier);
    const obstacle = this.#manager.obstacle('stop', configuration);
    if (obstacle !== undefined) {
      void this.#tell(obstacle, false);
      return;
    }
    const session = this.#manager.createSession(configuration);
    const failure = await this.#stop(session);
    session.dispose();
    if (failure !== undefined && !isCancelled(failure)) {
      void this.#tell(failure).then((again) => (again ? this.stop(identifier) : undefined));
    }
  }

  async #stop(session: NetworkSession): Promise<SessionFailure | undefined> {
    if ((await this.#prompts.mayStop(session)) === 'no' || !isStoppable(session.state)) {
      return undefined;
    }
    const stopped = stopping(session);
    showInView(configurationsViewId, stopped);
    this.#list.stop(session, true);
    return stopped;
  }

  /** Says once, in plain words, what did not work and what would help. Resolves true when it is to be tried again. */
  async #tell(failure: SessionFailure, canRetry = true): Promise<boolean> {
    const retry = t('Retry');
    const showLog = t('Show Log');
    const answer = await window.showErrorMessage(
      messageOf(failure, this.#manager.system.platform, t),
      ...(canRetry ? [retry] : []),
      showLog,
    );
    if (answer === showLog) {
      await commands.executeCommand(commandId('showLog'));
    }
    return answer === retry;
  }
}
