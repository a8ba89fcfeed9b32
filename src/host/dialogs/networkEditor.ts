import { type InputBoxOptions, type QuickPickItem, type QuickPickOptions, window } from 'vscode';
import type { NetworkConfigurationManager, RoamingPolicy } from '../../engine/index.js';
import { plainLine } from '../../shared/hostileText.js';
import { parseSuitabilityTest } from '../../shared/suitabilityTest.js';
import type { Settings } from '../editor/settings.js';
import { t } from '../editor/translation.js';
import { inOrder, readAccessPoint } from '../model/accessPointView.js';
import { configurationItem } from '../model/configurationItem.js';
import type { NetworkChange } from '../model/networkEdits.js';
import { placed } from '../model/networkEdits.js';
import {
  internetIdentifier,
  type NetworkEntry,
  nameProblem,
  nameSentence,
  networkIdentifier,
  networkName,
  testProblemSentence,
} from '../model/serviceNetworks.js';
import type { SessionList } from '../model/sessionList.js';
import { testText } from '../model/testText.js';
import { configurationIcon, displayName, policyWord } from '../model/words.js';
import type { NetworkChanges } from './networkChanges.js';
import type { Picks } from './picks.js';
import { write } from './write.js';

interface Choice<T> extends QuickPickItem {
  readonly choice: T;
}

/** Makes and changes service networks with the person, step by step. Escape leaves a step; what was done stays done. */
export class NetworkEditor {
  readonly #manager: NetworkConfigurationManager;
  readonly #list: SessionList;
  readonly #networks: NetworkChanges;
  readonly #settings: Settings;
  readonly #picks: Picks;

  constructor(
    manager: NetworkConfigurationManager,
    list: SessionList,
    networks: NetworkChanges,
    settings: Settings,
    picks: Picks,
  ) {
    this.#manager = manager;
    this.#list = list;
    this.#networks = networks;
    this.#settings = settings;
    this.#picks = picks;
  }

