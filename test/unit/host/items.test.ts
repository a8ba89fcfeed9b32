import * as assert from 'node:assert/strict';
import { BearerType, Capability, type CauseCode, SessionState, sentences } from '../../../src/engine/index.js';
import { canOpen, canStop, inOrder, keepOrder, readAccessPoint } from '../../../src/host/model/accessPointView.js';
import { causePhrase } from '../../../src/host/model/causes.js';
import { accessPointRows, configurationItem } from '../../../src/host/model/configurationItem.js';
import { itemWords } from '../../../src/host/model/names.js';
import { type SessionView, sessionItem, sessionRows } from '../../../src/host/model/sessionItem.js';
import type { SessionEntry } from '../../../src/host/model/sessionList.js';
import { english as t } from '../../../src/host/model/translate.js';
import { bearerIcon, bearerWord, connectivityWord, displayName, stateWord } from '../../../src/host/model/words.js';
import { type Network, network, settled } from './network.js';

const timeOf = () => '10:12';
const hostile = '[x](command:y) $(zap)\n\u202e\u0000evil';

const item = ({ manager }: Network, identifier: string) => configurationItem(readAccessPoint(manager, identifier), t);
const rows = ({ manager }: Network, identifier: string) =>
  Object.fromEntries(
    accessPointRows(readAccessPoint(manager, identifier), t).map(({ label, value }) => [label, value]),
  );

function view({ manager }: Network, { session, phase, accessPoint }: SessionEntry): SessionView {
  return {
    phase,
    accessPoint: readAccessPoint(manager, accessPoint),
    owner: session.owner,
    reason: session.reason,
    activeTime: 125,
    bytesReceived: 1_230_000,
    bytesWritten: undefined,
  };
}

