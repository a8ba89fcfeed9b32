import * as assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { openBroker } from '../../src/broker/open.js';
import { SharedLedger } from '../../src/broker/sharedLedger.js';
import type { Account, AccountOwner, Cause, Platform } from '../../src/engine/index.js';
import type { NetworkSessionsApi } from '../../src/host/api/network-sessions.js';
import type { Simulation } from '../../src/platforms/simulated/index.js';
import { Person, run, set, setAndHear, settled, simulated, theExtension, until } from './support.js';

const shares = 4;
const active = 14;

/** Another window of the person, as far as others are concerned: it counts with them, and has no network of its own. */
class OtherWindow {
  readonly #ledger: SharedLedger;
  readonly #account: Account;
  readonly stoppedBy: Cause[] = [];
  #isPermitted = false;

  constructor(home: string, platform: () => Platform | undefined) {
    const window = { product: 'Other Editor', window: 'Website $(zap)', windowKey: '' };
    this.#ledger = new SharedLedger(openBroker({ window, home, snapshotPause: 5 }));
    const owner: AccountOwner = {
      permitted: () => {
        this.#isPermitted = true;
      },
      refused: (cause) => assert.fail(cause.code),
      stoppedElsewhere: (cause) => this.stoppedBy.push(cause),
      stopUnheld: (_, done) => {
        platform()
          ?.stopAccessPoint('lab', () => undefined)
          .then(
            () => done(true),
            () => done(false),
          );
      },
      accountChanged: () => undefined,
      holding: { sessions: [{ reason: 'Indexer: the index', openFor: 60_000 }], base: undefined },
    };
    this.#account = this.#ledger.account('lab', owner);
    this.#ledger.start();
  }

  async holds(): Promise<void> {
    this.#isPermitted = this.#account.hold();
    await until('the other window is counted', () => this.#isPermitted);
  }

  /** Stops the access point on the network that both have. */
  async stops(platform: Platform): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#account.mayStop({ go: resolve, done: resolve, refused: ({ code }) => reject(new Error(code)) });
    });
    await platform.stopAccessPoint('lab', () => this.#account.stopAccepted());
    this.#account.stopEnded(undefined);
  }

  /** Closes what it has open, and goes. */
  async leave(): Promise<void> {
    await new Promise<void>((resolve) => this.#account.leave('never', () => resolve()));
    await this.#ledger.dispose();
  }
}

