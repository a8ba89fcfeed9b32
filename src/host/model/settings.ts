import type { RoamingPolicy } from '../../engine/index.js';
import type { DataUnit } from '../../shared/format.js';
import type { Translate } from './translate.js';

/** What the settings hold once they are parsed. */
export interface SettingValues {
  platform: 'auto' | 'networkManager' | 'kernel' | 'systemInformation' | 'simulated';
  'internet.roaming': RoamingPolicy;
  'sessions.lastClose': 'ifStartedHere' | 'always' | 'never';
  'statusBar.show': 'accessPoint' | 'traffic' | 'accessPointAndTraffic' | 'off';
  'statusBar.unit': DataUnit;
  /** Milliseconds. */
  'sampling.interval': number;
}
export type SettingKey = keyof SettingValues;

/** A setting: what it may be, and what it is when it is not set or wrong. */
export type SettingRule<T> =
  | { readonly kind: 'oneOf'; readonly values: readonly T[]; readonly fallback: T }
  | { readonly kind: 'whole'; readonly minimum: number; readonly maximum: number; readonly fallback: T };

/** All settings but the service networks, without the prefix `networkSessions.`. The manifest says the same. */
export const settingRules: { readonly [K in SettingKey]: SettingRule<SettingValues[K]> } = {
  platform: {
    kind: 'oneOf',
    values: ['auto', 'networkManager', 'kernel', 'systemInformation', 'simulated'],
    fallback: 'auto',
  },
  'internet.roaming': { kind: 'oneOf', values: ['ask', 'automatic', 'never'], fallback: 'ask' },
  'sessions.lastClose': { kind: 'oneOf', values: ['ifStartedHere', 'always', 'never'], fallback: 'ifStartedHere' },
  'statusBar.show': {
    kind: 'oneOf',
    values: ['accessPointAndTraffic', 'accessPoint', 'traffic', 'off'],
    fallback: 'accessPointAndTraffic',
  },
  'statusBar.unit': { kind: 'oneOf', values: ['bytes', 'bits'], fallback: 'bytes' },
  'sampling.interval': { kind: 'whole', minimum: 1000, maximum: 60_000, fallback: 2000 },
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
  const right =
    rule.kind === 'oneOf'
      ? rule.values.some((value) => value === raw)
      : typeof raw === 'number' && Number.isInteger(raw) && raw >= rule.minimum && raw <= rule.maximum;
  return right ? { value: raw as SettingValues[K], wrong: false } : { value: rule.fallback, wrong: true };
}

/** What a wrong value should have been, for the message: `auto, kernel` or `1000 to 60000`. */
export function allowedValues(key: SettingKey): string {
  const rule = settingRules[key];
  return rule.kind === 'oneOf' ? rule.values.join(', ') : `${rule.minimum}–${rule.maximum}`;
}

/** One message for all the wrong settings that were found together. */
export function wrongSettings(keys: readonly SettingKey[], t: Translate): string {
  const [key] = keys;
  if (key !== undefined && keys.length === 1) {
    return t(
      'The setting {0} has a value that is not allowed. {1} is used instead. Allowed: {2}.',
      `networkSessions.${key}`,
      settingRules[key].fallback,
      allowedValues(key),
    );
  }
  const names = keys.map((each) => `networkSessions.${each}`).join(', ');
  return t('These settings have values that are not allowed. Their defaults are used instead: {0}.', names);
}
