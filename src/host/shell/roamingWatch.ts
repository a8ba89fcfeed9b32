import { type Disposable, window } from 'vscode';
import type { Disposable as EngineDisposable, NetworkConfigurationManager } from '../../engine/index.js';
import type { RoamingNotice } from '../dialogs/roamingNotice.js';
import type { Log } from '../editor/log.js';
import { moveLine } from '../model/moves.js';
import { isCancelled } from '../model/sentences.js';
import type { SessionEntry, SessionList } from '../model/sessionList.js';

/** Waits for the first move: what asks about moves is read then. */
export class RoamingWatch implements Disposable {
  readonly #load: () => Promise<RoamingNotice>;
  readonly #log: Log;
  readonly #subscriptions: readonly (Disposable | EngineDisposable)[];
  #notice: Promise<RoamingNotice> | undefined;

  constructor(manager: NetworkConfigurationManager, list: SessionList, log: Log, load: () => Promise<RoamingNotice>) {
    this.#load = load;
    this.#log = log;
    const look = () => this.#notice !== undefined && this.#tell((notice) => notice.look());
    this.#subscriptions = [
      list.onDidChange(({ session }) => {
        this.#notice ??= session.offer.kind === 'none' ? undefined : this.#load();
        look();
      }),
      // another policy asks others
      manager.onDidChangeConfiguration(look),
      window.onDidChangeWindowState(look),
      list.onDidMove(({ move }) => log.info(moveLine(move))),
      list.onDidFailToMove((entry) => this.#failed(entry)),
    ];
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) {
      subscription.dispose();
    }
    this.#notice?.then(
      (notice) => notice.dispose(),
      () => undefined,
    );
  }

  /** What moves by itself, or for an extension, fails silently: the log and the tooltip tell. */
  #failed(entry: SessionEntry): void {
    const { failure } = entry.session;
    if (entry.tellsOfMoves && failure !== undefined && !isCancelled(failure)) {
      this.#tell((notice) => notice.collect(entry, failure));
    }
  }

  #tell(act: (notice: RoamingNotice) => void): void {
    this.#notice ??= this.#load();
    this.#notice.then(act).catch((error: unknown) => this.#log.defect('Moves cannot be asked about', error));
  }
}
