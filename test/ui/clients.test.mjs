// What a person reads of the extensions that open sessions, in a VS Code that has such a one.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { windowFor } from './journeys.mjs';

/** Opens two sessions: one says who it is as it should, the other by its identifier alone. */
const weather = `
  const { extensions } = require('vscode');
  exports.activate = async (context) => {
    const api = (await extensions.getExtension('network-sessions.network-sessions').activate()).getAPI(1);
    await api.ready;
    for (const extension of [context.extension, context.extension.id]) {
      const reason = typeof extension === 'string' ? 'Named' : 'Shown';
      api.createSession(api.defaultConfiguration, { extension, reason }).open();
    }
  };
`;

suite('a person with another extension that opens sessions', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'network-sessions-weather-'));
  writeFileSync(
    path.join(folder, 'package.json'),
    JSON.stringify({
      ...{ name: 'weather', publisher: 'example', version: '1.0.0', displayName: 'Weather', main: './main.js' },
      ...{ engines: { vscode: '^1.105.0' }, activationEvents: ['onStartupFinished'] },
    }),
  );
  writeFileSync(path.join(folder, 'main.js'), weather);
  suiteTeardown(() => rmSync(folder, { recursive: true }));

  const person = windowFor({ settings: { 'networkSessions.platform': 'simulated' }, others: [folder] });

  test('reads its name where it has shown who it is, already while it is activated, and else that it calls itself so', async () => {
    await person().session('Office LAN', 'Weather: Shown').waitFor();
    await person().session('Office LAN', 'an extension that calls itself Weather: Named').waitFor();
  });
});
