import assert from 'node:assert/strict';
import { BearerType, Capability, type SuitabilityTest, type TestResult } from '../../../src/engine/index.js';
import {
  type SimulatedAccessPoint,
  type SimulatedOptions,
  SimulatedPlatform,
} from '../../../src/platforms/simulated/index.js';
import { settled, TestClock } from '../../fixtures/testClock.js';
import { failureOf, WatchedPlatform } from '../../fixtures/watchedPlatform.js';

const roaming = Capability.ApplicationLevelRoaming | Capability.ForcedRoaming;
const tcp: SuitabilityTest = { tcp: 'server.example:443' };
const never = new AbortController().signal;

const lan: SimulatedAccessPoint = { identifier: 'lan', up: true };
const wifi: SimulatedAccessPoint = { identifier: 'wifi', bearerType: BearerType.WLAN, up: true, device: 'radio' };
const cafe: SimulatedAccessPoint = { identifier: 'cafe', bearerType: BearerType.WLAN, device: 'radio' };

suite('simulated: moving traffic', () => {
  let clock: TestClock;
  let watched: WatchedPlatform<SimulatedPlatform>;

  async function on(accessPoints: readonly SimulatedAccessPoint[], options: SimulatedOptions = {}) {
    clock = new TestClock();
    watched = await WatchedPlatform.start(new SimulatedPlatform({ ...options, accessPoints, clock }));
    const { platform } = watched;
    const { simulation, routing } = platform;
    assert.ok(routing);
    return { platform, simulation, routing };
  }

  teardown(async () => {
    await watched.dispose();
    assert.equal(clock.pending, 0);
  });

  const metrics = () => [...watched.log.known.values()].map(({ metric }) => metric);

  suite('metrics and the default', () => {
    test('the metric is by bearer, unless it is given', async () => {
      const bearers = [
        ...[
          BearerType.Ethernet,
          BearerType.WLAN,
          BearerType.LTE,
          BearerType['2G'],
          BearerType.Bluetooth,
          BearerType.VPN,
        ],
        BearerType.Other,
      ];
      await on([
        { identifier: 'none given' },
        ...bearers.map((bearerType) => ({ identifier: BearerType[bearerType], bearerType })),
        { identifier: 'given', bearerType: BearerType.WLAN, metric: 50 },
        { identifier: 'none', metric: undefined },
      ]);
      assert.deepEqual(metrics(), [100, 100, 600, 700, 700, 750, undefined, 700, 50, undefined]);
    });

    test('M2: the system routes by the lowest metric that is up, of equal ones by the first', async () => {
      const { simulation } = await on([wifi, { ...lan, up: false }, { identifier: 'other' }]);
      assert.equal(simulation.routed, 'wifi');
      simulation.set('other', { up: true });
      assert.equal(simulation.routed, 'other');
      simulation.set('lan', { up: true });
      assert.equal(simulation.routed, 'lan');
      assert.equal(watched.system.defaultIdentifier, 'lan');
      simulation.set('lan', { metric: 1000 });
      assert.equal(watched.system.defaultIdentifier, 'other');
      simulation.set('other', { metric: undefined });
      assert.equal(watched.system.defaultIdentifier, 'wifi');
      assert.equal(watched.system.defaultIsRouted, true);
      for (const identifier of ['lan', 'wifi', 'other']) {
        simulation.set(identifier, { up: false });
      }
      assert.equal(simulation.routed, '');
      assert.equal(watched.system.defaultIsRouted, false);
    });

    test('what is known to lead nowhere is routed by last', async () => {
      const { simulation } = await on([{ ...lan, connectivity: 'none' }, wifi]);
      assert.equal(simulation.routed, 'wifi');
      simulation.set('wifi', { up: false });
      assert.equal(simulation.routed, 'lan');
    });

    test('R10: access points may share addresses', async () => {
      await on([lan, { ...wifi, addresses: ['192.0.2.200', '2001:db8::200'] }]);
      assert.deepEqual(watched.facts('lan').interface?.addresses, ['192.0.2.2']);
      assert.deepEqual(watched.facts('wifi').interface?.addresses, ['192.0.2.200', '2001:db8::200']);
    });
  });

  suite('what it says that it can do', () => {
    const cases: readonly (readonly [options: SimulatedOptions, capabilities: number])[] = [
      [{}, Capability.CanStartAndStopInterfaces | Capability.DataStatistics | roaming],
      [{ roaming: false }, Capability.CanStartAndStopInterfaces | Capability.DataStatistics],
      [{ capabilities: Capability.CanStartAndStopInterfaces }, Capability.CanStartAndStopInterfaces],
      [{ capabilities: roaming }, roaming],
      [{ capabilities: 0, roaming: true }, roaming],
      [{ capabilities: roaming, roaming: false }, 0],
    ];
    for (const [options, capabilities] of cases) {
      test(`M5: ${JSON.stringify(options)}`, async () => {
        clock = new TestClock();
        watched = await WatchedPlatform.start(new SimulatedPlatform({ ...options, accessPoints: [lan], clock }));
        assert.equal(watched.system.capabilities, capabilities);
        assert.equal(watched.platform.routing !== undefined, (capabilities & roaming) === roaming);
      });
    }
  });

  suite('prepare, prefer, restore', () => {
    test('R3: what is prepared is ready, and traffic stays where it is', async () => {
      const { simulation, routing } = await on([lan, wifi]);
      const told = watched.log.updates.length;
      const prepared = routing.prepare('wifi');
      assert.equal(simulation.prepared('wifi'), false, 'not inside the call');
      await prepared;
      await routing.prepare('wifi');
      assert.equal(simulation.prepared('wifi'), true);
      assert.equal(simulation.routed, 'lan');
      assert.equal(watched.log.updates.length, told);
    });

    test('R4, R11: what is preferred carries the traffic, whatever was preferred before', async () => {
      const { simulation, routing } = await on([lan, wifi, { identifier: 'usb', up: true }]);
      await routing.prefer('wifi');
      assert.equal(simulation.preferred, 'wifi');
      assert.equal(simulation.routed, 'wifi');
      assert.equal(watched.system.defaultIdentifier, 'wifi');
      assert.deepEqual(metrics(), [100, 600, 100]);
      await routing.prefer('usb');
      await routing.prefer('usb');
      assert.equal(simulation.preferred, 'usb');
      assert.equal(watched.system.defaultIdentifier, 'usb');
      assert.deepEqual(metrics(), [100, 600, 100]);
    });

    test('a VPN can be preferred too', async () => {
      const { simulation, routing } = await on([{ identifier: 'vpn', bearerType: BearerType.VPN, up: true }, lan]);
      assert.equal(simulation.routed, 'lan');
      await routing.prefer('vpn');
      assert.equal(simulation.routed, 'vpn');
      assert.deepEqual(metrics(), [undefined, 100]);
    });

    test('R5: restoring takes both back, and does nothing where there is nothing', async () => {
      const { simulation, routing } = await on([lan, wifi]);
      await routing.prepare('wifi');
      await routing.prefer('wifi');
      await routing.restore('wifi');
      assert.equal(simulation.prepared('wifi'), false);
      assert.equal(simulation.preferred, '');
      assert.deepEqual(metrics(), [100, 600]);
      assert.equal(watched.system.defaultIdentifier, 'lan');
      const told = watched.log.updates.length;
      await routing.restore('wifi');
      await routing.restore('no such access point');
      assert.equal(watched.log.updates.length, told);
    });

    const ends: readonly (readonly [title: string, act: () => unknown])[] = [
      ['goes down', () => watched.platform.simulation.set('wifi', { up: false })],
      ['loses its carrier', () => watched.platform.simulation.set('wifi', { inReach: false })],
      ['is displaced', () => watched.start('cafe')],
      ['is removed', () => watched.platform.simulation.remove('wifi')],
      ['is stopped', () => watched.stop('wifi')],
    ];
    for (const [title, act] of ends) {
      test(`what ${title} is neither prepared nor preferred any more`, async () => {
        const { simulation, routing } = await on([lan, wifi, cafe]);
        await routing.prepare('wifi');
        await routing.prefer('wifi');
        await act();
        assert.equal(simulation.preferred, '');
        assert.equal(simulation.routed, 'lan');
        if (simulation.links.has('wifi')) {
          simulation.set('wifi', { up: true, inReach: true });
          assert.equal(simulation.prepared('wifi'), false);
          assert.equal(simulation.routed, 'lan');
        }
      });

      test(`a step that is under way ends when it ${title}`, async () => {
        const { simulation, routing } = await on([lan, wifi, cafe]);
        await routing.prepare('wifi');
        for (const step of ['prepare', 'prefer', 'restore', 'test'] as const) {
          simulation.holdNext(step, 'wifi');
        }
        const failures = [failureOf(routing.prepare('wifi')), failureOf(routing.prefer('wifi'))];
        const restored = routing.restore('wifi');
        const tested = routing.test('wifi', tcp, never);
        await act();
        const codes = (await Promise.all(failures)).map(({ facts }) => facts.code);
        assert.equal(new Set(codes).size, 1);
        await restored;
        assert.deepEqual([(await tested).passed, (await tested).detail], [false, codes[0]]);
        assert.equal(simulation.preferred, '');
      });
    }

    test('what is not up cannot be prepared or preferred, and the reason is why it is down', async () => {
      const { simulation, routing } = await on([lan, cafe]);
      assert.equal((await failureOf(routing.prepare('cafe'))).facts.code, 'wentDown');
      simulation.set('lan', { inReach: false });
      assert.equal((await failureOf(routing.prefer('lan'))).facts.code, 'carrierLost');
      assert.equal((await failureOf(routing.prefer('no such access point'))).facts.code, 'notDefined');
    });

    test('O13: nothing moves while the daemon is away, and what is under way ends', async () => {
      const { simulation, routing } = await on([lan, wifi]);
      await routing.prepare('wifi');
      for (const step of ['prefer', 'restore', 'test'] as const) {
        simulation.holdNext(step, 'wifi');
      }
      const failures = [failureOf(routing.prefer('wifi')), failureOf(routing.restore('wifi'))];
      const tested = routing.test('wifi', tcp, never);
      simulation.goAway();
      const codes = (await Promise.all(failures)).map(({ facts }) => facts.code);
      assert.deepEqual(codes, ['platformGone', 'platformGone']);
      assert.equal((await tested).detail, 'platformGone');
      for (const call of [routing.prepare('wifi'), routing.prefer('wifi'), routing.restore('wifi')]) {
        assert.equal((await failureOf(call)).facts.code, 'platformAway');
      }
      assert.equal((await routing.test('wifi', tcp, never)).passed, false);
    });

    test('disposing ends what is under way', async () => {
      const { platform, simulation, routing } = await on([lan, wifi]);
      simulation.holdNext('prefer', 'wifi');
      const failure = failureOf(routing.prefer('wifi'));
      await platform.dispose();
      assert.equal((await failure).facts.code, 'disposed');
      await failureOf(routing.prefer('wifi'));
    });
  });

  suite('the strings', () => {
    for (const step of ['prepare', 'prefer', 'restore'] as const) {
      test(`${step} fails once when told to, and changes nothing`, async () => {
        const { simulation, routing } = await on([lan, wifi]);
        await (step === 'restore' ? routing.prefer('wifi') : undefined);
        const before = [simulation.prepared('wifi'), simulation.preferred];
        simulation.failNext(step, 'wifi', 'on purpose');
        const { facts } = await failureOf(routing[step]('wifi'));
        assert.deepEqual(facts, { code: 'other', detail: 'on purpose' });
        assert.deepEqual([simulation.prepared('wifi'), simulation.preferred], before);
        await routing[step]('wifi');
      });

      test(`${step} waits when told to, until it is let go`, async () => {
        const { simulation, routing } = await on([lan, wifi]);
        const release = simulation.holdNext(step, 'wifi');
        simulation.failNext(step, 'wifi');
        let isEnded = false;
        const failure = failureOf(routing[step]('wifi')).finally(() => {
          isEnded = true;
        });
        await clock.advance(60_000);
        assert.equal(isEnded, false);
        release();
        release();
        assert.deepEqual((await failure).facts, { code: 'other' });
        await routing[step]('wifi');
      });
    }

    test('what is let go before it is asked for does not wait', async () => {
      const { simulation, routing } = await on([lan, wifi]);
      simulation.holdNext('prepare', 'wifi')();
      await routing.prepare('wifi');
    });

    test('it writes down all that was asked for, refused or not', async () => {
      const { platform, simulation, routing } = await on([lan, cafe]);
      await platform.startAccessPoint('cafe', { interactive: true, provisional: true });
      await routing.prepare('cafe');
      await routing.test('cafe', tcp, never);
      await routing.prefer('cafe');
      await failureOf(routing.prefer('nothing'));
      await platform.stopAccessPoint('lan', () => {});
      await routing.restore('lan');
      assert.deepEqual(
        simulation.acts,
        'start cafe,prepare cafe,test cafe,prefer cafe,prefer nothing,stop lan,restore lan'.split(','),
      );
    });
  });

  suite('tests over a link', () => {
    const told = ({ passed, detail }: TestResult) => (passed ? 'passed' : detail);

    test('pass unless it is known to lead nowhere, and only over what is prepared', async () => {
      const { simulation, routing } = await on([lan, cafe]);
      assert.equal(told(await routing.test('cafe', tcp, never)), 'not up');
      assert.equal(told(await routing.test('lan', tcp, never)), 'not prepared');
      assert.equal(told(await routing.test('nothing', tcp, never)), 'notDefined');
      await routing.prepare('lan');
      const result = await routing.test('lan', tcp, never);
      assert.deepEqual(result, { test: tcp, passed: true, milliseconds: 0, detail: undefined });
      simulation.set('lan', { connectivity: 'none' });
      assert.equal(told(await routing.test('lan', tcp, never)), 'no answer');
    });

    test('are answered as the test says', async () => {
      const { simulation, routing } = await on([lan]);
      await routing.prepare('lan');
      simulation.answerTests('lan', (test) => ('tcp' in test ? 'refused' : 'http' in test));
      assert.equal(told(await routing.test('lan', tcp, never)), 'refused');
      assert.equal(told(await routing.test('lan', { http: 'http://server.example/' }, never)), 'passed');
      assert.equal(told(await routing.test('lan', { dns: 'server.example' }, never)), 'no answer');
      simulation.failNext('test', 'lan', 'on purpose');
      assert.equal(told(await routing.test('lan', { http: 'http://server.example/' }, never)), 'on purpose');
      simulation.answerTests('lan', undefined);
      assert.equal(told(await routing.test('lan', tcp, never)), 'passed');
    });

    test('take as long as they are held, and end when they are aborted', async () => {
      const { simulation, routing } = await on([lan]);
      await routing.prepare('lan');
      const release = simulation.holdNext('test', 'lan');
      const held = routing.test('lan', tcp, never);
      await clock.advance(700);
      release();
      assert.deepEqual([(await held).milliseconds, (await held).passed], [700, true]);
      simulation.holdNext('test', 'lan');
      const abort = new AbortController();
      const aborted = routing.test('lan', tcp, abort.signal);
      await settled();
      abort.abort();
      assert.equal(told(await aborted), 'aborted');
      assert.equal(told(await routing.test('lan', tcp, abort.signal)), 'aborted');
    });
  });

  suite('provisional starts', () => {
    const provisional = { interactive: true, provisional: true };

    test('R3: what is provisional carries nothing until it is preferred, which makes it final', async () => {
      const { platform, simulation, routing } = await on([wifi, { ...lan, up: false }]);
      await platform.startAccessPoint('lan', provisional);
      assert.equal(simulation.isProvisional('lan'), true);
      assert.equal(simulation.routed, 'wifi');
      await routing.prefer('lan');
      assert.equal(simulation.isProvisional('lan'), false);
      assert.equal(simulation.routed, 'lan');
    });

    test('what goes down is not provisional any more, nor is what was started otherwise', async () => {
      const { platform, simulation } = await on([lan, cafe]);
      assert.equal(simulation.isProvisional('lan'), false);
      await platform.startAccessPoint('cafe', provisional);
      await platform.stopAccessPoint('cafe', () => {});
      await platform.startAccessPoint('cafe', { interactive: true });
      assert.equal(simulation.isProvisional('cafe'), false);
    });

    test('R9: a crash takes back what is provisional, prepared or preferred, and nothing else', async () => {
      const { platform, simulation, routing } = await on([
        lan,
        wifi,
        cafe,
        { identifier: 'usb' },
        { identifier: 'vpn' },
      ]);
      await platform.startAccessPoint('usb', provisional);
      await platform.startAccessPoint('vpn', { interactive: true });
      await routing.prepare('wifi');
      await routing.prefer('wifi');
      simulation.crash();
      assert.equal(watched.facts('usb').link, 'down');
      assert.deepEqual(
        ['lan', 'wifi', 'vpn'].map((identifier) => watched.facts(identifier).link),
        ['up', 'up', 'up'],
      );
      assert.equal(simulation.prepared('wifi'), false);
      assert.equal(simulation.preferred, '');
      assert.equal(watched.system.defaultIdentifier, 'lan');
    });

    test('R9: a crash ends a provisional start that is under way, and every step', async () => {
      const { platform, simulation, routing } = await on([lan, { ...cafe, startMs: 5 }]);
      const start = failureOf(platform.startAccessPoint('cafe', provisional));
      simulation.holdNext('prefer', 'lan');
      const step = failureOf(routing.prefer('lan'));
      await settled();
      simulation.crash();
      await start;
      assert.equal((await step).facts.code, 'platformGone');
      await clock.advance(10);
      assert.equal(watched.facts('cafe').link, 'down');
    });
  });
});
