import { SessionState } from '../../engine/index.js';
import type { DataUnit } from '../../shared/format.js';
import { formatData, formatDuration } from '../../shared/format.js';
import { plainLine } from '../../shared/hostileText.js';
import { type AccessPointView, canStop } from './accessPointView.js';
import { causePhrase } from './causes.js';
import { accessPointRows } from './configurationItem.js';
import { type ItemModel, joined, type Row, words } from './item.js';
import { detailOf, sentenceOf } from './sentences.js';
import type { SessionPhase } from './sessionList.js';
import type { Translate } from './translate.js';
import { bearerIcon, displayName, stateWord } from './words.js';

/** All that the editor shows of a session, read at one moment. */
export interface SessionView {
  readonly phase: SessionPhase;
  readonly accessPoint: AccessPointView;
  /** Who opened it and why, when it was not the person. Hostile text. */
  readonly owner: string | undefined;
  readonly reason: string | undefined;
  /** Whole seconds. */
  readonly activeTime: number;
  /** Undefined where this platform does not count. */
  readonly bytesReceived: number | undefined;
  readonly bytesWritten: number | undefined;
}

/** A session in the Sessions view. */
export function sessionItem(view: SessionView, unit: DataUnit, t: Translate): ItemModel {
  const label = displayName(view.accessPoint.configuration, t);
  const word = phaseWord(view, t);
  const client = clientOf(view);
  return {
    label,
    description: joined(
      ' · ',
      // the figures before anything that is cut off in a narrow side bar; that it is connected says the icon
      ...(view.phase.kind === 'open' ? figures(view, unit) : []),
      !isConnected(view) && word,
      view.phase.kind === 'lost' && causePhrase(view.phase.failure.cause.code, t),
      client,
    ),
    icon: iconOf(view),
    contextValue: words('session', wordOf(view.phase), canStop(view.accessPoint) && 'canStop'),
    accessibleLabel: joined(
      ', ',
      t('Session on {0}', label),
      word,
      view.phase.kind === 'lost' && sentenceOf(view.phase.failure, t),
      client !== '' && t('opened by {0}', client),
    ),
  };
}

/** An open session is as its access point is; the others have a word of their own. */
function phaseWord({ phase, accessPoint }: SessionView, t: Translate): string {
  switch (phase.kind) {
    case 'opening':
      return t('Connecting');
    case 'open':
      return stateWord(accessPoint.state, t);
    case 'closing':
      return t('Closing');
    case 'lost':
      return t('Lost');
    case 'idle':
      return t('Closed');
  }
}

const isConnected = ({ phase, accessPoint }: SessionView): boolean =>
  phase.kind === 'open' && accessPoint.state === SessionState.Connected;

const wordOf = ({ kind }: SessionPhase) => kind !== 'idle' && kind;

function iconOf({ phase, accessPoint }: SessionView): ItemModel['icon'] {
  switch (phase.kind) {
    case 'opening':
    case 'closing':
      return { id: 'loading~spin' };
    case 'lost':
      return { id: 'warning', color: 'list.errorForeground' };
    case 'open':
      return { id: bearerIcon(accessPoint.configuration.bearerType), color: 'charts.green' };
    case 'idle':
      return { id: bearerIcon(accessPoint.configuration.bearerType) };
  }
}

function figures({ activeTime, bytesReceived, bytesWritten }: SessionView, unit: DataUnit): readonly string[] {
  return [`↓${formatData(bytesReceived, unit)} ↑${formatData(bytesWritten, unit)}`, formatDuration(activeTime)];
}

function clientOf({ owner, reason }: SessionView): string {
  return joined(': ', plainLine(owner ?? ''), plainLine(reason ?? '', 120));
}

/** The lines of its tooltip. They do not move: the figures are in the view itself. */
export function sessionRows(view: SessionView, t: Translate): readonly Row[] {
  const { phase, owner, reason } = view;
  const detail = phase.kind === 'lost' ? detailOf(phase.failure) : '';
  const rows: (Row | undefined)[] = [
    { label: t('Session'), value: phaseWord(view, t) },
    phase.kind === 'lost' ? { label: t('Cause'), value: sentenceOf(phase.failure, t) } : undefined,
    detail === '' ? undefined : { label: t('The system says'), value: detail },
    owner === undefined ? undefined : { label: t('Opened by'), value: plainLine(owner) },
    reason === undefined ? undefined : { label: t('Reason'), value: plainLine(reason, 200) },
    ...accessPointRows(view.accessPoint, t),
  ];
  return rows.filter((each) => each !== undefined);
}
