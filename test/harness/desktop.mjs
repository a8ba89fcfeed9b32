// The VS Code that the person has on this machine.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { atExit } from './atExit.mjs';
import { isRoot } from './debian.mjs';
import { root } from './paths.mjs';
import { run } from './processes.mjs';
import { findProgram, pathFolders } from './programs.mjs';

const isWindows = process.platform === 'win32';
/** There VS Code refuses to run as root with the person's own profile, and its sandbox does not work. */
const asRoot = isRoot && process.platform === 'linux';

/** @returns {string | undefined} $VSCODE_EXECUTABLE, or the `code` that opens a window on this machine */
export function findDesktop() {
  const named = process.env.VSCODE_EXECUTABLE;
  if (named) {
    if (!existsSync(named)) {
      throw new Error(`$VSCODE_EXECUTABLE names ${named}, which does not exist.`);
    }
    return named;
  }
  if (asRoot) {
    return undefined;
  }
  const found = pathFolders().map((folder) => findProgram(isWindows ? 'code.cmd' : 'code', [folder]));
  return found.find((file) => file !== undefined && !isRemoteShim(file));
}

/** In a terminal of a remote window, and in WSL, there is a `code` that only asks a VS Code elsewhere for a window. */
function isRemoteShim(file) {
  const real = realpathSync(file);
  const isWindowsOwn = process.env.WSL_DISTRO_NAME !== undefined && real.startsWith('/mnt/');
  return (
    isWindowsOwn ||
    /[\\/]remote-cli[\\/]/.test(real) ||
    (isScript(real) && /server-cli\.js/.test(readFileSync(real, 'utf8')))
  );
}

const isScript = (file) => statSync(file).size < 64 * 1024;

/**
 * Opens a window with the extension in it.
 * @param {string} executable
 * @param {Record<string, unknown>} settings where there are any, the window gets a throw-away profile and this waits for
 *   its end: the person's own settings are theirs
 * @param {string} [inspect] the port at which a debugger finds the extension; the profile is a throw-away one then, too,
 *   because a VS Code that runs already would open the window without it
 * @returns {Promise<number>} the exit code
 */
export async function openDesktop(executable, settings, inspect) {
  const ownProfile = asRoot || inspect !== undefined || Object.keys(settings).length > 0;
  const args = ['--new-window', `--extensionDevelopmentPath=${root}`];
  if (ownProfile) {
    args.push('--wait', `--user-data-dir=${makeProfile(settings)}`);
  }
  if (asRoot) {
    args.push('--no-sandbox');
  }
  if (inspect !== undefined) {
    args.push(`--inspect-extensions=${inspect}`);
    console.log(`VS Code opens; its extensions will listen for a debugger on port ${inspect}.`);
  }
  const { VSCODE_IPC_HOOK_CLI: _, ...env } = process.env; // it would send us to the window whose terminal this is
  return run(isWindows ? `"${executable}"` : executable, args, { env, shell: isWindows });
}

function makeProfile(settings) {
  const folder = mkdtempSync(path.join(tmpdir(), 'network-sessions-profile-'));
  atExit(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  mkdirSync(path.join(folder, 'User'));
  writeFileSync(path.join(folder, 'User/settings.json'), JSON.stringify(settings, null, 2));
  return folder;
}
