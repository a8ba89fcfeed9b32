// What Debian's package tools can do for a machine that lacks something.
import { existsSync, readFileSync } from 'node:fs';
import { capture } from './processes.mjs';

const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';

export const isDebian = /^ID="?debian"?$/m.test(release) && existsSync('/usr/bin/apt-get');
export const isRoot = process.getuid?.() === 0;

/**
 * @param {string[]} args
 * @param {string} [cwd]
 */
export function aptGet(args, cwd) {
  // As root, apt would fetch as another user, who may not be able to write where we want the file.
  const options = [
    '-q',
    '-y',
    '-o',
    'APT::Sandbox::User=root',
    '-o',
    'Dpkg::Use-Pty=0',
    '-o',
    'DPkg::Lock::Timeout=600',
  ];
  return capture('apt-get', [...options, ...args], {
    cwd,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' },
  });
}

/** @type {Promise<string> | undefined} */
let updated;

/** Fetches the lists of packages, once in a run. */
export function aptGetUpdate() {
  updated ??= aptGet(['update']);
  return updated;
}
