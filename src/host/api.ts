import { extensions } from 'vscode';
import {
  type Disposable,
  Emitter,
  type NetworkSession as EngineSession,
  type Event,
  type NetworkConfigurationManager,
} from '../engine/index.js';
import type { SessionEntry, SessionList } from './model/sessionList.js';
import type * as contract from './network-sessions.js';
import type { Prompts } from './prompts.js';

/** What the API works on; another one after the platform was changed. */
export interface ApiTargets {
  readonly manager: NetworkConfigurationManager;
  readonly list: SessionList;
  readonly prompts: Prompts;
  readonly ready: Promise<void>;
}

const actions: readonly unknown[] = ['start', 'stop', 'update'];

/** Versions of the API that other extensions may ask for. */
const versions: readonly unknown[] = [1];

/** The API as it is handed out: events that outlive a change of the platform, and one sealed object for each who asks. */
export class ApiDoor {
  readonly #targets: () => ApiTargets;
  readonly #emitters: ApiEmitters;
  #subscriptions: readonly Disposable[] = [];

  constructor(targets: () => ApiTargets, report: (error: unknown) => void) {
    this.#targets = targets;
    this.#emitters = new ApiEmitters(report);
  }

  /** The targets are others now. */
  attach({ manager }: ApiTargets): void {
    this.dispose();
    const { added, changed, removed, online, capabilities, updated } = this.#emitters;
    this.#subscriptions = [
      manager.onDidAddConfiguration((configuration) => added.fire(outward(configuration))),
      manager.onDidChangeConfiguration((configuration) => changed.fire(outward(configuration))),
      manager.onDidRemoveConfiguration((configuration) => removed.fire(outward(configuration))),
      manager.onDidChangeOnlineState((isOnline) => online.fire(isOnline)),
      manager.onDidChangeCapabilities((flags) => capabilities.fire(flags)),
      manager.onDidCompleteUpdate(() => updated.fire()),
    ];
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) {
      subscription.dispose();
    }
    this.#subscriptions = [];
  }

  /** @throws Error when the version is not known. */
  getAPI(version: unknown): contract.NetworkSessionsApi {
    if (!versions.includes(version)) {
      throw new Error(
        `Network Sessions has no API of version ${String(version)}. It knows these versions: ${versions.join(', ')}.`,
      );
    }
    return new SealedApi(this.#targets, this.#emitters);
  }
}

class ApiEmitters {
  readonly added: Emitter<contract.NetworkConfiguration>;
  readonly changed: Emitter<contract.NetworkConfiguration>;
  readonly removed: Emitter<contract.NetworkConfiguration>;
  readonly online: Emitter<boolean>;
  readonly capabilities: Emitter<number>;
  readonly updated: Emitter<void>;

