// How sessions and moves end, told once each, in their order among what else is told (O4 to O8, O11, R3 to R8a, S3).
import * as assert from 'node:assert/strict';
import { type NetworkSession, PlatformFailure, SessionState, userChoiceIdentifier } from '../../../src/engine/index.js';
import { storyOf } from '../../fixtures/ends.js';
import { engineOn } from '../../fixtures/engineFixture.js';
import { fakeEngine } from '../../fixtures/fakePlatform.js';
import { handEngine, networkEngine } from '../../fixtures/networkFixture.js';
import { settled } from '../../fixtures/testClock.js';

/** The errors, the end and what follows from it: without states. */
const endsIn = (story: readonly string[]): string[] =>
  story.filter((event) => !(event in SessionState) && event !== 'opened' && !event.startsWith('offer'));

suite('how a session has ended', () => {
  test('O5: closed, as one of several and as the last, after the state', async () => {
    const { platform, open } = await fakeEngine([{ identifier: 'lan' }]);
    const [one, last] = [await open('lan'), await open('lan')];
    const stories = [one, last].map(storyOf);
    one.close();
    await platform.serve();
    last.close();
    await platform.serve();
    const [first, second] = stories;
    assert.deepEqual(first, ['closed', 'end closed', 'Closing', 'Disconnected']);
    assert.deepEqual(second, ['Closing', 'Disconnected', 'closed', 'end closed']);
  });

  test('O10: disposed of: its end is the last that it tells', async () => {
    const { platform, open } = await fakeEngine([{ identifier: 'lan' }]);
    const session = await open('lan');
    const story = storyOf(session);
    session.dispose();
    await platform.serve();
    assert.equal(story.at(-1), 'end closed');
  });

  test('O5: closed, although its access point could not be stopped', async () => {
    const { platform, open } = await fakeEngine([{ identifier: 'lan' }]);
    const session = await open('lan');
    const story = storyOf(session);
    session.close();
    await platform.pending('stop', 'lan').reject(new PlatformFailure({ code: 'other' }));
    assert.deepEqual(endsIn(story), ['UnknownSessionError', 'closed', 'end closed other']);
  });

  test('F3: closed when its time is over', async () => {
    const { manager, clock } = await engineOn([{ identifier: 'lan', up: true }], { polls: true });
    const session = manager.createSession('lan');
    session.setSessionProperty('AutoCloseSessionTimeout', 500);
    const story = storyOf(session);
    session.open();
    await clock.advance(500);
    assert.deepEqual(endsIn(story), ['closed', 'end closed']);
  });

  for (const call of ['close', 'dispose'] as const) {
    test(`O6: closed by ${call}() while it was being opened`, async () => {
      const { manager, platform } = await fakeEngine([{ identifier: 'lan' }]);
      const session = manager.createSession('lan');
      const story = storyOf(session);
      session.open();
      session[call]();
      await platform.serve();
      assert.deepEqual(endsIn(story), ['SessionAbortedError', 'closed', 'end closed cancelled']);
    });
  }

  test('O3: an opening that waits for the end of a close has no end when it is closed before it begins', async () => {
    const { platform, open } = await fakeEngine([{ identifier: 'lan' }]);
    const session = await open('lan');
    const story = storyOf(session);
    session.close();
    session.open();
    session.close();
    await platform.serve();
    assert.deepEqual(endsIn(story), ['closed', 'end closed']);
    session.open();
    await platform.serve();
    session.close();
    session.open();
    await platform.serve();
    session.close();
    await platform.serve();
    assert.deepEqual(endsIn(story).slice(2), ['closed', 'end closed', 'closed', 'end closed']);
  });

  test('O7: stopped: by itself, by another one, while it was being opened', async () => {
    const { manager, platform, open } = await fakeEngine([{ identifier: 'lan' }, { identifier: 'vpn' }]);
    const [caller, other] = [await open('lan'), await open('lan')];
    const opening = manager.createSession('vpn');
    opening.open();
    await settled();
    const stories = [caller, other, opening].map(storyOf);
    caller.stop();
    manager.createSession('vpn').stop();
    await platform.serve();
    assert.deepEqual(stories[0], ['Closing', 'Disconnected', 'closed', 'end stopped thisSession']);
    const told = ['SessionAbortedError', 'closed', 'end stopped anotherSession stoppedBySession'];
    assert.deepEqual(stories[1], ['Closing', 'Disconnected', ...told]);
    assert.deepEqual(endsIn(stories[2] ?? []), told);
  });

  test('O7: stopped by itself, although the stop has failed; a stop that is refused ends nothing', async () => {
    const { platform, open } = await fakeEngine([{ identifier: 'lan' }]);
    const session = await open('lan');
    const story = storyOf(session);
    session.stop();
    await platform.pending('stop', 'lan').reject(new PlatformFailure({ code: 'missingPermission' }));
    assert.deepEqual(endsIn(story), ['OperationNotSupportedError']);
    session.stop();
    platform.pending('stop', 'lan').accept();
    await platform.pending('stop', 'lan').reject(new PlatformFailure({ code: 'other' }));
    assert.deepEqual(endsIn(story).slice(1), ['UnknownSessionError', 'closed', 'end stopped thisSession other']);
  });

  test('O8, O11: lost, after the state and the error; all of them', async () => {
    for (const cause of ['carrierLost', 'profileRemoved']) {
      const { manager, clock, simulation } = await engineOn([{ identifier: 'lan', up: true }]);
      const sessions = [manager.createSession('lan'), manager.createSession('lan')];
      const stories = sessions.map(storyOf);
      for (const session of sessions) {
        session.open();
      }
      await clock.advance(0);
      cause === 'carrierLost' ? simulation.set('lan', { inReach: false }) : simulation.remove('lan');
      await clock.advance(0);
      for (const story of stories) {
        assert.deepEqual(story.slice(1), [
          cause === 'carrierLost' ? 'NotAvailable' : 'Invalid',
          'SessionAbortedError',
          'closed',
          `end lost ${cause}`,
        ]);
      }
    }
  });

  test('O4: failed, at once or when the start has failed, without closed', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan' }, { identifier: 'far', inReach: false }]);
    const [lan, far] = [manager.createSession('lan'), manager.createSession('far')];
    const stories = [lan, far].map(storyOf);
    lan.open();
    far.open();
    far.dispose();
    await settled();
    await platform.pending('start', 'lan').reject(new PlatformFailure({ code: 'noAddress' }));
    assert.deepEqual(endsIn(stories[0] ?? []), ['UnknownSessionError', 'end failed noAddress']);
    assert.deepEqual(stories[1], ['InvalidConfigurationError', 'end failed notInReach']);
  });

  test('F3: of a user choice: nobody could be asked, nobody has answered, it was closed meanwhile', async () => {
    const asked: string[][] = [];
    for (const ask of [undefined, async () => undefined, () => new Promise<undefined>(() => undefined)]) {
      const { manager, clock } = await networkEngine({}, [], ask === undefined ? {} : { ask });
      const session = manager.createSession(userChoiceIdentifier);
      const story = storyOf(session);
      session.open();
      await clock.advance(0);
      session.close();
      await clock.advance(0);
      asked.push(endsIn(story));
    }
    assert.deepEqual(asked, [
      ['InvalidConfigurationError', 'end failed mustChoose'],
      ['SessionAbortedError', 'end failed cancelled'],
      ['SessionAbortedError', 'closed', 'end closed cancelled'],
    ]);
  });

  test('S2, O7, O8: the same of one on a service network', async () => {
    const expected = {
      close: ['closed', 'end closed'],
      stop: ['closed', 'end stopped thisSession'],
      another: ['SessionAbortedError', 'closed', 'end stopped anotherSession stoppedBySession'],
      lose: ['SessionAbortedError', 'closed', 'end lost carrierLost'],
    };
    for (const [how, end] of Object.entries(expected)) {
      const { open, set, clock, manager } = await networkEngine();
      const session = await open();
      const story = storyOf(session);
      if (how === 'close' || how === 'stop') {
        session[how]();
      } else if (how === 'another') {
        manager.createSession('wifi').stop();
      } else {
        await set('wifi', { inReach: false });
      }
      await clock.advance(100);
      assert.deepEqual(endsIn(story), end, how);
    }
  });
});

