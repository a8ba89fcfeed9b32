// Runs test files with mocha in a process of its own and brings back the counts.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { atExit } from './atExit.mjs';
import { inRoot } from './paths.mjs';

/**
 * @typedef {{ passed: number, failed: number, skipped: number }} Counts
 * @typedef {(args: string[], options: { env: NodeJS.ProcessEnv, cwd: string }) => Promise<number>} Execute runs a
 *   program, such as inside the lab, and resolves with its exit code
 */

export const inCi = process.env.CI === 'true';

/**
 * @param {{ node: string, files: string[], timeout: number, execute: Execute, grep?: string, guard?: string }} options
 *   `guard`: a file of hooks that watch over the tests
 * @returns {Promise<Counts>} a suite without a test counts as one that is skipped
 */
export async function runMocha({ node, files, timeout, execute, grep, guard }) {
  if (files.length === 0) {
    return { passed: 0, failed: 0, skipped: 1 };
  }
  const args = [
    ...[node, '--enable-source-maps', inRoot('node_modules/mocha/bin/mocha.js')],
    ...['--ui', 'tdd', '--timeout', String(timeout), '--reporter', inRoot('test/harness/reporter.cjs'), '--exit'],
    ...(inCi ? ['--forbid-only', '--forbid-pending'] : []),
    ...(process.stdout.isTTY ? ['--color'] : []),
    ...(guard === undefined ? [] : ['--require', inRoot(guard)]),
    ...(grep === undefined ? [] : ['--grep', grep]),
    ...files,
  ];
  return withCounts((env) => execute(args, { env, cwd: inRoot() }), { mayBeEmpty: grep !== undefined });
}

/**
 * @param {(env: NodeJS.ProcessEnv) => Promise<number>} runTests which use reporter.cjs, in this environment; resolves
 *   with the exit code
 * @param {{ mayBeEmpty?: boolean }} [options] whether it is all right that no test has run
 * @returns {Promise<Counts>}
 */
export async function withCounts(runTests, { mayBeEmpty = false } = {}) {
  const folder = mkdtempSync(path.join(tmpdir(), 'network-sessions-counts-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const forget = atExit(remove);
  try {
    const file = path.join(folder, 'counts.json');
    const code = await runTests({ NETWORK_SESSIONS_COUNTS: file });
    const counts = readCounts(file);
    // It may have failed in a way that no test tells of, up to ending before its report.
    const isWhole = code === 0 && (mayBeEmpty || counts.passed + counts.skipped > 0);
    return { ...counts, failed: Math.max(counts.failed, isWhole ? 0 : 1) };
  } finally {
    remove();
    forget();
  }
}

/** @returns {Counts} */
function readCounts(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    console.error('The tests ended without a report.');
    return { passed: 0, failed: 0, skipped: 0 };
  }
}
