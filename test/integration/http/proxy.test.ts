// Proxies: asked for each resource, or for a tunnel; credentials; whom they are not for.
import assert from 'node:assert/strict';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import {
  ByteReader,
  HttpClientSession,
  type HttpSessionOptions,
  type ProxyConfig,
  proxyFromSettings,
} from '../../../src/http/index.js';
import { bypasses } from '../../../src/http/proxy.js';
import { certificateFor } from '../../fixtures/certificate.js';
import { ok, Stage, until } from '../../fixtures/httpServers.js';

suite('HTTP proxies', () => {
  let stage: Stage;
  setup(() => {
    stage = new Stage();
  });
  teardown(() => stage.end());

  function client(origin: string, options: HttpSessionOptions): HttpClientSession {
    const session = new HttpClientSession(origin, options);
    stage.onEnd(() => session.dispose());
    return session;
  }
  const text = async (session: HttpClientSession, path = '/', init = {}) => (await session.request(path, init)).text();

  /** A proxy that makes tunnels to wherever it is asked for, on this machine. */
  async function tunnels(status = 200, server: http.Server = http.createServer()) {
    const asked: http.IncomingMessage[] = [];
    const ways: Duplex[] = [];
    server.on('connect', (request, socket: Duplex) => {
      asked.push(request);
      if (status !== 200) {
        socket.end(`HTTP/1.1 ${status} No\r\n\r\n`);
        return;
      }
      const way = net.connect(Number(request.url!.split(':').at(-1)), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        way.pipe(socket).pipe(way);
      });
      ways.push(way);
      way.on('error', () => socket.destroy());
      way.on('close', () => socket.destroy());
      socket.on('error', () => way.destroy());
      socket.on('close', () => way.destroy());
    });
    stage.onEnd(() => ways.forEach((way) => void way.destroy()));
    return { ...(await stage.serve(server)), asked };
  }

  test('an http origin: the proxy is asked with the whole address, with Basic credentials, over one connection', async () => {
    const proxy = await stage.raw((socket, { head }) => socket.write(ok(head.split(' ')[1])));
    const config = { host: '127.0.0.1', port: proxy.port, username: 'Ünal', password: 'a:b' };
    const session = client('http://origin.example:8080', { proxy: config });
    assert.equal(await text(session, '/a?b=c'), 'http://origin.example:8080/a?b=c');
    assert.equal(await text(session, '/d', { method: 'PUT', body: 'x' }), 'http://origin.example:8080/d');
    assert.equal(await text(session, '*', { method: 'OPTIONS' }), 'http://origin.example:8080');
    assert.equal(proxy.connections.length, 1);
    const { head } = proxy.requests[0]!;
    const credentials = Buffer.from('Ünal:a:b').toString('base64');
    assert.match(head, /\r\nhost: origin\.example:8080(\r\n|$)/i);
    assert.ok(head.toLowerCase().includes('\r\nproxy-authorization: basic '));
    assert.ok(head.includes(credentials));
    const bare = client('http://origin.example', { proxy: { host: '127.0.0.1', port: proxy.port } });
    assert.equal(await text(bare), 'http://origin.example/');
    assert.doesNotMatch(proxy.requests.at(-1)!.head, /authorization/i);
  });

  test('407 is the answer, for the caller to see', async () => {
    const proxy = await stage.raw((socket) =>
      socket.write('HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\n\r\n'),
    );
    const session = client('http://origin.example', { proxy: { host: '127.0.0.1', port: proxy.port } });
    const response = await session.request('/');
    assert.equal(response.status, 407);
    assert.equal(response.headers.get('proxy-authenticate'), 'Basic realm="x"');
  });

  test('an https origin: a tunnel, then TLS with the origin; the origin sees no credentials of the proxy', async () => {
    const certificate = certificateFor('s.example');
    const seen: http.IncomingHttpHeaders[] = [];
    const origin = await stage.serve(
      https.createServer(certificate, (request, response) => {
        seen.push(request.headers);
        response.end('secret');
      }),
    );
    const proxy = await tunnels();
    const options = {
      proxy: { host: '127.0.0.1', port: proxy.port, username: 'u', password: 'p' },
      tls: { ca: certificate.cert },
    };
    const session = client(`https://s.example:${origin.port}`, options);
    assert.equal(await text(session), 'secret');
    assert.equal(await text(session), 'secret');
    assert.equal(proxy.asked.length, 1);
    assert.equal(proxy.asked[0]!.url, `s.example:${origin.port}`);
    assert.equal(proxy.asked[0]!.headers['proxy-authorization'], `Basic ${Buffer.from('u:p').toString('base64')}`);
    assert.equal(seen[0]!['proxy-authorization'], undefined);
    assert.ok(session.bytesReceived > 500, 'TLS and the tunnel are counted');
    const strangers = client(`https://other.example:${origin.port}`, options);
    await assert.rejects(strangers.request('/'), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    const untrusting = client(`https://s.example:${origin.port}`, { proxy: options.proxy });
    await assert.rejects(untrusting.request('/'), { code: /SELF_SIGNED|UNABLE_TO/ });
  });

  test('a tunnel that is refused, or that nobody makes, is an error', async () => {
    const proxy = await tunnels(403);
    const session = client('https://s.example', { proxy: { host: '127.0.0.1', port: proxy.port } });
    await assert.rejects(session.request('/'), { code: 'ERR_PROXY', status: 403 });
    await until(() => proxy.open() === 0);
    const silent = await stage.raw(() => {});
    const waiting = client('https://s.example', {
      proxy: { host: '127.0.0.1', port: silent.port },
      timeout: { connect: 60 },
    });
    await assert.rejects(waiting.request('/'), { code: 'ETIMEDOUT', phase: 'connect' });
    const closing = await stage.raw((socket) => socket.destroy());
    const closed = client('https://s.example', { proxy: { host: '127.0.0.1', port: closing.port } });
    await assert.rejects(closed.request('/'), { code: 'ECONNRESET' });
    await until(() => silent.open() === 0);
  });

  test('a proxy that is spoken to by TLS', async () => {
    const certificate = certificateFor('127.0.0.1');
    const proxy = await stage.serve(https.createServer(certificate, (_, response) => response.end('x')));
    const session = client('http://origin.example', {
      proxy: { protocol: 'https', host: '127.0.0.1', port: proxy.port },
    });
    // Its certificate is nobody's: the origin's options do not count for it.
    await assert.rejects(session.request('/'), { code: /SELF_SIGNED|UNABLE_TO|ALTNAME/ });
    const settings = { proxy: `https://127.0.0.1:${proxy.port}`, proxyStrictSSL: false };
    assert.equal(await text(client('http://origin.example', { proxy: proxyFromSettings(settings)! })), 'x');
  });

  test('that a proxy is not checked (http.proxyStrictSSL) leaves the origin checked', async () => {
    const certificate = certificateFor('s.example');
    const origin = await stage.serve(https.createServer(certificate, (_, response) => response.end('x')));
    const proxy = await tunnels();
    const config = { host: '127.0.0.1', port: proxy.port, tls: { rejectUnauthorized: false } };
    const session = client(`https://s.example:${origin.port}`, { proxy: config });
    await assert.rejects(session.request('/'), { code: /SELF_SIGNED|UNABLE_TO/ });
  });

  test('the default is asked for each connection, with the origin; one that cannot be used fails the request', async () => {
    const origin = await stage.raw((socket) => socket.write(ok('direct')));
    const proxy = await stage.raw((socket) => socket.write(ok('proxied')));
    const asked: string[] = [];
    let port: number | undefined;
    const session = client(origin.origin, {
      defaultProxy: ({ href }) => {
        asked.push(href);
        return port === undefined ? undefined : { host: '127.0.0.1', port };
      },
    });
    assert.equal(await text(session), 'direct');
    port = proxy.port;
    assert.equal(await text(session), 'direct', 'the connection that there is goes on');
    origin.connections[0]!.end();
    await until(() => !session.connected && origin.open() === 0);
    assert.equal(await text(session), 'proxied');
    assert.deepEqual(asked, [`${origin.origin}/`, `${origin.origin}/`]);
    session.reset();
    port = 0;
    await assert.rejects(session.request('/'), TypeError);
    await assert.rejects(session.upgrade('/', 'echo'), TypeError);
    port = proxy.port;
    assert.equal(await text(session), 'proxied', 'it can be used again');
  });

  test('an upgrade goes through a tunnel, to an http origin too', async () => {
    const origin = await stage.raw((socket) =>
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nhi'),
    );
    const proxy = await tunnels();
    const session = client(`http://origin.example:${origin.port}`, { proxy: { host: '127.0.0.1', port: proxy.port } });
    const { socket } = await session.upgrade('/', 'echo');
    assert.equal((await new ByteReader(socket).read(2)).toString(), 'hi');
    assert.equal(proxy.asked[0]!.url, `origin.example:${origin.port}`);
    socket.destroy();
  });

  test('the session decides, then the access point, then the default; null is none', async () => {
    const [mine, links, others] = await Promise.all(
      ['mine', 'links', 'others'].map((name) => stage.raw((socket) => socket.write(ok(name)))),
    );
    const origin = await stage.raw((socket) => socket.write(ok('direct')));
    const config = (server: { port: number } | undefined): ProxyConfig => ({ host: '127.0.0.1', port: server!.port });
    const network = { interfaceName: 'lo', localAddress4: '127.0.0.9', proxy: config(links) };
    const defaultProxy = () => config(others);
    assert.equal(await text(client(origin.origin, { proxy: config(mine), network, defaultProxy })), 'mine');
    assert.equal(await text(client(origin.origin, { network, defaultProxy })), 'links');
    assert.equal(await text(client(origin.origin, { defaultProxy })), 'others');
    assert.equal(await text(client(origin.origin, { proxy: null, network, defaultProxy })), 'direct');
    assert.equal(
      await text(client(origin.origin, { defaultProxy: () => ({ ...defaultProxy(), noProxy: ['127.0.0.1'] }) })),
      'direct',
    );
    assert.equal(
      await text(client(origin.origin, { proxy: { ...config(mine), nonProxyHosts: '127\\..*' } })),
      'direct',
    );
    assert.equal(links!.from[0], '127.0.0.9');
  });

  test('what was given is copied: changed afterwards, it moves nothing', async () => {
    const origin = await stage.http((_, response) => response.end('direct'));
    const mine = await stage.raw((socket) => socket.write(ok('mine')));
    const other = await stage.raw((socket) => socket.write(ok('other')));
    const config = ({ port }: { port: number }): ProxyConfig => ({ host: '127.0.0.1', port });
    const way = { ...config(mine), noProxy: ['none.example'] };
    const link = { interfaceName: 'lo', localAddress4: '127.0.0.9', proxy: { ...config(mine) } };
    const byDefault = { ...config(mine) };
    const sessions = [
      client(origin.origin, { proxy: way, keepAlive: false }),
      client(origin.origin, { network: link, keepAlive: false }),
    ];
    const turns = client(origin.origin, { defaultProxy: () => byDefault });
    const begun = text(turns);
    Object.assign(way, config(other)).noProxy.push('127.0.0.1');
    Object.assign(link, { localAddress4: '127.0.0.8', proxy: config(other) });
    Object.assign(byDefault, config(other));
    assert.equal(await begun, 'mine', 'of a connection that has begun');
    for (const session of sessions) {
      assert.equal(await text(session), 'mine');
      assert.equal(await text(session), 'mine');
    }
    assert.equal(other.connections.length, 0);
    assert.ok(mine.from.includes('127.0.0.9'), 'the binding as well');
    assert.ok(!mine.from.includes('127.0.0.8'));
  });

  test('whom a proxy is not for (POCO: bypassProxy; VS Code: http.noProxy)', () => {
    const cases: readonly (readonly [Partial<ProxyConfig>, string, boolean])[] = [
      [{ nonProxyHosts: 'localhost|.*\\.local' }, 'http://A.LOCAL', true],
      [{ nonProxyHosts: 'local' }, 'http://local.example', false],
      [{ noProxy: ['*'] }, 'http://any.example', true],
      [{ noProxy: ['a.example'] }, 'http://A.example', true],
      [{ noProxy: ['a.example'] }, 'http://b.a.example', true],
      [{ noProxy: ['a.example'] }, 'http://ba.example', false],
      [{ noProxy: ['2.3'] }, 'http://10.1.2.3', false],
      [{ noProxy: ['.a.example'] }, 'http://b.a.example', true],
      [{ noProxy: ['.a.example'] }, 'http://a.example', true],
      [{ noProxy: ['*.a.example'] }, 'http://b.a.example', true],
      [{ noProxy: ['.a.example'] }, 'http://ba.example', false],
      [{ noProxy: ['a.example:8080'] }, 'http://a.example:8080', true],
      [{ noProxy: ['a.example:8080'] }, 'http://a.example', false],
      [{ noProxy: ['a.example:443'] }, 'https://a.example', true],
      [{ noProxy: ['10.0.0.0/8'] }, 'http://10.1.2.3', true],
      [{ noProxy: ['10.0.0.0/8'] }, 'http://11.1.2.3', false],
      [{ noProxy: ['10.0.0.0/8'] }, 'http://a.example', false],
      [{ noProxy: ['10.0.0.0/99', '/', 'a/8'] }, 'http://10.1.2.3', false],
      [{ noProxy: ['2001:db8::/32'] }, 'http://[2001:db8::1]', true],
      [{ noProxy: ['2001:db8::1'] }, 'http://[2001:db8::1]', true],
      [{ noProxy: ['[2001:db8::1]:80'] }, 'http://[2001:db8::1]', true],
      [{ noProxy: ['2001:DB8:0:0:0:0:0:1'] }, 'http://[2001:db8::1]', true],
      [{ noProxy: ['a.example'] }, 'http://a.example.', true],
      [{ noProxy: ['a.example.:80'] }, 'http://b.a.example', true],
      [{ noProxy: ['.', 'fe80::1%x'] }, 'http://a.example', false],
      [{ noProxy: ['', ' '] }, 'http://a.example', false],
      [{}, 'http://a.example', false],
    ];
    for (const [config, origin, expected] of cases) {
      assert.equal(
        bypasses({ host: 'p', port: 1, ...config }, new URL(origin)),
        expected,
        `${JSON.stringify(config)} ${origin}`,
      );
    }
  });

  test("VS Code's settings", () => {
    assert.equal(proxyFromSettings({}), undefined);
    assert.equal(proxyFromSettings({ proxy: ' ' }), undefined);
    assert.deepEqual(
      proxyFromSettings({ proxy: 'http://u%40x:p@proxy.example', noProxy: ['a'], proxyAuthorization: null }),
      {
        protocol: 'http',
        host: 'proxy.example',
        port: 80,
        username: 'u@x',
        password: 'p',
        authorization: undefined,
        noProxy: ['a'],
      },
    );
    assert.equal(proxyFromSettings({ proxy: 'https://[::1]:3128' })?.host, '::1');
    assert.throws(() => proxyFromSettings({ proxy: 'http://50%@proxy.example' }), TypeError);
    assert.equal(proxyFromSettings({ proxy: 'http://a', proxyAuthorization: 'Bearer x' })?.authorization, 'Bearer x');
    for (const proxy of ['socks5://a', 'a:1', 'http://', 'http://a:0']) {
      assert.throws(() => proxyFromSettings({ proxy }), TypeError, proxy);
    }
  });
});
