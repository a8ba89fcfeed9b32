import { window } from 'vscode';
import type { Frontend, Surface } from './frontend.js';
import type { SettingValues } from './model/settings.js';
import { t } from './translate.js';

export type PlatformName = SettingValues['platform'];

/** The frontend on the platform that the settings name: a change of the setting makes another one, without a reload. */
export class Frontends {
  readonly #surface: Surface;
  readonly #make: (name: PlatformName) => Frontend;
  readonly #onChange: (frontend: Frontend) => void;
  #name: PlatformName;
  #current: Frontend;
  #changing: Promise<void> = Promise.resolve();

  constructor(surface: Surface, make: (name: PlatformName) => Frontend, onChange: (frontend: Frontend) => void) {
    this.#surface = surface;
    this.#make = make;
    this.#onChange = onChange;
    this.#name = surface.settings.values.platform;
    this.#current = make(this.#name);
    onChange(this.#current);
  }

  get current(): Frontend {
    return this.#current;
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
    await this.#current.dispose();
    this.#name = name;
    this.#current = this.#make(name);
    this.#onChange(this.#current);
    await this.#current.start();
  }

  async #mayClose(): Promise<boolean> {
    const count = this.#current.openSessions;
    if (count === 0) {
      return true;
    }
    const detail =
      count === 1
        ? t('This closes the open session. Otherwise it changes with the next start.')
        : t('This closes {0} open sessions. Otherwise it changes with the next start.', count);
    const change = t('Change Now');
    const question = t('Change the platform of Network Sessions now?');
    return (await window.showWarningMessage(question, { modal: true, detail }, change)) === change;
  }
}
