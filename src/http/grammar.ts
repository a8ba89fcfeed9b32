// What bytes may stand where in HTTP/1.1 (RFC 9110 5, RFC 9112 5): tables and lists for whoever reads it.

const table = (isIn: (byte: number) => boolean): Uint8Array =>
  Uint8Array.from({ length: 256 }, (_, byte) => Number(isIn(byte)));

const tokenBytes = table((byte) => /[!#$%&'*+.^_`|~0-9A-Za-z-]/.test(String.fromCharCode(byte)));
const textBytes = table((byte) => byte >= 0x20 && byte !== 0x7f);

export function isTokenByte(byte: number | undefined): boolean {
  return byte !== undefined && tokenBytes[byte] === 1;
}

/** It may stand in a value or a reason, where a tab may as well. */
export function isTextByte(byte: number | undefined): boolean {
  return byte !== undefined && textBytes[byte] === 1;
}

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const quoted = '"(?:[\\t !#-[\\]-~\\x80-\\xff]|\\\\[\\t -~\\x80-\\xff])*"';
const extensions = new RegExp(`^(?:[\\t ]*;[\\t ]*${token}(?:[\\t ]*=[\\t ]*(?:${token}|${quoted}))?)*$`);

/** These are extensions of a chunk (RFC 9112 7.1.1). */
export function areExtensions(text: string): boolean {
  return extensions.test(text);
}

/** Without the blanks around it that are no part of a value. */
export function trimmed(value: string): string {
  // Not by trim(), which takes more than these for blanks.
  return value.replace(/^[\t ]+|(?<![\t ])[\t ]+$/g, '');
}

/** The elements of a list; empty ones do not count (RFC 9110 5.6.1.2). */
export function elementsOf(values: readonly string[]): string[] {
  return values.flatMap((value) => value.split(',').map(trimmed)).filter((element) => element !== '');
}
