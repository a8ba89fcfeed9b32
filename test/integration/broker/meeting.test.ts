import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Channel } from '../../../src/broker/channel.js';
import { Connector, type ConnectorOptions, type Followership, type Leadership } from '../../../src/broker/election.js';
import { PlaceUnusable, placesOn, thisMachine } from '../../../src/broker/place.js';
import { silentLogger, systemClock } from '../../../src/engine/index.js';
import { errandOf, isErrand, placesIn, runErrand } from '../../fixtures/brokerWindow.js';
import { settled, TestClock } from '../../fixtures/testClock.js';

const nobody = 65_534;

/** Everything that this process holds open and that is of a connection. */
const openThings = () => process.getActiveResourcesInfo().filter((name) => /Pipe|Server|Connect/.test(name)).length;

const meetings = () => {
  let folder: string;
  let directory: string;
  let clock: TestClock;
  let warnings: string[];
  let close: (() => unknown)[];
  let openBefore: number;

  suiteSetup(function () {
    if (process.platform === 'win32') {
      this.skip(); // A pipe has no folder.
    }
  });
  setup(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'ns-'));
    mkdirSync(path.join(folder, 'home'));
    mkdirSync(path.join(folder, 'tmp'));
    directory = path.join(folder, 'home', '.network-sessions', 'v1');
    clock = new TestClock();
    warnings = [];
    close = [];
    openBefore = openThings();
  });
  teardown(async () => {
    for (const each of close.reverse()) {
      await each();
    }
    while (openThings() > openBefore) {
      await settled();
    }
    assert.equal(clock.pending, 0, 'no timer is left');
    rmSync(folder, { recursive: true, force: true });
  });

  const inPlace = (name: string) => path.join(directory, name);
  const connector = (more: Partial<ConnectorOptions> = {}) =>
    new Connector({
      places: placesIn(folder),
      clock,
      logger: { ...silentLogger, warn: (message) => warnings.push(message) },
      versions: [1],
      ...more,
    });
  const forever = new AbortController().signal;

  async function leader(more: Partial<ConnectorOptions> = {}): Promise<Leadership & { readonly channels: Channel[] }> {
    const joined = await connector(more).join(forever);
    assert.ok(joined.role === 'leader');
    close.push(() => joined.server.close());
    const channels: Channel[] = [];
    joined.server.onDidConnect((channel) => {
      channels.push(channel);
      channel.onRequest(async () => ({ term: joined.term }));
      channel.onNotification(() => {});
    });
    return { ...joined, channels };
  }

  async function follower(more: Partial<ConnectorOptions> = {}): Promise<Followership> {
    const joined = await connector(more).join(forever);
    assert.ok(joined.role === 'follower');
    close.push(() => joined.channel.close());
    return joined;
  }

  /** Joins by the real time, with what is waited for made short. */
  const inTime = { clock: systemClock, times: { handshake: 200, lock: 50, retry: [1, 5] as const } };
  const refused = async (trouble: PlaceUnusable['trouble'], says: RegExp, more: Partial<ConnectorOptions> = {}) => {
    const aborts = new AbortController();
    await assert.rejects(connector({ ...inTime, ...more }).join(aborts.signal), (error) => {
      assert.ok(error instanceof PlaceUnusable, String(error));
      assert.equal(error.trouble, trouble, error.message);
      assert.match(error.message, says);
      return true;
    });
  };
  const isOver = (channel: Channel) => new Promise<void>((resolve) => channel.onDidClose(() => resolve()));
  const raw = async () => {
    const socket = connect(inPlace('s'));
    socket.on('error', () => {});
    close.push(() => socket.destroy());
    await once(socket, 'connect');
    return socket;
  };
  const hungUp = async (socket: Socket) => {
    socket.resume();
    if (!socket.closed) {
      await new Promise((resolve) => socket.once('close', resolve)); // An error before it is no matter.
    }
  };

  test('the first leads, the others follow; when it goes nothing is left but token and term', async () => {
    const first = await leader();
    const others = [await follower(), await follower()];
    for (const { channel, term, mayAct } of others) {
      assert.equal(term, first.term);
      assert.deepEqual(await channel.request('who', {}, 3000), { term });
      assert.ok(mayAct());
    }
    assert.equal(lstatSync(inPlace('s')).mode & 0o777, 0o600);
    for (const name of [directory, path.dirname(directory)]) {
      assert.equal(lstatSync(name).mode & 0o777, 0o700);
    }
    for (const name of ['token', 'term']) {
      assert.equal(lstatSync(inPlace(name)).mode & 0o777, 0o600);
    }
    const ended = Promise.all(others.map(({ channel }) => isOver(channel)));
    await first.server.close();
    await ended;
    assert.deepEqual(readdirSync(directory).sort(), ['term', 'token']);
    assert.ok(others.every(({ mayAct }) => !mayAct()));
    assert.ok(!first.mayAct());
    assert.ok((await leader()).term > first.term);
  });

  test('nothing ticks while nothing happens but the look of the leader each 10 s', async () => {
    await leader();
    assert.equal(clock.pending, 1);
    for (let index = 0; index < 3; index++) {
      const { channel } = await follower();
      channel.onNotification(() => {});
      await channel.request('who', {}, 3000);
      assert.equal(clock.pending, 1);
    }
    for (let second = 0; second < 60; second += 10) {
      await clock.advance(9_999);
      assert.equal(clock.pending, 1);
      await clock.advance(1);
      assert.equal(clock.pending, 1);
    }
    assert.deepEqual(warnings, []);
  });

  suite('the leader steps down, and the next one alone may act, when', () => {
    for (const [what, spoil] of Object.entries({
      'its socket is removed': () => unlinkSync(inPlace('s')),
      'its socket is moved away': () => renameSync(inPlace('s'), path.join(folder, 's')),
      'its folder is moved away': () => renameSync(directory, path.join(folder, 'v1')),
    })) {
      test(what, async () => {
        const old = await leader();
        const { channel, mayAct } = await follower();
        const lost = new Promise<void>((resolve) => old.server.onDidLose(() => resolve()));
        const ended = isOver(channel);
        channel.onNotification(() => {});
        spoil();
        const next = await leader();
        if (!what.includes('folder')) {
          assert.ok(next.term > old.term);
        }
        assert.notEqual(next.term, old.term);
        assert.deepEqual([old.mayAct(), mayAct(), next.mayAct()], [false, false, true]);
        await clock.advance(10_000);
        await Promise.all([lost, ended]);
        assert.equal((await follower()).term, next.term, 'the socket of the next one is still there');
        await clock.advance(20_000);
        assert.ok(next.mayAct());
      });
    }

    for (const [what, spoil] of Object.entries({
      'its token is removed': () => unlinkSync(inPlace('token')),
      'its token is another one': () => writeFileSync(inPlace('token'), '0'.repeat(64)),
      'its term is another one': () => writeFileSync(inPlace('term'), '99999999'),
      'its folder is open to others': () => chmodSync(directory, 0o755),
    })) {
      test(what, async () => {
        const old = await leader();
        const { channel } = await follower();
        channel.onNotification(() => {});
        const lost = new Promise<void>((resolve) => old.server.onDidLose(() => resolve()));
        const ended = isOver(channel);
        spoil();
        await clock.advance(10_000);
        await Promise.all([lost, ended]);
        assert.equal(warnings.length, 1);
        assert.ok(!existsSync(inPlace('s')));
        chmodSync(directory, 0o700);
        assert.ok((await leader()).term > old.term);
      });
    }

    test('it is asked whether it may act, and another one leads', async () => {
      const old = await leader();
      const lost = new Promise<void>((resolve) => old.server.onDidLose(() => resolve()));
      unlinkSync(inPlace('s'));
      const next = await leader();
      assert.ok(!old.mayAct());
      await lost;
      assert.ok(next.mayAct());
      assert.equal((await follower()).term, next.term);
    });
  });

  suite('a place that is not of this user alone is refused, and left as it is:', () => {
    const make = () => mkdirSync(directory, { recursive: true, mode: 0o700 });
    for (const [what, spoil] of Object.entries({
      'a folder that is a link': () => {
        make();
        renameSync(directory, path.join(folder, 'elsewhere'));
        symlinkSync(path.join(folder, 'elsewhere'), directory);
      },
      'a folder around it that is a link': () => {
        make();
        renameSync(path.dirname(directory), path.join(folder, 'elsewhere'));
        symlinkSync(path.join(folder, 'elsewhere'), path.dirname(directory));
      },
      'a folder that others may read': () => {
        make();
        chmodSync(directory, 0o750);
      },
      'a folder around it that others may write': () => {
        make();
        chmodSync(path.dirname(directory), 0o777);
      },
      'a file in place of the folder': () => {
        mkdirSync(path.dirname(directory), { mode: 0o700 });
        writeFileSync(directory, '');
      },
      'a link in place of the socket': () => {
        make();
        symlinkSync('/run/elsewhere', inPlace('s'));
      },
      'a file in place of the socket': () => {
        make();
        writeFileSync(inPlace('s'), 'mine');
      },
      'a folder in place of the socket': () => {
        make();
        mkdirSync(inPlace('s'));
      },
      'a link in place of the token': () => {
        make();
        symlinkSync('/etc/hostname', inPlace('token'));
      },
      'a token that others may read': () => {
        make();
        writeFileSync(inPlace('token'), 'a'.repeat(64), { mode: 0o644 });
      },
      'a link in place of the term': () => {
        make();
        symlinkSync('/etc/hostname', inPlace('term'));
      },
      'a link in place of the lock': () => {
        make();
        symlinkSync('/etc/hostname', inPlace('l'));
      },
    })) {
      test(what, async () => {
        spoil();
        const before = listing(folder);
        await refused('notPrivate', /not|link/);
        assert.deepEqual(listing(folder), before);
      });
    }

    for (const [what, name] of Object.entries({
      'a folder of another user': '',
      'a socket of another user': 's',
      'a token of another user': 'token',
    })) {
      test(what, async function () {
        if (process.getuid?.() !== 0) {
          this.skip(); // Only root gives files away.
        }
        const first = await leader();
        if (name !== 's') {
          await first.server.close();
        }
        chownSync(inPlace(name), nobody, nobody);
        const before = listing(folder);
        await refused('notPrivate', /of this user/);
        assert.deepEqual(listing(folder), before);
      });
    }
  });

  suite('the token', () => {
    test('that is missing or damaged is made anew by who leads', async () => {
      const first = await leader();
      await first.server.close();
      for (const damaged of [undefined, '', 'ab', 'z'.repeat(64), `${'a'.repeat(64)}\n`]) {
        if (damaged === undefined) {
          unlinkSync(inPlace('token'));
        } else {
          writeFileSync(inPlace('token'), damaged);
        }
        const next = await leader();
        await follower();
        assert.match(readFileSync(inPlace('token'), 'latin1'), /^[0-9a-f]{64}$/);
        await next.server.close();
      }
    });

    test('is the same for one leader after the other', async () => {
      const first = await leader();
      const before = readFileSync(inPlace('token'), 'latin1');
      await first.server.close();
      await leader();
      assert.equal(readFileSync(inPlace('token'), 'latin1'), before);
    });

    for (const [what, spoil] of Object.entries({
      missing: () => unlinkSync(inPlace('token')),
      'too short': () => writeFileSync(inPlace('token'), 'ab'),
      wrong: () => writeFileSync(inPlace('token'), 'a'.repeat(64)),
    })) {
      test(`that is ${what} lets nobody in: who leads steps down as soon as somebody comes`, async () => {
        const old = await leader();
        const lost = new Promise<void>((resolve) => old.server.onDidLose(() => resolve()));
        spoil();
        const next = await leader(inTime);
        await lost;
        assert.ok(next.term > old.term);
        assert.equal(old.channels.length, 0);
        assert.equal((await follower()).term, next.term);
      });
    }
  });

  test('who only plays the leader is not believed, and nobody takes over from it', async () => {
    const { server } = await leader();
    await server.close();
    for (const says of [
      '',
      'hello\n',
      `${JSON.stringify({ nonce: 'a'.repeat(64) })}\n{"version":1,"term":1,"proof":"aa"}\n`,
    ]) {
      const sockets = new Set<Socket>();
      const impostor = createServer((socket) => {
        sockets.add(socket.on('error', () => {}));
        socket.write(says);
        socket.resume();
      });
      impostor.listen(inPlace('s'));
      await once(impostor, 'listening');
      if (says === '') {
        const aborts = new AbortController();
        const another = connector(inTime);
        const stalled = new Promise<void>((resolve) => another.onDidStall(() => resolve()));
        const joined = another.join(aborts.signal);
        await stalled;
        aborts.abort(new Error('enough'));
        await assert.rejects(joined, /enough/);
      } else {
        await refused('stranger', /does not know their token/);
      }
      for (const socket of sockets) {
        socket.destroy();
      }
      await new Promise((resolve) => impostor.close(resolve));
    }
  });

  test('leaders that miss a new token one after the other, and step down, are no strangers', async () => {
    const { server } = await leader();
    await server.close();
    let met = 0;
    const old = createServer((socket) => {
      socket.on('error', () => {});
      socket.end(met++ % 2 === 0 ? 'hello\n' : '');
      if (met === 8) {
        old.close();
      }
    });
    old.listen(inPlace('s'));
    await once(old, 'listening');
    await leader(inTime);
    assert.equal(met, 8);
  });

  test('windows of other versions are told what is spoken, and leave the others alone', async () => {
    for (const [ours, theirs] of [
      [[1], [2]],
      [[2], [1]],
    ] as const) {
      const first = await leader({ versions: ours });
      const { channel } = await follower({ versions: ours });
      await refused('otherVersion', new RegExp(`another version .*they speak ${ours[0]}`), { versions: theirs });
      assert.deepEqual(await channel.request('who', {}, 3000), { term: first.term });
      await follower({ versions: [...ours, ...theirs] });
      await first.server.close();
    }
  });

  test('more windows than are served are told so', async () => {
    await leader({ clients: 2 });
    const [one] = [await follower({ clients: 2 }), await follower({ clients: 2 })];
    await refused('tooMany', /more windows are open/);
    one.channel.onNotification(() => {});
    const ended = isOver(one.channel);
    one.channel.close();
    await ended;
    await settled();
    await follower();
  });

  test('those who prove nothing are few, and go in time; the others are served meanwhile', async () => {
    const first = await leader();
    const { channel } = await follower();
    const silent: Socket[] = [];
    for (let index = 0; index < 16; index++) {
      silent.push(await raw());
    }
    await hungUp(await raw());
    assert.deepEqual(await channel.request('who', {}, 3000), { term: first.term });
    assert.ok(silent.every((socket) => !socket.destroyed));
    await clock.advance(3000);
    await Promise.all(silent.map(hungUp));
    await follower();
    assert.equal(clock.pending, 1);
  });

  test('who says something else is cut off, before and after the proof; the others are served', async () => {
    const first = await leader();
    const { channel } = await follower();
    for (const said of ['GET / HTTP/1.1\r\n\r\n', 'x'.repeat(100_000), '{"versions":[1]}\n', '\0\n']) {
      const socket = await raw();
      socket.write(said);
      await hungUp(socket);
    }
    const evil = await follower();
    const ended = isOver(evil.channel);
    // What it holds on to is the socket itself; through the channel nothing of the kind can be sent.
    evil.channel.onNotification(() => {});
    evil.channel.notify('no.such', {});
    await ended;
    assert.deepEqual(await channel.request('who', {}, 3000), { term: first.term });
    assert.equal(first.channels.filter(({ isClosed }) => !isClosed).length, 1);
  });

  test('a stale socket, what was left half made, and a lock of the dead are no obstacle', async () => {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const server = createServer().listen(inPlace('stale'));
    await once(server, 'listening');
    renameSync(inPlace('stale'), inPlace('s'));
    await new Promise((resolve) => server.close(resolve));
    assert.ok(statSync(inPlace('s')).isSocket());
    for (const name of ['s.0a1b2c', 'l.0a1b2c', 'token.0a1b2c', 'term.tmp', 'claims.tmp']) {
      writeFileSync(inPlace(name), '', { mode: 0o600 });
    }
    writeFileSync(inPlace('l'), '{"pid":4194305,"start":"1"}', { mode: 0o600 });
    const joined = await connector(inTime).join(forever);
    assert.ok(joined.role === 'leader');
    close.push(() => joined.server.close());
    assert.deepEqual(readdirSync(directory).sort(), ['s', 'term', 'token']);
  });

  test('who is cut off again and again takes its time, longer and longer', async () => {
    await leader();
    let isIn = false;
    const joined = connector().join(forever, 6);
    void joined.then(() => {
      isIn = true;
    });
    await clock.advance(2 * 2 ** 5 - 1); // The shortest of these pauses.
    assert.equal(isIn, false);
    await clock.advance(20 * 2 ** 5); // The longest.
    const membership = await joined;
    assert.ok(membership.role === 'follower');
    membership.channel.close();
  });

  test('who gives up waiting leaves nothing behind', async () => {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    writeFileSync(inPlace('l'), '', { mode: 0o600 });
    const aborts = new AbortController();
    const joined = connector().join(aborts.signal);
    while (clock.pending === 0) {
      await settled();
    }
    aborts.abort(new Error('enough'));
    await assert.rejects(joined, /enough/);
    assert.equal(clock.pending, 0);
    await assert.rejects(connector().join(aborts.signal), /enough/);
    assert.deepEqual(readdirSync(directory), ['l']);
  });

  test('many windows that come at once all get in, although few may come at a time', async () => {
    const first = await leader();
    const joined = await Promise.all(Array.from({ length: 40 }, () => connector(inTime).join(forever)));
    for (const each of joined) {
      assert.ok(each.role === 'follower');
      close.push(() => each.channel.close());
      assert.deepEqual(await each.channel.request('who', {}, 3000), { term: first.term });
    }
  });

  test('where sockets vanish with their process, as the pipes of Windows do, no lock is needed', async function () {
    if (process.platform !== 'linux') {
      this.skip(); // Names that are not of files stand for pipes here.
    }
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const [home] = placesIn(folder).candidates;
    assert.ok(home);
    const pipe = { ...home, socket: `\0${folder}`, lock: undefined };
    const more = { ...inTime, places: { candidates: [pipe], passedOver: [] } };
    let before = 0;
    for (let round = 0; round < 5; round++) {
      const joined = await Promise.all(Array.from({ length: 8 }, () => connector(more).join(forever)));
      const [first, ...rest] = joined.filter(({ role }) => role === 'leader');
      assert.ok(first?.role === 'leader' && rest.length === 0);
      assert.ok(joined.every(({ term, mayAct }) => term === first.term && mayAct()));
      assert.ok(first.term > before);
      before = first.term;
      for (const each of joined) {
        await (each.role === 'follower' && each.channel.close());
      }
      await first.server.close();
      assert.deepEqual(readdirSync(directory).sort(), ['term', 'token']);
    }
  });

  test('one that was stopped while it took over, and goes on when another one leads, never acts beside it', async function () {
    this.timeout(30_000);
    let next: ChildProcess | undefined;
    close.push(() => next?.kill('SIGKILL'));
    const joined = await connector({
      ...inTime,
      random: (bytes) => {
        // Four bytes are for the term: it has seen that the lock is its own, and its socket is not in place yet.
        if (bytes === 4 && next === undefined) {
          unlinkSync(inPlace('l')); // It has held it far too long.
          next = spawn(process.execPath, [__filename], {
            env: { ...process.env, ...errandOf(folder, 'stays') },
            stdio: 'ignore',
          });
          while (!existsSync(inPlace('s'))) {
            // Nothing of this process runs meanwhile, as if it was stopped.
          }
        }
        return randomBytes(bytes);
      },
    }).join(forever);
    close.push(() => (joined.role === 'leader' ? joined.server.close() : joined.channel.close()));
    assert.ok(next);
    assert.ok(joined.mayAct());
    assert.equal(readFileSync(inPlace('term'), 'latin1'), String(joined.term), 'nobody else has a term that counts');
    const again = await connector(inTime).join(forever);
    close.push(() => again.role === 'follower' && again.channel.close());
    assert.equal(again.term, joined.term);
  });

  /** The folder of this user for the time of the login is there as well. */
  const withRuntime = () => {
    const runtime = path.join(folder, 'run');
    mkdirSync(runtime, { recursive: true });
    const temporary = path.join(folder, 'tmp');
    const machine = { ...thisMachine(path.join(folder, 'home')), runtime, temporary, fileSystemOf: () => undefined };
    return placesOn(machine);
  };
  /** As if it was of another user: others may do something with it. */
  const foreign = (name: string) => {
    mkdirSync(name);
    chmodSync(name, 0o777);
  };
  /** It is: another user has made it. */
  const foreignIndeed = (name: string) => {
    chmodSync(folder, 0o711);
    chmodSync(path.dirname(name), 0o1777);
    assert.equal(spawnSync('mkdir', [name], { uid: nobody, gid: nobody }).status, 0);
    assert.equal(statSync(name).uid, nobody);
  };
  const others: readonly (readonly [string, (name: string) => void])[] = [
    ['others may write to it', foreign],
    [
      'somebody has made a link of its name',
      (name) => {
        mkdirSync(path.join(folder, 'elsewhere'), { recursive: true, mode: 0o700 });
        symlinkSync(path.join(folder, 'elsewhere'), name);
      },
    ],
    ['somebody has made a file of its name', (name) => writeFileSync(name, '')],
    ...(process.getuid?.() === 0 ? ([['it is of another user', foreignIndeed]] as const) : []),
  ];

  suite('what others make in the name of a window', () => {
    for (const [what, make] of others) {
      test(`is nobody here: where the home can be used they meet there, although of the short folder ${what}`, async () => {
        const places = withRuntime();
        for (const { folders } of places.candidates.slice(1)) {
          make(folders[0] ?? '');
        }
        const before = listing(path.join(folder, 'tmp'));
        const first = await leader({ places });
        assert.equal(first.place.socket, inPlace('s'));
        assert.equal((await follower({ places })).term, first.term);
        await clock.advance(30_000);
        assert.ok(first.mayAct());
        assert.deepEqual(listing(path.join(folder, 'tmp')), before);
      });
    }
  });

  suite('where the home cannot be used', () => {
    const withoutHome = () => rmSync(path.join(folder, 'home'), { recursive: true });

    test('they meet in the short folder', async () => {
      withoutHome();
      const first = await leader();
      assert.ok(first.place.socket.startsWith(path.join(folder, 'tmp', 'ns-')));
      assert.equal((await follower()).term, first.term);
    });

    test('and no other place either, it says so', async () => {
      withoutHome();
      rmSync(path.join(folder, 'tmp'), { recursive: true });
      writeFileSync(path.join(folder, 'tmp'), '');
      await refused(
        'noPlace',
        /v1 cannot be used: the folder around it does not exist; .*what is around it is no folder/,
      );
    });

    test('and others have been first in every other one, it says so', async () => {
      withoutHome();
      const { candidates, passedOver } = withRuntime();
      for (const { folders } of candidates.slice(1)) {
        foreign(folders[0] ?? '');
      }
      const says = /around it does not exist; .*run.ns-.* not of this user alone; .*tmp.ns-.* not of this user alone/;
      await refused('noPlace', says, { places: { candidates, passedOver } });
    });

    test('they meet in the folder of this user for the time of the login, before the short one', async () => {
      withoutHome();
      const places = withRuntime();
      const first = await leader({ places });
      assert.ok(first.place.socket.startsWith(path.join(folder, 'run', 'ns-')));
      assert.equal((await follower({ places })).term, first.term);
    });

    for (const [what, make] of others) {
      test(`nor the next best one, for ${what}, they meet in the last one`, async () => {
        withoutHome();
        const places = withRuntime();
        make(places.candidates[1]?.folders[0] ?? '');
        const before = listing(path.join(folder, 'run'));
        const first = await leader({ places });
        assert.ok(first.place.socket.startsWith(path.join(folder, 'tmp', 'ns-')));
        assert.equal((await follower({ places })).term, first.term);
        assert.deepEqual(listing(path.join(folder, 'run')), before);
      });
    }

    test('by one that does not even see who meets there, all go to where it leads', async () => {
      const { candidates } = withRuntime();
      const often = { ...inTime, times: { ...inTime.times, check: 20 } };
      const at = (...seen: readonly number[]) => ({
        ...often,
        places: { candidates: candidates.filter((_, index) => seen.includes(index)), passedOver: [] },
      });
      const home = await leader(at(0, 1, 2));
      const lost = new Promise<void>((resolve) => home.server.onDidLose(() => resolve()));
      const short = await leader(at(2));
      await lost;
      assert.ok(short.mayAct() && !home.mayAct());
      assert.equal((await follower(at(0, 1, 2))).term, short.term);
    });

    test('by one that leads elsewhere and does not answer, nobody goes there', async () => {
      const { candidates, passedOver } = withRuntime();
      const times = { ...inTime.times, handshake: 20, check: 5 };
      const home = await leader({ ...inTime, times, places: { candidates, passedOver } });
      const short = candidates.at(-1) ?? assert.fail();
      mkdirSync(short.folders[0] ?? '', { mode: 0o700 });
      let met = 0;
      await new Promise<void>((resolve) => {
        const stopped = createServer((socket) => {
          close.push(() => socket.destroy());
          socket.on('error', () => {});
          met++;
          if (met === 5) {
            resolve();
          }
        });
        stopped.listen(short.socket);
        close.push(() => stopped.close());
      });
      assert.ok(home.mayAct());
      assert.equal((await follower({ ...inTime, times, places: { candidates, passedOver } })).term, home.term);
    });

    test('but can later on, who comes then finds those in the short folder', async () => {
      withoutHome();
      const first = await leader();
      mkdirSync(path.join(folder, 'home'));
      assert.equal((await follower()).term, first.term);
    });

    test('for one, and can for another at the same time, the leader in the short folder steps down', async () => {
      const { candidates } = placesIn(folder);
      withoutHome();
      const short = await leader();
      mkdirSync(path.join(folder, 'home'));
      const home = await leader({ places: { candidates: candidates.slice(0, 1), passedOver: [] } });
      const lost = new Promise<void>((resolve) => short.server.onDidLose(() => resolve()));
      await clock.advance(10_000);
      await lost;
      assert.ok(home.mayAct());
      assert.equal((await follower()).term, home.term);
    });
  });
};

if (isErrand) {
  void runErrand();
} else {
  suite('windows meet', meetings);
}

/** All that lies in a folder, and whose it is. */
function listing(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true })
    .map(String)
    .sort()
    .map((name) => {
      const { mode, uid, ino } = lstatSync(path.join(folder, name));
      return `${name} ${mode.toString(8)} ${uid} ${ino}`;
    });
}
