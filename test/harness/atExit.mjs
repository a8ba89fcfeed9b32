// What must not outlive this process, whether it ends by itself or by Ctrl-C.

import { readFileSync } from 'node:fs';

/** @type {Set<() => void>} */
const works = new Set();

/**
 * @param {() => void} work synchronous; done when the process exits, also by a signal that nobody else listens to
 * @returns {() => void} takes it back
 */
export function atExit(work) {
  listen();
  works.add(work);
  return () => works.delete(work);
}

let listening = false;

function listen() {
  if (listening) {
    return;
  }
  listening = true;
  process.once('exit', () => {
    for (const work of [...works].reverse()) {
      try {
        work();
      } catch (error) {
        console.error(error); // the others are to be done all the same
      }
    }
  });
  hangUpWithParent();
  for (const [signal, number] of /** @type {const} */ ([
    ['SIGHUP', 1],
    ['SIGINT', 2],
    ['SIGTERM', 15],
  ])) {
    if (process.listenerCount(signal) === 0) {
      process.once(signal, () => process.exit(128 + number));
    }
  }
}

/**
 * A signal that is meant for npm ends npm, or the shell in which npm runs us, but does not reach us. Their end does.
 */
function hangUpWithParent() {
  if (process.env.npm_lifecycle_event !== undefined) {
    const parents = parentAndGrandparent();
    setInterval(() => {
      if (parentAndGrandparent() !== parents) {
        process.kill(process.pid, 'SIGHUP');
      }
    }, 1000).unref();
  }
}

function parentAndGrandparent() {
  try {
    return readFileSync(`/proc/${process.ppid}/status`, 'utf8')
      .match(/^P?Pid:.*$/gm)
      ?.join();
  } catch {
    return String(process.ppid);
  }
}
