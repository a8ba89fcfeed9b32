import { type ExtensionContext, env, workspace } from 'vscode';
import type { Broker, BrokerOptions, SharedLedger } from '../../broker/index.js';
import type { Logger } from '../../engine/index.js';
import type { Settings } from '../editor/settings.js';
import { LazyBroker } from '../model/lazyBroker.js';
import type { PlatformName } from './frontends.js';

/** Reads the code of the broker, and opens one. */
export type OpenBroker = (options: BrokerOptions) => Promise<Broker>;

/** How this window counts with the others of the person. */
export class Windows {
  readonly #open: OpenBroker;
  readonly #settings: Settings;
  readonly #logger: Logger;
  readonly #windowKey: string;
  /** For tests: the home under which windows meet, on the simulated network too. */
  meetingPlace: string | undefined;

  constructor(open: OpenBroker, settings: Settings, logger: Logger, { storageUri }: ExtensionContext) {
    this.#open = open;
    this.#settings = settings;
    this.#logger = logger;
    this.#windowKey = storageUri?.toString() ?? '';
  }

  /** Each window has a simulated network of its own, so there is nothing that windows could hold together: it counts alone. */
  ledgerFor(platform: PlatformName): SharedLedger | undefined {
    if (platform === 'simulated' && this.meetingPlace === undefined) {
      return undefined;
    }
    const broker = new LazyBroker(globalThis.crypto.randomUUID().replaceAll('-', ''), (id) =>
      this.#open({
        id,
        window: { product: env.appName, window: workspace.name ?? '', windowKey: this.#windowKey },
        logger: this.#logger,
        home: this.meetingPlace,
        times: { deathLinger: this.#linger.afterDeath * 1000 },
      }),
    );
    // The engine needs it at once, so this is no import(): its code is a file of its own, which not every window reads.
    const code = require('../../broker/index.js') as typeof import('../../broker/index.js');
    return new code.SharedLedger(broker, { logger: this.#logger, linger: () => this.#linger.afterClose * 1000 });
  }

  get #linger() {
    return this.#settings.values['sessions.linger'];
  }
}
