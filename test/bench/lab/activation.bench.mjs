// Activation in the extension host of a real VS Code, beside that of an empty extension, with 500 profiles on the bus.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { launchBrowser, startServer, workbenchUrl } from '../../harness/host.mjs';
import { Lab } from '../../harness/lab.mjs';
import { inRoot } from '../../harness/paths.mjs';

const runs = 7;
const profiles = 500;
const lab = Lab.attached();
const folder = mkdtempSync(path.join(tmpdir(), 'network-sessions-activation-'));
const figures = path.join(folder, 'figures');

/** Neither starts by itself: the probe activates both. */
function makeExtension(name, manifest) {
  const extension = path.join(folder, name);
  mkdirSync(extension);
  writeFileSync(path.join(extension, 'package.json'), JSON.stringify({ ...manifest, activationEvents: [] }));
  return extension;
}

function makeOurs() {
  const manifest = JSON.parse(readFileSync(inRoot('package.json'), 'utf8'));
  const ours = makeExtension('ours', manifest);
  for (const part of ['dist', 'media', 'l10n']) {
    symlinkSync(inRoot(part), path.join(ours, part), 'dir');
  }
  cpSync(inRoot('package.nls.json'), path.join(ours, 'package.nls.json'));
  return ours;
}

function makeEmpty(name) {
  const manifest = { name, publisher: 'bench', version: '1.0.0', main: './main.js' };
  const empty = makeExtension(name, { ...manifest, engines: { vscode: '^1.105.0' } });
  writeFileSync(path.join(empty, 'main.js'), 'exports.activate = () => ({});\n');
  return empty;
}

const middle = (values) => [...values].sort((one, other) => one - other)[values.length >> 1];
const rounded = (value) => Number(value.toPrecision(4));

await lab.addProfiles(Array.from({ length: profiles }, (_, index) => ({ id: `Profile ${index}`, link: 0 })));
const ours = makeOurs();
const server = await startServer({ mode: 'tests', extension: ours, env: { NETWORK_SESSIONS_FIGURES: figures } });
// Installed before the first window looks for extensions.
mkdirSync(path.join(server.data, 'extensions'), { recursive: true });
for (const name of ['first', 'empty']) {
  symlinkSync(makeEmpty(name), path.join(server.data, `extensions/bench.${name}-1.0.0`), 'dir');
}
const browser = await launchBrowser();
try {
  for (let index = 0; index <= runs; index++) {
    const page = await browser.newPage();
    const ended = new Promise((resolve) => void page.exposeFunction('codeAutomationExit', resolve));
    await page.exposeFunction('codeAutomationLog', () => undefined);
    await page.goto(workbenchUrl(server, { extension: ours, tests: inRoot('test/bench/lab/activationProbe.cjs') }));
    const code = await ended;
    await page.close();
    if (code !== 0) {
      throw new Error(`The probe failed:\n${server.output().slice(-2000)}`);
    }
  }
} finally {
  await browser.close();
  await server.close();
}
const took = readFileSync(figures, 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line))
  .slice(1);
rmSync(folder, { recursive: true });
const more = took.map((each) => each['network-sessions.network-sessions'] - each['bench.empty']);
console.log(
  JSON.stringify({
    figure: `activation, more than an empty extension's, with ${profiles} profiles on the bus`,
    unit: 'ms',
    median: rounded(middle(more)),
    atMost: 30,
    holds: middle(more) <= 30,
    runs: more.map(rounded),
    empty: took.map((each) => rounded(each['bench.empty'])),
  }),
);
