/** The names that the manifest and the code share. A test holds them against each other, both ways. */

export const commandNames = [
  'openSession',
  'closeSession',
  'dismissSession',
  'stopAccessPoint',
  'migrate',
  'migrateTo',
  'ignore',
  'accept',
  'reject',
  'createServiceNetwork',
  'editServiceNetwork',
  'deleteServiceNetwork',
  'removeFromServiceNetwork',
  'refresh',
  'showActions',
  'showLog',
  'copyDetails',
  'testLink',
  'releaseAll',
] as const;
export type CommandName = (typeof commandNames)[number];
export const commandId = (name: CommandName): string => `networkSessions.${name}`;

export const containerId = 'networkSessions';
export const configurationsViewId = 'networkSessions.configurations';
export const sessionsViewId = 'networkSessions.sessions';
/** Part of the settings of everybody who hides or moves the item: never rename it. */
export const statusBarId = 'networkSessions.status';

/** How far the extension is: `away` while the platform's daemon is gone, `failed` when nothing serves here. */
export type Stage = 'starting' | 'running' | 'away' | 'failed';

/** The context keys and what they hold. */
export interface ContextKeys {
  'networkSessions.stage': Stage;
  /** Access points can be started and stopped on this system. */
  'networkSessions.canControl': boolean;
  /** The person has the permission to do so, as far as that is known. */
  'networkSessions.mayControl': boolean;
  /** The system can be asked to look for networks again. */
  'networkSessions.canUpdate': boolean;
}
/** The same as data; the compiler sees to it that none is missing. */
export const contextKeys: Readonly<Record<keyof ContextKeys, true>> = {
  'networkSessions.stage': true,
  'networkSessions.canControl': true,
  'networkSessions.mayControl': true,
  'networkSessions.canUpdate': true,
};

/** The words that a tree item's `contextValue` may be made of. */
export const itemWords = [
  'configuration',
  'network',
  'own',
  'member',
  'session',
  'canOpen',
  'canStop',
  'canTest',
  'opening',
  'open',
  'closing',
  'lost',
  'offered',
  'activated',
  'canMigrate',
  'holder',
  'elsewhere',
] as const;
export type ItemWord = (typeof itemWords)[number];
