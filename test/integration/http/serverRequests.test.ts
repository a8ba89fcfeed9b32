// Which requests a server session takes: those of RFC 9112, whatever their method, and no others. And what ends one that comes too slowly.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { type HttpExchange, HttpServerSession } from '../../../src/http/index.js';
import { say, serveSessions } from '../../fixtures/httpServerSessions.js';
import { Stage, until } from '../../fixtures/httpServers.js';
import { TestClock } from '../../fixtures/testClock.js';

suite('HTTP server session: requests', () => {
  let stage: Stage;
  setup(() => {
    stage = new Stage();
  });
  teardown(() => stage.end());

  const echo = async ({ request, response }: HttpExchange) => {
    let body = '';
    for await (const chunk of request) {
      body += chunk;
    }
    response.end(`${request.method} ${request.url} ${body}`);
  };
  /** Serves with `echo`; a rejected body is no error of the test. */
  const serve = async (options = {}) => {
    const given: HttpExchange[] = [];
    const server = await serveSessions(
      stage,
      (exchange) => {
        given.push(exchange);
        return echo(exchange).catch(() => {});
      },
      options,
    );
    return { ...server, given };
  };
  /** The statuses that a text is answered with, up to the end of the connection. */
  async function statusesOf(port: number, text: string): Promise<number[]> {
    const { all } = await say(stage, port, text);
    return [...(await all).matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
  }

  const hosts: readonly [string, string][] = [
    ['two', 'Host: a\r\nHost: a\r\n'],
    ['two in other case', 'Host: a\r\nhOST: b\r\n'],
    ['an invalid one', 'Host: a b\r\n'],
    ['a path', 'Host: a/b\r\n'],
    ['a name before it', 'Host: user@a\r\n'],
    ['a port that is none', 'Host: a:x\r\n'],
    ['a bracket', 'Host: [::1\r\n'],
    ['an address that is none', 'Host: [::zz]\r\n'],
    ['a zone', 'Host: [fe80::1%25eth0]\r\n'],
    ['none', ''],
  ];
  for (const [name, fields] of hosts) {
    test(`a host that is ${name}: 400, of an upgrade and of CONNECT as well (RFC 9112 3.2)`, async () => {
      const server = await serve();
      for (const [line, more] of [
        ['GET / HTTP/1.1', ''],
        ['POST http://a/ HTTP/1.1', 'Content-Length: 0\r\n'],
        ['GET / HTTP/1.1', 'Connection: upgrade\r\nUpgrade: echo\r\n'],
        ['CONNECT a:1 HTTP/1.1', ''],
      ]) {
        assert.deepEqual(await statusesOf(server.port, `${line}\r\n${fields}${more}\r\n`), [400], line);
      }
      if (fields !== '') {
        assert.deepEqual(await statusesOf(server.port, `GET / HTTP/1.0\r\n${fields}\r\n`), [400], 'HTTP/1.0');
      }
      assert.equal(server.given.length, 0);
    });
  }

  const refused: readonly [string, string, number][] = [
    ['HTTP/1.0 with chunks', 'POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400],
    ['another version', 'GET / HTTP/2.0\r\nHost: a\r\n\r\n', 505],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505],
    ['a version of long ago', 'GET / HTTP/0.9\r\n\r\n', 505],
    ['no version', 'GET /\r\n\r\n', 400],
    ['a version in small letters', 'GET / http/1.1\r\nHost: a\r\n\r\n', 400],
    ['chunked, then another coding', post('Transfer-Encoding: chunked, gzip'), 400],
    ['chunked twice', post('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked'), 400],
    ['chunked with a parameter', post('Transfer-Encoding: chunked;a=b'), 400],
    ['a coding that is none', post('Transfer-Encoding: "chunked"'), 400],
    ['another coding, then chunked', post('Transfer-Encoding: x;y="z"\r\nTransfer-Encoding: chunked'), 501],
    ['an empty coding', post('Transfer-Encoding:'), 400],
    ['identity', post('Transfer-Encoding: identity'), 400],
    ['chunked, with an odd blank', post('Transfer-Encoding: \x0bchunked'), 400],
    ['two lengths that are the same', post('Content-Length: 0\r\nContent-Length: 0'), 400],
    ['a length that no number holds', post('Content-Length: 99999999999999999999'), 413],
    ['a negative length', post('Content-Length: -0'), 400],
    ['CONNECT with a body', 'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\nContent-Length: 2\r\n\r\nhi', 400],
    ['CONNECT without a port', 'CONNECT a HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['CONNECT to an empty port', 'CONNECT a: HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['CONNECT to a port that is none', 'CONNECT a:65536 HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['CONNECT to a path', 'CONNECT / HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['* for another method than OPTIONS', 'GET * HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['a relative target', 'GET path HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['an address without a host', 'GET http:///path HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['an address with a name before the host', 'GET http://a@b/ HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['a fragment', 'GET /#a HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['bytes in a target that are no text', 'GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['two blanks', 'GET  / HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['a tab for a blank', 'GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['a blank at the end', 'GET / HTTP/1.1 \r\nHost: a\r\n\r\n', 400],
    ['a method that is none', 'G(T / HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['LF for CR LF', 'GET / HTTP/1.1\nHost: a\n\n', 400],
    ['LF for CR LF at the end', 'GET / HTTP/1.1\r\nHost: a\r\n\n', 400],
    ['CR CR LF', 'GET / HTTP/1.1\r\nHost: a\r\r\n\r\n', 400],
    ['a line that goes on', 'GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n', 400],
    ['a blank before the first field', 'GET / HTTP/1.1\r\n Host: a\r\nHost: a\r\n\r\n', 400],
    ['a blank before a colon', 'GET / HTTP/1.1\r\nHost : a\r\n\r\n', 400],
    ['a field without a name', 'GET / HTTP/1.1\r\nHost: a\r\n: y\r\n\r\n', 400],
    ['NUL in a value', 'GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n', 400],
    ['a control in a value', 'GET / HTTP/1.1\r\nHost: a\r\nX: \x01\r\n\r\n', 400],
    ['TLS', '\x16\x03\x01\x02\x00\x01', 400],
    ['a line without end', `GET /${'x'.repeat(20_000)}`, 414],
    ['fields without end', `GET / HTTP/1.1\r\nHost: a\r\n${'X: y\r\n'.repeat(4000)}`, 431],
    ['a chunk longer than it says', chunked('2\r\nabc\r\n0\r\n\r\n'), 400],
    ['a chunk with LF for CR LF', chunked('2\nab\r\n0\r\n\r\n'), 400],
    ['a chunk with LF behind it', chunked('2\r\nab\n0\r\n\r\n'), 400],
    ['a chunk of no size', chunked('\r\nab\r\n0\r\n\r\n'), 400],
    ['a chunk of 0x', chunked('0x2\r\nab\r\n0\r\n\r\n'), 400],
    ['a chunk with a sign', chunked('+2\r\nab\r\n0\r\n\r\n'), 400],
    ['a chunk with a blank behind its size', chunked('2 \r\nab\r\n0\r\n\r\n'), 400],
    ['a chunk with a malformed extension', chunked('2;a="b\r\nab\r\n0\r\n\r\n'), 400],
    ['a chunk that no number holds', chunked('fffffffffffffffff\r\nab'), 413],
    ['extensions without end', chunked(`1;${'x'.repeat(9000)}\r\na\r\n`.repeat(2)), 413],
    ['trailers without end', chunked(`0\r\n${'X: y\r\n'.repeat(4000)}`), 431],
    ['a malformed trailer', chunked('0\r\nno colon\r\n\r\n'), 400],
  ];
  test('what is no request, or none for us, is refused', async () => {
    const server = await serve();
    for (const [name, text, status] of refused) {
      assert.deepEqual(await statusesOf(server.port, text), [status], name);
    }
    await until(() => server.ended.length === refused.length);
  });

  test('the same byte by byte', async () => {
    const server = await serve();
    for (const [name, text, status] of refused.filter(([, { length }]) => length < 200)) {
      const { socket, all } = await say(stage, server.port, '');
      socket.setNoDelay(true);
      for (const byte of text) {
        await new Promise((resolve) => socket.write(byte, 'latin1', resolve));
      }
      assert.match(await all, new RegExp(`^HTTP/1\\.1 ${status} [^]*\r\n\r\n$`), name);
    }
  });

  const taken: readonly [string, string, string][] = [
    ['a method that nobody knows', 'BREW /pot HTTP/1.1\r\nHost: a\r\n\r\n', 'BREW /pot '],
    ['one in small letters, which is another', 'get / HTTP/1.1\r\nHost: a\r\n\r\n', 'get / '],
    [
      'one of odd characters, with a body',
      `${post('Content-Length: 2', "X!#$%&'*+-.^_`|~9")}hi`,
      "X!#$%&'*+-.^_`|~9 / hi",
    ],
    ['a later minor version', 'GET / HTTP/1.7\r\nHost: a\r\n\r\n', 'GET / '],
    ['HTTP/1.0 without a host', 'GET / HTTP/1.0\r\n\r\n', 'GET / '],
    ['an empty host', 'GET / HTTP/1.1\r\nHost:\r\n\r\n', 'GET / '],
    ['an IPv6 address and a port', 'GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n', 'GET / '],
    ['a host of odd characters', "GET / HTTP/1.1\r\nHost: a-_~!$&'()*+,;=%2f.:\r\n\r\n", 'GET / '],
    ['an address', 'GET http://a:1/b?c HTTP/1.1\r\nHost: a:1\r\n\r\n', 'GET http://a:1/b?c '],
    ['an address of another scheme', 'GET urn:a:b HTTP/1.1\r\nHost:\r\n\r\n', 'GET urn:a:b '],
    ['*', 'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n', 'OPTIONS * '],
    ['a target as browsers write it', 'GET /a|b?c[]={}^`\\% HTTP/1.1\r\nHost: a\r\n\r\n', 'GET /a|b?c[]={}^`\\% '],
    ['an empty line before it', '\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n', 'GET / '],
    ['several empty lines before it', '\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n', 'GET / '],
    ['blanks around values', `${post('Content-Length: \t 2 \t')}hi`, 'POST / hi'],
    ['zeros before a length', `${post('Content-Length: 0002')}hi`, 'POST / hi'],
    ['chunked with a tab behind it', `${post('Transfer-Encoding: Chunked\t')}2\r\nhi\r\n0\r\n\r\n`, 'POST / hi'],
    ['a list with empty members', `${post('Transfer-Encoding: , chunked ,')}2\r\nhi\r\n0\r\n\r\n`, 'POST / hi'],
    ['an upgrade to nothing', 'GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: ,\r\n\r\n', 'GET / '],
    ['extensions of chunks', chunked('2 ; a = "b;\\"" ;c\t;d=e\r\nhi\r\n0;z\r\n\r\n'), 'POST / hi'],
    ['zeros before a chunk', chunked('0002\r\nhi\r\n000\r\n\r\n'), 'POST / hi'],
    ['trailers', chunked('2\r\nhi\r\n0\r\nContent-Length: 7\r\nX:y\r\n\r\n'), 'POST / hi'],
    ['bytes above 127 in a value', 'GET / HTTP/1.1\r\nHost: a\r\nX: \xff\r\n\r\n', 'GET / '],
    ['a field without a value', 'GET / HTTP/1.1\r\nHost: a\r\nX:\r\n\r\n', 'GET / '],
    ['an upgrade with a body', `${post('Connection: upgrade\r\nUpgrade: x\r\nContent-Length: 2')}hi`, 'POST / hi'],
    ['an upgrade of HTTP/1.0', 'GET / HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n', 'GET / '],
    ['an expectation that nobody knows', `${post('Expect: more\r\nContent-Length: 2')}hi`, 'POST / hi'],
  ];
  test('all that is a request is given, as it is, whole or byte by byte', async () => {
    const server = await serve();
    for (const [name, text, expected] of taken) {
      const last = 'GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
      const whole = await say(stage, server.port, text + last);
      const heard = await whole.all;
      assert.equal(heard.slice(heard.indexOf('\r\n\r\n') + 4).split('HTTP/1.1')[0], expected, name);
      const isLast = text.includes('HTTP/1.0');
      assert.equal(heard.endsWith('GET /last '), !isLast, name);
      const { socket, all } = await say(stage, server.port, '');
      socket.setNoDelay(true);
      for (const byte of text + (isLast ? '' : last)) {
        await new Promise((resolve) => socket.write(byte, 'latin1', resolve));
      }
      const bytewise = await all;
      assert.deepEqual(bytewise.replace(/^Date: .*$/gm, ''), heard.replace(/^Date: .*$/gm, ''), name);
    }
    const { request, isUpgrade } = server.given.find(({ request }) => request.rawTrailers.length > 0)!;
    assert.deepEqual([request.trailers, isUpgrade], [{ 'content-length': '7', x: 'y' }, false]);
    assert.ok(server.given.every((exchange) => !exchange.isUpgrade && !exchange.expectsContinue));
  });

  test('an empty line behind a body is no beginning of a request: the connection is idle (RFC 9112 2.2)', async () => {
    const clock = new TestClock();
    const server = await serve({ clock, timeout: 60_000, keepAliveTimeout: 1_000 });
    const ended = await say(stage, server.port, `${post('Content-Length: 2')}hi\r\n`);
    ended.socket.end();
    const heard = await ended.all;
    assert.ok(heard.startsWith('HTTP/1.1 200 ') && heard.endsWith('\r\n\r\nPOST / hi'), heard);
    const idle = await say(stage, server.port, `${post('Content-Length: 2')}hi\r\n`);
    await until(() => idle.heard().endsWith('POST / hi'));
    await clock.advance(500);
    idle.socket.write(`${post('Content-Length: 3')}ho!\r\n`);
    await until(() => idle.heard().endsWith('POST / ho!'));
    await clock.advance(999);
    assert.equal(server.open(), 1);
    await clock.advance(1);
    assert.equal((await idle.all).split('HTTP/1.1').length, 3);
    await until(() => server.ended.length === 2);
  });

  test('a body that drips below the rate is answered 408, and ends', async () => {
    const clock = new TestClock();
    const server = await serve({ clock, timeout: 10_000, minimumRate: 5 });
    const { socket, all } = await say(stage, server.port, post('Content-Length: 100'));
    await until(() => server.given.length === 1);
    const [{ request }] = [server.given[0]!];
    const failed = once(request, 'error');
    // Enough, enough, and too little.
    for (const size of [5, 7]) {
      const [before] = [request.socket.bytesRead];
      socket.write('x'.repeat(size));
      await until(() => request.socket.bytesRead === before + size);
      await clock.advance(10_000);
      assert.equal(request.destroyed, false);
    }
    socket.write('xxxx');
    await clock.advance(9_999);
    assert.equal(request.destroyed, false);
    await clock.advance(1);
    assert.deepEqual(
      (await failed).map(({ name, code }) => [name, code]),
      [['TimeoutError', 'ETIMEDOUT']],
    );
    assert.match(await all, /^HTTP\/1\.1 408 .*\r\nconnection: close\r\n/is);
    assert.equal(server.sessions[0]!.networkError?.name, 'TimeoutError');
    await until(() => server.ended.length === 1);
    assert.equal(clock.pending, 0);
  });

  test('the rate is for the client: not for a body that nobody reads, or that nobody has asked for', async () => {
    const clock = new TestClock();
    const given: HttpExchange[] = [];
    const server = await serveSessions(
      stage,
      (exchange) => {
        given.push(exchange);
        return once(exchange.response, 'close');
      },
      { clock, timeout: 10_000 },
    );
    const size = 10_000_000;
    const unread = await say(stage, server.port, post(`Content-Length: ${size}`) + 'x'.repeat(size));
    await until(() => given.length === 1 && given[0]!.request.socket.isPaused());
    const unasked = await say(stage, server.port, post('Expect: 100-continue\r\nContent-Length: 2'));
    await until(() => given.length === 2);
    for (let turn = 0; turn < 10; turn++) {
      await clock.advance(10_000);
    }
    assert.equal(server.open(), 2);
    given[1]!.response.writeContinue();
    await until(() => unasked.heard() !== '');
    unasked.socket.write('hi');
    for await (const _ of given[1]!.request) {
    }
    given[1]!.response.end('asked');
    await until(() => unasked.heard().endsWith('asked'));
    let read = 0;
    for await (const chunk of given[0]!.request) {
      read += chunk.length;
    }
    assert.equal(read, size);
    given[0]!.response.end('read');
    await until(() => unread.heard().endsWith('read'));
  });

  test('a body that nobody has asked for: its final answer ends the connection, as the next request may follow', async () => {
    let requests = 0;
    const server = await serveSessions(stage, ({ response }) => {
      requests++;
      response.writeHead(413).end();
    });
    const text = post('Expect: 100-continue\r\nContent-Length: 30');
    assert.deepEqual(await statusesOf(server.port, text), [413]);
    assert.equal(requests, 1);
  });

  test('timeout, connected, networkError and the socket are the session’s (POCO: HTTPSession)', async () => {
    const server = await serve({ timeout: 12_345 });
    const { socket } = await say(stage, server.port, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n');
    await until(() => server.given.length === 1);
    const [session] = server.sessions;
    assert.deepEqual(
      [session!.timeout, session!.connected, session!.networkError, session!.socket],
      [12_345, true, undefined, server.connections[0]],
    );
    socket.resetAndDestroy();
    await until(() => server.ended.length === 1);
    assert.equal(session!.connected, false);
    assert.equal((session!.networkError as NodeJS.ErrnoException).code, 'ECONNRESET');
    assert.equal(session!.socket, server.connections[0]);
    assert.equal(new HttpServerSession(new net.Socket().destroy()).connected, false);
    assert.equal(new HttpServerSession(new net.Socket().destroy()).timeout, 60_000);
  });

  test('a session whose connection was given away has none', async () => {
    const server = await serveSessions(stage, (_, session) => session.detachSocket().socket.end('bye'));
    const { all } = await say(stage, server.port, 'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n');
    assert.equal(await all, 'bye');
    assert.deepEqual([server.sessions[0]!.connected, server.sessions[0]!.socket], [false, undefined]);
  });

  test('minimumRate is a whole number', () => {
    for (const minimumRate of [-1, 0.5, '1']) {
      assert.throws(() => new HttpServerSession(new net.Socket(), { minimumRate: minimumRate as number }), TypeError);
    }
  });
});

function post(fields: string, method = 'POST'): string {
  return `${method} / HTTP/1.1\r\nHost: a\r\n${fields}\r\n\r\n`;
}

function chunked(body: string): string {
  return post('Transfer-Encoding: chunked') + body;
}
