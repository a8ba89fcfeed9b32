import { commands, type Disposable, window } from 'vscode';
import type { NetworkConfigurationManager, SessionFailure } from '../../engine/index.js';
import { t } from '../editor/translation.js';
import { homeOf } from '../model/moves.js';
import { commandId } from '../model/names.js';
import { networkOf } from '../model/networkView.js';
import {
  openQuestions,
  questionText,
  type RoamingQuestion,
  stayedText,
  stillWaiting,
} from '../model/roamingQuestions.js';
import { sentenceOf } from '../model/sentences.js';
import type { SessionEntry, SessionList } from '../model/sessionList.js';
import { displayName } from '../model/words.js';
import type { RoamingActions } from './roamingActions.js';

/**
 * Asks the person about moves of sessions, one question at a time and each once: the person's sessions, and those of
 * extensions that do not answer themselves. It asks in the window that has the focus, and waits in the others. Who closes a message has decided nothing; the Sessions view goes on asking.
 */
export class RoamingNotice implements Disposable {
  readonly #manager: NetworkConfigurationManager;
  readonly #list: SessionList;
  readonly #actions: RoamingActions;
  /** The question on the screen. */
  #shown: RoamingQuestion | undefined;
  /** The keys of questions that were asked and are still open. */
  #asked: ReadonlySet<string> = new Set();
  #failed: { readonly entry: SessionEntry; readonly failure: SessionFailure }[] = [];
  #isLooking = false;
  #isDisposed = false;

  constructor(manager: NetworkConfigurationManager, list: SessionList, actions: RoamingActions) {
    this.#manager = manager;
    this.#list = list;
    this.#actions = actions;
  }

  dispose(): void {
    this.#isDisposed = true;
  }

  /** Something may be another, or this window has the focus now. What comes in one turn is looked at together. */
  look(): void {
    if (!this.#isLooking) {
      this.#isLooking = true;
      setImmediate(() => {
        this.#isLooking = false;
        if (!this.#isDisposed) {
          this.#tellOfFailures();
          this.#askNext();
        }
      });
    }
  }

  /** In the window that the person is at: the others wait until it is them. */
  #askNext(): void {
    if (!window.state.focused) {
      return;
    }
    const questions = openQuestions(this.#manager, this.#list.shown);
    const keys = new Set(questions.map(({ key }) => key));
    this.#asked = new Set([...this.#asked].filter((key) => keys.has(key)));
    if (this.#shown !== undefined && keys.has(this.#shown.key)) {
      return;
    }
    // a message cannot be taken off the screen: one whose question is over does not hold up the next
    this.#shown = questions.find(({ key }) => !this.#asked.has(key));
    if (this.#shown !== undefined) {
      this.#asked = new Set([...this.#asked, this.#shown.key]);
      void this.#ask(this.#shown);
    }
  }

  async #ask(question: RoamingQuestion): Promise<void> {
    const { offer } = question;
    const [yes, no] = offer.kind === 'offered' ? [t('Migrate'), t('Ignore')] : [t('Accept'), t('Reject')];
    const show =
      offer.kind === 'activated' && !offer.isSuitable ? window.showWarningMessage : window.showInformationMessage;
    const answer = await show(questionText(question, t), yes, no);
    if (this.#shown === question) {
      this.#shown = undefined;
    }
    if (!this.#isDisposed && answer !== undefined) {
      await this.#answer(question, answer === yes);
    }
    if (!this.#isDisposed) {
      this.#askNext();
    }
  }

  async #answer(question: RoamingQuestion, isYes: boolean): Promise<void> {
    const entries = stillWaiting(this.#manager, this.#list, question);
    if (entries.length === 0) {
      void window.showInformationMessage(t('Nothing was done: this question was over already.'));
    } else if (question.offer.kind === 'offered') {
      isYes ? await this.#actions.migrate(entries) : this.#actions.ignore(entries);
    } else {
      await (isYes ? this.#actions.accept(entries) : this.#actions.reject(entries));
    }
  }

  /** A move has failed, and the person is to hear of it. */
  collect(entry: SessionEntry, failure: SessionFailure): void {
    this.#failed.push({ entry, failure });
    this.look();
  }

  #tellOfFailures(): void {
    if (!window.state.focused) {
      return;
    }
    const messages = new Set<string>();
    for (const { entry, failure } of this.#failed) {
      const network = networkOf(this.#manager, entry.session);
      if (network !== undefined) {
        const name = displayName(this.#manager.configurationFromIdentifier(network), t);
        messages.add(stayedText(name, displayName(homeOf(entry.session), t), sentenceOf(failure, t), t));
      }
    }
    this.#failed = [];
    for (const message of messages) {
      void this.#tell(message);
    }
  }

  async #tell(message: string): Promise<void> {
    const showLog = t('Show Log');
    if ((await window.showWarningMessage(message, showLog)) === showLog) {
      await commands.executeCommand(commandId('showLog'));
    }
  }
}
