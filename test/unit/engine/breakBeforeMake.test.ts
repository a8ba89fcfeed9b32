// Moves between two access points of one device: the old one goes down for the new one, and is the way back (R3, R5, O12).
import * as assert from 'node:assert/strict';
import {
  type AccessPointFacts,
  type ManagerOptions,
  type NetworkSession,
  PlatformFailure,
  type Question,
  SessionState,
} from '../../../src/engine/index.js';
import { engineOn } from '../../fixtures/engineFixture.js';
import { fakeEngine } from '../../fixtures/fakePlatform.js';
import { roamingEventsOf } from '../../fixtures/networkFixture.js';

const serviceNetworks = [{ identifier: 'home', name: 'Home', accessPoints: ['first', 'second', 'phone'] }];
const device = 'radio';
const active = (session: NetworkSession) => session.activeConfiguration.identifier;
const yes = async () => true;

/** A session on `second`, started here, with `first` on the same radio offered to it. */
async function onRadio(options: Omit<ManagerOptions, 'clock'> = { ask: yes }, up = false) {
  const engine = await engineOn(
    [
      { identifier: 'first', device, inReach: false },
      { identifier: 'second', device, up },
      { identifier: 'phone', inReach: false },
    ],
    { serviceNetworks, ...options },
  );
  const { manager, clock, simulation } = engine;
  const session = manager.createSession('home');
  const told = roamingEventsOf(session);
  session.open();
  await clock.advance(0);
  simulation.set('first', { inReach: true });
  await clock.advance(0);
  told.length = 0;
  return { ...engine, session, told };
}

