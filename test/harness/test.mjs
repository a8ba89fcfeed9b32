// npm test [-- suite... part of a path... --grep words --watch]: sets up what is needed, and runs all suites or what is
// chosen of them.
import { installChromium } from './chromium.mjs';
import { unpackLabTools } from './labTools.mjs';
import { inCi } from './mocha.mjs';
import { collected, passedOn } from './output.mjs';
import { canProvision, provision } from './provision.mjs';
import { select } from './selection.mjs';
import { setUp } from './setup.mjs';
import { suites } from './suites.mjs';
import { watchTests } from './watch.mjs';
import { unpackWebServer } from './webServer.mjs';

/** @typedef {import('./suites.mjs').Suite} Suite */
/** @typedef {import('./selection.mjs').Selection} Selection */
/** @typedef {import('./selection.mjs').Part} Part */
/** @typedef {import('./mocha.mjs').Counts} Counts */
/** @typedef {import('./output.mjs').Output} Output */

const selection = selectionOf(process.argv.slice(2));
const { parts, isNarrow, watch, grep } = selection;
const sources = parts.flatMap(({ files }) => files);
let total = { passed: 0, failed: 0, skipped: 0 };
/** @type {string[]} */
let times = [];

const notBuilt = await timed('set-up', () => setUpFor(selection));
if (watch) {
  await watchTests(sources, runAll);
} else {
  await runAll();
  process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);
}

/** @returns {Selection} */
function selectionOf(args) {
  try {
    return select(suites, args);
  } catch (error) {
    console.error(error.message);
    return process.exit(2);
  }
}

async function runAll() {
  total = { passed: 0, failed: 0, skipped: 0 };
  const [together, alone] = [parts.filter(({ suite }) => !suite.alone), parts.filter(({ suite }) => suite.alone)];
  await Promise.all(together.map((part) => runPart(part, together.length > 1 ? collected : passedOn)));
  for (const part of alone) {
    await runPart(part, passedOn);
  }
  if (grep !== undefined && total.passed + total.failed + total.skipped === 0) {
    console.log(`No test has a name that matches ${grep}.`);
  }
  console.log(`\n${times.join(', ')}\n${sentence(total)}`);
  times = [];
}

/**
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} work
 */
async function timed(name, work) {
  const started = Date.now();
  try {
    return await work();
  } finally {
    times.push(`${name} ${Math.round((Date.now() - started) / 1000)} s`);
  }
}

/** @type {(counts: Counts) => string} */
function sentence({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/**
 * @param {Selection} wanted
 * @returns {Promise<Error | undefined>} why there is no build
 */
async function setUpFor({ parts: wanted }) {
  /** @type {Error | undefined} */
  let failure;
  const complain = (error) => console.error(error.message); // the suites that need it will tell that it is missing
  const window = wanted.some(({ suite }) => suite.window);
  const lab = wanted.some(({ suite }) => suite.lab);
  const webServer = wanted.some(({ suite }) => suite.webServer);
  await Promise.all([
    setUp({ tests: isNarrow ? builtFrom(wanted) : 'all' }).catch((error) => {
      failure = error;
    }),
    window && installChromium().catch(complain),
    window && canProvision && provision().catch(complain),
    lab && unpackLabTools().catch(complain),
    webServer && unpackWebServer().catch(complain),
  ]);
  return failure;
}

/** @param {Part[]} wanted */
function builtFrom(wanted) {
  const files = wanted.flatMap(({ suite, files: own }) => [...own, ...(suite.entries ?? [])]);
  return files.filter((file) => file.endsWith('.ts'));
}

/**
 * @param {Part} part
 * @param {() => Output} makeOutput
 */
async function runPart({ suite, files }, makeOutput) {
  const why = suite.whyNot?.();
  if (why !== undefined) {
    console.log(`${suite.name}: skipped, because ${why}`);
    add({ passed: 0, failed: 0, skipped: 1 });
    return;
  }
  const output = makeOutput();
  const counts = await timed(suite.name, () => countsOf(suite, files, output));
  output.end(`${suite.name}: ${sentence(counts)}`);
  add(counts);
}

/** @returns {Promise<Counts>} */
async function countsOf(suite, files, output) {
  try {
    if (suite.built && notBuilt !== undefined) {
      throw notBuilt;
    }
    return await suite.run({ execute: output.execute, files, ...(grep !== undefined && { grep }) });
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