  constructor(report: (error: unknown) => void) {
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
  readonly #sessions = new Map<EngineSession, SealedSession>();

  constructor(targets: () => ApiTargets, emitters: ApiEmitters) {
    this.#targets = targets;
    this.#emitters = emitters;
    Object.freeze(this);
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
    return sealEvent(this.#emitters.added.event);
  }

  get onDidChangeConfiguration(): contract.Event<contract.NetworkConfiguration> {
    return sealEvent(this.#emitters.changed.event);
  }

  get onDidRemoveConfiguration(): contract.Event<contract.NetworkConfiguration> {
    return sealEvent(this.#emitters.removed.event);
  }

  get onDidChangeOnlineState(): contract.Event<boolean> {
    return sealEvent(this.#emitters.online.event);
  }

  get onDidChangeCapabilities(): contract.Event<number> {
    return sealEvent(this.#emitters.capabilities.event);
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

/** A session as another extension sees it: what would need asking asks the person. */
class SealedSession implements contract.NetworkSession {
  readonly #targets: ApiTargets;
  readonly #entry: SessionEntry;
  readonly #session: EngineSession;
  /** A question of this session is on the screen: it is not asked twice. */
  #isAsking = false;

  constructor(targets: ApiTargets, entry: SessionEntry) {
    this.#targets = targets;
    this.#entry = entry;
    this.#session = entry.session;
    Object.freeze(this);
  }

  get configuration(): contract.NetworkConfiguration {
    return outward(this.#session.configuration);
  }

  get state(): contract.SessionState {
    return this.#session.state as number;
  }

  get isOpen(): boolean {
    return this.#session.isOpen;
  }

  get isOpening(): boolean {
    return this.#session.isOpening;
  }

  get error(): contract.SessionError {
    return this.#session.error as number;
  }

  get errorString(): string {
    return this.#session.errorString;
  }

  get failure(): contract.SessionFailure | undefined {
    const { failure } = this.#session;
    return failure && { ...failure, error: failure.error as number, cause: { ...failure.cause } };
  }

  get interface(): contract.NetworkInterface | undefined {
    const link = this.#session.interface;
    return link && { ...link, addresses: [...link.addresses], dnsServers: [...link.dnsServers] };
  }

  get bytesReceived(): number {
    return this.#session.bytesReceived;
  }

  get bytesWritten(): number {
    return this.#session.bytesWritten;
  }

  get activeTime(): number {
    return this.#session.activeTime;
  }

  get usagePolicies(): contract.UsagePolicy {
    return this.#session.usagePolicies as number;
  }

  get owner(): string {
    return this.#session.owner ?? '';
  }

  get reason(): string {
    return this.#session.reason ?? '';
  }

  sessionProperty(key: string): unknown {
    return this.#session.sessionProperty(text(key, 'key'));
  }

  setSessionProperty(key: string, value: unknown): void {
    this.#session.setSessionProperty(text(key, 'key'), value);
  }

  open(): void {
    this.#targets.list.open(this.#entry);
  }

  close(): void {
    const { list, prompts } = this.#targets;
    if (prompts.asksToClose(this.#entry)) {
      this.#ask(async () => (await prompts.mayClose(this.#entry)) && list.close(this.#entry));
    } else {
      list.close(this.#entry);
    }
  }

  stop(): void {
    const { manager, list, prompts } = this.#targets;
    const session = this.#session;
    this.#ask(async () => {
      // one that is refused anyway is not asked for: the session tells why
      const isRefused = manager.obstacle('stop', session.configuration) !== undefined;
      const answer = isRefused ? 'notAsked' : await prompts.mayStop(session);
      if (answer !== 'no') {
        list.stop(session, answer === 'yes');
      }
    });
  }

  waitForOpened(msecs?: number): Promise<boolean> {
    return this.#session.waitForOpened(msecs);
  }

  dispose(): void {
    const { list, prompts } = this.#targets;
    if (prompts.asksToClose(this.#entry)) {
      this.#ask(async () =>
        (await prompts.mayClose(this.#entry)) ? list.remove(this.#entry) : this.#entry.handOver(),
      );
    } else {
      list.remove(this.#entry);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.dispose();
    if (this.#session.isDisposed) {
      await this.#session[Symbol.asyncDispose]();
    }
  }

  get onDidChangeState(): contract.Event<contract.SessionState> {
    return sealEvent(this.#session.onDidChangeState as Event<number>);
  }

  get onDidOpen(): contract.Event<void> {
    return sealEvent(this.#session.onDidOpen);
  }

  get onDidClose(): contract.Event<void> {
    return sealEvent(this.#session.onDidClose);
  }

  get onDidFail(): contract.Event<contract.SessionError> {
    return sealEvent(this.#session.onDidFail as Event<number>);
  }

  get onDidChangeUsagePolicies(): contract.Event<contract.UsagePolicy> {
    return sealEvent(this.#session.onDidChangeUsagePolicies as Event<number>);
  }

  #ask(question: () => Promise<unknown>): void {
    if (!this.#isAsking) {
      this.#isAsking = true;
      void question().finally(() => {
        this.#isAsking = false;
      });
    }
  }
}

/** Configurations are frozen facts: they leave as they are. Only the compiler takes the two enumerations for different. */
function outward(configuration: object): contract.NetworkConfiguration {
  return configuration as contract.NetworkConfiguration;
}

function sealEvent<T>(event: Event<T>): contract.Event<T> {
  return (listener, thisArgs, disposables) => {
    if (typeof listener !== 'function') {
      throw new TypeError('An event takes a function that listens.');
    }
    return event(listener, thisArgs, disposables);
  };
}

function text(value: unknown, name: string): string {
  if (typeof value !== 'string') {
    throw new TypeError(`${name} must be a string, not ${typeof value}.`);
  }
  return value;
}

function identifierOf(configuration: unknown): string {
  const identifier =
    typeof configuration === 'object' && configuration !== null && 'identifier' in configuration
      ? configuration.identifier
      : configuration;
  if (typeof identifier !== 'string') {
    throw new TypeError('configuration must be a configuration or its identifier.');
  }
  return identifier;
}

/** Who calls and why: an extension that is really there, and words that a person can read. */
function parseClient(client: unknown): { readonly owner: string; readonly reason: string } {
  if (typeof client !== 'object' || client === null) {
    throw new TypeError('client must be { extension, reason }: both are shown to the person.');
  }
  const { extension, reason } = client as { extension?: unknown; reason?: unknown };
  if (typeof reason !== 'string' || reason.trim() === '') {
    throw new TypeError('client.reason must say in a few words what the session is for.');
  }
  const id = typeof extension === 'object' && extension !== null && 'id' in extension ? extension.id : extension;
  const known = typeof id === 'string' ? extensions.getExtension(id) : undefined;
  if (known === undefined) {
    throw new TypeError('client.extension must be your context.extension or its identifier.');
  }
  const { displayName } = known.packageJSON as { displayName?: unknown };
  return { owner: typeof displayName === 'string' && displayName.trim() !== '' ? displayName : known.id, reason };
}
