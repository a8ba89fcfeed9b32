import {
  ConfigurationType,
  type Logger,
  type NetworkConfigurationManager,
  type Platform,
  textOf,
} from '../../engine/index.js';
import { plainLine } from '../../shared/hostileText.js';
import { isStoppable } from './accessPointView.js';
import { ended, stopping } from './ends.js';
import { reasonsToAsk } from './reasons.js';
import type { SessionEntry, SessionList } from './sessionList.js';
import { type WindowsLedger, whyAlone } from './sharing.js';
import type { Translate } from './translate.js';
import { displayName } from './words.js';

/** What there is to be released. */
export interface ReleasePlan {
  /** Of this window. */
  readonly open: readonly SessionEntry[];
  /** Of all windows. */
  readonly sessions: number;
  readonly windows: number;
  /** Access points that are up because of this software. */
  readonly stops: readonly string[];
}

export function releasePlan(
  manager: NetworkConfigurationManager,
  shown: readonly SessionEntry[],
  ledger: Pick<WindowsLedger, 'accessPoints'> | undefined,
): ReleasePlan {
  const open = shown.filter(({ session }) => session.isOpen || session.isOpening);
  const known = manager.allConfigurations().filter(({ type }) => type === ConfigurationType.InternetAccessPoint);
  const all = [...new Set([...known.map(({ identifier }) => identifier), ...(ledger?.accessPoints ?? [])])];
  const holders = all.flatMap((identifier) => manager.holdersElsewhere(identifier));
  const programs = new Set(holders.map(({ program }) => program));
  return {
    open,
    sessions: holders.reduce((sum, { sessions }) => sum + Math.max(1, sessions.length), open.length),
    windows: programs.size + (open.length > 0 ? 1 : 0),
    stops: all.filter((identifier) => manager.isStartedHere(identifier) && isStoppable(manager.stateOf(identifier))),
  };
}

/** Nobody has anything. */
export const isNothing = ({ windows, stops }: ReleasePlan): boolean => windows === 0 && stops.length === 0;

/** What is going to happen, for the question. */
export function releaseText(
  manager: NetworkConfigurationManager,
  { sessions, windows, stops }: ReleasePlan,
  ledger: Pick<WindowsLedger, 'sharing'> | undefined,
  t: Translate,
): readonly string[] {
  const alone = whyAlone(ledger?.sharing);
  const ends =
    sessions === 1
      ? t('This ends 1 session.')
      : windows === 1
        ? t('This ends {0} sessions.', sessions)
        : t('This ends {0} sessions in {1} windows.', sessions, windows);
  return [
    ...(sessions === 0 ? [] : [ends]),
    ...(stops.length === 0
      ? []
      : [t('What Network Sessions has started is stopped: {0}.', namesOf(manager, stops, t))]),
    ...stops.flatMap((identifier) => reasonsToAsk(manager, identifier, t)),
    ...(alone === undefined ? [] : [t('Other windows are not counted, and keep theirs: {0}', plainLine(alone, 200))]),
  ];
}

export const namesOf = (manager: NetworkConfigurationManager, identifiers: readonly string[], t: Translate): string =>
  identifiers.map((identifier) => displayName(manager.configurationFromIdentifier(identifier), t)).join(', ');

/** What the rescue works on. */
export interface ReleaseTargets {
  readonly platform: Pick<Platform, 'stopAccessPoint'>;
  readonly manager: NetworkConfigurationManager;
  readonly ledger: WindowsLedger | undefined;
  readonly list: SessionList;
  readonly log: Logger;
}

/** What has become of it. */
export interface Released {
  /** The window that counts has answered: what others had is released too. */
  readonly answered: boolean;
  readonly down: readonly string[];
  readonly up: readonly string[];
}

/** Releases what was planned, with all windows; where the one that counts does not answer, what this one can by itself. */
export async function release(targets: ReleaseTargets, { open, stops }: ReleasePlan): Promise<Released> {
  const { platform, manager, ledger, list, log } = targets;
  const consent = list.consent.give([...stops, ...open.map(({ accessPoint }) => accessPoint)]);
  const isUp = (identifier: string) => isStoppable(manager.stateOf(identifier));
  try {
    const answered = await isReleased(ledger, log);
    await Promise.all(open.map((entry) => closed(list, entry)));
    // who does not answer permits nothing, but the person has
    const stop = (identifier: string) =>
      answered ? stopped(manager, identifier) : platform.stopAccessPoint(identifier, () => undefined);
    await Promise.all(
      stops
        .filter(isUp)
        .map((identifier) =>
          stop(identifier).catch((error: unknown) => log.warn(`${identifier} could not be released: ${textOf(error)}`)),
        ),
    );
    return { answered, down: stops.filter((each) => !isUp(each)), up: stops.filter(isUp) };
  } finally {
    consent.dispose();
  }
}

async function isReleased(ledger: WindowsLedger | undefined, log: Logger): Promise<boolean> {
  try {
    await ledger?.releaseAll();
    return true;
  } catch (error) {
    log.warn(`The window that counts the sessions has not released them: ${textOf(error)}`);
    return false;
  }
}

async function closed(list: SessionList, entry: SessionEntry): Promise<void> {
  const end = ended(entry.session);
  if (list.close(entry)) {
    await end;
  }
}

async function stopped(manager: NetworkConfigurationManager, identifier: string): Promise<void> {
  const session = manager.createSession(identifier);
  const end = stopping(session);
  session.stop();
  await end;
  session.dispose();
}
