// The leader's book by examples. Each names the rule that it holds: of `src/engine/RULES.md`, or of `src/broker/README.md` (B1 to B4).
import * as assert from 'node:assert/strict';
import type { BookBefore } from '../../../src/broker/book.js';
import { bounds, type Declaration, parseClaims, type Snapshot } from '../../../src/broker/messages.js';
import { type Asked, BookFixture, claimText, client, nothing, times } from '../../fixtures/bookFixture.js';
import { settled, TestClock } from '../../fixtures/testClock.js';

/** What became of requests by now. */
async function states(...asked: readonly Asked[]): Promise<readonly string[]> {
  await settled();
  return asked.map(({ state }) => state);
}

const is = async (expected: readonly string[], ...asked: readonly Asked[]) =>
  assert.deepEqual(await states(...asked), expected);

suite('the book: holding and starting', () => {
  test('O1: a hold is counted once for each client', async () => {
    const it = await BookFixture.with('A', 'B');
    await is(['done', 'done', 'done'], it.hold('A'), it.hold('A'), it.hold('B'));
    assert.equal(it.holders(), 'A B');
    assert.equal(it.clock.pending, 0);
  });

  test('O1: of two that start at once one goes, and the other is told that it has succeeded', async () => {
    const it = await BookFixture.with('A', 'B');
    it.hold('A');
    it.hold('B');
    const [a, b] = [it.start('A'), it.start('B')];
    await is(['true', 'waits'], a, b);
    it.ended('A', 'start', { activation: 'x' });
    await is(['false'], b);
    assert.deepEqual(it.claims, ['lan x']);
  });

  test('O4: who waits for a start fails with its cause, and nothing is ours', async () => {
    const it = await BookFixture.with('A', 'B');
    it.hold('A');
    it.hold('B');
    it.start('A');
    const b = it.start('B');
    it.ended('A', 'start', { cause: 'noAddress' });
    await is(['noAddress'], b);
    assert.deepEqual(it.claims, []);
  });

  test('a start needs a hold, also one that is asked for just before', async () => {
    const it = await BookFixture.with('A', 'B');
    await is(['notOpen'], it.start('A'));
    it.stop('B');
    it.book.accepted(client('B').id, 'lan');
    const [hold, start] = [it.hold('A'), it.start('A')];
    await is(['waits', 'waits'], hold, start);
    it.ended('B', 'stop');
    await is(['done', 'true'], hold, start);
  });

  test('B1: after one that gave up or did not hear the next may start', async () => {
    const it = await BookFixture.with('A', 'B', 'C');
    for (const letter of ['A', 'B', 'C']) {
      it.hold(letter);
    }
    it.start('A');
    const [b, c] = [it.start('B'), it.start('C')];
    it.ended('A', 'start');
    await is(['waits', 'waits'], b, c); // It may go on, and they may not see it yet.
    await it.inSight();
    await is(['true', 'waits'], b, c);
    it.ended('B', 'start', { cause: 'ledgerSilent' });
    await is(['true'], c);
  });

  test('B1, O10: of one that died in a start the next takes over; without one what comes of it is ours', async () => {
    const it = await BookFixture.with('A', 'B');
    it.hold('A');
    it.hold('B');
    it.start('A');
    const b = it.start('B');
    it.gone('A');
    await it.clock.advance(times.sight - 1);
    await is(['waits'], b);
    await it.clock.advance(1);
    await is(['true'], b);
    it.gone('B');
    assert.deepEqual(it.claims, ['lan ?']);
    it.shows('x');
    await it.clock.advance(times.grace + times.deathLinger);
    assert.deepEqual(it.unheld.map(claimText), ['lan x']);
  });

  test('O5a: ours of a start that was cut off is what came up within sight of its permit, and nothing before or after', async () => {
    for (const [since, claims] of [
      [undefined, []],
      [0, []],
      [1, ['lan x']],
      [times.sight - 1, ['lan x']],
      [times.sight, []],
    ] as const) {
      const it = await BookFixture.with('A');
      const permitted = it.clock.now();
      it.hold('A');
      it.start('A');
      await it.clock.advance(5);
      it.gone('A');
      it.shown = () => {
        const isSeen = since !== undefined && it.clock.now() >= permitted + since;
        return isSeen ? { activation: 'x', since: permitted + since } : undefined;
      };
      await it.clock.advance(times.sight - 1);
      assert.deepEqual(it.claims, ['lan ?']);
      await it.clock.advance(1);
      assert.deepEqual(it.claims, claims, `seen ${since} ms after the permit`);
      await it.clock.advance(times.grace + times.deathLinger);
      assert.deepEqual(it.unheld.map(claimText), claims);
      assert.equal(it.clock.pending, 0);
    }
  });

  test('O5a: a next leader, too, knows by when it came up whether it is ours', async () => {
    for (const [since, claims] of [
      [undefined, []],
      [10_000, []],
      [10_001, ['lan x']],
      [9_999 + times.sight, ['lan x']],
      [10_000 + times.sight, []],
    ] as const) {
      const clock = new TestClock();
      clock.jump(20_000);
      const it = new BookFixture({ claims: [{ accessPoint: 'lan', activation: undefined, since: 10_000 }] }, clock);
      it.shown = () => (since === undefined ? undefined : { activation: 'x', since });
      it.book.declare(client('A'), nothing);
      await it.clock.advance(times.sight);
      assert.deepEqual(it.claims, claims, `seen at ${since}`);
    }
  });

  test('what came of a start that was cut off is known as soon as it is seen', async () => {
    const it = await BookFixture.with('A', 'B');
    it.hold('A');
    it.hold('B');
    it.start('A');
    const b = it.start('B');
    it.gone('A');
    await is(['waits'], b);
    it.shows('x');
    it.hold('B');
    await is(['false'], b);
    assert.deepEqual(it.claims, ['lan x']);
  });

  test('a leader that was stopped itself looks again before it says that nothing came of a start', async () => {
    const it = await BookFixture.with('A');
    const permitted = it.clock.now();
    it.hold('A');
    it.start('A');
    it.gone('A');
    it.clock.jump(2 * times.sight);
    await it.clock.advance(0);
    assert.deepEqual(it.claims, ['lan ?']);
    it.shows('x', 'lan', permitted + 1);
    await it.clock.advance(times.sight);
    assert.deepEqual(it.claims, ['lan x']);
  });

  test('who has given up a start has left something behind; who has not heard that it may has not', async () => {
    const it = await BookFixture.with('A');
    it.hold('A');
    it.start('A');
    it.ended('A', 'start', { cause: 'ledgerSilent' });
    assert.deepEqual(it.claims, []);
    it.start('A');
    it.ended('A', 'start');
    assert.deepEqual(it.claims, ['lan ?']);
    it.shows('x');
    await is(['true'], it.leave('A', { activation: 'x' }));
  });

  test('a claim is on disk before the start is permitted, and gets its name as soon as there is one', async () => {
    const it = await BookFixture.with('A');
    it.hold('A');
    let isWritten = false;
    const start = it.book.start(client('A').id, 'lan').then(() => {
      isWritten = it.written.length === 1;
    });
    await start;
    assert.ok(isWritten);
    it.book.claim(client('A').id, 'lan', 'x');
    it.gone('A');
    assert.deepEqual(
      it.written.map((claims) => claims.map(claimText)),
      [['lan ?'], ['lan x']],
    );
  });

  test('a claim is on disk before what becomes of it in the same moment', async () => {
    const it = new BookFixture();
    it.book.declare(client('A'), { ...nothing, holds: [{ accessPoint: 'lan', sessions: [] }] });
    it.book.declare(client('B'), { ...nothing, holds: [{ accessPoint: 'lan', sessions: [] }] });
    it.start('A');
    it.leave('A');
    it.leave('B', { policy: 'never' });
    await it.clock.advance(times.settle);
    assert.deepEqual(
      it.written.map((claims) => claims.map(({ isKept }) => isKept)),
      [[undefined], [true]],
    );
  });

  test('what cannot be written is told once', async () => {
    const it = await BookFixture.with('A');
    it.isFull = true;
    await it.up('A');
    await is(['true'], it.leave('A', { activation: 'x' }));
    assert.deepEqual(it.warnings, ['What was started here cannot be written down: ENOSPC']);
  });

  test('what could not be written is written with the next change of anything', async () => {
    const it = await BookFixture.with('A', 'B');
    it.isFull = true;
    await it.up('A');
    it.isFull = false;
    assert.equal(it.written.length, 0);
    it.hold('B');
    assert.deepEqual(
      it.written.map((claims) => claims.map(claimText)),
      [['lan x']],
    );
  });

  test('a start that another one reports after it was cut off is ours by its name', async () => {
    const it = await BookFixture.with('A', 'B');
    it.hold('A');
    it.hold('B');
    it.start('A');
    await is(['false'], it.leave('A'));
    it.ended('A', 'start', { activation: 'x' });
    assert.deepEqual(it.claims, ['lan x']);
    await is(['true'], it.leave('B', { activation: 'x' }));
  });
});

