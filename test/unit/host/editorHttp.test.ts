import * as assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { type EditorHttpKey, parseEditorHttp } from '../../../src/host/model/editorHttp.js';

const of = (settings: Partial<Record<EditorHttpKey, unknown>>, environment: Record<string, string> = {}) =>
  parseEditorHttp((key) => settings[key], environment);
const proxy = 'http://proxy.example:3128';
const own = ['localhost', '127.0.0.1', '::1'];

suite("VS Code's settings of HTTP", () => {
  test('with none there is no proxy, and the certificates of the system count', () => {
    assert.deepEqual(of({}), { proxy: undefined, systemCertificates: true });
    assert.deepEqual(of({ proxy: '', systemCertificates: false }), { proxy: undefined, systemCertificates: false });
  });

  test('a proxy with all that belongs to it; this machine itself is never reached by it', () => {
    assert.deepEqual(of({ proxy: ` ${proxy} ` }).proxy, {
      proxy,
      noProxy: own,
      proxyAuthorization: undefined,
      proxyStrictSSL: true,
    });
    const settings = { proxy, noProxy: ['a.example'], proxyAuthorization: 'Basic eA==', proxyStrictSSL: false };
    assert.deepEqual(of(settings).proxy, { ...settings, noProxy: ['a.example', ...own] });
  });

  test('off means none, whatever else is set; the other modes do not differ', () => {
    assert.equal(of({ proxy, proxySupport: 'off' }, { HTTPS_PROXY: proxy }).proxy, undefined);
    for (const proxySupport of ['on', 'fallback', 'override', undefined, 7]) {
      assert.equal(of({ proxy, proxySupport }).proxy?.proxy, proxy);
    }
  });

  test('what is not set is inherited from the environment, as the settings say', () => {
    const other = 'https://other.example';
    assert.equal(of({}, { HTTP_PROXY: proxy }).proxy?.proxy, proxy);
    assert.equal(of({}, { HTTP_PROXY: proxy, https_proxy: other }).proxy?.proxy, other);
    assert.equal(of({ proxy }, { https_proxy: other }).proxy?.proxy, proxy);
    assert.deepEqual(of({ proxy }, { no_proxy: 'a,b' }).proxy?.noProxy, ['a', 'b', ...own]);
    assert.deepEqual(of({ proxy, noProxy: ['c'] }, { NO_PROXY: 'a' }).proxy?.noProxy, ['c', ...own]);
  });

  test('what is wrong is as if it were not set', () => {
    const wrong = {
      proxy,
      noProxy: ['a', 7, '', null],
      proxyAuthorization: 7,
      proxyStrictSSL: 'no',
      systemCertificates: 0,
    };
    assert.deepEqual(of(wrong), {
      proxy: { proxy, noProxy: ['a', ...own], proxyAuthorization: undefined, proxyStrictSSL: true },
      systemCertificates: true,
    });
    for (const each of [7, null, [], {}, 'proxy.example:3128']) {
      assert.equal(of({ proxy: each }).proxy, undefined);
    }
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.anything()), (settings) => {
        assert.equal(typeof of(settings).systemCertificates, 'boolean');
      }),
      { seed: 5, numRuns: 500 },
    );
  });
});
