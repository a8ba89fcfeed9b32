// What the words after `npm test --` choose: suites, files and single tests.
import { parseArgs } from 'node:util';

/**
 * @typedef {import('./suites.mjs').Suite} Suite
 * @typedef {{ suite: Suite, files: string[] }} Part a suite, and the sources of its tests that are chosen
 * @typedef {object} Selection
 * @property {Part[]} parts
 * @property {boolean} isNarrow whether files or tests were named, and not just suites
 * @property {boolean} watch
 * @property {string} [grep] what the name of a test must match
 */

/**
 * @param {Suite[]} suites
 * @param {string[]} args
 * @returns {Selection} throws with the usage where it chooses nothing
 */
export function select(suites, args) {
  const { positionals, grep, watch } = parse(suites, args);
  const names = positionals.filter((word) => suites.some(({ name }) => name === word));
  const words = positionals.filter((word) => !names.includes(word)).map(asPath);
  const named = suites.filter(({ name }) => names.length === 0 || names.includes(name));
  const isNarrow = words.length > 0 || grep !== undefined || watch;
  const candidates = named
    .filter(({ sources, canWatch }) => !isNarrow || (sources !== undefined && (!watch || canWatch)))
    .map((suite) => ({ suite, files: suite.sources?.() ?? [] }));
  const unknown = words.find((word) => !candidates.some(({ files }) => files.some((file) => file.includes(word))));
  if (unknown !== undefined) {
    const where = names.length > 0 ? ` of ${names.join(', ')}` : '';
    fail(
      suites,
      `"${unknown}" is no suite, and no test file${where}${watch ? ' that can be watched' : ''} has it in its path.`,
    );
  }
  const parts = candidates
    .map(({ suite, files }) => ({
      suite,
      files: files.filter((file) => words.length === 0 || words.some((word) => file.includes(word))),
    }))
    .filter(({ files }) => words.length === 0 || files.length > 0);
  if (parts.length === 0) {
    fail(
      suites,
      `${names.join(', ')}: ${watch ? 'nothing there can be watched' : 'there are no tests to choose from'}.`,
    );
  }
  return { parts, isNarrow, watch, ...(grep !== undefined && { grep }) };
}

function parse(suites, args) {
  try {
    const { positionals, values } = parseArgs({
      args,
      allowPositionals: true,
      options: { grep: { type: 'string', short: 'g' }, watch: { type: 'boolean', short: 'w', default: false } },
    });
    return { positionals, grep: values.grep, watch: values.watch };
  } catch (error) {
    return fail(suites, error.message);
  }
}

/** As a shell completes it, too. */
const asPath = (word) => word.replaceAll('\\', '/').replace(/^\.\//, '');

/** @returns {never} */
function fail(suites, why) {
  const names = suites.map(({ name }) => name).join(', ');
  const watched = suites.filter(({ canWatch }) => canWatch).map(({ name }) => name);
  throw new Error(
    [
      why,
      'Usage: npm test [-- [suite…] [part of a path…] [--grep words] [--watch]]',
      `  suite           ${names}; all of them by default`,
      '  part of a path  runs the test files that have it in their path: engine/close',
      '  --grep words    runs the tests that match it, a regular expression: O5',
      `  --watch         runs them again at each change (${watched.join(', ')})`,
      'For one test: npm run test:unit -- engine/close --grep O5',
    ].join('\n'),
  );
}
