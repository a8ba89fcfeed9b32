import assert from 'node:assert/strict';
import { isIPv4, isIPv6 } from 'node:net';
import fc from 'fast-check';
import { parseNetDev } from '../../../src/platforms/counters.js';
import { isNoise } from '../../../src/platforms/kernel/monitor.js';
import { parseNameServers } from '../../../src/platforms/kernel/nameServers.js';
import { parseIpv4DefaultRoutes, parseIpv6DefaultRoutes } from '../../../src/platforms/routes.js';

const seed = { seed: 20_240_607 };
const interfaceName = fc.stringMatching(/^[^\s/]{1,15}$/u).filter((name) => name !== '.' && name !== '..');
/** Text that looks a little like the kernel's files. */
const almost = fc
  .array(fc.oneof(fc.string(), fc.constantFrom(':', '\n', '\t', ' ', '0', '00000000', 'eth0', '0003', '-1', '1e9')))
  .map((parts) => parts.join(''));

suite('kernel: /proc/net/dev', () => {
  test('F1: finds received and written bytes of every interface', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(interfaceName, fc.nat(), fc.nat()), { selector: ([name]) => name }),
        (all) => {
          const lines = all.map(([name, rx, tx]) => `${name.padStart(6)}: ${rx} 1 2 3 4 5 6 7 ${tx} 1 2 3 4 5 6 7`);
          const read = parseNetDev(`Inter-|   Receive  |  Transmit\n face |bytes |bytes\n${lines.join('\n')}\n`);
          assert.deepEqual(
            [...read],
            all.map(([name, received, written]) => [name, { received, written }]),
          );
        },
      ),
      seed,
    );
  });

  test('an alias keeps its colons, and numbers may touch the name', () => {
    const read = parseNetDev('eth0:1:123 0 0 0 0 0 0 0 456 0 0 0 0 0 0 0');
    assert.deepEqual(read.get('eth0:1'), { received: 123, written: 456 });
  });

  test('anything else yields no figures that are no whole numbers', () => {
    fc.assert(
      fc.property(almost, (text) => {
        for (const bytes of parseNetDev(text).values()) {
          assert.ok([bytes.received, bytes.written].every((value) => value >= 0 && Number.isInteger(value)));
        }
      }),
      seed,
    );
  });
});

