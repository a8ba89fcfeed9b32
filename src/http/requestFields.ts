// The fields of a request's head, and what those of them say that matter for how to read on.
import { elementsOf } from './grammar.js';
import { fieldOf, framingOf, isHost, isListed } from './requestGrammar.js';

/** What the fields of a head say, whatever its first line. */
export interface RequestFields {
  /** Names and values in turn, as they came. */
  readonly raw: readonly string[];
  /** Undefined where there is none; false where it is invalid, or there are several. */
  readonly hasHost: boolean | undefined;
  /** Bytes of the body, or that it comes in chunks, perhaps of an unknown coding; undefined where that cannot be told. */
  readonly framing: number | 'chunked' | 'unknown' | undefined;
  readonly hasCoding: boolean;
  readonly wantsClose: boolean;
  readonly wantsKeepAlive: boolean;
  readonly wantsUpgrade: boolean;
  readonly expectsContinue: boolean;
}

/** Those whose values are looked at; several values stand behind a comma. */
const looked: ReadonlySet<string> = new Set([
  'host',
  'content-length',
  'transfer-encoding',
  'connection',
  'expect',
  'upgrade',
]);

/** Takes the lines of a head. */
export class FieldsDraft {
  readonly #raw: string[] = [];
  readonly #values = new Map<string, string>();
  #hosts = 0;

  /** False where the line is no field. */
  add(line: string): boolean {
    const field = fieldOf(line);
    if (field === undefined) {
      return false;
    }
    const [name, value] = field;
    this.#raw.push(name, value);
    const key = name.toLowerCase();
    if (looked.has(key)) {
      const before = this.#values.get(key);
      this.#values.set(key, before === undefined ? value : `${before},${value}`);
      this.#hosts += Number(key === 'host');
    }
    return true;
  }

  get said(): RequestFields {
    const values = this.#values;
    const [host, connection] = [values.get('host'), values.get('connection')];
    return {
      raw: this.#raw,
      hasHost: host === undefined ? undefined : this.#hosts === 1 && isHost(host),
      framing: framingOf(values.get('content-length'), values.get('transfer-encoding')),
      hasCoding: values.has('transfer-encoding'),
      wantsClose: isListed('close', connection),
      wantsKeepAlive: isListed('keep-alive', connection),
      wantsUpgrade: isListed('upgrade', connection) && elementsOf([values.get('upgrade') ?? '']).length > 0,
      expectsContinue: isListed('100-continue', values.get('expect')),
    };
  }
}
