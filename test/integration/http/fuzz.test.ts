// Peers that misbehave, from a fixed seed: an error each, no hang, no crash, no socket left.

import assert from 'node:assert/strict';
import { getEventListeners, setMaxListeners } from 'node:events';
import net from 'node:net';
import { type Clock, type Disposable, systemClock } from '../../../src/engine/index.js';
import { HttpClientSession, HttpServerSession } from '../../../src/http/index.js';
import { errorsWithoutStacks } from '../../fixtures/errorsWithoutStacks.js';
import { inParallel, ok, pause, type Served, Stage, until } from '../../fixtures/httpServers.js';

/** Numbers from 0 to below 1, always the same (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** The real time, and how many timers there are. */
class CountingClock implements Clock {
  pending = 0;

  now(): number {
    return systemClock.now();
  }

  setTimeout(callback: () => void, milliseconds: number): Disposable {
    let isLeft = true;
    const end = () => {
      this.pending -= Number(isLeft);
      isLeft = false;
    };
    this.pending++;
    const timer = systemClock.setTimeout(() => {
      end();
      callback();
    }, milliseconds);
    return {
      dispose: () => {
        end();
        timer.dispose();
      },
    };
  }
}

/** What a peer does with a connection, and what must come of it. */
interface Play {
  readonly name: string;
  readonly play: (socket: net.Socket) => void;
  /** Undefined: an error or an answer. */
  readonly outcome: 'error' | 'answer' | undefined;
}

const chunked =
  'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n4;a=b\r\nbody\r\n3\r\nend\r\n0\r\nX: y\r\n\r\n';
const sized = ok('a body of some length', 'Content-Type: text/plain\r\nETag: "a"\r\nSet-Cookie: a=b\r\n');
const hinted = `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${sized}`;
const bodiless = 'HTTP/1.1 204 No Content\r\nDate: now\r\n\r\n';
const answers = [chunked, sized, hinted, bodiless];
const spice = [
  '\r',
  '\n',
  '\r\n',
  ':',
  ' ',
  '\t',
  '\0',
  '\x7f',
  '\xff',
  '0',
  '-1',
  'ffffffffffffffff',
  ';',
  'HTTP/1.1',
  'chunked',
  ',',
];

const write = (socket: net.Socket, bytes: string) => socket.write(bytes, 'latin1');

/** Every answer, cut at every byte, by an end and by a reset. */
function cuts(): Play[] {
  return answers.flatMap((answer) =>
    Array.from({ length: answer.length }, (_, at) => at).flatMap((at) => [
      {
        name: `closed after ${at} of ${JSON.stringify(answer.slice(0, 40))}`,
        play: (socket: net.Socket) => socket.end(answer.slice(0, at), 'latin1'),
        outcome: 'error' as const,
      },
      {
        name: `reset after ${at} of ${JSON.stringify(answer.slice(0, 40))}`,
        play: (socket: net.Socket) => {
          if (at === 0) {
            socket.resetAndDestroy();
          } else {
            socket.write(answer.slice(0, at), 'latin1', () => setTimeout(() => socket.resetAndDestroy(), 2));
          }
        },
        outcome: 'error' as const,
      },
    ]),
  );
}

/** Bytes changed, left out, doubled and put in; then the end. */
function mutation(random: () => number): Play {
  const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)]!;
  let text = pick(answers);
  for (let turn = 0; turn <= random() * 4; turn++) {
    const at = Math.floor(random() * text.length);
    const size = Math.floor(random() * 6);
    const put = pick([pick(spice), String.fromCharCode(random() * 256), text.slice(at, at + size)]);
    text = text.slice(0, at) + put + text.slice(at + pick([0, 1, size]));
  }
  return {
    name: `mutated ${JSON.stringify(text)}`,
    play: (socket) => socket.end(text, 'latin1'),
    outcome: undefined,
  };
}

/** As fast as it is read, until the other side has had enough. */
function endless(socket: net.Socket, begin: string, piece: string): void {
  write(socket, begin);
  const more = () => {
    while (!socket.destroyed && write(socket, piece)) {}
  };
  socket.on('drain', more);
  more();
}

