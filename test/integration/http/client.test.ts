// Connections, requests and their ends: what POCO's HTTPSession and HTTPClientSession do, line by line.
import assert from 'node:assert/strict';
import { getEventListeners, once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import tls from 'node:tls';
import {
  ByteReader,
  HttpAbortedError,
  HttpClientSession,
  HttpSessionClosedError,
  type HttpSessionOptions,
  HttpTimeoutError,
} from '../../../src/http/index.js';
import { certificateFor, trusting } from '../../fixtures/certificate.js';
import { ok, pause, reset, Stage, until } from '../../fixtures/httpServers.js';
import { NameServer } from '../../fixtures/nameServer.js';

suite('HTTP client session', () => {
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
  const get = async (session: HttpClientSession, path = '/') => (await session.request(path)).text();

  suite('connection', () => {
    test('is made at the first request and used again, in the order of the calls', async () => {
      const server = await stage.http((request, response) => response.end(request.url));
      const session = client(server.origin);
      assert.equal(session.connected, false);
      await pause(5);
      assert.equal(server.connections.length, 0);
      const answers = await Promise.all(['/a', '/b', '/c'].map((path) => get(session, path)));
      assert.deepEqual(answers, ['/a', '/b', '/c']);
      assert.deepEqual(
        server.requests.map(({ url }) => url),
        ['/a', '/b', '/c'],
      );
      assert.equal(server.connections.length, 1);
      assert.equal(session.connected, true);
    });

    test('the receive time-out can be read, and stays as it was given (POCO: getTimeout)', () => {
      const options = { connect: 50, receive: 70 };
      const session = client('http://127.0.0.1:9', { timeout: options });
      options.receive = 1;
      const times = [session, client('http://127.0.0.1:9', { timeout: 80 }), client('http://127.0.0.1:9')];
      assert.deepEqual(
        times.map(({ timeout }) => timeout),
        [70, 80, 60_000],
      );
    });

    test('keep-alive needs no field of its own; keepAlive false says close and closes', async () => {
      const server = await stage.raw((socket) => socket.write(ok()));
      const session = client(server.origin, { keepAlive: false });
      await get(session);
      await get(session);
      assert.equal(server.connections.length, 2);
      assert.match(server.requests[0]!.head, /\r\nconnection: close/i);
      await until(() => !session.connected);
      session.keepAlive = true;
      assert.equal(session.keepAlive, true);
      await get(session);
      await get(session);
      assert.equal(server.connections.length, 3);
      assert.doesNotMatch(server.requests[3]!.head, /connection: close/i);
    });

    test('Host names the port unless it is the one of the scheme, and can be given', async () => {
      const server = await stage.raw((socket) => socket.write(ok()));
      const session = client(server.origin);
      await get(session);
      await (await session.request('/', { headers: { Host: 'other.example' } })).text();
      assert.match(server.requests[0]!.head, new RegExp(`\\r\\nhost: 127.0.0.1:${server.port}(\\r\\n|$)`, 'i'));
      assert.match(server.requests[1]!.head, /\r\nhost: other\.example(\r\n|$)/i);
    });

    test('https: kept alive, with 100-continue and upgrades, and closed to those whom nobody trusts', async () => {
      const certificate = certificateFor('127.0.0.1.example');
      const server = https.createServer(certificate, (request, response) => request.pipe(response));
      server.on('upgrade', (_, socket) => {
        socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\nhello');
      });
      const { connections, port } = await stage.serve(server);
      const names = await NameServer.start({ 's.example': { 4: ['127.0.0.1'] } });
      stage.onEnd(() => names.close());
      const network = { interfaceName: 'lo', localAddress4: '127.0.0.9', dnsServers: [names.address] };
      const tls = { ca: certificate.cert, servername: '127.0.0.1.example' };
      const session = client(`https://s.example:${port}`, { network, tls });
      for (const body of ['one', 'two']) {
        assert.equal(await (await session.request('/', { method: 'POST', body })).text(), body);
      }
      assert.equal(connections.length, 1);
      assert.ok(session.bytesReceived > 1000, 'with TLS');
      const asked = await session.request('/', { method: 'PUT', body: 'three', expectContinue: true });
      assert.deepEqual([await asked.text(), asked.continued], ['three', true]);
      const { socket } = await session.upgrade('/', 'echo');
      assert.equal((await new ByteReader(socket).read(5)).toString(), 'hello');
      socket.destroy();
      const strangers = client(`https://s.example:${port}`, { network, tls: { ca: certificate.cert } });
      await assert.rejects(strangers.request('/'), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
      const nobody = client(`https://s.example:${port}`, { network });
      await assert.rejects(nobody.request('/'), { code: /SELF_SIGNED|UNABLE_TO/ });
    });

    test('https: certificates of the system are read once, not for each connection', async () => {
      const certificate = certificateFor('s.example');
      const server = await stage.serve(https.createServer(certificate, (_, response) => response.end('x')));
      const names = await NameServer.start({ 's.example': { 4: ['127.0.0.1'] } });
      stage.onEnd(() => names.close());
      const network = { interfaceName: 'lo', localAddress4: '127.0.0.9', dnsServers: [names.address] };
      const options = { network, keepAlive: false };
      const { createSecureContext } = tls;
      let made = 0;
      const counting = (given?: tls.SecureContextOptions) => {
        made += Number(Array.isArray(given?.ca) && given.ca.length > 100);
        return createSecureContext(given);
      };
      Object.assign(tls, { createSecureContext: counting });
      try {
        await trusting(certificate, async () => {
          for (const own of [
            {},
            { tls: { ALPNProtocols: ['http/1.1'] } },
            { tls: { minVersion: 'TLSv1.3' as const } },
          ]) {
            const session = client(`https://s.example:${server.port}`, { ...options, ...own });
            await get(session);
            await get(session);
          }
        });
      } finally {
        Object.assign(tls, { createSecureContext });
      }
      assert.deepEqual([made, server.connections.length], [2, 6]);
      const nobody = client(`https://s.example:${server.port}`, options);
      await assert.rejects(nobody.request('/'), { code: /SELF_SIGNED|UNABLE_TO/ });
    });

    test('is not connected any more once the peer has closed', async () => {
      const server = await stage.raw((socket) => socket.write(ok()));
      const session = client(server.origin);
      await get(session);
      assert.ok(session.connected);
      server.connections[0]!.end();
      await until(() => !session.connected);
    });

    test('a connection that the peer closed while idle is noticed, and the next request, POST too, uses a new one', async () => {
      const server = await stage.raw((socket) => socket.write(ok()));
      const session = client(server.origin);
      await get(session);
      server.connections[0]!.end();
      await until(() => !session.connected);
      const response = await session.request('/', { method: 'POST', body: 'x' });
      assert.equal(await response.text(), 'ok');
      assert.equal(server.connections.length, 2);
    });

    test('one that the peer closes in the instant of sending: GET is sent again, POST is not', async () => {
      const server = await stage.raw((socket, { number, connection }) =>
        number === 2 && connection < 3 ? socket.destroy() : socket.write(ok(String(connection))),
      );
      const session = client(server.origin);
      const replays: string[] = [];
      session.onDidReplay(({ method }) => replays.push(method));
      await get(session);
      assert.equal(await get(session), '2');
      await assert.rejects(session.request('/', { method: 'POST', body: 'x' }), { code: 'UND_ERR_SOCKET' });
      assert.deepEqual(replays, ['GET']);
      assert.equal(server.requests.length, 4);
    });

    test('after a reset while idle every method goes over a new connection', async () => {
      const server = await stage.raw((socket) => socket.write(ok()));
      const session = client(server.origin);
      for (const [round, method] of ['GET', 'POST'].entries()) {
        await get(session);
        reset(server.connections[round]!);
        const response = await session.request('/', method === 'POST' ? { method, body: 'x' } : {});
        assert.equal(await response.text(), 'ok');
      }
    });

    test('an idle connection is not used after the keep-alive time-out', async () => {
      const server = await stage.raw((socket) => socket.write(ok()));
      const session = client(server.origin, { keepAliveTimeout: 60 });
      await get(session);
      await pause(20);
      await get(session);
      assert.equal(server.connections.length, 1);
      await until(() => !session.connected);
      await get(session);
      assert.equal(server.connections.length, 2);
      assert.equal(server.open(), 1);
    });

    test('a server may shorten the keep-alive time-out, and not lengthen it', async () => {
      let hint = 'timeout=1';
      const server = await stage.raw((socket) => socket.write(ok('ok', `Keep-Alive: ${hint}\r\n`)));
      const session = client(server.origin, { keepAliveTimeout: 100 });
      await get(session);
      await until(() => !session.connected);
      hint = 'timeout=600';
      await get(session);
      assert.ok(session.connected);
      await until(() => !session.connected);
    });

    test('Connection: close, or HTTP/1.0 without keep-alive, ends it', async () => {
      const answers = [
        ok('a', 'Connection: close\r\n'),
        'HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nb',
        'HTTP/1.0 200 OK\r\nContent-Length: 1\r\nConnection: keep-alive\r\n\r\nc',
        ok('d'),
      ];
      const server = await stage.raw((socket) => socket.write(answers.shift()!));
      const session = client(server.origin);
      const bodies: string[] = [];
      for (let turn = 0; turn < 4; turn++) {
        bodies.push(await get(session));
      }
      assert.deepEqual(bodies, ['a', 'b', 'c', 'd']);
      assert.equal(server.connections.length, 3);
    });

    test('is told of, each time', async () => {
      const server = await stage.raw((socket) => socket.write(ok('ok', 'Connection: close\r\n')));
      const session = client(server.origin);
      const ports: unknown[] = [];
      session.onDidConnect((socket) => ports.push(socket.remotePort));
      await get(session);
      await get(session);
      assert.deepEqual(ports, [server.port, server.port]);
    });

    test('does not keep a process alive while idle', async () => {
      const server = await stage.raw((socket) => socket.write(ok()));
      const session = client(server.origin);
      const socket = once(session.onDidConnect as never, 'never').catch(() => undefined);
      void socket;
      let connection: { hasRef?: () => boolean } | undefined;
      session.onDidConnect((made) => {
        connection = (made as unknown as { _handle: { hasRef: () => boolean } })._handle;
      });
      await get(session);
      await pause(5);
      assert.equal(connection?.hasRef?.(), false);
    });
  });

  suite('time-outs', () => {
    test('nothing received within the receive time-out, before the head and in the body', async () => {
      const server = await stage.raw((socket, { head }) => {
        if (head.includes('/body')) {
          socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc');
        }
      });
      const session = client(server.origin, { timeout: { receive: 60 } });
      await assert.rejects(session.request('/'), (error: HttpTimeoutError) => {
        assert.ok(error instanceof HttpTimeoutError);
        assert.deepEqual([error.code, error.phase, error.name], ['ETIMEDOUT', 'receive', 'TimeoutError']);
        return true;
      });
      assert.equal(session.connected, false);
      const response = await session.request('/body');
      await assert.rejects(response.text(), { code: 'ETIMEDOUT', phase: 'receive' });
    });

    test('bytes that come begin the receive time-out anew', async () => {
      const server = await stage.raw((socket) => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n');
        let sent = 0;
        const drip = setInterval(() => {
          socket.write('x');
          if (++sent === 6) {
            clearInterval(drip);
          }
        }, 30);
      });
      const session = client(server.origin, { timeout: { receive: 100 } });
      assert.equal(await get(session), 'xxxxxx');
    });

    test('one number is both time-outs; they are fixed when the session is made', async () => {
      const server = await stage.raw(() => {});
      const options = { timeout: 50 };
      const session = client(server.origin, options);
      options.timeout = 60_000;
      await assert.rejects(session.request('/'), { code: 'ETIMEDOUT' });
    });

    test('a stalled upload is a receive time-out; a slow producer is none', async () => {
      const server = await stage.serve(
        http.createServer((request, response) => {
          if (request.url === '/read') {
            request.resume().on('end', () => response.end('read'));
          }
        }),
      );
      const session = client(server.origin, { timeout: { receive: 80 } });
      const slow = async function* () {
        yield 'a';
        await pause(250);
        yield 'b';
      };
      const read = await session.request('/read', { method: 'POST', body: slow() });
      assert.equal(await read.text(), 'read');
      const endless = async function* () {
        for (;;) {
          yield Buffer.alloc(256 * 1024);
        }
      };
      await assert.rejects(session.request('/stall', { method: 'POST', body: endless() }), { code: 'ETIMEDOUT' });
    });

    test('a request as a whole, wherever it is', async () => {
      const server = await stage.raw((socket, { head }) => {
        if (head.includes('/body')) {
          socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc');
        }
      });
      const session = client(server.origin);
      await assert.rejects(session.request('/', { timeout: 30 }), { code: 'ETIMEDOUT', phase: 'request' });
      const response = await session.request('/body', { timeout: 60 });
      await assert.rejects(response.text(), { code: 'ETIMEDOUT', phase: 'request' });
    });

    test('no connection within the connect time-out', async () => {
      // TLS that is never answered.
      const server = await stage.raw(() => {});
      const session = client(server.origin.replace('http', 'https'), { timeout: { connect: 50 } });
      await assert.rejects(session.request('/'), { code: 'ETIMEDOUT', phase: 'connect' });
      await until(() => server.open() === 0);
    });
  });

  suite('ends', () => {
    test('a failed connect is an error of the session, until an answer comes', async () => {
      const server = await stage.http((_, response) => response.end('ok'));
      const port = server.port;
      const session = client(`http://127.0.0.1:${port}`);
      const closed = client('http://127.0.0.1:9');
      await assert.rejects(closed.request('/'), { code: 'ECONNREFUSED' });
      assert.equal((closed.networkError as NodeJS.ErrnoException).code, 'ECONNREFUSED');
      assert.equal(session.networkError, undefined);
      await get(session);
      assert.equal(session.networkError, undefined);
    });

    test('a name that nobody knows is ENOTFOUND', async () => {
      await assert.rejects(client('http://nobody.invalid').request('/'), (error: NodeJS.ErrnoException) =>
        /^(ENOTFOUND|EAI_AGAIN)$/.test(error.code ?? ''),
      );
    });

    test('abort ends what is under way and what waits, and may be called at any time', async () => {
      const server = await stage.raw(() => {});
      const session = client(server.origin);
      session.abort();
      const pending = [session.request('/1'), session.request('/2', { method: 'POST', body: 'x' })];
      const failed = Promise.all(
        pending.map((each) => assert.rejects(each, { name: 'AbortError', code: 'ECONNABORTED' })),
      );
      await until(() => server.requests.length === 1);
      session.abort();
      session.abort();
      await failed;
      assert.equal(session.connected, false);
      await until(() => server.open() === 0);
      const other = await stage.raw((socket) => socket.write(ok()));
      assert.equal(await get(client(other.origin)), 'ok');
    });

    test('reset ends the connection; the next request makes another', async () => {
      const server = await stage.raw((socket, { head }) => head.includes('/hang') || socket.write(ok()));
      const session = client(server.origin);
      await get(session);
      session.reset();
      assert.equal(session.connected, false);
      await get(session);
      assert.equal(server.connections.length, 2);
      const hanging = assert.rejects(session.request('/hang'), { code: 'ECONNABORTED' });
      await until(() => server.requests.length === 3);
      session.reset();
      await hanging;
      assert.equal(await get(session), 'ok');
    });

    test('a signal ends one request, whatever it waits for, and no other', async () => {
      const server = await stage.raw((socket, { head }) => {
        if (head.includes('/body')) {
          socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc');
        } else if (!head.includes('/hang')) {
          socket.write(ok());
        }
      });
      const session = client(server.origin);
      const [one, two, three] = [new AbortController(), new AbortController(), new AbortController()];
      const hanging = session.request('/hang', { signal: one.signal });
      const queued = session.request('/queued', { signal: two.signal });
      const last = get(session, '/last');
      two.abort(new Error('not this one'));
      await assert.rejects(queued, { message: 'not this one' });
      await until(() => server.requests.length === 1);
      one.abort();
      await assert.rejects(hanging, { name: 'AbortError' });
      assert.equal(await last, 'ok');
      assert.ok(!server.requests.some(({ head }) => head.includes('/queued')));
      const response = await session.request('/body', { signal: three.signal });
      three.abort();
      await assert.rejects(response.text(), { name: 'AbortError' });
      await assert.rejects(session.request('/', { signal: AbortSignal.abort() }), { name: 'AbortError' });
    });

    test('a queued request that is aborted costs the ones before it nothing', async () => {
      const server = await stage.raw((socket, { head }) => {
        setTimeout(() => socket.write(ok()), head.includes('/slow') ? 30 : 0);
      });
      const session = client(server.origin);
      const slow = session.request('/slow', { method: 'POST', body: 'x' });
      const queued = session.request('/queued', { signal: AbortSignal.timeout(5) });
      await assert.rejects(queued);
      await (await slow).text();
      await get(session);
      assert.equal(server.connections.length, 1);
      assert.equal(server.requests.filter(({ head }) => head.startsWith('POST')).length, 1);
    });

    test('close waits for what is under way, and takes no more', async () => {
      const server = await stage.http((_, response) => setTimeout(() => response.end('late'), 20));
      const session = client(server.origin);
      const under = get(session);
      const closed = session.close();
      await assert.rejects(session.request('/'), (error) => error instanceof HttpSessionClosedError);
      assert.equal(await under, 'late');
      await closed;
      await until(() => server.open() === 0);
      await session.close();
      {
        await using other = client(server.origin);
        await get(other);
      }
      await until(() => server.open() === 0);
    });

    test('dispose does not wait', async () => {
      const server = await stage.raw(() => {});
      const session = client(server.origin);
      const failed = assert.rejects(session.request('/'), (error) => error instanceof HttpAbortedError);
      await until(() => server.requests.length === 1);
      session.dispose();
      await failed;
    });
  });

  suite('what is given', () => {
    test('data of the caller lives as long as the session', () => {
      const session = client('http://127.0.0.1:9');
      assert.equal(session.data, undefined);
      session.data = { any: 'thing' };
      session.reset();
      assert.deepEqual(session.data, { any: 'thing' });
    });

    test('origin and proxy are the session, and cannot be set afterwards', async () => {
      const server = await stage.raw((socket) => socket.write(ok()));
      const session = client(server.origin);
      assert.equal(session.origin.href, `${server.origin}/`);
      assert.ok(!('proxy' in session));
      session.origin.port = '9';
      assert.equal(await get(session), 'ok');
    });

    test('what cannot be meant is refused at once', async () => {
      for (const origin of ['ftp://a', 'http://', 'a', 'http://u:p@a', 'http://a/b', 'http://a?b', 'http://a#b']) {
        assert.throws(() => new HttpClientSession(origin), TypeError, origin);
      }
      const options: readonly object[] = [
        { timeout: 0 },
        { timeout: { receive: Number.NaN } },
        { timeout: { connect: 2 ** 31 } },
        { pipelining: 0 },
        { keepAliveTimeout: -1 },
        { queue: { limit: 0.5 } },
        { replay: { maxAttempts: -1 } },
        { proxy: { host: '', port: 1 } },
        { proxy: { host: 'a', port: 0 } },
        { proxy: { host: 'a', port: 1, username: 'a:b' } },
        { proxy: { host: 'a', port: 1, nonProxyHosts: '(' } },
        { proxy: { host: 'a', port: 1, authorization: 'a\r\nb' } },
      ];
      for (const each of options) {
        assert.throws(() => new HttpClientSession('http://a', each), TypeError, JSON.stringify(each));
      }
      const session = client('http://127.0.0.1:9');
      const requests: readonly [string, object][] = [
        ['x', {}],
        ['*', {}],
        ['/', { method: 'CONNECT' }],
        ['/', { body: 1 }],
        ['/', { headers: 'a: b' }],
        ['/', { headers: { a: {} } }],
        ['/', { timeout: 0 }],
        ['/', { expectContinue: -1 }],
      ];
      for (const [path, init] of requests) {
        const { signal } = new AbortController();
        await assert.rejects(session.request(path, { ...init, signal }), TypeError, `${path} ${JSON.stringify(init)}`);
        assert.deepEqual(getEventListeners(signal, 'abort'), []);
      }
    });

    test('what would be another request is never sent', async () => {
      const server = await stage.raw((socket) => socket.write(ok()));
      const [session, plain] = [client(server.origin), client(server.origin)];
      plain.speakPlainly();
      const bad: readonly [string, object][] = [
        ['/a b', {}],
        ['/a\r\nx: y', {}],
        ['/', { method: 'GET /x HTTP/1.1\r\n' }],
        ['/', { headers: { 'a\r\nb': 'c' } }],
        ['/', { headers: { a: 'b\r\nc: d' } }],
        ['/', { headers: { 'transfer-encoding': 'chunked' } }],
        ['/', { method: 'POST', body: 'x', headers: { 'transfer-encoding': 'chunked', 'content-length': '1' } }],
        ['/', { headers: { 'content-length': '-1' } }],
        ['/', { method: 'POST', body: 'x', headers: { 'content-length': ['1', '9'] } }],
        ['/', { method: 'POST', body: 'x', headers: { 'content-length': '1, 9' } }],
        ['/', { method: 'POST', body: 'x', headers: { 'content-length': '+1' } }],
        ['/', { headers: { host: ['a', 'b'] } }],
        ['/', { headers: { upgrade: 'echo', connection: 'upgrade' } }],
        ['/', { headers: { connection: 'x-forwarded-for' } }],
        ['/', { headers: { expect: '100-continue' } }],
        ['/', { headers: { 'keep-alive': 'timeout=9' } }],
      ];
      for (const [path, init] of bad) {
        for (const each of [session, plain]) {
          await assert.rejects(each.request(path, init), Error, `${path} ${JSON.stringify(init)}`);
          if (!('method' in init)) {
            await assert.rejects(each.upgrade(path, 'echo', init), Error, `${path} ${JSON.stringify(init)}`);
          }
        }
      }
      await assert.rejects(session.connect('a:1\r\nx: y'), Error);
      await assert.rejects(session.upgrade('/', 'a\r\nb: c'), Error);
      assert.equal(server.requests.length, 0);
      await get(session);
      await get(plain);
    });
  });
});
