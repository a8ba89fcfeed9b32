import { window } from 'vscode';
import { ConfigurationType, type NetworkConfiguration, type NetworkConfigurationManager } from '../../engine/index.js';
import type { Log } from '../editor/log.js';
import { t } from '../editor/translation.js';
import { type CommandName, configurationsViewId } from '../model/names.js';
import { elementOf } from '../model/networkEdits.js';
import { definitionOf } from '../model/networkView.js';
import { messageOf } from '../model/sentences.js';
import type { SessionEntry, SessionList } from '../model/sessionList.js';
import type { Dialogs } from './dialogs.js';
import { showInView } from './progress.js';
import type { RoamingActions } from './roamingActions.js';
import type { SessionActions } from './sessionActions.js';

/** What the commands work on. */
export interface CommandTargets {
  readonly manager: NetworkConfigurationManager;
  readonly list: SessionList;
  readonly actions: SessionActions;
  readonly roaming: RoamingActions;
  readonly dialogs: Dialogs;
  readonly log: Log;
}

/** Anything can call a command with anything; the views call them with their elements. */
export type Handler = (argument: unknown) => unknown;

/** All commands, in one table. Without an argument they ask. */
export function handlers(targets: CommandTargets): Readonly<Record<CommandName, Handler>> {
  const { manager, list, actions, dialogs, log } = targets;
  return {
    ...roamingHandlers(targets),
    ...networkHandlers(targets),
    openSession: async (argument) => {
      const entry = list.find(argument);
      if (entry?.phase.kind === 'lost') {
        return actions.openAgain(entry);
      }
      const configuration = configurationIn(manager, list, argument) ?? (await dialogs.picks.configuration());
      return configuration && actions.open(configuration);
    },
    closeSession: async (argument) => {
      const entry = list.find(argument) ?? (await dialogs.picks.closable());
      return entry && actions.close(entry);
    },
    dismissSession: async (argument) => {
      const entry = list.find(argument) ?? (await dialogs.picks.lost());
      if (entry?.phase.kind === 'lost') {
        list.dismiss(entry);
      }
    },
    stopAccessPoint: async (argument) => {
      const configuration = configurationIn(manager, list, argument) ?? (await dialogs.picks.stoppable());
      return configuration && actions.stop(configuration.identifier);
    },
    refresh: async () => {
      const obstacle = manager.obstacle('update');
      if (obstacle !== undefined) {
        void window.showWarningMessage(messageOf(obstacle, manager.system.platform, t));
        return;
      }
      const done = manager.updateConfigurations();
      showInView(configurationsViewId, done);
      await done;
    },
    showActions: async () => dialogs.menu.show(),
    showLog: () => log.show(),
    copyDetails: async () => dialogs.copyDetails(),
    testLink: async (argument) => {
      const given = configurationIn(manager, list, argument);
      const isAccessPoint = given?.type === ConfigurationType.InternetAccessPoint;
      const configuration = isAccessPoint ? given : await dialogs.picks.testable();
      return configuration && dialogs.linkTest.run(configuration);
    },
    releaseAll: async () => dialogs.releaseAll(),
  };
}

function roamingHandlers({ list, roaming, dialogs }: CommandTargets) {
  const migrateTo: Handler = async (argument) => {
    const entry = list.find(argument) ?? (await dialogs.picks.migratable());
    const place = entry && (await dialogs.picks.destination(entry));
    if (entry !== undefined && place !== undefined) {
      await roaming.migrate([entry], place.identifier);
    }
  };
  const answer =
    (kind: 'offered' | 'activated', act: (entry: SessionEntry) => unknown): Handler =>
    async (argument) => {
      const entry = list.find(argument) ?? (await dialogs.picks.waiting(kind));
      await (entry && act(entry));
    };
  return {
    // on a row that shows an offer, there is nothing to ask
    migrate: async (argument: unknown) => {
      const entry = list.find(argument);
      await (entry?.session.offer.kind === 'offered' ? roaming.migrate([entry]) : migrateTo(argument));
    },
    migrateTo,
    ignore: answer('offered', (entry) => roaming.ignore([entry])),
    accept: answer('activated', (entry) => roaming.accept([entry])),
    reject: answer('activated', (entry) => roaming.reject([entry])),
  };
}

function networkHandlers({ manager, dialogs }: CommandTargets) {
  /** The service network that an argument is about; undefined for anything else. */
  const networkIn = (argument: unknown): string | undefined => {
    const { network, identifier } = elementOf(typeof argument === 'string' ? argument : '');
    return definitionOf(manager, network ?? identifier)?.identifier;
  };
  return {
    createServiceNetwork: async () => dialogs.editor.create(),
    editServiceNetwork: async (argument: unknown) => dialogs.editor.edit(networkIn(argument)),
    deleteServiceNetwork: async (argument: unknown) => dialogs.editor.delete(networkIn(argument)),
    removeFromServiceNetwork: async (argument: unknown) => {
      const { editor, picks } = dialogs;
      const element = typeof argument === 'string' ? elementOf(argument) : undefined;
      const member = element?.network === undefined ? await picks.member() : element;
      if (member?.network !== undefined) {
        await editor.removeMember(member.network, member.identifier);
      }
    },
  };
}

/** An element of a view, an identifier, or a configuration; undefined for anything else. */
function configurationIn(
  manager: NetworkConfigurationManager,
  list: SessionList,
  argument: unknown,
): NetworkConfiguration | undefined {
  const entry = list.find(argument);
  if (entry !== undefined) {
    return manager.configurationFromIdentifier(entry.accessPoint);
  }
  const given =
    typeof argument === 'object' && argument !== null && 'identifier' in argument ? argument.identifier : argument;
  const identifier = typeof given === 'string' ? elementOf(given).identifier : undefined;
  return typeof identifier === 'string' && identifier !== ''
    ? manager.configurationFromIdentifier(identifier)
    : undefined;
}
