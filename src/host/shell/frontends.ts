import { window } from 'vscode';
import type { SharedLedger } from '../../broker/index.js';
import type { Platform } from '../../engine/index.js';
import { t } from '../editor/translation.js';
import type { LazyPlatform } from '../model/lazyPlatform.js';
import { reasonsToStay } from '../model/reasons.js';
import type { SettingValues } from '../model/settingRules.js';
import { Frontend, type Surface } from './frontend.js';

export type PlatformName = SettingValues['platform'];

/** What a platform needs, made anew for each. */
export interface Makers {
  readonly platform: (name: PlatformName) => LazyPlatform;
  readonly ledger: (name: PlatformName) => SharedLedger | undefined;
}

/** The frontend on the platform that the settings name: a change of the setting makes another one, without a reload. */
export class Frontends {
  readonly #surface: Surface;
  readonly #make: Makers;
  readonly #onChange: (frontend: Frontend) => void;
  #name: PlatformName;
  #platform: LazyPlatform;
  #current: Frontend;
  #serving: Promise<Frontend>;
  #changing: Promise<void> = Promise.resolve();

  constructor(surface: Surface, make: Makers, onChange: (frontend: Frontend) => void) {
    this.#surface = surface;
    this.#make = make;
    this.#onChange = onChange;
    this.#name = surface.settings.values.platform;
    this.#platform = make.platform(this.#name);
    this.#current = new Frontend(this.#platform, make.ledger(this.#name), surface);
    this.#serving = Promise.resolve(this.#current);
    onChange(this.#current);
  }

  get current(): Frontend {
    return this.#current;
  }

  /** What it is on; undefined until that has been loaded. */
  get platform(): Platform | undefined {
    return this.#platform.loaded;
  }

  /** The one that can be worked with: while it is being replaced, the next. */
  get serving(): Promise<Frontend> {
    return this.#serving;
  }

  /** The setting may name another one now. One change after the other. */
  follow(): Promise<void> {
    this.#changing = this.#changing.then(() =>
      this.#change().catch((error: unknown) => this.#surface.log.defect('The platform could not be changed', error)),
    );
    return this.#changing;
  }

  async #change(): Promise<void> {
    if (this.#surface.settings.values.platform === this.#name || !(await this.#mayClose())) {
      return;
    }
    const name = this.#surface.settings.values.platform;
    this.#surface.log.info(`The platform changes to ${name}.`);
    this.#serving = this.#replace(name);
    await (await this.#serving).start();
  }

  async #replace(name: PlatformName): Promise<Frontend> {
    try {
      await this.#current.dispose('isReplaced');
    } catch (error) {
      this.#surface.log.defect('The platform before could not be left', error);
    }
    this.#name = name;
    this.#platform = this.#make.platform(name);
    this.#current = new Frontend(this.#platform, this.#make.ledger(name), this.#surface);
    this.#onChange(this.#current);
    return this.#current;
  }

  async #mayClose(): Promise<boolean> {
    const { open, manager } = this.#current;
    if (open.length === 0) {
      return true;
    }
    const closes =
      open.length === 1
        ? t('This closes the open session. Otherwise it changes with the next start.')
        : t('This closes {0} open sessions. Otherwise it changes with the next start.', open.length);
    const accessPoints = open.map(({ accessPoint }) => accessPoint);
    const detail = [closes, ...reasonsToStay(manager, accessPoints, t)].join('\n');
    const change = t('Change Now');
    const question = t('Change the platform of Network Sessions now?');
    return (await window.showWarningMessage(question, { modal: true, detail }, change)) === change;
  }
}
