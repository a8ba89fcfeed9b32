import type { CauseCode, NetworkConfigurationManager, SessionFailure } from '../../engine/index.js';
import { sentenceOf } from './sentences.js';
import { networkName } from './serviceNetworks.js';
import type { Translate } from './translate.js';

/** What a session was on is not there any more. */
const lastingCauses: readonly CauseCode[] = ['profileRemoved', 'deviceRemoved', 'platformChanged'];
/** What can be over by the time that the person presses the button. */
const passingObstacles: readonly CauseCode[] = ['notInReach', 'platformAway'];

/**
 * Whether opening a lost session again can work, now or soon. `target` is what it was opened on: a service network has
 * others where one of its access points is gone.
 */
export function canOpenAgain(
  manager: NetworkConfigurationManager,
  { accessPoint, cause }: Pick<SessionFailure, 'accessPoint' | 'cause'>,
  target = accessPoint,
): boolean {
  const obstacle = manager.obstacle('start', target);
  const isLasting = lastingCauses.includes(cause.code) && target === accessPoint;
  return !isLasting && (obstacle === undefined || passingObstacles.includes(obstacle.cause.code));
}

/** A loss for the log, which names nobody: the identifier of a service network is its name. */
export const lossLine = ({ accessPoint, cause }: Pick<SessionFailure, 'accessPoint' | 'cause'>): string =>
  `lost ${networkName(accessPoint) === undefined ? accessPoint : 'service network'}: ${cause.code}`;

/** What the person is told of sessions that were lost together; `network` is the name of the service network they were on. */
export function lossMessage(failure: SessionFailure, count: number, t: Translate, network?: string): string {
  const sentence = sentenceOf(failure, t);
  if (network !== undefined) {
    return count === 1
      ? t('{0} The session on {1} has ended: no other access point worked.', sentence, network)
      : t('{0} {1} sessions on {2} have ended: no other access point worked.', sentence, count, network);
  }
  return count === 1
    ? t('{0} The session on it has ended.', sentence)
    : t('{0} {1} sessions have ended.', sentence, count);
}
