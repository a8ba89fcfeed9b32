import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { BearerType, Capability, type Platform, PlatformFailure, silentLogger } from '../../../src/engine/index.js';
import { type KernelOptions, KernelPlatform } from '../../../src/platforms/kernel/index.js';
import { KernelTree, type TreeInterface } from '../../fixtures/kernelTree.js';
import { UpdateLog } from '../../fixtures/platformContract.js';
import { settled, TestClock } from '../../fixtures/testClock.js';

const veth: TreeInterface = { device: false, addresses: ['172.17.0.2'], speed: '10000' };
const off: TreeInterface = { flags: 0x1002, carrier: undefined, operstate: 'down' };

suite('kernel platform', () => {
  let tree: KernelTree;
  let log: UpdateLog;
  let clock: TestClock;
  let platform: KernelPlatform | undefined;

  setup(() => {
    tree = new KernelTree();
    log = new UpdateLog();
    clock = new TestClock();
  });

  teardown(async () => {
    await platform?.dispose();
    platform = undefined;
    tree.dispose();
    log.check();
  });

  async function started(options: KernelOptions = {}): Promise<KernelPlatform> {
    platform = new KernelPlatform({ ...tree.options, clock, ...options });
    await platform.start(log.listener);
    return platform;
  }

  const facts = (name: string) => {
    const known = log.known.get(`kernel:${name}`);
    assert.ok(known, `${name} is not listed`);
    return known;
  };
  const names = () => [...log.known.values()].map(({ name }) => name);

  async function until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await log.next();
    }
  }

  suite('which interfaces are access points', () => {
    test('M3b: hardware is; loopback, bridges, docker0 and the ends of containers are not', async () => {
      tree.set('lo', { device: false, flags: 0x9, type: 772 });
      tree.set('eth0', { ...off });
      tree.set('docker0', { device: false, entries: ['bridge'], deviceType: 'bridge', addresses: ['172.17.0.1'] });
      tree.set('veth1a2b', { ...veth, master: 'docker0' });
      tree.set('wlan0', { deviceType: 'wlan', entries: ['wireless', 'phy80211'], carrier: '0', operstate: 'down' });
      await started();
      assert.deepEqual(names(), ['eth0', 'wlan0']);
    });

    test('M3b: what carries a default route is: the veth of a container, a VPN, a bridge with the machine on it', async () => {
      tree.set('eth0', { ...veth });
      tree.set('br0', { device: false, entries: ['bridge'], deviceType: 'bridge', addresses: ['192.0.2.2'] });
      tree.set('wg0', { device: false, type: 65534, deviceType: 'wireguard', operstate: 'unknown' });
      tree.route({ interface: 'eth0', metric: 3 }, { interface: 'br0', metric: 2 }, { interface: 'wg0', metric: 1 });
      await started();
      assert.deepEqual(names(), ['eth0', 'br0', 'wg0']);
      assert.equal(log.system?.defaultIdentifier, 'kernel:wg0');
    });

    test('M3b: the parts of a bridge or bond are not, those of a VRF are', async () => {
      tree.set('bond0', { device: false, deviceType: 'bond', addresses: ['192.0.2.2'] });
      tree.set('vrf0', { device: false, deviceType: 'vrf' });
      tree.set('eth0', { master: 'bond0' });
      tree.set('eth1', { master: 'vrf0' });
      tree.route({ interface: 'bond0' });
      await started();
      assert.deepEqual(names(), ['bond0', 'eth1']);
    });

    test('hardware that carries no IP is not', async () => {
      tree.set('can0', { type: 280 });
      tree.set('wlan0mon', { type: 803 });
      await started();
      assert.deepEqual(names(), []);
      assert.equal(log.system?.defaultIdentifier, '');
      assert.equal(log.system?.connectivity, 'none');
    });

    test('S1: one that loses its default route is down, not forgotten, until its interface is gone', async () => {
      tree.set('eth0', { ...veth });
      tree.route({ interface: 'eth0' });
      const kernel = await started();
      tree.set('eth0', { ...veth, ...off, addresses: [] });
      tree.route();
      await kernel.look();
      assert.equal(facts('eth0').link, 'down');
      assert.equal(facts('eth0').inReach, false);
      assert.deepEqual(facts('eth0').cause, { code: 'disconnectedElsewhere' });
      tree.remove('eth0');
      await kernel.look();
      assert.deepEqual(names(), []);
    });

    test('bearer types are told by the kind of interface, and not guessed from names', async () => {
      const kinds: readonly [string, TreeInterface, BearerType][] = [
        ['a', {}, BearerType.Ethernet],
        ['b', { deviceType: 'wlan' }, BearerType.WLAN],
        ['c', { entries: ['phy80211'] }, BearerType.WLAN],
        ['d', { deviceType: 'bluetooth' }, BearerType.Bluetooth],
        ['e', { deviceType: 'wwan', type: 65534 }, BearerType.Unknown],
        ['f', { type: 519 }, BearerType.Unknown],
        ['g', { entries: ['tun_flags'], type: 65534 }, BearerType.VPN],
        ['h', { entries: ['tun_flags'] }, BearerType.VPN],
        ['i', { type: 778 }, BearerType.VPN],
        ['j', { type: 512 }, BearerType.Other],
        ['wlan9', { type: 32 }, BearerType.Unknown],
      ];
      for (const [name, description] of kinds) {
        tree.set(name, description);
      }
      await started();
      assert.deepEqual(
        kinds.map(([name]) => [name, facts(name).bearerType]),
        kinds.map(([name, , bearerType]) => [name, bearerType]),
      );
    });
  });

  suite('the state of a link', () => {
    test('S4: what is up has an interface: addresses, gateway, and name servers where the default route is', async () => {
      tree.set('eth0', { addresses: ['192.0.2.2', '2001:db8::2', 'fe80::2'] });
      tree.set('eth1', { addresses: ['198.51.100.2'] });
      tree.route({ interface: 'eth0' });
      await started();
      assert.deepEqual(facts('eth0').interface, {
        name: 'eth0',
        addresses: ['192.0.2.2', '2001:db8::2', 'fe80::2'],
        gateway: '192.0.2.1',
        dnsServers: ['192.0.2.53', '2001:db8::53'],
      });
      assert.deepEqual(facts('eth1').interface, {
        name: 'eth1',
        addresses: ['198.51.100.2'],
        gateway: undefined,
        dnsServers: [],
      });
      assert.equal(facts('eth0').speed, 1_000_000_000);
      assert.equal(facts('eth0').hardwareAddress, '02:00:00:00:00:01');
    });

    test('S1: a plugged port without an address, or with none but what it gives itself, is in reach and down', async () => {
      tree.set('eth0', { addresses: ['fe80::1'] });
      tree.set('eth1', {});
      await started();
      for (const name of ['eth0', 'eth1']) {
        assert.equal(facts(name).link, 'down');
        assert.equal(facts(name).inReach, true);
        assert.equal(facts(name).cause, undefined);
      }
      assert.equal(log.system?.isOnline, false);
    });

    test('S1: a radio that is still exchanging keys is in reach and not up', async () => {
      tree.set('wlan0', { deviceType: 'wlan', operstate: 'dormant', addresses: ['192.0.2.2'] });
      await started();
      assert.equal(facts('wlan0').inReach, true);
      assert.equal(facts('wlan0').link, 'down');
    });

    test('a tunnel never says more than unknown, and is up with carrier and a default route', async () => {
      const tun: TreeInterface = {
        device: false,
        type: 65534,
        entries: ['tun_flags'],
        operstate: 'unknown',
        address: '',
      };
      tree.set('tun0', { ...tun });
      tree.route({ interface: 'tun0', gateway: '00000000' });
      const kernel = await started();
      assert.equal(facts('tun0').link, 'up');
      assert.equal(facts('tun0').interface?.gateway, undefined);
      assert.equal(facts('tun0').hardwareAddress, undefined);
      tree.set('tun0', { ...tun, operstate: 'down', carrier: '0' });
      await kernel.look();
      assert.deepEqual(facts('tun0').cause, { code: 'carrierLost' });
    });

    test('S1: the cause of a loss is what was seen first, and gone when it is up again', async () => {
      tree.set('eth0', { addresses: ['192.0.2.2'] });
      const kernel = await started();
      tree.set('eth0', { carrier: '0', operstate: 'down' });
      await kernel.look();
      assert.deepEqual(facts('eth0').cause, { code: 'carrierLost' });
      tree.set('eth0', { ...off, addresses: [] });
      await kernel.look();
      assert.deepEqual(facts('eth0').cause, { code: 'carrierLost' });
      tree.set('eth0', { flags: 0x1003, carrier: '1', operstate: 'up', addresses: ['192.0.2.2'] });
      await kernel.look();
      assert.equal(facts('eth0').link, 'up');
      assert.equal(facts('eth0').cause, undefined);
    });

    test('M4a: where the addresses cannot be told, an interface that works is up', async () => {
      tree.set('eth0', {});
      const { addresses: _, ...withoutAddresses } = tree.options;
      platform = new KernelPlatform({ ...withoutAddresses, clock });
      await platform.start(log.listener);
      assert.equal(facts('eth0').link, 'up');
      assert.deepEqual(facts('eth0').interface?.addresses, []);
    });

    test('names are told as they are, however they look', async () => {
      const hostile = '[x](command:y)';
      tree.set(hostile, { addresses: ['192.0.2.2'] });
      await started();
      assert.equal(facts(hostile).name, hostile);
    });
  });

  suite('the system', () => {
    test('M5: it counts, and says that it can neither start nor stop', async () => {
      tree.set('eth0', { addresses: ['192.0.2.2'] });
      const kernel = await started();
      assert.equal(log.system?.capabilities, Capability.DataStatistics);
      assert.equal((kernel as Platform).routing, undefined);
      assert.equal(log.system?.polls, false);
      await assert.rejects(kernel.startAccessPoint('kernel:eth0'), PlatformFailure);
      await assert.rejects(kernel.startAccessPoint('kernel:eth9'), { facts: { code: 'notDefined' } });
    });

    test('M2: the default is what is up with the best default route, else what is up', async () => {
      tree.set('eth0', { carrier: '0', operstate: 'down', addresses: ['192.0.2.2'] });
      tree.set('eth1', { addresses: ['198.51.100.2'] });
      tree.set('eth2', { addresses: ['203.0.113.2'] });
      tree.route({ interface: 'eth0', metric: 1 }, { interface: 'eth2', metric: 2 });
      const kernel = await started();
      assert.equal(log.system?.defaultIdentifier, 'kernel:eth2');
      assert.equal(log.system?.defaultIsRouted, true);
      tree.route();
      await kernel.look();
      assert.equal(log.system?.defaultIdentifier, 'kernel:eth1');
      assert.equal(log.system?.defaultIsRouted, false);
    });

    test('R1: each has the metric of its default route, and none without one or while it is down', async () => {
      tree.set('eth0', { addresses: ['192.0.2.2'] });
      tree.set('wlan0', { deviceType: 'wlan', addresses: ['198.51.100.2'] });
      tree.set('eth1', { addresses: ['203.0.113.2'] });
      tree.set('eth2', { ...off, addresses: ['203.0.113.3'] });
      tree.route(
        { interface: 'eth0', metric: 700 },
        { interface: 'wlan0', metric: 600 },
        { interface: 'eth0', metric: 100 },
        { interface: 'eth2', metric: 1 },
      );
      const kernel = await started();
      const metrics = () => ['eth0', 'wlan0', 'eth1', 'eth2'].map((name) => facts(name).metric);
      assert.deepEqual(metrics(), [100, 600, undefined, undefined]);
      tree.route({ interface: 'eth0', metric: 50 });
      await kernel.look();
      assert.deepEqual(metrics(), [50, undefined, undefined, undefined]);
    });

    test('M2: an IPv6 default route counts where there is none of IPv4', async () => {
      tree.set('eth0', { addresses: ['fe80::2'] });
      const zeros = '0'.repeat(32);
      tree.write(
        'proc/net/ipv6_route',
        `${zeros} 00 ${zeros} 00 fe800000000000000000000000000001 00000400 00000002 00000000 00000003     eth0\n`,
      );
      await started();
      assert.equal(log.system?.defaultIsRouted, true);
      assert.equal(facts('eth0').interface?.gateway, 'fe80::1');
      assert.equal(facts('eth0').metric, 1024);
    });

    test('M3b: online is a link that is hardware or carries a default route now', async () => {
      tree.set('eth0', { ...veth });
      tree.route({ interface: 'eth0' });
      const kernel = await started();
      assert.equal(log.system?.isOnline, true);
      assert.equal(log.system?.connectivity, 'unknown');
      tree.route();
      await kernel.look();
      assert.equal(facts('eth0').link, 'up');
      assert.equal(log.system?.isOnline, false);
    });

    test('a system without /sys/class/net cannot be served, and nothing is left behind', async () => {
      const kernel = new KernelPlatform({ ...tree.options, sysRoot: tree.path('nowhere'), clock });
      await assert.rejects(kernel.start(log.listener), PlatformFailure);
      assert.equal(clock.pending, 0);
      assert.equal(log.updates.length, 0);
    });

    test('files that go away meanwhile change nothing and throw nothing', async () => {
      tree.set('eth0', { addresses: ['192.0.2.2'] });
      const kernel = await started();
      tree.clear();
      await kernel.look();
      assert.equal(facts('eth0').link, 'up');
      assert.equal(kernel.counters('kernel:eth0'), undefined);
    });
  });

  suite('changes', () => {
    test('M3: they come from one child that is asked for text, of links, addresses and routes', async () => {
      tree.set('eth0', { addresses: ['192.0.2.2'] });
      await started();
      tree.set('eth0', { carrier: '0' });
      tree.say('2: eth0: <NO-CARRIER>');
      await until(() => !facts('eth0').inReach);
      assert.deepEqual(tree.ipArguments, ['-o monitor link address route']);
    });

    test('M3: lines that come together are looked at once', async () => {
      tree.set('eth0', { addresses: ['192.0.2.2'] });
      await started();
      tree.set('eth0', { carrier: '0' });
      tree.say(Array.from({ length: 50 }, (_, i) => `${i}: eth0: <NO-CARRIER>`).join('\n'));
      await until(() => !facts('eth0').inReach);
      assert.equal(log.updates.length, 2);
    });

    test('idle, it has no timer but the looks that follow its start', async () => {
      await started();
      assert.equal(clock.pending, 2);
      await clock.advance(2_000);
      assert.equal(clock.pending, 0);
    });

    test('what changed before the child listened is found by the looks that follow its start', async () => {
      tree.set('eth0', { addresses: ['192.0.2.2'] });
      await started();
      tree.set('eth0', { carrier: '0' });
      await clock.advance(100);
      await settled();
      assert.equal(facts('eth0').inReach, false);
    });

    test('a child that dies is started again after a rest, and what changed meanwhile is found', async () => {
      tree.ip('echo $$ > "$(dirname "$0")/pid"; exec tail -n +1 -f "$(dirname "$0")/events"');
      tree.set('eth0', { addresses: ['192.0.2.2'] });
      await started();
      while (!existsSync(tree.path('pid')) || readFileSync(tree.path('pid'), 'utf8') === '') {
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      await clock.advance(5_000);
      process.kill(Number(readFileSync(tree.path('pid'), 'utf8')), 'SIGKILL');
      tree.set('eth0', { carrier: '0' });
      await until(() => !facts('eth0').inReach);
      assert.equal(tree.ipArguments.length, 1);
      assert.equal(clock.pending, 1);
      await clock.advance(1_000);
      tree.set('eth0', { carrier: '1' });
      tree.say('2: eth0: <LOWER_UP>');
      await until(() => facts('eth0').inReach);
      assert.equal(tree.ipArguments.length, 2);
      assert.equal(log.system?.polls, false);
    });

    test('an ip that cannot monitor is tried three times and no more; from then on it looks while somebody watches', async () => {
      tree.ip('exit 1');
      const warnings: string[] = [];
      const note = (message: string) => void warnings.push(message);
      const logger = { ...silentLogger, warn: note, info: note };
      const subject = await started({ logger });
      for (let deaths = 1; deaths < 3; deaths++) {
        while (warnings.length < deaths) {
          await settled();
        }
        await clock.advance(1_000 * deaths);
      }
      while (warnings.length < 3) {
        await settled();
      }
      assert.equal(tree.ipArguments.length, 3);
      assert.equal(clock.pending, 0);
      subject.setWatched(true);
      assert.equal(clock.pending, 1);
      subject.setWatched(false);
      assert.equal(log.system?.polls, false, 'F3: systemInformation is the only platform that says so');
    });

    test('M3: without ip it looks every two seconds, but only while somebody watches', async () => {
      tree.set('eth0', { addresses: ['192.0.2.2'] });
      const kernel = await started({ ipCommand: tree.path('no-such-program') });
      assert.equal(clock.pending, 0);
      await settled();
      tree.set('eth0', { carrier: '0' });
      await clock.advance(60_000);
      assert.equal(facts('eth0').inReach, true);
      kernel.setWatched(true);
      await clock.advance(2_000);
      assert.equal(facts('eth0').inReach, false);
      tree.set('eth0', { carrier: '1' });
      await clock.advance(2_000);
      assert.equal(facts('eth0').inReach, true);
      kernel.setWatched(false);
      assert.equal(clock.pending, 0);
    });

    test('a command that is no command at all is like none', async () => {
      for (const ipCommand of ['', '\0']) {
        const kernel = new KernelPlatform({ ...tree.options, clock, ipCommand });
        const told = new UpdateLog();
        await kernel.start(told.listener);
        kernel.setWatched(true);
        assert.equal(clock.pending, 1, 'it looks by itself');
        await kernel.dispose();
        assert.equal(clock.pending, 0);
      }
    });
  });
});
