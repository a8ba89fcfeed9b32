import * as assert from 'node:assert/strict';
import { afterPatience } from '../../../src/host/model/patience.js';
import { TestClock } from '../../fixtures/testClock.js';

suite('patience with what is under way', () => {
  test('it ends after two seconds, but not while the person is asked something', async () => {
    const clock = new TestClock();
    let isAsking = true;
    let told = 0;
    afterPatience(
      clock,
      () => isAsking,
      () => {
        told += 1;
      },
    );
    await clock.advance(10_000);
    assert.equal(told, 0);
    isAsking = false;
    await clock.advance(2000);
    assert.equal(told, 1);
    await clock.advance(10_000);
    assert.equal(told, 1);
  });

  test('what is done in time is not told of', async () => {
    const clock = new TestClock();
    afterPatience(
      clock,
      () => false,
      () => assert.fail('it was done'),
    ).dispose();
    await clock.advance(10_000);
  });
});
