import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { type Machine, placesOn, thisMachine } from '../../../src/broker/place.js';

const machine = (more: Partial<Machine> = {}): Machine => ({
  platform: 'linux',
  home: '/home/ada',
  user: '1000',
  hostname: 'lovelace',
  runtime: undefined,
  temporary: '/tmp',
  localAppData: 'C:\\Users\\Ada\\AppData\\Local',
  fileSystemOf: () => 0xef53,
  ...more,
});
const sockets = (more: Partial<Machine> = {}) => placesOn(machine(more)).candidates.map(({ socket }) => socket);

suite('the place where windows meet', () => {
  test('is in the home of the user, and else in a short folder', () => {
    const [home, short] = sockets();
    assert.equal(home, '/home/ada/.network-sessions/v1/s');
    assert.match(short ?? '', /^\/tmp\/ns-1000-[0-9a-f]{8}\/s$/);
    assert.deepEqual(placesOn(machine()).passedOver, []);
  });

  test('is in the home, else in the folder of this user for the time of the login, else in a short one', () => {
    const { candidates } = placesOn(machine({ runtime: '/run/user/1000' }));
    const folders = candidates.map(({ socket }) => path.dirname(path.dirname(socket)));
    assert.deepEqual(folders, ['/home/ada/.network-sessions', '/run/user/1000', '/tmp']);
    assert.deepEqual(
      candidates.map(({ isOpenToOthers }) => isOpenToOthers),
      [false, true, true],
    );
    assert.equal(sockets({ runtime: `/${'r'.repeat(90)}` }).length, 2, 'whose path may be too long as well');
  });

  test('in no home is that of nobody else', () => {
    const { candidates, passedOver } = placesOn(machine({ home: undefined }));
    assert.deepEqual([candidates.length, passedOver], [1, ['this user has no home']]);
    assert.ok(path.isAbsolute(candidates[0]?.socket ?? ''));
    assert.deepEqual(placesOn(machine({ platform: 'win32', localAppData: undefined })).candidates, []);
  });

  test('in a home whose path is too long for a socket is the short one', () => {
    const home = (length: number) => `/${'h'.repeat(length - 1)}`;
    const tail = '/.network-sessions/v1/s.000000'.length;
    assert.equal(sockets({ home: home(103 - tail) }).length, 2);
    assert.equal(sockets({ home: `/é${home(103 - tail - 2)}` }).length, 1, 'bytes count, not letters');
    const { candidates, passedOver } = placesOn(machine({ home: home(104 - tail) }));
    assert.equal(candidates.length, 1);
    assert.match(passedOver[0] ?? '', /its path is too long for a socket$/);
  });

  test('in a home that other machines may share is the short one', () => {
    for (const type of [0x6969, 0xff534d42, -11317950 /* as 32 bits with a sign */, 0x65735546]) {
      const { candidates, passedOver } = placesOn(
        machine({ fileSystemOf: (folder) => (folder === '/home/ada' ? type : 0x01021994) }),
      );
      assert.equal(candidates.length, 1);
      assert.match(candidates[0]?.socket ?? '', /^\/tmp\//);
      assert.match(passedOver[0] ?? '', /it may be on other machines too/);
    }
  });

  test('in a short folder that is shared too is one for each machine', () => {
    const fileSystemOf = () => 0x6969;
    const [one] = sockets({ fileSystemOf });
    const [other] = sockets({ fileSystemOf, hostname: 'babbage' });
    assert.notEqual(one, other);
    assert.equal(sockets({ hostname: 'babbage' })[1], sockets()[1], 'a name that changes parts nobody otherwise');
  });

  test('is another one for each user and each home', () => {
    const all = [sockets()[1], sockets({ user: '1001' })[1], sockets({ home: '/home/ada/snap/code/1' })[1]];
    assert.equal(new Set(all).size, 3);
  });

  test("on Windows is a pipe that says nothing of the user, with its files in the user's own folder", () => {
    const windows = { platform: 'win32', home: 'C:\\Users\\Ada', user: 'HOME\\Ada' } as const;
    const [place] = placesOn(machine(windows)).candidates;
    assert.match(place?.socket ?? '', /^\\\\\.\\pipe\\network-sessions-v1-[0-9a-f]{16}$/);
    assert.equal(place?.token, 'C:\\Users\\Ada\\AppData\\Local\\network-sessions\\v1\\token');
    assert.equal(place?.lock, undefined);
    assert.deepEqual(sockets({ ...windows, home: 'c:\\users\\ada', user: 'home\\ada' }), [place?.socket]);
    assert.notDeepEqual(sockets({ ...windows, user: 'WORK\\Ada' }), [place?.socket]);
  });

  test('is never below the folder that a window happens to be in', () => {
    const variables = ['HOME', 'XDG_RUNTIME_DIR', 'LOCALAPPDATA'];
    const before = variables.map((name) => [name, process.env[name]] as const);
    const usual = thisMachine();
    try {
      for (const value of ['', '.', 'home', './run', '~']) {
        for (const name of variables) {
          process.env[name] = value;
        }
        const { home, runtime, localAppData } = thisMachine();
        assert.equal(home, userInfo().homedir, 'as the system has it');
        assert.equal(runtime, undefined, 'as the specification of that variable says');
        assert.ok(path.isAbsolute(localAppData ?? ''));
        for (const { folders } of placesOn(thisMachine()).candidates) {
          assert.ok(folders.every(path.isAbsolute), folders.join());
        }
      }
      process.env['HOME'] = '/home/ada';
      assert.equal(thisMachine().home, '/home/ada');
    } finally {
      for (const [name, value] of before) {
        if (value === undefined) {
          delete process.env[name];
        } else {
          process.env[name] = value;
        }
      }
    }
    assert.deepEqual({ ...thisMachine(), fileSystemOf: undefined }, { ...usual, fileSystemOf: undefined });
  });

  test('is not in a folder for the time of the login that is of somebody else, as after a change of the user', function () {
    if (process.platform === 'win32') {
      this.skip(); // Its folders are closed by where they lie.
    }
    const folder = mkdtempSync(path.join(tmpdir(), 'run-'));
    const { XDG_RUNTIME_DIR: before } = process.env;
    try {
      process.env['XDG_RUNTIME_DIR'] = folder;
      assert.equal(thisMachine().runtime, folder);
      chmodSync(folder, 0o770);
      assert.equal(thisMachine().runtime, undefined);
      chmodSync(folder, 0o1777);
      assert.equal(thisMachine().runtime, undefined);
      if (process.getuid?.() === 0) {
        chmodSync(folder, 0o700);
        chownSync(folder, 65_534, 65_534);
        assert.equal(thisMachine().runtime, undefined);
      }
      rmSync(folder, { recursive: true });
      assert.equal(thisMachine().runtime, undefined);
    } finally {
      rmSync(folder, { recursive: true, force: true });
      delete process.env['XDG_RUNTIME_DIR'];
      Object.assign(process.env, before !== undefined && { XDG_RUNTIME_DIR: before });
    }
  });

  test('of this machine is found without asking for anything', () => {
    const { home, temporary, user } = thisMachine('/home/ada');
    assert.deepEqual([home, temporary], ['/home/ada', '/tmp']);
    assert.ok(user.length > 0);
    assert.ok(path.isAbsolute(thisMachine('/').localAppData ?? ''));
  });
});
