// npm run package: builds the extension and makes the .vsix that VS Code installs.
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { inRoot } from './paths.mjs';
import { capture, run } from './processes.mjs';
import { modernNode, setUp } from './setup.mjs';

await setUp();
const node = await modernNode(); // vsce needs 22
const vsce = inRoot('node_modules/@vscode/vsce/vsce');
const { name, version } = JSON.parse(readFileSync(inRoot('package.json'), 'utf8'));

// The pictures of the README are too big to be installed with the extension, and VS Code would show gaps for them. So the
// package is made of a copy of what .vscodeignore lets in, whose README has none.
const copy = inRoot('out/package');
rmSync(copy, { recursive: true, force: true });
const files = (await capture(node, [vsce, 'ls', '--no-dependencies'], { cwd: inRoot() })).split('\n').filter(Boolean);
for (const file of ['.vscodeignore', ...files]) {
  cpSync(inRoot(file), path.join(copy, file));
}
const readme = path.join(copy, 'README.md');
const pictures = /!\[[^\]]*\]\(media\/readme\/[^)]*\)\s*/g;
writeFileSync(readme, readFileSync(readme, 'utf8').replace(pictures, ''));

process.exitCode = await run(
  node,
  [
    ...[vsce, 'package', '--no-dependencies', '--allow-missing-repository', '--no-rewrite-relative-links'],
    ...['--out', inRoot(`${name}-${version}.vsix`)],
  ],
  { cwd: copy },
);
