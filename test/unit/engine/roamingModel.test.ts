// Random sequences on overlapping service networks: what holds whatever happens in the middle of anything (R1 to R11).
import * as assert from 'node:assert/strict';
import fc from 'fast-check';
import { RoamingSystem, type Step } from '../../fixtures/roamingSystem.js';

const steps = 20_000;
const seed = 20261121;

const sessions = fc.nat(RoamingSystem.sessionCount - 1);
const accessPoint = fc.constantFrom(...RoamingSystem.accessPoints);
const call = fc.record({
  kind: fc.constantFrom('open', 'open', 'open', 'close', 'stop', 'dispose'),
  session: sessions,
});
const answer = fc.record({
  kind: fc.constantFrom('migrate', 'migrate', 'migrate', 'accept', 'accept', 'reject', 'ignore'),
  session: sessions,
});
const migrateTo = fc.record({ kind: fc.constant('migrateTo'), session: sessions, accessPoint });
const change = fc.record({
  kind: fc.constantFrom('lose', 'lose', 'return', 'return', 'return', 'upOutside', 'downOutside', 'metered', 'reaches'),
  accessPoint,
});
const signal = fc.record({ kind: fc.constant('signal'), accessPoint, percent: fc.constantFrom(10, 20, 30, 40, 90) });
const traffic = fc.record({ kind: fc.constantFrom('traffic', 'recreate'), accessPoint });
const failure = fc.record({
  kind: fc.constantFrom('failStart', 'failPrepare', 'failPrefer', 'failTest', 'failRestore', 'hold'),
  accessPoint,
});
const existence = fc.record({ kind: fc.constantFrom('remove', 'add', 'add'), accessPoint });
const pass = fc.record({
  kind: fc.constant('pass'),
  milliseconds: fc.constantFrom(0, 0, 0, 1, 10, 25, 60, 1000, 10_000, 30_000, 60_000),
});
const absence = fc.record({ kind: fc.constantFrom('goAway', 'comeBack', 'comeBack') });
const redefine = fc.record({ kind: fc.constant('redefine'), variant: fc.nat(RoamingSystem.variants - 1) });
const listen = fc.record({ kind: fc.constant('listen'), session: sessions });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: call },
  { weight: 5, arbitrary: answer },
  { weight: 2, arbitrary: migrateTo },
  { weight: 5, arbitrary: change },
  { weight: 1, arbitrary: signal },
  { weight: 1, arbitrary: traffic },
  { weight: 2, arbitrary: failure },
  { weight: 1, arbitrary: existence },
  { weight: 6, arbitrary: pass },
  { weight: 1, arbitrary: absence },
  { weight: 1, arbitrary: redefine },
  { weight: 1, arbitrary: listen },
) as fc.Arbitrary<Step>;

suite('sessions on service networks against a model', function () {
  this.timeout(120_000);

  test('R1 to R11, O1 to O13, S2, S3, F1, F2: in the middle of anything, and at its end', async () => {
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 20, maxLength: 80, size: 'max' }),
        fc.constantFrom('ifStartedHere', 'always', 'never'),
        fc.constantFrom('yes', 'no', 'hang', undefined),
        fc.boolean(),
        async (sequence, policy, answers, isSlow) => {
          const system = new RoamingSystem({ policy, answers, isSlow });
          await system.start();
          for (const one of sequence) {
            await system.apply(one);
            system.check();
            taken++;
          }
          await system.drain();
          system.checkAtRest();
          await system.dispose();
          system.checkAfterwards();
        },
      ),
      { seed, numRuns: 450 },
    );
    assert.ok(taken >= steps, `only ${taken} steps`);
  });
});