suite('the book: leaving', () => {
  test('O5: the last one stops what was started here', async () => {
    const it = await BookFixture.with('A', 'B');
    await it.up('A');
    it.hold('B');
    await is(['false', 'true'], it.leave('A', { activation: 'x' }), it.leave('B', { activation: 'x' }));
    assert.deepEqual(it.claims, ['lan x'], 'until it is down');
    it.ended('B', 'stop');
    assert.deepEqual([it.claims, it.holders()], [[], '']);
  });

  test('O5a: what others have started stays up, but by `always`', async () => {
    const it = await BookFixture.with('A');
    it.hold('A');
    await is(['false'], it.leave('A'));
    it.hold('A');
    await is(['true'], it.leave('A', { policy: 'always', linger: 100 }));
  });

  test('O5a: what was left up on purpose is ours all the same: the next one stops it', async () => {
    const it = await BookFixture.with('A', 'B');
    await it.up('A');
    await is(['false'], it.leave('A', { policy: 'never', activation: 'x' }));
    await it.clock.advance(times.deathLinger);
    assert.deepEqual([it.claims, it.unheld], [['lan x'], []]);
    it.hold('B');
    await is(['true'], it.leave('B', { activation: 'x' }));
  });

  test('O5a: only the last one leaves it up on purpose, and only until somebody holds it again', async () => {
    const it = await BookFixture.with('A', 'B');
    await it.up('A');
    it.hold('B');
    await is(['false'], it.leave('B', { policy: 'never', activation: 'x' }));
    await is(['true'], it.leave('A', { activation: 'x' }));
    it.ended('A', 'stop', { cause: 'refused' });
    it.hold('A');
    await is(['false'], it.leave('A', { policy: 'never', activation: 'x' }));
    it.hold('A');
    it.gone('A');
    await it.clock.advance(times.grace + times.deathLinger);
    assert.deepEqual(it.unheld.map(claimText), ['lan x']);
  });

  test('O5a: what was left up on purpose is so for the next leader, whoever tells it; the rescue stops it', async () => {
    const kept = [{ accessPoint: 'lan', activation: 'x', isKept: true }];
    const it = await BookFixture.with('A');
    await it.up('A');
    await is(['false'], it.leave('A', { policy: 'never', activation: 'x' }));
    assert.deepEqual([it.book.snapshot().claims, it.written.at(-1)], [kept, kept]);
    for (const next of [new BookFixture({ claims: kept }), new BookFixture()]) {
      next.book.declare(client('A'), { ...nothing, claims: kept });
      await next.clock.advance(times.quiet + times.grace + times.deathLinger + times.sight);
      assert.deepEqual([next.claims, next.unheld], [['lan x'], []]);
      void next.book.releaseAll(client('A').id);
      assert.deepEqual(next.unheld.map(claimText), ['lan x']);
    }
  });

  test('O6: a start under way that nobody wants any more is undone, whatever the policy', async () => {
    const it = await BookFixture.with('A');
    it.hold('A');
    it.start('A');
    await is(['true'], it.leave('A', { policy: 'never', linger: 100 }));
    it.ended('A', 'stop');
    assert.deepEqual(it.claims, []);
  });

  test('O6: a start that somebody else wants goes to that one', async () => {
    const it = await BookFixture.with('A', 'B');
    it.hold('A');
    it.hold('B');
    it.start('A');
    const b = it.start('B');
    await is(['false', 'waits'], it.leave('A'), b);
    await it.inSight();
    await is(['true'], b);
  });

  test('O1, O6: a start that was given up and has come into sight is not permitted again', async () => {
    const it = await BookFixture.with('A', 'B');
    it.hold('A');
    it.hold('B');
    it.start('A');
    const b = it.start('B');
    it.leave('A');
    it.ended('A', 'start', { activation: 'x' });
    await is(['false'], b);
    assert.deepEqual(it.claims, ['lan x']);
    assert.equal(it.clock.pending, 0, 'nobody waits any more');
  });

  test('O5, O6: who leaves before it sees what somebody else has given up leaves it to the book', async () => {
    const it = await BookFixture.with('A', 'B');
    it.hold('A');
    it.hold('B');
    it.start('A');
    it.leave('A');
    await is(['false'], it.leave('B'));
    it.shows('x');
    await it.inSight();
    assert.deepEqual([it.claims, it.unheld], [['lan x'], []], 'not all may see it yet');
    await it.inSight();
    assert.deepEqual(it.unheld.map(claimText), ['lan x']);
  });

  test('O6: who leaves does not wait for a start any more', async () => {
    const it = await BookFixture.with('A', 'B');
    it.hold('A');
    it.hold('B');
    it.start('A');
    const b = it.start('B');
    await is(['false', 'cancelled'], it.leave('B'), b);
  });

  test('a linger is kept by the leader, and ended by the next hold', async () => {
    const it = await BookFixture.with('A', 'B');
    await it.up('A');
    await is(['false'], it.leave('A', { activation: 'x', linger: 1000 }));
    await it.clock.advance(999);
    it.hold('B');
    assert.equal(it.clock.pending, 0);
    await is(['false'], it.leave('B', { activation: 'x', linger: 1000 }));
    await it.clock.advance(999);
    assert.equal(it.unheld.length, 0);
    await it.clock.advance(1);
    assert.deepEqual(it.unheld.map(claimText), ['lan x']);
    const hold = it.hold('A');
    await is(['waits'], hold);
    it.unheld[0]?.done(true);
    await is(['done'], hold);
    assert.deepEqual(it.claims, []);
  });

  test('a hold waits for the end of a stop, then the access point is started again (O3)', async () => {
    const it = await BookFixture.with('A', 'B');
    await it.up('A');
    it.leave('A', { activation: 'x' });
    const hold = it.hold('B');
    await is(['waits'], hold);
    it.ended('A', 'stop');
    await is(['done', 'true'], hold, it.start('B'));
  });

  test('a stop that failed leaves the claim, and is not tried again by the book', async () => {
    const it = await BookFixture.with('A');
    await it.up('A');
    it.leave('A', { activation: 'x' });
    it.ended('A', 'stop', { cause: 'refused' });
    await it.clock.advance(1e6);
    assert.deepEqual([it.claims, it.unheld], [['lan x'], []]);
    it.hold('A');
    await is(['true'], it.leave('A', { activation: 'x' }));
  });

  test('what is up is not what was started here: whoever looks decides', async () => {
    const it = await BookFixture.with('A');
    await it.up('A');
    await is(['false'], it.leave('A', { activation: 'y' }));
    assert.deepEqual(it.unheld.map(claimText), ['lan x']);
  });

  test('B2: a client that did not hear the permission to stop leaves it to the book', async () => {
    const it = await BookFixture.with('A');
    await it.up('A');
    it.leave('A', { activation: 'x' });
    it.ended('A', 'stop', { cause: 'ledgerSilent' });
    assert.deepEqual(it.unheld.map(claimText), ['lan x']);
  });

  test('B2, O5a: who leaves and has not heard that it may start has left nothing behind', async () => {
    const it = await BookFixture.with('A');
    it.hold('A');
    it.start('A');
    await is(['true'], it.leave('A'));
    it.ended('A', 'start', { cause: 'ledgerSilent' });
    it.ended('A', 'stop', { cause: 'ledgerSilent' });
    assert.deepEqual([it.unheld, it.claims], [[], []], 'what is up by now the person has started');
  });

  test('B2: also one that gave up before the permission was given', async () => {
    const before = new BookFixture({ claims: [{ accessPoint: 'lan', activation: 'x' }] });
    before.book.declare(client('A'), { ...nothing, holds: [{ accessPoint: 'lan', sessions: [] }] });
    const leave = before.leave('A', { activation: 'x' });
    before.ended('A', 'stop', { cause: 'ledgerSilent' });
    await is(['waits'], leave);
    await before.clock.advance(times.quiet);
    await is(['false'], leave);
    assert.deepEqual(before.unheld.map(claimText), ['lan x']);
  });

  test('O5: a leader that does not know yet who else holds it lets no close stop it', async () => {
    const it = new BookFixture({ claims: [{ accessPoint: 'lan', activation: 'x' }] });
    const holds = [{ accessPoint: 'lan', sessions: [] }];
    it.book.declare(client('A'), { ...nothing, holds });
    await it.clock.advance(times.settle);
    await is(['false'], it.leave('A', { activation: 'x' }));
    it.book.declare(client('B'), { ...nothing, holds });
    await it.clock.advance(times.quiet);
    assert.deepEqual(it.unheld, []);
    await is(['true'], it.leave('B', { activation: 'x' }));
  });

  test('O5a: what a window has started itself counts before what others have heard', () => {
    const it = new BookFixture();
    const declare = (letter: string, activation: string, isOwn?: boolean) =>
      it.book.declare(client(letter), { ...nothing, claims: [{ accessPoint: 'lan', activation, isOwn }] });
    declare('A', 'x');
    declare('B', 'y', true);
    declare('C', 'x');
    assert.deepEqual(it.claims, ['lan y']);
  });
});

