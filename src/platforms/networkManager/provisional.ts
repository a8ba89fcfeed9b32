import type { Clock, Disposable } from '../../engine/index.js';
import type { Journal } from '../journal.js';
import { type SpentCheckpoint, type Trace, withoutStart } from '../trace.js';
import type { Picture } from './accessPoints.js';
import type { Attached } from './attachment.js';
import { interfaces, managerPath, noPath } from './names.js';
import type { Permissions } from './permissions.js';
import { text } from './values.js';

/**
 * Seconds after which NetworkManager takes a start back by itself: more than a move may wait for its answer (R5a). While
 * this process lives it says every {@link renewal} milliseconds that it does, however long the tests of the move take.
 */
const rollbackTimeout = 75;
const renewal = 30_000;
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
  /** Of checkpoints, under way. */
  readonly #destructions = new Set<Promise<void>>();

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
    const trace: Trace = {
      ...this.#host.journal.traces.get(identifier),
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

  /**
   * It is final, or over: nobody is to take it back any more. That its checkpoint is to go stays in the journal until
   * NetworkManager has answered, or one that outlives this process would take down what others hold by then.
   */
  end(identifier: string): void {
    this.#starting.delete(identifier);
    const trace = this.#host.journal.traces.get(identifier);
    const start = this.#checkpoints.get(identifier);
    const spent = start && { run: start.attached.owner, checkpoint: start.checkpoint };
    if (trace?.start !== undefined) {
      this.#host.journal.put({ ...withoutStart(trace), ...(spent && { spent }) });
    }
    if (start !== undefined && spent !== undefined) {
      this.#checkpoints.delete(identifier);
      start.renewal.dispose();
      this.destroy(identifier, spent, start.attached);
    }
  }

  /** Destroys the checkpoint of a start that is final, or over. */
  destroy(identifier: string, spent: SpentCheckpoint, attached: Attached): void {
    const end = this.#destroy(identifier, spent, attached).finally(() => this.#destructions.delete(end));
    this.#destructions.add(end);
  }

  /** Resolves when none is being destroyed any more. Never rejects. */
  async destroyed(): Promise<void> {
    await Promise.all(this.#destructions);
  }

  async #destroy(identifier: string, { run, checkpoint }: SpentCheckpoint, attached: Attached): Promise<void> {
    if (run === attached.owner) {
      await this.#tell(attached, 'CheckpointDestroy', 'o', [checkpoint]);
    } // Otherwise it went with the NetworkManager that had it.
    const trace = this.#host.journal.traces.get(identifier);
    if (trace?.spent?.checkpoint === checkpoint && trace.spent.run === run) {
      this.#host.journal.put({ ...trace, spent: undefined });
    }
  }

  /** NetworkManager is gone, and its checkpoints with it; or this platform is, and lets them do their work. */
  abandon(): void {
    for (const { renewal: timer } of this.#checkpoints.values()) {
      timer.dispose();
    }
    this.#checkpoints.clear();
    this.#starting.clear();
  }

  #renewLater(identifier: string): Disposable {
    return this.#host.clock.setTimeout(() => {
      const start = this.#checkpoints.get(identifier);
      if (start !== undefined) {
        void this.#tell(start.attached, 'CheckpointAdjustRollbackTimeout', 'ou', [start.checkpoint, rollbackTimeout]);
        this.#checkpoints.set(identifier, { ...start, renewal: this.#renewLater(identifier) });
      }
    }, renewal);
  }

  async #tell(attached: Attached, member: string, signature: string, body: readonly unknown[]): Promise<void> {
    await call(attached, member, signature, body).catch((error: unknown) => this.#host.debug(`${member}: ${error}`));
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
