import type { NetworkConfigurationManager } from '../../engine/index.js';
import type { Networks } from '../editor/networks.js';
import type { Settings } from '../editor/settings.js';
import type { NetworkChange } from '../model/networkEdits.js';
import { withChange, withNetwork, withoutNetwork } from '../model/networkEdits.js';
import { type NetworkEntry, networkIdentifier } from '../model/serviceNetworks.js';
import type { SessionEntry, SessionList } from '../model/sessionList.js';

/** What the person makes of the service networks of the settings. */
export class NetworkChanges {
  readonly #manager: NetworkConfigurationManager;
  readonly #list: SessionList;
  readonly #networks: Networks;
  readonly #settings: Settings;

  constructor(manager: NetworkConfigurationManager, list: SessionList, networks: Networks, settings: Settings) {
    this.#manager = manager;
    this.#list = list;
    this.#networks = networks;
    this.#settings = settings;
  }

  get entries(): readonly NetworkEntry[] {
    return this.#settings.networks;
  }

  /** @throws Error when the settings cannot be written. */
  async add(entry: NetworkEntry): Promise<void> {
    await this.#settings.writeNetworks(withNetwork(this.#settings.rawNetworks, entry));
  }

  /** @throws Error when the settings cannot be written. */
  async change(name: string, change: NetworkChange): Promise<void> {
    await this.#settings.writeNetworks(withChange(this.#settings.rawNetworks, name, change));
  }

  /** The sessions on it end, as the person has agreed to. @throws Error when the settings cannot be written. */
  async remove(name: string): Promise<void> {
    const identifier = networkIdentifier(name);
    const consent = this.#list.consent.give([identifier]);
    try {
      await this.#settings.writeNetworks(withoutNetwork(this.#settings.rawNetworks, name));
    } finally {
      // what that causes is told in this turn
      setImmediate(() => consent.dispose());
    }
  }

  /**
   * Gives it another name, which makes it another service network. The person's sessions go over: each is opened under the
   * new name before it is closed under the old, so that no access point goes down between. Those of other extensions end.
   * @throws Error when the settings cannot be written.
   */
  async rename(name: string, newName: string): Promise<void> {
    const identifier = networkIdentifier(name);
    const sessions = this.#list.shown.filter((entry) => entry.byPerson && entry.target === identifier);
    this.#networks.keep(this.#manager.serviceNetworks.find((each) => each.identifier === identifier));
    try {
      await this.#settings.writeNetworks(withChange(this.#settings.rawNetworks, name, { name: newName }));
      await Promise.all(sessions.map((entry) => this.#goOver(entry, networkIdentifier(newName))));
    } finally {
      this.#networks.keep(undefined);
    }
  }

  async #goOver(before: SessionEntry, identifier: string): Promise<void> {
    if (before.session.isOpen || before.session.isOpening) {
      const after = this.#list.create(identifier);
      this.#list.open(after);
      await after.session.waitForOpened(-1);
      this.#list.close(before);
    } else {
      this.#list.dismiss(before);
    }
  }
}
