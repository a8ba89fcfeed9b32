// The table of times in the broker's README, held against the code.
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import * as times from '../../../src/broker/times.js';

const folder = path.resolve(__dirname, '../../../../src/broker');
const textOf = (file: string) => fs.readFileSync(path.join(folder, file), 'utf8');

suite('times of the broker', () => {
  test('the table of its README has all of them, and nothing else', () => {
    const { bookTimes, electionTimes, ...others } = times;
    const told = Object.entries({ ...bookTimes, ...electionTimes, ...others }).map(
      ([name, value]) => [name, typeof value === 'number' ? String(value) : value.join(' to ')] as const,
    );
    const rows = [...textOf('README.md').matchAll(/^\| `(\w+)` \| (\d+(?: to \d+)?) \|/gm)];
    assert.deepEqual(
      rows.map(([, name, value]) => [name, value]).sort(),
      told.sort(([one], [other]) => (one < other ? -1 : 1)),
    );
  });

  test('no other file of the broker has one; the bounds of a message are no times', () => {
    const constant = /\/\*\* Milliseconds[^*]*\*\/\s*(?:export )?(?:const )?\w+\s*[:=]\s*\[?\d/;
    const files = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
    assert.ok(files.length > 10);
    for (const file of files.filter((each) => !/(times|bounds)\.ts$/.test(each))) {
      assert.doesNotMatch(textOf(file), constant, file);
    }
  });
});
