import {
  type AccessPointFacts,
  type Cause,
  type Clock,
  type Counters,
  type Disposable,
  type Logger,
  type Platform,
  PlatformFailure,
  type PlatformUpdate,
  type Routing,
  type StartOptions,
  type SystemFacts,
  silentLogger,
  systemClock,
} from '../../engine/index.js';
import { same } from '../../shared/same.js';
import { KernelCounters } from '../counters.js';
import { systemBusAddress } from '../dbus/busAddress.js';
import { entry, flag } from '../dbus/values.js';
import { Journal } from '../journal.js';
import { readDefaultRoutes } from '../routes.js';
import { type Picture, takePicture } from './accessPoints.js';
import { Activator } from './activator.js';
import { type Attached, Attachment } from './attachment.js';
import { causeOfEnd } from './causes.js';
import { InterfaceNumbers } from './interfaceNumbers.js';
import { Mover } from './mover.js';
import { interfaces, managerPath } from './names.js';
import { canRoute } from './permissions.js';
import { Scanner } from './scan.js';
import { systemFacts, systemFactsAway } from './system.js';

export interface NetworkManagerOptions {
  /** The address of the bus; the system bus by default. */
  readonly busAddress?: string | undefined;
  readonly clock?: Clock | undefined;
  readonly logger?: Logger | undefined;
  /** Where the kernel's files are; other places are for tests. */
  readonly procRoot?: string | undefined;
  readonly sysRoot?: string | undefined;
  /** The folder, of this user alone, for what the next process takes back if this one dies (R9); without it nothing is written. */
  readonly stateDirectory?: string | undefined;
}

/**
 * Milliseconds after its departure in which a NetworkManager that is back may take up again what was up. Less than the
 * engine waits for it (O13), so that what is not taken up by then is told as it is.
 */
const settlingTime = 9_000;

/**
 * Linux with NetworkManager, over D-Bus. Driven by events: it has no timer and asks nothing while nothing happens.
 * `start` resolves as well where NetworkManager does not run: the system facts have `away` set then, and a whole update
 * comes by itself when it appears.
 */
export class NetworkManagerPlatform implements Platform {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #attachment: Attachment;
  readonly #activator: Activator;
  readonly #scanner: Scanner;
  readonly #kernel: KernelCounters;
  readonly #numbers: InterfaceNumbers;
  readonly #mover: Mover;
  readonly #procRoot: string;
  readonly #causes = new Map<string, Cause>();
  #onUpdate: ((update: PlatformUpdate) => void) | undefined;
  #attached: Attached | undefined;
  #picture: Picture | undefined;
  #known = new Map<string, AccessPointFacts>();
  #formerNames: ReadonlyMap<string, string> = new Map();
  #system: SystemFacts | undefined;
  #evaluation: NodeJS.Immediate | undefined;
  /** Runs while a NetworkManager that is back may still take up again what was up. */
  #settling: Disposable | undefined;
  /** Clock time. */
  #leftAt = Number.NEGATIVE_INFINITY;
  #looks: (() => void)[] = [];
  /** Set until all that there is was told. */
  #telling: { readonly end: () => void; isOutdated: boolean } | undefined;
  #isDisposed = false;

