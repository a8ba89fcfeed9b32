import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type net from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import path from 'node:path';
import { type ProbeOptions, probe } from '../../../src/http/index.js';
import { interfaceIn, routeOf } from '../../../src/http/route.js';
import { Stage, until } from '../../fixtures/httpServers.js';
import { NameServer } from '../../fixtures/nameServer.js';
import { TestClock } from '../../fixtures/testClock.js';

const lo = { interfaceName: 'lo', localAddress4: '127.0.0.9' };

const isOwn6 = ({ address }: { readonly address: string }) => address === '::1';

suite('HTTP probe', () => {
  let stage: Stage;
  setup(() => {
    stage = new Stage();
  });
  teardown(() => stage.end());

  const answer = (bytes: string) => stage.raw((socket: net.Socket) => socket.end(bytes));
  const head = (status: string, fields = '', body = '') =>
    `HTTP/1.1 ${status}\r\nContent-Length: ${body.length}\r\n${fields}\r\n${body}`;
  const of = async (bytes: string, options: ProbeOptions = {}) => {
    const server = await answer(bytes);
    const result = await probe(`${server.origin}/generate_204`, lo, options);
    await until(() => server.open() === 0);
    assert.deepEqual(server.from, [lo.localAddress4], 'once, from the link');
    assert.ok(result.latency >= 0 && Object.isFrozen(result));
    return result;
  };

  test('full: what was expected, and nothing else', async () => {
    assert.deepEqual(
      [
        (await of(head('204 No Content'))).connectivity,
        (await of(head('200 OK', '', 'success!'), { expect: { status: 200, body: 'success' } })).connectivity,
      ],
      ['full', 'full'],
    );
  });

  test('portal: a redirect, 511, or a page where there should be none', async () => {
    const redirect = await of(head('302 Found', 'Location: /login?a=b\r\n'));
    assert.deepEqual([redirect.connectivity, redirect.status], ['portal', 302]);
    assert.match(redirect.portalUrl!, /^http:\/\/127\.0\.0\.1:\d+\/login\?a=b$/);
    const page = '<html><a class="x" href="https://portal.example/">';
    const required = await of(head('511 Network Authentication Required', '', page));
    assert.deepEqual([required.connectivity, required.portalUrl], ['portal', 'https://portal.example/']);
    assert.equal((await of(head('200 OK', '', 'welcome'))).connectivity, 'portal');
    assert.equal(
      (await of(head('200 OK', '', 'welcome'), { expect: { status: 200, body: 'success' } })).connectivity,
      'portal',
    );
    assert.equal((await of(head('302 Found', 'Location: javascript:alert(1)\r\n'))).portalUrl, undefined);
    assert.equal((await of(head('302 Found', 'Location: http://[\r\n'))).portalUrl, undefined);
  });

  test('a page without end is looked at, and let go', async () => {
    const server = await stage.raw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      const more = setInterval(() => socket.write('x'.repeat(10_000)), 1);
      socket.on('close', () => clearInterval(more));
    });
    assert.equal((await probe(server.origin, lo)).connectivity, 'portal');
    await until(() => server.open() === 0);
  });

  test('limited: an error, rubbish, silence, a closed connection', async () => {
    assert.equal((await of(head('503 No'))).connectivity, 'limited');
    assert.equal((await of('rubbish\r\n\r\n')).connectivity, 'limited');
    const closed = await of('');
    assert.deepEqual([closed.connectivity, (closed.error as NodeJS.ErrnoException).code], ['limited', 'ECONNRESET']);
    const silent = await stage.raw(() => {});
    assert.equal((await probe(silent.origin, lo, { timeout: 60 })).connectivity, 'limited');
    assert.equal((await probe('http://127.0.0.1:9', lo)).connectivity, 'limited');
    const ended = await probe(silent.origin, lo, { signal: AbortSignal.timeout(20) });
    assert.equal(ended.error?.name, 'TimeoutError');
    await until(() => silent.open() === 0);
  });

  test('any: who answers, whatever it is, and no body is waited for', async () => {
    const server = await stage.raw((socket) => socket.write('HTTP/1.1 404 No\r\nContent-Length: 9\r\n\r\n'));
    const { connectivity, status } = await probe(server.origin, lo, { expect: { status: 'any' } });
    assert.deepEqual([connectivity, status], ['full', 404]);
    assert.equal((await probe(server.origin, lo, { expect: { status: 404 } })).connectivity, 'full');
    assert.equal((await probe(server.origin, lo, { expect: { status: 200 } })).connectivity, 'limited');
    await until(() => server.open() === 0);
  });

  test('a page that does not come whole tells what it can', async () => {
    const cut = (status: string) => `HTTP/1.1 ${status}\r\nContent-Length: 999\r\n\r\n<a href="/sign-in">`;
    const page = await of(cut('200 OK'));
    assert.deepEqual([page.connectivity, page.status, page.error !== undefined], ['portal', 200, true]);
    assert.match(page.portalUrl ?? '', /\/sign-in$/);
    const own = await of(cut('200 OK'), { expect: { status: 200, body: 'success' } });
    assert.deepEqual([own.connectivity, own.status, own.error !== undefined], ['limited', 200, true]);
  });

  test('none: the address is gone, or the link has none of that family', async () => {
    const gone = await probe('http://127.0.0.1:9', { interfaceName: 'lo', localAddress4: '192.0.2.1' });
    assert.equal(gone.connectivity, 'none');
    assert.equal((await probe('http://[::1]:9', lo)).connectivity, 'none');
  });

  test('asks the name servers of the link, from the link', async () => {
    const server = await answer(head('204 No Content'));
    const names = await NameServer.start({ 'probe.example': { 4: ['127.0.0.1'] }, 'gone.example': { code: 3 } });
    stage.onEnd(() => names.close());
    const network = { ...lo, dnsServers: [names.address] };
    assert.equal((await probe(`http://probe.example:${server.port}/`, network)).connectivity, 'full');
    assert.deepEqual(names.asked, [{ name: 'probe.example', from: lo.localAddress4 }]);
    const unknown = await probe('http://gone.example/', network);
    assert.deepEqual([unknown.connectivity, (unknown.error as NodeJS.ErrnoException).code], ['limited', 'ENOTFOUND']);
    // Of the system's resolver it would be known.
    assert.equal((await probe(`http://localhost:${server.port}/`, network)).connectivity, 'full');
    const elsewhere = { ...lo, dnsServers: ['[::1]:53'] };
    assert.equal((await probe('http://probe.example/', elsewhere)).connectivity, 'none');
  });

  test('tells whether the routing table sends it by the link', async () => {
    const result = await of(head('204 No Content'), { checkRoute: true });
    assert.equal(result.boundBy, 'address');
    assert.ok(result.route?.isOwn === true || result.route?.isOwn === undefined, 'by lo, where there is ip');
    const target = { address: '127.0.0.1', family: 4, localAddress: '127.0.0.9' } as const;
    const other = await routeOf({ interfaceName: 'another', localAddress4: '127.0.0.9' }, target);
    assert.notEqual(other.isOwn, true);
    assert.equal((await routeOf(undefined, target)).isOwn, undefined);
    assert.equal((await routeOf(lo, { ...target, address: '--help' })).isOwn, undefined);
    assert.equal(interfaceIn('10.71.9.9 from 10.71.2.2 via 10.71.2.1 dev a2 table 102 uid 0 \\    cache'), 'a2');
    assert.equal(interfaceIn('RTNETLINK answers: Network is unreachable'), undefined);
  });

  test('what it tells of the route is of the address that has answered', async function () {
    if (process.platform !== 'linux' || !Object.values(networkInterfaces()).some((all) => all?.some(isOwn6))) {
      this.skip(); // There is no `ip`, or no second family.
    }
    const folder = mkdtempSync(path.join(tmpdir(), 'network-sessions-ip-'));
    const before = process.env['PATH'];
    stage.onEnd(() => {
      process.env['PATH'] = before;
      rmSync(folder, { recursive: true });
    });
    // By the link to the one that refuses, by another to the one that answers.
    const script = '#!/bin/sh\ncase "$4" in ::1) echo "local ::1 dev lo";; *) echo "$4 dev other";; esac\n';
    writeFileSync(path.join(folder, 'ip'), script, { mode: 0o755 });
    process.env['PATH'] = `${folder}:${before}`;
    const names = await NameServer.start({ 'both.example': { 4: ['127.0.0.1'], 6: ['::1'] } });
    stage.onEnd(() => names.close());
    const server = await answer(head('204 No Content'));
    const link = { ...lo, localAddress6: '::1', dnsServers: [names.address] };
    const result = await probe(`http://both.example:${server.port}/`, link, { checkRoute: true });
    assert.deepEqual(server.from, [lo.localAddress4]);
    assert.deepEqual(result.route, { interfaceName: 'other', isOwn: false });
  });

  test('a name server that is silent holds neither up longer than was asked for', async () => {
    const names = await NameServer.start({ 'probe.example': 'silent' });
    stage.onEnd(() => names.close());
    const clock = new TestClock();
    const link = { ...lo, dnsServers: [names.address] };
    const result = probe('http://probe.example/', link, { timeout: 200, checkRoute: true, clock });
    await until(() => names.asked.length >= 2);
    await clock.advance(200);
    assert.deepEqual([(await result).connectivity, (await result).route], ['limited', undefined]);
    assert.equal(clock.pending, 0);
  });

  test('what cannot be meant is refused', async () => {
    await assert.rejects(probe('ftp://a', lo), TypeError);
    await assert.rejects(probe('nothing', lo), TypeError);
    await assert.rejects(probe('http://a', lo, { timeout: -1 }), TypeError);
  });
});