suite('the book: stopping', () => {
  test('O7: when the platform accepts, all others lose it and hear who it was', async () => {
    const it = await BookFixture.with('A', 'B', 'C');
    await it.up('A');
    it.hold('B');
    it.hold('C');
    const stop = it.stop('C');
    await is(['true'], stop);
    assert.equal(it.holders(), 'A B C', 'until it is accepted');
    it.book.accepted(client('C').id, 'lan');
    assert.deepEqual(it.told, ['A lan by C', 'B lan by C']);
    assert.equal(it.holders(), 'C');
    it.ended('C', 'stop');
    assert.deepEqual([it.claims, it.told.length], [[], 2]);
  });

  test('O7: a stop that has ended was accepted', async () => {
    const it = await BookFixture.with('A', 'B');
    it.hold('A');
    it.stop('B');
    it.ended('B', 'stop');
    assert.deepEqual([it.told, it.holders()], [['A lan by B'], '']);
  });

  test('O7: where the platform refuses, nobody is closed', async () => {
    const it = await BookFixture.with('A', 'B', 'C');
    await it.up('A');
    it.stop('B');
    const [other, hold] = [it.stop('C'), it.hold('C')];
    await is(['waits', 'waits'], other, hold);
    it.ended('B', 'stop', { cause: 'refused' });
    await is(['refused', 'done'], other, hold);
    assert.deepEqual([it.told, it.holders(), it.claims], [[], 'A C', ['lan x']]);
  });

  test('O5, O7: who leaves while its own stop() is under way ends with that, or is the last where it is refused', async () => {
    const it = await BookFixture.with('A');
    await it.up('A');
    it.stop('A');
    const refused = it.leave('A', { activation: 'x' });
    await is(['waits'], refused);
    it.ended('A', 'stop', { cause: 'refused' });
    await is(['true'], refused);
    it.ended('A', 'stop', { cause: 'refused' });
    it.hold('A');
    it.stop('A');
    const done = it.leave('A', { activation: 'x' });
    await is(['waits'], done);
    it.ended('A', 'stop', { activation: 'x' });
    await is(['false'], done);
  });

  test('O7: two that stop at once: one does, the other is told when it is down', async () => {
    const it = await BookFixture.with('A', 'B');
    const [a, b] = [it.stop('A'), it.stop('B')];
    await is(['true', 'waits'], a, b);
    it.ended('A', 'stop');
    await is(['false'], b);
  });

  test('O7: sessions being opened count: their start ends when the stop is accepted', async () => {
    const it = await BookFixture.with('A', 'B', 'C', 'D');
    it.hold('A');
    it.hold('C');
    it.start('A');
    const start = it.start('C');
    const stop = it.stop('B');
    const hold = it.hold('D');
    await is(['waits', 'true', 'waits'], start, stop, hold);
    it.book.accepted(client('B').id, 'lan');
    await is(['stoppedElsewhere', 'stoppedElsewhere'], start, hold);
    assert.deepEqual(it.told, ['A lan by B', 'C lan by B']);
    const again = it.hold('D');
    it.ended('B', 'stop');
    await is(['done', 'true'], again, it.start('D'));
    it.ended('A', 'start', { cause: 'noAddress' });
    assert.deepEqual(it.claims, ['lan ?'], 'the first start was over before');
  });

  test('O7: a start goes on when the platform refuses the stop', async () => {
    const it = await BookFixture.with('A', 'B', 'C');
    it.hold('A');
    it.start('A');
    it.stop('B');
    it.ended('B', 'stop', { cause: 'refused' });
    it.hold('C');
    const start = it.start('C');
    await is(['waits'], start);
    it.ended('A', 'start', { activation: 'x' });
    await is(['false'], start);
  });

  test('O7: a stop that was accepted has ended the start, also where it fails then', async () => {
    const it = await BookFixture.with('A', 'B', 'C');
    it.hold('A');
    it.start('A');
    it.stop('B');
    it.book.accepted(client('B').id, 'lan');
    it.ended('B', 'stop', { cause: 'refused' });
    it.hold('C');
    const c = it.start('C');
    await it.inSight();
    await is(['true'], c);
  });

  test('O5: who leaves while somebody else stops it in vain has left it to the book', async () => {
    const it = await BookFixture.with('A', 'B');
    await it.up('A');
    it.stop('B');
    await is(['false'], it.leave('A', { activation: 'x' }));
    it.ended('B', 'stop', { cause: 'refused' });
    assert.deepEqual(it.unheld.map(claimText), ['lan x']);
  });

  test('O5: what comes up of a start that somebody has stopped meanwhile is stopped', async () => {
    const it = await BookFixture.with('A', 'B');
    it.hold('A');
    it.start('A');
    it.stop('B');
    it.ended('B', 'stop');
    it.ended('A', 'start', { activation: 'x' });
    assert.deepEqual(it.unheld, [], 'not all see it yet');
    await it.inSight();
    assert.deepEqual(it.unheld.map(claimText), ['lan x']);
  });

  test('O10: a stop that died with its client, nobody holding it, is made up for after the linger', async () => {
    const it = await BookFixture.with('A');
    await it.up('A');
    it.leave('A', { activation: 'x' });
    it.gone('A');
    await it.clock.advance(times.deathLinger);
    assert.deepEqual(it.unheld.map(claimText), ['lan x']);
  });

  test('O7: a stop that joins one under way ends those who wait to open', async () => {
    const it = await BookFixture.with('A', 'B', 'C');
    await it.up('A');
    it.leave('A', { activation: 'x' });
    const before = it.hold('B');
    const stop = it.stop('C');
    const after = it.hold('B');
    await is(['stoppedElsewhere', 'waits', 'waits'], before, stop, after);
    it.ended('A', 'stop');
    await is(['false', 'done'], stop, after);
  });

  test('B1: after one that died in a stop those who wait go on', async () => {
    const it = await BookFixture.with('A', 'B', 'C');
    await it.up('A');
    it.leave('A', { activation: 'x' });
    const [hold, stop] = [it.hold('B'), it.stop('B')];
    it.gone('A');
    await is(['done', 'true'], hold, stop);
    assert.deepEqual(it.claims, ['lan x']);
  });

  test('O8: what is left of a lost link is cleared away once', async () => {
    const it = await BookFixture.with('A', 'B');
    await it.up('A');
    it.hold('B');
    await is(['false', 'true', 'false'], it.clear('A', 'y'), it.clear('B', 'x'), it.clear('A', 'x'));
    const hold = it.hold('A');
    await is(['waits'], hold);
    it.ended('B', 'stop');
    await is(['done', 'false', 'false'], hold, it.clear('A', 'x'), it.leave('A', { activation: 'x' }));
    assert.deepEqual(it.told, []);
  });

  test('O8: it is cleared away once also where that fails, and again by another where its client died', async () => {
    const it = await BookFixture.with('A', 'B');
    await it.up('A');
    it.clear('A', 'x');
    it.gone('A');
    await is(['true'], it.clear('B', 'x'));
    it.ended('B', 'stop', { cause: 'refused' });
    await is(['false'], it.clear('B', 'x'));
    assert.deepEqual(it.claims, []);
  });

  test('a start that has failed, or was not begun, changes nothing about what was ours before', async () => {
    const it = await BookFixture.with('A');
    await it.up('A');
    for (const cause of ['noAddress', 'ledgerSilent'] as const) {
      await is(['true'], it.start('A', 'lan', 'x'));
      assert.deepEqual(it.claims, ['lan ?']);
      it.ended('A', 'start', { cause });
      assert.deepEqual(it.claims, ['lan x']);
    }
    it.start('A', 'lan', 'x');
    it.book.claim(client('A').id, 'lan', 'y');
    it.ended('A', 'start', { cause: 'ledgerSilent' });
    assert.deepEqual(it.claims, ['lan y'], 'it has got a name, so it was begun');
  });

  test('O5a: what is lost from outside is not ours any more', async () => {
    const it = await BookFixture.with('A', 'B');
    await it.up('A');
    it.book.lost(client('B').id, 'lan', 'y');
    assert.deepEqual(it.claims, ['lan x']);
    it.book.lost(client('B').id, 'lan', 'x');
    it.book.lost(client('A').id, 'lan', 'x');
    assert.deepEqual(it.claims, []);
    await is(['false'], it.leave('A', { activation: 'x' }));
  });

  test('the news of a loss before does not take a start of now', async () => {
    const it = await BookFixture.with('A', 'B');
    await it.up('A');
    it.hold('B');
    it.start('B', 'lan', 'x');
    it.book.lost(client('A').id, 'lan', 'x');
    assert.deepEqual(it.claims, ['lan ?']);
    it.ended('B', 'start', { cause: 'noAddress' });
    assert.deepEqual(it.claims, [], 'and x is not back');
  });

  test('R11: one client at a time moves to an access point', async () => {
    const it = await BookFixture.with('A', 'B');
    await is(['done', 'movingElsewhere', 'done'], it.move('A'), it.move('B'), it.move('A'));
    it.ended('B', 'move');
    await is(['movingElsewhere'], it.move('B'));
    it.gone('A');
    await is(['done'], it.move('B'));
    it.ended('B', 'move');
    it.book.declare(client('A'), nothing);
    await is(['done'], it.move('A'));
  });

  test('the rescue drops every hold and stops what is ours, and only that', async () => {
    const it = await BookFixture.with('A', 'B');
    await it.up('A');
    it.hold('B', 'wifi');
    it.hold('B', 'vpn');
    it.start('B', 'vpn');
    const waiting = it.start('A', 'vpn');
    let stopped: readonly string[] | undefined;
    void it.book.releaseAll(client('B').id).then((answer) => {
      stopped = answer.stopped;
    });
    await is(['notOpen'], waiting);
    assert.deepEqual(it.told.toSorted(), ['A lan by B', 'B vpn by B', 'B wifi by B']);
    assert.deepEqual(it.unheld.map(claimText), ['lan x']);
    it.unheld[0]?.done(true);
    await settled();
    assert.equal(stopped, undefined);
    it.shows('v', 'vpn');
    await it.inSight();
    assert.deepEqual(it.unheld.map(claimText), ['lan x', 'vpn v']);
    it.unheld[1]?.done(false);
    await settled();
    assert.deepEqual(stopped, ['lan']);
    assert.deepEqual(it.claims, ['vpn v']);
  });

  test('the rescue does not say that it has stopped what it has not', async () => {
    const it = await BookFixture.with('A', 'B');
    it.hold('A');
    it.start('A');
    let stopped: readonly string[] | undefined;
    void it.book.releaseAll(client('B').id).then((answer) => {
      stopped = answer.stopped;
    });
    await it.inSight();
    assert.deepEqual([stopped, it.claims], [[], []]);
  });

  test('the rescue is answered although a window that stops something does not come to its end', async () => {
    const it = await BookFixture.with('A', 'B');
    await it.up('A');
    await is(['true'], it.leave('A', { activation: 'x' }));
    let stopped: readonly string[] | undefined;
    void it.book.releaseAll(client('B').id).then((answer) => {
      stopped = answer.stopped;
    });
    await it.clock.advance(4_000);
    assert.equal(stopped, undefined);
    await it.clock.advance(1_000);
    assert.deepEqual(stopped, []);
    assert.deepEqual([it.claims, it.unheld], [['lan x'], []], 'what was permitted may be done at any moment');
    it.ended('A', 'stop');
    assert.deepEqual(it.claims, []);
  });
});

