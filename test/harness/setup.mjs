// What every command does first.
import { installDependencies } from './dependencies.mjs';
import { inRoot } from './paths.mjs';
import { run, toStderr } from './processes.mjs';
import { canProvision, provision } from './provision.mjs';

/**
 * Packages, then the build.
 * @param {{ tests?: 'all' | string[], legible?: boolean }} [options] the test files that are built too, and whether a
 *   debugger is to find its way
 */
export async function setUp({ tests = [], legible = false } = {}) {
  await installDependencies();
  const ofTests = tests === 'all' ? ['--tests'] : tests.length > 0 ? ['--tests', ...tests] : [];
  const code = await run(process.execPath, ['esbuild.js', ...(legible ? [] : ['--production']), ...ofTests], {
    cwd: inRoot(),
    stdio: toStderr,
  });
  if (code !== 0) {
    throw new Error('the build failed');
  }
}

/**
 * @returns {Promise<string>} a Node that is new enough for every package: the running one, or the one that comes with
 *   the VS Code from npm
 */
export async function modernNode() {
  if (isModern(process.versions.node)) {
    return process.execPath;
  }
  if (canProvision) {
    return (await provision()).node;
  }
  throw new Error(`Node 22.19 or newer is needed; this is ${process.versions.node}.`);
}

/** dbus-native needs 22.12, VS Code's server 22.15, undici 22.19. */
function isModern(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > 22 || (major === 22 && minor >= 19);
}
