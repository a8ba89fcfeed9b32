import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Cause, type Clock, type Disposable, PlatformFailure } from '../../engine/index.js';
import { readDefaultRoutesByVersion } from '../routes.js';
import type { AccessPoint, Picture } from './accessPoints.js';
import {
  type Additions,
  type Applied,
  type AppliedMetrics,
  applyAdditions,
  chosenBySystem,
  readApplied,
} from './appliedConnection.js';
import type { Attached } from './attachment.js';
import { defaultRoutesOf, shownMetric, showsDiversion, showsTable } from './linkRoutes.js';
import { plannedMetric } from './metric.js';
import { failureOf } from './reasons.js';
import type { Device, Tree } from './records.js';

/** Milliseconds in which the routes must follow what NetworkManager has accepted. With DHCP they take some 20. */
const patience = 3_000;
/** Milliseconds until the kernel is looked at again when it has not followed yet what NetworkManager has accepted. */
const kernelDelay = 2;

export interface LinksHost {
  readonly clock: Clock;
  readonly procRoot: string;
  readonly sysRoot: string;
  /** Where NetworkManager serves now. */
  attached(): Attached | undefined;
  /** All that is known now, signals of this turn included. */
  picture(): Picture | undefined;
}

/** An access point that is up, or one that arrives and has its addresses, by whose link traffic can go. */
export interface UpLink {
  readonly identifier: string;
  readonly accessPoint: AccessPoint;
  readonly device: Device;
  readonly attached: Attached;
  /** Names this activation by this run of NetworkManager. */
  readonly owner: string;
}

interface Wait {
  readonly identifier: string;
  readonly isDone: () => boolean;
  readonly resolve: () => void;
  readonly reject: (failure: PlatformFailure) => void;
}

/** Changes links that are up, and knows when the system's routes say so. */
export class Links {
  readonly #host: LinksHost;
  readonly #waits = new Set<Wait>();
  /** Identifiers of starts that traffic waits for, and what was read ahead of their links. */
  readonly #arriving = new Map<string, Promise<Applied | undefined> | undefined>();

  constructor(host: LinksHost) {
    this.#host = host;
  }

  get arriving(): Iterable<string> {
    return this.#arriving.keys();
  }

  isArriving(identifier: string): boolean {
    return this.#arriving.has(identifier);
  }

  /** Traffic waits for its start: it counts as up from the moment when its link has addresses, until {@link arrived}. */
  arrives(identifier: string): void {
    this.#arriving.set(identifier, undefined);
  }

  arrived(identifier: string): void {
    this.#arriving.delete(identifier);
  }

  /** Its start shows in NetworkManager: reads what will be changed, while the link gets its addresses. */
  readAhead(identifier: string): void {
    const attached = this.#host.attached();
    const { startDevice } = this.#host.picture()?.accessPoints.get(identifier) ?? {};
    if (this.#arriving.has(identifier) && attached !== undefined && startDevice !== undefined) {
      const ahead = readApplied(attached, startDevice).catch(() => undefined); // It is read anew when it is needed.
      this.#arriving.set(identifier, ahead);
    }
  }

