import * as assert from 'node:assert/strict';
import { PlatformFailure, SessionError, SessionState } from '../../../src/engine/index.js';
import { engineOn, eventsOf } from '../../fixtures/engineFixture.js';
import { fakeEngine, managerEventsOf } from '../../fixtures/fakePlatform.js';
import { settled } from '../../fixtures/testClock.js';

suite('a platform that goes away', () => {
  test('O13: sessions keep state and isOpen for up to 10 s', async () => {
    const { platform, open, clock } = await fakeEngine([{ identifier: 'lan' }]);
    const session = await open('lan');
    const heard = eventsOf(session);
    await platform.goAway();
    await clock.advance(9_999);
    assert.deepEqual(heard, []);
    assert.equal(session.isOpen, true);
    assert.equal(session.state, SessionState.Connected);
    assert.equal(session.activeTime, 9);
  });

  test('O13: back within 10 s they are attached again by identifier, and nothing is told or started', async () => {
    const { manager, platform, open, clock } = await fakeEngine([
      { identifier: 'lan' },
      { identifier: 'wifi', link: 'up' },
    ]);
    const sessions = [await open('lan'), await open('wifi')];
    const heard = sessions.map(eventsOf);
    await platform.goAway();
    await clock.advance(9_999);
    await platform.comeBack();
    await clock.advance(60_000);
    assert.deepEqual(heard, [[], []]);
    assert.equal(manager.holders('lan'), 1);
    assert.equal(platform.starts.length, 1);
    assert.equal(platform.abandonments, 0);
    sessions[0]?.close();
    await platform.serve();
    assert.equal(platform.stops.length, 1, 'still known as started here');
  });

  test('O13, O8: what went down meanwhile is lost when it is back', async () => {
    const { platform, open, clock } = await fakeEngine([{ identifier: 'lan' }]);
    const session = await open('lan');
    const heard = eventsOf(session);
    await platform.goAway();
    await clock.advance(1000);
    await platform.comeBack([{ identifier: 'lan', link: 'down' }]);
    assert.deepEqual(heard, ['Disconnected', 'SessionAbortedError', 'closed']);
  });

  test('O13, O11: what was removed meanwhile is lost when it is back', async () => {
    const { platform, open } = await fakeEngine([{ identifier: 'lan' }]);
    const session = await open('lan');
    await platform.goAway();
    platform.tell({ accessPoints: [], whole: true, system: { ...platform.systemFacts, away: undefined } });
    assert.equal(session.state, SessionState.Invalid);
    assert.equal(session.failure?.cause.code, 'profileRemoved');
  });

  test('O13: meanwhile open and stop fail with OperationNotSupportedError that says so', async () => {
    const { manager, platform, open } = await fakeEngine([{ identifier: 'lan' }, { identifier: 'wifi', link: 'up' }]);
    const holder = await open('wifi');
    await platform.goAway();
    for (const identifier of ['lan', 'wifi']) {
      const session = manager.createSession(identifier);
      const heard = eventsOf(session);
      session.open();
      await platform.serve();
      assert.deepEqual(heard, ['OperationNotSupportedError'], identifier);
      assert.equal(session.failure?.cause.code, 'platformAway');
    }
    const heard = eventsOf(holder);
    holder.stop();
    await platform.serve();
    assert.deepEqual(heard, ['OperationNotSupportedError']);
    assert.equal(holder.isOpen, true);
    assert.equal(platform.starts.length + platform.stops.length, 0);
  });

  test('O13: a stop that was asked for before it went away, and not accepted, is refused as one that was asked for later', async () => {
    const { platform, open } = await fakeEngine([{ identifier: 'lan' }]);
    const session = await open('lan');
    const heard = eventsOf(session);
    session.stop();
    await platform.goAway();
    assert.deepEqual(heard, ['OperationNotSupportedError']);
    assert.equal(session.failure?.cause.code, 'platformAway');
    assert.equal(session.isOpen, true);
  });

  test('O13, O5: what the last close could not stop meanwhile is stopped when it is back, unless somebody holds it', async () => {
    for (const isHeldAgain of [false, true]) {
      const { manager, platform, open } = await fakeEngine([{ identifier: 'lan' }]);
      const session = await open('lan');
      await platform.goAway();
      session.close();
      await settled();
      await platform.comeBack([{ identifier: 'lan', link: 'up' }]);
      if (isHeldAgain) {
        await open('lan').catch(() => undefined);
      }
      await platform.serve();
      assert.equal(platform.stops.length, 1);
      assert.equal(
        manager.isStartedHere('lan'),
        isHeldAgain,
        'who opens meanwhile waits for the stop and starts it again',
      );
    }
  });

  test('O13, O5: meanwhile a session can be closed; what cannot be stopped now is an error, and closed', async () => {
    const { manager, platform, open } = await fakeEngine([{ identifier: 'lan' }, { identifier: 'wifi', link: 'up' }]);
    const sessions = [await open('lan'), await open('wifi')];
    const heard = sessions.map(eventsOf);
    await platform.goAway();
    for (const session of sessions) {
      session.close();
    }
    await platform.serve();
    assert.deepEqual(heard, [['OperationNotSupportedError', 'closed'], ['closed']]);
    assert.equal(manager.holders('lan'), 0);
  });

  test('O13, O8: after 10 s the new state, SessionAbortedError, closed', async () => {
    const { manager, platform, open, clock } = await fakeEngine([{ identifier: 'lan' }]);
    const session = await open('lan');
    const heard = eventsOf(session);
    await platform.goAway();
    await clock.advance(10_000);
    assert.deepEqual(heard, ['Invalid', 'SessionAbortedError', 'closed']);
    assert.equal(session.failure?.cause.code, 'platformGone');
    assert.equal(session.error, SessionError.SessionAbortedError);
    assert.equal(manager.holders('lan'), 0);
    assert.deepEqual(manager.allConfigurations(), []);
  });

  test('O13: only then does the engine turn to another platform, after O8, once', async () => {
    const { platform, open, clock } = await fakeEngine([{ identifier: 'lan' }]);
    const session = await open('lan');
    await platform.goAway();
    await clock.advance(9_999);
    assert.equal(platform.abandonments, 0);
    let wasOpen: boolean | undefined;
    platform.abandon = () => {
      wasOpen = session.isOpen;
      platform.abandonments++;
    };
    await clock.advance(1);
    assert.equal(platform.abandonments, 1);
    assert.equal(wasOpen, false);
  });

  test('O13: after that nothing goes on: no timer, no second turn, no event', async () => {
    const { manager, platform, open, clock } = await fakeEngine([{ identifier: 'lan' }]);
    const session = await open('lan');
    await platform.goAway();
    await clock.advance(10_000);
    const heard = [...eventsOf(session), ...managerEventsOf(manager)];
    let systemEvents = 0;
    manager.onDidChangeSystem(() => systemEvents++);
    await clock.advance(60_000);
    assert.equal(platform.abandonments, 1);
    assert.equal(clock.pending, 0);
    assert.equal(systemEvents, 0);
    assert.deepEqual(heard, []);
  });

  test('O13: a platform without any access point is turned from too', async () => {
    const { platform, clock } = await fakeEngine([]);
    await platform.goAway();
    await clock.advance(10_000);
    assert.equal(platform.abandonments, 1);
    assert.equal(clock.pending, 0);
  });

  test('O13: each absence has its own 10 s', async () => {
    const { platform, open, clock } = await fakeEngine([{ identifier: 'lan' }]);
    const session = await open('lan');
    for (let times = 0; times < 3; times++) {
      await platform.goAway();
      await clock.advance(9_000);
      await platform.comeBack();
    }
    assert.equal(session.isOpen, true);
    await platform.goAway();
    await platform.setSystem({ isOnline: false });
    await clock.advance(9_999);
    assert.equal(session.isOpen, true);
    await clock.advance(1);
    assert.equal(session.isOpen, false);
  });

  test('O13: a session can be opened again when another platform serves', async () => {
    const { manager, platform, open, clock } = await fakeEngine([{ identifier: 'lan' }]);
    const session = await open('lan');
    const heard = eventsOf(session);
    await platform.goAway();
    await clock.advance(10_000);
    await platform.comeBack([{ identifier: 'lan', link: 'up' }]);
    assert.equal(session.state, SessionState.Connected);
    assert.equal(session.isOpen, false);
    session.open();
    await platform.serve();
    assert.equal(heard.at(-1), 'opened');
    assert.equal(manager.isStartedHere('lan'), false);
  });

  for (const [link, told] of [
    ['up', ['Connected', 'opened']],
    ['down', ['Disconnected', 'UnknownSessionError']],
  ] as const) {
    test(`O13: an opening under way ends by what is found when it is back: ${link}`, async () => {
      const { manager, platform, clock } = await fakeEngine([{ identifier: 'lan' }]);
      const session = manager.createSession('lan');
      session.open();
      await platform.set('lan', { link: 'starting' });
      const heard = eventsOf(session);
      await platform.goAway();
      assert.equal(session.isOpening, true);
      await platform.comeBack([{ identifier: 'lan', link }]);
      assert.deepEqual(heard, told);
      assert.equal(clock.pending, 0);
    });
  }

  test('O13: an opening under way that is still starting when it is back goes on', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan' }]);
    const session = manager.createSession('lan');
    session.open();
    await platform.set('lan', { link: 'starting' });
    await platform.goAway();
    await platform.comeBack();
    assert.equal(session.isOpening, true);
    await platform.set('lan', { link: 'up' });
    assert.equal(session.isOpen, true);
    assert.equal(platform.starts.length, 1);
  });

  test('O13: an opening under way ends when it does not come back', async () => {
    const { manager, platform, clock } = await fakeEngine([{ identifier: 'lan' }]);
    const session = manager.createSession('lan');
    const heard = eventsOf(session);
    session.open();
    await platform.goAway();
    await clock.advance(10_000);
    assert.deepEqual(heard, ['Connecting', 'Invalid', 'UnknownSessionError']);
    assert.equal(session.failure?.cause.code, 'platformGone');
  });

  for (const [link, told] of [
    ['down', ['Closing', 'Disconnected', 'closed']],
    ['up', ['Closing', 'Connected', 'UnknownSessionError', 'closed']],
  ] as const) {
    test(`O13: a close under way ends by what is found when it is back: ${link}`, async () => {
      const { platform, open, clock } = await fakeEngine([{ identifier: 'lan' }]);
      const session = await open('lan');
      const heard = eventsOf(session);
      session.close();
      await platform.goAway();
      assert.deepEqual(heard, ['Closing']);
      await platform.comeBack([{ identifier: 'lan', link }]);
      assert.deepEqual(heard, told);
      assert.equal(clock.pending, 0);
    });
  }

  test('O13, O5: a close under way, found stopping when it is back, ends when it is down, not by time', async () => {
    const { platform, open, clock } = await fakeEngine([{ identifier: 'lan' }]);
    const session = await open('lan');
    const heard = eventsOf(session);
    session.close();
    await platform.set('lan', { link: 'stopping' });
    await platform.goAway();
    await platform.comeBack();
    assert.deepEqual(heard, ['Closing']);
    await platform.set('lan', { link: 'down' });
    assert.deepEqual(heard, ['Closing', 'Disconnected', 'closed']);
    assert.equal(clock.pending, 0);
  });

  test('O13, O5: a close under way, found started by others when it is back, has failed, and not by time', async () => {
    const { manager, platform, open, clock } = await fakeEngine([{ identifier: 'lan' }]);
    const session = await open('lan');
    const heard = eventsOf(session);
    session.close();
    await platform.goAway();
    await platform.comeBack([{ identifier: 'lan', link: 'starting' }]);
    await platform.set('lan', { link: 'up' });
    assert.equal(session.failure?.cause.code, 'platformRestarted');
    assert.equal(heard.filter((event) => event === 'closed').length, 1);
    assert.equal(session.state, SessionState.Connected);
    assert.equal(manager.holders('lan'), 0);
    assert.equal(clock.pending, 0);
  });

  test('O13, O4: an opening under way, found stopping when it is back, fails when it is down, not by time', async () => {
    const { manager, platform, clock } = await fakeEngine([{ identifier: 'lan' }]);
    const session = manager.createSession('lan');
    session.open();
    await platform.set('lan', { link: 'starting' });
    await platform.goAway();
    await platform.comeBack([{ identifier: 'lan', link: 'stopping' }]);
    await platform.set('lan', { link: 'down' });
    assert.equal(session.isOpening, false);
    assert.equal(session.failure?.cause.code, 'platformRestarted');
    assert.equal(clock.pending, 0);
  });

  test('O13: a close under way ends when it does not come back', async () => {
    const { platform, open, clock } = await fakeEngine([{ identifier: 'lan' }]);
    const session = await open('lan');
    const heard = eventsOf(session);
    session.close();
    await platform.goAway();
    await clock.advance(10_000);
    assert.deepEqual(heard, ['Closing', 'Invalid', 'closed']);
  });

  test('O13: looking again meanwhile is completed all the same (M4)', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan' }]);
    await platform.goAway();
    const heard = managerEventsOf(manager);
    const updating = manager.updateConfigurations();
    await platform.looks[0]?.reject(new PlatformFailure({ code: 'platformAway' }));
    await updating;
    assert.deepEqual(heard, ['update completed']);
  });

  test('O13: configurations are kept and not told of meanwhile', async () => {
    const { manager, platform, clock } = await fakeEngine([{ identifier: 'lan', link: 'up' }]);
    const heard = managerEventsOf(manager);
    await platform.goAway();
    await clock.advance(5_000);
    await platform.comeBack();
    assert.deepEqual(heard, []);
    assert.equal(manager.allConfigurations().length, 1);
  });

  test('O13: the end of the manager does not wait for it', async () => {
    const { manager, platform, open, clock } = await fakeEngine([{ identifier: 'lan' }]);
    await open('lan');
    await platform.goAway();
    await manager.dispose();
    assert.equal(platform.disposals, 1);
    assert.equal(clock.pending, 0);
  });

  test('O13: on the simulated network, a restart of the daemon is not noticed by an open session', async () => {
    const { manager, simulation, clock } = await engineOn([{ identifier: 'lan' }]);
    const session = manager.createSession('lan');
    session.open();
    await clock.advance(0);
    const heard = eventsOf(session);
    simulation.goAway();
    await clock.advance(3_000);
    simulation.comeBack();
    await clock.advance(60_000);
    assert.deepEqual(heard, []);
    assert.equal(session.isOpen, true);
    assert.equal(clock.pending, 0);
  });
});
