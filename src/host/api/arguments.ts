import { type Extension, extensions } from 'vscode';
import { t } from '../editor/translation.js';
import { unproven } from '../model/clients.js';

/** @throws TypeError when it is no string. */
export function text(value: unknown, name: string): string {
  if (typeof value !== 'string') {
    throw new TypeError(`${name} must be a string, not ${typeof value}.`);
  }
  return value;
}

/** @throws TypeError when it is neither a configuration nor an identifier. */
export function identifierOf(configuration: unknown): string {
  const identifier =
    typeof configuration === 'object' && configuration !== null && 'identifier' in configuration
      ? configuration.identifier
      : configuration;
  if (typeof identifier !== 'string') {
    throw new TypeError('configuration must be a configuration or its identifier.');
  }
  return identifier;
}

/**
 * Who calls and why: an extension that is really there, and words that a person can read. VS Code tells nobody who calls;
 * an `Extension` shows at least that the caller has not just a name.
 */
export function parseClient(client: unknown): { readonly owner: string; readonly reason: string } {
  if (typeof client !== 'object' || client === null) {
    throw new TypeError('client must be { extension, reason }: both are shown to the person.');
  }
  const { extension, reason } = client as { extension?: unknown; reason?: unknown };
  if (typeof reason !== 'string' || reason.trim() === '') {
    throw new TypeError('client.reason must say in a few words what the session is for.');
  }
  const id = typeof extension === 'object' && extension !== null && 'id' in extension ? extension.id : extension;
  const known = typeof id === 'string' ? extensions.getExtension(id) : undefined;
  if (known === undefined) {
    throw new TypeError('client.extension must be your context.extension or its identifier.');
  }
  const { displayName } = known.packageJSON as { displayName?: unknown };
  const name = typeof displayName === 'string' && displayName.trim() !== '' ? displayName : known.id;
  return { owner: isOf(extension, known) ? name : unproven(name, t), reason };
}

/** VS Code makes another object for everyone who asks. What they show of an extension is the same. */
const isOf = (extension: unknown, known: Extension<unknown>): boolean =>
  typeof extension === 'object' &&
  (extension as Extension<unknown>).packageJSON === known.packageJSON &&
  exportsOf(extension as Extension<unknown>) === exportsOf(known);

/** Those of an extension that is being activated cannot be asked for. */
function exportsOf(extension: Extension<unknown>): unknown {
  try {
    return extension.exports;
  } catch {
    return undefined;
  }
}
