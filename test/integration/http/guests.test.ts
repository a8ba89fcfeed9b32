// We are guests in the process of an editor: what others use is left alone.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

const engine = path.resolve(__dirname, '../../../../dist/engine.js');
const http = path.resolve(__dirname, '../../../../dist/http.js');

/** Runs in a process of its own, and gives what it printed as JSON. */
async function inProcess(body: string): Promise<unknown> {
  const script = `(async () => { ${body} })().then((value) => console.log(JSON.stringify(value)))`;
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', script], { timeout: 20_000 });
  return JSON.parse(stdout);
}

suite('HTTP sessions in a process of others', () => {
  const use = `
    const { HttpClientSession, HttpServerSession, probe, ByteReader } = require(${JSON.stringify(engine)});
    const net = require('node:net');
    const server = net.createServer(async (socket) => {
      socket.unref();
      for await (const { response } of new HttpServerSession(socket)) response.end('ok');
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const origin = 'http://127.0.0.1:' + server.address().port;
    // Longer than a test may take: what waits for it is found.
    const session = new HttpClientSession(origin, { keepAliveTimeout: 60_000 });
    const response = await session.request('/', { headers: [['a', 'b']] });
    await response.text();
    await session.request('/', { method: 'POST', body: 'x', expectContinue: 20 });
    await probe(origin, { interfaceName: 'lo', localAddress4: '127.0.0.1' });`;
  const finish = 'session.dispose(); server.close();';

  test('set no dispatcher for anybody, and touch neither fetch nor http', async () => {
    const found = await inProcess(`
      const modules = ['http', 'https', 'net', 'tls', 'dns'].map((name) => require('node:' + name));
      // Not what is made when it is looked at: that would load Node's own fetch.
      const look = () => modules.flatMap((each) => Object.values(Object.getOwnPropertyDescriptors(each)).map((it) => it.value));
      const [before, agent] = [look(), modules[0].globalAgent];
      const fetchBefore = Object.getOwnPropertyDescriptor(globalThis, 'fetch');
      ${use}
      const after = look();
      ${finish}
      return {
        symbols: [1, 2].map((each) => globalThis[Symbol.for('undici.globalDispatcher.' + each)] === undefined),
        same: before.length === after.length && before.every((each, index) => Object.is(each, after[index])),
        agent: agent === modules[0].globalAgent && Object.keys(agent.sockets).length === 0,
        fetch: JSON.stringify(fetchBefore) === JSON.stringify(Object.getOwnPropertyDescriptor(globalThis, 'fetch')),
      };`);
    assert.deepEqual(found, { symbols: [true, true], same: true, agent: true, fetch: true });
  });

  test('ask nothing of what editors put their own in place of', async () => {
    const found = await inProcess(`
      const theirs = { http: ['request', 'get'], https: ['request', 'get'], net: ['connect', 'createConnection'] };
      let asked = 0;
      const patch = (object, name) => { object[name] = () => { asked++; throw new Error(name); }; };
      for (const [module, names] of Object.entries(theirs)) {
        names.forEach((name) => patch(require('node:' + module), name));
      }
      patch(globalThis, 'fetch');
      patch(globalThis, 'WebSocket');
      ${use}
      const { connectivity } = await probe(origin, { interfaceName: 'lo', localAddress4: '127.0.0.1' }, { expect: { status: 200 } });
      ${finish}
      return { asked, status: response.status, connectivity };`);
    assert.deepEqual(found, { asked: 0, status: 200, connectivity: 'full' });
  });

  test('do not keep it alive: an idle session of which nobody lets go', async () => {
    assert.equal(await inProcess(`${use} server.unref(); server.close(); return 1;`), 1);
  });

  test('give errors that have their names in the files that are shipped', async () => {
    const found = await inProcess(`
      const { NetworkLostError, ProxyError } = require(${JSON.stringify(engine)});
      return [new NetworkLostError().name, String(new ProxyError(403))];`);
    assert.deepEqual(found, ['NetworkLostError', 'ProxyError: The proxy answered 403 to CONNECT.']);
  });

  /** What this code returns, which has `http`, and how many channels undici has made: it makes them as it is loaded. */
  const counting = (code: string) =>
    inProcess(`
      const diagnostics = require('node:diagnostics_channel');
      const { channel } = diagnostics;
      let count = 0;
      diagnostics.channel = (name) => {
        count += Number(String(name).startsWith('undici:'));
        return channel(name);
      };
      const http = require(${JSON.stringify(http)});
      ${code}`);

  test('load undici at the first request, from the file of their own', async () => {
    const found = await counting(`
      const session = new http.HttpClientSession('http://127.0.0.1:9');
      const before = count;
      const error = await session.request('/').catch((error) => error.code);
      session.dispose();
      return { before, isLoaded: count > before, error };`);
    assert.deepEqual(found, { before: 0, isLoaded: true, error: 'ECONNREFUSED' });
  });

  test('load none of it for a probe, which is one request', async () => {
    const found = await counting(`
      const { error } = await http.probe('http://127.0.0.1:9', { interfaceName: 'lo', localAddress4: '127.0.0.1' });
      return [count, error.code];`);
    assert.deepEqual(found, [0, 'ECONNREFUSED']);
  });
});
