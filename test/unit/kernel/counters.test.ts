import assert from 'node:assert/strict';
import { KernelCounters } from '../../../src/platforms/counters.js';
import { KernelTree } from '../../fixtures/kernelTree.js';

suite('kernel counters', () => {
  let tree: KernelTree;
  let counters: KernelCounters;

  setup(() => {
    tree = new KernelTree();
    tree.set('eth0', { received: 1000, written: 200 });
    counters = new KernelCounters({ procRoot: tree.path('proc'), sysRoot: tree.path('sys') });
  });
  teardown(() => tree.dispose());

  test('F1: received and written bytes of an interface; undefined for one that is not there', () => {
    assert.deepEqual(counters.read('eth0'), { received: 1000, written: 200 });
    for (const name of ['eth1', 'eth', '', 'face', '..', '../eth0']) {
      assert.equal(counters.read(name), undefined);
    }
  });

  test('one reading serves a whole turn, the next turn has a new one', async () => {
    assert.equal(counters.read('eth0')?.received, 1000);
    tree.set('eth0', { received: 3000 });
    assert.equal(counters.read('eth0')?.received, 1000);
    await Promise.resolve();
    assert.equal(counters.read('eth0')?.received, 3000);
  });

  test('all interfaces of a machine with thousands are found', () => {
    const lines = Array.from({ length: 3000 }, (_, i) => `veth${i}: ${i} 0 0 0 0 0 0 0 ${i * 2} 0 0 0 0 0 0 0\n`);
    tree.write('proc/net/dev', lines.join(''));
    assert.deepEqual(counters.read('veth2999'), { received: 2999, written: 5998 });
  });

  test('M4a: without the file it is unknown; where only /sys has figures, they are taken', async () => {
    const elsewhere = { procRoot: tree.path('nowhere'), sysRoot: tree.path('sys') };
    assert.equal(new KernelCounters(elsewhere).read('eth0'), undefined);
    tree.write('sys/class/net/eth0/statistics/rx_bytes', '77\n');
    tree.write('sys/class/net/eth0/statistics/tx_bytes', '88\n');
    assert.deepEqual(new KernelCounters(elsewhere).read('eth0'), { received: 77, written: 88 });
    assert.equal(new KernelCounters(elsewhere).read('../net/eth0'), undefined);
    assert.equal(new KernelCounters(elsewhere).read('..'), undefined);
  });
});
