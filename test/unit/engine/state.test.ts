import * as assert from 'node:assert/strict';
import {
  type AccessPointFacts,
  BearerType,
  Capability,
  ConfigurationState,
  ConfigurationType,
  type NetworkSession,
  Purpose,
  SessionError,
  SessionState,
  UsagePolicy,
} from '../../../src/engine/index.js';
import { engineOn, eventsOf } from '../../fixtures/engineFixture.js';
import { fakeEngine } from '../../fixtures/fakePlatform.js';
import { settled } from '../../fixtures/testClock.js';

const lanInterface = { name: 'eth0', addresses: ['192.0.2.7'], gateway: '192.0.2.1', dnsServers: ['192.0.2.53'] };

/** Name and number of each member of an enumeration. */
function numbersOf(enumeration: object): Record<string, number> {
  return Object.fromEntries(Object.entries(enumeration).filter(([, value]) => typeof value === 'number'));
}

suite('the numbers of the enumerations', () => {
  test('they are part of the contract', () => {
    assert.deepEqual(numbersOf(SessionState), {
      Invalid: 0,
      NotAvailable: 1,
      Connecting: 2,
      Connected: 3,
      Closing: 4,
      Disconnected: 5,
      Roaming: 6,
    });
    assert.deepEqual(numbersOf(SessionError), {
      UnknownSessionError: 0,
      SessionAbortedError: 1,
      RoamingError: 2,
      OperationNotSupportedError: 3,
      InvalidConfigurationError: 4,
    });
    assert.deepEqual(numbersOf(UsagePolicy), { NoPolicy: 0, NoBackgroundTrafficPolicy: 1 });
    assert.deepEqual(numbersOf(ConfigurationType), {
      InternetAccessPoint: 0,
      ServiceNetwork: 1,
      UserChoice: 2,
      Invalid: 3,
    });
    assert.deepEqual(numbersOf(ConfigurationState), { Undefined: 1, Defined: 2, Discovered: 6, Active: 14 });
    assert.deepEqual(numbersOf(Purpose), { Unknown: 0, Public: 1, Private: 2, ServiceSpecific: 3 });
    assert.deepEqual(numbersOf(BearerType), {
      Unknown: 0,
      Ethernet: 1,
      WLAN: 2,
      '2G': 3,
      CDMA2000: 4,
      WCDMA: 5,
      HSPA: 6,
      Bluetooth: 7,
      WiMAX: 8,
      EVDO: 9,
      LTE: 10,
      '3G': 11,
      '4G': 12,
      '5G': 13,
      VPN: 14,
      Other: 15,
    });
    assert.deepEqual(numbersOf(Capability), {
      CanStartAndStopInterfaces: 1,
      DirectConnectionRouting: 2,
      SystemSessionSupport: 4,
      ApplicationLevelRoaming: 8,
      ForcedRoaming: 16,
      DataStatistics: 32,
      NetworkSessionRequired: 64,
    });
  });

  test('the state of a configuration follows reach and link', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan', inReach: false }]);
    const stateOf = () => manager.configurationFromIdentifier('lan').state;
    assert.equal(stateOf(), ConfigurationState.Defined);
    await platform.set('lan', { inReach: true });
    assert.equal(stateOf(), ConfigurationState.Discovered);
    await platform.set('lan', { link: 'starting' });
    assert.equal(stateOf(), ConfigurationState.Discovered);
    await platform.set('lan', { link: 'up' });
    assert.equal(stateOf(), ConfigurationState.Active);
    assert.equal(manager.configurationFromIdentifier('nowhere').state, ConfigurationState.Undefined);
  });
});

