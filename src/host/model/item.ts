import type { ItemWord } from './names.js';

/** What a tree item shows, free of the editor. Every text is harmless already. */
export interface ItemModel {
  readonly label: string;
  readonly description: string;
  /** A product icon, and a theme colour for it. Colour never says anything alone. */
  readonly icon: { readonly id: string; readonly color?: string };
  readonly contextValue: string;
  /** What a screen reader says. No moving figures: it would say each change. */
  readonly accessibleLabel: string;
}

/** A line of a tooltip. */
export interface Row {
  readonly label: string;
  readonly value: string;
}

export const words = (...parts: readonly (ItemWord | false)[]): string =>
  parts.filter((part) => part !== false).join(' ');
export const joined = (separator: string, ...parts: readonly (string | false | undefined)[]): string =>
  parts.filter((part) => part !== false && part !== undefined && part !== '').join(separator);

export function sameItem(one: ItemModel | undefined, other: ItemModel): boolean {
  return (
    one !== undefined &&
    one.label === other.label &&
    one.description === other.description &&
    one.icon.id === other.icon.id &&
    one.icon.color === other.icon.color &&
    one.contextValue === other.contextValue &&
    one.accessibleLabel === other.accessibleLabel
  );
}
