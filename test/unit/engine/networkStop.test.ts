// `stop()` on a service network or a user choice in the turn of something else (O7, R8a): who is being opened counts as open.
import * as assert from 'node:assert/strict';
import { type Question, SessionState, userChoiceIdentifier } from '../../../src/engine/index.js';
import { fakeEngine } from '../../fixtures/fakePlatform.js';
import { roamingEventsOf } from '../../fixtures/networkFixture.js';
import { settled } from '../../fixtures/testClock.js';

const down = { link: 'down', inReach: false } as const;

/** A service network of two, `wifi` first, and a session on it, on a platform that is answered by hand. */
async function networkOf(
  [wifi, phone]: readonly ['up' | 'down' | 'starting', 'up' | 'down' | 'starting'],
  place = 'home',
  ask?: (question: Question, signal: AbortSignal) => Promise<string>,
) {
  const engine = await fakeEngine(
    [
      { identifier: 'wifi', link: wifi },
      { identifier: 'phone', link: phone },
    ],
    {
      routing: true,
      serviceNetworks: [{ identifier: 'home', name: '', accessPoints: ['wifi', 'phone'], roaming: 'ask' }],
      ...(ask && { ask }),
    },
  );
  const session = engine.manager.createSession(place);
  return { ...engine, session, told: roamingEventsOf(session) };
}

type Network = Awaited<ReturnType<typeof networkOf>>;

/** It has ended without an error, for good, and holds nothing. */
async function hasStopped({ session, told, platform, manager }: Network): Promise<void> {
  assert.deepEqual([session.isOpen, session.isOpening], [false, false]);
  assert.equal(told.filter((event) => event === 'closed').length, 1);
  assert.deepEqual([session.failure, told.filter((event) => event.endsWith('Error'))], [undefined, []]);
  await platform.serve();
  assert.deepEqual([manager.holders('wifi'), manager.holders('phone')], [0, 0]);
}

