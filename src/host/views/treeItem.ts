import { ThemeColor, ThemeIcon, TreeItem, type TreeItemCollapsibleState } from 'vscode';
import type { ItemModel } from '../model/item.js';

/** Draws a model. The tooltip is left open: it is made when somebody asks for it. */
export function treeItem(
  id: string,
  { label, description, icon, contextValue, accessibleLabel }: ItemModel,
  collapsible?: TreeItemCollapsibleState,
): TreeItem {
  const item = new TreeItem(label, collapsible);
  item.id = id;
  item.description = description;
  item.iconPath =
    icon.color === undefined ? new ThemeIcon(icon.id) : new ThemeIcon(icon.id, new ThemeColor(icon.color));
  item.contextValue = contextValue;
  item.accessibilityInformation = { label: accessibleLabel };
  return item;
}
