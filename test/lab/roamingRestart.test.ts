// A NetworkManager that is killed and started again in the middle of a move: the session ends where the rules say, the
// machine keeps its network, and in the end nothing of ours is left.
import assert from 'node:assert/strict';
import {
  ask,
  cafe,
  lab,
  office,
  profiles,
  snapshot,
  until,
  untilOnNetwork,
  untilSnapshot,
} from '../harness/machine.mjs';
import { Trip } from './trip.js';

/**
 * There NetworkManager has set addresses and routes and has not written down yet that it did: started again, it takes them for
 * somebody else's, and leaves them to whoever that is until the profile is started again.
 */
const unsaid = 'start: after ActivateConnection';

/** When it is killed, and where the session may be in the end. Nothing: while the move waits for its answer. */
const points: readonly [point: string | undefined, ends: readonly string[]][] = [
  ['before start', [office]],
  ['start: before CheckpointCreate', [office]],
  ['start: before ActivateConnection', [office]],
  [unsaid, [office, cafe]],
  ['after start', [office, cafe]],
  ['prepare: before Reapply', [office, cafe]],
  ['prepare: after Reapply', [office, cafe]],
  ['after prepare', [cafe]],
  ['before test', [cafe]],
  ['after test', [cafe]],
  [undefined, [cafe]],
  ['prefer: before Reapply', [office, cafe]],
  ['prefer: after Reapply', [office, cafe]],
  ['after prefer', [cafe]],
  ['stop: before DeactivateConnection', [cafe]],
  ['stop: after DeactivateConnection', [cafe]],
];

suite('O13, R9: NetworkManager is killed in the middle of a move', () => {
  let trip: Trip;

  teardown(() => trip.dispose());

  for (const isLower of [false, true]) {
    for (const [point, ends] of points) {
      const when = point ?? 'while it waits for its answer';
      // Every second one: those of both would take too long.
      if (points.findIndex(([other]) => other === point) % 2 === Number(isLower)) {
        test(`${when}, the metric of the new one ${isLower ? 'lower' : 'higher'}`, () => move(point, ends, isLower));
      }
    }
  }

  async function startAndStop(identifier: string): Promise<void> {
    const session = trip.manager.createSession(identifier);
    session.open();
    assert.equal(await session.waitForOpened(), true, session.errorString);
    await trip.close(session);
  }

  async function move(point: string | undefined, ends: readonly string[], isLower: boolean): Promise<void> {
    await lab.reset();
    await lab.addProfiles(profiles(isLower ? 100 : 300));
    const isReleased = point?.startsWith('stop:') === true;
    if (!isReleased) {
      await lab.nmcli('connection', 'up', office);
    }
    const before = await snapshot();
    trip = await Trip.begin({ tests: [{ http: lab.serverUrl }] });
    const session = await trip.open();
    const kill = async () => {
      await lab.killNetworkManager();
      await trip.knowsAway(true);
    };
    const killed = point === undefined ? undefined : trip.steps.at(point, kill);
    session.migrate(cafe);
    await trip.until(
      session,
      () => ['activated', 'none'].includes(session.offer.kind) || trip.manager.system.away !== undefined,
    );
    if (session.offer.kind === 'activated' && point !== undefined) {
      session.accept();
    }
    await (killed ?? kill());
    await untilOnNetwork();
    await lab.startNetworkManager();
    await trip.knowsAway(false);
    // Whatever has become of it.
    await trip.until(session, () => ['activated', 'none'].includes(session.offer.kind));
    if (session.offer.kind === 'activated') {
      session.accept();
    }
    await trip.settled(session);
    const { identifier } = session.activeConfiguration;
    assert.ok(ends.includes(identifier), `${identifier}: ${session.errorString}`);
    if (point !== unsaid) {
      await until(async () => (await ask().catch(String)) === (identifier === cafe ? '10.9.1.2' : '10.9.0.2'));
    }
    await trip.close(session);
    if (point === unsaid) {
      await untilOnNetwork();
      await startAndStop(cafe);
    }
    await untilSnapshot(before);
    await until(() => trip.journals.length === 0);
  }
});
