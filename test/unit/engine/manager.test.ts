import * as assert from 'node:assert/strict';
import {
  BearerType,
  Capability,
  ConfigurationState,
  ConfigurationType,
  type NetworkConfiguration,
  NetworkConfigurationManager,
  PlatformFailure,
  Purpose,
  SessionError,
} from '../../../src/engine/index.js';
import { eventsOf } from '../../fixtures/engineFixture.js';
import { FakePlatform, factsOf, fakeEngine, managerEventsOf } from '../../fixtures/fakePlatform.js';
import { settled } from '../../fixtures/testClock.js';

function identifiersOf(configurations: readonly NetworkConfiguration[]): string[] {
  return configurations.map(({ identifier }) => identifier);
}

suite('configurations', () => {
  const some = [
    { identifier: 'up', link: 'up' },
    { identifier: 'reach' },
    { identifier: 'far', inReach: false },
    { identifier: 'other', link: 'up' },
  ] as const;

  test('M1: those whose state has all the given bits, without a filter all', async () => {
    const { manager } = await fakeEngine(some);
    const all = ['up', 'reach', 'far', 'other'];
    assert.deepEqual(identifiersOf(manager.allConfigurations()), all);
    assert.deepEqual(identifiersOf(manager.allConfigurations(ConfigurationState.Defined)), all);
    assert.deepEqual(identifiersOf(manager.allConfigurations(ConfigurationState.Discovered)), ['up', 'reach', 'other']);
    assert.deepEqual(identifiersOf(manager.allConfigurations(ConfigurationState.Active)), ['up', 'other']);
    assert.deepEqual(identifiersOf(manager.allConfigurations(ConfigurationState.Undefined)), []);
  });

  test('M1: the lists follow every change', async () => {
    const { manager, platform } = await fakeEngine(some);
    const active = () => identifiersOf(manager.allConfigurations(ConfigurationState.Active));
    assert.deepEqual(active(), ['up', 'other']);
    await platform.set('up', { link: 'down' });
    await platform.set('reach', { link: 'up' });
    assert.deepEqual(active(), ['reach', 'other']);
    await platform.remove('other');
    assert.deepEqual(active(), ['reach']);
    assert.deepEqual(identifiersOf(manager.allConfigurations()), ['up', 'reach', 'far']);
  });

  test('M1: each identifier once, in the order first seen', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'b' }]);
    await platform.set('c', {});
    await platform.set('a', {});
    await platform.set('b', { name: 'again' });
    platform.tell({
      whole: true,
      accessPoints: ['a', 'c', 'b', 'a'].map((identifier) => factsOf({ identifier })),
    });
    assert.deepEqual(identifiersOf(manager.allConfigurations()), ['b', 'c', 'a']);
  });

  test('M1: a session on what is not known yet does not count as seeing it', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'a' }]);
    manager.createSession('early');
    assert.deepEqual(identifiersOf(manager.allConfigurations()), ['a']);
    await platform.set('b', {});
    await platform.set('early', {});
    assert.deepEqual(identifiersOf(manager.allConfigurations()), ['a', 'b', 'early']);
  });

  test('M1: a removed one is not listed, although a session keeps it', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan' }]);
    manager.createSession('lan');
    await platform.remove('lan');
    assert.deepEqual(manager.allConfigurations(), []);
    assert.equal(manager.configurationFromIdentifier('lan').isValid, false);
  });

  test('M1: user choices are found by identifier only: there are none yet', async () => {
    const { manager } = await fakeEngine(some);
    assert.ok(manager.allConfigurations().every(({ type }) => type === ConfigurationType.InternetAccessPoint));
    assert.equal(manager.configurationFromIdentifier('user-choice').isValid, false);
  });

  test('a configuration says what the platform knows, and is immutable', async () => {
    const { manager, platform } = await fakeEngine([
      {
        identifier: 'modem',
        name: 'Phone',
        bearerType: BearerType.LTE,
        purpose: Purpose.Private,
        metered: true,
        connectTimeout: 7000,
      },
    ]);
    const configuration = manager.configurationFromIdentifier('modem');
    assert.deepEqual(configuration, {
      identifier: 'modem',
      name: 'Phone',
      type: ConfigurationType.InternetAccessPoint,
      state: ConfigurationState.Discovered,
      purpose: Purpose.Private,
      bearerType: BearerType.LTE,
      bearerTypeName: 'LTE',
      bearerTypeFamily: BearerType['4G'],
      children: [],
      isRoamingAvailable: false,
      connectTimeout: 7000,
      isValid: true,
      isMetered: true,
    });
    await platform.set('modem', { link: 'up' });
    assert.equal(configuration.state, ConfigurationState.Discovered, 'the one taken before');
    assert.equal(manager.configurationFromIdentifier('modem').state, ConfigurationState.Active);
    assert.ok(Object.isFrozen(configuration));
  });

  test('the family of a mobile bearer is its generation, of any other itself', async () => {
    const families: readonly (readonly [BearerType, BearerType])[] = [
      [BearerType['2G'], BearerType['2G']],
      [BearerType.CDMA2000, BearerType['3G']],
      [BearerType.WiMAX, BearerType['4G']],
      [BearerType['3G'], BearerType['3G']],
      [BearerType['4G'], BearerType['4G']],
      [BearerType.Bluetooth, BearerType.Bluetooth],
      [BearerType.Unknown, BearerType.Unknown],
      [BearerType.WCDMA, BearerType['3G']],
      [BearerType.HSPA, BearerType['3G']],
      [BearerType.EVDO, BearerType['3G']],
      [BearerType.LTE, BearerType['4G']],
      [BearerType['5G'], BearerType['5G']],
      [BearerType.WLAN, BearerType.WLAN],
      [BearerType.VPN, BearerType.VPN],
    ];
    for (const [bearerType, family] of families) {
      const { manager } = await fakeEngine([{ identifier: 'it', bearerType }]);
      assert.equal(manager.configurationFromIdentifier('it').bearerTypeFamily, family, BearerType[bearerType]);
    }
  });
});

