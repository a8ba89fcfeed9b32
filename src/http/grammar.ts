// What bytes may stand where in HTTP/1.1 (RFC 9110 5, RFC 9112 5): tables and lists for whoever reads it.

const table = (isIn: (byte: number) => boolean): Uint8Array =>
  Uint8Array.from({ length: 256 }, (_, byte) => Number(isIn(byte)));

const tokenBytes = table((byte) => /[!#$%&'*+.^_`|~0-9A-Za-z-]/.test(String.fromCharCode(byte)));
const textBytes = table((byte) => byte >= 0x20 && byte !== 0x7f);

/** The place behind the token that begins here. */
export function tokenEnd(bytes: Uint8Array, start: number): number {
  const { length } = bytes;
  let at = start;
  while (at < length && tokenBytes[bytes[at] ?? 0] === 1) {
    at++;
  }
  return at;
}

/** The place behind the text that begins here: of a value, or a reason. It ends with a tab, which both may have as well. */
export function textEnd(bytes: Uint8Array, start: number): number {
  const { length } = bytes;
  let at = start;
  while (at < length && textBytes[bytes[at] ?? 0] === 1) {
    at++;
  }
  return at;
}

export const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const quoted = '"(?:[\\t !#-[\\]-~\\x80-\\xff]|\\\\[\\t -~\\x80-\\xff])*"';
const extensions = new RegExp(`^(?:[\\t ]*;[\\t ]*${token}(?:[\\t ]*=[\\t ]*(?:${token}|${quoted}))?)*$`);

/** These are extensions of a chunk (RFC 9112 7.1.1). */
export function areExtensions(text: string): boolean {
  return extensions.test(text);
}

/** Without the blanks around it that are no part of a value. */
export function trimmed(value: string): string {
  // Not by trim(), which takes more than these for blanks.
  let [begin, end] = [0, value.length];
  while (begin < end && isBlank(value.charCodeAt(begin))) {
    begin++;
  }
  while (end > begin && isBlank(value.charCodeAt(end - 1))) {
    end--;
  }
  return value.slice(begin, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** The elements of a list; empty ones do not count (RFC 9110 5.6.1.2). */
export function elementsOf(values: readonly string[]): string[] {
  return values.flatMap((value) => value.split(',').map(trimmed)).filter((element) => element !== '');
}
