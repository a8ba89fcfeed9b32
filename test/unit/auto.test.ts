import * as assert from 'node:assert/strict';
import { NetworkConfigurationManager } from '../../src/engine/index.js';
import { AutoPlatform } from '../../src/platforms/auto.js';
import { createPlatform, platformNames } from '../../src/platforms/choose.js';
import { SimulatedPlatform } from '../../src/platforms/simulated/index.js';
import { eventsOf } from '../fixtures/engineFixture.js';
import { TestClock } from '../fixtures/testClock.js';

/** `auto` on two simulated networks: one that may be away, with access point 'lan', and another with 'eth0'. */
async function autoOn(isFirstAway: boolean) {
  const clock = new TestClock();
  const first = new SimulatedPlatform({ clock, accessPoints: [{ identifier: 'lan', up: true }] });
  const others: SimulatedPlatform[] = [];
  const watched: boolean[] = [];
  if (isFirstAway) {
    first.simulation.goAway();
  }
  const platform = new AutoPlatform(first, () => {
    const other = new SimulatedPlatform({ clock, accessPoints: [{ identifier: 'eth0', up: true }] });
    Object.assign(other, { setWatched: (isWatched: boolean) => watched.push(isWatched) });
    others.push(other);
    return other;
  });
  const manager = new NetworkConfigurationManager(platform, { clock });
  await manager.start();
  await clock.advance(0);
  const listed = () => manager.allConfigurations().map(({ identifier }) => identifier);
  return { clock, first: first.simulation, others, platform, manager, listed, watched };
}

suite('the platform that auto takes', () => {
  test('is the first where it serves, and no other is made', async () => {
    const { listed, others } = await autoOn(false);
    assert.deepEqual(listed(), ['lan']);
    assert.deepEqual(others, []);
  });

  test('is the other where the first is absent; the first reading is that one', async () => {
    const { listed, others, manager } = await autoOn(true);
    assert.deepEqual(listed(), ['eth0']);
    assert.equal(others.length, 1);
    assert.equal(manager.system.away, undefined);
  });

  test('is the first again as soon as it appears, without a reload', async () => {
    const { clock, first, listed, manager } = await autoOn(true);
    const session = manager.createSession('eth0');
    session.open();
    await clock.advance(0);
    const heard = eventsOf(session);
    first.comeBack();
    await clock.advance(0);
    assert.deepEqual(listed(), ['lan']);
    assert.deepEqual(heard, ['Invalid', 'SessionAbortedError', 'closed'], 'O11');
  });

  test('O13: stays the first for 10 s after it went away, and turns to the other only then', async () => {
    const { clock, first, listed, others, manager } = await autoOn(false);
    const session = manager.createSession('lan');
    session.open();
    await clock.advance(0);
    const heard = eventsOf(session);
    first.goAway();
    await clock.advance(9_999);
    assert.deepEqual([listed(), others.length, session.isOpen], [['lan'], 0, true]);
    await clock.advance(1);
    assert.deepEqual([listed(), others.length, session.isOpen], [['eth0'], 1, false]);
    assert.deepEqual(heard, ['Invalid', 'SessionAbortedError', 'closed']);
    first.comeBack();
    await clock.advance(0);
    assert.deepEqual(listed(), ['lan']);
  });

  test('O13: stays the first when it is back within 10 s', async () => {
    const { clock, first, listed, others } = await autoOn(false);
    first.goAway();
    await clock.advance(9_000);
    first.comeBack();
    await clock.advance(60_000);
    assert.deepEqual(listed(), ['lan']);
    assert.deepEqual(others, []);
  });

  test('M3: knows that somebody watches, whichever serves', async () => {
    const { clock, manager, watched, first } = await autoOn(true);
    const watch = manager.watch();
    assert.deepEqual(watched, [true]);
    first.comeBack();
    await clock.advance(0);
    first.goAway();
    await clock.advance(10_000);
    assert.deepEqual(watched, [true, true], 'the next one is told too');
    watch.dispose();
    assert.deepEqual(watched, [true, true, false]);
  });

  test('nothing of either is left after dispose', async () => {
    const { clock, manager, first, listed } = await autoOn(true);
    const before = listed();
    await manager.dispose();
    first.comeBack();
    await clock.advance(0);
    assert.deepEqual(listed(), before);
    assert.equal(clock.pending, 0);
  });
});

suite('createPlatform', () => {
  test('knows the names of the contract, and says which when it does not know one', () => {
    assert.deepEqual(platformNames, ['networkManager', 'kernel', 'systemInformation', 'simulated', 'auto']);
    for (const name of ['windows', '', 'toString', '__proto__'] as string[]) {
      assert.throws(
        () => createPlatform(name as 'auto'),
        /There is no platform .*: it is one of networkManager, kernel/,
      );
    }
  });
});