suite('what a configuration is called', () => {
  test('only an access point that is known has the name of its bearer', async () => {
    const serviceNetworks = [{ identifier: 'home', name: 'Home', accessPoints: ['lan'] }];
    const { manager } = await fakeEngine([{ identifier: 'lan' }, { identifier: 'odd', bearerType: 0 }], {
      serviceNetworks,
    });
    const nameOf = (identifier: string) => manager.configurationFromIdentifier(identifier).bearerTypeName;
    assert.deepEqual(['lan', 'odd', 'home', 'userChoice', 'nowhere', ''].map(nameOf), [
      'Ethernet',
      'Unknown',
      '',
      '',
      '',
      '',
    ]);
  });

  test('M3a: what is left of a removed one has its name, identifier and bearer type, and no bearer name', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'wifi', name: 'Cafe', bearerType: BearerType.WLAN }]);
    const seen: unknown[] = [];
    manager.onDidRemoveConfiguration(({ identifier, name, bearerType, bearerTypeFamily, bearerTypeName, isValid }) =>
      seen.push(identifier, name, bearerType, bearerTypeFamily, bearerTypeName, isValid),
    );
    await platform.remove('wifi');
    assert.deepEqual(seen, ['wifi', 'Cafe', BearerType.WLAN, BearerType.WLAN, '', false]);
  });
});

suite('the default configuration', () => {
  test('M2: the one that the system names', async () => {
    const { manager, platform } = await fakeEngine(
      [
        { identifier: 'lan', link: 'up' },
        { identifier: 'wifi', link: 'up' },
        { identifier: 'far', inReach: false },
      ],
      { system: { defaultIdentifier: 'wifi' } },
    );
    assert.equal(manager.defaultConfiguration.identifier, 'wifi');
    await platform.setSystem({ defaultIdentifier: 'far' });
    assert.equal(manager.defaultConfiguration.identifier, 'far');
  });

  test('M2: else the first that is up, else the first in reach, else an invalid one', async () => {
    const { manager, platform } = await fakeEngine(
      [{ identifier: 'far', inReach: false }, { identifier: 'lan' }, { identifier: 'wifi', link: 'up' }],
      { system: { defaultIdentifier: 'gone' } },
    );
    assert.equal(manager.defaultConfiguration.identifier, 'wifi');
    await platform.set('wifi', { link: 'down' });
    assert.equal(manager.defaultConfiguration.identifier, 'lan');
    await platform.remove('lan');
    assert.equal(manager.defaultConfiguration.identifier, 'wifi');
    await platform.remove('wifi');
    assert.equal(manager.defaultConfiguration.isValid, false);
    assert.equal(manager.defaultConfiguration.identifier, '');
  });

  test('M2: a change of it is told', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan' }, { identifier: 'wifi' }]);
    const told: string[] = [];
    manager.onDidChangeSystem(() => told.push(manager.defaultConfiguration.identifier));
    await platform.set('wifi', { link: 'up' });
    await platform.set('wifi', { name: 'WLAN' });
    await platform.setSystem({ defaultIdentifier: 'lan' });
    assert.deepEqual(told, ['wifi', 'lan']);
  });
});

