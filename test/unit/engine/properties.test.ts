import * as assert from 'node:assert/strict';
import { type NetworkSession, PlatformFailure, SessionError } from '../../../src/engine/index.js';
import type { Simulation } from '../../../src/platforms/simulated/index.js';
import { engineOn, eventsOf } from '../../fixtures/engineFixture.js';
import { fakeEngine } from '../../fixtures/fakePlatform.js';
import { settled } from '../../fixtures/testClock.js';

suite('session properties', () => {
  test('F3: ActiveConfiguration is the access point in use while open, else empty, and read only', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan' }]);
    const session = manager.createSession('lan');
    const active = () => session.sessionProperty('ActiveConfiguration');
    assert.equal(active(), '');
    session.open();
    await settled();
    assert.equal(active(), '');
    await platform.serve();
    assert.equal(active(), 'lan');
    session.setSessionProperty('ActiveConfiguration', 'wifi');
    session.setSessionProperty('ActiveConfiguration', undefined);
    assert.equal(active(), 'lan');
    session.close();
    assert.equal(active(), '');
  });

  test('F3: UserChoiceConfiguration is empty on an access point, and read only', async () => {
    const { open } = await fakeEngine([{ identifier: 'lan' }]);
    const session = await open('lan');
    session.setSessionProperty('UserChoiceConfiguration', 'lan');
    assert.equal(session.sessionProperty('UserChoiceConfiguration'), '');
  });

  test('F3: any other key keeps its value, undefined removes it, and each session has its own', async () => {
    const { manager } = await fakeEngine([{ identifier: 'lan' }]);
    const session = manager.createSession('lan');
    const other = manager.createSession('lan');
    const value = { any: 'thing' };
    for (const key of ['colour', '', '__proto__', 'constructor']) {
      assert.equal(session.sessionProperty(key), undefined, key);
      session.setSessionProperty(key, value);
      assert.equal(session.sessionProperty(key), value, key);
      assert.equal(other.sessionProperty(key), undefined, key);
      session.setSessionProperty(key, null);
      assert.equal(session.sessionProperty(key), null, key);
      session.setSessionProperty(key, undefined);
      assert.equal(session.sessionProperty(key), undefined, key);
    }
  });

  test('F3: ConnectInBackground is unset by default and keeps its value', async () => {
    const { manager } = await fakeEngine([{ identifier: 'lan' }]);
    const session = manager.createSession('lan');
    assert.equal(session.sessionProperty('ConnectInBackground'), undefined);
    session.setSessionProperty('ConnectInBackground', true);
    assert.equal(session.sessionProperty('ConnectInBackground'), true);
    session.setSessionProperty('ConnectInBackground', undefined);
    assert.equal(session.sessionProperty('ConnectInBackground'), undefined);
  });

  for (const [value, interactive] of [
    [undefined, true],
    [false, true],
    ['true', true],
    [true, false],
  ] as const) {
    test(`F3: with ConnectInBackground ${JSON.stringify(value)} the system may ${interactive ? '' : 'not '}ask the person`, async () => {
      const { manager, platform } = await fakeEngine([{ identifier: 'lan' }]);
      const session = manager.createSession('lan');
      session.setSessionProperty('ConnectInBackground', true);
      session.setSessionProperty('ConnectInBackground', value);
      session.open();
      assert.deepEqual(
        platform.starts.map((start) => start.interactive),
        [interactive],
      );
    });
  }

  test('F3: what would need asking fails with InvalidConfigurationError', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan' }]);
    const session = manager.createSession('lan');
    session.setSessionProperty('ConnectInBackground', true);
    session.open();
    await platform.starts[0]?.reject(new PlatformFailure({ code: 'secretsMissing' }));
    assert.equal(session.error, SessionError.InvalidConfigurationError);
    assert.equal(platform.starts.length, 1);
  });

  test('F3: who may be asked opens together with who must not: the first try asks nobody in the background only', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan' }]);
    const background = manager.createSession('lan');
    background.setSessionProperty('ConnectInBackground', true);
    const asking = manager.createSession('lan');
    const heard = [eventsOf(background), eventsOf(asking)];
    background.open();
    asking.open();
    await platform.starts[0]?.reject(new PlatformFailure({ code: 'secretsMissing' }));
    assert.equal(background.error, SessionError.InvalidConfigurationError);
    assert.equal(asking.isOpening, true);
    assert.deepEqual(
      platform.starts.map(({ interactive }) => interactive),
      [false, true],
    );
    await platform.serve();
    assert.equal(asking.isOpen, true);
    assert.equal(background.isOpen, false);
    assert.equal(heard[0]?.filter((event) => event.endsWith('Error')).length, 1);
    assert.equal(heard[1]?.at(-1), 'opened');
  });

  test('F3: who may be asked fails with its own try', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan' }]);
    const background = manager.createSession('lan');
    background.setSessionProperty('ConnectInBackground', true);
    const asking = manager.createSession('lan');
    background.open();
    asking.open();
    await platform.starts[0]?.reject(new PlatformFailure({ code: 'secretsMissing' }));
    await platform.starts[1]?.reject(new PlatformFailure({ code: 'refused' }));
    assert.equal(asking.error, SessionError.SessionAbortedError);
    assert.equal(platform.starts.length, 2);
  });
});

