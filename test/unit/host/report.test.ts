import * as assert from 'node:assert/strict';
import { bugReport, Placeholders } from '../../../src/host/model/report.js';
import type { SettingValues } from '../../../src/host/model/settingRules.js';
import { network, settled } from './network.js';
import { office, openOn } from './roamingNetwork.js';

const settings: SettingValues = {
  platform: 'simulated',
  'internet.roaming': 'ask',
  'sessions.lastClose': 'ifStartedHere',
  'sessions.linger': { afterClose: 0, afterDeath: 30 },
  'statusBar.show': 'traffic',
  'statusBar.unit': 'bytes',
  'sampling.interval': 2000,
  probeUrl: 'http://secret.example/generate_204',
};
const surroundings = { extension: '1.2.3', editor: 'VS Code', system: 'linux', remote: undefined };

suite('the details for a bug report', () => {
  test('tell what is needed, with names on request', async () => {
    const { manager, list } = await network([{ identifier: 'secret-uuid', name: 'Secret\nLAN', up: true }]);
    list.open(list.create('secret-uuid'));
    await settled();
    const report = bugReport(manager, list.shown, settings, surroundings, false);
    for (const part of [
      /platform: simulated/,
      /CanStartAndStopInterfaces, ApplicationLevelRoaming, ForcedRoaming, DataStatistics/,
      /Secret LAN secret-uuid/,
      /192\.0\.2\./,
      /Connected\/Active, default/,
      /networkSessions\.statusBar\.show: traffic/,
      /networkSessions\.probeUrl: http:\/\/secret\.example\/generate_204/,
      /Connected, open/,
    ]) {
      assert.match(report, part);
    }
  });

  test('without names and addresses hold none, and the same placeholder for the same text', async () => {
    const { manager, list } = await network([
      { identifier: 'secret-uuid', name: 'SecretLAN', up: true },
      { identifier: 'other-uuid', name: 'OtherLAN' },
    ]);
    list.open(list.create('secret-uuid'));
    await settled();
    const report = bugReport(manager, list.shown, settings, surroundings, true);
    assert.doesNotMatch(report, /secret|other-uuid|OtherLAN|192\.0\.2|sim0/i);
    assert.equal(report.match(/<name 1> <identifier 1>/g)?.length, 2, 'in the configuration and in its session');
    assert.match(report, /<name 2> <identifier 2>/);
    assert.match(report, /networkSessions\.probeUrl: <address 1>/);
  });

  test('service networks, and the sessions on them with their moves, without names on request', async () => {
    const net = await office({ tests: [{ tcp: 'secret.example:443' }] });
    const entry = await openOn(net, 'network:Office');
    net.simulation.set('lan', { inReach: false });
    while (entry.accessPoint !== 'wifi') {
      await settled();
    }
    await settled();
    const plain = bugReport(net.manager, net.list.shown, settings, surroundings, false);
    assert.match(
      plain,
      /service networks: 2\n- Internet internet; .*\n- Office network:Office; .*access points lan wifi; /,
    );
    assert.match(plain, /preferred wifi, in use wifi; roaming ask, tests 1/);
    assert.match(plain, /- Office network:Office on wifi; Connected, open; .* lan -> wifi: escaped \(carrierLost\)/);
    const withheld = bugReport(net.manager, net.list.shown, settings, surroundings, true);
    assert.doesNotMatch(withheld, /Office|secret\.example|\blan\b|wifi/);
  });

  test('placeholders are stable, by kind', () => {
    const hide = new Placeholders(true);
    assert.equal(hide.of('name', 'a'), '<name 1>');
    assert.equal(hide.of('address', 'a'), '<address 1>');
    assert.equal(hide.of('name', 'b'), '<name 2>');
    assert.equal(hide.of('name', 'a'), '<name 1>');
    assert.equal(hide.of('name', ''), '');
  });
});
