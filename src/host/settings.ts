import { commands, type Disposable, EventEmitter, window, workspace } from 'vscode';
import type { Logger } from '../engine/index.js';
import { allowedValues, parseSetting, type SettingKey, type SettingValues, settingKeys } from './model/settings.js';
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
    const read = <K extends SettingKey>(key: K): SettingValues[K] => {
      const raw = configuration.get<unknown>(key);
      const { value, wrong } = parseSetting(key, raw);
      if (wrong) {
        this.#report(key, raw, value);
      } else {
        this.#reported.delete(key);
      }
      return value;
    };
    return {
      platform: read('platform'),
      'sessions.lastClose': read('sessions.lastClose'),
      'statusBar.show': read('statusBar.show'),
      'statusBar.unit': read('statusBar.unit'),
      'sampling.interval': read('sampling.interval'),
    };
  }

  #report(key: SettingKey, raw: unknown, used: unknown): void {
    const text = JSON.stringify(raw) ?? String(raw);
    if (this.#reported.get(key) === text) {
      return;
    }
    this.#reported.set(key, text);
    const id = `${section}.${key}`;
    this.#logger.warn(`The setting ${id} is wrong and ignored; ${String(used)} is used instead.`);
    const message = t(
      'The setting {0} has a value that is not allowed. {1} is used instead. Allowed: {2}.',
      id,
      String(used),
      allowedValues(key),
    );
    const openSettings = t('Open Settings');
    window.showWarningMessage(message, openSettings).then((answer) => {
      if (answer === openSettings) {
        void commands.executeCommand('workbench.action.openSettings', id);
      }
    });
  }
}
