// The server side of a connection, against our own client, node:http's and curl.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { promisify } from 'node:util';
import { ByteReader, HttpClientSession, type HttpExchange, HttpServerSession } from '../../../src/http/index.js';
import { say, serveSessions } from '../../fixtures/httpServerSessions.js';
import { pause, Stage, until } from '../../fixtures/httpServers.js';
import { TestClock } from '../../fixtures/testClock.js';

const execute = promisify(execFile);

suite('HTTP server session', () => {
  let stage: Stage;
  setup(() => {
    stage = new Stage();
  });
  teardown(() => stage.end());

  const serve = (...given: Parameters<typeof serveSessions> extends [Stage, ...infer Rest] ? Rest : never) =>
    serveSessions(stage, ...given);
  const echo = async ({ request, response }: HttpExchange) => {
    let body = '';
    for await (const chunk of request) {
      body += chunk;
    }
    response.end(`${request.method} ${request.url} ${body}`);
  };
  function client(origin: string): HttpClientSession {
    const session = new HttpClientSession(origin);
    stage.onEnd(() => session.dispose());
    return session;
  }
  test('gives the requests of a connection in order, with their bodies; the loop ends with the client', async () => {
    const server = await serve(echo);
    const session = client(server.origin);
    for (const number of [1, 2, 3]) {
      const response = await session.request(`/${number}`, { method: 'POST', body: `body ${number}` });
      assert.equal(await response.text(), `POST /${number} body ${number}`);
    }
    assert.equal(server.connections.length, 1);
    assert.equal(server.ended.length, 0);
    session.reset();
    await until(() => server.ended.length === 1);
  });

  test('sees all fields of a request, the last of many too', async () => {
    const server = await serve(({ request, response }) => response.end(String(request.headers['last'])));
    const { all } = await say(stage, server.port, `GET / HTTP/1.0\r\n${'a:\r\n'.repeat(2_500)}Last: one\r\n\r\n`);
    assert.match(await all, /\r\n\r\none$/);
  });

  test('answers curl, with keep-alive, 100-continue and chunks', async () => {
    const server = await serve(async (exchange) => {
      if (exchange.expectsContinue) {
        exchange.response.writeContinue();
      }
      await echo(exchange);
    });
    const curl = async (...args: string[]) => (await execute('curl', ['-sS', '-m', '5', ...args])).stdout;
    assert.equal(await curl(`${server.origin}/a`, `${server.origin}/b`), 'GET /a GET /b ');
    assert.equal(server.connections.length, 1);
    assert.equal(await curl('-d', 'x=1', `${server.origin}/c`), 'POST /c x=1');
    assert.equal(await curl('-H', 'Expect: 100-continue', '-d', 'y=2', `${server.origin}/d`), 'POST /d y=2');
    assert.equal(await curl('-H', 'Transfer-Encoding: chunked', '-d', 'z=3', `${server.origin}/e`), 'POST /e z=3');
    assert.equal(await curl('-0', `${server.origin}/f`), 'GET /f ');
    assert.match(await curl('-I', `${server.origin}/g`), /^HTTP\/1\.1 200 OK\r\n/);
    const few = await serve(echo, { maxKeepAliveRequests: 2 });
    assert.equal(await curl(...['/1', '/2', '/3'].map((path) => few.origin + path)), 'GET /1 GET /2 GET /3 ');
    assert.equal(few.connections.length, 2);
  });

  test('the last request that is allowed says close, and the connection closes', async () => {
    const could: boolean[] = [];
    const server = await serve(
      (exchange, session) => {
        could.push(session.canKeepAlive);
        return echo(exchange);
      },
      { maxKeepAliveRequests: 2 },
    );
    const request = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
    const { all } = await say(stage, server.port, request);
    await until(() => could.length === 1);
    server.sessions[0]!.data = 'mine';
    const more = await say(stage, server.port, request.repeat(4));
    const heard = await more.all;
    assert.equal(heard.match(/HTTP\/1\.1 200/g)?.length, 2);
    assert.equal(heard.match(/connection: close/gi)?.length, 1);
    assert.deepEqual(
      server.sessions.map(({ data }) => data),
      ['mine', undefined],
    );
    assert.equal(could.length, 3);
    assert.equal(could[0], true);
    server.sessions[0]!.keepAlive = false;
    assert.equal(server.sessions[0]!.canKeepAlive, false);
    server.sessions[0]!.abort();
    server.sessions[0]!.abort();
    await all;
    assert.equal(server.sessions[1]!.canKeepAlive, false);
  });

  test('without keep-alive there is one request', async () => {
    const server = await serve(echo, { keepAlive: false });
    const { all } = await say(stage, server.port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    assert.match(await all, /\r\nconnection: close/i);
    await until(() => server.ended.length === 1);
  });

  test('the time-out for the first request, and for a head that never ends', async () => {
    const server = await serve(echo, { timeout: 60 });
    const silent = await say(stage, server.port, '');
    const drip = await say(stage, server.port, 'GET / HTTP/1.1\r\n');
    const timer = setInterval(() => drip.socket.write('X: y\r\n'), 15);
    // Who writes on to a connection that was ended may be told so by a reset.
    const dripped = drip.all.catch((error: NodeJS.ErrnoException) => assert.equal(error.code, 'ECONNRESET'));
    await Promise.all([silent.all, dripped]);
    clearInterval(timer);
    await until(() => server.ended.length === 2);
  });

  test('the time-out for a further head that never ends', async () => {
    const clock = new TestClock();
    const server = await serve(echo, { clock, timeout: 20_000, keepAliveTimeout: 30_000 });
    const { socket, all } = await say(stage, server.port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await once(socket, 'data');
    socket.write('GET / HTTP/1.1\r\nX: ');
    await clock.advance(20_000);
    await clock.advance(29_999);
    assert.equal(server.connections[0]!.destroyed, false);
    await clock.advance(1);
    assert.match(await all, /^HTTP\/1\.1 200/);
    await until(() => server.ended.length === 1);
    assert.equal(clock.pending, 0);
  });

  test('an answer takes as long as it takes, and an upgrade that nobody has taken yet', async () => {
    const clock = new TestClock();
    const exchanges: HttpExchange[] = [];
    const server = await serve(
      (exchange) => {
        exchanges.push(exchange);
        return new Promise((resolve) => exchange.response.once('close', resolve));
      },
      { clock },
    );
    const [{ all }] = [await say(stage, server.port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n')];
    await say(stage, server.port, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n');
    await until(() => exchanges.length === 2);
    for (let minutes = 0; minutes < 10; minutes++) {
      await clock.advance(60_000);
    }
    assert.equal(server.open(), 2);
    exchanges[0]!.response.setHeader('connection', 'close').end('late');
    assert.match(await all, /late$/);
  });

  test('the time-out for further requests', async () => {
    const server = await serve(echo, { keepAliveTimeout: 60 });
    const { all } = await say(stage, server.port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    assert.match(await all, /^HTTP\/1\.1 200/);
    await until(() => server.ended.length === 1);
  });

  test('a time-out is for the client, not for whoever answers', async () => {
    const server = await serve(
      async ({ request, response }) => {
        request.resume();
        await pause(150);
        if (request.url === '/big') {
          response.write(Buffer.alloc(8_000_000));
          await pause(2000);
        }
        response.end('late');
      },
      { timeout: 60 },
    );
    assert.equal(await (await client(server.origin).request('/')).text(), 'late');
    const stalled = await say(stage, server.port, 'GET /big HTTP/1.1\r\nHost: a\r\n\r\n');
    stalled.socket.pause();
    await until(() => server.connections.at(-1)!.destroyed);
  });

  test('no timer is left by a connection', async () => {
    const clock = new TestClock();
    const server = await serve(echo, { clock });
    const { socket } = await say(stage, server.port, '');
    await until(() => server.sessions.length === 1);
    assert.equal(clock.pending, 1);
    socket.destroy();
    await until(() => clock.pending === 0);
  });

  test('a client that closes without a request ends the loop, and is no request', async () => {
    let requests = 0;
    const server = await serve(() => requests++);
    const { socket } = await say(stage, server.port, '');
    socket.end();
    await until(() => server.ended.length === 1);
    assert.equal(requests, 0);
  });

  test('malformed requests are answered 400 or 431, and end the connection', async () => {
    let requests = 0;
    const server = await serve(() => requests++);
    const cases: readonly [string, RegExp][] = [
      ['rubbish\r\n\r\n', /^HTTP\/1\.1 400 /],
      ['GET / HTTP/1.1\r\nno colon\r\n\r\n', /^HTTP\/1\.1 400 /],
      ['GET / HTTP/1.1\r\n\r\n', /^HTTP\/1\.1 400 /],
      // What one server takes for one request and another for two.
      ...[
        'Content-Length: 1\r\nTransfer-Encoding: chunked',
        'Transfer-Encoding: chunked\r\nContent-Length: 1',
        'Content-Length: 1\r\nContent-Length: 2',
        'Content-Length: +1',
        'Content-Length: 0x1',
        'Content-Length: 1, 1',
        'Content-Length : 1',
        'Transfer-Encoding: chunked, identity',
        'Transfer-Encoding: xchunked',
        'Transfer-Encoding : chunked',
        'X: y\rTransfer-Encoding: chunked',
        'X: y\nTransfer-Encoding: chunked',
      ].map((fields): [string, RegExp] => [`POST / HTTP/1.1\r\nHost: a\r\n${fields}\r\n\r\n`, /^HTTP\/1\.1 400 /]),
      [`GET / HTTP/1.1\r\nX: ${'x'.repeat(70_000)}\r\n\r\n`, /^HTTP\/1\.1 431 |^$/],
    ];
    for (const [text, expected] of cases) {
      const { all } = await say(stage, server.port, text);
      assert.match(await all, expected, text.slice(0, 40));
    }
    await until(() => server.ended.length === cases.length);
    assert.equal(requests, 0);
  });

  test('a malformed body is an error of the request that is read', async () => {
    const errors: unknown[] = [];
    const server = await serve(async ({ request }) => {
      try {
        for await (const _ of request) {
        }
      } catch (error) {
        errors.push(error);
      }
    });
    const { all } = await say(
      stage,
      server.port,
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n',
    );
    await all;
    await until(() => server.ended.length === 1);
    assert.equal(errors.length, 1);
  });

  test('addresses of both sides, IPv4 by an IPv6 socket unwrapped', async () => {
    const server = await serve(echo, {}, '::');
    const four = net.connect(server.port, '127.0.0.1');
    stage.onEnd(() => four.destroy());
    await until(() => server.sessions.length === 1);
    const [session] = server.sessions;
    assert.deepEqual(
      [session!.clientAddress.address, session!.clientAddress.family, session!.clientAddress.port],
      ['127.0.0.1', 'ipv4', four.localPort],
    );
    assert.deepEqual([session!.serverAddress.address, session!.serverAddress.port], ['127.0.0.1', server.port]);
  });

  test('an upgrade is detached with all that had come', async () => {
    const server = await serve(async (exchange, session) => {
      if (!exchange.isUpgrade) {
        await echo(exchange);
        return;
      }
      exchange.response.writeHead(101, { Connection: 'Upgrade', Upgrade: 'echo' });
      exchange.response.end();
      const { socket, head } = session.detachSocket();
      assert.equal(session.canKeepAlive, false);
      socket.write(head);
      socket.pipe(socket);
    });
    const session = client(server.origin);
    assert.equal(await (await session.request('/')).text(), 'GET / ');
    const { socket } = await session.upgrade('/', 'echo');
    stage.onEnd(() => socket.destroy());
    const reader = new ByteReader(socket);
    socket.write('hello');
    assert.equal((await reader.read(10)).toString(), 'hello');
    const early = await say(
      stage,
      server.port,
      'GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\nearly',
    );
    let heard = '';
    early.socket.on('data', (chunk) => (heard += chunk.toString()));
    await until(() => heard.endsWith('early'));
    assert.equal(server.ended.length, 2);
  });

  test('a tunnel, and an upgrade that nobody takes', async () => {
    const server = await serve(async ({ request, response, isUpgrade }, session) => {
      if (request.method === 'CONNECT') {
        response.writeHead(200).end();
        const { socket } = session.detachSocket();
        socket.end('tunnel');
      } else {
        response.end(String(isUpgrade));
      }
    });
    const session = client(server.origin);
    const { socket } = await session.connect('a.example:1');
    assert.equal((await new ByteReader(socket).read(10)).toString(), 'tunnel');
    await assert.rejects(session.upgrade('/', 'echo'), { status: 200 });
    await until(() => server.open() === 0);
  });

  test('only what asked for it is detached', async () => {
    const errors: unknown[] = [];
    const server = await serve(async (exchange, session) => {
      try {
        session.detachSocket();
      } catch (error) {
        errors.push(error);
      }
      await echo(exchange);
    });
    await (await client(server.origin).request('/')).text();
    assert.equal(errors.length, 1);
  });

  test('leaving the loop ends the connection', async () => {
    const server = await stage.serve(
      net.createServer(async (socket) => {
        for await (const _ of new HttpServerSession(socket)) {
          break;
        }
      }),
    );
    const { all } = await say(stage, server.port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    assert.equal(await all, '');
  });

  test('requests that nobody takes are not read without end', async () => {
    const server = await stage.serve(
      net.createServer((socket) => {
        new HttpServerSession(socket);
      }),
    );
    const { socket } = await say(stage, server.port, '');
    const request = Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(2000));
    let sent = 0;
    while (socket.write(request) && sent++ < 1000) {
      await pause(0);
    }
    await pause(100);
    assert.ok(socket.writableNeedDrain, 'it is held back');
  });

  test('what cannot be meant is refused', () => {
    for (const options of [{ timeout: 0 }, { keepAliveTimeout: 0.5 }, { maxKeepAliveRequests: -1 }]) {
      assert.throws(() => new HttpServerSession(new net.Socket(), options), TypeError);
    }
  });
});
