// Against a server that is not ours: our client and nginx, and nginx, as a proxy, and our server session.
import assert from 'node:assert/strict';
import net from 'node:net';
import { gunzipSync } from 'node:zlib';
import { ByteReader, HttpClientSession, HttpServerSession, type HttpSessionOptions } from '../../../src/http/index.js';
import { Stage, until } from '../../fixtures/httpServers.js';
import { findNginx, Nginx } from '../../fixtures/nginx.js';

const large = Buffer.from(Array.from({ length: 2_000_000 }, (_, index) => (index * 7) % 256));
const small = 'a small file\n';

suite('HTTP sessions and nginx', () => {
  let stage: Stage;
  let nginx: Nginx;
  let upstream: { readonly sessions: HttpServerSession[]; readonly server: net.Server };
  const heard: string[] = [];

  suiteSetup(async function () {
    const program = findNginx();
    if (program === undefined) {
      this.skip(); // There is no nginx here, and none could be unpacked.
    }
    const sessions: HttpServerSession[] = [];
    const server = net.createServer(async (socket) => {
      const session = new HttpServerSession(socket);
      sessions.push(session);
      for await (const { request, response, isUpgrade } of session) {
        if (isUpgrade) {
          response.writeHead(101, { Connection: 'upgrade', Upgrade: String(request.headers.upgrade) }).end();
          const detached = session.detachSocket();
          detached.socket.write(detached.head);
          detached.socket.pipe(detached.socket);
          return;
        }
        let body = '';
        for await (const chunk of request) {
          body += chunk;
        }
        heard.push(`${request.method} ${request.url}`);
        if (request.url === '/up/large') {
          response.end(large);
        } else {
          response.write(`${request.method} `);
          response.end(`${body.length} bytes`);
        }
      }
    });
    server.listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as net.AddressInfo;
    upstream = { sessions, server };
    nginx = await Nginx.start(
      program,
      { small, large },
      `
        client_max_body_size 10m;
        location /204 { return 204; }
        location /304 { return 304; }
        location /moved { return 302 /small; }
        location /few { keepalive_requests 2; try_files /small =404; }
        location /short { keepalive_timeout 1s; try_files /small =404; }
        location /closing { keepalive_timeout 0; try_files /small =404; }
        location /slow { limit_rate 1m; try_files /large =404; }
        location /gz { gzip on; gzip_types *; try_files /large =404; }
        location /dav/ { dav_methods PUT DELETE; create_full_put_path on; }
        location /up/ { proxy_pass http://upstream; proxy_http_version 1.1; proxy_set_header Connection ""; }
        location /upgrade { proxy_pass http://upstream; proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade; }
      `,
      `upstream upstream { server 127.0.0.1:${port}; keepalive 4; }`,
    );
  });
  suiteTeardown(async () => {
    await nginx?.stop();
    upstream?.server.close();
  });
  setup(() => {
    stage = new Stage();
  });
  teardown(async () => {
    // nginx keeps connections to our server session: they are not those of the test.
    await stage.end();
  });

  function client(options: HttpSessionOptions = {}) {
    const session = new HttpClientSession(nginx.origin, options);
    const connections: net.Socket[] = [];
    session.onDidConnect((socket) => connections.push(socket));
    stage.onEnd(() => session.dispose());
    return { session, connections };
  }
  const text = async (session: HttpClientSession, path: string, init = {}) =>
    (await session.request(path, init)).text();

  test('files, by one connection, bodies and heads', async () => {
    const { session, connections } = client();
    assert.equal(await text(session, '/small'), small);
    const head = await session.request('/large', { method: 'HEAD' });
    assert.equal(head.headers.get('content-length'), String(large.length));
    assert.equal(await head.text(), '');
    assert.deepEqual(Buffer.from(await (await session.request('/large')).bytes()), large);
    assert.equal((await session.request('/204')).status, 204);
    const { headers } = await session.request('/small', { method: 'HEAD' });
    const etag = headers.get('etag')!;
    const unchanged = await session.request('/small', { headers: { 'If-None-Match': etag } });
    assert.deepEqual([unchanged.status, await unchanged.text()], [304, '']);
    const moved = await session.request('/moved');
    assert.deepEqual([moved.status, new URL(moved.headers.get('location')!).pathname], [302, '/small']);
    await moved.dump();
    const missing = await session.request('/missing');
    assert.equal(missing.status, 404);
    await missing.text();
    const part = await session.request('/large', { headers: { Range: 'bytes=10-19', 'If-Range': '"other"' } });
    assert.equal(part.status, 200);
    await part.bytes();
    assert.equal(connections.length, 1);
  });

  test('the limit of requests, the time-outs and the close of its keep-alive', async () => {
    const { session, connections } = client();
    for (let turn = 0; turn < 4; turn++) {
      assert.equal(await text(session, '/few'), small);
    }
    assert.equal(connections.length, 2);
    await text(session, '/closing');
    await until(() => !session.connected);
    await text(session, '/short');
    await until(() => !session.connected);
    assert.equal(await text(session, '/small'), small);
  });

  test('pipelined, each its own answer', async () => {
    const { session, connections } = client({ pipelining: 8 });
    const paths = Array.from({ length: 40 }, (_, index) => (index % 3 === 0 ? '/large' : '/small'));
    const sizes = await Promise.all(paths.map(async (path) => (await (await session.request(path)).bytes()).length));
    assert.deepEqual(
      sizes,
      paths.map((path) => (path === '/large' ? large.length : small.length)),
    );
    assert.equal(connections.length, 1);
  });

  test('PUT, DELETE, with 100-continue and as a stream', async () => {
    const { session } = client();
    const stream = async function* () {
      yield large.subarray(0, 1_000_000);
      yield large.subarray(1_000_000);
    };
    const asked = await session.request('/dav/a', { method: 'PUT', body: large, expectContinue: 5000 });
    assert.deepEqual([asked.status, asked.continued], [201, true]);
    await asked.dump();
    assert.deepEqual(Buffer.from(await (await session.request('/dav/a')).bytes()), large);
    const streamed = await session.request('/dav/b', { method: 'PUT', body: stream, expectContinue: true });
    assert.equal(streamed.status, 201);
    await streamed.dump();
    const chunked = await session.request('/dav/c', { method: 'PUT', body: stream() });
    assert.equal(chunked.status, 201);
    await chunked.dump();
    assert.equal((await (await session.request('/dav/b')).bytes()).length, large.length);
    assert.equal((await session.request('/dav/a', { method: 'DELETE' })).status, 204);
  });

  test('malformed requests of ours are its errors, and answered', async () => {
    const { session } = client();
    const response = await session.request('/small', { method: 'PATCH', headers: { Host: 'a' } });
    assert.equal(response.status, 405);
    await response.text();
    const long = await session.request(`/${'x'.repeat(12_000)}`);
    assert.equal(long.status, 414);
  });

  test('a refused upgrade', async () => {
    const { session } = client();
    await assert.rejects(session.upgrade('/small', 'echo'), { code: 'ERR_UPGRADE_REFUSED', status: 200 });
  });

  test('an upgrade through nginx, from our client to our server session', async () => {
    const { session } = client();
    const { status, headers, socket } = await session.upgrade('/upgrade', 'echo');
    stage.onEnd(() => socket.destroy());
    assert.deepEqual([status, headers.get('upgrade'), session.connected], [101, 'echo', false]);
    const reader = new ByteReader(socket);
    socket.write(Buffer.from([0xff, 0, 1]));
    assert.deepEqual([await reader.get(), await reader.get(), await reader.get()], [0xff, 0, 1]);
    assert.equal(await text(session, '/small'), small);
    socket.end();
    assert.equal(await reader.get(), undefined);
  });

  test('codings of the content are the caller’s; those of the transfer are not', async () => {
    const { session, connections } = client();
    const response = await session.request('/gz', { headers: { 'Accept-Encoding': 'gzip' } });
    assert.equal(response.headers.get('content-encoding'), 'gzip');
    assert.equal(response.headers.get('transfer-encoding'), 'chunked');
    assert.deepEqual(gunzipSync(await response.bytes()), large);
    assert.equal(await text(session, '/small'), small);
    assert.equal(connections.length, 1);
  });

  test('nginx and our server session: in order, kept alive, large and chunked', async () => {
    const { session } = client();
    const before = upstream.sessions.length;
    assert.equal(await text(session, '/up/a'), 'GET 0 bytes');
    assert.equal(await text(session, '/up/b', { method: 'POST', body: 'x'.repeat(300_000) }), 'POST 300000 bytes');
    assert.equal(await text(session, '/up/c', { method: 'PUT', body: 'y', expectContinue: true }), 'PUT 1 bytes');
    assert.deepEqual(Buffer.from(await (await session.request('/up/large')).bytes()), large);
    assert.equal(upstream.sessions.length - before, 1, 'one connection');
    assert.deepEqual(heard.slice(-4), ['GET /up/a', 'POST /up/b', 'PUT /up/c', 'GET /up/large']);
    upstream.sessions.at(-1)?.abort();
  });

  test('a download that a reset breaks is resumed', async () => {
    const { session, connections } = client();
    const replays: boolean[] = [];
    session.onDidReplay(({ isResumed }) => replays.push(isResumed));
    const response = await session.request('/slow');
    const body = response.bytes();
    await until(() => session.bytesReceived > 200_000);
    connections[0]!.destroy(Object.assign(new Error('reset'), { code: 'ECONNRESET' }));
    assert.deepEqual(Buffer.from(await body), large);
    assert.deepEqual(replays, [true]);
    assert.equal(response.replays, 1);
  });
});
