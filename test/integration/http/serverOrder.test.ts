// What is on the wire when requests follow each other without waiting: each answer in its place and whole, and nothing after
// the last. Beside single cases, random pipelines against a model that knows no more than RFC 9112 9.3 and 9.6.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { HttpExchange, HttpServerSession } from '../../../src/http/index.js';
import { randomFrom } from '../../fixtures/fuzz.js';
import { say, serveSessions } from '../../fixtures/httpServerSessions.js';
import { pause, Stage, until } from '../../fixtures/httpServers.js';

const get = (path = '/', fields = '') => `GET ${path} HTTP/1.1\r\nHost: a\r\n${fields}\r\n`;
const upgrade = get('/upgrade', 'Connection: upgrade\r\nUpgrade: echo\r\n');
const connect = 'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n';
const bad = 'GET / HTTP/1.1\r\nno colon\r\n\r\n';

/** The answers of a connection, as a client cuts them apart. */
function answersOf(text: string, methods: readonly string[]): { status: number; body: string; close: boolean }[] {
  const answers: { status: number; body: string; close: boolean }[] = [];
  for (let rest = text; rest !== ''; ) {
    const end = rest.indexOf('\r\n\r\n');
    const head = rest.slice(0, end + 2);
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1]);
    assert.ok(end > 0 && status > 0, `no answer: ${JSON.stringify(rest)}`);
    const close = /\r\nconnection: close\r\n/i.test(head);
    rest = rest.slice(end + 4);
    let body = '';
    const length = /\r\ncontent-length: (\d+)\r\n/i.exec(head)?.[1];
    if (status === 101 || methods[answers.length] === 'HEAD') {
      // Nothing, or no longer HTTP.
      body = status === 101 ? rest : '';
      rest = status === 101 ? '' : rest;
    } else if (length !== undefined) {
      body = rest.slice(0, Number(length));
      assert.equal(body.length, Number(length), 'the answer is whole');
      rest = rest.slice(body.length);
    } else if (/\r\ntransfer-encoding: chunked\r\n/i.test(head)) {
      for (let size = -1; size !== 0; ) {
        const chunk = /^([\da-f]+)\r\n/.exec(rest);
        assert.ok(chunk, `no chunk: ${JSON.stringify(rest)}`);
        size = Number.parseInt(chunk[1]!, 16);
        body += rest.slice(chunk[0].length, chunk[0].length + size);
        assert.equal(rest.slice(chunk[0].length + size, chunk[0].length + size + 2), '\r\n', 'the chunk is whole');
        rest = rest.slice(chunk[0].length + size + 2);
      }
    } else {
      body = rest;
      rest = '';
    }
    answers.push({ status, body, close });
  }
  return answers;
}

