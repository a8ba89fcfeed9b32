import {
  MarkdownString,
  StatusBarAlignment,
  type StatusBarItem,
  ThemeColor,
  type Disposable as VscodeDisposable,
  window,
} from 'vscode';
import {
  ConfigurationType,
  type Disposable,
  type NetworkConfigurationManager,
  systemClock,
  type TrafficMeter,
} from '../../engine/index.js';
import type { Settings } from '../editor/settings.js';
import { t } from '../editor/translation.js';
import { type AccessPointView, isUp, readAccessPoint } from '../model/accessPointView.js';
import { accessPointRows } from '../model/configurationItem.js';
import { Figures } from '../model/figures.js';
import type { Row } from '../model/item.js';
import { commandId, statusBarId } from '../model/names.js';
import { networkOf } from '../model/networkView.js';
import { travelRows } from '../model/sessionItem.js';
import type { SessionEntry, SessionList } from '../model/sessionList.js';
import { sharingRows, type WindowsLedger } from '../model/sharing.js';
import {
  isAboutOne,
  type StatusContent,
  showsTraffic,
  statusLabel,
  statusText,
  type Traffic,
} from '../model/statusText.js';
import { displayName } from '../model/words.js';
import { timeOf } from './timeOf.js';
import { tooltipOf } from './tooltip.js';

/** Milliseconds between two readings while the window is open behind others. */
const unfocusedInterval = 5000;