suite('the book: coming and going', () => {
  suite('what windows know of the leader before', () => {
    const holding: Declaration = { ...nothing, holds: [{ accessPoint: 'lan', sessions: [] }] };
    const memory = (letter: string, term: number): Snapshot => ({
      term,
      clients: [client(letter)],
      claims: [],
      holds: [
        {
          client: client(letter).id,
          detail: { accessPoint: 'lan', sessions: [] },
          absent: false,
          info: client(letter),
        },
      ],
    });
    const leader = () => new BookFixture({ term: 5, claims: [{ accessPoint: 'lan', activation: 'x' }] });

    test('O10: those whom they have seen hold it, and that are not back, may come back', async () => {
      const it = leader();
      it.book.declare(client('A'), holding, memory('B', 3));
      it.book.declare(client('C'), nothing, memory('D', 2));
      it.book.declare(client('E'), nothing, memory('F', 3));
      it.book.declare(client('G'), nothing, memory('H', 5));
      assert.equal(it.holders(), '(B) (F) A', 'of the latest term, before this one');
      await it.clock.advance(times.settle);
      await is(['false'], it.leave('A', { activation: 'x' }));
      await it.clock.advance(times.grace + times.deathLinger);
      assert.deepEqual(it.unheld.map(claimText), ['lan x']);
    });

    test('O10: also who tells it late, as long as nothing unheld is stopped', async () => {
      const it = leader();
      it.book.declare(client('A'), holding);
      await it.clock.advance(times.quiet - 1);
      it.book.declare(client('B'), nothing, memory('C', 3));
      assert.equal(it.holders(), '(C) A');
      await it.clock.advance(1);
      it.book.declare(client('D'), nothing, memory('E', 3));
      assert.equal(it.holders(), '(C) A');
    });

    test('B3: they are waited for', async () => {
      const it = leader();
      it.book.declare(client('A'), holding, memory('B', 3));
      await it.clock.advance(times.settle);
      await is(['false'], it.leave('A', { activation: 'x' }));
      it.book.declare(client('B'), nothing);
      it.hold('A');
      await is(['true'], it.leave('A', { activation: 'x' }));
    });

    test('O10: who is here, or was, is not taken for dead', () => {
      const it = leader();
      it.book.declare(client('B'), nothing);
      it.book.declare(client('A'), nothing, memory('B', 3));
      it.book.bye(client('B').id);
      it.book.declare(client('C'), nothing, memory('B', 3));
      assert.equal(it.holders(), '');
    });
  });

  suite('a leader that was stopped itself', () => {
    const former = () => new BookFixture({ claims: [{ accessPoint: 'lan', activation: 'x' }] });
    const holding: Declaration = { ...nothing, holds: [{ accessPoint: 'lan', sessions: [] }] };

    test('B3: has not heard meanwhile who holds what, and begins its quiet time anew', async () => {
      const it = former();
      it.book.declare(client('A'), holding);
      await it.clock.advance(times.settle);
      it.clock.jump(2 * times.quiet);
      await is(['false'], it.leave('A', { activation: 'x' }));
      await it.clock.advance(times.quiet - 1);
      assert.deepEqual(it.unheld, []);
      it.book.declare(client('B'), holding);
      await it.clock.advance(times.grace + times.deathLinger);
      assert.deepEqual(it.unheld, []);
    });

    test('a leader whose timers are always a little late answers all the same', async () => {
      const it = new BookFixture();
      it.book.declare(client('A'), nothing);
      const hold = it.hold('A');
      while (it.clock.now() < 60_000) {
        it.clock.jump(100);
        await it.clock.advance(0);
      }
      await is(['done'], hold);
    });

    test('B3: also where its timers run before it reads what came', async () => {
      const it = former();
      it.book.declare(client('A'), holding);
      await is(['waits'], it.leave('A', { activation: 'x' }));
      it.clock.jump(2 * times.quiet);
      await it.clock.advance(0);
      assert.deepEqual(it.unheld, []);
      await it.clock.advance(times.settle + times.quiet);
      assert.deepEqual(it.unheld.map(claimText), ['lan x']);
    });
  });

  test('O10: what cannot be stopped is tried three times, and then left until somebody holds it', async () => {
    const it = await BookFixture.with('A', 'B');
    await it.up('A');
    it.gone('A');
    for (let tries = 1; tries <= 3; tries++) {
      await it.clock.advance(times.grace + times.deathLinger);
      assert.equal(it.unheld.length, tries);
      it.unheld[tries - 1]?.done(false);
      await settled();
    }
    await it.clock.advance(10 * (times.grace + times.deathLinger));
    assert.equal(it.unheld.length, 3);
    assert.equal(it.clock.pending, 0);
    assert.deepEqual(it.claims, ['lan x']);
    it.hold('B');
    await is(['true'], it.leave('B', { activation: 'x' }));
  });

  test('O10: a client that died keeps its hold for the grace; then what is ours is stopped', async () => {
    const it = await BookFixture.with('A', 'B');
    await it.up('A');
    it.gone('A');
    assert.equal(it.holders(), '(A)');
    it.hold('B');
    await is(['false'], it.leave('B', { activation: 'x' }));
    await it.clock.advance(times.grace);
    assert.equal(it.holders(), '');
    await it.clock.advance(times.deathLinger - 1);
    assert.equal(it.unheld.length, 0);
    await it.clock.advance(1);
    assert.deepEqual(it.unheld.map(claimText), ['lan x']);
    it.unheld[0]?.done(true);
    assert.equal(it.clock.pending, 0);
  });

  test('O10: `always` is not for the dead', async () => {
    const it = await BookFixture.with('A', 'B');
    it.hold('A');
    it.hold('B');
    it.gone('A');
    await is(['false'], it.leave('B', { policy: 'always' }));
    await it.clock.advance(1e6);
    assert.equal(it.unheld.length, 0);
  });

  test('a client that is back within the grace has its holds again, and none that it does not declare', async () => {
    const it = await BookFixture.with('A');
    await it.up('A');
    it.hold('A', 'vpn');
    it.gone('A');
    await it.clock.advance(times.grace - 1);
    it.book.declare(client('A'), { ...nothing, holds: [{ accessPoint: 'vpn', sessions: [] }] });
    assert.deepEqual([it.holders(), it.holders('vpn')], ['', 'A']);
    assert.deepEqual(it.unheld.map(claimText), ['lan x'], 'it has left meanwhile');
    await it.clock.advance(1e6);
    assert.equal(it.holders('vpn'), 'A');
  });

  test('a window that was reloaded takes over what it held', async () => {
    const it = await BookFixture.with();
    it.book.declare(client('A', 'window'), nothing);
    it.book.declare(client('D', ''), nothing);
    it.hold('A');
    it.hold('D');
    it.book.bye(client('A').id);
    it.gone('A');
    it.gone('D');
    assert.equal(it.holders(), '(A) (D)');
    it.book.declare(client('B', 'window'), nothing);
    it.book.declare(client('E', ''), nothing);
    it.hold('B');
    it.hold('E');
    assert.equal(it.holders(), '(D) B E');
  });

  test('a window that is back before its death is known is counted once', async () => {
    const it = await BookFixture.with();
    it.book.declare(client('A', 'window'), nothing);
    it.hold('A');
    it.book.declare(client('B', 'window'), nothing);
    it.hold('B');
    assert.equal(it.holders(), 'A B');
    it.gone('A');
    assert.equal(it.holders(), 'B');
  });

  test('from a client that is gone nothing counts', async () => {
    const it = await BookFixture.with('A', 'B');
    await it.up('A');
    const stop = it.stop('A');
    it.gone('A');
    it.ended('A', 'stop');
    assert.deepEqual([it.claims, it.holders()], [['lan x'], '(A)']);
    await is(['true', 'cancelled'], stop, it.hold('A'));
  });

  test('O1: what is up as far as anybody knows is not started by who has not heard of it yet', async () => {
    const it = await BookFixture.with('A', 'B');
    await it.up('A');
    it.hold('B');
    const late = it.start('B');
    await is(['false'], late);
    await is(['true'], it.start('B', 'lan', 'x'));
  });

  test('O7: whoever holds it hears who is about to stop it, and when that comes to nothing', async () => {
    const it = await BookFixture.with('A', 'B');
    await it.up('A');
    it.hold('B');
    it.stop('A');
    assert.deepEqual(it.stopping, ['B lan by A']);
    it.ended('A', 'stop', { cause: 'refused' });
    assert.deepEqual(it.stopping.slice(1), ['B lan stays']);
    assert.equal(it.holders(), 'A B');
  });

  test('an operation that is declared is in force, unless there is another', async () => {
    const it = await BookFixture.with('A', 'B');
    it.hold('A');
    it.start('A');
    it.gone('A');
    const back: Declaration = {
      holds: [{ accessPoint: 'lan', sessions: [] }],
      claims: [{ accessPoint: 'lan', activation: undefined }],
      operations: [{ accessPoint: 'lan', kind: 'start' }],
    };
    it.book.declare(client('A'), back);
    it.hold('B');
    const start = it.start('B');
    await is(['waits'], start);
    it.gone('A');
    await it.inSight();
    await is(['true'], start);
    it.book.declare(client('A'), back);
    it.ended('A', 'start', { cause: 'noAddress' });
    const third = it.start('A');
    await is(['waits'], third);
    it.ended('B', 'start', { activation: 'x' });
    await is(['false'], third);
  });

  for (const [reason, then] of [
    ['leave', 'done'],
    ['clear', 'done'],
    ['stop', 'stoppedElsewhere'],
  ] as const) {
    test(`O3, O7: who waits for a stop that is declared anew waits on, unless it is a stop() (${reason})`, async () => {
      const it = await BookFixture.with('B');
      it.book.declare(client('A'), { ...nothing, operations: [{ accessPoint: 'lan', kind: reason }] });
      const hold = it.hold('B');
      await is(['waits'], hold);
      it.ended('A', 'stop');
      await is([then], hold);
    });
  }

  test('O6: a start of a client that is back and does not hold it any more is undone', async () => {
    const it = await BookFixture.with('A');
    it.hold('A');
    it.start('A');
    it.gone('A');
    it.book.declare(client('A'), { ...nothing, operations: [{ accessPoint: 'lan', kind: 'start' }] });
    it.shows('x');
    await it.inSight();
    await it.inSight();
    assert.deepEqual(it.unheld.map(claimText), ['lan x']);
  });

  test('B4: who is told goodbye has no request left', async () => {
    const it = await BookFixture.with('A', 'B');
    it.hold('A');
    it.hold('B');
    it.start('A');
    const start = it.start('B');
    it.gone('B');
    await is(['cancelled'], start);
    const second = it.stop('A');
    const third = it.stop('A');
    it.book.dispose();
    await is(['true', 'ledgerSilent'], second, third);
    assert.equal(it.clock.pending, 0);
  });
});

