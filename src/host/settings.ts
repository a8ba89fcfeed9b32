import { commands, type Disposable, EventEmitter, window, workspace } from 'vscode';
import type { Logger } from '../engine/index.js';
import { parseSetting, type SettingKey, type SettingValues, settingKeys, wrongSettings } from './model/settings.js';
import { t } from './translate.js';

const section = 'networkSessions';

/** The settings, parsed. A wrong value is reported once and ignored. */
export class Settings implements Disposable {
  readonly #logger: Logger;
  readonly #changed = new EventEmitter<ReadonlySet<SettingKey>>();
  readonly #subscription: Disposable;
  /** Wrong values that were reported, as JSON. */
  readonly #reported = new Map<SettingKey, string>();
  #values: SettingValues;

  /** Which settings have another value now. */
  readonly onDidChange = this.#changed.event;

  constructor(logger: Logger) {
    this.#logger = logger;
    this.#values = this.#read();
    this.#subscription = workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration(section)) {
        this.#refresh();
      }
    });
  }

  get values(): SettingValues {
    return this.#values;
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#changed.dispose();
  }

  #refresh(): void {
    const before = this.#values;
    this.#values = this.#read();
    const changed = settingKeys.filter((key) => this.#values[key] !== before[key]);
    if (changed.length > 0) {
      this.#changed.fire(new Set(changed));
    }
  }

  #read(): SettingValues {
    const configuration = workspace.getConfiguration(section);
    const found: SettingKey[] = [];
    const read = <K extends SettingKey>(key: K): SettingValues[K] => {
      const raw = configuration.get<unknown>(key);
      const { value, wrong } = parseSetting(key, raw);
      if (!wrong) {
        this.#reported.delete(key);
      } else if (this.#isNew(key, raw)) {
        this.#logger.warn(`The setting ${section}.${key} is wrong and ignored; ${String(value)} is used instead.`);
        found.push(key);
      }
      return value;
    };
    const values = {
      platform: read('platform'),
      'sessions.lastClose': read('sessions.lastClose'),
      'statusBar.show': read('statusBar.show'),
      'statusBar.unit': read('statusBar.unit'),
      'sampling.interval': read('sampling.interval'),
    };
    if (found.length > 0) {
      this.#report(found);
    }
    return values;
  }

  #isNew(key: SettingKey, raw: unknown): boolean {
    const text = JSON.stringify(raw) ?? String(raw);
    const isNew = this.#reported.get(key) !== text;
    this.#reported.set(key, text);
    return isNew;
  }

  #report(keys: readonly SettingKey[]): void {
    const openSettings = t('Open Settings');
    window.showWarningMessage(wrongSettings(keys, t), openSettings).then((answer) => {
      if (answer === openSettings) {
        const query = keys.length === 1 ? `${section}.${keys.join('')}` : section;
        void commands.executeCommand('workbench.action.openSettings', query);
      }
    });
  }
}
