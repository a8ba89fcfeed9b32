import type { NetworkSession, Offer } from '../../engine/index.js';
import { sessionsViewId } from '../model/names.js';
import type { SessionEntry } from '../model/sessionList.js';
import { showInView } from './progress.js';

/**
 * What a person does with moves of sessions, whether by a command or a button of a message. What does not work is told by
 * {@link RoamingNotice}, whoever has called for it.
 */
export class RoamingActions {
  /** Takes up the offers of these sessions, or moves them to this access point. Resolves when each is up, or has failed. */
  async migrate(entries: readonly SessionEntry[], identifier?: string): Promise<void> {
    await this.#do(entries, (session) => session.migrate(identifier));
  }

  ignore(entries: readonly SessionEntry[]): void {
    for (const { session } of entries) {
      session.ignore();
    }
  }

  async accept(entries: readonly SessionEntry[]): Promise<void> {
    await this.#do(entries, (session) => session.accept());
  }

  async reject(entries: readonly SessionEntry[]): Promise<void> {
    await this.#do(entries, (session) => session.reject());
  }

  async #do(entries: readonly SessionEntry[], act: (session: NetworkSession) => void): Promise<void> {
    const done = Promise.all(
      entries.map((entry) => {
        entry.movedBy('person');
        act(entry.session);
        return resting(entry.session);
      }),
    );
    showInView(sessionsViewId, done);
    await done;
  }
}

/** Nothing is under way: it waits for somebody, or has ended. */
const restingKinds: readonly Offer['kind'][] = ['none', 'offered', 'activated'];

/** Resolves when the move that is under way waits for an answer, or has ended. */
export function resting(session: NetworkSession): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (restingKinds.includes(session.offer.kind) || !session.isOpen) {
        for (const subscription of subscriptions) {
          subscription.dispose();
        }
        resolve();
      }
    };
    const subscriptions = [session.onDidChangeOffer(look), session.onDidClose(look)];
    look();
  });
}