  /** The link of an access point; throws where it is not up and well: what is dying is not touched. */
  well(identifier: string): UpLink {
    const attached = this.#host.attached();
    const picture = this.#host.picture();
    if (attached === undefined || picture === undefined) {
      throw new PlatformFailure({ code: 'platformAway' });
    }
    const accessPoint = picture.accessPoints.get(identifier);
    if (accessPoint === undefined) {
      throw new PlatformFailure({ code: 'notDefined' });
    }
    const { facts, activeDevice: device, profile, activations } = accessPoint;
    if (facts.link !== 'up' && !(accessPoint.isConfigured && this.#arriving.has(identifier))) {
      throw new PlatformFailure(facts.cause ?? ({ code: 'wentDown' } satisfies Cause));
    }
    if (device === undefined || profile.type === 'vpn') {
      throw new PlatformFailure({ code: 'other', detail: 'it has no link of its own' });
    }
    if (this.#hasLostCarrier(device)) {
      throw new PlatformFailure({ code: 'carrierLost' });
    }
    return { identifier, accessPoint, device, attached, owner: `${attached.owner}${activations[0] ?? ''}` };
  }

  isWell(identifier: string): boolean {
    try {
      this.well(identifier);
      return true;
    } catch {
      return false;
    }
  }

  /** The kernel knows a moment before NetworkManager. */
  #hasLostCarrier({ ipInterface }: Device): boolean {
    const file = path.join(this.#host.sysRoot, 'class', 'net', path.basename(ipInterface), 'carrier');
    try {
      return readFileSync(file, 'latin1').trim() === '0';
    } catch {
      return false;
    }
  }

  /**
   * Gives a link these additions. Resolves when its routes say so; rejects with PlatformFailure, as soon as the link is
   * not well any more too: then nobody knows what has become of it.
   */
  async apply(link: UpLink, additions: (before: AppliedMetrics) => Additions): Promise<void> {
    const { identifier, device, attached } = link;
    let wanted: Additions | undefined;
    let isAccepted = false;
    let prunes = false;
    let deadline: Disposable | undefined;
    let kernel: Disposable | undefined;
    let before: AppliedMetrics | undefined;
    const lookAgain = () => {
      kernel ??= this.#host.clock.setTimeout(() => {
        kernel = undefined;
        this.settle();
      }, kernelDelay);
    };
    const isDone = () => {
      if (!isAccepted || wanted === undefined || before === undefined) {
        return false;
      }
      // The kernel has a route before NetworkManager tells of it.
      const isRouted = wanted.route4 !== undefined && this.#kernelHas(device, 4, wanted.route4.metric);
      if (!this.#shows(link, wanted, before, prunes, isRouted)) {
        if (wanted.route4 !== undefined && isRouted === false) {
          lookAgain();
        }
        return false;
      }
      if (!this.#kernelShows(device, wanted)) {
        lookAgain();
        return false;
      }
      return true;
    };
    try {
      await new Promise<void>((resolve, reject) => {
        const wait: Wait = { identifier, isDone, resolve, reject };
        this.#waits.add(wait);
        const noted = (applied: AppliedMetrics) => {
          before = applied;
          wanted = additions(applied);
          return wanted;
        };
        applyAdditions(attached, device.path, noted, this.#arriving.get(identifier)).then((outcome) => {
          isAccepted = true;
          prunes = outcome.prunes;
          deadline = this.#host.clock.setTimeout(
            () => reject(new PlatformFailure({ code: 'timedOut', seconds: patience / 1000 })),
            patience,
          );
          this.settle();
        }, reject);
      });
    } catch (error) {
      throw failureOf(error);
    } finally {
      for (const wait of this.#waits) {
        if (wait.isDone === isDone) {
          this.#waits.delete(wait);
        }
      }
      deadline?.dispose();
      kernel?.dispose();
    }
  }

  /** Ends the waits that have reached their end by what is known now. */
  settle(): void {
    for (const wait of this.#waits) {
      try {
        this.well(wait.identifier);
        if (wait.isDone()) {
          wait.resolve();
        }
      } catch (error) {
        wait.reject(failureOf(error));
      }
    }
  }

  /** Ends all waits: whoever would carry it out is gone. */
  abandon(failure: PlatformFailure): void {
    for (const wait of this.#waits) {
      wait.reject(failure);
    }
  }

  #shows(
    link: UpLink,
    { table, diversion, route4, dropped4, ...metrics }: Additions,
    before: AppliedMetrics,
    prunes: boolean,
    isRouted: boolean | undefined,
  ): boolean {
    const { tree } = link.attached;
    const { device, accessPoint } = this.well(link.identifier); // As it is by now: its configurations may be others.
    const isDiverted =
      diversion === undefined ? !prunes || !showsTable(tree, device, table) : showsDiversion(tree, device, diversion);
    return (
      isDiverted &&
      (route4 === undefined || isRouted === true || showsDefault(tree, device, route4.metric)) &&
      (dropped4 === undefined || !showsDefault(tree, device, dropped4)) &&
      ([4, 6] as const).every((version) => {
        const metric = metrics[`metric${version}`];
        const shown = shownMetric(tree, device, version);
        if (version === 4 && route4 !== undefined) {
          return true; // What its own one has is of no matter beside a better one.
        }
        if (metric !== chosenBySystem) {
          return metric === undefined || shown === metric;
        }
        // Which one the system chooses is not known, only that it is not the one that was set here.
        const set = before[`ipv${version}`];
        return set === chosenBySystem || shown !== set || set === plannedMetric(accessPoint.profile, device);
      })
    );
  }

  #kernelShows(device: Device, { metric4, metric6, route4, dropped4 }: Additions): boolean {
    const has = (version: 4 | 6, metric = chosenBySystem) =>
      metric < 0 || this.#kernelHas(device, version, metric) !== false;
    const isDropped = dropped4 === undefined || this.#kernelHas(device, 4, dropped4) !== true;
    return isDropped && has(4, route4?.metric ?? metric4) && has(6, metric6);
  }

  /** Whether the kernel has a default route with this metric on a device; undefined where it cannot be read. */
  #kernelHas({ ipInterface }: Device, version: 4 | 6, wanted: number): boolean | undefined {
    const routes = readDefaultRoutesByVersion(this.#host.procRoot)[version];
    return routes.length === 0
      ? undefined
      : routes.some(({ interfaceName, metric }) => interfaceName === ipInterface && metric === wanted);
  }

  /** Whether a default route of IPv4 with this metric is there, by NetworkManager or by the kernel. */
  hasDefault({ attached, device }: UpLink, metric: number): boolean {
    return showsDefault(attached.tree, device, metric) || this.#kernelHas(device, 4, metric) === true;
  }
}

const showsDefault = (tree: Tree, device: Device, wanted: number): boolean =>
  defaultRoutesOf(tree, device, 4).some(({ metric }) => metric === wanted);
