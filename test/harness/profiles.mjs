// The throw-away profiles of servers, with what is known of the processes that use them: nothing of one that was killed
// is to stay. Only what can be proven to be ours is ended, so its owner is named with the moment of its start.
import { randomBytes } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const recordName = /^network-sessions-host-[0-9a-f]{16}\.json$/;
const ending = '.json';

/**
 * @typedef {object} Process
 * @property {number} pid
 * @property {string} started
 *
 * @typedef {object} Record what lies beside a profile's folder
 * @property {string} boot the run of the machine
 * @property {string} processes the world in which numbers of processes mean something
 * @property {Process} owner who made the profile
 */

/**
 * Makes a folder that only this user can look into, and takes note of this process as its owner.
 * @returns {string} the folder
 */
export function makeProfile() {
  const folder = path.join(tmpdir(), `network-sessions-host-${randomBytes(8).toString('hex')}`);
  const record = JSON.stringify({ ...thisWorld(), owner: processOf(process.pid) });
  try {
    writeFileSync(folder + ending, record, { mode: 0o600, flag: 'wx' });
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    rmSync(folder + ending, { force: true }); // What lies in the folder's place is not ours to be cleared.
    throw error;
  }
  return folder;
}

/**
 * Ends the servers that use the profile, with their process groups, and removes it.
 * @param {string} folder
 */
export function clearProfile(folder) {
  const record = read(folder);
  // Without one, which systems clear away that is old, it is somebody of this world who asks.
  if (record === undefined || isThisWorld(record)) {
    endServersOn(folder);
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  rmSync(folder + ending, { force: true });
}

/** What makes a server known: nobody else is told a name as long as this. So it needs no note, for which there might be no time or room. */
export const argumentsOf = (folder) => ['--server-data-dir', folder];

/** @param {string} folder */
function endServersOn(folder) {
  const wanted = `\0${argumentsOf(folder).join('\0')}\0`;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      if (readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(wanted)) {
        process.kill(-pid, 'SIGKILL');
      }
    } catch {
      // It has ended meanwhile, or is not ours.
    }
  }
}

/** Clears all whose owner has died without doing so. */
export function clearProfilesOfTheDead() {
  for (const name of readdirSync(tmpdir()).filter((each) => recordName.test(each))) {
    const folder = path.join(tmpdir(), name.slice(0, -ending.length));
    const record = read(folder);
    if (record !== undefined && isDead(record)) {
      try {
        clearProfile(folder);
      } catch (error) {
        console.error(`What an earlier start has left cannot be removed: ${error.message}`); // This one works all the same.
      }
    }
  }
}

/** Numbers of processes tell nothing of another container that shares the folder. After a new start of the machine nobody lives. */
const isDead = ({ owner, ...world }) => world.boot !== thisWorld().boot || (isThisWorld(world) && !isAlive(owner));

/** @param {Process} process */
const isAlive = ({ pid, started }) => processOf(pid)?.started === started;

const thisWorld = () => ({
  boot: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
  processes: readlinkSync('/proc/self/ns/pid'),
});

function isThisWorld(world) {
  const { boot, processes } = thisWorld();
  return world.boot === boot && world.processes === processes;
}

/** @returns {Process | undefined} nothing for one that has ended, also where its parent has not looked yet */
function processOf(pid) {
  try {
    // The name of the program stands in brackets and may have any character in it.
    const [state, ...numbers] = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return state === 'Z' || state === 'X' ? undefined : { pid, started: numbers[18] };
  } catch {
    return undefined;
  }
}

/** @returns {Record | undefined} nothing where it is not there, not whole, or not written by this user */
function read(folder) {
  try {
    const found = lstatSync(folder + ending);
    const isOurs = found.isFile() && found.uid === process.getuid?.();
    const record = isOurs ? JSON.parse(readFileSync(folder + ending, 'utf8')) : undefined;
    return typeof record?.owner?.started === 'string' ? record : undefined;
  } catch {
    return undefined;
  }
}
