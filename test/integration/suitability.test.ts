import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import type tls from 'node:tls';
import type { NetworkInterface, SuitabilityTest, TestResult } from '../../src/engine/index.js';
import { runSuitabilityTest } from '../../src/platforms/suitability.js';
import { parseSuitabilityTest } from '../../src/shared/suitabilityTest.js';
import { certificateFor, trusting } from '../fixtures/certificate.js';
import { NameServer, type Names } from '../fixtures/nameServer.js';
import { openSockets } from '../fixtures/openSockets.js';
import { settled, TestClock } from '../fixtures/testClock.js';

/** Where the link's own traffic comes from; servers that see it have seen the link. */
const own = '127.0.0.9';

function link(parts: Partial<NetworkInterface> = {}): NetworkInterface {
  return { name: 'lo', addresses: [own], gateway: undefined, dnsServers: [], ...parts };
}

/** Waits for what no event tells of; mocha's own limit ends it. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await settled();
  }
}

suite('suitability tests', () => {
  let clock: TestClock;
  let closers: (() => unknown)[];
  let socketsBefore: number;
  let never: AbortController;

  setup(() => {
    clock = new TestClock();
    closers = [];
    socketsBefore = openSockets();
    never = new AbortController();
  });

  teardown(async () => {
    for (const close of closers.reverse()) {
      await close();
    }
    assert.equal(clock.pending, 0, 'a timer is left');
    // A closed one is gone a few turns later; one that is left would go when its resolver gives up.
    for (let turn = 0; turn < 1000 && openSockets() > socketsBefore; turn++) {
      await settled();
    }
    assert.ok(openSockets() <= socketsBefore, 'a socket is left');
  });

  const run = (test: SuitabilityTest, on = link(), signal: AbortSignal = never.signal): Promise<TestResult> =>
    runSuitabilityTest(test, on, clock, signal);

  /** A server whose connections are kept, to be looked at and to be ended with the test. */
  async function serve<S extends net.Server>(server: S, host = '127.0.0.1') {
    const connections: net.Socket[] = [];
    const from: (string | undefined)[] = [];
    server.on('connection', (socket: net.Socket) => {
      connections.push(socket);
      from.push(socket.remoteAddress);
      socket.on('error', () => {});
    });
    closers.push(() => {
      for (const socket of connections) {
        socket.destroy();
      }
      return new Promise((resolve) => server.close(resolve));
    });
    server.listen(0, host);
    await once(server, 'listening');
    return { connections, from, port: (server.address() as AddressInfo).port };
  }

  const tcpServer = (onConnection: (socket: net.Socket) => void = () => {}, host?: string) =>
    serve(
      net.createServer((socket) => onConnection(socket.resume())),
      host,
    );

  async function httpServer(answer: http.RequestListener) {
    const requests: http.IncomingMessage[] = [];
    const server = http.createServer((request, response) => {
      requests.push(request);
      answer(request, response);
    });
    return { ...(await serve(server)), requests };
  }

  const status = (code: number, headers: http.OutgoingHttpHeaders = {}) =>
    httpServer((_, response) => response.writeHead(code, headers).end('body'));

  async function nameServer(names: Readonly<Record<string, Names>>, host?: string) {
    const server = await NameServer.start(names, host);
    closers.push(() => server.close());
    return server;
  }

  suite('tcp', () => {
    test('connects from the address of the link', async () => {
      const { connections, from, port } = await tcpServer();
      const result = await run({ tcp: `127.0.0.1:${port}` });
      assert.deepEqual(result, {
        test: { tcp: `127.0.0.1:${port}` },
        passed: true,
        milliseconds: 0,
        detail: undefined,
      });
      assert.ok(Object.isFrozen(result));
      await until(() => connections.length === 1);
      assert.deepEqual(from, [own]);
      await until(() => connections[0]?.destroyed === true);
    });

    test('connects by IPv6 from the address of that family', async function () {
      const { connections, from, port } = await tcpServer(undefined, '::1').catch((error) => {
        if (['EADDRNOTAVAIL', 'EAFNOSUPPORT'].includes(error.code)) {
          return this.skip(); // This machine has no IPv6.
        }
        throw error;
      });
      const on = link({ addresses: [own, 'fe80::1', '::1'] });
      assert.equal((await run({ tcp: `[::1]:${port}` }, on)).detail, undefined);
      await until(() => connections.length === 1);
      assert.deepEqual(from, ['::1']);
    });

    test('says that nobody listens', async () => {
      const { port } = await tcpServer();
      await closers.pop()?.();
      assert.equal((await run({ tcp: `127.0.0.1:${port}` })).detail, 'refused');
    });

    test('needs an address of the same family, and one that is there', async () => {
      assert.equal((await run({ tcp: '[::1]:9' })).detail, 'the link has no IPv6 address');
      assert.equal((await run({ tcp: '127.0.0.1:9' }, link({ addresses: [] }))).detail, 'the link has no IPv4 address');
      const local = link({ addresses: ['fe80::1', 'nonsense'] });
      assert.equal((await run({ tcp: 'name.test:9' }, local)).detail, 'the link has no address');
      const lost = link({ addresses: ['192.0.2.77'] });
      assert.equal((await run({ tcp: '127.0.0.1:9' }, lost)).detail, 'the address of the link is gone');
    });

    test("asks the link's own servers for a name, from the address of the link", async () => {
      const { connections, from, port } = await tcpServer();
      const { asked, address: server } = await nameServer({ 'host.test': { 4: ['127.0.0.1'] } });
      const result = await run({ tcp: `host.test:${port}` }, link({ dnsServers: [server] }));
      assert.equal(result.detail, undefined);
      await until(() => connections.length === 1);
      assert.deepEqual(from, [own]);
      assert.deepEqual(asked, [{ name: 'host.test', from: own }]);
    });

    test('tries every address of a name', async () => {
      const { port } = await tcpServer();
      const { address: server } = await nameServer({
        'host.test': { 4: ['127.0.0.3', '127.0.0.1'] },
        'dead.test': { 4: ['127.0.0.3', '127.0.0.4'] },
      });
      const on = link({ dnsServers: [server], addresses: [own, '::1'] });
      assert.equal((await run({ tcp: `host.test:${port}` }, on)).detail, undefined);
      assert.equal((await run({ tcp: `dead.test:${port}` }, on)).detail, 'refused');
      assert.equal((await run({ tcp: `unknown.test:${port}` }, on)).detail, 'the name has no address');
    });

    test('asks the system where the link names no server', async () => {
      const { port } = await tcpServer();
      assert.equal((await run({ tcp: `localhost:${port}` })).detail, undefined);
    });
  });

  suite('dns', () => {
    test('passes with an address of either kind', async () => {
      const { asked, address: server } = await nameServer({
        'four.test': { 4: ['192.0.2.1'] },
        'six.test': { 6: ['2001:db8::1'] },
      });
      const on = link({ dnsServers: [server] });
      assert.equal((await run({ dns: 'four.test' }, on)).detail, undefined);
      assert.equal((await run({ dns: 'six.test' }, on)).detail, undefined);
      assert.ok(asked.every(({ from }) => from === own));
    });

    const failures: readonly (readonly [name: string, Names | undefined, detail: string])[] = [
      ['unknown.test', undefined, 'the name has no address'],
      ['empty.test', {}, 'the name has no address'],
      ['failing.test', { code: 2 }, 'the name servers failed'],
      ['refusing.test', { code: 5 }, 'the name servers refused'],
    ];
    for (const [name, known, detail] of failures) {
      test(`does not pass: ${name}`, async () => {
        const { address: server } = await nameServer(known === undefined ? {} : { [name]: known });
        assert.equal((await run({ dns: name }, link({ dnsServers: [server] }))).detail, detail);
      });
    }

    for (const known of ['silent', 'rubbish'] as const) {
      test(`is over after 5 s where the answer is ${known}`, async () => {
        const { asked, address: server } = await nameServer({ 'host.test': known });
        const result = run({ dns: 'host.test' }, link({ dnsServers: [server] }));
        await until(() => asked.length >= 2);
        await clock.advance(5_000);
        assert.equal((await result).passed, false);
        // What the resolver makes of rubbish is its own affair, as long as it ends.
        assert.ok(known === 'rubbish' || (await result).detail === 'no answer within 5 s');
      });
    }

    test('asks the next server where nobody listens at the first', async () => {
      const { address: server } = await nameServer({ 'host.test': { 4: ['192.0.2.1'] } });
      const dead = await nameServer({}, '127.0.0.6');
      await closers.pop()?.();
      const dnsServers = [dead.address, server];
      assert.equal((await run({ dns: 'host.test' }, link({ dnsServers }))).detail, undefined);
      const result = await run({ dns: 'host.test' }, link({ dnsServers: [dead.address] }));
      assert.equal(result.detail, 'the name servers did not answer');
    });

    test('does not ask servers that only another link could reach', async () => {
      const dnsServers = ['nonsense', 'dns+tls://127.0.0.5', '2001:db8::53', ''];
      const { detail } = await run({ dns: 'host.test' }, link({ dnsServers }));
      assert.equal(detail, 'the link has no address from which its name servers could be asked');
    });
  });

  suite('http', () => {
    test('passes below 400, or with the very status that is wanted, and follows nothing', async () => {
      const { from, port, requests } = await status(302, { Location: '/elsewhere' });
      const address = `http://127.0.0.1:${port}/here?and=there#not`;
      assert.equal((await run({ http: address })).detail, undefined);
      assert.equal((await run({ http: address, status: 302 })).detail, undefined);
      assert.equal((await run({ http: address, status: 200 })).detail, 'status 302 instead of 200');
      assert.deepEqual(
        requests.map(({ method, url, headers }) => [method, url, headers.host]),
        Array.from({ length: 3 }, () => ['GET', '/here?and=there', `127.0.0.1:${port}`]),
      );
      assert.deepEqual(from, [own, own, own]);
    });

    test('does not pass from 400 on, unless that is wanted', async () => {
      const { port } = await status(404);
      const address = `http://127.0.0.1:${port}`;
      assert.equal((await run({ http: address })).detail, 'status 404 instead of one below 400');
      assert.equal((await run({ http: address, status: 404 })).detail, undefined);
    });

    test('names the host that it means, and comes from the link', async () => {
      const { from, port, requests } = await status(204);
      const { address: server } = await nameServer({ 'xn--mller-kva.test': { 4: ['127.0.0.1'] } });
      const on = link({ dnsServers: [server] });
      const { detail } = await run({ http: `http://MÜLLER.test:${port}/` }, on);
      assert.equal(detail, undefined);
      assert.equal(requests[0]?.headers.host, `xn--mller-kva.test:${port}`);
      assert.deepEqual(from, [own]);
    });

    test('does not wait for a body without end', async () => {
      const { connections, port } = await httpServer((_, response) => {
        const more = () => {
          while (!response.destroyed && response.write(randomBytes(4096))) {}
        };
        response.on('drain', more);
        more();
      });
      assert.equal((await run({ http: `http://127.0.0.1:${port}/` })).detail, undefined);
      await until(() => connections[0]?.destroyed === true);
    });

    test('is over after 5 s by the clock where nobody answers', async () => {
      const { connections, port } = await tcpServer();
      const result = run({ http: `http://127.0.0.1:${port}/` });
      await until(() => connections.length === 1);
      await clock.advance(4_999);
      assert.equal(connections[0]?.destroyed, false);
      await clock.advance(1);
      assert.equal((await result).detail, 'no answer within 5 s');
      assert.equal((await result).milliseconds, 5_000);
      await until(() => connections[0]?.destroyed === true);
    });

    test('ends when it is aborted, and says so', async () => {
      const { connections, port } = await tcpServer();
      const abort = new AbortController();
      const result = run({ http: `http://127.0.0.1:${port}/` }, link(), abort.signal);
      await until(() => connections.length === 1);
      await clock.advance(40);
      abort.abort();
      const { passed, milliseconds, detail } = await result;
      assert.deepEqual([passed, milliseconds, detail], [false, 40, 'aborted']);
      await until(() => connections[0]?.destroyed === true);
    });

    test('does not begin when it is aborted before', async () => {
      const { connections, port } = await tcpServer();
      for (const test of [{ http: `http://127.0.0.1:${port}/` }, { tcp: `127.0.0.1:${port}` }, { dns: 'host.test' }]) {
        assert.equal((await run(test, link(), AbortSignal.abort())).detail, 'aborted');
      }
      await settled();
      assert.equal(connections.length, 0);
    });

    test('many at once on one signal, to many addresses, warn of nothing', async () => {
      // By both families: a connection to a port of this machine on which nobody listens may meet whatever comes there.
      const { port } = await serve(
        http.createServer((_, response) => response.end('body')),
        '::',
      );
      const addresses = { 4: Array.from({ length: 9 }, () => '127.0.0.1'), 6: Array.from({ length: 9 }, () => '::1') };
      const { address: server } = await nameServer({ 'host.test': addresses });
      const on = link({ addresses: [own, '::1'], dnsServers: [server] });
      const warnings: Error[] = [];
      const warn = (warning: Error) => warnings.push(warning);
      process.on('warning', warn);
      const tests = Array.from({ length: 8 }, () => run({ http: `http://host.test:${port}/` }, on));
      assert.ok((await Promise.all(tests)).every(({ passed }) => passed));
      await settled();
      process.off('warning', warn);
      assert.deepEqual(warnings, []);
    });

    const answers: readonly (readonly [title: string, (socket: net.Socket) => void, detail: RegExp])[] = [
      ['a reset', (socket) => socket.once('data', () => socket.resetAndDestroy()), /^the connection was reset$/],
      ['an end', (socket) => socket.once('data', () => socket.end()), /^the connection was reset$/],
      ['rubbish', (socket) => socket.end('hello\r\n\r\n'), /^no HTTP answer$/],
      [
        'headers without end',
        (socket) => socket.end(`HTTP/1.1 200 OK\r\nA: ${'a'.repeat(99_999)}`),
        /^no HTTP answer$/,
      ],
    ];
    for (const [title, answer, detail] of answers) {
      test(`does not pass when the answer is ${title}`, async () => {
        const { port } = await tcpServer(answer);
        assert.match((await run({ http: `http://127.0.0.1:${port}/` })).detail ?? '', detail);
      });
    }

    test('uses nothing that editors replace by what goes through their proxy', async () => {
      const { port } = await status(200);
      const kept = [http.request, http.get, net.connect, net.createConnection] as const;
      const replaced = () => assert.fail('went through the editor');
      Object.assign(http, { request: replaced, get: replaced });
      Object.assign(net, { connect: replaced, createConnection: replaced });
      try {
        assert.equal((await run({ http: `http://127.0.0.1:${port}/` })).detail, undefined);
      } finally {
        const [request, get, connect, createConnection] = kept;
        Object.assign(http, { request, get });
        Object.assign(net, { connect, createConnection });
      }
    });
  });

  suite('https', () => {
    const certificate = certificateFor('host.test');

    async function httpsServer() {
      const names: (string | false | null)[] = [];
      const server = https.createServer(certificate, (request, response) => {
        names.push((request.socket as tls.TLSSocket).servername ?? null);
        response.end(request.headers.host);
      });
      server.on('tlsClientError', () => {});
      const { address: dnsServer } = await nameServer({
        'host.test': { 4: ['127.0.0.1'] },
        'other.test': { 4: ['127.0.0.1'] },
      });
      return { ...(await serve(server)), names, on: link({ dnsServers: [dnsServer] }) };
    }

    test('passes with a certificate that the system trusts, and names the host', async () => {
      const { from, names, on, port } = await httpsServer();
      const { detail } = await trusting(certificate, () => run({ http: `https://host.test:${port}/` }, on));
      assert.equal(detail, undefined);
      assert.deepEqual(names, ['host.test']);
      assert.deepEqual(from, [own]);
    });

    test('does not pass with one that nobody trusts, or for another name', async () => {
      const { on, port } = await httpsServer();
      const unknown = await run({ http: `https://host.test:${port}/` }, on);
      assert.match(unknown.detail ?? '', /^the certificate is not trusted \(/);
      const other = await trusting(certificate, () => run({ http: `https://other.test:${port}/` }, on));
      assert.equal(other.detail, 'the certificate is not trusted (ERR_TLS_CERT_ALTNAME_INVALID)');
      const bare = await trusting(certificate, () => run({ http: `https://127.0.0.1:${port}/` }, on));
      assert.equal(bare.detail, 'the certificate is not trusted (ERR_TLS_CERT_ALTNAME_INVALID)');
    });

    test('does not pass where nothing is secured, or the connection ends meanwhile', async () => {
      const plain = await status(200);
      assert.equal((await run({ http: `https://127.0.0.1:${plain.port}/` })).passed, false);
      const ending = await tcpServer((socket) => socket.once('data', () => socket.end()));
      assert.equal((await run({ http: `https://127.0.0.1:${ending.port}/` })).passed, false);
      const silent = await tcpServer();
      const result = run({ http: `https://127.0.0.1:${silent.port}/` });
      await until(() => silent.connections.length === 1);
      await clock.advance(5_000);
      assert.equal((await result).detail, 'no answer within 5 s');
    });
  });

  test('what is no test is met, not thrown', async () => {
    for (const test of [null, {}, { tcp: 'x' }, { http: 'file:///etc/passwd' }, { dns: 'a b' }] as unknown[]) {
      const { passed, detail } = await run(test as SuitabilityTest);
      assert.equal(passed, false);
      assert.equal(detail, parseSuitabilityTest(test));
    }
  });
});
