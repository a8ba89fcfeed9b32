// Starts the VS Code that provision.mjs installs, on a free port of the loopback and with a throw-away profile.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { atExit } from './atExit.mjs';
import { findChromium } from './chromium.mjs';
import { inRoot, root } from './paths.mjs';
import { asUser, capture } from './processes.mjs';
import { argumentsOf, clearProfile, clearProfilesOfTheDead, makeProfile } from './profiles.mjs';
import { provision } from './provision.mjs';
import { quietSettings } from './quietSettings.mjs';

const START_MS = 60_000;

/**
 * @typedef {object} Server
 * @property {number} port
 * @property {string} token whoever opens the workbench must know it: the server can run programs
 * @property {string} data the throw-away profile; `workspace` in it is the folder that is opened
 * @property {() => string} output what the server printed
 * @property {Promise<void>} ended
 * @property {(options?: { patience?: number }) => Promise<void>} close ends the server and removes its profile. Extension
 *   hosts take some seconds to notice, and then deactivate their extensions; with no patience (in ms) they are just ended
 */

/**
 * @param {object} [options]
 * @param {'user' | 'tests'} [options.mode] `user`: the extension is an installed one, as a person has it. `tests`: VS
 *   Code's smoke test driver is on; it alone lets a built VS Code load an extension and its tests from a folder, but it
 *   keeps back notifications and modal dialogs too
 * @param {string} [options.extension] the extension's folder
 * @param {string[]} [options.others] folders of other extensions that the person has
 * @param {boolean} [options.trust] whether VS Code asks if the folder is trusted
 * @param {Record<string, unknown>} [options.settings] the person's settings
 * @param {NodeJS.ProcessEnv} [options.env] for the server, and so for the extension
 * @param {string} [options.user] the number of the user to run it as, if this is root; the same one by default
 * @returns {Promise<Server>}
 */
export async function startServer({
  mode = 'user',
  extension = root,
  others = [],
  trust = false,
  settings = {},
  env = {},
  user,
} = {}) {
  const host = await provision();
  clearProfilesOfTheDead();
  const data = makeProfile();
  const guard = spawnGuard(data);
  const forget = atExit(() => clearProfile(data));
  await mkdir(path.join(data, 'data/User'), { recursive: true });
  await mkdir(path.join(data, 'workspace'));
  await writeFile(
    path.join(data, 'data/User/settings.json'),
    JSON.stringify({ ...quietSettings, 'security.workspace.trust.enabled': trust, ...settings }, null, 2),
  );
  if (mode === 'user') {
    await mkdir(path.join(data, 'extensions'));
    for (const each of [extension, ...others]) {
      await installExtension(each, path.join(data, 'extensions'));
    }
  }
  // In a file: whoever is on this machine reads the arguments of every process.
  const token = randomUUID();
  const tokenFile = path.join(data, 'token');
  await writeFile(tokenFile, token, { mode: 0o600 });
  if (user !== undefined) {
    await capture('chown', ['-Rh', user, data]);
  }
  const [file, ...args] = [...asUser(user), host.node];
  const server = spawn(
    file,
    [
      ...args,
      path.join(host.codeServer, 'lib/vscode/out/server-main.js'),
      ...['--host', '127.0.0.1', '--port', '0', '--connection-token-file', tokenFile],
      ...argumentsOf(data),
      ...(mode === 'tests' ? ['--enable-smoke-test-driver'] : []),
      ...(trust ? [] : ['--disable-workspace-trust']),
      ...['--accept-server-license-terms', '--telemetry-level', 'off', '--disable-telemetry', '--disable-experiments'],
      ...['--disable-update-check', '--disable-getting-started-override', '--disable-websocket-compression'],
      ...['--force-disable-user-env', '--reconnection-grace-time', '1'],
    ],
    // A process group of its own: Ctrl-C in the terminal reaches only us, and we end the server with all its children.
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      // The windows of the person's own home are others.
      env: { ...process.env, EXTENSIONS_GALLERY: '{}', HOME: data, ...env },
    },
  );
  let output = '';
  /** @type {Promise<void>} */
  const ended = new Promise((resolve) => server.once('exit', () => resolve()));
  const close = async ({ patience = 0 } = {}) => {
    server.kill();
    await ended;
    await groupIsGone(server.pid, patience);
    signalGroup(server.pid, 'SIGKILL'); // its extension hosts may be there although it has ended
    clearProfile(data);
    forget();
    guard.stdin.destroy();
  };
  const port = await new Promise((resolve, reject) => {
    const fail = (why) => reject(new Error(`VS Code ${why}:\n${output}`));
    const timer = setTimeout(() => fail(`did not start within ${START_MS / 1000} s`), START_MS);
    void ended.then(() => fail('ended'));
    const read = (/** @type {Buffer} */ chunk) => {
      output += chunk;
      const listening = /Extension host agent listening on (\d+)/.exec(output);
      if (listening) {
        clearTimeout(timer);
        resolve(Number(listening[1]));
      }
    };
    server.stdout.on('data', read);
    server.stderr.on('data', read);
  }).catch(async (error) => {
    await close();
    throw error;
  });
  return { port, token, data, output: () => output, ended, close };
}

