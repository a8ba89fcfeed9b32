import type { Clock, Disposable } from '../engine/index.js';
import { errorOf } from './errors.js';

/** Milliseconds after which the next way is tried beside the one that has not come to an end (RFC 8305 5). */
export const nextAttempt = 250;

/** Begins one after the other, the next when one fails or takes long. The first that succeeds, or why the first failed. */
export function firstOf<T>(ways: readonly (() => Promise<T>)[], clock: Clock): Promise<T> {
  return new Promise((resolve, reject) => {
    let begun = 0;
    let failed = 0;
    let isOver = false;
    let failure: unknown;
    let timer: Disposable | undefined;
    const begin = () => {
      timer?.dispose();
      const way = ways[begun];
      if (isOver || way === undefined) {
        return;
      }
      begun++;
      timer = begun < ways.length ? clock.setTimeout(begin, nextAttempt) : undefined;
      way().then(
        (value) => {
          isOver = true;
          timer?.dispose();
          resolve(value);
        },
        (error: unknown) => {
          failure ??= error;
          failed++;
          if (failed === ways.length) {
            timer?.dispose();
            reject(errorOf(failure));
          } else {
            begin();
          }
        },
      );
    };
    begin();
  });
}
