// Cables that are pulled in the middle of a move, and moves because of a cable that is pulled.
import assert from 'node:assert/strict';
import { SessionError, SessionState } from '../../src/engine/index.js';
import { eventsOf } from '../fixtures/engineFixture.js';
import { active, ask, cafe, lab, office, profiles, snapshot, until, untilSnapshot, way } from '../harness/machine.mjs';
import { Trip } from './trip.js';

suite('sessions that lose a link', () => {
  let trip: Trip;
  let before: string;

  setup(async () => {
    await lab.reset();
    await lab.addProfiles(profiles());
    await lab.nmcli('connection', 'up', office);
    before = await snapshot();
    trip = await Trip.begin({ tests: [{ http: lab.serverUrl }] });
  });

  teardown(() => trip.dispose());

  async function pull(link: 0 | 1): Promise<void> {
    await lab.pullCable(link);
    await trip.knows(link === 0 ? office : cafe, false);
  }

  suite('R8a: in the middle of a move', () => {
    /** Where it happens; nothing: while the move waits for its answer. */
    const points = {
      'before the new one is up': 'start: before ActivateConnection',
      'while the new one is made ready': 'prepare: before Reapply',
      'while the tests run': 'before test',
      'before the answer': undefined,
      'during accept': 'prefer: before Reapply',
      'after the system’s traffic was moved': 'after prefer',
    } as const;

    for (const [when, point] of Object.entries(points)) {
      const isAnswered = point === 'prefer: before Reapply' || point === 'after prefer';

      /** Pulls this cable there. */
      async function moveAndPull(link: 0 | 1) {
        const session = await trip.open();
        const pulled = point === undefined ? undefined : trip.steps.at(point, () => pull(link));
        if (point === undefined || isAnswered) {
          await trip.migrate(session);
        } else {
          session.migrate(cafe);
        }
        if (isAnswered) {
          session.accept();
        }
        await (pulled ?? pull(link));
        await trip.settled(session);
        return session;
      }

      test(`the old one, ${when}: on the new one`, async () => {
        const session = await moveAndPull(0);
        assert.deepEqual([session.activeConfiguration.identifier, await way()], [cafe, 'veth1']);
        assert.equal(await ask(), '10.9.1.2');
        await lab.plugCable(0);
        await trip.close(session);
        await untilSnapshot(before);
      });

      test(`the new one, ${when}: on the old one`, async () => {
        const session = await moveAndPull(1);
        assert.equal(session.activeConfiguration.identifier, office);
        await until(async () => (await way()) === 'veth0');
        assert.equal(session.error, SessionError.RoamingError);
        assert.equal(await ask(), '10.9.0.2');
        await lab.plugCable(1);
        await trip.close(session);
        await untilSnapshot(before);
      });
    }
  });

  for (const isUp of [false, true]) {
    test(`R8: escape to one that is ${isUp ? 'up' : 'down'}`, async () => {
      if (isUp) {
        await lab.nmcli('connection', 'up', cafe);
        before = await snapshot();
      }
      const session = await trip.open();
      const told = eventsOf(session);
      await pull(0);
      await trip.until(session, () => session.activeConfiguration.identifier === cafe);
      await trip.settled(session);
      assert.deepEqual(told, ['Roaming', 'Connected']);
      assert.deepEqual([await way(), await ask()], ['veth1', '10.9.1.2']);
      await lab.plugCable(0);
      await trip.close(session);
      await untilSnapshot(before);
      assert.equal((await active()).includes(cafe), isUp);
    });
  }

  test('O8: nothing left to escape to', async () => {
    const session = await trip.open();
    const told = eventsOf(session);
    await pull(1);
    await pull(0);
    await trip.until(session, () => !session.isOpen);
    assert.deepEqual(told, ['NotAvailable', 'SessionAbortedError', 'closed']);
    await lab.plugCable(0);
    await lab.plugCable(1);
    await untilSnapshot(before);
    session.open();
    assert.equal(await session.waitForOpened(), true, session.errorString);
    assert.deepEqual([session.state, await ask()], [SessionState.Connected, '10.9.0.2']);
  });
});
