// The project's own packages, as package-lock.json has them.
import { existsSync, readFileSync } from 'node:fs';
import { exclusively } from './exclusively.mjs';
import { npm } from './npm.mjs';
import { inRoot } from './paths.mjs';

const lockFile = inRoot('package-lock.json');
/** npm writes this last, so after an interrupted installation it is missing. */
const installedFile = inRoot('node_modules/.package-lock.json');

/** Installs the packages where they are missing or are not those of the lock file. */
export async function installDependencies() {
  if (!areCurrent()) {
    await exclusively('dependencies', async () => {
      if (!areCurrent()) {
        console.error('Installing packages…');
        // Not `ci`: it refuses a lock file without the packages of other systems, which a registry may not have, and it
        // begins with the removal of what others may be using.
        await npm(['install', '--no-save']);
      }
    });
  }
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
