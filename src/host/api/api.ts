import {
  type Disposable,
  Emitter,
  type NetworkSession as EngineSession,
  type NetworkConfigurationManager,
} from '../../engine/index.js';
import { identifierOf, parseClient, text } from './arguments.js';
import type * as contract from './network-sessions.js';
import { SealedSession } from './session.js';
import type { ApiTargets } from './targets.js';
import { enums, outward, sealEvent } from './values.js';

const actions: readonly unknown[] = ['start', 'stop', 'update'];

/** Versions of the API that other extensions may ask for. */
const versions: readonly unknown[] = [1];

/** The API as it is handed out: events that outlive a change of the platform, and one sealed object for each who asks. */
export class ApiDoor {
  readonly #targets: () => ApiTargets;
  readonly #emitters: ApiEmitters;
  #manager: NetworkConfigurationManager | undefined;
  #subscriptions: readonly Disposable[] = [];
  #listeners = 0;
  /** Held while another extension listens or has a session. */
  #watch: Disposable | undefined;

  constructor(targets: () => ApiTargets, report: (error: unknown) => void) {
    this.#targets = targets;
    this.#emitters = new ApiEmitters(report);
  }

  /** The targets are others now. */
  attach({ manager }: ApiTargets): void {
    this.dispose();
    this.#manager = manager;
    const { added, changed, removed, online, capabilities, updated } = this.#emitters;
    this.#subscriptions = [
      manager.onDidAddConfiguration((configuration) => added.fire(outward(configuration))),
      manager.onDidChangeConfiguration((configuration) => changed.fire(outward(configuration))),
      manager.onDidRemoveConfiguration((configuration) => removed.fire(outward(configuration))),
      manager.onDidChangeOnlineState((isOnline) => online.fire(isOnline)),
      manager.onDidChangeCapabilities((flags) => capabilities.fire(flags)),
      manager.onDidCompleteUpdate(() => updated.fire()),
      manager.onDidChangeSessions(() => this.#look()),
    ];
    this.#look();
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) {
      subscription.dispose();
    }
    this.#subscriptions = [];
    this.#watch?.dispose();
    this.#watch = undefined;
    this.#manager = undefined;
  }

  /** @throws Error when the version is not known. */
  getAPI(version: unknown): contract.NetworkSessionsApi {
    if (!versions.includes(version)) {
      throw new Error(
        `Network Sessions has no API of version ${String(version)}. It knows these versions: ${versions.join(', ')}.`,
      );
    }
    return new SealedApi(this.#targets, this.#emitters, () => this.#listen());
  }

  #listen(): Disposable {
    let isListening = true;
    this.#listeners += 1;
    this.#look();
    return {
      dispose: () => {
        if (isListening) {
          isListening = false;
          this.#listeners -= 1;
          this.#look();
        }
      },
    };
  }

  /** A platform that is not told of changes looks for them while another extension relies on hearing of them. */
  #look(): void {
    const isRelied = this.#listeners > 0 || this.#manager?.sessions.some(({ owner }) => owner !== undefined);
    if (isRelied) {
      this.#watch ??= this.#manager?.watch();
    } else {
      this.#watch?.dispose();
      this.#watch = undefined;
    }
  }
}

class ApiEmitters {
  readonly report: (error: unknown) => void;
  readonly added: Emitter<contract.NetworkConfiguration>;
  readonly changed: Emitter<contract.NetworkConfiguration>;
  readonly removed: Emitter<contract.NetworkConfiguration>;
  readonly online: Emitter<boolean>;
  readonly capabilities: Emitter<number>;
  readonly updated: Emitter<void>;

  constructor(report: (error: unknown) => void) {
    this.report = report;
    this.added = new Emitter(report);
    this.changed = new Emitter(report);
    this.removed = new Emitter(report);
    this.online = new Emitter(report);
    this.capabilities = new Emitter(report);
    this.updated = new Emitter(report);
  }
}

