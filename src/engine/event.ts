/** Something that can be given back. */
export interface Disposable {
  dispose(): void;
}

/** What was thrown, as text for the log. Anything can be thrown. */
export function textOf(thrown: unknown): string {
  try {
    return (thrown instanceof Error ? thrown.stack : undefined) ?? String(thrown);
  } catch {
    return 'something that has no text';
  }
}

/** What an event gives back: ends the listening. `using` takes it too. */
export interface Subscription extends Disposable {
  [Symbol.dispose](): void;
}

/**
 * Takes a listener and returns what ends listening. The shape of `vscode.Event`, so that it can be handed on as it is.
 * @throws TypeError when the listener is no function.
 */
export type Event<T> = (
  listener: (value: T) => unknown,
  thisArgs?: unknown,
  disposables?: Disposable[],
) => Subscription;

/** Who is told of an event of this kind. */
interface Delivery<Kind, Value> {
  deliver(kind: Kind, value: Value): void;
}

/** Words in a piece of the queue. */
const pieceLength = 3 * 1024;

/**
 * Delivers events in the order in which they were caused, outside the call that caused them (S3): a microtask later,
 * one queue for a manager and all its sessions. What a listener causes goes to the end of the queue.
 */
export class DeliveryQueue {
  /** Records of three words in short pieces: one long array would be copied again and again while it grows. */
  #pieces: unknown[][] = [[]];
  #last: unknown[] = this.#pieces[0] as unknown[];
  #scheduled = false;
  readonly #drain = () => this.#deliverAll();

  /** Queues `target.deliver(kind, value)`. */
  push<Kind, Value>(target: Delivery<Kind, Value>, kind: Kind, value: Value): void {
    if (this.#last.length === pieceLength) {
      this.#last = [];
      this.#pieces.push(this.#last);
    }
    this.#last.push(target, kind, value);
    if (!this.#scheduled) {
      this.#scheduled = true;
      queueMicrotask(this.#drain);
    }
  }

  /** Does something outside the call that causes it, after the events that are told until then. */
  later(act: () => void): void {
    this.push({ deliver: act }, 0, undefined);
  }

  #deliverAll(): void {
    const pieces = this.#pieces;
    let piece = 0;
    let index = 0;
    try {
      for (; piece < pieces.length; piece++) {
        const records = pieces[piece] as unknown[];
        for (index = 0; index < records.length; index += 3) {
          (records[index] as Delivery<unknown, unknown>).deliver(records[index + 1], records[index + 2]);
        }
      }
    } finally {
      // Whatever is thrown out of a delivery, the rest is delivered.
      const rest = pieces.slice(piece);
      rest[0] = rest[0]?.slice(index + 3) ?? [];
      this.#pieces = rest;
      this.#last = rest.at(-1) as unknown[];
      this.#scheduled = rest.some((records) => records.length > 0);
      if (this.#scheduled) {
        queueMicrotask(this.#drain);
      }
    }
  }
}

type Listener = (value: unknown) => unknown;

/** Whose events they are. */
interface Listened<Kind> {
  /** A listener of this kind has ended. */
  unheard(kind: Kind): void;
}

/** Words of listeners up to which an array of them is copied when it changes: it takes no more room than it needs. */
const fewWords = 24;

/**
 * The listeners of an object's events, all kinds in one array, which is short for nearly all: telling ten thousand objects
 * touches little memory. A listener that throws, or gives back a promise that rejects, is reported and does not keep the
 * others from hearing; one that ends hears nothing more, and one that begins to listen while an event is told hears the
 * next one. What one more costs does not grow with their number. `Events` has what each kind tells.
 */
export class Listeners<Events, Kind extends keyof Events & number = keyof Events & number> {
  readonly #report: (error: unknown) => void;
  #owner: Listened<Kind> | undefined;
  /** Three words each: kind, listener (undefined: it has ended), number. What has ended leaves when it is half of all. */
  #entries: unknown[] = [];
  #begun = 0;
  #ended = 0;
  /** How many there are of each kind, once somebody has asked. */
  #counts: number[] | undefined;