suite('changes', () => {
  test('M3: added, changed and removed, once for each real change', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan' }]);
    const heard = managerEventsOf(manager);
    await platform.set('wifi', {});
    await platform.set('wifi', {});
    await platform.set('wifi', { link: 'up' });
    await platform.set('wifi', { link: 'up' });
    await platform.remove('wifi');
    await platform.remove('wifi');
    await platform.remove('never');
    assert.deepEqual(heard, ['added wifi', 'changed wifi', 'removed wifi']);
  });

  test('M3: the first reading adds what it finds', async () => {
    const platform = new FakePlatform([{ identifier: 'lan' }, { identifier: 'wifi' }], { isOnline: true });
    const manager = new NetworkConfigurationManager(platform);
    const heard = managerEventsOf(manager);
    await Promise.all([manager.start(), manager.start()]);
    await settled();
    assert.deepEqual(heard, ['added lan', 'added wifi', 'online']);
    await manager.dispose();
  });

  test('M3: a platform that can never serve is told to who starts the manager', async () => {
    const platform = new FakePlatform([]);
    platform.start = () => Promise.reject(new Error('no bus'));
    const manager = new NetworkConfigurationManager(platform);
    await assert.rejects(manager.start(), /no bus/);
    await manager.dispose();
  });

  for (const change of [
    { name: 'Other' },
    { link: 'up' },
    { inReach: false },
    { metered: true },
    { purpose: Purpose.Public },
    { bearerType: BearerType.WLAN },
    { connectTimeout: 1 },
    { connectivity: 'portal' },
    { cause: { code: 'carrierLost' } },
    { interface: { name: 'eth0', addresses: ['192.0.2.1'], gateway: undefined, dnsServers: [] } },
  ] as const) {
    test(`M3: ${Object.keys(change)} is a real change`, async () => {
      const { manager, platform } = await fakeEngine([{ identifier: 'lan' }]);
      const heard = managerEventsOf(manager);
      await platform.set('lan', change);
      assert.deepEqual(heard, ['changed lan']);
    });
  }

  test('M3: an interface is another one with each of its facts, and the same one made anew is none', async () => {
    const eth0 = { name: 'eth0', addresses: ['192.0.2.1'], gateway: '192.0.2.254', dnsServers: ['192.0.2.253'] };
    const { manager, platform } = await fakeEngine([{ identifier: 'lan', link: 'up', interface: eth0 }]);
    const heard = managerEventsOf(manager);
    await platform.set('lan', { interface: { ...eth0, addresses: [...eth0.addresses] } });
    assert.deepEqual(heard, []);
    const others = [
      { name: 'eth1' },
      { addresses: ['192.0.2.2'] },
      { addresses: ['192.0.2.2', '192.0.2.3'] },
      { gateway: undefined },
      { dnsServers: [] },
    ];
    for (const [index, other] of others.entries()) {
      await platform.set('lan', { interface: { ...eth0, ...other } });
      assert.equal(heard.length, index + 1);
    }
  });

  test('M3: signal, speed and hardware address alone are told to nobody, but can be read', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'wifi', link: 'up' }]);
    const heard = [managerEventsOf(manager), eventsOf(manager.createSession('wifi'))];
    await settled();
    manager.onDidChangeSystem(() => assert.fail('told'));
    manager.onDidChangeSessions(() => assert.fail('told'));
    await platform.set('wifi', { signal: 40, speed: 5, hardwareAddress: 'aa' });
    assert.deepEqual(heard, [[], []]);
    assert.equal(manager.accessPoint('wifi')?.signal, 40);
  });

  test('M3: an update that names an access point twice: the last one counts, and it is told once', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan' }]);
    const heard = managerEventsOf(manager);
    platform.tell({
      accessPoints: [
        factsOf({ identifier: 'wifi', name: 'first' }),
        factsOf({ identifier: 'wifi', name: 'second' }),
        factsOf({ identifier: 'lan', name: 'other' }),
        factsOf({ identifier: 'lan' }),
      ],
      removed: ['nowhere', 'nowhere'],
    });
    await settled();
    assert.equal(manager.configurationFromIdentifier('wifi').name, 'second');
    assert.deepEqual(heard, ['added wifi']);
  });

  test('M3, O8: an update that names an access point as down and as up is no loss', async () => {
    const { manager, platform, open } = await fakeEngine([{ identifier: 'lan' }]);
    const session = await open('lan');
    const heard = eventsOf(session);
    platform.tell({
      accessPoints: [factsOf({ identifier: 'lan' }), factsOf({ identifier: 'lan', link: 'up' })],
    });
    await settled();
    assert.deepEqual(heard, []);
    assert.equal(session.isOpen, true);
    assert.equal(manager.isStartedHere('lan'), true);
  });

  test('M3: an update that removes an access point and names it is a change at most', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan' }]);
    const heard = managerEventsOf(manager);
    platform.tell({ accessPoints: [factsOf({ identifier: 'lan' })], removed: ['lan'] });
    await settled();
    assert.equal(manager.configurationFromIdentifier('lan').isValid, true);
    assert.ok(heard.length === 0 || heard.includes('removed lan'), `no "added" without "removed": ${heard}`);
  });

  test('M3: onlineStateChanged once for each real change', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan' }]);
    const heard = managerEventsOf(manager);
    await platform.setSystem({ isOnline: true });
    await platform.setSystem({ isOnline: true, connectivity: 'full' });
    await platform.setSystem({ isOnline: false });
    assert.deepEqual(heard, ['online', 'offline']);
  });

  test('M3: an idle manager has no timer, and nothing looks unless somebody watches', async () => {
    const { manager, platform, open, clock } = await fakeEngine([{ identifier: 'lan', link: 'up' }]);
    manager.createSession('lan');
    assert.equal(clock.pending, 0);
    assert.deepEqual(platform.watched, []);
    assert.equal(platform.looks.length, 0);
    const session = await open('lan');
    const second = await open('lan');
    assert.equal(clock.pending, 0);
    assert.deepEqual(platform.watched, [true]);
    const watch = manager.watch();
    session.close();
    second.close();
    await settled();
    assert.deepEqual(platform.watched, [true]);
    watch.dispose();
    assert.deepEqual(platform.watched, [true, false]);
    assert.equal(platform.looks.length, 0);
  });

  test('M3: every way out of a session ends the watching for it', async () => {
    for (const way of ['close', 'stop', 'dispose', 'lose', 'remove'] as const) {
      const { platform, open } = await fakeEngine([{ identifier: 'lan' }]);
      const session = await open('lan');
      if (way === 'lose') {
        await platform.set('lan', { link: 'down' });
      } else if (way === 'remove') {
        await platform.remove('lan');
      } else {
        session[way]();
      }
      await platform.serve();
      assert.deepEqual(platform.watched, [true, false], way);
    }
  });

  test('sessions are listed until they are given back, and changes of the list are told once a turn', async () => {
    const { manager } = await fakeEngine([{ identifier: 'lan' }]);
    let told = 0;
    manager.onDidChangeSessions(() => told++);
    const first = manager.createSession('lan', { owner: 'a.b', reason: 'to sync' });
    const second = manager.createSession('nowhere');
    assert.equal(told, 0);
    await settled();
    assert.equal(told, 1);
    assert.deepEqual(new Set(manager.sessions), new Set([first, second]));
    assert.deepEqual([first.owner, first.reason], ['a.b', 'to sync']);
    second.dispose();
    await settled();
    assert.equal(told, 2);
    assert.deepEqual(manager.sessions, [first]);
  });
});