/** The manager as another extension sees it. It shares nothing with those of other extensions. */
class SealedApi implements contract.NetworkSessionsApi {
  readonly #targets: () => ApiTargets;
  readonly #emitters: ApiEmitters;
  readonly #listen: () => Disposable;
  readonly #sessions = new Map<EngineSession, SealedSession>();

  constructor(targets: () => ApiTargets, emitters: ApiEmitters, listen: () => Disposable) {
    this.#targets = targets;
    this.#emitters = emitters;
    this.#listen = listen;
    Object.freeze(this);
  }

  get enums(): contract.Enumerations {
    return enums;
  }

  get ready(): Promise<void> {
    return this.#targets().ready;
  }

  get capabilities(): number {
    return this.#manager.capabilities;
  }

  get isOnline(): boolean {
    return this.#manager.isOnline;
  }

  get connectivity(): contract.Connectivity {
    return this.#manager.connectivity;
  }

  get defaultConfiguration(): contract.NetworkConfiguration {
    return outward(this.#manager.defaultConfiguration);
  }

  get sessions(): readonly contract.NetworkSession[] {
    this.#forgetDisposed();
    return [...this.#sessions.values()];
  }

  allConfigurations(filter?: contract.ConfigurationState): readonly contract.NetworkConfiguration[] {
    if (filter !== undefined && typeof filter !== 'number') {
      throw new TypeError('allConfigurations takes flags of ConfigurationState, or nothing.');
    }
    return this.#manager.allConfigurations(filter as number | undefined).map(outward);
  }

  configurationFromIdentifier(identifier: string): contract.NetworkConfiguration {
    return outward(this.#manager.configurationFromIdentifier(text(identifier, 'identifier')));
  }

  preferredConfiguration(serviceNetwork: contract.NetworkConfiguration | string): contract.NetworkConfiguration {
    return outward(this.#manager.preferredConfiguration(identifierOf(serviceNetwork)));
  }

  whyNot(
    action: 'start' | 'stop' | 'update',
    configuration?: contract.NetworkConfiguration | string,
  ): string | undefined {
    if (!actions.includes(action)) {
      throw new TypeError(`whyNot takes 'start', 'stop' or 'update', not ${String(action)}.`);
    }
    return this.#manager.whyNot(action, configuration === undefined ? undefined : identifierOf(configuration));
  }

  updateConfigurations(): Promise<void> {
    return this.#manager.updateConfigurations();
  }

  async loadHttp(): Promise<contract.HttpApi> {
    return (await import('./http.js')).httpApi(this.#emitters.report);
  }

  createSession(
    configuration: contract.NetworkConfiguration | string,
    client: contract.Client,
  ): contract.NetworkSession {
    const identifier = identifierOf(configuration);
    const targets = this.#targets();
    const entry = targets.list.create(identifier, parseClient(client));
    const sealed = new SealedSession(targets, entry);
    this.#forgetDisposed();
    this.#sessions.set(entry.session, sealed);
    return sealed;
  }

  get onDidAddConfiguration(): contract.Event<contract.NetworkConfiguration> {
    return sealEvent(this.#emitters.added.event, this.#listen);
  }

  get onDidChangeConfiguration(): contract.Event<contract.NetworkConfiguration> {
    return sealEvent(this.#emitters.changed.event, this.#listen);
  }

  get onDidRemoveConfiguration(): contract.Event<contract.NetworkConfiguration> {
    return sealEvent(this.#emitters.removed.event, this.#listen);
  }

  get onDidChangeOnlineState(): contract.Event<boolean> {
    return sealEvent(this.#emitters.online.event, this.#listen);
  }

  get onDidChangeCapabilities(): contract.Event<number> {
    return sealEvent(this.#emitters.capabilities.event, this.#listen);
  }

  get onDidCompleteUpdate(): contract.Event<void> {
    return sealEvent(this.#emitters.updated.event);
  }

  get #manager(): NetworkConfigurationManager {
    return this.#targets().manager;
  }

  #forgetDisposed(): void {
    for (const session of this.#sessions.keys()) {
      if (session.isDisposed) {
        this.#sessions.delete(session);
      }
    }
  }
}
