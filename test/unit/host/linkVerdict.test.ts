import * as assert from 'node:assert/strict';
import * as fc from 'fast-check';
import {
  isUnreal,
  isWorthSaving,
  type LinkTested,
  type Probed,
  probeTarget,
  signInPage,
  testedText,
  verdictOf,
} from '../../../src/host/model/linkVerdict.js';
import { english as t } from '../../../src/host/model/translate.js';

const own = { interfaceName: 'wlan0', isOwn: true };
const other = { interfaceName: 'eth0', isOwn: false };
const nobodyKnows = { interfaceName: undefined, isOwn: undefined };

interface Case extends Partial<Probed> {
  readonly url?: string;
  readonly isProbeUrl?: boolean;
  readonly isDefault?: boolean;
}

function tested({ url = 'http://server.example/', isProbeUrl = false, isDefault = true, ...probed }: Case): LinkTested {
  return {
    name: 'Café',
    target: new URL(url),
    isProbeUrl,
    isDefault,
    probed: {
      connectivity: 'full',
      portalUrl: undefined,
      status: undefined,
      latency: 12.4,
      error: undefined,
      route: own,
      ...probed,
    },
  };
}

const failed = (code: string, facts = {}) => Object.assign(new Error('no'), { code, ...facts });

suite('a test of a link', () => {
  suite('what a person types', () => {
    test('an address, or a host that is asked by http', () => {
      const cases: readonly (readonly [string, string])[] = [
        ['http://server.example/generate_204', 'http://server.example/generate_204'],
        [' https://server.example ', 'https://server.example/'],
        ['server.example', 'http://server.example/'],
        ['server.example:8080/a?b', 'http://server.example:8080/a?b'],
        ['192.0.2.1', 'http://192.0.2.1/'],
        ['2001:db8::1', 'http://[2001:db8::1]/'],
        ['[2001:db8::1]:8080', 'http://[2001:db8::1]:8080/'],
        ['localhost:8080', 'http://localhost:8080/'],
      ];
      for (const [typed, expected] of cases) {
        assert.equal(String(probeTarget(typed, t)), expected, typed);
      }
    });

    test('anything else is a sentence that does not repeat it', () => {
      const cases: readonly (readonly [string, RegExp])[] = [
        ['', /^What is needed is an address that begins with http/],
        ['ftp://server.example', /^What is needed/],
        ['javascript://a', /^What is needed/],
        ['http://', /^What is needed/],
        ['http://a:secret@server.example', /^The address must not contain a user name or password\.$/],
        ['a:secret@server.example', /^The address must not/],
        ['server.example:99999', /^A port is/],
        ['server example', /^Spaces/],
        ['a\u202eb.example', /^Spaces/],
        [`http://${'a'.repeat(2000)}`, /at most 2000/],
      ];
      for (const [typed, expected] of cases) {
        assert.match(String(probeTarget(typed, t)), expected, typed);
      }
      fc.assert(
        fc.property(fc.oneof(fc.string(), fc.webUrl()), (typed) => {
          const target = probeTarget(typed, t);
          assert.ok(typeof target === 'string' || /^https?:$/.test(target.protocol));
        }),
        { seed: 7, numRuns: 2000 },
      );
    });
  });

  test('a verdict says nothing that was not shown', () => {
    const elsewhere = 'http://login.cafe.example/?from=x';
    const cases: readonly (readonly [Case, string])[] = [
      [{ status: 204 }, 'full'],
      [{ connectivity: 'portal', status: 511 }, 'portal'],
      // the server's own way of sending to https, to www, or to another name of its own, or a portal's
      [{ connectivity: 'portal', status: 302, portalUrl: elsewhere }, 'unknown'],
      [{ connectivity: 'portal', status: 301, portalUrl: 'https://server.example/' }, 'unknown'],
      [{ connectivity: 'portal', status: 301, portalUrl: 'https://www.server.example/' }, 'unknown'],
      // a page: whose, and a link in it
      [{ connectivity: 'portal', status: 200 }, 'unknown'],
      [{ connectivity: 'portal', status: 200, portalUrl: elsewhere }, 'unknown'],
      [{ connectivity: 'limited', status: 404 }, 'unknown'],
      // known to answer 204
      [{ connectivity: 'portal', status: 200, isProbeUrl: true }, 'portal'],
      [{ connectivity: 'portal', status: 301, portalUrl: 'http://server.example/x', isProbeUrl: true }, 'portal'],
      [{ connectivity: 'limited', status: 404, isProbeUrl: true }, 'limited'],
      // its certificate says who answers
      [{ connectivity: 'portal', status: 200, url: 'https://server.example/' }, 'full'],
      [{ connectivity: 'limited', status: 404, url: 'https://server.example/' }, 'full'],
      [{ connectivity: 'limited', error: failed('CERT_HAS_EXPIRED'), url: 'https://server.example/' }, 'limited'],
      [{ connectivity: 'limited', error: failed('ECONNREFUSED') }, 'limited'],
      [{ connectivity: 'none', error: failed('ENETDOWN') }, 'none'],
      // whose way it was
      [{ status: 204, route: other }, 'unknown'],
      [{ status: 204, route: nobodyKnows }, 'unknown'],
      [{ status: 204, route: undefined }, 'unknown'],
      [{ connectivity: 'portal', status: 511, route: other }, 'unknown'],
      [{ connectivity: 'limited', error: failed('ETIMEDOUT'), route: other }, 'unknown'],
      [{ connectivity: 'none', error: failed('ENETUNREACH'), route: other }, 'unknown'],
      // nothing has left: there is no way that could be another's
      [{ connectivity: 'none', error: failed('EADDRNOTAVAIL'), route: nobodyKnows }, 'none'],
    ];
    for (const [each, expected] of cases) {
      assert.equal(verdictOf(tested(each)), expected, JSON.stringify(each));
    }
  });

  test('where to sign in: only of a portal, and not of another link', () => {
    const portal = {
      connectivity: 'portal',
      status: 302,
      portalUrl: 'http://login.example/',
      isProbeUrl: true,
    } as const;
    assert.equal(signInPage(tested(portal)), 'http://login.example/');
    assert.equal(signInPage(tested({ ...portal, route: nobodyKnows })), 'http://login.example/');
    assert.equal(signInPage(tested({ ...portal, route: other })), undefined);
    assert.equal(signInPage(tested({ connectivity: 'portal', status: 511 })), 'http://server.example/');
    assert.equal(signInPage(tested({ connectivity: 'portal', status: 200 })), undefined);
    assert.equal(signInPage(tested({ status: 204 })), undefined);
  });

  test('only an address that tells a sign-in page from the server is offered to be saved', () => {
    assert.ok(isWorthSaving(tested({ status: 204 })));
    assert.ok(isWorthSaving(tested({ status: 204, route: other })));
    assert.ok(isWorthSaving(tested({ connectivity: 'portal', status: 200, url: 'https://server.example/' })));
    assert.ok(!isWorthSaving(tested({ status: 204, isProbeUrl: true })));
    assert.ok(!isWorthSaving(tested({ connectivity: 'portal', status: 200 })));
    assert.ok(!isWorthSaving(tested({ connectivity: 'limited', error: failed('ECONNREFUSED') })));
  });

  test('the result in words', () => {
    const cases: readonly (readonly [Case, string])[] = [
      [{ status: 204 }, 'Café leads to server.example (full, 12 ms).'],
      [{ url: 'https://a.example:8443/x' }, 'Café leads to a.example:8443 (full, 12 ms).'],
      [
        { connectivity: 'portal', status: 302, portalUrl: 'http://login.example/x', isProbeUrl: true },
        'Café leads to a sign-in page of login.example instead of server.example (portal, 12 ms).',
      ],
      [
        { connectivity: 'portal', status: 511, isDefault: false },
        'Café leads to a sign-in page instead of server.example (portal, 12 ms). A browser goes by the default access point, which is another one.',
      ],
      [
        { connectivity: 'limited', error: failed('ECONNREFUSED') },
        'Café does not lead to server.example: the connection is refused (limited, 12 ms).',
      ],
      [
        { connectivity: 'limited', status: 503, isProbeUrl: true },
        'Café does not lead to server.example: status 503 (limited, 12 ms).',
      ],
      [{ connectivity: 'none', error: failed('ENETUNREACH') }, 'Café leads nowhere: there is no way there (none).'],
      [
        { connectivity: 'portal', status: 200 },
        'By Café came an answer for server.example: status 200, 12 ms. Whether the server has sent it or a sign-in page is unknown: an address tells that begins with https://, or that answers with 204.',
      ],
      [
        { status: 204, route: other },
        'Unknown: this machine sends what is for server.example by eth0, so the test says nothing of Café.',
      ],
      [
        { status: 204, route: nobodyKnows },
        'Unknown: it could not be shown that the test went by Café. For server.example it found: full, status 204, 12 ms.',
      ],
      [
        { connectivity: 'limited', error: failed('ENOTFOUND', { syscall: 'queryA' }), route: undefined },
        'Unknown: it could not be shown that the test went by Café. For server.example it found: limited, the name has no address, 12 ms.',
      ],
    ];
    for (const [each, expected] of cases) {
      assert.equal(testedText(tested(each), t), expected);
    }
  });

  test('why there was no answer, in words, whatever was thrown', () => {
    const reason = (error: Error | undefined) =>
      /: (.*) \(limited/.exec(testedText(tested({ connectivity: 'limited', error }), t))?.[1];
    assert.equal(reason(failed('ECONNREFUSED', { syscall: 'queryA' })), 'the name servers do not answer');
    assert.equal(reason(failed('ETIMEOUT', { syscall: 'queryAaaa' })), 'the name servers do not answer');
    assert.equal(reason(failed('ETIMEDOUT')), 'there is no answer');
    assert.equal(reason(failed('UND_ERR_SOCKET')), 'the connection ended before an answer came');
    assert.equal(reason(failed('ERR_TLS_CERT_ALTNAME_INVALID')), 'the certificate is not trusted');
    assert.equal(reason(failed('UNABLE_TO_VERIFY_LEAF_SIGNATURE')), 'the certificate is not trusted');
    assert.equal(reason(failed('ERR_PROTOCOL')), 'what answers does not speak HTTP');
    assert.equal(reason(failed('EWHATEVER')), 'EWHATEVER');
    assert.equal(reason(new Error('no code')), 'it failed');
    assert.equal(reason(undefined), 'it failed');
  });

  test('hostile hosts and interfaces are shown letter by letter', () => {
    const hostile = tested({
      connectivity: 'portal',
      status: 302,
      portalUrl: 'http://login.example:81/[x](command:y)',
      isProbeUrl: true,
      route: other,
    });
    const named = {
      ...hostile,
      probed: { ...hostile.probed, route: { interfaceName: '[x](command:y)\u202e', isOwn: false } },
    };
    for (const each of [hostile, named]) {
      assert.doesNotMatch(testedText(each, t), /\]\(|\p{Cc}|\u202e/u);
    }
  });

  test('nothing real goes by the simulated network, but by loopback', () => {
    assert.ok(isUnreal('simulated', ['192.0.2.10']));
    assert.ok(isUnreal('simulated', []));
    assert.ok(!isUnreal('simulated', ['192.0.2.10', '127.0.0.9']));
    assert.ok(!isUnreal('simulated', ['::1']));
    assert.ok(!isUnreal('networkManager', ['192.0.2.10']));
  });
});
