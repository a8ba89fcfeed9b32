import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  assertOneLeader,
  errandOf,
  isErrand,
  isWindow,
  type Joined,
  now,
  runErrand,
  runWindow,
  soon,
  Window,
} from '../../fixtures/brokerWindow.js';

const count = 8;
const rounds = 20;

const figures = (times: readonly number[]) => {
  const sorted = [...times].sort((one, other) => one - other);
  return `median ${sorted[sorted.length >> 1]?.toFixed(1)} ms, max ${sorted.at(-1)?.toFixed(1)} ms`;
};

if (isErrand) {
  void runErrand();
} else if (isWindow) {
  runWindow();
} else {
  suite('who leads the windows', function () {
    this.timeout(60_000); // Many processes are started, and other tests may run beside them.
    let folder: string;
    let windows: Window[];
    const room = (name: string) => {
      const made = path.join(folder, name);
      mkdirSync(path.join(made, 'home'), { recursive: true });
      mkdirSync(path.join(made, 'tmp'));
      return made;
    };

    setup(() => {
      folder = mkdtempSync(path.join(tmpdir(), 'ns-'));
      windows = [];
    });

    teardown(async () => {
      await Promise.all(windows.map((window) => window.kill()));
      rmSync(folder, { recursive: true, force: true });
    });

    const open = (times: object = {}) => {
      const window = new Window(__filename, { times });
      windows.push(window);
      return window;
    };

    test(`${rounds} times ${count} windows begin at the same instant, and one leads`, async () => {
      const all = Array.from({ length: count }, () => open());
      await Promise.all(all.map((window) => window.act('mayAct')));
      const times: number[] = [];
      for (let round = 0; round < rounds; round++) {
        const place = room(`${round}`);
        const at = soon();
        const joined = await Promise.all(all.map((window) => window.join(place, at)));
        assertOneLeader(joined);
        times.push(Math.max(...joined.map(({ ended }) => ended)) - at);
        const states = await Promise.all(all.map((window) => window.act<boolean>('mayAct')));
        assert.deepEqual(
          states,
          states.map(() => true),
        );
        assert.deepEqual(readdirSync(path.join(place, 'home/.network-sessions/v1')).sort(), ['s', 'term', 'token']);
        await Promise.all(all.map((window) => window.act('leave')));
      }
      console.log(`        all of ${count} have joined: ${figures(times)}`);
    });

    test(`${rounds} times a leader is killed, and one other leads`, async () => {
      const place = room('one');
      let all = Array.from({ length: count }, () => open());
      let before = assertOneLeader(await Promise.all(all.map((window) => window.join(place))));
      const times: number[] = [];
      for (let round = 0; round < rounds; round++) {
        const leader = all.find(({ pid }) => pid === before.leader);
        const others = all.filter((window) => window !== leader);
        const replacement = open();
        await replacement.act('mayAct'); // It is there, and has joined nobody yet.
        const killed = now();
        await leader?.kill();
        const joined = await Promise.all(others.map((window) => window.says('joined') as Promise<Joined>));
        const after = assertOneLeader(joined);
        assert.ok(after.term > before.term);
        times.push(Math.max(...joined.map(({ ended }) => ended)) - killed);
        assert.equal((await replacement.join(place)).leader, after.leader);
        all = [...others, replacement];
        before = after;
      }
      console.log(`        all of ${count - 1} have joined the next leader: ${figures(times)}`);
    });

    test('nobody takes over from a leader that is stopped: requests end in time, and go on when it does', async () => {
      const place = room('one');
      const times = { handshake: 50, retry: [1, 5] };
      const [one, two, three] = [open(times), open(times), open(times)];
      const first = await one.join(place);
      assert.equal((await two.join(place)).leader, first.leader);
      one.signal('SIGSTOP');
      assert.deepEqual(await two.act('request', { method: 'who', timeout: 200 }), {
        trouble: 'timedOut',
        message: 'the other window has not answered within 0.2 s',
      });
      const joined = three.join(place);
      await three.says('stalled');
      await three.says('stalled');
      const late = two.act('request', { method: 'who', timeout: 60_000 });
      one.signal('SIGCONT');
      assert.deepEqual(await late, { pid: one.pid });
      assertOneLeader([first, await joined, await two.act('status')]);
    });

    test('a leader that is stopped and then killed is followed by another one at once', async () => {
      const place = room('one');
      const [one, two, three] = [open(), open(), open()];
      const first = await one.join(place);
      await two.join(place);
      await three.join(place);
      one.signal('SIGSTOP');
      await one.kill();
      const joined = await Promise.all([two, three].map((window) => window.says('joined') as Promise<Joined>));
      assert.ok(assertOneLeader(joined).term > first.term);
    });

    test('of windows that all see the lock of a dead one, one leads', async () => {
      const dead = open();
      await dead.act('mayAct');
      await dead.kill();
      const all = Array.from({ length: count }, () => open());
      await Promise.all(all.map((window) => window.act('mayAct')));
      for (let round = 0; round < rounds; round++) {
        const place = room(`${round}`);
        const directory = path.join(place, 'home/.network-sessions/v1');
        mkdirSync(directory, { recursive: true, mode: 0o700 });
        const processes = process.platform === 'linux' ? readlinkSync('/proc/self/ns/pid') : undefined;
        writeFileSync(path.join(directory, 'l'), JSON.stringify({ pid: dead.pid, start: '1', processes }), {
          mode: 0o600,
        });
        const at = soon();
        assertOneLeader(await Promise.all(all.map((window) => window.join(place, at))));
        const states = await Promise.all(all.map((window) => window.act<boolean>('mayAct')));
        assert.deepEqual(
          states,
          states.map(() => true),
        );
        assert.deepEqual(readdirSync(directory).sort(), ['s', 'term', 'token']);
        await Promise.all(all.map((window) => window.act('leave')));
      }
    });

    test('the socket of a leader is taken away again and again: never do two act', async () => {
      const place = room('one');
      const times = { check: 20 };
      const all = Array.from({ length: count }, () => open(times));
      await Promise.all(all.map((window) => window.join(place)));
      for (let round = 0; round < 10; round++) {
        const [term] = await Promise.all([
          Promise.race(all.map((window) => window.says('joined'))),
          rmSync(path.join(place, 'home/.network-sessions/v1/s'), { force: true }),
        ]);
        assert.ok(term);
        const states = await Promise.all(all.map((window) => window.act<Joined & { actsAs?: number }>('status')));
        const acting = new Set(states.flatMap(({ actsAs }) => actsAs ?? []));
        assert.ok(acting.size <= 1, JSON.stringify(states));
      }
    });

    suite('in a file system of its own', () => {
      /** Runs a window in a namespace where folders are mounted, and tells what came of joining. */
      const joinWhere = (script: string, place: string) => {
        const user = process.getuid?.() === 0 ? ['-m'] : ['-rm'];
        const shell = `set -e; ${script}; exec "$0" --enable-source-maps "$1"`;
        const env = { ...process.env, ...errandOf(place) };
        return spawnSync('unshare', [...user, 'sh', '-c', shell, process.execPath, __filename], {
          env,
          cwd: place,
          encoding: 'utf8',
        });
      };

      setup(function () {
        if (
          spawnSync('unshare', [process.getuid?.() === 0 ? '-m' : '-rm', 'mount', '-t', 'tmpfs', 'none', '/mnt'])
            .status !== 0
        ) {
          this.skip(); // This user may not mount anything here, not even for itself.
        }
      });

      const full = (folder: string) =>
        `mount -t tmpfs -o size=16k none ${folder}; cat /dev/zero > ${folder}/all 2>/dev/null || true`;
      const withoutInodes = (folder: string) => `mount -t tmpfs -o nr_inodes=4 none ${folder}`;
      const readOnly = (folder: string) => `mount -t tmpfs -o ro none ${folder}`;
      const short = /tmp\/ns-\d+-[0-9a-f]{8}\/s$/;

      for (const [what, script, left] of [
        ['a full disk', full('home'), []],
        ['a disk without room for another file', withoutInodes('home'), []],
        ['a home that is read-only', readOnly('home'), []],
      ] as const) {
        test(`with ${what} they meet in the short folder`, () => {
          const { stdout, stderr } = joinWhere(script, room('one'));
          const told = JSON.parse(stdout || '{}') as { role?: string; socket?: string; left?: string[] };
          assert.equal(told.role, 'leader', stderr + stdout);
          assert.match(told.socket ?? '', short);
          assert.deepEqual(told.left, left);
        });
      }

      test('with no room anywhere it says why', () => {
        const { stdout, stderr } = joinWhere(`${full('home')}; ${readOnly('tmp')}`, room('one'));
        const told = JSON.parse(stdout || '{}') as { trouble?: string; message?: string };
        assert.equal(told.trouble, 'noPlace', stderr + stdout);
        assert.match(told.message ?? '', /v1 cannot be used: the disk is full; .* cannot be used: it is read-only$/);
      });
    });
  });
}
