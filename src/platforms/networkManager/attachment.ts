import type { Clock, Disposable, Logger } from '../../engine/index.js';
import type { Bus } from '../dbus/bus.js';
import { ServiceWatch } from '../dbus/serviceWatch.js';
import { interfaces, managerPath, rootPath, service } from './names.js';
import { ObjectTree } from './objectTree.js';
import { type Permissions, parsePermissions, unknownPermissions } from './permissions.js';

/** Milliseconds until each further look at a NetworkManager that has its name and shows nothing yet. */
const treeRetries = [10, 20, 50, 100, 200, 400, 800, 1_600, 3_200];
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

/** How far we are with whoever owns NetworkManager's name. */
type Phase =
  | { readonly kind: 'away' }
  | { readonly kind: 'reading'; readonly with: Attached }
  | { readonly kind: 'attached'; readonly with: Attached };

/** Reads whatever NetworkManager is there, and keeps what it shows up to date by its signals. */
export class Attachment {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #listener: AttachmentListener;
  readonly #watch: ServiceWatch;
  #phase: Phase = { kind: 'away' };
  #pause: Disposable | undefined;
  #permissions = unknownPermissions;

  constructor(address: string, clock: Clock, logger: Logger, listener: AttachmentListener) {
    this.#clock = clock;
    this.#logger = logger;
    this.#listener = listener;
    this.#watch = new ServiceWatch({ name: service, title: 'NetworkManager', root: rootPath }, address, clock, logger, {
      appeared: (bus, owner) => this.#appeared(bus, owner),
      vanished: (reason) => this.#vanished(reason),
      signalled: (signal) => this.#tree?.apply(signal),
    });
  }

  get permissions(): Permissions {
    return this.#permissions;
  }

  /** Goes for it; resolves when it is attached, or known not to be possible now. */
  async start(): Promise<void> {
    await this.#watch.start();
  }

  /** Tries at once where it waits for an event: the person asked. */
  async retry(): Promise<void> {
    await this.#watch.retry();
  }

  dispose(): void {
    this.#letGo();
    this.#watch.dispose();
  }

  get #tree(): ObjectTree | undefined {
    return this.#phase.kind === 'away' ? undefined : this.#phase.with.tree;
  }

  async #appeared(bus: Bus, owner: string): Promise<void> {
    this.#letGo();
    const tree: ObjectTree = new ObjectTree(bus, owner, {
      changed: () => {
        if (this.#phase.kind === 'attached' && this.#tree === tree) {
          this.#listener.changed();
        }
      },
      permissionsChanged: () => void this.#readPermissions(found),
    });
    const found: Attached = { bus, owner, tree };
    this.#phase = { kind: 'reading', with: found };
    await this.#read(found);
  }

  #vanished(reason: string): void {
    this.#letGo();
    this.#listener.detached(reason);
  }

  #letGo(): void {
    this.#tree?.close();
    this.#phase = { kind: 'away' };
    this.#pause?.dispose();
    this.#permissions = unknownPermissions;
  }

  async #read(found: Attached): Promise<void> {
    const isCurrent = () => this.#phase.kind === 'reading' && this.#phase.with === found;
    for (const delay of [...treeRetries, undefined]) {
      const isWhole = await found.tree.load().catch((error: unknown) => {
        this.#logger.debug(`NetworkManager's objects cannot be read: ${error}`);
        return false;
      });
      if (!isCurrent()) {
        return;
      }
      if (isWhole) {
        await this.#readPermissionsFor(permissionsTimeout, found);
        if (isCurrent()) {
          this.#phase = { kind: 'attached', with: found };
          await this.#listener.attached(found);
        }
        return;
      }
      if (delay !== undefined) {
        await this.#delay(delay);
      }
    }
    this.#listener.detached('NetworkManager has its name on the bus, but shows nothing');
  }

  #readPermissionsFor(milliseconds: number, found: Attached): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#clock.setTimeout(resolve, milliseconds);
      void this.#readPermissions(found).then(() => {
        timer.dispose();
        resolve();
      });
    });
  }

  async #readPermissions({ bus, owner, tree }: Attached): Promise<void> {
    const call = { destination: owner, path: managerPath, interface: interfaces.manager, member: 'GetPermissions' };
    const permissions = await bus.call(call).then(
      ([reply]) => parsePermissions(reply),
      () => unknownPermissions,
    );
    if (this.#tree === tree) {
      this.#permissions = permissions;
      if (this.#phase.kind === 'attached') {
        this.#listener.changed();
      }
    }
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
}