suite('kernel: routes', () => {
  const heading = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n';
  const line = (name: string, to: string, via: string, flags: string, metric: number, mask: string) =>
    [name, to, via, flags, 0, 0, metric, mask, 0, 0, 0].join('\t');

  test('M2: the default route with the lowest metric comes first, with its gateway', () => {
    const text = [
      line('wlan0', '00000000', '0100A8C0', '0003', 600, '00000000'),
      line('eth0', '00000000', '010200C0', '0003', 100, '00000000'),
      line('eth0', '000200C0', '00000000', '0001', 0, '00FFFFFF'),
    ].join('\n');
    assert.deepEqual(parseIpv4DefaultRoutes(heading + text, 'LE'), [
      { interfaceName: 'eth0', gateway: '192.0.2.1', metric: 100 },
      { interfaceName: 'wlan0', gateway: '192.168.0.1', metric: 600 },
    ]);
  });

  test('a default route to an interface alone has no gateway', () => {
    const text = line('ppp0', '00000000', '00000000', '0001', 0, '00000000');
    assert.deepEqual(parseIpv4DefaultRoutes(text), [{ interfaceName: 'ppp0', gateway: undefined, metric: 0 }]);
  });

  test('the kernel of a big-endian machine prints the bytes the other way round', () => {
    const text = line('eth0', '00000000', 'C0000201', '0003', 0, '00000000');
    assert.deepEqual(parseIpv4DefaultRoutes(text, 'BE'), [{ interfaceName: 'eth0', gateway: '192.0.2.1', metric: 0 }]);
  });

  test('a route that rejects, or is down, carries nothing', () => {
    const text = ['0200', '0201', '0002', 'zz'].map((flags) =>
      line('lo', '00000000', '00000000', flags, 0, '00000000'),
    );
    assert.deepEqual(parseIpv4DefaultRoutes(text.join('\n')), []);
  });

  test('M2: two halves of a VPN together are before any default route, one half is none', () => {
    const half = (name: string, to: string) => line(name, to, '0100000A', '0003', 50, '00000080');
    const usual = line('eth0', '00000000', '010200C0', '0003', 0, '00000000');
    const both = [usual, half('tun0', '00000000'), half('tun0', '00000080'), half('tun1', '00000000')].join('\n');
    assert.deepEqual(
      parseIpv4DefaultRoutes(both, 'LE').map(({ interfaceName: name, metric }) => [name, metric]),
      [
        ['tun0', 0],
        ['eth0', 0],
      ],
    );
  });

  test('IPv6: the default route of an interface, not the one that rejects on lo', () => {
    const zeros = '0'.repeat(32);
    const text = [
      `${zeros} 00 ${zeros} 00 ${zeros} ffffffff 00000001 00000000 00200200       lo`,
      `${zeros} 00 ${zeros} 00 fe800000000000000000000000000001 00000400 00000002 00000000 00000003     eth1`,
      `${zeros} 00 ${zeros} 00 20010db8000000000000000000000001 00000064 00000002 00000000 00000003     eth0`,
      `fe800000000000000000000000000000 40 ${zeros} 00 ${zeros} 00000100 00000002 00000000 00000001     eth0`,
    ].join('\n');
    assert.deepEqual(parseIpv6DefaultRoutes(text), [
      { interfaceName: 'eth0', gateway: '2001:db8::1', metric: 100 },
      { interfaceName: 'eth1', gateway: 'fe80::1', metric: 1024 },
    ]);
  });

  test('anything else yields gateways that are addresses, or nothing', () => {
    fc.assert(
      fc.property(almost, fc.array(fc.stringMatching(/^[0-9a-f]{8}$/), { minLength: 12 }), (text, numbers) => {
        const four = parseIpv4DefaultRoutes(
          `${text}\neth0 00000000 ${numbers[0]} 3 0 0 1 00000000\n${numbers.join(' ')}`,
        );
        const six = parseIpv6DefaultRoutes(
          `${text}\n${'0'.repeat(32)} 00 ${'0'.repeat(32)} 00 ${numbers.slice(0, 4).join('')} 1 0 0 1 eth0`,
        );
        assert.ok(four.every(({ gateway }) => gateway === undefined || isIPv4(gateway)));
        assert.ok(six.every(({ gateway }) => gateway === undefined || isIPv6(gateway)));
        assert.ok([...four, ...six].every(({ metric }) => Number.isInteger(metric) && metric >= 0));
        assert.equal(six.length, 1);
      }),
      seed,
    );
  });
});

suite('kernel: resolv.conf', () => {
  test('S4: name servers in order, as many as the resolver asks, without comments', () => {
    const text =
      '# nameserver 192.0.2.9\nnameserver 192.0.2.1 # one\n nameserver\t2001:db8::1\nnameserver fe80::1%eth0\nnameserver 192.0.2.4\n';
    assert.deepEqual(parseNameServers(text), ['192.0.2.1', '2001:db8::1', 'fe80::1%eth0']);
  });

  test('what is no address is no name server', () => {
    assert.deepEqual(
      parseNameServers('nameserver\nnameserver example.org\nnameserverx 192.0.2.1\nsearch 192.0.2.1'),
      [],
    );
    fc.assert(
      fc.property(almost, (text) => {
        parseNameServers(text);
      }),
      seed,
    );
  });
});

suite('kernel: lines of ip monitor', () => {
  test('M3: what every interface does by itself is no reason to look', () => {
    assert.ok(isNoise('multicast ff00::/8 dev eth0 table local proto kernel metric 256 pref medium'));
    assert.ok(isNoise('local 192.0.2.2 dev eth0 table local proto kernel scope host src 192.0.2.2'));
    assert.ok(isNoise(''));
    assert.ok(!isNoise('2: eth0: <NO-CARRIER,BROADCAST,MULTICAST,UP> mtu 1500 qdisc noqueue state DOWN group default'));
    assert.ok(!isNoise('Deleted default via 192.0.2.1 dev eth0'));
    assert.ok(!isNoise('2: eth0    inet 192.0.2.2/24 scope global eth0'));
  });
});