suite('closing by itself', () => {
  test('F3: AutoCloseSessionTimeout is -1 by default', async () => {
    for (const polls of [true, false]) {
      const { manager } = await fakeEngine([{ identifier: 'lan' }], { system: { polls } });
      assert.equal(manager.createSession('lan').sessionProperty('AutoCloseSessionTimeout'), -1);
    }
  });

  test('F3: on a platform that polls, the session closes that long after opening', async () => {
    const { manager, clock } = await engineOn([{ identifier: 'lan', startMs: 1000 }], { polls: true });
    const session = manager.createSession('lan');
    session.setSessionProperty('AutoCloseSessionTimeout', 500);
    assert.equal(session.sessionProperty('AutoCloseSessionTimeout'), 500);
    const heard = eventsOf(session);
    session.open();
    await clock.advance(1499);
    assert.equal(session.isOpen, true, 'counted from the opening, not from open()');
    await clock.advance(1);
    assert.deepEqual(heard, ['Connecting', 'Connected', 'opened', 'Closing', 'Disconnected', 'closed']);
    assert.equal(clock.pending, 0);
  });

  test('F3: it closes this session only', async () => {
    const { manager, clock } = await engineOn([{ identifier: 'lan', up: true }], { polls: true });
    const [session, other] = [manager.createSession('lan'), manager.createSession('lan')];
    session.setSessionProperty('AutoCloseSessionTimeout', 500);
    session.open();
    other.open();
    await clock.advance(10_000);
    assert.deepEqual([session.isOpen, other.isOpen], [false, true]);
  });

  test('F3: set, changed or removed while open, it counts from the opening', async () => {
    const { manager, clock } = await engineOn([{ identifier: 'lan', up: true }], { polls: true });
    const session = manager.createSession('lan');
    session.open();
    await clock.advance(400);
    session.setSessionProperty('AutoCloseSessionTimeout', 500);
    await clock.advance(50);
    session.setSessionProperty('AutoCloseSessionTimeout', 600);
    await clock.advance(149);
    assert.equal(session.isOpen, true);
    session.setSessionProperty('AutoCloseSessionTimeout', undefined);
    assert.equal(session.sessionProperty('AutoCloseSessionTimeout'), -1);
    await clock.advance(10_000);
    assert.equal(session.isOpen, true);
    session.setSessionProperty('AutoCloseSessionTimeout', 600);
    await clock.advance(0);
    assert.equal(session.isOpen, false, 'the time is over already');
  });

  test('F3: a close before it leaves no timer, and the next opening counts anew', async () => {
    const { manager, clock } = await engineOn([{ identifier: 'lan', up: true }], { polls: true });
    const session = manager.createSession('lan');
    session.setSessionProperty('AutoCloseSessionTimeout', 500);
    session.open();
    await clock.advance(400);
    session.close();
    await clock.advance(0);
    assert.equal(clock.pending, 0);
    session.setSessionProperty('AutoCloseSessionTimeout', 500);
    session.open();
    await clock.advance(400);
    assert.equal(session.isOpen, true);
    await clock.advance(100);
    assert.equal(session.isOpen, false);
  });

  const ends: Readonly<Record<string, (session: NetworkSession, simulation: Simulation) => void>> = {
    'a close': (session) => session.close(),
    'a stop': (session) => session.stop(),
    'a loss': (_, simulation) => simulation.set('lan', { inReach: false }),
    'the end of its access point': (_, simulation) => simulation.remove('lan'),
    'its own time': () => undefined,
  };
  for (const on of ['lan', 'home']) {
    for (const [what, end] of Object.entries(ends)) {
      test(`F3: after ${what} of a session on ${on} it reads -1 again, and the next opening lasts`, async () => {
        const { manager, simulation, clock } = await engineOn(
          [
            { identifier: 'lan', stopMs: 10 },
            { identifier: 'far', inReach: false },
          ],
          {
            polls: true,
            serviceNetworks: [{ identifier: 'home', name: 'Home', accessPoints: ['lan', 'far'] }],
          },
        );
        const session = manager.createSession(on);
        session.setSessionProperty('AutoCloseSessionTimeout', 500);
        session.open();
        await clock.advance(400);
        assert.deepEqual([session.isOpen, session.sessionProperty('AutoCloseSessionTimeout')], [true, 500]);
        const seen: unknown[] = [];
        session.onDidClose(() => seen.push(session.sessionProperty('AutoCloseSessionTimeout')));
        end(session, simulation);
        await clock.advance(200);
        assert.deepEqual([session.isOpen, seen], [false, [-1]]);
        if (simulation.links.has('lan')) {
          simulation.set('lan', { inReach: true });
          session.open();
          await clock.advance(10_000);
          assert.equal(session.isOpen, true);
        }
      });
    }
  }

  test('F3: a cancelled opening has closed too', async () => {
    const { manager, clock } = await engineOn([{ identifier: 'lan', startMs: 100 }], { polls: true });
    const session = manager.createSession('lan');
    session.setSessionProperty('AutoCloseSessionTimeout', 500);
    session.open();
    await clock.advance(10);
    session.close();
    await clock.advance(10);
    assert.equal(session.sessionProperty('AutoCloseSessionTimeout'), -1);
  });

  test('F3: on a platform that is driven by events it reads -1 and cannot be set', async () => {
    const { manager, clock } = await engineOn([{ identifier: 'lan', up: true }]);
    const session = manager.createSession('lan');
    session.setSessionProperty('AutoCloseSessionTimeout', 500);
    assert.equal(session.sessionProperty('AutoCloseSessionTimeout'), -1);
    session.open();
    await clock.advance(10_000);
    assert.equal(session.isOpen, true);
    assert.equal(clock.pending, 0);
  });

  test('F3: where a platform that is driven by events takes over, it reads -1 and nothing closes by itself', async () => {
    const { manager, platform, clock } = await fakeEngine([{ identifier: 'lan', link: 'up' }], {
      system: { polls: true },
    });
    const session = manager.createSession('lan');
    session.setSessionProperty('AutoCloseSessionTimeout', 500);
    await platform.setSystem({ polls: false });
    assert.equal(session.sessionProperty('AutoCloseSessionTimeout'), -1);
    session.open();
    await clock.advance(10_000);
    assert.equal(session.isOpen, true);
  });
});

