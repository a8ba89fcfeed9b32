// What a person does on the simulated network, in a VS Code as it is installed.
import assert from 'node:assert/strict';
import { windowFor } from './journeys.mjs';
import { statusTextOf } from './person.mjs';

suite('a person on the simulated network', () => {
  const person = windowFor({
    settings: { 'networkSessions.platform': 'simulated', 'networkSessions.sampling.interval': 1000 },
  });

  test('sees every access point in words, and the default one in the status bar', async () => {
    const { page, window, statusBar } = person();
    await person().configuration('Office LAN').waitFor();
    const rows = await page.getByRole('tree', { name: 'Configurations' }).getByRole('treeitem').all();
    assert.deepEqual(await Promise.all(rows.map((row) => row.getAttribute('aria-label'))), [
      'Internet, service network, Connected',
      'Ask Me, user choice, choose when it is opened',
      'Office LAN, Ethernet, Connected, default',
      'Office Wi-Fi, Wi-Fi, Disconnected',
      'Café Müller, Wi-Fi, Disconnected',
      'Phone, Mobile (LTE), Disconnected, metered',
      'Company VPN, VPN, Disconnected',
    ]);
    await person().sideBar.getByText('No session is open.').waitFor();
    await person().sideBar.getByRole('button', { name: 'Open Session', exact: true }).waitFor();
    assert.match(await person().status('Office LAN'), figuresAfter('Office LAN'));
    assert.equal(await statusBar.getAttribute('aria-label'), 'Network Sessions: Office LAN, Connected');
    await window.screenshot('simulated-views');
  });

  test('reads the details of an access point in its tooltips, where no figure moves', async () => {
    const { window, statusBar } = person();
    const details = await person().tooltipOf(person().configuration('Phone'), 'Bearer');
    for (const line of ['State: Disconnected (Discovered)', 'Bearer: Mobile (LTE)', 'Metered: Yes', 'Signal: 63 %']) {
      assert.ok(details.includes(line), `${line} in ${details}`);
    }
    await window.screenshot('simulated-tooltip');
    const shown = await person().tooltipOf(statusBar, 'Started by');
    assert.match(shown, /Office LAN[\s\S]*Default: Yes[\s\S]*Started by: The system or another program/);
    assert.match(shown, /Counted since this window began to watch\./);
    assert.doesNotMatch(shown, /[kM]?B\b|↓|↑/);
    await window.screenshot('simulated-status-tooltip');
  });

  test('opens a session, then another one, and closes them', async () => {
    const { window, page, picker } = person();
    await person().open('Company VPN');
    await person().session('Company VPN', 'Connecting').waitFor();
    await person().session('Company VPN', 'Connected').waitFor();
    await person().configuration('Company VPN', 'Connected').waitFor();
    assert.match(await person().status('Company VPN'), figuresAfter('Company VPN'));
    const { texts, widths } = await watchFigures(3);
    assert.equal(new Set(texts.map((text) => text.length)).size, 1, texts.join('\n'));
    assert.ok(Math.max(...widths) - Math.min(...widths) <= 3, widths.join(' '));

    await page.getByRole('button', { name: 'Sessions Section' }).hover();
    await person().sideBar.getByRole('button', { name: 'Open Session', exact: true }).first().click();
    assert.match((await person().offered(/Company VPN/)).join('\n'), /Phone\s*Disconnected · metered/);
    await window.screenshot('simulated-pick');
    await person().pick(/Company VPN/);
    await picker.waitFor({ state: 'hidden' });
    await person().session('Company VPN', 'Connected').nth(1).waitFor();
    await window.screenshot('simulated-two-sessions');

    await person().press(person().session('Company VPN').first(), 'Close Session');
    await person().session('Company VPN').nth(1).waitFor({ state: 'detached' });
    await person().configuration('Company VPN', 'Connected').waitFor();
    await person().press(person().session('Company VPN'), 'Close Session');
    await person().configuration('Company VPN', 'Disconnected').waitFor();
    assert.equal(await person().sessions.count(), 0);
    await person().status('Office LAN');
    await person().assertSilence();
  });

  test('cancels an opening that takes long, and is not told of it', async () => {
    const { window, page } = person();
    await person().open('Phone');
    await person().session('Phone', 'Connecting').waitFor();
    await page.locator('.sidebar .monaco-progress-container.active').first().waitFor();
    const toast = await person().message('Opening Phone');
    await window.screenshot('simulated-opening');
    await toast.getByRole('button', { name: 'Cancel' }).click();
    await person().session('Phone').waitFor({ state: 'detached' });
    await person().configuration('Phone', 'Disconnected').waitFor();
    await person().assertSilence();
  });

  test('is asked before one Wi-Fi takes down another, and hears nothing more of it', async () => {
    const { window } = person();
    await person().open('Office Wi-Fi');
    await person().session('Office Wi-Fi', 'Connected').waitFor();
    await person().open('Café Müller');
    await person().dialog.waitFor();
    await window.screenshot('simulated-displace');
    await person().answer(/Open Café Müller and disconnect Office Wi-Fi\?\s*Both use the same device/, 'Cancel');
    await person().session('Café Müller').waitFor({ state: 'detached' });
    await person().session('Office Wi-Fi', 'Connected').waitFor();
    await person().assertSilence();

    await person().open('Café Müller');
    await person().answer(/disconnect Office Wi-Fi\?/, 'Disconnect and Open');
    await person().session('Café Müller', 'Connected').waitFor();
    await person().configuration('Office Wi-Fi', 'Disconnected').waitFor();
    await person().session('Office Wi-Fi').waitFor({ state: 'detached' });
    assert.match(await person().status('Café Müller'), figuresAfter('Café Müller'));
    await person().assertSilence();
    await window.screenshot('simulated-displaced');

    await person().choose(person().configuration('Café Müller'), 'Stop Access Point');
    await person().configuration('Café Müller', 'Disconnected').waitFor();
    await person().session('Café Müller').waitFor({ state: 'detached' });
    await person().assertSilence();
  });

  test('reads that nothing real goes by an access point that is not, when testing its link', async () => {
    const { window } = person();
    await person().choose(person().configuration('Office LAN', 'Connected'), 'Test Link…');
    await person().message('Office LAN is simulated: nothing real can go by it, so there is nothing to test.');
    await window.screenshot('simulated-test-link');
    await person().dismissMessages();
    await person().configuration('Phone', 'Disconnected').click({ button: 'right' });
    await person().menu.getByRole('menuitem', { name: 'Open Session' }).waitFor();
    assert.equal(await person().menu.getByRole('menuitem', { name: 'Test Link…' }).count(), 0);
    await person().page.keyboard.press('Escape');
    await person().menu.waitFor({ state: 'detached' });
  });

  test('finds every command in the palette and what can be done now at the status bar', async () => {
    const { window, statusBar } = person();
    await window.command('Network Sessions: Open Session');
    await person().offered(/Company VPN/);
    await person().pick(/Company VPN/);
    await person().session('Company VPN', 'Connected').waitFor();
    await statusBar.click();
    const offered = await person().offered(/Close Session: Company VPN/);
    await window.screenshot('simulated-menu');
    assert.deepEqual(offered.map(firstLine), [
      'Close Session: Company VPN',
      'Stop Access Point: Company VPN',
      'Open Session…',
      'Refresh Configurations',
      'Show Configurations and Sessions',
      'Show Log',
      'Copy Details',
      'Open Settings',
    ]);
    await person().page.keyboard.press('Escape');
    for (const [choice, hasNames] of [
      [/Leave Names/, false],
      [/Include Names/, true],
    ]) {
      await window.command('Network Sessions: Copy Details');
      await person().offered(choice);
      await person().pick(choice);
      await person().message('The details are on the clipboard.');
      const details = await person().page.evaluate(() => navigator.clipboard.readText());
      assert.match(details, /platform: simulated[\s\S]*configurations: 5[\s\S]*service networks: 1[\s\S]*sessions: 1/);
      assert.equal(/Company VPN/.test(details), hasNames, details);
      await person().dismissMessages();
    }
    await window.command('Network Sessions: Stop Access Point');
    await person().offered(/Company VPN/);
    await person().pick(/Company VPN/);
    await person().session('Company VPN').waitFor({ state: 'detached' });
    await window.command('Network Sessions: Close Session');
    await person().message('No session is open.');
    await person().dismissMessages();
  });

  test('needs no mouse', async () => {
    const { window, page } = person();
    await window.command('Network Sessions: Focus on Configurations View');
    await page.keyboard.press('End');
    await page.keyboard.press('Shift+F10');
    await person().menu.getByRole('menuitem', { name: 'Open Session' }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await person().session('Company VPN', 'Connected').waitFor();
    await window.command('Network Sessions: Focus on Sessions View');
    await page.keyboard.press('Home');
    await page.keyboard.press('Shift+F10');
    await person().menu.getByRole('menuitem', { name: 'Close Session' }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await person().session('Company VPN').waitFor({ state: 'detached' });
    await person().assertSilence();
  });

  test('hears once of all settings that are wrong, in one message', async () => {
    const { window, page } = person();
    const wrong = {
      'networkSessions.sessions.lastClose': 7,
      'networkSessions.statusBar.show': ['traffic'],
      'networkSessions.statusBar.unit': { unit: 'bits' },
      'networkSessions.sampling.interval': 'often',
    };
    const messages = page.locator('.notifications-center .notification-list-item');
    await person().set(wrong);
    await window.command('Notifications: Show Notifications');
    await messages.first().waitFor();
    // The same again, with a change beside it that can be seen.
    await person().set({ ...wrong, 'workbench.colorTheme': 'Light Modern' });
    await page.locator('.monaco-workbench.vs').waitFor();
    await window.command('Notifications: Show Notifications');
    const said = (await messages.allInnerTexts()).join('\n');
    assert.equal(await messages.count(), 1, said);
    for (const name of Object.keys(wrong)) {
      assert.equal(said.split(name).length, 2, name);
    }
    await window.screenshot('simulated-wrong-settings');
    await person().set({});
    await person().dismissMessages();
  });

  test('can read it in every theme', async () => {
    const { window, page } = person();
    await person().open('Company VPN');
    await person().session('Company VPN', 'Connected').waitFor();
    for (const [theme, type] of [
      ['Light Modern', 'vs'],
      ['Default High Contrast', 'hc-black'],
    ]) {
      await person().set({ 'workbench.colorTheme': theme });
      await page.locator(`.monaco-workbench.${type}`).waitFor();
      await person().until('it can be read', async () => (await contrastOf('.label-name')) >= 7);
      assert.ok((await contrastOf('.label-description')) >= 4.5);
      assert.ok((await contrastOf('.custom-view-tree-node-item-icon')) >= 3);
      await window.screenshot(`simulated-${type}`);
    }
    await person().set({});
    await person().press(person().session('Company VPN'), 'Close Session');
    await person().session('Company VPN').waitFor({ state: 'detached' });
  });

  test('is asked before what was not started here stops, and before the machine loses its default route', async () => {
    const { window } = person();
    await person().choose(person().configuration('Office LAN'), 'Stop Access Point');
    await person().dialog.waitFor();
    await window.screenshot('simulated-stop');
    const reasons = await person().answer(/Stop Office LAN\?/, 'Cancel');
    assert.match(reasons, /carries the default route of this machine/);
    assert.match(reasons, /was not started by Network Sessions/);
    await person().configuration('Office LAN', 'Connected').waitFor();

    await person().choose(person().configuration('Office LAN'), 'Stop Access Point');
    await person().answer(/Stop Office LAN\?/, 'Stop Access Point');
    await person().statusBar.locator('.codicon-circle-slash').waitFor();
    await person().open('Office LAN');
    await person().session('Office LAN', 'Connected').waitFor();
    await person().press(person().session('Office LAN'), 'Close Session');
    assert.doesNotMatch(
      await person().answer(/Close the session and stop Office LAN\?[\s\S]*default route/, 'Cancel'),
      /was not started/,
    );
    await person().session('Office LAN', 'Connected').waitFor();
    await person().press(person().session('Office LAN'), 'Close Session');
    await person().answer(/last session on Office LAN/, 'Close Session');
    await person().configuration('Office LAN', 'Disconnected').waitFor();
    await person().assertSilence();
  });

  test('has the sessions again after a reload', async () => {
    const { page } = person();
    await person().open('Office Wi-Fi');
    await person().open('Company VPN');
    await person().session('Office Wi-Fi', 'Connected').waitFor();
    await person().session('Company VPN', 'Connected').waitFor();
    await page.reload();
    await person().session('Office Wi-Fi', 'Connected').waitFor();
    await person().session('Company VPN', 'Connected').waitFor();
    assert.equal(await person().sessions.count(), 2);
    await person().assertSilence();
  });

  /** The least contrast of such a part of the rows with what is behind it, as WCAG counts it. */
  const contrastOf = (part) =>
    person().sideBar.evaluate((sideBar, selector) => {
      const luminance = (color) => {
        const [red, green, blue] = color
          .match(/[\d.]+/g)
          .map((value) => value / 255)
          .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
      };
      const back = luminance(getComputedStyle(sideBar).backgroundColor);
      const fronts = [...sideBar.querySelectorAll(selector)].map((each) => luminance(getComputedStyle(each).color));
      return Math.min(...fronts.map((front) => (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05)));
    }, part);

  /** Reads the status bar until its figures have changed this often. */
  async function watchFigures(times) {
    const { statusBar } = person();
    const texts = [];
    const widths = [];
    await person().until('the figures move', async () => {
      const text = await statusTextOf(statusBar);
      if (!texts.includes(text)) {
        texts.push(text);
        widths.push((await statusBar.boundingBox()).width);
      }
      return texts.length > times;
    });
    return { texts, widths };
  }
});

suite('a person who has not said whether the folder is trusted', () => {
  const person = windowFor({
    trust: true,
    settings: { 'networkSessions.platform': 'kernel', 'security.workspace.trust.startupPrompt': 'never' },
  });

  test('can watch the network of this machine, and reads that it cannot be controlled from here', async () => {
    const { page, window } = person();
    await page.getByText('Restricted Mode').first().waitFor();
    await person().sideBar.getByText('access points can be watched, but not started or stopped').waitFor();
    await window.command('Network Sessions: Show Log');
    await page.locator('.output-view .view-lines', { hasText: 'Watching the network through kernel.' }).waitFor();
    await window.screenshot('kernel-restricted');
    await person().assertSilence();
  });
});

const firstLine = (text) => text.trim().split('\n')[0].trim();

/** Such as `Office LAN  ↓1.23 MB ↑ 456 kB`, in which digits that are not there leave their place. */
const figuresAfter = (name) =>
  new RegExp(`^ ${name}  ↓[\\d.\u2007\u2008]+ [kM]?B\u2007? ↑[\\d.\u2007\u2008]+ [kM]?B\u2007?$`);
