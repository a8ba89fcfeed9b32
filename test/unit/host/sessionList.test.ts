import * as assert from 'node:assert/strict';
import { PlatformFailure, type SessionEnd, SessionError } from '../../../src/engine/index.js';
import type { SessionEntry } from '../../../src/host/model/sessionList.js';
import { network, settled } from './network.js';

const kinds = (entries: readonly SessionEntry[]) => entries.map(({ phase }) => phase.kind);

suite('the sessions of a window', () => {
  test('one is shown from its opening until its close has ended', async () => {
    const { manager, list } = await network([{ identifier: 'lan', stopMs: 1 }]);
    const entry = list.create('lan');
    assert.deepEqual(list.shown, []);
    list.open(entry);
    assert.deepEqual(kinds(list.shown), ['opening']);
    await settled();
    assert.deepEqual(kinds(list.shown), ['open']);
    assert.equal(list.find(entry.id), entry);
    assert.ok(list.close(entry));
    assert.deepEqual(kinds(list.shown), ['closing']);
    await new Promise<void>((resolve) => entry.session.onDidClose(() => resolve()));
    assert.deepEqual(list.shown, []);
    assert.deepEqual(manager.sessions, []);
    assert.ok(!list.close(entry));
  });

  test('a lost one stays with its cause, is told of once, and opens again', async () => {
    const { list, simulation } = await network([{ identifier: 'lan' }]);
    const lost: SessionEntry[] = [];
    list.onDidLose((entry) => lost.push(entry));
    const [one, two] = [list.create('lan'), list.create('lan')];
    list.open(one);
    list.open(two);
    await settled();
    simulation.set('lan', { inReach: false });
    await settled();
    assert.deepEqual(lost, [one, two]);
    assert.deepEqual(kinds(list.shown), ['lost', 'lost']);
    assert.equal(one.phase.kind === 'lost' && one.phase.failure.cause.code, 'carrierLost');
    assert.equal(list.unnoticed, one);
    list.notice([one, two]);
    assert.equal(list.unnoticed, undefined);
    list.dismiss(two);
    assert.deepEqual(kinds(list.shown), ['lost']);
    assert.ok(two.session.isDisposed);

    list.open(one);
    await settled();
    assert.deepEqual(kinds(list.shown), ['lost'], 'still out of reach: it stays lost');
    assert.equal(one.phase.kind === 'lost' && one.phase.failure.cause.code, 'notInReach');
    assert.equal(lost.length, 2, 'what was already lost is not lost again');

    simulation.set('lan', { inReach: true });
    list.open(one);
    await settled();
    assert.deepEqual(kinds(list.shown), ['open']);
  });

  test('an opening that fails leaves nothing to show', async () => {
    const { list, simulation } = await network([{ identifier: 'lan' }]);
    simulation.failNextStart('lan', SessionError.UnknownSessionError, 'out of addresses');
    const entry = list.create('lan');
    list.open(entry);
    await settled();
    assert.deepEqual(list.shown, []);
    assert.equal(entry.session.failure?.cause.detail, 'out of addresses');
  });

  test('an opening that is cancelled is gone without a loss', async () => {
    const { list, manager } = await network([{ identifier: 'lan', startMs: 1e6 }]);
    list.onDidLose(() => assert.fail('nothing was lost'));
    const entry = list.create('lan');
    list.open(entry);
    await settled();
    list.close(entry);
    await settled();
    assert.deepEqual(list.shown, []);
    assert.deepEqual(manager.sessions, []);
  });

  test('what the person agreed to stop is not lost', async () => {
    const { list, manager } = await network([{ identifier: 'lan' }]);
    list.onDidLose(() => assert.fail('nothing was lost'));
    list.open(list.create('lan'));
    list.open(list.create('lan', { owner: 'Indexer', reason: 'index' }));
    await settled();
    const stopper = manager.createSession('lan');
    list.stop(stopper, true);
    stopper.dispose();
    await settled();
    assert.deepEqual(list.shown, []);
    assert.ok(!list.consent.covers('lan'), 'the consent ends with the stop');
  });

  test('what the person agreed to displace is not lost either', async () => {
    const accessPoints = ['office', 'cafe'].map((identifier) => ({ identifier, device: 'radio' }));
    const { list } = await network(accessPoints, undefined, { ask: async () => true });
    list.onDidLose(() => assert.fail('nothing was lost'));
    const [office, cafe] = [list.create('office'), list.create('cafe')];
    list.open(office);
    await settled();
    const consent = list.consent.give(['office']);
    list.open(cafe);
    await cafe.session.waitForOpened(-1);
    consent.dispose();
    await settled();
    assert.deepEqual(list.shown, [cafe]);
    assert.ok(office.session.isDisposed);
  });

  test("what another's stop ended is lost to the person, also while it was being opened (O7)", async () => {
    const { list, manager, simulation } = await network([{ identifier: 'lan' }, { identifier: 'vpn', startMs: 1e6 }]);
    const lost: SessionEntry[] = [];
    list.onDidLose((entry) => lost.push(entry));
    const [open, opening] = [list.create('lan'), list.create('vpn')];
    const others = list.create('lan', { owner: 'Indexer', reason: 'index' });
    for (const entry of [open, opening, others]) {
      list.open(entry);
    }
    await settled();
    assert.ok(opening.session.isOpening);
    for (const identifier of ['lan', 'vpn']) {
      list.stop(manager.createSession(identifier, { owner: 'Other', reason: 'stop' }), false);
    }
    await settled();
    assert.deepEqual(lost, [open, opening], 'the other extension hears it from its own session');
    assert.deepEqual(kinds(list.shown), ['lost', 'lost']);
    assert.ok(lost.every(({ phase }) => phase.kind === 'lost' && phase.failure.cause.code === 'stoppedBySession'));
    simulation.set('lan', { up: true });
    list.open(open);
    await settled();
    assert.equal(open.phase.kind, 'open');
  });

  test('what its own stop has ended is not lost, although the access point could not be stopped (O7)', async () => {
    const { list } = await network([{ identifier: 'lan', stopMs: 1e6, connectTimeout: 1 }]);
    list.onDidLose(() => assert.fail('nothing was lost'));
    const entry = list.create('lan');
    list.open(entry);
    await settled();
    const ended = new Promise<SessionEnd>((resolve) => entry.session.onDidEnd(resolve));
    list.stop(entry.session, false);
    const end = await ended;
    assert.deepEqual([end.kind, end.failure?.cause.code], ['stopped', 'timedOut']);
    assert.deepEqual(list.shown, []);
  });

  test('one that was lost and is refused by the person stays lost for its old cause', async () => {
    const { list, simulation } = await network([{ identifier: 'lan' }]);
    const entry = list.create('lan');
    list.open(entry);
    await settled();
    simulation.set('lan', { inReach: false });
    await settled();
    simulation.set('lan', { inReach: true });
    simulation.link('lan').failure = new PlatformFailure({ code: 'refused' });
    list.open(entry);
    await settled();
    assert.equal(entry.session.failure?.cause.code, 'refused');
    assert.equal(entry.phase.kind === 'lost' && entry.phase.failure.cause.code, 'carrierLost');
  });

  test('the last opened is the one to show; closing it goes back to the one before', async () => {
    const { list } = await network([{ identifier: 'lan' }, { identifier: 'vpn' }]);
    const [lan, vpn] = [list.create('lan'), list.create('vpn')];
    assert.equal(list.lastOpened, undefined);
    list.open(lan);
    await settled();
    list.open(vpn);
    await settled();
    assert.equal(list.lastOpened, vpn);
    list.close(vpn);
    await settled();
    assert.equal(list.lastOpened, lan);
  });

  test("another extension's session stays its own: dismissed, handed over, disposed of", async () => {
    const { list, simulation, manager } = await network([{ identifier: 'lan' }]);
    const entry = list.create('lan', { owner: 'Indexer', reason: 'index' });
    assert.ok(!entry.byPerson);
    list.open(entry);
    await settled();
    simulation.set('lan', { inReach: false });
    await settled();
    assert.deepEqual(kinds(list.shown), ['lost']);
    assert.equal(list.unnoticed, undefined, 'its extension is told, not the person');
    list.dismiss(entry);
    assert.deepEqual(list.shown, []);
    assert.ok(!entry.session.isDisposed);

    simulation.set('lan', { inReach: true });
    list.open(entry);
    await settled();
    assert.deepEqual(kinds(list.shown), ['open']);
    entry.handOver();
    assert.ok(entry.byPerson);
    list.close(entry);
    await settled();
    assert.deepEqual(manager.sessions, []);
  });

  test('a removed profile loses its session with a cause (O11)', async () => {
    const { list, simulation } = await network([{ identifier: 'lan', name: 'LAN' }]);
    const entry = list.create('lan');
    list.open(entry);
    await settled();
    simulation.remove('lan');
    await settled();
    assert.equal(entry.phase.kind === 'lost' && entry.phase.failure.cause.code, 'profileRemoved');
  });
});