  constructor(report: (error: unknown) => void, owner?: Listened<Kind>) {
    this.#report = report;
    this.#owner = owner;
  }

  /** They are another's events from now on. */
  handTo(owner: Listened<Kind>): void {
    this.#owner = owner;
  }

  /** The event of this kind, to be handed on. */
  event<One extends Kind>(kind: One): Event<Events[One]> {
    return (listener, thisArgs, disposables) => {
      if (typeof listener !== 'function') {
        throw new TypeError('An event takes a function that listens.');
      }
      const number = this.#begun++;
      this.#count(kind, 1);
      const told = thisArgs === undefined ? listener : listener.bind(thisArgs);
      if (this.#entries.length < fewWords) {
        this.#entries = [...this.#entries, kind, told, number];
      } else {
        this.#entries.push(kind, told, number);
      }
      const subscription = new Listening(this, number);
      disposables?.push(subscription);
      return subscription;
    };
  }

  /** Somebody listens for this kind. */
  has(kind: Kind): boolean {
    if (this.#counts === undefined) {
      this.#counts = [];
      for (let index = 0; index < this.#entries.length; index += 3) {
        this.#count(this.#entries[index] as number, this.#entries[index + 1] === undefined ? 0 : 1);
      }
    }
    return (this.#counts[kind] ?? 0) > 0;
  }

  #count(kind: number, by: number): void {
    if (this.#counts !== undefined) {
      this.#counts[kind] = (this.#counts[kind] ?? 0) + by;
    }
  }

  fire<One extends Kind>(kind: One, value: Events[One]): void {
    const entries = this.#entries;
    const { length } = entries; // Those who begin meanwhile are behind it.
    for (let index = 0; index < length; index += 3) {
      const listener = entries[index] === kind ? entries[index + 1] : undefined;
      if (listener !== undefined && (this.#entries === entries || this.#listens(entries[index + 2] as number))) {
        try {
          this.#follow((listener as Listener)(value));
        } catch (error) {
          this.#report(error);
        }
      }
    }
  }

  /** It has not ended. */
  #listens(number: number): boolean {
    return this.#entries[this.#find(number) + 1] !== undefined;
  }

  /** Where the listener of this number is, by halving: they are in the order in which they began. */
  #find(number: number): number {
    const entries = this.#entries;
    let low = 0;
    let high = entries.length / 3;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((entries[3 * middle + 2] as number) < number) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return entries[3 * low + 2] === number ? 3 * low : Number.NaN;
  }

  /** Of what a listener gives back only a promise matters. One of a stranger's making may do anything: only inside another. */
  #follow(given: unknown): void {
    if ((typeof given === 'object' && given !== null) || typeof given === 'function') {
      new Promise((resolve) => resolve(given)).catch(this.#report);
    }
  }

  /** Called by what was given back. */
  remove(number: number): void {
    const entries = this.#entries;
    const index = this.#find(number);
    if (entries[index + 1] !== undefined) {
      entries[index + 1] = undefined;
      this.#count(entries[index] as number, -1);
      this.#ended++;
      if (entries.length <= fewWords || 6 * this.#ended >= entries.length) {
        this.#entries = entries.filter((_, word) => entries[word - (word % 3) + 1] !== undefined);
        this.#ended = 0;
      }
      this.#owner?.unheard(entries[index] as Kind);
    }
  }
}

/** What ends one listening: its methods are everybody's. */
class Listening implements Subscription {
  readonly #listeners: { remove(number: number): void };
  readonly #number: number;

  constructor(listeners: { remove(number: number): void }, number: number) {
    this.#listeners = listeners;
    this.#number = number;
  }

  dispose(): void {
    this.#listeners.remove(this.#number);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** The listeners of a single event. */
export class Emitter<T> {
  readonly #listeners: Listeners<{ 0: T }>;
  readonly event: Event<T>;

  constructor(report: (error: unknown) => void) {
    this.#listeners = new Listeners(report);
    this.event = this.#listeners.event(0);
  }

  fire(value: T): void {
    this.#listeners.fire(0, value);
  }
}
