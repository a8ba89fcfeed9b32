import { existsSync } from 'node:fs';
import type { Clock, Disposable, Logger } from '../../engine/index.js';
import { Bus, type Signal } from './bus.js';
import { type BusEndpoint, busEndpoint, socketFile } from './busAddress.js';
import { interfaces, managerPath, rootPath, service } from './names.js';
import { ObjectTree } from './objectTree.js';
import { type Permissions, parsePermissions, unknownPermissions } from './permissions.js';
import { SocketWatch } from './socketWatch.js';

/** Milliseconds until each further attempt at a bus that has just shown itself: its socket is there before it answers. */
const busRetries = [20, 50, 100, 200, 400, 800];
/** Milliseconds until each further look at a NetworkManager that has its name and shows nothing yet. */
const treeRetries = [10, 20, 50, 100, 200, 400, 800, 1_600, 3_200];
/** Milliseconds after which a lost bus was a working one, so that the next attempt may come at once. */
const settledAfter = 1_000;
/** Milliseconds that the first reading waits for the permissions. */
const permissionsTimeout = 1_000;

/** A NetworkManager that serves. */
export interface Attached {
  readonly bus: Bus;
  /** Its unique name on the bus. */
  readonly owner: string;
  readonly tree: ObjectTree;
}

export interface AttachmentListener {
  /** It serves: everything was read. Resolves when that was told. */
  attached(attached: Attached): Promise<void>;
  /** It does not, or not any more. */
  detached(reason: string): void;
  /** Something in the tree is different now. */
  changed(): void;
}

/** What the attachment is doing. Each kind holds just what exists then. */
type Phase =
  | { readonly kind: 'connecting' }
  /** No bus: until its socket shows up, and for a few attempts after that. */
  | { readonly kind: 'waiting'; readonly retry: Disposable | undefined }
  /** A bus, and nobody who owns NetworkManager's name. */
  | { readonly kind: 'alone'; readonly bus: Bus; readonly since: number }
  | { readonly kind: 'reading'; readonly bus: Bus; readonly since: number; readonly tree: ObjectTree }
  | { readonly kind: 'attached'; readonly bus: Bus; readonly since: number; readonly tree: ObjectTree }
  | { readonly kind: 'disposed' };

/**
 * Keeps in touch with NetworkManager through the comings and goings of it and of the bus. All by events: of the bus,
 * or, while there is none, of the directory where its socket appears. No timer runs but for a moment after one of these.
 */
export class Attachment {
  readonly #endpoint: BusEndpoint | undefined;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #listener: AttachmentListener;
  #phase: Phase = { kind: 'connecting' };
  #watch: SocketWatch | undefined;
  #pause: Disposable | undefined;
  /** How many attempts have failed since the bus last gave a reason to try. */
  #failed = 0;
  #permissions = unknownPermissions;

  constructor(address: string, clock: Clock, logger: Logger, listener: AttachmentListener) {
    this.#endpoint = busEndpoint(address);
    this.#clock = clock;
    this.#logger = logger;
    this.#listener = listener;
  }

  get permissions(): Permissions {
    return this.#permissions;
  }

  /** Goes for it; resolves when it is attached, or known not to be possible now. */
  async start(): Promise<void> {
    await this.#connect();
  }

  /** Tries at once where it waits for an event: the person asked. */
  async retry(): Promise<void> {
    if (this.#phase.kind === 'waiting') {
      await this.#connectAnew(this.#phase.retry);
    }
  }

  dispose(): void {
    const phase = this.#phase;
    this.#phase = { kind: 'disposed' };
    this.#watch?.dispose();
    this.#pause?.dispose();
    if (phase.kind === 'waiting') {
      phase.retry?.dispose();
    }
    if ('tree' in phase) {
      phase.tree.close();
    }
    if ('bus' in phase) {
      phase.bus.close();
    }
  }

