import { isIP } from 'node:net';
import { BearerType } from '../../engine/index.js';
import type { InterfaceBytes } from '../counters.js';

/** One interface as the package tells it. */
export interface InterfaceRow {
  readonly name: string;
  readonly bearerType: BearerType;
  /** The system routes by it. */
  readonly isDefault: boolean;
  /** It is made of software, or the package takes it for that: the card of a virtual machine is one too. */
  readonly isVirtual: boolean;
  readonly operstate: string;
  readonly addresses: readonly string[];
  /** Bits a second. */
  readonly speed: number | undefined;
  readonly hardwareAddress: string | undefined;
}

/**
 * The interfaces in an answer of `networkInterfaces`, without the loopback. Undefined when there is not a single one in
 * it: every machine has some, so it is no answer.
 */
export function parseInterfaces(answer: unknown): InterfaceRow[] | undefined {
  const rows = new Map<string, InterfaceRow | undefined>();
  for (const row of list(answer)) {
    const name = text(row, 'iface');
    if (name !== '' && !rows.has(name)) {
      rows.set(name, row['internal'] === true ? undefined : parseInterface(name, row));
    }
  }
  return rows.size === 0 ? undefined : [...rows.values()].filter((row) => row !== undefined);
}

function parseInterface(name: string, row: Row): InterfaceRow {
  const type = text(row, 'type').toLowerCase();
  const speed = row['speed'];
  const hardwareAddress = text(row, 'mac');
  return {
    name,
    bearerType: type === 'wireless' ? BearerType.WLAN : type === 'wired' ? BearerType.Ethernet : BearerType.Unknown,
    isDefault: row['default'] === true,
    isVirtual: row['virtual'] === true || type === 'virtual',
    operstate: text(row, 'operstate').toLowerCase(),
    addresses: [text(row, 'ip4'), text(row, 'ip6')].filter((address) => isIP(address) !== 0),
    speed: typeof speed === 'number' && Number.isFinite(speed) && speed > 0 ? speed * 1_000_000 : undefined,
    hardwareAddress: /[1-9a-f]/i.test(hardwareAddress) ? hardwareAddress : undefined,
  };
}

/**
 * The bytes of one interface in an answer of `networkStats`; undefined when it is about another one, or about none. Where
 * the package finds nothing it answers with zeros, so zeros alone are no answer either.
 */
export function parseBytes(answer: unknown, interfaceName: string): InterfaceBytes | undefined {
  const row = list(answer).find((each) => each['iface'] === interfaceName);
  const received = count(row?.['rx_bytes']);
  const written = count(row?.['tx_bytes']);
  return received === undefined || written === undefined || received + written === 0
    ? undefined
    : { received, written };
}

type Row = Readonly<Record<string, unknown>>;

function list(answer: unknown): readonly Row[] {
  const rows: readonly unknown[] = Array.isArray(answer) ? answer : [answer];
  return rows.filter((row): row is Row => typeof row === 'object' && row !== null);
}

function text(row: Row, key: string): string {
  const value = row[key];
  return typeof value === 'string' ? value : '';
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? Math.floor(value) : undefined;
}
