// What the journeys of one file share: a VS Code that is started once, and a window for as long as nothing fails in it.
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { openWindow } from '../harness/window.mjs';
import { Person } from './person.mjs';

/**
 * To be called inside a suite. Each test leaves the window as it has found it; only after one that has failed the next
 * one begins in a new window.
 * @param {Parameters<typeof openWindow>[0]} [options]
 * @returns {() => Person} the one who sits at it
 */
export function windowFor(options) {
  /** @type {import('../harness/window.mjs').Window | undefined} */
  let first;
  /** @type {Person | undefined} */
  let person;

  setup(async () => {
    if (person !== undefined) {
      return;
    }
    const window = first === undefined ? await openWindow(options) : await inAnotherFolder(first);
    first ??= window;
    person = new Person(window);
    await person.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await window.openView();
  });

  teardown(async function () {
    if (this.currentTest?.state === 'failed' && person !== undefined) {
      await person.window
        .screenshot(`failed-${this.currentTest.title.replace(/\W+/g, '-').slice(0, 60)}`)
        .catch(() => {});
      console.error(lastWordsOf(person.window.server));
      await person.page.close();
      person = undefined;
    }
  });

  suiteTeardown(() => first?.close());

  return () => {
    if (person === undefined) {
      throw new Error('There is a window in tests only.');
    }
    return person;
  };
}

/** To VS Code that is another window, which has nothing to take up from the last one. */
const inAnotherFolder = (window) =>
  window.another({ folder: mkdtempSync(path.join(window.server.data, 'workspace-')) });

/** The ends of what the server and the extension have logged. */
function lastWordsOf({ data, output }) {
  const folder = path.join(data, 'data/logs');
  const logs = readdirSync(folder, { recursive: true })
    .map(String)
    .filter((file) => file.endsWith('Network Sessions.log'))
    .map((file) => `${file}:\n${readFileSync(path.join(folder, file), 'utf8').slice(-3000)}`);
  return [output().slice(-2000), ...logs].join('\n');
}