suite('state', () => {
  const rows: readonly (readonly [Partial<AccessPointFacts>, SessionState])[] = [
    [{ inReach: false, link: 'down' }, SessionState.NotAvailable],
    [{ inReach: true, link: 'down' }, SessionState.Disconnected],
    [{ inReach: true, link: 'starting' }, SessionState.Connecting],
    [{ inReach: true, link: 'up' }, SessionState.Connected],
    [{ inReach: true, link: 'stopping' }, SessionState.Closing],
  ];
  for (const [facts, state] of rows) {
    test(`S1: ${facts.inReach ? 'in reach' : 'not in reach'} and ${facts.link} shows ${SessionState[state]}`, async () => {
      const { manager } = await fakeEngine([{ identifier: 'lan', ...facts }]);
      const session = manager.createSession('lan');
      assert.equal(session.state, state);
      assert.equal(manager.stateOf('lan'), state);
      assert.equal(session.isOpen, false);
    });
  }

  test('S1: what was never valid or is not defined any more shows Invalid, and what is added later is seen', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan' }]);
    const session = manager.createSession('lan');
    const early = manager.createSession('wifi');
    assert.equal(early.state, SessionState.Invalid);
    await platform.remove('lan');
    assert.equal(session.state, SessionState.Invalid);
    await platform.set('wifi', {});
    assert.equal(early.state, SessionState.Disconnected);
  });

  test('S1: a session that is not open watches all that an open one on the same access point shows', async () => {
    const { manager, platform, open } = await fakeEngine([{ identifier: 'lan' }]);
    const watcher = manager.createSession('lan');
    const heard = eventsOf(watcher);
    const session = await open('lan');
    session.close();
    await platform.serve();
    await platform.set('lan', { inReach: false });
    await platform.remove('lan');
    assert.deepEqual(heard, ['Connecting', 'Connected', 'Closing', 'Disconnected', 'NotAvailable', 'Invalid']);
  });

  test('S1: a start or stop of ours shows before the platform tells of it', async () => {
    const { manager, platform, open } = await fakeEngine([{ identifier: 'lan' }]);
    const session = manager.createSession('lan');
    session.open();
    assert.equal(session.state, SessionState.Connecting);
    await platform.serve();
    const second = await open('lan');
    second.close();
    assert.equal(session.state, SessionState.Connected);
    session.close();
    assert.equal(session.state, SessionState.Closing);
  });

  test('S1: a pulled cable is a loss at once, although the system still keeps it', async () => {
    const { manager, simulation, clock } = await engineOn([{ identifier: 'lan', up: true, lingers: true }]);
    const session = manager.createSession('lan');
    session.open();
    await clock.advance(0);
    const heard = eventsOf(session);
    simulation.set('lan', { inReach: false });
    assert.equal(session.state, SessionState.NotAvailable);
    assert.equal(session.isOpen, false);
    await clock.advance(0);
    assert.deepEqual(heard, ['NotAvailable', 'SessionAbortedError', 'closed']);
  });

  test('S2: no platform has service networks or user choices yet: such an identifier is unknown and Invalid', async () => {
    const { manager } = await fakeEngine([{ identifier: 'lan', link: 'up' }]);
    for (const identifier of ['service-network', 'user-choice']) {
      const session = manager.createSession(identifier);
      assert.equal(session.state, SessionState.Invalid);
      assert.equal(session.configuration.type, ConfigurationType.Invalid);
      assert.equal(session.configuration.isValid, false);
      assert.deepEqual(session.configuration.children, []);
    }
    assert.deepEqual(
      manager.allConfigurations().map(({ type }) => type),
      [ConfigurationType.InternetAccessPoint],
    );
  });
});

