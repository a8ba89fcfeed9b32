// One process at a time: two commands started side by side must not install into the same folder.
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { inRoot } from './paths.mjs';

const PATIENCE_MS = 15 * 60_000;

/**
 * Does `work` while no other process does work of the same name in this folder. A process that died holding the
 * lock is noticed by its pid.
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function exclusively(name, work) {
  const lock = inRoot('.tools', `${name}.lock`);
  mkdirSync(path.dirname(lock), { recursive: true });
  const deadline = Date.now() + PATIENCE_MS;
  while (!take(lock)) {
    if (Date.now() > deadline) {
      throw new Error(`Another process has held ${lock} for too long; remove it if that process is gone.`);
    }
    await delay(250);
  }
  try {
    return await work();
  } finally {
    rmSync(lock, { force: true });
  }
}

/** A link appears with its content in one step, so a lock never exists without its owner's pid in it. */
function take(lock) {
  const mine = `${lock}.${process.pid}`;
  writeFileSync(mine, String(process.pid));
  try {
    linkSync(mine, lock);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') {
      throw error;
    }
    if (!ownerLives(lock)) {
      rmSync(lock, { force: true });
    }
    return false;
  } finally {
    rmSync(mine, { force: true });
  }
}

function ownerLives(lock) {
  try {
    return lives(Number(readFileSync(lock, 'utf8')));
  } catch {
    return true; // released just now: the next look will take it
  }
}

/** @param {number} pid */
export function lives(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
