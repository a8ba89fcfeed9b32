// Where a suite's output goes.
import { spawn } from 'node:child_process';
import { atExit } from './atExit.mjs';
import { run } from './processes.mjs';

/**
 * @typedef {object} Output
 * @property {import('./mocha.mjs').Execute} execute
 * @property {(line: string) => void} say
 * @property {(summary: string) => void} end
 */

/** @type {() => Output} straight to the terminal, for a suite that runs alone */
export const passedOn = () => ({
  execute: ([file, ...args], { env, cwd }) => run(file, args, { cwd, env: { ...process.env, ...env } }),
  say: (line) => console.log(line),
  end: (summary) => console.log(summary),
});

/** @type {() => Output} kept until the end, for suites that run side by side */
export const collected = () => {
  /** @type {Buffer[]} */
  const kept = [];
  return {
    execute: ([file, ...args], { env, cwd }) =>
      new Promise((resolve, reject) => {
        const child = spawn(file, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
        const forget = atExit(() => child.kill());
        child.stdout.on('data', (data) => kept.push(data));
        child.stderr.on('data', (data) => kept.push(data));
        child.once('error', reject);
        child.once('close', (code) => {
          forget();
          resolve(code ?? 1);
        });
      }),
    say: (line) => kept.push(Buffer.from(`${line}\n`)),
    end: (summary) => process.stdout.write(Buffer.concat([...kept, Buffer.from(`${summary}\n`)])),
  };
};
