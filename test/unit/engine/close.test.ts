import * as assert from 'node:assert/strict';
import { PlatformFailure, SessionError, SessionState } from '../../../src/engine/index.js';
import { engineOn, eventsOf } from '../../fixtures/engineFixture.js';
import { fakeEngine } from '../../fixtures/fakePlatform.js';
import { settled } from '../../fixtures/testClock.js';

suite('closing', () => {
  test('O5: while others still hold it, it stays up and Connected, and only closed is told', async () => {
    const { manager, platform, open } = await fakeEngine([{ identifier: 'lan' }]);
    const first = await open('lan');
    const second = await open('lan');
    const heard = [eventsOf(first), eventsOf(second)];
    first.close();
    await platform.serve();
    assert.deepEqual(heard, [['closed'], []]);
    assert.equal(first.isOpen, false);
    assert.equal(first.state, SessionState.Connected);
    assert.equal(second.isOpen, true);
    assert.equal(platform.stops.length, 0);
    assert.equal(manager.holders('lan'), 1);
  });

  test('O5: the last one stops it: Closing, Disconnected, then closed', async () => {
    const { manager, simulation, clock } = await engineOn([{ identifier: 'lan', stopMs: 100 }]);
    const session = manager.createSession('lan');
    session.open();
    await clock.advance(0);
    const heard = eventsOf(session);
    session.close();
    await clock.advance(50);
    assert.deepEqual(heard, ['Closing']);
    await clock.advance(50);
    assert.deepEqual(heard, ['Closing', 'Disconnected', 'closed']);
    assert.equal(simulation.stops('lan'), 1);
    assert.equal(manager.holders('lan'), 0);
    assert.equal(session.errorString, '');
  });

  test('O5: closing twice, or what is closing already, is one close', async () => {
    const { platform, open } = await fakeEngine([{ identifier: 'lan' }]);
    const session = await open('lan');
    const heard = eventsOf(session);
    session.close();
    session.close();
    await settled();
    session.close();
    await platform.serve();
    session.close();
    await platform.serve();
    assert.deepEqual(heard, ['Closing', 'Disconnected', 'closed']);
    assert.equal(platform.stops.length, 1);
  });

  test('O5: a session counts once, however often it was opened', async () => {
    const { manager, platform, open } = await fakeEngine([{ identifier: 'lan' }]);
    const session = await open('lan');
    const other = await open('lan');
    session.open();
    session.close();
    session.close();
    await platform.serve();
    assert.equal(manager.holders('lan'), 1);
    assert.equal(other.isOpen, true);
  });

  test('O5: if the stop fails: closed, the state as it is, the error set before its signal', async () => {
    const { manager, platform, open } = await fakeEngine([{ identifier: 'lan' }]);
    const session = await open('lan');
    const heard = eventsOf(session);
    session.onDidFail(() => heard.push(`code ${session.failure?.cause.code}`));
    session.close();
    await platform.stops[0]?.reject(new PlatformFailure({ code: 'missingPermission', permission: 'stop' }));
    assert.deepEqual(heard, ['Closing', 'Connected', 'OperationNotSupportedError', 'code missingPermission', 'closed']);
    assert.equal(session.isOpen, false);
    assert.equal(session.error, SessionError.OperationNotSupportedError);
    assert.equal(manager.holders('lan'), 0);
  });

  test('O5: where a stop is known to be impossible, the last close shows no Closing and sets the error', async () => {
    const { platform, open } = await fakeEngine([{ identifier: 'lan' }]);
    const session = await open('lan');
    await platform.setSystem({ obstacles: { stop: { code: 'missingPermission', permission: 'stop' } } });
    const heard = eventsOf(session);
    session.close();
    await platform.serve();
    assert.deepEqual(heard, ['OperationNotSupportedError', 'closed']);
    assert.equal(platform.stops.length, 0);
  });

  test('O5: closing a session that is not open does nothing and emits nothing', async () => {
    const { manager, platform, open } = await fakeEngine([
      { identifier: 'lan' },
      { identifier: 'far', inReach: false },
    ]);
    const sessions = [manager.createSession('lan'), manager.createSession('far'), manager.createSession('nowhere')];
    const heard = sessions.map(eventsOf);
    for (const session of sessions) {
      session.close();
    }
    await platform.serve();
    assert.deepEqual(heard, [[], [], []]);
    const holder = await open('lan');
    heard[0]?.splice(0);
    sessions[0]?.close();
    await platform.serve();
    assert.deepEqual(heard, [[], [], []]);
    assert.ok(holder.isOpen, 'although another holds it');
    assert.equal(platform.stops.length, 0);
  });

  test('O5: a close leaves the error of a failed opening alone', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'far', inReach: false }]);
    const session = manager.createSession('far');
    session.open();
    session.close();
    await platform.serve();
    assert.equal(session.error, SessionError.InvalidConfigurationError);
  });

  test('O3: a session opened again while its close waits for the stop: closed first, then a start', async () => {
    const { platform, open } = await fakeEngine([{ identifier: 'lan' }]);
    const session = await open('lan');
    const heard = eventsOf(session);
    session.close();
    await settled();
    session.open();
    assert.equal(session.isOpening, true);
    assert.equal(platform.starts.length, 1);
    const opened = session.waitForOpened(-1);
    await platform.serve();
    assert.equal(await opened, true);
    assert.deepEqual(heard, ['Closing', 'Disconnected', 'closed', 'Connecting', 'Connected', 'opened']);
    assert.equal(platform.starts.length, 2);
  });

  test('O3: opening again and closing again while the stop goes on leaves it closed', async () => {
    const { platform, open } = await fakeEngine([{ identifier: 'lan' }]);
    const session = await open('lan');
    session.close();
    session.open();
    session.close();
    assert.equal(session.isOpening, false);
    await platform.serve();
    assert.equal(session.isOpen, false);
    assert.equal(session.state, SessionState.Disconnected);
    assert.equal(platform.starts.length, 1);
  });
});

