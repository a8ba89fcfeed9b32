// The table of moves, row by row and column by column: what it says is what happens (R2 to R8a).
import * as assert from 'node:assert/strict';
import { SessionError } from '../../../src/engine/index.js';
import { type MoveKind, type RoamingAct, type RoamingInput, roamingTable } from '../../../src/engine/roaming.js';
import { SessionEvent } from '../../../src/engine/sessionEvent.js';
import { MoverStage, type StageName } from '../../fixtures/moverStage.js';
import { settled } from '../../fixtures/testClock.js';

const stages: Readonly<Record<StageName, MoveKind>> = {
  none: 'none',
  offered: 'offered',
  migrating: 'migrating',
  testing: 'testing',
  activated: 'activated',
  'activated on one device': 'activated',
  accepting: 'accepting',
  returning: 'returning',
  escaping: 'escaping',
  arrived: 'escaping',
};

interface Outcome extends MoverStage {
  readonly before: MoveKind;
  readonly after: MoveKind;
  /** What the platform was asked to do by it. */
  readonly acts: readonly string[];
  readonly name: StageName;
}

const onLan = ({ traveller }: Outcome) => traveller.leg?.accessPoint.identifier === 'lan';
const isRoamingError = ({ traveller }: Outcome) =>
  traveller.refusals.length === 1 && traveller.refusals[0]?.error === SessionError.RoamingError;

/** What follows from an act. */
const outcomes: Readonly<Record<RoamingAct, (outcome: Outcome) => boolean>> = {
  nothing: ({ before, after, acts, traveller }) =>
    after === before && acts.length === 0 && traveller.refusals.length === 0 && traveller.letGone.length === 0,
  refuse: (outcome) => outcome.after === outcome.before && outcome.acts.length === 0 && isRoamingError(outcome),
  offer: ({ before, after, traveller }) =>
    after === 'offered' && traveller.told.includes(SessionEvent.Preferred) === (before === 'none'),
  withdraw: ({ after, mover }) => after === 'none' && mover.next === undefined,
  dismiss: ({ after, mover }) => {
    mover.reconsider();
    return after === 'none' && mover.offer.kind === 'none';
  },
  begin: ({ after, acts }) => after === 'migrating' && acts[0]?.startsWith('start') === true,
  prove: ({ after }) => after === 'testing',
  activate: ({ after }) => after === 'activated',
  accept: ({ name, after, acts }) => after === 'accepting' && (name === 'accepting' || acts[0] === 'prefer lan'),
  keep: ({ name, after }) => after === (name === 'activated on one device' ? 'activated' : 'accepting'),
  reject: ({ name, after, traveller }) =>
    after === (name === 'activated on one device' ? 'returning' : 'none') &&
    traveller.letGone[0]?.accessPoint.identifier === 'lan' &&
    traveller.refusals.length === 0,
  expire: (outcome) => outcomes.reject(outcome),
  discard: (outcome) => outcomes.reject(outcome),
  giveUp: (outcome) =>
    isRoamingError(outcome) && outcome.after === (outcome.name === 'activated on one device' ? 'returning' : 'none'),
  goOn: ({ after, mover, traveller }) =>
    after === 'escaping' && mover.next?.accessPoint.identifier === 'lan' && traveller.refusals.length === 0,
  finish: (outcome) =>
    outcome.name === 'escaping' ? outcome.after === 'escaping' : outcome.after === 'none' && onLan(outcome),
  finishAnyway: (outcome) => outcomes.finish(outcome),
  escape: ({ after, mover }) => after === 'escaping' && mover.next !== undefined,
  tryNext: ({ after, acts }) => after === 'escaping' && acts[0] === 'start phone',
  arrive: ({ name, after, acts }) => after === 'escaping' && (name === 'arrived' || acts[0] === 'prefer lan'),
  lose: ({ after, traveller }) =>
    after === 'none' &&
    traveller.losses.length === 1 &&
    traveller.losses[0]?.error === SessionError.SessionAbortedError,
  resume: ({ after, traveller }) => after === 'none' && traveller.leg?.accessPoint.identifier === 'wifi',
};

async function give(name: StageName, input: RoamingInput): Promise<Outcome> {
  const stage = await new MoverStage().reach(name);
  const { mover, traveller, platform } = stage;
  const before = mover.offer.kind;
  assert.equal(before, stages[name], 'the stage is reached');
  const count = platform.acts.length;
  if (name === 'none' && input === 'preferred') {
    await stage.set('lan', { inReach: true });
  }
  traveller.told.length = 0;
  traveller.letGone.length = 0;
  if (input === 'oldLost' && traveller.leg !== undefined) {
    traveller.lastAccessPoint = traveller.leg.accessPoint;
    traveller.leg = undefined;
  }
  if (input === 'migrate') {
    mover.input(input, name === 'none' ? 'phone' : 'lan');
  } else if (input === 'tested') {
    mover.input(input, { results: [], isSuitable: true });
  } else {
    mover.input(input as 'failed', stage.accessPoint('lan').failure({ code: 'wentDown' }));
  }
  const after = mover.offer.kind;
  await settled();
  const acts = platform.acts.slice(count);
  return Object.assign(stage, { before, after, acts, name });
}

for (const [name, kind] of Object.entries(stages) as [StageName, MoveKind][]) {
  suite(`the table of moves: ${name}`, () => {
    for (const [input, act] of Object.entries(roamingTable[kind]) as [RoamingInput, RoamingAct][]) {
      test(`${input}: ${act}`, async () => {
        const outcome = await give(name, input);
        assert.ok(
          outcomes[act](outcome),
          `${outcome.before} -> ${outcome.after}, ${outcome.acts.join()}, refused ${outcome.traveller.refusals.length}`,
        );
      });
    }
  });
}

suite('the table of moves', () => {
  test('every kind is reached, every kind has every input, and every act is in it', () => {
    assert.deepEqual(new Set(Object.values(stages)), new Set(Object.keys(roamingTable)));
    const rows = Object.values(roamingTable);
    for (const row of rows) {
      assert.deepEqual(Object.keys(row).sort(), Object.keys(roamingTable.none).sort());
    }
    const used = new Set(rows.flatMap((row) => Object.values(row)));
    assert.deepEqual([...used].sort(), Object.keys(outcomes).sort());
  });

  test('R2: what is offered is told', async () => {
    const { traveller } = await new MoverStage().reach('offered');
    assert.deepEqual(traveller.told, [SessionEvent.Offer, SessionEvent.Preferred]);
  });
});
