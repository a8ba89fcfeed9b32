import type { Journal } from '../journal.js';
import { type AppliedMetrics, applyAdditions, applyAtOnce, settingsToApply } from './appliedConnection.js';
import type { Attached } from './attachment.js';
import { noteMetrics } from './claims.js';
import type { LinksHost } from './links.js';
import { DeviceState } from './names.js';
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
  /** When NetworkManager has begun with it. */
  owner: string | undefined;
  isTold: boolean;
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
      this.#all.set(identifier, { metrics, device, settings, owner: undefined, isTold: false });
    }
  }

  /**
   * NetworkManager has begun to start it. Its metric is set before it has its routes if we are quick, or if it takes its
   * time to get an address; else a few milliseconds later.
   */
  started(identifier: string, activation: string): void {
    const attached = this.#host.attached();
    const held = this.#all.get(identifier);
    if (held !== undefined && attached !== undefined) {
      held.owner = `${attached.owner}${activation}`;
      this.#tell(identifier, held, attached);
    }
  }

  /** Those that could not be told before may have come so far now. */
  settle(): void {
    const attached = this.#host.attached();
    if (attached !== undefined) {
      for (const [identifier, held] of this.#all) {
        this.#tell(identifier, held, attached);
      }
    }
  }

  #tell(identifier: string, held: Held, attached: Attached): void {
    const { device, settings, owner, metrics } = held;
    const state = this.#host.picture()?.devices.get(device.path)?.state ?? 0;
    if (owner === undefined || held.isTold || (settings === undefined && state < DeviceState.addressing)) {
      return;
    }
    held.isTold = true;
    const note = (applied: AppliedMetrics) =>
      noteMetrics(this.#host.journal, { identifier, device: device.ipInterface, owner }, metrics, applied);
    const told =
      settings === undefined
        ? applyAdditions(attached, device.path, note)
        : applyAtOnce(attached, device.path, settings, note);
    told.catch((error: unknown) => this.#host.debug(`not held back at once: ${error}`));
  }
}
