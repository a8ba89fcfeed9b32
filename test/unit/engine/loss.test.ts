import * as assert from 'node:assert/strict';
import { type Cause, PlatformFailure, SessionError, SessionState } from '../../../src/engine/index.js';
import { engineOn, eventsOf } from '../../fixtures/engineFixture.js';
import { fakeEngine } from '../../fixtures/fakePlatform.js';
import { settled } from '../../fixtures/testClock.js';

suite('failing to start', () => {
  const errors: readonly (readonly [Cause['code'], string])[] = [
    ['refused', 'SessionAbortedError'],
    ['cancelled', 'SessionAbortedError'],
    ['missingPermission', 'OperationNotSupportedError'],
    ['secretsMissing', 'InvalidConfigurationError'],
    ['settingsWrong', 'InvalidConfigurationError'],
    ['authenticationFailed', 'InvalidConfigurationError'],
    ['noAddress', 'UnknownSessionError'],
    ['deviceFailed', 'UnknownSessionError'],
    ['other', 'UnknownSessionError'],
  ];
  for (const [code, error] of errors) {
    test(`O4: a start that fails for '${code}' is ${error}, after the state, with no closed`, async () => {
      const { manager, platform, clock } = await fakeEngine([{ identifier: 'lan' }]);
      const session = manager.createSession('lan');
      const heard = eventsOf(session);
      session.open();
      await platform.set('lan', { link: 'starting' });
      await platform.set('lan', { link: 'down' });
      await platform.starts[0]?.reject(new PlatformFailure({ code }));
      assert.deepEqual(heard, ['Connecting', 'Disconnected', error]);
      assert.equal(session.failure?.cause.code, code);
      assert.equal(session.isOpen || session.isOpening, false);
      assert.equal(manager.holders('lan'), 0, 'not counted');
      assert.equal(manager.isStartedHere('lan'), false);
      assert.equal(clock.pending, 0);
    });
  }

  test('O4: an error that the platform names itself is the one reported', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan' }]);
    const session = manager.createSession('lan');
    session.open();
    await platform.starts[0]?.reject(new PlatformFailure({ code: 'other' }, SessionError.SessionAbortedError));
    assert.equal(session.error, SessionError.SessionAbortedError);
  });

  test('O4: a platform that rejects with what is no PlatformFailure: UnknownSessionError, and the words are kept', async () => {
    for (const thrown of [new TypeError('x is not a function'), 'text', undefined, null, 7, Symbol('s')]) {
      const { manager, platform } = await fakeEngine([{ identifier: 'lan' }]);
      const session = manager.createSession('lan');
      const heard = eventsOf(session);
      session.open();
      await platform.starts[0]?.reject(thrown);
      assert.deepEqual(heard, ['Connecting', 'Disconnected', 'UnknownSessionError'], String(thrown));
      assert.equal(session.failure?.cause.code, 'other');
    }
  });

  test('O4: all that were being opened fail, each once', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan' }]);
    const sessions = [manager.createSession('lan'), manager.createSession('lan')];
    const heard = sessions.map(eventsOf);
    for (const session of sessions) {
      session.open();
    }
    await platform.starts[0]?.reject(new PlatformFailure({ code: 'noAddress' }));
    const told = ['Connecting', 'Disconnected', 'UnknownSessionError'];
    assert.deepEqual(heard, [told, told]);
    assert.equal(platform.starts.length, 1, 'no second try');
  });

  test('O4: where the platform cannot start and it is down: OperationNotSupportedError; where it is up it opens', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan' }, { identifier: 'wifi', link: 'up' }], {
      system: { capabilities: 0, obstacles: { start: { code: 'cannotStart' }, stop: { code: 'cannotStop' } } },
    });
    const down = manager.createSession('lan');
    const up = manager.createSession('wifi');
    const heard = [eventsOf(down), eventsOf(up)];
    down.open();
    up.open();
    await platform.serve();
    assert.deepEqual(heard, [['OperationNotSupportedError'], ['opened']]);
    assert.equal(platform.starts.length, 0);
    up.close();
    await platform.serve();
    assert.deepEqual(heard[1], ['opened', 'closed']);
  });

  test('O4: where this access point cannot be started: OperationNotSupportedError', async () => {
    const { manager, platform } = await fakeEngine([
      { identifier: 'lan', obstacles: { start: { code: 'missingPermission', permission: 'start' } } },
    ]);
    const session = manager.createSession('lan');
    session.open();
    await platform.serve();
    assert.equal(session.error, SessionError.OperationNotSupportedError);
    assert.equal(platform.starts.length, 0);
  });

  test('O4: it can be tried again', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan' }]);
    const session = manager.createSession('lan');
    session.open();
    await platform.starts[0]?.reject(new PlatformFailure({ code: 'noAddress' }));
    session.open();
    assert.equal(session.errorString, '');
    await platform.serve();
    assert.equal(session.isOpen, true);
  });

  test('O4: a start by others that fails, fails the openings that wait for it', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan', link: 'starting' }]);
    const session = manager.createSession('lan');
    const heard = eventsOf(session);
    session.open();
    await platform.set('lan', { link: 'down', cause: { code: 'secretsMissing' } });
    assert.deepEqual(heard, ['Disconnected', 'InvalidConfigurationError']);
    assert.equal(platform.starts.length, 0);
  });

  test('O4a: no platform has service networks yet: opening one is an InvalidConfigurationError and starts nothing', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan' }, { identifier: 'wifi', link: 'up' }]);
    for (const identifier of ['service-network', 'user-choice']) {
      const session = manager.createSession(identifier);
      const heard = eventsOf(session);
      session.open();
      session.stop();
      session.close();
      await platform.serve();
      assert.deepEqual(heard, ['InvalidConfigurationError']);
      assert.equal(session.isOpen || session.isOpening, false);
      assert.equal(session.sessionProperty('ActiveConfiguration'), '');
    }
    assert.equal(platform.starts.length + platform.stops.length, 0);
  });
});

