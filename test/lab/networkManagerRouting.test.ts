// Traffic that is moved from one real link to another, by a real NetworkManager: it goes where it should, and nothing is left.
import assert from 'node:assert/strict';
import { Capability } from '../../src/engine/index.js';
import { NetworkManagerPlatform } from '../../src/platforms/networkManager/index.js';
import { failureOf, WatchedPlatform } from '../fixtures/watchedPlatform.js';
import { Lab } from '../harness/lab.mjs';

const lab = Lab.attached();
const office = '11111111-1111-4111-8111-111111111111';
const cafe = '22222222-2222-4222-8222-222222222222';
const served = { tcp: '10.99.0.1:8080' };
const never = new AbortController().signal;

/** All rules and routes of the client, as the kernel has them, but for those of IPv6 that come when a link is first used. */
async function routes(): Promise<string> {
  const rules = await lab.ip('client', 'rule');
  const all = await lab.ip('client', 'route', 'show', 'table', 'all');
  return `${rules}${all.replace(/^multicast .*\n/gm, '')}`;
}

/** The interface by which the system's own traffic leaves. */
async function way(): Promise<string | undefined> {
  return /dev (\S+)/.exec(await lab.ip('client', 'route', 'get', '10.99.0.1'))?.[1];
}

suite('NetworkManager, moving traffic', () => {
  let watched: WatchedPlatform;

  async function begin(kind: 'static' | 'dhcp'): Promise<void> {
    await lab.reset();
    if (kind === 'dhcp') {
      await Promise.all([lab.startDhcp(0), lab.startDhcp(1)]);
      await lab.addProfiles([
        { uuid: office, id: 'Office', interface: 'veth0', method: 'auto' },
        { uuid: cafe, id: 'Cafe', interface: 'veth1', method: 'auto' },
      ]);
    } else {
      await lab.addProfiles([
        { uuid: office, id: 'Office', link: 0 },
        { uuid: cafe, id: 'Cafe', link: 1 },
      ]);
    }
    await lab.startServer();
    watched = await WatchedPlatform.start(new NetworkManagerPlatform());
    await watched.start(office);
    await watched.start(cafe);
  }

  const routing = () => {
    assert.ok(watched.platform.routing);
    return watched.platform.routing;
  };

  teardown(() => watched.dispose());

  for (const kind of ['static', 'dhcp'] as const) {
    suite(`with ${kind} addresses`, () => {
      setup(() => begin(kind));

      test('M5: it says that it can', () => {
        const both = Capability.ApplicationLevelRoaming | Capability.ForcedRoaming;
        assert.equal(watched.system.capabilities & both, both);
      });

      for (const [name, link] of [
        ['the link in use', office],
        ['the other link', cafe],
      ] as const) {
        test(`R5: ${name} prepared and restored leaves all as it was`, async () => {
          const before = await routes();
          await routing().prepare(link);
          assert.notEqual(await routes(), before);
          assert.equal(await way(), 'veth0');
          await routing().restore(link);
          assert.equal(await routes(), before);
        });

        test(`R5: ${name} prepared, preferred and restored leaves all as it was`, async () => {
          const before = await routes();
          await routing().prepare(link);
          await routing().prefer(link);
          assert.equal(await way(), link === office ? 'veth0' : 'veth1');
          await routing().restore(link);
          assert.equal(await routes(), before);
        });
      }

      test('R4, R11: traffic follows the last that was preferred, there and back', async () => {
        const before = await routes();
        const { metric } = watched.facts(cafe);
        for (const [link, interfaceName] of [
          [cafe, 'veth1'],
          [office, 'veth0'],
          [cafe, 'veth1'],
          [office, 'veth0'],
        ] as const) {
          await routing().prefer(link);
          assert.equal(await way(), interfaceName);
        }
        await watched.until(() => watched.facts(cafe).metric === metric);
        await routing().restore(office);
        assert.equal(await routes(), before);
      });

      test('what is bound to a prepared link proves its uplink, while the system goes on by the other', async () => {
        await routing().prepare(cafe);
        assert.equal((await routing().test(cafe, served, never)).passed, true);
        await lab.ip('right', 'route', 'del', 'default');
        try {
          const { passed, detail } = await routing().test(cafe, served, never);
          assert.equal(passed, false, detail);
          assert.equal(await way(), 'veth0');
        } finally {
          await lab.ip('right', 'route', 'add', 'default', 'via', '10.98.1.2');
        }
        await routing().restore(cafe);
        assert.equal((await routing().test(cafe, served, never)).passed, false);
      });

      test('R5: stopping it leaves nothing either', async () => {
        await watched.stop(cafe);
        const before = await routes();
        await watched.start(cafe);
        await routing().prepare(cafe);
        await routing().prefer(cafe);
        await watched.stop(cafe);
        assert.equal(await routes(), before);
      });

      test('what others have added to the link stays', async () => {
        await lab.ip('client', 'route', 'add', '172.16.0.0/16', 'via', '10.9.1.1', 'dev', 'veth1');
        const before = await routes();
        await routing().prepare(cafe);
        await routing().prefer(cafe);
        await routing().restore(cafe);
        assert.equal(await routes(), before);
      });
    });
  }

  for (const kind of ['static', 'dhcp'] as const) {
    for (const metric of [60, 100, 300]) {
      suite(`R3: a provisional start with ${kind} addresses and the metric ${metric}, beside 100`, () => {
        let before: string;

        setup(async () => {
          await begin(kind);
          await watched.stop(cafe);
          await lab.nmcli('connection', 'modify', cafe, 'ipv4.route-metric', `${metric}`);
          await watched.until(() => watched.facts(cafe).metric === metric);
          before = await routes();
          await watched.platform.startAccessPoint(cafe, { interactive: false, provisional: true });
        });

        const metrics = () => [watched.facts(office).metric, watched.facts(cafe).metric];

        test('R3, R5: leaves the traffic where it is, and nothing of it is left when it is rejected', async () => {
          assert.equal(await way(), 'veth0');
          await routing().prepare(cafe);
          assert.equal(await way(), 'veth0');
          assert.equal((await routing().test(cafe, served, never)).passed, true);
          assert.deepEqual(metrics(), [100, metric]);
          await routing().restore(cafe);
          assert.equal(await way(), 'veth0');
          await watched.stop(cafe);
          assert.equal(await routes(), before);
          assert.deepEqual(metrics(), [100, metric]);
        });

        test('R4: leaves nothing on the old link when it is accepted', async () => {
          await routing().prepare(cafe);
          await routing().prefer(cafe);
          assert.equal(await way(), 'veth1');
          assert.deepEqual(metrics(), [100, metric]);
          assert.doesNotMatch(await lab.ip('client', 'route', 'show', 'dev', 'veth0'), /metric (?!100 )/);
          await routing().restore(cafe);
          await watched.stop(cafe);
          assert.equal(await routes(), before);
        });

        test('R8a: does not touch the old link when that dies, and what has held the traffic goes when it is back', async () => {
          await lab.pullCable(0);
          await watched.until(() => watched.facts(office).link !== 'up');
          await routing().prefer(cafe);
          assert.equal(await way(), 'veth1');
          await routing().restore(cafe);
          await watched.stop(cafe);
          await lab.plugCable(0);
          await watched.untilLink(office, 'up');
          while ((await routes()) !== before) {
            await new Promise((resolve) => setImmediate(resolve));
          }
        });
      });
    }
  }

  test('a link with IPv6 keeps its addresses, and is prepared for both', async () => {
    await begin('static');
    const sections = { ipv6: { method: 'manual', address1: 'fd00:9:1::2/64,fd00:9:1::1' } };
    const both = await lab.addProfile({ id: 'Both', link: 1, sections });
    await watched.until(() => watched.log.known.has(both));
    await watched.start(both);
    await routing().prepare(both);
    await routing().prefer(both);
    assert.equal(await way(), 'veth1');
    assert.match(await lab.ip('client', '-6', 'rule'), /from fd00:9:1::2 lookup/);
    await routing().restore(both);
    assert.equal(await way(), 'veth0');
    assert.match(await lab.ip('client', '-6', 'addr', 'show', 'dev', 'veth1'), /fd00:9:1::2\/64/);
    assert.doesNotMatch(await lab.ip('client', 'rule'), /10\.9\.1\.2/);
    assert.doesNotMatch(await lab.ip('client', '-6', 'rule'), /fd00/);
    await watched.stop(both);
  });

  test('one without carrier is not touched', async () => {
    await begin('static');
    await lab.pullCable(1);
    await watched.until(() => watched.facts(cafe).link !== 'up');
    const before = await routes();
    for (const call of [routing().prepare(cafe), routing().prefer(cafe)]) {
      assert.equal((await failureOf(call)).facts.code, 'carrierLost');
    }
    assert.equal(await routes(), before);
  });
});
