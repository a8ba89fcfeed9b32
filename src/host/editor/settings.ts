import { ConfigurationTarget, commands, type Disposable, EventEmitter, window, workspace } from 'vscode';
import type { Logger } from '../../engine/index.js';
import { type RawNetworks, rawList } from '../model/networkEdits.js';
import {
  type NetworkEntry,
  networksKey,
  parseNetworks,
  type WrongEntry,
  wrongNetworks,
} from '../model/serviceNetworks.js';
import {
  parseSetting,
  type SettingKey,
  type SettingValues,
  settingKeys,
  settingText,
  wrongSettings,
} from '../model/settingRules.js';
import { t } from './translation.js';

const section = 'networkSessions';

export type SettingName = SettingKey | typeof networksKey;

/** The settings, parsed. A wrong value is reported once and ignored. */
export class Settings implements Disposable {
  readonly #logger: Logger;
  readonly #changed = new EventEmitter<ReadonlySet<SettingName>>();
  readonly #subscription: Disposable;
  /** Wrong values that were reported, as JSON. */
  readonly #reported = new Map<SettingKey, string>();
  #values: SettingValues;
  #networks: readonly NetworkEntry[];
  /** Wrong entries that were reported, as JSON. */
  #reportedEntries: ReadonlySet<string> = new Set();

  /** Which settings have another value now. */
  readonly onDidChange = this.#changed.event;

  constructor(logger: Logger) {
    this.#logger = logger;
    this.#values = this.#read();
    this.#networks = this.#readNetworks();
    this.#subscription = workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration(section)) {
        this.#refresh();
      }
    });
  }

  get values(): SettingValues {
    return this.#values;
  }

  /** The person wants nothing to move on the screen, as far as the settings tell. */
  get reducesMotion(): boolean {
    return workspace.getConfiguration('workbench').get('reduceMotion') === 'on';
  }

  /** The service networks of the person. */
  get networks(): readonly NetworkEntry[] {
    return this.#networks;
  }

  /** The same as they stand in the settings file, with what is wrong there. */
  get rawNetworks(): RawNetworks {
    return rawList(workspace.getConfiguration(section).inspect(networksKey)?.globalValue);
  }

  /** @throws Error when the settings cannot be written. */
  async writeNetworks(raw: RawNetworks): Promise<void> {
    const value = raw.length === 0 ? undefined : raw;
    await workspace.getConfiguration(section).update(networksKey, value, ConfigurationTarget.Global);
    // the file may have been heard of already, or be heard of later
    this.#refresh();
  }

  /** @throws Error when the settings cannot be written. */
  async write<K extends 'internet.roaming' | 'probeUrl'>(key: K, value: SettingValues[K]): Promise<void> {
    await workspace.getConfiguration(section).update(key, value, ConfigurationTarget.Global);
    this.#refresh();
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#changed.dispose();
  }

  #refresh(): void {
    const before = this.#values;
    this.#values = this.#read();
    const networksBefore = JSON.stringify(this.#networks);
    this.#networks = this.#readNetworks();
    const changed: SettingName[] = settingKeys.filter(
      (key) => settingText(this.#values[key]) !== settingText(before[key]),
    );
    if (JSON.stringify(this.#networks) !== networksBefore) {
      changed.push(networksKey);
    }
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
        this.#logger.warn(`The setting ${section}.${key} is wrong and ignored; ${settingText(value)} is used instead.`);
        found.push(key);
      }
      return value;
    };
    const values = Object.fromEntries(settingKeys.map((key) => [key, read(key)])) as unknown as SettingValues;
    if (found.length > 0) {
      this.#report(wrongSettings(found, t), found);
    }
    return values;
  }

  #readNetworks(): readonly NetworkEntry[] {
    const raw = workspace.getConfiguration(section).get<unknown>(networksKey);
    const { networks, wrong } = parseNetworks(raw, t('Internet'));
    const textOf = ({ problem, raw: entry }: WrongEntry) => `${problem} ${JSON.stringify(entry)}`;
    const news = wrong.filter((entry) => !this.#reportedEntries.has(textOf(entry)));
    this.#reportedEntries = new Set(wrong.map(textOf));
    for (const { number, problem } of news) {
      this.#logger.warn(`Entry ${number} of the setting ${section}.${networksKey} is wrong and ignored: ${problem}.`);
    }
    if (news.length > 0) {
      this.#report(wrongNetworks(news, t), [networksKey]);
    }
    return networks;
  }

  #isNew(key: SettingKey, raw: unknown): boolean {
    const text = JSON.stringify(raw) ?? String(raw);
    const isNew = this.#reported.get(key) !== text;
    this.#reported.set(key, text);
    return isNew;
  }

  #report(message: string, keys: readonly SettingName[]): void {
    const openSettings = t('Open Settings');
    window.showWarningMessage(message, openSettings).then((answer) => {
      if (answer === openSettings) {
        const query = keys.length === 1 ? `${section}.${keys.join('')}` : section;
        void commands.executeCommand('workbench.action.openSettings', query);
      }
    });
  }
}
