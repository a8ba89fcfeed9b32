import * as assert from 'node:assert/strict';
import { PlatformFailure, SessionError, SessionState } from '../../../src/engine/index.js';
import { engineOn, eventsOf } from '../../fixtures/engineFixture.js';
import { fakeEngine } from '../../fixtures/fakePlatform.js';
import { settled } from '../../fixtures/testClock.js';

/** Whether a promise has resolved by now, and to what. */
function outcomeOf(promise: Promise<boolean>): { value: boolean | 'pending' } {
  const outcome: { value: boolean | 'pending' } = { value: 'pending' };
  void promise.then((value) => {
    outcome.value = value;
  });
  return outcome;
}

suite('waiting for a session to be open', () => {
  test('O9: true once it is open, after opened was told', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan' }]);
    const session = manager.createSession('lan');
    const heard = eventsOf(session);
    session.open();
    const waiting = session.waitForOpened().then((isOpen) => heard.push(`waited ${isOpen}`));
    await platform.serve();
    await waiting;
    assert.deepEqual(heard, ['Connecting', 'Connected', 'opened', 'waited true']);
    assert.equal(await session.waitForOpened(0), true, 'and at once when it is open');
  });

  test('O9: false at once when it is neither open nor being opened', async () => {
    const { manager, open } = await fakeEngine([{ identifier: 'lan' }]);
    assert.equal(await manager.createSession('lan').waitForOpened(-1), false);
    const session = await open('lan');
    session.close();
    assert.equal(await session.waitForOpened(-1), false, 'closing');
  });

  test('O9: false on failure', async () => {
    const { manager, platform, clock } = await fakeEngine([{ identifier: 'lan' }]);
    const session = manager.createSession('lan');
    session.open();
    const outcome = outcomeOf(session.waitForOpened(-1));
    await platform.starts[0]?.reject(new PlatformFailure({ code: 'noAddress' }));
    assert.equal(outcome.value, false);
    assert.equal(clock.pending, 0);
  });

  for (const act of ['close', 'dispose', 'stop'] as const) {
    test(`O9: false on ${act}`, async () => {
      const { manager, platform, clock } = await fakeEngine([{ identifier: 'lan' }]);
      const session = manager.createSession('lan');
      session.open();
      const outcome = outcomeOf(session.waitForOpened());
      session[act]();
      await platform.serve();
      assert.equal(outcome.value, false);
      assert.equal(clock.pending, 0);
    });
  }

  test('O9: false when the time is over; the opening goes on and the error is unchanged', async () => {
    const { manager, platform, clock } = await fakeEngine([{ identifier: 'lan' }]);
    const session = manager.createSession('lan');
    const heard = eventsOf(session);
    session.open();
    const outcome = outcomeOf(session.waitForOpened(100));
    await clock.advance(99);
    assert.equal(outcome.value, 'pending');
    await clock.advance(1);
    assert.equal(outcome.value, false);
    assert.equal(session.isOpening, true);
    assert.equal(session.errorString, '');
    await platform.serve();
    assert.deepEqual(heard, ['Connecting', 'Connected', 'opened']);
  });

  test('O9: 30 seconds by default', async () => {
    const { manager, clock } = await fakeEngine([{ identifier: 'lan', connectTimeout: 100_000 }]);
    const session = manager.createSession('lan');
    session.open();
    const outcome = outcomeOf(session.waitForOpened());
    await clock.advance(29_999);
    assert.equal(outcome.value, 'pending');
    await clock.advance(1);
    assert.equal(outcome.value, false);
    assert.equal(session.isOpening, true);
  });

  test('O9: -1 waits without limit', async () => {
    const { manager, platform, clock } = await fakeEngine([{ identifier: 'lan', connectTimeout: 2_000_000 }]);
    const session = manager.createSession('lan');
    session.open();
    const outcome = outcomeOf(session.waitForOpened(-1));
    await clock.advance(1_000_000);
    assert.equal(outcome.value, 'pending');
    await platform.serve();
    assert.equal(outcome.value, true);
  });

  test('O9: many wait, each for as long as it likes', async () => {
    const { manager, platform, clock } = await fakeEngine([{ identifier: 'lan' }]);
    const session = manager.createSession('lan');
    session.open();
    const outcomes = [0, 10, 1000].map((milliseconds) => outcomeOf(session.waitForOpened(milliseconds)));
    await clock.advance(10);
    assert.deepEqual(
      outcomes.map(({ value }) => value),
      [false, false, 'pending'],
    );
    await platform.serve();
    assert.equal(outcomes[2]?.value, true);
    assert.equal(clock.pending, 0, 'no timer of a waiter is left');
  });

  test('O9: who waits for a session that is opened again hears of that opening', async () => {
    const { manager, platform, open } = await fakeEngine([{ identifier: 'lan' }]);
    const session = await open('lan');
    session.close();
    session.open();
    const first = outcomeOf(session.waitForOpened(-1));
    session.close();
    await platform.serve();
    assert.equal(first.value, false);
    assert.equal(manager.holders('lan'), 0);
  });
});

