// Test Link…, with addresses of the loopback on the simulated network: what it says where it cannot be shown that it went
// by the access point. What it says of real links is in test/ui/lab.
import * as assert from 'node:assert/strict';
import * as http from 'node:http';
import * as vscode from 'vscode';
import type { NetworkSessionsApi } from '../../src/host/api/network-sessions.js';
import type { Simulation } from '../../src/platforms/simulated/index.js';
import { Person, run, Servers, set, settings, simulated, until } from './support.js';

const address = '127.0.0.9';

suite('Test Link…', () => {
  let api: NetworkSessionsApi;
  let simulation: Simulation;
  let person: Person;
  const servers = new Servers();
  /** Where requests came from. */
  const from: (string | undefined)[] = [];

  suiteSetup(async () => {
    ({ api, simulation } = await simulated());
  });
  setup(() => {
    person = new Person();
    simulation.add({ identifier: 'lab', name: 'Lab LAN', addresses: [address], up: true });
    from.length = 0;
  });
  teardown(async () => {
    person.leave();
    servers.end();
    simulation.remove('lab');
    if (settings().get('probeUrl') !== '') {
      await set('probeUrl', undefined);
    }
    await until('the setting is as before', () => settings().get('probeUrl') === '');
  });

  /** A server that answers 204, or never. */
  async function serve({ isSilent = false } = {}): Promise<string> {
    const port = await servers.listen(
      http.createServer(({ socket }, response) => {
        from.push(socket.remoteAddress);
        if (!isSilent) {
          response.writeHead(204).end();
        }
      }),
    );
    return `127.0.0.1:${port}`;
  }

  const messages = () => person.shown.map(({ message }) => message);

  test('asks what it shall lead to, goes from the address of the access point, and says no more than was shown', async () => {
    const host = await serve();
    const problems: unknown[] = [];
    person.type = ({ value, validateInput }) => {
      assert.equal(value, undefined, 'nothing is remembered');
      problems.push(...['', 'ftp://a', 'a:b@c', host].map((typed) => validateInput?.(typed)));
      return host;
    };
    await run('testLink', 'lab');
    assert.deepEqual(from, [address]);
    // the second where nobody can be asked for the route
    assert.match(
      messages()[0] ?? '',
      /^Unknown: (this machine sends what is for 127\.0\.0\.1:\d+ by lo, so the test says nothing of Lab LAN\.|it could not be shown)/,
    );
    assert.deepEqual([person.shown[0]?.kind, person.shown[0]?.buttons], ['warning', ['Test Again', 'Save Address']]);
    assert.equal(settings().get('probeUrl'), '');
    const sentence = 'What is needed is an address that begins with http:// or https://, or the name of a host.';
    assert.deepEqual(problems, [
      sentence,
      sentence,
      'The address must not contain a user name or password.',
      undefined,
    ]);
  });

  test('remembers the address where the person wants it, and does not ask again then', async () => {
    const host = await serve();
    let asked = 0;
    person.type = () => {
      asked += 1;
      return host;
    };
    person.answer = () => 'Save Address';
    await run('testLink', 'lab');
    await until('it is saved', () => settings().get('probeUrl') === `http://${host}/`);
    await run('testLink', { identifier: 'lab' });
    assert.equal(asked, 1);
    assert.deepEqual(from, [address, address]);
    assert.deepEqual(person.shown[1]?.buttons, ['Test Again']);
  });

  test('says that nothing leaves by a link without an address of the right kind', async () => {
    person.type = () => 'http://[::1]:9/';
    await run('testLink', 'lab');
    assert.deepEqual(messages(), ['Lab LAN leads nowhere: it has no address that can be used for it (none).']);
    assert.deepEqual(person.shown[0]?.buttons, ['Test Again']);
  });

  test('tests again with the same address, as long as the access point is up', async () => {
    const host = await serve();
    let asked = 0;
    person.type = () => {
      asked += 1;
      return host;
    };
    person.answer = ({ message }) => {
      if (from.length === 2) {
        simulation.set('lab', { up: false });
      }
      return message.startsWith('Unknown') ? 'Test Again' : undefined;
    };
    await run('testLink', 'lab');
    await until('it is not up any more', () => person.shown.length === 3);
    assert.match(messages()[2] ?? '', /^Lab LAN is not up\./);
    assert.deepEqual([asked, from.length], [1, 2]);
  });

  test('can be cancelled, and says nothing then', async () => {
    const host = await serve({ isSilent: true });
    person.type = () => host;
    const window = vscode.window as { withProgress: unknown };
    const before = window.withProgress;
    const source = new vscode.CancellationTokenSource();
    const shown: unknown[] = [];
    window.withProgress = (options: unknown, task: (progress: unknown, token: vscode.CancellationToken) => unknown) => {
      shown.push(options);
      return task({ report: () => undefined }, source.token);
    };
    try {
      const testing = run('testLink', 'lab');
      await until('it has taken a while', () => from.length === 1 && shown.length === 2);
      source.cancel();
      await testing;
    } finally {
      window.withProgress = before;
    }
    const options = { location: vscode.ProgressLocation.Notification, title: 'Testing Lab LAN', cancellable: true };
    assert.deepEqual(shown, [{ location: { viewId: 'networkSessions.configurations' } }, options]);
    assert.deepEqual(messages(), []);
  });

  test('sends nothing from addresses that are not real, and says so', async () => {
    await serve();
    person.type = () => assert.fail('there is nothing to ask');
    await run('testLink', 'simulated-ethernet');
    assert.deepEqual(messages(), ['Office LAN is simulated: nothing real can go by it, so there is nothing to test.']);
  });

  test('starts nothing: what is not up is not tested', async () => {
    simulation.set('lab', { up: false });
    person.type = () => assert.fail('there is nothing to ask');
    await run('testLink', 'lab');
    assert.deepEqual(messages(), [
      'Lab LAN is not up. Only an access point that is up can be tested; none is started for it.',
    ]);
    assert.equal(simulation.starts('lab'), 0);
  });

  test('without an argument, or with anything else, offers what is up, the default one first', async () => {
    for (const argument of [undefined, null, 7, {}, 'nowhere', 'internet', 'userChoice']) {
      await run('testLink', argument);
      const labels = (person.offered.at(-1) ?? []).map(({ label }) => label.replace(/^\$\([a-z-]+\) /, ''));
      assert.deepEqual(labels, ['Office LAN', 'Lab LAN'], String(argument));
    }
    assert.deepEqual(messages(), []);
    simulation.set('lab', { up: false });
    simulation.set('simulated-ethernet', { up: false });
    await until('nothing is up', () => api.allConfigurations(14).length === 0);
    await run('testLink');
    assert.deepEqual(messages(), ['No access point is up that could be tested.']);
    simulation.set('simulated-ethernet', { up: true });
  });
});
