// What a person sees of other windows: two managers that count together, over real sockets.
import * as assert from 'node:assert/strict';
import type { Sharing } from '../../../src/broker/index.js';
import type { Broker, LineListener } from '../../../src/broker/line.js';
import { PlatformFailure, silentLogger } from '../../../src/engine/index.js';
import { readAccessPoint } from '../../../src/host/model/accessPointView.js';
import { configurationItem } from '../../../src/host/model/configurationItem.js';
import {
  Elsewhere,
  elsewhereItem,
  type HolderView,
  holderItem,
  holderRows,
  holdersOf,
  nobody,
  readHolder,
  thisWindow,
} from '../../../src/host/model/holders.js';
import { LazyBroker } from '../../../src/host/model/lazyBroker.js';
import { elementOf, holderKey, programOf } from '../../../src/host/model/networkEdits.js';
import { reasonsToStay, windowsOn } from '../../../src/host/model/reasons.js';
import { isNothing, release, releasePlan, releaseText } from '../../../src/host/model/release.js';
import { bugReport } from '../../../src/host/model/report.js';
import { SessionList } from '../../../src/host/model/sessionList.js';
import { type SettingValues, settingKeys, settingRules } from '../../../src/host/model/settingRules.js';
import { type Leaving, letGo, sharingRows, type WindowsLedger, whyAlone } from '../../../src/host/model/sharing.js';
import { english as t } from '../../../src/host/model/translate.js';
import { TestClock } from '../../fixtures/testClock.js';
import { closed, Desk, until, type Window } from '../../fixtures/windows.js';

const hostile = '[x](command:y) $(zap)\u202e\n';

