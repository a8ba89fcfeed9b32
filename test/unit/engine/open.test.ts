import * as assert from 'node:assert/strict';
import { SessionError, SessionState } from '../../../src/engine/index.js';
import { engineOn, eventsOf } from '../../fixtures/engineFixture.js';

suite('opening', () => {
  test('O1, O2: what is down is started once for ten sessions, and each hears Connecting, Connected, opened', async () => {
    const { manager, simulation, clock } = await engineOn([{ identifier: 'lan', startMs: 100 }]);
    const sessions = Array.from({ length: 10 }, () => manager.createSession('lan'));
    const heard = sessions.map(eventsOf);
    for (const session of sessions) {
      session.open();
    }
    assert.deepEqual(heard[0], [], 'S3: no event inside the call');
    await clock.advance(100);
    for (const [index, session] of sessions.entries()) {
      assert.ok(session.isOpen);
      assert.deepEqual(heard[index], ['Connecting', 'Connected', 'opened']);
    }
    assert.equal(simulation.starts('lan'), 1);
    assert.equal(manager.holders('lan'), 10);
  });

  test('O1: what is up is never started again', async () => {
    const { manager, simulation, clock } = await engineOn([{ identifier: 'lan', up: true }]);
    const session = manager.createSession('lan');
    const heard = eventsOf(session);
    session.open();
    await clock.advance(0);
    assert.deepEqual(heard, ['opened']);
    assert.equal(simulation.starts('lan'), 0);
  });

  test('O3: opening twice does nothing the second time', async () => {
    const { manager, clock } = await engineOn([{ identifier: 'lan', startMs: 100 }]);
    const session = manager.createSession('lan');
    const heard = eventsOf(session);
    session.open();
    session.open();
    await clock.advance(100);
    session.open();
    await clock.advance(100);
    assert.deepEqual(heard, ['Connecting', 'Connected', 'opened']);
    assert.equal(manager.holders('lan'), 1);
  });

  test('O3: opening while the access point is stopping waits for the stop, then starts it', async () => {
    const { manager, simulation, clock } = await engineOn([{ identifier: 'lan', startMs: 10, stopMs: 50 }]);
    const first = manager.createSession('lan');
    first.open();
    await clock.advance(10);
    const second = manager.createSession('lan');
    const heard = eventsOf(second);
    first.close();
    await clock.advance(20);
    assert.equal(second.state, SessionState.Closing);
    second.open();
    await clock.advance(100);
    assert.deepEqual(heard, ['Closing', 'Disconnected', 'Connecting', 'Connected', 'opened']);
    assert.equal(simulation.starts('lan'), 2);
  });

  test('O5, R9: the platform knows what is held here before the sessions do, and no more when the last one lets it go', async () => {
    const { manager, platform, simulation, clock } = await engineOn([{ identifier: 'lan', up: true }]);
    const told: unknown[] = [];
    Object.assign(platform, { setHeld: (identifier: string, held: boolean) => told.push(`${identifier} ${held}`) });
    const sessions = [1, 2].map(() => manager.createSession('lan'));
    for (const session of sessions) {
      session.onDidOpen(() => told.push('opened'));
      session.onDidClose(() => told.push('closed'));
      session.open();
    }
    await clock.advance(0);
    assert.deepEqual(told.splice(0), ['lan true', 'opened', 'opened']);
    sessions[0]?.close();
    await clock.advance(0);
    assert.deepEqual(told.splice(0), ['closed']);
    sessions[1]?.close();
    await clock.advance(0);
    assert.deepEqual(told.splice(0), ['lan false', 'closed']);
    sessions[0]?.open();
    await clock.advance(0);
    simulation.set('lan', { up: false });
    simulation.set('lan', { up: true });
    await clock.advance(0);
    assert.deepEqual(told, ['lan true', 'opened', 'lan false', 'closed']);
  });

  test('O4: opening what is not in reach, or not known, is an InvalidConfigurationError and starts nothing', async () => {
    const { manager, simulation, clock } = await engineOn([{ identifier: 'lan', inReach: false }]);
    for (const identifier of ['lan', 'nowhere']) {
      const session = manager.createSession(identifier);
      const heard = eventsOf(session);
      session.open();
      await clock.advance(0);
      assert.deepEqual(heard, ['InvalidConfigurationError'], identifier);
      assert.equal(session.error, SessionError.InvalidConfigurationError);
      assert.equal(await session.waitForOpened(), false);
    }
    assert.equal(simulation.starts('lan'), 0);
  });
});
