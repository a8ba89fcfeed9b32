import { linkSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { codeOf, NotPrivate, readOwnFile } from '../shared/privateFiles.js';

/** What all windows of the person know, and nobody else. */
export type Token = Buffer;

/** Undefined without one, and for one that was written only in part. Throws for one that others may know. */
export function readToken(file: string): Token | undefined {
  try {
    const text = readOwnFile(file);
    return /^[0-9a-f]{64}$/.test(text) ? Buffer.from(text, 'hex') : undefined;
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

/** The token of the place, which is made where there is none. For who holds the lock; of two that do this at once both get the same. */
export function ensureToken(file: string, random: (bytes: number) => Buffer): Token {
  const known = readToken(file);
  if (known !== undefined) {
    return known;
  }
  try {
    unlinkSync(file); // It was written only in part.
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') {
      throw error;
    }
  }
  const draft = `${file}.${random(3).toString('hex')}`;
  try {
    writeFileSync(draft, random(32).toString('hex'), { mode: 0o600, flag: 'wx' });
    linkSync(draft, file); // Unlike a new name, it does not replace what is there.
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') {
      throw error;
    }
  } finally {
    rmSync(draft, { force: true });
  }
  const token = readToken(file);
  if (token === undefined) {
    throw new Error('the token is taken away while it is made');
  }
  return token;
}
