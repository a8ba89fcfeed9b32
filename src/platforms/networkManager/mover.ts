import { type Clock, isPlatformFailure, type Logger, PlatformFailure, type Routing } from '../../engine/index.js';
import type { Journal } from '../journal.js';
import type { Trace } from '../trace.js';
import type { Picture } from './accessPoints.js';
import type { Attached } from './attachment.js';
import { claimsOfOthers } from './claims.js';
import { Leftovers } from './leftovers.js';
import type { Permissions } from './permissions.js';
import { ProvisionalStarts } from './provisional.js';
import { Router } from './routing.js';

/** Milliseconds that may be spent at the end on taking everything back; what is left then stays in the journal. */
const lastPatience = 1_000;

const isOutOfReach = (error: unknown) =>
  isPlatformFailure(error) && ['platformAway', 'platformGone'].includes(error.facts.code);

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
  readonly #provisional: ProvisionalStarts;
  readonly #leftovers: Leftovers;
  /** Identifiers of those on which sessions are open here. */
  readonly #held = new Set<string>();
  /** The run of NetworkManager in which journals of dead processes were last looked for. */
  #adoptedIn: Attached | undefined;
  #end: Promise<void> | undefined;
  /** Starts that NetworkManager was not asked for yet. */
  readonly #beginnings = new Map<string, { isCancelled: boolean }>();

  constructor(host: MoverHost) {
    this.#host = host;
    const common = {
      ...host,
      debug: (message: string) => host.logger.debug(`NetworkManager: ${message}`),
      info: (message: string) => host.logger.info(`NetworkManager: ${message}`),
    };
    this.#provisional = new ProvisionalStarts(common);
    const routerHost = {
      ...common,
      isStarting: (identifier: string) => this.#provisional.isStarting(identifier),
      ended: (identifier: string) => this.#provisional.end(identifier),
    };
    this.#router = new Router(routerHost);
    this.#leftovers = new Leftovers({
      ...common,
      isHeld: (identifier) =>
        this.#held.has(identifier) ||
        host.journal.isHeldByOthers(identifier) ||
        claimsOfOthers(host.journal, identifier).length > 0,
      ended: (left) => this.#provisional.endLeft(left),
      unwanted: (identifier) => this.#router.unwanted(identifier),
      beforeStop: (identifier) => this.#router.beforeStop(identifier),
    });
  }

  /** What was done to access points to move traffic, by their identifiers. */
  get traces(): ReadonlyMap<string, Trace> {
    return this.#host.journal.traces;
  }

  get routing(): Routing {
    return this.#router;
  }

  /** Starts an access point so that the start can be taken back, and the system's traffic stays where it is (R3, R9). */
  async startProvisionally(identifier: string, start: () => Promise<void>): Promise<void> {
    const beginning = { isCancelled: false };
    const isCurrent = () => this.#beginnings.get(identifier) === beginning;
    this.#beginnings.set(identifier, beginning);
    try {
      await Promise.all([this.#provisional.begin(identifier), this.#router.holdTraffic(identifier)]);
      if (beginning.isCancelled) {
        throw new PlatformFailure({ code: 'cancelled' });
      }
      await start();
      await this.#router.goBehind(identifier);
      if (isCurrent()) {
        this.#provisional.shown(identifier);
      }
    } catch (error) {
      // Another may have begun since this one was cancelled; and what is out of reach goes on, and is not final by that (O13).
      if (isCurrent() && !isOutOfReach(error)) {
        this.#provisional.end(identifier);
        await this.#router.release(identifier);
      }
      throw error;
    } finally {
      if (isCurrent()) {
        this.#beginnings.delete(identifier);
      }
    }
  }

  /** Starts an access point that traffic waits for, and lets the traffic go by it as early as that is possible (R8). */
  async startPreferred(identifier: string, start: () => Promise<void>): Promise<void> {
    this.#router.arrives(identifier);
    try {
      await start();
    } finally {
      this.#router.arrived(identifier);
    }
  }

  started(identifier: string, activation: string): void {
    this.#provisional.started(identifier, activation);
    this.#router.started(identifier);
  }

  /**
   * Stops an access point by `stop`, which calls what it is given once nothing will refuse any more. What NetworkManager
   * does not know of must be told to it before it takes the link down, or it stays.
   */
  async stop(identifier: string, accepted: () => void, stop: (told: () => void) => Promise<void>): Promise<void> {
    const beginning = this.#beginnings.get(identifier);
    if (beginning !== undefined) {
      beginning.isCancelled = true;
    }
    await this.#router.beforeStop(identifier);
    await stop(() => {
      this.#provisional.end(identifier);
      accepted();
    });
    await this.#router.release(identifier);
  }

  /**
   * Sessions are open on it here, or are not any more. What others have started provisionally stays from then on: it is
   * written down only then, since most are never held beside anybody's trial.
   */
  setHeld(identifier: string, held: boolean): void {
    if (!held) {
      this.#held.delete(identifier);
      this.#host.journal.hold(identifier, false);
      return;
    }
    this.#held.add(identifier);
    this.adopt(); // Who has started it may be dead by now.
    for (const trace of claimsOfOthers(this.#host.journal, identifier)) {
      if (trace.start !== undefined) {
        this.#host.journal.hold(identifier, true);
        this.#provisional.guard(trace);
      }
    }
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
      this.#provisional.resume();
      this.#leftovers.adopt();
      this.#provisional.destroySpent();
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
      await new Promise<void>((resolve) => {
        const timer = this.#host.clock.setTimeout(resolve, lastPatience);
        void this.#takeBack().then(() => {
          timer.dispose();
          resolve();
        });
      });
    }
    this.#host.journal.close();
  }

  async #takeBack(): Promise<void> {
    await this.#router.dispose();
    await this.#provisional.destroyed();
  }
}
