import * as assert from 'node:assert/strict';
import { UsagePolicy } from '../../../src/engine/index.js';
import { engineOn, eventsOf } from '../../fixtures/engineFixture.js';
import { fakeEngine } from '../../fixtures/fakePlatform.js';

suite('bytes', () => {
  test('F1: counted from the opening of the first session, for all sessions of the access point alike', async () => {
    const { manager, simulation, clock } = await engineOn([{ identifier: 'lan', up: true }]);
    simulation.traffic('lan', { received: 1_000_000, written: 500_000 });
    const [first, second] = [manager.createSession('lan'), manager.createSession('lan')];
    first.open();
    await clock.advance(0);
    simulation.traffic('lan', { received: 100, written: 10 });
    second.open();
    await clock.advance(0);
    assert.deepEqual([second.bytesReceived, second.bytesWritten], [100, 10]);
    simulation.traffic('lan', { received: 5, written: 3 });
    for (const session of [first, second]) {
      assert.deepEqual([session.bytesReceived, session.bytesWritten], [105, 13]);
    }
  });

  test('F1: until the end of the last session; the next first one counts from 0', async () => {
    const { manager, simulation, clock } = await engineOn([{ identifier: 'lan', up: true }]);
    const [first, second] = [manager.createSession('lan'), manager.createSession('lan')];
    first.open();
    second.open();
    await clock.advance(0);
    simulation.traffic('lan', { received: 100, written: 10 });
    first.close();
    await clock.advance(0);
    assert.equal(first.bytesReceived, 0, 'not open');
    assert.equal(second.bytesReceived, 100);
    first.open();
    await clock.advance(0);
    assert.equal(first.bytesReceived, 100, 'the access point was held all the time');
    first.close();
    second.close();
    await clock.advance(0);
    simulation.traffic('lan', { received: 7 });
    first.open();
    await clock.advance(0);
    assert.deepEqual([first.bytesReceived, first.bytesWritten], [0, 0]);
  });

  test('F1: each access point has its own count', async () => {
    const { manager, simulation, clock } = await engineOn([
      { identifier: 'lan', up: true },
      { identifier: 'vpn', up: true },
    ]);
    const [lan, vpn] = [manager.createSession('lan'), manager.createSession('vpn')];
    lan.open();
    vpn.open();
    await clock.advance(0);
    simulation.traffic('vpn', { received: 9, written: 4 });
    assert.deepEqual([lan.bytesReceived, lan.bytesWritten], [0, 0]);
    assert.deepEqual([vpn.bytesReceived, vpn.bytesWritten], [9, 4]);
  });

  test('F1: 0 when not open: before, while opening, while closing, after a loss', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan' }]);
    platform.byteCounters.set('lan', { received: 5, written: 5, source: 'a' });
    const session = manager.createSession('lan');
    const figures = () => [session.bytesReceived, session.bytesWritten];
    assert.deepEqual(figures(), [0, 0]);
    session.open();
    await platform.set('lan', { link: 'starting' });
    assert.deepEqual(figures(), [0, 0]);
    await platform.serve();
    platform.byteCounters.set('lan', { received: 25, written: 15, source: 'a' });
    assert.deepEqual(figures(), [20, 10]);
    session.close();
    assert.deepEqual(figures(), [0, 0]);
    await platform.serve();
    session.open();
    await platform.serve();
    await platform.set('lan', { link: 'down' });
    assert.deepEqual(figures(), [0, 0]);
  });

  test('F1: figures only grow across counters that start again', async () => {
    const { platform, open } = await fakeEngine([{ identifier: 'lan', link: 'up' }]);
    platform.byteCounters.set('lan', { received: 1000, written: 1000, source: 'a' });
    const session = await open('lan');
    platform.byteCounters.set('lan', { received: 1500, written: 1100, source: 'a' });
    assert.deepEqual([session.bytesReceived, session.bytesWritten], [500, 100]);
    platform.byteCounters.set('lan', { received: 20, written: 10, source: 'a' });
    assert.deepEqual([session.bytesReceived, session.bytesWritten], [520, 110]);
    platform.byteCounters.set('lan', { received: 30, written: 11, source: 'a' });
    assert.deepEqual([session.bytesReceived, session.bytesWritten], [530, 111]);
  });

  test('F1: figures only grow when one of the two counters starts again', async () => {
    const { platform, open } = await fakeEngine([{ identifier: 'lan', link: 'up' }]);
    platform.byteCounters.set('lan', { received: 1000, written: 10, source: 'a' });
    const session = await open('lan');
    platform.byteCounters.set('lan', { received: 3, written: 12, source: 'a' });
    assert.equal(session.bytesReceived, 3);
    assert.ok(session.bytesWritten >= 0 && session.bytesWritten <= 12);
  });

  test('F1: an interface made anew counts from 0, although its counters are higher', async () => {
    const { platform, open } = await fakeEngine([{ identifier: 'lan', link: 'up' }]);
    platform.byteCounters.set('lan', { received: 1000, written: 1000, source: 'a' });
    const session = await open('lan');
    platform.byteCounters.set('lan', { received: 2000, written: 3000, source: 'b' });
    assert.deepEqual([session.bytesReceived, session.bytesWritten], [2000, 3000]);
  });

  test('F1: what an interface has carried so far is taken with each change that is told', async () => {
    const { platform, open } = await fakeEngine([{ identifier: 'lan', link: 'up' }]);
    platform.byteCounters.set('lan', { received: 0, written: 0, source: 'a' });
    const session = await open('lan');
    platform.byteCounters.set('lan', { received: 70, written: 7, source: 'a' });
    await platform.set('lan', { signal: 1 });
    platform.byteCounters.set('lan', { received: 1, written: 1, source: 'b' });
    assert.deepEqual([session.bytesReceived, session.bytesWritten], [71, 8]);
  });

  test('F1: counters that are unknown for a while lose nothing and add nothing', async () => {
    const { platform, open } = await fakeEngine([{ identifier: 'lan', link: 'up' }]);
    const session = await open('lan');
    assert.deepEqual([session.bytesReceived, session.bytesWritten], [0, 0]);
    platform.byteCounters.set('lan', { received: 1_000_000, written: 5, source: 'a' });
    assert.equal(session.bytesReceived, 0, 'the first known reading is the base');
    platform.byteCounters.set('lan', { received: 1_000_010, written: 5, source: 'a' });
    assert.equal(session.bytesReceived, 10);
    platform.byteCounters.delete('lan');
    assert.equal(session.bytesReceived, 10);
    platform.byteCounters.set('lan', { received: 1_000_015, written: 5, source: 'a' });
    assert.equal(session.bytesReceived, 15);
  });

  test('F1: figures beyond 32 bits are whole', async () => {
    const { platform, open } = await fakeEngine([{ identifier: 'lan', link: 'up' }]);
    platform.byteCounters.set('lan', { received: 1, written: 0, source: 'a' });
    const session = await open('lan');
    platform.byteCounters.set('lan', { received: 2 ** 45 + 2, written: 0, source: 'a' });
    assert.equal(session.bytesReceived, 2 ** 45 + 1);
  });

  test('traffic can be watched without a session, and a meter is not reset by sessions', async () => {
    const { manager, platform, open } = await fakeEngine([{ identifier: 'lan', link: 'up' }]);
    const meter = manager.watchTraffic('lan');
    assert.equal(meter.bytesReceived, undefined, 'unknown');
    platform.byteCounters.set('lan', { received: 10, written: 1, source: 'a' });
    assert.equal(meter.bytesReceived, 0);
    const session = await open('lan');
    platform.byteCounters.set('lan', { received: 15, written: 3, source: 'a' });
    session.close();
    assert.deepEqual([meter.bytesReceived, meter.bytesWritten], [5, 2]);
  });
});

