// Random sequences on the leader's book: what holds whatever happens in the middle of anything (O1, O5, O7, O8, O10).
import * as assert from 'node:assert/strict';
import fc from 'fast-check';
import { BookModel, type Step } from '../../fixtures/bookModel.js';

const steps = 100_000;
const seed = 20261121;

const client = fc.nat(BookModel.windows - 1);
const accessPoint = fc.constantFrom(...BookModel.accessPoints);
const ask = fc.record({
  kind: fc.constant('ask'),
  what: fc.constantFrom('hold', 'hold', 'hold', 'start', 'start', 'start', 'stop', 'move'),
  client,
  accessPoint,
});
const leave = fc.record({
  kind: fc.constant('leave'),
  client,
  accessPoint,
  policy: fc.constantFrom('ifStartedHere', 'ifStartedHere', 'ifStartedHere', 'always', 'never'),
  linger: fc.constantFrom(0, 0, 0, 10, 20_000),
});
const end = fc.record({
  kind: fc.constant('end'),
  how: fc.constantFrom('well', 'well', 'well', 'badly', 'unheard', 'givenUp', 'named', 'accepted', 'accepted'),
  accessPoint,
});
const coming = fc.record({
  kind: fc.constantFrom('die', 'bye', 'cut', 'come', 'come', 'come', 'come', 'endMove'),
  client,
});
const rescue = fc.record({ kind: fc.constant('rescue'), client });
const lose = fc.record({ kind: fc.constant('lose'), accessPoint, client, clears: fc.boolean() });
const outside = fc.record({
  kind: fc.constantFrom('elsewhere', 'arrive', 'vanish', 'unheld', 'unheld', 'unheld', 'unheldFails'),
  accessPoint,
});
const pass = fc.record({
  kind: fc.constant('pass'),
  milliseconds: fc.constantFrom(0, 1, 10, 59, 60, 1000, 5000, 14_999, 15_000, 30_000, 75_000),
});
const newLeader = fc.record({
  kind: fc.constant('newLeader'),
  knows: fc.constantFrom(true, true, true, false),
  order: fc.nat(BookModel.windows - 1),
  late: fc.constantFrom(0, 0, 1, 2, BookModel.windows),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: ask },
  { weight: 4, arbitrary: leave },
  { weight: 6, arbitrary: end },
  { weight: 4, arbitrary: coming },
  { weight: 1, arbitrary: lose },
  { weight: 2, arbitrary: outside },
  { weight: 4, arbitrary: pass },
  { weight: 1, arbitrary: newLeader },
  { weight: 1, arbitrary: fc.oneof({ weight: 3, arbitrary: pass }, { weight: 1, arbitrary: rescue }) },
) as fc.Arbitrary<Step>;

suite('the book against a model', function () {
  this.timeout(60_000);

  test('O1, O5, O5a, O7, O8, O10, R11, B1, B2, B3, B4: in the middle of anything, and at its end', async () => {
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 100, size: 'max' }), async (sequence) => {
        const model = new BookModel();
        for (const one of sequence) {
          await model.apply(one);
          model.check();
          taken++;
        }
        await model.drain();
        model.checkAtRest();
      }),
      { seed, numRuns: 2_000 },
    );
    assert.ok(taken >= steps, `only ${taken} steps`);
  });
});
