import { codeOf, NotPrivate, readOwnFile, writeOwnFile } from '../shared/privateFiles.js';

/** The lower digits are random: two that take over at the same moment against all locks still have terms of their own. */
const grain = 2 ** 20;

/** The term that the file names; undefined without one. A file that cannot be understood counts as none. */
export function readTerm(file: string): number | undefined {
  try {
    const text = readOwnFile(file);
    const term = /^[1-9]\d{0,15}$/.test(text) ? Number(text) : 0;
    return Number.isSafeInteger(term) && term > 0 ? term : undefined;
  } catch (error) {
    if (error instanceof NotPrivate) {
      throw new NotPrivate(`${file}: ${error.message}`);
    }
    if (codeOf(error) === 'ENOENT') {
      return undefined;
    }
    throw error;
  }
}

/** Begins the next term, and writes it down. Takes four random bytes. */
export function beginTerm(file: string, random: Buffer): number {
  const term = (Math.floor((readTerm(file) ?? 0) / grain) + 1) * grain + (random.readUInt32LE() % grain);
  writeOwnFile(file, String(term));
  return term;
}

/** Whether what was permitted in a term may still be done: one synchronous look, just before the act. */
export function isTerm(file: string, term: number): boolean {
  try {
    return readTerm(file) === term;
  } catch {
    return false;
  }
}
