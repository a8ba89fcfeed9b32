import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  type Stats,
  truncateSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';

// The only file in this room that touches the disk: rooms that keep files for their user share how that is done safely.

/** Bytes. */
const usual = 65_536;
const groupAndOthers = 0o077;

/** What lies in the place is not this user's alone: nothing in it is believed, and nothing is done to it. */
export class NotPrivate extends Error {}

/** What a failure of the system is called, or what our own error says. */
export function codeOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message.slice(0, 100);
}

/** It is of this user, and nobody else may do anything with it. Windows knows no such rights: its folders are closed by where they lie. */
export const isPrivate = ({ uid, mode }: Pick<Stats, 'uid' | 'mode'>): boolean =>
  process.getuid === undefined || (uid === process.getuid() && (mode & groupAndOthers) === 0);

/** Throws unless this is a folder of this user, closed to all others. */
export function mustBePrivate(directory: string): void {
  const status = lstatSync(directory);
  if (!status.isDirectory() || !isPrivate(status)) {
    throw new NotPrivate('the folder is not of this user alone');
  }
}

/** The folder is there afterwards, and of this user alone; what is there already and is not is left as it is. */
export function makePrivate(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  mustBePrivate(directory);
}

/** Throws unless it is a regular file of this user alone, of so many bytes at most. */
export function readOwnFile(file: string, most: number = usual): string {
  // Windows knows neither of the last two.
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
  let descriptor: number;
  try {
    descriptor = openSync(file, flags);
  } catch (error) {
    throw codeOf(error) === 'ELOOP' ? new NotPrivate('it is a link') : error;
  }
  try {
    const status = fstatSync(descriptor);
    if (!status.isFile() || !isPrivate(status)) {
      throw new NotPrivate('it is not a file of this user alone');
    }
    const buffer = Buffer.alloc(Math.min(most, status.size) + 1);
    const length = readSync(descriptor, buffer, 0, buffer.length, 0);
    if (length > most) {
      throw new Error('it is too large');
    }
    return buffer.toString('utf8', 0, length);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Puts a file in place as a whole: whoever reads it sees all of it or what was there before. `draft` lies in the same
 * folder, and nobody else writes to it at the same time. Where there is no room for a draft, on a full disk say, it is
 * written over what is there. Where it throws, what was there is there still, or nothing is: never a part of it.
 */
export function writeOwnFile(file: string, content: string, draft = `${file}.tmp`): void {
  try {
    writeFileSync(draft, content, { mode: 0o600 });
    renameSync(draft, file);
  } catch (error) {
    try {
      unlinkSync(draft);
    } catch {
      // It was never made.
    }
    if (!isWrittenOver(file, Buffer.from(content))) {
      throw error;
    }
  }
}

/** Takes a file away, or what is in it. Throws where neither can be done. */
export function discardOwnFile(file: string): void {
  try {
    unlinkSync(file);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') {
      truncateSync(file);
    }
  }
}

/** Whether it could be written over what is there, in one piece: no more room is needed then than was found before. */
function isWrittenOver(file: string, content: Buffer): boolean {
  let descriptor: number;
  try {
    descriptor = openSync(file, constants.O_RDWR | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  } catch {
    return false;
  }
  try {
    const status = fstatSync(descriptor);
    if (!status.isFile() || !isPrivate(status) || !isExtended(descriptor, status.size, content.length)) {
      return false;
    }
    return isFilled(descriptor, file, content, Math.max(status.size, content.length));
  } catch {
    return false;
  } finally {
    closeSync(descriptor);
  }
}

const blank = 0x20;

/** Blanks behind what is there change nothing of it, and have room afterwards. */
function isExtended(descriptor: number, from: number, to: number): boolean {
  const missing = Math.max(0, to - from);
  try {
    if (writeSync(descriptor, Buffer.alloc(missing, blank), 0, missing, from) === missing) {
      return true;
    }
  } catch {
    // What of it was written goes as well.
  }
  ftruncateSync(descriptor, from);
  return false;
}

/** Blanks take the place of what is longer until it is cut off: that is done in a step of its own. */
function isFilled(descriptor: number, file: string, content: Buffer, size: number): boolean {
  const padded = Buffer.alloc(size, blank);
  content.copy(padded);
  try {
    if (writeSync(descriptor, padded, 0, size, 0) === size) {
      ftruncateSync(descriptor, content.length);
      return true;
    }
  } catch {
    // It may be broken off in the middle.
  }
  discardOwnFile(file);
  return false;
}
