// The lab's server: GET /bytes?n=N answers with N bytes, a POST is read to its end, anything else tells the address that
// the request came from. `delay` in the query, in ms, holds the answer back.
import { createServer } from 'node:http';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

const chunk = Buffer.alloc(64 * 1024, 'x');

function* chunksOf(size) {
  for (let left = size; left > 0; left -= chunk.length) {
    yield left >= chunk.length ? chunk : chunk.subarray(0, left);
  }
}

const server = createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://server');
  await delay(Number(searchParams.get('delay') ?? 0));
  if (request.method === 'POST') {
    let received = 0;
    request.on('data', (data) => {
      received += data.length;
    });
    request.once('end', () => response.end(`${received}\n`));
  } else if (pathname === '/bytes') {
    const size = Number(searchParams.get('n') ?? 0);
    response.setHeader('content-length', size);
    Readable.from(chunksOf(size)).pipe(response);
  } else {
    response.end(`${request.socket.remoteAddress}\n`);
  }
});
server.listen(8080, '10.99.0.1', () => console.log('ready'));
