import type { Journal } from '../journal.js';
import { type AppliedMetrics, applyAtOnce, settingsToApply } from './appliedConnection.js';
import { noteMetrics } from './claims.js';
import type { LinksHost } from './links.js';
import { fieldOf, type Metrics, metricsBehindOthers } from './ranks.js';
import type { Device } from './records.js';

export interface HoldBackHost extends LinksHost {
  readonly journal: Journal;
  debug(message: string): void;
}

interface Held {
  readonly metrics: Metrics;
  readonly device: Device;
  /** With which it comes up, where they may be changed at any moment. */
  readonly settings: unknown;
}

/** Starts that are kept from drawing the system's traffic until they are preferred (R3), by a metric behind all others. */
export class HeldBack {
  readonly #host: HoldBackHost;
  readonly #all = new Map<string, Held>();

  constructor(host: HoldBackHost) {
    this.#host = host;
  }

  get identifiers(): Iterable<string> {
    return [...this.#all.keys()];
  }

  has(identifier: string): boolean {
    return this.#all.has(identifier);
  }

  metricsOf(identifier: string): Metrics | undefined {
    return this.#all.get(identifier)?.metrics;
  }

  delete(identifier: string): void {
    this.#all.delete(identifier);
  }

  /** Before it is started: holds it back where it would draw the traffic. Never rejects. */
  async begin(identifier: string): Promise<void> {
    const accessPoint = this.#host.picture()?.accessPoints.get(identifier);
    const attached = this.#host.attached();
    const field = fieldOf(this.#host);
    if (accessPoint === undefined || attached === undefined || field === undefined) {
      return;
    }
    const { startDevice, profile } = accessPoint;
    const device = field.picture.devices.get(startDevice);
    const metrics = device === undefined ? {} : metricsBehindOthers(field, device, profile);
    if (device !== undefined && Object.keys(metrics).length > 0) {
      const settings = await settingsToApply(attached, profile.path).catch(() => undefined);
      this.#all.set(identifier, { metrics, device, settings });
    }
  }

  /**
   * NetworkManager has begun to start it: where its settings may be changed at any moment, its metric is set before it has
   * its routes, and else when it is up.
   */
  started(identifier: string, activation: string): void {
    const attached = this.#host.attached();
    const { metrics, device, settings } = this.#all.get(identifier) ?? {};
    if (attached !== undefined && metrics !== undefined && device !== undefined && settings !== undefined) {
      const target = { identifier, device: device.ipInterface, owner: `${attached.owner}${activation}` };
      const note = (applied: AppliedMetrics) => noteMetrics(this.#host.journal, target, metrics, applied);
      applyAtOnce(attached, device.path, settings, note).catch((error: unknown) =>
        this.#host.debug(`not held back at once: ${error}`),
      );
    }
  }
}
