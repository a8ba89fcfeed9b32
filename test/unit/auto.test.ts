import * as assert from 'node:assert/strict';
import { NetworkConfigurationManager, PlatformFailure } from '../../src/engine/index.js';
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
  const platform = new AutoPlatform([
    () => first,
    () => {
      const other = new SimulatedPlatform({ clock, accessPoints: [{ identifier: 'eth0', up: true }] });
      Object.assign(other, { setWatched: (isWatched: boolean) => watched.push(isWatched) });
      others.push(other);
      return other;
    },
  ]);
  const manager = new NetworkConfigurationManager(platform, { clock });
  await manager.start();
  await clock.advance(0);
  const listed = () => manager.allConfigurations().map(({ identifier }) => identifier);
  return { clock, first: first.simulation, system: first, others, platform, manager, listed, watched };
}

/** One whose start ends only with its disposal, by a rejection. */
class SlowPlatform extends SimulatedPlatform {
  isStarting = false;
  isDisposed = false;
  #reject: (error: Error) => void = () => undefined;

  override start(): Promise<void> {
    this.isStarting = true;
    return new Promise((_, reject) => {
      this.#reject = reject;
    });
  }

  override async dispose(): Promise<void> {
    this.isDisposed = true;
    this.#reject(new PlatformFailure({ code: 'disposed' }));
  }
}

class BrokenPlatform extends SimulatedPlatform {
  override start(): Promise<void> {
    return Promise.reject(new PlatformFailure({ code: 'other', detail: 'there is no /sys here' }));
  }
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

  test('R9: what is held is known to both, whichever serves', async () => {
    const { clock, system, others, manager } = await autoOn(true);
    const told: unknown[] = [];
    for (const [index, each] of [system, ...others].entries()) {
      Object.assign(each, { setHeld: (...args: unknown[]) => told.push([index, ...args]) });
    }
    const session = manager.createSession('eth0');
    session.open();
    await clock.advance(0);
    session.close();
    await clock.advance(0);
    const all = [true, false].flatMap((held) => [0, 1].map((index) => [index, 'eth0', held]));
    assert.deepEqual(told, all);
  });

  test('moves traffic by whichever serves', async () => {
    const { clock, first, others, platform } = await autoOn(true);
    assert.ok(platform.routing);
    assert.equal(platform.routing, others[0]?.routing);
    first.comeBack();
    await clock.advance(0);
    assert.ok(platform.routing);
    assert.notEqual(platform.routing, others[0]?.routing);
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

  test('is the first when it appears while the other is still starting, and that other is let go of', async () => {
    for (const when of ['at the start', 'after an absence'] as const) {
      const clock = new TestClock();
      const first = new SimulatedPlatform({ clock, accessPoints: [{ identifier: 'lan', up: true }] });
      const other = new SlowPlatform();
      if (when === 'at the start') {
        first.simulation.goAway();
      }
      const manager = new NetworkConfigurationManager(new AutoPlatform([() => first, () => other]), { clock });
      const started = manager.start();
      await clock.advance(0);
      if (when === 'after an absence') {
        first.simulation.goAway();
        await clock.advance(10_000);
      }
      assert.equal(other.isStarting, true);
      first.simulation.comeBack();
      await started;
      await clock.advance(0);
      assert.deepEqual(
        manager.allConfigurations().map(({ identifier }) => identifier),
        ['lan'],
      );
      assert.equal(other.isDisposed, true);
      await manager.dispose();
    }
  });

  test('a dispose while the other is still starting ends both', async () => {
    const clock = new TestClock();
    const first = new SimulatedPlatform({ clock, accessPoints: [] });
    first.simulation.goAway();
    const other = new SlowPlatform();
    const manager = new NetworkConfigurationManager(new AutoPlatform([() => first, () => other]), { clock });
    const started = manager.start();
    await clock.advance(0);
    await manager.dispose();
    await started;
    assert.equal(other.isDisposed, true);
  });

  test('where no other serves either, says that the first is away, and takes it when it appears', async () => {
    const clock = new TestClock();
    const first = new SimulatedPlatform({ clock, accessPoints: [{ identifier: 'lan', up: true }] });
    first.simulation.goAway();
    const platform = new AutoPlatform([() => first, () => new BrokenPlatform()]);
    const manager = new NetworkConfigurationManager(platform, { clock });
    await manager.start();
    assert.equal(manager.system.away?.code, 'platformAway');
    assert.deepEqual(manager.allConfigurations(), []);
    first.simulation.comeBack();
    await clock.advance(0);
    assert.equal(manager.allConfigurations().length, 1);
  });

  suite('of three', () => {
    /** The first is away, the second may be, and the third serves anywhere. */
    async function autoOfThree(isSecondAway: boolean) {
      const clock = new TestClock();
      const [first, second, third] = (['lan', 'wifi', 'eth0'] as const).map(
        (identifier) => new SimulatedPlatform({ clock, accessPoints: [{ identifier, up: true }] }),
      ) as [SimulatedPlatform, SimulatedPlatform, SimulatedPlatform];
      const made: string[] = [];
      const maker = (name: string, platform: SimulatedPlatform) => () => {
        made.push(name);
        return platform;
      };
      first.simulation.goAway();
      if (isSecondAway) {
        second.simulation.goAway();
      }
      const platform = new AutoPlatform([maker('first', first), maker('second', second), maker('third', third)]);
      const manager = new NetworkConfigurationManager(platform, { clock });
      await manager.start();
      await clock.advance(0);
      const listed = () => manager.allConfigurations().map(({ identifier }) => identifier);
      return { clock, first: first.simulation, second: second.simulation, manager, listed, made };
    }

    test('is the second where only the first is absent, and the third is not made', async () => {
      const { listed, made } = await autoOfThree(false);
      assert.deepEqual([listed(), made], [['wifi'], ['first', 'second']]);
    });

    test('is the third where both are absent, and whichever of them comes first from then on', async () => {
      const { clock, first, second, listed, manager, made } = await autoOfThree(true);
      assert.deepEqual([listed(), manager.system.away], [['eth0'], undefined]);
      second.comeBack();
      await clock.advance(0);
      assert.deepEqual(listed(), ['wifi']);
      first.comeBack();
      await clock.advance(0);
      assert.deepEqual(listed(), ['lan']);
      assert.deepEqual(made, ['first', 'second', 'third']);
    });

    test('O13: is the third 10 s after the second has gone, unless the first comes meanwhile', async () => {
      for (const comes of [false, true]) {
        const { clock, first, second, listed } = await autoOfThree(false);
        second.goAway();
        await clock.advance(9_999);
        assert.deepEqual(listed(), ['wifi']);
        if (comes) {
          first.comeBack();
        }
        await clock.advance(1);
        assert.deepEqual(listed(), [comes ? 'lan' : 'eth0']);
      }
    });
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