suite('what an event finds', () => {
  function look(session: NetworkSession) {
    const { state, isOpen, error, interface: under } = session;
    return { state, isOpen, error, under };
  }

  test('S3: all that an opening changes can be read in its first event', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan', interface: lanInterface }]);
    const session = manager.createSession('lan');
    session.open();
    await settled();
    const seen: unknown[] = [];
    session.onDidChangeState(() => seen.push(look(session)));
    session.onDidOpen(() => seen.push(look(session)));
    await platform.set('lan', { link: 'up' });
    const open = { state: SessionState.Connected, isOpen: true, error: 0, under: lanInterface };
    assert.deepEqual(seen, [open, open]);
  });

  test('S3: all that a loss changes can be read in its first event, for all sessions', async () => {
    const { platform, open } = await fakeEngine([{ identifier: 'lan', link: 'up', interface: lanInterface }]);
    const sessions = [await open('lan'), await open('lan')];
    const seen: unknown[] = [];
    sessions[0]?.onDidChangeState(() => seen.push(...sessions.map(look)));
    await platform.set('lan', { link: 'down', inReach: false });
    const lost = {
      state: SessionState.NotAvailable,
      isOpen: false,
      error: SessionError.SessionAbortedError,
      under: undefined,
    };
    assert.deepEqual(seen, [lost, lost]);
  });

  test('S3: all that a failed start changes can be read in its first event', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan' }]);
    const session = manager.createSession('lan');
    session.open();
    await settled();
    const seen: unknown[] = [];
    session.onDidChangeState(() => seen.push(look(session)));
    await platform.starts[0]?.reject(new Error('defect'));
    assert.deepEqual(seen, [{ state: SessionState.Disconnected, isOpen: false, error: 0, under: undefined }]);
    assert.equal(session.failure?.cause.code, 'other');
  });

  test('S3: all that a close changes can be read in its first event', async () => {
    const { open } = await fakeEngine([{ identifier: 'lan', interface: lanInterface }]);
    const session = await open('lan');
    const seen: unknown[] = [];
    session.onDidChangeState(() => seen.push(look(session)));
    session.close();
    await settled();
    assert.deepEqual(seen, [{ state: SessionState.Closing, isOpen: false, error: 0, under: undefined }]);
  });

  test('S3: the same state told again and again is one change', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan' }]);
    const session = manager.createSession('lan');
    const heard = eventsOf(session);
    for (const link of ['starting', 'starting', 'up', 'up', 'stopping', 'stopping', 'down', 'down'] as const) {
      await platform.set('lan', { link, signal: heard.length });
    }
    assert.deepEqual(heard, ['Connecting', 'Connected', 'Closing', 'Disconnected']);
  });

  test('S3: one change after another within a turn is told one by one', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan' }]);
    const heard = eventsOf(manager.createSession('lan'));
    void platform.set('lan', { link: 'starting' });
    void platform.set('lan', { link: 'up' });
    void platform.set('lan', { link: 'down' });
    assert.deepEqual(heard, [], 'not inside the update');
    await settled();
    assert.deepEqual(heard, ['Connecting', 'Connected', 'Disconnected']);
  });

  test('S3: a state told before a session was made is not told to it', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan' }]);
    await platform.set('lan', { link: 'up' });
    const heard = eventsOf(manager.createSession('lan'));
    await platform.set('lan', { link: 'up', name: 'LAN' });
    assert.deepEqual(heard, []);
  });

  test('S3: no event fires inside the call that causes it', async () => {
    const { manager, platform, open } = await fakeEngine([
      { identifier: 'lan' },
      { identifier: 'far', inReach: false },
    ]);
    const silent = (session: NetworkSession, act: () => void) => {
      const heard = eventsOf(session);
      act();
      assert.deepEqual(heard, []);
      return heard;
    };
    const far = manager.createSession('far');
    const failed = silent(far, () => far.open());
    const session = manager.createSession('lan');
    const opened = silent(session, () => session.open());
    await platform.serve();
    const other = await open('lan');
    const closed = silent(other, () => other.close());
    await settled();
    const stopped = silent(session, () => {
      session.stop();
      platform.stops[0]?.accept();
    });
    await platform.serve();
    const last = await open('lan');
    const disposed = silent(last, () => last.dispose());
    await platform.serve();
    for (const heard of [failed, opened, closed, stopped, disposed]) {
      assert.notEqual(heard.length, 0);
    }
  });
});

suite('interface', () => {
  test('S4: it is known only while Connected, whatever the platform says of it', async () => {
    const { manager, platform, open } = await fakeEngine([{ identifier: 'lan', interface: lanInterface }]);
    const watcher = manager.createSession('lan');
    assert.equal(watcher.interface, undefined);
    await platform.set('lan', { link: 'starting' });
    assert.equal(watcher.interface, undefined);
    await platform.set('lan', { link: 'up' });
    assert.deepEqual(watcher.interface, lanInterface);
    await platform.set('lan', { link: 'stopping' });
    assert.equal(watcher.interface, undefined);
    await platform.set('lan', { link: 'down' });
    const session = await open('lan');
    assert.deepEqual(session.interface, lanInterface);
    session.close();
    assert.equal(session.interface, undefined, 'Closing, although the link is still up');
  });

  test('S4: new addresses are seen, without an event of the session', async () => {
    const { platform, open } = await fakeEngine([{ identifier: 'lan', link: 'up', interface: lanInterface }]);
    const session = await open('lan');
    const heard = eventsOf(session);
    await platform.set('lan', { interface: { ...lanInterface, addresses: ['192.0.2.8'] } });
    assert.deepEqual(session.interface?.addresses, ['192.0.2.8']);
    assert.deepEqual(heard, []);
  });
});
