import * as assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { leaveNote, reloadGrace, type Store, takeNote } from '../../../src/host/model/reload.js';

class Memory implements Store {
  text: string | undefined;

  constructor(text?: string) {
    this.text = text;
  }

  read(): string | undefined {
    return this.text;
  }

  write(text: string): void {
    this.text = text;
  }

  remove(): void {
    this.text = undefined;
  }
}

const never = (doing: string): void => assert.fail(doing);

/** A disk that is full, read-only or somebody else's. */
class Broken extends Memory {
  readonly #fails: readonly string[];

  constructor(text: string | undefined, ...fails: ('read' | 'write' | 'remove')[]) {
    super(text);
    this.#fails = fails;
  }

  override read(): string | undefined {
    this.#try('read');
    return super.read();
  }

  override write(text: string): void {
    this.#try('write');
    super.write(text);
  }

  override remove(): void {
    this.#try('remove');
    super.remove();
  }

  #try(act: string): void {
    if (this.#fails.includes(act)) {
      throw new Error(`EACCES: ${act}`);
    }
  }
}

suite('the note of a reload', () => {
  test('a store that fails is reported, and nothing more: the window begins and ends all the same', () => {
    const reported: unknown[] = [];
    const report = (_: string, error: unknown) => reported.push((error as Error).message);
    const note = '{"version":1,"endedAt":5,"sessions":["lan"]}';
    assert.deepEqual(takeNote(new Broken(note, 'read'), 6, report), []);
    assert.deepEqual(takeNote(new Broken(note, 'remove'), 6, report), ['lan']);
    leaveNote(new Broken(undefined, 'write'), ['lan'], 5, report);
    assert.deepEqual(reported, ['EACCES: read', 'EACCES: remove', 'EACCES: write']);
  });

  test('within 15 seconds the sessions come back, each as often as it was open', () => {
    for (const age of [0, 1, reloadGrace]) {
      const store = new Memory();
      leaveNote(store, ['lan', 'lan', 'vpn'], 1_000_000, never);
      assert.deepEqual(takeNote(store, 1_000_000 + age, never), ['lan', 'lan', 'vpn']);
    }
  });

  test('after that, or when the clock was put back, they do not', () => {
    for (const age of [reloadGrace + 1, 86_400_000, -1]) {
      const store = new Memory();
      leaveNote(store, ['lan'], 1_000_000, never);
      assert.deepEqual(takeNote(store, 1_000_000 + age, never), []);
    }
  });

  test('a note is good once', () => {
    const store = new Memory();
    leaveNote(store, ['lan'], 5, never);
    takeNote(store, 6, never);
    assert.equal(store.text, undefined);
    assert.deepEqual(takeNote(store, 6, never), []);
  });

  test('a window without a session leaves no note', () => {
    const store = new Memory();
    leaveNote(store, [], 5, never);
    assert.equal(store.text, undefined);
  });

  test('whatever else is in the file is nothing', () => {
    for (const text of [
      '',
      '{',
      'null',
      '7',
      '[]',
      '{"version":2,"endedAt":5,"sessions":["lan"]}',
      '{"version":1,"endedAt":"5","sessions":["lan"]}',
      '{"version":1,"endedAt":5}',
      '{"version":1,"endedAt":null,"sessions":["lan"]}',
    ]) {
      assert.deepEqual(takeNote(new Memory(text), 6, never), [], text);
    }
    assert.deepEqual(takeNote(new Memory('{"version":1,"endedAt":5,"sessions":["lan",7,null,{},""]}'), 6, never), [
      'lan',
    ]);
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        const taken = takeNote(new Memory(text), 6, never);
        assert.ok(taken.every((each) => typeof each === 'string'));
      }),
      { seed: 23, numRuns: 500 },
    );
  });

  test('no more than a hundred are opened', () => {
    const store = new Memory();
    leaveNote(
      store,
      Array.from({ length: 1000 }, () => 'lan'),
      5,
      never,
    );
    assert.equal(takeNote(store, 6, never).length, 100);
  });
});
