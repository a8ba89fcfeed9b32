// What an identifier means may come, go and change under a session (S1, M1, O11).
import * as assert from 'node:assert/strict';
import * as fc from 'fast-check';
import {
  ConfigurationType,
  type ServiceNetworkDefinition,
  SessionState,
  silentLogger,
  userChoiceIdentifier,
} from '../../../src/engine/index.js';
import { engineOn, eventsOf } from '../../fixtures/engineFixture.js';
import { fakeEngine, managerEventsOf } from '../../fixtures/fakePlatform.js';

const home: ServiceNetworkDefinition = { identifier: 'home', name: 'Home', accessPoints: ['lan', 'wifi'] };
/** A service network whose identifier an access point may have as well. */
const both: ServiceNetworkDefinition = { ...home, identifier: 'x' };

suite('a session on what is not there yet', () => {
  test('S1: on a service network it is Invalid until that is defined, and works from then on', async () => {
    const { manager, clock } = await engineOn([{ identifier: 'lan' }]);
    const session = manager.createSession('home');
    session.setSessionProperty('ConnectInBackground', true);
    session.setSessionProperty('mine', 7);
    const heard = eventsOf(session);
    session.open();
    await clock.advance(0);
    assert.deepEqual([session.state, heard], [SessionState.Invalid, ['InvalidConfigurationError']]);
    heard.push(...managerEventsOf(manager).splice(0));
    manager.onDidAddConfiguration(({ identifier }) => heard.push(`added ${identifier} ${SessionState[session.state]}`));
    manager.setServiceNetworks([home]);
    assert.equal(session.state, SessionState.Disconnected);
    assert.equal(session.configuration.name, 'Home');
    assert.equal(session.errorString, 'home is not known on this machine any more.', 'the last one (F5)');
    assert.deepEqual(manager.sessions, [session]);
    await clock.advance(0);
    session.open();
    await clock.advance(0);
    assert.deepEqual(heard.slice(1), ['Disconnected', 'added home Disconnected', 'Connecting', 'Connected', 'opened']);
    assert.equal(session.activeConfiguration.identifier, 'lan');
    assert.deepEqual(
      ['ConnectInBackground', 'mine'].map((key) => session.sessionProperty(key)),
      [true, 7],
    );
    session.close();
    await clock.advance(0);
    assert.equal(heard.at(-1), 'closed');
    session.dispose();
    await clock.advance(0);
    assert.deepEqual(manager.sessions, []);
  });

  test('S1: on a configuration that was given as an object it is the identifier that counts', async () => {
    const { manager, clock, simulation } = await engineOn([{ identifier: 'lan' }]);
    const sessions = ['home', 'later'].map((identifier) =>
      manager.createSession(manager.configurationFromIdentifier(identifier)),
    );
    manager.setServiceNetworks([home]);
    simulation.add({ identifier: 'later' });
    const removed = manager.configurationFromIdentifier('later');
    simulation.remove('later');
    sessions.push(manager.createSession(removed));
    manager.setServiceNetworks([home, { ...home, identifier: 'later' }]);
    await clock.advance(0);
    assert.deepEqual(
      sessions.map(({ configuration: { type } }) => ConfigurationType[type]),
      ['ServiceNetwork', 'ServiceNetwork', 'ServiceNetwork'],
    );
  });

  test('R2: who began to listen before the service network was defined leaves its offer to the engine as well', async () => {
    const { manager, clock, simulation } = await engineOn([
      { identifier: 'lan', inReach: false },
      { identifier: 'wifi' },
    ]);
    const session = manager.createSession('home');
    const listening = session.onDidChangePreferredConfiguration(() => undefined);
    manager.setServiceNetworks([home]);
    session.open();
    await clock.advance(0);
    simulation.set('lan', { inReach: true });
    await clock.advance(0);
    assert.deepEqual([session.activeConfiguration.identifier, session.offer.kind], ['wifi', 'offered']);
    listening.dispose();
    await clock.advance(0);
    assert.deepEqual([session.activeConfiguration.identifier, session.offer.kind], ['lan', 'none']);
  });

  test('M1: a session that begins to move keeps its service network when where it moves to becomes one', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan' }, { identifier: 'wifi', link: 'up' }], {
      routing: true,
      serviceNetworks: [home],
    });
    const session = manager.createSession('home');
    session.onDidChangePreferredConfiguration(() => undefined);
    session.open();
    await platform.serve();
    session.migrate('lan');
    platform.tell({ removed: ['lan'] });
    manager.setServiceNetworks([home, { ...home, identifier: 'lan' }]);
    await platform.serve();
    assert.deepEqual([session.configuration.identifier, session.isOpen], ['home', true]);
    session.close();
    await platform.serve();
    assert.equal(manager.holders('wifi'), 0);
  });

  test('O11, S1: one that was removed and is defined again', async () => {
    const { manager, clock } = await engineOn([{ identifier: 'lan' }], { serviceNetworks: [home] });
    const session = manager.createSession('home');
    const heard = eventsOf(session);
    for (const definitions of [[], [home], [], [home]]) {
      manager.setServiceNetworks(definitions);
      await clock.advance(0);
    }
    session.open();
    await clock.advance(0);
    assert.deepEqual(heard, [
      'Invalid',
      'Disconnected',
      'Invalid',
      'Disconnected',
      'Connecting',
      'Connected',
      'opened',
    ]);
  });

  test('S2: the user choice, from before the first reading on', async () => {
    const { manager, platform } = await fakeEngine([]);
    const session = manager.createSession(userChoiceIdentifier);
    const heard = eventsOf(session);
    assert.equal(session.state, SessionState.Invalid);
    await platform.set('lan', {});
    await platform.set('lan', { link: 'up' });
    await platform.remove('lan');
    await platform.set('wifi', {});
    assert.deepEqual(heard, ['Disconnected', 'Connected', 'Invalid', 'Disconnected']);
  });

  test('S1, S3: an access point, then a service network, then an access point again', async () => {
    const { manager, clock, simulation } = await engineOn([{ identifier: 'lan', up: true }]);
    const session = manager.createSession('x');
    const heard = eventsOf(session);
    const types: string[] = [];
    const note = async () => {
      await clock.advance(0);
      types.push(ConfigurationType[session.configuration.type]);
    };
    await note();
    simulation.add({ identifier: 'x' });
    await note();
    simulation.remove('x');
    await clock.advance(0);
    manager.setServiceNetworks([both]);
    await note();
    manager.setServiceNetworks([]);
    await clock.advance(0);
    simulation.add({ identifier: 'x', inReach: false });
    await note();
    assert.deepEqual(types, ['Invalid', 'InternetAccessPoint', 'ServiceNetwork', 'InternetAccessPoint']);
    assert.deepEqual(heard, ['Disconnected', 'Invalid', 'Connected', 'Invalid', 'NotAvailable']);
    assert.equal(manager.createSession('x').state, SessionState.NotAvailable);
  });

  test('S1: one that is still closing goes there when it has closed, and one that is to be opened again is opened there', async () => {
    const { manager, clock, simulation } = await engineOn([{ identifier: 'lan', stopMs: 100 }], {
      serviceNetworks: [both],
    });
    const session = manager.createSession('x');
    session.open();
    await clock.advance(0);
    const heard = eventsOf(session);
    session.close();
    await clock.advance(10);
    session.open();
    const waiting = session.waitForOpened(-1);
    manager.setServiceNetworks([]);
    simulation.add({ identifier: 'x' });
    await clock.advance(10);
    await clock.advance(200);
    assert.equal(await waiting, true);
    assert.deepEqual([session.isOpen, session.activeConfiguration.identifier], [true, 'x']);
    assert.deepEqual(heard.slice(-3), ['Connecting', 'Connected', 'opened']);
    assert.equal(heard.filter((event) => event === 'closed').length, 1);
  });

  test('S3: one that was closing in the turn in which all this happens goes there once', async () => {
    const { manager, clock, simulation } = await engineOn([{ identifier: 'lan' }]);
    const session = manager.createSession('x');
    const heard = eventsOf(session);
    simulation.add({ identifier: 'x' });
    session.open();
    session.close();
    simulation.remove('x');
    manager.setServiceNetworks([both]);
    await clock.advance(0);
    assert.deepEqual(heard.slice(-1), ['Disconnected']);
    assert.equal(heard.filter((event) => event === 'Disconnected').length, 2, `${heard}`);
    assert.deepEqual(manager.sessions, [session]);
  });

  test('what was disposed of goes nowhere', async () => {
    const { manager, clock } = await engineOn([{ identifier: 'lan' }]);
    const session = manager.createSession('home');
    const heard = eventsOf(session);
    session.dispose();
    manager.setServiceNetworks([home]);
    await clock.advance(0);
    assert.deepEqual([manager.sessions, heard], [[], []]);
  });
});

