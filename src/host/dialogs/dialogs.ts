import type { NetworkConfigurationManager, Platform } from '../../engine/index.js';
import type { Log } from '../editor/log.js';
import type { Networks } from '../editor/networks.js';
import type { Prompts } from '../editor/prompts.js';
import type { Settings } from '../editor/settings.js';
import type { CommandName } from '../model/names.js';
import { dropped, elementOf } from '../model/networkEdits.js';
import type { Surroundings } from '../model/report.js';
import type { SessionList } from '../model/sessionList.js';
import type { WindowsLedger } from '../model/sharing.js';
import type { Drop } from '../views/networkDrop.js';
import { ActionsMenu } from './actionsMenu.js';
import { copyDetails } from './copyDetails.js';
import { type Handler, handlers } from './handlers.js';
import { LinkTest } from './linkTest.js';
import { LossNotice } from './lossNotice.js';
import { NetworkChanges } from './networkChanges.js';
import { NetworkEditor } from './networkEditor.js';
import { Picks } from './picks.js';
import { Questions } from './questions.js';
import { releaseAll } from './releaseAll.js';
import { RoamingActions } from './roamingActions.js';
import { RoamingNotice } from './roamingNotice.js';
import { SessionActions } from './sessionActions.js';
import { write } from './write.js';

/** What {@link Dialogs} are about. */
export interface DialogTargets {
  readonly platform: Pick<Platform, 'stopAccessPoint'>;
  readonly manager: NetworkConfigurationManager;
  /** Undefined where this window has nothing to share. */
  readonly ledger: WindowsLedger | undefined;
  readonly list: SessionList;
  readonly prompts: Prompts;
  readonly networks: Networks;
  readonly settings: Settings;
  readonly surroundings: Surroundings;
  readonly log: Log;
}

/** What the commands do, and all that is asked of the person step by step. Its code is read when it is first needed: activation does not wait for it. */
export class Dialogs {
  readonly actions: SessionActions;
  readonly picks: Picks;
  readonly questions: Questions;
  readonly editor: NetworkEditor;
  readonly drop: Drop;
  readonly menu: ActionsMenu;
  readonly linkTest: LinkTest;
  readonly copyDetails: () => Promise<void>;
  readonly releaseAll: () => Promise<void>;
  readonly commands: Readonly<Record<CommandName, Handler>>;
  readonly losses: LossNotice;
  readonly notice: RoamingNotice;

  constructor(targets: DialogTargets) {
    const { manager, ledger, list, prompts, networks, settings, surroundings, log } = targets;
    const roaming = new RoamingActions();
    const actions = new SessionActions(manager, list, prompts);
    this.actions = actions;
    this.picks = new Picks(manager, list);
    this.questions = new Questions(manager, list);
    const changes = new NetworkChanges(manager, list, networks, settings);
    this.editor = new NetworkEditor(manager, list, changes, settings, this.picks);
    this.drop = async (dragged, target) => {
      const at = target === undefined ? undefined : elementOf(target);
      const change = dropped(changes.entries, dragged.map(elementOf), at);
      if (change !== undefined) {
        await write(changes.change(change.name, { accessPoints: change.accessPoints }));
      }
    };
    this.menu = new ActionsMenu(manager, list, actions, roaming);
    this.linkTest = new LinkTest(manager, settings, log);
    this.copyDetails = () => copyDetails(manager, list, settings, surroundings, ledger?.sharing);
    this.losses = new LossNotice(manager, list, actions);
    this.notice = new RoamingNotice(manager, list, roaming);
    this.commands = handlers({ manager, list, actions, roaming, dialogs: this, log });
    this.releaseAll = () => releaseAll(targets);
  }
}
