// A process that moves a session and dies in the middle of it; and the one that sends it.
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { type ServiceNetworkDefinition, systemClock } from '../../src/engine/index.js';
import { cafe, lab, office } from '../harness/machine.mjs';
import { Trip } from './trip.js';

/** What a process is to do: open a session, move it, answer. */
export interface Errand {
  readonly stateDirectory: string;
  readonly definition?: Partial<ServiceNetworkDefinition>;
  readonly from?: string;
  readonly to?: string;
  /** It dies by itself there: a point of `Steps`, or `activated`. */
  readonly diesAt?: string;
  readonly answer?: 'accept' | 'reject';
}

const variable = 'ERRAND';
const die = () => process.kill(process.pid, 'SIGKILL');

/** Does the errand of this process, if it has one. A process that does not die says how far it is, and waits for a line each time. */
export function hasErrand(): boolean {
  const text = process.env[variable];
  if (text !== undefined) {
    void run(JSON.parse(text));
  }
  return text !== undefined;
}

async function run({ stateDirectory, definition, from = office, to = cafe, diesAt, answer = 'accept' }: Errand) {
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  const say = async (word: string) => {
    console.log(word);
    await lines.next();
  };
  // Who is asked says yes.
  const trip = await Trip.begin(definition, { ask: async () => true }, systemClock, stateDirectory);
  if (diesAt !== undefined) {
    void trip.steps.at(diesAt, die);
  }
  const session = await trip.open(from);
  await trip.migrate(session, to);
  if (diesAt === 'activated') {
    die();
  }
  if (diesAt === undefined) {
    await say('activated');
  }
  session[answer]();
  await trip.settled(session);
  if (diesAt === undefined) {
    await say('answered');
    await trip.close(session);
  }
  // What it dies at may come after the answer.
  await say('done');
}

/** Another process, which is the same file. */
export class Traveller {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(file: string, errand: Errand) {
    this.#child = lab.spawn([process.execPath, '--enable-source-maps', file], {
      env: { ...process.env, [variable]: JSON.stringify(errand) },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    assert.ok(this.#child.stdout);
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** Resolves when it is as far as this. */
  async says(word: string): Promise<void> {
    const { value } = await this.#lines.next();
    assert.equal(value, word);
  }

  /** Lets it go on. */
  goOn(): void {
    this.#child.stdin?.write('\n');
  }

  async kill(): Promise<void> {
    if (this.#child.signalCode !== null) {
      return;
    }
    const end = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await end;
  }

  /** It dies by itself, without a word. */
  static async dies(file: string, errand: Errand): Promise<void> {
    const traveller = new Traveller(file, errand);
    const [code, signal] = await once(traveller.#child, 'exit');
    assert.equal(signal, 'SIGKILL', `it has not died there, it has ended with ${code}`);
  }
}
