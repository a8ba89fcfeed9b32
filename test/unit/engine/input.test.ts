import * as assert from 'node:assert/strict';
import {
  ConfigurationType,
  type LastClose,
  NetworkConfigurationManager,
  SessionState,
} from '../../../src/engine/index.js';
import { FakePlatform, fakeEngine, managerEventsOf } from '../../fixtures/fakePlatform.js';

const hostile: readonly unknown[] = [undefined, null, 0, 7, true, Symbol('s'), [], {}, { identifier: 5 }, () => 'lan'];

suite('wrong arguments', () => {
  test('createSession takes a configuration or an identifier, and says so', async () => {
    const { manager } = await fakeEngine([{ identifier: 'lan' }]);
    for (const value of hostile) {
      assert.throws(() => manager.createSession(value as string), TypeError);
    }
    assert.equal(manager.sessions.length, 0);
    assert.equal(manager.createSession(manager.configurationFromIdentifier('lan')).configuration.identifier, 'lan');
    assert.equal(manager.createSession('').state, SessionState.Invalid);
    assert.equal(manager.createSession('__proto__').state, SessionState.Invalid);
  });

  test('S1: a session on an invalid configuration is Invalid, as its default is when there is none (M2)', async () => {
    const { manager } = await fakeEngine([]);
    const session = manager.createSession(manager.defaultConfiguration);
    assert.equal(session.state, SessionState.Invalid);
    assert.equal(session.configuration.type, ConfigurationType.Invalid);
  });

  test('O5a: lastClose takes one of its three policies, everything else is told and changes nothing', async () => {
    const { manager } = await fakeEngine([]);
    manager.lastClose = 'never';
    for (const value of [...hostile, 'Always', '', 'toString', Object.create(null)]) {
      assert.throws(() => {
        manager.lastClose = value as LastClose;
      }, TypeError);
      if (value !== undefined) {
        const lastClose = value as LastClose;
        assert.throws(() => new NetworkConfigurationManager(new FakePlatform([]), { lastClose }), TypeError);
      }
    }
    assert.equal(manager.lastClose, 'never');
  });

  test('a platform has one manager: another one throws, and the first still hears', async () => {
    const { manager, platform } = await fakeEngine([]);
    const heard = managerEventsOf(manager);
    assert.throws(() => new NetworkConfigurationManager(platform), /platform has a manager already/);
    await platform.set('lan', {});
    assert.deepEqual(heard, ['added lan']);
    await manager.dispose();
    assert.throws(() => new NetworkConfigurationManager(platform), Error, 'it was disposed of with the first');
    assert.equal(platform.disposals, 1);
  });

  test('a manager that could not be made leaves its platform free', async () => {
    const platform = new FakePlatform([{ identifier: 'lan' }]);
    const serviceNetworks = [{ identifier: '', name: '', accessPoints: [] }];
    assert.throws(() => new NetworkConfigurationManager(platform, { serviceNetworks }), TypeError);
    const manager = new NetworkConfigurationManager(platform);
    await manager.start();
    assert.equal(manager.allConfigurations().length, 1);
  });

  test('O9: waitForOpened takes milliseconds from -1, and rejects instead of throwing', async () => {
    const { manager } = await fakeEngine([{ identifier: 'lan' }]);
    const session = manager.createSession('lan');
    session.open();
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, -2, 2 ** 31, '5', null, {}, Symbol('s')]) {
      await assert.rejects(session.waitForOpened(value as number), TypeError, String(value));
    }
    assert.equal(session.isOpening, true);
  });

  test('F3: AutoCloseSessionTimeout takes whole milliseconds from -1, everything else is told and changes nothing', async () => {
    const { manager } = await fakeEngine([{ identifier: 'lan' }], { system: { polls: true } });
    const session = manager.createSession('lan');
    session.setSessionProperty('AutoCloseSessionTimeout', 2 ** 31 - 1);
    for (const value of [-2, 1.5, 2 ** 31, Number.NaN, Number.POSITIVE_INFINITY, '5', true, {}, Symbol('s'), 5n]) {
      assert.throws(() => session.setSessionProperty('AutoCloseSessionTimeout', value), TypeError, String(value));
    }
    assert.equal(session.sessionProperty('AutoCloseSessionTimeout'), 2 ** 31 - 1);
  });

  test('M1: what is no identifier is an unknown one', async () => {
    const { manager } = await fakeEngine([{ identifier: 'lan' }]);
    for (const value of ['', 'LAN', ' lan', '__proto__', 'constructor', undefined, null, 5]) {
      const configuration = manager.configurationFromIdentifier(value as string);
      assert.equal(configuration.isValid, false, String(value));
      assert.equal(manager.stateOf(value as string), SessionState.Invalid);
      assert.equal(manager.accessPoint(value as string), undefined);
      assert.equal(manager.holders(value as string), 0);
      assert.equal(manager.isStartedHere(value as string), false);
    }
    assert.equal(manager.allConfigurations().length, 1, 'asking makes none');
  });

  test('M5: whyNot answers for anything that it is asked about, without throwing', async () => {
    const { manager } = await fakeEngine([{ identifier: 'lan' }]);
    for (const value of ['nowhere', { identifier: 'nowhere' }]) {
      assert.match(manager.whyNot('start', value as string) ?? '', /not known/);
    }
    assert.doesNotThrow(() => manager.whyNot('start', null as unknown as string));
    assert.doesNotThrow(() => manager.whyNot('start', {} as unknown as string));
  });

  test('M1: a filter that is no state finds nothing, or all', async () => {
    const { manager } = await fakeEngine([{ identifier: 'lan', link: 'up' }]);
    assert.equal(manager.allConfigurations(0).length, 1);
    assert.equal(manager.allConfigurations(undefined).length, 1);
    assert.equal(manager.allConfigurations(64 as never).length, 0);
    assert.equal(manager.allConfigurations(Number.NaN as never).length, 0);
  });

  test('what the manager gives cannot be changed by who gets it', async () => {
    const { manager } = await fakeEngine([{ identifier: 'lan' }]);
    const configurations = manager.allConfigurations() as unknown as { name: string }[];
    assert.throws(() => configurations.push({ name: 'x' }), TypeError);
    assert.throws(() => {
      (configurations[0] ?? assert.fail()).name = 'x';
    }, TypeError);
    assert.equal(manager.configurationFromIdentifier('lan').name, 'lan');
  });

  test('a disposable that is disposed of twice counts once', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan' }]);
    const first = manager.watch();
    const second = manager.watch();
    first.dispose();
    first.dispose();
    assert.deepEqual(platform.watched, [true]);
    second.dispose();
    assert.deepEqual(platform.watched, [true, false]);
    assert.equal(manager.watchTraffic('nowhere').bytesReceived, undefined);
    assert.deepEqual(platform.watched, [true, false], 'counting is not watching');
  });
});
