import { type Clock, type Disposable, PlatformFailure } from '../../engine/index.js';
import { BusError } from '../dbus/bus.js';
import { entry, number } from '../dbus/values.js';
import type { Attached } from './attachment.js';
import { DeviceState, DeviceType, interfaces, permissions } from './names.js';
import type { Permissions } from './permissions.js';
import { failureOf } from './reasons.js';
import { type Device, readDevices } from './records.js';

/** Milliseconds that a radio may take to look around. */
const scanTimeout = 15_000;
/** The device was asked a moment ago, or is busy: what it knows is what there is to know. */
const notNow = 'org.freedesktop.NetworkManager.Device.NotAllowed';

interface Scan {
  readonly device: string;
  /** When it last looked before this scan, in milliseconds since the machine started. */
  readonly before: number | undefined;
  readonly done: () => void;
}

/** Lets the radios look for networks, when the person asks and never else (M4). */
export class Scanner {
  readonly #clock: Clock;
  readonly #scans = new Set<Scan>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves when each radio has looked, or has had its time; rejects where none may. Without a radio it does nothing. */
  async scan(attached: Attached, granted: Permissions): Promise<void> {
    const radios = [...readDevices(attached.tree).values()].filter(
      ({ type, state }) => type === DeviceType.wifi && state >= DeviceState.disconnected,
    );
    if (radios.length > 0 && granted.scan === 'no') {
      throw new PlatformFailure({ code: 'missingPermission', permission: permissions.scan });
    }
    const outcomes = await Promise.allSettled(radios.map((radio) => this.#scanOn(radio, attached)));
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed !== undefined && outcomes.every((outcome) => outcome.status === 'rejected')) {
      throw failed.reason;
    }
  }

  /** Sees which radios have looked by now. */
  settle({ tree }: Attached): void {
    for (const scan of this.#scans) {
      if (!tree.objects.has(scan.device) || lastScan(tree, scan.device) !== scan.before) {
        scan.done();
      }
    }
  }

  /** Nobody will answer any more. */
  abandon(): void {
    for (const scan of this.#scans) {
      scan.done();
    }
  }

  async #scanOn({ path }: Device, { bus, owner, tree }: Attached): Promise<void> {
    let timer: Disposable | undefined;
    let done!: () => void;
    const looked = new Promise<void>((resolve) => {
      done = resolve;
    });
    const scan: Scan = { device: path, before: lastScan(tree, path), done };
    this.#scans.add(scan);
    try {
      await bus.call({
        destination: owner,
        path,
        interface: interfaces.wireless,
        member: 'RequestScan',
        signature: 'a{sv}',
        body: [{}],
        timeout: scanTimeout,
        interactive: true,
      });
      timer = this.#clock.setTimeout(done, scanTimeout);
      await looked;
    } catch (error) {
      if (!(error instanceof BusError && error.dbusName === notNow)) {
        throw failureOf(error, permissions.scan);
      }
    } finally {
      timer?.dispose();
      this.#scans.delete(scan);
    }
  }
}

function lastScan(tree: Attached['tree'], path: string): number | undefined {
  return number(entry(tree.properties(path, interfaces.wireless), 'LastScan'));
}
