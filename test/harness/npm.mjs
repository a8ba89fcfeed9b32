// npm, called from inside a script that npm itself may have started.
import { inRoot } from './paths.mjs';
import { run, toStderr } from './processes.mjs';

/**
 * @param {string[]} args
 * @param {string} [cwd]
 */
export async function npm(args, cwd = inRoot()) {
  // What npm tells its scripts about this project would be taken for settings of the folder we call it in.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_(package|lifecycle|config_local_prefix)/.test(name)),
  );
  const itself = process.env.npm_execpath;
  const quiet = [...args, '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const code = itself?.endsWith('.js')
    ? await run(process.execPath, [itself, ...quiet], { cwd, env, stdio: toStderr })
    : await run('npm', quiet, { cwd, env, stdio: toStderr, shell: process.platform === 'win32' });
  if (code !== 0) {
    throw new Error(`npm ${args.join(' ')} failed with ${code}`);
  }
}
