import { l10n } from 'vscode';
import type { Translate } from '../model/translate.js';

/** Texts in the language of the editor. */
export const t: Translate = (message, ...values) => l10n.t(message, ...values);
