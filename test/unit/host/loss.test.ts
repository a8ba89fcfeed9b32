import * as assert from 'node:assert/strict';
import { Capability, type CauseCode } from '../../../src/engine/index.js';
import { canOpenAgain, lossLine, lossMessage } from '../../../src/host/model/loss.js';
import { english as t } from '../../../src/host/model/translate.js';
import { network, settled } from './network.js';
import { office, openOn } from './roamingNetwork.js';

const lost = (accessPoint: string, code: CauseCode) => ({ accessPoint, cause: { code } });

suite('what the person is told of a loss', () => {
  test('opening again is offered where it can work, now or soon', async () => {
    const { manager } = await network([{ identifier: 'lan' }, { identifier: 'far', inReach: false }]);
    assert.ok(canOpenAgain(manager, lost('lan', 'disconnectedElsewhere')));
    assert.ok(canOpenAgain(manager, lost('far', 'carrierLost')), 'it may come into reach again');
    assert.ok(!canOpenAgain(manager, lost('gone', 'wentDown')));
    for (const code of ['profileRemoved', 'deviceRemoved', 'platformChanged'] as const) {
      assert.ok(!canOpenAgain(manager, lost('lan', code)), code);
    }
    const watched = await network([{ identifier: 'lan' }], Capability.DataStatistics);
    assert.ok(!canOpenAgain(watched.manager, lost('lan', 'wentDown')), 'nothing can be started here');
  });

  test('it says what has ended', async () => {
    const { list, simulation } = await network([{ identifier: 'lan', name: 'LAN' }]);
    const entry = list.create('lan');
    list.open(entry);
    await settled();
    simulation.remove('lan');
    await settled();
    assert.ok(entry.phase.kind === 'lost');
    assert.equal(lossMessage(entry.phase.failure, 1, t), 'LAN was deleted. The session on it has ended.');
    assert.equal(lossMessage(entry.phase.failure, 2, t), 'LAN was deleted. 2 sessions have ended.');
  });

  test('of a service network it says that no other access point worked, and another one may yet', async () => {
    const net = await office({});
    const entry = await openOn(net, 'network:Office');
    net.simulation.set('wifi', { inReach: false });
    net.simulation.set('lan', { inReach: false });
    await settled();
    const { phase } = entry;
    assert.ok(phase.kind === 'lost');
    assert.equal(
      lossMessage(phase.failure, 1, t, 'Office'),
      'The link of Office LAN was lost: the cable was pulled or the signal is gone. The session on Office has ended: no other access point worked.',
    );
    assert.match(lossMessage(phase.failure, 2, t, 'Office'), /2 sessions on Office have ended/);
    net.simulation.set('wifi', { inReach: true });
    net.simulation.remove('lan');
    assert.equal(lossLine(phase.failure), 'lost lan: carrierLost');
    assert.equal(lossLine(lost('network:Office', 'profileRemoved')), 'lost service network: profileRemoved');
    const deleted = lost('lan', 'profileRemoved');
    assert.ok(canOpenAgain(net.manager, deleted, 'network:Office'));
    assert.ok(!canOpenAgain(net.manager, deleted));
  });
});
