import * as assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { logError, logLine, markdownText, plainLine } from '../../../src/shared/hostileText.js';

const seeded = { seed: 21, numRuns: 2000 };
const anything = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc
    .array(fc.constantFrom('$(', '](', '[x](command:y)', '\n', '\u202e', '\u0000', '\ud800', '\u2060', '👩‍💻', 'é'), {
      maxLength: 12,
    })
    .map((parts) => parts.join('')),
);

suite('hostile text', () => {
  test('a line has no break, no control, no bidirectional character, no icon and no link', () => {
    fc.assert(
      fc.property(anything, (text) => {
        const line = plainLine(text);
        assert.doesNotMatch(line, /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u202A-\u202E\u2066-\u2069\u200E\u200F]/u);
        assert.ok(!line.includes('$('));
        assert.ok(!line.includes(']('));
        assert.ok([...line].length <= 160, 'bounded');
        assert.equal(line, line.trim());
      }),
      seeded,
    );
  });

  test('to clean twice is to clean once', () => {
    fc.assert(
      fc.property(anything, (text) => assert.equal(plainLine(plainLine(text)), plainLine(text))),
      seeded,
    );
  });

  test('what is not hostile stays as it is', () => {
    for (const name of [
      'Café Müller',
      'Büro 3 (5 GHz)',
      '東京オフィス',
      'שלום',
      '👩‍💻 home',
      'a $ (b) [c] (d)',
      "Tom's *Wi-Fi*_2",
    ]) {
      assert.equal(plainLine(name), name);
    }
  });

  test('icons and links are broken, and read the same', () => {
    const seen = (text: string) => text.replace(/\u2060/g, '');
    assert.equal(seen(plainLine('$(zap) [x](command:y)')), '$(zap) [x](command:y)');
    assert.notEqual(plainLine('$(zap)'), '$(zap)');
  });

  test('lines are joined, and cut with a mark', () => {
    assert.equal(plainLine('one\r\n two\u2028three\tfour'), 'one two three four');
    assert.equal(plainLine('x'.repeat(100), 10), 'xxxxxxxxx…');
    assert.equal(plainLine('\u0000\u202e\u200b \n'), '');
    assert.ok(plainLine(`Z${'\u0301'.repeat(1000)}`).length < 10);
  });

  test('of a very long name only the beginning is read', () => {
    const text = '\u202e$('.repeat(5_000_000);
    assert.equal(plainLine(text), plainLine(text.slice(0, 10_000)));
    assert.ok(plainLine(`${'\u202e'.repeat(5000)}never read`) === '');
  });

  test('Markdown shows every letter and nothing else', () => {
    fc.assert(
      fc.property(anything, (text) => {
        const escaped = markdownText(text);
        assert.doesNotMatch(escaped, /(^|[^\\])(\\\\)*[!-/:-@[\]^-`{-~]/u);
        assert.equal(escaped.replace(/\\([!-/:-@[-`{-~])/g, '$1'), plainLine(text, 400));
      }),
      seeded,
    );
    assert.equal(markdownText('[x](command:y)').replace('\u2060', ''), '\\[x\\]\\(command\\:y\\)');
    assert.equal(markdownText('<img src=x>'), '\\<img src\\=x\\>');
  });

  test('a log line stays one line and hides nothing', () => {
    assert.equal(logLine('a\nb\u202ec'), 'a\\u000ab\\u202ec');
    fc.assert(
      fc.property(anything, (text) => assert.doesNotMatch(logLine(text), /[\r\n\u2028\u2029]/)),
      seeded,
    );
  });

  test('what was thrown has its words on one line, and its stack below', () => {
    const error = new Error('bad\n    at forged\u202e');
    const [words, ...frames] = logError(error).split('\n');
    assert.equal(words, 'Error: bad\\u000a    at forged\\u202e');
    assert.ok(frames.length > 1 && frames.every((line) => /^ {4}at /.test(line)));
    assert.equal(logError('text\nmore'), 'text\\u000amore');
  });
});