suite('a move on one device', () => {
  test('R3, R10: it is offered as not seamless', async () => {
    const { session } = await onRadio();
    assert.equal(session.offer.kind === 'offered' && session.offer.isSeamless, false);
  });

  test('R3, O12: the host is asked first; with consent the old one goes down, and the new one waits for the answer', async () => {
    const questions: Question[] = [];
    const ask = async (question: Question) => {
      questions.push(question);
      return true;
    };
    const { session, told, clock, simulation } = await onRadio({ ask });
    session.migrate();
    await clock.advance(0);
    assert.deepEqual(
      questions.map((question) => question.kind === 'displace' && question.displaced.map((each) => each.identifier)),
      [['second']],
    );
    assert.equal(questions[0]?.session, session);
    assert.deepEqual(told, ['Roaming', 'activated first']);
    assert.deepEqual([session.isOpen, active(session)], [true, 'first']);
    session.accept();
    await clock.advance(0);
    assert.deepEqual(told.slice(2), ['Connected']);
    assert.equal(simulation.stops('second'), 0);
  });

  for (const options of [{ ask: async () => false }, {}]) {
    test(`O12: ${'ask' in options ? 'refused' : 'with nobody to ask'}: RoamingError, and it is Connected on the old one, which was not touched`, async () => {
      const { session, told, clock, simulation } = await onRadio(options);
      session.migrate();
      await clock.advance(0);
      assert.deepEqual(told, ['Roaming', 'RoamingError', 'Connected']);
      assert.deepEqual([active(session), simulation.starts('first')], ['second', 0]);
      assert.equal(session.failure?.cause.code, 'ask' in options ? 'cancelled' : 'wouldDisplace');
    });
  }

  test('O12: a session in the background asks nobody', async () => {
    const { session, clock, simulation } = await onRadio();
    session.setSessionProperty('ConnectInBackground', true);
    session.migrate();
    await clock.advance(0);
    assert.equal(session.failure?.cause.code, 'wouldDisplace');
    assert.equal(simulation.starts('first'), 0);
  });

  test('O12: no move is forced that takes the old one down: it stays offered', async () => {
    const { manager, clock, simulation } = await onRadio({ ask: yes });
    const session = manager.createSession('home');
    session.open();
    await clock.advance(0);
    await clock.advance(100_000);
    assert.deepEqual([session.offer.kind, active(session)], ['offered', 'second']);
    assert.equal(simulation.starts('first'), 0);
  });

  test('R5: reject() starts the old one again, and then it is Connected', async () => {
    const { session, told, clock, simulation } = await onRadio();
    session.migrate();
    await clock.advance(0);
    session.reject();
    assert.deepEqual([session.state, session.offer.kind], [SessionState.Roaming, 'returning']);
    await clock.advance(0);
    assert.deepEqual(told, ['Roaming', 'activated first', 'Connected']);
    assert.deepEqual([active(session), simulation.starts('second')], ['second', 2]);
    session.close();
    await clock.advance(0);
    assert.equal(simulation.stops('second'), 1, 'O5a: it was started here');
  });

  test('R5, O5a: what was up without us before is left up after the way back', async () => {
    const { session, clock, simulation } = await onRadio({ ask: yes }, true);
    session.migrate();
    await clock.advance(0);
    session.reject();
    await clock.advance(0);
    assert.equal(active(session), 'second');
    session.close();
    await clock.advance(0);
    assert.equal(simulation.stops('second'), 0);
    assert.equal(simulation.routed, 'second');
  });

  test('R5a: without an answer it goes back the same way', async () => {
    const { session, clock } = await onRadio();
    session.migrate();
    await clock.advance(60_000);
    assert.deepEqual([session.state, active(session)], [SessionState.Connected, 'second']);
  });

  /** By hand: `second` is up, and goes down for `first`. */
  async function byHand() {
    const engine = await fakeEngine(
      [
        { identifier: 'first', device, inReach: false },
        { identifier: 'second', device, link: 'up' },
        { identifier: 'phone', inReach: false },
      ],
      { routing: true, serviceNetworks, ask: yes },
    );
    const { platform } = engine;
    const session = await engine.open('home');
    const told = roamingEventsOf(session);
    await platform.set('first', { inReach: true });
    session.migrate();
    await engine.clock.advance(0);
    await platform.set('second', { link: 'down', cause: { code: 'displaced' } });
    return { ...engine, session, told };
  }

  test('R3: the new one does not come up: RoamingError, and back on the old one', async () => {
    const { session, told, platform } = await byHand();
    assert.deepEqual([session.state, session.isOpen], [SessionState.Roaming, true]);
    await platform.pending('start', 'first').reject(new PlatformFailure({ code: 'noAddress' }));
    assert.deepEqual(platform.acts, ['start first', 'start second']);
    await platform.serve();
    assert.deepEqual(told, ['preferred first', 'Roaming', 'RoamingError', 'Connected']);
    assert.equal(active(session), 'second');
  });

  test('R8: the way back fails too: the next one; and when none works, O8', async () => {
    for (const change of [{ inReach: true }, { inReach: false }] satisfies Partial<AccessPointFacts>[]) {
      const { session, told, platform } = await byHand();
      await platform.set('phone', change);
      await platform.pending('start', 'first').reject(new PlatformFailure({ code: 'noAddress' }));
      await platform.pending('start', 'second').reject(new PlatformFailure({ code: 'noAddress' }));
      if (change.inReach) {
        await platform.serve();
        assert.deepEqual(told.slice(2), ['RoamingError', 'Connected', 'activated phone']);
        assert.equal(active(session), 'phone');
      } else {
        await platform.pending('start', 'first').reject(new PlatformFailure({ code: 'noAddress' }));
        assert.deepEqual(told.slice(2), ['RoamingError', 'Disconnected', 'SessionAbortedError', 'closed']);
      }
    }
  });

  test('R8a: the old one that went down for the new one is no loss: it is not accepted by that', async () => {
    const { session, platform } = await byHand();
    await platform.set('first', { link: 'up' });
    await platform.pending('prepare', 'first').resolve();
    assert.equal(session.offer.kind, 'activated');
  });

  test('R8a: nor when that is told after the new one is up', async () => {
    const { platform, open, clock } = await fakeEngine(
      [
        { identifier: 'first', device },
        { identifier: 'second', device, link: 'up' },
      ],
      { routing: true, serviceNetworks, ask: yes },
    );
    const session = await open('home');
    roamingEventsOf(session);
    session.migrate('first');
    await clock.advance(0);
    await platform.set('first', { link: 'up' });
    await platform.set('second', { link: 'down' });
    assert.equal(session.offer.kind, 'testing');
    await platform.pending('prepare', 'first').resolve();
    session.reject();
    await platform.serve();
    assert.equal(active(session), 'second');
  });

  test('R8: the old one is lost while the person is asked: nobody waits for the answer', async () => {
    const { session, clock, simulation, told } = await onRadio({ ask: () => new Promise(() => undefined) });
    simulation.set('phone', { inReach: true });
    session.migrate('first');
    await clock.advance(0);
    assert.equal(session.offer.kind, 'migrating');
    simulation.set('second', { inReach: false });
    await clock.advance(0);
    assert.equal(active(session), 'first', 'nothing is in its way any more');
    assert.deepEqual(told.slice(-2), ['Connected', 'activated first']);
  });

  for (const call of ['close', 'dispose', 'stop'] as const) {
    test(`R8a: ${call}() while it goes back ends it, and nothing of it is left`, async () => {
      const { session, clock, simulation, manager } = await onRadio();
      simulation.set('second', { startMs: 1000 });
      session.migrate();
      await clock.advance(0);
      session.reject();
      await clock.advance(0);
      assert.equal(session.offer.kind, 'returning');
      session[call]();
      await clock.advance(2000);
      assert.equal(session.isOpen, false);
      assert.deepEqual([manager.holders('first'), manager.holders('second'), simulation.routed], [0, 0, '']);
    });
  }
});
