import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { simulated, theExtension } from './support.js';

suite('activation', () => {
  test('gives getAPI; what tests get beside it they get in tests only', async () => {
    const exported = await theExtension().activate();
    assert.deepEqual(Object.keys(exported).sort(), ['getAPI', 'meetAt', 'platform']);
  });

  test('every command of the manifest is registered', async () => {
    await theExtension().activate();
    const known = new Set(await vscode.commands.getCommands(true));
    const { commands } = (theExtension().packageJSON as { contributes: { commands: { command: string }[] } })
      .contributes;
    assert.ok(commands.length >= 8);
    assert.deepEqual(
      commands.map(({ command }) => command).filter((command) => !known.has(command)),
      [],
    );
  });

  test('the views open', async () => {
    await simulated();
    await vscode.commands.executeCommand('networkSessions.configurations.focus');
    await vscode.commands.executeCommand('networkSessions.sessions.focus');
  });
});
