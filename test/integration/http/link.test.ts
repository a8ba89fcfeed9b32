// An HTTP session follows its network session: lost, moved, accepted, rejected. On the engine and the simulated network.
import assert from 'node:assert/strict';
import type net from 'node:net';
import { Emitter, type NetworkSession, SessionState } from '../../../src/engine/index.js';
import {
  HttpClientSession,
  type HttpSessionOptions,
  httpTraffic,
  NetworkLostError,
  NetworkUnavailableError,
} from '../../../src/http/index.js';
import { ok, pause, reset, Stage, until } from '../../fixtures/httpServers.js';
import { NameServer } from '../../fixtures/nameServer.js';
import { networkEngine } from '../../fixtures/networkFixture.js';
import { TestClock } from '../../fixtures/testClock.js';

/** Where each access point's traffic comes from. */
const own = { lan: '127.0.0.11', wifi: '127.0.0.12', phone: '127.0.0.13' } as const;

suite('HTTP session on a network session', () => {
  let stage: Stage;
  let engine: Awaited<ReturnType<typeof networkEngine>>;
  let network: NetworkSession;

  setup(async () => {
    stage = new Stage();
    engine = await networkEngine();
    for (const [identifier, address] of Object.entries(own)) {
      await engine.set(identifier, { addresses: [address] });
    }
    network = await engine.open();
    assert.equal(network.interface?.addresses[0], own.wifi);
  });
  teardown(async () => {
    await stage.end();
    await engine.manager.dispose();
  });

  function client(origin: string, options: HttpSessionOptions = {}): HttpClientSession {
    const session = new HttpClientSession(origin, { network, ...options });
    stage.onEnd(() => session.dispose());
    return session;
  }
  const text = async (session: HttpClientSession, path = '/', init = {}) => (await session.request(path, init)).text();
  const lose = (identifier: string) => engine.set(identifier, { inReach: false });
  const reach = (identifier: string) => engine.set(identifier, { inReach: true });
  const linkOf = (address: string, ...dnsServers: string[]) => ({
    name: 'lo',
    addresses: [address],
    gateway: undefined,
    dnsServers,
  });
  /** A network session that becomes what a test says. */
  function scripted(...link: Parameters<typeof linkOf>) {
    const report = (error: unknown) => assert.fail(String(error));
    const state = new Emitter<SessionState>(report);
    const activated = new Emitter<{ isFinal: boolean }>(report);
    const network = {
      state: SessionState.Connected,
      interface: linkOf(...link),
      offer: { kind: 'none' },
      onDidChangeState: state.event,
      onDidActivateNewConfiguration: activated.event,
    };
    const become = (change: Partial<typeof network>) => {
      Object.assign(network, change);
      state.fire(network.state);
      if (network.state === SessionState.Connected) {
        activated.fire({ isFinal: true });
      }
    };
    return { network, become };
  }
  /** Answers all but /hang, with where the request came from. */
  const answering = () =>
    stage.raw((socket, { head }) => {
      if (!head.includes('/hang')) {
        socket.write(ok(String(socket.remoteAddress)));
      }
    });

  test('leaves from the address of its link', async () => {
    const server = await answering();
    const session = client(server.origin);
    const response = await session.request('/');
    assert.equal(await response.text(), own.wifi);
    assert.equal(response.link, network.interface?.name);
    assert.equal(session.boundBy, 'address');
    assert.equal(client(server.origin, { network: undefined }).boundBy, 'nothing');
  });

  test('a binding that is given leaves from its address, by its family', async () => {
    const server = await answering();
    const session = client(server.origin, { network: { interfaceName: 'lo', localAddress4: '127.0.0.99' } });
    assert.equal(await text(session), '127.0.0.99');
    const six = client(server.origin, { network: { interfaceName: 'lo', localAddress6: '::1' } });
    await assert.rejects(six.request('/'), { code: 'EADDRNOTAVAIL' });
    const gone = client(server.origin, { network: { interfaceName: 'lo', localAddress4: '192.0.2.1' } });
    await assert.rejects(gone.request('/'), { code: 'EADDRNOTAVAIL' });
  });

  test('lost with another in reach: every socket ends at once, GET and PUT are sent again, POST is not', async () => {
    await reach('phone');
    const server = await stage.raw((socket, { head }) => {
      if (socket.remoteAddress === own.phone) {
        socket.write(ok(`${head.split(' ')[0]} over phone`));
      }
    });
    const sessions = ['GET', 'PUT', 'POST'].map((method) => ({ method, session: client(server.origin) }));
    const replayed: string[] = [];
    const answers = sessions.map(({ method, session }) => {
      session.onDidReplay((event) => replayed.push(event.method));
      return text(session, '/', { method, ...(method === 'GET' ? {} : { body: 'x' }) });
    });
    await until(() => server.requests.length === 3);
    const rejected = assert.rejects(answers[2]!, (error: NetworkLostError) => {
      assert.ok(error instanceof NetworkLostError);
      assert.equal(error.code, 'ENETDOWN');
      assert.ok(error.link);
      return true;
    });
    await lose('wifi');
    await rejected;
    assert.equal(await answers[0], 'GET over phone');
    assert.equal(await answers[1], 'PUT over phone');
    await until(() => server.open() === 2);
    assert.equal(server.requests.filter(({ head }) => head.startsWith('POST')).length, 1);
    assert.deepEqual(replayed.sort(), ['GET', 'PUT']);
    assert.deepEqual(server.from, [own.wifi, own.wifi, own.wifi, own.phone, own.phone]);
  });

  test('lost with none in reach: the sockets are gone, requests wait, and go out over the next link', async () => {
    const server = await answering();
    const session = client(server.origin);
    const rebound: unknown[] = [];
    session.onDidRebind((binding) => rebound.push(binding?.localAddress4));
    await text(session);
    const ending = new AbortController();
    const hanging = session.request('/hang', { signal: ending.signal });
    await until(() => server.requests.length === 2);
    await lose('wifi');
    await until(() => server.open() === 0);
    assert.equal(session.connected, false);
    await until(() => session.waiting === 1);
    const more = text(session);
    const post = text(session, '/', { method: 'POST', body: 'first time' });
    await assert.rejects(session.request('/', { timeout: 20 }), { code: 'ETIMEDOUT' });
    await assert.rejects(session.request('/', { signal: AbortSignal.timeout(20) }), { name: 'TimeoutError' });
    assert.equal(session.waiting, 3);
    ending.abort();
    await assert.rejects(hanging, { name: 'AbortError' });
    assert.equal(session.waiting, 2);
    await reach('phone');
    network.open();
    await engine.clock.advance(0);
    assert.equal(await more, own.phone);
    assert.equal(await post, own.phone);
    assert.equal(session.waiting, 0);
    assert.ok(rebound.includes(undefined) && rebound.at(-1) === own.phone);
  });

  test('the queue has a limit, an age, and can be none', async () => {
    const clock = new TestClock();
    await lose('wifi');
    const server = await answering();
    const session = client(server.origin, { queue: { limit: 2, maxAge: 1000 }, clock });
    const old = [session.request('/'), session.request('/')].map((each) =>
      assert.rejects(each, (error) => error instanceof NetworkUnavailableError),
    );
    await assert.rejects(session.request('/'), { code: 'ERR_NETWORK_UNAVAILABLE' });
    assert.equal(session.waiting, 2);
    await clock.advance(999);
    assert.equal(session.waiting, 2);
    await clock.advance(1);
    await Promise.all(old);
    assert.equal(clock.pending, 0);
    const impatient = client(server.origin, { queue: false });
    await assert.rejects(impatient.request('/'), { code: 'ERR_NETWORK_UNAVAILABLE' });
    await assert.rejects(impatient.upgrade('/', 'echo'), { code: 'ERR_NETWORK_UNAVAILABLE' });
    const waiting = assert.rejects(session.request('/'), { name: 'AbortError' });
    session.abort();
    await waiting;
    assert.equal(server.connections.length, 0);
    assert.equal(clock.pending, 0);
  });

  test('R3, R4: a migration takes new requests to the new link; old ones finish while both are up, and not after accept', async () => {
    const held: (() => void)[] = [];
    const server = await stage.raw((socket, { head }) => {
      const answer = () => socket.write(ok(String(socket.remoteAddress)));
      if (head.includes('/held')) {
        held.push(answer);
      } else if (!head.includes('/hang')) {
        answer();
      }
    });
    const session = client(server.origin);
    const other = client(server.origin);
    network.onDidChangePreferredConfiguration(() => {});
    const finishing = text(session, '/held');
    const hanging = text(other, '/hang', { method: 'POST' });
    await until(() => server.requests.length === 2);
    await reach('lan');
    network.migrate();
    await engine.clock.advance(0);
    assert.equal(network.state, SessionState.Roaming);
    assert.equal(network.interface?.addresses[0], own.lan);
    assert.equal(await text(session), own.lan);
    held[0]!();
    assert.equal(await finishing, own.wifi);
    const rejected = assert.rejects(hanging, { code: 'ENETDOWN' });
    // Of the old link only the one that is in use is left.
    await until(() => server.open() === 2);
    network.accept();
    await engine.clock.advance(0);
    await rejected;
    await until(() => server.open() === 1);
    assert.equal(await text(session), own.lan);
    assert.equal(server.connections.length, 3);
  });

  test('R5: rejected, it is back on the old link, and nothing is left of the new one', async () => {
    const server = await answering();
    const session = client(server.origin);
    assert.equal(await text(session), own.wifi);
    network.onDidChangePreferredConfiguration(() => {});
    await reach('lan');
    network.migrate();
    await engine.clock.advance(0);
    assert.equal(await text(session), own.lan);
    network.reject();
    await engine.clock.advance(0);
    assert.equal(await text(session), own.wifi);
    await until(() => server.open() === 1);
    assert.deepEqual(server.from, [own.wifi, own.lan, own.wifi]);
  });

  test('a download that breaks off is resumed where an ETag proves the version, and is an error elsewhere', async () => {
    await reach('phone');
    const whole = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));
    const server = await stage.http((request, response) => {
      const [, name = ''] = request.url!.split('/');
      const [, first] = /^bytes=(\d+)-$/.exec(String(request.headers.range ?? '')) ?? [];
      const isSecond = request.socket.remoteAddress === own.phone;
      const etag = { same: '"v1"', ignoring: '"v1"', weak: 'W/"v1"', changed: isSecond ? '"v2"' : '"v1"' }[name];
      const fields = etag === undefined ? {} : { etag };
      if (!isSecond) {
        response.writeHead(200, { ...fields, 'content-length': whole.length });
        response.write(whole.subarray(0, 100_000));
      } else if (first !== undefined && name === 'same') {
        assert.equal(request.headers['if-range'], '"v1"');
        const rest = whole.subarray(Number(first));
        const range = `bytes ${first}-${whole.length - 1}/${whole.length}`;
        response.writeHead(206, { ...fields, 'content-range': range, 'content-length': rest.length }).end(rest);
      } else {
        response.writeHead(200, { ...fields, 'content-length': whole.length }).end(whole);
      }
    });
    const downloads = ['same', 'ignoring', 'weak', 'changed', 'none'].map(async (name) => {
      const response = await client(server.origin).request(`/${name}`);
      return { name, response, body: response.bytes().catch((error: Error) => error) };
    });
    const begun = await Promise.all(downloads);
    await until(() => httpTraffic(network).bytesReceived > 500_000);
    await lose('wifi');
    const bodies = new Map<string, unknown>();
    for (const { name, body } of begun) {
      bodies.set(name, await body);
    }
    assert.deepEqual(bodies.get('same'), whole);
    assert.deepEqual(bodies.get('ignoring'), whole);
    for (const name of ['weak', 'changed', 'none']) {
      assert.equal((bodies.get(name) as NetworkLostError).code, 'ENETDOWN', name);
    }
    assert.equal(begun[0]!.response.replays, 1);
    assert.equal(begun[0]!.response.link, network.interface?.name);
  });

  test('a rest that is less than the rest, or says what it is not, is no end of a download', async () => {
    const part = (range: string, body: string) =>
      `HTTP/1.1 206 Partial Content\r\nETag: "a"\r\nContent-Range: bytes ${range}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const rests: readonly [range: string, body: string, isWhole: boolean][] = [
      ['4-9/10', 'efghij', true],
      ['4-9/*', 'efghij', true],
      ['4-6/10', 'efg', false],
      ['4-6/*', 'efg', false],
      ['4-6/7', 'efg', false],
      ['4-9/10', 'efg', false],
      ['4-9/10', 'efghijklm', false],
    ];
    for (const [range, rest, isWhole] of rests) {
      const server = await stage.raw((socket, { connection }) => {
        if (connection === 1) {
          socket.write('HTTP/1.1 200 OK\r\nETag: "a"\r\nContent-Length: 10\r\n\r\nabcd');
          setTimeout(() => reset(socket), 10);
        } else {
          socket.write(part(range, rest));
        }
      });
      const text = (await client(server.origin).request('/')).text();
      if (isWhole) {
        assert.equal(await text, 'abcdefghij', range);
      } else {
        await assert.rejects(text, NetworkLostError, `${range} ${rest}`);
      }
    }
  });

  test('a stream is sent again where it can be made anew, and not where it was begun', async () => {
    await reach('phone');
    const server = await stage.http((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => request.socket.remoteAddress === own.phone && response.end(body));
      request.on('error', () => {});
    });
    const stream = async function* () {
      yield 'a';
      yield 'b';
    };
    const [once_, anew, mayRepeat] = [
      text(client(server.origin), '/', { method: 'PUT', body: stream() }),
      text(client(server.origin), '/', { method: 'PUT', body: stream }),
      text(client(server.origin), '/', { method: 'POST', body: 'key', idempotent: true }),
    ];
    const failed = assert.rejects(once_, { code: 'ENETDOWN' });
    await until(() => server.requests.length === 3);
    await pause(20);
    await lose('wifi');
    await failed;
    assert.equal(await anew, 'ab');
    assert.equal(await mayRepeat, 'key');
  });

  test('what was not sent yet goes out over the next link, whatever its method', async () => {
    await reach('phone');
    const server = await stage.raw((socket, { head }) => {
      if (!head.includes('/hang') || socket.remoteAddress === own.phone) {
        socket.write(ok(String(socket.remoteAddress)));
      }
    });
    const session = client(server.origin);
    const first = text(session, '/hang');
    const behind = text(session, '/', { method: 'POST', body: 'x' });
    await until(() => server.requests.length === 1);
    await lose('wifi');
    assert.deepEqual(await Promise.all([first, behind]), [own.phone, own.phone]);
  });

  test('with replay false nothing is sent twice', async () => {
    await reach('phone');
    const server = await answering();
    const session = client(server.origin, { replay: false });
    const failed = assert.rejects(session.request('/hang'), { code: 'ENETDOWN' });
    await until(() => server.requests.length === 1);
    await lose('wifi');
    await failed;
    assert.equal(await text(session), own.phone);
    assert.equal(server.requests.length, 2);
  });

  test('a server that breaks every connection is asked twice over a link, and once more over the next', async () => {
    await reach('phone');
    let breaks = 0;
    const server = await stage.raw((socket) => {
      breaks++;
      reset(socket);
    });
    const session = client(server.origin);
    await assert.rejects(session.request('/'));
    assert.equal(breaks, 2);
    const limited = client(server.origin, { replay: { maxAttempts: 0 } });
    await assert.rejects(limited.request('/'));
    assert.equal(breaks, 3);
  });

  test('an address that goes before the network session tells: the request waits for it to tell', async () => {
    await reach('phone');
    const server = await answering();
    // Nobody has this address: as when the system has taken it away a moment ago.
    await engine.set('wifi', { addresses: ['192.0.2.77'] });
    const clock = new TestClock();
    const session = client(server.origin, { clock });
    const get = text(session);
    const post = text(client(server.origin, { clock }), '/', { method: 'POST', body: 'x' });
    await until(() => session.networkError !== undefined);
    assert.equal((session.networkError as NodeJS.ErrnoException).code, 'EADDRNOTAVAIL');
    await pause(5);
    await lose('wifi');
    assert.equal(await get, own.phone);
    assert.equal(await post, own.phone);
    assert.equal(clock.pending, 0);
  });

  test('where the network session tells of nothing, the request fails after a while', async () => {
    const server = await answering();
    await engine.set('wifi', { addresses: ['192.0.2.77'] });
    const clock = new TestClock();
    const session = client(server.origin, { clock });
    const failed = assert.rejects(session.request('/'), { code: 'EADDRNOTAVAIL' });
    await until(() => session.networkError !== undefined);
    await clock.advance(2000);
    await failed;
    assert.equal(clock.pending, 0);
  });

  test('what could not even be sent over the next link is tried there once more', async () => {
    await reach('phone');
    await engine.set('phone', { addresses: ['192.0.2.77'] });
    const server = await answering();
    const clock = new TestClock();
    const session = client(server.origin, { clock });
    const failed = assert.rejects(session.request('/hang'), { code: 'EADDRNOTAVAIL' });
    await until(() => server.requests.length === 1);
    await lose('wifi');
    await until(() => (session.networkError as NodeJS.ErrnoException | undefined)?.code === 'EADDRNOTAVAIL');
    assert.equal(clock.pending, 1, 'it waits for another link, or for routes to settle');
    await clock.advance(2000);
    await failed;
    assert.equal(clock.pending, 0);
  });

  test('R8: while it escapes, sockets of the lost link are gone and nothing is sent by the next one, which may be shown', async () => {
    const { network: escaping, become } = scripted(own.wifi);
    const server = await answering();
    const session = client(server.origin, { network: escaping });
    const rejected = assert.rejects(session.request('/hang', { method: 'POST' }), { code: 'ENETDOWN' });
    await until(() => server.requests.length === 1);
    become({ state: SessionState.Roaming, interface: linkOf(own.phone), offer: { kind: 'escaping' } });
    await rejected;
    await until(() => server.open() === 0);
    const get = text(session);
    await assert.rejects(client(server.origin, { network: escaping, queue: false }).request('/'), {
      code: 'ERR_NETWORK_UNAVAILABLE',
    });
    assert.deepEqual([session.waiting, server.connections.length], [1, 1]);
    become({ state: SessionState.Connected, offer: { kind: 'none' } });
    assert.equal(await get, own.phone);
    assert.deepEqual(server.from, [own.wifi, own.phone]);
  });

  test('an upgrade that was not asked yet is asked over the next link', async () => {
    const names = await NameServer.start({ 'a.example': 'silent' });
    const others = await NameServer.start({ 'a.example': { 4: ['127.0.0.1'] } });
    stage.onEnd(() => Promise.all([names.close(), others.close()]));
    const { network: moving, become } = scripted(own.wifi, names.address);
    const server = await stage.raw((socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
    });
    const asked = client(`http://a.example:${server.port}`, { network: moving }).upgrade('/', 'echo');
    await until(() => names.asked.length > 0);
    become({ interface: linkOf(own.phone, others.address) });
    const { socket } = await asked;
    assert.deepEqual(server.from, [own.phone]);
    socket.destroy();
  });

  test('a POST whose head was out is not sent again when its body is refused', async () => {
    const server = await stage.raw(() => {});
    const heads: string[] = [];
    server.server.on('connection', (socket: net.Socket) => socket.once('data', (data) => heads.push(String(data))));
    const session = client(server.origin);
    session.onDidConnect((socket) => {
      const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
      const refusing = (...args: unknown[]) => {
        if (args[0] === 'x') {
          socket.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE', syscall: 'write' }));
        }
        return write(...args);
      };
      Object.assign(socket, { write: refusing });
    });
    const post = session.request('/', { method: 'POST', body: 'x', expectContinue: 20 });
    await assert.rejects(post, { code: 'EPIPE' });
    await pause(20);
    assert.equal(heads.length, 1);
  });

  test('an address that is added is no loss', async () => {
    const server = await answering();
    const session = client(server.origin);
    await text(session);
    await engine.set('wifi', { addresses: ['127.0.0.55', own.wifi] });
    await text(session);
    assert.equal(server.connections.length, 1);
    await engine.set('wifi', { addresses: ['127.0.0.55'] });
    assert.equal(await text(session), '127.0.0.55');
    await until(() => server.open() === 1);
  });

  test('a detached connection ends with its link, and the process goes on', async () => {
    const server = await stage.raw((socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
    });
    const session = client(server.origin);
    const { socket } = await session.upgrade('/', 'echo');
    assert.equal(session.connected, false, 'it is not of the session any more');
    session.dispose();
    assert.ok(!socket.destroyed);
    await lose('wifi');
    await until(() => socket.destroyed);
    assert.equal((socket.errored as NodeJS.ErrnoException).code, 'ENETDOWN');
    await until(() => server.open() === 0);
  });

  test('counts its bytes with heads, and the network session the sum', async () => {
    const server = await answering();
    const [one, other] = [client(server.origin), client(server.origin)];
    assert.deepEqual([one.bytesSent, one.bytesReceived], [0, 0]);
    await text(one);
    await text(other);
    one.reset();
    await text(one);
    const request = server.requests.map(({ head }) => head.length + 4);
    const answer = ok(own.wifi).length;
    assert.deepEqual([one.bytesSent, one.bytesReceived], [request[0]! + request[2]!, 2 * answer]);
    assert.deepEqual([other.bytesSent, other.bytesReceived], [request[1]!, answer]);
    const sum = httpTraffic(network);
    assert.equal(sum.bytesSent, one.bytesSent + other.bytesSent);
    assert.equal(sum.bytesReceived, 3 * answer);
    one.dispose();
    await until(() => server.open() === 1);
    assert.equal(sum.bytesReceived, 3 * answer);
  });

  test('a closed session gives up its network session', async () => {
    const server = await answering();
    const session = client(server.origin);
    await text(session);
    const rebound: unknown[] = [];
    session.onDidRebind((binding) => rebound.push(binding));
    await session.close();
    await lose('wifi');
    assert.deepEqual(rebound, []);
  });
});
