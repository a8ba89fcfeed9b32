// What a person sees of the extension in a window, and does there. Everything is found by the words that a screen reader
// says of it, and everything is waited for, never for a time.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';

/** Milliseconds for what the person waits for, on a machine that is busy with other things. */
const PATIENCE_MS = 20_000;

export class Person {
  #settings;

  /**
   * @param {import('../harness/window.mjs').Window} window
   * @param {Record<string, unknown>} settings those that it began with
   */
  constructor(window, settings) {
    this.window = window;
    this.#settings = settings;
    this.page = window.page;
    this.page.setDefaultTimeout(PATIENCE_MS);
    this.statusBar = window.statusBar;
    this.sideBar = this.page.locator('.sidebar');
    this.dialog = this.page.locator('.monaco-dialog-box');
    this.toasts = this.page.locator('.notification-toast');
    this.tooltip = this.page.locator('.monaco-hover:visible').last();
    this.picker = this.page.locator('.quick-input-widget');
    this.menu = this.page.getByRole('menu');
    this.sessions = this.page.getByRole('tree', { name: 'Sessions' }).getByRole('treeitem');
  }

  async resize({ width, height, sideBar }) {
    const { mouse } = this.page;
    await this.page.setViewportSize({ width, height });
    const { x, width: before } = await this.sideBar.boundingBox();
    await mouse.move(x + before, height / 2 + 80);
    await mouse.down();
    await mouse.move(x + sideBar, height / 2 + 80, { steps: 5 });
    await mouse.up();
  }

  /** The row of an access point, in whose words these are. */
  configuration(name, words = '') {
    return this.page
      .getByRole('tree', { name: 'Configurations' })
      .getByRole('treeitem', { name: saying(`${name}, `, words) });
  }

  /** The rows of the sessions on an access point, in whose words these are. */
  session(name, words = '') {
    return this.page
      .getByRole('tree', { name: 'Sessions' })
      .getByRole('treeitem', { name: saying(`Session on ${name}, `, words) });
  }

  /** The button on a row, which comes when the row is pointed at. */
  async press(row, button) {
    await row.hover();
    await row.getByRole('button', { name: button, exact: true }).click();
  }

  open(name) {
    return this.press(this.configuration(name), 'Open Session');
  }

  /** Opens the context menu of a row, and chooses from it. */
  async choose(row, item) {
    await row.click({ button: 'right' });
    // For its first moments a menu takes no click, so that nothing is chosen by the one that has opened it.
    await this.menu.getByRole('menuitem', { name: item, exact: true }).hover();
    await this.page.keyboard.press('Enter');
  }

  /** Drags a row to another one. */
  async drag(row, to) {
    const [start, end] = [await row.boundingBox(), await to.boundingBox()];
    const { mouse } = this.page;
    const middle = ({ y, height }) => y + height / 2;
    await mouse.move(start.x + 60, middle(start));
    await mouse.down();
    await mouse.move(start.x + 66, middle(start) + 4, { steps: 3 });
    await mouse.move(end.x + 60, middle(end), { steps: 8 });
    await mouse.up();
  }

  /** The number on the icon of the container, by the words that a screen reader says of it. */
  badge(words) {
    const name = words === '' ? / waits? for an answer/ : words;
    return this.page.locator('.activitybar').getByRole('tab', { name });
  }

  /** Reads the question that is asked, and answers it. */
  async answer(question, button) {
    await this.dialog.waitFor();
    const text = await this.dialog.textContent();
    assert.match(text, question);
    await this.dialog.getByRole('button', { name: button, exact: true }).click();
    await this.dialog.waitFor({ state: 'detached' });
    return text;
  }

  /** A message, once it is there. */
  async message(words) {
    const toast = this.toasts.filter({ hasText: words });
    await toast.waitFor();
    return toast;
  }

  async dismissMessages() {
    await this.window.command('Notifications: Clear All Notifications');
    await this.toasts.first().waitFor({ state: 'detached' });
  }

  /** Points away from everything, so that nothing is there that comes by pointing. */
  async pointAway() {
    await this.until('there is no tooltip', async () => {
      await this.page.mouse.move(5, 400);
      try {
        await this.tooltip.waitFor({ state: 'detached', timeout: 2000 });
        return true;
      } catch {
        // VS Code shows the one of an icon that was pointed at in passing, and leaves it there until that happens again.
        await this.badge(/^Network Sessions/).hover();
        return false;
      }
    });
  }

  /** Points at something, so far from its left or at its middle, until its tooltip is there, and reads it. */
  async tooltipOf(target, words, left) {
    const tooltip = this.tooltip.filter({ hasText: words });
    await this.until(`there is a tooltip with ${words}`, async () => {
      // What is drawn again meanwhile has to be pointed at once more.
      await this.pointAway();
      const { x, y, width, height } = await target.boundingBox();
      await this.page.mouse.move(x + (left ?? width / 2), y + height / 2);
      return tooltip.waitFor({ timeout: 2000 }).then(
        () => true,
        () => false,
      );
    });
    return tooltip.textContent();
  }

  /** What the quick pick offers, once it offers this. */
  async offered(words) {
    await this.picker.getByRole('option', { name: words }).first().waitFor();
    return this.picker.getByRole('option').allInnerTexts();
  }

  async pick(words) {
    await this.picker.getByRole('option', { name: words }).first().click();
  }

  /** Ticks what is offered by a quick pick of which many can be taken. */
  async tick(...names) {
    for (const name of names) {
      await this.picker
        .getByRole('checkbox', { name: new RegExp(escaped(name)) })
        .first()
        .click();
    }
  }

  /** What the status bar says, once it says this. */
  async status(words) {
    await this.statusBar.filter({ hasText: words }).waitFor();
    return statusTextOf(this.statusBar);
  }

  /** Waits until a value that is read again and again is this one. */
  async until(what, read) {
    const deadline = Date.now() + PATIENCE_MS;
    while (!(await read())) {
      assert.ok(Date.now() < deadline, `waited too long until ${what}`);
      await this.page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
    }
  }

  /** Changes settings: those that the window began with and these. */
  async set(settings) {
    const { window, page } = this;
    const file = path.join(window.server.data, 'data/User/settings.json');
    const text = JSON.stringify({ ...this.#settings, ...settings });
    await window.command('Preferences: Open User Settings (JSON)');
    const editor = page.getByRole('tab', { name: 'settings.json' });
    await editor.waitFor();
    await page.locator('.monaco-editor.focused').waitFor();
    await page.evaluate((content) => navigator.clipboard.writeText(content), text);
    await page.keyboard.press('Control+A');
    await page.keyboard.press('Control+V'); // typing would complete the brackets
    await this.until('the settings are saved', async () => {
      await page.keyboard.press('Control+S');
      return readFileSync(file, 'utf8') === text;
    });
    await page.locator('.tab.active:not(.dirty)').waitFor();
    await window.command('View: Close Editor');
    await editor.waitFor({ state: 'detached' });
  }

  /** Nothing is said or asked, once what was under way has ended. */
  async assertSilence() {
    await this.toasts.filter({ hasText: 'Opening ' }).first().waitFor({ state: 'detached' });
    assert.deepEqual(await this.toasts.allInnerTexts(), []);
    assert.equal(await this.dialog.count(), 0);
  }
}

/** The text of the item, with all its spaces. */
export const statusTextOf = (statusBar) =>
  statusBar.evaluate((item) => item.querySelector('.statusbar-item-label').textContent);

const saying = (start, words) => new RegExp(`^${escaped(start)}.*${escaped(words)}`);
const escaped = (text) => text.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&');
