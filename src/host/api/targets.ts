import type { NetworkConfigurationManager } from '../../engine/index.js';
import type { Prompts } from '../editor/prompts.js';
import type { SessionList } from '../model/sessionList.js';

/** What the API works on; another one after the platform was changed. */
export interface ApiTargets {
  readonly manager: NetworkConfigurationManager;
  readonly list: SessionList;
  readonly prompts: Prompts;
  readonly ready: Promise<void>;
}
