import assert from 'node:assert/strict';
import { Capability, type CauseCode, SessionError } from '../../../src/engine/index.js';
import { NetworkManagerPlatform } from '../../../src/platforms/networkManager/index.js';
import { FakeNetworkManager, value } from '../../fixtures/fakeNetworkManager.js';
import { TestClock } from '../../fixtures/testClock.js';
import { failureOf, WatchedPlatform } from '../../fixtures/watchedPlatform.js';

const control = 'org.freedesktop.NetworkManager.network-control';
const scan = 'org.freedesktop.NetworkManager.wifi.scan';
const nm = 'org.freedesktop.NetworkManager';

suite('NetworkManager: starting and stopping', () => {
  let fake: FakeNetworkManager;
  let watched: WatchedPlatform;
  let clock: TestClock;
  let office: string;

  setup(async () => {
    clock = new TestClock();
    fake = await FakeNetworkManager.start();
    fake.addDevice('eth0');
    office = fake.addProfile({ name: 'Office', device: 'eth0' });
    const { address, procRoot, sysRoot } = fake;
    watched = await WatchedPlatform.start(
      new NetworkManagerPlatform({ busAddress: address, clock, procRoot, sysRoot }),
    );
  });

  teardown(async () => {
    await watched.dispose();
    await fake.dispose();
  });

  const untilCalled = async (member: string, times = 1) => {
    while (fake.calls.filter((call) => call === member).length < times) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  };

  const grant = async (permissions: Record<string, string>) => {
    fake.setPermissions(permissions);
    await untilCalled('GetPermissions', 2);
    await watched.platform.look();
  };

  test('O1: what is up is not started again', async () => {
    fake.putUp(office);
    await watched.untilLink(office, 'up');
    await watched.start(office);
    assert.equal(fake.starts, 0);
    assert.equal(watched.facts(office).link, 'up');
  });

  test('O1: what somebody else is starting is waited for, not started again', async () => {
    fake.setFate(office, 'hold');
    const others = await WatchedPlatform.start(new NetworkManagerPlatform({ busAddress: fake.address }));
    const theirs = failureOf(others.start(office));
    await watched.untilLink(office, 'starting');
    const ours = failureOf(watched.start(office));
    fake.takeDown(office, 5);
    assert.equal((await ours).facts.code, 'noAddress');
    assert.equal((await theirs).facts.code, 'noAddress');
    assert.equal(fake.starts, 1);
    await others.dispose();
  });

  test('O1: two starts at once are one', async () => {
    await Promise.all([watched.start(office), watched.start(office)]);
    assert.equal(fake.starts, 1);
  });

  const reasons: readonly (readonly [number, CauseCode, SessionError])[] = [
    [4, 'settingsWrong', SessionError.InvalidConfigurationError],
    [5, 'noAddress', SessionError.UnknownSessionError],
    [7, 'secretsMissing', SessionError.InvalidConfigurationError],
    [11, 'other', SessionError.UnknownSessionError],
    [17, 'noAddress', SessionError.UnknownSessionError],
    [45, 'deviceFailed', SessionError.UnknownSessionError],
    [53, 'carrierLost', SessionError.UnknownSessionError],
    [59, 'authenticationFailed', SessionError.InvalidConfigurationError],
    [4_000, 'other', SessionError.UnknownSessionError],
  ];
  for (const [reason, code, error] of reasons) {
    test(`O4: a start that fails for reason ${reason} is ${code}`, async () => {
      fake.setFate(office, { reason });
      const failure = await failureOf(watched.start(office));
      assert.deepEqual([failure.facts.code, failure.error], [code, error]);
      assert.equal(watched.facts(office).link, 'down');
      assert.equal(watched.facts(office).cause?.code, code);
    });
  }

  const errors: readonly (readonly [string, CauseCode, SessionError])[] = [
    [`${nm}.PermissionDenied`, 'missingPermission', SessionError.OperationNotSupportedError],
    [`${nm}.Settings.PermissionDenied`, 'missingPermission', SessionError.OperationNotSupportedError],
    [`${nm}.UnknownConnection`, 'notInReach', SessionError.InvalidConfigurationError],
    [`${nm}.UnknownDevice`, 'notInReach', SessionError.InvalidConfigurationError],
    [`${nm}.AgentManager.UserCanceled`, 'refused', SessionError.SessionAbortedError],
    ['org.freedesktop.DBus.Error.ServiceUnknown', 'platformAway', SessionError.OperationNotSupportedError],
    ['org.example.Unheard', 'other', SessionError.UnknownSessionError],
  ];
  for (const [dbusName, code, error] of errors) {
    test(`O4: a start that is answered with ${dbusName} is ${code}`, async () => {
      fake.refuseNext('ActivateConnection', dbusName);
      const failure = await failureOf(watched.start(office));
      assert.deepEqual([failure.facts.code, failure.error], [code, error]);
      assert.equal(watched.facts(office).link, 'down');
    });
  }

  test('O4: what is not in reach is not started', async () => {
    fake.setCarrier('eth0', false);
    await watched.until(() => !watched.facts(office).inReach);
    assert.equal((await failureOf(watched.start(office))).facts.code, 'notInReach');
    assert.equal(fake.starts, 0);
  });

  test('O4: a cable that is pulled in the middle of a start, when NetworkManager would keep it', async () => {
    fake.setFate(office, 'hold');
    const start = failureOf(watched.start(office));
    await watched.untilLink(office, 'starting');
    await untilCalled('ActivateConnection');
    fake.setCarrier('eth0', false);
    fake.finish(office);
    assert.equal((await start).facts.code, 'carrierLost');
    await watched.until(() => !watched.facts(office).lingers);
    assert.equal(watched.facts(office).link, 'down');
  });

  test('O6: a start that is cancelled before it was answered leaves nothing up', async () => {
    fake.setFate(office, 'holdReply');
    const start = failureOf(watched.start(office));
    await untilCalled('ActivateConnection');
    const stop = watched.stop(office);
    assert.equal((await start).facts.code, 'cancelled');
    fake.release();
    await stop;
    assert.equal(watched.facts(office).link, 'down');
    assert.ok(!watched.links(office).includes('up'));
  });

  test('O6: a start that waits for the person can be cancelled at once, and what comes of it is ended', async () => {
    await grant({ [control]: 'auth', [scan]: 'yes' });
    fake.setFate(office, 'holdReply');
    const start = failureOf(watched.start(office, true));
    await untilCalled('ActivateConnection');
    await watched.until(() => watched.facts(office).awaitsPerson);
    await watched.stop(office);
    assert.equal((await start).facts.code, 'cancelled');
    fake.release();
    await untilCalled('DeactivateConnection');
    await watched.until(() => watched.facts(office).link === 'down' && !watched.facts(office).awaitsPerson);
    assert.ok(!watched.links(office).includes('up'));
  });

  test('O6: started again while the cancelled start waits for the person, it is the same start', async () => {
    await grant({ [control]: 'auth', [scan]: 'yes' });
    fake.setFate(office, 'holdReply');
    const first = failureOf(watched.start(office, true));
    await untilCalled('ActivateConnection');
    await watched.stop(office);
    await first;
    const second = watched.start(office, true);
    fake.release();
    await second;
    assert.equal(fake.starts, 1);
    assert.equal(watched.facts(office).link, 'up');
  });

  test('O7: stopping what is down already does nothing', async () => {
    let accepted = 0;
    await watched.platform.stopAccessPoint(office, () => {
      accepted += 1;
    });
    assert.equal(accepted, 1);
    assert.ok(!fake.calls.includes('DeactivateConnection'));
  });

  test('O7: stopping what others take down at this moment succeeds', async () => {
    fake.putUp(office);
    await watched.untilLink(office, 'up');
    fake.refuseNext('DeactivateConnection', `${nm}.ConnectionNotActive`);
    const stop = watched.stop(office);
    fake.takeDown(office);
    await stop;
    assert.equal(watched.facts(office).link, 'down');
  });

  test('O8: what lingers after its cable was pulled can be stopped', async () => {
    fake.putUp(office);
    await watched.untilLink(office, 'up');
    fake.setCarrier('eth0', false);
    await watched.until(() => watched.facts(office).lingers);
    await watched.stop(office);
    assert.equal(watched.facts(office).lingers, false);
  });

  for (const [reason, code] of [
    [39, 'disconnectedElsewhere'],
    [40, 'carrierLost'],
    [37, 'sleeping'],
    [36, 'disconnectedElsewhere'],
  ] as const) {
    test(`O8: a loss for reason ${reason} is told as ${code} from its first moment`, async () => {
      fake.putUp(office);
      await watched.untilLink(office, 'up');
      fake.takeDown(office, reason);
      await watched.until(() => watched.facts(office).link !== 'up');
      assert.equal(watched.facts(office).cause?.code, code);
    });
  }

  test('O8: networking that is switched off is not sleep', async () => {
    fake.putUp(office);
    await watched.untilLink(office, 'up');
    fake.setManager({ NetworkingEnabled: value('b', false) });
    fake.takeDown(office, 37);
    await watched.untilLink(office, 'down');
    assert.equal(watched.facts(office).cause?.code, 'networkingOff');
  });

  test('O8, O12: one that another displaces says which', async () => {
    const cafe = fake.addProfile({ name: 'Cafe', device: 'eth0' });
    fake.putUp(office);
    await watched.until(() => watched.log.known.has(cafe) && watched.facts(office).link === 'up');
    assert.equal(watched.facts(cafe).device, watched.facts(office).device);
    await watched.start(cafe);
    await watched.untilLink(office, 'down');
    assert.equal(watched.facts(office).cause?.code, 'displaced');
    assert.equal(watched.facts(office).cause?.other, 'Cafe');
  });

  test('O8: one that others start anew was taken down by them', async () => {
    fake.putUp(office);
    await watched.untilLink(office, 'up');
    fake.startAgain(office);
    await watched.until(() => watched.facts(office).link !== 'up');
    assert.equal(watched.facts(office).cause?.code, 'disconnectedElsewhere');
    fake.finish(office);
    await watched.untilLink(office, 'up');
  });

  test('O8: a device that is taken out', async () => {
    fake.putUp(office);
    await watched.untilLink(office, 'up');
    fake.removeDevice('eth0');
    await watched.until(() => watched.facts(office).link !== 'up');
    assert.equal(watched.facts(office).cause?.code, 'deviceRemoved');
  });

  test('O5: what was stopped from here has no cause', async () => {
    await watched.start(office);
    await watched.stop(office);
    assert.equal(watched.facts(office).cause, undefined);
  });

  test('O11: a profile that is deleted while it is up is gone', async () => {
    fake.putUp(office);
    await watched.untilLink(office, 'up');
    fake.deleteProfile(office);
    await watched.until(() => !watched.log.known.has(office));
    assert.equal(watched.system.isOnline, false);
  });

  test('O11: a profile that is deleted while it is starting fails the start', async () => {
    fake.setFate(office, 'hold');
    const start = failureOf(watched.start(office));
    await watched.untilLink(office, 'starting');
    await untilCalled('ActivateConnection');
    fake.deleteProfile(office);
    assert.equal((await start).facts.code, 'profileRemoved');
  });

  test('M5: a permission that is refused is an obstacle, and what needs it is refused here', async () => {
    fake.putUp(office);
    await grant({ [control]: 'no', [scan]: 'no' });
    const missing = { code: 'missingPermission', permission: control };
    assert.deepEqual(watched.system.obstacles, { start: missing, stop: missing });
    assert.equal(watched.system.capabilities, Capability.DataStatistics);
    const other = fake.addProfile({ device: 'eth0' });
    await watched.until(() => watched.log.known.has(other));
    for (const call of [watched.start(other), watched.stop(office)]) {
      assert.equal((await failureOf(call)).error, SessionError.OperationNotSupportedError);
    }
    assert.equal(fake.starts, 0);
    fake.setPermissions({ [control]: 'yes', [scan]: 'yes' });
    await watched.until(() => watched.system.obstacles.start === undefined);
  });

  test('F3: in the background nobody is asked for a right', async () => {
    await grant({ [control]: 'auth', [scan]: 'yes' });
    assert.deepEqual(watched.system.obstacles, {});
    const failure = await failureOf(watched.start(office, false));
    assert.deepEqual(
      [failure.facts.code, failure.error],
      ['missingPermission', SessionError.InvalidConfigurationError],
    );
    assert.equal(fake.starts, 0);
    await watched.start(office, true);
  });

  test('F3: in the background nobody is asked for a secret that is kept nowhere', async () => {
    const asks = fake.addProfile({
      device: 'eth0',
      more: { vpn: { data: value('a{ss}', { 'password-flags': '2' }) } },
    });
    await watched.until(() => watched.log.known.has(asks));
    const failure = await failureOf(watched.start(asks, false));
    assert.deepEqual([failure.facts.code, failure.error], ['secretsMissing', SessionError.InvalidConfigurationError]);
    assert.equal(fake.starts, 0);
  });

  test('F3: a start in the background that comes to wait for a secret ends', async () => {
    fake.setFate(office, 'needAuth');
    const start = failureOf(watched.start(office, false));
    await watched.until(() => watched.facts(office).awaitsPerson);
    while (clock.pending === 0) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    await clock.advance(2_000);
    const failure = await start;
    assert.deepEqual([failure.facts.code, failure.error], ['secretsMissing', SessionError.InvalidConfigurationError]);
    await watched.untilLink(office, 'down');
  });

  test('O10a: in the foreground it waits as long as the person takes', async () => {
    fake.setFate(office, 'needAuth');
    const start = watched.start(office, true);
    await watched.until(() => watched.facts(office).awaitsPerson);
    await clock.advance(170_000);
    fake.finish(office);
    await start;
    assert.equal(watched.facts(office).awaitsPerson, false);
  });
});

