// What a session that moves has carried, and for how long it is open (F1, F2, F4).
import * as assert from 'node:assert/strict';
import { UsagePolicy } from '../../../src/engine/index.js';
import { networkEngine } from '../../fixtures/networkFixture.js';

suite('figures of a session that moves', () => {
  test('F1: it keeps what it had and adds what the new one carries from then on; no reading is less than one before', async () => {
    const { simulation, clock, activated } = await networkEngine();
    const { session } = await activated();
    const seen: number[] = [];
    const read = () => seen.push(session.bytesReceived);
    session.onDidChangeState(read);
    session.onDidChangeOffer(read);
    simulation.traffic('wifi', { received: 100, written: 10 });
    simulation.traffic('lan', { received: 5, written: 1 });
    read();
    session.accept();
    read();
    await clock.advance(0);
    simulation.traffic('lan', { received: 7, written: 2 });
    read();
    assert.deepEqual(
      seen,
      [...seen].sort((one, other) => one - other),
    );
    assert.equal(seen[0], 105);
    assert.equal(seen.at(-1), 112);
    assert.equal(session.bytesWritten, 13);
  });

  test('F1: what others have carried on the new one before is not its own', async () => {
    const { simulation, clock, open, set } = await networkEngine();
    const session = await open();
    simulation.traffic('wifi', { received: 100 });
    await set('lan', { inReach: true });
    const other = await open('lan');
    simulation.traffic('lan', { received: 1000 });
    session.migrate();
    await clock.advance(0);
    session.accept();
    await clock.advance(0);
    simulation.traffic('lan', { received: 1 });
    assert.equal(session.bytesReceived, 101);
    assert.equal(other.bytesReceived, 1001);
  });

  test('F1: what the old one has carried until it was lost counts, and what a new one that was lost has', async () => {
    const { simulation, clock, activated, set } = await networkEngine();
    const { session } = await activated();
    simulation.traffic('lan', { received: 20 });
    await set('lan', { inReach: false });
    assert.equal(session.bytesReceived, 20);
    simulation.traffic('wifi', { received: 3 });
    simulation.set('phone', { inReach: true });
    simulation.set('wifi', { inReach: false });
    assert.equal(session.bytesReceived, 23);
    await clock.advance(0);
    simulation.traffic('phone', { received: 4 });
    assert.equal(session.bytesReceived, 27);
  });

  test('F1: what a new one that was rejected has carried counts', async () => {
    const { simulation, clock, activated } = await networkEngine();
    const { session } = await activated();
    simulation.traffic('lan', { received: 20 });
    session.reject();
    await clock.advance(0);
    simulation.traffic('lan', { received: 1000 });
    simulation.traffic('wifi', { received: 3 });
    assert.equal(session.bytesReceived, 23);
  });

  test('F1: what a new one that another session has stopped has carried counts, whether it was read before or not', async () => {
    const { simulation, clock, activated, manager } = await networkEngine();
    const { session } = await activated();
    simulation.traffic('lan', { received: 20 });
    manager.createSession('lan').stop();
    await clock.advance(0);
    assert.equal(session.activeConfiguration.identifier, 'wifi');
    assert.equal(session.bytesReceived, 20);
  });

  test('F1: a session that others have begun to count for shows what they do, as on an access point', async () => {
    const { simulation, open } = await networkEngine();
    await open('wifi');
    simulation.traffic('wifi', { received: 9 });
    assert.equal((await open()).bytesReceived, 9);
  });

  test('F1, F2: 0 when not open; a new opening starts again', async () => {
    const { simulation, clock, activated, open } = await networkEngine();
    const { session } = await activated();
    simulation.traffic('wifi', { received: 20 });
    await clock.advance(5000);
    session.close();
    await clock.advance(0);
    assert.deepEqual([session.bytesReceived, session.activeTime], [0, 0]);
    session.open();
    await clock.advance(1000);
    assert.deepEqual([session.bytesReceived, session.activeTime], [0, 1]);
    assert.equal((await open()).bytesReceived, 0);
  });

  test('F2: roaming does not restart the time', async () => {
    const { clock, activated, set } = await networkEngine();
    const { session } = await activated();
    await clock.advance(10_000);
    session.accept();
    await clock.advance(10_000);
    assert.equal(session.activeTime, 20);
    await set('lan', { inReach: false });
    await clock.advance(10_000);
    assert.equal(session.activeTime, 30);
  });

  test('F4: the usage policy is that of the one in use, and told when it changes by a move or while one waits', async () => {
    const { clock, set, activated } = await networkEngine();
    const { session } = await activated();
    const policies: UsagePolicy[] = [];
    session.onDidChangeUsagePolicies((policy) => policies.push(policy));
    await set('lan', { metered: true });
    assert.deepEqual(policies, [UsagePolicy.NoBackgroundTrafficPolicy]);
    session.reject();
    await clock.advance(0);
    assert.deepEqual(policies, [UsagePolicy.NoBackgroundTrafficPolicy, UsagePolicy.NoPolicy]);
  });

  test('F4, O2: opening on a metered one: Connected, opened, then the policy', async () => {
    const { set, manager, clock, events } = await networkEngine();
    await set('phone', { inReach: true });
    await set('wifi', { inReach: false });
    const session = manager.createSession('home');
    const told = events(session);
    session.onDidChangeUsagePolicies((policy) => told.push(UsagePolicy[policy]));
    session.open();
    await clock.advance(0);
    assert.deepEqual(told, ['Connecting', 'Connected', 'opened', 'NoBackgroundTrafficPolicy']);
  });

  test('O5: each access point counts the sessions that hold it, during and after every kind of end of a move', async () => {
    for (const end of ['accept', 'reject', 'close', 'dispose', 'stop'] as const) {
      const { clock, activated, manager } = await networkEngine();
      const { session } = await activated();
      assert.deepEqual([manager.holders('wifi'), manager.holders('lan')], [1, 1]);
      session[end]();
      await clock.advance(0);
      const expected = { accept: [0, 1], reject: [1, 0], close: [0, 0], dispose: [0, 0], stop: [0, 0] }[end];
      assert.deepEqual([manager.holders('wifi'), manager.holders('lan')], expected, end);
    }
    for (const lost of [['wifi'], ['lan'], ['wifi', 'lan'], ['lan', 'wifi']]) {
      const { clock, activated, manager, simulation } = await networkEngine();
      const { session } = await activated();
      for (const identifier of lost) {
        simulation.set(identifier, { inReach: false });
      }
      await clock.advance(0);
      assert.equal(session.isOpen, lost.length === 1);
      for (const identifier of ['wifi', 'lan']) {
        assert.equal(manager.holders(identifier), lost.includes(identifier) ? 0 : 1, `${lost}: ${identifier}`);
      }
    }
  });
});