  /** Asks for a name, access points and who is asked before a session moves. */
  async create(): Promise<void> {
    const title = (step: number) => t('Create Service Network ({0} of 3)', step);
    const name = await this.#askName(title(1), '');
    const accessPoints = name === undefined ? undefined : await this.#askAccessPoints(title(2), []);
    const roaming = accessPoints === undefined ? undefined : await askPolicy(title(3));
    if (name !== undefined && accessPoints !== undefined && roaming !== undefined) {
      await write(this.#networks.add({ name, accessPoints, roaming, tests: [], preferUnmetered: true }));
    }
  }

  /** @param wanted the identifier of a service network; asked for where it is none. */
  async edit(wanted: string | undefined): Promise<void> {
    const identifier = wanted ?? (await this.#picks.network(false))?.identifier;
    if (identifier === internetIdentifier) {
      await this.#editInternet();
    } else if (identifier !== undefined) {
      await this.#editOwn(networkName(identifier));
    }
  }

  async #editInternet(): Promise<void> {
    const roaming = await askPolicy(t('Roaming of {0}', t('Internet')), this.#settings.values['internet.roaming']);
    if (roaming !== undefined) {
      await write(this.#settings.write('internet.roaming', roaming));
    }
  }

  async #editOwn(name: string | undefined): Promise<void> {
    const entry = this.#networks.entries.find((each) => each.name === name);
    if (entry === undefined) {
      void window.showInformationMessage(t('There is no service network of this name.'));
      return;
    }
    const title = t('Edit Service Network: {0}', plainLine(entry.name));
    const act = await ask(this.#facets(entry, title), { title, placeHolder: t('What do you want to change?') });
    const next = await act?.();
    if (next !== undefined) {
      await this.#editOwn(next);
    }
  }

  /** What can be changed; each act gives the name that the service network has then, or nothing when it was given up. */
  #facets(entry: NetworkEntry, title: string): readonly Choice<() => Promise<string | undefined>>[] {
    const nameOf = (identifier: string) => displayName(this.#manager.configurationFromIdentifier(identifier), t);
    const change = async (what: NetworkChange | undefined) =>
      what === undefined || (await write(this.#networks.change(entry.name, what))) ? entry.name : undefined;
    return [
      { label: t('Name'), description: plainLine(entry.name), choice: () => this.#rename(entry, title) },
      {
        label: t('Access points'),
        description: entry.accessPoints.map(nameOf).join(', '),
        choice: async () => {
          const accessPoints = await this.#askAccessPoints(title, entry.accessPoints);
          return change(accessPoints && { accessPoints });
        },
      },
      {
        label: t('Order'),
        description: t('the preferred one first'),
        choice: async () => change(await askOrder(title, entry.accessPoints, nameOf)),
      },
      {
        label: t('Tests'),
        description: entry.tests.map(testText).join(', ') || t('none'),
        choice: async () => change(await askTests(title, entry)),
      },
      {
        label: t('Roaming'),
        description: policyWord(entry.roaming, t),
        choice: async () => {
          const roaming = await askPolicy(title, entry.roaming);
          return change(roaming && { roaming });
        },
      },
      {
        label: t('Prefer unmetered'),
        description: entry.preferUnmetered ? t('Yes') : t('No'),
        choice: () => change({ preferUnmetered: !entry.preferUnmetered }),
      },
    ];
  }

  async #rename(entry: NetworkEntry, title: string): Promise<string | undefined> {
    const name = await this.#askName(title, entry.name);
    if (name === undefined || name === entry.name) {
      return entry.name;
    }
    return (await write(this.#networks.rename(entry.name, name))) ? name : undefined;
  }

  /** @param wanted the identifier of a service network; asked for where it is none. */
  async delete(wanted: string | undefined): Promise<void> {
    const identifier = wanted ?? (await this.#picks.network(true))?.identifier;
    const name = networkName(identifier ?? '');
    if (name === undefined) {
      return;
    }
    const sessions = this.#list.shown.filter(
      (entry) => entry.target === networkIdentifier(name) && (entry.session.isOpen || entry.session.isOpening),
    );
    const remove = t('Delete');
    const stay = t('Its access points stay in the list.');
    const ends =
      sessions.length === 1
        ? t('This ends the session that is open on it.')
        : t('This ends {0} sessions that are open on it.', sessions.length);
    const detail = sessions.length === 0 ? stay : `${ends} ${stay}`;
    const question = t('Delete the service network {0}?', plainLine(name));
    if ((await window.showWarningMessage(question, { modal: true, detail }, remove)) === remove) {
      await write(this.#networks.remove(name));
    }
  }

  /** Takes an access point out of a service network of the person's. */
  async removeMember(network: string, accessPoint: string): Promise<void> {
    const entry = this.#networks.entries.find(({ name }) => name === networkName(network));
    if (entry !== undefined) {
      const accessPoints = entry.accessPoints.filter((each) => each !== accessPoint);
      await write(this.#networks.change(entry.name, { accessPoints }));
    }
  }

  async #askName(title: string, name: string): Promise<string | undefined> {
    const others = this.#networks.entries.map((entry) => entry.name).filter((other) => other !== name);
    const answer = await window.showInputBox({
      title,
      value: name,
      prompt: t('The name of the service network'),
      placeHolder: t('Office'),
      validateInput: (typed) => {
        const problem = nameProblem(typed, others, t('Internet'));
        return problem === undefined ? undefined : nameSentence(problem, t);
      },
    });
    return answer === undefined || nameProblem(answer, others, t('Internet')) !== undefined ? undefined : answer.trim();
  }

  /** Those that are there already keep their order; new ones come after them. */
  async #askAccessPoints(title: string, now: readonly string[]): Promise<readonly string[] | undefined> {
    const known = inOrder(this.#manager).map(({ identifier }) => identifier);
    const all = [...now, ...known.filter((identifier) => !now.includes(identifier))];
    const choices = all.map((identifier): Choice<string> => {
      const view = readAccessPoint(this.#manager, identifier);
      const { label, description } = configurationItem(view, t);
      const icon = configurationIcon(view.configuration);
      return { choice: identifier, label: `$(${icon}) ${label}`, description, picked: now.includes(identifier) };
    });
    const placeHolder = t('Which access points lead there? The first is preferred.');
    const picked = await window.showQuickPick(choices, { title, placeHolder, canPickMany: true });
    return picked?.map(({ choice }) => choice);
  }
}

async function ask<T>(choices: readonly Choice<T>[], options: QuickPickOptions): Promise<T | undefined> {
  return (await window.showQuickPick(choices, options))?.choice;
}

function askPolicy(title: string, now?: RoamingPolicy): Promise<RoamingPolicy | undefined> {
  const choice = (policy: RoamingPolicy, detail: string): Choice<RoamingPolicy> => ({
    choice: policy,
    label: policyWord(policy, t),
    detail,
    ...(policy === now ? { description: t('as now') } : {}),
  });
  const choices = [
    choice('ask', t('You are asked before a session moves. From an access point that is lost it moves at once.')),
    choice('automatic', t('A session moves by itself where the tests pass. In a remote window you are asked.')),
    choice('never', t('A session stays where it is, and ends when that is lost.')),
  ];
  return ask(choices, { title, placeHolder: t('When another access point becomes the better one') });
}

/** Which one is to move, and in whose place. */
async function askOrder(
  title: string,
  now: readonly string[],
  nameOf: (identifier: string) => string,
): Promise<NetworkChange | undefined> {
  const choicesOf = (identifiers: readonly string[]) =>
    identifiers.map((choice) => ({ choice, label: `${now.indexOf(choice) + 1}. ${nameOf(choice)}` }));
  const which = await ask(choicesOf(now), { title, placeHolder: t('Which access point is to have another place?') });
  if (which === undefined) {
    return undefined;
  }
  const others = now.filter((each) => each !== which);
  const placeHolder = t('In whose place shall {0} be?', nameOf(which));
  const place = await ask(choicesOf(others), { title, placeHolder });
  return place === undefined ? undefined : { accessPoints: placed(now, which, place) };
}

/** Takes a test away, or adds one. */
async function askTests(title: string, { tests }: NetworkEntry): Promise<NetworkChange | undefined> {
  const add = (kind: 'tcp' | 'http' | 'dns', label: string): Choice<() => Promise<NetworkChange | undefined>> => ({
    label: `$(add) ${label}`,
    choice: () => addTest(title, tests, kind),
  });
  const choices: readonly Choice<() => Promise<NetworkChange | undefined>>[] = [
    ...tests.map((test) => ({
      label: `$(trash) ${t('Remove: {0}', testText(test))}`,
      choice: async () => ({ tests: tests.filter((other) => other !== test) }),
    })),
    add('tcp', t('Add: a server answers on a port (tcp)')),
    add('http', t('Add: an address can be fetched (http)')),
    add('dns', t('Add: a name can be looked up (dns)')),
  ];
  const act = await ask(choices, {
    title,
    placeHolder: t('What must hold of an access point before sessions stay there?'),
  });
  return act?.();
}

const examples = { tcp: 'server.example:443', http: 'https://server.example/', dns: 'server.example' } as const;

async function addTest(
  title: string,
  tests: NetworkEntry['tests'],
  kind: 'tcp' | 'http' | 'dns',
): Promise<NetworkChange | undefined> {
  const problemOf = (test: unknown) => {
    const parsed = parseSuitabilityTest(test);
    return typeof parsed === 'string' ? testProblemSentence(parsed, t) : undefined;
  };
  const input = (options: InputBoxOptions) => window.showInputBox({ title, ...options });
  const text = await input({
    prompt: kind === 'tcp' ? t('Host and port') : kind === 'http' ? t('Address') : t('Name'),
    placeHolder: examples[kind],
    validateInput: (typed) => problemOf({ [kind]: typed }),
  });
  if (text === undefined) {
    return undefined;
  }
  const statusOf = (typed: string) => (typed.trim() === '' ? {} : { status: Number(typed) });
  const status =
    kind === 'http'
      ? await input({
          prompt: t('Status that is expected; empty for any that is no failure'),
          placeHolder: '204',
          validateInput: (typed) => problemOf({ http: text, ...statusOf(typed) }),
        })
      : '';
  const test = parseSuitabilityTest({ [kind]: text, ...statusOf(status ?? '') });
  return status === undefined || typeof test === 'string' ? undefined : { tests: [...tests, test] };
}