suite('NetworkManager: many profiles', () => {
  test('M3: 2,000 are told at once, and then only what changes', async () => {
    const fake = await FakeNetworkManager.start();
    fake.addDevice('eth0');
    const all = Array.from({ length: 2_000 }, (_, index) => fake.addProfile({ name: `Profile ${index}` }));
    const watched = await WatchedPlatform.start(new NetworkManagerPlatform({ busAddress: fake.address }));
    assert.deepEqual(watched.identifiers, all.toSorted());
    const changed = all[1_000]!;
    fake.changeProfile(changed, 'connection', { id: value('s', 'Renamed') });
    await watched.until(() => watched.facts(changed).name === 'Renamed');
    assert.equal(watched.log.updates.length, 2);
    assert.equal(watched.log.updates[1]?.accessPoints?.length, 1);
    await watched.dispose();
    await fake.dispose();
  });
});

suite('NetworkManager: looking for networks', () => {
  let fake: FakeNetworkManager;
  let watched: WatchedPlatform;
  let clock: TestClock;

  setup(async () => {
    clock = new TestClock();
    fake = await FakeNetworkManager.start();
    fake.addDevice('wlan0', { type: 2 });
    watched = await WatchedPlatform.start(new NetworkManagerPlatform({ busAddress: fake.address, clock }));
  });

  teardown(async () => {
    await watched.dispose();
    await fake.dispose();
  });

  const looked = (at: bigint) => fake.set(fake.device('wlan0'), `${nm}.Device.Wireless`, { LastScan: value('x', at) });
  const untilScanned = async () => {
    while (!fake.calls.includes('RequestScan')) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  };

  test('M4: it lets the radios look, and what they found is told before it resolves', async () => {
    const look = watched.platform.look();
    await untilScanned();
    const home = fake.addProfile({
      type: '802-11-wireless',
      device: 'wlan0',
      more: { '802-11-wireless': { ssid: value('ay', Buffer.from('Home')) } },
    });
    fake.addCell('wlan0', Buffer.from('Home'), 70);
    looked(1n);
    await look;
    assert.equal(watched.facts(home).inReach, true);
    assert.equal(watched.facts(home).signal, 70);
    assert.equal(clock.pending, 0);
  });

  test('M4: a radio that does not say when it has looked is not waited for long', async () => {
    const look = watched.platform.look();
    let isOver = false;
    void look.then(() => {
      isOver = true;
    });
    while (!isOver) {
      await clock.advance(1_000);
    }
    assert.ok(clock.now() <= 60_000);
  });

  test('M4: a radio that looked a moment ago is no failure', async () => {
    fake.refuseNext('RequestScan', `${nm}.Device.NotAllowed`);
    await watched.platform.look();
  });

  test('M4, M5: where nobody may look it fails, and says so before', async () => {
    fake.setPermissions({ [control]: 'yes', [scan]: 'no' });
    await watched.until(() => watched.system.obstacles.update !== undefined);
    assert.deepEqual(watched.system.obstacles.update, { code: 'missingPermission', permission: scan });
    assert.equal((await failureOf(watched.platform.look())).facts.permission, scan);
    assert.ok(!fake.calls.includes('RequestScan'));
  });

  test('M4: a refusal that comes late is told too', async () => {
    fake.refuseNext('RequestScan', `${nm}.PermissionDenied`);
    assert.equal((await failureOf(watched.platform.look())).facts.permission, scan);
  });

  test('M3: nobody looks unasked', async () => {
    await clock.advance(3_600_000);
    assert.ok(!fake.calls.includes('RequestScan'));
  });
});
