import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { type ChannelBounds, channelBounds, type RequestFailure, SocketChannel } from '../../../src/broker/channel.js';
import { frameOf } from '../../../src/broker/framing.js';
import { Malformed, OutOfBounds, Refusal } from '../../../src/broker/messages.js';
import { silentLogger } from '../../../src/engine/index.js';
import { duplexPair } from '../../fixtures/duplexPair.js';
import { settled, TestClock } from '../../fixtures/testClock.js';

suite('a channel between two windows', () => {
  let clock: TestClock;
  let warnings: string[];
  let one: SocketChannel;
  let socket: Duplex;
  let otherSocket: Duplex;

  setup(() => {
    clock = new TestClock();
    warnings = [];
    [socket, otherSocket] = duplexPair();
    one = channel(socket);
  });
  teardown(() => {
    one.close();
    otherSocket.destroy();
  });

  const channel = (over: Duplex, bounds: Partial<ChannelBounds> = {}) =>
    new SocketChannel(over, {
      clock,
      logger: { ...silentLogger, warn: (message) => warnings.push(message) },
      bounds: { ...channelBounds, ...bounds },
    });
  const isClosed = (each: SocketChannel) => new Promise<void>((resolve) => each.onDidClose(() => resolve()));
  const say = (value: unknown) => otherSocket.write(frameOf(value) ?? assert.fail());
  const request = (id: number, method = 'hold', params: object = {}) => ({ jsonrpc: '2.0', id, method, params });

  test('requests are answered in both directions, and no timer is left', async () => {
    const other = channel(otherSocket);
    one.onRequest(async (method, params) => ({ method, params }));
    other.onRequest(async () => undefined);
    assert.deepEqual(await other.request('hold', { accessPoint: 'Café ☕' }, 3000), {
      method: 'hold',
      params: { accessPoint: 'Café ☕' },
    });
    assert.deepEqual(await one.request('hold', {}, 3000), {});
    assert.equal(clock.pending, 0);
  });

  test('notifications and requests come in the order in which they were sent', async () => {
    const other = channel(otherSocket);
    const heard: unknown[] = [];
    one.onNotification((method) => heard.push(method));
    one.onRequest(async (method) => {
      heard.push(method);
      return {};
    });
    other.notify('a', {});
    const answered = other.request('b', {}, 3000);
    other.notify('c', {});
    const last = other.request('d', {}, 3000);
    await Promise.all([answered, last]);
    assert.deepEqual(heard, ['a', 'b', 'c', 'd']);
  });

  test('what was sent before there was a handler is not missed', async () => {
    const other = channel(otherSocket);
    const answered = other.request('hold', {}, 3000);
    await settled();
    await settled();
    one.onRequest(async () => ({ heard: true }));
    assert.deepEqual(await answered, { heard: true });
  });

  test('who refuses gives a cause; what else goes wrong is told to nobody but the log', async () => {
    const other = channel(otherSocket);
    one.onRequest(async (method) => {
      throw method === 'start' ? new Refusal({ code: 'timedOut', seconds: 3 }) : new Error('secret');
    });
    await assert.rejects(other.request('start', {}, 3000), (error: RequestFailure) => {
      assert.equal(error.trouble, 'refused');
      assert.deepEqual(error.cause, { code: 'timedOut', seconds: 3 });
      return true;
    });
    await assert.rejects(other.request('stop', {}, 3000), (error: RequestFailure) => {
      assert.equal(error.trouble, 'failed');
      assert.ok(!error.message.includes('secret'));
      return true;
    });
    assert.ok(!one.isClosed);
  });

  test('a request that is not answered ends in time, and a late answer does no harm', async () => {
    const other = channel(otherSocket);
    let answer = () => {};
    one.onRequest(async (method) => {
      await (method === 'slow' && new Promise<void>((resolve) => (answer = resolve)));
      return {};
    });
    const failed = assert.rejects(other.request('slow', {}, 3000), {
      trouble: 'timedOut',
      message: 'the other window has not answered within 3 s',
    });
    await clock.advance(3000);
    await failed;
    answer();
    assert.deepEqual(await other.request('quick', {}, 3000), {});
    assert.equal(clock.pending, 0);
  });

  test('when it is closed what waits ends, and both sides are told once', async () => {
    const other = channel(otherSocket);
    let told = 0;
    one.onDidClose(() => told++);
    one.onRequest(() => new Promise(() => {}));
    const failed = assert.rejects(other.request('hold', {}, 3000), { trouble: 'closed' });
    const ended = Promise.all([isClosed(one), isClosed(other)]);
    other.close();
    await failed;
    await ended;
    one.close();
    other.close();
    assert.equal(told, 1);
    assert.equal(clock.pending, 0);
    await assert.rejects(other.request('hold', {}, 3000), { trouble: 'closed' });
    other.notify('bye', {});
    assert.ok(socket.destroyed && otherSocket.destroyed);
  });

  test('what was said last still arrives', async () => {
    const other = channel(otherSocket);
    const heard = new Promise((resolve) => one.onNotification(resolve));
    other.notify('bye', {});
    other.close();
    assert.equal(await heard, 'bye');
  });

  for (const [how, end] of [
    ['who closes it', () => one.close()],
    ['who cuts it off for what it said last', () => undefined],
  ] as const) {
    test(`${how} in the moment in which the other side has gone is told that it is closed, once`, async () => {
      const heard: string[] = [];
      one.onNotification((method) => {
        heard.push(method);
        if (method === 'b') {
          throw new Malformed('of no known shape');
        }
      });
      let ends = 0;
      one.onDidClose(() => ends++);
      const ended = isClosed(one);
      const unread = new Promise<number>((resolve) =>
        socket.once('close', () => {
          resolve(3 - heard.length);
          end();
        }),
      );
      for (const method of ['a', 'b', 'c']) {
        say({ jsonrpc: '2.0', method, params: {} });
      }
      otherSocket.destroy();
      assert.ok((await unread) > 0);
      await ended;
      await settled();
      assert.equal(ends, 1);
    });
  }

  test('it is closed in the end although the other side does not read', async () => {
    one.notify('snapshot', { text: 'x'.repeat(60_000) });
    one.notify('snapshot', { text: 'x'.repeat(60_000) });
    const ended = isClosed(one);
    one.close();
    await settled();
    assert.ok(!socket.destroyed);
    await clock.advance(3000);
    await ended;
    assert.ok(socket.destroyed);
    assert.equal(clock.pending, 0);
  });

  test('a message that is too large is not sent, and the channel lives on', async () => {
    const other = channel(otherSocket);
    one.onRequest(async (method) => ({ text: method === 'large' ? 'x'.repeat(65_536) : '' }));
    await assert.rejects(other.request('hold', { text: 'x'.repeat(65_536) }, 3000), { trouble: 'notSent' });
    await assert.rejects(other.request('large', {}, 3000), { trouble: 'notSent' });
    assert.deepEqual(await other.request('hold', {}, 3000), { text: '' });
    assert.equal(clock.pending, 0);
  });

  test('one that does not read hears the newest when it does', async () => {
    for (let index = 0; index < 100; index++) {
      one.notifyLatest('snapshot', { index, text: 'x'.repeat(30_000) });
    }
    assert.ok(socket.writableLength < 400_000);
    const other = channel(otherSocket);
    const heard: number[] = [];
    await new Promise<void>((resolve) =>
      other.onNotification((_, params) => {
        heard.push((params as { index: number }).index);
        if (heard.at(-1) === 99) {
          resolve();
        }
      }),
    );
    assert.ok(heard.length < 15, String(heard));
    assert.deepEqual(
      heard,
      [...heard].sort((a, b) => a - b),
    );
  });

  test('one that reads nothing at all is cut off before it fills the memory', async () => {
    const short = channel(duplexPair()[0], { unread: 100_000 });
    const ended = isClosed(short);
    for (let index = 0; index < 10; index++) {
      short.notify('snapshot', { text: 'x'.repeat(30_000) });
    }
    await ended;
    assert.match(warnings[0] ?? '', /does not read/);
  });

  test('one that asks and asks and reads no answer is cut off too', async () => {
    const [first, second] = duplexPair();
    const short = channel(first, { unread: 100_000 });
    short.onRequest(async () => ({ text: 'x'.repeat(10_000) }));
    const ended = isClosed(short);
    for (let id = 0; !short.isClosed; id++) {
      second.write(frameOf(request(id)) ?? '');
      await settled();
    }
    await ended;
    assert.match(warnings[0] ?? '', /does not read/);
  });

  suite('cuts off who', () => {
    const bytes = (text: string) => Buffer.from(text);
    const framed = (text: string) => bytes(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
    for (const [what, said] of Object.entries({
      'says no header': bytes('hello\r\n\r\n'),
      'sends a header without end': bytes('x'.repeat(1024)),
      'sends a gigantic header': bytes(`Content-Length: 2\r\nX: ${'x'.repeat(100_000)}\r\n\r\n{}`),
      'sends two headers': bytes('Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}'),
      'announces more than is allowed': bytes('Content-Length: 65537\r\n\r\n'),
      'announces a number beyond all': bytes('Content-Length: 99999999999999999999\r\n\r\n'),
      'announces less than nothing': bytes('Content-Length: -1\r\n\r\n'),
      'announces nothing': bytes('Content-Length: 0\r\n\r\n'),
      'sends no JSON': framed('{'),
      'sends a list of messages': framed(JSON.stringify([request(1)])),
      'sends brackets without end': framed('['.repeat(60_000)),
      'sends another version': framed(JSON.stringify({ ...request(1), jsonrpc: '1.0' })),
      'numbers a request by text': framed(JSON.stringify({ ...request(1), id: 'one' })),
      'numbers a request by nothing': framed(JSON.stringify({ ...request(1), id: null })),
      'gives parameters by position': framed(JSON.stringify({ ...request(1), params: [1] })),
      'gives no parameters': framed(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'hold' })),
      'cancels what is not there': framed(JSON.stringify({ jsonrpc: '2.0', method: '$/cancelRequest', params: {} })),
      'switches on the trace': framed(
        JSON.stringify({ jsonrpc: '2.0', method: '$/setTrace', params: { value: 'verbose' } }),
      ),
      'answers what nobody asked': framed(JSON.stringify({ jsonrpc: '2.0', id: 0, result: {} })),
      'answers nothing with an error': framed(
        JSON.stringify({ jsonrpc: '2.0', id: 7, error: { code: 1, message: '' } }),
      ),
      'sends neither request nor answer': framed(JSON.stringify({ jsonrpc: '2.0' })),
      'uses a number twice': Buffer.concat([framed(JSON.stringify(request(1))), framed(JSON.stringify(request(1)))]),
    })) {
      test(what, async () => {
        one.onRequest(async () => ({}));
        one.onNotification(() => {});
        const ended = isClosed(one);
        otherSocket.resume();
        otherSocket.write(said);
        await ended;
        assert.equal(warnings.length, 1);
        assert.ok(socket.destroyed);
        assert.equal(clock.pending, 0);
      });
    }

    for (const [what, error] of Object.entries({
      'sends parameters that are not what they should be': new Malformed('accessPoint: a text expected'),
      'wants more than there is for one': new OutOfBounds('holdsOfClient'),
    })) {
      test(what, async () => {
        one.onRequest(async () => {
          throw error;
        });
        one.onNotification(() => {
          throw error;
        });
        const ended = isClosed(one);
        say(request(1));
        await ended;
        assert.match(warnings[0] ?? '', new RegExp(error.message));
      });
    }

    test('leaves too many requests without reading the answers, or asks too much at once', async () => {
      one.onRequest(() => new Promise(() => {}));
      const ended = isClosed(one);
      for (let id = 0; id <= channelBounds.requests; id++) {
        say(request(id));
      }
      await ended;
      assert.match(warnings[0] ?? '', /too many requests/);
    });

    test('says too much in a second', async () => {
      const [first, second] = duplexPair();
      const few = channel(first, { notifications: 100 });
      let heard = 0;
      few.onNotification(() => heard++);
      const tell = () => second.write(frameOf({ jsonrpc: '2.0', method: 'lost', params: {} }) ?? '');
      for (let second = 0; second < 2; second++) {
        for (let index = 0; index < 100; index++) {
          tell();
        }
        while (heard < 100 * (second + 1)) {
          await settled();
        }
        await clock.advance(1000);
      }
      assert.ok(!few.isClosed);
      const ended = isClosed(few);
      for (let index = 0; index <= 100; index++) {
        tell();
      }
      await ended;
    });
  });

  test('a flood is taken only as fast as it is handled', async () => {
    let heard = 0;
    let most = 0;
    const frame = frameOf({ jsonrpc: '2.0', method: 'lost', params: {} }) ?? assert.fail();
    let sent = 0;
    one.onNotification(() => {
      heard++;
      most = Math.max(
        most,
        sent - heard - otherSocket.writableLength / frame.length - socket.readableLength / frame.length,
      );
    });
    for (; sent < 5000; sent++) {
      if (!otherSocket.write(frame)) {
        await once(otherSocket, 'drain');
      }
    }
    while (heard < sent) {
      await settled();
    }
    assert.ok(most < 2000, `${most} were read and not handled`);
    assert.ok(!one.isClosed);
  });

  test('a message may come in any pieces', async () => {
    const other = frameOf(request(0, 'hold', { accessPoint: 'Café' })) ?? assert.fail();
    const next = frameOf(request(1)) ?? assert.fail();
    const all = Buffer.concat([other, next]);
    const heard: unknown[] = [];
    const both = new Promise<void>((resolve) =>
      one.onRequest(async (_, params) => {
        heard.push(params);
        if (heard.length === 2) {
          resolve();
        }
        return {};
      }),
    );
    for (const byte of all) {
      otherSocket.write(Buffer.from([byte]));
    }
    await both;
    assert.deepEqual(heard, [{ accessPoint: 'Café' }, {}]);
  });
});
