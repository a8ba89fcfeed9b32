import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { Client, NetworkSessionsApi } from '../../src/host/api/network-sessions.js';
import type { Simulation } from '../../src/platforms/simulated/index.js';
import { Person, run, set, settled, simulated, theExtension, until } from './support.js';

const client: Client = { extension: theExtension(), reason: 'Testing' };

suite('the API for other extensions', () => {
  let api: NetworkSessionsApi;
  let simulation: Simulation;
  let person: Person;

  suiteSetup(async () => {
    ({ api, simulation } = await simulated());
  });
  setup(() => {
    person = new Person();
    simulation.add({ identifier: 'lab', name: 'Lab LAN' });
  });
  teardown(async () => {
    for (const session of api.sessions) {
      session.dispose();
    }
    await settled({ api, simulation });
    simulation.remove('lab');
    person.leave();
  });

  test('an unknown version throws, and names those it knows', async () => {
    const exported = await theExtension().activate();
    for (const version of [0, 2, '1', undefined, null, {}]) {
      assert.throws(() => exported.getAPI(version as 1), /It knows these versions: 1/);
    }
  });

  test('what leaves is sealed: nothing can be added, and nothing inside is reached', () => {
    const session = api.createSession('lab', client);
    for (const object of [api, session]) {
      assert.deepEqual(Reflect.ownKeys(object), []);
      assert.ok(Object.isFrozen(object));
      assert.throws(() => Object.assign(object, { added: 1 }), TypeError);
    }
    const configuration = api.configurationFromIdentifier('lab');
    assert.ok(Object.isFrozen(configuration));
    assert.equal(configuration, api.configurationFromIdentifier('lab'), 'the same as long as nothing changes');
    assert.equal(api.sessions[0], session);
  });

  test('each caller sees its own sessions', async () => {
    const other = (await theExtension().activate()).getAPI(1);
    const session = api.createSession('lab', client);
    assert.ok(api.sessions.includes(session));
    assert.ok(!other.sessions.includes(session));
  });

  test('a session opens, counts, closes, and tells of it in order', async () => {
    const session = api.createSession(api.configurationFromIdentifier('lab'), client);
    const heard: string[] = [];
    session.onDidChangeState((state) => heard.push(`state ${state}`));
    session.onDidOpen(() => heard.push('open'));
    session.onDidClose(() => heard.push('close'));
    session.open();
    assert.ok(session.isOpening);
    assert.ok(await session.waitForOpened(5000));
    simulation.traffic('lab', { received: 1000, written: 10 });
    assert.equal(session.bytesReceived, 1000);
    assert.equal(session.interface?.gateway, '192.0.2.1');
    assert.equal(session.owner, 'Network Sessions');
    assert.equal(session.reason, 'Testing');
    session.close();
    await until('it is closed', () => heard.includes('close'));
    assert.deepEqual(heard, ['state 2', 'state 3', 'open', 'state 4', 'state 5', 'close']);
    assert.deepEqual(person.shown, []);
  });

  test('close and stop ask the person where it takes down what is relied on', async () => {
    simulation.set('lab', { up: true });
    const session = api.createSession('lab', client);
    session.open();
    assert.ok(await session.waitForOpened());
    session.stop();
    await until('the person is asked', () => person.shown.length === 1);
    assert.match(person.shown[0]?.message ?? '', /Network Sessions wants to stop Lab LAN/);
    await settled({ api, simulation });
    assert.ok(session.isOpen, 'the answer was no');
    person.answer = () => 'Stop Access Point';
    session.stop();
    await until('it is stopped', () => !session.isOpen);
    assert.equal(session.errorString, '');
  });

  test("stop asks while the person's session is being opened; who agrees is not told of its end", async () => {
    simulation.set('lab', { startMs: Number.POSITIVE_INFINITY });
    const opening = run('openSession', 'lab');
    await until('it is being started', () => simulation.starts('lab') === 1);
    const session = api.createSession('lab', client);
    session.stop();
    await until('the person is asked', () => person.shown.length === 1);
    assert.match(person.shown[0]?.detail ?? '', /sessions opened by you/);
    await settled({ api, simulation });
    assert.equal(session.state, api.enums.SessionState.Connecting, 'the answer was no');
    person.answer = () => 'Stop Access Point';
    session.stop();
    await opening;
    await until('it is down', () => session.state === api.enums.SessionState.Disconnected);
    await settled({ api, simulation });
    assert.equal(person.shown.length, 2);
  });

  test('the numbers have their names', () => {
    assert.equal(api.enums.SessionState.Connected, 3);
    assert.equal(api.enums.BearerType['5G'], 13);
    assert.ok(Object.isFrozen(api.enums) && Object.isFrozen(api.enums.SessionState));
    assert.equal((api.enums.SessionState as Record<string, unknown>)['3'], undefined);
  });

  test('who only names an extension is one that calls itself so', async () => {
    const extension = theExtension();
    const ownerOf = (each: Client['extension']) =>
      api.createSession('lab', { extension: each, reason: 'Testing' }).owner;
    assert.notEqual(extension, theExtension(), 'VS Code makes another object each time');
    assert.equal(ownerOf(extension), 'Network Sessions');
    const stranger = vscode.extensions.all.find(({ id }) => id !== extension.id);
    assert.ok(stranger);
    const { id, packageJSON, exports } = extension;
    for (const named of [id, { id }, { id, packageJSON }, { id, exports }, { ...extension }]) {
      assert.equal(ownerOf(named), 'an extension that calls itself Network Sessions');
    }
    assert.equal(ownerOf(Object.assign(stranger, { id })), 'an extension that calls itself Network Sessions');
    simulation.set('lab', { up: true });
    const session = api.createSession('lab', { extension: id, reason: 'Testing' });
    session.open();
    assert.ok(await session.waitForOpened());
    session.stop();
    await until('the person is asked', () => person.shown.length === 1);
    assert.equal(person.shown[0]?.message, 'An extension that calls itself Network Sessions wants to stop Lab LAN.');
  });

  test('arguments are checked', () => {
    const wrong: readonly (() => unknown)[] = [
      () => api.createSession(7 as never, client),
      () => api.createSession(null as never, client),
      () => api.createSession('lab', undefined as never),
      () => api.createSession('lab', { extension: 'nobody.nothing', reason: 'x' }),
      () => api.createSession('lab', { ...client, reason: ' ' }),
      () => api.createSession('lab', { ...client, reason: 7 as never }),
      () => api.configurationFromIdentifier({} as never),
      () => api.allConfigurations('all' as never),
      () => api.whyNot('explode' as never),
      () => api.onDidAddConfiguration(7 as never),
      () => api.createSession('lab', client).setSessionProperty(7 as never, 1),
      () => api.createSession('lab', client).sessionProperty({} as never),
      () => api.createSession('lab', client).onDidOpen(undefined as never),
    ];
    for (const call of wrong) {
      assert.throws(call, TypeError);
    }
    assert.equal(api.configurationFromIdentifier('nowhere').isValid, false);
    assert.match(api.whyNot('start', 'nowhere') ?? '', /\w/);
  });

  test('using ends the listening to any event, and what is no listener is refused', async () => {
    await settled({ api, simulation });
    const heard: string[] = [];
    {
      using listening = api.onDidAddConfiguration(({ identifier }) => heard.push(identifier));
      assert.equal(typeof listening.dispose, 'function');
      using ofSession = api.createSession('lab', client).onDidOpen(() => heard.push('opened'));
      assert.equal(typeof ofSession.dispose, 'function');
      simulation.add({ identifier: 'first' });
      await until('the event came', () => heard.length > 0);
    }
    simulation.add({ identifier: 'second' });
    await until('it is there', () => api.configurationFromIdentifier('second').isValid);
    await settled({ api, simulation });
    assert.deepEqual(heard, ['first']);
    assert.throws(() => api.onDidAddConfiguration(undefined as unknown as () => void), TypeError);
    for (const identifier of ['first', 'second']) {
      simulation.remove(identifier);
    }
  });

  test('a listener that throws harms nobody', async () => {
    let heard = false;
    const subscriptions = [
      api.onDidChangeConfiguration(() => assert.fail('on purpose')),
      api.onDidChangeConfiguration(() => {
        heard = true;
      }),
    ];
    simulation.set('lab', { metered: true });
    await until('the other has heard it', () => heard);
    for (const subscription of subscriptions) {
      subscription.dispose();
    }
  });

  test('it outlives a change of the platform; its sessions are closed with a question', async () => {
    const session = api.createSession('lab', client);
    session.open();
    assert.ok(await session.waitForOpened());
    await set('platform', 'kernel');
    await until('the person is asked', () => person.shown.length > 0);
    assert.match(person.shown[0]?.detail ?? '', /closes the open session.*\nWith them is stopped: Lab LAN\./);
    await settled({ api, simulation });
    assert.ok(session.isOpen, 'the answer was no');
    person.answer = () => 'Change Now';
    await set('platform', 'simulated');
    await set('platform', 'kernel');
    await until('it is closed', () => !session.isOpen);
    await run('showActions'); // commands wait for the next platform
    await until('the other platform serves', () => !api.configurationFromIdentifier('lab').isValid);
    ({ simulation } = await simulated());
    await until('it is back', () => api.allConfigurations().length > 0);
    simulation.add({ identifier: 'lab' });
    await until('the same object tells of it', () => api.configurationFromIdentifier('lab').isValid);
  });
});
