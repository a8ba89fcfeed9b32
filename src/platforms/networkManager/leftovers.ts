import { isUnanswered } from '../dbus/bus.js';
import { readDefaultRoutes } from '../routes.js';
import { runOf, type Trace, withoutStart } from '../trace.js';
import type { Picture } from './accessPoints.js';
import type { Attached } from './attachment.js';
import { shownMetric } from './linkRoutes.js';
import { call, type ProvisionalHost } from './provisional.js';

export interface LeftoversHost extends ProvisionalHost {
  readonly procRoot: string;
  /** Sessions are open on it in a process that lives, or one of another process may be about to move there. */
  isHeld(identifier: string): boolean;
  /** Nobody is to take back this start any more, nor its checkpoint. */
  ended(left: Trace): void;
  /** What was done to this link is not wanted any more. */
  unwanted(identifier: string): void;
  /** It is about to be stopped. */
  beforeStop(identifier: string): Promise<void>;
  info(message: string): void;
}

/** Takes back what processes of this software have left when they died (R9). */
export class Leftovers {
  readonly #host: LeftoversHost;
  /** Starts that are still to be taken back when NetworkManager is in reach again. */
  #cutOff: Trace[] = [];

  constructor(host: LeftoversHost) {
    this.#host = host;
  }

  /** Takes over the journals of dead processes, and goes about what they tell of. */
  adopt(): void {
    const { journal } = this.#host;
    const starts = this.#cutOff;
    this.#cutOff = [];
    journal.adopt((left, spent) => {
      // It died between writing that the checkpoint is spent and that the start is over. Who holds it may spend it as well.
      const isOver = spent.some(
        ({ run, checkpoint }) => run === runOf(left.owner) && checkpoint === left.start?.checkpoint,
      );
      const found = isOver ? withoutStart(left) : left;
      const { start, diversion, metric4, metric6, ...own } = { ...journal.traces.get(found.identifier) };
      journal.put({
        ...found,
        ...own,
        start: start ?? found.start,
        diversion: diversion ?? found.diversion,
        metric4: metric4 ?? found.metric4,
        metric6: metric6 ?? found.metric6,
      });
      this.#host.info('taking back what a process has left that ended');
      if (start === undefined && found.start !== undefined) {
        starts.push(found);
      } else if (found.start?.checkpoint !== undefined) {
        journal.spend({ run: runOf(found.owner), checkpoint: found.start.checkpoint });
      }
      this.#host.unwanted(found.identifier);
    });
    for (const found of starts) {
      void this.#takeBackStart(found);
    }
  }

  async #takeBackStart(trace: Trace): Promise<void> {
    const attached = this.#host.attached();
    const picture = this.#host.picture();
    if (attached === undefined || picture === undefined) {
      this.#cutOff.push(trace);
      return;
    }
    const activation = this.#leftActivation(trace, attached, picture);
    const checkpoint = runOf(trace.owner) === attached.owner ? trace.start?.checkpoint : undefined;
    const isBroughtBack = checkpoint !== undefined && trace.start?.displaces === true;
    try {
      if (activation !== undefined && this.#mayTakeBack(trace.identifier, isBroughtBack)) {
        await this.#takeBack(trace.identifier, activation, checkpoint, attached);
      }
    } catch (error) {
      this.#host.debug(`a start that was left is not taken back: ${error}`);
      if (isUnanswered(error)) {
        this.#cutOff.push(trace);
        return;
      }
    }
    this.#host.ended(trace);
  }

  /** Others may begin to hold it at any time: it is asked again before each call that would take it down. */
  #mayTakeBack(identifier: string, isBroughtBack = false): boolean {
    return !this.#host.isHeld(identifier) && (isBroughtBack || !this.#isOnlyWay(identifier));
  }

  /** Rejects with a {@link BusError}. */
  async #takeBack(
    identifier: string,
    activation: string,
    checkpoint: string | undefined,
    attached: Attached,
  ): Promise<void> {
    if (checkpoint !== undefined) {
      try {
        await call(attached, 'CheckpointRollback', 'o', [checkpoint]);
        return;
      } catch (error) {
        this.#host.debug(`CheckpointRollback: ${error}`);
      }
    }
    await this.#host.beforeStop(identifier);
    if (this.#mayTakeBack(identifier)) {
      await call(attached, 'DeactivateConnection', 'o', [activation]);
    }
  }

  /** The activation that was left, if it is still the same: what others have started since is theirs. */
  #leftActivation(trace: Trace, attached: Attached, { accessPoints }: Picture): string | undefined {
    const { identifier, owner, start } = trace;
    const all = accessPoints.get(identifier)?.activations ?? [];
    if (runOf(owner) !== attached.owner) {
      // Another NetworkManager has taken all up, and has not set a metric that it does not know of.
      const routes = readDefaultRoutes(this.#host.procRoot);
      const holder = this.#host.journal.traces.get(start?.holder ?? '');
      const isThere = [trace, holder].some((each) =>
        routes.some(
          ({ interfaceName, metric }) =>
            interfaceName === each?.device && (metric === each.metric4?.now || metric === each.metric6?.now),
        ),
      );
      return isThere ? all[0] : undefined;
    }
    // It was down before; so where the answer was never read, any activation came of that call.
    return start?.activation === undefined ? all[0] : all.find((path) => path === start.activation);
  }

  /** Whether the machine would be off the network without it. */
  #isOnlyWay(identifier: string): boolean {
    const attached = this.#host.attached();
    const picture = this.#host.picture();
    if (attached === undefined || picture === undefined) {
      return false;
    }
    const { accessPoints, devices } = picture;
    const { tree } = attached;
    const own = accessPoints.get(identifier)?.activeDevice?.ipInterface;
    const all = [...devices.values()];
    const isDead = (name: string) => all.some(({ ipInterface, hasCarrier }) => ipInterface === name && !hasCarrier);
    const managed = all
      .filter((device) => shownMetric(tree, device, 4) !== undefined || shownMetric(tree, device, 6) !== undefined)
      .map(({ ipInterface }) => ipInterface);
    const known = readDefaultRoutes(this.#host.procRoot).map(({ interfaceName }) => interfaceName);
    const ways = new Set([...managed, ...known].filter((name) => !isDead(name)));
    return own !== undefined && ways.has(own) && ways.size === 1;
  }
}
