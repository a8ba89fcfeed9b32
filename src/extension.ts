import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { type ExtensionContext, ExtensionMode, l10n, window } from 'vscode';
import type { BrokerOptions } from './broker/index.js';
import type { Platform } from './engine/index.js';
import type { ApiDoor } from './host/api/api.js';
import type { NetworkSessionsExtension } from './host/api/network-sessions.js';
import { ContextKeyDoor } from './host/editor/contextKeys.js';
import { Log } from './host/editor/log.js';
import { Settings } from './host/editor/settings.js';
import { LazyPlatform } from './host/model/lazyPlatform.js';
import { leaveNote, type Store, takeNote } from './host/model/reload.js';
import { registerCommands } from './host/shell/commands.js';
import type { Surface } from './host/shell/frontend.js';
import { Frontends, type PlatformName } from './host/shell/frontends.js';
import { isElsewhere, stateDirectoryOf, surroundingsOf } from './host/shell/surroundings.js';
import { Windows } from './host/shell/windows.js';

/** What tests inside the editor get beside the API. */
export interface Testing extends NetworkSessionsExtension {
  /** The one that serves; undefined until it has been loaded. */
  readonly platform: () => Platform | undefined;
  /** Under this home windows meet from the next platform on, on the simulated network too; undefined: under the person's. */
  readonly meetAt: (home: string | undefined) => void;
}

/** Ends what `activate` began. */
let end: (() => Promise<void>) | undefined;

/** Puts everything together. Nothing is read but the settings: the network comes when VS Code has taken its turn. */
export function activate(context: ExtensionContext): NetworkSessionsExtension {
  try {
    return run(context);
  } catch (error) {
    // VS Code tells only its own log of it
    void window.showErrorMessage(l10n.t('Network Sessions could not be started: {0}', String(error)));
    throw error;
  }
}

/** VS Code waits for this, but not long: the note comes first, and at once. */
export async function deactivate(): Promise<void> {
  await end?.();
}

function run(context: ExtensionContext): NetworkSessionsExtension | Testing {
  const log = new Log();
  const settings = new Settings(log);
  const surface: Surface = {
    log,
    settings,
    keys: new ContextKeyDoor(),
    machine: isElsewhere(context) ? hostname() : undefined,
    surroundings: surroundingsOf(context),
  };
  const stateDirectory = stateDirectoryOf(context);
  const makePlatform = (name: PlatformName) =>
    new LazyPlatform(async () =>
      (await import('./platforms/choose.js')).createPlatform(name, { logger: log, stateDirectory }),
    );
  const openBroker = async (options: BrokerOptions) => (await import('./broker/open.js')).openBroker(options);
  const windows = new Windows(openBroker, settings, log, context);
  const make = { platform: makePlatform, ledger: windows.ledgerFor.bind(windows) };
  let door: ApiDoor | undefined;
  const frontends = new Frontends(surface, make, (frontend) => door?.attach(frontend));
  const openDoor = (): ApiDoor => {
    // Who asks gets its answer at once, so this is no import(): its code is a file of its own, which few ever ask for.
    const api = require('./host/api/api.js') as typeof import('./host/api/api.js');
    const opened = new api.ApiDoor(
      () => frontends.current,
      (error) => log.defect('A listener of another extension failed', error),
    );
    opened.attach(frontends.current);
    return opened;
  };
  const store = storeOf(context);
  const report = log.defect.bind(log);
  const starting = setImmediate(() => void frontends.current.start(takeNote(store, Date.now(), report)));
  context.subscriptions.push(
    ...registerCommands(async () => (await frontends.serving).dialogs(), log),
    log,
    settings,
    settings.onDidChange((changed) => changed.has('platform') && frontends.follow()),
    { dispose: () => door?.dispose() },
  );
  end = async () => {
    clearImmediate(starting);
    leaveNote(store, frontends.current.openedByPerson, Date.now(), report);
    await frontends.current.dispose('ends');
  };
  const getAPI = (wanted: unknown) => {
    door ??= openDoor();
    return door.getAPI(wanted);
  };
  const exported: NetworkSessionsExtension = { getAPI };
  const meetAt = (home: string | undefined) => {
    windows.meetingPlace = home;
  };
  return context.extensionMode === ExtensionMode.Test
    ? { ...exported, platform: () => frontends.platform, meetAt }
    : exported;
}

/**
 * A file of this window, read and written at once: at the end of a window nothing can be waited for. A window without a
 * folder keeps nothing: nothing tells it apart from the others without one, and it must not take up their sessions.
 */
function storeOf({ storageUri }: ExtensionContext): Store {
  if (storageUri === undefined) {
    return { read: () => undefined, write: () => undefined, remove: () => undefined };
  }
  const file = path.join(storageUri.fsPath, 'sessions.json');
  return {
    read: () => (existsSync(file) ? readFileSync(file, 'utf8') : undefined),
    write: (text) => {
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, text);
    },
    remove: () => rmSync(file, { force: true }),
  };
}