/** Byte by byte, then nothing more. */
function drip(socket: net.Socket, text: string, upTo: number): void {
  let at = 0;
  const timer = setInterval(() => {
    write(socket, text[at] ?? '');
    at++;
    if (at >= upTo) {
      clearInterval(timer);
    }
  }, 1);
  socket.on('close', () => clearInterval(timer));
}

function special(random: () => number): Play {
  const plays: readonly (() => Play)[] = [
    () => ({
      name: 'an oversized field',
      play: (socket) => write(socket, ok('a', `X: ${'x'.repeat(17_000 + random() * 50_000)}\r\n`)),
      outcome: 'error',
    }),
    () => ({
      name: 'too many fields',
      play: (socket) => write(socket, ok('a', 'X-Field: value\r\n'.repeat(2000 + random() * 2000))),
      outcome: 'error',
    }),
    () => ({
      name: 'an endless field',
      play: (socket) => endless(socket, 'HTTP/1.1 200 OK\r\nX: ', 'x'.repeat(4000)),
      outcome: 'error',
    }),
    () => ({
      name: 'an endless head',
      play: (socket) => endless(socket, 'HTTP/1.1 200 OK\r\n', 'X: y\r\n'.repeat(500)),
      outcome: 'error',
    }),
    () => ({
      name: 'an endless status line',
      play: (socket) => endless(socket, 'HTTP/1.1 200 ', 'OK'.repeat(1000)),
      outcome: 'error',
    }),
    () => ({
      name: 'endless hints',
      play: (socket) => endless(socket, '', 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(50)),
      outcome: 'error',
    }),
    () => ({
      name: 'an endless body',
      play: (socket) => endless(socket, 'HTTP/1.1 200 OK\r\n\r\n', 'x'.repeat(16_000)),
      outcome: 'error',
    }),
    () => ({
      name: 'endless trailers',
      play: (socket) =>
        endless(socket, 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n', 'X: y\r\n'.repeat(500)),
      outcome: 'error',
    }),
    () => ({
      name: 'an endless chunk extension',
      play: (socket) => endless(socket, 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;', 'x'.repeat(4000)),
      outcome: 'error',
    }),
    () => ({ name: 'silence', play: () => {}, outcome: 'error' }),
    () => ({ name: 'a slow head that stops', play: (socket) => drip(socket, sized, random() * 60), outcome: 'error' }),
    () => ({
      name: 'rubbish',
      play: (socket) => socket.end(Buffer.from(Array.from({ length: random() * 200 }, () => random() * 256))),
      outcome: 'error',
    }),
    () => ({
      name: 'a whole answer',
      play: (socket) => write(socket, answers[Math.floor(random() * answers.length)]!),
      outcome: 'answer',
    }),
    () => ({ name: 'two answers', play: (socket) => write(socket, sized + sized), outcome: 'answer' }),
  ];
  return plays[Math.floor(random() * plays.length)]!();
}

suite('HTTP against peers that misbehave', () => {
  let stage: Stage;
  let uncaught: unknown[];
  const keep = (error: unknown) => uncaught.push(error);
  errorsWithoutStacks();
  setup(() => {
    stage = new Stage();
    uncaught = [];
    process.on('unhandledRejection', keep);
  });
  teardown(async () => {
    process.off('unhandledRejection', keep);
    assert.deepEqual(uncaught, []);
    await stage.end();
  });

  test('servers, 10 000 connections and more', async () => {
    const random = numbers(20_261_121);
    const plays = [
      ...cuts(),
      ...Array.from({ length: 8300 }, () => mutation(random)),
      ...Array.from({ length: 900 }, () => special(random)),
    ];
    const next = new Map<string, Play>();
    // Several, so that there are ports enough; each knows by its port on this side what to do with whom.
    const servers: Served[] = [];
    for (const host of ['127.0.2.1', '127.0.2.2', '127.0.2.3', '127.0.2.4']) {
      servers.push(
        await stage.raw((socket, { head }) => {
          next.get(/\r\nx-play: (\d+)/.exec(head)![1]!)?.play(socket);
        }, host),
      );
    }
    let number = 0;
    const wrong: string[] = [];
    const clock = new CountingClock();
    const { signal } = new AbortController();
    setMaxListeners(0, signal);
    await inParallel(plays, async (play) => {
      const key = String(number++);
      next.set(key, play);
      const session = new HttpClientSession(servers[number % servers.length]!.origin, {
        timeout: { receive: play.outcome === 'answer' ? 10_000 : 300 },
        clock,
      });
      // Half of them are sent again where they may be; a third goes by Node's client.
      const method = number % 2 === 0 ? 'GET' : 'POST';
      if (number % 3 === 0) {
        session.speakPlainly();
      }
      let outcome: string;
      try {
        const response = await session.request('/', { method, headers: { 'x-play': key }, timeout: 15_000, signal });
        await response.bytes(1_000_000);
        outcome = 'answer';
      } catch (error) {
        outcome = error instanceof Error && (error as { phase?: string }).phase !== 'request' ? 'error' : String(error);
      }
      if (outcome !== play.outcome && (play.outcome !== undefined || !/^(answer|error)$/.test(outcome))) {
        wrong.push(`${play.name}: ${outcome}`);
      }
      session.dispose();
      next.delete(key);
    });
    assert.deepEqual(wrong, []);
    const connections = servers.reduce((sum, { connections: all }) => sum + all.length, 0);
    assert.ok(connections >= 10_000, `${connections} connections`);
    await until(() => servers.every((server) => server.open() === 0));
    assert.deepEqual([clock.pending, getEventListeners(signal, 'abort').length], [0, 0]);
  }).timeout(180_000);

  test('clients, 3000 connections', async () => {
    const random = numbers(5);
    const requests = [
      'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
      'POST /a?b HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody',
      'PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n',
      'POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\nbody',
      'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nearly',
      'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\nearly',
    ];
    let begun = 0;
    let answered = 0;
    let ended = 0;
    const clock = new CountingClock();
    const server = await stage.serve(
      net.createServer(async (socket) => {
        begun++;
        const session = new HttpServerSession(socket, { timeout: 500, keepAliveTimeout: 200, clock });
        for await (const { request, response, expectsContinue, isUpgrade } of session) {
          if (expectsContinue) {
            response.writeContinue();
          }
          request.resume();
          request.on('error', () => {});
          await new Promise((resolve) => request.once('close', resolve));
          // Not always at once: what follows is there by then.
          if (++answered % 3 === 0) {
            await pause(1);
          }
          if (isUpgrade && answered % 2 === 0 && !socket.destroyed) {
            session.detachSocket().socket.end('detached');
          } else {
            response.end('answer');
          }
        }
        ended++;
      }),
      '127.0.2.5',
    );
    const texts = Array.from({ length: 3000 }, (_, index) => {
      // One, several of it, or different ones behind each other.
      const others = Array.from({ length: Math.floor(random() * 4) }, () =>
        Math.floor(random() * 2 * requests.length),
      ).map((other) => requests[other] ?? requests[index % requests.length]!);
      let text = [requests[index % requests.length]!, ...others].join('');
      const kind = random();
      if (kind < 0.4) {
        text = text.slice(0, Math.floor(random() * text.length));
      } else if (kind < 0.9) {
        const at = Math.floor(random() * text.length);
        text =
          text.slice(0, at) + spice[Math.floor(random() * spice.length)]! + text.slice(at + Math.floor(random() * 3));
      }
      return { text, isReset: random() < 0.3, isClosed: random() < 0.6 };
    });
    await inParallel(texts, async ({ text, isReset, isClosed }) => {
      const socket = net.connect(server.port, '127.0.2.5');
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.on('error', () => {});
      socket.resume();
      socket.write(text, 'latin1', () => {
        if (isReset) {
          setTimeout(() => socket.resetAndDestroy(), 1);
        } else if (isClosed) {
          socket.end();
        }
      });
      const late = pause(20_000).then(() => 'late');
      assert.notEqual(await Promise.race([closed, late]), 'late', JSON.stringify(text));
    });
    await until(() => ended === 3000);
    assert.deepEqual([begun, clock.pending], [3000, 0]);
    assert.equal(server.open(), 0);
  }).timeout(180_000);
});
