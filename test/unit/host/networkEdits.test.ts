import * as assert from 'node:assert/strict';
import { dropped, elementKey, elementOf, placed } from '../../../src/host/model/networkEdits.js';
import type { NetworkEntry } from '../../../src/host/model/serviceNetworks.js';

const entry = (name: string, ...accessPoints: string[]): NetworkEntry => ({
  name,
  accessPoints,
  tests: [],
  roaming: 'ask',
  preferUnmetered: true,
});
const networks = [entry('Office', 'a', 'b', 'c'), entry('Lab', 'a')];
const drop = (dragged: string, target: string | undefined) =>
  dropped(networks, [elementOf(dragged)], target === undefined ? undefined : elementOf(target));

suite('dragging access points', () => {
  test('an element has one key wherever it stands', () => {
    for (const element of [
      { network: undefined, identifier: 'a' },
      { network: 'network:Office', identifier: 'a' },
    ]) {
      assert.deepEqual(elementOf(elementKey(element)), element);
    }
    assert.notEqual(
      elementKey({ network: 'network:Lab', identifier: 'a' }),
      elementKey({ network: 'internet', identifier: 'a' }),
    );
  });

  test('what is moved takes the place of what it is dropped on, upwards and downwards', () => {
    assert.deepEqual(placed(['a', 'b', 'c'], 'c', 'a'), ['c', 'a', 'b']);
    assert.deepEqual(placed(['a', 'b', 'c'], 'a', 'c'), ['b', 'c', 'a']);
    assert.deepEqual(placed(['a', 'b', 'c'], 'a', 'b'), ['b', 'a', 'c']);
    assert.deepEqual(placed(['a', 'b', 'c'], 'x', 'b'), ['a', 'x', 'b', 'c']);
    assert.deepEqual(placed(['a', 'b', 'c'], 'b', 'b'), ['a', 'b', 'c']);
    assert.deepEqual(placed(['a'], 'b', 'gone'), ['a']);
  });

  test('onto a service network it becomes the last, onto a child it takes its place', () => {
    assert.deepEqual(drop('x', 'network:Office'), { name: 'Office', accessPoints: ['a', 'b', 'c', 'x'] });
    assert.deepEqual(drop('a', 'network:Office'), { name: 'Office', accessPoints: ['b', 'c', 'a'] });
    assert.deepEqual(drop('network:Office\nc', 'network:Office\na'), { name: 'Office', accessPoints: ['c', 'a', 'b'] });
    assert.deepEqual(drop('network:Office\nc', 'network:Lab\na'), { name: 'Lab', accessPoints: ['c', 'a'] });
  });

  test('nothing happens where it cannot be dropped, or changes nothing', () => {
    assert.equal(drop('x', undefined), undefined);
    assert.equal(drop('x', 'a'), undefined);
    assert.equal(drop('x', 'internet'), undefined, 'ours has all of them');
    assert.equal(drop('x', 'internet\na'), undefined);
    assert.equal(drop('network:Lab', 'network:Office'), undefined, 'a service network is no part of another');
    assert.equal(drop('userChoice', 'network:Office'), undefined, 'nor is the user choice');
    assert.equal(drop('network:Office\na', 'network:Office\na'), undefined);
    assert.equal(drop('network:Lab\na', 'network:Lab'), undefined);
    assert.equal(drop('x', 'network:Gone'), undefined);
  });
});
