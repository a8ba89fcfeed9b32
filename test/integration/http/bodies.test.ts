// Bodies both ways: what is whole is whole, and everything else is an error (POCO ends such streams as if they were whole).
import assert from 'node:assert/strict';
import {
  BodyTooLargeError,
  HttpClientSession,
  type HttpRequestInit,
  type HttpSessionOptions,
} from '../../../src/http/index.js';
import { ok, pause, reset, Stage, until } from '../../fixtures/httpServers.js';

const big = Buffer.alloc(3_000_000, 'abcdefghij');

suite('HTTP bodies', () => {
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

  /** Answers each request with the next of these, and closes after those that end with it. */
  const answering = (...answers: readonly { readonly bytes: string; readonly after?: 'close' | 'reset' }[]) => {
    const rest = [...answers];
    return stage.raw((socket) => {
      const { bytes, after } = rest.shift() ?? { bytes: ok() };
      socket.write(bytes, 'latin1', () => {
        if (after === 'close') {
          socket.end();
        } else if (after === 'reset') {
          setTimeout(() => reset(socket), 5);
        }
      });
    });
  };

  suite('received', () => {
    test('by Content-Length, in chunks with trailers, and up to the end of the connection', async () => {
      const server = await answering(
        { bytes: ok('length') },
        {
          bytes:
            'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n3;ext=1\r\nchu\r\n3\r\nnks\r\n0\r\nX-Sum: 6\r\n\r\n',
        },
        { bytes: 'HTTP/1.1 200 OK\r\n\r\nto the end', after: 'close' },
        { bytes: ok('') },
      );
      const session = client(server.origin);
      assert.equal(await (await session.request('/')).text(), 'length');
      const chunked = await session.request('/');
      assert.equal(await chunked.text(), 'chunks');
      assert.equal((await chunked.trailers).get('x-sum'), '6');
      const open = await session.request('/');
      assert.equal(await open.text(), 'to the end');
      assert.equal((await open.trailers).get('x-sum'), null);
      assert.equal(await (await session.request('/')).text(), '');
      assert.equal(server.connections.length, 2);
    });

    test('none for HEAD, 204 and 304, whatever their fields say; the connection stays', async () => {
      const server = await stage.raw((socket, { head }) => {
        socket.write(
          head.startsWith('HEAD')
            ? 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n'
            : head.includes('/204')
              ? 'HTTP/1.1 204 No Content\r\n\r\n'
              : head.includes('/304')
                ? 'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n'
                : ok(),
        );
      });
      const session = client(server.origin);
      const head = await session.request('/', { method: 'HEAD' });
      assert.equal(head.headers.get('content-length'), '5');
      assert.equal(await head.text(), '');
      for (const status of [204, 304]) {
        const response = await session.request(`/${status}`);
        assert.deepEqual([response.status, await response.text()], [status, '']);
      }
      assert.equal(await (await session.request('/')).text(), 'ok');
      assert.equal(server.connections.length, 1);
    });

    test('short, cut-off and malformed bodies are errors', async () => {
      const cases: readonly { readonly bytes: string; readonly after?: 'close' | 'reset'; readonly code: RegExp }[] = [
        { bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort', after: 'close', code: /UND_ERR|ECONNRESET/ },
        {
          bytes: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n',
          after: 'close',
          code: /UND_ERR|ECONNRESET|ERR_PROTOCOL/,
        },
        {
          bytes: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab',
          after: 'close',
          code: /UND_ERR|ECONNRESET|ERR_PROTOCOL/,
        },
        { bytes: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nabc\r\n', code: /ERR_PROTOCOL/ },
        {
          bytes: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nabc\r\n',
          code: /ERR_PROTOCOL/,
        },
        { bytes: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n', code: /ERR_PROTOCOL/ },
      ];
      for (const [{ code, ...answer }, isPlain] of cases.flatMap((each) => [
        [each, false] as const,
        [each, true] as const,
      ])) {
        const server = await answering(answer);
        const session = client(server.origin);
        if (isPlain) {
          session.speakPlainly();
        }
        // Head and fault may come at once.
        const failed = session.request('/').then((response) => response.text());
        await assert.rejects(failed, ({ code: got = '' }: NodeJS.ErrnoException) => code.test(got), answer.bytes);
        assert.ok(session.networkError, answer.bytes);
        await until(() => server.open() === 0);
        assert.equal(await (await session.request('/')).text(), 'ok');
        assert.equal(session.networkError, undefined);
      }
    });

    test('a reset in the middle is an error, after what had come', async () => {
      const server = await answering({ bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc', after: 'reset' });
      const session = client(server.origin);
      const got: string[] = [];
      await assert.rejects(
        async () => {
          for await (const chunk of await session.request('/')) {
            got.push(Buffer.from(chunk).toString());
          }
        },
        { code: 'ECONNRESET' },
      );
      assert.deepEqual(got, ['abc']);
      assert.equal((session.networkError as NodeJS.ErrnoException).code, 'ECONNRESET');
    });

    test('all bytes are bytes, 0xFF too', async () => {
      const every = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
      const server = await stage.http((_, response) => response.end(every));
      const body = await (await client(server.origin).request('/')).bytes();
      assert.deepEqual(Buffer.from(body), every);
    });

    test('as text without a byte order mark, and as JSON', async () => {
      const server = await stage.http((request, response) =>
        response.end(request.url === '/' ? '\ufeffä€😀' : '{"a":1}'),
      );
      const session = client(server.origin);
      assert.equal(await (await session.request('/')).text(), 'ä€😀');
      assert.deepEqual(await (await session.request('/j')).json(), { a: 1 });
      await assert.rejects((await session.request('/')).json(), SyntaxError);
    });

    test('once', async () => {
      const server = await stage.http((_, response) => response.end('x'));
      const response = await client(server.origin).request('/');
      await response.text();
      await assert.rejects(response.text(), TypeError);
      await assert.rejects(response.dump(), TypeError);
    });

    test('a slow reader holds the server back, and loses nothing', async () => {
      let isDone = false;
      const server = await stage.http((_, response) =>
        response.end(Buffer.concat(Array(6).fill(big)), () => (isDone = true)),
      );
      const session = client(server.origin);
      const response = await session.request('/');
      await pause(100);
      assert.ok(!isDone, 'it waits');
      assert.ok(session.bytesReceived < 8_000_000, `${session.bytesReceived} bytes`);
      let size = 0;
      for await (const chunk of response) {
        size += chunk.length;
      }
      assert.equal(size, 6 * big.length);
    });

    test('a slow reader is no receive time-out; nobody who reads is one', async () => {
      const server = await stage.http((_, response) => response.end(Buffer.concat([big, big])));
      const session = client(server.origin, { timeout: { receive: 300 } });
      const reading = (await session.request('/'))[Symbol.asyncIterator]();
      let size = (await reading.next()).value.length;
      await pause(700);
      for (let next = await reading.next(); next.done !== true; next = await reading.next()) {
        size += next.value.length;
      }
      assert.equal(size, 2 * big.length);
      const forgotten = await session.request('/');
      await until(() => server.open() === 0);
      await assert.rejects(forgotten.bytes(), { code: 'ERR_BODY_UNREAD' });
    });

    test('more than the caller wants is an error, and ends the connection', async () => {
      const server = await stage.http((_, response) => response.end(big));
      const session = client(server.origin);
      await assert.rejects((await session.request('/')).bytes(1000), (error) => error instanceof BodyTooLargeError);
      await until(() => server.open() === 0);
      assert.equal((await (await session.request('/')).bytes(big.length)).length, big.length);
    });

    test('not a byte is wanted: that is a limit too', async () => {
      const server = await stage.http((_, response) => {
        response.flushHeaders();
        setTimeout(() => response.end(big), 20);
      });
      const none = (await client(server.origin).request('/')).bytes(0);
      await assert.rejects(none, (error) => error instanceof BodyTooLargeError);
      await until(() => server.open() === 0);
    });

    test('leaving the loop early ends the connection; dump keeps it where the rest is short', async () => {
      const server = await stage.http((request, response) => response.end(request.url === '/big' ? big : 'small'));
      const session = client(server.origin);
      for await (const _ of await session.request('/big')) {
        break;
      }
      await until(() => server.open() === 0);
      await (await session.request('/')).dump();
      await (await session.request('/')).dump();
      assert.equal(server.connections.length, 2);
      await (await session.request('/big')).dump();
      await (await session.request('/')).text();
      assert.equal(server.connections.length, 3);
    });

    test('a body that nobody reads does not stand in the way of the next request', async () => {
      const server = await stage.http((request, response) =>
        response.end(request.url === '/' ? 'x'.repeat(200_000) : big),
      );
      const session = client(server.origin);
      const unread = await session.request('/');
      assert.equal((await session.request('/')).status, 200);
      assert.equal(server.connections.length, 1);
      assert.equal((await unread.bytes()).length, 200_000);
      const long = await session.request('/big');
      assert.equal((await session.request('/')).status, 200);
      assert.equal(server.connections.length, 2);
      await assert.rejects(long.bytes(), { code: 'ERR_BODY_UNREAD' });
    });
  });

  suite('heads', () => {
    const rejects = async (bytes: string, code: RegExp) => {
      for (const isPlain of [false, true]) {
        const server = await answering({ bytes });
        const session = client(server.origin);
        if (isPlain) {
          session.speakPlainly();
        }
        await assert.rejects(
          session.request('/'),
          ({ code: got = '' }: NodeJS.ErrnoException) => code.test(got),
          `${isPlain} ${bytes.slice(0, 60)}`,
        );
        await until(() => server.open() === 0);
      }
    };

    test('many and long fields are taken, up to 16 KiB', async () => {
      const many = Array.from({ length: 101 }, (_, number) => `X-${number}: ${number}\r\n`).join('');
      const server = await answering({ bytes: ok('a', many) }, { bytes: ok('b', `X: ${'x'.repeat(9000)}\r\n`) });
      const session = client(server.origin);
      assert.equal((await session.request('/')).headers.get('X-100'), '100');
      assert.equal((await session.request('/')).headers.get('x')?.length, 9000);
      const all = await answering({ bytes: ok('c', `${'a:\r\n'.repeat(2_500)}Last: one\r\n`) });
      const plain = client(all.origin);
      plain.speakPlainly();
      assert.equal((await plain.request('/')).headers.get('last'), 'one', 'by Node as well');
      await rejects(ok('c', `X: ${'x'.repeat(20_000)}\r\n`), /UND_ERR_HEADERS_OVERFLOW|HPE_HEADER_OVERFLOW/);
    });

    test('malformed ones are errors', async () => {
      await rejects('rubbish\r\n\r\n', /ERR_PROTOCOL/);
      await rejects('HTTP/1.1 2000 OK\r\n\r\n', /ERR_PROTOCOL/);
      await rejects('HTTP/9.9 200 OK\r\n\r\n', /ERR_PROTOCOL/);
      await rejects('HTTP/1.1 200 OK\r\nno colon\r\n\r\n', /ERR_PROTOCOL/);
      await rejects('HTTP/1.1 200 OK\r\n: nameless\r\n\r\n', /ERR_PROTOCOL/);
      await rejects('HTTP/1.1 200 OK\r\nA: b\r\n\x00\r\n\r\n', /ERR_PROTOCOL/);
      await rejects(
        'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
        /ERR_PROTOCOL|LENGTH_MISMATCH/,
      );
      await rejects('HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n', /ERR_PROTOCOL|LENGTH_MISMATCH/);
      await rejects(
        'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
        /ERR_PROTOCOL|LENGTH_MISMATCH/,
      );
      await rejects(
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n',
        /ERR_PROTOCOL|LENGTH_MISMATCH/,
      );
      await rejects(
        'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n',
        /ERR_PROTOCOL|ERR_UPGRADE_REFUSED/,
      );
    });

    test('the peer that says nothing and closes is an error, sent again once (POCO: NoMessageException)', async () => {
      const server = await stage.raw((socket) => socket.end());
      await assert.rejects(client(server.origin).request('/'), { code: 'UND_ERR_SOCKET' });
      assert.equal(server.requests.length, 2);
    });

    test('103 and others before the answer are passed over, and not taken for it', async () => {
      const server = await answering(
        { bytes: `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n${ok('final')}` },
        { bytes: ok('next') },
      );
      const session = client(server.origin);
      assert.equal(await (await session.request('/')).text(), 'final');
      assert.equal(await (await session.request('/')).text(), 'next');
      assert.equal(server.connections.length, 1);
    });

    test('RFC 9110 15.2: any number of 100 (Continue) that nobody has asked for is passed over, at a first POST too', async () => {
      const interim = 'HTTP/1.1 100 Continue\r\n\r\n';
      const server = await stage.raw((socket, { number }) =>
        socket.write(`${interim.repeat(200)}HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${ok(`answer ${number}`)}`),
      );
      const [session, asking] = [client(server.origin), client(server.origin)];
      const posted = await session.request('/', { method: 'POST', body: 'x' });
      assert.equal(await posted.text(), 'answer 1');
      assert.equal(await (await session.request('/')).text(), 'answer 2');
      assert.deepEqual([server.requests.length, server.connections.length], [2, 1]);
      const asked = await asking.request('/', { method: 'POST', body: 'x', expectContinue: true });
      assert.equal(await asked.text(), 'answer 1');
    });

    test('heads below 200 without end are an error', async () => {
      const server = await stage.raw((socket) => {
        const more = () => {
          while (socket.write('HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(100)) && !socket.destroyed) {}
        };
        socket.on('drain', more);
        more();
      });
      for (const expectContinue of [false, true]) {
        await assert.rejects(client(server.origin).request('/', { expectContinue }), { code: 'ERR_PROTOCOL' });
      }
    });

    test('RFC 9110 15: 000 to 099 are no status, and an error at once', async () => {
      for (const status of ['000', '001', '042', '099']) {
        await rejects(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`, /ERR_PROTOCOL/);
        const server = await answering({ bytes: `HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n` });
        const asking = client(server.origin, { timeout: { receive: 1000 } });
        const post = asking.request('/', { method: 'POST', body: 'x', expectContinue: 1 });
        await assert.rejects(post, { code: 'ERR_PROTOCOL' }, status);
      }
    });

    test('RFC 9110 5.5, RFC 9112 7: blanks around a value are no part of it', async () => {
      for (const [blank, isPlain] of [' ', '\t', ' \t '].flatMap((each) => [
        [each, false] as const,
        [each, true] as const,
      ])) {
        const server = await answering(
          { bytes: `HTTP/1.1 200 OK\r\nContent-Length:${blank}2${blank}\r\nA:${blank}b${blank}\r\n\r\nok` },
          { bytes: `HTTP/1.1 200 OK\r\nTransfer-Encoding:${blank}Chunked${blank}\r\n\r\n2\r\nok\r\n0\r\n\r\n` },
          { bytes: `HTTP/1.1 200 OK\r\nTransfer-Encoding: ,${blank}chunked,\r\n\r\n2\r\nok\r\n0\r\n\r\n` },
        );
        const session = client(server.origin);
        if (isPlain) {
          session.speakPlainly();
        }
        const sized = await session.request('/');
        assert.deepEqual([sized.headers.get('a'), sized.headers.get('content-length')], ['b', '2']);
        assert.equal(await sized.text(), 'ok');
        assert.equal(await (await session.request('/')).text(), 'ok');
        assert.equal(await (await session.request('/')).text(), 'ok');
        assert.equal(server.connections.length, isPlain ? 3 : 1);
      }
    });

    test('RFC 9112 2.2: half a line end ends no line', async () => {
      await rejects('HTTP/1.1 200 OK\r\rContent-Length: 0\r\n\r\n', /ERR_PROTOCOL/);
      await rejects('HTTP/1.1 200 OK\r\r\nContent-Length: 0\r\n\r\n', /ERR_PROTOCOL/);
      await rejects('HTTP/1.1 200 OK\r\nA: b\r\r\nContent-Length: 0\r\n\r\n', /ERR_PROTOCOL/);
      await rejects('HTTP/1.1 200 OK\r\nContent-Length: 0\r\r\r\n', /ERR_PROTOCOL/);
      await rejects('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\r', /ERR_PROTOCOL/);
      await rejects('HTTP/1.1 200 OK\nContent-Length: 0\n\n', /ERR_PROTOCOL/);
    });

    test('RFC 9112 6.1: HTTP/1.0 knows no chunks: they are read, and the connection is not used again', async () => {
      const chunks = 'Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n';
      const server = await stage.raw((socket, { head }) =>
        socket.write(head.startsWith('GET') ? `HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n${chunks}` : ok()),
      );
      for (const pipelining of [1, 4]) {
        const session = client(server.origin, { pipelining });
        const [first, second] = await Promise.all([
          session.request('/'),
          session.request('/', { method: 'POST', body: 'x' }),
        ]);
        assert.deepEqual([await first.text(), await second.text()], ['ok', 'ok']);
        session.reset();
      }
      assert.equal(server.connections.length, 4);
      assert.ok(server.requests.every(({ number }) => number === 1));
    });

    test('an answer that nobody has asked for is not the answer to the next request', async () => {
      const server = await answering({ bytes: ok('first') + ok('forged') });
      const session = client(server.origin);
      assert.equal(await (await session.request('/')).text(), 'first');
      await pause(10);
      assert.equal(await (await session.request('/')).text(), 'ok');
      assert.equal(server.connections.length, 2);
    });

    test('fields are read in any case, several of a name together, cookies apart', async () => {
      const server = await answering({
        bytes: ok('x', 'X-A: 1\r\nx-a: 2\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n__proto__: evil\r\n'),
      });
      const { headers, statusText } = await client(server.origin).request('/');
      assert.equal(statusText, 'OK');
      assert.equal(headers.get('X-a'), '1, 2');
      assert.deepEqual(headers.getSetCookie(), ['a=1', 'b=2']);
      assert.ok(!headers.has('constructor'));
      assert.equal(headers.get('nothing'), null);
      assert.ok([...headers].some(([name, value]) => name === 'x-a' && value === '1, 2'));
    });
  });

  suite('sent', () => {
    const echo = () =>
      stage.http((request, response) => {
        const chunks: Buffer[] = [];
        request.on('data', (chunk: Buffer) => chunks.push(chunk));
        request.on('end', () => {
          const { 'content-length': length, 'transfer-encoding': coding } = request.headers;
          const body = Buffer.concat(chunks);
          response.end(JSON.stringify({ length, coding, size: body.length, start: body.toString('utf8', 0, 20) }));
        });
      });
    async function* stream(...parts: string[]) {
      yield* parts;
    }

    test('text and bytes with their length, streams in chunks or with the length that is given', async () => {
      const server = await echo();
      const session = client(server.origin);
      const send = async (init: HttpRequestInit) =>
        (await session.request('/', { method: 'POST', ...init })).json<Record<string, unknown>>();
      assert.deepEqual(await send({ body: 'ä' }), { length: '2', size: 2, start: 'ä' });
      assert.deepEqual(await send({ body: new Uint8Array(big) }), {
        length: '3000000',
        size: 3_000_000,
        start: 'abcdefghijabcdefghij',
      });
      assert.deepEqual(await send({ body: stream('a', 'b') }), { coding: 'chunked', size: 2, start: 'ab' });
      assert.deepEqual(await send({ body: () => stream('c', 'd') }), { coding: 'chunked', size: 2, start: 'cd' });
      assert.deepEqual(await send({ body: stream('a', 'b'), headers: { 'Content-Length': 2 } }), {
        length: '2',
        size: 2,
        start: 'ab',
      });
      assert.deepEqual(await send({}), { length: '0', size: 0, start: '' });
      assert.deepEqual(await send({ method: 'PUT', body: null }), { length: '0', size: 0, start: '' });
      assert.deepEqual(await send({ method: 'GET' }), { size: 0, start: '' });
      assert.deepEqual(await send({ method: 'DELETE', body: 'x' }), { length: '1', size: 1, start: 'x' });
    });

    test('never more or less than was announced', async () => {
      const server = await echo();
      const session = client(server.origin);
      for (const body of ['abc', () => stream('ab', 'c'), () => stream('')]) {
        const post = { method: 'POST', body, headers: { 'content-length': '2' } };
        await assert.rejects(session.request('/', post), { code: 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH' });
        // By Node's client.
        const failed = session.request('/', { ...post, expectContinue: 1 });
        await assert.rejects(failed, { code: 'ERR_HTTP_CONTENT_LENGTH_MISMATCH' });
      }
      assert.equal((await session.request('/')).status, 200);
    });

    test('a stream that fails ends the request with its error', async () => {
      const server = await echo();
      const session = client(server.origin);
      const failing = async function* () {
        yield 'a';
        throw new Error('the file is gone');
      };
      await assert.rejects(session.request('/', { method: 'POST', body: failing() }), { message: 'the file is gone' });
      assert.equal((await session.request('/')).status, 200);
    });

    test('one that cannot even be made ends its request, and no other', async () => {
      const server = await echo();
      const session = client(server.origin);
      const body = () => {
        throw new Error('there is no file');
      };
      await assert.rejects(session.request('/', { method: 'PUT', body }), { message: 'there is no file' });
      for (const expectContinue of [false, true]) {
        const put = session.request('/', { method: 'PUT', body, expectContinue });
        await assert.rejects(put, { message: 'there is no file' });
        assert.equal((await session.request('/')).status, 200);
      }
      session.reset();
      await session.close();
    });
  });

  suite('Expect: 100-continue (POCO: peekResponse)', () => {
    test('the body goes when the server asks for it', async () => {
      const asking = await stage.serve(
        (await import('node:http')).createServer().on('checkContinue', (request, response) => {
          response.writeContinue();
          let text = '';
          request.on('data', (chunk: Buffer) => (text += chunk.toString()));
          request.on('end', () => response.end(`got ${text}`));
        }),
      );
      const session = client(asking.origin);
      for (const body of ['text', () => stream2('te', 'xt')]) {
        const response = await session.request('/', { method: 'POST', body, expectContinue: true });
        assert.equal(response.continued, true);
        assert.equal(await response.text(), 'got text');
      }
    });
    async function* stream2(...parts: string[]) {
      yield* parts;
    }

    test('names the host as other requests do, and many at once warn of nothing', async () => {
      const server = await stage.raw((socket) => socket.write(ok()));
      const session = client(server.origin);
      const warnings: Error[] = [];
      const warn = (warning: Error) => warnings.push(warning);
      process.on('warning', warn);
      const posts = Array.from({ length: 20 }, () =>
        session.request('/', { method: 'POST', body: 'x', expectContinue: 1 }),
      );
      for (const post of posts) {
        await (await post).text();
      }
      await pause(1);
      process.off('warning', warn);
      assert.deepEqual(warnings, []);
      assert.ok(server.requests.every(({ head }) => head.includes(`\r\nhost: 127.0.0.1:${server.port}\r\n`)));
      await (await session.request('/', { headers: { Host: 'other.example' }, expectContinue: 1 })).text();
      assert.match(server.requests.at(-1)!.head, /\r\nhost: other\.example\r\n/i);
    });

    test('a stream has its frame, whatever the method: without one it would be the next request', async () => {
      const server = await stage.http((request, response) => {
        let text = '';
        request.on('data', (chunk: Buffer) => (text += chunk.toString()));
        request.on('end', () => response.end(text));
      });
      const session = client(server.origin);
      const body = 'GET /other HTTP/1.1\r\nHost: a\r\n\r\n';
      for (const method of ['DELETE', 'OPTIONS', 'GET', 'POST']) {
        const response = await session.request('/', { method, body: () => stream2(body), expectContinue: true });
        assert.equal(await response.text(), body, method);
      }
      assert.ok(server.requests.every(({ url }) => url === '/'));
    });

    test('a long stream leaves no listeners', async () => {
      const server = await stage.http((request, response) => {
        request.resume().on('end', () => response.end());
      });
      const warnings: Error[] = [];
      const warn = (warning: Error) => warnings.push(warning);
      process.on('warning', warn);
      const body = () => stream2(...Array.from({ length: 20 }, () => 'x'.repeat(500_000)));
      await (await client(server.origin).request('/', { method: 'PUT', body, expectContinue: true })).text();
      await pause(1);
      process.off('warning', warn);
      assert.deepEqual(warnings, []);
    });

    test('a final answer keeps it back', async () => {
      const bodies: string[] = [];
      const server = await stage.serve(
        (await import('node:http')).createServer().on('checkContinue', (request, response) => {
          request.on('data', (chunk: Buffer) => bodies.push(chunk.toString()));
          response.writeHead(417, { connection: 'close' }).end('no');
        }),
      );
      const response = await client(server.origin).request('/', {
        method: 'PUT',
        body: 'secret',
        expectContinue: 10_000,
      });
      assert.deepEqual([response.status, response.continued, await response.text()], [417, false, 'no']);
      assert.deepEqual(bodies, []);
    });

    test('a server that does not know it gets the body after a while', async () => {
      let text = '';
      const server = await stage.serve(
        (await import('node:net')).createServer((socket) => {
          socket.on('data', (chunk) => {
            text += chunk.toString();
            if (text.endsWith('body')) {
              socket.end(ok('got it'));
            }
          });
        }),
      );
      const response = await client(server.origin).request('/', { method: 'POST', body: 'body', expectContinue: 30 });
      assert.deepEqual([response.continued, await response.text()], [false, 'got it']);
      assert.match(text, /\r\nexpect: 100-continue\r\n/i);
    });

    test('its errors are those of other requests, and leave nothing', async () => {
      const cut = await stage.raw((socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc'));
      const session = client(cut.origin);
      const response = await session.request('/', {
        method: 'POST',
        expectContinue: 1,
        headers: { 'content-length': 0 },
      });
      await assert.rejects(response.text(), { code: 'ECONNRESET' });
      const silent = await stage.raw(() => {});
      const waiting = client(silent.origin, { timeout: { receive: 60 } });
      await assert.rejects(waiting.request('/', { method: 'POST', body: 'x', expectContinue: true }), {
        code: 'ETIMEDOUT',
      });
      const aborted = waiting.request('/', { method: 'POST', body: 'x', expectContinue: true, timeout: 20 });
      await assert.rejects(aborted, { code: 'ETIMEDOUT', phase: 'request' });
      await assert.rejects(client('http://127.0.0.1:9').request('/', { method: 'POST', expectContinue: true }), {
        code: 'ECONNREFUSED',
      });
      await until(() => silent.open() === 0 && cut.open() === 0);
    });
  });
});
