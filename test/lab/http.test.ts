// HTTP sessions on a network session that moves between real links: what is under way when the link is lost, or left.
import assert from 'node:assert/strict';
import { type NetworkSession, SessionState } from '../../src/engine/index.js';
import { HttpClientSession, NetworkLostError, probe } from '../../src/http/index.js';
import { HttpTraffic } from '../harness/httpTraffic.mjs';
import { cafe, lab, office, profiles, snapshot, until, untilSnapshot } from '../harness/machine.mjs';
import { Trip } from './trip.js';

const own = { office: '10.9.0.2', cafe: '10.9.1.2' } as const;

suite('HTTP sessions between real links', () => {
  let trip: Trip;
  let before: string;
  let network: NetworkSession;
  let traffic: HttpTraffic | undefined;

  async function begin(isCafeUp = false): Promise<void> {
    await lab.reset();
    await lab.addProfiles(profiles());
    for (const uuid of isCafeUp ? [office, cafe] : [office]) {
      await lab.nmcli('connection', 'up', uuid);
    }
    before = await snapshot();
    trip = await Trip.begin();
    network = await trip.open();
  }

  const session = () => new HttpClientSession(lab.serverUrl, { network });

  async function underWay(held?: number): Promise<HttpTraffic> {
    traffic = new HttpTraffic({ session, ...(held === undefined ? {} : { held }) });
    await traffic.begun();
    return traffic;
  }

  teardown(async () => {
    traffic?.dispose();
    traffic = undefined;
    await trip.dispose();
  });

  /** Where the GETs came from, each address once, in order. */
  const waysOf = (gets: HttpTraffic['gets']) =>
    gets.map(({ from }) => from).filter((from, at, all) => from !== all[at - 1]);

  for (const isCafeUp of [false, true]) {
    test(`lost, with another that is ${isCafeUp ? 'up' : 'down'}: GETs go on, the download is intact, the PUT done, the POST rejected`, async () => {
      await begin(isCafeUp);
      const under = await underWay();
      await lab.pullCable(0);
      const { download, put, post, executed, gets, failed } = await under.end();
      assert.equal(failed, 0, String(gets.find(({ error }) => error)?.error));
      assert.deepEqual(waysOf(gets), [own.office, own.cafe]);
      assert.deepEqual(download, { isIntact: true, replays: 1 });
      assert.deepEqual(put, { isWhole: true, replays: 1 });
      assert.ok(post.error instanceof NetworkLostError, String(post.error ?? post.text));
      assert.equal(post.error.link, 'veth0');
      // Long before the server would have answered, and before anything else was over.
      assert.ok(post.failed! <= gets.find(({ from }) => from === own.cafe)!.ended);
      assert.deepEqual(executed, { POST: 1, PUT: 1 });
      await lab.plugCable(0);
      await trip.settled(network);
      await trip.close(network);
      await untilSnapshot(before);
    });
  }

  test('lost, with none left: GETs wait, and go on when there is a link', async () => {
    await begin();
    await lab.pullCable(1);
    await trip.knows(cafe, false);
    const under = await underWay();
    await lab.pullCable(0);
    await trip.until(network, () => !network.isOpen);
    const begun = under.gets.length;
    await lab.plugCable(1);
    await trip.knows(cafe, true);
    network.open();
    const { download, put, post, executed, gets, failed } = await under.end();
    assert.deepEqual([failed, download.isIntact, put.isWhole], [0, true, true]);
    assert.deepEqual(waysOf(gets), [own.office, own.cafe]);
    assert.ok(gets.findIndex(({ from }) => from === own.cafe) <= begun, 'the one that waited is the first');
    assert.ok(post.error instanceof NetworkLostError);
    assert.deepEqual(executed, { POST: 1, PUT: 1 });
    await lab.plugCable(0);
    await trip.close(network);
  });

  test('R3, R4: a migration that is accepted when all is done: nothing is sent twice, and nothing fails', async () => {
    await begin();
    const under = await underWay(1_000);
    await trip.migrate(network);
    const { from } = await under.first();
    assert.deepEqual([from, network.state], [own.cafe, SessionState.Roaming]);
    const result = await probe(lab.serverUrl, network, { expect: { status: 200, body: own.cafe }, checkRoute: true });
    assert.deepEqual([result.connectivity, result.route?.isOwn], ['full', true]);
    const { download, put, post, executed, gets, failed } = await under.end();
    assert.deepEqual([failed, waysOf(gets)], [0, [own.office, own.cafe]]);
    assert.deepEqual(download, { isIntact: true, replays: 0 });
    assert.deepEqual(put, { isWhole: true, replays: 0 });
    assert.deepEqual([post.status, post.text, executed], [200, '3', { POST: 1, PUT: 1 }]);
    await trip.accept(network);
    const after = session();
    assert.equal((await (await after.request('/')).text()).trim(), own.cafe);
    after.dispose();
    await trip.close(network);
    await untilSnapshot(before);
  });

  test('R4: a migration that is accepted at once: as lost, and no GET fails', async () => {
    await begin();
    const under = await underWay();
    await trip.migrate(network);
    await under.first();
    await trip.accept(network);
    const { download, put, post, executed, gets, failed } = await under.end();
    assert.deepEqual([failed, waysOf(gets)], [0, [own.office, own.cafe]]);
    assert.deepEqual(
      [download, put],
      [
        { isIntact: true, replays: 1 },
        { isWhole: true, replays: 1 },
      ],
    );
    assert.ok(post.error instanceof NetworkLostError);
    assert.deepEqual(executed, { POST: 1, PUT: 1 });
    await trip.close(network);
    await untilSnapshot(before);
  });

  test('R5: a migration that is rejected: back on the old link, where all of the old one has gone on', async () => {
    await begin();
    const under = await underWay(1_000);
    await trip.migrate(network);
    await under.first();
    network.reject();
    await trip.settled(network);
    await until(() => under.gets.at(-1)?.from === own.office);
    const { download, put, post, executed, gets, failed } = await under.end();
    assert.deepEqual([failed, waysOf(gets)], [0, [own.office, own.cafe, own.office]]);
    assert.deepEqual([download.isIntact, download.replays, put.isWhole, put.replays], [true, 0, true, 0]);
    assert.deepEqual([post.status, executed], [200, { POST: 1, PUT: 1 }]);
    await trip.close(network);
    await untilSnapshot(before);
  });
});