suite('online', () => {
  test('M3b: isOnline and connectivity are what the platform says, whatever is up', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan', link: 'up' }]);
    assert.equal(manager.isOnline, false);
    assert.equal(manager.connectivity, 'unknown');
    for (const connectivity of ['none', 'limited', 'portal', 'full', 'unknown'] as const) {
      await platform.setSystem({ connectivity, isOnline: connectivity === 'full' });
      assert.equal(manager.connectivity, connectivity);
      assert.equal(manager.isOnline, connectivity === 'full');
    }
  });

  test('M3b: before the first reading nothing is known, and nothing is claimed', () => {
    const manager = new NetworkConfigurationManager(new FakePlatform([{ identifier: 'lan', link: 'up' }]));
    assert.equal(manager.isOnline, false);
    assert.equal(manager.connectivity, 'unknown');
    assert.equal(manager.capabilities, 0);
    assert.deepEqual(manager.allConfigurations(), []);
    assert.equal(manager.defaultConfiguration.isValid, false);
  });

  test('M4a: it advises and never gates: offline or leading nowhere, an access point opens all the same', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan', connectivity: 'none' }], {
      system: { isOnline: false, connectivity: 'none' },
    });
    const session = manager.createSession('lan');
    session.open();
    await platform.serve();
    assert.equal(session.isOpen, true);
  });

  test('M4a: what is not known is unknown, not down', async () => {
    const { manager } = await fakeEngine([{ identifier: 'lan', link: 'up' }]);
    assert.equal(manager.connectivity, 'unknown');
    assert.equal(manager.configurationFromIdentifier('lan').isMetered, undefined);
    assert.equal(manager.accessPoint('lan')?.connectivity, 'unknown');
  });
});

