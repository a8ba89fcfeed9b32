import * as assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { NetworkConfigurationManager } from '../../../src/engine/index.js';
import { withChange, withNetwork, withoutNetwork } from '../../../src/host/model/networkEdits.js';
import {
  definitionsOf,
  type EntryProblem,
  nameProblem,
  nameSentence,
  networkIdentifier,
  networkName,
  parseNetworks,
  wrongNetworks,
} from '../../../src/host/model/serviceNetworks.js';
import { english as t } from '../../../src/host/model/translate.js';
import { createPlatform } from '../../../src/platforms/choose.js';

const parse = (raw: unknown) => parseNetworks(raw, 'Internet');
const office = { name: 'Office', accessPoints: ['lan', 'wifi'] };
const internet = { name: 'Internet', roaming: 'automatic' } as const;

suite('the setting of the service networks', () => {
  test('what is not set is no service network, and not wrong', () => {
    assert.deepEqual(parse(undefined), { networks: [], wrong: [] });
    assert.deepEqual(parse([]), { networks: [], wrong: [] });
  });

  test('an entry is taken with its defaults; names are trimmed, identifiers are there once', () => {
    const { networks, wrong } = parse([
      { name: ' Office ', accessPoints: ['lan', 'wifi', 'lan'] },
      {
        name: 'Lab',
        accessPoints: [],
        roaming: 'never',
        preferUnmetered: false,
        tests: [{ tcp: 'db:5432' }, { http: 'https://a.example/', status: 204 }, { dns: 'a.example' }],
      },
    ]);
    assert.deepEqual(wrong, []);
    assert.deepEqual(networks[0], { ...office, tests: [], roaming: 'ask', preferUnmetered: true });
    assert.equal(networks[1]?.tests.length, 3);
    assert.equal(networks[1]?.preferUnmetered, false);
  });

  const wrongEntries: readonly (readonly [EntryProblem, unknown])[] = [
    ['entry', null],
    ['entry', 'Office'],
    ['entry', [office]],
    ['name', {}],
    ['name', { ...office, name: 7 }],
    ['name', { ...office, name: ' ' }],
    ['name', { ...office, name: 'a\nb' }],
    ['name', { ...office, name: '\u202eevil' }],
    ['name', { ...office, name: 'x'.repeat(61) }],
    ['reserved', { ...office, name: 'internet' }],
    ['duplicate', { ...office, name: 'first' }],
    ['accessPoints', { ...office, accessPoints: 'lan' }],
    ['accessPoints', { ...office, accessPoints: ['lan', 7] }],
    ['accessPoints', { ...office, accessPoints: [''] }],
    ['accessPoints', { ...office, accessPoints: ['a\nb'] }],
    ['tests', { ...office, tests: { tcp: 'db:1' } }],
    ['tests', { ...office, tests: [{ tcp: 'db' }] }],
    ['roaming', { ...office, roaming: 'sometimes' }],
    ['preferUnmetered', { ...office, preferUnmetered: 'yes' }],
  ];

  test('a wrong entry is left out with its reason, and the others are kept', () => {
    for (const [problem, entry] of wrongEntries) {
      const { networks, wrong } = parse([
        { name: 'First', accessPoints: [] },
        entry,
        { name: 'Last', accessPoints: [] },
      ]);
      assert.deepEqual(
        networks.map(({ name }) => name),
        ['First', 'Last'],
        JSON.stringify(entry),
      );
      assert.deepEqual(
        wrong.map((each) => [each.number, each.problem]),
        [[2, problem]],
        JSON.stringify(entry),
      );
      assert.match(
        wrongNetworks(wrong, t),
        /^Entry 2 of the setting networkSessions\.serviceNetworks is ignored\. [A-Z'].*\.$/,
      );
    }
    const { wrong } = parse({ name: 'Office' });
    assert.equal(
      wrongNetworks(wrong, t),
      'The setting networkSessions.serviceNetworks is ignored. It must be a list of service networks.',
    );
    assert.match(
      wrongNetworks(parse([1, 2]).wrong, t),
      /^2 entries of the setting .* The first is number 1: A service/,
    );
  });

  test('a name is checked while it is typed', () => {
    assert.equal(nameProblem('Office', [], 'Internet'), undefined);
    assert.equal(nameProblem('Netz', [], 'Netz'), 'reserved', 'the name of ours in the language of the editor');
    assert.equal(nameProblem('office', ['Office'], 'Internet'), 'duplicate');
    for (const problem of ['name', 'reserved', 'duplicate'] as const) {
      assert.match(nameSentence(problem, t), /\.$/);
    }
  });

  test('an identifier has the name in it', () => {
    assert.equal(networkName(networkIdentifier('Office')), 'Office');
    assert.equal(networkName('internet'), undefined);
  });

  test('the engine gets ours first; where the own connection may ride on it, nothing moves by itself', () => {
    const { networks } = parse([{ ...office, roaming: 'automatic', tests: [{ dns: 'a.example' }] }]);
    const definitions = definitionsOf(networks, internet, false);
    assert.deepEqual(
      definitions.map(({ identifier, roaming }) => [identifier, roaming]),
      [
        ['internet', 'automatic'],
        ['network:Office', 'automatic'],
      ],
    );
    assert.deepEqual(
      definitionsOf(networks, internet, true).map(({ roaming }) => roaming),
      ['ask', 'ask'],
    );
    assert.equal(definitionsOf(networks, { ...internet, roaming: 'never' }, true)[0]?.roaming, 'never');
  });

  test('nothing crashes it, and what comes out the engine takes', () => {
    const entry = fc.record(
      {
        name: fc.oneof(fc.string(), fc.constantFrom('Office', 'Internet', 'office')),
        accessPoints: fc.oneof(fc.array(fc.string()), fc.anything()),
        tests: fc.oneof(fc.array(fc.constantFrom({ dns: 'a.example' }, { tcp: 'x' }, 7)), fc.anything()),
        roaming: fc.oneof(fc.constantFrom('ask', 'automatic', 'never'), fc.anything()),
      },
      { requiredKeys: [] },
    );
    const manager = new NetworkConfigurationManager(createPlatform('simulated'));
    fc.assert(
      fc.property(fc.oneof(fc.array(fc.oneof(entry, fc.anything())), fc.anything()), (raw) => {
        const { networks, wrong } = parse(raw);
        manager.setServiceNetworks(definitionsOf(networks, internet, false));
        assert.equal(
          networks.length + wrong.filter(({ number }) => number > 0).length,
          Array.isArray(raw) ? raw.length : 0,
        );
        wrongNetworks(wrong, t);
      }),
      { seed: 22, numRuns: 1000 },
    );
  });

  test('an edit changes one entry and leaves alone what it is not about, wrong entries too', () => {
    const raw = [7, { name: ' Office ', accessPoints: ['lan'], note: 'mine' }, { name: 'Office', accessPoints: [] }];
    assert.deepEqual(withChange(raw, 'Office', { accessPoints: ['wifi'] }), [
      7,
      { name: ' Office ', accessPoints: ['wifi'], note: 'mine' },
      { name: 'Office', accessPoints: [] },
    ]);
    assert.deepEqual(withoutNetwork(raw, 'Office'), [7, { name: 'Office', accessPoints: [] }]);
    assert.deepEqual(withoutNetwork(raw, 'Nowhere'), raw);
    assert.deepEqual(withChange(raw, 'Nowhere', { roaming: 'never' }), raw);
    const more = { name: 'New', accessPoints: ['x'], roaming: 'ask', tests: [], preferUnmetered: true } as const;
    assert.deepEqual(withNetwork(raw, more).at(-1), { name: 'New', accessPoints: ['x'], roaming: 'ask' });
  });
});
