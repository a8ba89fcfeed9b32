import type { RoamingPolicy, ServiceNetworkDefinition } from '../../engine/index.js';
import {
  parseSuitabilityTest,
  type SuitabilityProblem,
  type SuitabilityTest,
  suitabilityProblems,
} from '../../shared/suitabilityTest.js';
import type { Translate } from './translate.js';

/** The service network that is always there: all access points that lead to the internet. */
export const internetIdentifier = 'internet';
/** The setting, without the prefix `networkSessions.`, in which the person's service networks are kept. */
export const networksKey = 'serviceNetworks';

const prefix = 'network:';
const longestName = 60;
const policies: readonly unknown[] = ['ask', 'automatic', 'never'] satisfies readonly RoamingPolicy[];

/** A service network as the settings have it, parsed. */
export interface NetworkEntry {
  readonly name: string;
  /** Identifiers, the preferred one first. */
  readonly accessPoints: readonly string[];
  readonly tests: readonly SuitabilityTest[];
  readonly roaming: RoamingPolicy;
  readonly preferUnmetered: boolean;
}

/** What can be wrong with an entry. */
export type EntryProblem =
  | 'list'
  | 'entry'
  | 'name'
  | 'reserved'
  | 'duplicate'
  | 'accessPoints'
  | 'tests'
  | 'roaming'
  | 'preferUnmetered';

/** An entry that is ignored. */
export interface WrongEntry {
  /** Counted from 1; 0 for the setting as a whole. */
  readonly number: number;
  readonly problem: EntryProblem;
  readonly detail?: SuitabilityProblem;
  /** As it stands in the settings: the same again is not reported again. */
  readonly raw: unknown;
}

export interface ParsedNetworks {
  readonly networks: readonly NetworkEntry[];
  readonly wrong: readonly WrongEntry[];
}

/** The identifier of the person's service network of that name: another name is another network. */
export const networkIdentifier = (name: string): string => `${prefix}${name}`;

/** The name behind an identifier of one of the person's service networks; undefined for any other. */
export function networkName(identifier: string): string | undefined {
  return identifier.startsWith(prefix) ? identifier.slice(prefix.length) : undefined;
}

const sameName = (one: string, other: string) => one.toLowerCase() === other.toLowerCase();

/** What is wrong with a name beside those that are there already; undefined: nothing. */
export function nameProblem(
  name: unknown,
  taken: readonly string[],
  internetName: string,
): 'name' | 'reserved' | 'duplicate' | undefined {
  if (
    typeof name !== 'string' ||
    name.trim() === '' ||
    [...name].length > longestName ||
    /[\p{C}\p{Zl}\p{Zp}]/u.test(name)
  ) {
    return 'name';
  }
  const wanted = name.trim();
  if (sameName(wanted, internetIdentifier) || sameName(wanted, internetName)) {
    return 'reserved';
  }
  return taken.some((other) => sameName(other, wanted)) ? 'duplicate' : undefined;
}

/** Parses what the settings file holds, which can be anything: a wrong entry is left out, the others are kept. */
export function parseNetworks(raw: unknown, internetName: string): ParsedNetworks {
  if (raw === undefined) {
    return { networks: [], wrong: [] };
  }
  if (!Array.isArray(raw)) {
    return { networks: [], wrong: [{ number: 0, problem: 'list', raw }] };
  }
  const networks: NetworkEntry[] = [];
  const wrong: WrongEntry[] = [];
  raw.forEach((each: unknown, index) => {
    const parsed = parseEntry(each, networks, internetName);
    if ('problem' in parsed) {
      wrong.push({ number: index + 1, raw: each, ...parsed });
    } else {
      networks.push(parsed);
    }
  });
  return { networks, wrong };
}

