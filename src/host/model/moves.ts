import type { MoveEnd, MoveOutcome, NetworkConfiguration, NetworkSession } from '../../engine/index.js';
import { causePhrase } from './causes.js';
import type { Translate } from './translate.js';
import { displayName } from './words.js';

/** A move that has led to another access point, or back. */
export interface MoveRecord extends MoveEnd {
  readonly at: Date;
  readonly to: NetworkConfiguration;
  readonly outcome: Exclude<MoveOutcome, 'abandoned'>;
}

/** More than anybody reads in a tooltip. */
const most = 3;

/** The last moves of a session, the latest first; undefined when this one is part of the session's own end. */
export function withMove(
  records: readonly MoveRecord[],
  { to, outcome, ...end }: MoveEnd,
  at: Date,
): readonly [MoveRecord, ...MoveRecord[]] | undefined {
  return to === undefined || outcome === 'abandoned'
    ? undefined
    : [{ at, to, outcome, ...end }, ...records.slice(0, most - 1)];
}

/** The access point that a session is on, or would go back to. */
export const homeOf = ({ offer, activeConfiguration }: NetworkSession): NetworkConfiguration =>
  'from' in offer ? offer.from : activeConfiguration;

/** A move as a line of a tooltip: when, and what came of it. */
export function moveSentence(
  { at, from, to, outcome, cause }: MoveRecord,
  timeOf: (at: Date) => string,
  t: Translate,
): string {
  const [time, before, after] = [timeOf(at), displayName(from, t), displayName(to, t)];
  switch (outcome) {
    case 'accepted':
      return t('moved from {0} to {1} at {2}', before, after, time);
    case 'automatic':
      return t('moved by itself from {0} to {1} at {2}', before, after, time);
    case 'escaped':
      return cause === undefined || cause.code === 'wentDown'
        ? t('moved from {0} to {1} at {2}, because the first was lost', before, after, time)
        : t('moved from {0} to {1} at {2}: {3}', before, after, time, causePhrase(cause.code, t));
    case 'returned':
    case 'expired':
      return t('went back from {0} to {1} at {2}', after, before, time);
    case 'unsuitable':
      return t('stayed on {0} at {1}: the tests of {2} did not pass', before, time, after);
    case 'failed':
      return t(
        'stayed on {0} at {1}: {2} did not work ({3})',
        before,
        time,
        after,
        causePhrase(cause?.code ?? 'other', t),
      );
  }
}

/** How a move has ended, for the log and for bug reports. */
export const outcomeText = ({ outcome, cause }: MoveRecord): string =>
  cause === undefined ? outcome : `${outcome} (${cause.code})`;

/** The same for the log, which names nobody. */
export const moveLine = (move: MoveRecord): string =>
  `move ${move.from.identifier} -> ${move.to.identifier}: ${outcomeText(move)}`;
