import * as assert from 'node:assert/strict';
import { Emitter } from '../../../src/engine/event.js';
import {
  type Disposable,
  NetworkConfigurationManager,
  type NetworkSession,
  SessionState,
} from '../../../src/engine/index.js';
import { CostlessPlatform } from '../../fixtures/costlessPlatform.js';
import { type FakeEngine, FakePlatform, factsOf, fakeEngine } from '../../fixtures/fakePlatform.js';
import { stepsOf } from '../../fixtures/steps.js';
import { settled } from '../../fixtures/testClock.js';

/** Things of which there are many. */
const many = 1000;

/** That what is made for a number of things costs as much for each of them, however many there are. */
async function assertLinear(make: (count: number) => Promise<() => unknown> | (() => unknown)): Promise<void> {
  const [few, all] = [await stepsOf(await make(many / 4)), await stepsOf(await make(many))];
  assert.ok(all < 6 * few + many, `${many / 4} cost ${few} steps, ${many} cost ${all}`);
}

async function sessionsOn(engine: FakeEngine, count: number): Promise<readonly NetworkSession[]> {
  const sessions = Array.from({ length: count }, () => engine.manager.createSession('lan'));
  for (const session of sessions) {
    session.open();
  }
  await settled();
  return sessions;
}

suite('what many cost: each as much as the next', () => {
  test('O7: stop() ends open sessions', () =>
    assertLinear(async (count) => {
      const engine = await fakeEngine([{ identifier: 'lan', link: 'up' }]);
      const sessions = await sessionsOn(engine, count);
      return async () => {
        sessions[0]?.stop();
        await engine.platform.serve();
        assert.ok(sessions.every(({ isOpen }) => !isOpen));
      };
    }));

  for (const link of ['up', 'starting', 'down'] as const) {
    test(`O7: every session calls stop() on one that is ${link}`, () =>
      assertLinear(async (count) => {
        const engine = await fakeEngine([{ identifier: 'lan', link }]);
        const sessions = link === 'down' ? [] : await sessionsOn(engine, count);
        const callers =
          link === 'down' ? Array.from({ length: count }, () => engine.manager.createSession('lan')) : sessions;
        return async () => {
          for (const session of callers) {
            session.stop();
          }
          engine.platform.stops[0]?.accept();
          for (const session of callers) {
            session.stop();
          }
          await engine.platform.serve();
          assert.ok(callers.every(({ isOpen, isOpening }) => !isOpen && !isOpening));
        };
      }));
  }

  test('O7: a refused stop() tells all who called, but not who has left meanwhile', () =>
    assertLinear(async (count) => {
      const engine = await fakeEngine([{ identifier: 'lan', link: 'starting' }]);
      const sessions = await sessionsOn(engine, count);
      return async () => {
        for (const session of sessions) {
          session.stop();
          session.close();
        }
        await engine.platform.stops[0]?.reject(new Error('refused'));
        assert.ok(sessions.every(({ isOpening }) => !isOpening));
      };
    }));

  for (const link of ['down', 'starting'] as const) {
    test(`O6: cancelling the opening of one that was ${link}`, () =>
      assertLinear(async (count) => {
        const engine = await fakeEngine([{ identifier: 'lan', link }]);
        const sessions = await sessionsOn(engine, count);
        return async () => {
          for (const session of sessions) {
            session.close();
          }
          await engine.platform.serve();
          assert.ok(sessions.every(({ isOpening, failure }) => !isOpening && failure?.cause.code === 'cancelled'));
        };
      }));
  }

  test('O9: waiting for one session to be open, in vain and not', () =>
    assertLinear(async (count) => {
      const timers = new Set<() => void>();
      const setTimeout = (callback: () => void) => {
        timers.add(callback);
        return { dispose: () => timers.delete(callback) };
      };
      const platform = new FakePlatform([{ identifier: 'lan' }]);
      const manager = new NetworkConfigurationManager(platform, { clock: { now: () => 0, setTimeout } });
      await manager.start();
      const session = manager.createSession('lan');
      session.open();
      await settled();
      timers.clear();
      return async () => {
        const inVain = Array.from({ length: count }, () => session.waitForOpened(5));
        for (const expire of timers) {
          expire();
        }
        const waits = Array.from({ length: count }, (_, index) => session.waitForOpened(index % 2 === 0 ? -1 : 5));
        await platform.serve();
        assert.deepEqual(new Set(await Promise.all(inVain)), new Set([false]));
        assert.deepEqual(new Set(await Promise.all(waits)), new Set([true]));
      };
    }));

  for (const order of ['first to last', 'last to first', 'evens, then odds'] as const) {
    test(`listening and ending it, ${order}`, () =>
      assertLinear((count) => () => {
        const emitter = new Emitter<void>(assert.ifError);
        let heard = 0;
        const all: Disposable[] = [];
        for (let index = 0; index < count; index++) {
          all.push(emitter.event(() => heard++));
        }
        emitter.fire();
        assert.equal(heard, count);
        const indices = Array.from({ length: count }, (_, index) => index);
        const evens = indices.filter((index) => index % 2 === 0);
        const ordered = {
          'first to last': indices,
          'last to first': indices.toReversed(),
          'evens, then odds': [...evens, ...indices.filter((index) => index % 2 === 1)],
        }[order];
        for (const index of ordered) {
          all[index]?.dispose();
        }
        emitter.fire();
        assert.equal(heard, count);
      }));
  }

  test('R2: ending the listening for offers, where one waits for its answer', () =>
    assertLinear(async (count) => {
      const { manager } = await fakeEngine([{ identifier: 'lan' }, { identifier: 'wifi', link: 'up' }], {
        routing: true,
        serviceNetworks: [{ identifier: 'home', name: '', accessPoints: ['lan', 'wifi'] }],
      });
      const session = manager.createSession('home');
      const all = Array.from({ length: count }, () => session.onDidChangePreferredConfiguration(() => undefined));
      session.open();
      await settled();
      return async () => {
        for (const listening of all) {
          assert.equal(session.offer.kind, 'offered');
          listening.dispose();
        }
        await settled();
        assert.equal(manager.stateOf('lan'), SessionState.Connecting, 'the engine answers it');
      };
    }));
});