suite('the last error', () => {
  test('F5: UnknownSessionError and an empty text when there was none', async () => {
    const { manager, open } = await fakeEngine([{ identifier: 'lan' }]);
    for (const session of [manager.createSession('lan'), await open('lan')]) {
      assert.equal(session.error, SessionError.UnknownSessionError);
      assert.equal(session.errorString, '');
      assert.equal(session.failure, undefined);
    }
  });

  test('F5: error, errorString and failure are set before the error signal', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan', name: 'Office' }]);
    const session = manager.createSession('lan');
    const seen: unknown[] = [];
    session.onDidFail((error) => seen.push(error, session.error, session.errorString, session.failure));
    session.open();
    await platform.starts[0]?.reject(new PlatformFailure({ code: 'authenticationFailed', detail: '802.1X' }));
    assert.deepEqual(seen, [
      SessionError.InvalidConfigurationError,
      SessionError.InvalidConfigurationError,
      'Office did not accept the password or key. (802.1X)',
      {
        error: SessionError.InvalidConfigurationError,
        accessPoint: 'lan',
        name: 'Office',
        cause: { code: 'authenticationFailed', detail: '802.1X' },
        help: 'checkSettings',
      },
    ]);
  });

  test('F5: open() clears the last error when it begins', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan' }]);
    const session = manager.createSession('lan');
    session.open();
    await platform.starts[0]?.reject(new PlatformFailure({ code: 'refused' }));
    assert.equal(session.error, SessionError.SessionAbortedError);
    session.open();
    assert.equal(session.error, SessionError.UnknownSessionError);
    assert.equal(session.errorString, '');
    assert.equal(session.failure, undefined);
  });

  test('F5: open() on a session that is closing clears the last error too', async () => {
    const { platform, open } = await fakeEngine([{ identifier: 'lan' }]);
    const session = await open('lan');
    session.stop();
    await platform.stops[0]?.reject(new PlatformFailure({ code: 'missingPermission', permission: 'stop' }));
    session.close();
    await settled();
    assert.notEqual(session.errorString, '');
    session.open();
    await platform.serve();
    assert.equal(session.isOpen, true);
    assert.equal(session.errorString, '');
  });

  test('F5: open() that does nothing, close() and stop() keep the last error', async () => {
    const { platform, open } = await fakeEngine([{ identifier: 'lan' }]);
    const session = await open('lan');
    session.stop();
    await platform.stops[0]?.reject(new PlatformFailure({ code: 'missingPermission', permission: 'stop' }));
    session.open();
    assert.equal(session.error, SessionError.OperationNotSupportedError);
    session.close();
    await platform.serve();
    assert.equal(session.error, SessionError.OperationNotSupportedError);
    session.stop();
    assert.equal(session.error, SessionError.OperationNotSupportedError);
  });
});
