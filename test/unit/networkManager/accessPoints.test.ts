import assert from 'node:assert/strict';
import { BearerType, Purpose } from '../../../src/engine/index.js';
import { systemFacts } from '../../../src/platforms/networkManager/system.js';
import { TreeBuilder } from '../../fixtures/networkManagerTree.js';

const available = (...ids: string[]) => ({ AvailableConnections: ids.map((id) => `/profile/${id}`) });
const noCarrier = { InterfaceFlags: 1 };

suite('NetworkManager: access points from its objects', () => {
  suite('reach', () => {
    test('S1: a profile is in reach when a device that is ready has it available', () => {
      const tree = new TreeBuilder().device('eth0', available('office')).profile('office').profile('elsewhere');
      assert.equal(tree.facts('office').inReach, true);
      assert.equal(tree.facts('elsewhere').inReach, false);
    });

    for (const [title, device] of [
      ['without carrier', noCarrier],
      ['that is unmanaged', { State: 10 }],
      ['that is unavailable', { State: 20 }],
      ['that is not real', { Real: false }],
    ] as const) {
      test(`S1: a profile on a device ${title} is not in reach`, () => {
        const tree = new TreeBuilder().device('eth0', { ...available('office'), ...device }).profile('office');
        assert.equal(tree.facts('office').inReach, false);
      });
    }

    test('S1: a device that cannot tell its carrier, and Wi-Fi, are in reach without', () => {
      const tree = new TreeBuilder()
        .device('wlan0', { ...available('home'), ...noCarrier, DeviceType: 2 })
        .device('old0', { ...available('old'), ...noCarrier, Capabilities: 1 })
        .profile('home', { type: '802-11-wireless' })
        .profile('old');
      assert.equal(tree.facts('home').inReach, true);
      assert.equal(tree.facts('old').inReach, true);
    });

    test('S1: a VPN is in reach when the machine has a route, and its link has carrier', () => {
      const tree = new TreeBuilder({ State: 70, PrimaryConnection: '/active/office/eth0' })
        .device('eth0')
        .profile('office')
        .active('office', 'eth0')
        .profile('vpn', { type: 'vpn' })
        .profile('wg', { type: 'wireguard', 'interface-name': 'wg0' });
      assert.deepEqual([tree.facts('vpn').inReach, tree.facts('wg').inReach], [true, true]);
      tree.device('eth0', noCarrier);
      assert.deepEqual([tree.facts('vpn').inReach, tree.facts('wg').inReach], [false, false]);
      tree.device('eth0').manager({ State: 20 });
      assert.deepEqual([tree.facts('vpn').inReach, tree.facts('wg').inReach], [false, false]);
    });
  });

  suite('link', () => {
    const states = [
      [0, 'starting'],
      [1, 'starting'],
      [2, 'up'],
      [3, 'stopping'],
      [4, 'down'],
      ['nonsense', 'starting'],
    ] as const;
    for (const [state, link] of states) {
      test(`S1: an activation in state ${state} is ${link}`, () => {
        const tree = new TreeBuilder().device('eth0').profile('office').active('office', 'eth0', { State: state });
        assert.equal(tree.facts('office').link, link);
      });
    }

    test('S1: up without carrier is down, and lingers', () => {
      const tree = new TreeBuilder()
        .device('eth0', { ...noCarrier, ...available('office'), State: 100 })
        .profile('office')
        .active('office', 'eth0');
      const { link, lingers, inReach, cause, interface: shown } = tree.facts('office');
      assert.deepEqual(
        { link, lingers, inReach, cause, shown },
        {
          link: 'down',
          lingers: true,
          inReach: false,
          cause: { code: 'carrierLost' },
          shown: undefined,
        },
      );
    });

    test('O8: without carrier because the device is gone', () => {
      const tree = new TreeBuilder().device('eth0', noCarrier).profile('office').active('office', 'eth0');
      tree.context.hasInterface = () => false;
      assert.deepEqual(tree.facts('office').cause, { code: 'deviceRemoved' });
    });

    test('of several activations of one profile the best counts', () => {
      const tree = new TreeBuilder()
        .device('eth0')
        .device('eth1')
        .profile('office')
        .active('office', 'eth0', { State: 3 })
        .active('office', 'eth1');
      assert.equal(tree.facts('office').link, 'up');
      assert.equal(tree.facts('office').device, 'eth1');
      assert.deepEqual(tree.accessPoint('office').activations, ['/active/office/eth0', '/active/office/eth1']);
    });

    test('O10a: a device that waits for a secret waits for the person', () => {
      const tree = new TreeBuilder()
        .device('eth0', { State: 60 })
        .profile('office')
        .active('office', 'eth0', { State: 1 })
        .profile('vpn', { type: 'vpn' })
        .active('vpn', 'eth0', { State: 1, Vpn: true }, { 'VPN.Connection': { VpnState: 2 } });
      assert.equal(tree.facts('office').awaitsPerson, true);
      assert.equal(tree.facts('vpn').awaitsPerson, true);
    });

    test('a start that was asked for is starting, one that was called off is stopping', () => {
      const tree = new TreeBuilder().device('eth0').profile('asked').profile('off').active('off', 'eth0', { State: 1 });
      tree.context.starting = new Set(['asked']);
      tree.context.unwanted = new Set(['off']);
      tree.context.asking = new Set(['asked']);
      assert.equal(tree.facts('asked').link, 'starting');
      assert.equal(tree.facts('asked').awaitsPerson, true);
      assert.equal(tree.facts('off').link, 'stopping');
    });
  });

  suite('what is listed', () => {
    test('M3b: what others configured, loopback, ports and hotspots are not', () => {
      const tree = new TreeBuilder()
        .device('docker0', { DeviceType: 13 })
        .profile('docker0', { type: 'bridge' }, {}, 15)
        .active('docker0', 'docker0', { StateFlags: 0x80 })
        .profile('lo', { type: 'loopback' })
        .profile('port', { master: 'bond0', 'slave-type': 'bond' })
        .profile('port2', { controller: 'bond0' })
        .profile('hotspot', { type: '802-11-wireless' }, { '802-11-wireless': { mode: 'ap' } })
        .profile('peer', { type: 'wifi-p2p' })
        .profile('office');
      assert.deepEqual([...tree.picture.accessPoints.keys()], ['office']);
    });

    test('M3b: an activation by others does not make a profile of ours active', () => {
      const tree = new TreeBuilder().device('eth0').profile('office').active('office', 'eth0', { StateFlags: 0x80 });
      assert.equal(tree.facts('office').link, 'down');
    });

    test('a profile of NetworkManager’s own making is, if it is no description of what others did', () => {
      const tree = new TreeBuilder().profile('Wired connection 1', {}, {}, 3);
      assert.equal(tree.picture.accessPoints.size, 1);
    });
  });

  suite('kinds', () => {
    const bearers = [
      ['802-3-ethernet', BearerType.Ethernet],
      ['pppoe', BearerType.Ethernet],
      ['802-11-wireless', BearerType.WLAN],
      ['bluetooth', BearerType.Bluetooth],
      ['wimax', BearerType.WiMAX],
      ['vpn', BearerType.VPN],
      ['wireguard', BearerType.VPN],
      ['tun', BearerType.VPN],
      ['bond', BearerType.Other],
      ['of the future', BearerType.Other],
      ['gsm', BearerType.Unknown],
    ] as const;
    for (const [type, bearer] of bearers) {
      test(`${type} is ${BearerType[bearer]}`, () => {
        assert.equal(new TreeBuilder().profile('x', { type }).facts('x').bearerType, bearer);
      });
    }

    const modems = [
      [0x40 | 0x8 | 0x4, BearerType['5G']],
      [0x8 | 0x4, BearerType.LTE],
      [0x4, BearerType['3G']],
      [0x2, BearerType.CDMA2000],
      [0, BearerType.Unknown],
    ] as const;
    for (const [capabilities, bearer] of modems) {
      test(`a modem that is capable of ${capabilities} is ${BearerType[bearer]}`, () => {
        const tree = new TreeBuilder()
          .device(
            'cdc0',
            { ...available('mobile'), DeviceType: 8 },
            { 'Device.Modem': { CurrentCapabilities: capabilities } },
          )
          .profile('mobile', { type: 'gsm' });
        assert.equal(tree.facts('mobile').bearerType, bearer);
      });
    }

    test('purposes are a guess from the zone, the key and the kind', () => {
      const wifi = { type: '802-11-wireless' };
      const key = { '802-11-wireless-security': { 'key-mgmt': 'wpa-psk' } };
      const tree = new TreeBuilder()
        .profile('open', wifi)
        .profile('keyed', wifi, key)
        .profile('keyed in public', { ...wifi, zone: 'public' }, key)
        .profile('home', { zone: 'home' })
        .profile('vpn', { type: 'vpn' })
        .profile('cable');
      const purposes = ['open', 'keyed', 'keyed in public', 'home', 'vpn', 'cable'].map((id) => tree.facts(id).purpose);
      const { Public, Private, Unknown } = Purpose;
      assert.deepEqual(purposes, [Public, Private, Public, Private, Private, Unknown]);
    });

    for (const [degree, metered] of [
      [0, undefined],
      [1, true],
      [2, false],
      [3, true],
      [4, false],
      ['x', undefined],
    ] as const) {
      test(`F4: metered ${degree} is ${metered}`, () => {
        const tree = new TreeBuilder().device('eth0', { Metered: degree }).profile('x').active('x', 'eth0');
        assert.equal(tree.facts('x').metered, metered);
      });
    }

    test('F4: what the profile itself says counts more, up or down', () => {
      const tree = new TreeBuilder()
        .device('eth0', { Metered: 4 })
        .profile('yes', { metered: 1 })
        .active('yes', 'eth0')
        .profile('no', { metered: 2 });
      assert.deepEqual([tree.facts('yes').metered, tree.facts('no').metered], [true, false]);
    });

    test('what it reaches is known only where NetworkManager looks', () => {
      const tree = new TreeBuilder().device('eth0', { Ip4Connectivity: 3 }).profile('x').active('x', 'eth0');
      assert.equal(tree.facts('x').connectivity, 'unknown');
      tree.manager({ ConnectivityCheckEnabled: true });
      for (const [ip4, ip6, known] of [
        [3, 0, 'limited'],
        [3, 4, 'full'],
        [1, 0, 'none'],
        [2, 3, 'portal'],
        [1, 3, 'limited'],
        [0, 0, 'unknown'],
        [7, 0, 'unknown'],
      ] as const) {
        tree.device('eth0', { Ip4Connectivity: ip4, Ip6Connectivity: ip6 });
        assert.equal(tree.facts('x').connectivity, known);
      }
    });
  });

  suite('device and interface', () => {
    test('O12: a free device is taken rather than a busy one, and it is the one that is asked for', () => {
      const tree = new TreeBuilder()
        .device('eth0', { ...available('office', 'cafe'), State: 100 })
        .device('eth1', available('cafe'))
        .profile('office')
        .active('office', 'eth0')
        .profile('cafe');
      assert.equal(tree.facts('cafe').device, 'eth1');
      assert.equal(tree.accessPoint('cafe').startDevice, '/device/eth1');
    });

    test('O12: a VPN occupies no device, WireGuard its own', () => {
      const tree = new TreeBuilder({ State: 70 })
        .device('eth0', available('vpn', 'wg'))
        .profile('vpn', { type: 'vpn' })
        .profile('wg', { type: 'wireguard', 'interface-name': 'wg0' })
        .active('vpn', 'eth0', { Vpn: true });
      assert.equal(tree.facts('vpn').device, undefined);
      assert.equal(tree.accessPoint('vpn').startDevice, '/');
      assert.equal(tree.accessPoint('wg').startDevice, '/');
    });

    test('S4: addresses, gateway and name servers of both families', () => {
      const tree = new TreeBuilder()
        .device('eth0', { IpInterface: 'ppp0' })
        .profile('x')
        .active('x', 'eth0', { Ip4Config: '/ip4', Ip6Config: '/ip6' })
        .object('/ip4', 'IP4Config', {
          AddressData: [{ address: '192.0.2.2', prefix: 24 }],
          Gateway: '192.0.2.1',
          NameserverData: [{ address: '192.0.2.53' }, { address: '192.0.2.53' }],
        })
        .object('/ip6', 'IP6Config', {
          AddressData: [{ address: '2001:db8::2', prefix: 64 }],
          Gateway: 'fe80::1',
          Nameservers: [Buffer.from('20010db8000000000000000000000053', 'hex'), Buffer.from('short')],
        });
      assert.deepEqual(tree.facts('x').interface, {
        name: 'ppp0',
        addresses: ['192.0.2.2', '2001:db8::2'],
        gateway: '192.0.2.1',
        dnsServers: ['192.0.2.53', '2001:db8::53'],
      });
    });

    test('S4: before the activation names its configuration, the device’s is the one', () => {
      const tree = new TreeBuilder()
        .device('eth0', { Ip4Config: '/ip4' })
        .profile('x')
        .active('x', 'eth0', { Ip4Config: '/', Ip6Config: '/' })
        .object('/ip4', 'IP4Config', { AddressData: [{ address: '192.0.2.2' }] });
      assert.deepEqual(tree.facts('x').interface?.addresses, ['192.0.2.2']);
    });

    test('S4: a VPN’s interface is the one with its addresses, not its base', () => {
      const tree = new TreeBuilder()
        .device('eth0', { Ip4Config: '/base' })
        .device('tun0', { DeviceType: 16, Ip4Config: '/tunnel' })
        .object('/base', 'IP4Config', { AddressData: [{ address: '192.0.2.2' }] })
        .object('/tunnel', 'IP4Config', { AddressData: [{ address: '10.8.0.2' }] })
        .object('/vpn', 'IP4Config', { AddressData: [{ address: '10.8.0.2' }] })
        .profile('vpn', { type: 'vpn' })
        .active('vpn', 'eth0', { Vpn: true, Ip4Config: '/vpn' });
      assert.equal(tree.facts('vpn').interface?.name, 'tun0');
      assert.equal(tree.accessPoint('vpn').activeDevice?.name, 'tun0');
    });

    test('the signal of a radio network is that of its strongest cell, by the bytes of its name', () => {
      const ssid = Buffer.from([0xff, 0x00, 0x41]);
      const tree = new TreeBuilder()
        .device(
          'wlan0',
          { ...available('home'), DeviceType: 2 },
          { 'Device.Wireless': { AccessPoints: ['/a', '/b', '/c', '/gone'] } },
        )
        .object('/a', 'AccessPoint', { Ssid: ssid, Strength: 40 })
        .object('/b', 'AccessPoint', { Ssid: ssid, Strength: 240 })
        .object('/c', 'AccessPoint', { Ssid: Buffer.from('A'), Strength: 90 })
        .profile('home', { type: '802-11-wireless' }, { '802-11-wireless': { ssid } });
      assert.equal(tree.facts('home').signal, 100);
    });
  });

  suite('the metric', () => {
    const manual = { method: 'manual', gateway: '192.0.2.1' };
    const planned: readonly (readonly [string, string, object, number | undefined])[] = [
      ["is the system's own for a wired link", '802-3-ethernet', { ipv4: manual }, 100],
      ["is the system's own for radio", '802-11-wireless', { ipv4: { method: 'auto' } }, 600],
      ["is the system's own for a modem", 'gsm', { ipv4: { method: 'auto' } }, 700],
      ["is the system's own for Bluetooth", 'bluetooth', { ipv4: { method: 'auto' } }, 750],
      ["is the system's own for a VPN", 'vpn', { ipv4: { method: 'auto' } }, 50],
      ["is the profile's", '802-3-ethernet', { ipv4: { ...manual, 'route-metric': 42n } }, 42],
      ["is the profile's, 0 too", '802-3-ethernet', { ipv4: { ...manual, 'route-metric': 0n } }, 0],
      ['is left to the system by -1', '802-3-ethernet', { ipv4: { ...manual, 'route-metric': -1n } }, 100],
      ['is none without a gateway', '802-3-ethernet', { ipv4: { method: 'manual' } }, undefined],
      [
        'is none that never has a default route',
        '802-3-ethernet',
        { ipv4: { ...manual, 'never-default': true } },
        undefined,
      ],
      [
        'is none where there are link-local addresses only',
        '802-3-ethernet',
        { ipv4: { method: 'link-local' } },
        undefined,
      ],
      [
        'is that of IPv6 where only that has a default route',
        '802-3-ethernet',
        { ipv4: { method: 'disabled' }, ipv6: { method: 'auto', 'route-metric': 77n } },
        77,
      ],
      ['is not known for other kinds', 'unheard-of', { ipv4: manual }, undefined],
    ];
    for (const [what, type, groups, metric] of planned) {
      test(`of what is down ${what}`, () => {
        const tree = new TreeBuilder().profile('x', { type }, groups as Record<string, Record<string, unknown>>);
        assert.equal(tree.facts('x').metric, metric);
      });
    }

    test('of what is up is that of the default route in the main table', () => {
      const route = { dest: '0.0.0.0', prefix: 0, 'next-hop': '192.0.2.1' };
      const up = (...routes: object[]) =>
        new TreeBuilder()
          .device('eth0', { Ip4Config: '/ip4' })
          .object('/ip4', 'IP4Config', { RouteData: routes })
          .profile('x')
          .active('x', 'eth0')
          .facts('x').metric;
      assert.equal(up({ ...route, metric: 20, table: 77 }, { dest: '192.0.2.0', prefix: 24, metric: 1 }), undefined);
      assert.equal(up({ ...route, metric: 20, table: 77 }, { ...route, metric: 101 }, { ...route, metric: 99 }), 99);
    });
  });

  suite('the system', () => {
    const permissions = { control: 'yes', scan: 'yes', checkpoint: 'yes' } as const;

    test('M2: the default is what is routed by, and else what would start first', () => {
      const tree = new TreeBuilder({ State: 70, PrimaryConnection: '/active/slow/eth0' })
        .device('eth0', available('slow', 'old', 'new', 'manual'))
        .profile('slow', { autoconnect: false })
        .active('slow', 'eth0')
        .profile('old', { 'autoconnect-priority': 1, timestamp: 1n })
        .profile('new', { 'autoconnect-priority': 1, timestamp: 2n })
        .profile('manual', { autoconnect: false, 'autoconnect-priority': 9 });
      const routed = systemFacts(tree.picture, permissions);
      assert.deepEqual([routed.defaultIdentifier, routed.defaultIsRouted], ['slow', true]);
      tree.objects.delete('/active/slow/eth0');
      const first = systemFacts(tree.manager({ State: 20, PrimaryConnection: '/' }).picture, permissions);
      assert.deepEqual([first.defaultIdentifier, first.defaultIsRouted], ['new', false]);
    });

    test('M3b: the machine is online while something is up, and its route has carrier', () => {
      const tree = new TreeBuilder({ State: 70, PrimaryConnection: '/active/x/eth0' })
        .device('eth0')
        .profile('x')
        .active('x', 'eth0');
      assert.equal(systemFacts(tree.picture, permissions).isOnline, true);
      assert.equal(systemFacts(tree.device('eth0', noCarrier).picture, permissions).isOnline, false);
      assert.equal(systemFacts(tree.device('eth0').manager({ State: 50 }).picture, permissions).isOnline, false);
    });

    const connectivity = [
      [4, false, 'unknown'],
      [4, true, 'full'],
      [3, true, 'limited'],
      [2, true, 'portal'],
      [9, true, 'unknown'],
      ['x', true, 'unknown'],
    ] as const;
    for (const [degree, checks, said] of connectivity) {
      test(`M3b: connectivity ${degree} is ${said} when NetworkManager ${checks ? 'looks' : 'does not look'}`, () => {
        const tree = new TreeBuilder({ State: 70, Connectivity: degree, ConnectivityCheckEnabled: checks });
        assert.equal(systemFacts(tree.picture, permissions).connectivity, said);
      });
    }

    test('M3b, M4a: a default route that is not of NetworkManager leaves the connectivity unknown', () => {
      assert.equal(systemFacts(new TreeBuilder().picture, permissions, () => true).connectivity, 'unknown');
    });

    test('M3b: without a route there is no connectivity, whether NetworkManager looks or not', () => {
      assert.equal(systemFacts(new TreeBuilder().picture, permissions).connectivity, 'none');
    });
  });
});
