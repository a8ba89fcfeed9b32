// Runs test/host inside the extension host of a real VS Code: the one from npm where it can be had, elsewhere the one
// that @vscode/test-electron downloads. Needs a modern Node (see setup.mjs) and the build.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runTests } from '@vscode/test-electron';
import { inRoot, root } from './paths.mjs';
import { canProvision } from './provision.mjs';

// Windows meet below the home, and those of the person's own are none of ours.
const home = mkdtempSync(path.join(tmpdir(), 'network-sessions-home-'));
try {
  await runTests({
    extensionDevelopmentPath: root,
    extensionTestsPath: inRoot('out/test/host/index.js'),
    extensionTestsEnv: { HOME: home, USERPROFILE: home, LOCALAPPDATA: home },
    ...(canProvision && { vscodeExecutablePath: inRoot('test/harness/code.mjs') }),
  });
} catch (error) {
  console.error(String(error));
  process.exitCode = 1;
} finally {
  rmSync(home, { recursive: true, force: true });
}
