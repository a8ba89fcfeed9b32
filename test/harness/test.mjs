// npm test [-- suite...]: sets everything up and runs all suites, or those that are named.
import { installChromium } from './chromium.mjs';
import { unpackLabTools } from './labTools.mjs';
import { inCi } from './mocha.mjs';
import { collected, passedOn } from './output.mjs';
import { canProvision, provision } from './provision.mjs';
import { setUp } from './setup.mjs';
import { suites } from './suites.mjs';
import { unpackWebServer } from './webServer.mjs';

/** @typedef {import('./suites.mjs').Suite} Suite */
/** @typedef {import('./mocha.mjs').Counts} Counts */
/** @typedef {import('./output.mjs').Output} Output */

const names = process.argv.slice(2);
const unknown = names.filter((name) => !suites.some((suite) => suite.name === name));
if (unknown.length > 0) {
  console.error(
    `Unknown suite ${unknown.join(', ')}.\nUsage: npm test [-- ${suites.map(({ name }) => name).join('|')}…]`,
  );
  process.exit(2);
}
const chosen = suites.filter(({ name }) => names.length === 0 || names.includes(name));
const total = { passed: 0, failed: 0, skipped: 0 };

const notBuilt = await setUpFor(chosen);
await Promise.all(chosen.filter(({ alone }) => !alone).map((suite) => runSuite(suite, collected)));
for (const suite of chosen.filter(({ alone }) => alone)) {
  await runSuite(suite, passedOn);
}
console.log(`\n${sentence(total)}`);
process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);

/** @type {(counts: Counts) => string} */
function sentence({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/**
 * @param {Suite[]} wanted
 * @returns {Promise<Error | undefined>} why there is no build
 */
async function setUpFor(wanted) {
  /** @type {Error | undefined} */
  let failure;
  const complain = (error) => console.error(error.message); // the suites that need it will tell that it is missing
  const window = wanted.some((suite) => suite.window);
  const lab = wanted.some((suite) => suite.lab);
  const webServer = wanted.some((suite) => suite.webServer);
  await Promise.all([
    setUp({ tests: true }).catch((error) => {
      failure = error;
    }),
    window && installChromium().catch(complain),
    window && canProvision && provision().catch(complain),
    lab && unpackLabTools().catch(complain),
    webServer && unpackWebServer().catch(complain),
  ]);
  return failure;
}

/**
 * @param {Suite} suite
 * @param {() => Output} makeOutput
 */
async function runSuite(suite, makeOutput) {
  const why = suite.whyNot?.();
  if (why !== undefined) {
    console.log(`${suite.name}: skipped, because ${why}`);
    add({ passed: 0, failed: 0, skipped: 1 });
    return;
  }
  const started = Date.now();
  const output = makeOutput();
  const counts = await countsOf(suite, output);
  const seconds = Math.round((Date.now() - started) / 1000);
  output.end(`${suite.name}: ${sentence(counts)} (${seconds} s)`);
  add(counts);
}

/** @returns {Promise<Counts>} */
async function countsOf(suite, output) {
  try {
    if (suite.built && notBuilt !== undefined) {
      throw notBuilt;
    }
    return await suite.run(output.execute);
  } catch (error) {
    output.say(error.stack);
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

/** In CI nothing may be skipped, at least where everything can be had. */
function add({ passed, failed, skipped }) {
  const strict = inCi && process.platform === 'linux';
  total.passed += passed;
  total.failed += failed + (strict ? skipped : 0);
  total.skipped += strict ? 0 : skipped;
}
