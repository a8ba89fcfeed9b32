import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { type CauseCode, SessionError } from '../../src/engine/index.js';
import type { NetworkSessionsApi } from '../../src/host/api/network-sessions.js';
import type { Simulation } from '../../src/platforms/simulated/index.js';
import { Person, run, settled, simulated, until } from './support.js';

const active = 14;

suite('commands', () => {
  let api: NetworkSessionsApi;
  let simulation: Simulation;
  let person: Person;
  const isUp = (identifier: string) => (api.configurationFromIdentifier(identifier).state & active) === active;

  suiteSetup(async () => {
    ({ api, simulation } = await simulated());
  });

  setup(() => {
    person = new Person();
    simulation.add({ identifier: 'lab', name: 'Lab LAN' });
  });

  teardown(async () => {
    person.answer = () => 'Stop Access Point';
    for (const identifier of ['lab', 'other']) {
      if (api.configurationFromIdentifier(identifier).isValid) {
        await run('stopAccessPoint', identifier);
        simulation.remove(identifier);
      }
    }
    person.leave();
  });

  /** Closes the session on an access point, as a person does who has no row to click. */
  const close = (name: RegExp) => {
    person.pick = (items) => items.find(({ label }) => name.test(label));
    return run('closeSession');
  };

  /** The next start fails for this cause. (Classes of the extension are others than those of the tests.) */
  const failNextStart = (code: CauseCode) => {
    simulation.failNextStart('lab', SessionError.UnknownSessionError);
    Object.assign(simulation.link('lab').failure ?? {}, { facts: { code } });
  };

  test('a session opens and closes; two share the access point', async () => {
    await run('openSession', 'lab');
    assert.ok(isUp('lab'));
    await run('openSession', 'lab');
    assert.equal(simulation.starts('lab'), 1);
    await close(/Lab LAN/);
    assert.ok(isUp('lab'), 'another still holds it');
    await close(/Lab LAN/);
    assert.ok(!isUp('lab'));
    assert.deepEqual(person.shown, []);
  });

  test('without an argument it asks, with states and reasons', async () => {
    simulation.add({ identifier: 'other', name: 'Far away', inReach: false });
    await run('openSession');
    const offered = person.offered[0] ?? [];
    assert.match(offered.find(({ label }) => label.includes('Lab LAN'))?.description ?? '', /Disconnected/);
    assert.match(offered.find(({ label }) => label.includes('Far away'))?.detail ?? '', /not in reach/);
    assert.ok(!isUp('lab'), 'no answer, no session');
  });

  test('arguments can be anything', async () => {
    for (const argument of [null, 7, {}, [], { identifier: 7 }, '', 'nowhere']) {
      await run('openSession', argument);
      await run('closeSession', argument);
      await run('dismissSession', argument);
    }
    const errors = person.shown.filter(({ kind }) => kind === 'error').map(({ message }) => message);
    assert.deepEqual(errors, ['nowhere is not known on this machine any more.']);
  });

  test('a failure is one message with the cause, Retry and Show Log; Retry tries again', async () => {
    simulation.failNextStart('lab', SessionError.UnknownSessionError, 'out of addresses');
    let asked = 0;
    person.answer = ({ buttons }) => {
      asked += 1;
      assert.deepEqual(buttons, ['Retry', 'Show Log']);
      return 'Retry';
    };
    await run('openSession', 'lab');
    await until('the retry has opened it', () => isUp('lab'));
    assert.equal(asked, 1);
    assert.equal(person.shown[0]?.kind, 'error');
    assert.match(person.shown[0]?.message ?? '', /^Lab LAN could not be used\. \(out of addresses\)$/);
  });

  test('what cannot be opened says why', async () => {
    simulation.set('lab', { inReach: false });
    await run('openSession', 'lab');
    assert.deepEqual(
      person.shown.map(({ message }) => message),
      ['Lab LAN is not in reach: check the cable, the signal or the device.'],
    );
  });

  test('a cancelled opening says nothing', async () => {
    simulation.set('lab', { startMs: Number.POSITIVE_INFINITY });
    const opening = run('openSession', 'lab');
    await until('it is being started', () => simulation.starts('lab') === 1);
    await close(/Lab LAN/);
    await opening;
    await settled({ api, simulation });
    assert.deepEqual(person.shown, []);
    assert.ok(!isUp('lab'));
  });

  test('what the person refuses in the dialog of the system says nothing, at the start and at the stop', async () => {
    failNextStart('refused');
    await run('openSession', 'lab');
    await run('openSession', 'lab');
    assert.ok(isUp('lab'));
    simulation.refuseNextStop('lab');
    Object.assign(simulation.link('lab').refusal ?? {}, { facts: { code: 'refused' } });
    person.answer = ({ modal }) => (modal ? 'Stop Access Point' : undefined);
    await run('stopAccessPoint', 'lab');
    await settled({ api, simulation });
    assert.ok(isUp('lab'));
    assert.deepEqual(
      person.shown.filter(({ modal }) => !modal),
      [],
    );
  });

  test('a failure says what would help', async () => {
    failNextStart('authenticationFailed');
    await run('openSession', 'lab');
    assert.match(person.shown[0]?.message ?? '', /password or key\. Check its password and settings/);
  });

  test('stopping what somebody else is starting asks first', async () => {
    simulation.startElsewhere('lab');
    await run('stopAccessPoint', 'lab');
    assert.equal(person.shown.length, 1);
    assert.ok(person.shown[0]?.modal);
    assert.match(person.shown[0]?.detail ?? '', /was not started by Network Sessions/);
    assert.equal(simulation.stops('lab'), 0, 'the answer was no');
  });

  test('stopping what was not started here asks first', async () => {
    simulation.set('lab', { up: true });
    await until('it is up', () => isUp('lab'));
    await run('openSession', 'lab');
    await run('stopAccessPoint', 'lab');
    assert.equal(person.shown.length, 1);
    assert.ok(person.shown[0]?.modal);
    assert.match(person.shown[0]?.detail ?? '', /was not started by Network Sessions/);
    assert.ok(isUp('lab'), 'the answer was no');
    person.answer = () => 'Stop Access Point';
    await run('stopAccessPoint', 'lab');
    await until('it is down', () => !isUp('lab'));
    await settled({ api, simulation });
    assert.equal(person.shown.length, 2, 'the session that ended with it is not reported: the person wanted it');
  });

  test('closing what carries the default route asks first', async () => {
    simulation.set('simulated-ethernet', { up: false });
    simulation.set('lab', { connectivity: 'full' });
    await run('openSession', 'lab');
    assert.equal(api.defaultConfiguration.identifier, 'lab');
    await close(/Lab LAN/);
    assert.match(person.shown[0]?.detail ?? '', /default route/);
    assert.ok(isUp('lab'), 'the answer was no');
    person.answer = () => 'Close Session';
    await close(/Lab LAN/);
    await until('it is down', () => !isUp('lab'));
    simulation.set('simulated-ethernet', { up: true });
  });

  test('displacing another asks first, and the one agreed to is not reported as lost (O12)', async () => {
    simulation.set('lab', { device: 'radio' });
    simulation.add({ identifier: 'other', name: 'Other', device: 'radio' });
    await run('openSession', 'lab');
    await run('openSession', 'other');
    assert.equal(person.shown.length, 1);
    assert.match(person.shown[0]?.message ?? '', /Open Other and disconnect Lab LAN\?/);
    assert.ok(isUp('lab') && !isUp('other'), 'no: nothing moves, and nothing more is said');
    person.answer = () => 'Disconnect and Open';
    await run('openSession', 'other');
    assert.ok(isUp('other') && !isUp('lab'));
    await settled({ api, simulation });
    assert.equal(person.shown.length, 2);
    await run('dismissSession');
    assert.equal(person.shown.at(-1)?.message, 'No session was lost.');
  });

  test('sessions lost together are one message; Open Again opens them', async () => {
    for (let count = 0; count < 3; count++) {
      await run('openSession', 'lab');
    }
    let answer: (value: string) => void = () => undefined;
    person.answer = () => undefined;
    const wait = new Promise<string>((resolve) => {
      answer = resolve;
    });
    person.answer = ((shown: { kind: string }) => (shown.kind === 'warning' ? wait : undefined)) as never;
    simulation.set('lab', { inReach: false });
    await until('it is reported', () => person.shown.length > 0);
    await settled({ api, simulation });
    assert.deepEqual(
      person.shown.map(({ message, buttons }) => [message, buttons]),
      [
        [
          'The link of Lab LAN was lost: the cable was pulled or the signal is gone. 3 sessions have ended.',
          ['Open Again', 'Show Log'],
        ],
      ],
    );
    simulation.set('lab', { inReach: true });
    answer('Open Again');
    await until('it is up again', () => isUp('lab'));
    assert.equal(simulation.starts('lab'), 2);
  });

  test('a lost session can be dismissed', async () => {
    await run('openSession', 'lab');
    simulation.set('lab', { inReach: false });
    await until('it is reported', () => person.shown.length > 0);
    person.pick = (items) => items[0];
    await run('dismissSession');
    assert.match(person.offered[0]?.[0]?.description ?? '', /link of Lab LAN was lost/);
    await run('dismissSession');
    assert.equal(person.shown.at(-1)?.message, 'No session was lost.');
  });

  test('a name of hostile bytes is harmless in messages and picks', async () => {
    simulation.add({ identifier: 'other', name: '[x](command:workbench.action.quit)\n$(zap)\u202e\u0000' });
    simulation.failNextStart('other', SessionError.UnknownSessionError, '[y](command:z)');
    await run('openSession', 'other');
    await run('openSession');
    const texts = [
      ...person.shown.map(({ message }) => message),
      ...person.offered.flat().map(({ label }) => label.replace(/^\$\([a-z-]+\) /, '')),
    ];
    assert.ok(texts.some((text) => text.includes('command:workbench.action.quit')));
    for (const text of texts) {
      assert.doesNotMatch(text, /\]\(|\$\(|\p{Cc}|\u202e/u);
    }
  });

  test('the menu of the status bar offers what can be done now', async () => {
    const labels = () => (person.offered.at(-1) ?? []).map(({ label }) => label.replace(/^\$\([a-z-]+\) /, ''));
    await run('showActions');
    assert.ok(labels().includes('Open Session…'));
    assert.ok(!labels().some((label) => label.startsWith('Close Session')));
    await run('openSession', 'lab');
    await run('showActions');
    assert.ok(labels().includes('Close Session: Lab LAN'));
    assert.ok(labels().includes('Stop Access Point: Lab LAN'));
  });

  test('refresh, and details without names', async () => {
    await run('refresh');
    let copied = '';
    const before = Object.getOwnPropertyDescriptor(vscode.env, 'clipboard');
    Object.defineProperty(vscode.env, 'clipboard', {
      configurable: true,
      value: { writeText: async (text: string) => (copied = text) },
    });
    try {
      person.pick = (items) => items[0];
      await run('copyDetails');
    } finally {
      if (before) {
        Object.defineProperty(vscode.env, 'clipboard', before);
      }
    }
    assert.match(copied, /platform: simulated/);
    assert.doesNotMatch(copied, /Lab LAN|Office|192\.0\.2/);
  });
});
