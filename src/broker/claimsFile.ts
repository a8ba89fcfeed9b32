import { codeOf, discardOwnFile, NotPrivate, readOwnFile, writeOwnFile } from '../shared/privateFiles.js';
import { Processes } from '../shared/processes.js';
import { type Claim, parseClaims } from './messages.js';

export interface ClaimsFileOptions {
  readonly file: string;
  /** Where the kernel's files are; another place is for tests. */
  readonly procRoot?: string | undefined;
}

const version = 1;
/** Bytes: as many claims as there may be, with the longest names. */
const most = 4 * 1024 * 1024;

/**
 * The claims of the leader, so that the next one knows them when all windows were killed. They are of one run of the
 * machine: none survives it. Each change is on disk when the call returns.
 */
export class ClaimsFile {
  readonly #file: string;
  /** The machine's run. Where nobody can tell, nothing is adopted. */
  readonly #boot: string | undefined;

  constructor({ file, procRoot }: ClaimsFileOptions) {
    this.#file = file;
    this.#boot = new Processes(procRoot).boot;
  }

  /** What is written, for this run of the machine; undefined where nothing is. Throws when it cannot be read, or is not ours. */
  read(): readonly Claim[] | undefined {
    let text: string;
    try {
      text = readOwnFile(this.#file, most);
    } catch (error) {
      if (error instanceof NotPrivate) {
        throw new NotPrivate(`${this.#file}: ${error.message}`);
      }
      if (codeOf(error) === 'ENOENT') {
        return undefined;
      }
      throw error;
    }
    const { boot, claims } = parseContent(text);
    return this.#boot !== undefined && boot === this.#boot ? claims : undefined;
  }

  /** Throws when it cannot be written; what was written before is gone then, for it is true no more. */
  write(claims: readonly Claim[]): void {
    try {
      writeOwnFile(this.#file, JSON.stringify({ version, boot: this.#boot, claims }));
    } catch (error) {
      try {
        discardOwnFile(this.#file);
      } catch {
        // Nothing can be done in this folder at all.
      }
      throw error;
    }
  }
}

function parseContent(text: string): { readonly boot: unknown; readonly claims: readonly Claim[] } {
  try {
    const value: unknown = JSON.parse(text);
    const fields = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
    if (fields['version'] === version) {
      return { boot: fields['boot'], claims: parseClaims(fields['claims']) };
    }
  } catch {
    // Said below: what stood there is in no message.
  }
  throw new Error('the claims of an earlier window cannot be understood');
}
