import fc from 'fast-check';
import { NetworkManagerPlatform } from '../../../src/platforms/networkManager/index.js';
import { systemFacts } from '../../../src/platforms/networkManager/system.js';
import { FakeNetworkManager, value } from '../../fixtures/fakeNetworkManager.js';
import { TreeBuilder } from '../../fixtures/networkManagerTree.js';
import { UpdateLog } from '../../fixtures/platformContract.js';
import { WatchedPlatform } from '../../fixtures/watchedPlatform.js';

/** Anything that can come over D-Bus where something else is wanted. */
const anything = fc.oneof(
  fc.constantFrom<unknown>(
    undefined,
    null,
    '',
    '/',
    Number.NaN,
    2 ** 64,
    -1,
    0n,
    2n ** 63n,
    true,
    [],
    {},
    Buffer.alloc(0),
  ),
  fc.string({ unit: 'binary' }),
  fc.integer(),
  fc.bigInt(),
  fc.double(),
  fc.boolean(),
  fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  fc.array(fc.anything()),
  fc.dictionary(
    fc.constantFrom('value', 'signature', 'address', '__proto__', 'constructor', 'toString'),
    fc.anything(),
  ),
);

const seed = 20_250_101;

function whole(): TreeBuilder {
  return new TreeBuilder({ State: 70, PrimaryConnection: '/active/office/eth0', ConnectivityCheckEnabled: true })
    .device(
      'eth0',
      {
        AvailableConnections: ['/profile/office', '/profile/vpn'],
        Ip4Config: '/ip4',
        Metered: 3,
        Real: true,
        IpInterface: 'x',
      },
      { 'Device.Wired': { Carrier: true, Speed: 1000 }, 'Device.Modem': { CurrentCapabilities: 8 } },
    )
    .device(
      'wlan0',
      { DeviceType: 2, AvailableConnections: ['/profile/home'] },
      { 'Device.Wireless': { AccessPoints: ['/cell'] } },
    )
    .object('/cell', 'AccessPoint', { Ssid: Buffer.from('Home'), Strength: 50 })
    .object('/ip4', 'IP4Config', {
      AddressData: [{ address: '192.0.2.2' }],
      NameserverData: [{ address: '192.0.2.53' }],
      RouteData: [{ dest: '0.0.0.0', prefix: 0, 'next-hop': '192.0.2.1', metric: 100 }],
    })
    .object('/ip6', 'IP6Config', { AddressData: [{ address: '2001:db8::1' }], Nameservers: [Buffer.alloc(16)] })
    .active('office', 'eth0', { Ip4Config: '/ip4', Ip6Config: '/ip6', Vpn: false })
    .active('vpn', 'eth0', { Vpn: true, Ip4Config: '/ip4' }, { 'VPN.Connection': { VpnState: 2 } });
}

suite('NetworkManager: hostile values', () => {
  const groups = {
    ipv4: { method: 'manual', gateway: '192.0.2.1', 'route-metric': 100n, 'never-default': false },
    '802-11-wireless': { ssid: Buffer.from('Home'), mode: 'infrastructure' },
    '802-11-wireless-security': { 'psk-flags': 1 },
    vpn: { data: { 'password-flags': '2' } },
  };
  const connection = {
    zone: 'home',
    autoconnect: true,
    timestamp: 1n,
    metered: 1,
    'interface-name': 'eth0',
    master: '',
  };

  test('properties of every wrong type break nothing, and what is told of them is well formed', () => {
    const places = [...whole().objects].flatMap(([path, all]) =>
      Object.entries(all).flatMap(([name, values]) => Object.keys(values).map((key) => [path, name, key] as const)),
    );
    const spoiled = fc.array(fc.tuple(fc.constantFrom(...places), anything), { minLength: 1, maxLength: 12 });
    const check = fc.property(spoiled, (changes) => {
      const tree = whole().profile('office').profile('vpn', { type: 'vpn' }).profile('home', {}, groups);
      for (const [[path, name, key], spoil] of changes) {
        Object.assign(tree.objects.get(path)?.[name] ?? {}, { [key]: spoil });
      }
      tellWellFormed(tree);
    });
    fc.assert(check, { seed, numRuns: 2000 });
  });

  test('settings of every wrong type break nothing', () => {
    const spoiled = fc.array(fc.tuple(fc.constantFrom(...Object.keys(connection), 'id', 'type'), anything), {
      maxLength: 6,
    });
    const check = fc.property(spoiled, fc.constantFrom(...Object.keys(groups)), anything, (changes, group, spoil) => {
      const spoiledConnection = { ...connection, ...Object.fromEntries(changes) };
      const tree = whole().profile('office', spoiledConnection, { ...groups, [group]: spoil }, spoil);
      tellWellFormed(tree);
    });
    fc.assert(check, { seed, numRuns: 2000 });
  });

  test('over a bus: objects of wrong types, signals about nothing, and it goes on serving', async () => {
    const fake = await FakeNetworkManager.start();
    fake.addDevice('eth0');
    const office = fake.addProfile({ name: 'Office', device: 'eth0' });
    fake.addProfile({ more: { connection: { uuid: value('u', 7), id: value('ay', Buffer.from([255])) } } });
    fake.addProfile({ more: { connection: { type: value('a{sv}', {}), 'interface-name': value('i', -1) } } });
    const nowhere = '/org/freedesktop/NetworkManager/Devices/4000';
    fake.addObject(nowhere, {
      'org.freedesktop.NetworkManager.Device': {
        State: value('s', 'x'),
        AvailableConnections: value('as', ['/', 'x']),
      },
    });
    const watched = await WatchedPlatform.start(
      new NetworkManagerPlatform({ busAddress: fake.address, procRoot: fake.procRoot, sysRoot: fake.sysRoot }),
    );
    const device = 'org.freedesktop.NetworkManager.Device';
    const properties = 'org.freedesktop.DBus.Properties';
    fake.say('/org/freedesktop/nothing', properties, 'PropertiesChanged', 'sa{sv}as', [device, {}, []]);
    fake.say(nowhere, properties, 'PropertiesChanged', 'u', [5]);
    fake.say(nowhere, device, 'StateChanged', 's', ['up']);
    fake.say('/org/freedesktop', 'org.freedesktop.DBus.ObjectManager', 'InterfacesAdded', 'v', [value('u', 1)]);
    fake.say('/org/freedesktop', 'org.freedesktop.DBus.ObjectManager', 'InterfacesRemoved');
    fake.say('/org/freedesktop/x', 'org.freedesktop.NetworkManager.Connection.Active', 'StateChanged', 'as', [['x']]);
    fake.say('/org/freedesktop/x', 'org.freedesktop.NetworkManager.Settings.Connection', 'Updated');
    await watched.start(office);
    await watched.stop(office);
    await watched.dispose();
    await fake.dispose();
  });
});

/** Tells of it as the platform would, to a listener that holds it against the port. */
function tellWellFormed(tree: TreeBuilder): void {
  const { picture } = tree;
  const log = new UpdateLog();
  log.listener({
    whole: true,
    accessPoints: [...picture.accessPoints.values()].map(({ facts }) => facts),
    system: systemFacts(picture, { control: 'unknown', scan: 'no', checkpoint: 'unknown' }),
  });
  log.check();
}
