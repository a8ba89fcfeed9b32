// What becomes of the new access point of a move that is not accepted, whatever the policy for the last close (R5, O5a).
import * as assert from 'node:assert/strict';
import type { LastClose, NetworkSession } from '../../../src/engine/index.js';
import { networkEngine } from '../../fixtures/networkFixture.js';

const policies: readonly LastClose[] = ['ifStartedHere', 'always', 'never'];
const names = ['wifi', 'lan', 'phone'] as const;

/** A session on `wifi` that waits for the answer to its move to `lan`, which was up before for some other reason, or not. */
async function moved(lastClose: LastClose, before: (engine: Awaited<ReturnType<typeof networkEngine>>) => unknown) {
  const engine = await networkEngine({}, [], { lastClose });
  const session = await engine.open();
  session.onDidChangePreferredConfiguration(() => undefined);
  await engine.set('lan', { inReach: true });
  await before(engine);
  await engine.clock.advance(0);
  session.migrate('lan');
  await engine.clock.advance(0);
  return { ...engine, session };
}

type Moved = Awaited<ReturnType<typeof moved>>;

const nothing = () => undefined;
const upOutside = ({ set }: { readonly set: (name: string, change: { readonly up: boolean }) => unknown }) =>
  set('lan', { up: true });

/** Ways in which a move ends that is not accepted. */
const ends: Readonly<Record<string, (moved: Moved) => unknown>> = {
  'reject()': ({ session }) => session.reject(),
  'no answer': ({ clock }) => clock.advance(60_000),
  'close()': ({ session }) => session.close(),
  'dispose()': ({ session }) => session.dispose(),
  'the removal of the service network': ({ manager }) => manager.setServiceNetworks([]),
};

suite('what is not accepted', () => {
  for (const lastClose of policies) {
    for (const [name, end] of Object.entries(ends)) {
      test(`R5: ${name} with '${lastClose}': what the move started is stopped`, async () => {
        const engine = await moved(lastClose, nothing);
        await end(engine);
        await engine.clock.advance(0);
        assert.deepEqual([engine.simulation.stops('lan'), engine.manager.holders('lan')], [1, 0]);
      });

      test(`R5: ${name} with '${lastClose}': what was up before is left up`, async () => {
        const engine = await moved(lastClose, upOutside);
        await end(engine);
        await engine.clock.advance(0);
        assert.deepEqual([engine.simulation.stops('lan'), engine.manager.holders('lan')], [0, 0]);
      });

      test(`R5: ${name} with '${lastClose}': what another holds is left up, also what the move started`, async () => {
        const engine = await moved(lastClose, nothing);
        await engine.open('lan');
        await end(engine);
        await engine.clock.advance(0);
        assert.deepEqual([engine.simulation.stops('lan'), engine.manager.holders('lan')], [0, 1]);
      });
    }

    for (const isUpBefore of [false, true]) {
      test(`R3, R5: a failed one with '${lastClose}', ${isUpBefore ? 'up before' : 'started for it'}`, async () => {
        const engine = await moved(lastClose, async (before) => {
          before.simulation.failNext('prepare', 'lan');
          await (isUpBefore ? upOutside(before) : undefined);
        });
        assert.equal(engine.session.activeConfiguration.identifier, 'wifi');
        assert.equal(engine.simulation.stops('lan'), isUpBefore ? 0 : 1);
      });

      test(`R4, O5a: an accepted one is like any other with '${lastClose}', ${isUpBefore ? 'up before' : 'started for it'}`, async () => {
        const engine = await moved(lastClose, isUpBefore ? upOutside : nothing);
        const { session, clock, simulation, manager } = engine;
        session.accept();
        await clock.advance(0);
        const stops = lastClose === 'always' || (lastClose === 'ifStartedHere' && !isUpBefore);
        assert.equal(manager.wouldStop(session), stops);
        session.close();
        await clock.advance(0);
        assert.equal(simulation.stops('lan'), Number(stops));
      });
    }

    test(`O5a: what closing it would stop while it waits for the answer, with '${lastClose}'`, async () => {
      const started = await moved(lastClose, nothing);
      assert.equal(started.manager.wouldStop(started.session), true);
      const found = await moved(lastClose, upOutside);
      assert.equal(found.manager.wouldStop(found.session), false);
    });
  }

  test('R5: what was started here before, and left up on purpose, was not started by the move', async () => {
    const engine = await moved('never', async ({ open, clock }) => {
      const other = await open('lan');
      other.close();
      await clock.advance(0);
    });
    engine.session.reject();
    await engine.clock.advance(0);
    assert.deepEqual([engine.manager.isStartedHere('lan'), engine.simulation.stops('lan')], [true, 0]);
  });

  for (const lastClose of policies) {
    test(`O5: who closes meanwhile, and would have been the last, leaves its '${lastClose}' to the move`, async () => {
      let other: NetworkSession | undefined;
      const engine = await moved(lastClose, async ({ open }) => {
        other = await open('lan');
      });
      other?.close();
      await engine.clock.advance(0);
      assert.equal(engine.simulation.stops('lan'), 0, 'the move holds it');
      engine.session.reject();
      await engine.clock.advance(0);
      assert.equal(engine.simulation.stops('lan'), lastClose === 'never' ? 0 : 1);
    });
  }

  for (const first of [0, 1] as const) {
    test(`R5: two moves there: the ${first === 0 ? 'one that started it' : 'other one'} is rejected first, the last stops it`, async () => {
      const { open, set, manager, clock, simulation } = await networkEngine({}, [], { lastClose: 'never' });
      const sessions = [await open(), await open()];
      await set('lan', { inReach: true });
      for (const session of sessions) {
        session.migrate('lan');
        await clock.advance(0);
      }
      sessions[first]?.reject();
      await clock.advance(0);
      assert.equal(simulation.stops('lan'), 0);
      sessions[1 - first]?.reject();
      await clock.advance(0);
      assert.deepEqual(
        [simulation.stops('lan'), names.map((name) => manager.holders(name))],
        [1, [2, 0, 0]],
        sessions.map((each) => each.offer.kind).join(),
      );
    });
  }
});
