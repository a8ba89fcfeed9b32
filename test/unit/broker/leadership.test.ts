// A window that does not lead any more, with its own requests under way.
import assert from 'node:assert/strict';
import { WindowBroker } from '../../../src/broker/broker.js';
import type { Connector } from '../../../src/broker/election.js';
import { PlaceUnusable } from '../../../src/broker/place.js';
import { SharedLedger } from '../../../src/broker/sharedLedger.js';
import { bookTimes } from '../../../src/broker/times.js';
import { Emitter, NetworkConfigurationManager, silentLogger } from '../../../src/engine/index.js';
import { SimulatedPlatform } from '../../../src/platforms/simulated/index.js';
import { TestClock } from '../../fixtures/testClock.js';

const report = (error: unknown) => assert.fail(String(error));

suite('a window that leads no more', () => {
  test('what it has asked itself is asked of the next leader', async () => {
    const clock = new TestClock();
    const losses: Emitter<void>[] = [];
    const join = async () => {
      const didLose = new Emitter<void>(report);
      losses.push(didLose);
      const server = {
        term: losses.length,
        mayAct: () => true,
        onDidLose: didLose.event,
        onDidConnect: new Emitter(report).event,
        close: async () => undefined,
      };
      return { role: 'leader', server, place: { claims: '/nowhere/claims' } };
    };
    const connector = { join, onDidStall: new Emitter(report).event } as unknown as Connector;
    const client = { id: 'a'.repeat(32), product: '', window: '', windowKey: '', pid: 1 };
    const ledger = new SharedLedger(
      new WindowBroker({ client, connector, times: bookTimes, clock, logger: silentLogger }),
      { clock },
    );
    const platform = new SimulatedPlatform({ accessPoints: [{ identifier: 'lan' }], clock });
    platform.simulation.set('lan', { up: true });
    const manager = new NetworkConfigurationManager(platform, { ledger, clock });
    ledger.start();
    await manager.start();
    await clock.advance(0);
    const session = manager.createSession('lan');
    session.open();
    await clock.advance(0);
    assert.equal(session.isOpening, true, 'it waits for those that were there before');
    losses[0]?.fire();
    await clock.advance(0);
    assert.equal(losses.length, 2);
    await clock.advance(bookTimes.settle);
    assert.deepEqual([session.isOpen, session.errorString], [true, '']);
    await ledger.dispose();
    await manager.dispose();
  });

  test('a window that is cut off each time that it says who it is does not come back without end', async () => {
    const clock = new TestClock();
    const tried: (number | undefined)[] = [];
    const join = async (_signal: AbortSignal, before?: number) => {
      tried.push(before);
      if (tried.length > 3) {
        throw new PlaceUnusable('noPlace', 'enough');
      }
      const nothing = new Emitter<void>(report).event;
      const request = () => Promise.reject(new Error('cut off'));
      const channel = { request, notify() {}, onRequest() {}, onNotification() {}, onDidClose: nothing, close() {} };
      return { role: 'follower', term: 1, channel, mayAct: () => true };
    };
    const connector = { join, onDidStall: new Emitter(report).event } as unknown as Connector;
    const client = { id: 'a'.repeat(32), product: '', window: '', windowKey: '', pid: 1 };
    const broker = new WindowBroker({ client, connector, times: bookTimes, clock, logger: silentLogger });
    const ledger = new SharedLedger(broker, { clock });
    ledger.start();
    await clock.advance(0);
    assert.deepEqual([tried, ledger.sharing.kind], [[0, 1, 2, 3], 'alone']);
  });
});
