import * as assert from 'node:assert/strict';
import { Figures } from '../../../src/host/model/figures.js';
import { TestClock } from '../../fixtures/testClock.js';

suite('the figures of the status bar', () => {
  function figures() {
    const clock = new TestClock();
    const reads: number[] = [];
    let drawn = 0;
    const read = () => {
      reads.push(clock.now());
      return { received: reads.length, written: 0 };
    };
    const made = new Figures(clock, read, () => {
      drawn += 1;
    });
    return { clock, reads, made, drawn: () => drawn };
  }

  test('events do not read them, and do not keep them from being read', async () => {
    const { clock, reads, made, drawn } = figures();
    for (let event = 0; event < 50; event++) {
      made.follow('session lan', 1000);
      assert.equal(made.now.received, reads.length);
      await clock.advance(100);
    }
    assert.deepEqual(reads, [0, 1000, 2000, 3000, 4000, 5000]);
    assert.equal(drawn(), 5);
  });

  test('something else has its own figures at once; nothing has none', () => {
    const { reads, made } = figures();
    made.follow('default lan', 1000);
    made.follow('session lan', 1000);
    assert.equal(reads.length, 2);
    made.follow('', undefined);
    assert.deepEqual(made.now, { received: undefined, written: undefined });
    assert.equal(reads.length, 2);
  });

  test('no timer while nobody could see them; who comes back sees them move at once when they are old', async () => {
    const { clock, reads, made } = figures();
    made.follow('default lan', 1000);
    made.follow('default lan', undefined);
    assert.equal(clock.pending, 0);
    await clock.advance(300);
    made.follow('default lan', 1000);
    assert.equal(reads.length, 1);
    await clock.advance(700);
    assert.deepEqual(reads, [0, 1000]);
    made.follow('default lan', undefined);
    await clock.advance(60_000);
    made.follow('default lan', 5000);
    await clock.advance(0);
    assert.deepEqual(reads, [0, 1000, 61_000]);
    made.dispose();
    assert.equal(clock.pending, 0);
  });
});
