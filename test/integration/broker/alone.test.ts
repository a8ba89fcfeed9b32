// A window that has to count for itself, until it need not any more: files and sockets as they are, and the time of a test.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { WindowBroker } from '../../../src/broker/broker.js';
import { Connector, type Membership } from '../../../src/broker/election.js';
import type { LineListener } from '../../../src/broker/line.js';
import { bounds, type Declaration, protocolVersion } from '../../../src/broker/messages.js';
import { bookTimes, type ElectionTimes, electionTimes } from '../../../src/broker/times.js';
import { type Clock, silentLogger, systemClock } from '../../../src/engine/index.js';
import { client, nothing } from '../../fixtures/bookFixture.js';
import { placesIn } from '../../fixtures/brokerWindow.js';
import { settled, TestClock } from '../../fixtures/testClock.js';
import { until } from '../../fixtures/windows.js';

/** What a window is told of how it counts. */
class Told implements LineListener {
  readonly all: string[] = [];
  declared: Declaration = nothing;

  declaration() {
    return this.declared;
  }
  up() {
    this.all.push('up');
  }
  down() {
    this.all.push('down');
  }
  alone(reason: string) {
    this.all.push(`alone: ${reason}`);
  }
  snapshot() {}
  stopping() {}
  ended() {}
  shown() {
    return undefined;
  }
  stopUnheld(_: string, __: string, done: (isDown: boolean) => void) {
    done(false);
  }
}

