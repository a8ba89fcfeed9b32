import {
  type Disposable,
  type TreeDataProvider,
  type TreeItem,
  TreeItemCollapsibleState,
  type TreeView,
  window,
} from 'vscode';
import {
  type Disposable as EngineDisposable,
  type NetworkConfigurationManager,
  userChoiceIdentifier,
} from '../../engine/index.js';
import { inOrder, keepOrder, readAccessPoint } from '../model/accessPointView.js';
import { accessPointRows, configurationItem } from '../model/configurationItem.js';
import type { ItemModel, Row } from '../model/item.js';
import { configurationsViewId } from '../model/names.js';
import { elementKey, elementOf } from '../model/networkEdits.js';
import { definitionOf, memberItem, networkItem, networkRows, readNetwork } from '../model/networkView.js';
import { internetIdentifier } from '../model/serviceNetworks.js';
import type { SessionList } from '../model/sessionList.js';
import type { Networks } from '../networks.js';
import { tooltipOf } from '../tooltip.js';
import { t } from '../translate.js';
import { NetworkDrop } from './networkDrop.js';
import { treeItem } from './treeItem.js';
import { TreeRefresh } from './treeRefresh.js';

/**
 * Every configuration of this machine: the service networks with their access points in order, the user choice, and then
 * each access point by itself. Its elements are the keys of {@link elementOf}.
 */
export class ConfigurationsView implements Disposable, TreeDataProvider<string> {
  readonly #manager: NetworkConfigurationManager;
  readonly #refresh: TreeRefresh<string>;
  readonly #view: TreeView<string>;
  readonly #subscriptions: readonly EngineDisposable[];
  #watch: EngineDisposable | undefined;
  /** As it was sorted when somebody began to look. */
  #order: readonly string[] = [];

  readonly onDidChangeTreeData;

  /** @param machine the name of the machine whose network this is, where it is not the one that the person sits at. */
  constructor(
    manager: NetworkConfigurationManager,
    list: SessionList,
    networks: Networks,
    machine: string | undefined,
  ) {
    this.#manager = manager;
    this.#refresh = new TreeRefresh(
      (parent) => (parent === undefined ? this.#roots() : this.#children(parent)),
      (key) => this.#model(key),
    );
    this.onDidChangeTreeData = this.#refresh.onDidChangeTreeData;
    this.#view = window.createTreeView(configurationsViewId, {
      treeDataProvider: this,
      dragAndDropController: new NetworkDrop(networks),
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

  /** What the person has made is there to be seen. The one of ours repeats what is below. */
  #collapsible(key: string): TreeItemCollapsibleState {
    if (!this.#isNetwork(key)) {
      return TreeItemCollapsibleState.None;
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
    if (network !== undefined) {
      return memberItem(readAccessPoint(this.#manager, identifier), readNetwork(this.#manager, network), t);
    }
    return key === userChoiceIdentifier || this.#isNetwork(key)
      ? networkItem(readNetwork(this.#manager, key), t)
      : configurationItem(readAccessPoint(this.#manager, key), t);
  }

  #rows(key: string): readonly Row[] {
    return key === userChoiceIdentifier || this.#isNetwork(key)
      ? networkRows(readNetwork(this.#manager, key), t)
      : accessPointRows(readAccessPoint(this.#manager, elementOf(key).identifier), t);
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

  #children(network: string): readonly string[] {
    return this.#isNetwork(network)
      ? this.#manager
          .configurationFromIdentifier(network)
          .children.map(({ identifier }) => elementKey({ network, identifier }))
      : [];
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
