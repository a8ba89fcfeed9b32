// What a person sees of the extension in a window, and does there. Everything is found by the words that a screen reader
// says of it, and everything is waited for, never for a time.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';

/** Milliseconds for what the person waits for, on a machine that is busy with other things. */
const PATIENCE_MS = 20_000;

export class Person {
  /** Those that the window began with. */
  #settings;

  /** @param {import('../harness/window.mjs').Window} window */
  constructor(window) {
    this.window = window;
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
    await this.menu.getByRole('menuitem', { name: item, exact: true }).click();
  }

  /** Reads the question that is asked, and answers it. */
  async answer(question, button) {
    await this.dialog.waitFor();
    const text = await this.dialog.innerText();
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

  /** Points at something until its tooltip is there, and reads it. */
  async tooltipOf(target, words) {
    await this.page.locator('.activitybar').hover({ position: { x: 5, y: 400 } });
    await target.hover();
    await this.tooltip.filter({ hasText: words }).waitFor();
    return this.tooltip.innerText();
  }

  /** What the quick pick offers, once it offers this. */
  async offered(words) {
    await this.picker.getByRole('option', { name: words }).first().waitFor();
    return this.picker.getByRole('option').allInnerTexts();
  }

  async pick(words) {
    await this.picker.getByRole('option', { name: words }).first().click();
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
    this.#settings ??= JSON.parse(readFileSync(path.join(window.server.data, 'data/User/settings.json'), 'utf8'));
    await window.command('Preferences: Open User Settings (JSON)');
    const editor = page.locator('.editor-instance', { hasText: 'workbench' });
    await editor.waitFor();
    await page.keyboard.press('Control+A');
    await page.keyboard.insertText(JSON.stringify({ ...this.#settings, ...settings }));
    await page.keyboard.press('Control+S');
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
