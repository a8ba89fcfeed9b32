// What one window sees of an access point, for the count of all.
import * as assert from 'node:assert/strict';
import { SharedLedger } from '../../../src/broker/sharedLedger.js';
import { NetworkConfigurationManager, systemClock } from '../../../src/engine/index.js';
import { client } from '../../fixtures/bookFixture.js';
import { FakeLeader } from '../../fixtures/fakeLeader.js';
import { FakePlatform } from '../../fixtures/fakePlatform.js';
import { TestClock } from '../../fixtures/testClock.js';

suite('an access point as a window sees it', () => {
  test('since when a start is to be seen does not change while it is, and what is over is not to be seen', async () => {
    const clock = new TestClock();
    const leader = new FakeLeader();
    const ledger = new SharedLedger(leader.broker, { clock });
    const platform = new FakePlatform([{ identifier: 'lan' }]);
    const manager = new NetworkConfigurationManager(platform, { ledger, clock });
    ledger.start();
    await manager.start();
    leader.up();
    clock.jump(100);
    await platform.set('lan', { link: 'starting', activation: 'x' });
    clock.jump(100);
    await platform.set('lan', { link: 'up', activation: 'x' });
    assert.deepEqual(leader.listener.shown('lan'), { activation: 'x', since: 100 });
    clock.jump(100);
    await platform.set('lan', { link: 'up', activation: 'y' });
    assert.deepEqual(leader.listener.shown('lan'), { activation: 'y', since: 300 });
    leader.listener.ended('lan', client('B'), 'y');
    assert.equal(leader.listener.shown('lan'), undefined);
  });

  test('O5a: this start of it is stopped for being unheld, and no other', async () => {
    const clock = new TestClock();
    const leader = new FakeLeader();
    const ledger = new SharedLedger(leader.broker, { clock });
    const platform = new FakePlatform([
      { identifier: 'lan', link: 'up', activation: 'theirs' },
      { identifier: 'unnamed', link: 'up' },
    ]);
    const manager = new NetworkConfigurationManager(platform, { ledger, clock });
    ledger.start();
    await manager.start();
    leader.up();
    const done: boolean[] = [];
    leader.listener.stopUnheld('lan', 'x', (isDown) => done.push(isDown));
    await clock.advance(0);
    assert.deepEqual([platform.acts, done], [[], [true]]);
    const seen = leader.listener.shown('unnamed')?.activation ?? assert.fail();
    leader.listener.stopUnheld('unnamed', seen, () => {});
    assert.deepEqual(platform.acts, ['stop unnamed']);
  });

  test('the clock is that of all processes', () => {
    assert.ok(Math.abs(systemClock.now() - Number(process.hrtime.bigint()) / 1e6) < 100);
  });
});
