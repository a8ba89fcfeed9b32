// npm test [-- suite...]: sets everything up and runs all suites, or those that are named.
import { installChromium } from './chromium.mjs';
import { unpackLabTools } from './labTools.mjs';
import { inCi } from './mocha.mjs';
import { collected, passedOn } from './output.mjs';
import { canProvision, provision } from './provision.mjs';
import { setUp } from './setup.mjs';
import { suites } from './suites.mjs';

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
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);

/**
 * @param {Suite[]} wanted
 * @returns {Promise<string | undefined>} why there is no build
 */
async function setUpFor(wanted) {
  const complain = (error) => console.error(error.message); // the suites that need it will say that it is missing
  const steps = [
    setUp({ tests: true }).then(
      () => undefined,
      (error) => error.message,
    ),
  ];
  if (wanted.some(({ window }) => window)) {
    steps.push(installChromium().catch(complain));
    if (canProvision) {
      steps.push(provision().catch(complain));
    }
  }
  if (wanted.some(({ lab }) => lab)) {
    steps.push(unpackLabTools().catch(complain));
  }
  const [failure] = await Promise.all(steps);
  return failure;
}

/**
 * @param {Suite} suite
 * @param {() => Output} makeOutput
 */
async function runSuite(suite, makeOutput) {
  const started = Date.now();
  const output = makeOutput();
  const { passed, failed, skipped } = await countsOf(suite, output);
  const seconds = Math.round((Date.now() - started) / 1000);
  output.end(`${suite.name}: ${passed} passed, ${failed} failed, ${skipped} skipped (${seconds} s)`);
  // In CI nothing may be skipped, at least where everything can be had.
  const strict = inCi && process.platform === 'linux';
  total.passed += passed;
  total.failed += failed + (strict ? skipped : 0);
  total.skipped += strict ? 0 : skipped;
}

/** @returns {Promise<Counts>} */
async function countsOf(suite, output) {
  const why = suite.whyNot?.();
  if (why !== undefined) {
    output.say(`skipped: ${why}`);
    return { passed: 0, failed: 0, skipped: 1 };
  }
  if (suite.built && notBuilt !== undefined) {
    output.say(`not run: ${notBuilt}`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
  try {
    return await suite.run(output.execute);
  } catch (error) {
    output.say(error.stack);
    return { passed: 0, failed: 1, skipped: 0 };
  }
}
