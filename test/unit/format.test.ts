import * as assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { formatData, formatDataFixed, formatDuration, formatSpeed } from '../../src/shared/format.js';

const seeded = { seed: 20, numRuns: 2000 };

suite('format', () => {
  test('data has three significant digits and SI units', () => {
    const cases: readonly [number, string][] = [
      [0, '0 B'],
      [7, '7 B'],
      [999, '999 B'],
      [1000, '1.00 kB'],
      [1234, '1.23 kB'],
      [45_600, '45.6 kB'],
      [456_000, '456 kB'],
      [999_499, '999 kB'],
      [999_500, '1.00 MB'],
      [1_230_000, '1.23 MB'],
      [7.89e15, '7.89 PB'],
    ];
    for (const [bytes, expected] of cases) {
      assert.equal(formatData(bytes), expected);
    }
    assert.equal(formatData(125, 'bits'), '1.00 kbit');
    assert.equal(formatData(100, 'bits'), '800 bit');
  });

  test('what is not known is a dash, never 0', () => {
    for (const unknown of [undefined, Number.NaN, -1, Number.POSITIVE_INFINITY]) {
      assert.equal(formatData(unknown), '–');
      assert.match(formatDataFixed(unknown), /–/);
      assert.equal(formatSpeed(unknown), '–');
    }
  });

  test('the width is constant: as many characters always, digits and point in the places of spaces as wide', () => {
    const counted = fc.oneof(fc.nat(), fc.maxSafeNat(), fc.integer({ min: 0, max: 2000 }), fc.constant(undefined));
    for (const unit of ['bytes', 'bits'] as const) {
      const width = formatDataFixed(0, unit).length;
      fc.assert(
        fc.property(counted, (bytes) => {
          const text = formatDataFixed(bytes, unit);
          assert.equal(text.length, width, JSON.stringify(text));
          const wide = text.match(/[\d\u2007–]/g)?.length ?? 0;
          const trailing = /\u2007*$/.exec(text)?.[0].length ?? 0;
          assert.equal(wide - trailing, 3, JSON.stringify(text));
          assert.equal(text.match(/[.\u2008]/g)?.length, 1, JSON.stringify(text));
        }),
        seeded,
      );
    }
  });

  test('the text says the same as the one that is not padded', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (bytes) => {
        assert.equal(formatDataFixed(bytes).replace(/[\u2007\u2008]/g, ''), formatData(bytes));
      }),
      seeded,
    );
  });

  test('more bytes never read as less', () => {
    const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'];
    const read = (text: string) => {
      const [digits = '', unit = ''] = text.split(' ');
      return Number(digits) * 1000 ** units.indexOf(unit);
    };
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.nat(), (bytes, more) => {
        assert.ok(read(formatData(bytes)) <= read(formatData(bytes + more)));
      }),
      seeded,
    );
  });

  test('speed', () => {
    assert.equal(formatSpeed(1_000_000_000), '1 Gbit/s');
    assert.equal(formatSpeed(866_700_000), '867 Mbit/s');
    assert.equal(formatSpeed(72_200_000), '72.2 Mbit/s');
  });

  test('durations have at most two units', () => {
    const cases: readonly [number, string][] = [
      [0, '0 s'],
      [59.9, '59 s'],
      [60, '1 min'],
      [3599, '59 min'],
      [3600, '1 h'],
      [3900, '1 h 5 min'],
      [86_400, '1 d'],
      [93_600, '1 d 2 h'],
      [Number.NaN, '0 s'],
      [-5, '0 s'],
    ];
    for (const [seconds, expected] of cases) {
      assert.equal(formatDuration(seconds), expected);
    }
  });
});
