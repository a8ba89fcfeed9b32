import type { RoamingPolicy } from '../../engine/index.js';
import type { PlatformName } from '../../platforms/list.js';
import type { DataUnit } from '../../shared/format.js';
import { parseSuitabilityTest } from '../../shared/suitabilityTest.js';
import { singlePlatformNames } from './platformWords.js';
import type { Translate } from './translate.js';

/** Whole seconds that an access point of ours stays up after nobody holds it any more. */
export interface Linger {
  readonly afterClose: number;
  /** After the end of a window that had it. */
  readonly afterDeath: number;
}

/** What the settings hold once they are parsed. */
export interface SettingValues {
  platform: PlatformName;
  'internet.roaming': RoamingPolicy;
  'sessions.lastClose': 'ifStartedHere' | 'always' | 'never';
  'sessions.linger': Linger;
  'statusBar.show': 'accessPoint' | 'traffic' | 'accessPointAndTraffic' | 'off';
  'statusBar.unit': DataUnit;
  /** Milliseconds. */
  'sampling.interval': number;
  /** An http or https address; '' where there is none. */
  probeUrl: string;
}
export type SettingKey = keyof SettingValues;

/** A setting: what it may be, and what it is when it is not set or wrong. */
export type SettingRule<T> =
  | { readonly kind: 'oneOf'; readonly values: readonly T[]; readonly fallback: T }
  /** An http or https address, or ''. */
  | { readonly kind: 'address'; readonly fallback: T }
  | { readonly kind: 'whole'; readonly minimum: number; readonly maximum: number; readonly fallback: T }
  /** An object of whole numbers: all that the fallback has, and nothing else. */
  | { readonly kind: 'wholes'; readonly minimum: number; readonly maximum: number; readonly fallback: T };

/** All settings but the service networks, without the prefix `networkSessions.`. The manifest says the same. */
export const settingRules: { readonly [K in SettingKey]: SettingRule<SettingValues[K]> } = {
  platform: {
    kind: 'oneOf',
    values: ['auto', ...singlePlatformNames],
    fallback: 'auto',
  },
  'internet.roaming': { kind: 'oneOf', values: ['ask', 'automatic', 'never'], fallback: 'ask' },
  'sessions.lastClose': { kind: 'oneOf', values: ['ifStartedHere', 'always', 'never'], fallback: 'ifStartedHere' },
  'sessions.linger': { kind: 'wholes', minimum: 0, maximum: 86_400, fallback: { afterClose: 0, afterDeath: 30 } },
  'statusBar.show': {
    kind: 'oneOf',
    values: ['accessPointAndTraffic', 'accessPoint', 'traffic', 'off'],
    fallback: 'accessPointAndTraffic',
  },
  'statusBar.unit': { kind: 'oneOf', values: ['bytes', 'bits'], fallback: 'bytes' },
  'sampling.interval': { kind: 'whole', minimum: 1000, maximum: 60_000, fallback: 2000 },
  probeUrl: { kind: 'address', fallback: '' },
};

export const settingKeys = Object.keys(settingRules) as readonly SettingKey[];

/** A setting as read: a wrong value gives the default, and says so. */
export interface ParsedSetting<T> {
  readonly value: T;
  readonly wrong: boolean;
}

/** Parses what the settings file holds, which can be anything. Undefined is not wrong, it is not set. */
export function parseSetting<K extends SettingKey>(key: K, raw: unknown): ParsedSetting<SettingValues[K]> {
  const rule: SettingRule<SettingValues[K]> = settingRules[key];
  if (raw === undefined) {
    return { value: rule.fallback, wrong: false };
  }
  return isRight(rule, raw) ? { value: raw as SettingValues[K], wrong: false } : { value: rule.fallback, wrong: true };
}

function isRight<T>(rule: SettingRule<T>, raw: unknown): boolean {
  if (rule.kind === 'oneOf') {
    return rule.values.some((value) => value === raw);
  }
  if (rule.kind === 'address') {
    return raw === '' || typeof parseSuitabilityTest({ http: raw }) === 'object';
  }
  const isWhole = (each: unknown) =>
    typeof each === 'number' && Number.isInteger(each) && each >= rule.minimum && each <= rule.maximum;
  if (rule.kind === 'whole') {
    return isWhole(raw);
  }
  const parts = typeof raw === 'object' && raw !== null && !Array.isArray(raw) ? Object.entries(raw) : [];
  const known = Object.keys(rule.fallback as object);
  return parts.length === known.length && parts.every(([key, each]) => known.includes(key) && isWhole(each));
}

/** A value as it stands in the settings file. */
export const settingText = (value: SettingValues[SettingKey]): string =>
  typeof value === 'object' || value === '' ? JSON.stringify(value) : String(value);

/** What a wrong value should have been, for the message: `auto, kernel` or `1000 to 60000`. */
export function allowedValues(key: SettingKey): string {
  const rule = settingRules[key];
  const range = 'minimum' in rule ? `${rule.minimum}–${rule.maximum}` : '';
  switch (rule.kind) {
    case 'oneOf':
      return rule.values.join(', ');
    case 'address':
      return 'http://…, https://…';
    case 'whole':
      return range;
    case 'wholes':
      return Object.keys(rule.fallback as object)
        .map((part) => `${part} ${range}`)
        .join(', ');
  }
}

/** One message for all the wrong settings that were found together. */
export function wrongSettings(keys: readonly SettingKey[], t: Translate): string {
  const [key] = keys;
  if (key !== undefined && keys.length === 1) {
    return t(
      'The setting {0} has a value that is not allowed. {1} is used instead. Allowed: {2}.',
      `networkSessions.${key}`,
      settingText(settingRules[key].fallback),
      allowedValues(key),
    );
  }
  const names = keys.map((each) => `networkSessions.${each}`).join(', ');
  return t('These settings have values that are not allowed. Their defaults are used instead: {0}.', names);
}
