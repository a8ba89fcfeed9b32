// The project's own packages, as package-lock.json has them.
import { copyFileSync, existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { exclusively } from './exclusively.mjs';
import { npm } from './npm.mjs';
import { inRoot } from './paths.mjs';
import { replaceFolder } from './replaceFolder.mjs';

const lockFile = inRoot('package-lock.json');
/** What is really there, as npm writes it. */
const installedFile = inRoot('node_modules/.package-lock.json');

/** Installs the packages where they are missing or are not those of the lock file. */
export async function installDependencies() {
  if (!areCurrent()) {
    await exclusively('dependencies', async () => {
      if (!areCurrent()) {
        console.error('Installing packages…');
        await install();
      }
    });
  }
}

/** Somewhere else first: `npm ci` begins with the removal of what others may be using, and takes its time. */
async function install() {
  const made = inRoot('.tools/packages');
  await replaceFolder(made, async (draft) => {
    for (const file of ['package.json', 'package-lock.json', '.npmrc']) {
      copyFileSync(inRoot(file), path.join(draft, file));
    }
    await npm(['ci'], draft);
  });
  rmSync(inRoot('node_modules'), { recursive: true, force: true });
  renameSync(path.join(made, 'node_modules'), inRoot('node_modules'));
  rmSync(made, { recursive: true });
}

function areCurrent() {
  if (!existsSync(installedFile)) {
    return false;
  }
  if (!existsSync(lockFile)) {
    return true;
  }
  const installed = packagesOf(installedFile);
  return Object.entries(packagesOf(lockFile)).every(([where, { version, optional }]) => {
    const there = installed[where];
    return where === '' || there?.version === version || (optional && !there); // optional: for other systems
  });
}

/** @returns {Record<string, { version?: string, optional?: boolean }>} by folder */
const packagesOf = (file) => JSON.parse(readFileSync(file, 'utf8')).packages;
