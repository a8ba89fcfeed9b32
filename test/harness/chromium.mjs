// The browser in which tests see VS Code.
import { aptGet, aptGetUpdate, isDebian, isRoot } from './debian.mjs';
import { exclusively } from './exclusively.mjs';
import { findProgram, pathFolders } from './programs.mjs';

/** @returns {string | undefined} $CHROMIUM, or the one that is installed */
export function findChromium() {
  const folders = ['/usr/bin', ...pathFolders()];
  const names = ['chromium', 'chromium-browser', 'google-chrome'];
  return process.env.CHROMIUM || names.map((name) => findProgram(name, folders)).find(Boolean);
}

/** Installs Chromium where it is missing and may be installed: on Debian, by root. */
export async function installChromium() {
  if (findChromium() || !isDebian || !isRoot) {
    return;
  }
  await exclusively('apt', async () => {
    if (!findChromium()) {
      console.error('Installing Chromium…');
      await aptGetUpdate();
      await aptGet(['install', '--no-install-recommends', 'chromium']);
    }
  });
}
