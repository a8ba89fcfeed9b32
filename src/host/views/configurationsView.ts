import { type Disposable, type TreeDataProvider, type TreeItem, type TreeView, window } from 'vscode';
import type { Disposable as EngineDisposable, NetworkConfigurationManager } from '../../engine/index.js';
import { inOrder, keepOrder, readAccessPoint } from '../model/accessPointView.js';
import { accessPointRows, configurationItem } from '../model/configurationItem.js';
import { configurationsViewId } from '../model/names.js';
import { tooltipOf } from '../tooltip.js';
import { t } from '../translate.js';
import { treeItem } from './treeItem.js';
import { TreeRefresh } from './treeRefresh.js';

/** Every configuration of this machine. Its elements are identifiers. */
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
  constructor(manager: NetworkConfigurationManager, machine: string | undefined) {
    this.#manager = manager;
    this.#refresh = new TreeRefresh(
      () => this.#inOrder(),
      (identifier) => configurationItem(readAccessPoint(manager, identifier), t),
    );
    this.onDidChangeTreeData = this.#refresh.onDidChangeTreeData;
    this.#view = window.createTreeView(configurationsViewId, { treeDataProvider: this });
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
    return parent === undefined ? [...this.#refresh.take()] : [];
  }

  getTreeItem(identifier: string): TreeItem {
    return treeItem(identifier, this.#refresh.draw(identifier));
  }

  resolveTreeItem(item: TreeItem, identifier: string): TreeItem {
    const view = readAccessPoint(this.#manager, identifier);
    item.tooltip = tooltipOf(configurationItem(view, t).label, accessPointRows(view, t));
    return item;
  }

  #inOrder(): readonly string[] {
    this.#order = keepOrder(
      this.#order,
      inOrder(this.#manager).map(({ identifier }) => identifier),
    );
    return this.#order;
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
