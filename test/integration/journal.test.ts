import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { silentLogger } from '../../src/engine/index.js';
import { Journal } from '../../src/platforms/journal.js';
import { isEmpty, parseSpent, parseTrace, placeOf, type Trace } from '../../src/platforms/trace.js';

const diversion = {
  ...placeOf('eth1'),
  addresses: ['192.0.2.2', '2001:db8::2'],
  routes: [
    { destination: '0.0.0.0', prefix: 0, gateway: '192.0.2.1' },
    { destination: '192.0.2.0', prefix: 24, gateway: undefined },
  ],
};
const trace: Trace = {
  identifier: 'cafe',
  device: 'eth1',
  owner: ':1.5/active/7',
  start: { activation: '/active/7', checkpoint: undefined },
  diversion,
  metric4: { before: -1, now: 99 },
  metric6: undefined,
};
const spent = { run: ':1.5', checkpoint: '/checkpoint/3' };

/** Numbers that look random and are the same in every run. */
function* seeded(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state >>> 8;
  }
}

/** A process that has ended. */
async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  await once(child, 'exit');
  return child.pid ?? 0;
}

const plain = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown;

/** An N in front of it. */
const isOurTable = (table: number) => table >>> 24 === 0x4e;

suite('the journal of what has to be taken back', () => {
  let folder: string;
  let directory: string;
  let warnings: string[];

  suiteSetup(function () {
    if (process.platform !== 'linux') {
      this.skip(); // It tells processes apart by /proc, and is used on Linux only.
    }
  });

  setup(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'journal-'));
    directory = path.join(folder, 'state', 'journal');
    warnings = [];
  });

  teardown(() => rmSync(folder, { recursive: true, force: true }));

  const open = () =>
    new Journal({ directory, logger: { ...silentLogger, warn: (message: string) => warnings.push(message) } });
  const files = () => readdirSync(directory);
  const adopted = (journal = open()) => {
    const found: Trace[] = [];
    journal.adopt((each) => found.push(each));
    return found;
  };

  /** What a process wrote that is dead by now. */
  async function left(content: string | Uint8Array = contentOf([trace])): Promise<string> {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const file = path.join(directory, `${await deadPid()}-1-00000000.json`);
    writeFileSync(file, content, { mode: 0o600 });
    return file;
  }

  function contentOf(traces: readonly unknown[], more: object = {}): string {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
    const processes = readlinkSync('/proc/self/ns/pid');
    return JSON.stringify({ version: 1, machine: hostname(), boot, processes, traces, ...more });
  }

  test('is written when the call returns, for this user alone, and is gone when it is empty', () => {
    const journal = open();
    assert.throws(files);
    journal.put(trace);
    assert.equal(lstatSync(directory).mode & 0o777, 0o700);
    const [file = ''] = files();
    assert.equal(lstatSync(path.join(directory, file)).mode & 0o777, 0o600);
    assert.deepEqual(JSON.parse(readFileSync(path.join(directory, file), 'utf8')).traces, [plain(trace)]);
    journal.put({ ...trace, identifier: 'office' });
    journal.remove('cafe');
    assert.equal(files().length, 1);
    journal.put({ identifier: 'office', device: 'eth0', owner: 'x' });
    assert.deepEqual([files(), journal.traces.size, warnings], [[], 0, []]);
  });

  test('keeps that a checkpoint is to go until it has gone', () => {
    const journal = open();
    journal.spend(spent);
    journal.spend({ ...spent });
    journal.put(trace);
    journal.remove('cafe');
    journal.close();
    const next = open();
    assert.deepEqual([adopted(next), next.spent], [[], [spent]]);
    assert.equal(files().length, 1);
    next.forget({ ...spent });
    assert.deepEqual([files(), next.spent], [[], []]);
  });

  test('that is closed is not written any more', () => {
    const journal = open();
    journal.put(trace);
    journal.spend(spent);
    journal.close();
    const [file] = files();
    journal.forget(spent);
    journal.put({ ...trace, identifier: 'office' });
    assert.deepEqual(files(), [file]);
    assert.deepEqual(plain(adopted()), [plain(trace)]);
  });

  test('without a folder it is in memory only', () => {
    const journal = new Journal({ directory: undefined });
    journal.put(trace);
    assert.equal(journal.traces.get('cafe'), trace);
    assert.deepEqual([journal.others(), adopted(journal)], [[], []]);
    journal.close();
  });

  test('of a process that lives is not taken over, and can be read', () => {
    const journal = open();
    journal.put(trace);
    const other = open();
    assert.deepEqual(adopted(other), []);
    assert.deepEqual(plain(other.others()), [plain(trace)]);
    assert.deepEqual(journal.others(), []);
    assert.equal(files().length, 1);
  });

  test('O5: what is held is known to the others while its process lives', async () => {
    const [journal, other] = [open(), open()];
    journal.hold('cafe', true);
    journal.hold('cafe', true);
    assert.deepEqual([other.isHeldByOthers('cafe'), other.isHeldByOthers('office')], [true, false]);
    assert.equal(journal.isHeldByOthers('cafe'), false);
    journal.hold('cafe', false);
    assert.deepEqual([files(), other.isHeldByOthers('cafe')], [[], false]);
    await left(contentOf([], { holds: ['cafe'] }));
    assert.equal(other.isHeldByOthers('cafe'), false);
    assert.deepEqual([adopted(other), files()], [[], []]);
  });

  test('what is held is let go of by one that is given up, and its other entries are not', () => {
    const [first, second] = [open(), open()];
    first.hold('cafe', true);
    first.close();
    assert.deepEqual(files(), []);
    second.hold('cafe', true);
    second.put(trace);
    second.close();
    assert.equal(open().isHeldByOthers('cafe'), false);
    assert.deepEqual(plain(adopted()), [plain(trace)]);
  });

  test('R9: what a process has spent is told with its entries, and not with those of another', async () => {
    await left(contentOf([trace], { spent: [spent] }));
    await left(contentOf([{ ...trace, identifier: 'office' }]));
    const journal = open();
    const found: unknown[] = [];
    journal.adopt(({ identifier }, beside) => found.push([identifier, ...beside]));
    assert.deepEqual(found.sort(), [['cafe', spent], ['office']]);
  });

  test('R9: of a dead process is taken over, by one only', async () => {
    await left();
    const [first, second] = [open(), open()];
    assert.deepEqual(plain(adopted(first)), [plain(trace)]);
    assert.deepEqual([adopted(second), files()], [[], []]);
  });

  test('R9: each entry is ours on disk before the file that told of it is gone', async () => {
    await left();
    const journal = open();
    journal.adopt((each) => {
      assert.equal(files().length, 1);
      journal.put(each);
      assert.equal(files().length, 2);
    });
    assert.equal(files().length, 1);
    assert.deepEqual(plain([...journal.traces.values()]), [plain(trace)]);
  });

  test('R9: one that is given up with something in it is taken over, in the same process too', () => {
    const journal = open();
    journal.put(trace);
    journal.close();
    assert.deepEqual(plain(adopted()), [plain(trace)]);
    assert.deepEqual(files(), []);
  });

  test('of an earlier run of the machine is deleted, and drafts of dead processes are', async () => {
    await left(contentOf([trace], { boot: 'another' }));
    writeFileSync(path.join(directory, `${await deadPid()}-1-00000001.json.tmp`), '{');
    assert.deepEqual([adopted(), files(), warnings], [[], [], []]);
  });

  test('of another machine with the same home is left alone: there it may be of a process that lives', async () => {
    await left(contentOf([trace], { boot: 'another', machine: 'another' }));
    assert.deepEqual([adopted(), files().length, warnings], [[], 1, []]);
  });

  test('of this run is taken over also when the machine has another name by now, as a network may give it', async () => {
    await left(contentOf([trace], { machine: 'another' }));
    assert.deepEqual([adopted().length, files()], [1, []]);
  });

  test('of another container is left alone', async () => {
    await left(contentOf([trace], { processes: 'pid:[1]' }));
    assert.deepEqual(adopted(), []);
    assert.equal(files().length, 1);
  });

  test('a process that cannot be looked at is not taken for dead: without file handles nobody is', async () => {
    const file = await left();
    const [pid = ''] = path.basename(file).split('-');
    const procRoot = path.join(folder, 'proc');
    for (const [name, content] of Object.entries({
      'sys/kernel/hostname': hostname(),
      'sys/kernel/random/boot_id': readFileSync('/proc/sys/kernel/random/boot_id', 'latin1'),
      [`${process.pid}/stat`]: readFileSync('/proc/self/stat', 'latin1'),
    })) {
      mkdirSync(path.dirname(path.join(procRoot, name)), { recursive: true });
      writeFileSync(path.join(procRoot, name), content);
    }
    mkdirSync(path.join(procRoot, 'self/ns'), { recursive: true });
    symlinkSync(readlinkSync('/proc/self/ns/pid'), path.join(procRoot, 'self/ns/pid'));
    mkdirSync(path.join(procRoot, pid, 'stat'), { recursive: true }); // Reading it fails, and not because it is gone.
    const journal = new Journal({ directory, procRoot });
    assert.deepEqual([adopted(journal), plain(journal.others())], [[], [plain(trace)]]);
    rmSync(path.join(procRoot, pid), { recursive: true });
    assert.deepEqual(plain(adopted(journal)), [plain(trace)]);
  });

  test('a number of a process that is another one by now is of a dead one', async () => {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    writeFileSync(path.join(directory, `${process.pid}-1-00000000.json`), contentOf([trace]), { mode: 0o600 });
    assert.equal(adopted().length, 1);
  });

  suite('refuses with a warning', () => {
    const refused = async (prepare: (file: string) => void) => {
      prepare(await left());
      assert.deepEqual(adopted(), []);
      assert.equal(warnings.length, 1, String(warnings));
      assert.ok(!warnings[0]?.includes('cafe'));
    };

    test('a file that others may write', () => refused((file) => chmodSync(file, 0o606)));

    test('a link to another file', () =>
      refused((file) => {
        const target = path.join(folder, 'target');
        writeFileSync(target, readFileSync(file), { mode: 0o600 });
        rmSync(file);
        symlinkSync(target, file);
      }));

    test('what is no file', () =>
      refused((file) => {
        rmSync(file);
        mkdirSync(file);
      }));

    test('one that is too large', () =>
      refused((file) => writeFileSync(file, `${contentOf([trace])}${' '.repeat(70_000)}`)));

    test('one with a table that is not ours', () =>
      refused((file) => writeFileSync(file, contentOf([{ ...trace, diversion: { ...diversion, table: 254 } }]))));

    test('one that holds what has no name', () =>
      refused((file) => writeFileSync(file, contentOf([trace], { holds: [7] }))));
    test('one with a checkpoint that has no name', () =>
      refused((file) => writeFileSync(file, contentOf([trace], { spent: [{ ...spent, checkpoint: 5 }] }))));

    test('a folder that others may write', () => refused(() => chmodSync(directory, 0o777)));

    test('a folder that is a link', () =>
      refused(() => {
        const target = path.join(folder, 'target');
        mkdirSync(target, { mode: 0o700 });
        rmSync(directory, { recursive: true });
        symlinkSync(target, directory);
      }));
  });

  test('one that cannot be written is told once, and goes on in memory', () => {
    writeFileSync(path.join(folder, 'state'), 'in the way');
    const journal = open();
    journal.put(trace);
    journal.put({ ...trace, identifier: 'office' });
    assert.equal(journal.traces.size, 2);
    assert.equal(warnings.length, 1);
  });

  test('whatever a file holds, what comes of it is whole or nothing', async () => {
    const random = seeded(20_261_121);
    const next = (below: number) => random.next().value % below;
    const whole = Buffer.from(contentOf([trace], { spent: [spent] }));
    const file = await left();
    const dead = path.basename(file);
    for (let round = 0; round < 2_000; round++) {
      const bytes = Buffer.from(whole);
      for (let change = next(4); change >= 0; change--) {
        bytes[next(bytes.length)] = next(256);
      }
      writeFileSync(path.join(directory, dead), bytes.subarray(0, next(5) === 0 ? next(bytes.length) : bytes.length), {
        mode: 0o600,
      });
      const journal = open();
      const all = adopted(journal);
      for (const found of journal.spent) {
        assert.deepEqual(parseSpent(plain(found)), found);
        journal.forget(found);
      }
      for (const found of all) {
        assert.ok(!isEmpty(found));
        assert.deepEqual(plain(parseTrace(plain(found))), plain(found));
        assert.ok(found.diversion === undefined || isOurTable(found.diversion.table));
      }
    }
  });

  test('every device has a table and a priority of its own, before the system and always the same', () => {
    const places = ['eth0', 'eth1', 'wlan0', 'veth1', 'enp3s0f1np1'].map(placeOf);
    assert.equal(new Set(places.map(({ table }) => table)).size, places.length);
    for (const { table, priority } of places) {
      assert.ok(isOurTable(table) && priority >= 20_000 && priority < 30_000);
    }
    assert.deepEqual(placeOf('eth0'), placeOf('eth0'));
  });
});
