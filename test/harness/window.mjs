// A window of VS Code as a person has it, for the journeys of test/ui.
import { mkdir } from 'node:fs/promises';
import { launchBrowser, newPage, startServer, workbenchUrl } from './host.mjs';
import { inRoot } from './paths.mjs';

/**
 * @typedef {object} Window
 * @property {import('playwright-core').Page} page
 * @property {import('./host.mjs').Server} server
 * @property {import('playwright-core').Locator} statusBar the item of the extension
 * @property {() => Promise<void>} openView shows the container of Network Sessions in the side bar
 * @property {(title: string) => Promise<void>} command runs a command from the palette
 * @property {(name: string) => Promise<string>} screenshot into out/screenshots; resolves with the file
 * @property {(options?: { folder?: string }) => Promise<Window>} another a second window on the same server
 * @property {() => Promise<void>} close the window; the first one ends the server too
 */

/**
 * @param {Parameters<typeof startServer>[0]} [options]
 * @returns {Promise<Window>}
 */
export async function openWindow(options) {
  const server = await startServer(options);
  const browser = await launchBrowser();
  return windowOf(server, browser, async () => {
    await browser.close();
    await server.close();
  });
}

async function windowOf(server, browser, end, { folder } = {}) {
  const page = await newPage(browser);
  await page.goto(workbenchUrl(server, { folder }));
  await page.locator('.monaco-workbench .activitybar').waitFor();
  return {
    page,
    server,
    statusBar: page.locator('[id^="network-sessions.network-sessions."]'),
    async openView() {
      await page
        .locator('.activitybar')
        .getByRole('tab', { name: /^Network Sessions/ })
        .click();
    },
    async command(title) {
      await page.keyboard.press('F1');
      const palette = page.locator('.quick-input-widget');
      await palette.locator('input').first().fill(`>${title}`);
      await palette.getByRole('option', { name: title }).first().waitFor();
      await page.keyboard.press('Enter');
    },
    async screenshot(name) {
      const file = inRoot('out/screenshots', `${name}.png`);
      await mkdir(inRoot('out/screenshots'), { recursive: true });
      // Playwright scrolls what it clicks on into sight, also where a person could not scroll.
      await page.locator('.monaco-grid-view, .monaco-grid-view .split-view-container').evaluateAll((parts) => {
        for (let part of parts) {
          for (; part; part = part.parentElement) {
            part.scrollTo(0, 0);
          }
        }
      });
      await page.screenshot({ path: file, animations: 'disabled' });
      return file;
    },
    another: (options) => windowOf(server, browser, async () => {}, options),
    async close() {
      await page.close();
      await end();
    },
  };
}
