// What is kept on disk when the disk does not take it: it never says what is not true any more.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ClaimsFile } from '../../src/broker/claimsFile.js';
import type { Claim } from '../../src/broker/messages.js';
import { beginTerm, readTerm } from '../../src/broker/term.js';
import { silentLogger } from '../../src/engine/index.js';
import { Journal } from '../../src/platforms/journal.js';
import type { SpentCheckpoint, Trace } from '../../src/platforms/trace.js';
import { type Call, calls, FaultyDisk } from '../fixtures/faultyDisk.js';

/** Numbers that look random and are the same in every run. */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 8) % below;
  };
}

suite('what is kept on a disk that takes nothing more', () => {
  let folder: string;
  let disk: FaultyDisk;
  let warnings: string[];

  setup(() => {
    folder = fs.mkdtempSync(path.join(tmpdir(), 'full-'));
    disk = new FaultyDisk(folder);
    warnings = [];
  });

  teardown(() => {
    disk.dispose();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  const logger = { ...silentLogger, warn: (message: string) => warnings.push(message) };
  const journalOf = (directory: string) => new Journal({ directory, logger });
  const start = { activation: '/active/7', checkpoint: '/checkpoint/3' };
  const metric4 = { before: -1, now: 99, own: undefined, via: undefined };
  const trace = (identifier: string, more: Partial<Trace>): Trace => ({
    identifier,
    device: 'eth1',
    owner: ':1.5/active/7',
    ...more,
  });

  /** Nothing that needs room works, whatever there is. */
  const isFull = (call: Call) => (call === 'writeFileSync' || call === 'mkdirSync' ? 'half' : false);

  suite('the journal', () => {
    suiteSetup(function () {
      if (process.platform !== 'linux') {
        this.skip(); // It tells processes apart by /proc, and is used on Linux only.
      }
    });

    /** What whoever takes over would find: of each access point its parts, what is spent, and what is held. */
    function foundIn(directory: string): Set<string> {
      const fault = disk.fault;
      disk.fault = () => false;
      try {
        const names = fs.existsSync(directory) ? fs.readdirSync(directory) : [];
        const all = names.filter((name) => name.endsWith('.json'));
        assert.ok(all.length <= 1);
        const said = all.map((name) => fs.readFileSync(path.join(directory, name), 'utf8'));
        // Cut off as a whole is nothing.
        const [content = '{}'] = said.filter((text) => text !== '');
        const { traces = [], spent = [], holds = [] } = JSON.parse(content);
        return partsOf(traces, spent, holds);
      } finally {
        disk.fault = fault;
      }
    }

    function partsOf(traces: Iterable<Trace>, spent: Iterable<SpentCheckpoint>, holds: Iterable<string>): Set<string> {
      const parts = [...traces].flatMap(({ identifier, owner, device, ...done }) =>
        Object.entries(done)
          .filter(([, value]) => value !== undefined)
          .map(([name, value]) => `${identifier} ${owner} ${name} ${JSON.stringify(value)}`),
      );
      return new Set([...parts, ...[...spent].map((each) => JSON.stringify(each)), ...holds]);
    }

    test('R4: a start that became final there is not in it, and the rest still is', () => {
      const journal = journalOf(folder);
      journal.put(trace('cafe', { start }));
      journal.put(trace('office', { metric4 }));
      disk.fault = isFull;
      journal.spend({ run: ':1.5', checkpoint: '/checkpoint/3' });
      journal.put(trace('cafe', {}));
      assert.deepEqual(
        [...foundIn(folder)],
        [
          `office :1.5/active/7 metric4 ${JSON.stringify({ before: -1, now: 99 })}`,
          JSON.stringify({ run: ':1.5', checkpoint: '/checkpoint/3' }),
        ],
      );
      assert.deepEqual(warnings, []);
    });

    test('R4: where it cannot be written over either, it is gone; what only could not be added leaves it as it was', () => {
      const journal = journalOf(folder);
      journal.put(trace('cafe', { start }));
      disk.fault = (call) => isFull(call) || (call === 'openSync' && 'whole');
      journal.put(trace('office', { metric4 }));
      assert.equal(foundIn(folder).size, 1);
      journal.remove('cafe');
      assert.deepEqual(fs.readdirSync(folder), []);
      journal.put(trace('cafe', { start }));
      assert.equal(warnings.length, 1);
      disk.fault = () => false;
      journal.put(trace('station', { start }));
      assert.equal(foundIn(folder).size, 3, 'all is there again');
    });

    test('where it can neither be written nor taken away, what is in it is taken out', () => {
      const journal = journalOf(folder);
      journal.put(trace('cafe', { start }));
      journal.put(trace('office', { metric4 }));
      disk.fault = (call) => ['writeFileSync', 'writeSync', 'unlinkSync'].includes(call) && 'whole';
      journal.remove('cafe');
      assert.equal(foundIn(folder).size, 0);
      disk.fault = () => false;
      assert.ok(fs.readdirSync(folder).every((name) => fs.statSync(path.join(folder, name)).size === 0));
    });

    test('R9: what is taken over when there is no room for two is written down when the one that it was in is gone', () => {
      const left = journalOf(folder);
      left.put(trace('cafe', { start }));
      left.close();
      const journal = journalOf(folder);
      disk.fault = (call) => call === 'writeFileSync' && fs.readdirSync(folder).length > 0 && 'half';
      journal.adopt((each) => journal.put(each));
      assert.deepEqual(foundIn(folder), partsOf([trace('cafe', { start })], [], []));
    });

    test('R9: where somebody has cleared its folder away, all of it is written anew', () => {
      const directory = path.join(folder, 'ours');
      const journal = journalOf(directory);
      journal.put(trace('cafe', { start }));
      fs.rmSync(directory, { recursive: true });
      journal.put(trace('office', { metric4 }));
      assert.equal(foundIn(directory).size, 2);
      assert.deepEqual(warnings, []);
    });

    test('whatever fails, and wherever, it says no more than is true, and all of it as soon as it can', () => {
      const random = seeded(7);
      const names = ['cafe', 'office', 'station'];
      const some = <T>(...all: readonly T[]) => all[random(all.length)] as T;
      for (let run = 0; run < 150; run++) {
        const directory = path.join(folder, String(run));
        const journal = journalOf(directory);
        const holds = new Set<string>();
        for (let act = 0; act < 12; act++) {
          const failing = new Set(calls.filter(() => random(3) === 0));
          const kind = some('whole' as const, 'half' as const, 'short' as const);
          const first = random(6);
          disk.calls = 0;
          disk.fault = (call) =>
            // One of the last two always works: nothing helps against a disk on which nothing at all does.
            disk.calls > first && failing.has(call) && (call !== 'unlinkSync' || !isCutting) && kind;
          const isCutting = failing.has('truncateSync') || failing.has('ftruncateSync') || failing.has('openSync');
          const isWell = random(4) === 0;
          if (isWell) {
            disk.fault = () => false;
          }
          const name = some(...names);
          switch (random(5)) {
            case 0:
              journal.put(trace(name, { start: { ...start, activation: some('/active/7', undefined) } }));
              break;
            case 1:
              journal.put({ ...trace(name, { metric4: { ...metric4, now: some(98, 99) } }) });
              break;
            case 2:
              journal.remove(name);
              break;
            case 3: {
              const checkpoint = { run: ':1.5', checkpoint: some('/checkpoint/3', `/checkpoint/${'4'.repeat(200)}`) };
              journal[some('spend' as const, 'forget' as const)](checkpoint);
              break;
            }
            default: {
              const held = some(true, false);
              holds[held ? 'add' : 'delete'](name);
              journal.hold(name, held);
            }
          }
          const truth = partsOf(journal.traces.values(), journal.spent, holds);
          const found = foundIn(directory);
          const more = [...found].filter((part) => !truth.has(part));
          assert.deepEqual(more, [], `run ${run}, act ${act}: ${[...failing]} ${kind} from ${first}`);
        }
        disk.fault = () => false;
        journal.hold('last', true);
        holds.add('last');
        assert.deepEqual(foundIn(directory), partsOf(journal.traces.values(), journal.spent, holds), `run ${run}`);
      }
    });
  });

  suite('the claims of the leader', () => {
    const claim = (accessPoint: string): Claim => ({ accessPoint, activation: '/active/7' });
    const open = () => new ClaimsFile({ file: path.join(folder, 'claims') });
    const read = () => {
      disk.fault = () => false;
      return (open().read() ?? []).map(({ accessPoint }) => accessPoint);
    };

    test('O5a: are written over where there is no room for others beside them', () => {
      open().write([claim('cafe'), claim('office')]);
      disk.fault = isFull;
      open().write([claim('office')]);
      assert.deepEqual(read(), ['office']);
    });

    for (const kind of ['whole', 'half', 'short'] as const) {
      test(`O5a: are true or gone wherever it fails (${kind})`, () => {
        for (let first = 0; first < 8; first++) {
          open().write([claim('cafe'), claim('office')]);
          disk.calls = 0;
          disk.fault = (call) => disk.calls > first && call !== 'unlinkSync' && kind;
          try {
            open().write([claim('office')]);
          } catch (error) {
            assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
          }
          const left = read();
          assert.ok(left.length === 0 || left.join() === 'office', `${first}: ${left}`);
        }
      });
    }
  });

  test('a term begins where there is no room for a draft, and is whole', () => {
    const file = path.join(folder, 'term');
    const first = beginTerm(file, Buffer.from([1, 0, 0, 0]));
    disk.fault = isFull;
    const second = beginTerm(file, Buffer.from([2, 0, 0, 0]));
    disk.fault = () => false;
    assert.ok(second > first);
    assert.equal(readTerm(file), second);
  });
});
