// One window's part of the count, with a leader that says what the test wants.
import assert from 'node:assert/strict';
import type { Claim, ClientInfo } from '../../../src/broker/messages.js';
import { SharedLedger } from '../../../src/broker/sharedLedger.js';
import {
  Capability,
  NetworkConfigurationManager,
  type NetworkSession,
  SessionError,
  silentLogger,
} from '../../../src/engine/index.js';
import { SimulatedPlatform } from '../../../src/platforms/simulated/index.js';
import { FakeLeader, turn } from '../../fixtures/fakeLeader.js';
import { TestClock } from '../../fixtures/testClock.js';

suite('a window among others', () => {
  const accessPoint = 'lan';
  const nameless: Claim = { accessPoint, activation: undefined };
  let leader: FakeLeader;
  let clock: TestClock;
  let ledger: SharedLedger;
  let platform: SimulatedPlatform;
  let manager: NetworkConfigurationManager;
  let session: NetworkSession;

  setup(async () => {
    leader = new FakeLeader();
    clock = new TestClock();
    ledger = new SharedLedger(leader.broker, { clock, patience: 1_000 });
    platform = new SimulatedPlatform({ accessPoints: [{ identifier: accessPoint }] });
    manager = new NetworkConfigurationManager(platform, { ledger });
    ledger.start();
    await manager.start();
    leader.up();
    session = manager.createSession(accessPoint);
  });

  async function started(): Promise<string> {
    session.open();
    await leader.answer('hold');
    await leader.answer('start', { go: true });
    assert.equal(session.isOpen, true);
    return manager.accessPoint(accessPoint)?.activation ?? assert.fail();
  }

  test('a window does not show itself, as it was before a reload, as another one', () => {
    const client = (id: string, windowKey: string): ClientInfo => ({ id, product: '', window: '', windowKey, pid: 1 });
    const hold = (info: ClientInfo, absent: boolean) => ({
      client: info.id,
      detail: { accessPoint, sessions: [] },
      absent,
      info,
    });
    const holds = [
      hold(client('before', 'website'), true),
      hold(client('twin', 'website'), false),
      hold(client('another', 'docs'), true),
      hold(client('nowhere', ''), true),
    ];
    const shown = (ownKey: string) => {
      const clients = [client('self', ownKey)];
      leader.listener.snapshot({ term: 1, clients, holds: [], claims: [] });
      leader.listener.snapshot({ term: 1, clients, holds, claims: [] });
      return manager.holdersElsewhere(accessPoint).map(({ program }) => program);
    };
    assert.deepEqual(shown('website'), ['twin', 'another', 'nowhere']);
    assert.deepEqual(
      shown(''),
      ['before', 'twin', 'another', 'nowhere'],
      'nothing tells windows without anything open',
    );
  });

  test('the name of a start that only a leader knew that is gone is told to the next', async () => {
    const activation = await started();
    assert.deepEqual(leader.said('ended'), [{ accessPoint, kind: 'start', activation }]);
    leader.told.length = 0;
    leader.snapshot(nameless);
    assert.deepEqual(leader.said('claim'), [{ accessPoint, activation }]);
    assert.deepEqual(leader.listener.declaration().claims, [{ accessPoint, activation, isOwn: true }]);
  });

  test('O5a: what has no name is told to no other leader: it stands on the disk', () => {
    leader.snapshot(nameless);
    assert.deepEqual(leader.listener.declaration().claims, []);
  });

  test('O5a, O8: while what is ours has no name, nobody says that it is what is up, or was', async () => {
    platform.simulation.set(accessPoint, { up: true });
    leader.snapshot(nameless);
    assert.equal(manager.isStartedHere(accessPoint), false);
    platform.simulation.set(accessPoint, { up: false });
    await turn();
    assert.deepEqual([leader.asked, leader.said('lost')], [[], []]);
  });

  test('O5a, O8: what was lost before it was known to be ours is over too', async () => {
    platform.simulation.set(accessPoint, { up: true });
    const activation = manager.accessPoint(accessPoint)?.activation;
    platform.simulation.set(accessPoint, { up: false });
    await turn();
    assert.deepEqual(leader.said('lost'), []);
    leader.snapshot({ accessPoint, activation });
    assert.deepEqual(leader.said('lost'), [{ accessPoint, activation }]);
    leader.snapshot({ accessPoint, activation: 'another' });
    assert.equal(leader.said('lost').length, 1, 'that may be one of which this window has not heard yet');
  });

  test('O5a: what the person has started while it was permitted is not ours', async () => {
    session.open();
    await leader.answer('hold');
    platform.simulation.set(accessPoint, { up: true });
    await leader.answer('start', { go: true });
    assert.equal(session.isOpen, true);
    assert.deepEqual(leader.said('ended'), [{ accessPoint, kind: 'start', cause: { code: 'ledgerSilent' } }]);
    assert.equal(manager.isStartedHere(accessPoint), false);
  });

  test('O10: what it waits for when it goes is not begun any more', async () => {
    session.open();
    await leader.answer('hold');
    assert.deepEqual(leader.asked, ['start']);
    await ledger.dispose();
    await manager.dispose();
    assert.deepEqual(platform.simulation.acts, []);
    assert.equal(session.failure?.cause.code, 'cancelled');
  });

  test('O6: who gives up before anybody has said that it is counted is not counted in the end', async () => {
    session.open();
    session.close();
    await leader.answer('hold');
    assert.deepEqual(leader.asked, ['leave']);
    assert.deepEqual(leader.listener.declaration().holds, []);
  });

  test('a refusal is for those who have asked, and not for who comes after they have given up', async () => {
    session.open();
    await leader.answer('hold');
    session.close();
    session.open();
    await turn();
    assert.deepEqual(leader.asked, ['start', 'leave', 'hold']);
    await leader.refuse('start', { code: 'cancelled' });
    await leader.answer('leave', { stop: false });
    await leader.answer('hold');
    await leader.answer('start', { go: true });
    assert.equal(session.isOpen, true);
  });

  test('a loss is told to the leader, however long that takes; who waits is refused meanwhile', async () => {
    await started();
    platform.simulation.set(accessPoint, { up: false });
    await turn();
    session.open();
    assert.deepEqual(leader.asked, ['clear', 'leave', 'hold']);
    await clock.advance(2_000);
    await turn();
    assert.equal(session.failure?.cause.code, 'ledgerSilent');
    assert.equal(clock.pending, 0);
    await leader.answer('clear', { go: true });
    assert.equal(leader.said('ended').length, 2);
  });

  test('a start of which nothing came is told to the next leader too, until one has shown that it knows', async () => {
    platform.simulation.failNextStart(accessPoint, SessionError.UnknownSessionError);
    session.open();
    await leader.answer('hold');
    await leader.answer('start', { go: true });
    assert.equal(session.failure?.cause.code, 'other');
    leader.told.length = 0;
    leader.listener.down();
    leader.up(nameless);
    assert.deepEqual(leader.said('ended'), [{ accessPoint, kind: 'start', cause: { code: 'cancelled' } }]);
    leader.snapshot();
    leader.listener.down();
    leader.up();
    assert.equal(leader.said('ended').length, 1);
  });

  test('O5: a window that has to count for itself leaves up what another one has started, and may hold', async () => {
    platform.simulation.set(accessPoint, { up: true });
    leader.snapshot({ accessPoint, activation: manager.accessPoint(accessPoint)?.activation });
    session.open();
    await leader.answer('hold');
    assert.equal(manager.isStartedHere(accessPoint), true);
    leader.listener.down();
    leader.listener.alone('the disk is full');
    assert.equal(manager.isStartedHere(accessPoint), false);
    session.close();
    await turn();
    assert.deepEqual([session.isOpen, platform.simulation.acts], [false, []]);
  });

  test('O5: the same stops what it has started itself', async () => {
    const activation = await started();
    leader.snapshot({ accessPoint, activation });
    leader.listener.down();
    leader.listener.alone('the disk is full');
    session.close();
    await turn();
    assert.deepEqual(platform.simulation.acts, ['start lan', 'stop lan']);
  });

  test('O5a, O8: what is left of a start by others is not cleared away for one of ours before it', async () => {
    const { simulation } = platform;
    simulation.add({ identifier: 'vpn', lingers: true });
    const other = manager.createSession('vpn');
    other.open();
    await leader.answer('hold');
    await leader.answer('start', { go: true });
    const activation = manager.accessPoint('vpn')?.activation;
    simulation.set('vpn', { inReach: false });
    await turn();
    assert.equal(manager.accessPoint('vpn')?.lingers, true);
    simulation.set('vpn', { up: false });
    simulation.set('vpn', { inReach: true, up: true });
    simulation.set('vpn', { inReach: false });
    assert.equal(manager.accessPoint('vpn')?.lingers, true, 'what others have started');
    await leader.answer('clear', { go: true });
    assert.deepEqual(simulation.acts, ['start vpn']);
    const over = { accessPoint: 'vpn', kind: 'stop', activation, cause: undefined };
    assert.deepEqual(leader.said('ended').at(-1), over);
  });

  test('O8: who clears away what is left of a lost link is asked of the next leader, before that hears of the loss', async () => {
    const activation = await started();
    platform.simulation.set(accessPoint, { up: false });
    await turn();
    assert.deepEqual(leader.asked, ['clear', 'leave']);
    leader.listener.down();
    leader.up({ accessPoint, activation });
    assert.deepEqual([leader.said('lost'), leader.asked], [[], ['clear', 'leave', 'clear', 'leave']]);
    await leader.answer('clear', { go: false });
    leader.snapshot();
    leader.snapshot({ accessPoint, activation });
    assert.deepEqual(leader.said('lost'), [{ accessPoint, activation }]);
  });

  test('M5: what a leader does not count that gives no sign is not counted, until it answers', async () => {
    const isShared = () => (manager.capabilities & Capability.SystemSessionSupport) !== 0;
    session.open();
    assert.equal(isShared(), true);
    await clock.advance(1_999);
    assert.equal(isShared(), true);
    await clock.advance(1);
    assert.deepEqual([isShared(), session.failure?.cause.code], [false, 'ledgerSilent']);
    await leader.answer('hold');
    assert.equal(isShared(), true);
  });

  test('a leader that is slow lives as long as it says anything: only one that says nothing is silent', async () => {
    const others = ['wifi', 'vpn'].map((identifier) => {
      platform.simulation.add({ identifier });
      return manager.createSession(identifier);
    });
    const causes = () => [session, ...others].map(({ failure }) => failure?.cause.code);
    for (const each of [session, ...others]) {
      each.open();
    }
    await clock.advance(1_500);
    assert.deepEqual(leader.asked, ['hold', 'hold', 'hold', 'ping'], 'it was asked for a sign');
    await leader.answer('hold');
    await clock.advance(1_000);
    assert.deepEqual(causes(), [undefined, undefined, undefined]);
    await leader.refuse('hold', { code: 'movingElsewhere', other: 'Editor: a' });
    await clock.advance(1_000);
    assert.deepEqual(causes(), [undefined, 'movingElsewhere', undefined], 'a refusal is an answer');
    leader.snapshot();
    await clock.advance(1_000);
    assert.deepEqual(causes(), [undefined, 'movingElsewhere', undefined], 'it has told of something');
    await clock.advance(1_000);
    assert.deepEqual(causes(), ['ledgerSilent', 'movingElsewhere', 'ledgerSilent']);
  });

  test('M5: what a leader that is gone answers at last says nothing of the next one', async () => {
    session.open();
    leader.listener.down();
    leader.up();
    await clock.advance(2_000);
    assert.equal(ledger.isShared, false);
    await leader.answer('hold');
    assert.equal(ledger.isShared, false, 'that was the one before it');
    await leader.answer('ping');
    assert.equal(ledger.isShared, true);
  });

  suite('that has to count for itself', () => {
    const alone = () => {
      leader.listener.down();
      leader.listener.alone('the disk is full');
    };
    const opened = async (opening: NetworkSession) => {
      opening.open();
      await turn();
      assert.equal(opening.isOpen, true, opening.errorString);
    };

    test('O5: tells what it holds and has started when there is a leader again, and asks that one from then on', async () => {
      alone();
      await opened(session);
      const activation = manager.accessPoint(accessPoint)?.activation ?? assert.fail();
      const { holds, claims, operations } = leader.listener.declaration();
      assert.deepEqual(
        [holds.map((each) => [each.accessPoint, each.sessions.length]), claims, operations],
        [[[accessPoint, 1]], [{ accessPoint, activation, isOwn: true }], []],
      );
      leader.up({ accessPoint, activation });
      assert.equal(ledger.sharing.kind, 'shared');
      assert.equal(manager.isStartedHere(accessPoint), true);
      session.close();
      await turn();
      assert.deepEqual([leader.asked, platform.simulation.stops(accessPoint)], [['leave'], 0]);
      await leader.answer('leave', { stop: false });
      assert.deepEqual([session.isOpen, platform.simulation.stops(accessPoint)], [false, 0], 'others hold it');
    });

    test('O5a: does not claim what was up before, and what it has left or stopped it does not hold', async () => {
      alone();
      platform.simulation.set(accessPoint, { up: true });
      await opened(session);
      platform.simulation.add({ identifier: 'wifi' });
      const other = manager.createSession('wifi');
      await opened(other);
      other.close();
      await turn();
      assert.equal(platform.simulation.stops('wifi'), 1);
      const { holds, claims } = leader.listener.declaration();
      assert.deepEqual([holds.map((each) => each.accessPoint), claims], [[accessPoint], []]);
    });

    test('O1: what is begun while a leader is told waits for its answer', async () => {
      alone();
      leader.listener.declaration();
      session.open();
      await turn();
      assert.deepEqual([session.isOpen, platform.simulation.acts, leader.asked], [false, [], []]);
      assert.equal(ledger.sharing.kind, 'alone', 'the person is told of a leader that is there');
      leader.up();
      await leader.answer('hold');
      assert.deepEqual([leader.asked, platform.simulation.acts], [['start'], []]);
      await leader.answer('start', { go: true });
      assert.equal(session.isOpen, true);
    });

    test('O10a: the same goes on by itself where nothing came of that', async () => {
      alone();
      leader.listener.declaration();
      session.open();
      await turn();
      leader.listener.alone('the disk is full');
      await turn();
      assert.equal(session.isOpen, true);
    });

    test('O10a: what waits for a leader that is told, and says nothing more, is refused in time', async () => {
      alone();
      leader.listener.declaration();
      session.open();
      await clock.advance(2_000);
      assert.equal(session.failure?.cause.code, 'ledgerSilent');
      assert.equal(clock.pending, 0);
    });

    test('a move and a start that are under way are told too', async () => {
      alone();
      platform.simulation.set(accessPoint, { startMs: 60_000 });
      session.open();
      await turn();
      const { holds, operations } = leader.listener.declaration();
      assert.deepEqual(
        [holds.map((each) => each.accessPoint), operations],
        [[accessPoint], [{ accessPoint, kind: 'start' }]],
      );
    });

    test('warns once for each reason, however often it is told', () => {
      const warnings: string[] = [];
      const another = new SharedLedger(new FakeLeader().broker, {
        clock,
        logger: { ...silentLogger, warn: (message) => warnings.push(message) },
      });
      for (const reason of ['the disk is full', 'the disk is full', 'it is read-only', 'it is read-only']) {
        another.alone(reason);
      }
      assert.equal(warnings.length, 2);
    });
  });
});