suite('the book: a new leader', () => {
  const former = async (): Promise<Snapshot> => {
    const it = await BookFixture.with('A', 'B');
    await it.up('A');
    it.hold('B');
    return it.book.snapshot();
  };
  const holding: Declaration = { ...nothing, holds: [{ accessPoint: 'lan', sessions: [] }] };

  test('B3: answers nothing before the former clients are back', async () => {
    const it = new BookFixture({ snapshot: await former() });
    assert.equal(it.holders(), '(A) (B)');
    it.book.declare(client('A'), holding);
    const leave = it.leave('A', { activation: 'x' });
    await is(['waits'], leave);
    it.book.declare(client('B'), holding);
    await is(['false'], leave);
    await it.clock.advance(times.quiet);
    assert.equal(it.clock.pending, 0);
  });

  test('B3: or before their time is over; those who do not come keep their hold for the grace', async () => {
    const it = new BookFixture({ snapshot: await former() });
    it.book.declare(client('A'), holding);
    const leave = it.leave('A', { activation: 'x' });
    await it.clock.advance(times.settle - 1);
    await is(['waits'], leave);
    await it.clock.advance(1);
    await is(['false'], leave);
    await it.clock.advance(times.grace + times.deathLinger - times.settle);
    assert.deepEqual(it.unheld.map(claimText), ['lan x']);
  });

  test('B3: who leaves while another waits to hold is not the last', async () => {
    const it = new BookFixture({ claims: [{ accessPoint: 'lan', activation: 'x' }] });
    it.book.declare(client('A'), holding);
    it.book.declare(client('B'), nothing);
    const asked = [it.leave('A', { activation: 'x' }), it.hold('B')];
    await it.clock.advance(times.settle);
    await is(['false', 'done'], ...asked);
    assert.equal(it.unheld.length, 0);
  });

  test('B3: what is only on disk is stopped after grace and linger', async () => {
    const it = new BookFixture({ claims: [{ accessPoint: 'lan', activation: 'x' }] });
    await it.clock.advance(times.grace + times.deathLinger - 1);
    assert.equal(it.unheld.length, 0);
    await it.clock.advance(1);
    assert.deepEqual(it.unheld.map(claimText), ['lan x']);
  });

  test('B3: only the disk says that a start was cut off: what windows have heard may be older', async () => {
    const nameless = (accessPoint: string) => ({ accessPoint, activation: undefined, since: 0 });
    const it = new BookFixture({ claims: [nameless('lan')] });
    it.book.declare(client('A'), { holds: [], claims: [nameless('lan'), nameless('wifi')], operations: [] });
    assert.deepEqual(it.claims, ['lan ?']);
    await it.inSight();
    assert.deepEqual(it.claims, [], 'nothing came of it');
  });

  test('a start that its client has left before it began is not ours', async () => {
    const it = new BookFixture({ claims: [] });
    for (const letter of ['A', 'B']) {
      it.book.declare(client(letter), holding);
    }
    await it.clock.advance(times.settle);
    await is(['true'], it.start('A'));
    await is(['false'], it.leave('A'));
    assert.deepEqual(it.book.snapshot().claims.map(claimText), ['lan ?']);
    it.ended('A', 'start', { cause: 'ledgerSilent' });
    assert.deepEqual(it.book.snapshot().claims, []);
  });

  test('B3: a start that has failed is not ours, although the leader before has not heard of it', () => {
    const cutOff = { accessPoint: 'lan', activation: undefined, starter: client('A').id };
    const it = new BookFixture({ claims: [cutOff] });
    for (const letter of ['A', 'B']) {
      it.book.declare(client(letter), { ...nothing, claims: [cutOff] });
    }
    it.ended('B', 'start', { cause: 'noAddress' });
    assert.deepEqual(it.claims, ['lan ?'], 'that was another one');
    it.ended('A', 'start', { cause: 'noAddress' });
    assert.deepEqual(it.claims, []);
  });

  test('B3: nothing unheld is stopped before the quiet time is over, but for the rescue', async () => {
    const claims = [{ accessPoint: 'lan', activation: 'x' }];
    const quiet = new BookFixture({ claims });
    quiet.book.declare(client('A'), holding);
    quiet.leave('A', { activation: 'x', linger: 10 });
    await quiet.clock.advance(times.quiet - 1);
    assert.deepEqual(quiet.unheld, []);
    await quiet.clock.advance(1);
    assert.deepEqual(quiet.unheld.map(claimText), ['lan x']);

    const rescue = new BookFixture({ claims });
    rescue.book.declare(client('A'), holding);
    void rescue.book.releaseAll(client('A').id);
    await rescue.clock.advance(times.settle);
    assert.deepEqual(rescue.unheld.map(claimText), ['lan x']);
  });

  test('B3: what is ours stands on the disk; where that cannot be read, whoever knows of it says so', async () => {
    const snapshot: Snapshot = { ...(await former()), claims: [{ accessPoint: 'lan', activation: 'x' }] };
    const told = (claims: BookBefore['claims']) => {
      const it = new BookFixture({ snapshot, claims });
      it.book.declare(client('A'), {
        ...holding,
        claims: [
          { accessPoint: 'wifi', activation: 'w' },
          { accessPoint: 'lan', activation: 'other' },
          { accessPoint: 'vpn', activation: 'v', isOwn: true },
        ],
      });
      return it.claims.toSorted();
    };
    assert.deepEqual(told(undefined), ['lan x', 'vpn v', 'wifi w']);
    assert.deepEqual(told([{ accessPoint: 'wifi', activation: 'z' }]), ['vpn v', 'wifi z']);
    assert.deepEqual(told([]), ['vpn v'], 'what was let go since is not ours again');
  });
});