suite('stopping on a service network', () => {
  test('O7: in the turn of its opening, where it would be started: closed, and nothing is started', async () => {
    const network = await networkOf(['down', 'down']);
    const { session, platform, told } = network;
    session.open();
    session.stop();
    assert.deepEqual([session.isOpen, session.isOpening, told], [false, false, []]);
    await platform.serve();
    await hasStopped(network);
    assert.deepEqual([told, platform.acts], [['closed'], []]);
  });

  for (const link of ['up', 'starting'] as const) {
    test(`O7: in the turn of its opening, where it is ${link} already: that is stopped, whoever started it`, async () => {
      const network = await networkOf([link, 'down']);
      const { session, platform, manager } = network;
      session.open();
      session.stop();
      await platform.serve();
      await hasStopped(network);
      assert.deepEqual([manager.stateOf('wifi'), platform.acts], [SessionState.Disconnected, ['stop wifi']]);
    });
  }

  test('O7: the same where the platform refuses: one error, and it is opened all the same', async () => {
    const { session, platform, told } = await networkOf(['up', 'down']);
    session.open();
    session.stop();
    await platform.pending('stop', 'wifi').reject(new Error('no'));
    assert.deepEqual([told, session.isOpen], [['opened', 'OperationNotSupportedError'], true]);
  });

  test('O7: between two attempts, in the event of the first: it does not turn to the next', async () => {
    const network = await networkOf(['down', 'down']);
    const { session, platform } = network;
    session.onDidChangeState((state) => state === SessionState.Disconnected && session.isOpening && session.stop());
    session.open();
    await settled();
    await platform.pending('start', 'wifi').reject(new Error('no'));
    await platform.serve();
    await hasStopped(network);
    assert.deepEqual(platform.acts, ['start wifi']);
  });

  test('O7: while the person chooses: closed, and the question is withdrawn', async () => {
    let withdrawn: AbortSignal | undefined;
    let answer: (identifier: string) => void = () => undefined;
    const ask = (_: Question, signal: AbortSignal) => {
      withdrawn = signal;
      return new Promise<string>((resolve) => {
        answer = resolve;
      });
    };
    const network = await networkOf(['up', 'down'], userChoiceIdentifier, ask);
    network.session.open();
    await settled();
    network.session.stop();
    answer('wifi');
    await settled();
    await hasStopped(network);
    assert.deepEqual([withdrawn?.aborted, network.platform.acts], [true, []]);
  });

  for (const next of ['up', 'down'] as const) {
    test(`O7, R8a: in the turn of a loss, before it turns to the next, which is ${next}: closed, and that is left alone`, async () => {
      const network = await networkOf(['up', next]);
      const { session, platform, manager } = network;
      session.open();
      await settled();
      const before = manager.accessPoint('phone')?.link;
      void platform.set('wifi', down);
      session.stop();
      assert.equal(session.isOpen, false);
      await platform.serve();
      await hasStopped(network);
      assert.deepEqual([manager.accessPoint('phone')?.link, platform.acts], [before, []]);
    });
  }

  test('O7, R8a: the next one fails before its stop is accepted: closed, and it turns to no other', async () => {
    const network = await networkOf(['up', 'down']);
    const { session, platform, told } = network;
    session.open();
    await settled();
    await platform.set('wifi', down);
    session.stop();
    await platform.set('wifi', { link: 'down', inReach: true });
    await platform.pending('start', 'phone').reject(new Error('no'));
    await platform.serve();
    await hasStopped(network);
    assert.deepEqual(told.slice(0, 4), ['opened', 'Roaming', 'Disconnected', 'closed']);
    assert.deepEqual(platform.acts, ['start phone', 'stop phone']);
  });

  test('R8a: in the turn of migrate(): both are stopped, and nothing is started', async () => {
    for (const next of ['up', 'down'] as const) {
      const network = await networkOf(['up', next]);
      const { session, platform, manager, told } = network;
      session.open();
      await settled();
      session.migrate('phone');
      session.stop();
      await platform.serve();
      await hasStopped(network);
      assert.deepEqual([manager.accessPoint('wifi')?.link, manager.accessPoint('phone')?.link], ['down', 'down'], next);
      assert.deepEqual(platform.starts, []);
      assert.deepEqual(told.slice(-3), ['Closing', 'Disconnected', 'closed']);
    }
  });

  test('R8a: the new one fails or is lost while both are being stopped: no error', async () => {
    for (const link of ['down', 'up'] as const) {
      const network = await networkOf(['up', 'down']);
      const { session, platform } = network;
      session.open();
      await settled();
      session.migrate('phone');
      await settled();
      if (link === 'up') {
        await platform.set('phone', { link });
      }
      session.stop();
      if (link === 'up') {
        await platform.set('phone', down);
      } else {
        await platform.pending('start', 'phone').reject(new Error('no'));
      }
      await platform.serve();
      await hasStopped(network);
    }
  });

  test('O7, O10a: the old one goes down and is started by others while both are being stopped: closed all the same', async () => {
    const network = await networkOf(['up', 'up']);
    const { session, platform, told } = network;
    session.open();
    await settled();
    session.migrate('phone');
    await settled();
    session.stop();
    await settled();
    platform.pending('stop', 'phone').accept();
    await platform.set('phone', { link: 'down' });
    await platform.pending('stop', 'phone').resolve();
    await platform.set('wifi', { link: 'starting' });
    assert.equal(told.at(-1), 'closed');
    await hasStopped(network);
  });

  test('O7: in the turn of a loss during a move: both are stopped', async () => {
    const network = await networkOf(['up', 'down']);
    const { session, platform } = network;
    session.open();
    await settled();
    session.migrate('phone');
    await platform.set('phone', { link: 'up' });
    void platform.set('wifi', down);
    session.stop();
    await platform.serve();
    await hasStopped(network);
    assert.equal(network.manager.accessPoint('phone')?.link, 'down');
  });

  test('O7: in the turn of its close: it is not open any more, and nothing else happens', async () => {
    const { session, platform, told } = await networkOf(['up', 'down']);
    session.open();
    await settled();
    session.close();
    session.stop();
    await platform.serve();
    assert.deepEqual(told, ['opened', 'closed', 'OperationNotSupportedError']);
    assert.deepEqual([session.failure?.cause.code, platform.acts], ['notOpen', []]);
  });

  test('O7: closing, and opened again in the meantime, it counts as being opened: it is not opened again', async () => {
    const network = await networkOf(['down', 'down']);
    const { session, platform, manager } = network;
    session.open();
    await platform.serve();
    const waiting = [];
    session.close();
    session.open();
    waiting.push(session.waitForOpened(-1));
    session.stop();
    await platform.serve();
    await hasStopped(network);
    assert.deepEqual([await Promise.all(waiting), manager.accessPoint('wifi')?.link], [[false], 'down']);
    assert.deepEqual(platform.acts, ['start wifi', 'stop wifi']);
  });

  test('O7, O13: while the platform is away and the next one waits for it: refused, and it goes on', async () => {
    const { session, platform, told } = await networkOf(['up', 'down']);
    session.open();
    await settled();
    const { systemFacts } = platform;
    await platform.setSystem({ away: { code: 'platformAway' } });
    await platform.set('wifi', down);
    session.stop();
    assert.deepEqual([session.isOpen, session.failure?.cause.code], [true, 'platformAway']);
    await platform.setSystem(systemFacts);
    await platform.comeBack();
    await platform.serve();
    assert.deepEqual([session.isOpen, session.activeConfiguration.identifier], [true, 'phone'], told.join());
  });
});
