// What a window tells the next leader of the one before, on the way between them.
import * as assert from 'node:assert/strict';
import { WindowBroker } from '../../../src/broker/broker.js';
import type { Channel } from '../../../src/broker/channel.js';
import type { Connector } from '../../../src/broker/election.js';
import type { Snapshot } from '../../../src/broker/messages.js';
import { SharedLedger } from '../../../src/broker/sharedLedger.js';
import { bookTimes } from '../../../src/broker/times.js';
import { Emitter, silentLogger } from '../../../src/engine/index.js';
import { client, nothing } from '../../fixtures/bookFixture.js';
import { TestClock } from '../../fixtures/testClock.js';

suite('what windows remember of the leader before', () => {
  const report = (error: unknown) => assert.fail(String(error));
  const [self, former, b] = [client('S'), client('L'), client('B')];
  const held = { client: b.id, detail: { accessPoint: 'lan', sessions: [] }, absent: false, info: b };
  const known: Snapshot = { term: 1, clients: [former, b, self], holds: [held], claims: [] };
  let clock: TestClock;
  let said: unknown[][];
  let ledger: SharedLedger;

  setup(() => {
    clock = new TestClock();
    said = [];
  });
  teardown(() => ledger.dispose());

  /** A window that is this, one after the other, and then waits. */
  async function window(...roles: readonly object[]): Promise<void> {
    const left = [...roles];
    const join = async () => left.shift() ?? new Promise(() => {});
    const connector = { join, onDidStall: new Emitter(report).event } as unknown as Connector;
    const options = { client: self, connector, times: bookTimes, clock, logger: silentLogger };
    ledger = new SharedLedger(new WindowBroker(options), { clock });
    ledger.start();
    await clock.advance(0);
  }

  function follower() {
    const didClose = new Emitter<void>(report);
    const close = () => didClose.fire();
    const channel = {
      request: async (method: string) => {
        said.push([method]);
        return { term: 1, leader: former.id, others: known };
      },
      notify: (method: string, params: object) => said.push([method, params]),
      onRequest() {},
      onNotification() {},
      onDidClose: didClose.event,
      close,
    };
    return { role: 'follower', channel, mayAct: () => true, close };
  }

  function leader() {
    const didConnect = new Emitter<Channel>(report);
    let hear: (method: string, params: unknown) => void = report;
    let answer: (method: string, params: unknown) => Promise<unknown> = async () => report('');
    const server = {
      term: 9,
      mayAct: () => true,
      onDidLose: new Emitter<void>(report).event,
      onDidConnect: didConnect.event,
      close: async () => undefined,
    };
    return {
      role: 'leader',
      server,
      place: { claims: '/nowhere/claims' },
      hear: (method: string, params: unknown) => hear(method, params),
      connect: () =>
        didConnect.fire({
          onNotification: (handler: typeof hear) => {
            hear = handler;
          },
          onRequest: (handler: typeof answer) => {
            answer = handler;
          },
          onDidClose: new Emitter<void>(report).event,
          notifyLatest() {},
          close() {},
        } as unknown as Channel),
      /** Who holds what, as told to one that comes. */
      async holds(): Promise<unknown> {
        const { others } = (await answer('declare', { client: client('A'), declaration: nothing })) as {
          others: Snapshot;
        };
        return others.holds.map(({ info: { window: name }, absent }) => [name, absent]);
      },
    };
  }

  test('a follower tells the next leader, before it says who it is; the one before is not waited for', async () => {
    const first = follower();
    await window(first, follower());
    assert.deepEqual(said.splice(0), [['declare']]);
    first.close();
    await clock.advance(0);
    assert.deepEqual(said, [['remember', { ...known, clients: [b, self] }], ['declare']]);
  });

  test('one that has followed and leads next knows it by itself', async () => {
    const [first, next] = [follower(), leader()];
    await window(first, next);
    first.close();
    await clock.advance(0);
    next.connect();
    assert.deepEqual(await next.holds(), [['B', true]]);
  });

  test('a leader reads it, and nothing else before somebody has said who it is, and not after', async () => {
    const it = leader();
    await window(it);
    it.connect();
    assert.throws(() => it.hear('bye', {}), /who it is/);
    it.hear('remember', { ...known, clients: [b] });
    assert.deepEqual(await it.holds(), [['B', true]]);
    assert.throws(() => it.hear('remember', known), /remembers/);
  });
});
