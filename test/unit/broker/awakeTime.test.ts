import assert from 'node:assert/strict';
import { AwakeTime } from '../../../src/broker/awakeTime.js';
import { TestClock } from '../../fixtures/testClock.js';

suite('a time that passes only while the process runs', () => {
  let clock: TestClock;
  let time: AwakeTime;
  let ends: number[];

  setup(() => {
    clock = new TestClock();
    ends = [];
    time = new AwakeTime(clock, 300, 3, 50, () => ends.push(clock.now()));
  });

  test('is over after its time, once, and leaves no timer', async () => {
    await clock.advance(299);
    assert.deepEqual([time.left, time.isOver], [1, false]);
    await clock.advance(1_000);
    assert.deepEqual([time.left, time.isOver, ends, clock.pending], [0, true, [300], 0]);
  });

  test('looks no more often than it was told', async () => {
    const times: number[] = [];
    const counting = {
      now: () => clock.now(),
      setTimeout: (...args: Parameters<TestClock['setTimeout']>) => {
        times.push(clock.now());
        return clock.setTimeout(...args);
      },
    };
    new AwakeTime(counting, 300, 3, 50, () => {});
    await clock.advance(1_000);
    assert.deepEqual(times, [0, 100, 200]);
  });

  test('begins anew for one that was stopped, whether its timers run first or somebody asks', async () => {
    await clock.advance(150);
    clock.jump(1_000);
    assert.equal(time.left, 300, 'somebody asks');
    await clock.advance(299);
    clock.jump(52);
    await clock.advance(0);
    assert.deepEqual(ends, [], 'its timers run first');
    await clock.advance(299);
    assert.deepEqual(ends, []);
    await clock.advance(1);
    assert.deepEqual(ends, [clock.now()]);
  });

  test('timers that are a little late are no stop', async () => {
    for (const late of [140, 140, 60]) {
      clock.jump(late);
      await clock.advance(0);
    }
    assert.deepEqual(ends, [340]);
  });

  test('once it is over it stays so, and once it is disposed of nothing runs', async () => {
    await clock.advance(300);
    clock.jump(1_000_000);
    assert.equal(time.isOver, true);
    const other = new AwakeTime(clock, 300, 3, 50, () => ends.push(-1));
    other.dispose();
    await clock.advance(1_000);
    assert.deepEqual([ends, clock.pending], [[300], 0]);
  });
});