const accessPoints = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    identifier: `access-point-${index}`,
    metric: 2 * index,
    device: `${index}`,
  }));

const internet = { identifier: 'internet', name: 'Internet', accessPoints: 'internet' } as const;

async function watchedBy(count: number, hasInternet: boolean): Promise<FakeEngine> {
  const engine = await fakeEngine(accessPoints(count), { routing: true });
  await engine.platform.set('access-point-7', { metric: 14, link: 'up' });
  engine.manager.setServiceNetworks(hasInternet ? [internet] : []);
  if (hasInternet) {
    const session = engine.manager.createSession('internet');
    session.open();
    await settled();
    assert.ok(session.isOpen);
  }
  return engine;
}

suite('what one change costs among many', () => {
  for (const hasInternet of [false, true]) {
    test(`M3: one access point comes and goes${hasInternet ? ', with Internet watching' : ''}: not with their number`, async () => {
      const costs = async (count: number) => {
        const { manager, platform } = await watchedBy(count, hasInternet);
        const told: string[] = [];
        manager.onDidChangeConfiguration(({ identifier }) => told.push(identifier));
        const steps = await stepsOf(async () => {
          await platform.set('new', { metric: count + 1 });
          await platform.remove('new');
        });
        assert.deepEqual(told, hasInternet ? ['internet', 'internet'] : []);
        return steps;
      };
      const [few, all] = [await costs(many), await costs(4 * many)];
      assert.ok(all < few + many / 2, `among ${many} it cost ${few} steps, among ${4 * many} it cost ${all}`);
    });
  }

  test('M3: many that come and go in one update are applied as one', async () => {
    const updates = (count: number) =>
      accessPoints(count).map((each) => factsOf({ ...each, identifier: `new-${each.metric}` }));
    let heard = 0;
    await assertLinear(async (count) => {
      const { manager, platform } = await watchedBy(count, true);
      manager.onDidChangeConfiguration(() => heard++);
      return async () => {
        platform.tell({ accessPoints: updates(count) });
        await settled();
        platform.tell({ removed: updates(count).map(({ identifier }) => identifier) });
        await settled();
        assert.equal(heard, 2);
        heard = 0;
      };
    });
  });

  test('R1, O4a: children that fail in turn among five times as many cost as much each', () =>
    assertLinear(async (count) => {
      const described = accessPoints(count / 2);
      const platform = new CostlessPlatform(described);
      const failing = new Set(described.slice(0, count / 10).map(({ identifier }) => identifier));
      platform.failsStarts = (identifier) => failing.has(identifier);
      const manager = new NetworkConfigurationManager(platform, {
        serviceNetworks: [{ ...internet, accessPoints: described.map(({ identifier }) => identifier) }],
      });
      await manager.start();
      const session = manager.createSession('internet');
      const works = `access-point-${count / 10}`;
      return async () => {
        session.open();
        while (manager.stateOf(works) !== SessionState.Connecting) {
          await settled();
        }
        session.close();
      };
    }));
});

suite('listeners in numbers', () => {
  test('whatever begins and ends, before and while an event is told: it is told to those who listened then and still do', () => {
    let seed = 1;
    const random = (below: number) => {
      seed = (seed * 48271) % 2147483647;
      return seed % below;
    };
    for (let run = 0; run < 300; run++) {
      const emitter = new Emitter<number>(assert.ifError);
      const model = new Map<number, Disposable>();
      const heard: number[] = [];
      let born = 0;
      const begin = () => {
        const name = born++;
        const listening = emitter.event(() => {
          heard.push(name);
          act(3);
        });
        model.set(name, listening);
      };
      const end = () => {
        const [name, listening] = [...model][random(model.size + 1)] ?? [];
        listening?.dispose();
        listening?.dispose();
        if (name !== undefined) {
          model.delete(name);
          ended.add(name);
        }
      };
      const ended = new Set<number>();
      const act = (times: number) => {
        for (let left = random(times); left > 0; left--) {
          (random(2) === 0 ? begin : end)();
        }
      };
      for (let round = 0; round < 12; round++) {
        act(run % 40);
        const before = [...model.keys()];
        heard.length = 0;
        ended.clear();
        emitter.fire(0);
        const late = heard.filter((name) => !before.includes(name));
        assert.deepEqual(late, [], 'who begins meanwhile hears the next one');
        assert.deepEqual(
          heard,
          [...heard].sort((one, other) => one - other),
          'in the order in which they began',
        );
        assert.deepEqual(
          before.filter((name) => !heard.includes(name) && !ended.has(name)),
          [],
          'all who still listen',
        );
      }
      emitter.fire(0);
    }
  });
});
