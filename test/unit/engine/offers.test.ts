// What is offered to a session, when, and how it is answered (R2, R5 to R7, R10).
import * as assert from 'node:assert/strict';
import { type NetworkSession, SessionError, SessionState } from '../../../src/engine/index.js';
import { handEngine, networkEngine } from '../../fixtures/networkFixture.js';
import { settled } from '../../fixtures/testClock.js';

/** A session on `wifi` that listens, and has an offer of `lan`. */
async function offered(...engineOptions: Parameters<typeof networkEngine>) {
  const engine = await networkEngine(...engineOptions);
  const session = await engine.open();
  const told = engine.offers(session);
  await engine.set('lan', { inReach: true });
  return { ...engine, session, told };
}

const active = (session: NetworkSession) => session.activeConfiguration.identifier;

suite('offers', () => {
  test('R2: a listener is told before anything moves, and nothing moves until it answers', async () => {
    const { session, told, clock, simulation } = await offered({ roaming: 'automatic' });
    await clock.advance(600_000);
    assert.deepEqual(told, ['lan upgrade']);
    assert.equal(simulation.starts('lan'), 0);
    assert.equal(session.state, SessionState.Connected);
  });

  test('R2: what is preferred when the session is opened is offered too', async () => {
    const { open, manager, set, offers, clock } = await networkEngine();
    const holder = await open('wifi');
    await set('lan', { inReach: true });
    const session = manager.createSession('home');
    const told = offers(session);
    session.open();
    await clock.advance(0);
    assert.deepEqual([active(session), told], ['wifi', ['lan upgrade']], 'O4a: it opens on the one that is up');
    holder.dispose();
  });

  test('R2: with `ask` nothing is forced although nobody listens; the offer can be read', async () => {
    const { open, set, clock } = await networkEngine({ roaming: 'ask' });
    const session = await open();
    await set('lan', { inReach: true });
    await clock.advance(600_000);
    const { offer } = session;
    assert.equal(offer.kind, 'offered');
    assert.equal(offer.kind === 'offered' && offer.configuration.identifier, 'lan');
    assert.equal(active(session), 'wifi');
  });

  test('R2: with `never` nothing is offered; but a person may move it by hand', async () => {
    const { session, told, clock } = await offered({ roaming: 'never' });
    assert.deepEqual(told, []);
    session.migrate('lan');
    await clock.advance(0);
    session.accept();
    await clock.advance(0);
    assert.equal(active(session), 'lan');
  });

  test('R2: the last listener that ends leaves its unanswered offer to the engine, at once', async () => {
    const { open, set, clock } = await networkEngine({ roaming: 'automatic' });
    const session = await open();
    const listening = [1, 2].map(() => session.onDidChangePreferredConfiguration(() => undefined));
    const another = session.onDidChangeState(() => undefined);
    await set('lan', { inReach: true });
    listening[0]?.dispose();
    listening[0]?.dispose();
    another.dispose();
    await clock.advance(0);
    assert.equal(active(session), 'wifi', 'the other one may answer');
    listening[1]?.dispose();
    assert.equal(session.offer.kind, 'offered', 'nothing moves inside the call');
    await clock.advance(0);
    assert.deepEqual([active(session), session.offer.kind], ['lan', 'none']);
  });

  test('R2: a listener that ends in the middle of its own event leaves the offer to the engine, too', async () => {
    const { open, set, clock } = await networkEngine({ roaming: 'automatic' });
    const session = await open();
    const listening = session.onDidChangePreferredConfiguration(() => listening.dispose());
    await set('lan', { inReach: true });
    await clock.advance(0);
    assert.equal(active(session), 'lan');
  });

  test('R2: a listener that another takes the place of in the same turn was not the last', async () => {
    const { open, set, clock } = await networkEngine({ roaming: 'automatic' });
    const session = await open();
    const listening = session.onDidChangePreferredConfiguration(() => undefined);
    await set('lan', { inReach: true });
    listening.dispose();
    session.onDidChangePreferredConfiguration(() => undefined);
    await clock.advance(0);
    assert.deepEqual([active(session), session.offer.kind], ['wifi', 'offered']);
  });

  test('R2: with `ask`, a listener that ends leaves the offer to the person', async () => {
    const { open, set, clock } = await networkEngine({ roaming: 'ask' });
    const session = await open();
    const listening = session.onDidChangePreferredConfiguration(() => undefined);
    await set('lan', { inReach: true });
    listening.dispose();
    await clock.advance(0);
    assert.deepEqual([active(session), session.offer.kind], ['wifi', 'offered']);
  });

  test('R2: an offer is gone when its access point is, and comes again with it', async () => {
    const { session, told, set } = await offered();
    await set('lan', { inReach: false });
    assert.equal(session.offer.kind, 'none');
    session.migrate();
    assert.equal(session.error, SessionError.RoamingError);
    await set('lan', { inReach: true });
    assert.deepEqual(told, ['lan upgrade', 'lan upgrade']);
  });

  test('R2: no offer within 30 s of a move, however it ended', async () => {
    for (const end of ['accept', 'reject'] as const) {
      const { session, told, clock, set } = await offered({ accessPoints: ['first', 'lan', 'wifi'] }, [
        { identifier: 'first', inReach: false },
      ]);
      session.migrate();
      await clock.advance(0);
      session[end]();
      await clock.advance(1000);
      await set('first', { inReach: true });
      await clock.advance(28_999);
      assert.deepEqual(told, ['lan upgrade']);
      await clock.advance(1);
      assert.deepEqual(told, ['lan upgrade', 'first upgrade'], end);
    }
  });

  test('R2, R6a: unless the link in use is dying: an escape is offered at once', async () => {
    const { session, told, clock, set } = await offered();
    session.migrate();
    await clock.advance(0);
    session.accept();
    await clock.advance(0);
    await set('lan', { connectivity: 'none' });
    assert.deepEqual(told, ['lan upgrade', 'wifi escape']);
    await set('lan', { connectivity: 'full' });
    assert.equal(session.offer.kind, 'none');
  });

  test('R5: a declined one is not offered for its signal, its speed or a listener; nor when others come and go', async () => {
    for (const decline of ['ignore', 'reject'] as const) {
      const { session, told, clock, set, simulation } = await offered({ accessPoints: 'internet' });
      if (decline === 'reject') {
        session.migrate();
        await clock.advance(0);
      }
      session[decline]();
      await clock.advance(31_000);
      await set('lan', { signal: 80 });
      await set('lan', { signal: 90, speed: 1 });
      simulation.add({ identifier: 'other', inReach: false });
      await clock.advance(0);
      simulation.remove('other');
      await clock.advance(0);
      assert.deepEqual(told, ['lan upgrade'], decline);
    }
  });

  test('R5: it is offered again when its reach, what it reaches, its metering or the order changes', async () => {
    const changes: readonly ((engine: Awaited<ReturnType<typeof offered>>) => Promise<unknown> | unknown)[] = [
      async ({ set }) => {
        await set('lan', { inReach: false });
        await set('lan', { inReach: true });
      },
      async ({ set }) => {
        await set('lan', { connectivity: 'full' });
        await set('lan', { connectivity: 'none' });
        await set('lan', { connectivity: 'full' });
      },
      async ({ set }) => {
        await set('lan', { metered: true });
        await set('lan', { metered: false });
      },
      ({ manager }) => {
        const [home] = manager.serviceNetworks;
        assert.ok(home);
        manager.setServiceNetworks([{ ...home, accessPoints: ['lan', 'phone', 'wifi'] }]);
      },
    ];
    for (const [index, change] of changes.entries()) {
      const engine = await offered();
      engine.session.ignore();
      assert.equal(engine.session.offer.kind, 'none');
      await change(engine);
      await engine.clock.advance(0);
      assert.deepEqual(engine.told, ['lan upgrade', 'lan upgrade'], `change ${index}`);
    }
  });

  test('R5: what is known of it only while it is up is no change when it is forgotten: a failed move does not come again and again', async () => {
    const { platform, manager, clock } = await handEngine({ roaming: 'automatic' });
    const session = manager.createSession('home');
    session.open();
    await settled();
    await platform.set('lan', { inReach: true });
    await platform.set('lan', { link: 'up', connectivity: 'none', metered: false });
    await platform.serve();
    await platform.set('lan', { connectivity: 'unknown', metered: undefined });
    await clock.advance(31_000);
    await platform.serve();
    assert.equal(active(session), 'wifi');
    assert.equal(platform.acts.filter((act) => act === 'start lan').length, 1);
  });

  test('R5, R1: while one is declined, the next that is better is offered', async () => {
    const { session, told, set } = await offered({ accessPoints: ['lan', 'wlan2', 'wifi'] }, [
      { identifier: 'wlan2', inReach: false },
    ]);
    session.ignore();
    await set('wlan2', { inReach: true });
    assert.deepEqual(told, ['lan upgrade', 'wlan2 upgrade']);
  });

  test('R5a: without an answer it ends after 60 s as by reject()', async () => {
    const { session, clock, simulation, told } = await offered();
    session.migrate();
    await clock.advance(0);
    const { offer } = session;
    assert.equal(offer.kind === 'activated' && offer.timeLeft, 60_000);
    await clock.advance(59_999);
    assert.equal(session.state, SessionState.Roaming);
    await clock.advance(1);
    assert.deepEqual([session.state, active(session)], [SessionState.Connected, 'wifi']);
    assert.equal(simulation.stops('lan'), 1);
    await clock.advance(60_000);
    assert.deepEqual(told, ['lan upgrade']);
    assert.equal(session.error, SessionError.UnknownSessionError);
  });

  test('R6: ignore() moves nothing', async () => {
    const { session, simulation, clock, events } = await offered();
    const heard = events(session);
    session.ignore();
    await clock.advance(0);
    assert.deepEqual([heard, session.offer.kind, simulation.starts('lan')], [[], 'none', 0]);
  });

  test('R7: without an offer, or without a new access point that is up: RoamingError, and nothing moves', async () => {
    const { open, clock, simulation, events } = await networkEngine();
    const session = await open();
    const heard = events(session);
    for (const call of ['migrate', 'ignore', 'accept', 'reject'] as const) {
      session[call]();
      assert.equal(session.error, SessionError.RoamingError);
      assert.equal(session.failure?.cause.code, 'noOffer');
    }
    for (const identifier of ['nowhere', 'wifi', '__proto__', 'constructor', '']) {
      session.migrate(identifier);
      assert.equal(session.failure?.cause.code, 'notInNetwork', identifier);
    }
    session.migrate('lan');
    assert.equal(session.failure?.cause.code, 'notInReach');
    await clock.advance(0);
    assert.deepEqual(
      heard,
      Array.from({ length: 10 }, () => 'RoamingError'),
    );
    assert.deepEqual(simulation.acts, ['start wifi']);
  });

  test('R7: on a session that is not open: RoamingError', async () => {
    const { manager } = await networkEngine();
    const session = manager.createSession('home');
    session.migrate('wifi');
    assert.equal(session.error, SessionError.RoamingError);
  });

  test('R7: on a session that cannot roam at all: OperationNotSupportedError', async () => {
    const { open } = await networkEngine({}, [], { roaming: false });
    for (const session of [await open('home'), await open('wifi'), await open('userChoice')]) {
      for (const call of ['migrate', 'ignore', 'accept', 'reject'] as const) {
        session[call]();
        assert.equal(session.error, SessionError.OperationNotSupportedError);
        assert.equal(session.failure?.cause.code, 'cannotRoam');
      }
    }
  });

  test('F5: migrate, accept and reject clear the last error when they begin', async () => {
    const { session, clock } = await offered();
    session.accept();
    assert.equal(session.error, SessionError.RoamingError);
    session.migrate();
    assert.equal(session.error, SessionError.UnknownSessionError);
    await clock.advance(0);
    session.migrate();
    assert.equal(session.error, SessionError.RoamingError);
    session.reject();
    assert.equal(session.errorString, '');
  });

  test('R10: seamless only where local addresses survive', async () => {
    for (const isSame of [true, false]) {
      const addresses = isSame ? ['192.0.2.7'] : ['192.0.2.8'];
      const { open, set } = await networkEngine({ roaming: 'ask' });
      await set('wifi', { addresses: ['192.0.2.7'] });
      const session = await open();
      const seamless: boolean[] = [];
      session.onDidChangePreferredConfiguration(({ isSeamless }) => seamless.push(isSeamless));
      await set('lan', { inReach: true, up: true, addresses });
      assert.deepEqual(seamless, [isSame]);
    }
  });

  test('R2: a forced move whose tests fail goes back, tells of no error, and does not come again', async () => {
    const { open, set, simulation, clock } = await networkEngine({ roaming: 'automatic', tests: [{ dns: 'server' }] });
    const session = await open();
    simulation.answerTests('lan', () => false);
    await set('lan', { inReach: true });
    await clock.advance(120_000);
    assert.deepEqual([simulation.starts('lan'), active(session)], [1, 'wifi']);
    assert.equal(session.error, SessionError.UnknownSessionError, 'nothing that somebody called for has failed');
  });

  test('R2: a forced move that fails does not come again until something changes', async () => {
    const { open, set, simulation, clock } = await networkEngine({ roaming: 'automatic' });
    const session = await open();
    simulation.failNext('prepare', 'lan');
    await set('lan', { inReach: true });
    await clock.advance(300_000);
    assert.deepEqual([simulation.starts('lan'), active(session)], [1, 'wifi']);
    await set('lan', { inReach: false });
    await set('lan', { inReach: true });
    assert.equal(active(session), 'lan');
  });

  test('R5, R6a: what was left because it leads nowhere is not offered again just because it is down, and not known to, by now', async () => {
    const { manager, clock, set, simulation } = await networkEngine({ roaming: 'automatic' });
    await set('lan', { inReach: true });
    const session = manager.createSession('home');
    session.open();
    await clock.advance(0);
    await set('lan', { connectivity: 'none' });
    assert.equal(active(session), 'wifi');
    await set('lan', { connectivity: 'unknown' });
    await clock.advance(600_000);
    assert.deepEqual([active(session), session.offer.kind, simulation.starts('lan')], ['wifi', 'none', 1]);
    await set('lan', { inReach: false });
    await set('lan', { inReach: true });
    assert.equal(active(session), 'lan', 'somebody may have mended it');
  });
});
