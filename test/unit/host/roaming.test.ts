import * as assert from 'node:assert/strict';
import { type NetworkSession, SessionState } from '../../../src/engine/index.js';
import { readAccessPoint } from '../../../src/host/model/accessPointView.js';
import { placesToGo } from '../../../src/host/model/migration.js';
import { moveLine, moveSentence } from '../../../src/host/model/moves.js';
import {
  memberItem,
  membersOf,
  networkItem,
  networkOf,
  networkRows,
  readNetwork,
} from '../../../src/host/model/networkView.js';
import { offerPhrase } from '../../../src/host/model/offerText.js';
import { openQuestions, questionText, stillWaiting } from '../../../src/host/model/roamingQuestions.js';
import { type SessionView, sessionItem, sessionRows } from '../../../src/host/model/sessionItem.js';
import type { SessionEntry } from '../../../src/host/model/sessionList.js';
import { english as t } from '../../../src/host/model/translate.js';
import { settled } from './network.js';
import type { RoamingPolicy, SimulatedNetwork } from './roamingNetwork.js';
import { office, openOn } from './roamingNetwork.js';

const timeOf = () => '10:12';

function view({ manager }: SimulatedNetwork, entry: SessionEntry): SessionView {
  const { session, phase, accessPoint, moves } = entry;
  return {
    phase,
    accessPoint: readAccessPoint(manager, accessPoint),
    owner: session.owner,
    reason: session.reason,
    activeTime: 5,
    bytesReceived: 0,
    bytesWritten: 0,
    travel: {
      network: manager.configurationFromIdentifier(networkOf(manager, session) ?? ''),
      state: session.state,
      offer: session.offer,
      moves,
      canMigrate: placesToGo(manager, session).length > 0,
    },
  };
}

const questions = ({ manager, list }: SimulatedNetwork) => openQuestions(manager, list.shown);
const texts = (net: SimulatedNetwork) => questions(net).map((question) => questionText(question, t));
const moves = (entry: SessionEntry) => entry.moves.map((move) => moveSentence(move, timeOf, t));

/** A session on the second access point, when the first comes into reach. */
async function offered(policy: RoamingPolicy = 'ask', more: Parameters<typeof office>[0] = {}) {
  const net = await office({ policy, ...more });
  net.simulation.set('lan', { inReach: false });
  const entry = await openOn(net, 'network:Office');
  assert.equal(entry.accessPoint, 'wifi');
  net.simulation.set('lan', { inReach: true });
  await settled();
  return { net, entry };
}

