import { type Disposable, window } from 'vscode';
import { type Disposable as EngineDisposable, NetworkConfigurationManager, type Platform } from '../engine/index.js';
import type { CommandTargets } from './commands.js';
import type { ContextKeyDoor } from './contextKeys.js';
import type { Dialogs } from './dialogs.js';
import type { Log } from './log.js';
import { LossNotice } from './lossNotice.js';
import { lossLine } from './model/loss.js';
import type { Surroundings } from './model/report.js';
import { type SessionEntry, SessionList } from './model/sessionList.js';
import { definitionsIn, Networks } from './networks.js';
import { Prompts } from './prompts.js';
import { RoamingActions } from './roamingActions.js';
import { RoamingNotice } from './roamingNotice.js';
import { SessionActions } from './sessionActions.js';
import type { Settings } from './settings.js';
import { StageKeys } from './stage.js';
import { StatusBar } from './statusBar.js';
import { t } from './translate.js';
import { ConfigurationsView } from './views/configurationsView.js';
import { SessionsView } from './views/sessionsView.js';

/** What is there before and after any platform. */
export interface Surface {
  readonly log: Log;
  readonly settings: Settings;
  readonly keys: ContextKeyDoor;
  readonly surroundings: Surroundings;
  /** The name of the machine whose network this is, where it is not the one that the person sits at. */
  readonly machine: string | undefined;
}

/** Everything that the editor shows and does with one platform. */
export class Frontend {
  readonly manager: NetworkConfigurationManager;
  readonly list: SessionList;
  readonly prompts: Prompts;
  /** What the commands work on. */
  readonly targets: CommandTargets;
  /** Resolves after the first full reading, or when it has failed. */
  readonly ready: Promise<void>;
  readonly #surface: Surface;
  readonly #actions: SessionActions;
  readonly #stage: StageKeys;
  readonly #statusBar: StatusBar;
  readonly #disposables: readonly (Disposable | EngineDisposable)[];
  readonly #makeDialogs: () => Promise<Dialogs>;
  #madeDialogs: Promise<Dialogs> | undefined;
  #settle: () => void = () => undefined;
  #isDisposed = false;

  constructor(platform: Platform, surface: Surface) {
    const { log, settings } = surface;
    this.#surface = surface;
    this.ready = new Promise((resolve) => {
      this.#settle = resolve;
    });
    const report = (error: unknown) => log.defect('A listener failed', error);
    // where the editor's own connection may ride on the network, nothing moves without an answer
    const isRemote = surface.surroundings.remote !== undefined;
    const manager = new NetworkConfigurationManager(platform, {
      serviceNetworks: definitionsIn(settings, isRemote),
      lastClose: settings.values['sessions.lastClose'],
      logger: log,
      ask: (question, signal) =>
        question.kind === 'displace'
          ? this.prompts.mayDisplace(question, signal)
          : this.prompts.choose(question, signal),
    });
    const list = new SessionList(manager, report);
    this.manager = manager;
    this.list = list;
    const networks = new Networks(manager, list, settings, isRemote);
    const roaming = new RoamingActions();
    this.prompts = new Prompts(manager, list, () => this.#dialogs(), isRemote);
    this.#actions = new SessionActions(manager, list, this.prompts);
    this.#stage = new StageKeys(manager, surface.keys);
    this.#statusBar = new StatusBar(manager, list, settings);
    this.#disposables = [
      this.#stage,
      this.#statusBar,
      list.onDidLose(({ phase }) => phase.kind === 'lost' && log.info(lossLine(phase.failure))),
      new LossNotice(manager, list, this.#actions),
      networks,
      new RoamingNotice(manager, list, roaming, log),
      new ConfigurationsView(manager, list, networks, surface.machine),
      new SessionsView(manager, list, settings),
      settings.onDidChange(() => {
        manager.lastClose = settings.values['sessions.lastClose'];
      }),
    ];
    this.targets = { manager, list, actions: this.#actions, roaming, dialogs: () => this.#dialogs(), log };
    const { surroundings } = surface;
    this.#makeDialogs = async () => {
      const dialogs = await import('./dialogs.js');
      return new dialogs.Dialogs({ manager, list, actions: this.#actions, roaming, networks, settings, surroundings });
    };
  }

  /** Read when they are first needed. */
  #dialogs(): Promise<Dialogs> {
    this.#madeDialogs ??= this.#makeDialogs();
    return this.#madeDialogs;
  }

  /** The sessions that would be closed with it. */
  get open(): readonly SessionEntry[] {
    return this.list.shown.filter(({ session }) => session.isOpen || session.isOpening);
  }

  /** What the sessions are on that the person has open, each as often as it is open. */
  get openedByPerson(): readonly string[] {
    return this.open.filter(({ byPerson }) => byPerson).map(({ target }) => target);
  }

  /** Reads the network and watches it from then on; then opens these again. Never rejects. */
  async start(reopen: readonly string[] = []): Promise<void> {
    const { log } = this.#surface;
    try {
      await this.manager.start();
    } catch (error) {
      this.#settle();
      if (!this.#isDisposed) {
        log.defect('The network of this machine cannot be read', error);
        this.#stage.started(false);
        const showLog = t('Show Log');
        const message = t('Network Sessions cannot read the network of this machine.');
        void window.showErrorMessage(message, showLog).then((answer) => answer === showLog && log.show());
      }
      return;
    }
    this.#settle();
    if (!this.#isDisposed) {
      log.info(`Watching the network through ${this.manager.system.platform}.`);
      this.#stage.started(true);
      this.#statusBar.start();
      await Promise.all(reopen.map((identifier) => this.#actions.open(identifier)));
    }
  }

  /** Takes everything off the screen, then closes the sessions and waits for what that stops. */
  async dispose(): Promise<void> {
    this.#isDisposed = true;
    for (const disposable of this.#disposables) {
      disposable.dispose();
    }
    await this.manager.dispose();
  }
}
