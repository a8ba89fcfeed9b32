// What our server makes of requests, against a reader that takes RFC 9112 by its words: thousands of them, of our own making,
// alone and several on a connection, in pieces that are cut at random.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import type { HttpExchange, HttpServerSession } from '../../../src/http/index.js';
import { errorsWithoutStacks } from '../../fixtures/errorsWithoutStacks.js';
import { randomFrom } from '../../fixtures/fuzz.js';
import { serveSessions } from '../../fixtures/httpServerSessions.js';
import { inParallel, Stage, until, writeInPieces } from '../../fixtures/httpServers.js';
import { generatedRequests } from '../../fixtures/requestCorpus.js';
import { readStrictly, type StrictAnswer } from '../../fixtures/strictAnswers.js';
import { Refusal } from '../../fixtures/strictMessages.js';
import {
  type Laxness,
  readRequestStrictly,
  type Strictness,
  type StrictRequest,
} from '../../fixtures/strictRequests.js';
import { writtenRequests } from '../../fixtures/writtenRequests.js';

/** What the server takes and the strict reader does not, and why. */
const laxer: Readonly<Record<Laxness, string>> = {
  'targets as browsers write them':
    'Browsers do not encode [ ] { } | \\ ^ ` in queries, nor a lone %. None of them moves the border of a request, and what is in a target the handler has to check anyway.',
  'addresses of other schemes':
    'What stands in them is for their scheme to say; the handler, who knows it or not, is given them as they are.',
};

/** What the server refuses, or does not do, and the strict reader does, and why. */
const stricter: Readonly<Record<Strictness, string>> = {
  'lines that go on': 'RFC 9112 5.2 lets a server refuse them: recipients that differ read other fields.',
  'content of CONNECT':
    'RFC 9110 9.3.6: CONNECT has none, and recipients differ on whether it is the first of the tunnel.',
  'tunnels to nobody': 'A tunnel needs a host, although the grammar lets a host be empty.',
  'heads above 16 KiB': 'RFC 9112 3 and RFC 9110 5.4 let a server say how much it takes: as much as that of Node.',
  'upgrades with content':
    'RFC 9110 7.8 lets a server take no notice of an upgrade: this one has its content read first.',
};

const allLax = new Set(Object.keys(laxer) as Laxness[]);
const allStrict = new Set(Object.keys(stricter) as Strictness[]);

/** All that a client says on one connection, as it is meant. */
interface StrictConnection {
  readonly requests: readonly StrictRequest[];
  /** What follows them is none. */
  readonly refusal: Refusal | undefined;
}

function strictly(bytes: string, laxness = allLax, strictness = allStrict): StrictConnection {
  const requests: StrictRequest[] = [];
  try {
    for (let at = 0; ; ) {
      const request = readRequestStrictly(bytes, at, laxness, strictness);
      if (request === undefined) {
        return { requests, refusal: undefined };
      }
      requests.push(request);
      if (!request.persists || request.isUpgrade) {
        return { requests, refusal: undefined };
      }
      at = request.end;
    }
  } catch (error) {
    assert.ok(error instanceof Refusal, String(error));
    return { requests, refusal: error };
  }
}

/** A request without where it ends, and what becomes of the connection: that is seen by what follows. */
const meaningOf = ({ end: _, persists: __, ...meaning }: StrictRequest) => meaning;

type Meaning = ReturnType<typeof meaningOf>;

const pairsOf = (raw: readonly string[]) =>
  Array.from({ length: raw.length / 2 }, (_, at) => [raw[2 * at]!, raw[2 * at + 1]!] as const);

async function meaningFor({ request, isUpgrade, expectsContinue }: HttpExchange): Promise<Meaning> {
  const parts: Buffer[] = [];
  for await (const part of request) {
    parts.push(part);
  }
  return {
    method: request.method!,
    target: request.url!,
    minor: request.httpVersionMinor,
    fields: pairsOf(request.rawHeaders),
    body: Buffer.concat(parts).toString('latin1'),
    trailers: pairsOf(request.rawTrailers),
    isUpgrade,
    expectsContinue,
  };
}

/** What came of a connection. */
interface Outcome {
  readonly given: Meaning[];
  /** What came behind a request that was answered by another protocol. */
  behind: string | undefined;
}

