import { commands, type Disposable } from 'vscode';
import type { Dialogs } from '../dialogs/dialogs.js';
import type { Log } from '../editor/log.js';
import { commandId, commandNames } from '../model/names.js';

/**
 * Registers all commands, once: they work on what serves when they are called, and wait for it while the platform changes.
 * Their code is read with the first. What goes wrong in one is logged and said, not swallowed.
 */
export function registerCommands(dialogs: () => Promise<Dialogs>, log: Log): Disposable[] {
  return commandNames.map((name) =>
    commands.registerCommand(commandId(name), async (argument?: unknown) => {
      try {
        await (await dialogs()).commands[name](argument);
      } catch (error) {
        log.defect(`The command ${name} failed`, error);
        throw error;
      }
    }),
  );
}
