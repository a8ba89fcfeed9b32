// Connections that are taken out of a session, and reading them byte by byte.
import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import {
  ByteReader,
  HttpClientSession,
  type HttpSessionOptions,
  UpgradeRefusedError,
} from '../../../src/http/index.js';
import { ok, pause, Stage, until } from '../../fixtures/httpServers.js';

suite('HTTP detach', () => {
  let stage: Stage;
  setup(() => {
    stage = new Stage();
  });
  teardown(() => stage.end());

  function client(origin: string, options: HttpSessionOptions = {}): HttpClientSession {
    const session = new HttpClientSession(origin, options);
    stage.onEnd(() => session.dispose());
    return session;
  }
  const switching = (after = '') =>
    `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\nX-A: 1\r\n\r\n${after}`;

  test('an upgrade gives the socket with all that had come, and the session goes on', async () => {
    const server = await stage.raw((socket, { head }) => {
      if (!head.includes('/echo')) {
        socket.write(ok());
        return;
      }
      socket.removeAllListeners('data');
      socket.write(switching('read ahead'));
      socket.on('data', (chunk) => socket.write(`echo ${chunk.toString()}`));
    });
    const session = client(server.origin);
    assert.equal(await (await session.request('/')).text(), 'ok');
    const { status, headers, socket } = await session.upgrade('/echo', 'echo', { headers: { 'X-B': '2' } });
    stage.onEnd(() => socket.destroy());
    assert.deepEqual([status, headers.get('x-a')], [101, '1']);
    assert.match(server.requests[1]!.head, /\r\nupgrade: echo/i);
    assert.match(server.requests[1]!.head, /\r\nconnection: upgrade/i);
    assert.match(server.requests[1]!.head, /\r\nx-b: 2/i);
    const reader = new ByteReader(socket);
    assert.equal((await reader.read(100)).toString(), 'read ahead');
    socket.write('hello');
    assert.equal((await reader.read(100)).toString(), 'echo hello');
    assert.equal(await (await session.request('/')).text(), 'ok');
    // It is the caller's: the session's end is not its end.
    session.dispose();
    socket.write('again');
    assert.equal((await reader.read(100)).toString(), 'echo again');
  });

  test('a refused upgrade tells its status', async () => {
    const server = await stage.raw((socket) => socket.write('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n'));
    await assert.rejects(client(server.origin).upgrade('/', 'echo'), (error: UpgradeRefusedError) => {
      assert.ok(error instanceof UpgradeRefusedError);
      assert.equal(error.status, 403);
      return true;
    });
    await until(() => server.open() === 0);
  });

  test('CONNECT gives a tunnel, or tells why not', async () => {
    const server = await stage.raw((socket, { head }) =>
      socket.write(head.includes('good') ? 'HTTP/1.1 200 OK\r\n\r\nhi' : 'HTTP/1.1 502 Bad Gateway\r\n\r\n'),
    );
    const session = client(server.origin);
    const { status, socket } = await session.connect('good.example:443');
    stage.onEnd(() => socket.destroy());
    assert.equal(status, 200);
    assert.match(server.requests[0]!.head, /^CONNECT good\.example:443 HTTP\/1\.1\r\n/);
    assert.match(server.requests[0]!.head, /\r\nhost: good\.example:443/i);
    assert.equal((await new ByteReader(socket).read(2)).toString(), 'hi');
    await assert.rejects(session.connect('bad.example:443'), { code: 'ERR_UPGRADE_REFUSED', status: 502 });
  });

  test('has a time-out and a signal until the answer, and neither afterwards', async () => {
    let answer = '';
    const server = await stage.raw((socket) => answer && socket.write(answer));
    const session = client(server.origin, { timeout: { receive: 60 } });
    await assert.rejects(session.upgrade('/', 'echo'), { code: 'ETIMEDOUT', phase: 'receive' });
    await assert.rejects(session.upgrade('/', 'echo', { signal: AbortSignal.timeout(10) }), { name: 'TimeoutError' });
    await assert.rejects(session.upgrade('/', 'echo', { signal: AbortSignal.abort() }), { name: 'AbortError' });
    const under = [session.upgrade('/', 'echo'), session.connect('a:1')];
    const failed = Promise.all(under.map((each) => assert.rejects(each, { code: 'ECONNABORTED' })));
    await until(() => server.requests.length === 4);
    session.abort();
    await failed;
    await until(() => server.open() === 0);
    answer = switching();
    const { socket } = await session.upgrade('/', 'echo');
    await pause(120);
    assert.ok(!socket.destroyed);
    // A reset of a socket that nobody listens to does not end the process.
    server.connections.at(-1)!.resetAndDestroy();
    await until(() => socket.destroyed);
  });

  suite('byte reader', () => {
    test('get, peek, read, buffered and drain', async () => {
      const stream = new PassThrough();
      const reader = new ByteReader(stream);
      assert.equal(reader.drain().length, 0);
      stream.write(Buffer.from([0xff, 0, 1, 2, 3]));
      await pause(1);
      assert.equal(reader.buffered, 5);
      assert.equal(await reader.peek(), 0xff);
      assert.equal(await reader.get(), 0xff);
      assert.equal(await reader.get(), 0);
      assert.equal(reader.buffered, 3);
      assert.deepEqual([...(await reader.read(2))], [1, 2]);
      stream.write(Buffer.from([4, 5]));
      await pause(1);
      assert.equal(reader.buffered, 3);
      assert.deepEqual([...reader.drain()], [3, 4, 5]);
      assert.equal(reader.buffered, 0);
      assert.equal(reader.drain().length, 0);
      stream.end(Buffer.from([6]));
      assert.deepEqual([...(await reader.read(100))], [6]);
      assert.equal(await reader.peek(), undefined);
      assert.equal(await reader.get(), undefined);
      assert.equal((await reader.read(1)).length, 0);
      await assert.rejects(reader.read(0), TypeError);
    });

    test('waits for what comes, and rejects with the error of the connection', async () => {
      const stream = new PassThrough();
      const reader = new ByteReader(stream);
      const waiting = reader.get();
      setTimeout(() => stream.write('a'), 5);
      assert.equal(await waiting, 97);
      const failing = reader.get();
      stream.destroy(new Error('gone'));
      await assert.rejects(failing, { message: 'gone' });
      await assert.rejects(reader.peek(), { message: 'gone' });
      const closed = new PassThrough();
      closed.destroy();
      assert.equal(await new ByteReader(closed).get(), undefined);
    });

    test('leaves no listeners', async () => {
      const stream = new PassThrough();
      const reader = new ByteReader(stream);
      for (let turn = 0; turn < 30; turn++) {
        const waiting = reader.get();
        await pause(0);
        stream.write('a');
        await waiting;
      }
      assert.equal(
        stream.listenerCount('end') + stream.listenerCount('readable') + stream.listenerCount('error') < 10,
        true,
      );
    });
  });
});
