import { type NetworkConfiguration, type Offer, SessionState } from '../../engine/index.js';
import type { DataUnit } from '../../shared/format.js';
import { formatData, formatDuration } from '../../shared/format.js';
import { plainLine } from '../../shared/hostileText.js';
import { type AccessPointView, canStop } from './accessPointView.js';
import { causePhrase } from './causes.js';
import { accessPointRows } from './configurationItem.js';
import { type ItemModel, joined, type Row, words } from './item.js';
import { type MoveRecord, moveSentence } from './moves.js';
import { offerPhrase, secondsLeft } from './offerText.js';
import { detailOf, sentenceOf } from './sentences.js';
import type { SessionPhase } from './sessionList.js';
import type { Translate } from './translate.js';
import { configurationIcon, displayName, stateWord } from './words.js';

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
  /** Of a session on a service network, or on a user choice that is not made yet. */
  readonly travel?: Travel;
}

/** How a session stands that can be on one access point after the other. */
export interface Travel {
  /** What it is on. */
  readonly network: NetworkConfiguration;
  readonly state: SessionState;
  readonly offer: Offer;
  /** The latest first. */
  readonly moves: readonly MoveRecord[];
  /** There is somewhere to move to now. */
  readonly canMigrate: boolean;
}

/** A session in the Sessions view. */
export function sessionItem(view: SessionView, unit: DataUnit, t: Translate): ItemModel {
  const { phase, travel } = view;
  const label = displayName(view.accessPoint.configuration, t);
  const network = travel && displayName(travel.network, t);
  const word = phaseWord(view, t);
  const client = clientOf(view);
  const offer = travel?.offer ?? noOffer;
  const seconds = secondsLeft(offer);
  return {
    label: network !== undefined && network !== label ? `${network} · ${label}` : label,
    description: joined(
      ' · ',
      // what waits for an answer before anything that is cut off in a narrow side bar
      seconds === undefined ? offerPhrase(offer, t) : t('keep it? {0} s left', seconds),
      // then the figures; that it is connected says the icon
      ...(phase.kind === 'open' ? figures(view, unit) : []),
      !isConnected(view) && word,
      phase.kind === 'lost' && causePhrase(phase.failure.cause.code, t),
      client,
    ),
    icon: iconOf(view),
    contextValue: words(
      'session',
      wordOf(phase),
      canStop(view.accessPoint) && 'canStop',
      (offer.kind === 'offered' || offer.kind === 'activated') && offer.kind,
      travel?.canMigrate === true && 'canMigrate',
    ),
    accessibleLabel: joined(
      ', ',
      t('Session on {0}', network ?? label),
      network !== undefined && network !== label && label,
      word,
      offerPhrase(offer, t),
      phase.kind === 'lost' && sentenceOf(phase.failure, t),
      client !== '' && t('opened by {0}', client),
    ),
  };
}

const noOffer: Offer = { kind: 'none' };

const stateOf = ({ travel, accessPoint }: SessionView): SessionState => travel?.state ?? accessPoint.state;

/** An open session is as its access point is, or roaming; the others have a word of their own. */
function phaseWord(view: SessionView, t: Translate): string {
  switch (view.phase.kind) {
    case 'opening':
      return t('Connecting');
    case 'open':
      return stateWord(stateOf(view), t);
    case 'closing':
      return t('Closing');
    case 'lost':
      return t('Lost');
    case 'idle':
      return t('Closed');
  }
}

const isConnected = (view: SessionView): boolean =>
  view.phase.kind === 'open' && stateOf(view) === SessionState.Connected;

const wordOf = ({ kind }: SessionPhase) => kind !== 'idle' && kind;

function iconOf(view: SessionView): ItemModel['icon'] {
  const { phase, accessPoint } = view;
  const id = configurationIcon(accessPoint.configuration);
  switch (phase.kind) {
    case 'opening':
    case 'closing':
      return { id: 'loading~spin' };
    case 'lost':
      return { id: 'warning', color: 'list.errorForeground' };
    case 'open':
      return roamingIcon(view) ?? { id, color: 'charts.green' };
    case 'idle':
      return { id };
  }
}

/** What waits for an answer does not turn: it would never stop. */
function roamingIcon(view: SessionView): ItemModel['icon'] | undefined {
  if (stateOf(view) !== SessionState.Roaming) {
    return undefined;
  }
  return view.travel?.offer.kind === 'activated' ? { id: 'question', color: 'charts.yellow' } : { id: 'sync~spin' };
}

function figures({ activeTime, bytesReceived, bytesWritten }: SessionView, unit: DataUnit): readonly string[] {
  return [`↓${formatData(bytesReceived, unit)} ↑${formatData(bytesWritten, unit)}`, formatDuration(activeTime)];
}

function clientOf({ owner, reason }: SessionView): string {
  return joined(': ', plainLine(owner ?? ''), plainLine(reason ?? '', 120));
}

/** The lines of its tooltip. They do not move: the figures are in the view itself. */
export function sessionRows(view: SessionView, timeOf: (at: Date) => string, t: Translate): readonly Row[] {
  const { phase, owner, reason, travel } = view;
  const detail = phase.kind === 'lost' ? detailOf(phase.failure) : '';
  const rows: (Row | undefined)[] = [
    { label: t('Session'), value: phaseWord(view, t) },
    phase.kind === 'lost' ? { label: t('Cause'), value: sentenceOf(phase.failure, t) } : undefined,
    detail === '' ? undefined : { label: t('The system says'), value: detail },
    owner === undefined ? undefined : { label: t('Opened by'), value: plainLine(owner) },
    reason === undefined ? undefined : { label: t('Reason'), value: plainLine(reason, 200) },
    travel && { label: t('Service network'), value: displayName(travel.network, t) },
    ...(travel === undefined ? [] : travelRows(travel.offer, travel.moves, timeOf, t)),
    travel && { label: t('Access point'), value: displayName(view.accessPoint.configuration, t) },
    ...accessPointRows(view.accessPoint, t),
  ];
  return rows.filter((each) => each !== undefined);
}

/** How far a session is with a move, and what became of its last ones. */
export function travelRows(
  offer: Offer,
  moves: readonly MoveRecord[],
  timeOf: (at: Date) => string,
  t: Translate,
): readonly Row[] {
  const now = offerPhrase(offer, t);
  return [
    ...(now === '' ? [] : [{ label: t('Now'), value: now }]),
    ...moves.map((move, index) => ({
      label: index === 0 ? t('Last move') : t('Before that'),
      value: moveSentence(move, timeOf, t),
    })),
  ];
}
