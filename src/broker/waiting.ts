import type { Cause } from '../engine/index.js';
import { type LeavePolicy, Refusal } from './messages.js';

/** What a client waits for an answer to. Each is answered with yes or no. */
export type Wish =
  | { readonly kind: 'hold' | 'stop' | 'move' }
  /** `seen`: the activation that its client knows to be over. */
  | { readonly kind: 'start'; readonly seen: string | undefined }
  | {
      readonly kind: 'leave';
      readonly activation: string | undefined;
      readonly policy: LeavePolicy;
      readonly linger: number;
    }
  | { readonly kind: 'clear'; readonly activation: string }
  /** What comes of the rescue: whether it was stopped. */
  | { readonly kind: 'release' };

export interface Waiting {
  readonly client: string;
  readonly wish: Wish;
  /** A `stop()` that joined a stop under way has ended those who were there, once. */
  hasJoined: boolean;
  /** Its client does not wait any more. */
  isGivenUp: boolean;
}

interface Request extends Waiting {
  answer(yes: boolean): void;
  refuse(cause: Cause): void;
}

const wantsIt = ({ wish }: Waiting): boolean => wish.kind === 'hold' || wish.kind === 'start';

/** The requests on one access point that have no answer yet, in the order in which they were asked. Each ends once. */
export class WaitingRequests {
  readonly #requests = new Set<Request>();

  get size(): number {
    return this.#requests.size;
  }

  /** Those that are taken out meanwhile are not gone through any more. */
  get all(): Iterable<Waiting> {
    return this.#requests;
  }

  add(client: string, wish: Wish): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const refuse = (cause: Cause) => reject(new Refusal(cause));
      this.#requests.add({ client, wish, answer: resolve, refuse, hasJoined: false, isGivenUp: false });
    });
  }

  of(client: string): readonly Waiting[] {
    return [...this.#requests].filter((request) => request.client === client);
  }

  has(kind: Wish['kind'], client: string): boolean {
    return this.of(client).some(({ wish }) => wish.kind === kind);
  }

  hasOther(kind: Wish['kind'], client: string): boolean {
    return [...this.#requests].some((request) => request.client !== client && request.wish.kind === kind);
  }

  answer(request: Waiting, yes: boolean): void {
    const known = request as Request;
    if (this.#requests.delete(known)) {
      known.answer(yes);
    }
  }

  refuse(request: Waiting, cause: Cause): void {
    const known = request as Request;
    if (this.#requests.delete(known)) {
      known.refuse(cause);
    }
  }

  answerAll(kind: Wish['kind'], yes: boolean): void {
    for (const request of this.#requests) {
      if (request.wish.kind === kind) {
        this.answer(request, yes);
      }
    }
  }

  refuseAll(kind: Wish['kind'] | 'any', cause: Cause): void {
    for (const request of this.#requests) {
      if (kind === 'any' || request.wish.kind === kind) {
        this.refuse(request, cause);
      }
    }
  }

  /** Somebody has stopped it: all others that want it hear why. */
  refuseOthers(client: string | undefined, cause: Cause): void {
    for (const request of this.#requests) {
      if (request.client !== client && wantsIt(request)) {
        this.refuse(request, cause);
      }
    }
  }

  /** Who leaves does not want any more what it has asked for before. */
  refuseBefore(leave: Waiting): void {
    for (const request of this.#requests) {
      if (request === leave) {
        return;
      }
      if (request.client === leave.client && wantsIt(request)) {
        this.refuse(request, { code: 'cancelled' });
      }
    }
  }

  /** A client that does not wait any more. What it has left stays left: the answer is for the book itself. */
  giveUp(client: string, kind: Wish['kind']): void {
    for (const request of this.of(client)) {
      if (request.wish.kind !== kind) {
        continue;
      }
      if (kind === 'leave') {
        request.isGivenUp = true;
      } else {
        this.refuse(request, { code: 'ledgerSilent' });
      }
    }
  }
}
