import { type Disposable, type TreeDataProvider, type TreeItem, type TreeView, window } from 'vscode';
import {
  Capability,
  type Counters,
  type Disposable as EngineDisposable,
  type NetworkConfigurationManager,
  type NetworkSession,
  userChoiceIdentifier,
} from '../../engine/index.js';
import type { Settings } from '../editor/settings.js';
import { t } from '../editor/translation.js';
import { readAccessPoint } from '../model/accessPointView.js';
import {
  Elsewhere,
  elsewhereItem,
  type HolderView,
  holderRows,
  nobody,
  readHolder,
  type SessionsElsewhere,
} from '../model/holders.js';
import type { ItemModel, Row } from '../model/item.js';
import { placesToGo } from '../model/migration.js';
import { sessionsViewId } from '../model/names.js';
import { networkOf } from '../model/networkView.js';
import { waitsForPerson } from '../model/roamingQuestions.js';
import { type SessionView, sessionItem, sessionRows, type Travel } from '../model/sessionItem.js';
import { SessionEntry, type SessionList } from '../model/sessionList.js';
import { timeOf } from './timeOf.js';
import { tooltipOf } from './tooltip.js';
import { treeItem } from './treeItem.js';
import { TreeRefresh } from './treeRefresh.js';

/** Milliseconds in which a tooltip is read: a row that is drawn again loses it, so figures stand still meanwhile. */
const reading = 10_000;

type Element = SessionEntry | SessionsElsewhere;

/** The sessions of this window, with figures that move while somebody looks; below them those of other windows. */
export class SessionsView implements Disposable, TreeDataProvider<Element> {
  readonly #manager: NetworkConfigurationManager;
  readonly #list: SessionList;
  readonly #settings: Settings;
  readonly #counters: (identifier: string) => Counters | undefined;
  readonly #refresh: TreeRefresh<Element>;
  readonly #view: TreeView<Element>;
  readonly #subscriptions: readonly (Disposable | EngineDisposable)[];
  #timer: NodeJS.Timeout | undefined;
  /** Until when somebody reads a tooltip, on the clock of `performance`. */
  #readUntil = 0;

  readonly onDidChangeTreeData;

  /** @param counters what an interface has carried; asked when somebody reads a tooltip */
  constructor(
    manager: NetworkConfigurationManager,
    list: SessionList,
    settings: Settings,
    counters: (identifier: string) => Counters | undefined,
  ) {
    this.#manager = manager;
    this.#counters = counters;
    this.#list = list;
    this.#settings = settings;
    const elsewhere = new Elsewhere(manager);
    this.#refresh = new TreeRefresh<Element>({
      elements: (parent) => (parent === undefined ? [...list.shown, ...elsewhere.all] : []),
      model: (element) => this.#model(element),
      isExpanded: () => false,
    });
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
      manager.onDidChangeHolders(request),
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

  getChildren(parent?: Element): Element[] {
    return parent === undefined ? [...this.#refresh.take()] : [];
  }

  getTreeItem(element: Element): TreeItem {
    return treeItem(element.id, this.#refresh.draw(element));
  }

  resolveTreeItem(item: TreeItem, element: Element): TreeItem {
    this.#readUntil = performance.now() + reading;
    item.tooltip = tooltipOf(this.#model(element).label, this.#rows(element));
    return item;
  }

  #model(element: Element): ItemModel {
    return element instanceof SessionEntry
      ? sessionItem(this.#read(element), this.#settings.values['statusBar.unit'], t)
      : elsewhereItem(this.#manager, element.identifier, this.#holderOf(element), t);
  }

  #rows(element: Element): readonly Row[] {
    return element instanceof SessionEntry
      ? sessionRows(this.#read(element), timeOf, t)
      : holderRows(
          this.#holderOf(element),
          this.#counters(element.identifier),
          this.#settings.values['statusBar.unit'],
          t,
        );
  }

  #holderOf({ identifier, program }: SessionsElsewhere): HolderView {
    return readHolder(this.#manager, this.#list, identifier, program) ?? nobody;
  }

  /** On the icon of the container: how many sessions wait for an answer. */
  #count(): void {
    const value = this.#list.shown.filter((entry) => waitsForPerson(this.#manager, entry)).length;
    if (value !== (this.#view.badge?.value ?? 0)) {
      const tooltip = value === 1 ? t('1 session waits for an answer') : t('{0} sessions wait for an answer', value);
      this.#view.badge = value === 0 ? undefined : { value, tooltip };
    }
  }

  #travelOf({ session, moves }: SessionEntry): Travel | undefined {
    const identifier = networkOf(this.#manager, session) ?? choosing(session);
    return identifier === undefined
      ? undefined
      : {
          network: this.#manager.configurationFromIdentifier(identifier),
          state: session.state,
          offer: session.offer,
          moves,
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
