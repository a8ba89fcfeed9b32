// Sessions that move between real links, by the real engine on a real NetworkManager: where the traffic goes, who is left
// up, and that nothing else is.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  type Ask,
  type Clock,
  type NetworkSession,
  type SuitabilityTest,
  systemClock,
} from '../../src/engine/index.js';
import { roamingEventsOf } from '../fixtures/networkFixture.js';
import { TestClock } from '../fixtures/testClock.js';
import {
  active,
  ask,
  cafe,
  lab,
  office,
  profiles,
  snapshot,
  station,
  until,
  untilSnapshot,
  way,
} from '../harness/machine.mjs';
import { Trip } from './trip.js';

/** For a platform whose tests that hear nothing are to end soon. */
const hurried: Clock = {
  now: () => systemClock.now(),
  setTimeout: (callback, milliseconds) => systemClock.setTimeout(callback, milliseconds / 10),
};

const answerTime = 60_000;
const quietTime = 30_000;

/** Answers the first question for a name with the server's address. */
const nameServer = `
  const socket = require('node:dgram').createSocket('udp4');
  socket.on('message', (question, { address, port }) => {
    const end = question.indexOf(0, 12) + 5;
    const answer = Buffer.concat([question.subarray(0, end), Buffer.from('c00c000100010000003c00040a630001', 'hex')]);
    answer.writeUInt16BE(0x8180, 2);
    answer.writeUInt16BE(question.readUInt16BE(end - 4) === 1 ? 1 : 0, 6);
    answer.writeUInt32BE(0, 8);
    socket.send(answer, port, address);
  });
  socket.bind(53, '10.99.0.1', () => console.log('ready'));`;

