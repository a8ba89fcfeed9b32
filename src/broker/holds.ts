import type { Clock, Disposable } from '../engine/index.js';
import type { ClientInfo, HeldBy, SessionDetail } from './messages.js';

interface Hold {
  readonly info: ClientInfo;
  sessions: readonly SessionDetail[];
  /** Its client is gone: the time until the hold is dropped. */
  grace: Disposable | undefined;
}

const isSameWindow = (one: ClientInfo, other: ClientInfo): boolean =>
  one.windowKey !== '' && one.windowKey === other.windowKey;

/** Who holds one access point: one hold a client, with those of clients that are gone and may come back. */
export class Holds {
  readonly #clock: Clock;
  readonly #onExpired: () => void;
  readonly #byClient = new Map<string, Hold>();

  /** `onExpired`: the hold of somebody who did not come back was dropped. */
  constructor(clock: Clock, onExpired: () => void) {
    this.#clock = clock;
    this.#onExpired = onExpired;
  }

  get size(): number {
    return this.#byClient.size;
  }

  /** Those whose clients are here. */
  get present(): readonly string[] {
    return [...this.#byClient].filter(([, { grace }]) => grace === undefined).map(([client]) => client);
  }

  has(client: string): boolean {
    return this.#byClient.has(client);
  }

  /** Nobody else holds it. */
  isOnly(client: string): boolean {
    return this.size === (this.has(client) ? 1 : 0);
  }

  /** This client holds it; what it held when it went, and what its window held before a reload, is the same hold. */
  take(info: ClientInfo, sessions?: readonly SessionDetail[]): void {
    const before = this.#byClient.get(info.id);
    before?.grace?.dispose();
    this.#byClient.set(info.id, { info, sessions: sessions ?? before?.sessions ?? [], grace: undefined });
    for (const [client, { info: other, grace }] of this.#byClient) {
      if (grace !== undefined && isSameWindow(info, other)) {
        this.drop(client);
      }
    }
  }

  /** Its client is gone, and has so many milliseconds to come back. */
  leaveBehind({ info, sessions }: Pick<Hold, 'info' | 'sessions'>, milliseconds: number): void {
    this.drop(info.id);
    for (const { info: other, grace } of this.#byClient.values()) {
      if (grace === undefined && isSameWindow(info, other)) {
        return; // The reloaded window was faster than the news of its death.
      }
    }
    const expired = () => {
      this.#byClient.delete(info.id);
      this.#onExpired();
    };
    this.#byClient.set(info.id, { info, sessions, grace: this.#clock.setTimeout(expired, milliseconds) });
  }

  /** As {@link leaveBehind}, of a client that is here. */
  gone(client: string, milliseconds: number): void {
    const hold = this.#byClient.get(client);
    if (hold !== undefined && hold.grace === undefined) {
      this.leaveBehind(hold, milliseconds);
    }
  }

  /** Whether there was one. */
  drop(client: string): boolean {
    this.#byClient.get(client)?.grace?.dispose();
    return this.#byClient.delete(client);
  }

  /** Drops all but one client's, and gives the clients that are here and should hear of it. */
  dropAllBut(client: string | undefined): readonly string[] {
    const others = [...this.#byClient].filter(([other]) => other !== client);
    for (const [other] of others) {
      this.drop(other);
    }
    return others.filter(([, { grace }]) => grace === undefined).map(([other]) => other);
  }

  describe(client: string, sessions: readonly SessionDetail[]): void {
    const hold = this.#byClient.get(client);
    if (hold !== undefined) {
      hold.sessions = sessions;
    }
  }

  shown(accessPoint: string): readonly HeldBy[] {
    return [...this.#byClient].map(([client, { info, sessions, grace }]) => ({
      client,
      detail: { accessPoint, sessions },
      absent: grace !== undefined,
      info,
    }));
  }
}
