import type { NetworkConfigurationManager } from '../engine/index.js';
import type { SessionList } from './model/sessionList.js';
import type { Prompts } from './prompts.js';

/** What the API works on; another one after the platform was changed. */
export interface ApiTargets {
  readonly manager: NetworkConfigurationManager;
  readonly list: SessionList;
  readonly prompts: Prompts;
  readonly ready: Promise<void>;
}