suite('the order of facts and answers', () => {
  test('O1, O2: a start that resolves before its facts is open only with the facts', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan' }]);
    const session = manager.createSession('lan');
    const heard = eventsOf(session);
    session.open();
    await platform.starts[0]?.resolve();
    assert.equal(session.isOpen, false);
    assert.deepEqual(heard, ['Connecting']);
    await platform.set('lan', { link: 'starting' });
    await platform.set('lan', { link: 'up' });
    assert.deepEqual(heard, ['Connecting', 'Connected', 'opened']);
    assert.equal(manager.isStartedHere('lan'), true);
  });

  test('O1, O2: a start that resolves after its facts is open with the facts, once', async () => {
    const { manager, platform, clock } = await fakeEngine([{ identifier: 'lan' }]);
    const session = manager.createSession('lan');
    const heard = eventsOf(session);
    session.open();
    await platform.set('lan', { link: 'up' });
    assert.equal(session.isOpen, true);
    await platform.starts[0]?.resolve();
    assert.deepEqual(heard, ['Connecting', 'Connected', 'opened']);
    assert.equal(manager.holders('lan'), 1);
    assert.equal(clock.pending, 0);
  });

  test('O1: a start that rejects although the facts say up leaves the session open', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan' }]);
    const session = manager.createSession('lan');
    const heard = eventsOf(session);
    session.open();
    await platform.set('lan', { link: 'up' });
    await platform.starts[0]?.reject(new PlatformFailure({ code: 'noAddress' }));
    assert.deepEqual(heard, ['Connecting', 'Connected', 'opened']);
    assert.equal(session.isOpen, true);
  });

  test('O4: a start that rejects before the facts say down fails once', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan' }]);
    const session = manager.createSession('lan');
    const heard = eventsOf(session);
    session.open();
    await platform.set('lan', { link: 'starting' });
    await platform.starts[0]?.reject(new PlatformFailure({ code: 'noAddress' }));
    await platform.set('lan', { link: 'down', cause: { code: 'noAddress' } });
    assert.deepEqual(heard.toSorted(), ['Connecting', 'Disconnected', 'UnknownSessionError']);
  });

  test('O5: a stop that is down by the facts before it resolves ends once', async () => {
    const { platform, open, clock } = await fakeEngine([{ identifier: 'lan' }]);
    const session = await open('lan');
    const heard = eventsOf(session);
    session.close();
    await platform.set('lan', { link: 'down' });
    await platform.stops[0]?.resolve();
    assert.deepEqual(heard, ['Closing', 'Disconnected', 'closed']);
    assert.equal(clock.pending, 0);
  });

  test('O5, S3: a stop that resolves before the facts say down shows no Connected in between', async () => {
    const { platform, open } = await fakeEngine([{ identifier: 'lan' }]);
    const session = await open('lan');
    const heard = eventsOf(session);
    session.close();
    await platform.set('lan', { link: 'stopping' });
    await platform.stops[0]?.resolve();
    await platform.set('lan', { link: 'down' });
    assert.deepEqual(
      heard.filter((event) => event !== 'closed'),
      ['Closing', 'Disconnected'],
    );
    assert.equal(heard.filter((event) => event === 'closed').length, 1);
  });

  test('O5: a platform that says up in the middle of a stop: still Closing, and who opens waits', async () => {
    const { manager, platform, open } = await fakeEngine([{ identifier: 'lan' }]);
    const session = await open('lan');
    const late = manager.createSession('lan');
    session.close();
    late.open();
    const heard = eventsOf(session);
    await platform.set('lan', { link: 'stopping' });
    await platform.set('lan', { link: 'up' });
    assert.equal(session.state, SessionState.Closing);
    assert.equal(late.isOpen, false);
    await platform.serve();
    assert.equal(late.isOpen, true);
    assert.deepEqual(heard, ['Closing', 'Disconnected', 'closed', 'Connecting', 'Connected']);
  });

  test('O1: a platform that is up again when the stop ends is not started for those who wait', async () => {
    const { manager, platform, open } = await fakeEngine([{ identifier: 'lan' }]);
    const session = await open('lan');
    session.close();
    const late = manager.createSession('lan');
    late.open();
    await platform.set('lan', { link: 'down' });
    await platform.set('lan', { link: 'up' });
    await platform.stops[0]?.resolve();
    assert.equal(late.isOpen, true);
    assert.equal(platform.starts.length, 1);
  });

  test('O3: what others are stopping is waited for, then started', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan', link: 'stopping' }]);
    const session = manager.createSession('lan');
    const heard = eventsOf(session);
    session.open();
    await settled();
    assert.equal(platform.starts.length, 0);
    assert.equal(session.isOpening, true);
    await platform.set('lan', { link: 'down' });
    assert.equal(platform.starts.length, 1);
    await platform.serve();
    assert.deepEqual(heard, ['Disconnected', 'Connecting', 'Connected', 'opened'].slice(heard.length === 3 ? 1 : 0));
    assert.equal(session.isOpen, true);
  });

  test('O3: what others were stopping and others bring up again is not started', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan', link: 'stopping' }]);
    const session = manager.createSession('lan');
    session.open();
    await platform.set('lan', { link: 'up' });
    assert.equal(session.isOpen, true);
    assert.equal(platform.starts.length, 0);
  });
});