suite('HTTP requests', () => {
  const corpus = [...writtenRequests, ...generatedRequests(9112, 2_600)];
  let stage: Stage;
  let random: (below: number) => number;
  errorsWithoutStacks();
  setup(() => {
    stage = new Stage();
    random = randomFrom(11);
  });
  teardown(() => stage.end());

  /** Answers what comes whole; each connection's outcome by the port of its client. */
  async function serve() {
    const outcomes = new Map<number, Outcome>();
    const answer = async (exchange: HttpExchange, session: HttpServerSession) => {
      const { request, response } = exchange;
      const outcome = outcomes.get(session.clientAddress.port)!;
      if (exchange.expectsContinue && random(2) === 0) {
        response.writeContinue();
      }
      try {
        outcome.given.push(await meaningFor(exchange));
      } catch {
        return;
      }
      if (!exchange.isUpgrade || random(2) === 0) {
        // With a length: HTTP/1.0 has no other body that leaves the connection open.
        response.writeHead(exchange.isUpgrade ? 403 : 200, { 'Content-Length': 6 }).end('answer');
        return;
      }
      const { socket, head } = session.detachSocket();
      outcome.behind = head.toString('latin1');
      socket.on('data', (more) => (outcome.behind += more.toString('latin1')));
      socket.on('end', () => socket.end(`HTTP/1.1 403 Switched\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`));
      assert.equal(request.complete, true);
    };
    const server = await serveSessions(stage, answer, { timeout: 20_000 }, '127.0.2.9');
    return { ...server, outcomes };
  }

  /** Says it all, and hears what is said to it until the end. */
  async function talk(server: Awaited<ReturnType<typeof serve>>, bytes: string, endsAfter: boolean) {
    const socket = net.connect({ port: server.port, host: '127.0.2.9', allowHalfOpen: true });
    stage.onEnd(() => socket.destroy());
    await once(socket, 'connect');
    const outcome: Outcome = { given: [], behind: undefined };
    server.outcomes.set(socket.localPort!, outcome);
    let heard = '';
    socket.on('data', (part) => (heard += part.toString('latin1')));
    socket.on('error', (error) => (heard += String(error)));
    // Where the server waits for more than there is.
    socket.setTimeout(20_000, () => socket.destroy(new Error('nothing more came')));
    const ended = new Promise((resolve) => socket.once('end', resolve).once('close', resolve));
    await writeInPieces(socket, bytes, random);
    if (endsAfter) {
      socket.end();
    }
    await ended;
    socket.end();
    return { ...outcome, heard };
  }

  /** The answers that were heard, each of which is one, and nothing else. */
  function answersOf(heard: string, requests: readonly StrictRequest[]): StrictAnswer[] {
    const answers: StrictAnswer[] = [];
    for (let at = 0; at < heard.length; at = answers.at(-1)!.end) {
      const { method } = requests[answers.length] ?? { method: 'GET' };
      answers.push(readStrictly(heard, method, at));
    }
    return answers;
  }

  /** Throws where the server has made something else of it. */
  async function check(server: Awaited<ReturnType<typeof serve>>, bytes: string): Promise<void> {
    const { requests, refusal } = strictly(bytes);
    const last = requests.at(-1);
    const isClosedByServer = refusal === undefined && last !== undefined && (last.isUpgrade || !last.persists);
    // What is cut off, and what leaves the connection as it is, ends when the client closes its side; all else by itself.
    const isCutOff = refusal?.message.startsWith('cut off') === true;
    const { given, behind, heard } = await talk(
      server,
      bytes,
      isCutOff || last?.isUpgrade === true || (refusal === undefined && !isClosedByServer) || random(2) === 0,
    );
    assert.deepEqual(given, requests.map(meaningOf));
    const answers = answersOf(heard, requests);
    const expected: number[] = requests.map(({ isUpgrade }) => (isUpgrade ? 403 : 200));
    if (refusal !== undefined) {
      expected.push(refusal.status);
    }
    assert.deepEqual(
      answers.map(({ status }) => status),
      expected,
    );
    const closing = answers.map(({ persists }) => !persists);
    assert.deepEqual(
      closing,
      expected.map((_, index) => index === expected.length - 1 && (refusal !== undefined || isClosedByServer)),
      'who says that the connection ends',
    );
    if (behind !== undefined) {
      assert.equal(behind, bytes.slice(last!.end));
    }
  }

  async function checkAll(all: readonly string[]): Promise<void> {
    const server = await serve();
    const wrong: string[] = [];
    await inParallel(all, async (bytes) => {
      // A server that waits where it ought to close takes its time; enough is known by then.
      if (wrong.length >= 20) {
        return;
      }
      try {
        await check(server, bytes);
      } catch (error) {
        const { refusal } = strictly(bytes);
        wrong.push(`${JSON.stringify(bytes)} (${refusal?.message ?? 'valid'})\n${(error as Error).message}`);
      }
    });
    assert.equal(wrong.length, 0, `${wrong.length} or more of ${all.length}:\n${wrong.join('\n')}`);
    await until(() => server.ended.length === all.length);
  }

  test('the corpus has of all kinds', () => {
    const read = corpus.map((bytes) => strictly(bytes));
    const good = read.flatMap(({ requests }) => requests);
    const bad = read.filter(({ refusal }) => refusal !== undefined);
    assert.ok(new Set(corpus).size >= 2_000 && good.length > 1_000, `${good.length}`);
    assert.ok(bad.length > 800 && read.length - bad.length > 800, `${bad.length} of ${read.length}`);
    for (const status of [400, 413, 431, 501, 505]) {
      assert.ok(bad.filter(({ refusal }) => refusal!.status === status).length > 1, `${status}`);
    }
    assert.ok(good.filter(({ isUpgrade }) => isUpgrade).length > 60);
    assert.ok(good.filter(({ trailers }) => trailers.length > 0).length > 30);
    assert.ok(good.filter(({ expectsContinue }) => expectsContinue).length > 15);
    assert.ok(read.filter(({ requests, refusal }) => requests.length > 1 && refusal !== undefined).length > 60);
    const isTold = (one: StrictConnection, other: StrictConnection) =>
      JSON.stringify(one.requests) !== JSON.stringify(other.requests);
    for (const each of allLax) {
      const others = new Set([...allLax].filter((other) => other !== each));
      assert.ok(corpus.filter((bytes) => isTold(strictly(bytes), strictly(bytes, others))).length > 3, each);
    }
    for (const each of allStrict) {
      const others = new Set([...allStrict].filter((other) => other !== each));
      assert.ok(corpus.filter((bytes) => isTold(strictly(bytes), strictly(bytes, allLax, others))).length > 0, each);
    }
  });

  test('are taken where RFC 9112 takes them and mean the same, and are refused elsewhere, with all that follows', async () => {
    await checkAll(corpus);
  }).timeout(120_000);
});
