// The rules of the engine and of the broker's book: what code and tests name stands in their papers, and the other way round.
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';

const root = path.resolve(__dirname, '../../..');
const papers = ['src/engine/RULES.md', 'src/broker/README.md'];
const textOf = (file: string) => fs.readFileSync(path.join(root, file), 'utf8');

/** A rule's number; not a key of the keyboard (`'F1'`, `Shift+F10`), and nothing in the middle of a word. */
const number = /(?<![\w+%])(?!(?<=['"])F\d+['"])[BSOFRM]\d{1,2}[a-z]?\b/g;
const numbersIn = (text: string) => new Set([...text.matchAll(number)].map(([rule]) => rule));

interface Rule {
  readonly paper: string;
  readonly rule: string;
  readonly held: readonly string[];
  readonly tested: readonly string[];
}

/** The files that a list of links points to, from the root of the project. */
const linksIn = (paper: string, links: string) =>
  [...links.matchAll(/\]\(([^)]+)\)/g)].map(([, link = '']) => path.posix.join(path.posix.dirname(paper), link));

function rulesOf(paper: string): readonly Rule[] {
  return [...textOf(paper).matchAll(/^- \*\*(\w+)\*\* .*(\n {2}Held: (.*)\. Tested: (.*)\.$)?/gm)].map(
    ([, rule = '', , held = '', tested = '']) => ({
      paper,
      rule,
      held: linksIn(paper, held),
      tested: linksIn(paper, tested),
    }),
  );
}

const rules = papers.flatMap(rulesOf);
const known = new Set(rules.map(({ rule }) => rule));

const sources = ['src', 'test'].flatMap((folder) =>
  fs
    .readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((file) => path.posix.join(folder, file.replaceAll(path.sep, '/')))
    .filter((file) => /\.([cm]?[jt]s|md)$/.test(file)),
);

suite('rules', () => {
  test('each number stands for one rule', () => {
    assert.equal(known.size, rules.length);
    assert.ok(known.size > 50, `${known.size} rules were found`);
  });

  test('a number that code, tests or papers name is that of a rule', () => {
    for (const file of sources) {
      const strangers = [...numbersIn(textOf(file))].filter((rule) => !known.has(rule));
      assert.deepEqual(strangers, [], file);
    }
  });

  test('every rule links to where it is held and to where it is tested, and is named there', () => {
    const faults: string[] = [];
    for (const { paper, rule, held, tested } of rules) {
      for (const [files, kind] of [
        [held, /^src\/.*\.ts$/],
        [tested, /^test\/.*\.test\.(ts|mjs)$/],
      ] as const) {
        if (files.length === 0) {
          faults.push(`${paper} does not say where ${rule} is held and tested`);
        }
        for (const file of files) {
          const isThere = kind.test(file) && fs.existsSync(path.join(root, file));
          if (!isThere || !numbersIn(textOf(file)).has(rule)) {
            faults.push(`${paper}: ${file} does not name ${rule}, or is not there`);
          }
        }
      }
    }
    assert.deepEqual(faults, []);
  });

  test('links of their papers lead somewhere', () => {
    for (const paper of papers) {
      for (const file of linksIn(paper, textOf(paper))) {
        assert.ok(fs.existsSync(path.join(root, file)), `${paper}: there is no ${file}`);
      }
    }
  });

  test('names of tests begin with the numbers of their rules in one form', () => {
    const one = '[BSOFRM]\\d+[a-z]?';
    const form = new RegExp(`^${one}(, ${one}| to ${one})*: \\S`);
    const named = new RegExp(`\\b(?:suite|test)\\(\\s*['"\`](${one}\\b.*)`, 'g');
    for (const file of sources.filter((each) => each.startsWith('test/'))) {
      for (const [, name = ''] of textOf(file).matchAll(named)) {
        assert.match(name, form, file);
      }
    }
  });
});
