import * as assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Server as HttpServer } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import * as vscode from 'vscode';
import type { Testing } from '../../src/extension.js';
import type { NetworkSessionsApi } from '../../src/host/api/network-sessions.js';
import type { SimulatedPlatform, Simulation } from '../../src/platforms/simulated/index.js';

const id = 'network-sessions.network-sessions';

export function theExtension(): vscode.Extension<Testing> {
  const extension = vscode.extensions.getExtension<Testing>(id);
  assert.ok(extension, 'the extension is not installed');
  return extension;
}

export const settings = () => vscode.workspace.getConfiguration('networkSessions');

export const set = (key: string, value: unknown) => settings().update(key, value, vscode.ConfigurationTarget.Global);

/** Waits for a condition; fails with what it was waited for. */
export async function until(what: string, condition: () => unknown, milliseconds = 5000): Promise<void> {
  const deadline = Date.now() + milliseconds;
  while (!condition()) {
    assert.ok(Date.now() < deadline, `waited too long until ${what}`);
    await sleep(10);
  }
}

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export interface Simulated {
  readonly api: NetworkSessionsApi;
  readonly simulation: Simulation;
}

/** The extension on its simulated network, without a reload. */
export async function simulated(): Promise<Simulated> {
  const exported = await theExtension().activate();
  await set('platform', 'simulated');
  const simulation = () => (exported.platform() as Partial<SimulatedPlatform> | undefined)?.simulation;
  await until('the simulated network serves', simulation);
  const api = exported.getAPI(1);
  await api.ready;
  const found = simulation();
  assert.ok(found);
  return { api, simulation: found };
}

/** All that was caused until now has been told: a later change is heard, and the turn after it is over. */
export async function settled({ api, simulation }: Simulated): Promise<void> {
  await new Promise<void>((resolve) => {
    const subscription = api.onDidAddConfiguration(({ identifier }) => {
      if (identifier === 'barrier') {
        subscription.dispose();
        resolve();
      }
    });
    simulation.add({ identifier: 'barrier' });
  });
  simulation.remove('barrier');
  await new Promise((resolve) => setImmediate(resolve));
}

/** Changes a setting and waits until it was told, to the extension too, which listens for longer. */
export async function setAndHear(key: string, value: unknown): Promise<void> {
  const heard = new Promise<void>((resolve) => {
    const subscription = vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration(`networkSessions.${key}`)) {
        subscription.dispose();
        resolve();
      }
    });
  });
  await set(key, value);
  await heard;
}

export interface Shown {
  readonly kind: 'error' | 'warning' | 'information';
  readonly message: string;
  readonly modal: boolean;
  readonly detail: string;
  readonly buttons: readonly string[];
}

/** What was typed, where it was asked for; undefined: the box was closed. */
type Typed = (options: vscode.InputBoxOptions) => string | undefined;

/** The answer may come later, as from a person who thinks. */
type Answer = (shown: Shown) => string | undefined | Promise<string | undefined>;
type Picked = vscode.QuickPickItem | readonly vscode.QuickPickItem[] | undefined;

/** Stands between the extension and the person: keeps what was shown, and answers. Without an answer every message is closed. */
export class Person {
  readonly shown: Shown[] = [];
  /** What was offered by quick picks: labels and descriptions. */
  readonly offered: vscode.QuickPickItem[][] = [];
  answer: Answer = () => undefined;
  pick: (items: readonly vscode.QuickPickItem[], options: vscode.QuickPickOptions) => Picked = () => undefined;
  type: Typed = () => undefined;
  readonly #window = vscode.window as unknown as Record<string, unknown>;
  readonly #before = new Map<string, unknown>();

  constructor() {
    const kinds = {
      showErrorMessage: 'error',
      showWarningMessage: 'warning',
      showInformationMessage: 'information',
    } as const;
    for (const [name, kind] of Object.entries(kinds)) {
      this.#replace(name, async (message: string, ...rest: unknown[]) => {
        const [first] = rest;
        const options = typeof first === 'object' && first !== null ? (first as vscode.MessageOptions) : {};
        const shown: Shown = {
          kind,
          message,
          modal: options.modal === true,
          detail: options.detail ?? '',
          buttons: rest.filter((each): each is string => typeof each === 'string'),
        };
        this.shown.push(shown);
        return this.answer(shown);
      });
    }
    this.#replace('showQuickPick', async (items: readonly vscode.QuickPickItem[], options: vscode.QuickPickOptions) => {
      this.offered.push([...items]);
      return this.pick(items, options);
    });
    this.#replace('showInputBox', async (options: vscode.InputBoxOptions) => this.type(options));
  }

  #replace(name: string, by: unknown): void {
    this.#before.set(name, this.#window[name]);
    this.#window[name] = by;
  }

  leave(): void {
    for (const [name, value] of this.#before) {
      this.#window[name] = value;
    }
  }
}

export const run = (name: string, ...values: unknown[]): Thenable<unknown> =>
  vscode.commands.executeCommand(`networkSessions.${name}`, ...values);

/** Servers on the loopback, for as long as a test runs. */
export class Servers {
  readonly #open: Server[] = [];

  async listen(server: Server): Promise<number> {
    this.#open.push(server.listen(0, '127.0.0.1'));
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  end(): void {
    for (const server of this.#open.splice(0)) {
      (server as Partial<HttpServer>).closeAllConnections?.();
      server.close();
    }
  }
}
