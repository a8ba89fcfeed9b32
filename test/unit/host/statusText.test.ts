import * as assert from 'node:assert/strict';
import { BearerType, SessionState } from '../../../src/engine/index.js';
import { type StatusContent, showsTraffic, statusLabel, statusText } from '../../../src/host/model/statusText.js';
import { english as t } from '../../../src/host/model/translate.js';

const active: StatusContent = {
  kind: 'active',
  name: 'Office LAN',
  bearerType: BearerType.Ethernet,
  state: SessionState.Connected,
  isSession: true,
};
const traffic = { received: 1_230_000, written: 456_000 };
const seen = (text: string) => text.replace(/[\u2007\u2008]/g, '');

suite('the text of the status bar', () => {
  test('each setting shows what it says', () => {
    const text = (show: 'accessPoint' | 'traffic' | 'accessPointAndTraffic' | 'off') =>
      seen(statusText(active, show, traffic, 'bytes', t));
    assert.equal(text('accessPointAndTraffic'), '$(plug) Office LAN  ↓1.23 MB ↑456 kB');
    assert.equal(text('accessPoint'), '$(plug) Office LAN');
    assert.equal(text('traffic'), '$(plug) ↓1.23 MB ↑456 kB');
    assert.equal(text('off'), '');
    assert.equal(
      seen(statusText(active, 'traffic', { received: undefined, written: 0 }, 'bits', t)),
      '$(plug) ↓– bit ↑0 bit',
    );
  });

  test('while a session moves it says Roaming, and where it is', () => {
    const roaming: StatusContent = { ...active, state: SessionState.Roaming };
    assert.equal(statusText(roaming, 'accessPoint', traffic, 'bytes', t), '$(sync) Roaming: Office LAN');
    assert.match(statusText({ ...roaming, spins: true }, 'accessPoint', traffic, 'bytes', t), /^\$\(sync~spin\) /);
    assert.match(statusText(roaming, 'accessPointAndTraffic', traffic, 'bytes', t), /Roaming: Office LAN {2}↓/);
    assert.equal(statusLabel(roaming, t), 'Network Sessions: Office LAN, Roaming');
  });

  test('figures are read only where they are shown', () => {
    assert.ok(showsTraffic(active, 'accessPointAndTraffic'));
    assert.ok(showsTraffic(active, 'traffic'));
    assert.ok(!showsTraffic(active, 'accessPoint'));
    assert.ok(!showsTraffic(active, 'off'));
    assert.ok(!showsTraffic({ kind: 'none' }, 'traffic'));
    assert.ok(!showsTraffic({ kind: 'lost', name: 'LAN' }, 'traffic'));
  });

  test('the width does not depend on the figures', () => {
    const widths = [0, 7, 99, 1000, 999_999, 5e9].map(
      (bytes) => statusText(active, 'traffic', { received: bytes, written: undefined }, 'bytes', t).length,
    );
    assert.equal(new Set(widths).size, 1);
  });

  test('a long name leaves room for others, and one from right to left does not reorder the figures', () => {
    const text = (name: string) => seen(statusText({ ...active, name }, 'accessPointAndTraffic', traffic, 'bytes', t));
    assert.equal(text('x'.repeat(80)), `$(plug) ${'x'.repeat(29)}…  ↓1.23 MB ↑456 kB`);
    assert.equal(text('קפה'), '$(plug) \u2068קפה\u2069  ↓1.23 MB ↑456 kB');
    assert.equal(text('مقهى 5'), '$(plug) \u2068مقهى 5\u2069  ↓1.23 MB ↑456 kB');
    assert.match(statusText({ kind: 'lost', name: 'קפה' }, 'traffic', traffic, 'bytes', t), /\u2068קפה\u2069/);
  });

  test('a screen reader hears the state and no figure', () => {
    assert.equal(statusLabel(active, t), 'Network Sessions: Office LAN, Connected');
    assert.doesNotMatch(statusLabel({ kind: 'lost', name: 'LAN' }, t), /\d/);
    assert.equal(statusLabel({ kind: 'hidden' }, t), '');
    assert.equal(
      statusText({ kind: 'none' }, 'traffic', traffic, 'bytes', t),
      '$(circle-slash) No access point active',
    );
    assert.equal(statusText({ kind: 'unknown' }, 'traffic', traffic, 'bytes', t), '$(question) Network unknown');
    assert.match(statusLabel({ kind: 'none' }, t), /no access point/);
    assert.match(statusLabel({ kind: 'unknown' }, t), /unknown/);
  });
});
