import type { Sharing } from '../../broker/index.js';
import { BearerType, Capability, type NetworkConfigurationManager, SessionState } from '../../engine/index.js';
import { formatData, formatDuration } from '../../shared/format.js';
import { plainLine } from '../../shared/hostileText.js';
import { accessPointsOf, readAccessPoint } from './accessPointView.js';
import { outcomeText } from './moves.js';
import { readNetwork } from './networkView.js';
import type { SessionEntry } from './sessionList.js';
import { type SettingKey, type SettingValues, settingKeys, settingRules, settingText } from './settingRules.js';
import { configurationTerm } from './words.js';

/** Where this runs: versions and names of programs, nothing of the person. */
export interface Surroundings {
  readonly extension: string;
  readonly editor: string;
  readonly system: string;
  readonly remote: string | undefined;
}

/** Stands in for names and addresses: the same one for the same text, so that a reader can still tell them apart. */
export class Placeholders {
  readonly #known = new Map<string, string>();
  readonly #counts = new Map<string, number>();
  readonly #withhold: boolean;

  constructor(withhold: boolean) {
    this.#withhold = withhold;
  }

  /** The text itself, or what stands in for it. */
  of(kind: string, text: string): string {
    if (!this.#withhold || text === '') {
      return plainLine(text, 200);
    }
    const key = `${kind}\n${text}`;
    let placeholder = this.#known.get(key);
    if (placeholder === undefined) {
      const count = (this.#counts.get(kind) ?? 0) + 1;
      this.#counts.set(kind, count);
      placeholder = `<${kind} ${count}>`;
      this.#known.set(key, placeholder);
    }
    return placeholder;
  }
}

const yes = (value: boolean | undefined): string => (value === undefined ? 'unknown' : value ? 'yes' : 'no');

function flags(value: number): string {
  const names = Object.entries(Capability)
    .filter(([, flag]) => typeof flag === 'number' && (value & flag) !== 0)
    .map(([name]) => name);
  return names.join(', ') || 'none';
}

/**
 * A text block for a bug report, in English whatever the editor speaks: it is for the one who mends.
 * Without names and addresses on request.
 */
export function bugReport(
  manager: NetworkConfigurationManager,
  entries: readonly SessionEntry[],
  settings: SettingValues,
  surroundings: Surroundings,
  withhold: boolean,
  sharing?: Sharing,
): string {
  const hide = new Placeholders(withhold);
  const { system } = manager;
  return [
    `Network Sessions ${surroundings.extension}, ${surroundings.editor}, ${surroundings.system}`,
    ...(surroundings.remote === undefined ? [] : [`remote: ${surroundings.remote}`]),
    `platform: ${system.platform || 'none yet'}${system.away === undefined ? '' : `, away (${system.away.code})`}`,
    `capabilities: ${flags(manager.capabilities)}`,
    `online: ${yes(manager.isOnline)}, connectivity: ${manager.connectivity}, default is routed: ${yes(system.defaultIsRouted)}`,
    ...settingKeys.map((key) => `networkSessions.${key}: ${settingLine(settings[key], settingRules[key].kind, hide)}`),
    `windows: ${sharingText(sharing, hide)}`,
    '',
    `configurations: ${accessPointsOf(manager).length}`,
    ...accessPointsOf(manager).map(({ identifier }) => configurationLine(manager, identifier, hide)),
    '',
    `service networks: ${manager.serviceNetworks.length}`,
    ...manager.serviceNetworks.map(({ identifier }) => networkLine(manager, identifier, hide)),
    '',
    `sessions: ${entries.length}`,
    ...entries.map((entry) => sessionLine(entry, hide)),
    '',
  ].join('\n');
}

function settingLine(value: SettingValues[SettingKey], kind: string, hide: Placeholders): string {
  return kind === 'address' && value !== '' ? hide.of('address', String(value)) : settingText(value);
}

/** What stands in the way may be a folder, and folders have names of persons. */
function sharingText(sharing: Sharing | undefined, hide: Placeholders): string {
  if (sharing === undefined) {
    return 'nothing is shared';
  }
  switch (sharing.kind) {
    case 'shared':
      return `${sharing.windows} counted together`;
    case 'alone': {
      const reason = sharing.reason.replace(/(?:\w:)?[\\/][^\s:;]+/g, (path) => hide.of('path', path));
      return `counted alone: ${plainLine(reason, 400)}`;
    }
    default:
      return sharing.kind;
  }
}

function configurationLine(manager: NetworkConfigurationManager, identifier: string, hide: Placeholders): string {
  const { configuration, state, facts, isDefault, isStartedHere, holders, elsewhere, openObstacle, stopObstacle } =
    readAccessPoint(manager, identifier);
  const link = facts?.interface;
  const parts = [
    `${hide.of('name', configuration.name)} ${hide.of('identifier', identifier)}`,
    BearerType[configuration.bearerType],
    `${SessionState[state]}/${configurationTerm(configuration.state)}${isDefault ? ', default' : ''}`,
    `link ${facts?.link ?? 'unknown'}, in reach ${yes(facts?.inReach)}, metered ${yes(configuration.isMetered)}`,
    `started here ${yes(isStartedHere)}, open sessions ${holders}, other windows ${elsewhere.length}`,
    link &&
      `interface ${hide.of('interface', link.name)}, addresses ${link.addresses.map((each) => hide.of('address', each)).join(' ') || 'none'}, gateway ${hide.of('address', link.gateway ?? '') || 'none'}, name servers ${link.dnsServers.map((each) => hide.of('address', each)).join(' ') || 'none'}`,
    openObstacle && `cannot be opened: ${openObstacle.cause.code}`,
    stopObstacle && `cannot be stopped: ${stopObstacle.cause.code}`,
    facts?.cause && `last cause: ${facts.cause.code}`,
  ];
  return `- ${parts.filter((part) => part !== undefined).join('; ')}`;
}

/** The targets of its tests are names and addresses too, so only their number is told. */
function networkLine(manager: NetworkConfigurationManager, identifier: string, hide: Placeholders): string {
  const { configuration, members, state, policy, tests, preferred, inUse, openObstacle } = readNetwork(
    manager,
    identifier,
  );
  const list = (identifiers: Iterable<string>) =>
    [...identifiers].map((each) => hide.of('identifier', each)).join(' ') || 'none';
  const parts = [
    `${hide.of('name', configuration.name)} ${hide.of('identifier', identifier)}`,
    `${SessionState[state]}/${configurationTerm(configuration.state)}`,
    `access points ${list(members.map((member) => member.identifier))}`,
    `preferred ${list(preferred === '' ? [] : [preferred])}, in use ${list(inUse)}`,
    `roaming ${policy}, tests ${tests.length}`,
    openObstacle && `cannot be opened: ${openObstacle.cause.code}`,
  ];
  return `- ${parts.filter((part) => part !== undefined).join('; ')}`;
}

function sessionLine({ session, phase, accessPoint, moves }: SessionEntry, hide: Placeholders): string {
  const { configuration, offer } = session;
  const isOn = accessPoint === configuration.identifier ? '' : ` on ${hide.of('identifier', accessPoint)}`;
  const parts = [
    `${hide.of('name', configuration.name)} ${hide.of('identifier', configuration.identifier)}${isOn}`,
    `${SessionState[session.state]}, ${phase.kind}`,
    `active for ${formatDuration(session.activeTime)}, in ${formatData(session.bytesReceived)}, out ${formatData(session.bytesWritten)}`,
    session.owner === undefined ? undefined : `opened by ${plainLine(session.owner)}`,
    offer.kind === 'none' ? undefined : `offer ${offer.kind}`,
    ...moves.map((move) => {
      const [before, after] = [move.from, move.to].map(({ identifier }) => hide.of('identifier', identifier));
      return `${move.at.toISOString()} ${before} -> ${after}: ${outcomeText(move)}`;
    }),
    // the system's own words may hold names, so they stay in the log
    session.failure && `last failure: ${session.failure.cause.code}`,
  ];
  return `- ${parts.filter((part) => part !== undefined).join('; ')}`;
}
