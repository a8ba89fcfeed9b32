import assert from 'node:assert/strict';
import { SessionError } from '../../src/engine/index.js';
import { NetworkManagerPlatform } from '../../src/platforms/networkManager/index.js';
import { failureOf, WatchedPlatform } from '../fixtures/watchedPlatform.js';
import { Lab } from '../harness/lab.mjs';

const lab = Lab.attached();
const office = '11111111-1111-4111-8111-111111111111';
const cafe = '22222222-2222-4222-8222-222222222222';
const control = 'org.freedesktop.NetworkManager.network-control';
const nobody = 65_534;

/** Runs with the rights of somebody who is not root, as far as the kernel and the bus see it. */
async function asNobody<T>(act: () => Promise<T>): Promise<T> {
  const { getuid } = process;
  process.seteuid?.(nobody);
  process.getuid = () => nobody;
  try {
    return await act();
  } finally {
    process.seteuid?.(0);
    process.getuid = getuid as () => number;
  }
}

suite('NetworkManager, when things go wrong', () => {
  let watched: WatchedPlatform;

  setup(async () => {
    await lab.reset();
    await lab.addProfiles([
      { uuid: office, id: 'Office', link: 0, dns: ['10.99.0.1'] },
      { uuid: cafe, id: 'Cafe', link: 1, metered: 'yes' },
    ]);
    watched = await WatchedPlatform.start(new NetworkManagerPlatform());
  });

  teardown(() => watched.dispose());

  test('S4: what is up has its interface at once, whole', async () => {
    await watched.start(office);
    assert.deepEqual(watched.facts(office).interface, {
      name: 'veth0',
      addresses: ['10.9.0.2'],
      gateway: '10.9.0.1',
      dnsServers: ['10.99.0.1'],
    });
    const up = watched.log.updates.flatMap(({ accessPoints = [] }) => accessPoints).filter(({ link }) => link === 'up');
    assert.deepEqual(up[0]?.interface, watched.facts(office).interface);
  });

  test('O1: what is up already is attached to, not torn down and started again', async () => {
    await lab.nmcli('connection', 'up', office);
    await watched.untilLink(office, 'up');
    await watched.start(office);
    await watched.platform.look();
    assert.equal(watched.links(office).at(-1), 'up');
    assert.equal(watched.links(office).filter((link) => link === 'up').length, 1);
  });

  test('O1: what others are starting is attached to', async () => {
    const dhcp = await lab.addProfile({ id: 'Slow', interface: 'veth0', method: 'auto' });
    await watched.until(() => watched.log.known.has(dhcp));
    await lab.nmcli('--wait', '0', 'connection', 'up', dhcp);
    await watched.untilLink(dhcp, 'starting');
    const start = failureOf(watched.start(dhcp));
    await lab.nmcli('connection', 'down', dhcp);
    assert.equal((await start).facts.code, 'disconnectedElsewhere');
    assert.deepEqual(watched.links(dhcp).filter((link) => link === 'starting').length, 1);
  });

  test('S1: a pulled cable is a loss at once, and what is left of it lingers until it is stopped', async () => {
    await watched.start(office);
    await lab.pullCable(0);
    await watched.until(() => watched.facts(office).link !== 'up');
    const { link, lingers, inReach, cause } = watched.facts(office);
    assert.deepEqual(
      { link, lingers, inReach, cause: cause?.code },
      {
        link: 'down',
        lingers: true,
        inReach: false,
        cause: 'carrierLost',
      },
    );
    assert.equal(watched.system.isOnline, false);
    await watched.stop(office);
    assert.equal(watched.facts(office).lingers, false);
  });

  test('O4: one that never gets an address fails with the reason', async () => {
    const sections = { ipv4: { 'dhcp-timeout': 1 } };
    const dhcp = await lab.addProfile({ id: 'Nobody answers', interface: 'veth1', method: 'auto', sections });
    await watched.until(() => watched.log.known.has(dhcp));
    const failure = await failureOf(watched.start(dhcp));
    assert.equal(failure.facts.code, 'noAddress');
    assert.equal(watched.facts(dhcp).link, 'down');
    assert.equal(watched.facts(dhcp).cause?.code, 'noAddress');
  });

  test('O6: 100 starts, each cancelled at another moment, leave nothing up', async () => {
    for (let round = 0; round < 100; round++) {
      const start = watched.start(cafe).catch((error: unknown) => error);
      for (let turn = 0; turn < round % 25; turn++) {
        await new Promise((resolve) => setImmediate(resolve));
      }
      let accepted = 0;
      await watched.platform.stopAccessPoint(cafe, () => {
        accepted += 1;
      });
      await start;
      assert.equal(accepted, 1);
      assert.equal(watched.facts(cafe).link, 'down');
    }
    assert.doesNotMatch(await lab.nmcli('-t', '-f', 'UUID', 'connection', 'show', '--active'), new RegExp(cafe));
  });

  test('O8: one that others take down says so', async () => {
    await watched.start(office);
    await lab.nmcli('connection', 'down', office);
    await watched.untilLink(office, 'down');
    assert.equal(watched.facts(office).cause?.code, 'disconnectedElsewhere');
  });

  test('O8, O12: one whose device another takes says which', async () => {
    const other = await lab.addProfile({ id: 'Other [x](command:y)', link: 0 });
    await watched.until(() => watched.log.known.has(other));
    await watched.start(office);
    assert.equal(watched.facts(other).device, watched.facts(office).device);
    await watched.start(other);
    await watched.untilLink(office, 'down');
    assert.deepEqual(
      { code: watched.facts(office).cause?.code, other: watched.facts(office).cause?.other },
      { code: 'displaced', other: 'Other [x](command:y)' },
    );
  });

  test('O11: a profile that is deleted while it is up is gone', async () => {
    await watched.start(office);
    await lab.deleteProfile(office);
    await watched.until(() => !watched.log.known.has(office));
    assert.equal(watched.system.isOnline, false);
  });

  test('O11: a profile that is deleted while it is starting fails the start', async () => {
    const dhcp = await lab.addProfile({ id: 'Slow', interface: 'veth0', method: 'auto' });
    await watched.until(() => watched.log.known.has(dhcp));
    const start = failureOf(watched.start(dhcp));
    await watched.untilLink(dhcp, 'starting');
    await lab.deleteProfile(dhcp);
    assert.equal((await start).facts.code, 'profileRemoved');
  });

  test('O8: a device that is taken out while it is used', async () => {
    await watched.start(office);
    await lab.removeDevice('veth0');
    await watched.until(() => watched.facts(office).link !== 'up');
    assert.equal(watched.facts(office).cause?.code, 'deviceRemoved');
    await watched.until(() => !watched.facts(office).inReach && !watched.facts(office).lingers);
  });

  test('O13: NetworkManager is killed: nothing is given up, and it is found again', async () => {
    await watched.start(office);
    await lab.killNetworkManager();
    await watched.until(() => watched.system.away !== undefined);
    assert.equal(watched.facts(office).link, 'up');
    assert.equal((await failureOf(watched.start(cafe))).facts.code, 'platformAway');
    await lab.startNetworkManager();
    await watched.until(() => watched.system.away === undefined);
    await watched.untilLink(office, 'up');
    assert.deepEqual(watched.identifiers, [office, cafe]);
    await watched.stop(office);
  });

  test('O13: NetworkManager is killed in the middle of a start', async () => {
    const dhcp = await lab.addProfile({ id: 'Slow', interface: 'veth0', method: 'auto' });
    await watched.until(() => watched.log.known.has(dhcp));
    const start = failureOf(watched.start(dhcp));
    await watched.untilLink(dhcp, 'starting');
    await lab.killNetworkManager();
    assert.equal((await start).facts.code, 'platformGone');
  });

  test('O13: the bus is killed, and started again, and NetworkManager after it', async () => {
    await watched.start(office);
    await lab.killBus();
    await watched.until(() => watched.system.away !== undefined);
    await lab.startBus();
    // It does not come back to a new bus by itself.
    await lab.killNetworkManager();
    await lab.startNetworkManager();
    await watched.until(() => watched.system.away === undefined);
    await watched.untilLink(office, 'up');
    await watched.stop(office);
  });

  test('M5: who may not start or stop is told before, and is refused', async () => {
    await lab.reset({ polkit: true });
    await lab.addProfiles([
      { uuid: office, id: 'Office', link: 0 },
      { uuid: cafe, id: 'Cafe', link: 1 },
    ]);
    await lab.nmcli('connection', 'up', office);
    await lab.startPolkit('deny');
    const other = await asNobody(() => WatchedPlatform.start(new NetworkManagerPlatform()));
    assert.deepEqual(other.system.obstacles.start, { code: 'missingPermission', permission: control });
    assert.deepEqual(other.system.obstacles.stop, { code: 'missingPermission', permission: control });
    for (const call of [other.start(cafe, true), other.stop(office)]) {
      const failure = await failureOf(call);
      assert.equal(failure.error, SessionError.OperationNotSupportedError);
      assert.equal(failure.facts.permission, control);
    }
    assert.equal(other.facts(office).link, 'up');
    await other.dispose();
  });

  test('F3: who would be asked for the right is not asked in the background, and may be refused when asked', async () => {
    await lab.reset({ polkit: true });
    await lab.addProfiles([{ uuid: cafe, id: 'Cafe', link: 1 }]);
    await lab.startPolkit('challenge');
    const other = await asNobody(() => WatchedPlatform.start(new NetworkManagerPlatform()));
    assert.deepEqual(other.system.obstacles, {});
    const background = await failureOf(other.start(cafe, false));
    assert.equal(background.error, SessionError.InvalidConfigurationError);
    assert.equal(background.facts.code, 'missingPermission');
    const asked = await failureOf(other.start(cafe, true));
    assert.equal(asked.error, SessionError.OperationNotSupportedError);
    assert.equal(asked.facts.code, 'missingPermission');
    assert.equal(other.facts(cafe).link, 'down');
    await other.dispose();
  });

  test('M3b: what others made is neither listed nor touched', async () => {
    await lab.addDevice('docker0', { type: 'bridge' });
    await lab.ip('client', 'addr', 'add', '172.17.0.1/16', 'dev', 'docker0');
    await watched.platform.look();
    assert.deepEqual(watched.identifiers, [office, cafe]);
    await watched.start(office);
    await watched.stop(office);
    assert.match(await lab.ip('client', 'addr', 'show', 'docker0'), /172\.17\.0\.1/);
    assert.deepEqual(watched.identifiers, [office, cafe]);
  });

  test('names and networks of hostile bytes', async () => {
    const names = ['[x](command:y)', '\u202eevil', 'a\nb', '../../etc', '__proto__', 'constructor'];
    const added = await lab.addProfiles(names.map((id) => ({ id, type: 'wifi' })));
    names.push('💥'.repeat(40), 'no text');
    added.push(await lab.addProfile({ id: '💥'.repeat(40) }));
    const ssid = '255;254;0;10;27;91;0;';
    added.push(await lab.addProfile({ id: 'no text', type: 'wifi', sections: { wifi: { ssid } } }));
    await watched.until(() => added.every((identifier) => watched.log.known.has(identifier)));
    assert.deepEqual(
      added.map((identifier) => watched.facts(identifier).name),
      names,
    );
  });

  test('F4: a metered network is told as such, up or down', async () => {
    assert.equal(watched.facts(cafe).metered, true);
    await watched.start(cafe);
    assert.equal(watched.facts(cafe).metered, true);
  });
});
