import type { CauseCode, NetworkConfigurationManager, SessionFailure } from '../../engine/index.js';
import { sentenceOf } from './sentences.js';
import type { Translate } from './translate.js';

/** What a session was on is not there any more. */
const lastingCauses: readonly CauseCode[] = ['profileRemoved', 'deviceRemoved', 'platformChanged'];
/** What can be over by the time that the person presses the button. */
const passingObstacles: readonly CauseCode[] = ['notInReach', 'platformAway'];

/** Whether opening a lost session again can work, now or soon. */
export function canOpenAgain(
  manager: NetworkConfigurationManager,
  { accessPoint, cause }: Pick<SessionFailure, 'accessPoint' | 'cause'>,
): boolean {
  const obstacle = manager.obstacle('start', accessPoint);
  return (
    !lastingCauses.includes(cause.code) && (obstacle === undefined || passingObstacles.includes(obstacle.cause.code))
  );
}

/** What the person is told of sessions that were lost together. */
export function lossMessage(failure: SessionFailure, count: number, t: Translate): string {
  const sentence = sentenceOf(failure, t);
  return count === 1
    ? t('{0} The session on it has ended.', sentence)
    : t('{0} {1} sessions have ended.', sentence, count);
}
