import type { NetworkConfigurationManager } from '../engine/index.js';
import { ActionsMenu } from './actionsMenu.js';
import { copyDetails } from './copyDetails.js';
import type { Surroundings } from './model/report.js';
import type { SessionList } from './model/sessionList.js';
import { NetworkEditor } from './networkEditor.js';
import type { Networks } from './networks.js';
import { Picks } from './picks.js';
import type { RoamingActions } from './roamingActions.js';
import type { SessionActions } from './sessionActions.js';
import type { Settings } from './settings.js';

/** What {@link Dialogs} are about. */
export interface DialogTargets {
  readonly manager: NetworkConfigurationManager;
  readonly list: SessionList;
  readonly actions: SessionActions;
  readonly roaming: RoamingActions;
  readonly networks: Networks;
  readonly settings: Settings;
  readonly surroundings: Surroundings;
}

/** All that is asked of the person step by step. Its code is read when it is first needed: activation does not wait for it. */
export class Dialogs {
  readonly picks: Picks;
  readonly editor: NetworkEditor;
  readonly menu: ActionsMenu;
  readonly copyDetails: () => Promise<void>;

  constructor({ manager, list, actions, roaming, networks, settings, surroundings }: DialogTargets) {
    this.picks = new Picks(manager, list);
    this.editor = new NetworkEditor(manager, list, networks, settings, this.picks);
    this.menu = new ActionsMenu(manager, list, actions, roaming);
    this.copyDetails = () => copyDetails(manager, list, settings, surroundings);
  }
}
