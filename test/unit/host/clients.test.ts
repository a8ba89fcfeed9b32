import * as assert from 'node:assert/strict';
import { beginning, unproven } from '../../../src/host/model/clients.js';
import { english as t } from '../../../src/host/model/translate.js';

suite('the extensions that have sessions', () => {
  test('what one calls itself is said of it, at the beginning of a sentence too', () => {
    const owner = unproven('weather', t);
    assert.equal(owner, 'an extension that calls itself weather');
    assert.equal(beginning(owner, t), 'An extension that calls itself weather');
  });

  test('a name stays as it is', () => {
    for (const name of ['weather', 'Weather', 'an extension', '']) {
      assert.equal(beginning(name, t), name);
    }
  });
});
