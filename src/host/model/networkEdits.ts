import { userChoiceIdentifier } from '../../engine/index.js';
import type { SuitabilityTest } from '../../shared/suitabilityTest.js';
import { internetIdentifier, type NetworkEntry, networkName } from './serviceNetworks.js';

/** What the settings file holds, wrong entries too: an edit leaves alone what it is not about. */
export type RawNetworks = readonly unknown[];

/** What of a service network can be changed. */
export type NetworkChange = Partial<Pick<NetworkEntry, 'name' | 'accessPoints' | 'roaming' | 'preferUnmetered'>> & {
  readonly tests?: readonly SuitabilityTest[];
};

/** The list of what the settings file holds; what is no list is begun anew. */
export const rawList = (raw: unknown): RawNetworks => (Array.isArray(raw) ? raw : []);

/** With one more at the end. Defaults are not written. */
export function withNetwork(raw: RawNetworks, { name, accessPoints, roaming }: NetworkEntry): RawNetworks {
  return [...raw, { name, accessPoints, roaming }];
}

export function withoutNetwork(raw: RawNetworks, name: string): RawNetworks {
  const index = indexOf(raw, name);
  return raw.filter((_, each) => each !== index);
}

export function withChange(raw: RawNetworks, name: string, change: NetworkChange): RawNetworks {
  const index = indexOf(raw, name);
  return raw.map((each, other) => (other === index ? { ...(each as object), ...change } : each));
}

/** The first of that name: later ones are wrong. */
function indexOf(raw: RawNetworks, name: string): number {
  return raw.findIndex(
    (each) =>
      typeof each === 'object' &&
      each !== null &&
      'name' in each &&
      typeof each.name === 'string' &&
      each.name.trim() === name,
  );
}

/** An element of the Configurations view: an access point in a service network, or anything that stands by itself. */
export interface Element {
  readonly network: string | undefined;
  readonly identifier: string;
}

/** Identifiers are one line each. */
const separator = '\n';
const holding = '\0';

/** As one text, which the view can compare. */
export const elementKey = ({ network, identifier }: Element): string =>
  network === undefined ? identifier : `${network}${separator}${identifier}`;

/** The row of a window that holds an access point, under the row of that. */
export const holderKey = (identifier: string, program: string): string => `${identifier}${holding}${program}`;

/** Who it is, in the key of such a row; undefined in any other. */
export const programOf = (key: string): string | undefined => key.split(holding)[1];

/** What a row is about: that of a holder, the access point. */
export function elementOf(key: string): Element {
  const [row = ''] = key.split(holding);
  const [first = '', second] = row.split(separator);
  return second === undefined ? { network: undefined, identifier: first } : { network: first, identifier: second };
}

/** The access points in another order: the first comes to stand where the second stands. */
export function placed(accessPoints: readonly string[], moved: string, at: string): readonly string[] {
  const from = accessPoints.indexOf(moved);
  const to = accessPoints.indexOf(at);
  if (moved === at || to < 0) {
    return accessPoints;
  }
  const others = accessPoints.filter((each) => each !== moved);
  // what is moved down comes to stand behind, as the others move up
  const place = others.indexOf(at) + (from >= 0 && from < to ? 1 : 0);
  return [...others.slice(0, place), moved, ...others.slice(place)];
}

/** What dropping access points on an element changes: the name of the service network and its new order; undefined: nothing. */
export function dropped(
  networks: readonly NetworkEntry[],
  dragged: readonly Element[],
  target: Element | undefined,
): { readonly name: string; readonly accessPoints: readonly string[] } | undefined {
  const name = networkName(target?.network ?? target?.identifier ?? '');
  const entry = networks.find((each) => each.name === name);
  if (target === undefined || entry === undefined) {
    return undefined;
  }
  let accessPoints = entry.accessPoints;
  for (const { identifier } of dragged) {
    if (!isAccessPoint(identifier)) {
      return undefined; // a service network is no part of another
    }
    accessPoints =
      target.network === undefined
        ? [...accessPoints.filter((each) => each !== identifier), identifier]
        : placed(accessPoints, identifier, target.identifier);
  }
  const isSame = accessPoints.join(separator) === entry.accessPoints.join(separator);
  return isSame ? undefined : { name: entry.name, accessPoints };
}

const isAccessPoint = (identifier: string): boolean =>
  networkName(identifier) === undefined && identifier !== internetIdentifier && identifier !== userChoiceIdentifier;
