import type { Message, MessageBus } from 'dbus-native';
import type { Clock, Disposable, Logger } from '../../engine/index.js';
import type { BusEndpoint } from './busAddress.js';
import { BusSocket } from './busSocket.js';
import { type MessageHeader, MessageType } from './messageHeader.js';
import { busName, busPath } from './names.js';

/** Milliseconds for connecting, authentication and Hello together. */
const helloTimeout = 5_000;
/** Milliseconds that any other call may take, as libdbus has it. */
const defaultTimeout = 25_000;

const noReplyExpected = 0x1;
const allowInteraction = 0x4;
/** Bytes that wait to be sent, from which on calls to us are not answered. */
const maxWaiting = 64 * 1024;
/** Calls to us that are answered in a second: each costs as much as twenty that are dropped. */
const maxRefusals = 100;

/** Of our own making, with the name that libdbus gives it: the service may be well and only slow. */
const timedOut = 'org.freedesktop.DBus.Error.Timeout';
const disconnected = 'org.freedesktop.DBus.Error.Disconnected';

/** Of the bus: the service has gone. */
const noReply = 'org.freedesktop.DBus.Error.NoReply';

/** A call that failed: the error's D-Bus name decides, its message is for display only. */
export class BusError extends Error {
  constructor(
    readonly dbusName: string,
    message: string,
  ) {
    super(message);
    this.name = 'BusError';
  }
}

/** Whether nobody has answered: what was asked for may have been done, or be done yet. */
export const isUnanswered = (error: unknown): boolean =>
  error instanceof BusError && [timedOut, disconnected, noReply].includes(error.dbusName);

export interface Call {
  /** A unique name, whose answers are read then; those of whoever owns another name are not. Or the bus. */
  readonly destination: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly signature?: string;
  readonly body?: readonly unknown[];
  /** Milliseconds. */
  readonly timeout?: number;
  /** The service may ask the person for a right. */
  readonly interactive?: boolean;
}

export interface Signal {
  readonly sender: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly body: readonly unknown[];
}

type Reply = (error: BusError | undefined, body: readonly unknown[]) => void;

interface BusOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onSignal: (signal: Signal) => void;
  /** The connection is gone; told once, and only of a bus that `connect` resolved to. */
  readonly onClose: (reason: string) => void;
}

/**
 * One connection to a message bus. When it dies it is thrown away, and every call in flight fails.
 * dbus-native would crash the process where its own Hello fails (its issue 393), so Hello is said here.
 *
 * On a system bus anybody may send us what he likes. So a message is read only where the bus has sent it, where it answers
 * a call of ours, or where it is a signal of whom we listen to; others are dropped before dbus-native sees them.
 */
export class Bus {
  readonly #native: MessageBus;
  readonly #options: BusOptions;
  /** To whom our calls went that are not answered yet, by their serials. */
  readonly #asked = new Map<number, string>();
  #heard: string | undefined;
  /** In the second that began then. */
  #refusals = { since: 0, count: 0 };
  #connected = false;
  #closed = false;
  #reason = 'the connection was closed';