suite('a service network with the identifier of an access point', () => {
  test('M1: is refused, and nothing is changed', async () => {
    const { manager } = await engineOn([{ identifier: 'lan' }, { identifier: 'x' }], { serviceNetworks: [home] });
    assert.throws(() => manager.setServiceNetworks([both]), TypeError);
    assert.deepEqual(
      manager.serviceNetworks.map(({ identifier }) => identifier),
      ['home'],
    );
    assert.equal(manager.configurationFromIdentifier('x').type, ConfigurationType.InternetAccessPoint);
  });

  test('M1, M3a: is gone when the access point comes: the end of the one is told before the other', async () => {
    const lines: string[] = [];
    const logger = { ...silentLogger, warn: (line: string) => lines.push(line) };
    const { manager, clock, simulation } = await engineOn([{ identifier: 'lan' }], {
      serviceNetworks: [both, home],
      logger,
    });
    const open = manager.createSession('x');
    const closed = manager.createSession('x');
    open.open();
    await clock.advance(0);
    const told = [eventsOf(open), eventsOf(closed)];
    const heard: string[] = [];
    const note = (what: string) => (configuration: { identifier: string; type: ConfigurationType }) =>
      heard.push(`${what} ${configuration.identifier} ${ConfigurationType[configuration.type]}`);
    manager.onDidRemoveConfiguration(note('removed'));
    manager.onDidAddConfiguration(note('added'));
    simulation.add({ identifier: 'x' });
    assert.equal(manager.configurationFromIdentifier('x').type, ConfigurationType.InternetAccessPoint);
    assert.equal(manager.stateOf('x'), SessionState.Disconnected);
    await clock.advance(0);
    assert.deepEqual(heard, ['removed x Invalid', 'added x InternetAccessPoint']);
    assert.deepEqual(told, [
      ['Invalid', 'SessionAbortedError', 'closed', 'Disconnected'],
      ['Invalid', 'Disconnected'],
    ]);
    assert.deepEqual(
      [manager.serviceNetworks, manager.allConfigurations()].map((all) => all.map(({ identifier }) => identifier)),
      [['home'], ['lan', 'x', 'home']],
    );
    assert.equal(lines.length, 1);
    assert.doesNotMatch(lines[0] ?? '', /Home|\bx\b/);
    for (const session of [open, closed]) {
      session.open();
      await clock.advance(0);
      assert.equal(session.activeConfiguration.identifier, 'x');
    }
  });

  test('M1: refused before the first reading as well, and can be defined when the access point is gone', async () => {
    const { manager, clock, simulation } = await engineOn([{ identifier: 'lan' }, { identifier: 'x' }], {
      serviceNetworks: [both],
    });
    const session = manager.createSession('x');
    assert.equal(session.configuration.type, ConfigurationType.InternetAccessPoint);
    simulation.remove('x');
    manager.setServiceNetworks([both]);
    await clock.advance(0);
    assert.equal(session.configuration.type, ConfigurationType.ServiceNetwork);
  });

  test('F3, M1: chosen, it is the access point', async () => {
    const { manager, clock, simulation } = await engineOn([{ identifier: 'lan' }], {
      serviceNetworks: [both],
      ask: () => Promise.resolve('x'),
    });
    manager.createSession('x');
    simulation.add({ identifier: 'x' });
    const session = manager.createSession(userChoiceIdentifier);
    session.open();
    await clock.advance(0);
    assert.equal(session.activeConfiguration.identifier, 'x');
  });
});

