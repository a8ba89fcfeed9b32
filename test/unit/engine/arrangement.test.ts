// What the platform is asked to arrange for moves, and that it is taken back (R3 to R5, R11).
import * as assert from 'node:assert/strict';
import { PlatformFailure, SessionState } from '../../../src/engine/index.js';
import { handEngine, networkEngine } from '../../fixtures/networkFixture.js';
import { settled } from '../../fixtures/testClock.js';

/** Open sessions on `wifi` that move to `lan`, which others have started: it stays up when they leave. */
async function moving(sessions = 1) {
  const engine = await handEngine();
  const { platform, manager } = engine;
  const moved = await Promise.all(
    Array.from({ length: sessions }, async () => {
      const session = manager.createSession('home');
      session.open();
      await settled();
      return session;
    }),
  );
  await platform.set('lan', { inReach: true, link: 'up' });
  for (const session of moved) {
    session.migrate('lan');
  }
  await settled();
  const [session] = moved;
  assert.ok(session);
  return { ...engine, session, sessions: moved };
}

const restores = ({ acts }: { acts: readonly string[] }) => acts.filter((act) => act === 'restore lan').length;

const routingActs = ({ platform }: { platform: { acts: readonly string[] } }) =>
  platform.acts.filter((act) => !act.startsWith('st'));

