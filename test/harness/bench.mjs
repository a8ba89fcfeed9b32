// npm run bench [-- name...]: runs the measurements one after the other. What they print, one JSON object a line, is all
// that goes to standard output.
import { readdirSync } from 'node:fs';
import { installChromium } from './chromium.mjs';
import { createLab } from './createLab.mjs';
import { unpackLabTools } from './labTools.mjs';
import { inRoot } from './paths.mjs';
import { run } from './processes.mjs';
import { whyNoLab } from './requirements.mjs';
import { modernNode, setUp } from './setup.mjs';
import { unpackWebServer } from './webServer.mjs';

await setUp({ tests: 'all' });
const node = await modernNode();
const names = process.argv.slice(2);
let failed = false;
for (const bench of benches()) {
  console.error(`${bench}…`);
  try {
    if (bench.endsWith('/http.bench.js')) {
      await unpackWebServer();
    } else if (bench.endsWith('/activation.bench.mjs')) {
      await installChromium();
    }
    const code = await (bench.includes('/lab/') ? runInLab(bench) : run(node, argumentsFor(bench)));
    failed ||= code !== 0;
  } catch (error) {
    console.error(error);
    failed = true;
  }
}
process.exitCode = failed ? 1 : 0;

/** @returns {string[]} the files, relative to the root; those in `lab` run inside of it */
function benches() {
  const sources = readdirSync(inRoot('test/bench'), { recursive: true }).map(String);
  return sources
    .filter(
      (file) =>
        /\.(bench\.ts|bench\.mjs)$/.test(file) && (names.length === 0 || names.some((name) => file.includes(name))),
    )
    .sort()
    .map((file) => (file.endsWith('.ts') ? `out/test/bench/${file.replace(/\.ts$/, '.js')}` : `test/bench/${file}`));
}

/** Measurements may collect garbage before they look at the heap. */
function argumentsFor(bench) {
  return ['--expose-gc', '--enable-source-maps', inRoot(bench)];
}

async function runInLab(bench) {
  await unpackLabTools();
  const why = whyNoLab();
  if (why !== undefined) {
    console.error(`skipped: ${why}`);
    return 0;
  }
  const lab = await createLab();
  try {
    await lab.reset();
    await lab.startServer();
    return await lab.exec([node, ...argumentsFor(bench)], { cwd: inRoot() });
  } finally {
    lab.dispose();
  }
}
