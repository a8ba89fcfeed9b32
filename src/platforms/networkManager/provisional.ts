import type { Clock, Disposable } from '../../engine/index.js';
import { BusError } from '../dbus/bus.js';
import { text } from '../dbus/values.js';
import type { Journal } from '../journal.js';
import { runOf, type SpentCheckpoint, type Trace, withoutStart } from '../trace.js';
import type { Picture } from './accessPoints.js';
import type { Attached } from './attachment.js';
import { interfaces, managerPath, noPath, service } from './names.js';
import type { Permissions } from './permissions.js';

/**
 * Seconds after which NetworkManager takes a start back by itself: more than a move may wait for its answer (R5a). While
 * this process lives it says every {@link renewal} milliseconds that it does, however long the tests of the move take.
 */
const rollbackTimeout = 75;
const renewal = 30_000;
/** NetworkManager's answer about a checkpoint that it does not have. */
const unknownCheckpoint = `${service}.InvalidArguments`;
/** Of CheckpointCreate: others may have some on the same device. */
const allowOverlapping = 8;

export interface ProvisionalHost {
  readonly clock: Clock;
  readonly journal: Journal;
  attached(): Attached | undefined;
  picture(): Picture | undefined;
  permissions(): Permissions;
  debug(message: string): void;
}

/** One that has not become final. */
interface Start {
  readonly renewal: Disposable;
  readonly checkpoint: string;
  readonly attached: Attached;
}

/**
 * Starts that are taken back if this process dies before anybody says that they are final (R9): by whoever of this
 * software runs next, who finds them in the journal; and, where NetworkManager lets us, by NetworkManager itself, as a
 * checkpoint of the device before the start. That brings back, too, what the start has displaced.
 */
export class ProvisionalStarts {
  readonly #host: ProvisionalHost;
  readonly #checkpoints = new Map<string, Start>();
  /** Identifiers of those that may not show as an activation yet. */
  readonly #starting = new Set<string>();
  /** Under way, by the names of checkpoints. */
  readonly #destructions = new Map<string, Promise<void>>();

  constructor(host: ProvisionalHost) {
    this.#host = host;
  }

  isStarting(identifier: string): boolean {
    return this.#starting.has(identifier);
  }

  /** Before it is started. Never rejects: without a checkpoint there still is the journal. */
  async begin(identifier: string): Promise<void> {
    const accessPoint = this.#host.picture()?.accessPoints.get(identifier);
    const attached = this.#host.attached();
    if (accessPoint === undefined || attached === undefined) {
      return;
    }
    this.#starting.add(identifier);
    const { startDevice, facts } = accessPoint;
    const before = this.#host.journal.traces.get(identifier);
    this.#spend(identifier, before);
    const trace: Trace = {
      ...before,
      identifier,
      device: facts.device || identifier,
      owner: attached.owner,
      start: { activation: undefined, checkpoint: undefined },
    };
    this.#host.journal.put(trace);
    if (startDevice === noPath || this.#host.permissions().checkpoint !== 'yes') {
      return;
    }
    const body = [[startDevice], rollbackTimeout, allowOverlapping];
    const checkpoint = await call(attached, 'CheckpointCreate', 'aouu', body).then(
      ([path]) => text(path),
      (error: unknown) => this.#host.debug(`no checkpoint: ${error}`),
    );
    if (checkpoint !== undefined) {
      const others = [...(this.#host.picture()?.accessPoints.values() ?? [])];
      const displaces = others.some(({ activeDevice }) => activeDevice?.path === startDevice);
      const now = this.#host.journal.traces.get(identifier) ?? trace;
      this.#spend(identifier, now); // Of one that was cancelled before its own was there.
      this.#host.journal.put({
        ...now,
        start: { ...now.start, activation: undefined, checkpoint, ...(displaces && { displaces }) },
      });
      this.#checkpoints.set(identifier, { checkpoint, attached, renewal: this.#renewLater(identifier) });
    }
  }

  /** NetworkManager has given its start this path. */
  started(identifier: string, activation: string): void {
    const trace = this.#host.journal.traces.get(identifier);
    if (trace?.start !== undefined && this.#starting.has(identifier)) {
      const owner = `${trace.owner.split('/', 1)[0]}${activation}`;
      this.#host.journal.put({ ...trace, owner, start: { ...trace.start, activation } });
    }
  }

  /** It is up, and shows from here on. One that others had begun to start is theirs, and final. */
  shown(identifier: string): void {
    this.#starting.delete(identifier);
    if (this.#host.journal.traces.get(identifier)?.start?.activation === undefined) {
      this.end(identifier);
    }
  }

