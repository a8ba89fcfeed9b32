// What the journeys of one file share: a VS Code that is started once, and a window for as long as nothing fails in it.
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { openWindow } from '../harness/window.mjs';
import { Person } from './person.mjs';

/** So that what is typed into the settings is saved and shown when the person wants it. */
const plain = { 'files.autoSave': 'off', 'workbench.editor.useModal': 'off' };

/**
 * To be called inside a suite. Each test leaves the window as it has found it; only after one that has failed the next
 * one begins in a new window.
 * @param {Parameters<typeof openWindow>[0]} [options]
 * @param {{ width: number, height: number, sideBar: number }} [size] of the window and of what is at its side
 * @returns {() => Person} the one who sits at it
 */
export function windowFor(options, size) {
  /** @type {import('../harness/window.mjs').Window | undefined} */
  let first;
  let settings = '';
  /** @type {Person | undefined} */
  let person;

  const anyWindow = async () => {
    if (first === undefined) {
      first = await openWindow({ ...options, settings: { ...plain, ...options?.settings } });
      settings = readFileSync(settingsOf(first), 'utf8');
      return first;
    }
    writeFileSync(settingsOf(first), settings);
    // With another folder it is another window to VS Code, which has nothing to take up from the last one.
    return first.another({ folder: mkdtempSync(path.join(first.server.data, 'workspace-')) });
  };

  setup(async () => {
    if (person === undefined) {
      person = new Person(await anyWindow(), JSON.parse(settings));
      await person.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
      await person.window.openView();
      if (size !== undefined) {
        await person.resize(size);
      }
    }
  });

  teardown(async function () {
    if (this.currentTest?.state === 'failed' && person !== undefined) {
      const { window, page } = person;
      person = undefined;
      console.error(lastWordsOf(window.server));
      const name = this.currentTest.title.replace(/\W+/g, '-').slice(0, 60);
      console.error(`See ${await window.screenshot(`failed-${name}`).catch(String)}`);
      await page.close();
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

const settingsOf = ({ server }) => path.join(server.data, 'data/User/settings.json');

/** The ends of what the server and the extension have logged. */
function lastWordsOf({ data, output }) {
  const folder = path.join(data, 'data/logs');
  const logs = readdirSync(folder, { recursive: true })
    .map(String)
    .filter((file) => file.endsWith('Network Sessions.log'))
    .map((file) => `${file}:\n${readFileSync(path.join(folder, file), 'utf8').slice(-3000)}`);
  return [output().slice(-2000), ...logs].join('\n');
}
