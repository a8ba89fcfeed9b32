// What our client makes of answers, against a reader that takes RFC 9112 by its words: thousands of them, of our own making,
// in pieces that are cut at random.

import assert from 'node:assert/strict';
import type net from 'node:net';
import { PassThrough } from 'node:stream';
import { AnswerGate } from '../../../src/http/answerGate.js';
import { HttpClientSession, type HttpSessionOptions } from '../../../src/http/index.js';
import { type CorpusAnswer, generatedAnswers, writtenAnswers } from '../../fixtures/answerCorpus.js';
import { errorsWithoutStacks } from '../../fixtures/errorsWithoutStacks.js';
import { randomFrom } from '../../fixtures/fuzz.js';
import { inParallel, ok, Stage, until, writeInPieces } from '../../fixtures/httpServers.js';
import { type Laxness, readStrictly, type StrictAnswer } from '../../fixtures/strictAnswers.js';
import { Refusal } from '../../fixtures/strictMessages.js';

/** What the client takes and the strict reader does not, and why. */
const laxer: Readonly<Record<Laxness, string>> = {
  'empty lines before':
    'Servers of old send an empty line behind a body, as clients of old did, whose servers pass over (RFC 9112 2.2). It stands between answers, and moves the border of none.',
  'no blank behind the status':
    'Many servers leave it out where they give no reason, and a client takes no notice of the reason (RFC 9112 4).',
  'one length many times': 'RFC 9110 8.6 and RFC 9112 6.3 let one that is said more than once be taken for one.',
};
const allowed = new Set(Object.keys(laxer) as Laxness[]);

/** What the strict reader takes and the client does not, and why. */
const stricter: readonly { readonly why: string; readonly is: (bytes: string) => boolean }[] = [
  {
    why: 'A length beyond 2^53 - 1 can only be that of a body that does not come (HEAD, 304): a number cannot tell it from the next one.',
    is: (bytes) => /\r\ncontent-length:[\t ]*0*[1-9]\d{15}/i.test(bytes),
  },
];

function strictly(bytes: string, method: string, laxness = new Set<Laxness>(), start = 0): StrictAnswer | undefined {
  try {
    return readStrictly(bytes, method, start, laxness);
  } catch (error) {
    assert.ok(error instanceof Refusal, String(error));
    return undefined;
  }
}

/** What says how far a message goes, and the options of the connection, in one of the ways to say the same. */
const plainest: Readonly<Record<string, (value: string) => string>> = {
  'content-length': (value) => value.replace(/^0+(?=\d)/, ''),
  'transfer-encoding': (value) => elementsOf(value.toLowerCase()),
  // RFC 9112 9.3: beside 'close' nothing counts.
  connection: (value) => (/^(?:.*,)?[\t ]*close[\t ]*(?:,.*)?$/i.test(value) ? 'close' : elementsOf(value)),
};
const elementsOf = (value: string) =>
  value
    .split(',')
    .map((element) => element.replace(/^[\t ]+|[\t ]+$/g, ''))
    .filter((element) => element !== '')
    .join(', ');

/** Not by Object.fromEntries: there are names such as '__proto__' among them. */
const sorted = (fields: Iterable<readonly [string, string]>) =>
  [...fields]
    .map(([name, value]) => `${name}: ${Object.hasOwn(plainest, name) ? plainest[name]!(value) : value}`)
    .sort();

/** Where HTTP/1.0 has chunks the engine is told to close, and so is the caller. */
const withoutClose = (fields: readonly string[]) => fields.filter((field) => !field.startsWith('connection: '));

function meaningOf({ status, fields, body, trailers, persists }: StrictAnswer): object {
  const all = sorted(fields);
  const isFaulty = !persists && fields.has('transfer-encoding');
  return { status, fields: isFaulty ? withoutClose(all) : all, body, trailers: sorted(trailers) };
}

