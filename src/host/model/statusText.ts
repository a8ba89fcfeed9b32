import type { BearerType, SessionState } from '../../engine/index.js';
import { type DataUnit, formatDataFixed } from '../../shared/format.js';
import type { SettingValues } from './settings.js';
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
      /** Of an open session; else of this machine's default access point. */
      readonly isSession: boolean;
    }
  /** No access point is active. */
  | { readonly kind: 'none' };

export type StatusShow = SettingValues['statusBar.show'];

/** Whether there are figures in the text, so that somebody has to read them. */
export function showsTraffic(content: StatusContent, show: StatusShow): boolean {
  return content.kind === 'active' && (show === 'traffic' || show === 'accessPointAndTraffic');
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
      return `$(warning) ${t('{0}: session lost', content.name)}`;
    case 'none':
      return `$(circle-slash) ${t('Not connected')}`;
    case 'active': {
      const icon = `$(${bearerIcon(content.bearerType)})`;
      const figures = `↓${formatDataFixed(traffic.received, unit)} ↑${formatDataFixed(traffic.written, unit)}`;
      switch (show) {
        case 'off':
          return '';
        case 'accessPoint':
          return `${icon} ${content.name}`;
        case 'traffic':
          return `${icon} ${figures}`;
        case 'accessPointAndTraffic':
          return `${icon} ${content.name}  ${figures}`;
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
      return t('Network Sessions: not connected');
    case 'active':
      return t('Network Sessions: {0}, {1}', content.name, stateWord(content.state, t));
  }
}
