import assert from 'node:assert/strict';
import fc from 'fast-check';
import { hostAndPort, parseSuitabilityTest, suitabilityProblems } from '../../src/shared/suitabilityTest.js';

suite('parsing suitability tests', () => {
  const right: readonly unknown[] = [
    { tcp: 'server.example:443' },
    { tcp: '192.0.2.1:1' },
    { tcp: '[2001:db8::1]:65535' },
    { tcp: 'under_score:80' },
    { http: 'http://server.example' },
    { http: 'HTTPS://[::1]:8443/path?query#hash', status: 204 },
    { http: 'https://münchen.example/', status: undefined },
    { dns: 'server.example.' },
    { dns: 'intranet' },
  ];
  for (const value of right) {
    test(`takes ${JSON.stringify(value)}`, () => {
      const parsed = parseSuitabilityTest(value);
      assert.deepEqual(parsed, JSON.parse(JSON.stringify(value)));
      assert.ok(Object.isFrozen(parsed));
    });
  }

  const { kind, key, tcp, port, http, credentials, status, dns, name, length, unseen } = suitabilityProblems;
  const wrong: readonly (readonly [value: unknown, problem: string])[] = [
    ...[
      undefined,
      null,
      1,
      'tcp',
      [],
      {},
      { tcp: 1 },
      { tcp: 'a:1', dns: 'a' },
      { http: ['http://a'] },
      { __proto__: { tcp: 'a:1' } },
    ].map((value) => [value, kind] as const),
    ...[{ tcp: 'a:1', status: 200 }, { dns: 'a', extra: 1 }, JSON.parse('{"dns":"a","__proto__":1}')].map(
      (value) => [value, key] as const,
    ),
    ...['', 'a', ':1', 'a:', 'a:x', 'a:-1', '::1:80', '[::1]', '[a]:1', '[1.2.3.4]:1', 'http://a:1'].map(
      (text) => [{ tcp: text }, tcp] as const,
    ),
    ...['a:0', 'a:65536', 'a:99999999999999999999'].map((text) => [{ tcp: text }, port] as const),
    [{ http: 'http://a:0/' }, port],
    [{ http: 'http://a:65536' }, port],
    ...[
      '',
      'a',
      'ftp://a/',
      'file:///etc/passwd',
      'javascript:alert(1)',
      'http:a',
      'http:/a',
      'http:///a',
      'http://[::1',
      'http://1.2.3.999/',
    ].map((text) => [{ http: text }, http] as const),
    ...['http://u@a/', 'http://u:p@a/', 'https://:p@a', 'http://@a/'].map(
      (text) => [{ http: text }, credentials] as const,
    ),
    ...[0, 99, 199, 600, 200.5, Number.NaN, '200', null].map(
      (code) => [{ http: 'http://a/', status: code }, status] as const,
    ),
    ...['', '1.2.3.4', '::1', '127.1', '0x7f000001', 'a:1'].map((text) => [{ dns: text }, dns] as const),
    ...['a..b', '.', '.a', 'a/b', 'a@b', 'a%b', `${'a'.repeat(64)}.b`, `${'a.'.repeat(127)}`, 'ä'.repeat(62)].map(
      (text) => [{ dns: text }, name] as const,
    ),
    [{ tcp: `${'abc.'.repeat(64)}:1` }, name],
    [{ http: `http://${'abc.'.repeat(64)}/` }, name],
    [{ http: `http://a/${'a'.repeat(2000)}` }, length],
    ...['a b', 'a\n', '\0', 'a\u202eb', 'a\u200bb', 'a\u00a0', 'a\ud800'].map(
      (text) => [{ dns: text }, unseen] as const,
    ),
    [{ http: 'http://a/\r\nX: y' }, unseen],
    [{ tcp: 'a\t:1' }, unseen],
  ];
  for (const [value, problem] of wrong) {
    test(`refuses ${JSON.stringify(value)?.slice(0, 60)}`, () => assert.equal(parseSuitabilityTest(value), problem));
  }

  test('whatever does not want to be read is refused', () => {
    const thrower = () => assert.fail('on purpose');
    for (const value of [
      Object.defineProperty({}, 'tcp', { get: thrower, enumerable: true }),
      new Proxy({}, { ownKeys: thrower, get: thrower }),
    ]) {
      assert.equal(parseSuitabilityTest(value), kind);
    }
  });

  test('127.1 is the address that the system takes it for', () => {
    assert.deepEqual(hostAndPort('127.1:80'), { host: '127.0.0.1', port: 80 });
  });

  test('never throws, and what it takes is safe and stays as it is', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'http://',
        'https://',
        'a',
        'server.example',
        ':',
        '80',
        '65536',
        '[::1]',
        '@',
        '/',
        '\\',
        '.',
        '?',
        '#',
        '%00',
        'xn--',
        'ß',
        '。',
      ),
      fc.string({ unit: 'binary', maxLength: 6 }),
    );
    const text = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''));
    const shaped = fc.oneof(
      fc.record({ tcp: text }),
      fc.record({ dns: text }),
      fc.record({ http: text, status: fc.oneof(fc.integer(), fc.anything()) }, { requiredKeys: ['http'] }),
    );
    const check = fc.property(fc.oneof(shaped, fc.anything()), (value) => {
      const parsed = parseSuitabilityTest(value);
      if (typeof parsed === 'string') {
        assert.ok(Object.values(suitabilityProblems).includes(parsed));
        return;
      }
      assert.deepEqual(parseSuitabilityTest(parsed), parsed);
      const taken = Object.values(parsed).join(' ');
      assert.doesNotMatch(taken, /[\p{Cc}\p{Cf}\p{Cs}]/u);
      if ('http' in parsed) {
        const { protocol, username, password, hostname } = new URL(parsed.http);
        assert.ok(['http:', 'https:'].includes(protocol) && hostname !== '');
        assert.equal(username + password, '');
      } else if ('tcp' in parsed) {
        const target = hostAndPort(parsed.tcp);
        assert.ok(typeof target !== 'string' && target.port >= 1 && target.port <= 65535);
      }
    });
    fc.assert(check, { seed: 20261121, numRuns: 5000 });
  });
});
