// Runs test files side by side: each in a process of its own, in whichever lane is free next. What a file prints stays
// together.
import { statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { runMocha } from './mocha.mjs';
import { collected } from './output.mjs';

/**
 * @typedef {import('./mocha.mjs').Counts} Counts
 * @typedef {import('./mocha.mjs').Execute} Execute
 * @typedef {(execute: Execute) => Execute} Lane where the programs of a lane run, such as inside a lab of its own
 */

/** Two on a machine with two cores: most tests wait for something most of the time. */
export const laneCount = () => Math.min(Math.max(availableParallelism(), 2), 4);

/** @type {Lane} */
export const here = (execute) => execute;

/**
 * @param {{ lanes: Lane[], node: string, files: string[], last?: RegExp, timeout: number, grep?: string }} options
 *   `last`: those that take the whole machine, which run when all others have ended, one after the other
 * @returns {Promise<Counts>}
 */
export async function runInLanes({ lanes, files, last, ...options }) {
  // The long ones first, as far as their length tells: then no lane waits for another one in the end.
  const isLast = (/** @type {string} */ file) => last?.test(file) ?? false;
  const queue = files
    .filter((file) => !isLast(file))
    .map((file) => ({ file, size: statSync(file).size }))
    .sort((a, b) => b.size - a.size);
  const total = { passed: 0, failed: 0, skipped: 0 };
  const work = async (/** @type {Lane} */ lane) => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      await runFile(next.file, lane);
    }
  };
  const runFile = async (/** @type {string} */ file, /** @type {Lane} */ lane) => {
    const output = collected();
    const counts = await runMocha({ ...options, files: [file], execute: lane(output.execute) });
    output.end('');
    total.passed += counts.passed;
    total.failed += counts.failed;
    total.skipped += counts.skipped;
  };
  await Promise.all(lanes.slice(0, Math.max(files.length, 1)).map(work));
  for (const file of files.filter(isLast)) {
    await runFile(file, lanes[0]);
  }
  return files.length === 0 ? { ...total, skipped: 1 } : total;
}
