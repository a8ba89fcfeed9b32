import type { CauseCode } from '../../engine/index.js';
import type { Translate } from './translate.js';

/** Why a session was lost, as short as a row has room for. The name stands in the row already. */
const phrases: Readonly<Record<CauseCode, (t: Translate) => string>> = {
  notDefined: (t) => t('not known any more'),
  noAccessPoint: (t) => t('no access point to use'),
  notInReach: (t) => t('not in reach'),
  cannotStart: (t) => t('cannot be started from here'),
  cannotStop: (t) => t('cannot be stopped from here'),
  cannotUpdate: (t) => t('cannot look for networks'),
  missingPermission: (t) => t('permission is missing'),
  platformAway: (t) => t('network service not answering'),
  wouldDisplace: (t) => t('would take down another'),
  disposed: (t) => t('given back'),
  refused: (t) => t('refused'),
  secretsMissing: (t) => t('password or key is missing'),
  settingsWrong: (t) => t('settings not accepted'),
  noAddress: (t) => t('no address was given'),
  authenticationFailed: (t) => t('wrong password or key'),
  deviceFailed: (t) => t('device failed'),
  timedOut: (t) => t('not ready in time'),
  carrierLost: (t) => t('cable pulled or signal gone'),
  disconnectedElsewhere: (t) => t('disconnected by another program or person'),
  displaced: (t) => t('another was started on its device'),
  deviceRemoved: (t) => t('device removed'),
  profileRemoved: (t) => t('deleted'),
  sleeping: (t) => t('machine went to sleep'),
  networkingOff: (t) => t('networking switched off'),
  platformGone: (t) => t('network service went away'),
  platformRestarted: (t) => t('network service restarted'),
  platformChanged: (t) => t('listed in another way'),
  wentDown: (t) => t('went down'),
  stoppedBySession: (t) => t('stopped by another session'),
  stoppedElsewhere: (t) => t('stopped by another window'),
  cancelled: (t) => t('cancelled'),
  cannotRoam: (t) => t('cannot move'),
  notOpen: (t) => t('not open'),
  mustChoose: (t) => t('nobody could be asked'),
  noOffer: (t) => t('nothing to answer'),
  notInNetwork: (t) => t('not one of its access points'),
  ledgerSilent: (t) => t('counting window not answering'),
  movingElsewhere: (t) => t('another window is moving to it'),
  tooManyHeld: (t) => t('too many are held already'),
  other: (t) => t('could not be used'),
};

/** The whole sentence is `sentenceOf`. */
export function causePhrase(code: CauseCode, t: Translate): string {
  return phrases[code](t);
}
