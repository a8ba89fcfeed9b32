// The access point in use is lost, or the new one, or both (R8, R8a, O7, O13).
import * as assert from 'node:assert/strict';
import {
  type AccessPointFacts,
  type NetworkConfigurationManager,
  PlatformFailure,
  SessionError,
  SessionState,
} from '../../../src/engine/index.js';
import { handEngine, networkEngine } from '../../fixtures/networkFixture.js';
import { settled } from '../../fixtures/testClock.js';

const active = (session: { activeConfiguration: { identifier: string } }) => session.activeConfiguration.identifier;

/** A session on `wifi` with `lan` and `phone` in reach, by hand: nothing is offered to it. */
async function byHand() {
  const engine = await handEngine({ roaming: 'ask' });
  const { platform, manager } = engine;
  const session = manager.createSession('home');
  session.open();
  await settled();
  await platform.set('lan', { inReach: true });
  await platform.set('phone', { inReach: true });
  return { ...engine, session, told: engine.events(session) };
}

suite('losing an access point', () => {
  test('R8: state Roaming at once, readable inside the call, with no event inside of it', async () => {
    const { simulation, open, events, clock, set } = await networkEngine();
    const session = await open();
    await set('phone', { inReach: true });
    const told = events(session);
    simulation.set('wifi', { inReach: false });
    assert.deepEqual(told, []);
    assert.deepEqual([session.state, session.isOpen], [SessionState.Roaming, true]);
    await clock.advance(0);
    assert.deepEqual(told, ['Roaming', 'Connected', 'activated phone']);
    assert.equal(session.failure, undefined, 'nothing has failed');
  });

  test('R8: one that is up comes first, then by preference; those that fail are passed over', async () => {
    const { platform, session, told } = await byHand();
    await platform.set('wifi', { link: 'down' });
    assert.deepEqual(platform.acts, ['start lan']);
    await platform.pending('start', 'lan').reject(new PlatformFailure({ code: 'noAddress' }));
    assert.deepEqual(platform.acts, ['start lan', 'start phone']);
    assert.equal(session.state, SessionState.Roaming);
    await platform.serve();
    assert.equal(active(session), 'phone');
    assert.deepEqual(told, ['Roaming', 'Connected', 'activated phone']);
  });

  test('R8: the platform is told that traffic waits for the start, and not of other starts', async () => {
    const { platform, manager } = await byHand();
    manager.createSession('phone').open();
    await settled();
    await platform.set('wifi', { link: 'down' });
    assert.equal(platform.pending('start', 'lan').preferred, true);
    assert.equal(platform.pending('start', 'phone').preferred, false);
  });

  test('R8, R5: who opens it meanwhile for itself has an ordinary one where the escape ends before it is up', async () => {
    const { platform, session, manager } = await byHand();
    await platform.set('wifi', { link: 'down' });
    const other = manager.createSession('lan');
    other.open();
    await settled();
    session.close();
    await settled();
    await platform.serve();
    assert.equal(other.isOpen, true);
    assert.ok(platform.acts.includes('restore lan'), platform.acts.join());
  });

  test('R8: one that hangs is given up after its own time, and the next is tried', async () => {
    const { platform, session, clock } = await byHand();
    await platform.set('wifi', { link: 'down' });
    await clock.advance(30_000);
    assert.deepEqual(
      platform.acts.filter((act) => act.startsWith('start')),
      ['start lan', 'start phone'],
    );
    await platform.serve();
    assert.equal(active(session), 'phone');
  });

  test('R8, O8: none works: the state, SessionAbortedError with the cause of the loss, closed', async () => {
    const { platform, session, told } = await byHand();
    await platform.set('wifi', { link: 'down', cause: { code: 'carrierLost' } });
    for (const identifier of ['lan', 'phone']) {
      await platform.pending('start', identifier).reject(new PlatformFailure({ code: 'secretsMissing' }));
    }
    assert.deepEqual(told, ['Roaming', 'Disconnected', 'SessionAbortedError', 'closed']);
    assert.equal(session.failure?.cause.code, 'carrierLost');
    assert.equal(session.isOpen, false);
  });

  test('R8: what was lost is not tried again: a person may have put it down by hand', async () => {
    const { set, open, simulation } = await networkEngine();
    const session = await open();
    await set('wifi', { up: false });
    assert.equal(session.isOpen, false);
    assert.equal(simulation.starts('wifi'), 1);
  });

  test('R8: with `never` it is lost although another is in reach', async () => {
    const { set, open, events } = await networkEngine({ roaming: 'never' });
    const session = await open();
    await set('phone', { inReach: true });
    const told = events(session);
    await set('wifi', { inReach: false });
    assert.deepEqual(told, ['Disconnected', 'SessionAbortedError', 'closed']);
  });

  test('R8, O12: an escape asks nobody and takes nothing down', async () => {
    let asked = 0;
    const ask = async () => {
      asked++;
      return true;
    };
    const { open, set, simulation } = await networkEngine(
      { accessPoints: ['wifi', 'first', 'phone'] },
      [
        { identifier: 'first', device: 'radio' },
        { identifier: 'inUse', device: 'radio', up: true },
      ],
      { ask, serviceNetworks: [{ identifier: 'home', name: '', accessPoints: ['wifi', 'first', 'phone'] }] },
    );
    await set('phone', { inReach: true });
    const session = await open();
    session.onDidChangePreferredConfiguration(() => undefined);
    await set('wifi', { inReach: false });
    assert.equal(active(session), 'phone');
    assert.equal(asked, 0);
    assert.equal(simulation.starts('first'), 0);
  });

  test('R8: the traffic cannot be moved: it is Connected all the same, the system routes as it does', async () => {
    const { platform, session, told } = await byHand();
    await platform.set('wifi', { link: 'down' });
    await platform.set('lan', { link: 'up' });
    await platform.pending('prefer', 'lan').reject(new PlatformFailure({ code: 'other' }));
    assert.deepEqual(told, ['Roaming', 'Connected', 'activated lan']);
    assert.equal(active(session), 'lan');
  });

  test('R8, O10a: moving the traffic takes too long: the same', async () => {
    const { platform, session, clock } = await byHand();
    await platform.set('wifi', { link: 'down' });
    await platform.set('lan', { link: 'up' });
    await clock.advance(30_000);
    assert.deepEqual([session.state, active(session)], [SessionState.Connected, 'lan']);
  });

  test('R8: the next one is lost before the traffic goes by it: the one after it', async () => {
    const { platform, session, told } = await byHand();
    await platform.set('wifi', { link: 'down' });
    await platform.set('lan', { link: 'up' });
    await platform.set('lan', { link: 'down', inReach: false });
    await platform.serve();
    assert.deepEqual(told, ['Roaming', 'Connected', 'activated phone']);
    assert.equal(active(session), 'phone');
  });

  test('R8: on a platform that cannot move traffic it is Connected on the next one too', async () => {
    const { open, set } = await networkEngine({}, [], { roaming: false });
    const session = await open('home');
    await set('phone', { inReach: true });
    await set('wifi', { inReach: false });
    assert.deepEqual([session.state, active(session)], [SessionState.Connected, 'phone']);
  });

  test('R8: two sessions on one lost access point both escape; the plain one ends', async () => {
    const { open, set, manager } = await networkEngine();
    const sessions = [await open(), await open(), await open('wifi')];
    await set('phone', { inReach: true });
    await set('wifi', { inReach: false });
    assert.deepEqual(
      sessions.map(({ isOpen }) => isOpen),
      [true, true, false],
    );
    assert.equal(manager.holders('phone'), 2);
    assert.equal(manager.holders('wifi'), 0);
  });

  test('R8a: the new one is lost while it waits for the answer: RoamingError, Connected on the old', async () => {
    const { activated, set } = await networkEngine();
    const { session, told } = await activated();
    await set('lan', { inReach: false });
    assert.deepEqual(told, ['RoamingError', 'Connected']);
    assert.equal(active(session), 'wifi');
    assert.equal(session.error, SessionError.RoamingError);
    assert.equal(session.failure?.cause.code, 'carrierLost');
  });

  for (const kind of ['testing', 'activated'] as const) {
    test(`R8a: the old one is lost while the new one is up (${kind}): as by accept()`, async () => {
      const { platform, session, told, manager } = await byHand();
      session.migrate('lan');
      await platform.set('lan', { link: 'up' });
      if (kind === 'activated') {
        await platform.pending('prepare', 'lan').resolve();
      }
      assert.equal(session.offer.kind, kind);
      await platform.set('wifi', { link: 'down', inReach: false });
      assert.deepEqual([session.state, active(session)], [SessionState.Roaming, 'lan']);
      await platform.serve();
      assert.deepEqual(
        told,
        kind === 'testing' ? ['Roaming', 'Connected', 'activated lan'] : ['Roaming', 'activated lan', 'Connected'],
      );
      assert.equal(session.state, SessionState.Connected);
      assert.equal(session.failure, undefined);
      assert.equal(manager.holders('lan'), 1);
    });
  }

  test('R8a: the old one is lost before the new one is up: it goes on', async () => {
    const { platform, session, told } = await byHand();
    session.migrate('phone');
    await platform.set('wifi', { link: 'down', inReach: false });
    assert.deepEqual(platform.acts, ['start phone']);
    await platform.serve();
    assert.deepEqual(told, ['Roaming', 'Connected', 'activated phone']);
    assert.equal(active(session), 'phone');
  });

  test('R8a: the same in the turn of migrate()', async () => {
    const { manager, platform, session } = await byHand();
    session.migrate('phone');
    platform.tell({ accessPoints: [{ ...factsOn(manager, 'wifi'), link: 'down', inReach: false }] });
    await platform.serve();
    assert.deepEqual([session.state, active(session)], [SessionState.Connected, 'phone']);
  });

  test('R8a, R8: and if that fails, the next, without a RoamingError; when none works, O8', async () => {
    const { platform, session, told } = await byHand();
    session.migrate('phone');
    await platform.set('wifi', { link: 'down', inReach: false });
    await platform.pending('start', 'phone').reject(new PlatformFailure({ code: 'noAddress' }));
    assert.deepEqual(platform.acts, ['start phone', 'start lan']);
    await platform.pending('start', 'lan').reject(new PlatformFailure({ code: 'noAddress' }));
    assert.deepEqual(told, ['Roaming', 'Disconnected', 'SessionAbortedError', 'closed']);
    assert.equal(session.isOpen, false);
  });

  test('R8a: both are lost in one update: the third, without an error', async () => {
    const { manager, platform, session, told } = await byHand();
    session.migrate('lan');
    await platform.set('lan', { link: 'up' });
    await platform.pending('prepare', 'lan').resolve();
    told.length = 0;
    const gone = { link: 'down', inReach: false } as const;
    platform.tell({
      accessPoints: ['wifi', 'lan'].map((identifier) => ({ ...factsOn(manager, identifier), ...gone })),
    });
    await platform.serve();
    assert.deepEqual(told, ['Connected', 'activated phone']);
    assert.equal(active(session), 'phone');
  });

  test('R8a: the new one first, then the old, in one update: the third', async () => {
    const { manager, platform, session, told } = await byHand();
    session.migrate('lan');
    await platform.set('lan', { link: 'up' });
    await platform.pending('prepare', 'lan').resolve();
    platform.tell({
      accessPoints: ['lan', 'wifi'].map((identifier) => ({ ...factsOn(manager, identifier), link: 'down' })),
    });
    await platform.serve();
    assert.ok(!told.includes('Disconnected'), `open is Connected or Roaming: ${told}`);
    assert.equal(session.isOpen, true);
    assert.notEqual(active(session), 'wifi', 'it is not tried again');
  });

  test('O7: stop() by others on the one in use: it ends and does not roam, in every kind of move', async () => {
    for (const kind of ['none', 'migrating', 'testing', 'activated', 'accepting', 'escaping'] as const) {
      const { platform, session, told, manager } = await byHand();
      if (kind === 'escaping') {
        await platform.set('wifi', { link: 'down', inReach: false });
      } else if (kind !== 'none') {
        session.migrate('lan');
        await settled();
      }
      if (kind === 'testing' || kind === 'activated' || kind === 'accepting') {
        await platform.set('lan', { link: 'up' });
      }
      if (kind === 'activated' || kind === 'accepting') {
        await platform.pending('prepare', 'lan').resolve();
      }
      if (kind === 'accepting') {
        session.accept();
      }
      assert.equal(session.offer.kind, kind === 'none' ? 'offered' : kind);
      told.length = 0;
      manager.createSession(kind === 'escaping' ? 'lan' : 'wifi').stop();
      await platform.serve();
      assert.deepEqual(told.slice(-2), ['SessionAbortedError', 'closed'], kind);
      assert.deepEqual([session.isOpen, session.offer.kind], [false, 'none']);
      assert.deepEqual([manager.holders('lan'), manager.holders('wifi')], [0, 0]);
      assert.notEqual(manager.accessPoint('phone')?.link, 'up');
    }
  });

  test('O7: stop() by others on the new one: it is lost, as in R8a', async () => {
    const { activated, manager, clock } = await networkEngine();
    const { session, told } = await activated();
    manager.createSession('lan').stop();
    await clock.advance(0);
    assert.deepEqual(told, ['RoamingError', 'Connected']);
    assert.equal(session.failure?.cause.code, 'stoppedBySession');
  });

  test('R8a: its own stop() stops both: closed, without an error', async () => {
    const { activated, clock, simulation } = await networkEngine();
    const { session, told } = await activated();
    session.stop();
    await clock.advance(0);
    assert.deepEqual(told, ['Closing', 'Disconnected', 'closed']);
    assert.deepEqual([simulation.stops('wifi'), simulation.stops('lan')], [1, 1]);
    assert.equal(session.failure, undefined);
  });

  test('O7: its own stop() that is refused: one error, and it is as before', async () => {
    const { activated, clock, simulation } = await networkEngine();
    const { session, told } = await activated();
    simulation.refuseNextStop('wifi');
    simulation.refuseNextStop('lan');
    session.stop();
    await clock.advance(0);
    assert.deepEqual(told, ['OperationNotSupportedError']);
    assert.equal(session.offer.kind, 'activated');
  });

  test('O7: it is lost while its own stop() waits to be accepted: closed, and it turns to no other', async () => {
    const { platform, session, told } = await byHand();
    told.length = 0;
    session.stop();
    await platform.set('wifi', { link: 'down' });
    assert.deepEqual(told, ['Disconnected', 'closed']);
    await platform.serve();
    assert.deepEqual(platform.acts, ['stop wifi']);
  });

  test('R8a: close() releases both', async () => {
    const { activated, clock, simulation } = await networkEngine();
    const { session, told } = await activated();
    session.close();
    assert.deepEqual([session.isOpen, session.offer.kind], [false, 'none']);
    await clock.advance(0);
    assert.deepEqual(told, ['Closing', 'Disconnected', 'closed']);
    assert.deepEqual([simulation.stops('wifi'), simulation.stops('lan')], [1, 1]);
  });

  test('O13: a move that is cut by the end of the daemon goes back when it is known to have failed, and all is kept meanwhile', async () => {
    const { platform, session, told } = await byHand();
    session.migrate('lan');
    await settled();
    await platform.set('lan', { link: 'up' });
    told.length = 0;
    await platform.goAway();
    assert.deepEqual(told, ['RoamingError', 'Connected']);
    assert.equal(session.isOpen, true);
    await platform.comeBack();
    await platform.serve();
    assert.deepEqual([session.isOpen, active(session)], [true, 'wifi']);
    assert.equal(platform.acts.at(-1), 'stop lan', 'what could not be stopped then');
  });

  test('O13: it is away for good: SessionAbortedError, closed, in every kind of move', async () => {
    for (const kind of ['offered', 'migrating', 'activated'] as const) {
      const { platform, session, told, clock, manager } = await byHand();
      if (kind !== 'offered') {
        session.migrate('lan');
        await settled();
      }
      if (kind === 'activated') {
        await platform.set('lan', { link: 'up' });
        await platform.pending('prepare', 'lan').resolve();
      }
      await platform.goAway();
      await clock.advance(10_000);
      assert.deepEqual(told.slice(-3), ['Invalid', 'SessionAbortedError', 'closed'], kind);
      assert.equal(session.failure?.cause.code, 'platformGone');
      assert.equal(manager.holders('lan') + manager.holders('wifi'), 0);
    }
  });

  test('O13: while it is away nothing is offered or moved by force', async () => {
    const { platform, manager, clock } = await handEngine({ roaming: 'automatic' });
    const session = manager.createSession('home');
    session.open();
    await settled();
    await platform.goAway();
    await platform.set('lan', { inReach: true });
    assert.equal(session.offer.kind, 'none');
    await platform.comeBack();
    await platform.serve();
    assert.equal(active(session), 'lan');
    assert.equal(session.error, SessionError.UnknownSessionError);
    await clock.advance(60_000);
  });

  test('O13, R8: the daemon dies while the next is looked for: that goes on when it is back, and ends when it is not', async () => {
    for (const comesBack of [true, false]) {
      const engine = await handEngine();
      const { platform, manager, clock } = engine;
      await platform.set('lan', { inReach: true });
      await platform.set('phone', { inReach: true });
      const session = manager.createSession('home');
      session.open();
      await platform.serve();
      const first = session.activeConfiguration.identifier;
      await platform.set(first, { link: 'down', inReach: false });
      const [second] = ['lan', 'wifi', 'phone'].filter((other) => other !== first);
      void platform.pending('start', second ?? '').reject(new PlatformFailure({ code: 'other' }));
      await platform.goAway();
      assert.equal(session.isOpen, true);
      assert.equal(session.state, SessionState.Roaming);
      if (comesBack) {
        await platform.comeBack();
        await platform.serve();
        assert.equal(session.state, SessionState.Connected);
        assert.equal(session.isOpen, true);
      } else {
        await clock.advance(10_000);
        assert.equal(session.isOpen, false);
        assert.equal(session.error, SessionError.SessionAbortedError);
      }
    }
  });
});

function factsOn(manager: NetworkConfigurationManager, identifier: string): AccessPointFacts {
  const facts = manager.accessPoint(identifier);
  assert.ok(facts);
  return facts;
}
