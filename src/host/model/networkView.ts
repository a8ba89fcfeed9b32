import {
  type NetworkConfiguration,
  type NetworkConfigurationManager,
  type NetworkSession,
  type RoamingPolicy,
  type SessionFailure,
  SessionState,
  type SuitabilityTest,
} from '../../engine/index.js';
import { type AccessPointView, isStoppable, isUp } from './accessPointView.js';
import { configurationItem } from './configurationItem.js';
import { type ItemModel, joined, type Row, words } from './item.js';
import { sentenceOf } from './sentences.js';
import { internetIdentifier } from './serviceNetworks.js';
import { testText } from './testText.js';
import type { Translate } from './translate.js';
import { configurationIcon, displayName, policyWord, stateWord } from './words.js';

/** All that the editor shows of a service network or of the user choice, read at one moment. */
export interface NetworkView {
  readonly configuration: NetworkConfiguration;
  readonly members: readonly NetworkConfiguration[];
  readonly state: SessionState;
  /** Undefined for the user choice, which goes by what is chosen. */
  readonly policy: RoamingPolicy | undefined;
  readonly tests: readonly SuitabilityTest[];
  /** Identifier of the access point that is preferred now; '' when none is fit. */
  readonly preferred: string;
  /** Identifiers of the access points that sessions on it use. */
  readonly inUse: ReadonlySet<string>;
  /** Made by the person, who can change it. */
  readonly isOwn: boolean;
  readonly openObstacle: SessionFailure | undefined;
}

/** The service network that a session is on, or would be; undefined where it is on one access point alone. */
export function networkOf(manager: NetworkConfigurationManager, session: NetworkSession): string | undefined {
  const { identifier } = session.configuration;
  const choice = session.sessionProperty('UserChoiceConfiguration');
  const wanted = typeof choice === 'string' && choice !== '' ? choice : identifier;
  return definitionOf(manager, wanted)?.identifier;
}

export const definitionOf = (manager: NetworkConfigurationManager, identifier: string) =>
  manager.serviceNetworks.find((definition) => definition.identifier === identifier);

/** The access points of a service network, those among them that are not known here (any more): the person has named them. */
export function membersOf(manager: NetworkConfigurationManager, identifier: string): readonly NetworkConfiguration[] {
  const named = definitionOf(manager, identifier)?.accessPoints ?? 'internet';
  return named === 'internet'
    ? manager.configurationFromIdentifier(identifier).children
    : [...new Set(named)].map((each) => manager.configurationFromIdentifier(each));
}

export function readNetwork(manager: NetworkConfigurationManager, identifier: string): NetworkView {
  const configuration = manager.configurationFromIdentifier(identifier);
  const definition = definitionOf(manager, identifier);
  const sessions = manager.sessions.filter((session) => session.isOpen && networkOf(manager, session) === identifier);
  return {
    configuration,
    members: membersOf(manager, identifier),
    state: manager.stateOf(identifier),
    policy: definition?.roaming,
    tests: definition?.tests ?? [],
    preferred: manager.preferredConfiguration(identifier).identifier,
    inUse: new Set(sessions.map((session) => session.activeConfiguration.identifier)),
    isOwn: definition !== undefined && identifier !== internetIdentifier,
    openObstacle: manager.obstacle('start', identifier),
  };
}

/** A service network, or the user choice, in the Configurations view. */
export function networkItem(view: NetworkView, t: Translate): ItemModel {
  const { configuration, state, inUse, openObstacle } = view;
  const isChoice = view.policy === undefined;
  const label = displayName(configuration, t);
  const word = isChoice ? t('choose when it is opened') : stateWord(state, t);
  const marks = [inUse.size > 0 && t('in use')];
  return {
    label,
    description: joined(' · ', word, ...marks),
    icon: iconOf(view),
    contextValue: words(
      isChoice ? 'configuration' : 'network',
      view.isOwn && 'own',
      openObstacle === undefined && 'canOpen',
    ),
    accessibleLabel: joined(
      ', ',
      label,
      isChoice ? t('user choice') : t('service network'),
      word,
      ...marks,
      openObstacle && state !== SessionState.NotAvailable && sentenceOf(openObstacle, t),
    ),
  };
}

function iconOf({ configuration, state, policy }: NetworkView): ItemModel['icon'] {
  const id = configurationIcon(configuration);
  if (policy === undefined) {
    return { id };
  }
  if (isUp(state)) {
    return { id, color: 'charts.green' };
  }
  if (isStoppable(state)) {
    return { id: 'loading~spin' };
  }
  return state === SessionState.Disconnected ? { id } : { id, color: 'disabledForeground' };
}

/** An access point as a child of a service network. */
export function memberItem(view: AccessPointView, network: NetworkView, t: Translate): ItemModel {
  const { identifier } = view.configuration;
  const item = configurationItem(view, t, {
    title: t('{0} of {1}', displayName(view.configuration, t), displayName(network.configuration, t)),
    marks: [network.inUse.has(identifier) && t('in use'), network.preferred === identifier && t('preferred')],
  });
  return network.isOwn ? { ...item, contextValue: joined(' ', item.contextValue, words('member')) } : item;
}

/** The lines of the tooltip of a service network. */
export function networkRows(view: NetworkView, t: Translate): readonly Row[] {
  const { members, state, policy, tests, inUse, openObstacle } = view;
  const nameOf = (identifier: string) =>
    displayName(members.find((member) => member.identifier === identifier) ?? { name: '', identifier }, t);
  if (policy === undefined) {
    return [{ label: t('Opens'), value: t('what you choose when it is opened') }];
  }
  const rows: (Row | undefined)[] = [
    { label: t('State'), value: stateWord(state, t) },
    { label: t('Access points'), value: members.map(({ identifier }) => nameOf(identifier)).join(', ') },
    inUse.size === 0 ? undefined : { label: t('In use'), value: [...inUse].map(nameOf).join(', ') },
    view.preferred === '' ? undefined : { label: t('Preferred'), value: nameOf(view.preferred) },
    { label: t('Roaming'), value: policyWord(policy, t) },
    tests.length === 0 ? undefined : { label: t('Tests'), value: tests.map(testText).join(', ') },
    openObstacle && { label: t('Cannot be opened'), value: sentenceOf(openObstacle, t) },
  ];
  return rows.filter((row) => row !== undefined && row.value !== '') as readonly Row[];
}
