import { type NetworkSession, type SessionFailure, SessionState } from '../../engine/index.js';
import { isStoppable } from './accessPointView.js';
import { isCancelled } from './sentences.js';

/** Resolves at the end of a session that is being closed, with what failed. A cancelled opening has not failed. */
export function ended(session: NetworkSession): Promise<SessionFailure | undefined> {
  return new Promise((resolve) => {
    const ending = session.onDidEnd(({ failure }) => {
      ending.dispose();
      resolve(failure && isCancelled(failure) ? undefined : failure);
    });
  });
}

/** Resolves when the access point is not up any more, or with why it still is. */
export function stopping(session: NetworkSession): Promise<SessionFailure | undefined> {
  return new Promise((resolve) => {
    const finish = (failure: SessionFailure | undefined) => {
      failed.dispose();
      changed.dispose();
      resolve(failure);
    };
    const failed = session.onDidFail(() => finish(session.failure));
    const changed = session.onDidChangeState((state) => {
      if (state !== SessionState.Closing && !isStoppable(state)) {
        finish(undefined);
      }
    });
  });
}
