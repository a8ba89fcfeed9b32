/** Something that can be given back. */
export interface Disposable {
  dispose(): void;
}

/** Takes a listener and returns what ends listening. The shape of `vscode.Event`, so that it can be handed on as it is. */
export type Event<T> = (listener: (value: T) => unknown, thisArgs?: unknown, disposables?: Disposable[]) => Disposable;

/** Who is told of an event, and by which method. */
interface Delivery {
  deliver(kind: number, value: unknown): void;
}

/**
 * Delivers events in the order in which they were caused, outside the call that caused them (S3): a microtask later,
 * one queue for a manager and all its sessions. What a listener causes goes to the end of the queue.
 */
export class DeliveryQueue {
  #records: unknown[] = [];
  #scheduled = false;
  readonly #drain = () => this.#deliverAll();

  /** Queues `target.deliver(kind, value)`. */
  push(target: Delivery, kind: number, value: unknown): void {
    this.#records.push(target, kind, value);
    if (!this.#scheduled) {
      this.#scheduled = true;
      queueMicrotask(this.#drain);
    }
  }

  #deliverAll(): void {
    const records = this.#records;
    for (let index = 0; index < records.length; index += 3) {
      (records[index] as Delivery).deliver(records[index + 1] as number, records[index + 2]);
    }
    this.#records = [];
    this.#scheduled = false;
  }
}

/** The listeners of one event. A listener that throws is reported and does not keep the others from hearing. */
export class Emitter<T> {
  #listeners: readonly ((value: T) => unknown)[] = [];
  readonly #report: (error: unknown) => void;
  #event: Event<T> | undefined;

  constructor(report: (error: unknown) => void) {
    this.#report = report;
  }

  get event(): Event<T> {
    this.#event ??= (listener, thisArgs, disposables) => {
      // A function of its own for each subscription: the same listener may listen twice.
      const bound = (value: T) => listener.call(thisArgs, value);
      this.#listeners = [...this.#listeners, bound];
      const subscription = {
        dispose: () => {
          this.#listeners = this.#listeners.filter((other) => other !== bound);
        },
      };
      disposables?.push(subscription);
      return subscription;
    };
    return this.#event;
  }

  fire(value: T): void {
    for (const listener of this.#listeners) {
      try {
        listener(value);
      } catch (error) {
        this.#report(error);
      }
    }
  }
}
