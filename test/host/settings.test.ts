import * as assert from 'node:assert/strict';
import { Person, set, setAndHear, settings, simulated, until } from './support.js';

/** What can be written into the settings file by hand. */
const wrong: readonly unknown[] = [null, true, 1.5, 'nonsense', ['auto'], { a: 1 }];

suite('settings', () => {
  let person: Person;

  suiteSetup(() => simulated());
  setup(() => {
    person = new Person();
  });
  teardown(() => person.leave());

  for (const key of ['statusBar.show', 'statusBar.unit', 'sampling.interval', 'sessions.lastClose']) {
    test(`${key}: a wrong value is reported once, with a way to mend it, and ignored`, async () => {
      const other = key === 'statusBar.unit' ? 'sampling.interval' : 'statusBar.unit';
      for (const value of wrong) {
        person.shown.length = 0;
        await set(key, value);
        await until(`${key} is reported`, () => person.shown.length > 0);
        // each change of another setting reads all of them again
        await setAndHear(other, other === 'statusBar.unit' ? 'bits' : 3000);
        await setAndHear(other, undefined);
        assert.equal(person.shown.length, 1, JSON.stringify([value, person.shown]));
        for (const { kind, message, buttons } of person.shown) {
          assert.equal(kind, 'warning');
          assert.ok(message.includes(`networkSessions.${key}`), message);
          assert.deepEqual(buttons, ['Open Settings']);
        }
      }
      await set(key, undefined);
      assert.ok(settings().get(key) !== undefined, 'back to the default');
    });
  }

  test('a wrong platform leaves the one that serves by default, and a right one serves at once', async () => {
    await set('platform', 42);
    await until('it is reported', () => person.shown.length > 0);
    const { api } = await simulated();
    await until('it serves', () => api.allConfigurations().some(({ name }) => name === 'Office LAN'));
  });
});
