import assert from 'node:assert/strict';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ClaimsFile } from '../../../src/broker/claimsFile.js';
import { bounds, type Claim } from '../../../src/broker/messages.js';
import { NotPrivate } from '../../../src/shared/privateFiles.js';

suite('the claims that are written down', () => {
  let folder: string;
  let file: string;
  let procRoot: string;
  setup(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'claims-'));
    file = path.join(folder, 'claims');
    procRoot = path.join(folder, 'proc');
    beginRun('one');
  });
  teardown(() => rmSync(folder, { recursive: true, force: true }));

  function beginRun(name: string): void {
    mkdirSync(path.join(procRoot, 'sys/kernel/random'), { recursive: true });
    writeFileSync(path.join(procRoot, 'sys/kernel/random/boot_id'), `${name}\n`);
  }
  const open = () => new ClaimsFile({ file, procRoot });
  const claims: readonly Claim[] = [
    { accessPoint: 'Café', activation: '/active/7' },
    { accessPoint: 'home', activation: '/active/8', isKept: true },
    { accessPoint: 'office', activation: undefined, starter: 'a'.repeat(32), since: 7 },
  ];
  const plain = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown;

  test('are there for whoever comes next, for this user alone', () => {
    assert.equal(open().read(), undefined);
    open().write(claims);
    assert.deepEqual(plain(open().read()), plain(claims));
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.deepEqual(readdirSync(folder).sort(), ['claims', 'proc']);
    open().write([]);
    assert.deepEqual(open().read(), []);
  });

  test('do not outlive a run of the machine, nor are believed where nobody can tell', () => {
    open().write(claims);
    beginRun('two');
    assert.equal(open().read(), undefined);
    rmSync(procRoot, { recursive: true });
    open().write(claims);
    assert.equal(open().read(), undefined);
  });

  test('are read also when there are as many as there may be', () => {
    for (const letter of ['☕', '\u0001']) {
      const many = Array.from({ length: bounds.claims }, (_, index) => ({
        accessPoint: `${letter.repeat(bounds.text - 5)}${10_000 + index}`,
        activation: letter.repeat(bounds.text),
      }));
      open().write(many);
      assert.equal(open().read()?.length, bounds.claims);
    }
  });

  test('that cannot be written beside those of before are written over them', () => {
    open().write(claims);
    mkdirSync(`${file}.tmp`);
    open().write([]);
    assert.deepEqual(open().read(), []);
    rmSync(file);
    assert.throws(() => open().write(claims), { code: 'EISDIR' });
    assert.equal(open().read(), undefined);
  });

  for (const [what, make] of Object.entries({
    'a link': () => symlinkSync('/etc/hostname', file),
    'a folder': () => mkdirSync(file, { mode: 0o700 }),
    'a file that others may write': () => {
      open().write(claims);
      chmodSync(file, 0o666);
    },
  })) {
    test(`${what} is refused`, () => {
      make();
      assert.throws(() => open().read(), NotPrivate);
    });
  }

  test('whatever a file holds, what comes of it is whole or nothing', () => {
    open().write(claims);
    const good = readFileSync(file);
    const all = JSON.stringify(plain(claims));
    for (let position = 0; position < good.length; position++) {
      for (const value of [0x22, 0x7d, 0xff]) {
        const damaged = Buffer.from(good);
        damaged[position] = value;
        writeFileSync(file, damaged, { mode: 0o600 });
        try {
          const read = open().read();
          assert.ok(read === undefined || read.length === claims.length, all);
        } catch (error) {
          assert.match(String(error), /cannot be understood/);
        }
      }
      writeFileSync(file, good.subarray(0, position));
      assert.throws(() => open().read(), /cannot be understood/);
    }
  });
});
