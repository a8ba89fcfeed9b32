import { commands, type QuickPickItem, window } from 'vscode';
import type { NetworkConfigurationManager } from '../../engine/index.js';
import { t } from '../editor/translation.js';
import { accessPointsOf, canOpen, canStop, readAccessPoint } from '../model/accessPointView.js';
import { placesToGo } from '../model/migration.js';
import { commandId, configurationsViewId } from '../model/names.js';
import { networkOf } from '../model/networkView.js';
import type { SessionEntry, SessionList } from '../model/sessionList.js';
import { displayName } from '../model/words.js';
import type { RoamingActions } from './roamingActions.js';
import type { SessionActions } from './sessionActions.js';

interface Act extends QuickPickItem {
  readonly act: () => unknown;
}

/** What the status bar's click offers: that which can be done now, the likeliest first. */
export class ActionsMenu {
  readonly #manager: NetworkConfigurationManager;
  readonly #list: SessionList;
  readonly #actions: SessionActions;
  readonly #roaming: RoamingActions;

  constructor(
    manager: NetworkConfigurationManager,
    list: SessionList,
    actions: SessionActions,
    roaming: RoamingActions,
  ) {
    this.#manager = manager;
    this.#list = list;
    this.#actions = actions;
    this.#roaming = roaming;
  }

  async show(): Promise<void> {
    const lost = this.#list.shown.filter(({ phase }) => phase.kind === 'lost');
    this.#list.notice(lost);
    const acts = [
      ...lost.flatMap((entry) => this.#forLost(entry)),
      ...this.#list.shown.flatMap((entry) => this.#forOffer(entry)),
      ...this.#forCurrent(),
      ...(accessPointsOf(this.#manager).length > 0
        ? [command('$(add)', t('Open Session…'), commandId('openSession'))]
        : []),
      ...(this.#manager.obstacle('update') === undefined
        ? [command('$(refresh)', t('Refresh Configurations'), commandId('refresh'))]
        : []),
      command('$(list-unordered)', t('Show Configurations and Sessions'), `${configurationsViewId}.focus`),
      command('$(output)', t('Show Log'), commandId('showLog')),
      command('$(copy)', t('Copy Details'), commandId('copyDetails')),
      command('$(gear)', t('Open Settings'), 'workbench.action.openSettings', 'networkSessions'),
    ];
    const picked = await window.showQuickPick(acts, {
      title: 'Network Sessions',
      placeHolder: t('What do you want to do?'),
    });
    await picked?.act();
  }

  #forLost(entry: SessionEntry): readonly Act[] {
    const name = displayName(entry.session.configuration, t);
    return [
      { label: `$(debug-restart) ${t('Open Again: {0}', name)}`, act: () => this.#actions.openAgain(entry) },
      { label: `$(close) ${t('Dismiss: {0}', name)}`, act: () => this.#list.dismiss(entry) },
    ];
  }

  /** For a session that waits for an answer. */
  #forOffer(entry: SessionEntry): readonly Act[] {
    const { offer } = entry.session;
    const name = this.#nameOf(entry);
    const to = 'configuration' in offer && offer.configuration !== undefined ? displayName(offer.configuration, t) : '';
    switch (offer.kind) {
      case 'offered':
        return [
          { label: `$(arrow-swap) ${t('Migrate {0} to {1}', name, to)}`, act: () => this.#roaming.migrate([entry]) },
          { label: `$(bell-slash) ${t('Ignore {0} for {1}', to, name)}`, act: () => this.#roaming.ignore([entry]) },
        ];
      case 'activated':
        return [
          { label: `$(check) ${t('Accept {0} for {1}', to, name)}`, act: () => this.#roaming.accept([entry]) },
          { label: `$(discard) ${t('Reject {0} for {1}', to, name)}`, act: () => this.#roaming.reject([entry]) },
        ];
      default:
        return [];
    }
  }

  /** The name of the service network that it is on, else that of the access point. */
  #nameOf(entry: SessionEntry): string {
    const identifier = networkOf(this.#manager, entry.session) ?? entry.accessPoint;
    return displayName(this.#manager.configurationFromIdentifier(identifier), t);
  }

  /** For the session opened last, or for the default access point. */
  #forCurrent(): readonly Act[] {
    const entry = this.#list.lastOpened;
    const identifier = entry?.accessPoint ?? this.#manager.defaultConfiguration.identifier;
    const view = readAccessPoint(this.#manager, identifier);
    const name = displayName(view.configuration, t);
    const acts: Act[] = [];
    if (entry !== undefined) {
      acts.push({
        label: `$(debug-disconnect) ${t('Close Session: {0}', this.#nameOf(entry))}`,
        act: () => this.#actions.close(entry),
      });
      if (placesToGo(this.#manager, entry.session).length > 0) {
        const id = commandId('migrateTo');
        acts.push(command('$(arrow-swap)', t('Migrate {0} to…', this.#nameOf(entry)), id, entry.id));
      }
    } else if (view.configuration.isValid && canOpen(view)) {
      acts.push({
        label: `$(add) ${t('Open Session: {0}', name)}`,
        act: () => this.#actions.open(view.configuration),
      });
    }
    if (canStop(view)) {
      acts.push({
        label: `$(debug-stop) ${t('Stop Access Point: {0}', name)}`,
        act: () => this.#actions.stop(identifier),
      });
    }
    return acts;
  }
}

const command = (icon: string, label: string, id: string, ...values: unknown[]): Act => ({
  label: `${icon} ${label}`,
  act: () => commands.executeCommand(id, ...values),
});
