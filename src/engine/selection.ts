import type { AccessPoint } from './accessPoint.js';
import type { Place } from './children.js';
import { BearerType } from './configuration.js';

/** Where a service network finds its children. */
export interface Directory {
  of(identifier: string): AccessPoint;
  get(identifier: string): AccessPoint | undefined;
  readonly all: readonly AccessPoint[];
}

/** Which access points are children of a service network, and where each stands: as named, or of all those that fit. */
export class Selection {
  readonly candidates: readonly AccessPoint[];
  readonly #isInternet: boolean;
  readonly #named: ReadonlyMap<AccessPoint, number> | undefined;
  /** They are in the system's own order, because there are metrics: then those without one are none. */
  readonly isByMetric: boolean;

  /** @param which `all` is what the platform knows, in the order first seen; identifiers that it does not know are kept for it. */
  constructor(directory: Directory, which: readonly string[] | 'internet' | 'all') {
    this.#isInternet = which === 'internet';
    if (typeof which === 'string') {
      this.candidates = directory.all;
    } else {
      this.candidates = [...new Set(which)].map((identifier) => directory.of(identifier));
      this.#named = new Map(this.candidates.map((accessPoint, index) => [accessPoint, index]));
    }
    this.isByMetric = this.candidates.some((accessPoint) => this.#hasMetric(accessPoint));
  }

  /** The first with a metric, which changes the order of all. */
  isOverturnedBy(accessPoint: AccessPoint): boolean {
    return !this.isByMetric && this.#hasMetric(accessPoint);
  }

  placeOf(accessPoint: AccessPoint): Place | undefined {
    if (this.#named !== undefined) {
      const index = this.#named.get(accessPoint);
      return index === undefined ? undefined : [0, index];
    }
    const isChild = this.isByMetric ? this.#hasMetric(accessPoint) : this.#fits(accessPoint);
    return isChild ? [this.isByMetric ? (accessPoint.metric ?? 0) : 0, accessPoint.order] : undefined;
  }

  /** What rides on others is no way out. */
  #fits({ facts }: AccessPoint): boolean {
    return facts !== undefined && !(this.#isInternet && facts.bearerType === BearerType.VPN);
  }

  #hasMetric(accessPoint: AccessPoint): boolean {
    return this.#isInternet && accessPoint.metric !== undefined && this.#fits(accessPoint);
  }
}
