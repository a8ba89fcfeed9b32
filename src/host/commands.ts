import { commands, type Disposable, window } from 'vscode';
import type { NetworkConfiguration, NetworkConfigurationManager } from '../engine/index.js';
import type { ActionsMenu } from './actionsMenu.js';
import type { Log } from './log.js';
import { type CommandName, commandId, commandNames, configurationsViewId } from './model/names.js';
import { messageOf } from './model/sentences.js';
import { SessionEntry, type SessionList } from './model/sessionList.js';
import type { Picks } from './picks.js';
import { showInView } from './progress.js';
import type { SessionActions } from './sessionActions.js';
import { t } from './translate.js';

/** What the commands work on. */
export interface CommandTargets {
  readonly manager: NetworkConfigurationManager;
  readonly list: SessionList;
  readonly actions: SessionActions;
  readonly picks: Picks;
  readonly menu: ActionsMenu;
  readonly log: Log;
  readonly copyDetails: () => Promise<void>;
}

/** Anything can call a command with anything; the views call them with their elements. */
type Handler = (argument: unknown) => unknown;

/** All commands, in one table. Without an argument they ask. */
function handlers(targets: CommandTargets): Readonly<Record<CommandName, Handler>> {
  const { manager, list, actions, picks, menu, log } = targets;
  return {
    openSession: async (argument) => {
      const entry = entryIn(list, argument);
      if (entry?.phase.kind === 'lost') {
        return actions.openAgain(entry);
      }
      const configuration = configurationIn(manager, list, argument) ?? (await picks.configuration());
      return configuration && actions.open(configuration);
    },
    closeSession: async (argument) => {
      const entry = entryIn(list, argument) ?? (await picks.closable());
      return entry && actions.close(entry);
    },
    dismissSession: async (argument) => {
      const entry = entryIn(list, argument) ?? (await picks.lost());
      if (entry?.phase.kind === 'lost') {
        list.dismiss(entry);
      }
    },
    stopAccessPoint: async (argument) => {
      const configuration = configurationIn(manager, list, argument) ?? (await picks.stoppable());
      return configuration && actions.stop(configuration.identifier);
    },
    refresh: async () => {
      const obstacle = manager.obstacle('update');
      if (obstacle !== undefined) {
        void window.showWarningMessage(messageOf(obstacle, t));
        return;
      }
      const done = manager.updateConfigurations();
      showInView(configurationsViewId, done);
      await done;
    },
    showActions: () => menu.show(),
    showLog: () => log.show(),
    copyDetails: () => targets.copyDetails(),
  };
}

/**
 * Registers all commands, once: they work on what serves when they are called, and wait for it while the platform changes.
 * What goes wrong in one is logged and said, not swallowed.
 */
export function registerCommands(targets: () => Promise<CommandTargets>, log: Log): Disposable[] {
  return commandNames.map((name) =>
    commands.registerCommand(commandId(name), async (argument?: unknown) => {
      try {
        await handlers(await targets())[name](argument);
      } catch (error) {
        log.defect(`The command ${name} failed`, error);
        throw error;
      }
    }),
  );
}

function entryIn(list: SessionList, argument: unknown): SessionEntry | undefined {
  if (argument instanceof SessionEntry) {
    return argument;
  }
  return typeof argument === 'string' ? list.byId(argument) : undefined;
}

/** An element of a view, an identifier, or a configuration; undefined for anything else. */
function configurationIn(
  manager: NetworkConfigurationManager,
  list: SessionList,
  argument: unknown,
): NetworkConfiguration | undefined {
  const entry = entryIn(list, argument);
  if (entry !== undefined) {
    return manager.configurationFromIdentifier(entry.accessPoint);
  }
  const identifier =
    typeof argument === 'object' && argument !== null && 'identifier' in argument ? argument.identifier : argument;
  return typeof identifier === 'string' && identifier !== ''
    ? manager.configurationFromIdentifier(identifier)
    : undefined;
}
