import { BearerType, reachesNetwork, SessionState } from '../../engine/index.js';
import { formatSpeed } from '../../shared/format.js';
import { plainLine } from '../../shared/hostileText.js';
import { type AccessPointView, canOpen, canStop, isStoppable, isUp } from './accessPointView.js';
import { otherWindows, windowNames } from './holders.js';
import { type ItemModel, joined, type Row, words } from './item.js';
import { detailOf, sentenceOf } from './sentences.js';
import type { Translate } from './translate.js';
import { bearerIcon, bearerWord, configurationTerm, connectivityWord, displayName, stateWord } from './words.js';

/** What stands about an access point as a child of a service network. */
interface Membership {
  /** What a screen reader calls it, so that it is not taken for the same one elsewhere. */
  readonly title: string;
  readonly marks: readonly (string | false)[];
}

/** An access point in the Configurations view: by itself, or as a child of a service network. */
export function configurationItem(view: AccessPointView, t: Translate, membership?: Membership): ItemModel {
  const { configuration, state, isDefault } = view;
  const label = displayName(configuration, t);
  const word = stateWord(state, t);
  const marks = [
    isDefault && t('default'),
    configuration.isMetered === true && t('metered'),
    otherWindows(view.elsewhere.length, t),
  ];
  const memberMarks = membership?.marks ?? [];
  return {
    label,
    // what tells it from the same one elsewhere before anything that is cut off in a narrow side bar
    description: joined(' · ', ...memberMarks, word, ...marks),
    icon: iconOf(view),
    contextValue: words(
      'configuration',
      canOpen(view) && 'canOpen',
      canStop(view) && 'canStop',
      isUp(state) && 'canTest',
    ),
    accessibleLabel: joined(
      ', ',
      membership?.title ?? label,
      bearerWord(configuration.bearerType, t),
      word,
      ...marks,
      ...memberMarks,
      view.openObstacle && state !== SessionState.NotAvailable && sentenceOf(view.openObstacle, t),
    ),
  };
}

function iconOf({ configuration, state }: AccessPointView): ItemModel['icon'] {
  const id = bearerIcon(configuration.bearerType);
  if (isUp(state)) {
    return { id, color: 'charts.green' };
  }
  if (isStoppable(state)) {
    return { id: 'loading~spin' };
  }
  return state === SessionState.Disconnected ? { id } : { id, color: 'disabledForeground' };
}

/** What a person asks of an access point: the lines of its tooltip. Nothing that is not known is guessed. */
export function accessPointRows(view: AccessPointView, t: Translate): readonly Row[] {
  const { configuration, state, facts } = view;
  const link = facts?.interface;
  const rows: (Row | undefined)[] = [
    { label: t('State'), value: `${stateWord(state, t)} (${configurationTerm(configuration.state)})` },
    configuration.bearerType === BearerType.Unknown
      ? undefined
      : { label: t('Bearer'), value: bearerWord(configuration.bearerType, t) },
    view.isDefault ? { label: t('Default'), value: t('Yes') } : undefined,
    row(t('Metered'), yesOrNo(configuration.isMetered, t)),
    isUp(state)
      ? {
          label: t('Started by'),
          value: view.isStartedHere ? t('Network Sessions') : t('The system or another program'),
        }
      : undefined,
    view.elsewhere.length === 0 ? undefined : { label: t('Held by'), value: windowNames(view.elsewhere, t) },
    view.holders > 0 ? { label: t('Open sessions'), value: String(view.holders) } : undefined,
    row(t('Interface'), link?.name),
    row(t('Addresses'), link?.addresses.join(', ')),
    row(t('Gateway'), link?.gateway),
    row(t('Name servers'), link?.dnsServers.join(', ')),
    row(t('Hardware address'), facts?.hardwareAddress),
    facts?.speed === undefined ? undefined : { label: t('Speed'), value: formatSpeed(facts.speed) },
    facts?.signal === undefined ? undefined : { label: t('Signal'), value: `${facts.signal} %` },
    reachesNetwork(facts) === false ? { label: t('Reaches the network'), value: t('No') } : undefined,
    view.connectivity && { label: t('Reaches'), value: connectivityWord(view.connectivity, t) },
    ...obstacleRows(view, t),
  ];
  return rows.filter((each) => each !== undefined);
}

function obstacleRows(
  { state, openObstacle, stopObstacle }: AccessPointView,
  t: Translate,
): readonly (Row | undefined)[] {
  return [
    openObstacle && { label: t('Cannot be opened'), value: sentenceOf(openObstacle, t) },
    openObstacle && row(t('The system says'), detailOf(openObstacle)),
    isStoppable(state) && stopObstacle
      ? { label: t('Cannot be stopped'), value: sentenceOf(stopObstacle, t) }
      : undefined,
  ];
}

function row(label: string, value: string | undefined): Row | undefined {
  const line = plainLine(value ?? '', 200);
  return line === '' ? undefined : { label, value: line };
}

function yesOrNo(value: boolean | undefined, t: Translate): string | undefined {
  return value === undefined ? undefined : value ? t('Yes') : t('No');
}
