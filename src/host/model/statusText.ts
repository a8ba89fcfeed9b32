import { type BearerType, SessionState } from '../../engine/index.js';
import { type DataUnit, formatDataFixed } from '../../shared/format.js';
import { plainLine } from '../../shared/hostileText.js';
import type { SettingValues } from './settingRules.js';
import type { Translate } from './translate.js';
import { bearerIcon, stateWord } from './words.js';

/** Bytes, undefined while unknown. */
export interface Traffic {
  readonly received: number | undefined;
  readonly written: number | undefined;
}

/** What the status bar has to say. Names are harmless already. */
export type StatusContent =
  | { readonly kind: 'hidden' }
  /** A session was lost, and the person has not seen it yet. */
  | { readonly kind: 'lost'; readonly name: string }
  | {
      readonly kind: 'active';
      readonly name: string;
      readonly bearerType: BearerType;
      readonly state: SessionState;
      /** It is moving, and who looks has nothing against what turns. */
      readonly spins?: boolean;
      /** Of an open session; else of this machine's default access point. */
      readonly isSession: boolean;
    }
  /** No access point is active. What is not managed as one may still carry the machine's traffic. */
  | { readonly kind: 'none' }
  /** The platform is away, so that nobody knows. */
  | { readonly kind: 'unknown' };

export type StatusShow = SettingValues['statusBar.show'];

/** Whether there are figures in the text, so that somebody has to read them. */
export function showsTraffic(content: StatusContent, show: StatusShow): boolean {
  return content.kind === 'active' && (show === 'traffic' || show === 'accessPointAndTraffic');
}

/** Whether it is about one access point, which has a tooltip of its own. */
export function isAboutOne({ kind }: StatusContent): boolean {
  return kind === 'active' || kind === 'lost';
}

/** More letters would push the neighbours aside; the tooltip has all of them. */
const longestName = 30;
const rightToLeft =
  /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]/u;

/** The name as it stands beside figures: one that is written from right to left would reorder them. */
function shortName(name: string): string {
  const short = plainLine(name, longestName);
  return rightToLeft.test(short) ? `\u2068${short}\u2069` : short;
}

export function statusText(
  content: StatusContent,
  show: StatusShow,
  traffic: Traffic,
  unit: DataUnit,
  t: Translate,
): string {
  switch (content.kind) {
    case 'hidden':
      return '';
    case 'lost':
      return `$(warning) ${t('{0}: session lost', shortName(content.name))}`;
    case 'none':
      return `$(circle-slash) ${t('No access point active')}`;
    case 'unknown':
      return `$(question) ${t('Network unknown')}`;
    case 'active': {
      const isRoaming = content.state === SessionState.Roaming;
      const icon = `$(${isRoaming ? (content.spins === true ? 'sync~spin' : 'sync') : bearerIcon(content.bearerType)})`;
      const name = isRoaming ? t('Roaming: {0}', shortName(content.name)) : shortName(content.name);
      const figures = `↓${formatDataFixed(traffic.received, unit)} ↑${formatDataFixed(traffic.written, unit)}`;
      switch (show) {
        case 'off':
          return '';
        case 'accessPoint':
          return `${icon} ${name}`;
        case 'traffic':
          return `${icon} ${figures}`;
        case 'accessPointAndTraffic':
          return `${icon} ${name}  ${figures}`;
      }
    }
  }
}

/** What a screen reader says: the state, never the figures. */
export function statusLabel(content: StatusContent, t: Translate): string {
  switch (content.kind) {
    case 'hidden':
      return '';
    case 'lost':
      return t('Network Sessions: the session on {0} was lost', content.name);
    case 'none':
      return t('Network Sessions: no access point is active');
    case 'unknown':
      return t('Network Sessions: the state of the network is unknown');
    case 'active':
      return t('Network Sessions: {0}, {1}', content.name, stateWord(content.state, t));
  }
}
