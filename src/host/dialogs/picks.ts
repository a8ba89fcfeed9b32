import { type CancellationToken, type QuickPickItem, window } from 'vscode';
import {
  type NetworkConfiguration,
  type NetworkConfigurationManager,
  userChoiceIdentifier,
} from '../../engine/index.js';
import { plainLine } from '../../shared/hostileText.js';
import { t } from '../editor/translation.js';
import { type AccessPointView, inOrder, isStoppable, isUp, readAccessPoint } from '../model/accessPointView.js';
import { beginning } from '../model/clients.js';
import { configurationItem } from '../model/configurationItem.js';
import { joined } from '../model/item.js';
import { placesToGo } from '../model/migration.js';
import type { Element } from '../model/networkEdits.js';
import { membersOf, networkItem, networkOf, readNetwork } from '../model/networkView.js';
import { offerPhrase } from '../model/offerText.js';
import { sentenceOf } from '../model/sentences.js';
import { internetIdentifier } from '../model/serviceNetworks.js';
import type { SessionEntry, SessionList } from '../model/sessionList.js';
import { configurationIcon, displayName, stateWord } from '../model/words.js';

interface Choice<T> extends QuickPickItem {
  readonly choice: T;
}

/** What a command asks when it was called without saying what it is about. Undefined is an answer: nothing. */
export class Picks {
  readonly #manager: NetworkConfigurationManager;
  readonly #list: SessionList;

  constructor(manager: NetworkConfigurationManager, list: SessionList) {
    this.#manager = manager;
    this.#list = list;
  }

