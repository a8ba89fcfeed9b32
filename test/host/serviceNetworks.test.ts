import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { NetworkSessionsApi } from '../../src/host/api/network-sessions.js';
import type { Simulation } from '../../src/platforms/simulated/index.js';
import { Person, run, set, setAndHear, settings, settled, simulated, until } from './support.js';

interface Entry {
  readonly name: string;
  readonly accessPoints: readonly string[];
  readonly roaming?: string;
  readonly tests?: readonly unknown[];
}

suite('service networks', () => {
  let api: NetworkSessionsApi;
  let simulation: Simulation;
  let person: Person;
  let controller: vscode.TreeDragAndDropController<string> | undefined;
  let undo: () => void = () => undefined;
  const written = () => settings().inspect<Entry[]>('serviceNetworks')?.globalValue;
  const isThere = (name: string) => api.configurationFromIdentifier(`network:${name}`).isValid;
  const isUp = (identifier: string) => (api.configurationFromIdentifier(identifier).state & 14) === 14;

  suiteSetup(async () => {
    const create = vscode.window.createTreeView;
    Object.assign(vscode.window, {
      createTreeView: (id: string, options: vscode.TreeViewOptions<string>) => {
        controller = options.dragAndDropController ?? controller;
        return create(id, options);
      },
    });
    undo = () => Object.assign(vscode.window, { createTreeView: create });
    await set('platform', 'kernel');
    ({ api, simulation } = await simulated());
  });
  suiteTeardown(() => undo());

  setup(() => {
    person = new Person();
    simulation.add({ identifier: 'lab', name: 'Lab LAN' });
    simulation.add({ identifier: 'spare', name: 'Spare Wi-Fi' });
  });

  teardown(async () => {
    await setAndHear('serviceNetworks', []);
    await setAndHear('serviceNetworks', undefined);
    await settled({ api, simulation });
    simulation.remove('lab');
    simulation.remove('spare');
    person.leave();
  });

  /** Picks by the words of a label, one question after the other; several of them where many can be picked. */
  const picking = (...answers: readonly RegExp[]) => {
    const left = [...answers];
    person.pick = (items, options) => {
      const words = left.shift();
      const found = words === undefined ? [] : items.filter(({ label }) => words.test(label));
      return options.canPickMany ? found : found[0];
    };
  };
  const typing = (...answers: readonly (string | undefined)[]) => {
    const left = [...answers];
    person.type = () => left.shift();
  };
  const make = async (...entries: readonly Entry[]) => {
    await setAndHear('serviceNetworks', entries);
    await until('they are there', () => entries.every(({ name }) => isThere(name)));
  };

  test('ours is always there, with all that leads to the internet', () => {
    const internet = api.configurationFromIdentifier('internet');
    assert.equal(internet.name, 'Internet');
    assert.equal(internet.type, api.enums.ConfigurationType.ServiceNetwork);
    assert.ok(internet.children.some(({ identifier }) => identifier === 'simulated-ethernet'));
    assert.ok(api.allConfigurations().includes(internet));
  });

  test('one is created by name, access points and roaming', async () => {
    typing(' Works ');
    picking(/Lab LAN|Spare/, /Automatic/);
    await run('createServiceNetwork');
    assert.deepEqual(written(), [{ name: 'Works', accessPoints: ['lab', 'spare'], roaming: 'automatic' }]);
    await until('it is there', () => isThere('Works'));
    assert.deepEqual(
      api.configurationFromIdentifier('network:Works').children.map(({ identifier }) => identifier),
      ['lab', 'spare'],
    );
    assert.deepEqual(person.shown, []);
  });

  test('a name is checked while it is typed, and Escape at any step leaves everything as it is', async () => {
    await make({ name: 'Works', accessPoints: ['lab'] });
    const before = written();
    const problems: unknown[] = [];
    person.type = ({ validateInput }) => {
      problems.push(...['', 'works', 'Internet', 'Fine'].map((name) => validateInput?.(name)));
      return 'Works';
    };
    await run('createServiceNetwork');
    assert.deepEqual(problems, [
      'A service network needs a name of 1 to 60 letters on one line.',
      'There is a service network of this name already.',
      'This name belongs to the service network that is always there.',
      undefined,
    ]);
    for (const answers of [[], [/Lab LAN/]]) {
      typing('Other');
      picking(...answers);
      person.pick = answers.length === 0 ? () => undefined : person.pick;
      await run('createServiceNetwork');
    }
    assert.deepEqual(written(), before);
  });

  test('it is edited: access points, order, tests, roaming', async () => {
    await make({ name: 'Works', accessPoints: ['lab', 'gone'] });
    const entry = () => written()?.[0];
    picking(/Access points/, /Lab LAN|gone|Spare/);
    await run('editServiceNetwork', 'network:Works');
    assert.deepEqual(entry()?.accessPoints, ['lab', 'gone', 'spare'], 'what is not known here is kept');
    picking(/Order/, /Spare/, /Lab LAN/);
    await run('editServiceNetwork', 'network:Works');
    assert.deepEqual(entry()?.accessPoints, ['spare', 'lab', 'gone']);
    picking(/Tests/, /tcp/, /Tests/, /http/);
    typing('db.example:5432', 'https://a.example/', '204');
    await run('editServiceNetwork', 'network:Works');
    assert.deepEqual(entry()?.tests, [{ tcp: 'db.example:5432' }, { http: 'https://a.example/', status: 204 }]);
    picking(/Tests/, /Remove: tcp/, /Roaming/, /Never/, /Prefer unmetered/);
    await run('editServiceNetwork', 'network:Works');
    assert.deepEqual(entry(), {
      name: 'Works',
      accessPoints: ['spare', 'lab', 'gone'],
      tests: [{ http: 'https://a.example/', status: 204 }],
      roaming: 'never',
      preferUnmetered: false,
    });
  });

  test('a test that cannot be is refused while it is typed', async () => {
    await make({ name: 'Works', accessPoints: ['lab'] });
    picking(/Tests/, /dns/);
    let problem: unknown;
    person.type = ({ validateInput }) => {
      problem = validateInput?.('192.0.2.1');
      return undefined;
    };
    await run('editServiceNetwork', 'network:Works');
    assert.equal(problem, "'dns' needs a name, like 'server.example', and not an address.");
  });

  test('a new name takes the sessions along, and no access point goes down between', async () => {
    await make({ name: 'Works', accessPoints: ['lab'] });
    await run('openSession', 'network:Works');
    assert.ok(isUp('lab'));
    picking(/Name/);
    typing('Plant');
    await run('editServiceNetwork', 'network:Works');
    await until('the old one is gone', () => isThere('Plant') && !isThere('Works'));
    await settled({ api, simulation });
    assert.ok(isUp('lab'));
    assert.deepEqual([simulation.starts('lab'), simulation.stops('lab')], [1, 0]);
    assert.deepEqual(person.shown, []);
    picking(/Plant · Lab LAN/);
    await run('closeSession');
    await until('it is closed', () => !isUp('lab'));
  });

  test('it is deleted after a question, which says what ends', async () => {
    await make({ name: 'Works', accessPoints: ['lab'] }, { name: 'Plant', accessPoints: [] });
    await run('openSession', 'network:Works');
    picking(/Works/);
    await run('deleteServiceNetwork');
    const [question] = person.shown;
    assert.equal(question?.message, 'Delete the service network Works?');
    assert.match(question?.detail ?? '', /^This ends the session that is open on it/);
    assert.ok(isThere('Works'), 'the answer was no');
    assert.ok(!(person.offered[0] ?? []).some(({ label }) => /Internet/.test(label)), 'ours cannot be deleted');
    person.answer = () => 'Delete';
    await run('deleteServiceNetwork', 'network:Works');
    await until('it is gone', () => !isThere('Works'));
    await settled({ api, simulation });
    assert.deepEqual(
      written()?.map(({ name }) => name),
      ['Plant'],
    );
    assert.equal(person.shown.length, 2, 'nobody needs to be told of what was agreed to');
  });

  test('an access point is taken out of one', async () => {
    await make({ name: 'Works', accessPoints: ['lab', 'spare'] });
    await run('removeFromServiceNetwork', 'network:Works\nlab');
    assert.deepEqual(written()?.[0]?.accessPoints, ['spare']);
    picking(/Spare/);
    await run('removeFromServiceNetwork');
    assert.deepEqual(written()?.[0]?.accessPoints, []);
  });

  test('access points are dragged into one, and to another place in it', async () => {
    await make({ name: 'Works', accessPoints: ['lab'] });
    const drag = async (from: string, to: string | undefined) => {
      const data = new vscode.DataTransfer();
      const { token } = new vscode.CancellationTokenSource();
      await controller?.handleDrag?.([from], data, token);
      await controller?.handleDrop?.(to, data, token);
      return written()?.[0]?.accessPoints;
    };
    assert.deepEqual(await drag('spare', 'network:Works'), ['lab', 'spare']);
    assert.deepEqual(await drag('network:Works\nspare', 'network:Works\nlab'), ['spare', 'lab']);
    assert.deepEqual(await drag('lab', 'internet'), ['spare', 'lab']);
    assert.deepEqual(await drag('network:Works\nspare', undefined), ['spare', 'lab']);
  });

  test('wrong entries are reported once, in one message, and kept in the settings; the others serve', async () => {
    const wrong = [7, { name: 'Works', accessPoints: ['lab'] }, { name: 'works', accessPoints: [] }];
    await setAndHear('serviceNetworks', wrong);
    await until('it is reported', () => person.shown.length > 0);
    assert.deepEqual(
      person.shown.map(({ kind, message, buttons }) => [kind, message, buttons]),
      [
        [
          'warning',
          '2 entries of the setting networkSessions.serviceNetworks are ignored. The first is number 1: A service network is an object with a name and access points.',
          ['Open Settings'],
        ],
      ],
    );
    assert.ok(isThere('Works'));
    await setAndHear('statusBar.unit', 'bits');
    await setAndHear('statusBar.unit', undefined);
    await run('removeFromServiceNetwork', 'network:Works\nlab');
    assert.deepEqual(written(), [7, { name: 'Works', accessPoints: [] }, { name: 'works', accessPoints: [] }]);
    assert.equal(person.shown.length, 1);
  });
});
