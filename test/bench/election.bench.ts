// Who leads the windows: how long it takes to agree, and to be answered. As many processes as windows.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { assertOneLeader, isWindow, type Joined, now, runWindow, soon, Window } from '../fixtures/brokerWindow.js';
import { fuzzChannel, fuzzHandshake, randomFrom } from '../fixtures/fuzz.js';
import { median, report } from './figures.js';

const count = 8;
const rounds = 200;

async function measure(): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'ns-'));
  let windows = Array.from({ length: count }, () => new Window(__filename));
  const room = (name: string) => {
    const made = path.join(folder, name);
    mkdirSync(path.join(made, 'home'), { recursive: true });
    mkdirSync(path.join(made, 'tmp'));
    return made;
  };
  const directoryIn = (place: string) => path.join(place, 'home', '.network-sessions', 'v1');

  /** All begin at the same instant. Milliseconds until the last one has had an answer. */
  async function begin(place: string): Promise<number> {
    const at = soon();
    const joined = await Promise.all(windows.map((window) => window.join(place, at)));
    assertOneLeader(joined);
    for (const window of windows) {
      assert.ok(await window.act('mayAct'));
    }
    assert.deepEqual(readdirSync(directoryIn(place)).sort(), ['s', 'term', 'token']);
    await Promise.all(windows.map((window) => window.act('leave')));
    return Math.max(...joined.map(({ ended }) => ended)) - at;
  }

  /** Milliseconds from the death of the leader until the first and the last other one has had an answer from the next. */
  async function bury(place: string, before: Joined): Promise<{ first: number; last: number; after: Joined }> {
    const replacement = new Window(__filename);
    await replacement.act('mayAct');
    const leader = windows.find(({ pid }) => pid === before.leader);
    const others = windows.filter((window) => window !== leader);
    windows = [...others, replacement];
    const killed = now();
    await leader?.kill();
    const joined = await Promise.all(others.map((window) => window.says('joined') as Promise<Joined>));
    const after = assertOneLeader(joined);
    assert.ok(after.term > before.term);
    const followed = joined.filter(({ role }) => role === 'follower').map(({ ended }) => ended - killed);
    assert.equal((await replacement.join(place)).leader, after.leader);
    return { first: Math.min(...followed), last: Math.max(...followed), after };
  }

  try {
    await Promise.all(windows.map((window) => window.act('mayAct')));
    const starts: number[] = [];
    for (let round = 0; round < rounds; round++) {
      starts.push(await begin(room(`start${round}`)));
    }
    const most = (values: readonly number[]) => ({
      most: Number(Math.max(...values).toPrecision(4)),
      rounds: values.length,
    });
    summarize(`${count} windows that begin at the same instant`, starts, {}, most(starts));

    const dead = new Window(__filename);
    await dead.act('mayAct');
    await dead.kill();
    const stale: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const place = room(`stale${round}`);
      mkdirSync(directoryIn(place), { recursive: true, mode: 0o700 });
      const processes = process.platform === 'linux' ? readlinkSync('/proc/self/ns/pid') : undefined;
      const lock = JSON.stringify({ pid: dead.pid, start: '1', processes });
      writeFileSync(path.join(directoryIn(place), 'l'), lock, { mode: 0o600 });
      stale.push(await begin(place));
    }
    summarize(`${count} windows that begin where a lock of a dead one lies`, stale, {}, most(stale));

    const place = room('deaths');
    // Some have joined anew by themselves when another one left first.
    for (const window of windows) {
      window.forget();
    }
    let leader = assertOneLeader(await Promise.all(windows.map((window) => window.join(place))));
    const firsts: number[] = [];
    const lasts: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const { first, last, after } = await bury(place, leader);
      leader = after;
      firsts.push(first);
      lasts.push(last);
    }
    summarize('from the death of the leader to the first answer of the next', firsts, { atMost: 100 }, most(firsts));
    summarize(`from the death of the leader until all ${count - 1} others are answered`, lasts, {}, most(lasts));

    const follower = windows.find(({ pid }) => pid !== leader.leader);
    const medians: number[] = [];
    for (let run = 0; run < 5; run++) {
      medians.push(median(await (follower ?? assert.fail()).act<number[]>('pings', { count: 10_000 })));
    }
    report('a request and its answer between two windows', 'ms', medians, { atMost: 1 });
  } finally {
    await Promise.all(windows.map((window) => window.kill()));
    rmSync(folder, { recursive: true, force: true });
  }

  await upset(Number(process.env['SEED'] ?? Date.now() % 1_000_000), 30_000);

  const seed = 4711;
  const began = performance.now();
  const { heard, cutOff } = await fuzzChannel(seed, 200_000);
  await fuzzHandshake(seed, 20_000);
  report('220 000 damaged messages', 's', [(performance.now() - began) / 1000], {}, { seed, heard, cutOff });
}

