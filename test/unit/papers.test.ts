// The papers in the repository name files that exist.
import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';

const root = path.resolve(__dirname, '../../..');
const papers = ['README.md', 'src/README.md', 'test/README.md', '.github/CONTRIBUTING.md', '.github/SECURITY.md'];

const read = (paper: string): string => fs.readFileSync(path.join(root, paper), 'utf8');
const matches = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, found = '']) => found);

suite('papers', () => {
  for (const paper of papers) {
    test(`${paper} links to files that exist`, () => {
      const links = matches(read(paper), /\]\((?!https?:|#)([^)#]+)/g);
      const broken = links.filter((link) => !fs.existsSync(path.resolve(root, path.dirname(paper), link)));
      assert.deepEqual(broken, []);
    });
  }

  for (const paper of ['src/README.md', 'test/README.md']) {
    test(`${paper} names files and folders that exist, from its own folder or from the root`, () => {
      const named = matches(read(paper), /`((?:[\w.-]+\/)+(?:[\w.-]+\.(?:ts|mjs|md|json))?|[\w-]+\.(?:mjs|md))`/g);
      const bases = ['', path.dirname(paper), 'src/platforms', 'src/host', 'test/fixtures'].map((base) =>
        path.join(root, base),
      );
      const unknown = named.filter(
        (name) => !name.startsWith('dist/') && !bases.some((base) => fs.existsSync(path.join(base, name))),
      );
      assert.deepEqual(unknown, []);
      assert.ok(named.length > 10, 'paths were found');
    });
  }

  test('src/README.md has every room and every wing', () => {
    const map = read('src/README.md');
    const foldersOf = (folder: string) =>
      fs
        .readdirSync(path.join(root, folder), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => name);
    const missing = [...foldersOf('src'), ...foldersOf('src/host')].filter((name) => !map.includes(`| \`${name}/\` |`));
    assert.deepEqual(missing, []);
  });
});
