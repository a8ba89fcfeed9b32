// npm start [-- --simulated] [--inspect port]: opens VS Code with the extension in it, on this machine's network or on a
// simulated one; a debugger may find the extension at that port.
import { homedir } from 'node:os';
import { parseArgs } from 'node:util';
import { findDesktop, openDesktop } from './desktop.mjs';
import { startServer, workbenchUrl } from './host.mjs';
import { canProvision } from './provision.mjs';
import { setUp } from './setup.mjs';

try {
  const { simulated, inspect } = readArguments();
  const settings = simulated ? { 'networkSessions.platform': 'simulated' } : {};
  await setUp({ legible: inspect !== undefined });
  const desktop = findDesktop();
  if (desktop) {
    process.exitCode = await openDesktop(desktop, settings, inspect);
  } else if (canProvision && inspect === undefined) {
    await serve(settings);
  } else {
    process.exitCode = await openDesktop(await download(), settings, inspect);
  }
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

function readArguments() {
  try {
    return parseArgs({ options: { simulated: { type: 'boolean' }, inspect: { type: 'string' } } }).values;
  } catch (error) {
    throw new Error(`${error.message}\nUsage: npm start [-- --simulated] [--inspect port]`);
  }
}

/** Until Ctrl-C, which is how this is meant to end. */
async function serve(settings) {
  // It counts with the person's other windows.
  const server = await startServer({ settings, env: { HOME: homedir() } });
  const stopped = new Promise((resolve) => {
    for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM']) {
      process.removeAllListeners(signal).on(signal, () => resolve(true));
    }
  });
  console.log(`VS Code with Network Sessions: ${workbenchUrl(server)}\nOpen it in a browser. Ctrl-C ends it.`);
  if (!(await Promise.race([stopped, server.ended]))) {
    throw new Error(`VS Code ended by itself:\n${server.output()}`);
  }
  await server.close({ patience: 8_000 });
}

async function download() {
  try {
    const { downloadAndUnzipVSCode } = await import('@vscode/test-electron');
    return await downloadAndUnzipVSCode();
  } catch (error) {
    throw new Error(
      `No VS Code was found, and none could be downloaded (${error.message}): put \`code\` on the PATH or name it in $VSCODE_EXECUTABLE.`,
    );
  }
}
