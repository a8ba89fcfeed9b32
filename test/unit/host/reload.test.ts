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

suite('the note of a reload', () => {
  test('within 15 seconds the sessions come back, each as often as it was open', () => {
    for (const age of [0, 1, reloadGrace]) {
      const store = new Memory();
      leaveNote(store, ['lan', 'lan', 'vpn'], 1_000_000);
      assert.deepEqual(takeNote(store, 1_000_000 + age), ['lan', 'lan', 'vpn']);
    }
  });

  test('after that, or when the clock was put back, they do not', () => {
    for (const age of [reloadGrace + 1, 86_400_000, -1]) {
      const store = new Memory();
      leaveNote(store, ['lan'], 1_000_000);
      assert.deepEqual(takeNote(store, 1_000_000 + age), []);
    }
  });

  test('a note is good once', () => {
    const store = new Memory();
    leaveNote(store, ['lan'], 5);
    takeNote(store, 6);
    assert.equal(store.text, undefined);
    assert.deepEqual(takeNote(store, 6), []);
  });

  test('a window without a session leaves no note', () => {
    const store = new Memory();
    leaveNote(store, [], 5);
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
      assert.deepEqual(takeNote(new Memory(text), 6), [], text);
    }
    assert.deepEqual(takeNote(new Memory('{"version":1,"endedAt":5,"sessions":["lan",7,null,{},""]}'), 6), ['lan']);
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        const taken = takeNote(new Memory(text), 6);
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
    );
    assert.equal(takeNote(store, 6).length, 100);
  });
});
