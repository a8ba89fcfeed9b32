// Folders that are either whole or not there.
import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';

/**
 * Puts a folder in place in one step once it is filled, so that an interrupted run is never taken for a whole one.
 * @param {string} folder
 * @param {(draft: string) => Promise<void>} fill
 */
export async function replaceFolder(folder, fill) {
  const parent = path.dirname(folder);
  const drafts = `${path.basename(folder)}.draft-`;
  mkdirSync(parent, { recursive: true });
  for (const name of readdirSync(parent).filter((each) => each.startsWith(drafts))) {
    rmSync(path.join(parent, name), { recursive: true, force: true });
  }
  // With the pid in its name: a program that an interrupted run has left behind may still be writing into its draft.
  const draft = path.join(parent, `${drafts}${process.pid}`);
  mkdirSync(draft);
  await fill(draft);
  rmSync(folder, { recursive: true, force: true });
  renameSync(draft, folder);
}
