// HTTP sessions beside undici's own Client and node:http, against nginx. Every measurement is a process of its own; what is
// compared runs in turns, so that what else the machine does falls on both.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import Client from 'undici/lib/dispatcher/client.js';
import { HttpClientSession, HttpServerSession } from '../../src/http/index.js';
import { findNginx, Nginx } from '../fixtures/nginx.js';
import { median, report } from './figures.js';

const usualRounds = 5;
/** Where the limit is near to what is measured, and each run is off by more than that. */
const manyRounds = 15;
/** Milliseconds for the compiler, and for the measurement. */
const warmUp = 700;
const measured = 1_500;

interface Load {
  readonly kind: 'undici' | 'session' | 'node:http' | 'server session';
  readonly connections: number;
  readonly inFlight: number;
  /** Of the server; 0 for servers. */
  readonly port: number;
}

interface Figures {
  /** Requests in a second. */
  readonly rate: number;
  /** Microseconds of CPU for a request. */
  readonly cpu: number;
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** undici's `request` as it is exported; the Client's own is set by the file that we do not load. */
const undiciRequest: (this: object, options: object) => Promise<{ body: { text(): Promise<string> } }> =
  require('undici/lib/api/index.js').request;

function requestsOf({ kind, inFlight, port }: Load): () => Promise<unknown> {
  const origin = `http://127.0.0.1:${port}`;
  if (kind === 'session') {
    const session = new HttpClientSession(origin, { pipelining: inFlight });
    return async () => (await session.request('/small')).text();
  }
  const client = new (Client as unknown as new (origin: string, options: object) => object)(origin, {
    pipelining: inFlight,
  });
  return async () => (await undiciRequest.call(client, { path: '/small', method: 'GET' })).body.text();
}

/** Sends as fast as it is answered, until `isOver`. */
function send(load: Load, count: () => void, isOver: () => boolean): void {
  const loop = async (request: () => Promise<unknown>) => {
    while (!isOver()) {
      await request();
      count();
    }
  };
  for (let connection = 0; connection < load.connections; connection++) {
    const request = requestsOf(load);
    for (let each = 0; each < load.inFlight; each++) {
      loop(request).catch((error) => {
        // A server that was measured is gone.
        if (!isOver()) {
          console.error(error);
          process.exitCode = 1;
        }
      });
    }
  }
}

/** Counts for a while. */
async function count(begin: (count: () => void) => void): Promise<Figures> {
  let requests = 0;
  begin(() => requests++);
  await pause(warmUp);
  const before = requests;
  const [cpu, time] = [process.cpuUsage(), performance.now()];
  await pause(measured);
  const done = requests - before;
  const { user, system } = process.cpuUsage(cpu);
  return { rate: (done * 1000) / (performance.now() - time), cpu: (user + system) / done };
}

/** In a process of its own: a server that is called by the one that has begun it, or clients. */
async function measureHere(load: Load): Promise<Figures> {
  if (load.port !== 0) {
    return count((each) => send(load, each, () => false));
  }
  let each = () => {};
  const answer = (response: http.ServerResponse) => {
    response.end('a small file\n');
    each();
  };
  const server =
    load.kind === 'node:http'
      ? http.createServer((_, response) => answer(response))
      : net.createServer(async (socket) => {
          for await (const { response } of new HttpServerSession(socket)) {
            answer(response);
          }
        });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  process.send?.({ port: (server.address() as AddressInfo).port });
  return count((counted) => {
    each = counted;
  });
}

async function measure(load: Load): Promise<Figures> {
  const child = fork(__filename, [JSON.stringify(load)]);
  let isOver = false;
  try {
    for (;;) {
      const [message] = (await once(child, 'message')) as [{ port: number } | Figures];
      if ('rate' in message) {
        return message;
      }
      send(
        { ...load, kind: 'session', port: message.port },
        () => {},
        () => isOver,
      );
    }
  } finally {
    isOver = true;
    await pause(20);
    child.kill();
  }
}

/** How much of `that` `this_` needs or does, in each round. */
async function compare(
  this_: Load,
  that: Load,
  rounds = usualRounds,
): Promise<{ cpu: number[]; rate: number[]; ours: Figures[]; theirs: Figures[] }> {
  const ours: Figures[] = [];
  const theirs: Figures[] = [];
  for (let round = 0; round < rounds; round++) {
    ours.push(await measure(this_));
    theirs.push(await measure(that));
  }
  const ratio = (figure: keyof Figures) => ours.map((each, round) => each[figure] / theirs[round]![figure]);
  return { cpu: ratio('cpu'), rate: ratio('rate'), ours, theirs };
}

async function main(): Promise<void> {
  const program = findNginx();
  if (program === undefined) {
    console.error('skipped: there is no nginx');
    return;
  }
  const nginx = await Nginx.start(program, { small: 'a small file\n' }, 'keepalive_requests 100000000;');
  const port = Number(new URL(nginx.origin).port);
  const middle = (figures: readonly Figures[], figure: keyof Figures) => median(figures.map((each) => each[figure]));
  try {
    for (const connections of [1, 50]) {
      const load = { connections, inFlight: 1, port };
      const { cpu, ours, theirs } = await compare({ ...load, kind: 'session' }, { ...load, kind: 'undici' });
      const microseconds = { ours: middle(ours, 'cpu'), theirs: middle(theirs, 'cpu') };
      report(`HTTP client, ${connections} connections: CPU of undici's own`, 'x', cpu, { atMost: 1.15 }, microseconds);
    }
    const pipelined: Load = { kind: 'session', connections: 1, inFlight: 10, port };
    const piped = await compare(pipelined, { ...pipelined, inFlight: 1 });
    report('HTTP client, pipelining: 10: rate of one at a time', 'x', piped.rate, { atLeast: 5 });
    const served = { connections: 20, inFlight: 1, port: 0 };
    const { cpu } = await compare({ ...served, kind: 'node:http' }, { ...served, kind: 'server session' }, manyRounds);
    report('HTTP server session: rate of node:http, by CPU', 'x', cpu, { atLeast: 0.9 });
  } finally {
    await nginx.stop();
  }
}

const [, , given] = process.argv;
if (given === undefined) {
  main();
} else {
  measureHere(JSON.parse(given) as Load).then((figures) => process.send?.(figures, () => process.exit()));
}