suite('a window that counts for itself', () => {
  let folder: string;
  let clock: TestClock;
  let close: (() => Promise<unknown>)[];

  setup(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'ns-'));
    clock = new TestClock();
    close = [];
  });

  teardown(async () => {
    for (const each of close.reverse()) {
      await each();
    }
    assert.equal(clock.pending, 0, 'no timer is left');
    rmSync(folder, { recursive: true });
  });

  const make = (...names: readonly string[]) => {
    for (const name of names) {
      rmSync(path.join(folder, name), { recursive: true, force: true });
      mkdirSync(path.join(folder, name));
    }
  };
  const spoil = (...names: readonly string[]) => {
    for (const name of names) {
      rmSync(path.join(folder, name), { recursive: true, force: true });
      writeFileSync(path.join(folder, name), '');
    }
  };

  function connector(its: Clock, times: Partial<ElectionTimes> = {}, versions = [protocolVersion], clients?: number) {
    return new Connector({ places: placesIn(folder), clock: its, logger: silentLogger, versions, times, clients });
  }

  function begin(letter: string, its: Clock = clock, times: Partial<ElectionTimes> = {}) {
    const told = new Told();
    const broker = new WindowBroker({
      client: client(letter),
      connector: connector(its, times),
      times: bookTimes,
      clock: its,
      logger: silentLogger,
    });
    broker.start(told);
    close.push(() => broker.dispose());
    return { told, broker };
  }

  const isAlone = ({ all }: Told) => all.at(-1)?.startsWith('alone') === true;
  const came = async (holds: () => boolean) => {
    for (let tries = 0; !holds(); tries++) {
      assert.ok(tries < 10_000, 'it never came');
      await settled();
    }
  };
  /** By the real time, and often. */
  const soon = { alone: [10, 40], retry: [1, 5], handshake: 200 } as const;

  async function lead(versions?: number[], clients?: number): Promise<Membership> {
    const joined = await connector(systemClock, {}, versions, clients).join(new AbortController().signal);
    assert.ok(joined.role === 'leader');
    joined.server.onDidConnect((channel) => {
      channel.onRequest(async () => ({
        term: joined.term,
        leader: client('L').id,
        others: { term: joined.term, clients: [], holds: [], claims: [] },
      }));
      channel.onNotification(() => {});
    });
    close.push(() => joined.server.close());
    return joined;
  }

  test('tries again by itself, ever more slowly, once a minute in the end, and has one timer', async () => {
    spoil('home', 'tmp');
    const { told } = begin('A');
    await came(() => isAlone(told));
    const at: number[] = [];
    for (let seconds = 1; seconds <= 400; seconds++) {
      const before = told.all.length;
      await clock.advance(1_000);
      await came(() => clock.pending === 1);
      if (told.all.length > before) {
        at.push(seconds);
      }
    }
    assert.deepEqual(at, [10, 30, 70, 130, 190, 250, 310, 370]);
    assert.deepEqual(electionTimes.alone, [10_000, 60_000]);
  });

  test('leads when the trouble is over, and begins to count its tries anew', async () => {
    spoil('home', 'tmp');
    const { told } = begin('A');
    await came(() => isAlone(told));
    await clock.advance(10_000);
    await came(() => told.all.length === 2 && clock.pending === 1);
    make('home', 'tmp');
    await clock.advance(19_999);
    assert.ok(isAlone(told));
    await clock.advance(1);
    await came(() => told.all.at(-1) === 'up');
  });

  test('gives up at once when it is disposed of', async () => {
    spoil('home', 'tmp');
    const { told, broker } = begin('A');
    await came(() => isAlone(told) && clock.pending === 1);
    await broker.dispose();
    assert.equal(clock.pending, 0);
  });

  test('follows when who spoke another version is gone, and when there is room again', async () => {
    make('home', 'tmp');
    for (const [versions, clients, reason] of [
      [[protocolVersion + 1], undefined, /another version/],
      [undefined, 0, /more windows are open/],
    ] as const) {
      const other = await lead(versions && [...versions], clients);
      const { told, broker } = begin('A', systemClock, soon);
      await until(() => told.all.length >= 3);
      assert.ok(
        told.all.every((each) => reason.test(each)),
        told.all.join(),
      );
      assert.ok(other.mayAct(), 'it is left alone');
      await (other.role === 'leader' && other.server.close());
      const next = await lead();
      await until(() => told.all.at(-1) === 'up');
      assert.ok(next.mayAct());
      await broker.dispose();
      await (next.role === 'leader' && next.server.close());
    }
  });

  test('goes on with that while who would count for it does not answer, and joins when it does', async () => {
    spoil('home', 'tmp');
    const { told } = begin('A', systemClock, { ...soon, handshake: 20 });
    await until(() => isAlone(told));
    make('home', 'tmp');
    const [place] = placesIn(folder).candidates;
    for (const each of place?.folders ?? []) {
      mkdirSync(each, { mode: 0o700 });
    }
    const sockets = new Set<Socket>();
    const stopped = createServer((socket) => sockets.add(socket.on('error', () => {})));
    stopped.listen(place?.socket);
    await until(() => told.all.filter((each) => each.endsWith('does not answer')).length >= 2);
    assert.ok(told.all.every((each) => each.startsWith('alone')));
    for (const socket of sockets) {
      socket.destroy();
    }
    stopped.close();
    await until(() => told.all.at(-1) === 'up');
  });

  test('goes on with that when a leader is lost that has just been told what it holds', async () => {
    spoil('home', 'tmp');
    const { told } = begin('A', systemClock, soon);
    await until(() => isAlone(told));
    make('home', 'tmp');
    let met = 0;
    const other = await connector(systemClock).join(new AbortController().signal);
    assert.ok(other.role === 'leader');
    close.push(() => other.server.close());
    other.server.onDidConnect((channel) => {
      channel.onRequest(() => {
        met++;
        channel.close();
        return new Promise(() => undefined);
      });
      channel.onNotification(() => {});
    });
    await until(() => met >= 2);
    assert.ok(
      told.all.every((each) => each.startsWith('alone')),
      'and it never looks as if others were there',
    );
    await other.server.close();
    await until(() => told.all.at(-1) === 'up');
  });

  test('of more than can be told of stays so, and joins when it holds less', async () => {
    make('home', 'tmp');
    const { told } = begin('A', systemClock, soon);
    told.declared = {
      ...nothing,
      holds: Array.from({ length: bounds.holdsOfClient + 1 }, (_, index) => ({
        accessPoint: `${index}`,
        sessions: [],
      })),
    };
    await until(() => told.all.length >= 3);
    assert.ok(
      told.all.every((each) => /^alone: .*more access points than can be counted/.test(each)),
      told.all.join(),
    );
    told.declared = nothing;
    await until(() => told.all.at(-1) === 'up');
  });
});
