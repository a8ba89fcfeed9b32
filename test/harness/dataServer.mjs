// The lab's server. `GET /bytes?n=N` answers with N bytes. `GET /paced?n=N&ms=M` takes M ms for N bytes, each four of which
// count from 0; it has an ETag, and the rest of it can be asked for. A PUT or POST is read to its end, counted and answered
// with how many bytes came; `GET /executed?of=PATH` tells how often each method was, for that path. Anything else tells the
// address that the request came from. `delay` in the query, in ms, holds the answer back.
import { createServer } from 'node:http';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

const chunk = Buffer.alloc(64 * 1024, 'x');
/** Milliseconds between two pieces of what is paced. */
const pace = 10;
const etag = '"counted"';
/** @type {Record<string, Record<string, number>>} */
const executed = {};

function* chunksOf(size) {
  for (let left = size; left > 0; left -= chunk.length) {
    yield left >= chunk.length ? chunk : chunk.subarray(0, left);
  }
}

function counted(size) {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at + 4 <= size; at += 4) {
    bytes.writeUInt32BE(at / 4, at);
  }
  return bytes;
}

async function sendPaced({ headers }, response, size, time) {
  const [, from] = /^bytes=(\d+)-$/.exec((headers['if-range'] === etag && headers.range) || '') ?? [];
  const rest = counted(size).subarray(Number(from ?? 0));
  const range = from === undefined ? {} : { 'content-range': `bytes ${from}-${size - 1}/${size}` };
  response.writeHead(from === undefined ? 200 : 206, { etag, 'content-length': rest.length, ...range });
  const piece = Math.ceil(size / (time / pace));
  for (let sent = 0; sent < rest.length && !response.destroyed; sent += piece) {
    response.write(rest.subarray(sent, sent + piece));
    await delay(pace);
  }
  response.end();
}

const server = createServer(async (request, response) => {
  const { method = '', url = '/' } = request;
  const { pathname, searchParams } = new URL(url, 'http://server');
  const number = (name) => Number(searchParams.get(name) ?? 0);
  if (method === 'POST' || method === 'PUT') {
    let received = 0;
    request.on('data', (data) => {
      received += data.length;
    });
    request.once('end', async () => {
      executed[pathname] ??= {};
      executed[pathname][method] = (executed[pathname][method] ?? 0) + 1;
      await delay(number('delay'));
      response.end(`${received}\n`);
    });
    return;
  }
  await delay(number('delay'));
  if (pathname === '/bytes') {
    const size = number('n');
    response.setHeader('content-length', size);
    Readable.from(chunksOf(size)).pipe(response);
  } else if (pathname === '/paced') {
    await sendPaced(request, response, number('n'), number('ms'));
  } else if (pathname === '/executed') {
    response.end(JSON.stringify(executed[searchParams.get('of') ?? ''] ?? {}));
  } else {
    response.end(`${request.socket.remoteAddress}\n`);
  }
});
server.listen(8080, '10.99.0.1', () => console.log('ready'));
