/** Values of D-Bus. Whatever a property holds, its readers return the type asked for or undefined, and never throw. */

export type Dictionary = Readonly<Record<string, unknown>>;

const nothing: Dictionary = Object.freeze({});
const noList: readonly never[] = Object.freeze([]);

/** What is inside a variant; anything else as it is. Variants come as instances of a class with these two fields of their own. */
export function unwrapped(value: unknown): unknown {
  let inner = value;
  while (
    typeof inner === 'object' &&
    inner !== null &&
    Object.getPrototypeOf(inner) !== Object.prototype &&
    Object.hasOwn(inner, 'signature') &&
    Object.hasOwn(inner, 'value')
  ) {
    inner = (inner as { value: unknown }).value;
  }
  return inner;
}

/** A dictionary with text for keys; an empty one in place of anything else. */
export function dictionary(value: unknown): Dictionary {
  const inner = unwrapped(value);
  if (typeof inner !== 'object' || inner === null || Array.isArray(inner) || ArrayBuffer.isView(inner)) {
    return nothing;
  }
  return inner as Dictionary;
}

/** One entry of a dictionary. Only its own: a key may be called anything, `constructor` too. */
export function entry(from: Dictionary, key: string): unknown {
  return Object.hasOwn(from, key) ? unwrapped(from[key]) : undefined;
}

export function text(value: unknown): string | undefined {
  const inner = unwrapped(value);
  return typeof inner === 'string' ? inner : undefined;
}

/** A whole number that a double carries exactly; undefined for any other. */
export function number(value: unknown): number | undefined {
  const inner = unwrapped(value);
  const whole = typeof inner === 'bigint' ? Number(inner) : inner;
  return Number.isSafeInteger(whole) ? (whole as number) : undefined;
}

export function flag(value: unknown): boolean | undefined {
  const inner = unwrapped(value);
  return typeof inner === 'boolean' ? inner : undefined;
}

export function list(value: unknown): readonly unknown[] {
  const inner = unwrapped(value);
  return Array.isArray(inner) ? inner : noList;
}

/** Those elements of a list that are text. */
export function texts(value: unknown): readonly string[] {
  const all = list(value);
  return all.every((element) => typeof element === 'string')
    ? (all as readonly string[])
    : all.map(text).filter((element) => element !== undefined);
}

/** Bytes as hexadecimal digits, so that they compare as text; undefined when there are none. */
export function hexadecimal(value: unknown): string | undefined {
  const inner = unwrapped(value);
  return Buffer.isBuffer(inner) && inner.length > 0 ? inner.toString('hex') : undefined;
}

/** Puts a value into a variant; the signature is that of the value. */
export type Wrap = (signature: string, value: unknown) => unknown;

export async function loadWrap(): Promise<Wrap> {
  const { Variant } = await import('dbus-native');
  return (signature, value) => new Variant(signature, value);
}