suite('whatever an identifier comes to mean', () => {
  const acts = [
    'define',
    'undefine',
    'add',
    'remove',
    'lose',
    'return',
    'open',
    'close',
    'stop',
    'wait',
    'make',
    'give',
  ] as const;

  test('S1, S3, M1: sessions show what it means, tell each state once, and can be opened where nothing stands in the way', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...acts), { maxLength: 40 }), async (steps) => {
        const { manager, clock, simulation } = await engineOn([{ identifier: 'lan', startMs: 5, stopMs: 5 }]);
        const first = manager.createSession('x');
        const sessions = [first];
        const told = new Map<unknown, SessionState[]>();
        const watch = (session: typeof first) => {
          const states = [session.state];
          told.set(session, states);
          session.onDidChangeState((state) => states.push(state));
        };
        watch(first);
        const listed: string[] = [];
        const follow = (identifier: string) => (listed.includes(identifier) ? assert.fail() : listed.push(identifier));
        manager.onDidAddConfiguration(({ identifier }) => follow(identifier));
        manager.onDidRemoveConfiguration(({ identifier }) => listed.splice(listed.indexOf(identifier), 1));
        for (const step of steps) {
          const isThere = simulation.links.has('x');
          switch (step) {
            case 'define':
              isThere
                ? assert.throws(() => manager.setServiceNetworks([both]), TypeError)
                : manager.setServiceNetworks([both]);
              break;
            case 'undefine':
              manager.setServiceNetworks([]);
              break;
            case 'add':
              isThere || simulation.add({ identifier: 'x', startMs: 5, stopMs: 5 });
              break;
            case 'remove':
              isThere && simulation.remove('x');
              break;
            case 'lose':
            case 'return':
              simulation.set(isThere ? 'x' : 'lan', { inReach: step === 'return' });
              break;
            case 'make':
              sessions.push(manager.createSession('x'));
              watch(sessions.at(-1) ?? first);
              break;
            case 'give':
              sessions.pop()?.dispose();
              break;
            case 'wait':
              await clock.advance(3);
              break;
            default:
              sessions[0]?.[step]();
          }
        }
        await clock.advance(60_000);
        assert.deepEqual(
          listed.toSorted(),
          manager
            .allConfigurations()
            .map(({ identifier }) => identifier)
            .filter((each) => each !== 'lan')
            .toSorted(),
        );
        assert.deepEqual(new Set(manager.sessions), new Set(sessions));
        for (const session of sessions) {
          const states = told.get(session) ?? [];
          assert.ok(
            states.every((state, index) => index === 0 || state !== states[index - 1]),
            `${states}`,
          );
          assert.equal(states.at(-1) ?? session.state, session.state);
          assert.equal(session.state, manager.stateOf('x'));
          const meant = manager.configurationFromIdentifier('x');
          assert.equal(session.configuration.isValid, meant.isValid);
          // Of what is gone there may be more than one rest.
          assert.deepEqual(meant.isValid && session.configuration, meant.isValid && meant);
          if (!session.isOpen) {
            const obstacle = manager.obstacle('start', 'x');
            session.open();
            await clock.advance(100);
            assert.equal(session.isOpen, obstacle === undefined);
            assert.equal(session.failure?.cause.code, obstacle?.cause.code);
          }
        }
        const ending = manager.dispose();
        await clock.advance(60_000);
        await ending;
        assert.equal(clock.pending, 0);
      }),
      { numRuns: 300 },
    );
  });
});