/** In a session of its own: what ends this process, or all in its terminal, does not end it. */
function spawnGuard(data) {
  const guard = spawn(process.execPath, [inRoot('test/harness/guard.mjs'), data], {
    stdio: ['pipe', 'ignore', 'inherit'],
    detached: true,
  });
  guard.unref();
  return guard;
}

/** @returns {boolean} whether anybody is left in the process group */
function signalGroup(pid, signal) {
  try {
    return process.kill(-pid, signal);
  } catch {
    return false;
  }
}

async function groupIsGone(pid, patience) {
  const deadline = Date.now() + patience;
  while (signalGroup(pid, 0) && Date.now() < deadline) {
    await delay(20);
  }
}

/** As VS Code finds it after an installation. */
async function installExtension(extension, folder) {
  const { publisher, name, version } = JSON.parse(await readFile(path.join(extension, 'package.json'), 'utf8'));
  await symlink(extension, path.join(folder, `${publisher}.${name}-${version}`), 'dir');
}

/**
 * @param {Server} server
 * @param {{ folder?: string, extension?: string, tests?: string }} [options] `tests`, the module to run in the
 *   extension host, needs a server of mode `tests`
 * @returns {string} the address of a window
 */
export function workbenchUrl(server, { folder = path.join(server.data, 'workspace'), extension = root, tests } = {}) {
  const uri = (file) => `vscode-remote://127.0.0.1:${server.port}${file}`;
  const query = new URLSearchParams({ folder, tkn: server.token });
  if (tests) {
    query.set(
      'payload',
      JSON.stringify([
        ['extensionDevelopmentPath', uri(extension)],
        ['extensionTestsPath', uri(tests)],
      ]),
    );
  }
  return `http://127.0.0.1:${server.port}/?${query}`;
}

/**
 * @param {Server} server
 * @returns {number} the process in which the extensions of the window run that was loaded last
 */
export function extensionHostOf(server) {
  const [, pid] = [...server.output().matchAll(/<(\d+)> Launched Extension Host Process/g)].at(-1) ?? [];
  if (pid === undefined) {
    throw new Error(`No window has been loaded:\n${server.output()}`);
  }
  return Number(pid);
}

/** @returns {Promise<import('playwright-core').Browser>} headless Chromium */
export async function launchBrowser() {
  const { chromium } = await import((await provision()).playwright);
  const executablePath = findChromium();
  if (!executablePath) {
    throw new Error('No Chromium was found; install it or set $CHROMIUM.');
  }
  return chromium.launch({
    executablePath,
    args: [
      ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking', '--disable-sync'],
      ...['--disable-component-update', '--force-color-profile=srgb'],
    ],
  });
}

/**
 * A page in which VS Code does not wait for Chromium to be idle. Without a screen, Chromium may take the drag of a sash for
 * one that goes on, and is never idle then: VS Code made one contribution every 500 ms, and the texts of empty views,
 * which are among the last, came after 20 s.
 * @param {import('playwright-core').Browser} browser
 * @returns {Promise<import('playwright-core').Page>}
 */
export async function newPage(browser) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  await page.addInitScript(() => Reflect.deleteProperty(globalThis, 'requestIdleCallback'));
  return page;
}
