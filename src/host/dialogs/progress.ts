import { ProgressLocation, window } from 'vscode';
import { systemClock } from '../../engine/index.js';
import { afterPatience } from '../model/patience.js';

/** Shows in a view that something is under way, until it is done. */
export function showInView(viewId: string, done: Promise<unknown>): void {
  void window.withProgress({ location: { viewId } }, async () => settled(done));
}

/** The same; after two seconds also as a notification that can be cancelled, but not behind a question. */
export function showCancellable(
  viewId: string,
  title: string,
  done: Promise<unknown>,
  cancel: () => void,
  isAsking: () => boolean,
): void {
  showInView(viewId, done);
  const escalate = () =>
    void window.withProgress({ location: ProgressLocation.Notification, title, cancellable: true }, (_, token) => {
      token.onCancellationRequested(cancel);
      return settled(done);
    });
  const timer = afterPatience(systemClock, isAsking, escalate);
  void settled(done).then(() => timer.dispose());
}

const settled = (promise: Promise<unknown>): Promise<void> =>
  promise.then(
    () => undefined,
    () => undefined,
  );
