import { ProgressLocation, window } from 'vscode';

/** Milliseconds after which progress in a view becomes a notification. */
const patience = 2000;

/** Shows in a view that something is under way, until it is done. */
export function showInView(viewId: string, done: Promise<unknown>): void {
  void window.withProgress({ location: { viewId } }, async () => settled(done));
}

/** The same; after two seconds also as a notification that can be cancelled. */
export function showCancellable(viewId: string, title: string, done: Promise<unknown>, cancel: () => void): void {
  showInView(viewId, done);
  const escalate = () =>
    window.withProgress({ location: ProgressLocation.Notification, title, cancellable: true }, (_, token) => {
      token.onCancellationRequested(cancel);
      return settled(done);
    });
  const timer = setTimeout(escalate, patience);
  void settled(done).then(() => clearTimeout(timer));
}

const settled = (promise: Promise<unknown>): Promise<void> =>
  promise.then(
    () => undefined,
    () => undefined,
  );