  #connectAnew(retry?: Disposable): Promise<void> {
    retry?.dispose();
    this.#failed = 0;
    return this.#connect();
  }

  async #connect(): Promise<void> {
    this.#phase = { kind: 'connecting' };
    this.#watchSocket();
    let bus: Bus;
    try {
      if (this.#endpoint === undefined) {
        throw new Error('the address of the bus is not understood');
      }
      bus = await Bus.connect(this.#endpoint, {
        clock: this.#clock,
        logger: this.#logger,
        onSignal: (signal) => this.#receive(signal),
        onClose: (reason) => this.#busClosed(reason),
      });
    } catch (error) {
      this.#wait(error instanceof Error ? error.message : String(error));
      return;
    }
    if (this.#isDisposed()) {
      bus.close();
      return;
    }
    this.#watch?.dispose();
    this.#watch = undefined;
    await this.#join(bus);
  }

  /** Before each attempt, so that a socket that appears right after it is not missed. */
  #watchSocket(): void {
    const file = socketFile(this.#endpoint);
    if (file !== undefined) {
      this.#watch ??= new SocketWatch(file, () => this.#socketAppeared(), this.#logger);
    }
  }

  #wait(reason: string): void {
    if (this.#isDisposed()) {
      return;
    }
    this.#watchSocket();
    const file = socketFile(this.#endpoint);
    const delay = busRetries[this.#failed++];
    const isWorthIt = delay !== undefined && (file === undefined || existsSync(file));
    const retry = isWorthIt ? this.#clock.setTimeout(() => void this.#connect(), delay) : undefined;
    this.#phase = { kind: 'waiting', retry };
    this.#listener.detached(reason);
  }

  #socketAppeared(): void {
    if (this.#phase.kind === 'waiting') {
      void this.#connectAnew(this.#phase.retry);
    }
  }

  /** Listens on a bus, and reads whoever owns NetworkManager's name. */
  async #join(bus: Bus): Promise<void> {
    this.#phase = { kind: 'alone', bus, since: this.#clock.now() };
    try {
      await Promise.all([
        bus.addMatch(
          `type='signal',sender='${interfaces.bus}',interface='${interfaces.bus}',member='NameOwnerChanged',arg0='${service}'`,
        ),
        bus.addMatch(`type='signal',sender='${service}',path_namespace='${rootPath}'`),
      ]);
      await new Promise<void>((resolve, reject) => {
        bus.nameOwner(service, (owner, error) => {
          if (error) {
            reject(error);
          } else {
            resolve(this.#ownerIs(bus, owner));
          }
        });
      });
    } catch (error) {
      // Where the bus has closed, that was told already.
      if (this.#isOn(bus)) {
        this.#logger.warn(`The bus does not let us listen: ${error}`);
        bus.close();
        this.#wait(String(error));
      }
    }
  }

  async #ownerIs(bus: Bus, owner: string | undefined): Promise<void> {
    if (!this.#isOn(bus)) {
      return;
    }
    this.#dropTree();
    // Signals that came before this are none that are missed: all objects are asked for afterwards.
    bus.listenTo(owner);
    const { since } = this.#phase as Extract<Phase, { bus: Bus }>;
    if (owner === undefined) {
      this.#phase = { kind: 'alone', bus, since };
      this.#listener.detached('NetworkManager is not running');
      return;
    }
    const tree = new ObjectTree(bus, owner, {
      changed: () => {
        if (this.#phase.kind === 'attached' && this.#phase.tree === tree) {
          this.#listener.changed();
        }
      },
      permissionsChanged: () => void this.#readPermissions(bus, owner, tree),
    });
    this.#phase = { kind: 'reading', bus, since, tree };
    await this.#read(bus, owner, tree);
  }

  async #read(bus: Bus, owner: string, tree: ObjectTree): Promise<void> {
    const isCurrent = () => this.#phase.kind === 'reading' && this.#phase.tree === tree;
    for (const delay of [...treeRetries, undefined]) {
      const isWhole = await tree.load().catch((error: unknown) => {
        this.#logger.debug(`NetworkManager's objects cannot be read: ${error}`);
        return false;
      });
      if (!isCurrent()) {
        return;
      }
      if (isWhole) {
        await this.#readPermissionsFor(permissionsTimeout, bus, owner, tree);
        if (isCurrent()) {
          this.#phase = { ...(this.#phase as Extract<Phase, { tree: ObjectTree }>), kind: 'attached' };
          await this.#listener.attached({ bus, owner, tree });
        }
        return;
      }
      if (delay !== undefined) {
        await this.#delay(delay);
      }
    }
    this.#listener.detached('NetworkManager has its name on the bus, but shows nothing');
  }

  #readPermissionsFor(milliseconds: number, bus: Bus, owner: string, tree: ObjectTree): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#clock.setTimeout(resolve, milliseconds);
      void this.#readPermissions(bus, owner, tree).then(() => {
        timer.dispose();
        resolve();
      });
    });
  }

  async #readPermissions(bus: Bus, owner: string, tree: ObjectTree): Promise<void> {
    const call = { destination: owner, path: managerPath, interface: interfaces.manager, member: 'GetPermissions' };
    const permissions = await bus.call(call).then(
      ([reply]) => parsePermissions(reply),
      () => unknownPermissions,
    );
    if ('tree' in this.#phase && this.#phase.tree === tree) {
      this.#permissions = permissions;
      if (this.#phase.kind === 'attached') {
        this.#listener.changed();
      }
    }
  }

  #receive(signal: Signal): void {
    const phase = this.#phase;
    if (signal.sender === interfaces.bus && signal.member === 'NameOwnerChanged') {
      const [name, , owner] = signal.body;
      if (name === service && 'bus' in phase) {
        void this.#ownerIs(phase.bus, typeof owner === 'string' && owner !== '' ? owner : undefined);
      }
    } else if ('tree' in phase) {
      phase.tree.apply(signal);
    }
  }

  #busClosed(reason: string): void {
    if (!('bus' in this.#phase)) {
      return;
    }
    const hasSettled = this.#clock.now() - this.#phase.since >= settledAfter;
    this.#dropTree();
    this.#listener.detached(`the bus went away: ${reason}`);
    if (hasSettled) {
      void this.#connectAnew();
    } else {
      // A bus that closes each connection must not be asked in a circle.
      this.#wait(reason);
    }
  }

  #dropTree(): void {
    if ('tree' in this.#phase) {
      this.#phase.tree.close();
    }
    this.#pause?.dispose();
    this.#permissions = unknownPermissions;
  }

  #delay(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#clock.setTimeout(resolve, milliseconds);
      this.#pause = {
        dispose: () => {
          timer.dispose();
          resolve();
        },
      };
    });
  }

  #isOn(bus: Bus): boolean {
    return 'bus' in this.#phase && this.#phase.bus === bus;
  }

  #isDisposed(): boolean {
    return this.#phase.kind === 'disposed';
  }
}
