import * as assert from 'node:assert/strict';
import {
  Capability,
  NetworkConfigurationManager,
  type Platform,
  PlatformFailure,
  type Routing,
} from '../../../src/engine/index.js';
import { LazyPlatform } from '../../../src/host/model/lazyPlatform.js';
import { SimulatedPlatform } from '../../../src/platforms/simulated/index.js';
import { TestClock } from '../../fixtures/testClock.js';

/** A platform that is loaded when `load` is called, and what it was told beyond the simulated network. */
function lazy() {
  const clock = new TestClock();
  const inner = new SimulatedPlatform({ clock, accessPoints: [{ identifier: 'lan' }] });
  const told: unknown[] = [];
  const routing = {} as Routing;
  Object.defineProperty(inner, 'routing', { value: routing });
  Object.assign(inner, {
    setWatched: (watched: boolean) => told.push(watched),
    setHeld: (...args: unknown[]) => told.push(args),
    abandon: () => told.push('abandon'),
  });
  let loads = 0;
  let load: () => void = () => undefined;
  const loading = new Promise<Platform>((resolve) => {
    load = () => resolve(inner);
  });
  const platform = new LazyPlatform(() => {
    loads += 1;
    return loading;
  });
  const manager = new NetworkConfigurationManager(platform, { clock });
  return { clock, inner, told, routing, load, loads: () => loads, platform, manager };
}

const withCode = (code: string) => (error: unknown) => error instanceof PlatformFailure && error.facts.code === code;

suite('the platform that is loaded later', () => {
  test('is loaded when it is started, and not before', async () => {
    const { platform, manager, load, loads, inner } = lazy();
    assert.deepEqual(manager.allConfigurations(), []);
    assert.equal(loads(), 0);
    const started = manager.start();
    assert.deepEqual([loads(), platform.loaded], [1, undefined]);
    load();
    await started;
    assert.equal(platform.loaded, inner);
    assert.equal(manager.allConfigurations().length, 1);
    assert.ok(manager.capabilities & Capability.CanStartAndStopInterfaces);
  });

  test('until then knows nothing, and refuses what it cannot do', async () => {
    const { platform, told } = lazy();
    assert.equal(platform.counters('lan'), undefined);
    assert.equal(platform.routing, undefined);
    await assert.rejects(platform.startAccessPoint('lan', { interactive: true }), withCode('platformAway'));
    await assert.rejects(
      platform.stopAccessPoint('lan', () => assert.fail('nobody has accepted')),
      withCode('platformAway'),
    );
    await assert.rejects(platform.look(), withCode('platformAway'));
    platform.abandon();
    assert.deepEqual(told, []);
  });

  test('hands everything on from then on', async () => {
    const { clock, platform, manager, load, inner, told, routing } = lazy();
    load();
    await manager.start();
    const starting = platform.startAccessPoint('lan', { interactive: true });
    await clock.advance(60_000);
    await starting;
    inner.simulation.traffic('lan', { received: 7, written: 1 });
    assert.equal(platform.counters('lan')?.received, inner.counters('lan')?.received);
    assert.notEqual(platform.counters('lan'), undefined);
    assert.equal(platform.routing, routing);
    let isAccepted = false;
    const stopping = platform.stopAccessPoint('lan', () => {
      isAccepted = true;
    });
    await clock.advance(60_000);
    await stopping;
    assert.deepEqual([isAccepted, inner.simulation.starts('lan'), inner.simulation.stops('lan')], [true, 1, 1]);
    const looking = platform.look();
    await clock.advance(60_000);
    await looking;
    platform.setWatched(true);
    platform.setWatched(false);
    platform.setHeld('lan', true);
    platform.abandon();
    assert.deepEqual(told, [true, false, ['lan', true], 'abandon']);
  });

  test('M3: what was watched before is watched from the first reading on', async () => {
    const { manager, load, told, inner } = lazy();
    const start = inner.start.bind(inner);
    inner.start = (onUpdate) => {
      told.push('start');
      return start(onUpdate);
    };
    manager.watch();
    load();
    await manager.start();
    assert.deepEqual(told, [true, 'start']);
  });

  test('where it cannot be loaded, says so', async () => {
    const platform = new LazyPlatform(() => Promise.reject(new Error("Cannot find module './platforms.js'")));
    const manager = new NetworkConfigurationManager(platform);
    await assert.rejects(manager.start(), /The platform could not be loaded: Cannot find module '.\/platforms.js'$/);
    await manager.dispose();
  });

  test('does not start what arrives after dispose', async () => {
    const { manager, load, platform, clock } = lazy();
    const rejected = assert.rejects(manager.start(), withCode('disposed'));
    await manager.dispose();
    load();
    await rejected;
    assert.equal(platform.loaded, undefined);
    assert.equal(clock.pending, 0);
  });

  test('takes the platform with it', async () => {
    const { manager, load, inner } = lazy();
    load();
    await manager.start();
    let isDisposed = false;
    const dispose = inner.dispose.bind(inner);
    inner.dispose = () => {
      isDisposed = true;
      return dispose();
    };
    await manager.dispose();
    assert.ok(isDisposed);
  });
});
