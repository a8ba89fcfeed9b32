// Builds test files again whenever something changes that they are made of, and runs them.
import { createRequire } from 'node:module';

/**
 * Does not end: Ctrl-C is how it is meant to.
 * @param {string[]} files
 * @param {() => Promise<void>} runTests
 */
export async function watchTests(files, runTests) {
  const require = createRequire(import.meta.url);
  const { testBuild } = require('../../esbuild.js');
  let [isRunning, isDue] = [false, false];
  const runAgain = async () => {
    isDue = true;
    if (isRunning) {
      return;
    }
    isRunning = true;
    while (isDue) {
      isDue = false;
      await runTests();
      console.log('\nWaiting for changes; Ctrl-C ends it.');
    }
    isRunning = false;
  };
  const runner = {
    name: 'runner',
    setup: (build) =>
      build.onEnd(({ errors }) => {
        if (errors.length === 0) {
          void runAgain();
        }
      }),
  };
  const context = await require('esbuild').context({ ...testBuild(files), plugins: [runner] });
  await context.watch();
}
