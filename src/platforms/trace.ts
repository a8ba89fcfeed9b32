import { isIP } from 'node:net';

/** A route of a table of ours. */
export interface TableRoute {
  readonly destination: string;
  readonly prefix: number;
  /** Undefined for what is reached directly. */
  readonly gateway: string | undefined;
}

/** What is sent from these addresses is routed by a table of its own. */
export interface Diversion {
  readonly table: number;
  /** Of the rule: the lowest number is asked first. The system's own table is at 32766. */
  readonly priority: number;
  readonly addresses: readonly string[];
  readonly routes: readonly TableRoute[];
}

/** The metric that an access point was given in place of its own. */
export interface ChangedMetric {
  /** What its settings said; -1 where they leave it to the system. */
  readonly before: number;
  readonly now: number;
  /** That of the default route that it had by itself; undefined where nobody has seen it. */
  readonly own?: number | undefined;
  /** Its own default route has stayed as it was: beside it there is one of ours through this gateway. */
  readonly via?: string | undefined;
}

/** A start that is taken back unless somebody says that it is final (R9). */
export interface ProvisionalStart {
  /** What the system calls this activation; undefined until it has answered. */
  readonly activation: string | undefined;
  /** What the system calls its own promise to take it back; undefined where it gave none. */
  readonly checkpoint: string | undefined;
  /** That brings back what was up on its device before. */
  readonly displaces?: boolean | undefined;
  /** The identifier of the access point that holds the traffic against it. */
  readonly holder?: string | undefined;
}

/** The system's own promise to take back a start that is final by now, or over: it must not be kept any more. */
export interface SpentCheckpoint {
  /** The run of the system's daemon that gave it. */
  readonly run: string;
  readonly checkpoint: string;
}

/** All that was done to one access point and has to be taken back some day. */
export interface Trace {
  readonly identifier: string;
  /** The name of its interface. */
  readonly device: string;
  /**
   * Which run of the system's daemon it was done by, and behind a slash in which activation of the access point:
   * another one may know nothing of it.
   */
  readonly owner: string;
  readonly start?: ProvisionalStart | undefined;
  readonly diversion?: Diversion | undefined;
  readonly metric4?: ChangedMetric | undefined;
  readonly metric6?: ChangedMetric | undefined;
}

/** Tables that nobody else uses: an N in front, and the name of the device behind it. */
const tableBase = 0x4e00_0000;
const tableCount = 0x0100_0000;
const priorityBase = 20_000;
const priorityCount = 10_000;

/** The table and the priority of a device: always the same, so that what is left of them is recognised. */
export function placeOf(device: string): Pick<Diversion, 'table' | 'priority'> {
  let hash = 0x811c_9dc5;
  for (const byte of Buffer.from(device)) {
    hash = Math.imul(hash ^ byte, 0x0100_0193) >>> 0;
  }
  return { table: tableBase + (hash % tableCount), priority: priorityBase + (hash % priorityCount) };
}

/** Whether anything is left in it to take back. */
export const isEmpty = ({ start, diversion, metric4, metric6 }: Trace): boolean =>
  start === undefined && diversion === undefined && metric4 === undefined && metric6 === undefined;

/** The run of the system's daemon. */
export const runOf = (owner: string): string => owner.split('/', 1)[0] ?? '';

export const withoutStart = ({ start: _, ...rest }: Trace): Trace => rest;

// Reading ----------------------------------------------------------------------------------------------------------------

type Fields = Readonly<Record<string, unknown>>;

/** Reads a trace that somebody wrote; undefined for anything that this software would not have written. */
export function parseTrace(value: unknown): Trace | undefined {
  const fields = fieldsOf(value);
  const { identifier, device, owner } = fields;
  if (!isName(identifier) || !isName(device) || !isName(owner)) {
    return undefined;
  }
  const start = optional(fields['start'], parseStart);
  const diversion = optional(fields['diversion'], (each) => parseDiversion(each, device));
  const metric4 = optional(fields['metric4'], (each) => parseMetric(each, 4));
  const metric6 = optional(fields['metric6'], (each) => parseMetric(each, 6));
  const isWhole = start !== 'wrong' && diversion !== 'wrong' && metric4 !== 'wrong' && metric6 !== 'wrong';
  return isWhole ? { identifier, device, owner, start, diversion, metric4, metric6 } : undefined;
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function optional<T>(value: unknown, parse: (value: unknown) => T | undefined): T | undefined | 'wrong' {
  return value === undefined ? undefined : (parse(value) ?? 'wrong');
}

const longest = 255;

const isName = (value: unknown): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= longest;

const isWithin = (value: unknown, least: number, most: number): value is number =>
  Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;

const isAddress = (value: unknown): value is string => isName(value) && isIP(value) !== 0;

function parseStart(value: unknown): ProvisionalStart | undefined {
  const { activation, checkpoint, displaces, holder } = fieldsOf(value);
  const isPath = (path: unknown) => path === undefined || isName(path);
  return typeof value === 'object' && isPath(activation) && isPath(checkpoint) && isPath(holder)
    ? {
        activation: activation as string | undefined,
        checkpoint: checkpoint as string | undefined,
        ...(displaces === true && { displaces }),
        ...(isName(holder) && { holder }),
      }
    : undefined;
}

/** The identifier of an access point; undefined for anything else. */
export const parseName = (value: unknown): string | undefined => (isName(value) ? value : undefined);

/** Reads what somebody wrote; undefined for anything that this software would not have written. */
export function parseSpent(value: unknown): SpentCheckpoint | undefined {
  const { run, checkpoint } = fieldsOf(value);
  // A bare slash would mean all checkpoints.
  return isName(run) && isName(checkpoint) && checkpoint !== '/' ? { run, checkpoint } : undefined;
}

function parseDiversion(value: unknown, device: string): Diversion | undefined {
  const { table, priority, addresses, routes } = fieldsOf(value);
  const place = placeOf(device);
  if (table !== place.table || priority !== place.priority || !Array.isArray(addresses) || !Array.isArray(routes)) {
    return undefined;
  }
  const parsed = routes.map(parseRoute).filter((route) => route !== undefined);
  return addresses.every(isAddress) && parsed.length === routes.length
    ? { ...place, addresses, routes: parsed }
    : undefined;
}

function parseRoute(value: unknown): TableRoute | undefined {
  const { destination, prefix, gateway } = fieldsOf(value);
  const isWhole = isAddress(destination) && isWithin(prefix, 0, isIP(destination) === 4 ? 32 : 128);
  return isWhole && (gateway === undefined || isAddress(gateway)) ? { destination, prefix, gateway } : undefined;
}

function parseMetric(value: unknown, ipVersion: 4 | 6): ChangedMetric | undefined {
  const { before, now, own, via } = fieldsOf(value);
  const isWhole =
    isWithin(before, -1, 0xffff_ffff) &&
    isWithin(now, 0, 0xffff_ffff) &&
    (own === undefined || isWithin(own, 0, 0xffff_ffff)) &&
    (via === undefined || (isName(via) && isIP(via) === ipVersion));
  return isWhole ? { before, now, own, via } : undefined;
}