/** The item in the status bar: which access point is active, and what went in and out on it. */
export class StatusBar implements Disposable {
  readonly #manager: NetworkConfigurationManager;
  readonly #list: SessionList;
  readonly #settings: Settings;
  readonly #ledger: Pick<WindowsLedger, 'sharing'> | undefined;
  readonly #item: StatusBarItem;
  readonly #subscriptions: readonly (Disposable | VscodeDisposable)[];
  /** Counts the default access point since this window began to watch it. */
  #watched: { readonly identifier: string; readonly meter: TrafficMeter } | undefined;
  readonly #figures = new Figures(
    systemClock,
    () => this.#traffic(),
    () => this.#draw(),
  );
  /** Held while a state is on the screen. */
  #watch: Disposable | undefined;
  #content: StatusContent = { kind: 'hidden' };
  #accessPoint = '';
  /** What text and tooltip were made from: the same again changes nothing on the screen. */
  #text = '';
  #tooltip = '';
  #isStarted = false;

  constructor(
    manager: NetworkConfigurationManager,
    list: SessionList,
    settings: Settings,
    ledger: Pick<WindowsLedger, 'sharing' | 'onDidChange'> | undefined,
  ) {
    this.#manager = manager;
    this.#ledger = ledger;
    this.#list = list;
    this.#settings = settings;
    this.#item = window.createStatusBarItem(statusBarId, StatusBarAlignment.Left, 5);
    this.#item.name = 'Network Sessions';
    this.#item.command = commandId('showActions');
    const update = () => this.#update();
    this.#subscriptions = [
      manager.onDidChangeConfiguration(update),
      manager.onDidRemoveConfiguration(update),
      manager.onDidChangeSystem(update),
      manager.onDidChangeHolders(update),
      ...(ledger === undefined ? [] : [ledger.onDidChange(update)]),
      list.onDidChange(update),
      settings.onDidChange(update),
      window.onDidChangeWindowState(update),
    ];
  }

  /** The first reading is there: until then there is nothing to say. */
  start(): void {
    this.#isStarted = true;
    this.#update();
  }

  dispose(): void {
    this.#figures.dispose();
    this.#watch?.dispose();
    for (const subscription of this.#subscriptions) {
      subscription.dispose();
    }
    this.#item.dispose();
  }

  /** Something may have changed: what it is about, then the text. */
  #update(): void {
    this.#content = this.#read();
    this.#watchDefault();
    this.#figures.follow(this.#subject(), this.#interval());
    this.#look();
    this.#draw();
  }

  #read(): StatusContent {
    if (!this.#isStarted || this.#settings.values['statusBar.show'] === 'off') {
      return { kind: 'hidden' };
    }
    const lost = this.#list.unnoticed;
    if (lost !== undefined) {
      this.#accessPoint = lost.accessPoint;
      return { kind: 'lost', name: displayName(lost.session.configuration, t) };
    }
    const session = this.#list.lastOpened;
    this.#accessPoint = session?.accessPoint ?? this.#manager.defaultConfiguration.identifier;
    const state = session?.session.state ?? this.#manager.stateOf(this.#accessPoint);
    if (session === undefined && this.#manager.system.away !== undefined) {
      return { kind: 'unknown' };
    }
    if (session === undefined && !isUp(state)) {
      return { kind: 'none' };
    }
    const configuration = this.#manager.configurationFromIdentifier(this.#accessPoint);
    return {
      kind: 'active',
      name: displayName(configuration, t),
      bearerType: configuration.bearerType,
      state,
      // what waits for an answer stands still
      spins: session?.session.offer.kind !== 'activated' && !this.#settings.reducesMotion,
      isSession: session !== undefined,
    };
  }

  /** The default is counted as long as it stays the default and figures are wanted, also while a session is shown. */
  #watchDefault(): void {
    const { identifier } = this.#manager.defaultConfiguration;
    const show = this.#settings.values['statusBar.show'];
    const wanted =
      this.#isStarted &&
      (show === 'traffic' || show === 'accessPointAndTraffic') &&
      isUp(this.#manager.stateOf(identifier));
    if (wanted ? this.#watched?.identifier === identifier : this.#watched === undefined) {
      return;
    }
    this.#watched = wanted ? { identifier, meter: this.#manager.watchTraffic(identifier) } : undefined;
  }

  /** What the figures are about: those of all sessions on an access point are the same. */
  #subject(): string {
    if (!showsTraffic(this.#content, this.#settings.values['statusBar.show'])) {
      return '';
    }
    const session = this.#list.lastOpened;
    if (session === undefined) {
      return `default ${this.#accessPoint}`;
    }
    // those of one that roams are its own, and go on where it moves
    return this.#networkOf(session) === undefined ? `session ${this.#accessPoint}` : session.id;
  }

  #networkOf({ session }: SessionEntry): string | undefined {
    return networkOf(this.#manager, session);
  }

  #traffic(): Traffic {
    const session = this.#list.lastOpened?.session;
    if (session !== undefined) {
      return { received: session.bytesReceived, written: session.bytesWritten };
    }
    return { received: this.#watched?.meter.bytesReceived, written: this.#watched?.meter.bytesWritten };
  }

  #draw(): void {
    const content = this.#content;
    const { 'statusBar.show': show, 'statusBar.unit': unit } = this.#settings.values;
    const text = statusText(content, show, this.#figures.now, unit, t);
    if (text === this.#text) {
      this.#describe();
      return;
    }
    this.#text = text;
    this.#item.text = text;
    this.#describe();
    if (text === '') {
      this.#item.hide();
    } else {
      this.#item.show();
    }
  }

  /** Everything but the text: set when the state has changed, not when figures have moved. */
  #describe(): void {
    const label = statusLabel(this.#content, t);
    const view = readAccessPoint(this.#manager, this.#accessPoint);
    const session = this.#content.kind === 'active' ? this.#list.lastOpened : this.#list.unnoticed;
    const network = session && this.#networkOf(session);
    const isOne = isAboutOne(this.#content);
    const rows = [
      ...(isOne ? [...this.#networkRows(session, network), ...this.#rows(view)] : []),
      ...sharingRows(this.#ledger?.sharing, t),
    ];
    const note = this.#content.kind === 'active' ? noteOn(this.#content.isSession, network !== undefined) : '';
    const made = JSON.stringify([label, rows, note]);
    if (made === this.#tooltip) {
      return;
    }
    this.#tooltip = made;
    this.#item.tooltip =
      rows.length === 0
        ? new MarkdownString(label)
        : tooltipOf(isOne ? displayName(view.configuration, t) : label, rows, note);
    this.#item.accessibilityInformation = { label };
    this.#item.backgroundColor =
      this.#content.kind === 'lost' ? new ThemeColor('statusBarItem.errorBackground') : undefined;
  }

  #rows(view: AccessPointView): readonly Row[] {
    return view.configuration.type === ConfigurationType.ServiceNetwork ? [] : accessPointRows(view, t);
  }

  /** What it roams in, and how far it is with that. */
  #networkRows(entry: SessionEntry | undefined, network: string | undefined): readonly Row[] {
    if (entry === undefined || network === undefined) {
      return [];
    }
    const name = displayName(this.#manager.configurationFromIdentifier(network), t);
    return [{ label: t('Service network'), value: name }, ...travelRows(entry.session.offer, entry.moves, timeOf, t)];
  }

  /** A platform that is not told of changes looks for them while the state of something is on the screen. */
  #look(): void {
    if (this.#content.kind !== 'hidden' && (window.state.focused || this.#interval() !== undefined)) {
      this.#watch ??= this.#manager.watch();
    } else {
      this.#watch?.dispose();
      this.#watch = undefined;
    }
  }

  /** Milliseconds from one reading of the figures to the next; undefined when nobody could see them. */
  #interval(): number | undefined {
    const values = this.#settings.values;
    if (!showsTraffic(this.#content, values['statusBar.show'])) {
      return undefined;
    }
    const interval = Math.max(1000, values['sampling.interval']);
    if (window.state.focused) {
      return interval;
    }
    // a window behind others may still be seen; who has nothing open here does not look
    return this.#list.lastOpened === undefined ? undefined : Math.max(unfocusedInterval, interval);
  }
}

/** What the figures count. */
function noteOn(isSession: boolean, canRoam: boolean): string {
  if (!isSession) {
    return t('Counted since this window began to watch.');
  }
  return canRoam
    ? t('Counted over all the access points that the session has been on.')
    : t('Counted since the first session on it was opened.');
}