  constructor({ busAddress, clock, logger, procRoot, sysRoot, stateDirectory }: NetworkManagerOptions = {}) {
    this.#clock = clock ?? systemClock;
    this.#logger = logger ?? silentLogger;
    this.#numbers = new InterfaceNumbers(sysRoot ?? '/sys');
    this.#procRoot = procRoot ?? '/proc';
    this.#kernel = new KernelCounters({ ...(procRoot && { procRoot }), ...(sysRoot && { sysRoot }) });
    this.#scanner = new Scanner(this.#clock);
    const surroundings = {
      clock: this.#clock,
      attached: () => this.#attached,
      permissions: () => this.#attachment.permissions,
      picture: () => this.#currentPicture(),
    };
    this.#activator = new Activator({
      ...surroundings,
      changed: () => this.#evaluateLater(),
      started: (identifier, activation) => this.#mover.started(identifier, activation),
    });
    this.#mover = new Mover({
      ...surroundings,
      logger: this.#logger,
      journal: new Journal({ directory: stateDirectory, logger }),
      procRoot: this.#procRoot,
      sysRoot: sysRoot ?? '/sys',
    });
    this.#attachment = new Attachment(busAddress ?? systemBusAddress(), this.#clock, this.#logger, {
      attached: (attached) => this.#arrived(attached),
      detached: (reason) => this.#left(reason),
      changed: () => this.#evaluateLater(),
    });
  }

  async start(onUpdate: (update: PlatformUpdate) => void): Promise<void> {
    if (this.#isDisposed) {
      throw new PlatformFailure({ code: 'disposed' });
    }
    this.#onUpdate = onUpdate;
    await this.#attachment.start();
  }

  get routing(): Routing | undefined {
    return this.#attached !== undefined && canRoute(this.#attachment.permissions) ? this.#mover.routing : undefined;
  }

  async startAccessPoint(identifier: string, { interactive, provisional, preferred }: StartOptions): Promise<void> {
    this.#mustServe();
    this.#logger.info(`NetworkManager: start ${identifier}`);
    const start = () => this.#activator.start(identifier, interactive);
    if (provisional) {
      await this.#mover.startProvisionally(identifier, start);
    } else if (preferred && this.routing !== undefined) {
      await this.#mover.startPreferred(identifier, start);
    } else {
      await start();
    }
  }

  async stopAccessPoint(identifier: string, accepted: () => void): Promise<void> {
    this.#mustServe();
    this.#logger.info(`NetworkManager: stop ${identifier}`);
    await this.#mover.stop(identifier, accepted, (told) => this.#activator.stop(identifier, told));
  }

  /** Lets the radios look for networks, and reads everything again. */
  async look(): Promise<void> {
    await this.#attachment.retry();
    const attached = this.#mustServe();
    await this.#scanner.scan(attached, this.#attachment.permissions);
    await attached.tree.load();
    this.#mover.adopt();
    // What was found is told before this resolves.
    await new Promise<void>((resolve) => {
      this.#looks.push(resolve);
      this.#evaluateLater();
    });
  }

  counters(identifier: string): Counters | undefined {
    const device = this.#picture?.accessPoints.get(identifier)?.activeDevice;
    const bytes = device && this.#kernel.read(device.ipInterface);
    return bytes && { ...bytes, source: this.#numbers.of(device.ipInterface) };
  }

  setHeld(identifier: string, held: boolean): void {
    this.#mover.setHeld(identifier, held);
  }

  async dispose(): Promise<void> {
    this.#isDisposed = true;
    this.#onUpdate = undefined;
    await this.#mover.dispose();
    this.#attached = undefined;
    this.#picture = undefined;
    clearImmediate(this.#evaluation);
    this.#settled();
    this.#told();
    this.#attachment.dispose();
    this.#abandon(new PlatformFailure({ code: 'disposed' }));
  }

  #mustServe(): Attached {
    if (this.#isDisposed) {
      throw new PlatformFailure({ code: 'disposed' });
    }
    if (this.#attached === undefined) {
      throw new PlatformFailure(this.#system?.away ?? { code: 'platformAway' });
    }
    return this.#attached;
  }

  // Coming and going ---------------------------------------------------------------------------------------------------

  /**
   * Tells all that there is. Reading it, putting it together and what the listener makes of it each have a turn of the
   * event loop: with thousands of profiles all in one would hold it too long.
   */
  #arrived(attached: Attached): Promise<void> {
    this.#attached = attached;
    const left = this.#leftAt + settlingTime - this.#clock.now();
    if (left > 0) {
      this.#settling = this.#clock.setTimeout(() => {
        this.#settling = undefined;
        this.#tellAll(attached);
      }, left);
    }
    return new Promise((resolve) => {
      this.#telling = { end: resolve, isOutdated: false };
      this.#tellAll(attached);
    });
  }

  #tellAll(attached: Attached): void {
    this.#evaluation = setImmediate(() => {
      this.#evaluation = undefined;
      if (this.#settling !== undefined && this.#isTakingUp(attached)) {
        return; // The next change looks again.
      }
      this.#settled();
      this.#formerNames = this.#renamed(attached);
      const { picture, update } = this.#examine(attached, true);
      this.#evaluation = setImmediate(() => {
        this.#evaluation = undefined;
        const telling = this.#telling;
        this.#conclude(attached, picture, update);
        this.#told();
        if (telling?.isOutdated) {
          this.#evaluateLater();
        }
      });
    });
  }

  /** What was up before NetworkManager was restarted, and is up still, is the same start to everybody (O13). */
  #renamed(attached: Attached): ReadonlyMap<string, string> {
    const names = new Map<string, string>();
    for (const [identifier, { facts }] of this.#takePicture(attached).accessPoints) {
      const before = this.#known.get(identifier);
      if (facts.link === 'up' && before?.link === 'up' && facts.activation !== undefined) {
        names.set(facts.activation, before.activation ?? facts.activation);
      }
    }
    return names;
  }

  /** A NetworkManager that was restarted finds the connections of before one after the other: until then they are not lost (O13). */
  #isTakingUp(attached: Attached): boolean {
    if (flag(entry(attached.tree.properties(managerPath, interfaces.manager), 'Startup')) !== true) {
      return false;
    }
    const { accessPoints } = this.#takePicture(attached);
    return [...this.#known].some(
      ([identifier, { link }]) => link === 'up' && accessPoints.get(identifier)?.facts.link !== 'up',
    );
  }

  #settled(): void {
    this.#settling?.dispose();
    this.#settling = undefined;
  }

  #left(detail: string): void {
    const isFirst = this.#system === undefined;
    const wasThere = this.#attached !== undefined;
    this.#attached = undefined;
    clearImmediate(this.#evaluation);
    this.#evaluation = undefined;
    this.#settled();
    this.#told();
    if (wasThere) {
      this.#leftAt = this.#clock.now();
    }
    if (isFirst || wasThere) {
      this.#logger.info(`NetworkManager is away: ${detail}`);
      this.#system = systemFactsAway(this.#system, detail);
      this.#tell({ ...(isFirst && { whole: true, accessPoints: [] }), system: this.#system });
    }
    this.#abandon(new PlatformFailure({ code: 'platformGone', detail }));
  }

  #abandon(failure: PlatformFailure): void {
    this.#activator.abandon(failure);
    this.#mover.abandon(failure);
    this.#scanner.abandon();
    this.#looked();
  }

  // What there is ------------------------------------------------------------------------------------------------------

  /** Once for all that one turn of the event loop brings, without waiting any longer. */
  #evaluateLater(): void {
    if (this.#telling !== undefined) {
      this.#telling.isOutdated = true;
      if (this.#settling !== undefined && this.#evaluation === undefined && this.#attached !== undefined) {
        this.#tellAll(this.#attached);
      }
    } else if (this.#attached !== undefined) {
      this.#evaluation ??= setImmediate(() => this.#evaluate());
    }
  }

  #currentPicture(): Picture | undefined {
    return this.#evaluation !== undefined && this.#attached !== undefined
      ? this.#takePicture(this.#attached)
      : this.#picture;
  }

  #evaluate(): void {
    this.#evaluation = undefined;
    if (this.#attached !== undefined) {
      const { picture, update } = this.#examine(this.#attached, false);
      this.#conclude(this.#attached, picture, update);
    }
  }

  #examine(attached: Attached, whole: boolean): { picture: Picture; update: PlatformUpdate | undefined } {
    this.#noteEnds(attached);
    const picture = this.#takePicture(attached);
    return { picture, update: this.#difference(picture, whole) };
  }

  /** Tells what is new, and only then ends what has waited for it. */
  #conclude(attached: Attached, picture: Picture, update: PlatformUpdate | undefined): void {
    if (update !== undefined) {
      this.#tell(update);
    }
    this.#activator.settle(picture);
    this.#mover.settle();
    this.#scanner.settle(attached);
    this.#looked();
  }

  #takePicture({ tree, owner }: Attached): Picture {
    return takePicture(tree, {
      owner,
      formerNames: this.#formerNames,
      ...this.#activator.context,
      causes: this.#causes,
      traces: this.#mover.traces,
      hasInterface: (name) => this.#numbers.has(name),
    });
  }

  #noteEnds({ tree }: Attached): void {
    for (const ended of tree.takeEnded()) {
      const cause = causeOfEnd(ended, tree);
      if (this.#activator.isEnding(ended.identifier, ended.path)) {
        this.#causes.delete(ended.identifier);
      } else {
        this.#causes.set(ended.identifier, cause);
      }
      if (ended.isOver) {
        this.#activator.ended(ended.path, cause);
      }
    }
  }

  /** Takes the picture for what is known, and returns what is new in it. */
  #difference(picture: Picture, whole: boolean): PlatformUpdate | undefined {
    const accessPoints: AccessPointFacts[] = [];
    const known = new Map<string, AccessPointFacts>();
    for (const [identifier, { facts: seen }] of picture.accessPoints) {
      const before = this.#known.get(identifier);
      const facts = this.#withCause(seen, before);
      const isSame = before !== undefined && same(before, facts);
      known.set(identifier, isSame ? before : facts);
      if (whole || !isSame) {
        accessPoints.push(facts);
      }
    }
    const removed = [...this.#known.keys()].filter((identifier) => !known.has(identifier));
    for (const identifier of removed) {
      this.#causes.delete(identifier);
    }
    const before = this.#system;
    const now = systemFacts(picture, this.#attachment.permissions, () => readDefaultRoutes(this.#procRoot).length > 0);
    const system = before !== undefined && same(before, now) ? undefined : now;
    this.#system = system ?? before;
    this.#known = known;
    this.#picture = picture;
    if (whole) {
      return { whole, accessPoints, system: now };
    }
    const isNothing = accessPoints.length === 0 && removed.length === 0 && system === undefined;
    return isNothing
      ? undefined
      : {
          ...(accessPoints.length > 0 && { accessPoints }),
          ...(removed.length > 0 && { removed }),
          ...(system && { system }),
        };
  }

  /** A new start forgets why it went down before, unless that was just now: others started it anew. */
  #withCause(facts: AccessPointFacts, before: AccessPointFacts | undefined): AccessPointFacts {
    const forgets = facts.link === 'up' || (facts.link === 'starting' && before?.link !== 'up');
    if (!forgets) {
      return facts;
    }
    this.#causes.delete(facts.identifier);
    return facts.cause === undefined ? facts : Object.freeze({ ...facts, cause: undefined });
  }

  #tell(update: PlatformUpdate): void {
    this.#onUpdate?.(update);
  }

  #told(): void {
    this.#telling?.end();
    this.#telling = undefined;
  }

  #looked(): void {
    const looks = this.#looks;
    this.#looks = [];
    for (const resolve of looks) {
      resolve();
    }
  }
}
