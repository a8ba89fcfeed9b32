import assert from 'node:assert/strict';
import { HttpClientSession, type HttpSessionOptions } from '../../../src/http/index.js';
import { ok, pause, Stage, until } from '../../fixtures/httpServers.js';

suite('HTTP pipelining', () => {
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
  const text = async (session: HttpClientSession, path: string, init = {}) =>
    (await session.request(path, init)).text();

  test('sends several before the first is answered, and gives each its own answer', async () => {
    const held: (() => void)[] = [];
    const server = await stage.raw((socket, { head }) => {
      held.push(() => socket.write(ok(head.split(' ')[1])));
    });
    const session = client(server.origin, { pipelining: 4 });
    const answers = Promise.all(['/1', '/2', '/3', '/4', '/5', '/6'].map((path) => text(session, path)));
    await until(() => server.requests.length === 4);
    await pause(10);
    assert.equal(server.requests.length, 4, 'no more than that');
    const timer = setInterval(() => held.shift()?.(), 1);
    assert.deepEqual(await answers, ['/1', '/2', '/3', '/4', '/5', '/6']);
    clearInterval(timer);
    assert.equal(server.connections.length, 1);
  });

  test('those that are asked for together go out in one write', async () => {
    const server = await stage.raw((socket, { head }) => {
      socket.write(ok(head.split(' ')[1]));
    });
    const session = client(server.origin, { pipelining: 4 });
    const writes: number[] = [];
    session.onDidConnect((socket) => {
      const writev = socket._writev;
      socket._writev = (chunks, done) => {
        writes.push(chunks.length);
        writev?.call(socket, chunks, done);
      };
    });
    const paths = ['/1', '/2', '/3', '/4'];
    assert.deepEqual(await Promise.all(paths.map((path) => text(session, path))), paths);
    assert.deepEqual(writes, [4], 'those that waited for the connection');
    assert.deepEqual(await Promise.all(paths.map((path) => text(session, path))), paths);
    assert.deepEqual(writes, [4, 4], 'those that found it idle');
  });

  test('one at a time unless it is asked for', async () => {
    const server = await stage.raw(() => {});
    const session = client(server.origin);
    const failed = ['/1', '/2'].map((path) => assert.rejects(session.request(path)));
    await until(() => server.requests.length === 1);
    await pause(10);
    assert.equal(server.requests.length, 1);
    session.abort();
    await Promise.all(failed);
  });

  test('none where nothing may be sent twice', async () => {
    const server = await stage.raw((socket) => setTimeout(() => socket.destroy(), 10));
    const session = client(server.origin, { pipelining: 4, replay: false });
    const failed = ['/1', '/2'].map((path) => assert.rejects(session.request(path, { idempotent: true })));
    await Promise.all(failed);
    assert.equal(server.requests.length, 2);
  });

  test('what may not be sent again has the connection for itself, in its turn', async () => {
    const server = await stage.raw((socket, { head }) => {
      setTimeout(() => socket.write(ok(head.split(' ')[1])), 5);
    });
    const session = client(server.origin, { pipelining: 10 });
    let inFlight = 0;
    let most = 0;
    const post = text(session, '/1').then(() => {});
    const all = ['GET', 'GET', 'POST', 'GET', 'GET'].map(async (method, index) => {
      inFlight++;
      most = Math.max(most, inFlight);
      const body = await text(session, `/${index}`, { method });
      inFlight--;
      return body;
    });
    assert.deepEqual(await Promise.all(all), ['/0', '/1', '/2', '/3', '/4']);
    await post;
    const order = server.requests.map(({ head }) => head.split(' ').slice(0, 2).join(' '));
    assert.deepEqual(order, ['GET /1', 'GET /0', 'GET /1', 'POST /2', 'GET /3', 'GET /4']);
    assert.equal(server.connections.length, 1);
  });

  test('a POST is never sent twice, whatever becomes of others', async () => {
    const server = await stage.raw((socket, { head }) => {
      if (head.startsWith('POST')) {
        setTimeout(() => socket.write(ok('posted')), 30);
      } else if (!head.includes('/hang')) {
        socket.write(ok());
      }
    });
    const session = client(server.origin, { pipelining: 10 });
    const ending = new AbortController();
    const before = session.request('/hang', { signal: ending.signal });
    const posted = text(session, '/', { method: 'POST', body: 'x' });
    const after = session.request('/hang', { signal: ending.signal });
    const failed = Promise.all([before, after].map((each) => assert.rejects(each)));
    setTimeout(() => ending.abort(), 10);
    await failed;
    assert.equal(await posted, 'posted');
    assert.equal(server.requests.filter(({ head }) => head.startsWith('POST')).length, 1);
  });

  test('what was in flight when the connection broke is sent again, all of it', async () => {
    const server = await stage.raw((socket, { head, connection, number }) => {
      if (connection === 1 && number === 3) {
        socket.resetAndDestroy();
      } else if (connection > 1 || number === 1) {
        socket.write(ok(head.split(' ')[1]));
      }
    });
    const session = client(server.origin, { pipelining: 5 });
    const paths = ['/1', '/2', '/3', '/4', '/5'];
    assert.deepEqual(await Promise.all(paths.map((path) => text(session, path))), paths);
    assert.equal(server.connections.length, 2);
  });

  test('ending one of them does not end the others', async () => {
    const silent = new Set<unknown>();
    const server = await stage.raw((socket, { head }) => {
      if (head.includes('/hang')) {
        silent.add(socket);
      }
      if (!silent.has(socket)) {
        socket.write(ok(head.split(' ')[1]));
      }
    });
    const session = client(server.origin, { pipelining: 5 });
    await text(session, '/warm');
    const hanging = session.request('/hang', { timeout: 20 });
    const behind = Promise.all(['/1', '/2', '/3'].map((path) => text(session, path)));
    await assert.rejects(hanging, { code: 'ETIMEDOUT' });
    assert.deepEqual(await behind, ['/1', '/2', '/3']);
  });
});
