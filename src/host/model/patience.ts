import type { Clock, Disposable } from '../../engine/index.js';

/** Milliseconds after which progress in a view becomes a notification. */
const patience = 2000;

/** Tells when somebody has waited for long. While the person is asked something, it is the person that is waited for. */
export function afterPatience(clock: Clock, isAsking: () => boolean, escalate: () => void): Disposable {
  let timer = clock.setTimeout(look, patience);
  function look(): void {
    if (isAsking()) {
      timer = clock.setTimeout(look, patience);
    } else {
      escalate();
    }
  }
  return { dispose: () => timer.dispose() };
}