  /** Rejects with a {@link BusError} when the bus is not there, refuses, answers nonsense or does not answer. */
  static async connect(endpoint: BusEndpoint, options: BusOptions): Promise<Bus> {
    const { createClient } = await import('dbus-native');
    const stream = new BusSocket((header) => bus.#wants(header));
    stream.connect(endpoint);
    const bus: Bus = new Bus(
      createClient({
        stream,
        direct: true,
        // DBUS_COOKIE_SHA1 throws on answers that it does not expect, and no system bus wants it.
        authMethods: ['EXTERNAL', 'ANONYMOUS'],
        variants: 'wrap',
        timeout: 0,
      }),
      options,
    );
    try {
      const [name] = await bus.call({
        destination: busName,
        path: busPath,
        interface: busName,
        member: 'Hello',
        timeout: helloTimeout,
      });
      if (typeof name !== 'string') {
        throw new BusError('org.freedesktop.DBus.Error.InvalidArgs', 'the bus gave no name');
      }
      bus.#native.name = name;
      bus.#connected = true;
      return bus;
    } catch (error) {
      bus.close();
      throw error;
    }
  }

  private constructor(native: MessageBus, options: BusOptions) {
    this.#native = native;
    this.#options = options;
    const { connection } = native;
    // An 'error' that nobody listens for would be an uncaught exception, so this comes before anything else.
    connection.on('error', (error: unknown) => {
      this.#reason = error instanceof Error ? error.message : String(error);
      connection.stream.destroy();
    });
    connection.on('handlerError', (error: unknown) => options.logger.error(`A message could not be handled: ${error}`));
    connection.on('message', (message) => this.#receive(message));
    connection.on('close', () => this.#end());
  }

  /** Whose signals are read, besides those of the bus. */
  listenTo(sender: string | undefined): void {
    this.#heard = sender;
  }

  /** The body of the reply. Rejects with a {@link BusError}. */
  call(call: Call): Promise<readonly unknown[]> {
    return new Promise((resolve, reject) => {
      this.request(call, (error, body) => (error ? reject(error) : resolve(body)));
    });
  }

  /** Like `call`, but the reply is handled in its place in the order of messages: before the signals that came after it. */
  request(call: Call, reply: Reply): void {
    const { timeout = defaultTimeout, interactive, ...rest } = call;
    const message: Message = { ...rest, body: [...(call.body ?? [])], flags: interactive ? allowInteraction : 0 };
    let timer: Disposable | undefined;
    let answered = false;
    const answer: Reply = (error, body) => {
      if (!answered) {
        answered = true;
        timer?.dispose();
        this.#asked.delete(message.serial ?? 0);
        reply(error, body);
      }
    };
    this.#native.invoke(message, { timeout: 0 }, (error: unknown, ...body: unknown[]) =>
      error ? answer(this.#busError(error), []) : answer(undefined, body),
    );
    if (!answered) {
      this.#asked.set(message.serial ?? 0, call.destination);
      timer = this.#options.clock.setTimeout(() => {
        if (message.serial !== undefined) {
          delete this.#native.cookies[message.serial];
        }
        answer(new BusError(timedOut, `no answer to ${call.member} within ${timeout / 1000} s`), []);
      }, timeout);
    }
  }

  /** Asks the bus to send what matches. */
  async addMatch(rule: string): Promise<void> {
    await this.#busCall('AddMatch', rule);
  }

  /** Tells who owns a name now; undefined when nobody does. In its place in the order of messages, as `request`. */
  nameOwner(name: string, reply: (owner: string | undefined, error: BusError | undefined) => void): void {
    this.request(this.#busMessage('GetNameOwner', name), (error, [owner]) => {
      const absent = error?.dbusName === 'org.freedesktop.DBus.Error.NameHasNoOwner';
      reply(typeof owner === 'string' && owner !== '' ? owner : undefined, absent ? undefined : error);
    });
  }

  close(): void {
    this.#connected = false;
    this.#native.connection.stream.destroy();
  }

  #busMessage(member: string, argument: string): Call {
    return {
      destination: busName,
      path: busPath,
      interface: busName,
      member,
      signature: 's',
      body: [argument],
    };
  }

  #busCall(member: string, argument: string): Promise<readonly unknown[]> {
    return this.call(this.#busMessage(member, argument));
  }

  #wants({ type, flags, serial, sender, replySerial }: MessageHeader): boolean {
    if (sender === undefined || sender === busName) {
      return sender !== undefined;
    }
    if (type === MessageType.call && !(flags & noReplyExpected)) {
      this.#refuse(sender, serial);
    }
    const isReply = type === MessageType.reply || type === MessageType.error;
    return isReply
      ? this.#asked.get(replySerial ?? 0) === sender
      : type === MessageType.signal && sender === this.#heard;
  }

  /** There is nothing here to be called. Who calls so much that it cannot be told any more, is not told. */
  #refuse(sender: string, serial: number): void {
    const now = this.#options.clock.now();
    if (Math.abs(now - this.#refusals.since) >= 1_000) {
      this.#refusals = { since: now, count: 0 };
    }
    const isRoom = this.#native.connection.stream.writableLength < maxWaiting;
    if (isRoom && this.#refusals.count++ < maxRefusals) {
      this.#native.sendError(
        { sender, serial },
        'org.freedesktop.DBus.Error.UnknownMethod',
        'Nothing can be called here',
      );
    }
  }

  #receive(message: Message): void {
    const { type, sender, path, interface: name, member, body } = message;
    if (type === MessageType.signal && this.#connected && sender && path && name && member) {
      this.#options.onSignal({ sender, path, interface: name, member, body: body ?? [] });
    }
  }

  #end(): void {
    if (!this.#closed) {
      this.#closed = true;
      if (this.#connected) {
        this.#connected = false;
        this.#options.onClose(this.#reason);
      }
    }
  }

  #busError(error: unknown): BusError {
    if (!(error instanceof Error)) {
      return new BusError('', String(error));
    }
    if ('code' in error && error.code === 'ECONNCLOSED') {
      return new BusError(disconnected, this.#reason);
    }
    const name = 'dbusName' in error && typeof error.dbusName === 'string' ? error.dbusName : '';
    return new BusError(name, error.message);
  }
}
