// Looking for programs as the shell does.
import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';

/**
 * @param {string} name
 * @param {string[]} [folders] the ones of $PATH by default
 * @returns {string | undefined} the first executable file of that name
 */
export function findProgram(name, folders = pathFolders()) {
  return folders.map((folder) => path.join(folder, name)).find(isProgram);
}

export const pathFolders = () => (process.env.PATH ?? '').split(path.delimiter).filter(Boolean);

/** @param {string} file */
function isProgram(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