suite('items of the views', () => {
  test('a configuration: bearer as icon, state in words, the default and metered ones marked', async () => {
    const net = await network([
      { identifier: 'lan', name: 'Office LAN', up: true, connectivity: 'full' },
      { identifier: 'phone', name: 'Phone', bearerType: BearerType.LTE, metered: true },
      { identifier: 'cafe', name: 'Café', bearerType: BearerType.WLAN, inReach: false },
    ]);
    assert.deepEqual(item(net, 'lan'), {
      label: 'Office LAN',
      description: 'Connected · default',
      icon: { id: 'plug', color: 'charts.green' },
      contextValue: 'configuration canOpen canStop canTest',
      accessibleLabel: 'Office LAN, Ethernet, Connected, default',
    });
    assert.equal(item(net, 'phone').description, 'Disconnected · metered');
    assert.equal(item(net, 'phone').contextValue, 'configuration canOpen');
    assert.equal(item(net, 'phone').accessibleLabel, 'Phone, Mobile (LTE), Disconnected, metered');
    assert.equal(item(net, 'cafe').description, 'Not in reach');
    assert.equal(item(net, 'cafe').contextValue, 'configuration');
  });

  test('what cannot be done says why, in the tooltip and to a screen reader (M5)', async () => {
    const net = await network(
      [
        { identifier: 'lan', name: 'LAN', up: true },
        { identifier: 'vpn', name: 'VPN' },
      ],
      Capability.DataStatistics,
    );
    const up = readAccessPoint(net.manager, 'lan');
    assert.ok(canOpen(up), 'what is up can be opened where nothing can be started');
    assert.ok(!canStop(up));
    assert.match(rows(net, 'lan')['Cannot be stopped'] ?? '', /LAN cannot be stopped from here/);
    assert.match(rows(net, 'vpn')['Cannot be opened'] ?? '', /VPN is down, and it cannot be started/);
    assert.match(item(net, 'vpn').accessibleLabel, /cannot be started/);
  });

  test('a tooltip tells what is known and nothing else', async () => {
    const net = await network([
      { identifier: 'lan', name: 'LAN', up: true, metered: false, speed: 1_000_000_000, signal: 70 },
      { identifier: 'down', name: 'Down' },
    ]);
    const up = rows(net, 'lan');
    assert.equal(up['State'], 'Connected (Active)');
    assert.equal(up['Speed'], '1 Gbit/s');
    assert.equal(up['Signal'], '70 %');
    assert.equal(up['Metered'], 'No');
    assert.equal(up['Started by'], 'The system or another program');
    assert.match(up['Addresses'] ?? '', /^192\.0\.2\./);
    assert.equal(up['Reaches'], 'Unknown', 'it routes by it, and nobody has asked further');
    const down = rows(net, 'down');
    assert.deepEqual(Object.keys(down), ['State', 'Bearer']);
    net.list.open(net.list.create('down'));
    await settled();
    assert.equal(rows(net, 'down')['Started by'], 'Network Sessions');
    assert.equal(rows(net, 'down')['Open sessions'], '1');
  });

  test('a bearer that is not known has a word and an icon that claim nothing, and no line in the tooltip', async () => {
    const net = await network([{ identifier: 'phone', name: 'Phone', bearerType: BearerType.Unknown, inReach: false }]);
    assert.equal(item(net, 'phone').accessibleLabel, 'Phone, Unknown bearer, Not in reach');
    assert.notEqual(item(net, 'phone').icon.id, bearerIcon(BearerType.Other));
    assert.equal(rows(net, 'phone')['Bearer'], undefined);
  });

  test('of the one that this machine routes by, what it reaches', async () => {
    const net = await network([
      { identifier: 'lan', up: true, connectivity: 'full' },
      { identifier: 'vpn', up: true },
    ]);
    const { connectivity } = net.manager;
    assert.equal(rows(net, 'lan')['Reaches'], connectivityWord(connectivity, t));
    assert.equal(connectivityWord('unknown', t), 'Unknown');
    assert.equal(rows(net, 'vpn')['Reaches'], undefined);
  });

  test('a name of hostile bytes is harmless everywhere, and never empty', async () => {
    const net = await network([
      { identifier: 'bad', name: hostile },
      { identifier: 'nothing', name: '\u202e\u0000' },
    ]);
    const entry = net.list.create('bad', { owner: hostile, reason: hostile });
    net.list.open(entry);
    await settled();
    const session = sessionItem(view(net, entry), 'bytes', t);
    const texts = [item(net, 'bad'), session].flatMap((each) => [each.label, each.description, each.accessibleLabel]);
    texts.push(...sessionRows(view(net, entry), timeOf, t).map(({ value }) => value));
    for (const text of texts) {
      assert.doesNotMatch(text, /\$\(|\]\(|\p{Cc}|\u202e/u);
    }
    assert.match(session.description, /evil: /);
    assert.equal(item(net, 'nothing').label, 'nothing');
    assert.equal(displayName({ name: '\n', identifier: '\u0000' }, t), 'Unnamed access point');
  });

  test('an open session: bytes in and out first, then active time; unknown figures are not 0', async () => {
    const net = await network([{ identifier: 'lan', name: 'Office LAN' }]);
    const entry = net.list.create('lan');
    net.list.open(entry);
    assert.equal(sessionItem(view(net, entry), 'bytes', t).description, 'Connecting');
    assert.equal(sessionItem(view(net, entry), 'bytes', t).contextValue, 'session opening canStop');
    await settled();
    const model = sessionItem(view(net, entry), 'bytes', t);
    assert.equal(model.label, 'Office LAN');
    assert.equal(model.description, '↓1.23 MB ↑– · 2 min');
    assert.equal(model.contextValue, 'session open canStop');
    assert.equal(model.accessibleLabel, 'Session on Office LAN, Connected', 'no moving figures');
    const roaming = { ...view(net, entry).accessPoint, state: SessionState.Roaming };
    assert.equal(
      sessionItem({ ...view(net, entry), accessPoint: roaming }, 'bytes', t).description,
      '↓1.23 MB ↑– · 2 min · Roaming',
      'what the icon does not say has a word',
    );
  });

  test("another extension's session shows who opened it and why", async () => {
    const net = await network([{ identifier: 'lan', name: 'LAN' }]);
    const entry = net.list.create('lan', { owner: 'Indexer', reason: 'Fetching the index' });
    net.list.open(entry);
    await settled();
    const model = sessionItem(view(net, entry), 'bits', t);
    assert.equal(model.description, '↓9.84 Mbit ↑– · 2 min · Indexer: Fetching the index');
    assert.match(model.accessibleLabel, /opened by Indexer: Fetching the index/);
    const lines = sessionRows(view(net, entry), timeOf, t);
    assert.deepEqual(lines.slice(0, 3), [
      { label: 'Session', value: 'Connected' },
      { label: 'Opened by', value: 'Indexer' },
      { label: 'Reason', value: 'Fetching the index' },
    ]);
  });

  test('a lost session shows its cause in few words, and in a sentence to a screen reader and in its tooltip', async () => {
    const net = await network([{ identifier: 'lan', name: 'LAN' }]);
    const entry = net.list.create('lan');
    net.list.open(entry);
    await settled();
    net.simulation.set('lan', { inReach: false });
    await settled();
    const model = sessionItem(view(net, entry), 'bytes', t);
    const sentence = 'The link of LAN was lost: the cable was pulled or the signal is gone.';
    assert.equal(model.description, 'Lost · cable pulled or signal gone');
    assert.equal(model.accessibleLabel, `Session on LAN, Lost, ${sentence}`);
    assert.deepEqual(sessionRows(view(net, entry), timeOf, t)[1], { label: 'Cause', value: sentence });
    assert.equal(model.contextValue, 'session lost');
    assert.equal(model.icon.id, 'warning');
  });

  test('every cause has few words of its own', () => {
    const codes = Object.keys(sentences) as CauseCode[];
    const phrases = codes.map((code) => causePhrase(code, t));
    assert.equal(new Set(phrases).size, codes.length);
    for (const phrase of phrases) {
      assert.match(phrase, /^[a-z][a-z ]{5,40}$/);
    }
  });

  test('what is not in reach comes last; the rest stays where it was first seen', async () => {
    const net = await network([
      { identifier: 'far', inReach: false },
      { identifier: 'one' },
      { identifier: 'two', up: true },
    ]);
    const order = () => inOrder(net.manager).map(({ identifier }) => identifier);
    assert.deepEqual(order(), ['one', 'two', 'far']);
    net.list.open(net.list.create('one'));
    assert.deepEqual(order(), ['one', 'two', 'far']);
    await settled();
    assert.deepEqual(order(), ['one', 'two', 'far']);
  });

  test('rows stay under the pointer: what is new comes last, whatever its reach', () => {
    assert.deepEqual(keepOrder([], ['near', 'far']), ['near', 'far']);
    assert.deepEqual(keepOrder(['one', 'two', 'gone'], ['new', 'two', 'one']), ['one', 'two', 'new']);
  });

  test('every state and bearer has words and an icon', () => {
    const numbers = (values: object) => Object.values(values).filter((value) => typeof value === 'number');
    const stateWords = numbers(SessionState).map((state) => stateWord(state, t));
    assert.equal(new Set(stateWords).size, stateWords.length);
    for (const type of numbers(BearerType)) {
      assert.match(bearerWord(type, t), /\w/);
      assert.match(bearerIcon(type), /^[a-z-]+$/);
    }
  });

  test('a context value is made of the known words', async () => {
    const net = await network([{ identifier: 'lan', up: true }]);
    assert.ok(
      item(net, 'lan')
        .contextValue.split(' ')
        .every((word) => (itemWords as readonly string[]).includes(word)),
    );
  });
});
