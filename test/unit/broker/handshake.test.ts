import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import {
  HandshakeFailure,
  type HandshakeOptions,
  introduce,
  type Proven,
  receive,
} from '../../../src/broker/handshake.js';
import { duplexPair } from '../../fixtures/duplexPair.js';
import { TestClock } from '../../fixtures/testClock.js';

const token = Buffer.alloc(32, 7);
const term = 42;

suite('the handshake of two windows', () => {
  let clock: TestClock;
  setup(() => {
    clock = new TestClock();
  });
  teardown(() => assert.equal(clock.pending, 0, 'no timer is left'));

  const options = (more: Partial<HandshakeOptions> = {}): HandshakeOptions => ({
    token,
    versions: [1],
    clock,
    random: randomBytes,
    limit: 3000,
    ...more,
  });
  const listener = (socket: Duplex, more: Partial<HandshakeOptions> = {}, isFull = false) =>
    receive(socket, { ...options(more), term, isFull: () => isFull });

  /** What comes of it on both sides: the trouble, or what they agree on. */
  async function outcomes(
    ours: Promise<Proven>,
    theirs: Promise<Proven>,
  ): Promise<readonly (Proven | { trouble: string; versions: readonly number[] })[]> {
    const all = await Promise.allSettled([ours, theirs]);
    return all.map((each) => {
      if (each.status === 'fulfilled') {
        return each.value;
      }
      assert.ok(each.reason instanceof HandshakeFailure, String(each.reason));
      const { trouble, versions } = each.reason;
      return { trouble, versions };
    });
  }

  test('both know the token: they agree on the version, and the sockets are left alone', async () => {
    const [one, other] = duplexPair();
    const agreed = { version: 2, term };
    const ends = await outcomes(
      listener(one, { versions: [1, 2, 4] }),
      introduce(other, options({ versions: [3, 2, 1] })),
    );
    assert.deepEqual(ends, [agreed, agreed]);
    for (const socket of [one, other]) {
      assert.ok(socket.isPaused() && !socket.destroyed);
      for (const event of ['data', 'close', 'error']) {
        assert.equal(socket.listenerCount(event), 0, event);
      }
    }
  });

  test('what follows the last line of the listener is for whoever reads on', async () => {
    const [one, other] = duplexPair();
    const introduced = introduce(other, options());
    await listener(one);
    one.write('and more');
    await introduced;
    other.resume();
    assert.equal(String((await once(other, 'data'))[0]), 'and more');
  });

  test('nobody with another token is let in, nor believed', async () => {
    const another = options({ token: Buffer.alloc(32, 8) });
    const [one, other] = duplexPair();
    assert.deepEqual(await outcomes(listener(one), introduce(other, another)), [
      { trouble: 'stranger', versions: [] },
      { trouble: 'token', versions: [] },
    ]);
    assert.ok(other.destroyed);
    if (!one.destroyed) {
      await once(one, 'close');
    }
  });

  test('a listener that only claims to be one is not believed', async () => {
    for (const lie of [
      { version: 1, term: 1, proof: 'a'.repeat(64) },
      { version: 1, term: 1 },
      { refused: 'version', versions: [9], proof: 'a'.repeat(64) },
      { refused: 'full', versions: [1], proof: '' },
    ]) {
      const [one, other] = duplexPair();
      const introduced = introduce(other, options());
      one.write(`${JSON.stringify({ nonce: 'a'.repeat(64) })}\n`);
      await once(one, 'data');
      one.write(`${JSON.stringify(lie)}\n`);
      await assert.rejects(introduced, { trouble: 'stranger' });
      assert.ok(other.destroyed);
    }
  });

  test('a proof cannot be sent back to who made it', async () => {
    // A stranger between two connections to the same listener, and one that plays listener to a window and mirrors it.
    const [one, other] = duplexPair();
    const listening = listener(one);
    const nonce = JSON.parse(String((await once(other, 'data'))[0])) as { nonce: string };
    const [third, fourth] = duplexPair();
    const introduced = introduce(fourth, options());
    third.write(`${JSON.stringify(nonce)}\n`);
    const answer = JSON.parse(String((await once(third, 'data'))[0])) as Record<string, unknown>;
    // The window's own proof is no proof of a listener.
    third.write(`${JSON.stringify({ version: 1, term: 1, proof: answer['proof'] })}\n`);
    await assert.rejects(introduced, { trouble: 'stranger' });
    // Nor is it one for other versions than it names.
    other.write(`${JSON.stringify({ ...answer, versions: [1, 2] })}\n`);
    await assert.rejects(listening, { trouble: 'stranger' });
  });

  test('windows without a version in common tell each other what they speak', async () => {
    for (const [listening, introducing] of [
      [[1], [2]],
      [[2, 3], [1]],
    ] as const) {
      const [one, other] = duplexPair();
      const ends = await outcomes(
        listener(one, { versions: listening }),
        introduce(other, options({ versions: introducing })),
      );
      assert.deepEqual(ends, [
        { trouble: 'version', versions: introducing },
        { trouble: 'version', versions: listening },
      ]);
    }
  });

  test('one that serves no more windows says so', async () => {
    const [one, other] = duplexPair();
    assert.deepEqual(await outcomes(listener(one, {}, true), introduce(other, options())), [
      { trouble: 'full', versions: [1] },
      { trouble: 'full', versions: [1] },
    ]);
  });

  test('half of it is given up in time', async () => {
    for (const said of ['', '{"versions":[1],', '{']) {
      const [one, other] = duplexPair();
      const listening = listener(one);
      other.write(said);
      other.resume();
      const failed = assert.rejects(listening, { trouble: 'timedOut' });
      await clock.advance(2999);
      assert.ok(!one.destroyed);
      await clock.advance(1);
      await failed;
      assert.ok(one.destroyed);
    }
    const [, other] = duplexPair();
    const failed = assert.rejects(introduce(other, options()), { trouble: 'timedOut' });
    await clock.advance(3000);
    await failed;
  });

  test('one that hangs up, before or in the middle, is lost', async () => {
    const [one, other] = duplexPair();
    const listening = listener(one);
    other.destroy();
    await assert.rejects(listening, { trouble: 'lost' });
    await assert.rejects(introduce(other, options()), { trouble: 'lost' });
  });

  const long = 'x'.repeat(2000);
  const good = { nonce: 'a'.repeat(64), versions: [1], proof: 'b'.repeat(64) };
  for (const [what, said] of Object.entries({
    'no JSON': 'GET / HTTP/1.1\r\n\r\n',
    'a number': '1\n',
    nothing: '\n',
    null: 'null\n',
    'a list': '[]\n',
    'an endless line': long,
    'a line that is too long': `${JSON.stringify({ ...good, more: long })}\n`,
    'a nonce that is too short': `${JSON.stringify({ ...good, nonce: 'ab' })}\n`,
    'no versions': `${JSON.stringify({ ...good, versions: [] })}\n`,
    'too many versions': `${JSON.stringify({ ...good, versions: Array.from({ length: 17 }, () => 1) })}\n`,
    'versions that are no numbers': `${JSON.stringify({ ...good, versions: ['1', {}] })}\n`,
    'half a number of a version': `${JSON.stringify({ ...good, versions: [1.5] })}\n`,
    'more than the one line': `${JSON.stringify(good)}\n{}`,
    'brackets without end': '['.repeat(1000),
    'not even text': Buffer.alloc(1023, 0xff),
  })) {
    test(`who says ${what} is turned away`, async () => {
      const [one, other] = duplexPair();
      const listening = listener(one);
      other.resume();
      other.write(said);
      other.write('\n');
      await assert.rejects(listening, { trouble: 'garbage' });
      assert.ok(one.destroyed);
      if (what !== 'more than the one line') {
        const [third, fourth] = duplexPair();
        const introduced = introduce(fourth, options());
        third.resume();
        third.write(said);
        third.write('\n');
        await assert.rejects(introduced, { trouble: 'garbage' });
      }
    });
  }
});
