import * as assert from 'node:assert/strict';
import { SessionState } from '../../../src/engine/index.js';
import { othersOn, reasonsToAsk, reasonsToStay } from '../../../src/host/model/reasons.js';
import { english as t } from '../../../src/host/model/translate.js';
import { network, settled } from './network.js';

suite('why a person is asked before something is taken down', () => {
  test('it was not started here: up, being started or being stopped by somebody else', async () => {
    const { manager, list, simulation } = await network([
      { identifier: 'route', up: true },
      { identifier: 'lan', name: 'LAN' },
      { identifier: 'vpn', name: 'VPN', startMs: 1e6 },
    ]);
    const foreign = ['LAN was not started by Network Sessions.'];
    assert.deepEqual(reasonsToAsk(manager, 'lan', t), []);
    simulation.startElsewhere('lan');
    assert.equal(manager.stateOf('lan'), SessionState.Connecting);
    assert.deepEqual(reasonsToAsk(manager, 'lan', t), foreign);
    simulation.set('lan', { up: true });
    assert.deepEqual(reasonsToAsk(manager, 'lan', t), foreign);
    list.open(list.create('vpn'));
    assert.equal(manager.stateOf('vpn'), SessionState.Connecting);
    assert.deepEqual(reasonsToAsk(manager, 'vpn', t), [], 'the start is our own');
  });

  test('this machine routes by it', async () => {
    const { manager } = await network([{ identifier: 'lan', name: 'LAN', up: true, connectivity: 'full' }]);
    assert.match(reasonsToAsk(manager, 'lan', t)[0] ?? '', /^LAN carries the default route/);
  });

  test("others' sessions on it, those that are being opened too (O7)", async () => {
    const { list } = await network([{ identifier: 'lan', startMs: 1e6 }]);
    const indexer = list.create('lan', { owner: 'Indexer', reason: 'index' });
    assert.deepEqual(othersOn(list, 'lan', indexer.session, t), []);
    const persons = list.create('lan');
    list.open(persons);
    assert.ok(persons.session.isOpening);
    assert.deepEqual(othersOn(list, 'lan', indexer.session, t), ['This ends sessions opened by you.']);
    list.open(indexer);
    assert.deepEqual(othersOn(list, 'lan', persons.session, t), ['This ends sessions opened by Indexer.']);
  });

  test('the end of all sessions stops what was started here, and the policy is asked', async () => {
    const { manager, list } = await network([
      { identifier: 'lan', name: 'LAN', connectivity: 'full' },
      { identifier: 'wifi', name: 'Wi-Fi', up: true },
    ]);
    list.open(list.create('lan'));
    list.open(list.create('wifi'));
    await settled();
    const reasons = () => reasonsToStay(manager, ['lan', 'lan', 'wifi'], t);
    assert.equal(reasons()[0], 'With them is stopped: LAN.');
    assert.match(reasons()[1] ?? '', /^LAN carries the default route/);
    assert.equal(reasons().length, 2);
    manager.lastClose = 'never';
    assert.deepEqual(reasons(), []);
  });
});