suite('other windows in the views', () => {
  let desk: Desk;

  setup(() => {
    desk = new Desk({
      accessPoints: [
        { identifier: 'lan', name: 'LAN', startMs: 5, stopMs: 5 },
        { identifier: 'wifi', name: 'Wi-Fi', startMs: 5, stopMs: 5 },
      ],
    });
  });

  teardown(() => desk.clear());

  const listOf = ({ manager }: Window) =>
    new SessionList(manager, (error) => {
      throw error;
    });
  const reading = ({ manager }: Window, list: SessionList, program: string) =>
    readHolder(manager, list, 'lan', program) ?? assert.fail('it is not held');
  /** One window has a session open, and the other one has heard of it. */
  const held = async () => {
    const [a, b] = [await desk.window('a'), await desk.window('b')];
    const session = await a.open('lan');
    await until(() => b.manager.holdersElsewhere('lan')[0]?.sessions.length === 1);
    return { a, b, session, list: listOf(b) };
  };

  test('an access point shows who holds it, this window first where it does too', async () => {
    const { a, b, list } = await held();
    assert.deepEqual(holdersOf(a.manager, 'lan'), [], 'nobody else holds it');
    const [program = ''] = holdersOf(b.manager, 'lan');
    assert.equal(holderItem(reading(b, list, program), t).label, 'a');
    assert.match(configurationItem(readAccessPoint(b.manager, 'lan'), t).description, / · 1 other window$/);
    assert.deepEqual(holdersOf(b.manager, 'wifi'), []);

    const entry = list.create('lan', { owner: 'Indexer', reason: 'the index' });
    list.open(entry);
    assert.ok(await entry.session.waitForOpened());
    await until(() => a.manager.holdersElsewhere('lan').some(({ sessions }) => sessions.length === 1));
    assert.deepEqual(holdersOf(b.manager, 'lan'), [thisWindow, program]);
    const own = holderItem(reading(b, list, thisWindow), t);
    assert.deepEqual([own.label, own.description], ['This window', '1 session · Indexer: the index']);
    const [other = ''] = holdersOf(a.manager, 'lan').slice(1);
    const seen = holderItem(reading(a, listOf(a), other), t);
    assert.deepEqual([seen.label, seen.description], ['b', '1 session · Indexer: the index']);
    assert.equal(seen.contextValue, 'holder canStop');
  });

  test('one that goes is said to have gone, and is not there any more after its grace', async () => {
    const { a, b, list } = await held();
    const [program = ''] = holdersOf(b.manager, 'lan');
    await a.leave();
    await until(() => b.manager.holdersElsewhere('lan')[0]?.isAbsent === true);
    const { description, accessibleLabel } = holderItem(reading(b, list, program), t);
    assert.equal(description, '1 session · gone a moment ago');
    assert.equal(accessibleLabel, 'Held by a, 1 session, gone a moment ago');
    await until(() => b.manager.holdersElsewhere('lan').length === 0);
    assert.equal(readHolder(b.manager, list, 'lan', program), undefined);
  });

  test('the Sessions view has an entry for each window, the same one each time', async () => {
    const { a, b, list } = await held();
    const elsewhere = new Elsewhere(b.manager);
    const [entry, ...more] = elsewhere.all;
    assert.ok(entry);
    assert.deepEqual(more, []);
    const second = await a.open('lan');
    await until(() => b.manager.holdersElsewhere('lan')[0]?.sessions.length === 2);
    assert.equal(elsewhere.all[0], entry);
    assert.equal(entry.identifier, 'lan', 'commands are told the access point');
    const item = elsewhereItem(b.manager, 'lan', reading(b, list, entry.program), t);
    assert.deepEqual([item.label, item.description], ['LAN', 'in a · 2 sessions']);
    assert.equal(item.contextValue, 'elsewhere canStop');
    for (const each of a.manager.sessions) {
      each.close();
    }
    await closed(second);
    await until(() => elsewhere.all.length === 0);
  });

  test('who stops what others use is told of them, and who closes what others keep is not told of a stop', async () => {
    const { a, b } = await held();
    assert.deepEqual(windowsOn(b.manager, 'lan', t), ['Another window uses it: a.']);
    assert.deepEqual(windowsOn(b.manager, 'wifi', t), []);
    assert.match(reasonsToStay(a.manager, ['lan'], t)[0] ?? '', /^With them is stopped: LAN/);
    await b.open('lan');
    await (await desk.window('c')).open('lan');
    await until(() => a.manager.holdersElsewhere('lan').length === 2);
    assert.deepEqual(windowsOn(a.manager, 'lan', t), ['2 other windows use it: b, c.']);
    assert.deepEqual(reasonsToStay(a.manager, ['lan'], t), []);
  });

  test('Release Everything says what it ends and stops', async () => {
    const { a, b, list } = await held();
    const plan = releasePlan(b.manager, list.shown, b.ledger);
    assert.deepEqual([plan.sessions, plan.windows, plan.stops], [1, 1, ['lan']]);
    assert.deepEqual(releaseText(b.manager, plan, b.ledger, t), [
      'This ends 1 session.',
      'What Network Sessions has started is stopped: LAN.',
      'LAN carries the default route of this machine: without it, it may be offline.',
    ]);
    await a.open('wifi');
    const entry = list.create('lan');
    list.open(entry);
    await entry.session.waitForOpened();
    await until(() => b.manager.holdersElsewhere('wifi')[0]?.sessions.length === 1);
    const larger = releasePlan(b.manager, list.shown, b.ledger);
    assert.deepEqual(releaseText(b.manager, larger, b.ledger, t), [
      'This ends 3 sessions in 2 windows.',
      'What Network Sessions has started is stopped: LAN, Wi-Fi.',
      'LAN carries the default route of this machine: without it, it may be offline.',
    ]);
    assert.deepEqual([...(await b.ledger.releaseAll())].sort(), ['lan', 'wifi']);
    await until(() => isNothing(releasePlan(b.manager, list.shown, b.ledger)));
    assert.equal(desk.network.simulation.link('lan').link, 'down');
  });

  test('Release Everything does what it can by itself where the window that counts does not answer', async () => {
    const b = await desk.window('b');
    const list = listOf(b);
    const entry = list.create('lan');
    list.open(entry);
    await entry.session.waitForOpened();
    const lost: unknown[] = [];
    list.onDidLose((each) => lost.push(each));
    const silent = {
      releaseAll: () => Promise.reject(new PlatformFailure({ code: 'ledgerSilent' })),
    } as unknown as WindowsLedger;
    const targets = { platform: b.view, manager: b.manager, ledger: silent, list, log: silentLogger };
    const released = await release(targets, releasePlan(b.manager, list.shown, b.ledger));
    assert.deepEqual(released, { answered: false, down: ['lan'], up: [] });
    assert.deepEqual([lost, list.shown], [[], []]);
    assert.equal(desk.network.simulation.link('lan').link, 'down');
  });

  test('Release Everything ends what is open here without calling it lost, also where windows are not counted', async () => {
    const b = await desk.window('b');
    const list = listOf(b);
    b.manager.lastClose = 'never';
    for (const _ of [1, 2]) {
      const entry = list.create('lan');
      list.open(entry);
      await entry.session.waitForOpened();
    }
    const lost: unknown[] = [];
    list.onDidLose((each) => lost.push(each));
    const plan = releasePlan(b.manager, list.shown, undefined);
    assert.deepEqual([plan.sessions, plan.windows], [2, 1]);
    const targets = { platform: b.view, manager: b.manager, ledger: undefined, list, log: silentLogger };
    assert.deepEqual(await release(targets, plan), { answered: true, down: ['lan'], up: [] });
    assert.deepEqual([lost, list.shown], [[], []]);
  });

  test('a bug report says how this window counts, without the names of folders', async () => {
    const { b, list } = await held();
    const values = Object.fromEntries(settingKeys.map((key) => [key, settingRules[key].fallback]));
    const surroundings = { extension: '1', editor: 'VS Code', system: 'linux', remote: undefined };
    const report = (sharing: Sharing | undefined, withhold = true) =>
      bugReport(b.manager, list.shown, values as unknown as SettingValues, surroundings, withhold, sharing);
    assert.match(report(b.ledger.sharing), /^windows: 2 counted together$/m);
    assert.match(report(b.ledger.sharing), /other windows 1/);
    assert.match(report(undefined), /^windows: nothing is shared$/m);
    const alone: Sharing = { kind: 'alone', reason: '/home/anna/.network-sessions cannot be used: it is full' };
    assert.match(report(alone), /^windows: counted alone: <path 1> cannot be used: it is full$/m);
    assert.match(report(alone, false), /\/home\/anna\/\.network-sessions cannot/);
  });
});