suite('looking again', () => {
  test('M4: the system is asked to look, and updateCompleted is told once for each request', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan' }]);
    const heard = managerEventsOf(manager);
    const updates = [manager.updateConfigurations(), manager.updateConfigurations()];
    await settled();
    assert.equal(platform.looks.length, 2);
    assert.deepEqual(heard, []);
    await platform.looks[1]?.resolve();
    assert.deepEqual(heard, ['update completed']);
    await platform.looks[0]?.resolve();
    await Promise.all(updates);
    assert.deepEqual(heard, ['update completed', 'update completed']);
  });

  test('M4: failed ones too', async () => {
    const { manager, platform } = await fakeEngine([]);
    const heard = managerEventsOf(manager);
    for (const [index, failure] of [
      new PlatformFailure({ code: 'cannotUpdate' }),
      new Error('defect'),
      undefined,
    ].entries()) {
      const updating = manager.updateConfigurations();
      await platform.looks[index]?.reject(failure);
      await updating;
    }
    platform.look = () => {
      throw new Error('at once');
    };
    await manager.updateConfigurations();
    assert.equal(heard.length, 4);
  });

  test('M4: what was found is told before updateCompleted, and the promise resolves after it', async () => {
    const { manager, platform } = await fakeEngine([]);
    const heard = managerEventsOf(manager);
    const updating = manager.updateConfigurations().then(() => heard.push('resolved'));
    void platform.set('wifi', {});
    await platform.looks[0]?.resolve();
    await updating;
    assert.deepEqual(heard, ['added wifi', 'update completed', 'resolved']);
  });

  test('M4: it is never told unasked', async () => {
    const { manager, platform, open } = await fakeEngine([{ identifier: 'lan' }]);
    const heard = managerEventsOf(manager);
    await open('lan');
    await platform.set('wifi', {});
    await platform.goAway();
    await platform.comeBack();
    assert.ok(!heard.includes('update completed'));
  });
});

