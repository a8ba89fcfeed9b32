import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Locksmith } from '../../../src/broker/lock.js';
import { NotPrivate } from '../../../src/shared/privateFiles.js';
import { TestClock } from '../../fixtures/testClock.js';

const patience = 5000;
const processes = () => readlinkSync('/proc/self/ns/pid');
const startOf = (pid: number) =>
  readFileSync(`/proc/${pid}/stat`, 'latin1')
    .replace(/^.*\) /s, '')
    .split(' ')[19] ?? assert.fail();

suite('the lock of those who take over', () => {
  let folder: string;
  let file: string;
  let clock: TestClock;

  suiteSetup(function () {
    if (process.platform !== 'linux') {
      this.skip(); // These look at /proc.
    }
  });
  setup(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'lock-'));
    file = path.join(folder, 'l');
    clock = new TestClock();
  });
  teardown(() => rmSync(folder, { recursive: true, force: true }));

  const smith = () =>
    new Locksmith(file, { clock, digits: (count) => randomBytes(count).toString('hex').slice(0, count), patience });
  const left = (holder: object | string) =>
    writeFileSync(file, typeof holder === 'string' ? holder : JSON.stringify(holder), { mode: 0o600 });
  const files = () => readdirSync(folder);

  test('one has it, and it is gone when it is given back', () => {
    const lock = smith().take();
    assert.ok(lock);
    assert.ok(lock.isHeld());
    assert.equal(smith().take(), undefined);
    lock.release();
    assert.deepEqual(files(), []);
    assert.ok(smith().take());
  });

  test('that of a dead process is taken over at once', async () => {
    const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
    await once(child, 'exit');
    left({ pid: child.pid, start: '1', processes: processes() });
    assert.ok(smith().take());
    assert.deepEqual(files(), ['l']);
  });

  test('that of a number which is another process by now is one of a dead process', () => {
    left({ pid: process.pid, start: String(Number(startOf(process.pid)) - 1), processes: processes() });
    assert.ok(smith().take());
  });

  test('that of a process that lives is broken only when it is held far too long', async () => {
    left({ pid: process.ppid, start: startOf(process.ppid), processes: processes() });
    const other = smith();
    assert.equal(other.take(), undefined);
    await clock.advance(patience - 1);
    assert.equal(other.take(), undefined);
    await clock.advance(1);
    assert.ok(other.take()?.isHeld());
  });

  test('locks that follow each other are not one that is held long', async () => {
    const other = smith();
    for (let second = 0; second < 10; second++) {
      const lock = smith().take();
      assert.equal(other.take(), undefined);
      await clock.advance(1000);
      lock?.release();
    }
  });

  for (const [what, content] of Object.entries({
    'of another container, whose processes cannot be seen': { pid: 1, start: '1', processes: 'pid:[1]' },
    'that is empty: it may be written at this moment': '',
    'with half a content': '{"pid":',
    'with a number that no process has': { pid: -1 },
    'with nothing in it': 'null',
  })) {
    test(`one ${what} is waited for`, async () => {
      left(content);
      const other = smith();
      assert.equal(other.take(), undefined);
      await clock.advance(patience);
      assert.ok(other.take()?.isHeld());
    });
  }

  test('who lost it knows, and does not give back what another one has', async () => {
    const lock = smith().take();
    const other = smith();
    assert.equal(other.take(), undefined);
    await clock.advance(patience);
    const taken = other.take();
    assert.ok(taken);
    assert.ok(taken.isHeld());
    assert.equal(lock?.isHeld(), false);
    lock?.release();
    assert.ok(taken.isHeld());
  });

  test('of two that see the same dead lock, at most one has it in the end, and the other one knows', () => {
    for (const moment of ['before', 'after'] as const) {
      rmSync(file, { force: true });
      left({ pid: 2 ** 22 + 1, start: '1', processes: processes() });
      // The late one has read the dead lock; another one takes it over before it does.
      let fast: ReturnType<Locksmith['take']>;
      let calls = 0;
      const late = new Locksmith(file, {
        clock,
        digits: (count) => {
          calls++;
          if (count === 6 && moment === 'before') {
            fast = smith().take();
          }
          return randomBytes(count).toString('hex').slice(0, count);
        },
        patience,
      }).take();
      fast ??= smith().take();
      assert.ok(calls > 1);
      assert.equal([late, fast].filter((lock) => lock?.isHeld()).length, 1);
      assert.deepEqual(files(), ['l']);
    }
  });

  for (const [what, make] of Object.entries({
    'a link': () => symlinkSync('/etc/hostname', file),
    'a file that others may read': () => {
      left('{}');
      chmodSync(file, 0o644);
    },
  })) {
    test(`${what} is no lock of ours: it is refused, and left as it is`, () => {
      make();
      assert.throws(() => smith().take(), NotPrivate);
      assert.deepEqual(files(), ['l']);
    });
  }
});
