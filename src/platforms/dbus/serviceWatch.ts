import { existsSync } from 'node:fs';
import type { Clock, Disposable, Logger } from '../../engine/index.js';
import { Bus, type Signal } from './bus.js';
import { type BusEndpoint, busEndpoint, socketFile } from './busAddress.js';
import { busName } from './names.js';
import { SocketWatch } from './socketWatch.js';

/** Milliseconds until each further attempt at a bus that has just shown itself: its socket is there before it answers. */
const busRetries = [20, 50, 100, 200, 400, 800];
/** Milliseconds after which a lost bus was a working one, so that the next attempt may come at once. */
const settledAfter = 1_000;

/** A service on a message bus. */
export interface Service {
  /** The name that it owns on the bus while it runs. */
  readonly name: string;
  /** What people call it. */
  readonly title: string;
  /** Signals of this object and of those below it are listened to. */
  readonly root: string;
}

export interface ServiceListener {
  /**
   * Somebody owns the service's name: `owner` is the unique name of its connection. Another one may follow without a
   * `vanished` between. The watch's `start` and `retry` wait for the promise.
   */
  appeared(bus: Bus, owner: string): Promise<void>;
  /** Nobody owns it, or not any more, or the bus cannot be reached. Told of each attempt. */
  vanished(reason: string): void;
  /** A signal of the service. */
  signalled(signal: Signal): void;
}

/** What the watch is doing. Each kind holds just what exists then. */
type Phase =
  | { readonly kind: 'connecting' }
  /** No bus: until its socket shows up, and for a few attempts after that. */
  | { readonly kind: 'waiting'; readonly retry: Disposable | undefined }
  | { readonly kind: 'listening'; readonly bus: Bus; readonly since: number }
  | { readonly kind: 'disposed' };

/**
 * Keeps in touch with a service through the comings and goings of it and of the bus. All by events: of the bus, or, while
 * there is none, of the directory where its socket appears. No timer runs but for a moment after one of these.
 */
export class ServiceWatch implements Disposable {
  readonly #service: Service;
  readonly #endpoint: BusEndpoint | undefined;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #listener: ServiceListener;
  #phase: Phase = { kind: 'connecting' };
  #socket: SocketWatch | undefined;
  /** How many attempts have failed since the bus last gave a reason to try. */
  #failed = 0;

  constructor(service: Service, address: string, clock: Clock, logger: Logger, listener: ServiceListener) {
    this.#service = service;
    this.#endpoint = busEndpoint(address);
    this.#clock = clock;
    this.#logger = logger;
    this.#listener = listener;
  }

  /** Resolves when the service has appeared, or is known not to be there now. */
  async start(): Promise<void> {
    await this.#connect();
  }

  /** Tries at once where it waits for an event: the person asked. */
  async retry(): Promise<void> {
    if (this.#phase.kind === 'waiting') {
      await this.#connectAnew(this.#phase.retry);
    }
  }

  dispose(): void {
    const phase = this.#phase;
    this.#phase = { kind: 'disposed' };
    this.#socket?.dispose();
    if (phase.kind === 'waiting') {
      phase.retry?.dispose();
    } else if (phase.kind === 'listening') {
      phase.bus.close();
    }
  }

  #connectAnew(retry?: Disposable): Promise<void> {
    retry?.dispose();
    this.#failed = 0;
    return this.#connect();
  }

  async #connect(): Promise<void> {
    this.#phase = { kind: 'connecting' };
    this.#watchSocket();
    let bus: Bus;
    try {
      if (this.#endpoint === undefined) {
        throw new Error('the address of the bus is not understood');
      }
      bus = await Bus.connect(this.#endpoint, {
        clock: this.#clock,
        logger: this.#logger,
        onSignal: (signal) => this.#receive(signal),
        onClose: (reason) => this.#busClosed(reason),
      });
    } catch (error) {
      this.#wait(error instanceof Error ? error.message : String(error));
      return;
    }
    if (this.#isDisposed()) {
      bus.close();
      return;
    }
    this.#socket?.dispose();
    this.#socket = undefined;
    await this.#listen(bus);
  }

  /** Before each attempt, so that a socket that appears right after it is not missed. */
  #watchSocket(): void {
    const file = socketFile(this.#endpoint);
    if (file !== undefined) {
      this.#socket ??= new SocketWatch(file, () => this.#socketAppeared(), this.#logger);
    }
  }

  #wait(reason: string): void {
    if (this.#isDisposed()) {
      return;
    }
    this.#watchSocket();
    const file = socketFile(this.#endpoint);
    const delay = busRetries[this.#failed++];
    const isWorthIt = delay !== undefined && (file === undefined || existsSync(file));
    const retry = isWorthIt ? this.#clock.setTimeout(() => void this.#connect(), delay) : undefined;
    this.#phase = { kind: 'waiting', retry };
    this.#listener.vanished(reason);
  }

  #socketAppeared(): void {
    if (this.#phase.kind === 'waiting') {
      void this.#connectAnew(this.#phase.retry);
    }
  }

  async #listen(bus: Bus): Promise<void> {
    this.#phase = { kind: 'listening', bus, since: this.#clock.now() };
    const { name, root } = this.#service;
    try {
      await Promise.all([
        bus.addMatch(
          `type='signal',sender='${busName}',interface='${busName}',member='NameOwnerChanged',arg0='${name}'`,
        ),
        bus.addMatch(`type='signal',sender='${name}',path_namespace='${root}'`),
      ]);
      await new Promise<void>((resolve, reject) => {
        bus.nameOwner(name, (owner, error) => {
          if (error) {
            reject(error);
          } else {
            resolve(this.#ownerIs(bus, owner));
          }
        });
      });
    } catch (error) {
      // Where the bus has closed, that was told already.
      if (this.#isOn(bus)) {
        this.#logger.warn(`The bus does not let us listen: ${error}`);
        bus.close();
        this.#wait(String(error));
      }
    }
  }

  async #ownerIs(bus: Bus, owner: string | undefined): Promise<void> {
    if (!this.#isOn(bus)) {
      return;
    }
    // Signals that came before this are none that are missed: whoever appears is asked for everything afterwards.
    bus.listenTo(owner);
    if (owner === undefined) {
      this.#listener.vanished(`${this.#service.title} is not running`);
    } else {
      await this.#listener.appeared(bus, owner);
    }
  }

  #receive(signal: Signal): void {
    const phase = this.#phase;
    if (phase.kind !== 'listening') {
      return;
    }
    if (signal.sender !== busName) {
      this.#listener.signalled(signal);
    } else if (signal.member === 'NameOwnerChanged') {
      const [name, , owner] = signal.body;
      if (name === this.#service.name) {
        void this.#ownerIs(phase.bus, typeof owner === 'string' && owner !== '' ? owner : undefined);
      }
    }
  }

  #busClosed(reason: string): void {
    if (this.#phase.kind !== 'listening') {
      return;
    }
    const hasSettled = this.#clock.now() - this.#phase.since >= settledAfter;
    this.#listener.vanished(`the bus went away: ${reason}`);
    if (hasSettled) {
      void this.#connectAnew();
    } else {
      // A bus that closes each connection must not be asked in a circle.
      this.#wait(reason);
    }
  }

  #isOn(bus: Bus): boolean {
    return this.#phase.kind === 'listening' && this.#phase.bus === bus;
  }

  #isDisposed(): boolean {
    return this.#phase.kind === 'disposed';
  }
}