suite('rows of other windows', () => {
  const view: HolderView = {
    holder: {
      program: 'x',
      product: hostile,
      window: hostile,
      isAbsent: false,
      isFormerSelf: false,
      sessions: [],
      base: { received: 1000, written: 500, source: 'eth0/1' },
    },
    sessions: [
      { reason: hostile, openFor: 65_000 },
      { reason: '', openFor: 1_000 },
    ],
    canStop: false,
  };

  test('names are harmless', () => {
    const { label, description, accessibleLabel } = holderItem(view, t);
    const texts = [label, description, accessibleLabel, ...holderRows(view, undefined, 'bytes', t).map((r) => r.value)];
    for (const text of texts) {
      assert.doesNotMatch(text, /\]\(|\$\(|\u202e|\n/, text);
    }
  });

  test('bytes are those since its first session, of the same interface only', () => {
    const since = (received: number, written: number, source: string) =>
      holderRows(view, { received, written, source }, 'bytes', t).find(({ label }) => label === 'Since then')?.value;
    assert.equal(since(3000, 500, 'eth0/1'), '↓2.00 kB ↑0 B');
    assert.equal(since(3000, 500, 'eth0/2'), undefined, 'it was made anew');
    assert.equal(since(10, 500, 'eth0/1'), undefined, 'its counters began again');
    assert.equal(holderRows(view, undefined, 'bytes', t).length, 4);
  });

  test('one without any name has one all the same, and one that has gone is drawn', () => {
    const nameless = { ...view, holder: view.holder && { ...view.holder, product: '', window: '' } };
    assert.equal(holderItem(nameless, t).label, 'Another window');
    assert.equal(holderItem(nobody, t).description, 'opening a session');
  });

  test('the key of a row is about its access point', () => {
    const key = holderKey('lan', 'x');
    assert.deepEqual(elementOf(key), { network: undefined, identifier: 'lan' });
    assert.equal(programOf(key), 'x');
    assert.equal(programOf(holderKey('lan', thisWindow)), thisWindow);
    assert.equal(programOf('lan'), undefined);
  });
});

suite('how this window counts', () => {
  const alone: Sharing = { kind: 'alone', reason: `the disk ${hostile}` };

  test('it is said only where it counts alone', () => {
    assert.deepEqual(sharingRows(undefined, t), []);
    assert.deepEqual(sharingRows({ kind: 'looking' }, t), []);
    assert.deepEqual(sharingRows({ kind: 'shared', windows: 3 }, t), []);
    const [row] = sharingRows(alone, t);
    assert.equal(row?.label, 'Other windows are not counted');
    assert.doesNotMatch(row?.value ?? '', /\$\(|\n/);
    assert.equal(whyAlone(alone), alone.reason);
  });

  /** In which order a window lets go. */
  const order = async (sharing: Sharing | undefined, leaving: Leaving) => {
    const told: string[] = [];
    const dispose = (name: string) => async () => {
      told.push(name);
      await new Promise((resolve) => setImmediate(resolve));
      told.push(`${name} ended`);
    };
    await letGo(sharing && { sharing, dispose: dispose('ledger') }, { dispose: dispose('manager') }, leaving);
    return told;
  };
  const stopsFirst = ['manager', 'manager ended', 'ledger', 'ledger ended'];

  test('where others are there it leaves them what it holds', async () => {
    const kept = ['ledger', 'manager', 'ledger ended', 'manager ended'];
    assert.deepEqual(await order({ kind: 'shared', windows: 2 }, 'ends'), kept);
  });

  test('the only window stops first what was started here; so does one whose platform is replaced', async () => {
    assert.deepEqual(await order({ kind: 'shared', windows: 1 }, 'ends'), stopsFirst);
    assert.deepEqual(await order(alone, 'ends'), stopsFirst);
    assert.deepEqual(await order({ kind: 'looking' }, 'ends'), stopsFirst);
    assert.deepEqual(await order({ kind: 'shared', windows: 2 }, 'isReplaced'), stopsFirst);
    assert.deepEqual(await order(undefined, 'ends'), ['manager', 'manager ended']);
  });
});

suite('the broker that is loaded later', () => {
  const listener = (told: string[]) => ({ alone: (reason: string) => told.push(reason) }) as unknown as LineListener;
  const settled = () => new Promise((resolve) => setImmediate(resolve));

  /** A broker that tells what was done to it. */
  const broker = (told: string[]): Broker => ({
    start: () => {
      told.push('start');
      return 'id';
    },
    dispose: async () => void told.push('dispose'),
  });

  test('is loaded when it is started, and called as this process is', async () => {
    const told: string[] = [];
    const lazy = new LazyBroker('me', async (id) => {
      told.push(`load ${id}`);
      return broker(told);
    });
    assert.deepEqual(told, []);
    assert.equal(lazy.start(listener(told)), 'me');
    await settled();
    await lazy.dispose();
    assert.deepEqual(told, ['load me', 'start', 'dispose']);
  });

  test('one that was disposed of meanwhile is not started', async () => {
    const told: string[] = [];
    const lazy = new LazyBroker('me', async () => broker(told));
    lazy.start(listener(told));
    await lazy.dispose();
    await settled();
    assert.deepEqual(told, []);
  });

  test('where it cannot be loaded, this window counts alone, says why, and tries again once a minute', async () => {
    const told: string[] = [];
    const clock = new TestClock();
    let isTooMuch = true;
    const load = () =>
      isTooMuch
        ? Promise.reject(new PlatformFailure({ code: 'other', detail: 'no file' }))
        : Promise.resolve(broker(told));
    const lazy = new LazyBroker('me', load, clock);
    lazy.start(listener(told));
    await clock.advance(59_999);
    assert.match(told[0] ?? '', /^what finds them could not be loaded: .*no file/);
    await clock.advance(1);
    assert.deepEqual([told.length, clock.pending], [2, 1]);
    isTooMuch = false;
    await clock.advance(60_000);
    assert.deepEqual([told.slice(2), clock.pending], [['start'], 0]);
    await lazy.dispose();
  });

  test('one that cannot be loaded is not tried again when it was disposed of', async () => {
    const clock = new TestClock();
    const lazy = new LazyBroker('me', () => Promise.reject(new Error('no file')), clock);
    lazy.start(listener([]));
    await settled();
    await lazy.dispose();
    assert.equal(clock.pending, 0);
  });
});
