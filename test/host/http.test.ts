// HTTP sessions as other extensions have them, in a real extension host, where VS Code has put its own in place of much.
import * as assert from 'node:assert/strict';
import * as http from 'node:http';
import * as https from 'node:https';
import * as net from 'node:net';
import * as vscode from 'vscode';
import type { HttpApi, NetworkSession, NetworkSessionsApi } from '../../src/host/api/network-sessions.js';
import type { Simulation } from '../../src/platforms/simulated/index.js';
import { certificateFor } from '../fixtures/certificate.js';
import { Servers, settled, simulated, theExtension, until } from './support.js';

/** An address that every machine has, and that nothing leaves from unasked. */
const address = '127.0.0.9';

suite('HTTP sessions of the API', () => {
  let api: NetworkSessionsApi;
  let simulation: Simulation;
  let door: HttpApi;
  let network: NetworkSession;
  const servers = new Servers();
  const changed = new Set<string>();

  suiteSetup(async () => {
    ({ api, simulation } = await simulated());
    door = await api.loadHttp();
  });
  setup(async () => {
    simulation.add({ identifier: 'lab', name: 'Lab LAN', addresses: [address], up: true });
    network = api.createSession('lab', { extension: theExtension().id, reason: 'Testing' });
    network.open();
    assert.ok(await network.waitForOpened());
  });
  teardown(async () => {
    for (const key of changed) {
      await vscode.workspace.getConfiguration('http').update(key, undefined, vscode.ConfigurationTarget.Global);
    }
    changed.clear();
    servers.end();
    network.dispose();
    await settled({ api, simulation });
    simulation.remove('lab');
  });

  /** A server that says who has come for what, as a proxy too. */
  async function echo(): Promise<string> {
    const answer: http.RequestListener = ({ url, headers, socket }, response) => {
      const authorization = headers['proxy-authorization'];
      response.end(JSON.stringify({ url, from: socket.remoteAddress, authorization }));
    };
    return `http://127.0.0.1:${await servers.listen(http.createServer(answer))}`;
  }

  async function ask(origin: string): Promise<Record<string, unknown>> {
    await using session = new door.HttpClientSession(origin, { network });
    return await (await session.request('/')).json();
  }

  async function set(key: string, value: unknown): Promise<void> {
    changed.add(key);
    await vscode.workspace.getConfiguration('http').update(key, value, vscode.ConfigurationTarget.Global);
    const text = JSON.stringify(value);
    const now = () => JSON.stringify(vscode.workspace.getConfiguration('http').inspect(key)?.globalValue);
    await until(`http.${key} is set`, () => now() === text);
  }

  test('leave by the access point of a session of the API, and are counted on it', async () => {
    const origin = await echo();
    const before = door.httpTraffic(network);
    const session = new door.HttpClientSession(origin, { network });
    const response = await session.request('/a', { method: 'POST', body: 'x'.repeat(1000) });
    assert.equal(response.link, network.interface?.name);
    assert.deepEqual(await response.json(), { url: '/a', from: address });
    const { bytesSent, bytesReceived } = door.httpTraffic(network);
    assert.deepEqual([bytesSent, bytesReceived], [session.bytesSent, session.bytesReceived]);
    assert.ok(before.bytesSent === 0 && bytesSent > 1000 && bytesReceived > 0);
    assert.equal(session.boundBy, 'address');
    await session.close();
    assert.deepEqual(door.httpTraffic(network), { bytesSent, bytesReceived }, 'what is closed counts on');
  });

  test('follow it: a loss ends what is out, what waits goes on when it is back', async () => {
    const arrived: string[] = [];
    const server = http.createServer(({ method = '' }, response) => {
      arrived.push(method);
      if (arrived.length > 2) {
        response.end('answered');
      }
    });
    const session = new door.HttpClientSession(`http://127.0.0.1:${await servers.listen(server)}`, { network });
    const heard: (string | undefined)[] = [];
    session.onDidRebind((binding) => heard.push(binding?.localAddress4));
    const got = session.request('/').then((response) => response.text());
    await until('the first has arrived', () => arrived.length === 1);
    const posting = new door.HttpClientSession(session.origin, { network });
    const posted = assert.rejects(posting.request('/', { method: 'POST', body: 'x' }), { code: 'ENETDOWN' });
    await until('both have arrived', () => arrived.length === 2);
    simulation.set('lab', { inReach: false });
    await posted;
    await until('it waits', () => session.waiting === 1);
    simulation.set('lab', { inReach: true, up: true });
    assert.equal(await got, 'answered');
    assert.deepEqual(arrived, ['GET', 'POST', 'GET']);
    assert.deepEqual([heard.at(0), heard.at(-1)], [undefined, address]);
    session.dispose();
    posting.dispose();
  });

  test('leave the rest of the extension host alone: no dispatcher is set, and fetch stays what it is', async () => {
    const look = () => ({
      dispatchers: [1, 2].map(
        (each) => (globalThis as Record<symbol, unknown>)[Symbol.for(`undici.globalDispatcher.${each}`)],
      ),
      fetch: Object.getOwnPropertyDescriptor(globalThis, 'fetch')?.value,
      agent: http.globalAgent,
      functions: [http.request, https.request, net.connect],
    });
    const before = look();
    const origin = await echo();
    await ask(origin);
    await door.probe(origin, network);
    const after = look();
    assert.deepEqual(
      after.dispatchers.map((each, index) => each === before.dispatchers[index]),
      [true, true],
    );
    assert.ok(after.fetch === before.fetch && after.agent === before.agent);
    assert.ok(after.functions.every((each, index) => each === before.functions[index]));
  });

  test("go by VS Code's proxy, which is read again for each connection, but not to this machine itself", async () => {
    const proxy = await echo();
    const origin = await echo();
    await set('proxy', proxy);
    await set('proxyAuthorization', 'Bearer token');
    const proxied = { url: 'http://origin.example/', from: address, authorization: 'Bearer token' };
    assert.deepEqual(await ask('http://origin.example'), proxied);
    assert.deepEqual(await ask(origin), { url: '/', from: address });
    const session = new door.HttpClientSession('http://origin.example', { network });
    assert.deepEqual(await (await session.request('/')).json(), proxied);
    await set('proxyAuthorization', 'Bearer other');
    session.reset();
    assert.deepEqual(await (await session.request('/')).json(), { ...proxied, authorization: 'Bearer other' });
    session.dispose();
  });

  test('go by none where VS Code says so, by the one that is given, and never for a probe', async () => {
    const proxy = await echo();
    await set('proxy', proxy);
    // `.invalid` has no address (RFC 6761 6.4), and the simulated network no name server that answers.
    const direct = () => assert.rejects(ask('http://origin.invalid'));
    await set('noProxy', ['invalid']);
    await direct();
    await set('noProxy', undefined);
    await set('proxySupport', 'off');
    await direct();
    await set('proxySupport', undefined);
    assert.equal((await ask('http://origin.invalid'))['url'], 'http://origin.invalid/');
    const probed = await door.probe('http://origin.invalid', network, { timeout: 500 });
    assert.ok(probed.status === undefined && probed.error !== undefined);
    const other = await echo();
    await set('proxy', 'socks5://127.0.0.1:9');
    await assert.rejects(ask('http://origin.invalid'), /A proxy is an address that begins with/);
    const given = { network, proxy: { host: '127.0.0.1', port: Number(new URL(other).port) } };
    await using session = new door.HttpClientSession('http://origin.invalid', given);
    assert.equal((await session.request('/')).status, 200);
  });

  test('check certificates, whatever the proxy is excused from', async () => {
    const certificate = certificateFor('localhost');
    const port = await servers.listen(https.createServer(certificate, (_, response) => response.end('secret')));
    const origin = `https://localhost:${port}`;
    for (const systemCertificates of [true, false]) {
      await set('systemCertificates', systemCertificates);
      await set('proxyStrictSSL', false);
      await using untrusting = new door.HttpClientSession(origin, { network });
      await assert.rejects(untrusting.request('/'), { code: /SELF_SIGNED|UNABLE_TO/ });
      await using trusting = new door.HttpClientSession(origin, { network, tls: { ca: certificate.cert } });
      assert.equal(await (await trusting.request('/')).text(), 'secret');
    }
  });

  test('serve, detach and read byte by byte', async () => {
    const heard: unknown[] = [];
    const server = net.createServer(async (socket) => {
      const served = new door.HttpServerSession(socket, { maxKeepAliveRequests: 2 });
      served.data = 'mine';
      for await (const { request, response, isUpgrade } of served) {
        heard.push([request.url, served.data, served.clientAddress.address, served.canKeepAlive]);
        if (isUpgrade) {
          const { socket: detached } = served.detachSocket();
          detached.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nhi');
          return;
        }
        response.end('served');
      }
    });
    const session = new door.HttpClientSession(`http://127.0.0.1:${await servers.listen(server)}`, { network });
    assert.equal(await (await session.request('/a')).text(), 'served');
    assert.equal(await (await session.request('/b')).text(), 'served');
    const { socket, status } = await session.upgrade('/c', 'echo');
    const reader = new door.ByteReader(socket);
    assert.deepEqual([status, await reader.peek(), String(await reader.read(2))], [101, 104, 'hi']);
    assert.deepEqual(heard, [
      ['/a', 'mine', address, true],
      ['/b', 'mine', address, false],
      ['/c', 'mine', address, true],
    ]);
    socket.destroy();
    await session.close();
  });

  test('a probe tells what there is, and what the routing table knows', async () => {
    const port = await servers.listen(http.createServer((_, response) => response.writeHead(204).end()));
    const result = await door.probe(`http://127.0.0.1:${port}/`, network, { checkRoute: true });
    assert.deepEqual([result.connectivity, result.status, result.boundBy], ['full', 204, 'address']);
    assert.notEqual(result.route?.isOwn, true, 'this machine itself is not reached by the link');
    assert.ok(Object.isFrozen(result));
    simulation.set('lab', { addresses: ['192.0.2.77'] });
    assert.equal((await door.probe(`http://127.0.0.1:${port}/`, network)).connectivity, 'none');
  });

  test('what leaves is sealed: nothing can be added or put in its place, and nothing inside is reached', async () => {
    assert.equal(await api.loadHttp(), door);
    assert.equal(await (await theExtension().activate()).getAPI(1).loadHttp(), door, 'it holds nothing of anybody');
    const session = new door.HttpClientSession('http://127.0.0.1:9', { network });
    const { HttpClientSession, HttpServerSession, ByteReader } = door;
    const prototypes = [HttpClientSession, HttpServerSession, ByteReader].map(({ prototype }) => prototype as object);
    for (const object of [
      door,
      ...prototypes,
      ...prototypes.map((each) => each.constructor),
      door.httpTraffic(network),
    ]) {
      assert.ok(Object.isFrozen(object));
    }
    assert.throws(() => Object.assign(session, { added: 1 }), TypeError);
    assert.throws(() => Object.assign(session, { request: () => assert.fail() }), TypeError);
    assert.throws(() => Object.assign(session, { origin: new URL('http://other') }), TypeError);
    assert.deepEqual(Reflect.ownKeys(session), ['origin', 'data']);
    session.data = 7;
    assert.equal(session.data, 7);
    const mine: { dispose(): void }[] = [];
    session.onDidConnect(() => undefined, undefined, mine);
    assert.equal(mine.length, 1);
    session.dispose();
    const port = await servers.listen(http.createServer((_, response) => response.end('served')));
    const answered = new door.HttpClientSession(`http://127.0.0.1:${port}`, { network });
    const response = await answered.request('/');
    for (const object of [response, response.headers, (response as unknown as { body: object }).body]) {
      assert.ok(Object.isFrozen(Object.getPrototypeOf(object)));
    }
    assert.equal(await response.text(), 'served');
    answered.dispose();
  });

  test('arguments are checked', async () => {
    const { HttpClientSession, HttpServerSession, ByteReader } = door;
    const wrong: readonly (() => unknown)[] = [
      () => new HttpClientSession('ftp://a'),
      () => new HttpClientSession('http://a/path'),
      () => new HttpClientSession('http://a', { network: 'lab' as never }),
      () => new HttpClientSession('http://a', { network: {} as never }),
      () => new HttpClientSession('http://a', { network: { interfaceName: 7 } as never }),
      () => new HttpClientSession('http://a', { network: { interfaceName: 'a', onDidChangeState: 7 } as never }),
      () => new HttpClientSession('http://a', { timeout: -1 }),
      () => new HttpClientSession('http://a', { proxy: { host: '', port: 1 } }),
      () => new HttpClientSession('http://a').onDidReplay(7 as never),
      () => new HttpServerSession(new net.Socket(), { timeout: 0 }),
      () => door.httpTraffic(undefined as never),
    ];
    for (const call of wrong) {
      assert.throws(call, TypeError);
    }
    await assert.rejects(door.probe('http://a', undefined as never), TypeError);
    await assert.rejects(door.probe('ftp://a', network), TypeError);
    await assert.rejects(new ByteReader(new net.Socket()).read(0), TypeError);
  });
});
