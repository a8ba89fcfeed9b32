import * as assert from 'node:assert/strict';
import { PlatformFailure, SessionError, SessionState } from '../../../src/engine/index.js';
import { eventsOf } from '../../fixtures/engineFixture.js';
import { fakeEngine } from '../../fixtures/fakePlatform.js';
import { settled } from '../../fixtures/testClock.js';

const refusal = new PlatformFailure({ code: 'missingPermission', permission: 'stop' });

suite('stopping', () => {
  test('O7: it ends every open session; each other gets SessionAbortedError and closed, the caller closed', async () => {
    const { manager, platform, open } = await fakeEngine([{ identifier: 'lan' }]);
    const sessions = [await open('lan'), await open('lan'), await open('lan'), manager.createSession('lan')];
    const heard = sessions.map(eventsOf);
    sessions[0]?.stop();
    await platform.serve();
    assert.deepEqual(heard, [
      ['Closing', 'Disconnected', 'closed'],
      ['Closing', 'Disconnected', 'SessionAbortedError', 'closed'],
      ['Closing', 'Disconnected', 'SessionAbortedError', 'closed'],
      ['Closing', 'Disconnected'],
    ]);
    assert.equal(sessions[0]?.errorString, '', 'no error for the caller');
    assert.equal(sessions[1]?.failure?.cause.code, 'stoppedBySession');
    assert.equal(manager.holders('lan'), 0);
    assert.equal(platform.stops.length, 1);
  });

  test('O7: a session need not be open to call it, and hears no closed then', async () => {
    const { manager, platform, open } = await fakeEngine([{ identifier: 'lan' }]);
    const other = await open('lan');
    const caller = manager.createSession('lan');
    const heard = [eventsOf(caller), eventsOf(other)];
    caller.stop();
    await platform.serve();
    assert.deepEqual(heard, [
      ['Closing', 'Disconnected'],
      ['Closing', 'Disconnected', 'SessionAbortedError', 'closed'],
    ]);
  });

  test('O7: it stops what others started, with nobody on it', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan', link: 'up' }], { lastClose: 'never' });
    const caller = manager.createSession('lan');
    caller.stop();
    await platform.serve();
    assert.equal(platform.stops.length, 1);
    assert.equal(caller.state, SessionState.Disconnected);
    assert.equal(caller.errorString, '');
  });

  test('O7: it stops what others are starting', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan', link: 'starting' }]);
    const waiting = manager.createSession('lan');
    waiting.open();
    const caller = manager.createSession('lan');
    const heard = [eventsOf(caller), eventsOf(waiting)];
    caller.stop();
    await platform.serve();
    assert.deepEqual(heard, [
      ['Closing', 'Disconnected'],
      ['Closing', 'Disconnected', 'SessionAbortedError', 'closed'],
    ]);
  });

  test('O7: sessions being opened count as open', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan' }]);
    const sessions = [manager.createSession('lan'), manager.createSession('lan')];
    const heard = sessions.map(eventsOf);
    for (const session of sessions) {
      session.open();
    }
    await platform.set('lan', { link: 'starting' });
    sessions[0]?.stop();
    await platform.serve();
    assert.deepEqual(heard, [
      ['Connecting', 'Closing', 'Disconnected', 'closed'],
      ['Connecting', 'Closing', 'Disconnected', 'SessionAbortedError', 'closed'],
    ]);
    assert.equal(platform.starts.length, 1);
    assert.equal(sessions[1]?.isOpening, false);
  });

  test('O7: nobody is closed and no Closing is shown before the platform has accepted', async () => {
    const { manager, platform, open } = await fakeEngine([{ identifier: 'lan' }]);
    const session = await open('lan');
    const caller = manager.createSession('lan');
    const heard = eventsOf(session);
    caller.stop();
    await settled();
    assert.equal(session.isOpen, true);
    assert.equal(session.state, SessionState.Connected);
    assert.deepEqual(heard, []);
    platform.stops[0]?.accept();
    assert.equal(session.isOpen, false);
    assert.equal(session.state, SessionState.Closing);
    await platform.serve();
    assert.deepEqual(heard, ['Closing', 'Disconnected', 'SessionAbortedError', 'closed']);
  });

  test('O7: where the platform refuses, nobody is closed and the caller gets OperationNotSupportedError', async () => {
    const { manager, platform, open } = await fakeEngine([{ identifier: 'lan' }]);
    const session = await open('lan');
    const caller = manager.createSession('lan');
    const heard = [eventsOf(caller), eventsOf(session)];
    caller.stop();
    await platform.stops[0]?.reject(refusal);
    assert.deepEqual(heard, [['OperationNotSupportedError'], []]);
    assert.equal(caller.error, SessionError.OperationNotSupportedError);
    assert.equal(session.isOpen, true);
    assert.equal(manager.holders('lan'), 1);
    assert.equal(manager.isStartedHere('lan'), true);
  });

  for (const code of ['refused', 'other'] as const) {
    test(`O7: a refusal for the cause '${code}' is an OperationNotSupportedError too`, async () => {
      const { platform, open } = await fakeEngine([{ identifier: 'lan' }]);
      const session = await open('lan');
      const heard = eventsOf(session);
      session.stop();
      await platform.stops[0]?.reject(new PlatformFailure({ code }));
      assert.deepEqual(heard, ['OperationNotSupportedError']);
      assert.equal(session.isOpen, true);
    });
  }

  test('O7: a stop that is known to be impossible is refused without asking the platform', async () => {
    const { platform, open } = await fakeEngine([
      { identifier: 'lan', link: 'up', obstacles: { stop: { code: 'missingPermission', permission: 'stop' } } },
    ]);
    const session = await open('lan');
    const heard = eventsOf(session);
    session.stop();
    await platform.serve();
    assert.deepEqual(heard, ['OperationNotSupportedError']);
    assert.equal(session.isOpen, true);
    assert.equal(platform.stops.length, 0);
  });

  test('O7: on an access point that is down, or unknown, it does nothing and emits nothing', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan' }, { identifier: 'far', inReach: false }]);
    for (const identifier of ['lan', 'far', 'nowhere']) {
      const caller = manager.createSession(identifier);
      const heard = eventsOf(caller);
      caller.stop();
      await platform.serve();
      assert.deepEqual(heard, []);
    }
    assert.equal(platform.stops.length, 0);
  });

  test('O7: a session that another stops is told once, also when many stop', async () => {
    const { platform, open } = await fakeEngine([{ identifier: 'lan' }]);
    const sessions = [await open('lan'), await open('lan'), await open('lan')];
    const heard = sessions.map(eventsOf);
    sessions[0]?.stop();
    sessions[1]?.stop();
    await settled();
    platform.stops[0]?.accept();
    sessions[0]?.stop();
    await platform.serve();
    assert.deepEqual(heard, [
      ['Closing', 'Disconnected', 'closed'],
      ['Closing', 'Disconnected', 'closed'],
      ['Closing', 'Disconnected', 'SessionAbortedError', 'closed'],
    ]);
    assert.equal(platform.stops.length, 1);
  });

  test('O7: who opens while a stop is under way and is stopped by another, ends and starts nothing', async () => {
    const { manager, platform, open } = await fakeEngine([{ identifier: 'lan' }]);
    const holder = await open('lan');
    holder.close();
    const late = manager.createSession('lan');
    late.open();
    await settled();
    const heard = eventsOf(late);
    manager.createSession('lan').stop();
    await platform.serve();
    assert.deepEqual(heard, ['Disconnected', 'SessionAbortedError', 'closed']);
    assert.equal(platform.starts.length, 1);
    assert.equal(late.state, SessionState.Disconnected);
  });

  test('O7: a session that is closing and was opened again counts as being opened: another stops it', async () => {
    const { manager, platform, open } = await fakeEngine([{ identifier: 'lan' }]);
    const session = await open('lan');
    session.close();
    session.open();
    assert.equal(session.isOpening, true);
    manager.createSession('lan').stop();
    await platform.serve();
    assert.equal(session.isOpen, false);
    assert.equal(session.state, SessionState.Disconnected, 'the state ends Disconnected');
    assert.equal(platform.starts.length, 1);
    assert.equal(session.error, SessionError.SessionAbortedError);
  });

  test('O7: a session that is closing, opened again and then stops, is not opened again', async () => {
    const { platform, open } = await fakeEngine([{ identifier: 'lan' }]);
    const session = await open('lan');
    session.close();
    session.open();
    session.stop();
    await platform.serve();
    assert.equal(session.isOpen, false);
    assert.equal(session.state, SessionState.Disconnected);
    assert.equal(platform.starts.length, 1);
  });

  test('O7, O10a: who calls stop() during the stop of a last close hears that it failed', async () => {
    const { manager, platform, open } = await fakeEngine([{ identifier: 'lan' }]);
    const session = await open('lan');
    const caller = manager.createSession('lan');
    const heard = eventsOf(caller);
    session.close();
    await settled();
    caller.stop();
    await platform.stops[0]?.reject(refusal);
    assert.deepEqual(heard, ['Closing', 'Connected', 'OperationNotSupportedError']);
  });

  test('O7: a stop that fails after it was accepted: all are closed, the caller has the error', async () => {
    const { manager, platform, open } = await fakeEngine([{ identifier: 'lan' }]);
    const session = await open('lan');
    const outside = manager.createSession('lan');
    const heard = [eventsOf(session), eventsOf(outside)];
    outside.stop();
    await settled();
    platform.stops[0]?.accept();
    await platform.stops[0]?.reject(new PlatformFailure({ code: 'deviceFailed' }));
    assert.deepEqual(heard, [
      ['Closing', 'Connected', 'SessionAbortedError', 'closed'],
      ['Closing', 'Connected', 'UnknownSessionError'],
    ]);
    assert.equal(manager.holders('lan'), 0);
  });

  test('O7: a platform that resolves a stop without having accepted it has accepted it', async () => {
    const { manager, platform, open } = await fakeEngine([{ identifier: 'lan' }]);
    const sessions = [await open('lan'), await open('lan')];
    sessions[0]?.stop();
    await platform.stops[0]?.resolve();
    await platform.set('lan', { link: 'down' });
    assert.equal(manager.holders('lan'), 0);
    assert.equal(sessions[0]?.errorString, '');
    assert.equal(sessions[1]?.failure?.cause.code, 'stoppedBySession');
  });

  test('O7: facts of the stop that come before its acceptance are the stop, not a loss', async () => {
    const { manager, platform, open } = await fakeEngine([{ identifier: 'lan' }]);
    const sessions = [await open('lan'), await open('lan')];
    const heard = sessions.map(eventsOf);
    sessions[0]?.stop();
    await platform.set('lan', { link: 'stopping' });
    platform.stops[0]?.accept();
    await platform.set('lan', { link: 'down' });
    await platform.stops[0]?.resolve();
    assert.deepEqual(heard, [
      ['Closing', 'Disconnected', 'closed'],
      ['Closing', 'Disconnected', 'SessionAbortedError', 'closed'],
    ]);
    assert.equal(sessions[1]?.failure?.cause.code, 'stoppedBySession');
    assert.equal(manager.holders('lan'), 0);
  });

  test('O7: a platform that accepts twice has accepted once', async () => {
    const { platform, open } = await fakeEngine([{ identifier: 'lan' }]);
    const session = await open('lan');
    const heard = eventsOf(session);
    session.stop();
    platform.stops[0]?.accept();
    platform.stops[0]?.accept();
    await platform.serve();
    platform.stops[0]?.accept();
    await settled();
    assert.deepEqual(heard, ['Closing', 'Disconnected', 'closed']);
  });

  test('O7: who closes while a stop waits to be accepted is closed with it', async () => {
    const { manager, platform, open } = await fakeEngine([{ identifier: 'lan' }]);
    const session = await open('lan');
    const heard = eventsOf(session);
    manager.createSession('lan').stop();
    session.close();
    assert.equal(session.isOpen, false);
    assert.equal(platform.stops.length, 1, 'it is asked for one stop only');
    await platform.serve();
    assert.deepEqual(heard, ['Closing', 'Disconnected', 'closed']);
    assert.equal(platform.stops.length, 1);
  });

  test('O7, O5: a stop refused after others have closed: they are closed, the last with the error', async () => {
    const { manager, platform, open } = await fakeEngine([{ identifier: 'lan' }]);
    const sessions = [await open('lan'), await open('lan')];
    const caller = manager.createSession('lan');
    const heard = [...sessions, caller].map(eventsOf);
    caller.stop();
    sessions[0]?.close();
    sessions[1]?.close();
    await platform.stops[0]?.reject(refusal);
    assert.deepEqual(heard, [['closed'], ['OperationNotSupportedError', 'closed'], ['OperationNotSupportedError']]);
    assert.equal(manager.holders('lan'), 0);
    assert.equal(caller.state, SessionState.Connected);
  });

  test('O7: who opens on it while a stop waits to be accepted is open, and ends with it', async () => {
    const { manager, platform, open } = await fakeEngine([{ identifier: 'lan' }]);
    const caller = await open('lan');
    caller.stop();
    const late = manager.createSession('lan');
    const heard = eventsOf(late);
    late.open();
    await platform.serve();
    assert.deepEqual(heard, ['opened', 'Closing', 'Disconnected', 'SessionAbortedError', 'closed']);
  });

  test('O7: lost while a stop waits to be accepted: each session ends once', async () => {
    const { manager, platform, open } = await fakeEngine([{ identifier: 'lan' }]);
    const session = await open('lan');
    const heard = eventsOf(session);
    manager.createSession('lan').stop();
    await platform.set('lan', { link: 'down', inReach: false });
    platform.stops[0]?.accept();
    await platform.stops[0]?.resolve();
    assert.equal(heard.filter((event) => event === 'closed').length, 1);
    assert.equal(session.state, SessionState.NotAvailable);
    assert.equal(manager.holders('lan'), 0);
  });

  test('O7: after a stop the access point can be opened again', async () => {
    const { platform, open } = await fakeEngine([{ identifier: 'lan' }]);
    const session = await open('lan');
    session.stop();
    session.open();
    await platform.serve();
    assert.equal(session.isOpen, false, 'open() on an open session does nothing; the stop ended it');
    session.open();
    await platform.serve();
    assert.equal(session.isOpen, true);
    assert.equal(platform.starts.length, 2);
  });

  test('O7: it stops what is left of a lost link', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan', lingers: true, inReach: false }]);
    manager.createSession('lan').stop();
    await platform.serve();
    assert.equal(platform.stops.length, 1);
    assert.equal(manager.stateOf('lan'), SessionState.NotAvailable);
  });
});

suite('stopping, told once', () => {
  test('O7: who waits with stop() and with close() hears of the refusal once', async () => {
    const { platform, open } = await fakeEngine([{ identifier: 'lan' }]);
    const session = await open('lan');
    const heard = eventsOf(session);
    session.stop();
    session.close();
    await platform.stops[0]?.reject(refusal);
    assert.deepEqual(heard, ['OperationNotSupportedError', 'closed']);
  });
});
