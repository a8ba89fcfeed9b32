import * as assert from 'node:assert/strict';
import { type Question, SessionError } from '../../../src/engine/index.js';
import { engineOn, eventsOf } from '../../fixtures/engineFixture.js';
import { fakeEngine } from '../../fixtures/fakePlatform.js';
import { settled } from '../../fixtures/testClock.js';

/** A host that writes down what it is asked, and whom the test answers for. */
function host() {
  const questions: { question: Question; signal: AbortSignal; answer: (yes: boolean) => Promise<void> }[] = [];
  const ask = (question: Question, signal: AbortSignal) =>
    new Promise<boolean>((resolve) => {
      const answer = (yes: boolean) => {
        resolve(yes);
        return settled();
      };
      questions.push({ question, signal, answer });
    });
  return { questions, ask };
}

const home = { identifier: 'home', name: 'Home', device: 'wifi' };
const cafe = { identifier: 'cafe', name: 'Cafe', device: 'wifi' };

suite('taking down another access point', () => {
  test('O12: what was not started here, with nobody to ask: OperationNotSupportedError, and nothing is started', async () => {
    const { manager, platform } = await fakeEngine([{ ...home, link: 'up' }, cafe]);
    const session = manager.createSession('cafe');
    const heard = eventsOf(session);
    session.open();
    await platform.serve();
    assert.deepEqual(heard, ['OperationNotSupportedError']);
    assert.deepEqual(session.failure?.cause, { code: 'wouldDisplace', other: 'Home' });
    assert.equal(platform.starts.length, 0);
  });

  test('O12: what somebody holds, although it was started here, is in the way', async () => {
    const { manager, platform, open } = await fakeEngine([home, cafe]);
    const holder = await open('home');
    assert.deepEqual(
      manager.displacedBy('cafe').map(({ identifier }) => identifier),
      ['home'],
    );
    const session = manager.createSession('cafe');
    session.open();
    await platform.serve();
    assert.equal(session.error, SessionError.OperationNotSupportedError);
    assert.equal(holder.isOpen, true);
  });

  test('O12: what was started here and nobody holds is not in the way', async () => {
    const { manager, platform, open } = await fakeEngine([home, cafe], { lastClose: 'never' });
    const holder = await open('home');
    holder.close();
    assert.deepEqual(manager.displacedBy('cafe'), []);
    const session = manager.createSession('cafe');
    session.open();
    await platform.serve();
    assert.equal(session.isOpen, true);
  });

  test('O12: what is down, on another device or on none is not in the way', async () => {
    const { manager } = await fakeEngine([
      home,
      cafe,
      { identifier: 'lan', device: 'eth', link: 'up' },
      { identifier: 'vpn', link: 'up' },
      { identifier: 'tun' },
    ]);
    assert.deepEqual(manager.displacedBy('cafe'), []);
    assert.deepEqual(manager.displacedBy('tun'), []);
    assert.deepEqual(manager.displacedBy('nowhere'), []);
  });

  for (const facts of [{ link: 'starting' }, { link: 'down', lingers: true, inReach: false }] as const) {
    test(`O12: what others have on the device is in the way: ${JSON.stringify(facts)}`, async () => {
      const { manager } = await fakeEngine([{ ...home, ...facts }, cafe]);
      assert.equal(manager.displacedBy('cafe').length, 1);
    });
  }

  test('O12: what is up itself displaces nothing when it is opened', async () => {
    const { ask, questions } = host();
    const { open } = await fakeEngine(
      [
        { ...home, link: 'up' },
        { ...cafe, link: 'up' },
      ],
      { ask },
    );
    const session = await open('cafe');
    assert.equal(session.isOpen, true);
    assert.equal(questions.length, 0);
  });

  test('O12: what another session is opening on the device is in the way too', async () => {
    const { manager, platform } = await fakeEngine([home, cafe]);
    const first = manager.createSession('home');
    const second = manager.createSession('cafe');
    first.open();
    second.open();
    await platform.serve();
    assert.equal(second.error, SessionError.OperationNotSupportedError);
    assert.deepEqual(
      platform.starts.map(({ identifier }) => identifier),
      ['home'],
      'the start of the first is not cut silently',
    );
    assert.equal(first.isOpen, true);
  });

  test('O12: the host is asked, with all that it needs, outside the call', async () => {
    const { ask, questions } = host();
    const { manager, platform } = await fakeEngine([{ ...home, link: 'up' }, cafe], { ask });
    const session = manager.createSession('cafe');
    const heard = eventsOf(session);
    session.open();
    assert.equal(questions.length, 0);
    await settled();
    assert.equal(questions.length, 1);
    const { question } = questions[0] ?? assert.fail();
    assert.equal(question.kind, 'displace');
    assert.equal(question.session, session);
    assert.equal(question.configuration.identifier, 'cafe');
    assert.deepEqual(
      question.displaced.map(({ name }) => name),
      ['Home'],
    );
    assert.deepEqual(heard, []);
    assert.equal(session.isOpening, true);
    assert.equal(platform.starts.length, 0);
  });

  test('O12: with consent it is started', async () => {
    const { ask, questions } = host();
    const { manager, platform } = await fakeEngine([{ ...home, link: 'up' }, cafe], { ask });
    const session = manager.createSession('cafe');
    session.open();
    await settled();
    await questions[0]?.answer(true);
    await platform.serve();
    assert.equal(session.isOpen, true);
    assert.equal(questions.length, 1);
    assert.equal(platform.starts.length, 1);
  });

  test('O12, O8: who is displaced with consent is told as of a loss', async () => {
    const { manager, clock } = await engineOn([home, cafe], { ask: async () => true });
    const holder = manager.createSession('home');
    holder.open();
    await clock.advance(0);
    const heard = eventsOf(holder);
    const session = manager.createSession('cafe');
    session.open();
    await clock.advance(0);
    assert.deepEqual(heard, ['Disconnected', 'SessionAbortedError', 'closed']);
    assert.deepEqual(holder.failure?.cause, { code: 'displaced', other: 'Cafe' });
    assert.equal(session.isOpen, true);
  });

  for (const refusal of [false, undefined, 'yes', 1] as const) {
    test(`O12: the answer ${JSON.stringify(refusal) ?? 'undefined'} is no consent: SessionAbortedError`, async () => {
      const ask = async () => refusal as boolean;
      const { manager, platform } = await fakeEngine([{ ...home, link: 'up' }, cafe], { ask });
      const session = manager.createSession('cafe');
      const heard = eventsOf(session);
      session.open();
      await platform.serve();
      assert.deepEqual(heard, ['SessionAbortedError']);
      assert.equal(session.failure?.cause.code, 'cancelled');
      assert.equal(platform.starts.length, 0);
    });
  }

  test('O12: a host that throws, at once or later, has refused', async () => {
    const throwing = [
      () => {
        throw new Error('no window');
      },
      () => Promise.reject(new Error('no window')),
    ];
    for (const ask of throwing) {
      const { manager, platform } = await fakeEngine([{ ...home, link: 'up' }, cafe], { ask });
      const session = manager.createSession('cafe');
      session.open();
      await platform.serve();
      assert.equal(session.error, SessionError.SessionAbortedError);
      assert.equal(platform.starts.length, 0);
    }
  });

  test('O12: the host is asked once for all that open at once, and all follow the answer', async () => {
    const { ask, questions } = host();
    const { manager, platform } = await fakeEngine([{ ...home, link: 'up' }, cafe], { ask });
    const sessions = [manager.createSession('cafe'), manager.createSession('cafe')];
    for (const session of sessions) {
      session.open();
    }
    await settled();
    await questions[0]?.answer(true);
    await platform.serve();
    assert.equal(questions.length, 1);
    assert.deepEqual(
      sessions.map(({ isOpen }) => isOpen),
      [true, true],
    );
  });

  test('O12: ConnectInBackground never asks: OperationNotSupportedError', async () => {
    const { ask, questions } = host();
    const { manager, platform } = await fakeEngine([{ ...home, link: 'up' }, cafe], { ask });
    const session = manager.createSession('cafe');
    session.setSessionProperty('ConnectInBackground', true);
    session.open();
    await platform.serve();
    assert.equal(session.error, SessionError.OperationNotSupportedError);
    assert.equal(questions.length, 0);
  });

  for (const backgroundFirst of [true, false]) {
    test(`O12: a ConnectInBackground session that opens ${backgroundFirst ? 'before' : 'after'} one that may ask fails by itself`, async () => {
      const { ask, questions } = host();
      const { manager, platform } = await fakeEngine([{ ...home, link: 'up' }, cafe], { ask });
      const background = manager.createSession('cafe');
      background.setSessionProperty('ConnectInBackground', true);
      const asking = manager.createSession('cafe');
      const heard = eventsOf(background);
      for (const session of backgroundFirst ? [background, asking] : [asking, background]) {
        session.open();
        await settled();
      }
      assert.deepEqual(heard, ['OperationNotSupportedError']);
      assert.equal(questions.length, 1);
      await questions[0]?.answer(true);
      await platform.serve();
      assert.equal(asking.isOpen, true);
    });
  }

  test('O12, O6: who closes while the host is asked is cancelled at once, and the question is withdrawn', async () => {
    const { ask, questions } = host();
    const { manager, platform } = await fakeEngine([{ ...home, link: 'up' }, cafe], { ask });
    const session = manager.createSession('cafe');
    const heard = eventsOf(session);
    session.open();
    await settled();
    session.close();
    await settled();
    assert.deepEqual(heard, ['SessionAbortedError', 'closed']);
    assert.equal(questions[0]?.signal.aborted, true);
    await questions[0]?.answer(true);
    await platform.serve();
    assert.equal(platform.starts.length, 0);
  });

  test('O12: the answer to a question that was withdrawn does not count for a later opening', async () => {
    const { ask, questions } = host();
    const { manager, platform } = await fakeEngine([{ ...home, link: 'up' }, cafe], { ask });
    const session = manager.createSession('cafe');
    session.open();
    await settled();
    session.close();
    session.open();
    await settled();
    assert.equal(questions.length, 2);
    await questions[0]?.answer(true);
    assert.equal(platform.starts.length, 0);
    await questions[1]?.answer(true);
    assert.equal(platform.starts.length, 1);
  });

  test('O12: what has come up on the device since the question is asked for too', async () => {
    const { ask, questions } = host();
    const third = { identifier: 'phone', name: 'Phone', device: 'wifi' };
    const { manager, platform } = await fakeEngine([{ ...home, link: 'up' }, cafe, third], { ask });
    const session = manager.createSession('cafe');
    session.open();
    await settled();
    await platform.set('phone', { link: 'up' });
    await questions[0]?.answer(true);
    assert.equal(platform.starts.length, 0);
    assert.equal(questions.length, 2);
    assert.deepEqual(
      questions[1]?.question.kind === 'displace' && questions[1].question.displaced.map(({ name }) => name),
      ['Phone'],
    );
    await questions[1]?.answer(true);
    assert.equal(platform.starts.length, 1);
  });

  test('O12: a question whose reason is gone, when another session opens, is withdrawn and its answer counts for nothing', async () => {
    const { ask, questions } = host();
    const { manager, platform } = await fakeEngine([{ ...home, link: 'up' }, cafe], { ask });
    const sessions = [manager.createSession('cafe'), manager.createSession('cafe')];
    sessions[0]?.open();
    await settled();
    await platform.set('home', { link: 'down' });
    sessions[1]?.open();
    await settled();
    if (platform.starts.length === 0) {
      await questions[0]?.answer(true);
    } else {
      assert.equal(questions[0]?.signal.aborted, true);
      await questions[0]?.answer(false);
    }
    await platform.serve();
    assert.deepEqual(
      sessions.map(({ isOpen }) => isOpen),
      [true, true],
    );
    assert.equal(platform.starts.length, 1);
  });

  test('O12, O1: what comes up by others while the host is asked is open, and the question is withdrawn', async () => {
    const { ask, questions } = host();
    const { manager, platform } = await fakeEngine([{ ...home, link: 'up' }, cafe], { ask });
    const session = manager.createSession('cafe');
    session.open();
    await settled();
    await platform.set('cafe', { link: 'up' });
    assert.equal(session.isOpen, true);
    assert.equal(questions[0]?.signal.aborted, true);
    assert.equal(platform.starts.length, 0);
  });

  test('O12, O4: what goes out of reach or is removed while the host is asked fails, and the question is withdrawn', async () => {
    for (const isRemoved of [true, false]) {
      const { ask, questions } = host();
      const { manager, platform } = await fakeEngine([{ ...home, link: 'up' }, cafe], { ask });
      const session = manager.createSession('cafe');
      session.open();
      await settled();
      await (isRemoved ? platform.remove('cafe') : platform.set('cafe', { inReach: false }));
      assert.equal(session.error, SessionError.InvalidConfigurationError);
      assert.equal(session.isOpening, false);
      assert.equal(questions[0]?.signal.aborted, true);
    }
  });

  test('O12, O7: stop() while the host is asked ends the openings and starts nothing', async () => {
    const { ask, questions } = host();
    const { manager, platform } = await fakeEngine([{ ...home, link: 'up' }, cafe], { ask });
    const session = manager.createSession('cafe');
    const heard = eventsOf(session);
    session.open();
    await settled();
    manager.createSession('cafe').stop();
    await platform.serve();
    assert.deepEqual(heard, ['SessionAbortedError', 'closed']);
    assert.equal(questions[0]?.signal.aborted, true);
    assert.equal(platform.starts.length + platform.stops.length, 0);
  });

  test('O12, O10: the end of the manager withdraws the question', async () => {
    const { ask, questions } = host();
    const { manager } = await fakeEngine([{ ...home, link: 'up' }, cafe], { ask });
    manager.createSession('cafe').open();
    await settled();
    await manager.dispose();
    assert.equal(questions[0]?.signal.aborted, true);
  });
});
