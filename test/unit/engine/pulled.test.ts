// A stop during which the cable is pulled has succeeded, whatever the platform answers: the link is down (O5, O5a, O7).
import * as assert from 'node:assert/strict';
import { PlatformFailure, SessionState } from '../../../src/engine/index.js';
import { eventsOf } from '../../fixtures/engineFixture.js';
import { type FakeCall, type FakeEngine, fakeEngine } from '../../fixtures/fakePlatform.js';
import { roamingEventsOf } from '../../fixtures/networkFixture.js';
import { settled } from '../../fixtures/testClock.js';

const failed = new PlatformFailure({ code: 'deviceFailed' });
const refused = new PlatformFailure({ code: 'missingPermission', permission: 'stop' });

/** What the system may say of a link whose cable is pulled, one thing after the other. */
const pulls = {
  'down at once': [{ link: 'down', inReach: false }],
  'down, and kept half up for a while': [
    { link: 'down', inReach: false, lingers: true },
    { link: 'down', inReach: false, lingers: false },
  ],
  'going down first': [
    { link: 'stopping', inReach: false },
    { link: 'down', inReach: false },
  ],
} as const;

/** What the platform may answer to the stop. */
const answers: Readonly<Record<string, (stop: FakeCall, engine: FakeEngine) => Promise<void>>> = {
  'that it is done': (stop) => stop.resolve(),
  'an error': (stop) => stop.reject(failed),
  'that it refuses': (stop) => stop.reject(refused),
  nothing: (_, { clock }) => clock.advance(60_000),
};

/** Who wants it to stop. */
const wishes = ['close()', 'stop()', 'stop() of a session that is not open'] as const;

for (const [pull, changes] of Object.entries(pulls)) {
  for (const [answer, give] of Object.entries(answers)) {
    for (const wish of wishes) {
      for (const accepts of wish === 'close()' ? ['never'] : ['before', 'after', 'never']) {
        for (const isEarly of [true, false]) {
          const when = isEarly && changes.length > 1 ? 'in the middle of that' : 'then';
          // One that is not down yet when its time is over has failed (O10a).
          const isLate = answer === 'nothing' && changes[0].link === 'stopping';
          if (isEarly && (changes.length === 1 || isLate)) {
            continue;
          }
          test(`O5a, O7: ${wish} (accepted: ${accepts}), and it goes ${pull}; ${when} the platform answers ${answer}`, async () => {
            const engine = await fakeEngine([{ identifier: 'lan' }]);
            const { platform, manager, open, clock } = engine;
            const session = await open('lan');
            const caller = wish === 'stop() of a session that is not open' ? manager.createSession('lan') : session;
            const heard = eventsOf(caller);
            const told = eventsOf(session);
            caller[wish === 'close()' ? 'close' : 'stop']();
            await settled();
            const stop = platform.pending('stop', 'lan');
            if (accepts === 'before') {
              stop.accept();
            }
            const [first, ...rest] = changes;
            await platform.set('lan', first);
            if (accepts === 'after') {
              stop.accept();
            }
            if (!isEarly) {
              for (const change of rest) {
                await platform.set('lan', change);
              }
            }
            await give(stop, engine);
            for (const change of isEarly ? rest : []) {
              await platform.set('lan', change);
            }
            await clock.advance(60_000);
            await platform.serve();
            const error = caller === session ? [] : ['SessionAbortedError'];
            assert.deepEqual([heard.filter((event) => event.endsWith('Error')), caller.failure], [[], undefined]);
            assert.deepEqual(
              told.filter((event) => event === 'closed' || event.endsWith('Error')),
              [...error, 'closed'],
            );
            assert.deepEqual(
              [caller.state, session.isOpen, manager.holders('lan'), manager.isStartedHere('lan')],
              [SessionState.NotAvailable, false, 0, false],
            );
            const states = told.filter((event) => event in SessionState);
            assert.ok(states.lastIndexOf('Closing') <= 0, `it is not closing again: ${told}`);
          });
        }
      }
    }
  }
}

for (const answer of ['that it is done', 'that it refuses', 'nothing'] as const) {
  test(`O7: who opens it after the loss is not concerned when the platform answers ${answer}`, async () => {
    const engine = await fakeEngine([{ identifier: 'lan' }]);
    const { platform, manager, open } = engine;
    const [caller, other] = [await open('lan'), await open('lan')];
    const heard = eventsOf(other);
    caller.stop();
    await settled();
    const stop = platform.pending('stop', 'lan');
    await platform.set('lan', { link: 'down' });
    other.open();
    await settled();
    if (answer !== 'nothing') {
      await answers[answer]?.(stop, engine);
    }
    await platform.set('lan', { link: 'up' });
    await platform.pending('start', 'lan').resolve();
    assert.deepEqual(heard, ['Disconnected', 'SessionAbortedError', 'closed', 'Connecting', 'Connected', 'opened']);
    await answers['nothing']?.(stop, engine);
    assert.deepEqual([other.isOpen, manager.isStartedHere('lan'), caller.failure], [true, true, undefined]);
    caller.open();
    caller.stop();
    await platform.serve();
    assert.deepEqual([caller.state, heard.at(-1)], [SessionState.Disconnected, 'closed']);
  });
}

test('O7: who is on a service network ends with it, and does not roam', async () => {
  const { platform, manager, open } = await fakeEngine([{ identifier: 'lan', link: 'up' }, { identifier: 'wifi' }], {
    routing: true,
    serviceNetworks: [{ identifier: 'home', name: '', accessPoints: ['lan', 'wifi'] }],
  });
  const told = roamingEventsOf(await open('home'));
  manager.createSession('lan').stop();
  await platform.set('lan', { link: 'down', inReach: false });
  await platform.pending('stop', 'lan').reject(failed);
  assert.deepEqual(told, ['Disconnected', 'SessionAbortedError', 'closed']);
  assert.deepEqual([platform.acts, manager.holders('wifi')], [['stop lan'], 0]);
});
