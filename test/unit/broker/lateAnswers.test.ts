// What the leader permits comes late, not at all, or when it is not wanted any more; the platform answers when the test wants.
import assert from 'node:assert/strict';
import type { ClientInfo } from '../../../src/broker/messages.js';
import { SharedLedger } from '../../../src/broker/sharedLedger.js';
import {
  NetworkConfigurationManager,
  type NetworkSession,
  PlatformFailure,
  SessionState,
} from '../../../src/engine/index.js';
import { eventsOf } from '../../fixtures/engineFixture.js';
import { FakeLeader, turn } from '../../fixtures/fakeLeader.js';
import { FakePlatform, factsOf } from '../../fixtures/fakePlatform.js';
import { TestClock } from '../../fixtures/testClock.js';

const lan = 'lan';
const other: ClientInfo = { id: 'b'.repeat(32), product: 'Editor', window: 'b', windowKey: '', pid: 2 };
const byOther = { code: 'stoppedElsewhere', other: 'Editor: b' } as const;
const networks = [{ identifier: 'home', name: 'Home', accessPoints: ['wifi', lan], roaming: 'ask' as const }];

suite('answers of the leader that come late', () => {
  let clock: TestClock;
  let leader: FakeLeader;
  let platform: FakePlatform;
  let ledger: SharedLedger;
  let manager: NetworkConfigurationManager;
  let session: NetworkSession;

  setup(async () => {
    clock = new TestClock();
    leader = new FakeLeader();
    ledger = new SharedLedger(leader.broker, { clock });
    platform = new FakePlatform(
      [{ identifier: lan }, { identifier: 'wifi', link: 'up', activation: 'w' }],
      {},
      { routing: true },
    );
    manager = new NetworkConfigurationManager(platform, { ledger, clock, serviceNetworks: networks });
    ledger.start();
    await manager.start();
    leader.up();
    session = manager.createSession(lan);
  });

  async function permitted(): Promise<void> {
    session.open();
    await leader.answer('hold');
    await leader.answer('start', { go: true });
  }

  async function opened(): Promise<void> {
    await permitted();
    await platform.set(lan, { link: 'up', activation: 'x' });
    assert.equal(session.isOpen, true);
  }

  const stopsTold = () => leader.said('ended').filter((end) => 'kind' in end && end.kind === 'stop');

  test('O11: what is removed while it is being started is not being started any more', async () => {
    await permitted();
    await platform.remove(lan);
    assert.equal(manager.isStartedHere(lan), false);
    assert.deepEqual(leader.said('ended'), [{ accessPoint: lan, kind: 'start', cause: { code: 'profileRemoved' } }]);
    await leader.answer('leave', { stop: false });
    platform.tell({ accessPoints: [factsOf({ identifier: lan })] });
    session.open();
    await leader.answer('hold');
    assert.deepEqual(leader.asked, ['start']);
    assert.deepEqual(platform.acts, ['start lan']);
  });

  test('O5a: what others begin before the permit arrives is theirs, and so is what they begin next', async () => {
    session.open();
    await leader.answer('hold');
    await platform.set(lan, { link: 'starting', activation: 'x' });
    await leader.answer('start', { go: true });
    await platform.set(lan, { link: 'down', activation: undefined });
    assert.equal(session.isOpening, false);
    await leader.answer('leave', { stop: false });
    await platform.set(lan, { link: 'up', activation: 'y' });
    assert.equal(manager.isStartedHere(lan), false);
    assert.deepEqual(leader.said('ended'), [{ accessPoint: lan, kind: 'start', cause: { code: 'ledgerSilent' } }]);
    assert.deepEqual(leader.listener.declaration(), { holds: [], claims: [], operations: [] });
  });

  test('O3: what was refused to one that has given up is not refused to the next', async () => {
    session.open();
    await leader.answer('hold');
    session.close();
    await turn();
    session.open();
    await leader.refuse('start', { code: 'cancelled' });
    assert.equal(session.isOpening, true);
    await leader.answer('leave', { stop: false });
    await leader.answer('hold');
    await leader.answer('start', { go: true });
    assert.deepEqual(platform.acts, ['start lan']);
  });

  test('O7: who waits to be counted counts as open', async () => {
    const heard = eventsOf(session);
    session.open();
    await leader.refuse('hold', byOther);
    assert.deepEqual(heard, ['SessionAbortedError', 'closed']);
    assert.deepEqual(session.failure?.cause, byOther);
  });

  test('O7: the same on a service network', async () => {
    const roaming = manager.createSession('home');
    const heard = eventsOf(roaming);
    roaming.open();
    await turn();
    await leader.refuse('hold', byOther);
    assert.deepEqual(heard.slice(-2), ['SessionAbortedError', 'closed']);
    assert.equal(roaming.isOpening, false);
    assert.deepEqual(leader.asked, []);
  });

  test('O5: what was given up while the next leader was told of it is not held there for ever', async () => {
    await opened();
    session.close();
    leader.listener.down();
    assert.deepEqual(
      leader.listener.declaration().holds.map(({ accessPoint }) => accessPoint),
      [lan],
      'the next one is told that it is held',
    );
    await clock.advance(3_000);
    assert.equal(session.failure?.cause.code, 'ledgerSilent');
    leader.up();
    assert.deepEqual(leader.asked.slice(1), ['leave']);
    await leader.answer('leave'); // Of the line that is over.
    await leader.answer('leave', { stop: true });
    assert.equal(leader.said('ended').at(-1), stopsTold().at(-1));
    assert.deepEqual(stopsTold().at(-1), { accessPoint: lan, kind: 'stop', cause: { code: 'ledgerSilent' } });
    assert.deepEqual(platform.acts, ['start lan'], 'the leader stops it, or knows why not');
    assert.equal(clock.pending, 0);
  });

  test('O7: a stop() that comes while a close is being decided does not wait for that stop for ever', async () => {
    await opened();
    const caller = manager.createSession(lan);
    const [heard, told] = [eventsOf(session), eventsOf(caller)];
    session.close();
    caller.stop();
    await leader.answer('leave', { stop: true });
    assert.deepEqual(platform.acts, ['start lan', 'stop lan']);
    await platform.serve();
    assert.deepEqual(stopsTold(), [{ accessPoint: lan, kind: 'stop', activation: 'x', cause: undefined }]);
    await leader.answer('stop', { go: false });
    assert.deepEqual(heard, ['Closing', 'Disconnected', 'closed']);
    assert.deepEqual(told, ['Closing', 'Disconnected']);
  });

  for (const links of [['stopping', 'down'], ['down']] as const) {
    test(`O7: what goes down from outside before its stop() is permitted is stopped by that (${links})`, async () => {
      await opened();
      const heard = eventsOf(session);
      session.stop();
      for (const link of links) {
        await platform.set(lan, link === 'down' ? { link, activation: undefined } : { link });
      }
      await leader.answer('stop', { go: true });
      assert.equal(heard.at(-1), 'closed');
      assert.equal(session.isOpen || session.isOpening, false);
      assert.deepEqual(platform.acts, ['start lan'], 'nothing else is stopped for it');
      assert.deepEqual(stopsTold(), [
        { accessPoint: lan, kind: 'stop', activation: 'x', cause: { code: 'ledgerSilent' } },
      ]);
      assert.equal(clock.pending, 0, 'nothing is under way any more');
    });
  }

  test('O6, O7: who is closed while a stop() waits ends with it, also where nothing is left to stop', async () => {
    await permitted();
    manager.createSession(lan).stop();
    const heard = eventsOf(session);
    session.close();
    await platform.pending('start', lan).reject(new PlatformFailure({ code: 'noAddress' }));
    await leader.answer('stop', { go: true });
    assert.deepEqual([heard.at(-1), session.failure?.cause.code], ['closed', 'cancelled']);
    assert.deepEqual(platform.acts, ['start lan']);
    await leader.answer('leave', { stop: false });
    assert.equal(clock.pending, 0);
    session.dispose();
    await manager.dispose();
  });

  test('O10a: a stop that nobody has accepted in time is over for the others too', async () => {
    await opened();
    session.stop();
    await leader.answer('stop', { go: true });
    await clock.advance(30_000);
    assert.equal(session.failure?.cause.code, 'timedOut');
    assert.deepEqual(stopsTold(), [
      { accessPoint: lan, kind: 'stop', activation: 'x', cause: { code: 'timedOut', seconds: 30 } },
    ]);
    await platform.pending('stop', lan).resolve();
    assert.deepEqual(leader.said('accepted'), []);
    assert.equal(stopsTold().length, 1);
  });

  test('O3, O7: a next leader is told of a stop as what it is, and of one that was accepted as of any other', async () => {
    const declared = () => leader.listener.declaration().operations.map(({ kind }) => kind);
    await opened();
    session.stop();
    await leader.answer('stop', { go: true });
    assert.deepEqual(declared(), ['stop']);
    await platform.set(lan, { link: 'stopping' }); // It is accepted by that.
    assert.deepEqual(declared(), ['leave']);
    await platform.pending('stop', lan).resolve();
    await platform.set(lan, { link: 'down', activation: undefined });
    assert.deepEqual(declared(), []);

    await leader.answer('leave', { stop: false });
    await opened();
    session.close();
    await leader.answer('leave', { stop: true });
    assert.deepEqual(declared(), ['leave']);
  });

  test('O8: nor does it take the clearing away of a lost link for a stop()', async () => {
    await opened();
    leader.snapshot({ accessPoint: lan, activation: 'x' });
    await platform.set(lan, { link: 'down', activation: undefined, lingers: true });
    await leader.answer('clear', { go: true });
    assert.deepEqual(
      leader.listener.declaration().operations.map(({ kind }) => kind),
      ['clear'],
    );
  });

  test('O7: a start goes on where its stop is refused, and is ours', async () => {
    await permitted();
    session.stop();
    await leader.answer('stop', { go: true });
    await platform.pending('stop', lan).reject(new PlatformFailure({ code: 'missingPermission' }));
    await platform.set(lan, { link: 'up', activation: 'x' });
    assert.equal(session.isOpen, true);
    assert.equal(manager.isStartedHere(lan), true);
    assert.deepEqual(leader.said('ended').at(-1), { accessPoint: lan, kind: 'start', activation: 'x' });
  });

  test('O7: two windows call stop() at once: neither hears of an error', async () => {
    await opened();
    const heard = eventsOf(session);
    session.stop();
    await turn();
    leader.listener.ended(lan, other, 'x');
    await platform.set(lan, { link: 'stopping' });
    await platform.set(lan, { link: 'down', activation: undefined });
    await leader.answer('stop', { go: false });
    assert.deepEqual(heard, ['Closing', 'Disconnected', 'closed']);
    assert.equal(session.failure, undefined);
  });

  test('O8: who has left before a stop was accepted does not take a later loss for it', async () => {
    await opened();
    leader.listener.stopping(lan, other);
    session.close();
    await leader.answer('leave', { stop: false });
    session.open();
    await leader.answer('hold');
    assert.equal(session.isOpen, true);
    await platform.set(lan, { link: 'down', activation: undefined, cause: { code: 'carrierLost' } });
    assert.equal(session.failure?.cause.code, 'carrierLost');
  });

  test('O8: nor who has lost the leader that would have taken it back', async () => {
    await opened();
    leader.listener.stopping(lan, other);
    leader.listener.down();
    leader.up();
    await platform.set(lan, { link: 'down', activation: undefined, cause: { code: 'carrierLost' } });
    assert.equal(session.failure?.cause.code, 'carrierLost');
  });

  test('O10a: what is said to be over and stays up can be opened again', async () => {
    await opened();
    leader.listener.ended(lan, other, 'x');
    await clock.advance(30_000);
    assert.equal(session.state, SessionState.Connected, 'the other one could not stop it in the end');
    session.open();
    await leader.answer('hold');
    assert.equal(session.isOpen, false, 'what it sees may be the past');
    await clock.advance(1_000);
    assert.equal(session.isOpen, true);
    assert.equal(clock.pending, 0);
  });

  test('R3: a move that could not be prepared is over for the others too', async () => {
    await opened();
    const roaming = manager.createSession('home');
    roaming.open();
    await turn();
    await leader.answer('hold');
    assert.equal(roaming.isOpen, true);
    roaming.migrate(lan);
    await turn();
    await leader.answer('move');
    await platform.pending('prepare', lan).reject(new PlatformFailure({ code: 'other' }));
    assert.deepEqual(leader.said('ended').at(-1), { accessPoint: lan, kind: 'move' });
  });
});
