import type { Counters, Holder, HolderSession, NetworkConfigurationManager } from '../../engine/index.js';
import { type DataUnit, formatData, formatDuration } from '../../shared/format.js';
import { plainLine } from '../../shared/hostileText.js';
import { canStop, readAccessPoint } from './accessPointView.js';
import { type ItemModel, joined, type Row, words } from './item.js';
import type { SessionList } from './sessionList.js';
import type { Translate } from './translate.js';
import { configurationIcon, displayName } from './words.js';

/** What this window is called among the holders of an access point. */
export const thisWindow = '';
/** More than anybody reads of one window. */
const mostReasons = 3;

/** Who holds an access point, as the rows under it: this window first, and nobody where no other window does. */
export function holdersOf(manager: NetworkConfigurationManager, identifier: string): readonly string[] {
  const others = manager.holdersElsewhere(identifier).map(({ program }) => program);
  return others.length === 0 || manager.holders(identifier) === 0 ? others : [thisWindow, ...others];
}

/** What another window is called: after what is open in it, else after its editor. */
export const windowName = ({ window, product }: Pick<Holder, 'window' | 'product'>, t: Translate): string =>
  plainLine(window) || plainLine(product) || t('Another window');

/** The same where there is no row to read more of it. */
export const windowNames = (holders: readonly Holder[], t: Translate): string =>
  [...new Set(holders.map((holder) => windowName(holder, t)))].join(', ');

/** Said on the row of an access point. */
export function otherWindows(count: number, t: Translate): string {
  return count === 0 ? '' : count === 1 ? t('1 other window') : t('{0} other windows', count);
}

/** Who holds without a session is about to have one. */
function countOf({ length }: readonly unknown[], t: Translate): string {
  return length === 0 ? t('opening a session') : length === 1 ? t('1 session') : t('{0} sessions', length);
}

const reasonOf = ({ reason }: HolderSession): string => plainLine(reason, 120);

/** One of the holders of an access point, read at one moment. */
export interface HolderView {
  /** Undefined: this window. */
  readonly holder: Holder | undefined;
  readonly sessions: readonly HolderSession[];
  readonly canStop: boolean;
}

/** One that has gone between two drawings. */
export const nobody: HolderView = { holder: undefined, sessions: [], canStop: false };

/** Undefined when it does not hold it any more. */
export function readHolder(
  manager: NetworkConfigurationManager,
  list: SessionList,
  identifier: string,
  program: string,
): HolderView | undefined {
  const stoppable = canStop(readAccessPoint(manager, identifier));
  if (program === thisWindow) {
    const sessions = list.shown
      .filter(({ session, accessPoint }) => session.isOpen && accessPoint === identifier)
      .map(({ session }) => ({
        reason: joined(': ', session.owner, session.reason),
        openFor: session.activeTime * 1000,
      }));
    return { holder: undefined, sessions, canStop: stoppable };
  }
  const holder = manager.holdersElsewhere(identifier).find((each) => each.program === program);
  return holder && { holder, sessions: holder.sessions, canStop: stoppable };
}

/** A window under an access point that it holds. */
export function holderItem({ holder, sessions, canStop: stoppable }: HolderView, t: Translate): ItemModel {
  const label = holder === undefined ? t('This window') : windowName(holder, t);
  const reasons = [...new Set(sessions.map(reasonOf).filter((reason) => reason !== ''))].slice(0, mostReasons);
  const parts = [countOf(sessions, t), ...reasons, holder?.isAbsent === true && t('gone a moment ago')];
  return {
    label,
    description: joined(' · ', ...parts),
    icon: holder?.isAbsent === true ? { id: 'window', color: 'disabledForeground' } : { id: 'window' },
    contextValue: words('holder', stoppable && 'canStop'),
    accessibleLabel: joined(', ', t('Held by {0}', label), ...parts),
  };
}

/** What was carried since another window has opened its first session; undefined where nobody can tell. */
function carried(base: Counters | undefined, now: Counters | undefined) {
  if (base === undefined || now === undefined || base.source !== now.source) {
    return undefined;
  }
  const [received, written] = [now.received - base.received, now.written - base.written];
  return received >= 0 && written >= 0 ? { received, written } : undefined;
}

/** The lines of its tooltip. @param now what the interface has carried by now, read because somebody looks */
export function holderRows(
  { holder, sessions }: HolderView,
  now: Counters | undefined,
  unit: DataUnit,
  t: Translate,
): readonly Row[] {
  const bytes = carried(holder?.base, now);
  const rows: (Row | undefined)[] = [
    holder && row(t('Editor'), holder.product),
    holder && row(t('Window'), holder.window),
    holder?.isAbsent === true ? { label: t('State'), value: t('gone a moment ago') } : undefined,
    ...sessions.map((session) => ({ label: t('Session'), value: sessionText(session, t) })),
    bytes && {
      label: t('Since then'),
      value: `↓${formatData(bytes.received, unit)} ↑${formatData(bytes.written, unit)}`,
    },
  ];
  return rows.filter((each) => each !== undefined);
}

function row(label: string, value: string): Row | undefined {
  const line = plainLine(value, 200);
  return line === '' ? undefined : { label, value: line };
}

const sessionText = (session: HolderSession, t: Translate): string =>
  joined(', ', reasonOf(session), t('open for {0}', formatDuration(session.openFor / 1000)));

/** What another window has open on an access point: an element of the Sessions view. */
export class SessionsElsewhere {
  /** The access point: what a command is about that is called with this. */
  readonly identifier: string;
  readonly program: string;

  constructor(identifier: string, program: string) {
    this.identifier = identifier;
    this.program = program;
  }

  get id(): string {
    return `elsewhere ${this.program} ${this.identifier}`;
  }
}

/** All sessions of other windows; the same element each time, because trees compare them. */
export class Elsewhere {
  readonly #manager: NetworkConfigurationManager;
  #known: ReadonlyMap<string, SessionsElsewhere> = new Map();

  constructor(manager: NetworkConfigurationManager) {
    this.#manager = manager;
  }

  get all(): readonly SessionsElsewhere[] {
    const now = new Map<string, SessionsElsewhere>();
    for (const { identifier } of this.#manager.allConfigurations()) {
      for (const { program } of this.#manager.holdersElsewhere(identifier)) {
        const element = new SessionsElsewhere(identifier, program);
        now.set(element.id, this.#known.get(element.id) ?? element);
      }
    }
    this.#known = now;
    return [...now.values()];
  }
}

/** The sessions of another window in the Sessions view: to be seen and to be stopped, not to be closed. */
export function elsewhereItem(
  manager: NetworkConfigurationManager,
  identifier: string,
  { holder, sessions, canStop: stoppable }: HolderView,
  t: Translate,
): ItemModel {
  const configuration = manager.configurationFromIdentifier(identifier);
  const label = displayName(configuration, t);
  const name = holder === undefined ? t('This window') : windowName(holder, t);
  const reasons = [...new Set(sessions.map(reasonOf).filter((reason) => reason !== ''))].slice(0, mostReasons);
  const parts = [
    sessions.length !== 1 && countOf(sessions, t),
    ...reasons,
    holder?.isAbsent === true && t('gone a moment ago'),
  ];
  return {
    label,
    description: joined(' · ', t('in {0}', name), ...parts),
    icon: { id: configurationIcon(configuration), color: 'disabledForeground' },
    contextValue: words('elsewhere', stoppable && 'canStop'),
    accessibleLabel: joined(', ', t('Session of another window on {0}', label), name, ...parts),
  };
}
