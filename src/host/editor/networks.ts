import type { Disposable, NetworkConfigurationManager, ServiceNetworkDefinition } from '../../engine/index.js';
import { definitionsOf } from '../model/serviceNetworks.js';
import type { Settings } from './settings.js';
import { t } from './translation.js';

/** What of the settings is about service networks, as the engine is told. */
export function definitionsIn(settings: Settings, isRemote: boolean): readonly ServiceNetworkDefinition[] {
  const internet = { name: t('Internet'), roaming: settings.values['internet.roaming'] };
  return definitionsOf(settings.networks, internet, isRemote);
}

/** The service networks: those of the settings, which are the person's, and the one that is always there. */
export class Networks implements Disposable {
  readonly #manager: NetworkConfigurationManager;
  readonly #settings: Settings;
  readonly #isRemote: boolean;
  readonly #subscription: Disposable;
  #leaving: ServiceNetworkDefinition | undefined;

  constructor(manager: NetworkConfigurationManager, settings: Settings, isRemote: boolean) {
    this.#manager = manager;
    this.#settings = settings;
    this.#isRemote = isRemote;
    this.#subscription = settings.onDidChange(() => this.#define());
  }

  dispose(): void {
    this.#subscription.dispose();
  }

  /** Not in the settings any more, but sessions are still moving away from it. Undefined: none is. */
  keep(leaving: ServiceNetworkDefinition | undefined): void {
    this.#leaving = leaving;
    this.#define();
  }

  #define(): void {
    const definitions = definitionsIn(this.#settings, this.#isRemote);
    const leaving = this.#leaving;
    const isKept = leaving !== undefined && definitions.every(({ identifier }) => identifier !== leaving.identifier);
    this.#manager.setServiceNetworks(isKept ? [...definitions, leaving] : definitions);
  }
}
