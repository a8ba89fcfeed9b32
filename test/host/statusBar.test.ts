import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { Person, run, type Simulated, set, setAndHear, settled, simulated, theExtension, until } from './support.js';

/** Puts another value in the place of one of `vscode.window`; gives back the one before. */
function replace(name: 'createStatusBarItem' | 'state', value: unknown): () => void {
  const before = Object.getOwnPropertyDescriptor(vscode.window, name);
  assert.ok(before);
  Object.defineProperty(vscode.window, name, { ...before, configurable: true, ...accessor(before, value) });
  return () => Object.defineProperty(vscode.window, name, before);
}

const accessor = (before: PropertyDescriptor, value: unknown) => (before.get ? { get: () => value } : { value });

/** Stands for the item on the screen, and keeps what it has said. */
class Item {
  readonly texts: string[] = [];
  isShown = false;
  tooltip: unknown;
  accessibilityInformation: vscode.AccessibilityInformation | undefined;

  get text(): string {
    return this.texts.at(-1) ?? '';
  }

  set text(text: string) {
    this.texts.push(text);
  }

  show(): void {
    this.isShown = true;
  }

  hide(): void {
    this.isShown = false;
  }

  dispose(): void {}
}

suite('the status bar', () => {
  let all: Simulated;
  let item: Item;
  let person: Person;
  const undo: (() => void)[] = [];

  suiteSetup(async () => {
    undo.push(
      replace('createStatusBarItem', () => {
        item = new Item();
        return item;
      }),
      replace('state', { focused: true, active: true }),
    );
    await set('platform', 'kernel');
    all = await simulated();
    await until('it says something', () => item.isShown);
  });
  suiteTeardown(async () => {
    for (const each of undo) {
      each();
    }
    await set('platform', 'kernel');
    await simulated();
  });
  setup(() => {
    person = new Person();
    all.simulation.add({ identifier: 'lab', name: 'Lab LAN' });
  });
  teardown(async () => {
    person.answer = ({ modal }) => (modal ? 'Stop Access Point' : undefined);
    await run('stopAccessPoint', 'lab');
    all.simulation.remove('lab');
    person.leave();
  });

  test('events do not move the figures: at most one update a second', async () => {
    await run('openSession', 'lab');
    await until('the session is shown', () => item.text.includes('Lab LAN'));
    item.texts.length = 0;
    const began = performance.now();
    for (let event = 0; event < 40; event++) {
      all.simulation.traffic('lab', { received: 1_000_000, written: 1000 });
      all.simulation.set('lab', { metered: event % 2 === 0 });
      await settled(all);
    }
    const seconds = Math.floor((performance.now() - began) / 1000);
    assert.ok(item.texts.length <= seconds + 1, JSON.stringify([seconds, item.texts]));
    await until('its time has come', () => /↓[\s\u2007\u2008]*40\.0\sMB/.test(item.text));
  });

  test('where no access point is active it does not say that there is no network; away, nothing is known', async () => {
    const { api, simulation } = all;
    const { ConfigurationState, ConfigurationType } = api.enums;
    const up = api
      .allConfigurations(ConfigurationState.Active)
      .filter(({ type }) => type === ConfigurationType.InternetAccessPoint)
      .map(({ identifier }) => identifier);
    assert.ok(up.length > 0);
    for (const identifier of up) {
      simulation.set(identifier, { up: false });
    }
    await settled(all);
    assert.equal(item.text, '$(circle-slash) No access point active');
    assert.match(item.accessibilityInformation?.label ?? '', /no access point is active/);
    simulation.goAway();
    await until('it is away', () => item.text === '$(question) Network unknown');
    simulation.comeBack();
    for (const identifier of up) {
      simulation.set(identifier, { up: true });
    }
    await until('it is as before', () => !item.text.startsWith('$(question)') && !item.text.startsWith('$(circle'));
  });

  test('a state on the screen and a client that relies on hearing of changes are watched for', async () => {
    const { api } = all;
    await vscode.commands.executeCommand('workbench.action.closeSidebar');
    const platform = (await theExtension().activate()).platform();
    assert.ok(platform);
    let watched: boolean | undefined;
    platform.setWatched = (by: boolean) => {
      watched = by;
    };
    try {
      await setAndHear('statusBar.show', 'off');
      await until('nobody looks', () => watched === false);
      await setAndHear('statusBar.show', 'accessPoint');
      await until('the state is watched', () => watched);
      const back = replace('state', { focused: false, active: false });
      await setAndHear('statusBar.unit', 'bits');
      await until('nobody could see it', () => watched === false);

      const subscription = api.onDidChangeOnlineState(() => undefined);
      assert.ok(watched, 'somebody listens');
      subscription.dispose();
      subscription.dispose();
      assert.equal(watched, false);
      const session = api.createSession('lab', { extension: theExtension().id, reason: 'Testing' });
      await until('a session is held', () => watched);
      session.dispose();
      await until('it was given back', () => watched === false);
      back();
    } finally {
      delete (platform as { setWatched?: unknown }).setWatched;
      await set('statusBar.show', undefined);
      await set('statusBar.unit', undefined);
    }
  });
});
