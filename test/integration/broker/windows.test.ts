// Managers that count together: real sockets, one simulated network, everything else as in the windows of a person.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Channel } from '../../../src/broker/channel.js';
import { Connector } from '../../../src/broker/election.js';
import { bounds, type Declaration, protocolVersion } from '../../../src/broker/messages.js';
import { openBroker } from '../../../src/broker/open.js';
import { PlaceUnusable, placesOn, thisMachine } from '../../../src/broker/place.js';
import { SharedLedger } from '../../../src/broker/sharedLedger.js';
import {
  Capability,
  NetworkConfigurationManager,
  SessionError,
  SessionState,
  silentLogger,
  systemClock,
} from '../../../src/engine/index.js';
import { storyOf } from '../../fixtures/ends.js';
import { eventsOf } from '../../fixtures/engineFixture.js';
import { SharedNetwork } from '../../fixtures/sharedNetwork.js';
import { closed, Desk, until } from '../../fixtures/windows.js';

/** A window that is only its connection to the leader. Rejects when it is not let in. */
async function stranger(home: string, declared: Partial<Declaration> = {}): Promise<Channel> {
  const { candidates } = placesOn(thisMachine(home));
  const places = { candidates, passedOver: [] };
  const connector = new Connector({ places, clock: systemClock, logger: silentLogger, versions: [protocolVersion] });
  const membership = await connector.join(new AbortController().signal);
  assert.ok(membership.role === 'follower');
  const { channel } = membership;
  channel.onNotification(() => {});
  const client = { id: randomBytes(16).toString('hex'), product: '', window: '', windowKey: '', pid: 1 };
  const declaration: Declaration = { holds: [], claims: [], operations: [], ...declared };
  await channel.request('declare', { client, declaration }, 5_000);
  return channel;
}

