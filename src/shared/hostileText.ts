/**
 * Text that strangers chose: names of networks, messages of the system. It may hold line breaks, control and bidirectional
 * characters, `$(zap)`, which VS Code draws as an icon, or `[x](command:y)`, which a notification makes a link that runs a
 * command. Everything of this kind passes here once, on its way to a person's eyes.
 */

const controls = /[\p{Cc}\p{Zl}\p{Zp}\s]+/gu;
/** Characters that are not seen but reorder, hide or split what is; the joiners of emoji and of Persian stay. */
const unseen =
  /[\u00AD\u061C\u180E\u200B\u200E\u200F\u202A-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB\u{E0000}-\u{E007F}]/gu;
const loneSurrogates = /\p{Cs}/gu;
/** More marks on one letter than any language has: they would be drawn over the neighbours. */
const piledMarks = /(\p{M}{4})\p{M}+/gu;
/** Where an icon or a link would begin. A word joiner in between has no width and ends it. */
const openings = /([$\]])(?=\()/g;
const wordJoiner = '\u2060';

/** One harmless line for labels, quick picks, messages and the status bar. '' when nothing visible is left. */
export function plainLine(text: string, limit = 80): string {
  const line = text
    .slice(0, 20 * limit)
    .replace(loneSurrogates, '\uFFFD')
    .replace(unseen, '')
    .replace(controls, ' ')
    .replace(piledMarks, '$1')
    .trim();
  const letters = [...line];
  const short = letters.length > limit ? `${letters.slice(0, limit - 1).join('')}…` : line;
  return short.replace(openings, `$1${wordJoiner}`);
}

/**
 * The same line as Markdown that shows it letter by letter: every ASCII punctuation mark is escaped, which also keeps
 * addresses from becoming links. (`MarkdownString.appendText` would forbid the line to wrap.)
 */
export function markdownText(text: string, limit = 400): string {
  return plainLine(text, limit).replace(/[!-/:-@[-`{-~]/g, '\\$&');
}

/** For a log line: what could forge another line or hide a part of this one is spelled out. */
export function logLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u202A-\u202E\u2066-\u2069]/gu, (letter) =>
    letter === '\t' ? ' ' : `\\u${(letter.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
}

/** The same of something that was thrown: its own words on one line, and below them the lines of its stack. */
export function logError(error: unknown): string {
  const text = String(error);
  const stack = error instanceof Error && error.stack?.startsWith(text) ? error.stack.slice(text.length) : '';
  const frames = stack.split('\n').filter((line) => line.trim() !== '');
  return [text, ...frames].map(logLine).join('\n');
}
