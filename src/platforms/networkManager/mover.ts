import type { Clock, Logger, PlatformFailure, Routing } from '../../engine/index.js';
import type { Journal } from '../journal.js';
import type { Picture } from './accessPoints.js';
import type { Attached } from './attachment.js';
import { HeldBack } from './holdBack.js';
import { Leftovers } from './leftovers.js';
import type { Permissions } from './permissions.js';
import { ProvisionalStarts } from './provisional.js';
import { Router } from './routing.js';

export interface MoverHost {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly journal: Journal;
  readonly procRoot: string;
  readonly sysRoot: string;
  /** Where NetworkManager serves now. */
  attached(): Attached | undefined;
  permissions(): Permissions;
  /** All that is known now, signals of this turn included. */
  picture(): Picture | undefined;
}

/** All that belongs to moving traffic and to taking that back, put together for the platform. */
export class Mover {
  readonly #host: MoverHost;
  readonly #router: Router;
  readonly #heldBack: HeldBack;
  readonly #provisional: ProvisionalStarts;
  readonly #leftovers: Leftovers;
  /** The run of NetworkManager in which journals of dead processes were last looked for. */
  #adoptedIn: Attached | undefined;
  #end: Promise<void> | undefined;

  constructor(host: MoverHost) {
    this.#host = host;
    const common = {
      ...host,
      debug: (message: string) => host.logger.debug(`NetworkManager: ${message}`),
      info: (message: string) => host.logger.info(`NetworkManager: ${message}`),
    };
    this.#provisional = new ProvisionalStarts(common);
    this.#heldBack = new HeldBack(common);
    const routerHost = {
      ...common,
      isStarting: (identifier: string) => this.#provisional.isStarting(identifier),
      ended: (identifier: string) => this.#provisional.end(identifier),
    };
    this.#router = new Router(routerHost, this.#heldBack);
    this.#leftovers = new Leftovers({
      ...common,
      ended: (identifier) => this.#provisional.end(identifier),
      unwanted: (identifier) => this.#router.unwanted(identifier),
      beforeStop: (identifier) => this.#router.beforeStop(identifier),
    });
  }

  get routing(): Routing {
    return this.#router;
  }

  /** Starts an access point so that the start can be taken back, and the system's traffic stays where it is (R3, R9). */
  async startProvisionally(identifier: string, start: () => Promise<void>): Promise<void> {
    await this.#provisional.begin(identifier);
    await this.#heldBack.begin(identifier);
    try {
      await start();
    } catch (error) {
      this.#heldBack.delete(identifier);
      this.#provisional.end(identifier);
      throw error;
    }
    await this.#router.holdsBack(identifier);
    this.#provisional.shown(identifier);
  }

  started(identifier: string, activation: string): void {
    this.#provisional.started(identifier, activation);
    this.#heldBack.started(identifier, activation);
  }

  /** What NetworkManager does not know of must be told to it before it takes the link down, or it stays. */
  async beforeStop(identifier: string): Promise<void> {
    await this.#router.beforeStop(identifier);
  }

  stopped(identifier: string): void {
    this.#provisional.end(identifier);
  }

  settle(): void {
    this.#router.settle();
    const attached = this.#host.attached();
    if (attached !== undefined && this.#adoptedIn !== attached) {
      this.#adoptedIn = attached;
      // Not in the way of the first reading.
      setImmediate(() => this.adopt());
    }
  }

  /** Looks for what processes have left that died. */
  adopt(): void {
    if (this.#end === undefined && this.#host.attached() !== undefined) {
      this.#leftovers.adopt();
      this.#router.settle();
    }
  }

  abandon(failure: PlatformFailure): void {
    this.#router.abandon(failure);
    this.#provisional.abandon();
  }

  dispose(): Promise<void> {
    this.#end ??= this.#dispose();
    return this.#end;
  }

  async #dispose(): Promise<void> {
    if (this.#host.attached() !== undefined) {
      await this.#router.dispose();
    }
    this.#host.journal.close();
  }
}