suite('several windows', () => {
  let api: NetworkSessionsApi;
  let simulation: Simulation;
  let person: Person;
  let home: string;
  let other: OtherWindow;
  const trees = new Map<string, vscode.TreeDataProvider<unknown>>();
  const isUp = () => (api.configurationFromIdentifier('lab').state & active) === active;

  /** What a view shows under a row. */
  const rows = async (view: string, parent?: unknown) => {
    const tree = trees.get(`networkSessions.${view}`) ?? assert.fail(view);
    const elements = (await tree.getChildren(parent)) ?? [];
    return elements.map((element) => ({ element, item: tree.getTreeItem(element) as vscode.TreeItem }));
  };
  const rowsNow = async (view: string, parent?: unknown) =>
    (await rows(view, parent)).map(({ item }) => `${item.label} | ${item.description}`);

  /** The extension has heard how many other windows hold it, and why. */
  const sees = (count: number) =>
    until(`${count} other windows are seen`, () => {
      const tree = trees.get('networkSessions.sessions') ?? assert.fail();
      const items = (tree.getChildren() as readonly unknown[]).map((each) => tree.getTreeItem(each) as vscode.TreeItem);
      const others = items.filter(({ contextValue }) => contextValue?.startsWith('elsewhere'));
      return others.length === count && others.every(({ description }) => /Indexer/.test(String(description)));
    });

  /** The extension begins anew, with this home for its windows. */
  const begin = async (meetingPlace: string | undefined) => {
    const exported = await theExtension().activate();
    exported.meetAt(meetingPlace);
    await setAndHear('platform', 'kernel');
    await until('the simulated network is gone', () => !('simulation' in (exported.platform() ?? {})));
    ({ api, simulation } = await simulated());
    simulation.add({ identifier: 'lab', name: 'Lab LAN' });
  };

  const { createTreeView } = vscode.window;

  suiteSetup(async () => {
    person = new Person();
    Object.assign(vscode.window, {
      createTreeView: (id: string, options: vscode.TreeViewOptions<unknown>) => {
        trees.set(id, options.treeDataProvider);
        return createTreeView(id, options);
      },
    });
    await theExtension().activate();
    home = mkdtempSync(path.join(tmpdir(), 'windows-'));
    await begin(home);
    await until('it counts with others', () => api.capabilities & shares);
    person.leave();
  });

  suiteTeardown(async () => {
    Object.assign(vscode.window, { createTreeView });
    await begin(undefined);
    rmSync(home, { recursive: true, force: true });
  });

  setup(async () => {
    person = new Person();
    const { platform } = await theExtension().activate();
    other = new OtherWindow(home, platform);
  });

  teardown(async () => {
    person.answer = ({ buttons }) => buttons.find((button) => button === 'Stop Access Point');
    await run('stopAccessPoint', 'lab');
    await other.leave();
    person.leave();
  });

  test('an access point shows who holds it, and the Sessions view what others have open', async () => {
    await run('openSession', 'lab');
    assert.deepEqual(await rows('configurations', 'lab'), []);
    await other.holds();
    await sees(1);
    assert.deepEqual(await rowsNow('configurations', 'lab'), [
      'This window | 1 session',
      'Website $\u2060(zap) | 1 session · Indexer: the index',
    ]);
    const lab = (await rows('configurations')).find(({ element }) => element === 'lab');
    assert.equal(lab?.item.collapsibleState, vscode.TreeItemCollapsibleState.Collapsed);
    assert.match(String(lab?.item.description), /Connected.* · 1 other window$/);
    const [, elsewhere] = await rows('sessions');
    assert.equal(elsewhere?.item.description, 'in Website $\u2060(zap) · Indexer: the index');
    assert.equal(elsewhere?.item.contextValue, 'elsewhere canStop');

    // Its row is stopped, not closed.
    person.answer = ({ buttons }) => buttons[0];
    await run('stopAccessPoint', elsewhere?.element);
    assert.match(person.shown[0]?.detail ?? '', /^Another window uses it: Website \$\u2060\(zap\)\.$/m);
    await until('it is down', () => !isUp());
    await until('the other one has heard', () => other.stoppedBy.length === 1);
    assert.deepEqual(person.shown.length, 1, 'who has stopped it is not told of a loss');
  });

  test('the last close leaves to the other window what it holds', async () => {
    await run('openSession', 'lab');
    await other.holds();
    await sees(1);
    const [own] = await rows('sessions');
    await run('closeSession', own?.element);
    assert.ok(isUp());
    assert.deepEqual(person.shown, [], 'nothing is taken down, so nothing is asked');
  });

  test('who has stopped it is told once', async () => {
    await run('openSession', 'lab');
    const platform = (await theExtension().activate()).platform() ?? assert.fail();
    await other.stops(platform);
    await until('it is told', () => person.shown.length > 0);
    await settled({ api, simulation });
    assert.deepEqual(
      person.shown.map(({ kind, message }) => [kind, message]),
      [
        [
          'warning',
          'Lab LAN was stopped by another window: Other Editor: Website $\u2060(zap). The session on it has ended.',
        ],
      ],
    );
    assert.match((await rowsNow('sessions')).join(), /Lost · stopped by another window/);
    await run('dismissSession', (await rows('sessions'))[0]?.element);
  });

  test('Release Everything asks, and ends what all windows have', async () => {
    await sees(0);
    await run('releaseAll');
    assert.equal(person.shown[0]?.message, 'There is nothing to release.');
    person.shown.length = 0;
    await run('openSession', 'lab');
    await other.holds();
    await sees(1);
    await run('releaseAll');
    assert.ok(isUp(), 'without an answer nothing happens');
    const [question] = person.shown;
    assert.ok(question?.modal);
    assert.match(question.detail, /^This ends 2 sessions in 2 windows\.$/m);
    assert.match(question.detail, /^What Network Sessions has started is stopped: Lab LAN\.$/m);
    person.answer = ({ buttons }) => buttons.find((button) => button === 'Release Everything');
    await run('releaseAll');
    assert.ok(!isUp());
    assert.equal(person.shown.at(-1)?.message, 'Everything was released. Stopped: Lab LAN.');
    assert.equal(person.shown.length, 3, 'nobody is told of a loss here');
    await until('the other one has heard', () => other.stoppedBy.length === 1);
    await sees(0);
  });

  test('where windows cannot meet, it counts alone, says so where one looks, and works', async () => {
    const open = path.join(home, 'open');
    mkdirSync(path.join(open, '.network-sessions'), { recursive: true });
    chmodSync(path.join(open, '.network-sessions'), 0o777);
    try {
      await begin(open);
      await run('openSession', 'lab');
      assert.ok(isUp());
      assert.equal(api.capabilities & shares, 0);
      person.pick = ([first]) => first;
      await run('copyDetails');
      assert.match(await vscode.env.clipboard.readText(), /^windows: counted alone: /m);
      person.answer = ({ buttons }) => buttons.find((button) => button === 'Release Everything');
      await run('releaseAll');
      const question = person.shown.find(({ modal }) => modal);
      assert.match(question?.detail ?? '', /Other windows are not counted, and keep theirs: /);
      assert.ok(!isUp());
    } finally {
      await begin(home);
    }
  });

  test('the linger keeps up what was closed, and is read anew', async () => {
    await set('sessions.linger', { afterClose: 1, afterDeath: 30 });
    try {
      await run('openSession', 'lab');
      await run('closeSession', (await rows('sessions'))[0]?.element);
      assert.ok(isUp());
      // a window that has just begun to lead stops nothing for 5 s
      await until('it is stopped', () => !isUp(), 8000);
    } finally {
      await set('sessions.linger', undefined);
    }
  });
});
