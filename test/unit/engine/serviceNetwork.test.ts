// Service networks and the sessions on them, but for their moves (S2, O3 to O11, M1, M3a, R11).
import * as assert from 'node:assert/strict';
import {
  Capability,
  ConfigurationState,
  ConfigurationType,
  type NetworkSession,
  PlatformFailure,
  type ServiceNetworkDefinition,
  SessionError,
  SessionState,
  silentLogger,
} from '../../../src/engine/index.js';
import { eventsOf } from '../../fixtures/engineFixture.js';
import { FakeRouting, fakeEngine, managerEventsOf } from '../../fixtures/fakePlatform.js';
import { handEngine, networkEngine } from '../../fixtures/networkFixture.js';
import { settled } from '../../fixtures/testClock.js';

const active = (session: NetworkSession) => session.activeConfiguration.identifier;
const home: ServiceNetworkDefinition = { identifier: 'home', name: 'Home', accessPoints: ['lan', 'wifi', 'phone'] };

suite('a service network', () => {
  test('its identifier, which may hold a name, is not logged above debug when it cannot be opened', async () => {
    const lines: string[] = [];
    const note = (message: string) => lines.push(message);
    const logger = { ...silentLogger, info: note, warn: note, error: note };
    const { manager, clock } = await networkEngine({ identifier: 'Secret', accessPoints: ['lan'] }, [], { logger });
    manager.createSession('Secret').open();
    await clock.advance(0);
    assert.deepEqual(lines, ['open service network failed: notInReach']);
  });

  test('S2: a session that is not open summarises the children', async () => {
    const { manager, simulation, set } = await networkEngine();
    const session = manager.createSession('home');
    const told = eventsOf(session);
    assert.equal(session.state, SessionState.Disconnected);
    await set('wifi', { inReach: false });
    simulation.startElsewhere('wifi');
    await set('wifi', { inReach: true });
    await set('wifi', { up: true });
    await set('lan', { inReach: true, up: true });
    await set('wifi', { up: false });
    await set('lan', { up: false });
    await set('phone', { inReach: true });
    assert.deepEqual(told, ['NotAvailable', 'Connecting', 'Connected', 'Disconnected']);
    manager.setServiceNetworks([{ ...home, accessPoints: [] }]);
    assert.equal(session.state, SessionState.Invalid);
    assert.equal(session.configuration.isValid, true, 'it is still defined');
  });

  test('S2: while it is open it shows its own child', async () => {
    const { open, events, manager, clock, set } = await networkEngine({ roaming: 'never' });
    const session = await open();
    await set('phone', { inReach: true, up: true });
    const told = events(session);
    manager.createSession('wifi').stop();
    await clock.advance(0);
    assert.deepEqual(told, ['Closing', 'Disconnected', 'Connected', 'SessionAbortedError', 'closed'], 'phone is up');
  });

  test('O4a: it opens on the first by R1 that is up, else on the first by R1', async () => {
    const first = await networkEngine();
    await first.set('phone', { inReach: true, up: true });
    assert.equal(active(await first.open()), 'phone');
    const second = await networkEngine();
    await second.set('lan', { inReach: true });
    assert.equal(active(await second.open()), 'lan');
  });

  test('O4a: one that does not start is passed over: Connecting, Connected, opened', async () => {
    const { set, simulation, manager, clock } = await networkEngine();
    await set('lan', { inReach: true });
    simulation.failNextStart('lan', SessionError.UnknownSessionError);
    const session = manager.createSession('home');
    const told = eventsOf(session);
    session.open();
    await clock.advance(0);
    assert.equal(active(session), 'wifi');
    assert.deepEqual(told.slice(-2), ['Connected', 'opened']);
    assert.equal(session.failure, undefined);
  });

  test('O4a, O4: none starts: the state, the error of the last, no closed, and it is not counted', async () => {
    const { platform, manager } = await handEngine();
    await platform.set('wifi', { link: 'down' });
    await platform.set('lan', { inReach: true });
    const session = manager.createSession('home');
    const told = eventsOf(session);
    session.open();
    await settled();
    await platform.pending('start', 'lan').reject(new PlatformFailure({ code: 'noAddress' }));
    await platform.pending('start', 'wifi').reject(new PlatformFailure({ code: 'secretsMissing' }));
    assert.deepEqual(told, ['Connecting', 'Disconnected', 'Connecting', 'Disconnected', 'InvalidConfigurationError']);
    assert.equal(session.failure?.cause.code, 'secretsMissing');
    assert.deepEqual([manager.holders('lan'), manager.holders('wifi'), session.isOpening], [0, 0, false]);
  });

  test('O4a, O10a: until its time is over; what the person takes to answer does not count', async () => {
    const { platform, manager, clock } = await handEngine();
    await platform.set('wifi', { link: 'down' });
    const session = manager.createSession('home');
    session.open();
    await settled();
    await platform.set('wifi', { link: 'starting', awaitsPerson: true });
    await clock.advance(60_000);
    assert.equal(session.isOpening, true);
    await platform.set('wifi', { awaitsPerson: false });
    await clock.advance(30_000);
    assert.deepEqual([session.isOpening, session.failure?.cause.code], [false, 'timedOut']);
    await platform.serve();
    assert.equal(manager.accessPoint('wifi')?.link, 'down', 'O6: the start is undone');
    assert.equal(clock.pending, 0);
  });

  test('O4a, O12: nor what the host takes to answer', async () => {
    const device = 'radio';
    const { open, clock } = await networkEngine(
      {},
      [
        { identifier: 'mine', device },
        { identifier: 'other', device, up: true },
      ],
      {
        ask: () => new Promise(() => undefined),
        serviceNetworks: [{ identifier: 'home', name: '', accessPoints: ['mine'] }],
      },
    );
    const session = await open();
    await clock.advance(120_000);
    assert.equal(session.isOpening, true);
    session.close();
    await clock.advance(0);
    assert.equal(clock.pending, 0);
  });

  test('O4: none in reach, or not defined: InvalidConfigurationError, nothing is started', async () => {
    const { open, set, manager, simulation } = await networkEngine();
    await set('wifi', { inReach: false });
    const session = await open();
    assert.deepEqual(
      [session.error, session.failure?.cause.code],
      [SessionError.InvalidConfigurationError, 'notInReach'],
    );
    assert.equal(manager.whyNot('start', 'home'), 'Home is not in reach: check the cable, the signal or the device.');
    manager.setServiceNetworks([]);
    session.open();
    assert.deepEqual(
      [session.error, session.failure?.cause.code],
      [SessionError.InvalidConfigurationError, 'notDefined'],
    );
    assert.deepEqual(simulation.acts, []);
  });

  test('O3: opening what is open or being opened does nothing; opening while it closes waits for that', async () => {
    const { open, clock, simulation, events } = await networkEngine();
    const session = await open();
    const told = events(session);
    session.open();
    session.close();
    session.open();
    assert.equal(session.isOpening, true);
    await clock.advance(0);
    assert.deepEqual(told, ['Closing', 'Disconnected', 'closed', 'Connecting', 'Connected', 'opened']);
    assert.equal(simulation.starts('wifi'), 2);
  });

  test('O9: who waits for a session that was to be opened again and is closed instead, waits no more', async () => {
    for (const identifier of ['home', 'wifi']) {
      const { open, clock } = await networkEngine();
      const session = await open(identifier);
      session.onDidClose(() => session.close());
      session.close();
      session.open();
      const waiting = session.waitForOpened(-1);
      await clock.advance(0);
      assert.equal(await Promise.race([waiting, settled().then(() => 'waits')]), false, identifier);
    }
  });

  test('O5: closing leaves up what others hold; the last stops it', async () => {
    const { open, clock, simulation, events } = await networkEngine();
    const [first, second] = [await open(), await open('wifi')];
    const told = events(first);
    first.close();
    await clock.advance(0);
    assert.deepEqual([told, simulation.stops('wifi')], [['closed'], 0]);
    second.close();
    await clock.advance(0);
    assert.equal(simulation.stops('wifi'), 1);
  });

  test('O6: closing while it opens: the start is undone, SessionAbortedError, closed', async () => {
    const { manager, clock, set, events } = await networkEngine();
    await set('wifi', { startMs: 1000 });
    const session = manager.createSession('home');
    const told = events(session);
    session.open();
    await clock.advance(0);
    session.close();
    await clock.advance(0);
    assert.deepEqual(told, ['Connecting', 'Closing', 'Disconnected', 'SessionAbortedError', 'closed']);
  });

  test('O6: the same in the turn of the opening: nothing is started', async () => {
    const { manager, clock, simulation, events } = await networkEngine();
    const session = manager.createSession('home');
    const told = events(session);
    session.open();
    session.close();
    await clock.advance(0);
    assert.deepEqual([told, simulation.acts], [['SessionAbortedError', 'closed'], []]);
  });

  test('O7: stop() while it opens by others: it ends, and does not turn to another child', async () => {
    const { manager, clock, set, events, simulation } = await networkEngine();
    await set('wifi', { startMs: 1000 });
    await set('phone', { inReach: true });
    const session = manager.createSession('home');
    const told = events(session);
    session.open();
    await clock.advance(0);
    manager.createSession('wifi').stop();
    await clock.advance(0);
    assert.deepEqual(told.slice(-2), ['SessionAbortedError', 'closed']);
    assert.equal(simulation.starts('phone'), 0);
  });

  test('O7: stop() on one that is not open: OperationNotSupportedError', async () => {
    const { manager, simulation } = await networkEngine();
    const session = manager.createSession('home');
    session.stop();
    assert.deepEqual(
      [session.error, session.failure?.cause.code],
      [SessionError.OperationNotSupportedError, 'notOpen'],
    );
    assert.deepEqual(simulation.acts, []);
  });

  test('O10: disposing closes it, in the middle of a move too; the end of the manager waits for it', async () => {
    const { activated, manager, clock, simulation } = await networkEngine();
    const { session, told } = await activated();
    await Promise.all([manager.dispose(), clock.advance(0)]);
    assert.equal(told.at(-1), 'closed');
    assert.equal(session.isDisposed, true);
    assert.deepEqual([simulation.stops('wifi'), simulation.stops('lan'), clock.pending], [1, 1, 0]);
    session.migrate('lan');
    assert.equal(session.failure?.cause.code, 'disposed');
  });

  test('O11: it is removed while sessions are open, opening, moving: the state, SessionAbortedError, closed', async () => {
    const { activated, manager, clock, open, events, simulation } = await networkEngine();
    const { session } = await activated();
    const other = await open();
    const told = events(other);
    const changes = managerEventsOf(manager);
    manager.onDidRemoveConfiguration(({ name, isValid }) => changes.push(`${name} ${isValid}`));
    manager.setServiceNetworks([]);
    assert.deepEqual([session.isOpen, session.state, other.isOpen], [false, SessionState.Invalid, false]);
    await clock.advance(0);
    assert.deepEqual(told, ['Invalid', 'SessionAbortedError', 'closed']);
    assert.deepEqual(changes.slice(0, 2), ['removed home', 'Home false'], 'M3a: it keeps its name');
    assert.equal(session.failure?.cause.code, 'profileRemoved');
    assert.deepEqual([manager.holders('wifi'), manager.holders('lan'), simulation.routed], [0, 0, '']);
    manager.setServiceNetworks([home]);
    assert.equal(other.state, SessionState.Disconnected, 'it is there again');
  });

  test('O11: it is removed while a session on it is being opened: an error, no closed, and the start is undone', async () => {
    const { manager, clock, set, events, simulation } = await networkEngine();
    await set('wifi', { startMs: 1000 });
    const session = manager.createSession('home');
    const told = events(session);
    session.open();
    await clock.advance(0);
    manager.setServiceNetworks([]);
    await clock.advance(2000);
    assert.deepEqual(told, ['Connecting', 'Invalid', 'InvalidConfigurationError']);
    assert.equal(simulation.routed, '');
  });

  test('O11: the child in use is taken out: it stays until there is a better one; removed, it is lost', async () => {
    const { open, manager, clock, set, simulation } = await networkEngine();
    const session = await open();
    manager.setServiceNetworks([{ ...home, accessPoints: ['phone'], roaming: 'automatic' }]);
    await clock.advance(0);
    assert.deepEqual([session.isOpen, active(session)], [true, 'wifi']);
    await set('phone', { inReach: true });
    assert.equal(active(session), 'phone');
    simulation.remove('phone');
    await clock.advance(0);
    assert.deepEqual([session.isOpen, session.failure?.cause.code], [false, 'profileRemoved']);
  });

  test('R11: two that wait: one accepts, one rejects, and each is where it should be', async () => {
    const { activated, open, clock, manager, simulation } = await networkEngine();
    const { session } = await activated();
    const other = await open('wifi');
    const second = manager.createSession('home');
    second.onDidChangePreferredConfiguration(() => undefined);
    second.open();
    await clock.advance(0);
    session.accept();
    second.migrate('wifi');
    await clock.advance(0);
    second.reject();
    await clock.advance(0);
    assert.deepEqual([session, second, other].map(active), ['lan', 'lan', 'wifi']);
    assert.deepEqual([manager.holders('lan'), manager.holders('wifi'), simulation.routed], [2, 1, 'lan']);
  });

  test('M1: it is listed by its state, and described by its children in their order', async () => {
    const { manager, set } = await networkEngine();
    const described = manager.configurationFromIdentifier('home');
    assert.equal(described.type, ConfigurationType.ServiceNetwork);
    assert.equal(described.isRoamingAvailable, true);
    assert.deepEqual(
      described.children.map(({ identifier }) => identifier),
      ['lan', 'wifi', 'phone'],
    );
    const listed = (filter: ConfigurationState) =>
      manager.allConfigurations(filter).some(({ identifier }) => identifier === 'home');
    assert.deepEqual([listed(ConfigurationState.Discovered), listed(ConfigurationState.Active)], [true, false]);
    await set('phone', { inReach: true, up: true });
    assert.equal(listed(ConfigurationState.Active), true);
  });

  test('M1: what is only named, or was removed, is no child until it is there, and does not make it roam', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan' }], {
      serviceNetworks: [{ ...home, accessPoints: ['wifi', 'lan', 'phone'] }],
      routing: true,
    });
    const changes = managerEventsOf(manager);
    const look = () => {
      const { children, isRoamingAvailable } = manager.configurationFromIdentifier('home');
      return [children.map(({ identifier }) => identifier), isRoamingAvailable];
    };
    assert.deepEqual(look(), [['lan'], false]);
    const session = manager.createSession('phone');
    await platform.set('phone', {});
    assert.deepEqual(look(), [['lan', 'phone'], true]);
    assert.deepEqual(changes, ['added phone', 'changed home']);
    await platform.set('wifi', { inReach: false });
    assert.deepEqual(look(), [['wifi', 'lan', 'phone'], true]);
    await platform.remove('lan');
    await platform.remove('phone');
    assert.deepEqual(look(), [['wifi'], false]);
    assert.equal(session.configuration.name, 'phone', 'it is known to who has a session on it');
    await platform.set('phone', {});
    assert.deepEqual(look(), [['wifi', 'phone'], true], 'and is one again when it is back');
  });

  test('M3, M3a: it is told once for each real change, after the sessions', async () => {
    const { manager, set, clock } = await networkEngine();
    const session = manager.createSession('home');
    const changes = managerEventsOf(manager);
    session.onDidChangeState((state) => changes.push(SessionState[state]));
    await set('wifi', { up: true });
    assert.deepEqual(changes, ['Connected', 'changed wifi', 'changed home', 'online']);
    changes.length = 0;
    manager.setServiceNetworks([{ ...home, roaming: 'ask' }]);
    manager.setServiceNetworks([
      { ...home, roaming: 'ask' },
      { ...home, identifier: 'other' },
    ]);
    await clock.advance(0);
    assert.deepEqual(changes, ['added other']);
  });

  test('M5: whether it can roam follows the platform, which may turn out to be another', async () => {
    const { platform, manager } = await fakeEngine([{ identifier: 'lan' }, { identifier: 'wifi' }], {
      serviceNetworks: [home],
    });
    const changes = managerEventsOf(manager);
    const canRoam = () => manager.configurationFromIdentifier('home').isRoamingAvailable;
    assert.equal(canRoam(), false);
    Object.defineProperty(platform, 'routing', { value: new FakeRouting(() => undefined) });
    await platform.setSystem({ capabilities: platform.systemFacts.capabilities | Capability.ForcedRoaming });
    assert.deepEqual([canRoam(), changes], [true, ['changed home']]);
  });

  test('M3, M5, O13: while the platform is away it cannot roam: told, listed and looked up alike', async () => {
    const { manager, simulation, clock } = await networkEngine({}, undefined, { serviceNetworks: [home] });
    const known: boolean[] = [];
    manager.onDidChangeConfiguration(({ isRoamingAvailable }) => known.push(isRoamingAvailable));
    const flags: number[] = [];
    manager.onDidChangeCapabilities((capabilities) => flags.push(capabilities & Capability.ForcedRoaming));
    const expected: boolean[] = [];
    for (const isThere of [false, true, false, true]) {
      isThere ? simulation.comeBack() : simulation.goAway();
      const look = () => [
        manager.configurationFromIdentifier('home').isRoamingAvailable,
        manager.allConfigurations().find(({ identifier }) => identifier === 'home')?.isRoamingAvailable,
        (manager.capabilities & Capability.ForcedRoaming) !== 0,
        (manager.capabilities & Capability.ApplicationLevelRoaming) !== 0,
      ];
      assert.deepEqual(look(), Array(4).fill(isThere));
      await clock.advance(0);
      expected.push(isThere);
      assert.deepEqual([known, flags.map((flag) => flag !== 0)], [expected, expected]);
    }
  });

  test('identifiers that objects have are like any others', async () => {
    const names = ['__proto__', 'constructor', 'toString'];
    const { manager, clock } = await networkEngine(
      {},
      names.map((identifier) => ({ identifier })),
      { serviceNetworks: [{ identifier: 'hasOwnProperty', name: '__proto__', accessPoints: names }] },
    );
    const session = manager.createSession('hasOwnProperty');
    session.open();
    await clock.advance(0);
    assert.equal(active(session), '__proto__');
    session.migrate('toString');
    await clock.advance(0);
    assert.equal(active(session), 'toString');
    assert.equal(manager.createSession('valueOf').state, SessionState.Invalid);
  });

  for (const [what, definitions] of Object.entries({
    'no list': undefined,
    'an empty identifier': [{ ...home, identifier: '' }],
    'an identifier twice': [home, home],
    'the identifier of the user choice': [{ ...home, identifier: 'userChoice' }],
    'access points that are none': [{ ...home, accessPoints: [1] }],
    'another word for internet': [{ ...home, accessPoints: 'all' }],
    'another roaming': [{ ...home, roaming: 'always' }],
    nothing: [undefined],
  })) {
    test(`definitions with ${what} are refused, and nothing is changed`, async () => {
      const { manager } = await networkEngine();
      assert.throws(() => manager.setServiceNetworks(definitions as ServiceNetworkDefinition[]), TypeError);
      assert.equal(manager.serviceNetworks.length, 1);
    });
  }

  test('a definition that is changed afterwards changes nothing', async () => {
    const accessPoints = ['wifi'];
    const { manager } = await networkEngine({ accessPoints });
    accessPoints.push('lan');
    assert.deepEqual(manager.serviceNetworks[0]?.accessPoints, ['wifi']);
  });
});