suite('whose an access point is', () => {
  test('O5a: what was up when the first session opened on it stays up after the last close', async () => {
    const { manager, platform, open } = await fakeEngine([{ identifier: 'lan', link: 'up' }]);
    const session = await open('lan');
    assert.equal(manager.isStartedHere('lan'), false);
    assert.equal(manager.wouldStop(session), false);
    const heard = eventsOf(session);
    session.close();
    await platform.serve();
    assert.deepEqual(heard, ['closed']);
    assert.equal(session.state, SessionState.Connected);
    assert.equal(platform.stops.length, 0);
  });

  test('O5a: what others were starting when the first session opened on it stays up after the last close', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan', link: 'starting' }]);
    const session = manager.createSession('lan');
    const heard = eventsOf(session);
    session.open();
    await platform.set('lan', { link: 'up' });
    assert.deepEqual(heard, ['Connected', 'opened']);
    session.close();
    await platform.serve();
    assert.deepEqual(heard, ['Connected', 'opened', 'closed']);
    assert.equal(platform.starts.length + platform.stops.length, 0);
  });

  test('O5a: but stop() ends what others started', async () => {
    const { platform, open } = await fakeEngine([{ identifier: 'lan', link: 'up' }]);
    const session = await open('lan');
    session.stop();
    await platform.serve();
    assert.equal(platform.stops.length, 1);
    assert.equal(session.state, SessionState.Disconnected);
  });

  test('O5a: a loss ends "started here"', async () => {
    const { manager, platform, open } = await fakeEngine([{ identifier: 'lan' }]);
    await open('lan');
    assert.equal(manager.isStartedHere('lan'), true);
    await platform.set('lan', { link: 'down' });
    assert.equal(manager.isStartedHere('lan'), false);
    await platform.set('lan', { link: 'up' });
    const session = await open('lan');
    session.close();
    await platform.serve();
    assert.equal(platform.stops.length, 0);
  });

  test('O5a: a start by others after our stop ends "started here"', async () => {
    const { manager, platform, open } = await fakeEngine([{ identifier: 'lan' }]);
    const session = await open('lan');
    session.close();
    await platform.serve();
    assert.equal(manager.isStartedHere('lan'), false);
    await platform.set('lan', { link: 'starting' });
    await platform.set('lan', { link: 'up' });
    assert.equal(manager.isStartedHere('lan'), false);
  });

  test('O5a: a start by others in the middle of our stop ends "started here"', async () => {
    const { manager, platform, open } = await fakeEngine([{ identifier: 'lan' }]);
    const session = await open('lan');
    const heard = eventsOf(session);
    session.close();
    await platform.set('lan', { link: 'stopping' });
    await platform.set('lan', { link: 'down' });
    await platform.set('lan', { link: 'up' });
    await platform.stops[0]?.resolve();
    assert.deepEqual(heard, ['Closing', 'Connected', 'closed']);
    assert.equal(manager.isStartedHere('lan'), false);
    const next = await open('lan');
    next.close();
    await platform.serve();
    assert.equal(platform.stops.length, 1, 'what others started is left up');
  });

  test('O5a: what was started here and left up by one session is stopped by the last of the next', async () => {
    const { manager, platform, open } = await fakeEngine([{ identifier: 'lan' }]);
    const first = await open('lan');
    const second = await open('lan');
    assert.equal(manager.wouldStop(second), false, 'another holds it');
    first.close();
    assert.equal(manager.wouldStop(first), false, 'not open');
    assert.equal(manager.wouldStop(second), true);
    second.close();
    await platform.serve();
    assert.equal(platform.stops.length, 1);
  });

  for (const link of ['down', 'up'] as const) {
    test(`O5a: "always" stops at the last close what was ${link} before`, async () => {
      const { platform, open } = await fakeEngine([{ identifier: 'lan', link }], { lastClose: 'always' });
      const session = await open('lan');
      session.close();
      await platform.serve();
      assert.equal(platform.stops.length, 1);
      assert.equal(session.state, SessionState.Disconnected);
    });

    test(`O5a: "never" leaves up at the last close what was ${link} before`, async () => {
      const { manager, platform, open } = await fakeEngine([{ identifier: 'lan', link }], { lastClose: 'never' });
      const session = await open('lan');
      assert.equal(manager.wouldStop(session), false);
      session.close();
      await platform.serve();
      assert.equal(platform.stops.length, 0);
      assert.equal(session.state, SessionState.Connected);
    });
  }

  test('O5a: "ifStartedHere" is the default, and the policy holds that is set at the last close', async () => {
    const { manager, platform, open } = await fakeEngine([{ identifier: 'lan', link: 'up' }]);
    assert.equal(manager.lastClose, 'ifStartedHere');
    const session = await open('lan');
    manager.lastClose = 'always';
    session.close();
    await platform.serve();
    assert.equal(platform.stops.length, 1);
  });
});

