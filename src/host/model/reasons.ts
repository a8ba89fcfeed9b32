import type { NetworkConfigurationManager, NetworkSession } from '../../engine/index.js';
import { plainLine } from '../../shared/hostileText.js';
import { isStoppable } from './accessPointView.js';
import { windowNames } from './holders.js';
import type { SessionList } from './sessionList.js';
import type { Translate } from './translate.js';
import { displayName } from './words.js';

/** Why somebody has to be asked before an access point is taken down; none when it is nobody else's. */
export function reasonsToAsk(
  manager: NetworkConfigurationManager,
  identifier: string,
  t: Translate,
): readonly string[] {
  const name = displayName(manager.configurationFromIdentifier(identifier), t);
  const reasons: string[] = [];
  if (isRouted(manager, identifier)) {
    reasons.push(t('{0} carries the default route of this machine: without it, it may be offline.', name));
  }
  if (isStoppable(manager.stateOf(identifier)) && !manager.isStartedHere(identifier)) {
    reasons.push(t('{0} was not started by Network Sessions.', name));
  }
  return reasons;
}

/** Whose sessions a stop would end, beside those of who wants it. Sessions being opened count as open (O7). */
export function othersOn(list: SessionList, identifier: string, by: NetworkSession, t: Translate): readonly string[] {
  const owners = list.shown
    .filter(({ session, accessPoint }) => accessPoint === identifier && (session.isOpen || session.isOpening))
    .filter(({ session }) => session.owner !== by.owner)
    .map(({ session }) => (session.owner === undefined ? t('you') : plainLine(session.owner)));
  return owners.length === 0 ? [] : [t('This ends sessions opened by {0}.', [...new Set(owners)].join(', '))];
}

/** Which other windows a stop would take it away from. */
export function windowsOn(manager: NetworkConfigurationManager, identifier: string, t: Translate): readonly string[] {
  const holders = manager.holdersElsewhere(identifier);
  const names = windowNames(holders, t);
  return holders.length === 0
    ? []
    : [
        holders.length === 1
          ? t('Another window uses it: {0}.', names)
          : t('{0} other windows use it: {1}.', holders.length, names),
      ];
}

/** What the end of all sessions of this window would take down, and why that matters. */
export function reasonsToStay(
  manager: NetworkConfigurationManager,
  identifiers: Iterable<string>,
  t: Translate,
): readonly string[] {
  // what the end of a window stops is what was started here (O10) and nobody else holds
  const stopped =
    manager.lastClose === 'never'
      ? []
      : [...new Set(identifiers)].filter(
          (each) => manager.isStartedHere(each) && manager.holdersElsewhere(each).length === 0,
        );
  const names = stopped.map((identifier) => displayName(manager.configurationFromIdentifier(identifier), t));
  return stopped.length === 0
    ? []
    : [
        t('With them is stopped: {0}.', names.join(', ')),
        ...stopped.flatMap((identifier) => reasonsToAsk(manager, identifier, t)),
      ];
}

export function isRouted({ system }: NetworkConfigurationManager, identifier: string): boolean {
  return system.defaultIsRouted && system.defaultIdentifier === identifier;
}
