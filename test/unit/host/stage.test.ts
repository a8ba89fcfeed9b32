import * as assert from 'node:assert/strict';
import { Capability, type SystemFacts } from '../../../src/engine/index.js';
import { contextOf } from '../../../src/host/model/stage.js';
import { network } from './network.js';

suite('what the views say when they are empty', () => {
  test('how far the first reading is, and what can be done here', async () => {
    const { manager } = await network([{ identifier: 'lan' }]);
    const keys = {
      'networkSessions.canControl': true,
      'networkSessions.mayControl': true,
      'networkSessions.canUpdate': true,
    };
    assert.deepEqual(contextOf(manager, 'starting'), { 'networkSessions.stage': 'starting', ...keys });
    assert.deepEqual(contextOf(manager, 'failed'), { 'networkSessions.stage': 'failed', ...keys });
    assert.deepEqual(contextOf(manager, 'done'), { 'networkSessions.stage': 'running', ...keys });
    assert.equal(contextOf(withSystem(manager.system, { away: { code: 'platformAway' } }), 'done')[stage], 'away');
  });

  test('a system that cannot is another thing than a person who may not', async () => {
    const { manager } = await network([{ identifier: 'lan' }], Capability.DataStatistics);
    const cannot = contextOf(manager, 'done');
    assert.equal(cannot['networkSessions.canControl'], false);
    assert.equal(cannot['networkSessions.mayControl'], true);
    const mayNot = contextOf(
      withSystem(manager.system, { obstacles: { start: { code: 'missingPermission' } } }),
      'done',
    );
    assert.equal(mayNot['networkSessions.mayControl'], false);
  });
});

const stage = 'networkSessions.stage';

const withSystem = (system: SystemFacts, changes: Partial<SystemFacts>) => ({
  system: { ...system, ...changes },
  capabilities: 0,
  obstacle: () => undefined,
});
