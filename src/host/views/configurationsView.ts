import {
  type Disposable,
  type TreeDataProvider,
  type TreeItem,
  TreeItemCollapsibleState,
  type TreeView,
  window,
} from 'vscode';
import {
  type Counters,
  type Disposable as EngineDisposable,
  type NetworkConfigurationManager,
  userChoiceIdentifier,
} from '../../engine/index.js';
import type { Settings } from '../editor/settings.js';
import { t } from '../editor/translation.js';
import { inOrder, keepOrder, readAccessPoint } from '../model/accessPointView.js';
import { accessPointRows, configurationItem } from '../model/configurationItem.js';
import { holderItem, holderRows, holdersOf, nobody, readHolder } from '../model/holders.js';
import type { ItemModel, Row } from '../model/item.js';
import { configurationsViewId } from '../model/names.js';
import { elementKey, elementOf, holderKey, programOf } from '../model/networkEdits.js';
import { definitionOf, memberItem, membersOf, networkItem, networkRows, readNetwork } from '../model/networkView.js';
import { internetIdentifier } from '../model/serviceNetworks.js';
import type { SessionList } from '../model/sessionList.js';
import { type Drop, NetworkDrop } from './networkDrop.js';
import { tooltipOf } from './tooltip.js';
import { treeItem } from './treeItem.js';
import { TreeRefresh } from './treeRefresh.js';

/**
 * Every configuration of this machine: the service networks with their access points in order, the user choice, and then
 * each access point by itself, with who holds it where other windows do. Its elements are the keys of {@link elementOf}.
 */
export class ConfigurationsView implements Disposable, TreeDataProvider<string> {
  readonly #manager: NetworkConfigurationManager;
  readonly #list: SessionList;
  readonly #settings: Settings;
  readonly #counters: (identifier: string) => Counters | undefined;
  readonly #refresh: TreeRefresh<string>;
  readonly #view: TreeView<string>;
  readonly #subscriptions: readonly EngineDisposable[];
  #watch: EngineDisposable | undefined;
  /** As it was sorted when somebody began to look. */
  #order: readonly string[] = [];

  readonly onDidChangeTreeData;

  /**
   * @param counters what an interface has carried; asked when somebody reads a tooltip
   * @param machine the name of the machine whose network this is, where it is not the one that the person sits at
   */
  constructor(
    manager: NetworkConfigurationManager,
    list: SessionList,
    drop: Drop,
    settings: Settings,
    counters: (identifier: string) => Counters | undefined,
    machine: string | undefined,
  ) {
    this.#manager = manager;
    this.#list = list;
    this.#settings = settings;
    this.#counters = counters;
    this.#refresh = new TreeRefresh<string>({
      elements: (parent) => (parent === undefined ? this.#roots() : this.#children(parent)),
      model: (key) => this.#model(key),
      isExpanded: (key) => this.#collapsible(key) === TreeItemCollapsibleState.Expanded,
    });
    this.onDidChangeTreeData = this.#refresh.onDidChangeTreeData;
    this.#view = window.createTreeView(configurationsViewId, {
      treeDataProvider: this,
      dragAndDropController: new NetworkDrop(drop),
    });
    if (machine !== undefined) {
      this.#view.description = machine;
    }
    this.#refresh.attach(this.#view, (visible) => this.#look(visible));
    const request = () => this.#refresh.request();
    this.#subscriptions = [
      manager.onDidAddConfiguration(request),
      manager.onDidChangeConfiguration(request),
      manager.onDidRemoveConfiguration(request),
      manager.onDidChangeSystem(request),
      manager.onDidChangeSessions(request),
      manager.onDidChangeHolders(request),
      list.onDidChange(request),
    ];
  }

  dispose(): void {
    this.#watch?.dispose();
    for (const subscription of this.#subscriptions) {
      subscription.dispose();
    }
    this.#refresh.dispose();
    this.#view.dispose();
  }

  getChildren(parent?: string): string[] {
    return [...this.#refresh.take(parent)];
  }

  getTreeItem(key: string): TreeItem {
    return treeItem(key, this.#refresh.draw(key), this.#collapsible(key));
  }

  /** What the person has made is there to be seen. The one of ours repeats what is below; who holds it, the row counts. */
  #collapsible(key: string): TreeItemCollapsibleState {
    if (!this.#isNetwork(key)) {
      return this.#children(key).length > 0 ? TreeItemCollapsibleState.Collapsed : TreeItemCollapsibleState.None;
    }
    return key === internetIdentifier ? TreeItemCollapsibleState.Collapsed : TreeItemCollapsibleState.Expanded;
  }

  resolveTreeItem(item: TreeItem, key: string): TreeItem {
    item.tooltip = tooltipOf(this.#model(key).label, this.#rows(key));
    return item;
  }

  #isNetwork(key: string): boolean {
    return definitionOf(this.#manager, key) !== undefined;
  }

  #model(key: string): ItemModel {
    const { network, identifier } = elementOf(key);
    const program = programOf(key);
    if (program !== undefined) {
      return holderItem(readHolder(this.#manager, this.#list, identifier, program) ?? nobody, t);
    }
    if (network !== undefined) {
      return memberItem(readAccessPoint(this.#manager, identifier), readNetwork(this.#manager, network), t);
    }
    return key === userChoiceIdentifier || this.#isNetwork(key)
      ? networkItem(readNetwork(this.#manager, key), t)
      : configurationItem(readAccessPoint(this.#manager, key), t);
  }

  #rows(key: string): readonly Row[] {
    const { identifier } = elementOf(key);
    const program = programOf(key);
    if (program !== undefined) {
      const view = readHolder(this.#manager, this.#list, identifier, program) ?? nobody;
      return holderRows(view, this.#counters(identifier), this.#settings.values['statusBar.unit'], t);
    }
    return key === userChoiceIdentifier || this.#isNetwork(key)
      ? networkRows(readNetwork(this.#manager, key), t)
      : accessPointRows(readAccessPoint(this.#manager, identifier), t);
  }

  /** Nothing while no access point is known: the view says why then. */
  #roots(): readonly string[] {
    const accessPoints = inOrder(this.#manager).map(({ identifier }) => identifier);
    this.#order = keepOrder(this.#order, accessPoints);
    if (accessPoints.length === 0) {
      return [];
    }
    const networks = this.#manager.serviceNetworks
      .map(({ identifier }) => identifier)
      .filter((identifier) => identifier !== internetIdentifier || this.#children(identifier).length > 0);
    return [...networks, userChoiceIdentifier, ...this.#order];
  }

  #children(key: string): readonly string[] {
    if (this.#isNetwork(key)) {
      return membersOf(this.#manager, key).map(({ identifier }) => elementKey({ network: key, identifier }));
    }
    const isAccessPoint = programOf(key) === undefined && elementOf(key).network === undefined;
    return isAccessPoint ? holdersOf(this.#manager, key).map((program) => holderKey(key, program)) : [];
  }

  /** A platform that is not told of changes looks for them only while somebody looks. */
  #look(visible: boolean): void {
    if (visible) {
      this.#order = [];
      this.#watch ??= this.#manager.watch();
    } else {
      this.#watch?.dispose();
      this.#watch = undefined;
    }
  }
}
