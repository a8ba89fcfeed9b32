import * as assert from 'node:assert/strict';
import * as fc from 'fast-check';
import {
  allowedValues,
  parseSetting,
  settingKeys,
  settingRules,
  wrongSettings,
} from '../../../src/host/model/settingRules.js';
import { english as t } from '../../../src/host/model/translate.js';

const wrongTypes: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  999,
  60_001,
  1e9,
  Number.NaN,
  'AUTO',
  'server.example',
  'ftp://server.example/',
  'http://',
  'http://a:b@server.example/',
  'auto ',
  '2000',
  'constructor',
  '__proto__',
  [],
  ['auto'],
  [2000],
  {},
  { platform: 'auto' },
  { afterClose: 0 },
  { afterClose: 0, afterDeath: 86_401 },
  { afterClose: 0.5, afterDeath: 30 },
  { afterClose: '0', afterDeath: 30 },
  { afterClose: 0, afterDeath: 30, afterAll: 0 },
];

const allowed = (rule: (typeof settingRules)[keyof typeof settingRules]): readonly unknown[] =>
  rule.kind === 'oneOf'
    ? rule.values
    : rule.kind === 'whole'
      ? [rule.minimum, 1500, rule.maximum]
      : rule.kind === 'address'
        ? ['', 'http://server.example/generate_204', 'https://[2001:db8::1]:8443/']
        : [rule.fallback, { afterDeath: rule.maximum, afterClose: rule.minimum }];

suite('settings', () => {
  test('one that is not set is its default, and not wrong', () => {
    for (const key of settingKeys) {
      assert.deepEqual(parseSetting(key, undefined), { value: settingRules[key].fallback, wrong: false });
    }
  });

  test('a value of every wrong type is ignored and said to be wrong', () => {
    for (const key of settingKeys) {
      for (const raw of wrongTypes) {
        assert.deepEqual(
          parseSetting(key, raw),
          { value: settingRules[key].fallback, wrong: true },
          `${key} ${String(raw)}`,
        );
      }
    }
  });

  test('what is allowed is taken', () => {
    for (const key of settingKeys) {
      const rule = settingRules[key];
      for (const value of allowed(rule)) {
        assert.deepEqual(parseSetting(key, value), { value, wrong: false });
      }
      assert.match(allowedValues(key), /\w/);
    }
  });

  test('the linger says its parts', () => {
    assert.equal(
      wrongSettings(['sessions.linger'], t),
      'The setting networkSessions.sessions.linger has a value that is not allowed. {"afterClose":0,"afterDeath":30} is used instead. Allowed: afterClose 0–86400, afterDeath 0–86400.',
    );
  });

  test('an address that is not set is shown as what stands in the file', () => {
    assert.equal(
      wrongSettings(['probeUrl'], t),
      'The setting networkSessions.probeUrl has a value that is not allowed. "" is used instead. Allowed: http://…, https://….',
    );
  });

  test('wrong ones that are found together are one message', () => {
    assert.equal(
      wrongSettings(['sampling.interval'], t),
      'The setting networkSessions.sampling.interval has a value that is not allowed. 2000 is used instead. Allowed: 1000–60000.',
    );
    assert.equal(
      wrongSettings(['platform', 'statusBar.unit'], t),
      'These settings have values that are not allowed. Their defaults are used instead: networkSessions.platform, networkSessions.statusBar.unit.',
    );
  });

  test('nothing crashes it, and nothing comes out that is not allowed', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...settingKeys),
        fc.anything({ withNullPrototype: true, withBigInt: true }),
        (key, raw) => {
          const { value, wrong } = parseSetting(key, raw);
          assert.equal(parseSetting(key, value).wrong, false);
          assert.equal(wrong, raw !== undefined && value !== raw);
        },
      ),
      { seed: 22, numRuns: 2000 },
    );
  });
});
