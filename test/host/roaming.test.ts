import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { Client, NetworkSessionsApi, Offer } from '../../src/host/api/network-sessions.js';
import type { Simulation } from '../../src/platforms/simulated/index.js';
import { Person, run, type Shown, set, setAndHear, settled, simulated, theExtension, until } from './support.js';

const client: Client = { extension: theExtension(), reason: 'Testing' };
const active = 14;

suite('roaming', () => {
  let api: NetworkSessionsApi;
  let simulation: Simulation;
  let person: Person;
  const isUp = (identifier: string) => (api.configurationFromIdentifier(identifier).state & active) === active;
  const said = (words: RegExp) => person.shown.filter(({ message }) => words.test(message));
  const offer = /^Lab LAN is available for Works \(now on Spare Wi-Fi\)\.$/;
  const results = /Keep it\?/;

  suiteSetup(async () => {
    ({ api, simulation } = await simulated());
  });

  setup(async () => {
    person = new Person();
    simulation.add({ identifier: 'lab', name: 'Lab LAN', inReach: false });
    simulation.add({ identifier: 'spare', name: 'Spare Wi-Fi' });
    await setAndHear('serviceNetworks', [
      { name: 'Works', accessPoints: ['lab', 'spare'], tests: [{ tcp: 'db.example:5432' }] },
    ]);
    await until('the service network is there', () => api.configurationFromIdentifier('network:Works').isValid);
  });

  teardown(async () => {
    person.answer = () => undefined;
    for (const session of api.sessions) {
      session.dispose();
    }
    for (const identifier of ['lab', 'spare']) {
      person.answer = ({ modal }) => (modal ? 'Stop Access Point' : undefined);
      await run('stopAccessPoint', identifier);
      await until(`${identifier} is down`, () => !isUp(identifier));
    }
    await setAndHear('serviceNetworks', undefined);
    await until('the service network is gone', () => !api.configurationFromIdentifier('network:Works').isValid);
    await settled({ api, simulation });
    simulation.remove('lab');
    simulation.remove('spare');
    person.leave();
  });

  /** A session of the person's on the second access point, when the first comes into reach. */
  const offered = async () => {
    await run('openSession', 'network:Works');
    assert.ok(isUp('spare'));
    simulation.set('lab', { inReach: true });
  };
  /** Answers messages by their words, and closes the others. */
  const answering = (...answers: readonly (readonly [RegExp, string])[]) => {
    person.answer = ({ message }: Shown) => answers.find(([words]) => words.test(message))?.[1];
  };

  test('an offer is one message; Migrate, then the results, then Accept', async () => {
    answering([offer, 'Migrate'], [results, 'Accept']);
    await offered();
    await until('the old one is released', () => isUp('lab') && !isUp('spare'));
    const [first, second] = person.shown;
    assert.deepEqual([first?.kind, first?.buttons], ['information', ['Migrate', 'Ignore']]);
    assert.match(
      second?.message ?? '',
      /^Works now uses Lab LAN, on trial\. tcp db\.example:5432 passed in \d+ ms\. Keep it\? Otherwise it goes back to Spare Wi-Fi in 60 s\.$/,
    );
    assert.deepEqual([second?.kind, second?.buttons], ['information', ['Accept', 'Reject']]);
    assert.equal(person.shown.length, 2);
  });

  test('an offer waits until its window has the focus; the badge does not', async () => {
    const before = Object.getOwnPropertyDescriptor(vscode.window, 'state') ?? assert.fail();
    const focus = (focused: boolean) =>
      Object.defineProperty(vscode.window, 'state', { get: () => ({ focused, active: true }), configurable: true });
    focus(false);
    try {
      await offered();
      await until('it is offered', () => api.preferredConfiguration('network:Works').identifier === 'lab');
      await settled({ api, simulation });
      await settled({ api, simulation });
      assert.deepEqual(person.shown, []);
      focus(true);
      simulation.set('lab', { signal: 60 });
      await until('it is asked', () => said(offer).length === 1);
    } finally {
      Object.defineProperty(vscode.window, 'state', before);
    }
    await run('ignore');
  });

  test('Ignore moves nothing, and the same is not asked again', async () => {
    answering([offer, 'Ignore']);
    await offered();
    await until('it is asked', () => said(offer).length === 1);
    simulation.set('lab', { signal: 60 });
    await settled({ api, simulation });
    assert.ok(isUp('spare') && !isUp('lab'));
    assert.equal(person.shown.length, 1);
    await run('ignore');
    assert.equal(person.shown.at(-1)?.message, 'No other access point is offered to a session.');
  });

  test('a test that does not pass is a warning that says so; Reject goes back', async () => {
    simulation.answerTests('lab', () => 'nobody answers');
    answering([offer, 'Migrate'], [results, 'Reject']);
    await offered();
    await until('it is asked', () => said(results).length === 1);
    await until('it is back', () => !isUp('lab'));
    assert.ok(isUp('spare'));
    assert.equal(said(results)[0]?.kind, 'warning');
    assert.match(said(results)[0]?.message ?? '', /tcp db\.example:5432 failed: nobody answers\. Keep it\?/);
    simulation.answerTests('lab', undefined);
  });

  test('one question for two sessions; who closes it has decided nothing, and can answer by command', async () => {
    await run('openSession', 'network:Works');
    await offered();
    await until('it is asked', () => said(offer).length === 1);
    await settled({ api, simulation });
    assert.equal(said(offer).length, 1);
    person.pick = (items) => items[0];
    await run('migrate');
    const [sessions, places] = person.offered;
    assert.equal(sessions?.length, 2);
    assert.match(sessions?.[0]?.description ?? '', /Connected · Lab LAN is available/);
    assert.match(places?.[0]?.label ?? '', /Lab LAN$/);
    assert.equal(places?.[0]?.detail, 'Lab LAN is available');
    await until('it is asked for the one that has moved', () => said(results).length === 1);
    await run('accept');
    await settled({ api, simulation });
    assert.ok(isUp('lab') && isUp('spare'), 'the other one is still there');
    assert.equal(said(offer).length, 1);
  });

  test('an answer that comes too late does nothing, and says so', async () => {
    let answer: (value: string) => void = () => undefined;
    const late = new Promise<string>((resolve) => {
      answer = resolve;
    });
    person.answer = ({ message }) => (offer.test(message) ? late : undefined);
    await offered();
    await until('it is asked', () => said(offer).length === 1);
    simulation.set('lab', { inReach: false });
    await settled({ api, simulation });
    answer('Migrate');
    await until('it says so', () => said(/this question was over already/).length === 1);
    assert.equal(simulation.starts('lab'), 0);
  });

  test('a move that fails is one message in plain words, for all sessions', async () => {
    await run('openSession', 'network:Works');
    simulation.failNextStart('lab', 0, 'out of addresses');
    answering([offer, 'Migrate']);
    await offered();
    await until('it says so', () => said(/stays on/).length > 0);
    await settled({ api, simulation });
    assert.deepEqual(
      said(/stays on/).map(({ message }) => message),
      ['Works stays on Spare Wi-Fi. Lab LAN could not be used. (out of addresses)'],
    );
    assert.ok(isUp('spare'));
  });

  test('an access point that is lost is left silently; when none works the session is lost', async () => {
    answering([offer, 'Migrate'], [results, 'Accept']);
    await offered();
    await until('it has moved', () => isUp('lab') && !isUp('spare'));
    person.shown.length = 0;
    simulation.set('lab', { inReach: false });
    await until('it is on the other one', () => isUp('spare'));
    await settled({ api, simulation });
    assert.deepEqual(person.shown, []);
    simulation.set('spare', { inReach: false });
    await until('it is lost', () => person.shown.length === 1);
    assert.match(
      person.shown.map(({ message }) => message).join(),
      /The session on Works has ended: no other access point worked\.$/,
    );
    person.pick = (items) => items[0];
    await run('dismissSession');
  });

  test('moving by hand to what shares a device asks in the words of a move (O12)', async () => {
    simulation.set('lab', { device: 'radio' });
    simulation.set('spare', { device: 'radio' });
    await run('openSession', 'spare');
    answering([offer, 'Migrate']);
    await offered();
    await until('it is asked', () => said(/Move Works/).length === 1);
    const question = said(/Move Works/)[0];
    assert.equal(question?.message, 'Move Works to Lab LAN and disconnect Spare Wi-Fi?');
    assert.deepEqual([question?.modal, question?.buttons], [true, ['Disconnect and Move']]);
    await settled({ api, simulation });
    assert.ok(isUp('spare'));
    assert.deepEqual(said(/stays on/), [], 'who has said no needs not be told');
  });

  test('Ask Me asks what the session shall be on; Escape leaves nothing behind', async () => {
    await run('openSession', 'userChoice');
    assert.equal(person.offered.length, 1);
    const labels = person.offered[0]?.map(({ label }) => label.replace(/^\$\([a-z-]+\) /, '')) ?? [];
    assert.deepEqual(labels.slice(0, 3), ['Internet', 'Works', 'Office LAN']);
    assert.deepEqual(person.shown, []);
    person.pick = (items) => items.find(({ label }) => /Works/.test(label));
    await run('openSession', 'userChoice');
    assert.ok(isUp('spare'));
    person.pick = (items) => items.find(({ label }) => /Works · Spare Wi-Fi/.test(label));
    await run('closeSession');
    await until('it is closed', () => !isUp('spare'));
  });

  suite('for other extensions', () => {
    test('who listens answers, and the person is not asked; what is told is sealed', async () => {
      const session = api.createSession('network:Works', client);
      const heard: unknown[] = [];
      const listening = session.onDidChangePreferredConfiguration((preferred) => heard.push(preferred));
      session.onDidActivateNewConfiguration((activated) => heard.push(activated));
      session.open();
      assert.ok(await session.waitForOpened());
      assert.equal(session.activeConfiguration.identifier, 'spare');
      simulation.set('lab', { inReach: true });
      await until('it is told', () => heard.length === 1);
      assert.equal(session.offer.kind, 'offered');
      assert.equal(api.preferredConfiguration('network:Works').identifier, 'lab');
      session.migrate();
      await until('it is told', () => heard.length === 2);
      const now: Offer = api.sessions[0]?.offer ?? { kind: 'none' };
      assert.ok(now.kind === 'activated' && Object.isFrozen(now) && Object.isFrozen(now.results));
      for (const each of heard) {
        assert.ok(Object.isFrozen(each));
      }
      assert.deepEqual(person.shown, []);
      person.answer = () => 'Move';
      session.accept();
      await until(
        'it has moved',
        () => session.activeConfiguration.identifier === 'lab' && session.offer.kind === 'none',
      );
      const asked = vscode.env.remoteName === undefined ? [] : ['Network Sessions wants to move to Lab LAN.'];
      assert.deepEqual(
        person.shown.map(({ message }) => message),
        asked,
        'in a remote window the person is asked before the traffic moves',
      );
      listening.dispose();
    });

    test('who does not listen leaves it to the person; after a listener is gone too', async () => {
      const session = api.createSession('network:Works', client);
      session.onDidChangePreferredConfiguration(() => undefined).dispose();
      session.open();
      assert.ok(await session.waitForOpened());
      simulation.set('lab', { inReach: true });
      const words = /^Lab LAN is available for Works .* A session was opened by Network Sessions\.$/;
      await until('the person is asked', () => said(words).length === 1);
      session.ignore();
      await until('it is over', () => session.offer.kind === 'none');
    });

    test('what it does wrong it hears itself', async () => {
      const session = api.createSession('network:Works', client);
      session.open();
      assert.ok(await session.waitForOpened());
      session.migrate('nowhere');
      await until('it fails', () => session.errorString !== '');
      assert.equal(session.error, api.enums.SessionError.RoamingError);
      session.accept();
      await settled({ api, simulation });
      assert.deepEqual(person.shown, []);
      assert.throws(() => session.migrate(7 as never), TypeError);
      assert.throws(() => api.preferredConfiguration({} as never), TypeError);
    });
  });

  test('the policy of ours is a setting', async () => {
    await set('internet.roaming', 'often');
    await until('it is reported', () => said(/networkSessions\.internet\.roaming/).length === 1);
    await setAndHear('internet.roaming', undefined);
    person.pick = (items) => items.find(({ label }) => /Never/.test(label));
    await run('editServiceNetwork', 'internet');
    assert.equal(vscode.workspace.getConfiguration('networkSessions').get('internet.roaming'), 'never');
    await setAndHear('internet.roaming', undefined);
  });
});