suite('every operation ends', () => {
  test('O10a: a start that never ends fails with connectTimeout, and is undone', async () => {
    const { manager, simulation, clock } = await engineOn([
      { identifier: 'lan', startMs: Number.POSITIVE_INFINITY, connectTimeout: 5000 },
    ]);
    const session = manager.createSession('lan');
    const heard = eventsOf(session);
    session.open();
    await clock.advance(4999);
    assert.deepEqual(heard, ['Connecting']);
    await clock.advance(1);
    assert.equal(session.isOpening, false);
    assert.equal(session.error, SessionError.UnknownSessionError);
    assert.deepEqual(session.failure?.cause, { code: 'timedOut', seconds: 5 });
    await clock.advance(10);
    assert.equal(session.state, SessionState.Disconnected);
    assert.equal(heard.filter((event) => event.endsWith('Error')).length, 1);
    assert.ok(!heard.includes('closed') && !heard.includes('opened'));
    assert.equal(simulation.stops('lan'), 1);
    assert.equal(manager.holders('lan'), 0);
    assert.equal(clock.pending, 0);
  });

  test('O10a: 30 seconds by default', async () => {
    const { manager, clock } = await engineOn([{ identifier: 'lan', startMs: Number.POSITIVE_INFINITY }]);
    assert.equal(manager.configurationFromIdentifier('lan').connectTimeout, 30_000);
    const session = manager.createSession('lan');
    session.open();
    await clock.advance(29_999);
    assert.equal(session.isOpening, true);
    await clock.advance(1);
    assert.equal(session.isOpening, false);
  });

  test('O10a: a start that has resolved but is never up ends with connectTimeout', async () => {
    const { manager, platform, clock } = await fakeEngine([{ identifier: 'lan' }]);
    const session = manager.createSession('lan');
    session.open();
    await platform.starts[0]?.resolve();
    await clock.advance(30_000);
    assert.equal(session.isOpening, false);
    assert.equal(session.failure?.cause.code, 'timedOut');
    await platform.serve();
    assert.equal(session.state, SessionState.Disconnected);
  });

  test('O10a: what comes up too late is not open, and is stopped', async () => {
    const { manager, platform, clock } = await fakeEngine([{ identifier: 'lan' }]);
    const session = manager.createSession('lan');
    session.open();
    await clock.advance(30_000);
    await platform.set('lan', { link: 'up' });
    assert.equal(session.isOpen, false);
    await platform.serve();
    assert.equal(session.state, SessionState.Disconnected);
    assert.equal(clock.pending, 0);
  });

  test('O10a: the time that the person takes to answer the system does not count', async () => {
    const { manager, platform, clock } = await fakeEngine([{ identifier: 'lan' }]);
    const session = manager.createSession('lan');
    session.open();
    await clock.advance(20_000);
    await platform.set('lan', { link: 'starting', awaitsPerson: true });
    await clock.advance(600_000);
    assert.equal(session.isOpening, true);
    await platform.set('lan', { link: 'starting', awaitsPerson: false });
    await clock.advance(9_999);
    assert.equal(session.isOpening, true);
    await clock.advance(1);
    assert.equal(session.isOpening, false);
  });

  test('O10a: waiting for a start by others ends with connectTimeout, and leaves it alone', async () => {
    const { manager, platform, clock } = await fakeEngine([{ identifier: 'lan', link: 'starting' }]);
    const session = manager.createSession('lan');
    const heard = eventsOf(session);
    session.open();
    await clock.advance(30_000);
    assert.deepEqual(heard, ['UnknownSessionError']);
    assert.equal(platform.stops.length, 0);
    assert.equal(clock.pending, 0);
  });

  test('O10a: waiting for a stop by others ends with connectTimeout', async () => {
    const { manager, platform, clock } = await fakeEngine([{ identifier: 'lan', link: 'stopping' }]);
    const session = manager.createSession('lan');
    session.open();
    await clock.advance(30_000);
    assert.equal(session.isOpening, false);
    assert.equal(session.failure?.cause.code, 'timedOut');
    assert.equal(platform.starts.length, 0);
  });

  test('O10a: the last of those that wait takes the limit with it', async () => {
    const { manager, clock } = await fakeEngine([{ identifier: 'lan', link: 'starting' }]);
    const session = manager.createSession('lan');
    session.open();
    session.close();
    await settled();
    assert.equal(clock.pending, 0);
  });

  test('O10a, O5: a last close whose stop never ends: closed, and the error says so', async () => {
    const { manager, open, clock } = await fakeEngine([{ identifier: 'lan' }]);
    const session = await open('lan');
    const heard = eventsOf(session);
    session.close();
    await clock.advance(30_000);
    assert.deepEqual(heard, ['Closing', 'Connected', 'UnknownSessionError', 'closed']);
    assert.equal(session.failure?.cause.code, 'timedOut');
    assert.equal(manager.holders('lan'), 0);
    assert.equal(clock.pending, 0);
  });

  test('O10a, O6: a cancel that never ends: SessionAbortedError, closed', async () => {
    const { manager, platform, clock } = await fakeEngine([{ identifier: 'lan' }]);
    const session = manager.createSession('lan');
    const heard = eventsOf(session);
    session.open();
    await platform.set('lan', { link: 'starting' });
    session.close();
    await clock.advance(30_000);
    assert.deepEqual(heard.slice(-2), ['SessionAbortedError', 'closed']);
    assert.equal(clock.pending, 0);
  });

  test('O10a, O7: a stop that is never accepted: the caller has the error, nobody is closed', async () => {
    const { platform, open, clock } = await fakeEngine([{ identifier: 'lan' }]);
    const session = await open('lan');
    const heard = eventsOf(session);
    session.stop();
    await clock.advance(30_000);
    assert.equal(heard.length, 1);
    assert.equal(session.failure?.cause.code, 'timedOut');
    assert.equal(session.isOpen, true);
    platform.stops[0]?.accept();
    await settled();
    assert.equal(session.isOpen, true, 'accepted too late: the facts will tell');
    assert.equal(clock.pending, 0);
  });

  test('O10a, O7: a stop that is accepted and never ends: all are closed', async () => {
    const { manager, platform, open, clock } = await fakeEngine([{ identifier: 'lan' }]);
    const sessions = [await open('lan'), await open('lan')];
    const heard = sessions.map(eventsOf);
    sessions[0]?.stop();
    platform.stops[0]?.accept();
    await clock.advance(30_000);
    assert.equal(heard[0]?.at(-1), 'closed');
    assert.deepEqual(heard[1]?.slice(-2), ['SessionAbortedError', 'closed']);
    assert.equal(manager.holders('lan'), 0);
    assert.equal(clock.pending, 0);
  });

  test('O10a: opening while a stop of ours never ends, ends too', async () => {
    const { manager, open, clock } = await fakeEngine([{ identifier: 'lan', inReach: true }]);
    const session = await open('lan');
    session.close();
    const late = manager.createSession('lan');
    late.open();
    await clock.advance(120_000);
    assert.equal(late.isOpening, false);
    assert.equal(clock.pending, 0);
  });

  test('O10a: clearing away what is left ends although the system never answers', async () => {
    const { platform, open, clock } = await fakeEngine([{ identifier: 'lan' }]);
    await open('lan');
    await platform.set('lan', { link: 'down', inReach: false, lingers: true });
    await clock.advance(30_000);
    assert.equal(clock.pending, 0);
  });

  test('O10a: an opening ends once: what the platform says later is not told again', async () => {
    const { manager, platform, clock } = await fakeEngine([{ identifier: 'lan' }]);
    const session = manager.createSession('lan');
    const heard = eventsOf(session);
    session.open();
    await clock.advance(30_000);
    await platform.starts[0]?.reject(new PlatformFailure({ code: 'noAddress' }));
    await platform.serve();
    assert.equal(heard.filter((event) => event.endsWith('Error')).length, 1);
    assert.equal(session.failure?.cause.code, 'timedOut');
  });
});

suite('the end of the manager', () => {
  test('O10: is not waited for without limit, although the system asks the person', async () => {
    const { manager, platform, clock } = await fakeEngine([{ identifier: 'lan' }]);
    const session = manager.createSession('lan');
    session.open();
    await settled();
    await platform.set('lan', { link: 'starting', awaitsPerson: true });
    let isOver = false;
    const disposing = manager.dispose().then(() => {
      isOver = true;
    });
    await clock.advance(29_999);
    assert.equal(isOver, false);
    await clock.advance(1);
    await disposing;
    assert.equal(clock.pending, 0);
  });
});
