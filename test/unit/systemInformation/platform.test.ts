import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BearerType, Capability, type Platform, PlatformFailure, silentLogger } from '../../../src/engine/index.js';
import { SystemInformationPlatform } from '../../../src/platforms/systemInformation/index.js';
import { parseBytes, parseInterfaces } from '../../../src/platforms/systemInformation/rows.js';
import { UpdateLog } from '../../fixtures/platformContract.js';
import { settled, TestClock } from '../../fixtures/testClock.js';
import { Answers, interfaceRow } from './answers.js';

/** A promise that stays open until told otherwise. */
function holding(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

suite('systemInformation platform', () => {
  let answers: Answers;
  let clock: TestClock;
  let log: UpdateLog;
  let warnings: string[];
  let platform: SystemInformationPlatform;

  setup(() => {
    answers = new Answers();
    clock = new TestClock();
    log = new UpdateLog();
    warnings = [];
    const logger = { ...silentLogger, warn: (message: string) => void warnings.push(message) };
    platform = new SystemInformationPlatform({ clock, logger, load: answers.load });
  });

  teardown(async () => {
    await platform.dispose();
    assert.equal(clock.pending, 0);
    log.check();
  });

  const names = () => [...log.known.values()].map(({ name }) => name);
  const facts = (name: string) => {
    const known = log.known.get(`systemInformation:${name}`);
    assert.ok(known, `${name} is not listed`);
    return known;
  };

  test('M5: it counts and polls, and says that it can neither start nor stop', async () => {
    await platform.start(log.listener);
    assert.equal(log.system?.capabilities, Capability.DataStatistics);
    assert.equal((platform as Platform).routing, undefined);
    assert.ok([...log.known.values()].every(({ metric }) => metric === undefined));
    assert.equal(log.system?.polls, true);
    assert.equal(log.system?.obstacles.start?.code, 'cannotStart');
  });

  test('M3b: hardware is listed, and what is virtual only while it is the default', async () => {
    answers.interfaces = [
      interfaceRow('lo', { internal: true }),
      interfaceRow('en0', { default: false }),
      interfaceRow('en1', { default: false, type: 'wireless', ip4: '', operstate: 'down' }),
      interfaceRow('utun0', { virtual: true }),
      interfaceRow('utun1', { virtual: true, default: false }),
      interfaceRow('bond0', { type: 'virtual', default: false }),
    ];
    await platform.start(log.listener);
    assert.deepEqual(names(), ['en0', 'en1', 'utun0']);
    assert.equal(log.system?.defaultIdentifier, 'systemInformation:utun0');
    assert.equal(facts('en1').bearerType, BearerType.WLAN);
    assert.equal(facts('en0').speed, 1_000_000_000);
    answers.interfaces = [
      interfaceRow('en0'),
      interfaceRow('utun0', { virtual: true, default: false, operstate: 'down' }),
    ];
    await platform.look();
    assert.equal(facts('utun0').link, 'down');
    assert.equal(log.system?.defaultIdentifier, 'systemInformation:en0');
  });

  test('M2: a default that is no interface is none (the package once says "link")', async () => {
    answers.interfaces = [interfaceRow('en0', { default: 'link' })];
    await platform.start(log.listener);
    assert.equal(log.system?.defaultIsRouted, false);
    assert.equal(log.system?.defaultIdentifier, 'systemInformation:en0');
  });

  test('S1: an address of the link alone is no way anywhere', async () => {
    answers.interfaces = [interfaceRow('en0', { default: false, ip4: '' })];
    await platform.start(log.listener);
    assert.equal(facts('en0').link, 'down');
    assert.equal(facts('en0').inReach, true);
  });

  test('one that is missing once is down, and gone when it is missing again', async () => {
    answers.interfaces = [interfaceRow('en0'), interfaceRow('en1', { default: false })];
    await platform.start(log.listener);
    answers.interfaces = [interfaceRow('en0')];
    await platform.look();
    assert.equal(facts('en1').link, 'down');
    assert.deepEqual(facts('en1').cause, { code: 'carrierLost' });
    await platform.look();
    assert.deepEqual(names(), ['en0']);
  });

  test('an answer that says nothing, fails or never comes leaves what was known', async () => {
    await platform.start(log.listener);
    answers.interfaces = [];
    await platform.look();
    answers.networkInterfaces = () => Promise.reject(new Error('no such program'));
    await platform.look();
    assert.equal(warnings.length, 1);
    answers.networkInterfaces = () => {
      throw new TypeError('defect');
    };
    await platform.look();
    assert.equal(facts('en0').link, 'up');
    assert.equal(log.updates.length, 1);
  });

  test('a call that hangs is given up, and no second one is made beside it', async () => {
    await platform.start(log.listener);
    const hold = holding();
    answers.held = hold.promise;
    const looks = [platform.look(), platform.look()];
    await clock.advance(15_000);
    await clock.advance(15_000);
    await Promise.all(looks);
    assert.equal(answers.asked.networkInterfaces, 2);
    answers.held = undefined;
    hold.resolve();
    await settled();
    answers.interfaces = [interfaceRow('en0', { operstate: 'down' })];
    await platform.look();
    assert.equal(facts('en0').link, 'down');
  });

  test('a first answer that never comes does not keep it from starting', async () => {
    answers.held = new Promise(() => {});
    const started = platform.start(log.listener);
    await clock.advance(15_000);
    await started;
    assert.deepEqual(names(), []);
    assert.equal(log.system?.isOnline, false);
  });

  test('it cannot serve where the package cannot be loaded', async () => {
    const broken = new SystemInformationPlatform({ clock, load: () => Promise.reject(new Error('no such package')) });
    await assert.rejects(broken.start(log.listener), PlatformFailure);
    assert.equal(log.updates.length, 0);
  });

  suite('when it looks', () => {
    test('M3: never by itself while nobody watches', async () => {
      await platform.start(log.listener);
      await clock.advance(600_000);
      assert.equal(answers.asked.networkInterfaces, 1);
      assert.equal(answers.asked.networkStats, 0);
      assert.equal(clock.pending, 0);
    });

    test('M3: every ten seconds while somebody watches, at once when the last look is old', async () => {
      await platform.start(log.listener);
      platform.setWatched(true);
      await clock.advance(9_999);
      assert.equal(answers.asked.networkInterfaces, 1);
      await clock.advance(1);
      assert.equal(answers.asked.networkInterfaces, 2);
      await clock.advance(20_000);
      assert.equal(answers.asked.networkInterfaces, 4);
      platform.setWatched(false);
      await clock.advance(60_000);
      assert.equal(answers.asked.networkInterfaces, 4);
      platform.setWatched(true);
      await clock.advance(0);
      assert.equal(answers.asked.networkInterfaces, 5);
    });

    test('looks never pile up: those who ask meanwhile share one', async () => {
      await platform.start(log.listener);
      const hold = holding();
      answers.held = hold.promise;
      platform.setWatched(true);
      await clock.advance(10_000);
      const looks = [platform.look(), platform.look(), platform.look()];
      await settled();
      assert.equal(answers.asked.networkInterfaces, 2);
      hold.resolve();
      await Promise.all(looks);
      assert.equal(answers.asked.networkInterfaces, 3);
    });
  });

  suite('counters', () => {
    const counters = async (name: string) => {
      const known = platform.counters(`systemInformation:${name}`);
      await settled();
      return known;
    };

    test('F1: the latest sample is given at once, and a fresh one is fetched, at most every two seconds', async () => {
      answers.stats.set('en0', { received: 1000, written: 500 });
      await platform.start(log.listener);
      assert.equal(await counters('en0'), undefined);
      assert.deepEqual(await counters('en0'), { received: 1000, written: 500, source: '0' });
      for (let i = 0; i < 100; i++) {
        await counters('en0');
      }
      assert.equal(answers.asked.networkStats, 1);
      answers.stats.set('en0', { received: 3000, written: 700 });
      await clock.advance(2_000);
      assert.equal((await counters('en0'))?.received, 1000);
      assert.equal((await counters('en0'))?.received, 3000);
      assert.equal(answers.asked.networkStats, 2);
    });

    test('F1: figures that fall are of another source; zeros are no figures', async () => {
      const sample = async (received: number, written: number) => {
        answers.stats.set('en0', { received, written });
        await clock.advance(2_000);
        await counters('en0');
        return counters('en0');
      };
      await platform.start(log.listener);
      assert.equal(await sample(0, 0), undefined);
      assert.equal((await sample(1000, 500))?.source, '0');
      assert.deepEqual(await sample(0, 0), { received: 1000, written: 500, source: '0' });
      assert.deepEqual(await sample(10, 500), { received: 10, written: 500, source: '1' });
    });

    test('a question that hangs is the only one of its kind', async () => {
      await platform.start(log.listener);
      answers.held = new Promise(() => {});
      for (let i = 0; i < 20; i++) {
        await counters('en0');
        await clock.advance(5_000);
      }
      assert.equal(answers.asked.networkStats, 1);
    });
  });

  suite('answers', () => {
    const seed = { seed: 20_240_607 };
    const keys = Object.keys(interfaceRow('x'));
    const anyRow = fc.oneof(
      fc.anything(),
      fc.dictionary(fc.constantFrom(...keys), fc.oneof(fc.anything(), fc.constantFrom('up', 'en0', true, 7))),
    );

    test('any answer at all becomes facts that keep the port, or none', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(anyRow), async (rows) => {
          const told = new UpdateLog();
          const strange = new SystemInformationPlatform({
            clock,
            load: async () => ({ networkInterfaces: async () => rows, networkStats: async () => rows }),
          });
          await strange.start(told.listener);
          await strange.look();
          for (const identifier of told.known.keys()) {
            strange.counters(identifier);
          }
          await strange.dispose();
          told.check();
        }),
        { ...seed, numRuns: 300 },
      );
    });

    test('what is missing or of the wrong type is unknown', () => {
      assert.equal(parseInterfaces(undefined), undefined);
      assert.equal(parseInterfaces('en0'), undefined);
      const [row] = parseInterfaces([{ iface: 'en0', speed: 'fast', ip4: 7, mac: null, default: 'yes' }]) ?? [];
      assert.deepEqual(row, {
        name: 'en0',
        bearerType: BearerType.Unknown,
        isDefault: false,
        isVirtual: false,
        operstate: '',
        addresses: [],
        speed: undefined,
        hardwareAddress: undefined,
      });
      for (const answer of [
        null,
        [],
        [{ iface: 'en1', rx_bytes: 1, tx_bytes: 1 }],
        [{ iface: 'en0', rx_bytes: '1' }],
      ]) {
        assert.equal(parseBytes(answer, 'en0'), undefined);
      }
    });
  });
});
