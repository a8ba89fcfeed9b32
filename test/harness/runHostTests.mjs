// Runs test/host inside the extension host of a real VS Code: the one from npm where it can be had, elsewhere the one
// that @vscode/test-electron downloads. Needs a modern Node (see setup.mjs) and the build.
import { runTests } from '@vscode/test-electron';
import { inRoot, root } from './paths.mjs';
import { canProvision } from './provision.mjs';

try {
  await runTests({
    extensionDevelopmentPath: root,
    extensionTestsPath: inRoot('out/test/host/index.js'),
    ...(canProvision && { vscodeExecutablePath: inRoot('test/harness/code.mjs') }),
  });
} catch (error) {
  console.error(String(error));
  process.exitCode = 1;
}
