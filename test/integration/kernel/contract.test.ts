import assert from 'node:assert/strict';
import { KernelPlatform } from '../../../src/platforms/kernel/index.js';
import { KernelTree } from '../../fixtures/kernelTree.js';
import { type PlatformDriver, platformContract } from '../../fixtures/platformContract.js';

/** The kernel platform on files made up here, told of changes by a stand-in for `ip`. */
class TreeDriver implements PlatformDriver {
  readonly platformName = 'kernel';
  readonly startsAndStops = false;
  readonly up = 'kernel:eth0';
  #tree: KernelTree | undefined;

  get tree(): KernelTree {
    assert.ok(this.#tree);
    return this.#tree;
  }

  async setUp(): Promise<void> {
    this.#tree = new KernelTree();
    this.tree.set('lo', { device: false, flags: 0x9, type: 772, operstate: 'unknown' });
    this.tree.set('eth0', { addresses: ['192.0.2.2', 'fe80::1'], received: 1000, written: 500 });
    this.tree.route({ interface: 'eth0' });
  }

  async tearDown(): Promise<void> {
    this.tree.dispose();
  }

  makePlatform(): KernelPlatform {
    return new KernelPlatform(this.tree.options);
  }

  async pull(): Promise<void> {
    this.tree.set('eth0', { carrier: '0', operstate: 'down' });
    this.tree.say('2: eth0: <NO-CARRIER,BROADCAST,MULTICAST,UP> mtu 1500 state DOWN');
  }

  async plug(): Promise<void> {
    this.tree.set('eth0', { carrier: '1', operstate: 'up' });
    this.tree.say('2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 state UP');
  }

  async takeDown(): Promise<void> {
    this.tree.set('eth0', { flags: 0x1002, carrier: undefined, operstate: 'down', addresses: [] });
    this.tree.route();
    this.tree.say('2: eth0: <BROADCAST,MULTICAST> mtu 1500 state DOWN');
  }

  async add(): Promise<string> {
    this.tree.set('eth1', { addresses: ['198.51.100.2'] });
    this.tree.say('3: eth1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 state UP');
    return 'kernel:eth1';
  }

  async remove(): Promise<void> {
    this.tree.remove('eth1');
    this.tree.say('Deleted 3: eth1: <BROADCAST,MULTICAST> mtu 1500 state DOWN');
  }

  async makeTraffic(): Promise<void> {
    this.tree.set('eth0', { received: 4000, written: 900 });
  }

  async recreate(): Promise<void> {
    this.tree.remove('eth0');
    this.tree.set('eth0', { addresses: ['192.0.2.3'] });
    this.tree.say('4: eth0    inet 192.0.2.3/24 scope global eth0');
  }
}

platformContract('kernel, on made-up files', () => new TreeDriver());