suite('active time', () => {
  test('F2: whole seconds since this session became open; 0 when not open', async () => {
    const { manager, simulation, clock } = await engineOn([{ identifier: 'lan', startMs: 5000, stopMs: 2000 }]);
    const [first, second] = [manager.createSession('lan'), manager.createSession('lan')];
    assert.equal(first.activeTime, 0);
    first.open();
    await clock.advance(4999);
    assert.equal(first.activeTime, 0);
    await clock.advance(1 + 1999);
    assert.equal(first.activeTime, 1);
    second.open();
    await clock.advance(3000);
    assert.deepEqual([first.activeTime, second.activeTime], [4, 3]);
    second.close();
    assert.equal(second.activeTime, 0);
    first.close();
    assert.equal(first.activeTime, 0, 'closing');
    await clock.advance(2000);
    first.open();
    await clock.advance(6000);
    assert.equal(first.activeTime, 1, 'counted anew');
    simulation.set('lan', { inReach: false });
    assert.equal(first.activeTime, 0);
  });

  test('F2: opening an open session does not restart it', async () => {
    const { manager, clock } = await engineOn([{ identifier: 'lan', up: true }]);
    const session = manager.createSession('lan');
    session.open();
    await clock.advance(3500);
    session.open();
    assert.equal(session.activeTime, 3);
  });
});