/** A session on `wifi` with `lan` in reach, by hand, which answers its offers; its story from there. */
async function onWifi(roaming: 'ask' | 'automatic' = 'ask', tests: readonly { readonly dns: string }[] = []) {
  const engine = await handEngine({ roaming, tests });
  const session = engine.manager.createSession('home');
  session.open();
  await settled();
  const story = storyOf(session);
  await engine.platform.set('lan', { inReach: true });
  return { ...engine, session, story };
}

/** The same, on trial on `lan`. */
async function onTrial() {
  const stage = await onWifi();
  const { session, platform } = stage;
  session.migrate();
  await settled();
  await platform.set('lan', { link: 'up' });
  await platform.pending('start', 'lan').resolve();
  await platform.pending('prepare', 'lan').resolve();
  assert.equal(session.offer.kind, 'activated');
  stage.story.length = 0;
  return stage;
}

const other = new PlatformFailure({ code: 'other' });

suite('how a move has ended', () => {
  test('R4: accepted: after its offer, before the state and what follows', async () => {
    const { session, story, platform } = await onTrial();
    assert.equal('from' in session.offer && session.offer.from.identifier, 'wifi');
    session.accept();
    await platform.serve();
    assert.deepEqual(story, ['offer accepting', 'offer none', 'wifi -> lan accepted', 'Connected']);
  });

  test('R4: accepted before its tests are over: its activation comes after its end', async () => {
    const { session, story, platform } = await onWifi();
    session.migrate();
    await settled();
    await platform.set('lan', { link: 'up' });
    await platform.pending('start', 'lan').resolve();
    session.accept();
    story.length = 0;
    await platform.serve();
    assert.deepEqual(story.slice(-3), ['wifi -> lan accepted', 'Connected', 'activated for good']);
  });

  test('R5, R5a: rejected, or not answered in time', async () => {
    for (const outcome of ['returned', 'expired']) {
      const { session, story, clock } = await onTrial();
      outcome === 'returned' ? session.reject() : await clock.advance(60_000);
      await clock.advance(0);
      assert.deepEqual(story, ['offer none', `wifi -> lan ${outcome}`, 'Connected']);
    }
  });

  test('R2: by itself, and back by itself where the tests do not pass', async () => {
    const { story, platform } = await onWifi('automatic');
    await platform.serve();
    assert.ok(story.includes('wifi -> lan automatic'), story.join());
    const tested = await onWifi('automatic', [{ dns: 'a.example' }]);
    await tested.platform.set('lan', { link: 'up' });
    await tested.platform.pending('start', 'lan').resolve();
    await tested.platform.pending('prepare', 'lan').resolve();
    await tested.platform.pending('test', 'lan').answer(false);
    assert.ok(tested.story.includes('wifi -> lan unsuitable'), tested.story.join());
  });

  test('R3: failed, with its cause, after the error', async () => {
    const { session, story, platform } = await onWifi();
    session.migrate();
    await settled();
    story.length = 0;
    await platform.pending('start', 'lan').reject(new PlatformFailure({ code: 'noAddress' }));
    assert.deepEqual(story, ['RoamingError', 'offer none', 'wifi -> lan failed noAddress', 'Connected']);
  });

  test('R3, R8a: failed where it could not be made ready, or where the traffic could not be moved', async () => {
    const stage = await onWifi();
    stage.session.migrate();
    await settled();
    await stage.platform.set('lan', { link: 'up' });
    await stage.platform.pending('prepare', 'lan').reject(other);
    assert.ok(stage.story.includes('wifi -> lan failed other'), stage.story.join());
    const trial = await onTrial();
    trial.session.accept();
    await settled();
    await trial.platform.pending('prefer', 'lan').reject(other);
    assert.deepEqual(trial.story.slice(-3), ['offer none', 'wifi -> lan failed other', 'Connected']);
  });

  test('R8: escaped, with the cause of the loss', async () => {
    const { story, platform } = await onWifi();
    story.length = 0;
    await platform.set('wifi', { link: 'down', cause: { code: 'carrierLost' } });
    await platform.serve();
    assert.deepEqual(story.slice(-4), [
      'offer none',
      'wifi -> lan escaped carrierLost',
      'Connected',
      'activated for good',
    ]);
  });

  test('R8a: escaped, where the one before is lost while nobody has answered; accepted where somebody has', async () => {
    for (const outcome of ['escaped carrierLost', 'accepted']) {
      const { session, story, platform } = await onTrial();
      if (outcome === 'accepted') {
        session.accept();
      }
      await platform.set('wifi', { link: 'down', cause: { code: 'carrierLost' } });
      await platform.serve();
      assert.deepEqual(story.slice(-2), [`wifi -> lan ${outcome}`, 'Connected']);
    }
  });

  test('R8a: one move, where the one before is lost before the new one is up', async () => {
    const { session, story, platform } = await onWifi();
    session.migrate();
    await settled();
    await platform.set('wifi', { link: 'down', cause: { code: 'carrierLost' } });
    await platform.serve();
    assert.deepEqual(
      story.filter((event) => event.includes('->')),
      ['wifi -> lan escaped carrierLost'],
    );
  });

  test('R8, O8: an escape that finds nothing has failed, before the session ends; with nothing to turn to there is no move', async () => {
    const { story, platform } = await onWifi();
    story.length = 0;
    await platform.set('wifi', { link: 'down', cause: { code: 'carrierLost' } });
    await platform.pending('start', 'lan').reject(other);
    assert.deepEqual(
      story.filter((event) => !event.startsWith('offer')),
      [
        'Roaming',
        'wifi -> nowhere failed carrierLost',
        'Disconnected',
        'SessionAbortedError',
        'closed',
        'end lost carrierLost',
      ],
    );
    const { open, set } = await networkEngine();
    const session = await open();
    const alone = storyOf(session);
    await set('wifi', { inReach: false });
    assert.deepEqual(alone, ['NotAvailable', 'SessionAbortedError', 'closed', 'end lost carrierLost']);
  });

  for (const call of ['close', 'stop', 'dispose'] as const) {
    test(`R8a: abandoned by ${call}(), before the session ends`, async () => {
      const { session, story, platform } = await onTrial();
      session[call]();
      await platform.serve();
      const told = story.filter((event) => event.includes('->') || event.startsWith('end'));
      assert.deepEqual(told, ['wifi -> lan abandoned', call === 'stop' ? 'end stopped thisSession' : 'end closed']);
    });
  }

  /** On one device: `second` has gone down for `first`, which is on trial. */
  async function onOneDevice() {
    const engine = await fakeEngine(
      [
        { identifier: 'first', device: 'radio' },
        { identifier: 'second', device: 'radio', link: 'up' },
        { identifier: 'phone' },
      ],
      {
        routing: true,
        ask: async () => true,
        serviceNetworks: [
          { identifier: 'home', name: 'Home', accessPoints: ['first', 'second', 'phone'], roaming: 'ask' },
        ],
      },
    );
    const { platform, manager } = engine;
    const session: NetworkSession = manager.createSession('home');
    session.open();
    await settled();
    session.migrate('first');
    await settled();
    await platform.set('second', { link: 'down', cause: { code: 'displaced' } });
    await platform.set('first', { link: 'up' });
    await platform.pending('prepare', 'first').resolve();
    assert.equal(session.offer.kind, 'activated');
    return { ...engine, session, story: storyOf(session) };
  }

  test('R5: where one device serves both, it has gone back when the one before is up again', async () => {
    const { session, story, platform } = await onOneDevice();
    session.reject();
    await settled();
    assert.deepEqual(story, ['offer returning']);
    await platform.serve();
    assert.deepEqual(story.slice(-3), ['offer none', 'second -> first returned', 'Connected']);
  });

  test('R8: and has escaped when that does not come up', async () => {
    const { session, story, platform } = await onOneDevice();
    session.reject();
    await settled();
    await platform.pending('start', 'second').reject(new PlatformFailure({ code: 'noAddress' }));
    await platform.serve();
    assert.deepEqual(story.slice(-4), [
      'offer none',
      'second -> first escaped noAddress',
      'Connected',
      'activated for good',
    ]);
  });
});

suite('who answers offers', () => {
  test('R2: a session says that somebody does', async () => {
    const { open } = await networkEngine();
    const session = await open();
    assert.equal(session.isStakeholder, false);
    const listening = session.onDidChangePreferredConfiguration(() => undefined);
    session.onDidEndMove(() => undefined);
    assert.equal(session.isStakeholder, true);
    listening.dispose();
    assert.equal(session.isStakeholder, false);
  });
});
