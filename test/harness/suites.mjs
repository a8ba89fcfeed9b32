// Everything that `npm test` runs, in this order.
import { readdirSync } from 'node:fs';
import { createLab } from './createLab.mjs';
import { runMocha, withCounts } from './mocha.mjs';
import { inRoot } from './paths.mjs';
import { canProvision } from './provision.mjs';
import { whyNoBrowser, whyNoHost, whyNoLab } from './requirements.mjs';
import { modernNode } from './setup.mjs';

/**
 * @typedef {import('./mocha.mjs').Counts} Counts
 * @typedef {import('./mocha.mjs').Execute} Execute
 * @typedef {object} Suite
 * @property {string} name
 * @property {boolean} [built] whether it runs what the build made
 * @property {boolean} [window] whether it sees VS Code in a browser
 * @property {boolean} [lab] whether it uses the lab
 * @property {boolean} [webServer] whether it uses nginx
 * @property {boolean} [alone] whether others running beside it would disturb it
 * @property {() => string | undefined} [whyNot] why it cannot run on this machine, and what would help
 * @property {(execute: Execute) => Promise<Counts>} run
 */

/** @type {Suite[]} */
export const suites = [
  {
    name: 'types',
    run: (execute) => check(execute, ['typescript/bin/tsc', '--noEmit']),
  },
  {
    name: 'lint',
    run: (execute) => check(execute, ['@biomejs/biome/bin/biome', 'check']),
  },
  {
    name: 'unit',
    built: true,
    webServer: true,
    run: async (execute) => runMocha({ node: await modernNode(), files: built('test/unit'), timeout: 30_000, execute }),
  },
  {
    name: 'host',
    built: true,
    window: canProvision,
    alone: true,
    whyNot: () => (canProvision ? whyNoBrowser() : undefined),
    run: async (execute) => {
      const runner = [await modernNode(), inRoot('test/harness/runHostTests.mjs')];
      const color = process.stdout.isTTY ? { NETWORK_SESSIONS_COLOR: 'yes' } : {};
      return withCounts((env) => execute(runner, { env: { ...env, ...color }, cwd: inRoot() }));
    },
  },
  {
    name: 'ui',
    built: true,
    window: true,
    alone: true,
    whyNot: whyNoHost,
    run: async (execute) =>
      runMocha({ node: await modernNode(), files: journeys('test/ui'), timeout: 90_000, execute }),
  },
  {
    name: 'lab',
    built: true,
    window: true,
    lab: true,
    alone: true,
    whyNot: () => whyNoLab() ?? whyNoHost(),
    run: async () => {
      const node = await modernNode();
      const lab = await createLab();
      try {
        await lab.reset();
        await lab.startServer();
        /** @type {Execute} */
        const execute = (args, options) => lab.exec(args, options);
        const files = [...built('test/lab'), ...journeys('test/ui/lab')];
        return await runMocha({ node, files, timeout: 90_000, execute });
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

/** What the build made of the tests that are there now; files of earlier builds may lie beside them. */
const built = (folder) =>
  filesBelow(folder, '.test.ts').map((file) => inRoot('out', folder, file.replace(/\.ts$/, '.js')));

const journeys = (folder) =>
  filesBelow(folder, '.test.mjs')
    .filter((file) => folder !== 'test/ui' || !file.startsWith('lab/'))
    .map((file) => inRoot(folder, file));

/** @returns {string[]} relative to the folder */
function filesBelow(folder, ending) {
  try {
    const files = readdirSync(inRoot(folder), { recursive: true }).map((file) => String(file).replaceAll('\\', '/'));
    return files.filter((file) => file.endsWith(ending)).sort();
  } catch {
    return [];
  }
}
