import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { NetworkManagerPlatform } from '../../../src/platforms/networkManager/index.js';
import { FakeNetworkManager } from '../../fixtures/fakeNetworkManager.js';
import { TestClock } from '../../fixtures/testClock.js';
import { failureOf, WatchedPlatform } from '../../fixtures/watchedPlatform.js';

suite('NetworkManager: coming and going', () => {
  let fake: FakeNetworkManager;
  let office: string;
  let clock: TestClock;

  setup(async () => {
    clock = new TestClock();
    fake = await FakeNetworkManager.start();
    fake.addDevice('eth0');
    office = fake.addProfile({ name: 'Office', device: 'eth0' });
    fake.putUp(office);
  });

  teardown(() => fake.dispose());

  const watch = () => {
    const { address, procRoot, sysRoot } = fake;
    return WatchedPlatform.start(new NetworkManagerPlatform({ busAddress: address, clock, procRoot, sysRoot }));
  };

  /** Lets time go by until something is so. */
  const passUntil = async (isSo: () => boolean) => {
    while (!isSo()) {
      await clock.advance(10);
    }
  };

  test('M3: nothing is asked and no timer is set while nothing happens', async () => {
    const watched = await watch();
    const { length } = fake.calls;
    await clock.advance(3_600_000);
    assert.equal(fake.calls.length, length);
    assert.equal(clock.pending, 0);
    assert.equal(watched.log.updates.length, 1);
    await watched.dispose();
  });

  test('without a bus it starts, away, and is there when the bus and NetworkManager are', async () => {
    await fake.killBus();
    const watched = await watch();
    assert.equal(watched.log.updates.length, 1);
    assert.equal(watched.system.away?.code, 'platformAway');
    assert.deepEqual(watched.identifiers, []);
    assert.equal((await failureOf(watched.start(office))).facts.code, 'platformAway');
    assert.equal(clock.pending, 0, 'it waits for the socket, not for time');
    await fake.startBus();
    await fake.appear();
    await passUntil(() => watched.system.away === undefined);
    assert.equal(watched.log.updates.at(-1)?.whole, true);
    assert.equal(watched.facts(office).link, 'up');
    await watched.dispose();
  });

  test('with a bus and without NetworkManager it starts, away, and is there when NetworkManager is', async () => {
    await fake.disappear();
    const watched = await watch();
    assert.equal(watched.system.away?.code, 'platformAway');
    assert.equal(clock.pending, 0);
    await fake.appear();
    await watched.until(() => watched.system.away === undefined);
    assert.equal(watched.facts(office).link, 'up');
    await watched.dispose();
  });

  test('NetworkManager has its name before it has anything to show', async () => {
    await fake.disappear();
    const watched = await watch();
    fake.isEmpty = true;
    await fake.appear();
    await passUntil(() => fake.calls.filter((call) => call === 'GetManagedObjects').length > 2);
    assert.notEqual(watched.system.away, undefined);
    fake.isEmpty = false;
    await passUntil(() => watched.system.away === undefined);
    assert.equal(clock.pending, 0);
    await watched.dispose();
  });

  test('one that never shows anything is not asked for ever', async () => {
    await fake.disappear();
    fake.isEmpty = true;
    await fake.appear();
    const started = watch();
    let watched: WatchedPlatform | undefined;
    void started.then((value) => {
      watched = value;
    });
    await passUntil(() => watched !== undefined);
    assert.equal(watched?.system.away?.code, 'platformAway');
    assert.equal(clock.pending, 0);
    await watched?.dispose();
  });

  test('O13: a restart gives every path another number, and identifiers stay', async () => {
    const watched = await watch();
    const before = fake.pathOf(office);
    await fake.disappear();
    await watched.until(() => watched.system.away !== undefined);
    assert.equal(watched.facts(office).link, 'up', 'nothing is given up yet');
    assert.deepEqual(Object.keys(watched.system.obstacles).sort(), ['start', 'stop', 'update']);
    await fake.appear();
    await watched.until(() => watched.system.away === undefined);
    assert.notEqual(fake.pathOf(office), before);
    assert.equal(watched.log.updates.at(-1)?.whole, true);
    assert.deepEqual(watched.identifiers, [office]);
    await watched.stop(office);
    assert.equal(watched.facts(office).link, 'down');
    await watched.dispose();
  });

  test('O13, O5a: what was up before a restart and is up still is the same start, a later one is not', async () => {
    const watched = await watch();
    const { activation } = watched.facts(office);
    for (let restart = 0; restart < 2; restart++) {
      await fake.disappear();
      await watched.until(() => watched.system.away !== undefined);
      await fake.appear();
      await watched.until(() => watched.system.away === undefined);
      assert.equal(watched.facts(office).activation, activation);
    }
    await watched.stop(office);
    assert.equal(watched.facts(office).activation, undefined);
    await watched.start(office);
    assert.notEqual(watched.facts(office).activation ?? activation, activation);
    await watched.dispose();
  });

  test('O13: what is under way when NetworkManager goes ends so', async () => {
    fake.addDevice('eth1');
    const cafe = fake.addProfile({ device: 'eth1' });
    fake.setFate(cafe, 'hold');
    const watched = await watch();
    const start = failureOf(watched.start(cafe));
    await watched.untilLink(cafe, 'starting');
    const stop = failureOf(watched.stop(office));
    await fake.disappear();
    assert.equal((await start).facts.code, 'platformGone');
    assert.equal((await stop).facts.code, 'platformGone');
    await watched.dispose();
  });

  test('O13: the bus dies and comes back', async () => {
    const watched = await watch();
    await clock.advance(2_000);
    await fake.killBus();
    await passUntil(() => watched.system.away !== undefined);
    await fake.startBus();
    await fake.appear();
    await passUntil(() => watched.system.away === undefined);
    assert.equal(watched.facts(office).link, 'up');
    await watched.dispose();
  });

  test('a bus that hangs up each time is not asked in a circle', async () => {
    await fake.killBus();
    let count = 0;
    const server = net.createServer((socket) => {
      count += 1;
      socket.destroy();
    });
    mkdirSync(path.dirname(fake.socket));
    server.listen(fake.socket);
    await once(server, 'listening');
    const watched = await watch();
    await passUntil(() => clock.now() > 60_000 && clock.pending === 0);
    const asked = count;
    assert.ok(asked < 10);
    await clock.advance(3_600_000);
    assert.equal(count, asked);
    server.close();
    await watched.dispose();
  });

  test('M4: the person’s wish to look again is one to try the bus again', async () => {
    await fake.killBus();
    const watched = await watch();
    assert.equal((await failureOf(watched.platform.look())).facts.code, 'platformAway');
    await watched.dispose();
  });

  test('an address that is none is away for good, without a timer', async () => {
    const watched = await WatchedPlatform.start(new NetworkManagerPlatform({ busAddress: 'nonsense', clock }));
    await clock.advance(60_000);
    assert.equal(watched.system.away?.code, 'platformAway');
    assert.equal(clock.pending, 0);
    await watched.dispose();
  });
});