suite('losing', () => {
  test('O8: every open session gets the new state, SessionAbortedError, closed, in this order', async () => {
    const { manager, platform, open } = await fakeEngine([{ identifier: 'lan', link: 'up' }]);
    const sessions = [await open('lan'), await open('lan'), manager.createSession('lan')];
    const heard = sessions.map(eventsOf);
    await platform.set('lan', { link: 'down', inReach: false, cause: { code: 'carrierLost' } });
    const told = ['NotAvailable', 'SessionAbortedError', 'closed'];
    assert.deepEqual(heard, [told, told, ['NotAvailable']]);
    assert.equal(sessions[0]?.failure?.cause.code, 'carrierLost');
    assert.equal(sessions[0]?.error, SessionError.SessionAbortedError);
    assert.equal(sessions[2]?.errorString, '', 'who was not open has no error');
    assert.equal(manager.holders('lan'), 0);
  });

  for (const [link, inReach, state] of [
    ['down', true, 'Disconnected'],
    ['down', false, 'NotAvailable'],
    ['stopping', true, 'Closing'],
    ['starting', true, 'Connecting'],
  ] as const) {
    test(`O8: lost to another program, now ${link}${inReach ? '' : ' and out of reach'}: the new state is ${state}`, async () => {
      const { manager, platform, open } = await fakeEngine([{ identifier: 'lan' }]);
      const session = await open('lan');
      const heard = eventsOf(session);
      await platform.set('lan', { link, inReach });
      assert.deepEqual(heard, [state, 'SessionAbortedError', 'closed']);
      assert.equal(manager.holders('lan'), 0);
      assert.equal(platform.stops.length, 0);
    });
  }

  test('O8: whatever the cause amounts to elsewhere, an end from outside is a SessionAbortedError', async () => {
    for (const code of ['carrierLost', 'deviceRemoved', 'secretsMissing', 'sleeping', 'displaced'] as const) {
      const { platform, open } = await fakeEngine([{ identifier: 'lan', link: 'up' }]);
      const session = await open('lan');
      await platform.set('lan', { link: 'down', cause: { code } });
      assert.equal(session.error, SessionError.SessionAbortedError, code);
      assert.equal(session.failure?.cause.code, code);
    }
  });

  test('O8: what we had started and the system keeps half up is stopped, quietly', async () => {
    const { manager, platform, open, clock } = await fakeEngine([{ identifier: 'lan' }]);
    const session = await open('lan');
    const heard = eventsOf(session);
    await platform.set('lan', { link: 'down', inReach: false, lingers: true });
    assert.equal(platform.stops.length, 1);
    await platform.serve();
    assert.deepEqual(heard, ['NotAvailable', 'SessionAbortedError', 'closed']);
    assert.equal(manager.isStartedHere('lan'), false);
    assert.equal(clock.pending, 0);
  });

  test('O8: while what is left is stopped, it shows what it is, not Closing', async () => {
    const { platform, open } = await fakeEngine([{ identifier: 'lan' }]);
    const session = await open('lan');
    const heard = eventsOf(session);
    await platform.set('lan', { link: 'down', inReach: false, lingers: true });
    await platform.set('lan', { link: 'stopping', inReach: false, lingers: false });
    await platform.set('lan', { link: 'down', inReach: false });
    await platform.serve();
    assert.deepEqual(heard, ['NotAvailable', 'SessionAbortedError', 'closed']);
  });

  test('O8: what others had started and the system keeps half up is left alone', async () => {
    const { platform, open } = await fakeEngine([{ identifier: 'lan', link: 'up' }]);
    await open('lan');
    await platform.set('lan', { link: 'down', inReach: false, lingers: true });
    assert.equal(platform.stops.length, 0);
  });

  test('O8: with "never" too, what we had started and is kept half up is stopped', async () => {
    const { platform, open } = await fakeEngine([{ identifier: 'lan' }], { lastClose: 'never' });
    await open('lan');
    await platform.set('lan', { link: 'down', inReach: false, lingers: true });
    assert.equal(platform.stops.length, 1);
  });

  test('O8, O4: who opens while what is left is cleared away, and it is out of reach, fails and starts nothing', async () => {
    const { platform, open } = await fakeEngine([{ identifier: 'lan' }]);
    const session = await open('lan');
    await platform.set('lan', { link: 'down', inReach: false, lingers: true });
    const heard = eventsOf(session);
    session.open();
    await platform.serve();
    assert.deepEqual(heard, ['InvalidConfigurationError']);
    assert.equal(platform.starts.length, 1);
  });

  test('O8: a lost session can be opened again when it is back', async () => {
    const { platform, open } = await fakeEngine([{ identifier: 'lan' }]);
    const session = await open('lan');
    await platform.set('lan', { link: 'down', inReach: false });
    await platform.set('lan', { inReach: true });
    assert.equal(session.isOpen, false, 'it does not open by itself');
    session.open();
    await platform.serve();
    assert.equal(session.isOpen, true);
    assert.equal(platform.starts.length, 2);
  });

  test('O8: a loss while the last close stops it is no error', async () => {
    const { platform, open } = await fakeEngine([{ identifier: 'lan' }]);
    const session = await open('lan');
    const heard = eventsOf(session);
    session.close();
    await platform.set('lan', { link: 'down', inReach: false, cause: { code: 'carrierLost' } });
    await platform.stops[0]?.resolve();
    assert.deepEqual(heard, ['Closing', 'NotAvailable', 'closed']);
    assert.equal(session.errorString, '');
  });

  test('O8: lost and back within a turn is a loss all the same', async () => {
    const { platform, open, manager } = await fakeEngine([{ identifier: 'lan', link: 'up' }]);
    const session = await open('lan');
    const heard = eventsOf(session);
    void platform.set('lan', { link: 'down' });
    await platform.set('lan', { link: 'up' });
    assert.deepEqual(heard, ['Disconnected', 'SessionAbortedError', 'closed', 'Connected']);
    assert.equal(manager.holders('lan'), 0);
  });
});

