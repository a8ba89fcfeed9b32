/**
 * Puts a message into the person's language: `vscode.l10n.t` in the editor. `{0}` and so on stand for the values.
 * Always called as `t('…')` with the English text itself, so that a test can find all of them.
 */
export type Translate = (message: string, ...values: (string | number)[]) => string;

/** Fills in the values and leaves the English as it is. */
export const english: Translate = (message, ...values) =>
  message.replace(/\{(\d+)\}/g, (placeholder, index: string) => String(values[Number(index)] ?? placeholder));