suite('the book: bounds', () => {
  test('a client has so many holds, and there are so many clients', async () => {
    const it = await BookFixture.with('A');
    for (let index = 0; index < bounds.holdsOfClient; index++) {
      it.hold('A', `ap${index}`);
    }
    await is(['done', 'tooManyHeld'], it.hold('A', 'ap3'), it.hold('A', 'one more'));
    await is(['false', 'done'], it.leave('A', { accessPoint: 'ap4' }), it.hold('A', 'one more'));
    for (let index = 1; index < bounds.clients; index++) {
      it.book.declare(client(String.fromCodePoint(0x100 + index)), nothing);
    }
    assert.throws(() => it.book.declare(client('Z'), nothing), /more than 64: clients/);
    it.book.declare(client('A'), nothing);
  });

  test('O5a: there are so many claims: the start that would be one more is refused, and what comes up nevertheless is not ours', async () => {
    const it = await BookFixture.with('A');
    const claims = Array.from({ length: bounds.claims - 1 }, (_, index) => ({
      accessPoint: `${index}`,
      activation: 'x',
    }));
    it.book.declare(client('B'), { ...nothing, claims });
    await it.up('A', 'x', 'the last one');
    await is(['done', 'tooManyHeld'], it.hold('A'), it.start('A'));
    await is(['done', 'true'], it.hold('A', '7'), it.start('A', '7', 'x'));
    it.ended('A', 'start', { activation: 'y' });
    it.book.claim(client('A').id, 'lan', 'y');
    it.book.declare(client('C'), { ...nothing, claims: [{ accessPoint: 'lan', activation: 'y', isOwn: true }] });
    const written = it.written.at(-1) ?? [];
    assert.equal(written.length, bounds.claims);
    assert.ok(written.every(({ accessPoint }) => accessPoint !== 'lan'));
    assert.equal(parseClaims(JSON.parse(JSON.stringify(written))).length, bounds.claims);
    assert.deepEqual([it.holders(), it.holders('the last one')], ['A', 'A']);
    await is(
      ['false', 'true'],
      it.leave('A', { activation: 'y' }),
      it.leave('A', { accessPoint: 'the last one', activation: 'x' }),
    );
    it.book.ended(client('A').id, { accessPoint: 'the last one', kind: 'stop' });
    await is(['done', 'true'], it.hold('A'), it.start('A'));
  });

  test('a client has so many requests without an answer', async () => {
    const it = new BookFixture();
    it.book.declare(client('A'), nothing);
    const asked = Array.from({ length: bounds.requestsOfClient + 1 }, () => it.stop('A'));
    assert.equal((await states(...asked)).at(-1), 'more than 1024: requestsOfClient');
  });

  test('names of access points that objects have are names like others', async () => {
    const it = await BookFixture.with('A');
    for (const accessPoint of ['__proto__', 'constructor', 'toString']) {
      await it.up('A', 'x', accessPoint);
      assert.equal(it.holders(accessPoint), 'A');
    }
    assert.deepEqual(it.claims, ['__proto__ x', 'constructor x', 'toString x']);
  });

  test('the snapshot changes with what it tells, and is not longer than a message', async () => {
    const it = await BookFixture.with('A');
    await it.up('A');
    const changes = it.changes;
    const sessions = Array.from({ length: bounds.sessionsOfHold }, (_, id) => ({
      id,
      reason: 'r'.repeat(255),
      since: id,
    }));
    for (let index = 0; index < 20; index++) {
      it.hold('A', `ap${index}`);
      it.book.sessions(client('A').id, `ap${index}`, sessions);
    }
    assert.ok(it.changes > changes);
    const snapshot = it.book.snapshot();
    assert.ok(JSON.stringify(snapshot).length < bounds.message);
    assert.equal(snapshot.holds.length, 21);
    const detail = snapshot.holds.at(-1)?.detail;
    assert.ok(detail && detail.sessions.length > 1);
    assert.equal(detail.sessions.at(-1)?.id, 63, 'the newest are told');
  });
});