  /** A configuration to open a session on; those that cannot be opened now say why, and can still be tried. */
  configuration(): Promise<NetworkConfiguration | undefined> {
    const accessPoints = inOrder(this.#manager);
    const above = accessPoints.length === 0 ? [] : [...this.#networks(), userChoiceIdentifier];
    return pick(
      [...above.map((identifier) => this.#networkChoice(identifier)), ...this.#openable(accessPoints)],
      t('Open a session on what?'),
      t('There is no access point on this machine to open a session on.'),
    );
  }

  /** What a user choice is to be; `owner` is the name of the extension that has opened it. */
  async choice(
    choices: readonly NetworkConfiguration[],
    owner: string | undefined,
    token: CancellationToken,
  ): Promise<string | undefined> {
    const isChoice = new Set(choices.map(({ identifier }) => identifier));
    const networks = this.#networks().filter((identifier) => isChoice.has(identifier));
    const accessPoints = inOrder(this.#manager).filter(({ identifier }) => isChoice.has(identifier));
    const question =
      owner === undefined
        ? t('What shall the session be on?')
        : t('{0} opens a session. What shall it be on?', plainLine(beginning(owner, t)));
    const picked = await pick(
      [...networks.map((identifier) => this.#networkChoice(identifier)), ...this.#openable(accessPoints)],
      question,
      t('There is no access point on this machine to open a session on.'),
      token,
    );
    return picked?.identifier;
  }

  /** Where a session is to be moved; what is offered comes first. */
  destination(entry: SessionEntry): Promise<NetworkConfiguration | undefined> {
    const { offer } = entry.session;
    const offered = offer.kind === 'offered' ? offer.configuration.identifier : '';
    const places = placesToGo(this.#manager, entry.session);
    const inOrderOfOffer = ahead(places, ({ identifier }) => identifier === offered);
    const network = this.#manager.configurationFromIdentifier(networkOf(this.#manager, entry.session) ?? '');
    const now = this.#manager.configurationFromIdentifier(entry.accessPoint);
    return pick(
      inOrderOfOffer.map((configuration) =>
        this.#choice(configuration, () => (configuration.identifier === offered ? offerPhrase(offer, t) : undefined)),
      ),
      t('Move {0} from {1} to which access point?', displayName(network, t), displayName(now, t)),
      t('There is no other access point in reach to move to.'),
    );
  }

  /** A session that can be moved, those with an offer first. */
  migratable(): Promise<SessionEntry | undefined> {
    const entries = this.#list.shown.filter(({ session }) => placesToGo(this.#manager, session).length > 0);
    return this.#among(
      ahead(entries, ({ session }) => session.offer.kind === 'offered'),
      t('Move which session?'),
      t('No session can be moved: that takes one on a service network with another access point in reach.'),
    );
  }

  /** A session whose offer waits, or whose move does. */
  waiting(kind: 'offered' | 'activated'): Promise<SessionEntry | undefined> {
    const [question, nothing] =
      kind === 'offered'
        ? [t('Ignore the offer to which session?'), t('No other access point is offered to a session.')]
        : [t('Answer for which session?'), t('No session is on trial on another access point.')];
    return this.#among(
      this.#list.shown.filter(({ session }) => session.offer.kind === kind),
      question,
      nothing,
    );
  }

  /** A service network to edit or delete. */
  network(isOwn: boolean): Promise<NetworkConfiguration | undefined> {
    return pick(
      this.#networks()
        .filter((identifier) => !isOwn || identifier !== internetIdentifier)
        .map((identifier) => this.#networkChoice(identifier)),
      isOwn ? t('Delete which service network?') : t('Edit which service network?'),
      t('There is no service network yet that was made by you.'),
    );
  }

  /** An access point in a service network of the person's. */
  member(): Promise<Element | undefined> {
    const own = this.#networks().filter((identifier) => identifier !== internetIdentifier);
    const choices = own.flatMap((network) => {
      const description = displayName(this.#manager.configurationFromIdentifier(network), t);
      return membersOf(this.#manager, network).map((member) => ({
        ...this.#choice(member, () => undefined),
        description,
        choice: { network, identifier: member.identifier },
      }));
    });
    return pick(
      choices,
      t('Remove which access point from its service network?'),
      t('There is no service network yet that was made by you.'),
    );
  }

  #networks(): readonly string[] {
    return this.#manager.serviceNetworks
      .filter(
        ({ identifier }) =>
          this.#manager.configurationFromIdentifier(identifier).children.length > 0 ||
          identifier !== internetIdentifier,
      )
      .map(({ identifier }) => identifier);
  }

  #networkChoice(identifier: string): Choice<NetworkConfiguration> {
    const view = readNetwork(this.#manager, identifier);
    const { label, description } = networkItem(view, t);
    return {
      choice: view.configuration,
      label: `$(${configurationIcon(view.configuration)}) ${label}`,
      description,
      ...(view.openObstacle === undefined ? {} : { detail: sentenceOf(view.openObstacle, t) }),
    };
  }

  #openable(accessPoints: readonly NetworkConfiguration[]): readonly Choice<NetworkConfiguration>[] {
    return accessPoints.map((configuration) =>
      this.#choice(configuration, ({ openObstacle }) => openObstacle && sentenceOf(openObstacle, t)),
    );
  }

  /** An access point to stop; those that cannot be stopped say why. */
  stoppable(): Promise<NetworkConfiguration | undefined> {
    const choices = inOrder(this.#manager)
      .filter(({ identifier }) => isStoppable(this.#manager.stateOf(identifier)))
      .map((configuration) =>
        this.#choice(configuration, ({ stopObstacle }) => stopObstacle && sentenceOf(stopObstacle, t)),
      );
    return pick(choices, t('Stop which access point?'), t('No access point is up that could be stopped.'));
  }

  /** An access point that is up, the default one first. */
  testable(): Promise<NetworkConfiguration | undefined> {
    const up = inOrder(this.#manager).filter(({ identifier }) => isUp(this.#manager.stateOf(identifier)));
    const first = this.#manager.defaultConfiguration.identifier;
    return pick(
      ahead(up, ({ identifier }) => identifier === first).map((each) => this.#choice(each, () => undefined)),
      t('Test which access point?'),
      t('No access point is up that could be tested.'),
    );
  }

  /** A session to close, or one whose opening to cancel. */
  closable(): Promise<SessionEntry | undefined> {
    return this.#entry(['open', 'opening'], t('Close which session?'), t('No session is open.'));
  }

  lost(): Promise<SessionEntry | undefined> {
    return this.#entry(['lost'], t('Dismiss which session?'), t('No session was lost.'));
  }

  #entry(kinds: readonly string[], question: string, nothing: string): Promise<SessionEntry | undefined> {
    return this.#among(
      this.#list.shown.filter(({ phase }) => kinds.includes(phase.kind)),
      question,
      nothing,
    );
  }

  #among(entries: readonly SessionEntry[], question: string, nothing: string): Promise<SessionEntry | undefined> {
    const choices = entries.map((entry): Choice<SessionEntry> => {
      const { session, phase } = entry;
      const on = this.#manager.configurationFromIdentifier(entry.accessPoint);
      const network = networkOf(this.#manager, session);
      const names = [network === undefined ? undefined : this.#manager.configurationFromIdentifier(network), on];
      return {
        choice: entry,
        label: `$(${configurationIcon(on)}) ${joined(' · ', ...new Set(names.map((each) => each && displayName(each, t))))}`,
        description: joined(
          ' · ',
          phase.kind === 'lost' ? sentenceOf(phase.failure, t) : stateWord(session.state, t),
          offerPhrase(session.offer, t),
          session.owner !== undefined && displayName({ name: session.owner, identifier: '' }, t),
        ),
      };
    });
    return pick(choices, question, nothing);
  }

  #choice(
    configuration: NetworkConfiguration,
    detail: (view: AccessPointView) => string | undefined,
  ): Choice<NetworkConfiguration> {
    const view = readAccessPoint(this.#manager, configuration.identifier);
    const { label, description } = configurationItem(view, t);
    const why = detail(view);
    return {
      choice: configuration,
      label: `$(${configurationIcon(configuration)}) ${label}`,
      description,
      ...(why === undefined ? {} : { detail: why }),
    };
  }
}

/** These first, each group in its order. */
function ahead<T>(all: readonly T[], isAhead: (each: T) => boolean): readonly T[] {
  return [...all.filter(isAhead), ...all.filter((each) => !isAhead(each))];
}

/** Asks; where there is nothing to choose from, says so instead. */
async function pick<T>(
  choices: readonly Choice<T>[],
  question: string,
  nothing: string,
  token?: CancellationToken,
): Promise<T | undefined> {
  if (choices.length === 0) {
    void window.showInformationMessage(nothing);
    return undefined;
  }
  const options = { title: 'Network Sessions', placeHolder: question, matchOnDescription: true };
  const picked = await window.showQuickPick(choices, options, token);
  return picked?.choice;
}
