import type { Offer } from '../../engine/index.js';
import type { Translate } from './translate.js';
import { displayName } from './words.js';

/** How far a move is, for a row; '' when there is none. Without the time that is left, which moves. */
export function offerPhrase(offer: Offer, t: Translate): string {
  const name = 'configuration' in offer && offer.configuration !== undefined ? displayName(offer.configuration, t) : '';
  switch (offer.kind) {
    case 'none':
      return '';
    case 'offered':
      return offer.isUpgrade ? t('{0} is available', name) : t('failing, {0} is available', name);
    case 'migrating':
      return t('starting {0}', name);
    case 'testing':
      return t('testing {0}', name);
    case 'activated':
      return t('keep {0}?', name);
    case 'accepting':
      return t('moving to {0}', name);
    case 'returning':
      return t('going back to {0}', name);
    case 'escaping':
      return name === '' ? t('looking for another access point') : t('moving to {0}', name);
  }
}

/** Whole seconds until a move that nobody answers goes back by itself; undefined where nothing waits. */
export const secondsLeft = (offer: Offer): number | undefined =>
  offer.kind === 'activated' ? Math.ceil(offer.timeLeft / 1000) : undefined;
