import { type Disposable, window } from 'vscode';
import type { SharedLedger } from '../../broker/index.js';
import { type Disposable as EngineDisposable, NetworkConfigurationManager, type Platform } from '../../engine/index.js';
import type { Dialogs } from '../dialogs/dialogs.js';
import type { ContextKeyDoor } from '../editor/contextKeys.js';
import type { Log } from '../editor/log.js';
import { definitionsIn, Networks } from '../editor/networks.js';
import { Prompts } from '../editor/prompts.js';
import type { Settings } from '../editor/settings.js';
import { t } from '../editor/translation.js';
import { lossLine } from '../model/loss.js';
import type { Surroundings } from '../model/report.js';
import { type SessionEntry, SessionList } from '../model/sessionList.js';
import { type Leaving, letGo } from '../model/sharing.js';
import { ConfigurationsView } from '../views/configurationsView.js';
import type { Drop } from '../views/networkDrop.js';
import { SessionsView } from '../views/sessionsView.js';
import { StageKeys } from '../views/stageKeys.js';
import { StatusBar } from '../views/statusBar.js';
import { RoamingWatch } from './roamingWatch.js';

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
  /** Resolves after the first full reading, or when it has failed. */
  readonly ready: Promise<void>;
  readonly #surface: Surface;
  readonly #ledger: SharedLedger | undefined;
  readonly #stage: StageKeys;
  readonly #statusBar: StatusBar;
  readonly #disposables: readonly (Disposable | EngineDisposable)[];
  readonly #makeDialogs: () => Promise<Dialogs>;
  #madeDialogs: Promise<Dialogs> | undefined;
  #settle: () => void = () => undefined;
  #isDisposed = false;

  /** @param ledger undefined where this window counts alone, because nothing is shared there */
  constructor(platform: Platform, ledger: SharedLedger | undefined, surface: Surface) {
    const { log, settings } = surface;
    this.#surface = surface;
    this.#ledger = ledger;
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
      ...(ledger === undefined ? {} : { ledger }),
      ask: (question, signal) =>
        question.kind === 'displace'
          ? this.prompts.mayDisplace(question, signal)
          : this.prompts.choose(question, signal),
    });
    const list = new SessionList(manager, report);
    this.manager = manager;
    this.list = list;
    const networks = new Networks(manager, settings, isRemote);
    this.prompts = new Prompts(manager, list, () => this.dialogs(), isRemote);
    this.#stage = new StageKeys(manager, surface.keys);
    this.#statusBar = new StatusBar(manager, list, settings, ledger);
    const drop: Drop = async (dragged, target) => (await this.dialogs()).drop(dragged, target);
    const counters = (identifier: string) => platform.counters(identifier);
    this.#disposables = [
      this.#stage,
      this.#statusBar,
      list.onDidLose((entry) => this.#lost(entry)),
      networks,
      new RoamingWatch(manager, list, log, async () => (await this.dialogs()).notice),
      new ConfigurationsView(manager, list, drop, settings, counters, surface.machine),
      new SessionsView(manager, list, settings, counters),
      settings.onDidChange(() => {
        manager.lastClose = settings.values['sessions.lastClose'];
      }),
    ];
    const { surroundings } = surface;
    this.#makeDialogs = async () => {
      const dialogs = await import('../dialogs/dialogs.js');
      return new dialogs.Dialogs({
        platform,
        manager,
        ledger,
        list,
        prompts: this.prompts,
        networks,
        settings,
        surroundings,
        log,
      });
    };
  }

  /** What the commands do, and what is asked. Read when it is first needed. */
  dialogs(): Promise<Dialogs> {
    this.#madeDialogs ??= this.#makeDialogs();
    return this.#madeDialogs;
  }

  /** Another extension's session is its own to tell of; the view shows it. */
  #lost(entry: SessionEntry): void {
    const { phase, byPerson } = entry;
    if (phase.kind === 'lost') {
      const { failure } = phase;
      const { log } = this.#surface;
      log.info(lossLine(failure));
      if (byPerson) {
        this.dialogs()
          .then(({ losses }) => losses.collect(entry, failure))
          .catch((error: unknown) => log.defect('A loss cannot be told of', error));
      }
    }
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
    this.#ledger?.start();
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
      if (reopen.length > 0) {
        await this.#reopen(reopen);
      }
    }
  }

  async #reopen(identifiers: readonly string[]): Promise<void> {
    try {
      const { actions } = await this.dialogs();
      await Promise.all(this.#isDisposed ? [] : identifiers.map((identifier) => actions.open(identifier)));
    } catch (error) {
      this.#surface.log.defect('Sessions cannot be opened again', error);
    }
  }

  /** Takes everything off the screen, then closes the sessions and waits for what that stops. */
  async dispose(leaving: Leaving): Promise<void> {
    this.#isDisposed = true;
    for (const disposable of this.#disposables) {
      disposable.dispose();
    }
    await letGo(this.#ledger, this.manager, leaving);
  }
}
