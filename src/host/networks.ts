import type { Disposable, NetworkConfigurationManager, ServiceNetworkDefinition } from '../engine/index.js';
import type { NetworkChange } from './model/networkEdits.js';
import { withChange, withNetwork, withoutNetwork } from './model/networkEdits.js';
import { definitionsOf, type NetworkEntry, networkIdentifier } from './model/serviceNetworks.js';
import type { SessionEntry, SessionList } from './model/sessionList.js';
import type { Settings } from './settings.js';
import { t } from './translate.js';

/** What of the settings is about service networks, as the engine is told. */
export function definitionsIn(settings: Settings, isRemote: boolean): readonly ServiceNetworkDefinition[] {
  const internet = { name: t('Internet'), roaming: settings.values['internet.roaming'] };
  return definitionsOf(settings.networks, internet, isRemote);
}

/** The service networks: those of the settings, which are the person's, and the one that is always there. */
export class Networks implements Disposable {
  readonly #manager: NetworkConfigurationManager;
  readonly #list: SessionList;
  readonly #settings: Settings;
  readonly #isRemote: boolean;
  readonly #subscription: Disposable;
  /** Not in the settings any more, but sessions are still moving away from it. */
  #leaving: ServiceNetworkDefinition | undefined;

  constructor(manager: NetworkConfigurationManager, list: SessionList, settings: Settings, isRemote: boolean) {
    this.#manager = manager;
    this.#list = list;
    this.#settings = settings;
    this.#isRemote = isRemote;
    this.#subscription = settings.onDidChange(() => this.#define());
  }

  dispose(): void {
    this.#subscription.dispose();
  }

  get entries(): readonly NetworkEntry[] {
    return this.#settings.networks;
  }

  #define(): void {
    const definitions = definitionsIn(this.#settings, this.#isRemote);
    const leaving = this.#leaving;
    const isKept = leaving !== undefined && definitions.every(({ identifier }) => identifier !== leaving.identifier);
    this.#manager.setServiceNetworks(isKept ? [...definitions, leaving] : definitions);
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
    this.#leaving = this.#manager.serviceNetworks.find((each) => each.identifier === identifier);
    try {
      await this.#settings.writeNetworks(withChange(this.#settings.rawNetworks, name, { name: newName }));
      await Promise.all(sessions.map((entry) => this.#goOver(entry, networkIdentifier(newName))));
    } finally {
      this.#leaving = undefined;
      this.#define();
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