  /** It is final, or over: nobody is to take it back any more. */
  end(identifier: string): void {
    this.#starting.delete(identifier);
    const { journal } = this.#host;
    const trace = journal.traces.get(identifier);
    this.#spend(identifier, trace);
    if (trace?.start !== undefined) {
      journal.put(withoutStart(trace));
    }
  }

  /** The same of one that a dead process has left; what was begun here since goes on. */
  endLeft({ identifier, owner, start }: Trace): void {
    if (start?.checkpoint !== undefined) {
      this.#host.journal.spend({ run: runOf(owner), checkpoint: start.checkpoint });
    }
    if (this.#starting.has(identifier) || this.#checkpoints.has(identifier)) {
      this.destroySpent();
    } else {
      this.end(identifier);
    }
  }

  /** One that another process has begun: NetworkManager is not to take it back by itself. Whether it is final is for that one to say. */
  guard({ owner, start }: Trace): void {
    if (start?.checkpoint !== undefined) {
      this.#host.journal.spend({ run: runOf(owner), checkpoint: start.checkpoint });
      this.destroySpent();
    }
  }

  /**
   * That its checkpoint is to go is in the journal before the start is out of it, and until it is gone: one that outlives
   * this process would take down what others hold by then.
   */
  #spend(identifier: string, trace: Trace | undefined): void {
    if (trace?.start?.checkpoint !== undefined) {
      this.#host.journal.spend({ run: runOf(trace.owner), checkpoint: trace.start.checkpoint });
    }
    const own = this.#checkpoints.get(identifier);
    if (own !== undefined) {
      this.#checkpoints.delete(identifier);
      own.renewal.dispose();
      this.#host.journal.spend({ run: own.attached.owner, checkpoint: own.checkpoint });
    }
    this.destroySpent();
  }

  /** Goes about all checkpoints that are to be destroyed; what NetworkManager does not answer to is tried again next time. */
  destroySpent(): void {
    const attached = this.#host.attached();
    for (const spent of attached === undefined ? [] : this.#host.journal.spent) {
      const name = `${spent.run}${spent.checkpoint}`;
      if (attached !== undefined && !this.#destructions.has(name)) {
        const end = this.#destroy(spent, attached).then((isGone) => {
          // In one go: what is written of it from now on is gone about anew.
          this.#destructions.delete(name);
          if (isGone) {
            this.#host.journal.forget(spent);
          }
        });
        this.#destructions.set(name, end);
      }
    }
  }

  /** Resolves when none is being destroyed any more. Never rejects. */
  async destroyed(): Promise<void> {
    await Promise.all(this.#destructions.values());
  }

  /** Resolves with whether it is not there any more. Never rejects. */
  async #destroy(spent: SpentCheckpoint, attached: Attached): Promise<boolean> {
    try {
      if (spent.run === attached.owner) {
        await call(attached, 'CheckpointDestroy', 'o', [spent.checkpoint]);
      } // Otherwise it went with the NetworkManager that had it.
    } catch (error) {
      this.#host.debug(`CheckpointDestroy: ${error}`);
      if (!(error instanceof BusError && error.dbusName === unknownCheckpoint)) {
        return false; // It may be there.
      }
    }
    return true;
  }

  /** NetworkManager is out of reach, or this platform is about to end. */
  abandon(): void {
    for (const { renewal: timer } of this.#checkpoints.values()) {
      timer.dispose();
    }
    this.#destructions.clear();
    this.#starting.clear();
  }

  /** NetworkManager is in reach again: what it still has is renewed as before. */
  resume(): void {
    const attached = this.#host.attached();
    for (const [identifier, start] of this.#checkpoints) {
      if (attached?.owner === start.attached.owner && attached !== start.attached) {
        this.#renew(identifier, { ...start, attached });
      } else if (attached?.owner !== start.attached.owner) {
        this.#checkpoints.delete(identifier);
      }
    }
  }

  #renewLater(identifier: string): Disposable {
    return this.#host.clock.setTimeout(() => {
      const start = this.#checkpoints.get(identifier);
      if (start !== undefined) {
        this.#renew(identifier, start);
      }
    }, renewal);
  }

  #renew(identifier: string, start: Start): void {
    call(start.attached, 'CheckpointAdjustRollbackTimeout', 'ou', [start.checkpoint, rollbackTimeout]).catch(
      (error: unknown) => this.#host.debug(`CheckpointAdjustRollbackTimeout: ${error}`),
    );
    this.#checkpoints.set(identifier, { ...start, renewal: this.#renewLater(identifier) });
  }
}

/** A call about checkpoints. */
export function call(
  { bus, owner }: Attached,
  member: string,
  signature: string,
  body: readonly unknown[],
): Promise<readonly unknown[]> {
  return bus.call({
    destination: owner,
    path: managerPath,
    interface: interfaces.manager,
    member,
    signature,
    body,
    timeout: 5_000,
  });
}
