// Named by extensionTestsPath: runs tests of this folder with mocha inside the extension host, all or those that are chosen.
import * as fs from 'node:fs';
import * as net from 'node:net';
import * as path from 'node:path';
import { format } from 'node:util';
import Mocha from 'mocha';

export async function run(): Promise<void> {
  const socket = await connect();
  if (socket) {
    Mocha.reporters.Base.consoleLog = (...line: unknown[]) => {
      socket.write(`${format(...line)}\n`);
    };
  }
  const { files, grep } = chosen();
  const inCi = process.env['CI'] === 'true';
  const mocha = new Mocha({
    ui: 'tdd',
    color: process.env['NETWORK_SESSIONS_COLOR'] !== undefined,
    timeout: 20_000,
    reporter: path.resolve(__dirname, '../../../test/harness/reporter.cjs'),
    forbidOnly: inCi,
    forbidPending: inCi,
    ...(grep !== undefined && { grep }),
  });
  for (const file of files) {
    mocha.addFile(file);
  }
  const failures = await new Promise<number>((resolve) => mocha.run(resolve));
  await new Promise<void>((resolve) => (socket ? socket.end(resolve) : resolve()));
  if (failures > 0) {
    throw new Error(`${failures} failed`);
  }
}

/** By whoever starts us (see suites.mjs); all that there are where nobody has chosen, as in a desktop VS Code. */
function chosen(): { readonly files: readonly string[]; readonly grep?: string } {
  const choice = process.env['NETWORK_SESSIONS_TESTS'];
  if (choice !== undefined) {
    return JSON.parse(choice);
  }
  const names = fs.readdirSync(__dirname, { recursive: true }).map(String);
  return {
    files: names
      .filter((name) => name.endsWith('.test.js'))
      .sort()
      .map((name) => path.join(__dirname, name)),
  };
}

/** To whoever shows the report (see code.mjs); without one, as in a desktop VS Code, mocha writes to the console. */
function connect(): Promise<net.Socket | undefined> {
  const where = process.env['NETWORK_SESSIONS_REPORT'];
  if (where === undefined) {
    return Promise.resolve(undefined);
  }
  return new Promise((resolve, reject) => {
    const socket = net.connect(where, () => resolve(socket));
    socket.once('error', reject);
  });
}