suite('what the platform can do', () => {
  test('M5: capabilities are those of the platform, and a change of them is told once', async () => {
    const { manager, platform } = await fakeEngine([]);
    assert.equal(manager.capabilities, Capability.CanStartAndStopInterfaces);
    const told: number[] = [];
    manager.onDidChangeCapabilities((capabilities) => told.push(capabilities));
    await platform.setSystem({ capabilities: Capability.DataStatistics });
    assert.equal(manager.capabilities, Capability.DataStatistics);
    await platform.setSystem({ isOnline: true });
    assert.deepEqual(told, [Capability.DataStatistics]);
  });

  test('M5: whyNot gives the reason of the system, of the access point, of its state, or none', async () => {
    const { manager, platform } = await fakeEngine([
      { identifier: 'lan', name: 'Office' },
      { identifier: 'far', inReach: false },
      { identifier: 'own', obstacles: { start: { code: 'missingPermission', permission: 'p1' } } },
    ]);
    assert.equal(manager.whyNot('start', 'lan'), undefined);
    assert.equal(manager.whyNot('start', manager.configurationFromIdentifier('lan')), undefined);
    assert.match(manager.whyNot('start', 'far') ?? '', /not in reach/);
    assert.match(manager.whyNot('start', 'own') ?? '', /p1/);
    assert.match(manager.whyNot('start', 'nowhere') ?? '', /not known/);
    assert.equal(manager.whyNot('update'), undefined);
    await platform.setSystem({
      obstacles: { start: { code: 'cannotStart' }, stop: { code: 'cannotStop' }, update: { code: 'cannotUpdate' } },
    });
    assert.equal(manager.whyNot('start', 'lan'), 'Office is down, and it cannot be started from here on this system.');
    assert.equal(manager.obstacle('start', 'lan')?.cause.code, 'cannotStart');
    assert.match(manager.whyNot('update') ?? '', /not possible/);
    assert.match(manager.whyNot('update', 'lan') ?? '', /not possible/);
    await platform.set('lan', { link: 'up' });
    assert.equal(manager.whyNot('start', 'lan'), undefined, 'an open session on it needs no start');
    assert.match(manager.whyNot('stop', 'lan') ?? '', /cannot be stopped/);
    await platform.goAway();
    assert.match(manager.whyNot('stop', 'lan') ?? '', /not answering/);
    assert.equal(manager.whyNot('update'), undefined, 'looking may find it');
  });

  test('M2, M5: where there is no default configuration, its reason is a sentence of its own', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'far', inReach: false }]);
    const none = 'There is no access point to use: none is up or in reach on this machine.';
    const { defaultConfiguration } = manager;
    assert.equal(manager.whyNot('start', defaultConfiguration), none);
    const session = manager.createSession(defaultConfiguration);
    for (const action of ['start', 'stop'] as const) {
      assert.equal(manager.whyNot(action, session.configuration), none);
      assert.equal(manager.whyNot(action, ''), none);
    }
    session.open();
    assert.deepEqual(
      [session.errorString, session.error, session.failure?.help],
      [none, SessionError.InvalidConfigurationError, 'comeInReach'],
    );
    assert.equal(manager.whyNot('start'), undefined, 'about the system as a whole');
    assert.equal(manager.whyNot('update', defaultConfiguration), undefined);
    await platform.setSystem({ obstacles: { start: { code: 'cannotStart' } } });
    assert.equal(
      manager.whyNot('start'),
      'An access point is down, and it cannot be started from here on this system.',
    );
    assert.equal(manager.whyNot('start', defaultConfiguration), none);
    await platform.goAway();
    assert.match(manager.whyNot('start', defaultConfiguration) ?? '', /not answering/);
    assert.match(manager.whyNot('start') ?? '', /not answering/);
    assert.match(manager.whyNot('start', 'nowhere') ?? '', /^nowhere is not known/);
  });

  test('M5: what whyNot gives is what open() and stop() fail with', async () => {
    const obstacles = { start: { code: 'cannotStart' }, stop: { code: 'cannotStop' } } as const;
    const { manager, platform } = await fakeEngine([{ identifier: 'lan' }, { identifier: 'wifi', link: 'up' }], {
      system: { obstacles },
    });
    const opener = manager.createSession('lan');
    opener.open();
    assert.equal(opener.errorString, manager.whyNot('start', 'lan'));
    const stopper = manager.createSession('wifi');
    stopper.stop();
    assert.equal(stopper.errorString, manager.whyNot('stop', 'wifi'));
    await platform.serve();
    assert.equal(platform.starts.length + platform.stops.length, 0);
  });

  test('M5: a change of the reasons of the system, or of an absence, is told', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan' }]);
    let told = 0;
    manager.onDidChangeCapabilities(() => told++);
    await platform.setSystem({ obstacles: { start: { code: 'cannotStart' } } });
    assert.equal(told, 1);
    await platform.goAway();
    assert.equal(told, 2);
    await platform.comeBack();
    assert.equal(told, 3);
  });

  test('M5: a change of the reasons of one access point is told', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan' }]);
    let told = 0;
    manager.onDidChangeCapabilities(() => told++);
    manager.onDidChangeConfiguration(() => told++);
    await platform.set('lan', { obstacles: { start: { code: 'missingPermission', permission: 'p1' } } });
    assert.match(manager.whyNot('start', 'lan') ?? '', /p1/);
    assert.ok(told > 0);
  });
});

suite('looking again, without an answer', () => {
  test('M4, O10a: a system that never answers is not waited for longer than 30 s', async () => {
    const { manager, platform, clock } = await fakeEngine([]);
    platform.look = () => new Promise(() => undefined);
    let completed = 0;
    manager.onDidCompleteUpdate(() => completed++);
    const update = manager.updateConfigurations();
    await clock.advance(29_999);
    assert.equal(completed, 0);
    await clock.advance(1);
    await update;
    assert.equal(completed, 1);
    assert.equal(clock.pending, 0);
  });
});
