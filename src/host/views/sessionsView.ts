import { type Disposable, type TreeDataProvider, type TreeItem, type TreeView, window } from 'vscode';
import {
  Capability,
  type Disposable as EngineDisposable,
  type NetworkConfigurationManager,
  type NetworkSession,
  userChoiceIdentifier,
} from '../../engine/index.js';
import { readAccessPoint } from '../model/accessPointView.js';
import { placesToGo } from '../model/migration.js';
import { sessionsViewId } from '../model/names.js';
import { networkOf } from '../model/networkView.js';
import { waitsForPerson } from '../model/roamingQuestions.js';
import { type SessionView, sessionItem, sessionRows, type Travel } from '../model/sessionItem.js';
import type { SessionEntry, SessionList } from '../model/sessionList.js';
import type { Settings } from '../settings.js';
import { timeOf } from '../timeOf.js';
import { tooltipOf } from '../tooltip.js';
import { t } from '../translate.js';
import { treeItem } from './treeItem.js';
import { TreeRefresh } from './treeRefresh.js';

/** Milliseconds in which a tooltip is read: a row that is drawn again loses it, so figures stand still meanwhile. */
const reading = 10_000;

/** The sessions of this window, with figures that move while somebody looks. */
export class SessionsView implements Disposable, TreeDataProvider<SessionEntry> {
  readonly #manager: NetworkConfigurationManager;
  readonly #list: SessionList;
  readonly #settings: Settings;
  readonly #refresh: TreeRefresh<SessionEntry>;
  readonly #view: TreeView<SessionEntry>;
  readonly #subscriptions: readonly (Disposable | EngineDisposable)[];
  #timer: NodeJS.Timeout | undefined;
  /** Until when somebody reads a tooltip, on the clock of `performance`. */
  #readUntil = 0;

  readonly onDidChangeTreeData;

  constructor(manager: NetworkConfigurationManager, list: SessionList, settings: Settings) {
    this.#manager = manager;
    this.#list = list;
    this.#settings = settings;
    this.#refresh = new TreeRefresh<SessionEntry>(
      () => list.shown,
      (entry) => sessionItem(this.#read(entry), settings.values['statusBar.unit'], t),
    );
    this.onDidChangeTreeData = this.#refresh.onDidChangeTreeData;
    this.#view = window.createTreeView(sessionsViewId, { treeDataProvider: this });
    // An extension host that has died left its badge: VS Code passes on only what is another than the last of this host.
    this.#view.badge = { value: 0, tooltip: '' };
    this.#view.badge = undefined;
    this.#refresh.attach(this.#view, () => this.#schedule());
    const request = () => {
      this.#refresh.request();
      this.#count();
      this.#schedule();
    };
    this.#subscriptions = [
      list.onDidChange(request),
      manager.onDidChangeConfiguration(request),
      manager.onDidChangeSystem(request),
      settings.onDidChange(request),
      window.onDidChangeWindowState(request),
    ];
  }

  dispose(): void {
    clearTimeout(this.#timer);
    for (const subscription of this.#subscriptions) {
      subscription.dispose();
    }
    this.#refresh.dispose();
    this.#view.dispose();
  }

  getChildren(parent?: SessionEntry): SessionEntry[] {
    return parent === undefined ? [...this.#refresh.take()] : [];
  }

  getTreeItem(entry: SessionEntry): TreeItem {
    return treeItem(entry.id, this.#refresh.draw(entry));
  }

  resolveTreeItem(item: TreeItem, entry: SessionEntry): TreeItem {
    this.#readUntil = performance.now() + reading;
    const view = this.#read(entry);
    item.tooltip = tooltipOf(
      sessionItem(view, this.#settings.values['statusBar.unit'], t).label,
      sessionRows(view, timeOf, t),
    );
    return item;
  }

  /** On the icon of the container: how many sessions wait for an answer. */
  #count(): void {
    const value = this.#list.shown.filter((entry) => waitsForPerson(this.#manager, entry)).length;
    if (value !== (this.#view.badge?.value ?? 0)) {
      const tooltip = value === 1 ? t('1 session waits for an answer') : t('{0} sessions wait for an answer', value);
      this.#view.badge = value === 0 ? undefined : { value, tooltip };
    }
  }

  #travelOf({ session, log }: SessionEntry): Travel | undefined {
    const identifier = networkOf(this.#manager, session) ?? choosing(session);
    return identifier === undefined
      ? undefined
      : {
          network: this.#manager.configurationFromIdentifier(identifier),
          state: session.state,
          offer: session.offer,
          moves: log.records,
          canMigrate: placesToGo(this.#manager, session).length > 0,
        };
  }

  #read(entry: SessionEntry): SessionView {
    const { session, phase, accessPoint } = entry;
    const travel = this.#travelOf(entry);
    const counts = (this.#manager.capabilities & Capability.DataStatistics) !== 0;
    return {
      phase,
      accessPoint: readAccessPoint(this.#manager, accessPoint),
      owner: session.owner,
      reason: session.reason,
      activeTime: session.activeTime,
      bytesReceived: counts ? session.bytesReceived : undefined,
      bytesWritten: counts ? session.bytesWritten : undefined,
      ...(travel === undefined ? {} : { travel }),
    };
  }

  /** Figures move only while the view is shown in a window that somebody is at, and a session is open. */
  #schedule(): void {
    const moves = this.#view.visible && window.state.focused && this.#list.lastOpened !== undefined;
    if (!moves) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
    } else if (this.#timer === undefined) {
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        if (performance.now() >= this.#readUntil) {
          this.#refresh.request();
        }
        this.#schedule();
      }, this.#settings.values['sampling.interval']);
    }
  }
}

/** A user choice that is not made yet. */
function choosing({ configuration, isOpen }: NetworkSession): string | undefined {
  return configuration.identifier === userChoiceIdentifier && !isOpen ? userChoiceIdentifier : undefined;
}
