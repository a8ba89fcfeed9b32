// Everything that `npm test` runs, in this order.
import { readdirSync } from 'node:fs';
import { createLab } from './createLab.mjs';
import { here, laneCount, runInLanes } from './lanes.mjs';
import { runMocha, withCounts } from './mocha.mjs';
import { inRoot } from './paths.mjs';
import { canProvision } from './provision.mjs';
import { whyNoBrowser, whyNoHost, whyNoLab } from './requirements.mjs';
import { modernNode } from './setup.mjs';

/**
 * @typedef {import('./mocha.mjs').Counts} Counts
 * @typedef {import('./mocha.mjs').Execute} Execute
 * @typedef {object} Choice
 * @property {Execute} execute
 * @property {string[]} files the sources of the tests to run
 * @property {string} [grep] what the name of a test must match
 *
 * @typedef {object} Suite
 * @property {string} name
 * @property {() => string[]} [sources] its test files, relative to the root
 * @property {string[]} [entries] what else has to be built for any of them
 * @property {boolean} [built] whether it runs what the build made
 * @property {boolean} [canWatch] whether it can run again and again while its files change
 * @property {boolean} [window] whether it sees VS Code in a browser
 * @property {boolean} [lab] whether it uses the lab
 * @property {boolean} [webServer] whether it uses nginx
 * @property {boolean} [alone] whether others running beside it would disturb it
 * @property {() => string | undefined} [whyNot] why it cannot run on this machine, and what would help
 * @property {(choice: Choice) => Promise<Counts>} run
 */

/** @type {Suite[]} */
export const suites = [
  {
    name: 'types',
    run: async ({ execute }) => {
      // Apart, so that what is there in tests alone, such as mocha's globals, is not there in the source.
      const source = await check(execute, ['typescript/bin/tsc', '--noEmit']);
      const tests = await check(execute, ['typescript/bin/tsc', '--noEmit', '--project', 'test']);
      return source.failed > 0 ? source : tests;
    },
  },
  {
    name: 'lint',
    run: ({ execute }) => check(execute, ['@biomejs/biome/bin/biome', 'check']),
  },
  {
    name: 'unit',
    sources: () => filesBelow('test/unit', '.test.ts'),
    built: true,
    canWatch: true,
    run: async ({ files, ...choice }) =>
      runMocha({
        node: await modernNode(),
        files: files.map(runnable),
        timeout: 30_000,
        guard: 'test/harness/unitGuard.cjs',
        ...choice,
      }),
  },
  {
    name: 'integration',
    sources: () => filesBelow('test/integration', '.test.ts'),
    built: true,
    canWatch: true,
    webServer: true,
    alone: true,
    run: async ({ execute: _, files, ...choice }) =>
      runInLanes({
        lanes: Array(laneCount()).fill(here),
        last: /[\\/]chaos\.test/, // eight processes each
        node: await modernNode(),
        files: files.map(runnable),
        timeout: 30_000,
        ...choice,
      }),
  },
  {
    name: 'host',
    sources: () => filesBelow('test/host', '.test.ts'),
    entries: ['test/host/index.ts'],
    built: true,
    window: canProvision,
    alone: true,
    whyNot: () => (canProvision ? whyNoBrowser() : undefined),
    run: async ({ execute, files, grep }) => {
      const runner = [await modernNode(), inRoot('test/harness/runHostTests.mjs')];
      const chosen = {
        NETWORK_SESSIONS_TESTS: JSON.stringify({ files: files.map(runnable), grep }),
        ...(process.stdout.isTTY && { NETWORK_SESSIONS_COLOR: 'yes' }),
      };
      return withCounts((env) => execute(runner, { env: { ...env, ...chosen }, cwd: inRoot() }), {
        mayBeEmpty: grep !== undefined,
      });
    },
  },
  {
    name: 'ui',
    sources: () => filesBelow('test/ui', '.test.mjs').filter((file) => !file.startsWith('test/ui/lab/')),
    built: true,
    window: true,
    alone: true,
    whyNot: whyNoHost,
    run: async ({ files, ...choice }) =>
      runMocha({ node: await modernNode(), files: files.map(runnable), timeout: 90_000, ...choice }),
  },
  {
    name: 'lab',
    sources: () => [...filesBelow('test/lab', '.test.ts'), ...filesBelow('test/ui/lab', '.test.mjs')],
    built: true,
    window: true,
    lab: true,
    alone: true,
    whyNot: () => whyNoLab() ?? whyNoHost(),
    run: async ({ files, ...choice }) => {
      const node = await modernNode();
      const lab = await createLab();
      try {
        await lab.reset();
        await lab.startServer();
        /** @type {Execute} */
        const execute = (args, options) => lab.exec(args, options);
        return await runMocha({ node, timeout: 90_000, ...choice, files: files.map(runnable), execute });
      } finally {
        lab.dispose();
      }
    },
  },
];

/** @type {(execute: Execute, program: string[]) => Promise<Counts>} */
async function check(execute, [script, ...args]) {
  const code = await execute([process.execPath, inRoot('node_modules', script), ...args], { env: {}, cwd: inRoot() });
  return code === 0 ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 };
}

/** What is run of a source: what the build made of it, or itself. */
const runnable = (source) => (source.endsWith('.ts') ? inRoot('out', source.replace(/\.ts$/, '.js')) : inRoot(source));

/** @returns {string[]} relative to the root */
function filesBelow(folder, ending) {
  try {
    const files = readdirSync(inRoot(folder), { recursive: true }).map((file) => String(file).replaceAll('\\', '/'));
    return files
      .filter((file) => file.endsWith(ending))
      .sort()
      .map((file) => `${folder}/${file}`);
  } catch {
    return [];
  }
}