/** What a caller is told; undefined: an error. */
async function meaningFor(session: HttpClientSession, path: string, method: string, meant: StrictAnswer | undefined) {
  try {
    const response = await session.request(path, { method });
    const body = Buffer.from(await response.bytes()).toString('latin1');
    const fields = sorted(response.headers);
    const isFaulty = meant?.persists === false && meant.fields.has('transfer-encoding');
    const trailers = sorted(await response.trailers);
    return { status: response.status, fields: isFaulty ? withoutClose(fields) : fields, body, trailers };
  } catch {
    return undefined;
  }
}

suite('HTTP answers', () => {
  const corpus: readonly CorpusAnswer[] = [...writtenAnswers, ...generatedAnswers(9112, 2_600)];
  let stage: Stage;
  let random: (below: number) => number;
  errorsWithoutStacks();
  setup(() => {
    stage = new Stage();
    random = randomFrom(7);
  });
  teardown(() => stage.end());

  function client(origin: string, options: HttpSessionOptions): HttpClientSession {
    return new HttpClientSession(origin, { timeout: 20_000, ...options });
  }

  test('the corpus has of all kinds', () => {
    const read = corpus.map(({ bytes, method }) => strictly(bytes, method));
    const good = read.filter((each) => each !== undefined);
    assert.ok(corpus.length >= 2_000 && new Set(corpus.map(({ bytes }) => bytes)).size >= 2_000);
    assert.ok(good.length > 700 && good.length < corpus.length - 1_000, `${good.length} of ${corpus.length}`);
    assert.ok(good.filter(({ persists }) => !persists).length > 100);
    assert.ok(good.filter(({ trailers }) => trailers.size > 0).length > 30);
    for (const each of allowed) {
      const most = corpus.filter(({ bytes, method }) => strictly(bytes, method) === undefined);
      assert.ok(
        most.some(({ bytes, method }) => strictly(bytes, method, new Set([each])) !== undefined),
        each,
      );
    }
    for (const { is, why } of stricter) {
      assert.ok(
        corpus.some(({ bytes, method }) => is(bytes) && strictly(bytes, method) !== undefined),
        why,
      );
    }
  });

  test('are taken where RFC 9112 takes them and mean the same, and are errors elsewhere', async () => {
    const server = await stage.raw(async (socket, { head }) => {
      await writeInPieces(socket, corpus[Number(/^\S+ \/(\d+)/.exec(head)![1])]!.bytes, random);
      socket.end();
    }, '127.0.2.6');
    const wrong: string[] = [];
    const all = [...corpus.entries()].flatMap(([index, answer]) =>
      [false, true].map((isPlain) => ({ ...answer, index, isPlain })),
    );
    await inParallel(all, async ({ index, method, bytes, isPlain }) => {
      const session = client(server.origin, { replay: false });
      if (isPlain) {
        session.speakPlainly();
      }
      const meant = strictly(bytes, method, allowed);
      const seen = await meaningFor(session, `/${index}`, method, meant);
      session.dispose();
      try {
        if (seen !== undefined || !stricter.some(({ is }) => is(bytes))) {
          assert.deepEqual(seen, meant && meaningOf(meant));
        }
      } catch (error) {
        wrong.push(`${isPlain ? 'plain' : 'undici'} ${method} ${JSON.stringify(bytes)}\n${(error as Error).message}`);
      }
    });
    assert.equal(wrong.length, 0, `${wrong.length} of ${all.length}:\n${wrong.slice(0, 20).join('\n')}`);
  }).timeout(120_000);

  test('leave nothing behind: the next answer is the next one, on the same connection where it may be', async () => {
    const good = corpus.flatMap(({ method, bytes }) => {
      const meant = strictly(bytes, method, allowed);
      return meant === undefined || stricter.some(({ is }) => is(bytes)) ? [] : [{ method, bytes, meant }];
    });
    const server = await stage.raw(async (socket, { head, connection }) => {
      const { bytes, meant } = good[Number(/^\S+ \/(\d+)/.exec(head)?.[1])] ?? {};
      await writeInPieces(socket, bytes ?? ok(`next ${connection}`), random);
      if (meant?.isUntilClose) {
        socket.end();
      }
    }, '127.0.2.7');
    const wrong: string[] = [];
    await inParallel([...good.entries()], async ([index, { method, bytes, meant }]) => {
      const session = client(server.origin, {});
      const connections: net.Socket[] = [];
      session.onDidConnect((socket) => connections.push(socket));
      const seen = await meaningFor(session, `/${index}`, method, meant);
      await until(() => session.bytesReceived === bytes.length || connections.every(({ destroyed }) => destroyed));
      const rest = bytes.slice(meant.end);
      // Behind half a line end nothing is whole.
      const isHalf = /^(?:\r\n)*\r$/.test(rest);
      const asked = session.request('/next').then((response) => response.text());
      const next = await (isHalf ? asked.catch(() => 'next one failed') : asked);
      const isUsedAgain = connections.length === 1;
      // Who is careful may close where nothing of a body came that was told of, and where an empty line came behind it.
      const isFree = method === 'HEAD' || meant.status === 204 || meant.status === 304 || rest !== '';
      const isRight = meant.persists && /^(?:\r\n)*$/.test(rest) ? isUsedAgain || isFree : isHalf || !isUsedAgain;
      if (seen === undefined || !next.startsWith('next ') || !isRight) {
        wrong.push(`${method} ${JSON.stringify(bytes)}: ${next}, ${connections.length} connections`);
      }
      session.dispose();
    });
    assert.equal(wrong.length, 0, `${wrong.length} of ${good.length}:\n${wrong.slice(0, 20).join('\n')}`);
  }).timeout(120_000);

  test('that follow each other in one pipe are told apart as RFC 9112 does', async () => {
    const pairs = corpus.filter((_, index) => index % 3 === 0);
    const marker = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnext';
    const server = await stage.raw(async (socket, { head, number }) => {
      const index = Number(/^\S+ \/(\d+)/.exec(head)?.[1]);
      if (/^\S+ \/next/.test(head) && number === 1) {
        await writeInPieces(socket, marker, random);
      } else if (/^\S+ \/next/.test(head)) {
        await writeInPieces(socket, pairs[Number(/\r\nx-first: (\d+)/.exec(head)![1])]!.bytes + marker, random);
        socket.end();
      } else if (number > 1) {
        assert.fail(`${index} came again on the same connection`);
      }
    }, '127.0.2.8');
    const wrong: string[] = [];
    await inParallel([...pairs.entries()], async ([index, { method, bytes }]) => {
      const session = client(server.origin, {
        pipelining: 2,
        replay: { methods: ['GET', 'HEAD', 'POST', 'OPTIONS'], maxAttempts: 1 },
      });
      const first = strictly(bytes + marker, method, allowed);
      const second = first?.persists ? strictly(bytes + marker, 'GET', allowed, first.end) : undefined;
      const [one, two] = await Promise.all([
        meaningFor(session, `/${index}`, method, first),
        (async () => {
          const response = await session.request('/next', { headers: { 'x-first': String(index) }, timeout: 5_000 });
          return { status: response.status, body: Buffer.from(await response.bytes()).toString('latin1') };
        })().catch(() => undefined),
      ]);
      session.dispose();
      try {
        if (one !== undefined) {
          assert.deepEqual(one, first && meaningOf(first));
        }
        if (two !== undefined && two.body !== 'next') {
          assert.deepEqual(two, second && { status: second.status, body: second.body });
        }
      } catch (error) {
        wrong.push(`${method} ${JSON.stringify(bytes)}\n${(error as Error).message}`);
      }
    });
    assert.equal(wrong.length, 0, `${wrong.length} of ${pairs.length}:\n${wrong.slice(0, 20).join('\n')}`);
  }).timeout(120_000);

  test('that came before they were asked for are none', async () => {
    const stream = new PassThrough();
    stream.write('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged');
    const gate = AnswerGate.before(stream as unknown as net.Socket, false);
    assert.match(String(gate.refusal), /asked/);
    stream.push('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged');
    assert.deepEqual(stream.read(), Buffer.from([0]), 'no parser takes that');
  });
});
