import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  type Stats,
  unlinkSync,
  writeFileSync,
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
 * folder, and nobody else writes to it at the same time. What cannot be written leaves nothing behind.
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
    throw error;
  }
}
