// Moves of the sessions of several windows on one service network (R2 to R11).
import assert from 'node:assert/strict';
import { SessionError, SessionState } from '../../../src/engine/index.js';
import type { SharedNetwork } from '../../fixtures/sharedNetwork.js';
import { closed, Desk, until, type Window } from '../../fixtures/windows.js';

const home = [{ identifier: 'home', name: 'Home', accessPoints: ['lan', 'wifi', 'phone'], roaming: 'ask' as const }];

suite('roaming across windows', () => {
  let desk: Desk;
  let network: SharedNetwork;
  let a: Window;
  let b: Window;

  setup(async () => {
    desk = new Desk({
      accessPoints: ['lan', 'wifi', 'phone'].map((identifier) => ({ identifier, startMs: 5, stopMs: 5 })),
    });
    network = desk.network;
    network.simulation.set('phone', { inReach: false });
    [a, b] = [await desk.window('a', home), await desk.window('b', home)];
  });

  teardown(() => desk.clear());

  const activated = (session: Awaited<ReturnType<Window['open']>>) =>
    new Promise<void>((resolve) => {
      const listening = session.onDidActivateNewConfiguration(() => {
        listening.dispose();
        resolve();
      });
    });

  const on = (session: { readonly activeConfiguration: { readonly identifier: string } }) =>
    session.activeConfiguration.identifier;

  test('R8: a link that all use is lost: all come back on the next one, which is started once', async () => {
    const sessions = [await a.open('home'), await b.open('home')];
    assert.deepEqual(sessions.map(on), ['lan', 'lan']);
    const moves = sessions.map(activated);
    network.simulation.set('lan', { inReach: false });
    await Promise.all(moves);
    assert.deepEqual(sessions.map(on), ['wifi', 'wifi']);
    assert.deepEqual(
      sessions.map(({ state }) => state),
      [SessionState.Connected, SessionState.Connected],
    );
    assert.equal(network.simulation.starts('wifi'), 1);
    for (const session of sessions) {
      const end = closed(session);
      session.close();
      await end;
    }
    assert.equal(network.simulation.stops('wifi'), 1);
  });

  test('R4, R11: who accepts releases the old one; whoever holds it in another window keeps it', async () => {
    const [one, other] = [await a.open('home'), await b.open('home')];
    const move = activated(one);
    one.migrate('wifi');
    await move;
    one.accept();
    await until(() => one.state === SessionState.Connected);
    await until(() => a.manager.holdersElsewhere('lan').length === 1);
    assert.deepEqual([on(one), on(other)], ['wifi', 'lan']);
    assert.equal(network.simulation.stops('lan'), 0);
    const end = closed(other);
    other.close();
    await end;
    assert.equal(network.simulation.stops('lan'), 1, 'the last one stops it, whoever had started it');
  });

  test('one migration at a time to an access point: the second is refused, and stays where it is', async () => {
    const [one, other] = [await a.open('home'), await b.open('home')];
    const move = activated(one);
    one.migrate('wifi');
    await move;
    const refused = new Promise<SessionError>((resolve) => {
      other.onDidFail(resolve);
    });
    other.migrate('wifi');
    assert.equal(await refused, SessionError.RoamingError);
    assert.deepEqual(other.failure?.cause, { code: 'movingElsewhere', other: 'Editor: a' });
    assert.deepEqual([on(other), other.state], ['lan', SessionState.Connected]);
    one.accept();
    await until(() => one.state === SessionState.Connected);
    const second = activated(other);
    other.migrate('wifi');
    await second;
    other.accept();
    await until(() => network.simulation.stops('lan') === 1);
    assert.deepEqual([on(one), on(other)], ['wifi', 'wifi']);
  });

  test('R5: who rejects stops what the move has started, unless another window has opened it meanwhile', async () => {
    const one = await a.open('home');
    const move = activated(one);
    one.migrate('wifi');
    await move;
    const other = await b.open('wifi');
    one.reject();
    await until(() => one.state === SessionState.Connected);
    await until(() => b.manager.holdersElsewhere('wifi').length === 0);
    assert.equal(network.simulation.link('wifi').link, 'up');
    assert.equal(network.simulation.isProvisional('wifi'), false);
    const end = closed(other);
    other.close();
    await end;
    assert.equal(network.simulation.stops('wifi'), 1);
  });

  for (const lastClose of ['ifStartedHere', 'always', 'never'] as const) {
    /** A session of the first window that has gone back from its move to `wifi`. */
    const rejected = async (before: () => Promise<unknown> | undefined, meanwhile?: () => Promise<unknown>) => {
      a.manager.lastClose = lastClose;
      const one = await a.open('home');
      await before();
      const move = activated(one);
      one.migrate('wifi');
      await move;
      await meanwhile?.();
      one.reject();
      await until(() => one.state === SessionState.Connected && a.manager.holders('wifi') === 0);
      await a.manager.createSession('wifi')[Symbol.asyncDispose](); // What becomes of it is decided and done.
    };

    test(`R5: who rejects stops what the move has started, with '${lastClose}'`, async () => {
      await rejected(() => undefined);
      assert.equal(network.simulation.stops('wifi'), 1);
    });

    test(`R5: who rejects leaves up what was up before, with '${lastClose}'`, async () => {
      await rejected(async () => {
        network.simulation.set('wifi', { up: true });
        await until(() => a.manager.accessPoint('wifi')?.link === 'up');
      });
      assert.equal(network.simulation.stops('wifi'), 0);
    });

    test(`R5, O5: who rejects is the last after another window has closed, with '${lastClose}'`, async () => {
      let other: Awaited<ReturnType<Window['open']>> | undefined;
      await rejected(
        async () => {
          other = await b.open('wifi');
          await until(() => a.manager.holdersElsewhere('wifi').length === 1);
        },
        async () => {
          other?.close();
          await until(() => a.manager.holdersElsewhere('wifi').length === 0);
        },
      );
      assert.equal(network.simulation.stops('wifi'), lastClose === 'never' ? 0 : 1);
    });
  }

  test('R9: a window that dies before its answer leaves the old one as it is for the others', async () => {
    const [one, other] = [await a.open('home'), await b.open('home')];
    const move = activated(one);
    one.migrate('wifi');
    await move;
    await a.leave();
    assert.deepEqual([on(other), other.state], ['lan', SessionState.Connected]);
    await until(() => network.simulation.link('wifi').link === 'down');
    assert.equal(network.simulation.stops('lan'), 0);
    const next = activated(other);
    other.migrate('wifi');
    await next;
    assert.equal(on(other), 'wifi');
  });

  test('O5, R9: what another window has opened meanwhile is not taken back when the one that has started it dies', async () => {
    const one = await a.open('home');
    const move = activated(one);
    one.migrate('wifi');
    await move;
    assert.equal(network.simulation.isProvisional('wifi'), true);
    const other = await b.open('wifi');
    await until(() => a.manager.holdersElsewhere('wifi').length === 1);
    network.simulation.crash();
    assert.equal(network.simulation.link('wifi').link, 'up');
    assert.equal(other.isOpen, true);
  });

  test('O5, R9: the same where it has waited for that start', async () => {
    network.simulation.set('wifi', { startMs: 60_000 });
    const one = await a.open('home');
    const move = activated(one);
    one.migrate('wifi');
    await until(() => network.simulation.link('wifi').link === 'starting');
    const other = b.manager.createSession('wifi');
    other.open();
    await until(() => a.manager.holdersElsewhere('wifi').length === 1);
    network.simulation.set('wifi', { up: true });
    await move;
    network.simulation.crash();
    assert.equal(network.simulation.link('wifi').link, 'up');
    assert.equal(await other.waitForOpened(5_000), true);
  });

  test('O7: stop ends the sessions of other windows on service networks too, and they do not roam', async () => {
    const [one, other] = [await a.open('lan'), await b.open('home')];
    const ends = [closed(one), closed(other)];
    one.stop();
    await Promise.all(ends);
    assert.deepEqual(other.failure?.cause, { code: 'stoppedElsewhere', other: 'Editor: a' });
    assert.equal(network.simulation.starts('wifi'), 0);
  });
});