suite('sessions that move between real links', () => {
  let trip: Trip;

  /** Both profiles; Office is up, by the person. */
  async function begin(metric?: number, ...more: Parameters<typeof Trip.begin>): Promise<string> {
    await lab.reset();
    await lab.addProfiles(profiles(metric));
    await lab.nmcli('connection', 'up', office);
    const before = await snapshot();
    trip = await Trip.begin(...more);
    return before;
  }

  teardown(() => trip.dispose());

  for (const metric of [300, 100]) {
    suite(`the new one's metric is ${metric < 200 ? 'lower' : 'higher'}`, () => {
      test('R3, R4: migrate and accept', async () => {
        const before = await begin(metric);
        const session = await trip.open();
        const told = roamingEventsOf(session);
        await trip.migrate(session);
        assert.deepEqual([session.activeConfiguration.identifier, session.interface?.name], [cafe, 'veth1']);
        assert.deepEqual([await way(), await ask()], ['veth0', '10.9.0.2']);
        await trip.accept(session);
        assert.deepEqual([await way(), await ask()], ['veth1', '10.9.1.2']);
        assert.deepEqual(told, ['Roaming', `activated ${cafe}`, 'Connected']);
        // Office was not started here.
        assert.deepEqual(await active(), [office, cafe]);
        await trip.close(session);
        await untilSnapshot(before);
      });

      test('R5: migrate and reject: routes, rules, metrics and profiles are what they were', async () => {
        const before = await begin(metric);
        const session = await trip.activated();
        assert.notEqual(await snapshot(), before);
        session.reject();
        await trip.settled(session);
        assert.deepEqual([session.errorString, session.activeConfiguration.identifier], ['', office]);
        await untilSnapshot(before);
        await until(() => trip.journals.length === 0);
      });

      test('R5: one that was up before is up after reject', async () => {
        await begin(metric);
        await lab.nmcli('connection', 'up', cafe);
        const before = await snapshot();
        const session = await trip.activated();
        session.reject();
        await trip.settled(session);
        await untilSnapshot(before);
        await trip.close(session);
        assert.equal(await snapshot(), before);
      });

      test('R3: a new one without uplink is found before anything moves', async () => {
        const tests: SuitabilityTest[] = [
          { tcp: '10.99.0.1:8080' },
          { http: lab.serverUrl },
          { dns: 'server.example' },
        ];
        const before = await begin(metric, { tests }, {}, hurried);
        await lab.nmcli('connection', 'modify', cafe, 'ipv4.dns', '10.99.0.1');
        const names = lab.spawn([process.execPath, '-e', nameServer], {
          namespace: 'server',
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        assert.ok(names.stdout);
        await once(names.stdout, 'data');
        await lab.ip('right', 'route', 'del', 'default');
        try {
          const ways: unknown[] = [];
          void trip.steps.at('before test', async () => ways.push(await way()));
          const session = await trip.activated();
          const results = () => (session.offer.kind === 'activated' ? session.offer.results : []);
          assert.deepEqual(
            results().map(({ passed }) => passed),
            [false, false, false],
          );
          assert.equal(session.offer.kind === 'activated' && session.offer.isSuitable, false);
          assert.deepEqual([...ways, await way(), await ask()], ['veth0', 'veth0', '10.9.0.2']);
          session.reject();
          await trip.settled(session);
          await untilSnapshot(before);
          // And with its uplink it passes.
          await lab.ip('right', 'route', 'add', 'default', 'via', '10.98.1.2');
          await trip.migrate(session);
          assert.deepEqual(
            results().map(({ passed, detail }) => [passed, detail]),
            tests.map(() => [true, undefined]),
          );
          assert.equal(await way(), 'veth0');
        } finally {
          await lab.ip('right', 'route', 'replace', 'default', 'via', '10.98.1.2');
          names.kill();
        }
      });
    });
  }

  test('R3 to R5: with IPv6 beside IPv4: accept moves both, close and reject take both back', async () => {
    await lab.reset();
    const six = (link: number, metric: number) => ({
      ipv6: {
        method: 'manual',
        address1: `fd00:9:${link}::2/64,fd00:9:${link}::1`,
        'route-metric': metric,
        'ip6-privacy': 0,
      },
    });
    await lab.addProfiles(profiles().map((each, link) => ({ ...each, sections: six(link, 200 + 100 * link) })));
    await lab.nmcli('connection', 'up', office);
    // Its addresses are there when nobody else has them.
    await until(async () => (await lab.ip('client', '-6', 'addr', 'show', 'tentative')) === '');
    const before = await snapshot();
    const way6 = async () => /dev (\S+)/.exec(await lab.ip('client', 'route', 'get', 'fd00:99::1'))?.[1];
    trip = await Trip.begin();
    const session = await trip.activated();
    assert.deepEqual([await way(), await way6()], ['veth0', 'veth0']);
    session.reject();
    await trip.settled(session);
    await untilSnapshot(before);
    await trip.migrate(session);
    await trip.accept(session);
    assert.deepEqual([await way(), await way6()], ['veth1', 'veth1']);
    await trip.close(session);
    await untilSnapshot(before);
  });

  test('R3 to R5: with addresses by DHCP', async () => {
    await lab.reset();
    await Promise.all([lab.startDhcp(0), lab.startDhcp(1)]);
    await lab.addProfiles(
      [office, cafe].map((uuid, link) => ({ uuid, interface: `veth${link}`, method: 'auto' as const })),
    );
    await lab.nmcli('connection', 'up', office);
    const before = await snapshot();
    trip = await Trip.begin();
    const session = await trip.activated();
    assert.equal(await ask(), '10.9.0.50');
    session.reject();
    await trip.settled(session);
    await untilSnapshot(before);
    await trip.migrate(session);
    await trip.accept(session);
    assert.equal(await ask(), '10.9.1.50');
    await trip.close(session);
    await untilSnapshot(before);
  });

  test('R8: with addresses by DHCP: traffic follows while the new one comes up, it stays up, and nothing is left', async () => {
    await lab.reset();
    await Promise.all([lab.startDhcp(0), lab.startDhcp(1)]);
    await lab.addProfiles(
      [office, cafe].map((uuid, link) => ({ uuid, interface: `veth${link}`, method: 'auto' as const })),
    );
    await lab.nmcli('connection', 'up', office);
    const before = await snapshot();
    trip = await Trip.begin();
    const session = await trip.open();
    await lab.pullCable(0);
    await trip.until(session, () => session.activeConfiguration.identifier === cafe);
    await trip.settled(session);
    assert.equal(await ask(), '10.9.1.50');
    await lab.stopDhcp(1);
    await lab.plugCable(0);
    await trip.knows(office, true);
    await trip.close(session);
    await lab.nmcli('connection', 'up', office);
    await untilSnapshot(before);
  });

  test('R4, O5a: an old one that was started here goes down with the accept', async () => {
    const before = await begin();
    await lab.nmcli('connection', 'down', office);
    const session = await trip.activated();
    await trip.accept(session);
    await until(async () => `${await active()}` === cafe);
    assert.equal(await ask(), '10.9.1.2');
    await trip.close(session);
    await lab.nmcli('connection', 'up', office);
    await untilSnapshot(before);
  });

  test('R5a: without an answer it goes back', async () => {
    const clock = new TestClock();
    const before = await begin(100, {}, { clock });
    const session = await trip.activated();
    await clock.advance(answerTime);
    await trip.settled(session);
    assert.equal(session.activeConfiguration.identifier, office);
    await untilSnapshot(before);
  });

  test('R2: forced roaming: what is preferred comes into reach, and the session moves by itself', async () => {
    await begin(300, { accessPoints: [cafe, office], roaming: 'automatic', tests: [{ http: lab.serverUrl }] });
    await lab.pullCable(1);
    await trip.knows(cafe, false);
    const session = await trip.open();
    await lab.plugCable(1);
    await trip.until(session, () => session.activeConfiguration.identifier === cafe);
    await trip.settled(session);
    assert.equal(await ask(), '10.9.1.2');
  });

  test('R2: forced roaming: what is preferred leads nowhere, and the session stays', async () => {
    const tests = [{ tcp: '10.99.0.1:1' }];
    const before = await begin(100, { accessPoints: [cafe, office], roaming: 'automatic', tests });
    const tested = trip.steps.at('after test', () => undefined);
    const session = await trip.open();
    await tested;
    await trip.settled(session);
    assert.equal(session.activeConfiguration.identifier, office);
    await untilSnapshot(before);
  });

  test('R2: no offer within 30 s of a move', async () => {
    const clock = new TestClock();
    await begin(300, {}, { clock });
    const offered: string[] = [];
    const session = await trip.open(office, (one) =>
      one.onDidChangePreferredConfiguration(({ configuration, isUpgrade }) => {
        assert.equal(isUpgrade, true);
        offered.push(configuration.identifier);
      }),
    );
    await trip.migrate(session);
    await trip.accept(session);
    // Office is preferred, and in reach.
    await clock.advance(quietTime - 1);
    assert.deepEqual(offered, []);
    await clock.advance(1);
    assert.deepEqual(offered, [office]);
    session.migrate();
    await trip.until(session, () => session.offer.kind === 'activated');
    await trip.accept(session);
    assert.equal(await ask(), '10.9.0.2');
  });

  suite('R10, O12: two profiles on one device', () => {
    const questions: string[] = [];
    let answer: boolean;

    async function beginOnOne(): Promise<{ session: NetworkSession; before: string }> {
      answer = true;
      questions.length = 0;
      const asks: Ask = async (question) => {
        questions.push(question.kind === 'displace' ? `${question.displaced.map(({ name }) => name)}` : question.kind);
        return answer;
      };
      await lab.reset();
      await lab.addProfiles([
        { uuid: cafe, id: 'Cafe', link: 1 },
        { uuid: station, id: 'Station', link: 1, address: '10.9.1.3/24' },
      ]);
      await lab.nmcli('connection', 'up', cafe);
      const before = await snapshot();
      trip = await Trip.begin({ accessPoints: [station, cafe] }, { ask: asks });
      const offered: unknown[] = [];
      const session = await trip.open(cafe, (one) =>
        one.onDidChangePreferredConfiguration(({ configuration, isSeamless }) =>
          offered.push(configuration.identifier, isSeamless),
        ),
      );
      await trip.until(session, () => session.offer.kind === 'offered');
      assert.deepEqual(offered, [station, false]);
      return { session, before };
    }

    test('asked, accepted', async () => {
      const { session } = await beginOnOne();
      await trip.migrate(session, station);
      assert.deepEqual([questions, await ask()], [['Cafe'], '10.9.1.3']);
      await trip.accept(session);
      assert.deepEqual([await active(), await ask()], [[station], '10.9.1.3']);
      await trip.close(session);
      assert.deepEqual(await active(), []);
    });

    test('asked, rejected: the old one is back, and is the person’s as before', async () => {
      const { session, before } = await beginOnOne();
      await trip.migrate(session, station);
      session.reject();
      await trip.settled(session);
      assert.deepEqual([session.errorString, await ask(), questions], ['', '10.9.1.2', ['Cafe']]);
      await untilSnapshot(before);
      await trip.close(session);
      assert.equal(await snapshot(), before);
    });

    test('asked, and the person says no', async () => {
      const { session, before } = await beginOnOne();
      answer = false;
      session.migrate();
      await trip.until(session, () => session.errorString !== '');
      await trip.settled(session);
      assert.deepEqual([questions, session.activeConfiguration.identifier], [['Cafe'], cafe]);
      assert.equal(await snapshot(), before);
    });
  });

  suite('R11: two sessions on one service network, one accepts and one rejects', () => {
    for (const firstToEnd of ['the one that has accepted', 'the one that has rejected']) {
      test(`${firstToEnd} ends first`, async () => {
        const before = await begin();
        const [one, other] = [await trip.open(), await trip.open()];
        await Promise.all([trip.migrate(one), trip.migrate(other)]);
        await trip.accept(one);
        other.reject();
        await trip.settled(other);
        const inUse = [one, other].map(({ activeConfiguration }) => activeConfiguration.identifier);
        assert.deepEqual(inUse, [cafe, office]);
        assert.deepEqual([await active(), await ask()], [[office, cafe], '10.9.1.2']);
        if (firstToEnd.endsWith('accepted')) {
          await trip.close(one);
          await untilSnapshot(before);
          assert.equal(other.isOpen, true);
          await trip.close(other);
        } else {
          await trip.close(other);
          assert.deepEqual([one.isOpen, await ask()], [true, '10.9.1.2']);
          await trip.close(one);
        }
        await untilSnapshot(before);
      });
    }
  });

  suite('O11: a profile is deleted in the middle', () => {
    test('the new one: back on the old one', async () => {
      const before = await begin();
      const session = await trip.activated();
      await lab.deleteProfile(cafe);
      await trip.settled(session);
      assert.match(session.errorString, /Cafe/);
      assert.equal(session.activeConfiguration.identifier, office);
      await untilSnapshot(before);
    });

    test('the old one: the new one is final', async () => {
      await begin();
      const session = await trip.activated();
      await lab.deleteProfile(office);
      await trip.settled(session);
      assert.deepEqual(
        [session.activeConfiguration.identifier, await active(), await ask()],
        [cafe, [cafe], '10.9.1.2'],
      );
    });
  });
});
