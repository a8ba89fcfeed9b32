// Running other programs to their end.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { atExit } from './atExit.mjs';

/** For what sets things up: standard output belongs to the command itself. */
export const toStderr = /** @type {import('node:child_process').StdioOptions} */ (['ignore', 2, 2]);

/**
 * Runs a program, its output going where ours goes.
 * @param {string} file
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions} [options]
 * @returns {Promise<number>} the exit code; 128 and more after a signal, as a shell has it
 */
export function run(file, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: 'inherit', ...options });
    const forget = atExit(() => child.kill());
    child.once('error', reject);
    child.once('close', (code, signal) => {
      forget();
      resolve(code ?? 128 + constants.signals[signal]);
    });
  });
}

/**
 * Runs a program and collects what it prints; rejects with its last words if it fails.
 * @param {string} file
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions & { input?: string }} [options]
 * @returns {Promise<string>} its standard output
 */
export function capture(file, args, { input, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'], ...options });
    let output = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      errors += text;
    });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) {
        resolve(output);
      } else {
        const words = `${errors}${output}`.trim().slice(-2000);
        reject(new Error(`${[file, ...args].join(' ')} ended with ${code ?? signal}${words && `:\n${words}`}`));
      }
    });
    child.stdin.on('error', () => {}).end(input);
  });
}

/**
 * @param {string | undefined} user by number or name
 * @returns {string[]} what to put before a program for it to run as this user, with nothing of root's but the right to
 *   read: the project may lie in a folder of root's
 */
export function asUser(user) {
  const right = '+dac_read_search';
  return user === undefined
    ? []
    : ['setpriv', '--reuid', user, '--regid', user, '--clear-groups', '--inh-caps', right, '--ambient-caps', right];
}