suite('sessions across windows', () => {
  let desk: Desk;
  let network: SharedNetwork;
  const window = (name: string) => desk.window(name);

  setup(() => {
    desk = new Desk({
      accessPoints: [
        { identifier: 'lan', startMs: 5, stopMs: 5 },
        { identifier: 'wifi', startMs: 5, stopMs: 5 },
      ],
    });
    network = desk.network;
  });

  teardown(() => desk.clear());

  test('M5: the ledger is shared exactly while it works', async () => {
    const a = await window('a');
    assert.ok(a.manager.capabilities & Capability.SystemSessionSupport);
    await a.leave();
    assert.ok(!(a.manager.capabilities & Capability.SystemSessionSupport));
  });

  test('O1, O5: opened in two windows it is started once, and stopped after the last close', async () => {
    const [a, b] = [await window('a'), await window('b')];
    const [one, other] = await Promise.all([a.open('lan'), b.open('lan')]);
    assert.equal(network.simulation.starts('lan'), 1);
    const first = closed(one);
    one.close();
    await first;
    assert.equal(network.simulation.stops('lan'), 0);
    assert.equal(other.state, SessionState.Connected);
    const second = closed(other);
    other.close();
    await second;
    assert.equal(network.simulation.stops('lan'), 1);
    assert.equal(network.simulation.link('lan').link, 'down');
  });

  test('O5: whichever of them had started it, the last to close stops it', async () => {
    const [a, b] = [await window('a'), await window('b')];
    const one = await a.open('lan');
    const other = await b.open('lan');
    for (const session of [other, one]) {
      const end = closed(session);
      session.close();
      await end;
    }
    assert.deepEqual([network.simulation.starts('lan'), network.simulation.stops('lan')], [1, 1]);
  });

  test('O5: the same where another user has made a folder of the name that theirs might have', async () => {
    const name = placesOn(thisMachine(desk.home)).candidates.at(-1)?.folders[0] ?? assert.fail();
    const [mode, other] = process.getuid?.() === 0 ? [0o700, { uid: 65_534, gid: 65_534 }] : [0o777, {}];
    assert.equal(spawnSync('mkdir', ['-m', mode.toString(8), name], other).status, 0);
    try {
      const [a, b] = [await window('a'), await window('b')];
      const [one, session] = [await a.open('lan'), await b.open('lan')];
      const end = closed(one);
      one.close();
      await end;
      assert.equal(session.isOpen, true, 'the close of the one is not the end of the other');
      assert.deepEqual([network.simulation.starts('lan'), network.simulation.stops('lan')], [1, 0]);
    } finally {
      rmdirSync(name);
    }
  });

  test('O5a: what was up before stays up', async () => {
    network.simulation.set('lan', { up: true });
    const [a, b] = [await window('a'), await window('b')];
    const sessions = [await a.open('lan'), await b.open('lan')];
    for (const session of sessions) {
      const end = closed(session);
      session.close();
      await end;
    }
    assert.equal(network.simulation.stops('lan'), 0);
  });

  test('O7: stop ends the sessions of all windows, and says who did it', async () => {
    const [a, b] = [await window('a'), await window('b')];
    const one = await a.open('lan');
    const other = await b.open('lan');
    const ends = [closed(one), closed(other)];
    const stories = [storyOf(one), storyOf(other)];
    one.stop();
    await Promise.all(ends);
    assert.deepEqual(
      stories.map((story) => story.at(-1)),
      ['end stopped thisSession', 'end stopped anotherWindow stoppedElsewhere'],
    );
    assert.equal(network.simulation.stops('lan'), 1);
    assert.equal(other.error, SessionError.SessionAbortedError);
    assert.deepEqual(other.failure?.cause, { code: 'stoppedElsewhere', other: 'Editor: a' });
    assert.equal(one.failure, undefined);
    assert.equal(other.state, SessionState.Disconnected);
  });

  test('O5, O7: who closes while its window waits for a stop() is closed with it', async () => {
    const a = await window('a');
    const session = await a.open('lan');
    const heard = eventsOf(session);
    const end = closed(session);
    a.manager.createSession('lan').stop();
    session.close();
    await end;
    assert.deepEqual(heard, ['Closing', 'Disconnected', 'closed']);
    assert.equal(network.simulation.stops('lan'), 1);
  });

  test('O3: opening while another window stops it waits for the stop, although the facts come late', async () => {
    const [a, b] = [await window('a'), await window('b')];
    const one = await a.open('lan');
    b.view.holdBack();
    const end = closed(one);
    one.close();
    const other = b.manager.createSession('lan');
    other.open();
    await end;
    assert.equal(network.simulation.stops('lan'), 1);
    await until(() => a.manager.holdersElsewhere('lan').length === 1);
    assert.equal(other.isOpen, false, 'what it sees is the past');
    b.view.letGo();
    assert.equal(await other.waitForOpened(5_000), true);
    assert.equal(network.simulation.starts('lan'), 2);
  });

  test('O1: what another window has just started is not started again, although the facts come late', async () => {
    const [a, b] = [await window('a'), await window('b')];
    b.view.holdBack();
    await a.open('lan');
    const other = b.manager.createSession('lan');
    other.open();
    await until(() => a.manager.holdersElsewhere('lan').length === 1);
    b.view.letGo();
    assert.equal(await other.waitForOpened(5_000), true);
    assert.equal(network.simulation.starts('lan'), 1);
  });

  test('O10: a window that goes is missed after the grace, and what was started is stopped after the linger', async () => {
    const [a, b] = [await window('a'), await window('b')];
    await b.open('lan');
    await b.leave();
    assert.equal(network.simulation.link('lan').link, 'up');
    await until(() => a.manager.holdersElsewhere('lan')[0]?.isAbsent === true);
    await until(() => network.simulation.link('lan').link === 'down');
    assert.equal(network.simulation.stops('lan'), 1);
  });

  test('O10: the same when it led', async () => {
    const [a, b] = [await window('a'), await window('b')];
    await a.open('lan');
    await a.leave();
    await until(() => b.ledger.isShared);
    assert.equal(network.simulation.link('lan').link, 'up');
    await until(() => network.simulation.link('lan').link === 'down');
    assert.equal(network.simulation.stops('lan'), 1);
  });

  test('O10: what the last window has left up is adopted by the next one, and stopped when nobody comes for it', async () => {
    const a = await window('a');
    await a.open('lan');
    await a.leave();
    const b = await window('b');
    assert.equal(network.simulation.link('lan').link, 'up');
    await until(() => network.simulation.link('lan').link === 'down');
    await until(() => !b.manager.isStartedHere('lan'));
  });

  test('O10, O5a: the same is left alone where somebody else has started it anew meanwhile', async () => {
    const a = await window('a');
    await a.open('lan');
    await a.leave();
    network.simulation.set('lan', { up: false });
    network.simulation.set('lan', { up: true });
    const b = await window('b');
    const session = await b.open('lan');
    const end = closed(session);
    session.close();
    await end;
    assert.equal(network.simulation.stops('lan'), 0);
  });

  test('O10: what the leader does not know is stopped by a window that does', async () => {
    const other = new SharedNetwork({ accessPoints: [] });
    const [leader, b, c] = [await desk.window('leader', [], other), await window('b'), await window('c')];
    await b.open('lan');
    await b.leave();
    await until(() => network.simulation.link('lan').link === 'down');
    assert.equal(network.simulation.stops('lan'), 1);
    await until(() => !c.manager.isStartedHere('lan'));
    assert.equal(leader.manager.allConfigurations().length, 0);
    await other.system.dispose();
  });

  test('a window that reloads has its sessions back within the grace', async () => {
    const [a, b] = [await window('a'), await window('b')];
    await b.open('lan');
    await b.leave();
    const again = await window('b');
    await again.open('lan');
    await until(() => a.manager.holdersElsewhere('lan').every(({ isAbsent }) => !isAbsent));
    assert.equal(a.manager.holdersElsewhere('lan').length, 1);
    assert.deepEqual([network.simulation.starts('lan'), network.simulation.stops('lan')], [1, 0]);
  });

  test('O6: a start that one window gives up goes on for the other', async () => {
    network.simulation.set('lan', { startMs: 30 });
    const [a, b] = [await window('a'), await window('b')];
    const one = a.manager.createSession('lan');
    one.open();
    await until(() => network.simulation.link('lan').link === 'starting');
    const other = b.manager.createSession('lan');
    other.open();
    await until(() => a.manager.holdersElsewhere('lan').length === 1);
    const end = closed(one);
    one.close();
    await end;
    assert.equal(await other.waitForOpened(5_000), true);
    assert.deepEqual([network.simulation.starts('lan'), network.simulation.stops('lan')], [1, 0]);
    const last = closed(other);
    other.close();
    await last;
    assert.equal(network.simulation.stops('lan'), 1);
  });

  test('O8: a link that is lost is lost for all, and nobody holds it any more', async () => {
    const [a, b] = [await window('a'), await window('b')];
    const sessions = [await a.open('lan'), await b.open('lan')];
    const ends = sessions.map(closed);
    network.simulation.set('lan', { inReach: false });
    await Promise.all(ends);
    await until(() => a.manager.holdersElsewhere('lan').length === 0);
    network.simulation.set('lan', { inReach: true, up: true });
    const again = await a.open('lan');
    const end = closed(again);
    again.close();
    await end;
    assert.equal(network.simulation.stops('lan'), 0, 'who started it now is somebody else');
  });

  test('where the others speak another version a window counts for itself, says why, and leaves them alone', async () => {
    const home = mkdtempSync(path.join(tmpdir(), 'versions-'));
    const common = { clock: systemClock, logger: silentLogger };
    const versions = [protocolVersion + 1];
    const connector = new Connector({ places: placesOn(thisMachine(home)), versions, ...common });
    const other = await connector.join(new AbortController().signal);
    assert.equal(other.role, 'leader');
    const described = { product: 'Editor', window: 'older', windowKey: '' };
    const ledger = new SharedLedger(openBroker({ window: described, home, ...common }));
    const manager = new NetworkConfigurationManager(network.view(), { ledger });
    ledger.start();
    await manager.start();
    await until(() => ledger.sharing.kind === 'alone');
    assert.match(ledger.sharing.kind === 'alone' ? ledger.sharing.reason : '', /another version/);
    const session = manager.createSession('lan');
    session.open();
    assert.equal(await session.waitForOpened(5_000), true);
    const end = closed(session);
    session.close();
    await end;
    assert.equal(network.simulation.stops('lan'), 1);
    assert.equal(other.mayAct(), true);
    await ledger.dispose();
    await manager.dispose();
    await (other.role === 'leader' ? other.server.close() : undefined);
    rmSync(home, { recursive: true });
  });

  test('F1: counters that start again under a session cut its window off from nobody', async () => {
    const [a, b] = [await window('a'), await window('b')];
    const session = await b.open('lan');
    network.simulation.traffic('lan', { received: 5_000, written: 700 });
    assert.equal(session.bytesReceived, 5_000);
    network.simulation.recreate('lan');
    const other = await b.open('lan');
    await until(() => a.manager.holdersElsewhere('lan')[0]?.sessions.length === 2);
    await a.leave();
    await until(() => b.ledger.sharing.kind === 'shared' && b.ledger.sharing.windows === 1);
    const c = await window('c'); // What the next leader has declared itself must be understood too.
    const [holder] = c.manager.holdersElsewhere('lan');
    assert.equal(holder?.sessions.length, 2);
    assert.deepEqual([holder?.base?.received, holder?.base?.written], [-5_000, -700]);
    assert.deepEqual([session.isOpen, other.isOpen], [true, true]);
  });

  test('as many windows are let in as can be counted, and the next one is told so', async () => {
    const a = await window('a');
    const joined: Channel[] = [];
    try {
      while (joined.length < bounds.clients - 1) {
        joined.push(await stranger(desk.home));
      }
      await assert.rejects(
        stranger(desk.home),
        (error) => error instanceof PlaceUnusable && error.trouble === 'tooMany',
      );
      assert.equal(a.ledger.isShared, true);
    } finally {
      for (const channel of joined) {
        channel.close();
      }
    }
  });

  test('O5: a window that had to count for itself joins when there is room, with what it holds and has started', async () => {
    const [a, joined] = [await window('a'), [] as Channel[]];
    while (joined.length < bounds.clients - 1) {
      joined.push(await stranger(desk.home));
    }
    const described = { product: 'Editor', window: 'late', windowKey: 'late' };
    const times = { alone: [10, 50] as const };
    const ledger = new SharedLedger(openBroker({ window: described, home: desk.home, times }));
    const manager = new NetworkConfigurationManager(network.view(), { ledger });
    ledger.start();
    await manager.start();
    await until(() => ledger.sharing.kind === 'alone');
    const session = manager.createSession('lan');
    session.open();
    assert.equal(await session.waitForOpened(5_000), true);
    assert.equal(a.manager.isStartedHere('lan'), false);

    for (const channel of joined) {
      channel.close();
    }
    await until(() => ledger.isShared && a.manager.holdersElsewhere('lan').length === 1);
    assert.equal(a.manager.isStartedHere('lan'), true);
    const other = await a.open('lan');
    const end = closed(session);
    session.close();
    await end;
    assert.deepEqual([other.isOpen, network.simulation.stops('lan')], [true, 0]);
    const last = closed(other);
    other.close();
    await last;
    await until(() => network.simulation.link('lan').link === 'down');
    assert.deepEqual([network.simulation.starts('lan'), network.simulation.stops('lan')], [1, 1]);
    await ledger.dispose();
    await manager.dispose();
  });

  test('one that is cut off for what it declares is not counted, and holds nothing', async () => {
    const a = await window('a');
    const holds = Array.from({ length: bounds.holdsOfClient + 1 }, (_, index) => ({
      accessPoint: index === 0 ? 'lan' : `${index}`,
      sessions: [],
    }));
    await assert.rejects(stranger(desk.home, { holds }), { trouble: 'closed' });
    const joined = await stranger(desk.home);
    await until(() => a.ledger.sharing.kind === 'shared' && a.ledger.sharing.windows === 2);
    await until(() => a.manager.holdersElsewhere('lan').length === 0);
    joined.close();
  });

  test("O5a: claims beyond those that can be counted are nobody's, and cut nobody off", async () => {
    const patient = new Desk({ accessPoints: [{ identifier: 'lan' }] }, { deathLinger: 60_000 });
    const joined: Channel[] = [];
    try {
      const a = await patient.window('a');
      const claims = (letter: string) =>
        Array.from({ length: bounds.claims / 4 }, (_, index) => ({
          accessPoint: `${letter}${index}`,
          activation: 'x',
          isOwn: true,
        }));
      for (const letter of 'abcd') {
        joined.push(await stranger(patient.home, { claims: claims(letter) }));
      }
      const own = { accessPoint: 'lan', activation: 'x', isOwn: true };
      joined.push(
        await stranger(patient.home, { holds: [{ accessPoint: 'lan', sessions: [] }], claims: [own, ...claims('e')] }),
      );
      await until(() => a.manager.holdersElsewhere('lan').length === 1);
      const session = a.manager.createSession('lan');
      session.open();
      assert.equal(await session.waitForOpened(5_000), false);
      assert.equal(session.failure?.cause.code, 'tooManyHeld');
      assert.ok(joined.every(({ isClosed }) => !isClosed));
    } finally {
      for (const channel of joined) {
        channel.close();
      }
      await patient.clear();
    }
  });

  test('O5a, O10: what the person starts is not taken for the start that a window had not begun when it died', async () => {
    const patient = new Desk({ accessPoints: [{ identifier: 'lan' }] }, { sight: 50, deathLinger: 60_000 });
    try {
      const a = await patient.window('a');
      const other = await stranger(patient.home);
      await other.request('hold', { accessPoint: 'lan' }, 5_000);
      assert.deepEqual(await other.request('start', { accessPoint: 'lan' }, 5_000), { go: true });
      await until(() => a.ledger.accessPoints.length === 1);
      other.close();
      await until(() => a.ledger.accessPoints.length === 0);
      patient.network.simulation.set('lan', { up: true });
      assert.equal(a.manager.isStartedHere('lan'), false);
    } finally {
      await patient.clear();
    }
  });

  test('everything is released at once', async () => {
    const [a, b] = [await window('a'), await window('b')];
    const sessions = [await a.open('lan'), await b.open('lan'), await b.open('wifi')];
    const ends = sessions.map(closed);
    assert.deepEqual([...(await a.ledger.releaseAll())].sort(), ['lan', 'wifi']);
    await Promise.all(ends);
    assert.deepEqual([network.simulation.link('lan').link, network.simulation.link('wifi').link], ['down', 'down']);
  });
});