suite('removing', () => {
  test('O11: sessions of a removed configuration become Invalid, as in a loss', async () => {
    const { manager, platform, open } = await fakeEngine([{ identifier: 'lan', link: 'up' }]);
    const sessions = [await open('lan'), manager.createSession('lan')];
    const heard = sessions.map(eventsOf);
    await platform.remove('lan');
    assert.deepEqual(heard, [['Invalid', 'SessionAbortedError', 'closed'], ['Invalid']]);
    assert.equal(sessions[0]?.failure?.cause.code, 'profileRemoved');
    assert.equal(manager.holders('lan'), 0);
    assert.equal(platform.stops.length, 0);
  });

  test('O11: one that is missing in a whole update is removed', async () => {
    const { platform, open } = await fakeEngine([{ identifier: 'lan', link: 'up' }]);
    const session = await open('lan');
    const heard = eventsOf(session);
    platform.tell({ whole: true, accessPoints: [] });
    await settled();
    assert.deepEqual(heard, ['Invalid', 'SessionAbortedError', 'closed']);
  });

  test('O11: an opening on it fails: Invalid, the error, no closed', async () => {
    const { manager, platform, clock } = await fakeEngine([{ identifier: 'lan' }]);
    const session = manager.createSession('lan');
    const heard = eventsOf(session);
    session.open();
    await platform.remove('lan');
    await platform.starts[0]?.reject(new PlatformFailure({ code: 'cancelled' }));
    assert.deepEqual(heard, ['Connecting', 'Invalid', 'InvalidConfigurationError']);
    assert.equal(clock.pending, 0);
  });

  test('O11: a close under way ends: Invalid, closed', async () => {
    const { platform, open, clock } = await fakeEngine([{ identifier: 'lan' }]);
    const session = await open('lan');
    const heard = eventsOf(session);
    session.close();
    await platform.remove('lan');
    await platform.stops[0]?.resolve();
    assert.deepEqual(heard, ['Closing', 'Invalid', 'closed']);
    assert.equal(clock.pending, 0);
  });

  test('O11: added again under the same identifier it can be opened again, and is not taken for started here', async () => {
    const { manager, platform, open } = await fakeEngine([{ identifier: 'lan' }]);
    const session = await open('lan');
    await platform.remove('lan');
    assert.equal(manager.isStartedHere('lan'), false);
    await platform.set('lan', { link: 'up' });
    assert.equal(session.state, SessionState.Connected);
    assert.equal(session.isOpen, false);
    session.open();
    session.close();
    await platform.serve();
    assert.equal(platform.stops.length, 0);
  });

  test('O11: removed while being started, it is not taken for started here', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan' }]);
    manager.createSession('lan').open();
    await platform.remove('lan');
    assert.equal(manager.isStartedHere('lan'), false);
  });

  test('O11, O7: removed while a stop waits to be accepted, nothing is left under way', async () => {
    const { manager, platform, open, clock } = await fakeEngine([{ identifier: 'lan' }]);
    const session = await open('lan');
    const heard = eventsOf(session);
    manager.createSession('lan').stop();
    await platform.remove('lan');
    await platform.stops[0]?.reject(new PlatformFailure({ code: 'notDefined' }));
    assert.deepEqual(heard, ['Invalid', 'SessionAbortedError', 'closed']);
    assert.equal(clock.pending, 0);
  });
});

suite('losing on the simulated network', () => {
  test('O8: cable pulled with a session open that we started: lost, and what lingers is stopped', async () => {
    const { manager, simulation, clock } = await engineOn([{ identifier: 'lan', lingers: true, stopMs: 5 }]);
    const session = manager.createSession('lan');
    session.open();
    await clock.advance(0);
    const heard = eventsOf(session);
    simulation.set('lan', { inReach: false });
    await clock.advance(10);
    assert.deepEqual(heard.slice(0, 3), ['NotAvailable', 'SessionAbortedError', 'closed']);
    assert.equal(session.state, SessionState.NotAvailable);
    assert.equal(simulation.stops('lan'), 1);
    simulation.set('lan', { inReach: true });
    await clock.advance(0);
    assert.equal(session.state, SessionState.Disconnected);
  });
});
