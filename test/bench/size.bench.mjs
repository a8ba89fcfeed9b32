// What is shipped, and how large it is.
import { readdirSync, rmSync, statSync } from 'node:fs';
import { inRoot } from '../harness/paths.mjs';
import { capture } from '../harness/processes.mjs';

const figure = (name, bytes, atMost) =>
  console.log(
    JSON.stringify({ figure: name, unit: 'B', median: bytes, atMost, holds: bytes <= atMost, runs: [bytes] }),
  );

// Only the first is read while the extension is activated; the platforms come after it.
figure('dist/extension.js', statSync(inRoot('dist/extension.js')).size, 150_000);
figure('dist/platforms.js', statSync(inRoot('dist/platforms.js')).size, 150_000);
const before = new Set(packages());
await capture(process.execPath, [inRoot('test/harness/package.mjs')]);
const [made] = packages().sort((one, other) => statSync(inRoot(other)).mtimeMs - statSync(inRoot(one)).mtimeMs);
figure('the packaged extension', statSync(inRoot(made)).size, 700_000);
if (!before.has(made)) {
  rmSync(inRoot(made));
}

function packages() {
  return readdirSync(inRoot()).filter((file) => file.endsWith('.vsix'));
}
