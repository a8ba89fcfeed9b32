// What a next leader knows of the time before it, and what it does while others may know more.
import * as assert from 'node:assert/strict';
import { bounds, type Claim, type Declaration, parseClaims, type Snapshot } from '../../../src/broker/messages.js';
import { type Asked, BookFixture, claimText, client, nothing, times } from '../../fixtures/bookFixture.js';
import { settled, TestClock } from '../../fixtures/testClock.js';

const is = async (expected: readonly string[], ...asked: readonly Asked[]) => {
  await settled();
  assert.deepEqual(
    asked.map(({ state }) => state),
    expected,
  );
};
const holding: Declaration = { ...nothing, holds: [{ accessPoint: 'lan', sessions: [] }] };
const x = { accessPoint: 'lan', activation: 'x' };
/** Of a leader before, which had not told yet who holds what. */
const snapshot = (...claims: Claim[]): Snapshot => ({
  term: 1,
  clients: [client('A'), client('B')],
  holds: [],
  claims,
});
const nameless = (since?: number, starter = 'A'): Claim => ({
  accessPoint: 'lan',
  activation: undefined,
  starter: client(starter).id,
  since,
});

suite('the book: what a next leader knows', () => {
  test('O5, B3: a start that was permitted by the leader before and ends under this one: others may hold it', async () => {
    const it = new BookFixture({ snapshot: snapshot(), claims: [nameless(0)] });
    it.book.declare(client('A'), { ...holding, operations: [{ accessPoint: 'lan', kind: 'start' }] });
    await it.clock.advance(times.settle);
    it.ended('A', 'start', { activation: 'x' });
    await is(['false'], it.leave('A', { activation: 'x' })); // B is not back yet.
    it.book.declare(client('B'), holding);
    await it.clock.advance(times.quiet);
    assert.deepEqual([it.holders(), it.unheld], ['B', []]);
  });

  for (const comes of [true, false]) {
    const others = comes ? 'one comes that holds it' : 'nobody else holds it';

    test(`O5, B3: \`always\` on what is not claimed waits until that is known (${others})`, async () => {
      const it = new BookFixture({ snapshot: snapshot(), claims: [] });
      it.book.declare(client('A'), holding);
      await it.clock.advance(times.settle);
      const leave = it.leave('A', { activation: 'x', policy: 'always' });
      await is(['waits'], leave);
      it.book.declare(client('B'), comes ? holding : nothing);
      await is([comes ? 'false' : 'true'], leave);
      assert.equal(it.holders(), comes ? 'B' : '');
    });

    test(`O6, B3: the same for a start of the leader before that nobody wants any more (${others})`, async () => {
      const it = new BookFixture({ snapshot: snapshot(), claims: [nameless(0)] });
      it.book.declare(client('A'), { ...holding, operations: [{ accessPoint: 'lan', kind: 'start' }] });
      await it.clock.advance(times.settle);
      const leave = it.leave('A', { policy: 'always' });
      await is(['waits'], leave);
      it.book.declare(client('B'), comes ? holding : nothing);
      await is([comes ? 'false' : 'true'], leave);
    });
  }

  test('B3: who waits for that is answered when the quiet time is over; where nothing is up nobody waits', async () => {
    const it = new BookFixture({ snapshot: snapshot(), claims: [] });
    it.book.declare(client('A'), holding);
    await it.clock.advance(times.settle);
    await is(['false'], it.leave('A', { policy: 'always' }));
    it.hold('A');
    const leave = it.leave('A', { activation: 'x', policy: 'always' });
    await it.clock.advance(times.quiet - times.settle - 1);
    await is(['waits'], leave);
    await it.clock.advance(1);
    await is(['true'], leave);
  });

  test('O5a: what was left up on purpose stays up, although the snapshot is of before that', async () => {
    const held = {
      client: client('B').id,
      detail: { accessPoint: 'lan', sessions: [] },
      absent: false,
      info: client('B'),
    };
    const it = new BookFixture({ snapshot: { ...snapshot(x), holds: [held] }, claims: [{ ...x, isKept: true }] });
    it.book.declare(client('B'), nothing);
    await it.clock.advance(times.quiet + times.grace + times.deathLinger);
    assert.deepEqual([it.claims, it.unheld], [['lan x'], []]);
  });

  test('O5a: what the disk says of a start under way is newer than the name that the snapshot knows', async () => {
    const clock = new TestClock();
    clock.jump(10_000);
    const before = { accessPoint: 'lan', activation: 'x' };
    const it = new BookFixture({ snapshot: snapshot(before), claims: [nameless(10_000)] }, clock);
    it.book.declare(client('B'), nothing); // A, that led and has started it, is dead.
    it.shows('y');
    await it.clock.advance(times.quiet + times.grace + times.deathLinger + 2 * times.sight);
    assert.deepEqual(it.unheld.map(claimText), ['lan y']);
  });

  test('O5a: nor is what the disk does not name any more', async () => {
    const before = { accessPoint: 'lan', activation: 'x' };
    const it = new BookFixture({ snapshot: snapshot(before), claims: [] });
    assert.deepEqual(it.claims, []);
  });

  test('O10: a start that was cut off with the leader is waited for as any other claim of the disk', async () => {
    for (const claim of [{ accessPoint: 'lan', activation: 'x' }, nameless(0)]) {
      const it = new BookFixture({ snapshot: snapshot(), claims: [claim] });
      it.shows('x', 'lan', 1);
      await it.clock.advance(times.grace + times.deathLinger - 1);
      assert.deepEqual(it.unheld.map(claimText), [], `a window that reloads may come back: ${claim.activation}`);
      await it.clock.advance(2 * times.sight);
      assert.deepEqual(it.unheld.map(claimText), ['lan x']);
    }
  });

  test('who is refused for what it declares has not come', () => {
    const it = new BookFixture();
    it.book.declare(client('A'), nothing);
    const before = it.book.snapshot();
    const holds = Array.from({ length: bounds.holdsOfClient + 1 }, (_, index) => ({
      accessPoint: `${index}`,
      sessions: [],
    }));
    assert.throws(() => it.book.declare(client('B'), { ...nothing, holds }), /holdsOfClient/);
    assert.deepEqual(it.book.snapshot(), before);
    assert.deepEqual(
      it.book.snapshot().clients.map(({ window }) => window),
      ['A'],
    );
  });

  test('a claim that does not say when its start was permitted gets no name', async () => {
    const it = new BookFixture({ claims: [nameless()] });
    it.shows('x', 'lan', 1);
    it.book.declare(client('B'), nothing);
    await it.clock.advance(times.sight);
    assert.deepEqual(it.claims, []);
  });

  test('O5: who leaves what was started under this leader stops it, whatever was ours before', async () => {
    const it = new BookFixture({ claims: [x] });
    it.book.declare(client('A'), holding);
    await it.clock.advance(times.settle);
    it.start('A', 'lan', 'x');
    it.ended('A', 'start', { activation: 'y' });
    const leave = it.leave('A', { activation: 'y' });
    await settled();
    assert.equal(leave.state, 'true');
  });

  test('what is written of a start is read again, at any moment of the clock', async () => {
    const clock = new TestClock();
    clock.jump(10_000.7);
    const it = new BookFixture({}, clock);
    it.book.declare(client('A'), holding);
    it.start('A');
    await clock.advance(times.settle);
    assert.equal(parseClaims(JSON.parse(JSON.stringify(it.written.at(-1)))).length, 1);
  });

  test('a start that is declared anew was permitted when the disk says', async () => {
    const it = new BookFixture({ claims: [nameless(0)] });
    await it.clock.advance(times.sight / 2);
    it.book.declare(client('A'), { ...holding, operations: [{ accessPoint: 'lan', kind: 'start' }] });
    it.shows('x', 'lan', 100);
    it.gone('A');
    assert.deepEqual(it.claims, ['lan x']);
  });

  test('what is due when a leader goes on that was stopped in its quiet time is not stopped at once', async () => {
    const it = new BookFixture({ claims: [x] });
    await it.clock.advance(1_000);
    it.clock.jump(times.grace + times.deathLinger);
    await it.clock.advance(0);
    assert.deepEqual(it.unheld, [], 'it has not read yet who holds it');
    it.book.declare(client('B'), holding);
    await it.clock.advance(times.quiet + times.grace + times.deathLinger);
    assert.deepEqual(it.unheld, []);
  });

  test('O5a: what comes of a start that was cut off and left up on purpose stays up', async () => {
    const it = await BookFixture.with('A');
    it.hold('A');
    it.start('A');
    it.ended('A', 'start');
    it.leave('A', { policy: 'never' });
    it.shows('x');
    await it.clock.advance(times.grace + times.deathLinger);
    assert.deepEqual([it.claims, it.unheld.map(claimText)], [['lan x'], []]);
  });

  test('B3: those of whom windows know are waited for beside those whom the leader knows, and not instead', async () => {
    const of = (term: number, ...letters: string[]) => ({
      term,
      clients: letters.map((l) => client(l)),
      holds: [],
      claims: [],
    });
    for (const [first, last] of [
      ['B', 'C'],
      ['C', 'B'],
    ] as const) {
      const it = new BookFixture({ term: 5, snapshot: of(3, 'A', 'B'), claims: [x] });
      it.book.declare(client('A'), holding, of(3, 'C'));
      it.book.declare(client(first), nothing);
      const leave = it.leave('A', { activation: 'x' });
      await settled();
      assert.equal(leave.state, 'waits', `${last} is not back`);
      it.book.declare(client(last), nothing);
      await settled();
      assert.equal(leave.state, 'true');
    }
  });
});
