// A session on the user choice: resolved when it is opened (F3, S2, O6).
import * as assert from 'node:assert/strict';
import {
  ConfigurationType,
  type NetworkSession,
  type Question,
  SessionError,
  SessionState,
  userChoiceIdentifier,
} from '../../../src/engine/index.js';
import { networkEngine, roamingEventsOf } from '../../fixtures/networkFixture.js';
import { settled } from '../../fixtures/testClock.js';

const serviceNetworks = [{ identifier: 'home', name: 'Home', accessPoints: ['lan', 'wifi'] }];

/** The person picks this; a function is asked each time. */
async function choosing(answer: unknown) {
  const questions: Question[] = [];
  const ask = (question: Question): Promise<string> => {
    questions.push(question);
    return Promise.resolve(typeof answer === 'function' ? answer(question) : answer);
  };
  const engine = await networkEngine({}, [{ identifier: '__proto__' }], { serviceNetworks, ask });
  const session = engine.manager.createSession(userChoiceIdentifier);
  return { ...engine, session, questions, told: roamingEventsOf(session) };
}

const choice = (session: NetworkSession) => session.sessionProperty('UserChoiceConfiguration');

suite('user choice', () => {
  test('F3: it has a name, and no access points that are not known', async () => {
    const { manager, set, simulation } = await networkEngine();
    manager.createSession('early');
    const look = () => {
      const { name, children, type, isValid } = manager.configurationFromIdentifier(userChoiceIdentifier);
      return [name, ConfigurationType[type], isValid, children.map(({ identifier }) => identifier)];
    };
    assert.deepEqual(look(), ['User choice', 'UserChoice', true, ['lan', 'wifi', 'phone']]);
    const session = manager.createSession(userChoiceIdentifier);
    assert.equal(session.configuration.name, 'User choice');
    simulation.add({ identifier: 'early' });
    simulation.remove('wifi');
    await set('lan', { inReach: true });
    assert.deepEqual(look().at(-1), ['lan', 'phone', 'early']);
    session.open();
    await settled();
    assert.match(session.errorString, /^User choice needs somebody to choose/);
  });

  test('F3: the host is asked outside the call, with service networks and access points', async () => {
    const { session, questions, clock } = await choosing('wifi');
    session.open();
    assert.deepEqual([questions.length, session.isOpening], [0, true]);
    await clock.advance(0);
    const [question] = questions;
    assert.ok(question?.kind === 'choose');
    assert.equal(question.session, session);
    assert.equal(question.configuration.type, ConfigurationType.UserChoice);
    assert.deepEqual(
      question.choices.map(({ identifier }) => identifier),
      ['lan', 'wifi', 'phone', '__proto__', 'home'],
    );
  });

  for (const identifier of ['wifi', '__proto__']) {
    test(`F3: resolved to the access point ${identifier}; it is told what it was`, async () => {
      const { session, clock, told } = await choosing(identifier);
      assert.equal(choice(session), '');
      session.open();
      await clock.advance(0);
      assert.deepEqual(told, ['Connecting', 'Connected', 'opened']);
      assert.deepEqual([choice(session), session.sessionProperty('ActiveConfiguration')], [identifier, identifier]);
      assert.equal(session.configuration.identifier, userChoiceIdentifier);
      session.close();
      await clock.advance(0);
      assert.equal(choice(session), '');
    });
  }

  test('F3: resolved to a service network it roams', async () => {
    const { session, clock, set } = await choosing('home');
    session.open();
    await set('lan', { inReach: true });
    assert.equal(choice(session), 'home');
    session.migrate();
    await clock.advance(0);
    session.accept();
    await clock.advance(0);
    assert.equal(session.activeConfiguration.identifier, 'lan');
    await set('lan', { inReach: false });
    assert.deepEqual([session.activeConfiguration.identifier, choice(session)], ['wifi', 'home']);
  });

  test('R7: resolved to an access point it cannot roam, and is lost with it (O8)', async () => {
    const { session, clock, set } = await choosing('wifi');
    session.open();
    await set('phone', { inReach: true });
    session.migrate('phone');
    assert.equal(session.error, SessionError.OperationNotSupportedError);
    await set('wifi', { inReach: false });
    assert.deepEqual([session.isOpen, session.error], [false, SessionError.SessionAbortedError]);
    await clock.advance(0);
  });

  test('F3: each opening asks again', async () => {
    const answers = ['wifi', 'home'];
    const { session, clock } = await choosing(() => answers.shift());
    session.open();
    await clock.advance(0);
    session.close();
    session.open();
    await clock.advance(0);
    assert.deepEqual([choice(session), session.isOpen], ['home', true]);
  });

  for (const [answer, error, code] of [
    [undefined, SessionError.SessionAbortedError, 'cancelled'],
    [true, SessionError.SessionAbortedError, 'cancelled'],
    ['nowhere', SessionError.InvalidConfigurationError, 'notDefined'],
    ['constructor', SessionError.InvalidConfigurationError, 'notDefined'],
    [userChoiceIdentifier, SessionError.InvalidConfigurationError, 'notDefined'],
    ['phone', SessionError.InvalidConfigurationError, 'notInReach'],
    [() => Promise.reject(new Error('the dialog failed')), SessionError.SessionAbortedError, 'cancelled'],
  ] as const) {
    test(`F3, O4: the answer ${String(answer)}: ${code}, and nothing is started`, async () => {
      const { session, clock, told, simulation } = await choosing(answer);
      session.open();
      await clock.advance(0);
      assert.deepEqual(told, [SessionError[error]]);
      assert.equal(session.failure?.cause.code, code);
      assert.deepEqual([session.isOpening, choice(session), simulation.acts], [false, '', []]);
    });
  }

  test('F3: ConnectInBackground never asks; nor does it without a host: InvalidConfigurationError', async () => {
    const { session, clock, questions } = await choosing('wifi');
    session.setSessionProperty('ConnectInBackground', true);
    session.open();
    await clock.advance(0);
    assert.deepEqual([questions.length, session.error], [0, SessionError.InvalidConfigurationError]);
    const { manager } = await networkEngine();
    const other = manager.createSession(userChoiceIdentifier);
    other.open();
    assert.equal(other.failure?.cause.code, 'mustChoose');
  });

  test('O6: closed while the person is asked: SessionAbortedError, closed; the question is withdrawn and its answer is not heard', async () => {
    let withdrawn = false;
    let answer: (identifier: string) => void = () => undefined;
    const ask = (_: Question, signal: AbortSignal) => {
      signal.addEventListener('abort', () => {
        withdrawn = true;
      });
      return new Promise<string>((resolve) => {
        answer = resolve;
      });
    };
    const { manager, clock, simulation } = await networkEngine({}, [], { ask });
    const session = manager.createSession(userChoiceIdentifier);
    const told = roamingEventsOf(session);
    session.open();
    await clock.advance(0);
    session.close();
    answer('wifi');
    await clock.advance(0);
    assert.deepEqual(told, ['SessionAbortedError', 'closed']);
    assert.equal(withdrawn, true);
    assert.deepEqual(simulation.acts, []);
  });

  test('S2: not open it summarises all that it could be resolved to, read at any time', async () => {
    const { session, set, manager } = await choosing('wifi');
    assert.equal(session.state, SessionState.Disconnected);
    session.dispose();
    const read = () => [manager.stateOf(userChoiceIdentifier), manager.configurationFromIdentifier('userChoice').state];
    const before = read();
    await set('wifi', { up: true });
    assert.notDeepEqual(read(), before);
    assert.equal(manager.stateOf(userChoiceIdentifier), SessionState.Connected);
  });

  test('O11: the service network that it was resolved to is removed: SessionAbortedError, closed', async () => {
    const { session, clock, manager, told } = await choosing('home');
    session.open();
    await clock.advance(0);
    told.length = 0;
    manager.setServiceNetworks([]);
    await clock.advance(0);
    assert.deepEqual(told, ['SessionAbortedError', 'closed', 'Closing', 'Disconnected']);
    assert.deepEqual([session.isOpen, session.failure?.cause.code, choice(session)], [false, 'profileRemoved', '']);
    assert.equal(manager.holders('wifi'), 0);
  });

  test('M1: it is found by its identifier only', async () => {
    const { manager } = await choosing('home');
    assert.equal(manager.configurationFromIdentifier(userChoiceIdentifier).type, ConfigurationType.UserChoice);
    assert.ok(manager.allConfigurations().every(({ type }) => type !== ConfigurationType.UserChoice));
  });
});