suite('cancelling', () => {
  test('O6: the start is undone if nobody else wants it: Closing, Disconnected, SessionAbortedError, closed', async () => {
    const { manager, simulation, clock } = await engineOn([{ identifier: 'lan', startMs: 100, stopMs: 20 }]);
    const session = manager.createSession('lan');
    const heard = eventsOf(session);
    session.open();
    await clock.advance(50);
    session.close();
    await clock.advance(1000);
    assert.deepEqual(heard, ['Connecting', 'Closing', 'Disconnected', 'SessionAbortedError', 'closed']);
    assert.equal(session.failure?.cause.code, 'cancelled');
    assert.equal(simulation.stops('lan'), 1);
    assert.equal(manager.holders('lan'), 0);
    assert.equal(clock.pending, 0);
  });

  test('O6: in the same turn as the opening', async () => {
    const { manager, simulation, clock } = await engineOn([{ identifier: 'lan', startMs: 100 }]);
    const session = manager.createSession('lan');
    const heard = eventsOf(session);
    session.open();
    session.close();
    await clock.advance(1000);
    assert.deepEqual(heard, ['Connecting', 'Closing', 'Disconnected', 'SessionAbortedError', 'closed']);
    assert.equal(simulation.link('lan').link, 'down');
  });

  test('O6: the start goes on while another session wants it, open events and all', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan' }]);
    const session = manager.createSession('lan');
    const other = manager.createSession('lan');
    session.open();
    other.open();
    await settled();
    const heard = [eventsOf(session), eventsOf(other)];
    session.close();
    await platform.serve();
    assert.deepEqual(heard, [
      ['SessionAbortedError', 'closed', 'Connected'],
      ['Connected', 'opened'],
    ]);
    assert.equal(platform.stops.length, 0);
    assert.equal(manager.holders('lan'), 1);
  });

  test('O6: the start is undone whatever the policy for the last close', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan' }], { lastClose: 'never' });
    const session = manager.createSession('lan');
    session.open();
    await platform.set('lan', { link: 'starting' });
    session.close();
    await platform.serve();
    assert.equal(platform.stops.length, 1);
    assert.equal(session.state, SessionState.Disconnected);
  });

  test('O6: a start by others is not undone', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan', link: 'starting' }]);
    const session = manager.createSession('lan');
    const heard = eventsOf(session);
    session.open();
    session.close();
    await platform.serve();
    assert.deepEqual(heard, ['SessionAbortedError', 'closed']);
    assert.equal(platform.stops.length, 0);
  });

  test('O6: one that waits for a stop is cancelled at once and nothing is started', async () => {
    const { manager, platform, open } = await fakeEngine([{ identifier: 'lan' }]);
    const holder = await open('lan');
    holder.close();
    const session = manager.createSession('lan');
    session.open();
    await settled();
    const heard = eventsOf(session);
    session.close();
    await settled();
    assert.deepEqual(heard, ['SessionAbortedError', 'closed']);
    await platform.serve();
    assert.equal(platform.starts.length, 1);
  });

  test('O6: one that comes up before the stop is accepted is stopped all the same, and was never open', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan' }]);
    const session = manager.createSession('lan');
    const heard = eventsOf(session);
    session.open();
    await platform.set('lan', { link: 'starting' });
    session.close();
    await platform.set('lan', { link: 'up' });
    await platform.starts[0]?.resolve();
    assert.equal(session.isOpen, false);
    await platform.serve();
    assert.deepEqual(heard, ['Connecting', 'Closing', 'Disconnected', 'SessionAbortedError', 'closed']);
  });

  test('O6, O3: who opens while a cancelled start is undone waits for that, then starts it', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan' }]);
    const session = manager.createSession('lan');
    session.open();
    await platform.set('lan', { link: 'starting' });
    session.close();
    const next = manager.createSession('lan');
    next.open();
    await settled();
    assert.equal(platform.starts.length, 1);
    await platform.serve();
    assert.equal(next.isOpen, true);
    assert.equal(platform.starts.length, 2);
    assert.equal(session.isOpen, false);
  });

  test('O6: a cancel that cannot be undone still ends, as cancelled', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan' }]);
    const session = manager.createSession('lan');
    session.open();
    await platform.set('lan', { link: 'starting' });
    session.close();
    await settled();
    const heard = eventsOf(session);
    await platform.stops[0]?.reject(new PlatformFailure({ code: 'missingPermission', permission: 'stop' }));
    assert.deepEqual(heard, ['Connecting', 'SessionAbortedError', 'closed']);
  });

  test('O6, O7: cancelling while another session waits for its stop to be accepted ends once', async () => {
    const { manager, platform, clock } = await fakeEngine([{ identifier: 'lan' }]);
    const session = manager.createSession('lan');
    const stopper = manager.createSession('lan');
    const heard = eventsOf(session);
    session.open();
    await platform.set('lan', { link: 'starting' });
    stopper.stop();
    session.close();
    await platform.serve();
    assert.deepEqual(heard, ['Connecting', 'Closing', 'Disconnected', 'SessionAbortedError', 'closed']);
    assert.equal(session.isOpening, false);
    assert.equal(clock.pending, 0);
  });
});

