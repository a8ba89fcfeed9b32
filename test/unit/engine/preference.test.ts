// Which child is preferred, and when a signal counts (R1).
import * as assert from 'node:assert/strict';
import { configurationOf } from '../../../src/engine/accessPointConfiguration.js';
import { Children } from '../../../src/engine/children.js';
import { unknownConfiguration } from '../../../src/engine/configuration.js';
import { SessionState } from '../../../src/engine/index.js';
import { SteadySignal } from '../../../src/engine/preference.js';
import { factsOf } from '../../fixtures/fakePlatform.js';
import { networkEngine } from '../../fixtures/networkFixture.js';

type Described = Partial<Parameters<typeof factsOf>[0]> & { readonly startFailed?: boolean; readonly isWeak?: boolean };

function childrenOf(described: readonly (Described | undefined)[], prefersUnmetered = true) {
  const candidates = described.map((each, index) => {
    const { startFailed = false, isWeak = false, ...change } = each ?? {};
    const facts = each === undefined ? undefined : factsOf({ identifier: String(index), ...change });
    const configuration = facts === undefined ? unknownConfiguration('') : configurationOf(facts);
    return { index, facts, startFailed, isWeak, configuration, state: SessionState.Invalid };
  });
  return new Children(candidates, ({ index }) => [0, index], prefersUnmetered);
}

const preferred = (...described: readonly (Described | undefined)[]) =>
  childrenOf(described).preferred(() => false)?.index;

suite('the preferred access point', () => {
  test('R1: the first in order that is in reach', () => {
    assert.equal(preferred({}, {}), 0);
    assert.equal(preferred({ inReach: false }, {}), 1);
    assert.equal(preferred(undefined, { inReach: false }), undefined);
    assert.equal(preferred(), undefined);
    assert.equal(preferred({ inReach: false, link: 'up' }, {}), 0, 'what is up is in reach');
  });

  test('R1: never one that is failing: carrier lost, last start failed, known to lead nowhere', () => {
    for (const failing of [
      { lingers: true },
      { startFailed: true },
      { connectivity: 'none' },
      { connectivity: 'limited' },
      { connectivity: 'portal' },
    ] as const) {
      assert.equal(preferred(failing, {}), 1);
      assert.equal(preferred(failing), undefined);
    }
    assert.equal(
      preferred({ connectivity: 'unknown' }, { connectivity: 'full' }),
      0,
      'what is not known is not held against it',
    );
  });

  test('R1: unmetered before metered, unless the network says otherwise; what is not known counts as unmetered', () => {
    const described = [{ metered: true }, { metered: false }];
    assert.equal(childrenOf(described, true).preferred(() => false)?.index, 1);
    assert.equal(childrenOf(described, false).preferred(() => false)?.index, 0);
    assert.equal(preferred({ metered: true }, { metered: undefined }), 1);
    assert.equal(preferred({ metered: true }), 0);
  });

  test('R1: a strong signal before a weak one', () => {
    assert.equal(preferred({ isWeak: true }, {}), 1);
    assert.equal(preferred({ isWeak: true }), 0);
  });

  test('O4a: first the preferred one of those that are up, then by preference, those that are failing last', () => {
    const order = (...described: readonly (Described | undefined)[]) =>
      Array.from(childrenOf(described).inTurn(), ({ index }) => index);
    assert.deepEqual(order({}, { link: 'up', metered: true }, { link: 'up' }), [2, 0, 1]);
    assert.deepEqual(order({ startFailed: true }, {}, { inReach: false }, undefined), [1, 0]);
    assert.deepEqual(order({ link: 'up', connectivity: 'none' }, {}), [1, 0]);
  });

  test('R1: a change of signal counts with the second sample in a row; between the limits nothing changes', () => {
    const signal = new SteadySignal(80);
    const after = (...samples: readonly number[]) => {
      for (const sample of samples) {
        signal.sample(sample);
      }
      return signal.isWeak;
    };
    assert.equal(after(20), false);
    assert.equal(after(30, 20), false, 'not in a row');
    assert.equal(after(24), true);
    assert.equal(after(30, 34, 34), true);
    assert.equal(after(35), true);
    assert.equal(after(20, 35), true, 'not in a row');
    assert.equal(after(36), false);
    assert.equal(new SteadySignal(20).isWeak, true, 'the first sample decides alone');
  });

  test('R1: what changes beside the signal is no sample of it', async () => {
    const { set, manager } = await networkEngine();
    await set('lan', { inReach: true, signal: 80 });
    await set('lan', { signal: 20 });
    await set('lan', { metered: false });
    await set('lan', { connectivity: 'full' });
    assert.equal(manager.preferredConfiguration('home').identifier, 'lan');
    await set('lan', { signal: 19 });
    assert.equal(manager.preferredConfiguration('home').identifier, 'wifi');
    await set('lan', { inReach: false });
    await set('lan', { inReach: true, signal: 90 });
    assert.equal(manager.preferredConfiguration('home').identifier, 'lan', 'heard anew, the first sample decides');
  });

  test('R1: a failed start counts until its reach changes or it comes up', async () => {
    const { set, manager, simulation, open, clock } = await networkEngine();
    await set('lan', { inReach: true });
    const fail = async () => {
      simulation.failNextStart('lan', 0);
      const session = await open('lan');
      session.dispose();
      await clock.advance(0);
    };
    await fail();
    assert.equal(manager.preferredConfiguration('home').identifier, 'wifi');
    await set('lan', { metered: false });
    assert.equal(manager.preferredConfiguration('home').identifier, 'wifi');
    await set('lan', { inReach: false });
    await set('lan', { inReach: true });
    assert.equal(manager.preferredConfiguration('home').identifier, 'lan');
    await fail();
    await set('lan', { up: true });
    assert.equal(manager.preferredConfiguration('home').identifier, 'lan');
  });

  test('R1: a service network of all that lead to the internet follows what comes and goes, in the order of the system', async () => {
    const { manager, simulation, clock, open, set, offers } = await networkEngine({ accessPoints: 'internet' });
    const children = () => manager.configurationFromIdentifier('home').children.map(({ identifier }) => identifier);
    assert.deepEqual(children(), ['lan', 'wifi', 'phone']);
    const session = await open();
    const told = offers(session);
    simulation.add({ identifier: 'first', metric: 1 });
    await clock.advance(0);
    assert.deepEqual([children()[0], told], ['first', ['first upgrade']]);
    simulation.remove('first');
    await clock.advance(0);
    assert.equal(session.offer.kind, 'none');
    await set('lan', { metric: undefined });
    assert.deepEqual(children(), ['wifi', 'phone']);
    assert.equal(manager.preferredConfiguration('nowhere').isValid, false);
  });
});