suite('HTTP server session: the order of answers', () => {
  let stage: Stage;
  setup(() => {
    stage = new Stage();
  });
  teardown(() => stage.end());

  /** Answers when the test wants it. */
  async function serveByHand() {
    const exchanges: HttpExchange[] = [];
    const server = await serveSessions(stage, (exchange) => {
      exchanges.push(exchange);
      exchange.request.on('error', () => {}).resume();
      return once(exchange.response, 'close');
    });
    return { ...server, exchanges };
  }
  const statuses = (text: string) => [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));

  for (const [name, text] of [
    ['an upgrade', upgrade],
    ['CONNECT', connect],
  ] as const) {
    test(`${name} behind a request that is not answered waits its turn`, async () => {
      const { port, exchanges } = await serveByHand();
      const { all } = await say(stage, port, `${get('/first')}${text}early`);
      await until(() => exchanges.length === 1);
      await pause(5);
      assert.equal(exchanges.length, 1, 'it is not given out before');
      exchanges[0]!.response.end('first');
      await until(() => exchanges.length === 2);
      assert.equal(exchanges[1]!.isUpgrade, true);
      exchanges[1]!.response.writeHead(403).end('no');
      assert.deepEqual(statuses(await all), [200, 403]);
    });
  }

  test('an upgrade that has waited is detached with what came behind it', async () => {
    const server = await serveSessions(stage, async ({ response, isUpgrade }, session) => {
      await pause(5);
      if (!isUpgrade) {
        response.end('first');
        return;
      }
      response.writeHead(101, { Connection: 'upgrade', Upgrade: 'echo' }).end();
      const { socket, head } = session.detachSocket();
      socket.write(head);
      socket.pipe(socket);
    });
    const { socket, all, heard } = await say(stage, server.port, `${get()}${upgrade}early`);
    await until(() => heard().endsWith('early'));
    socket.write(' late');
    await until(() => heard().endsWith('early late'));
    socket.end();
    assert.deepEqual(statuses(await all), [200, 101]);
  });

  test('what is malformed behind a POST is not answered in place of it', async () => {
    const { port, exchanges } = await serveByHand();
    const { all } = await say(stage, port, `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody${bad}`);
    await until(() => exchanges.length === 1);
    await pause(5);
    exchanges[0]!.response.end('done');
    assert.deepEqual(
      answersOf(await all, []).map(({ status, body }) => [status, body]),
      [
        [200, 'done'],
        [400, ''],
      ],
    );
  });

  test('what is malformed behind a request waits for an answer that is half sent', async () => {
    const { port, exchanges } = await serveByHand();
    const { all, heard, socket } = await say(stage, port, get());
    await until(() => exchanges.length === 1);
    exchanges[0]!.response.write('half ');
    await until(() => heard().includes('half'));
    socket.write(bad);
    await pause(5);
    exchanges[0]!.response.end('whole');
    assert.deepEqual(
      answersOf(await all, []).map(({ status, body }) => [status, body]),
      [
        [200, 'half whole'],
        [400, ''],
      ],
    );
  });

  test('an answer that has begun goes out whole when the body of its request turns out malformed', async () => {
    const { port, exchanges, ended } = await serveByHand();
    const { all, heard, socket } = await say(
      stage,
      port,
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n',
    );
    await until(() => exchanges.length === 1);
    const failed = once(exchanges[0]!.request, 'error');
    exchanges[0]!.response.write('half ');
    await until(() => heard().includes('half'));
    socket.write(`xyz\r\n${get('/second')}`);
    await failed;
    exchanges[0]!.response.end('whole');
    assert.deepEqual(
      answersOf(await all, []).map(({ status, body }) => [status, body]),
      [[200, 'half whole']],
    );
    await until(() => ended.length === 1);
    assert.equal(exchanges.length, 1);
  });

  for (const [name, request, fields] of [
    ['Connection: close of the client', get('/', 'Connection: close\r\n'), {}],
    ['Connection: close of the answer', get(), { Connection: 'close' }],
    ['an HTTP/1.0 request', 'GET / HTTP/1.0\r\n\r\n', {}],
    ['an HTTP/1.0 request, whatever its answer says', 'GET / HTTP/1.0\r\n\r\n', { Connection: 'keep-alive' }],
    ['a refused request', bad, {}],
  ] as const) {
    test(`what follows ${name} is neither run nor answered (RFC 9112 9.6)`, async () => {
      let requests = 0;
      const server = await serveSessions(stage, async ({ response }) => {
        requests++;
        await pause(2);
        response.writeHead(200, fields).end('last');
      });
      const { all } = await say(stage, server.port, `${request}${get('/second')}${bad}${upgrade}`);
      const [answer, ...more] = answersOf(await all, []);
      assert.deepEqual([answer?.status, more.length, answer?.close], [request === bad ? 400 : 200, 0, true]);
      assert.equal(requests, request === bad ? 0 : 1);
    });
  }

  test('keepAlive = false in a handler is honoured by its answer, and nothing read ahead is given out', async () => {
    const given: (string | undefined)[] = [];
    const server = await serveSessions(stage, async ({ request, response }, session) => {
      given.push(request.url);
      await pause(2);
      session.keepAlive = false;
      response.end('last');
    });
    const { all } = await say(stage, server.port, get('/1') + get('/2') + get('/3'));
    assert.deepEqual(answersOf(await all, []), [{ status: 200, body: 'last', close: true }]);
    assert.deepEqual(given, ['/1']);
  });

  test('keepAlive = false in a handler is honoured in each form of a head', async () => {
    const heads: ((response: HttpExchange['response']) => unknown)[] = [
      (response) => response.setHeader('connection', 'keep-alive'),
      (response) => response.removeHeader('connection'),
      (response) => response.writeHead(200, { 'Content-Type': 'a/b', connection: 'keep-alive' }),
      (response) => response.writeHead(200, 'Fine', { connection: 'keep-alive' }),
      (response) => response.writeHead(200, ['Connection', 'keep-alive', 'X', 'y']),
      (response) => response.setHeader('a', 'b').writeHead(200, ['Connection', 'keep-alive']),
      (response) => response.write(''),
    ];
    let requests = 0;
    const server = await serveSessions(stage, ({ response }, session) => {
      session.keepAlive = false;
      heads[requests++]!(response);
      response.end();
    });
    for (const _ of heads) {
      const { all } = await say(stage, server.port, get().repeat(2));
      const answers = answersOf(await all, []);
      assert.deepEqual([answers.length, answers[0]?.close], [1, true]);
    }
    assert.equal(requests, heads.length);
  });

  test('keepAlive = false after an answer: nothing read ahead is given out', async () => {
    let requests = 0;
    const server = await serveSessions(stage, async ({ response }, session) => {
      requests++;
      response.end('last');
      await once(response, 'close');
      await pause(2);
      session.keepAlive = false;
    });
    const { all } = await say(stage, server.port, get().repeat(3));
    assert.equal(answersOf(await all, []).length, 1);
    assert.equal(requests, 1);
  });

  test('a client that closes its side is answered what it has asked for', async () => {
    const server = await serveSessions(stage, async ({ request, response }) => {
      await pause(5);
      response.end(request.url);
    });
    const { socket, all } = await say(stage, server.port, get('/1') + get('/2'));
    socket.end();
    assert.deepEqual(
      answersOf(await all, []).map(({ body }) => body),
      ['/1', '/2'],
    );
    await until(() => server.ended.length === 1);
  });

  test('the last answer arrives although more was sent than is read', async () => {
    const server = await serveSessions(stage, ({ response }) =>
      response.writeHead(200, { Connection: 'close' }).end('x'.repeat(2_000_000)),
    );
    const { all } = await say(stage, server.port, get() + get().repeat(20_000));
    assert.equal(answersOf(await all, [])[0]!.body.length, 2_000_000);
  });

  test('leaving the loop lets an answer out that was ended', async () => {
    const server = await serveSessions(stage, ({ response }) => {
      response.end('x'.repeat(2_000_000));
      throw new Error('leave');
    }).catch(assert.fail);
    const errors: unknown[] = [];
    const keep = (error: unknown) => errors.push(error);
    const others = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection');
    process.on('unhandledRejection', keep);
    try {
      const { all } = await say(stage, server.port, get().repeat(2));
      const answers = answersOf(await all, []);
      assert.deepEqual([answers.length, answers[0]!.body.length, errors.length], [1, 2_000_000, 1]);
    } finally {
      process.off('unhandledRejection', keep);
      for (const each of others) {
        process.on('unhandledRejection', each);
      }
    }
  });

  /** One of a pipeline: what is sent, and what the model says of it. */
  interface Item {
    readonly text: string;
    readonly method: string;
    readonly kind: 'good' | 'last' | 'bad head' | 'bad body' | 'switch' | 'refused switch';
  }

  test('random pipelines, as the model has them', async () => {
    const random = randomFrom(23);
    const pick = <T>(all: readonly T[]): T => all[random(all.length)]!;
    /** How the handler behaves; the index is the path. */
    const plays: { readsFirst: boolean; parts: string[]; delay: number; says?: string | undefined; isOff: boolean }[] =
      [];
    const given: number[] = [];
    const server = await serveSessions(stage, async (exchange, session) => {
      const { request, response, isUpgrade, expectsContinue } = exchange;
      const number = Number(/\d+/.exec(String(request.headers['x-number']))?.[0]);
      const { readsFirst, parts, delay, says, isOff } = plays[number]!;
      given.push(number);
      request.on('error', () => {});
      await later(delay);
      if (isUpgrade) {
        await playUpgrade(exchange, session, says);
        return;
      }
      if (expectsContinue) {
        response.writeContinue();
      }
      if (readsFirst) {
        try {
          for await (const _ of request) {
          }
        } catch {
          return;
        }
      }
      session.keepAlive = !isOff;
      response.writeHead(200, says === undefined ? {} : { Connection: says });
      for (const part of parts) {
        response.write(part);
        await later(random(3));
      }
      response.end();
    });
    const later = async (turns: number) => {
      for (let turn = 0; turn < turns; turn++) {
        await pause(random(2));
      }
    };
    const playUpgrade = async ({ request, response }: HttpExchange, session: HttpServerSession, says?: string) => {
      if (says === 'refuse') {
        response.writeHead(403).end('refused');
        return;
      }
      response.writeHead(request.method === 'CONNECT' ? 200 : 101, { Connection: 'upgrade', Upgrade: 'echo' });
      response.end();
      await later(1);
      const { socket } = session.detachSocket();
      // What else comes is for nobody here.
      socket
        .on('error', () => {})
        .resume()
        .end('switched');
    };

    const itemOf = (): Item => {
      const number = plays.length;
      const play = {
        readsFirst: random(2) === 0,
        parts: Array.from({ length: random(4) }, (_, part) => `${number}:${part};`.repeat(1 + random(50))),
        delay: random(3),
        isOff: random(12) === 0,
        says: pick([undefined, undefined, undefined, 'keep-alive', 'close'] as const) as string | undefined,
      };
      plays.push(play);
      const fields = `Host: a\r\nX-Number: ${number}\r\n`;
      const isLast = play.isOff || play.says === 'close';
      const good = (text: string, method: string, last = false): Item => ({
        text,
        method,
        kind: last || isLast ? 'last' : 'good',
      });
      const makers: readonly (() => Item)[] = [
        () => good(`GET / HTTP/1.1\r\n${fields}\r\n`, 'GET'),
        () => good(`\r\nGET /?a[]=1 HTTP/1.1\r\n${fields}\r\n`, 'GET'),
        () => good(`HEAD / HTTP/1.1\r\n${fields}\r\n`, 'HEAD'),
        () => good(`POST / HTTP/1.1\r\n${fields}Content-Length: 6\r\n\r\nGET / `, 'POST'),
        () => {
          const chunks = '6;a="\\""\r\nGET / \r\n0a\r\n0123456789\r\n0\r\nX: y\r\n\r\n';
          return good(`PUT / HTTP/1.1\r\n${fields}Transfer-Encoding: chunked\r\n\r\n${chunks}`, 'PUT');
        },
        () => good(`POST / HTTP/1.1\r\n${fields}Expect: 100-continue\r\nContent-Length: 2\r\n\r\nhi`, 'POST'),
        () => good(`GET / HTTP/1.1\r\n${fields}Connection: close\r\n\r\n`, 'GET', true),
        () => good(`GET / HTTP/1.0\r\n${fields}\r\n`, 'GET', true),
        () => ({ text: `GET / HTTP/1.1\r\n${fields}no colon\r\n\r\n`, method: 'GET', kind: 'bad head' }),
        () => ({ text: `GET / HTTP/1.1\r\n${fields}Host: b\r\n\r\n`, method: 'GET', kind: 'bad head' }),
        () => {
          const head = `POST / HTTP/1.1\r\n${fields}Transfer-Encoding: chunked\r\n\r\n`;
          return { text: `${head}${pick(['x\r\n', '2\r\nabc\r\n', '1\na\r\n'])}`, method: 'POST', kind: 'bad body' };
        },
        () => switching(`GET / HTTP/1.1\r\n${fields}Connection: upgrade\r\nUpgrade: echo\r\n\r\n`, 'GET'),
        () => switching(`CONNECT a:1 HTTP/1.1\r\n${fields}\r\n`, 'CONNECT'),
      ];
      const switching = (text: string, method: string): Item => {
        play.says = pick(['refuse', 'switch']);
        return { text, method, kind: play.says === 'refuse' ? 'refused switch' : 'switch' };
      };
      return pick(random(3) > 0 ? makers.slice(0, 6) : makers)();
    };

    for (let round = 0; round < 400; round++) {
      const first = plays.length;
      const items = Array.from({ length: 1 + random(7) }, itemOf);
      // All but the last keep it alive, or what ends it was among them.
      items.push({
        text: `GET / HTTP/1.1\r\nHost: a\r\nX-Number: ${plays.length}\r\n\r\n`,
        method: 'GET',
        kind: 'last',
      });
      plays.push({ readsFirst: false, parts: ['end'], delay: 0, says: 'close', isOff: false });
      const ending = items.findIndex(({ kind }) => kind !== 'good');
      const [{ kind }] = [items[ending]!];
      given.length = 0;
      const { socket, all } = await say(stage, server.port, '');
      const text = `${items.map(({ text }) => text).join('')}tail`;
      for (let at = 0; at < text.length; ) {
        const size = 1 + random(pick([3, 60, 5_000]));
        socket.write(text.slice(at, at + size));
        at += size;
        if (random(3) === 0) {
          await pause(random(2));
        }
      }
      const heard = (await all).replaceAll('HTTP/1.1 100 Continue\r\n\r\n', '');
      const told = `seed 23, round ${round}: ${JSON.stringify(text)} got ${JSON.stringify(heard)}`;
      const answers = answersOf(
        heard,
        items.map(({ method }) => method),
      );
      assert.equal(answers.length, ending + 1, told);
      for (const [index, { status, body }] of answers.slice(0, kind === 'last' ? undefined : -1).entries()) {
        const whole = items[index]!.method === 'HEAD' ? '' : plays[first + index]!.parts.join('');
        assert.deepEqual([status, body], [200, whole], told);
      }
      const { status, body, close } = answers.at(-1)!;
      const whole = plays[first + ending]!.parts.join('');
      switch (kind) {
        case 'last':
          assert.ok(close, told);
          break;
        case 'bad head':
          assert.deepEqual([status, body, close], [400, '', true], told);
          break;
        case 'bad body':
          // In place of an answer, or where that had begun after it; never within.
          assert.ok((status === 400 && close) || (status === 200 && body === whole), told);
          break;
        case 'refused switch':
          assert.deepEqual([status, body, close], [403, 'refused', true], told);
          break;
        case 'switch':
          assert.ok([101, 200].includes(status) && body === 'switched', told);
          break;
      }
      const numbers = Array.from({ length: ending + 1 }, (_, index) => first + index);
      assert.deepEqual(given, kind === 'bad head' ? numbers.slice(0, -1) : numbers, told);
    }
    await until(() => server.ended.length === server.sessions.length);
  }).timeout(120_000);
});