suite('giving back', () => {
  test('O10: disposing of an open session closes it, and it is not listed any more', async () => {
    const { manager, platform, open } = await fakeEngine([{ identifier: 'lan' }]);
    const session = await open('lan');
    const heard = eventsOf(session);
    session.dispose();
    assert.equal(session.isDisposed, true);
    assert.deepEqual(manager.sessions, []);
    await platform.serve();
    assert.deepEqual(heard, ['Closing', 'Disconnected', 'closed']);
    assert.equal(platform.stops.length, 1);
    assert.equal(manager.holders('lan'), 0);
  });

  test('O10: disposing of a session that is being opened cancels it', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan' }]);
    const session = manager.createSession('lan');
    session.open();
    await settled();
    session.dispose();
    await platform.serve();
    assert.equal(session.state, SessionState.Disconnected);
    assert.equal(session.isOpening, false);
    assert.equal(manager.holders('lan'), 0);
  });

  test('O10: disposing twice is one close; a session that was given back tells nothing more', async () => {
    const { manager, platform, open } = await fakeEngine([{ identifier: 'lan' }]);
    const session = await open('lan');
    const other = await open('lan');
    const heard = eventsOf(session);
    session.dispose();
    session.dispose();
    other.close();
    await platform.serve();
    await platform.set('lan', { inReach: false });
    assert.deepEqual(heard, ['closed']);
    assert.equal(manager.holders('lan'), 0);
  });

  test('O10: what was given back cannot be opened or stopped any more', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan', link: 'up' }]);
    const session = manager.createSession('lan');
    session.dispose();
    session.open();
    session.stop();
    await platform.serve();
    assert.equal(session.isOpen, false);
    assert.equal(session.error, SessionError.OperationNotSupportedError);
    assert.equal(session.failure?.cause.code, 'disposed');
    assert.equal(platform.stops.length, 0);
    assert.equal(manager.holders('lan'), 0);
  });

  test('O10: asynchronous disposal waits for the stop that it causes', async () => {
    const { platform, open } = await fakeEngine([{ identifier: 'lan' }]);
    const session = await open('lan');
    let isDone = false;
    void session[Symbol.asyncDispose]().then(() => {
      isDone = true;
    });
    await settled();
    assert.equal(isDone, false);
    await platform.serve();
    assert.equal(isDone, true);
    assert.equal(session.state, SessionState.Disconnected);
  });

  test('O10: the end of the manager releases its sessions, waits for the stops and lets the platform go, once', async () => {
    const { manager, platform, open, clock } = await fakeEngine([
      { identifier: 'lan' },
      { identifier: 'wifi', link: 'up' },
    ]);
    const sessions = [await open('lan'), await open('wifi')];
    const heard = sessions.map(eventsOf);
    const disposing = manager.dispose();
    assert.equal(manager.dispose(), disposing);
    await settled();
    assert.equal(platform.disposals, 0, 'the stop goes on');
    await platform.serve();
    await disposing;
    assert.equal(platform.disposals, 1);
    assert.deepEqual(
      platform.stops.map(({ identifier }) => identifier),
      ['lan'],
    );
    assert.deepEqual(heard, [['Closing', 'Disconnected', 'closed'], ['closed']]);
    assert.throws(() => manager.createSession('lan'));
    assert.equal(clock.pending, 0);
  });

  test('O10: the end of a block ends a manager and its sessions, as dispose does', async () => {
    const { manager, platform, open } = await fakeEngine([{ identifier: 'lan' }]);
    const session = await open('lan');
    const block = async () => {
      await using ending = manager;
      assert.equal(ending.holders('lan'), 1);
    };
    const left = block();
    await platform.serve();
    await left;
    assert.deepEqual([session.isOpen, platform.stops.length, platform.disposals], [false, 1, 1]);
  });

  test('O10: the end of the process is never "always": what was not started here stays up', async () => {
    const { manager, platform, open } = await fakeEngine([{ identifier: 'lan' }, { identifier: 'wifi', link: 'up' }], {
      lastClose: 'always',
    });
    await open('lan');
    await open('wifi');
    const disposing = manager.dispose();
    await platform.serve();
    await disposing;
    assert.deepEqual(
      platform.stops.map(({ identifier }) => identifier),
      ['lan'],
    );
  });

  test('O10: the end of the process leaves up with "never" what was started here', async () => {
    const { manager, platform, open } = await fakeEngine([{ identifier: 'lan' }], { lastClose: 'never' });
    await open('lan');
    await manager.dispose();
    assert.equal(platform.stops.length, 0);
  });

  test('O10: the end of the process waits for a stop that the system has accepted just now', async () => {
    const { manager, platform, open } = await fakeEngine([{ identifier: 'lan' }]);
    const session = await open('lan');
    session.stop();
    const disposing = manager.dispose();
    await settled();
    platform.stops[0]?.accept();
    await settled();
    assert.equal(platform.disposals, 0, 'it has not ended yet');
    await platform.serve();
    await disposing;
    assert.equal(platform.disposals, 1);
  });
});