function parseEntry(
  raw: unknown,
  before: readonly NetworkEntry[],
  internetName: string,
): NetworkEntry | Pick<WrongEntry, 'problem' | 'detail'> {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    return { problem: 'entry' };
  }
  const {
    name,
    accessPoints = [],
    tests = [],
    roaming = 'ask',
    preferUnmetered = true,
  } = raw as Record<string, unknown>;
  const names = before.map((entry) => entry.name);
  const problem = nameProblem(name, names, internetName);
  if (problem !== undefined) {
    return { problem };
  }
  if (!Array.isArray(accessPoints) || !accessPoints.every(isIdentifier)) {
    return { problem: 'accessPoints' };
  }
  if (!policies.includes(roaming)) {
    return { problem: 'roaming' };
  }
  if (typeof preferUnmetered !== 'boolean') {
    return { problem: 'preferUnmetered' };
  }
  if (!Array.isArray(tests)) {
    return { problem: 'tests' };
  }
  const parsed = tests.map(parseSuitabilityTest);
  const detail = parsed.find((test) => typeof test === 'string');
  if (detail !== undefined) {
    return { problem: 'tests', detail };
  }
  return {
    name: String(name).trim(),
    accessPoints: [...new Set(accessPoints)],
    tests: parsed.filter((test) => typeof test !== 'string'),
    roaming: roaming as RoamingPolicy,
    preferUnmetered,
  };
}

const isIdentifier = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(value);

/** What the engine is told. With `asksAlways` nothing moves by itself: the editor's own connection may ride on it. */
export function definitionsOf(
  networks: readonly NetworkEntry[],
  internet: { readonly name: string; readonly roaming: RoamingPolicy },
  asksAlways: boolean,
): readonly ServiceNetworkDefinition[] {
  const policy = (roaming: RoamingPolicy) => (asksAlways && roaming === 'automatic' ? 'ask' : roaming);
  return [
    {
      identifier: internetIdentifier,
      name: internet.name,
      accessPoints: 'internet',
      roaming: policy(internet.roaming),
    },
    ...networks.map(({ name, accessPoints, tests, roaming, preferUnmetered }) => ({
      identifier: networkIdentifier(name),
      name,
      accessPoints,
      tests,
      roaming: policy(roaming),
      prefersUnmetered: preferUnmetered,
    })),
  ];
}

/** Why a name cannot be taken, for who types it. */
export function nameSentence(problem: 'name' | 'reserved' | 'duplicate', t: Translate): string {
  switch (problem) {
    case 'name':
      return t('A service network needs a name of 1 to {0} letters on one line.', longestName);
    case 'reserved':
      return t('This name belongs to the service network that is always there.');
    case 'duplicate':
      return t('There is a service network of this name already.');
  }
}

function entrySentence({ problem, detail }: WrongEntry, t: Translate): string {
  switch (problem) {
    case 'list':
      return t('It must be a list of service networks.');
    case 'entry':
      return t('A service network is an object with a name and access points.');
    case 'name':
    case 'reserved':
    case 'duplicate':
      return nameSentence(problem, t);
    case 'accessPoints':
      return t('The access points must be a list of identifiers.');
    case 'tests':
      return detail === undefined ? t('The tests must be a list.') : testProblemSentence(detail, t);
    case 'roaming':
      return t('Roaming must be one of these: {0}.', policies.join(', '));
    case 'preferUnmetered':
      return t('Prefer unmetered must be true or false.');
  }
}

/** What is wrong with a suitability test, for who types it. */
export function testProblemSentence(problem: SuitabilityProblem, t: Translate): string {
  return t(problem);
}

/** All the sentences of {@link testProblemSentence}: their texts are in a table. */
export const testProblemSentences: readonly string[] = Object.values(suitabilityProblems);

/** One message for all the wrong entries that were found together. */
export function wrongNetworks(wrong: readonly WrongEntry[], t: Translate): string {
  const [first] = wrong;
  const setting = `networkSessions.${networksKey}`;
  if (first === undefined) {
    return '';
  }
  const sentence = entrySentence(first, t);
  if (first.number === 0) {
    return t('The setting {0} is ignored. {1}', setting, sentence);
  }
  return wrong.length === 1
    ? t('Entry {0} of the setting {1} is ignored. {2}', first.number, setting, sentence)
    : t(
        '{0} entries of the setting {1} are ignored. The first is number {2}: {3}',
        wrong.length,
        setting,
        first.number,
        sentence,
      );
}