/**
 * Kills, stops and continues windows and takes away files of the place, at random. Measures how long it takes after each
 * such time until one leads and all have an answer from it. Looks at the place are short here: nothing heals later than by one.
 */
async function upset(seed: number, milliseconds: number): Promise<void> {
  const random = randomFrom(seed);
  const folder = mkdtempSync(path.join(tmpdir(), 'ns-'));
  mkdirSync(path.join(folder, 'home'));
  mkdirSync(path.join(folder, 'tmp'));
  const windows = new Set<Window>();
  const open = () => {
    const window = new Window(__filename, { times: { check: 200, handshake: 300, lock: 500 } });
    windows.add(window);
    window.join(folder).catch(() => {}); // It may be killed before.
  };
  const pause = (time: number) => new Promise((resolve) => setTimeout(resolve, time));

  /** Undefined when they agree; otherwise what each of them says. */
  async function disagreement(): Promise<string | undefined> {
    const states = await Promise.all(
      [...windows].map((window) => {
        const state = window.act<Joined & { actsAs?: number }>('status').catch(String);
        return Promise.race([state, pause(1_000).then(() => 'no answer')]);
      }),
    );
    try {
      const all = states.map((state) => (typeof state === 'string' ? assert.fail(state) : state));
      assertOneLeader(all);
      assert.equal(all.filter(({ actsAs }) => actsAs !== undefined).length, 1);
      return undefined;
    } catch {
      return JSON.stringify(states);
    }
  }

  try {
    for (let index = 0; index < count; index++) {
      open();
    }
    const healed: number[] = [];
    const until = now() + milliseconds;
    while (now() < until) {
      const stopped = new Set<Window>();
      for (let acts = 0; acts < 12; acts++) {
        const window = [...windows][random(windows.size)] ?? assert.fail();
        const file = ['s', 'l', 'term', 'token'][random(4)] ?? '';
        switch (random(6)) {
          case 0:
          case 1:
            windows.delete(window);
            stopped.delete(window);
            await window.kill();
            open();
            break;
          case 2:
          case 3:
            stopped.add(window);
            window.signal('SIGSTOP');
            break;
          case 4:
            for (const each of stopped) {
              each.signal('SIGCONT');
            }
            stopped.clear();
            break;
          case 5:
            rmSync(path.join(folder, 'home', '.network-sessions', 'v1', file), { force: true });
        }
        await pause(random(100));
      }
      for (const each of stopped) {
        each.signal('SIGCONT');
      }
      const began = now();
      for (let states = await disagreement(); states !== undefined; states = await disagreement()) {
        assert.ok(now() - began < 10_000, `the windows do not agree (seed ${seed}): ${states}`);
        await pause(10);
      }
      healed.push(now() - began);
    }
    const more = { seed, most: Number(Math.max(...healed).toPrecision(4)), times: healed.length };
    summarize(`until ${count} windows agree after they were killed, stopped and robbed at random`, healed, {}, more);
  } finally {
    await Promise.all([...windows].map((window) => window.kill()));
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The median of many rounds; all of them would be a long line. */
function summarize(figure: string, runs: readonly number[], asked: { atMost?: number }, more: object): void {
  report(figure, 'ms', [median(runs)], asked, more);
}

if (isWindow) {
  runWindow();
} else {
  void measure();
}
