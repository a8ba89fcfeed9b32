import type { Translate } from './translate.js';

/** What the person reads of an extension that has only named itself. */
export const unproven = (name: string, t: Translate): string => t('an extension that calls itself {0}', name);

/** An owner at the beginning of a sentence. Names stay as they are. */
export function beginning(owner: string, t: Translate): string {
  return owner.startsWith(unproven('', t)) ? owner.charAt(0).toLocaleUpperCase() + owner.slice(1) : owner;
}