suite('roaming in the editor', () => {
  test('a service network is in use and has a preferred child, in words', async () => {
    const { net } = await offered();
    const network = readNetwork(net.manager, 'network:Office');
    assert.deepEqual(networkItem(network, t), {
      label: 'Office',
      description: 'Connected · in use',
      icon: { id: 'layers', color: 'charts.green' },
      contextValue: 'network own canOpen',
      accessibleLabel: 'Office, service network, Connected, in use',
    });
    const [lan, wifi] = ['lan', 'wifi'].map((each) => memberItem(readAccessPoint(net.manager, each), network, t));
    assert.equal(lan?.description, 'preferred · Disconnected');
    assert.equal(wifi?.description, 'in use · Connected · default');
    assert.equal(wifi?.contextValue, 'configuration canOpen canStop canTest member');
    assert.equal(wifi?.accessibleLabel, 'Office Wi-Fi of Office, Ethernet, Connected, default, in use');
    assert.deepEqual(Object.fromEntries(networkRows(network, t).map(({ label, value }) => [label, value])), {
      State: 'Connected',
      'Access points': 'Office LAN, Office Wi-Fi',
      'In use': 'Office Wi-Fi',
      Preferred: 'Office LAN',
      Roaming: 'Ask',
    });
    const ours = readNetwork(net.manager, 'internet');
    assert.equal(networkItem(ours, t).contextValue, 'network canOpen');
    assert.equal(memberItem(readAccessPoint(net.manager, 'lan'), ours, t).contextValue, 'configuration canOpen');
  });

  test('an access point that is named and not known is among the rows, and can be taken out', async () => {
    const net = await office({});
    net.manager.setServiceNetworks([
      { identifier: 'network:Office', name: 'Office', accessPoints: ['elsewhere', 'lan', 'lan'], roaming: 'ask' },
      { identifier: 'internet', name: 'Internet', accessPoints: 'internet' },
    ]);
    const members = (identifier: string) => membersOf(net.manager, identifier).map((member) => member.identifier);
    assert.deepEqual(members('network:Office'), ['elsewhere', 'lan']);
    assert.deepEqual(members('internet'), ['lan', 'wifi']);
    const network = readNetwork(net.manager, 'network:Office');
    const row = networkRows(network, t).find(({ label }) => label === 'Access points');
    assert.equal(row?.value, 'elsewhere, Office LAN');
    const item = memberItem(readAccessPoint(net.manager, 'elsewhere'), network, t);
    assert.deepEqual([item.label, item.contextValue?.split(' ').includes('member')], ['elsewhere', true]);
  });

  test('the user choice is a row of its own', async () => {
    const net = await office({});
    const item = networkItem(readNetwork(net.manager, 'userChoice'), t);
    assert.equal(item.label, 'Ask Me');
    assert.equal(item.contextValue, 'configuration canOpen');
    assert.equal(item.accessibleLabel, 'Ask Me, user choice, choose when it is opened');
  });

  test('a session on a service network shows both names and what waits for an answer', async () => {
    const { net, entry } = await offered();
    const item = sessionItem(view(net, entry), 'bytes', t);
    assert.equal(item.label, 'Office · Office Wi-Fi');
    assert.equal(item.description, 'Office LAN is available · ↓0 B ↑0 B · 5 s');
    assert.equal(item.contextValue, 'session open canStop offered canMigrate');
    assert.equal(item.accessibleLabel, 'Session on Office, Office Wi-Fi, Connected, Office LAN is available');
  });

  test('one question for all sessions with the same offer', async () => {
    const { net, entry } = await offered();
    const other = await openOn(net, 'network:Office');
    assert.equal(other.accessPoint, 'wifi');
    await settled();
    assert.deepEqual(texts(net), ['Office LAN is available for Office (now on Office Wi-Fi).']);
    const [question] = questions(net);
    assert.ok(question);
    assert.deepEqual(question.entries, [entry, other]);
    entry.session.ignore();
    await settled();
    assert.deepEqual(stillWaiting(net.manager, net.list, question), [other]);
  });

  test('what is failing is told as such', async () => {
    const net = await office({ policy: 'ask' });
    await openOn(net, 'network:Office');
    net.simulation.set('lan', { connectivity: 'none' });
    await settled();
    assert.deepEqual(texts(net), ['Office LAN is failing: move Office to Office Wi-Fi?']);
  });

  test('nobody is asked for what moves by itself, never, or is answered by its extension', async () => {
    for (const policy of ['automatic', 'never'] as const) {
      assert.deepEqual(texts((await offered(policy)).net), []);
    }
    const { net, entry } = await offered();
    const stake = entry.session.onDidChangePreferredConfiguration(() => undefined);
    assert.deepEqual(texts(net), []);
    stake.dispose();
    stake.dispose();
    assert.equal(texts(net).length, 1);
    entry.movedBy('client');
    assert.deepEqual(texts(net), []);
  });

  test("another extension's session says whose it is", async () => {
    const net = await office({ policy: 'ask' });
    net.simulation.set('lan', { inReach: false });
    await openOn(net, 'network:Office', { owner: 'Indexer [x](y)', reason: 'index' });
    net.simulation.set('lan', { inReach: true });
    await settled();
    assert.match(texts(net)[0] ?? '', /A session was opened by Indexer \[x\]\u2060\(y\)\.$/);
  });

  test('on trial: results, failures first, and the time that is left', async () => {
    const tests = [{ tcp: 'db:5432' }, { http: 'https://a.example/', status: 204 }, { dns: 'a.example' }, { dns: 'b' }];
    const net = await office({ policy: 'ask', tests });
    net.simulation.set('lan', { inReach: false });
    const entry = await openOn(net, 'network:Office');
    net.simulation.set('lan', { inReach: true });
    net.simulation.answerTests('lan', (test) => ('dns' in test && test.dns === 'b' ? 'no such [name](x)' : true));
    await settled();
    entry.session.migrate();
    await until(entry.session, 'activated');
    const [text = ''] = texts(net);
    assert.match(
      text,
      /^Office now uses Office LAN, on trial\. dns b failed: no such \[name\]\u2060\(x\)\. tcp db:5432 passed in \d+ ms\./,
    );
    assert.match(text, /1 more are in the log\. Keep it\? Otherwise it goes back to Office Wi-Fi in 60 s\.$/);
    const item = sessionItem(view(net, entry), 'bytes', t);
    assert.equal(item.label, 'Office · Office LAN');
    assert.match(item.description, /^keep it\? 60 s left · .* · Roaming$/);
    assert.equal(item.contextValue, 'session open canStop activated');
    assert.doesNotMatch(item.accessibleLabel, /60/, 'no moving figures');
    assert.equal(item.icon.id, 'question');
  });

  test('the tooltip tells what became of the last moves', async () => {
    const { net, entry } = await offered();
    const heard: string[] = [];
    net.list.onDidMove(({ move }) => heard.push(moveLine(move)));
    entry.session.migrate();
    await until(entry.session, 'activated');
    entry.session.reject();
    await until(entry.session, 'none');
    assert.deepEqual(moves(entry), ['went back from Office LAN to Office Wi-Fi at 10:12']);
    entry.session.migrate('lan');
    await until(entry.session, 'activated');
    entry.session.accept();
    await until(entry.session, 'none');
    assert.equal(moves(entry)[0], 'moved from Office Wi-Fi to Office LAN at 10:12');
    net.simulation.set('lan', { inReach: false });
    await until(entry.session, 'none', SessionState.Connected);
    assert.equal(entry.accessPoint, 'wifi');
    assert.equal(moves(entry)[0], 'moved from Office LAN to Office Wi-Fi at 10:12: cable pulled or signal gone');
    assert.deepEqual(heard, [
      'move wifi -> lan: returned',
      'move wifi -> lan: accepted',
      'move lan -> wifi: escaped (carrierLost)',
    ]);
    const rows = sessionRows(view(net, entry), timeOf, t);
    assert.deepEqual(
      rows.filter(({ label }) => /move|Before|network/.test(label)).map(({ label }) => label),
      ['Service network', 'Last move', 'Before that', 'Before that'],
    );
  });

  test('where one device serves both, going there and back is no loss', async () => {
    const { net, entry } = await offered('ask', { device: 'radio', ask: async () => true });
    entry.session.migrate();
    await until(entry.session, 'activated');
    entry.session.reject();
    await until(entry.session, 'none');
    assert.deepEqual(moves(entry), ['went back from Office LAN to Office Wi-Fi at 10:12']);
    entry.session.migrate('lan');
    await until(entry.session, 'activated');
    entry.session.accept();
    await until(entry.session, 'none');
    assert.equal(net.manager.accessPoint('wifi')?.link, 'down');
    assert.equal(moves(entry)[0], 'moved from Office Wi-Fi to Office LAN at 10:12');
  });

  test('what moves by itself, or stays because its tests do not pass, is told apart', async () => {
    const { entry } = await offered('automatic');
    await until(entry.session, 'none');
    assert.equal(moves(entry)[0], 'moved by itself from Office Wi-Fi to Office LAN at 10:12');
    const net = await office({ policy: 'automatic', tests: [{ dns: 'a.example' }] });
    net.simulation.set('lan', { inReach: false });
    const other = await openOn(net, 'network:Office');
    net.simulation.answerTests('lan', () => false);
    net.simulation.set('lan', { inReach: true });
    await until(other.session, 'none');
    await settled();
    assert.deepEqual(moves(other), ['stayed on Office Wi-Fi at 10:12: the tests of Office LAN did not pass']);
  });

  test('what moves by itself and is rejected by a call went back: that says nothing of its tests', async () => {
    const net = await office({ policy: 'automatic', tests: [{ dns: 'a.example' }] });
    net.simulation.set('lan', { inReach: false });
    const entry = await openOn(net, 'network:Office');
    const release = net.simulation.holdNext('test', 'lan');
    net.simulation.set('lan', { inReach: true });
    await until(entry.session, 'testing');
    entry.session.reject();
    await until(entry.session, 'none');
    release();
    assert.deepEqual(moves(entry), ['went back from Office LAN to Office Wi-Fi at 10:12']);
  });

  test('a move that fails is told once, with its cause; the session is open as before', async () => {
    const { net, entry } = await offered();
    const failed: SessionEntry[] = [];
    net.list.onDidFailToMove((each) => failed.push(each));
    net.simulation.failNextStart('lan', 0, 'out of addresses');
    entry.movedBy('person');
    entry.session.migrate();
    await until(entry.session, 'none');
    await settled();
    assert.deepEqual(failed, [entry]);
    assert.equal(entry.phase.kind, 'open');
    assert.equal(entry.accessPoint, 'wifi');
    assert.deepEqual(moves(entry), ['stayed on Office Wi-Fi at 10:12: Office LAN did not work (could not be used)']);
  });

  test('by hand it can go wherever there is something in reach', async () => {
    const { net, entry } = await offered();
    const names = () => placesToGo(net.manager, entry.session).map(({ identifier }) => identifier);
    assert.deepEqual(names(), ['lan']);
    net.simulation.set('lan', { inReach: false });
    await settled();
    assert.deepEqual(names(), []);
    const plain = await openOn(net, 'wifi');
    assert.deepEqual(placesToGo(net.manager, plain.session), []);
    assert.equal(networkOf(net.manager, plain.session), undefined);
  });

  test('after a user choice it is what was chosen, also after a reload', async () => {
    const net = await office({ ask: async () => 'network:Office' });
    const entry = await openOn(net, 'userChoice');
    assert.equal(networkOf(net.manager, entry.session), 'network:Office');
    assert.equal(entry.target, 'network:Office');
    assert.equal(entry.accessPoint, 'lan');
    const lan = await office({ ask: async () => 'lan' });
    const other = await openOn(lan, 'userChoice');
    assert.equal(networkOf(lan.manager, other.session), undefined);
    assert.equal(other.target, 'lan');
  });

  test('every state of a move has words', () => {
    const configuration = { name: 'A', identifier: 'a' } as never;
    const kinds = ['offered', 'migrating', 'testing', 'activated', 'accepting', 'returning', 'escaping'] as const;
    const words = kinds.map((kind) => offerPhrase({ kind, configuration, isUpgrade: true } as never, t));
    assert.ok(
      words.every((word) => /A/.test(word)),
      words.join(),
    );
    assert.equal(offerPhrase({ kind: 'none' }, t), '');
    assert.match(offerPhrase({ kind: 'escaping', configuration: undefined } as never, t), /looking/);
  });
});

/** Until a move is this far, and nothing more is under way. */
async function until(session: NetworkSession, kind: string, state?: SessionState): Promise<void> {
  for (let turn = 0; turn < 50; turn++) {
    await settled();
    if (session.offer.kind === kind && (state === undefined || session.state === state)) {
      return;
    }
  }
  assert.fail(`waited for ${kind}, it is ${session.offer.kind}`);
}