suite('what is arranged for moves', () => {
  test('R3: it is made ready once for all that move there, and taken back after the last', async () => {
    const engine = await moving(2);
    const { platform, sessions } = engine;
    await platform.serve();
    assert.deepEqual(routingActs(engine), ['prepare lan']);
    sessions[0]?.reject();
    await platform.serve();
    assert.deepEqual(routingActs(engine), ['prepare lan']);
    sessions[1]?.reject();
    await platform.serve();
    assert.deepEqual(routingActs(engine), ['prepare lan', 'restore lan']);
  });

  for (const end of ['reject', 'close', 'dispose'] as const) {
    test(`R5: ${end}() before it is ready takes it back, and again what comes late`, async () => {
      const engine = await moving();
      const { platform, session } = engine;
      session[end]();
      await settled();
      assert.deepEqual(routingActs(engine), ['prepare lan', 'restore lan']);
      await platform.pending('restore', 'lan').resolve();
      await platform.pending('prepare', 'lan').resolve();
      assert.deepEqual(routingActs(engine), ['prepare lan', 'restore lan', 'restore lan']);
    });
  }

  test('R5: what comes late is not taken back from another that moves there meanwhile, which waits for what is taken back', async () => {
    const engine = await moving();
    const { platform, session } = engine;
    session.reject();
    await settled();
    session.migrate('lan');
    await settled();
    assert.deepEqual(routingActs(engine), ['prepare lan', 'restore lan']);
    await platform.pending('restore', 'lan').resolve();
    assert.deepEqual(routingActs(engine), ['prepare lan', 'restore lan', 'prepare lan']);
    await platform.pending('prepare', 'lan').resolve();
    assert.equal(restores(platform), 1);
    await platform.pending('prepare', 'lan').resolve();
    assert.equal(session.offer.kind, 'activated');
  });

  test('R4: traffic that is moved when nobody wants it any more is moved back', async () => {
    const { platform, session, clock } = await moving();
    await platform.pending('prepare', 'lan').resolve();
    session.accept();
    await clock.advance(30_000);
    assert.equal(session.activeConfiguration.identifier, 'wifi', 'O10a: it is not waited for without limit');
    await platform.pending('restore', 'lan').resolve();
    await platform.pending('prefer', 'lan').resolve();
    assert.equal(restores(platform), 2);
  });

  test('R4: what is preferred stays so until nobody holds it; left up, it is taken back', async () => {
    const engine = await moving();
    const { platform, session } = engine;
    await platform.serve();
    session.accept();
    await platform.serve();
    assert.deepEqual(routingActs(engine), ['prepare lan', 'prefer lan']);
    session.close();
    await platform.serve();
    assert.deepEqual(platform.acts, ['prepare lan', 'prefer lan', 'restore lan']);
  });

  test('R5: with a stop the platform takes it back by itself', async () => {
    const { simulation, clock, activated } = await networkEngine();
    const { session } = await activated();
    session.reject();
    await clock.advance(0);
    assert.deepEqual(simulation.acts.slice(-1), ['stop lan']);
    assert.equal(simulation.prepared('lan'), false);
  });

  test('R5, O13: what cannot be taken back while the platform is away is taken back when it is there again', async () => {
    const engine = await moving();
    const { platform, session } = engine;
    await platform.serve();
    session.reject();
    await settled();
    await platform.goAway();
    assert.deepEqual(routingActs(engine), ['prepare lan', 'restore lan']);
    await platform.comeBack();
    assert.deepEqual(routingActs(engine), ['prepare lan', 'restore lan', 'restore lan']);
  });

  test('R3: a failed preparation leaves nothing to take back: RoamingError, and it is as before', async () => {
    const engine = await moving();
    const { platform, session, events } = engine;
    const told = events(session);
    await platform.pending('prepare', 'lan').reject(new PlatformFailure({ code: 'other', detail: 'no rule' }));
    assert.deepEqual(told, ['RoamingError', 'Connected']);
    assert.deepEqual(session.failure?.cause, { code: 'other', detail: 'no rule' });
    assert.equal(session.activeConfiguration.identifier, 'wifi');
    assert.deepEqual(platform.acts, ['prepare lan']);
  });

  test('R3, O10a: a preparation that never ends: RoamingError after the time of the access point, and it is as before', async () => {
    const { clock, session } = await moving();
    await clock.advance(29_999);
    assert.equal(session.state, SessionState.Roaming);
    await clock.advance(1);
    assert.equal(session.state, SessionState.Connected);
    assert.equal(session.failure?.cause.code, 'timedOut');
  });

  test('R9: a start for a move is provisional; who opens it meanwhile for itself has an ordinary access point when the move is over', async () => {
    const { simulation, clock, activated, manager } = await networkEngine();
    const { session } = await activated();
    assert.equal(simulation.isProvisional('lan'), true);
    const other = manager.createSession('lan');
    other.open();
    await clock.advance(0);
    session.reject();
    await clock.advance(0);
    assert.equal(other.isOpen, true);
    assert.equal(simulation.isProvisional('lan'), false);
  });

  test('R9: the same where the move ends before it is up', async () => {
    const { simulation, clock, open, set, manager } = await networkEngine();
    const session = await open();
    await set('lan', { inReach: true, startMs: 1000 });
    session.migrate();
    await clock.advance(0);
    const other = manager.createSession('lan');
    other.open();
    await clock.advance(0);
    session.close();
    await clock.advance(1000);
    assert.equal(other.isOpen, true);
    assert.equal(simulation.isProvisional('lan'), false);
  });

  test('R9, R8: what was begun as a move, to which the traffic could not be moved in an escape, is an ordinary one', async () => {
    const { simulation, clock, open, set } = await networkEngine();
    const session = await open();
    await set('lan', { inReach: true, startMs: 1000 });
    session.migrate();
    await clock.advance(0);
    simulation.failNext('prefer', 'lan');
    await set('wifi', { inReach: false });
    await clock.advance(1000);
    assert.equal(session.activeConfiguration.identifier, 'lan');
    assert.deepEqual([simulation.isProvisional('lan'), simulation.routed], [false, 'lan']);
  });

  for (const end of ['close', 'dispose'] as const) {
    test(`R3: migrate() and ${end}() in one turn start nothing`, async () => {
      const { simulation, clock, open, set, manager } = await networkEngine();
      const session = await open();
      await set('lan', { inReach: true });
      session.migrate();
      session[end]();
      await clock.advance(0);
      assert.equal(session.isOpen, false);
      assert.deepEqual([simulation.starts('lan'), manager.accessPoint('lan')?.link], [0, 'down']);
    });
  }

  test('O7, R8a: stopped by others in the middle of a move, it has ended when both are released', async () => {
    const { clock, activated, manager } = await networkEngine();
    const { session } = await activated();
    const holders: number[] = [];
    session.onDidClose(() => holders.push(manager.holders('wifi'), manager.holders('lan')));
    await clock.advance(0);
    manager.createSession('wifi').stop();
    await clock.advance(0);
    assert.deepEqual(holders, [0, 0]);
    assert.equal(manager.accessPoint('lan')?.link, 'down');
  });

  test('R11: each session keeps its own; the traffic follows the last accept()', async () => {
    const { simulation, clock, open, set, activated } = await networkEngine();
    const { session } = await activated();
    const other = await open('home');
    other.migrate('wifi');
    await set('phone', { inReach: true });
    session.accept();
    await clock.advance(0);
    assert.equal(simulation.preferred, 'lan');
    other.reject();
    await clock.advance(0);
    assert.equal(simulation.preferred, 'lan');
    other.migrate('phone');
    await clock.advance(0);
    other.accept();
    await clock.advance(0);
    assert.equal(simulation.preferred, 'phone');
    assert.deepEqual(
      [session, other].map(({ activeConfiguration }) => activeConfiguration.identifier),
      ['lan', 'phone'],
    );
  });

  test("R1: the system's own order is that without what was done here to move traffic", async () => {
    const { open, set, manager, offers } = await networkEngine({ accessPoints: 'internet' });
    const session = await open();
    await set('phone', { inReach: true });
    await set('wifi', { inReach: false });
    assert.equal(session.activeConfiguration.identifier, 'phone');
    await set('wifi', { inReach: true });
    const order = () => manager.configurationFromIdentifier('home').children.map(({ identifier }) => identifier);
    assert.deepEqual(order(), ['lan', 'wifi', 'phone']);
    assert.equal(manager.preferredConfiguration('home').identifier, 'wifi');
    const told = offers(session);
    await set('lan', { inReach: true });
    assert.deepEqual(told, [], 'the quiet time');
    session.close();
    await set('phone', { inReach: false });
    await set('phone', { metric: 1 });
    assert.deepEqual(order(), ['phone', 'lan', 'wifi']);
  });

  test('R8a: the new one dies while the traffic is being moved there: the old one takes it back', async () => {
    const engine = await moving();
    const { platform, session } = engine;
    await platform.serve();
    session.accept();
    await settled();
    await platform.set('lan', { inReach: false, link: 'down' });
    assert.deepEqual(routingActs(engine).slice(1), ['prefer lan', 'prefer wifi']);
    await platform.serve();
    assert.equal(session.activeConfiguration.identifier, 'wifi');
    session.close();
    await platform.serve();
    assert.equal(session.isOpen, false);
  });
});