suite('usage policies', () => {
  test('F4: NoBackgroundTrafficPolicy while open on a metered access point, told at each change', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'modem', metered: true }]);
    const session = manager.createSession('modem');
    const heard: UsagePolicy[] = [];
    session.onDidChangeUsagePolicies((policies) => heard.push(policies));
    assert.equal(session.usagePolicies, UsagePolicy.NoPolicy);
    session.open();
    await platform.set('modem', { link: 'starting' });
    assert.equal(session.usagePolicies, UsagePolicy.NoPolicy);
    await platform.serve();
    assert.equal(session.usagePolicies, UsagePolicy.NoBackgroundTrafficPolicy);
    assert.deepEqual(heard, [1]);
    await platform.set('modem', { metered: false });
    assert.equal(session.usagePolicies, UsagePolicy.NoPolicy);
    await platform.set('modem', { metered: undefined });
    assert.deepEqual(heard, [1, 0]);
    await platform.set('modem', { metered: true, name: 'Phone' });
    await platform.set('modem', { signal: 4 });
    assert.deepEqual(heard, [1, 0, 1]);
    session.close();
    assert.equal(session.usagePolicies, UsagePolicy.NoPolicy);
    await platform.serve();
    assert.deepEqual(heard, [1, 0, 1, 0]);
  });

  test('F4: a loss ends it; a session that is not open has no policy', async () => {
    const { manager, platform, open } = await fakeEngine([{ identifier: 'modem', link: 'up', metered: true }]);
    const closed = manager.createSession('modem');
    const session = await open('modem');
    const heard: string[] = [];
    session.onDidChangeUsagePolicies((policies) => heard.push(`open ${policies}`));
    closed.onDidChangeUsagePolicies((policies) => heard.push(`closed ${policies}`));
    assert.equal(closed.usagePolicies, UsagePolicy.NoPolicy);
    await platform.set('modem', { link: 'down' });
    assert.equal(session.usagePolicies, UsagePolicy.NoPolicy);
    assert.deepEqual(heard, ['open 0']);
  });

  test('F4: not known to be metered is not metered', async () => {
    const { open } = await fakeEngine([{ identifier: 'lan', link: 'up', metered: undefined }]);
    assert.equal((await open('lan')).usagePolicies, UsagePolicy.NoPolicy);
  });

  test('F4: the policy can be read when opened is told', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'modem', link: 'up', metered: true }]);
    const session = manager.createSession('modem');
    const heard = eventsOf(session);
    session.onDidOpen(() => heard.push(`policy ${session.usagePolicies}`));
    session.open();
    await platform.serve();
    assert.deepEqual(heard, ['opened', 'policy 1']);
  });
});
