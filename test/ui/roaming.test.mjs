// What a person does with service networks on the simulated network: makes one, and is moved about in it.
import assert from 'node:assert/strict';
import { windowFor } from './journeys.mjs';
import { statusTextOf } from './person.mjs';

suite('a person with places to be', () => {
  const person = windowFor({ settings: { 'networkSessions.platform': 'simulated' } });

  test('makes a service network by command, changes it by hand and by command, and deletes it', async () => {
    const { window, page, picker } = person();
    await person().configuration('Office LAN').waitFor();
    await window.command('Network Sessions: Create Service Network');
    await picker.getByText('The name of the service network').waitFor();
    await page.keyboard.type('internet');
    await picker.getByText('This name belongs to the service network that is always there.').waitFor();
    await window.screenshot('roaming-create-name');
    await page.keyboard.press('Control+A');
    await page.keyboard.type('Work');
    await page.keyboard.press('Enter');
    await person().tick('Office Wi-Fi', 'Office LAN', 'Phone');
    await window.screenshot('roaming-create-access-points');
    await picker.getByRole('button', { name: 'OK' }).click();
    await person().offered(/Automatic/);
    await window.screenshot('roaming-create-policy');
    await person().pick(/^Ask/);
    await person().configuration('Work', 'service network, Connected').waitFor();
    await person().until('its access points are there', async () => (await membersOf('Work')).length === 3);
    assert.deepEqual(await membersOf('Work'), [
      'Office LAN of Work, Ethernet, Connected, default, preferred',
      'Office Wi-Fi of Work, Wi-Fi, Disconnected',
      'Phone of Work, Mobile (LTE), Disconnected, metered',
    ]);
    await window.screenshot('roaming-view');
    await person().assertSilence();

    await person().drag(person().configuration('Office Wi-Fi of Work'), person().configuration('Office LAN of Work'));
    await person().until('it is the first', async () => (await membersOf('Work'))[0]?.startsWith('Office Wi-Fi'));
    await person().configuration('Office Wi-Fi of Work', 'preferred').waitFor();
    await person().drag(person().configuration('Company VPN'), person().configuration('Work'));
    await person().configuration('Company VPN of Work').waitFor();
    await window.screenshot('roaming-dragged');
    await person().choose(person().configuration('Company VPN of Work'), 'Remove from Service Network');
    await person().configuration('Company VPN of Work').waitFor({ state: 'detached' });

    await addTests();
    await person().choose(person().configuration('Work'), 'Edit Service Network');
    await person().offered(/^Name/);
    await window.screenshot('roaming-edit');
    await person().pick(/^Name/);
    await picker.getByText('The name of the service network').waitFor();
    await page.keyboard.press('Control+A');
    await page.keyboard.type('Desk');
    await page.keyboard.press('Enter');
    await person().configuration('Desk').waitFor();
    await person().offered(/^Roaming/);
    await page.keyboard.press('Escape');
    await person().choose(person().configuration('Desk'), 'Delete Service Network');
    await person().dialog.waitFor();
    await window.screenshot('roaming-delete');
    await person().answer(/Delete the service network Desk\?/, 'Delete');
    await person().configuration('Desk').waitFor({ state: 'detached' });
    await person().assertSilence();
  });

  /** Adds a suitability test to the service network. */
  async function addTests() {
    const { page, picker } = person();
    await person().press(person().configuration('Work'), 'Edit Service Network');
    await person().offered(/^Tests/);
    await person().pick(/^Tests/);
    await person().offered(/tcp/);
    await person().pick(/tcp/);
    await picker.getByText('Host and port').waitFor();
    await page.keyboard.type('db.example:5432');
    await page.keyboard.press('Enter');
    await person().offered(/^Tests[\s\S]*tcp db\.example:5432/);
    await page.keyboard.press('Escape');
    await picker.waitFor({ state: 'hidden' });
  }

  /** What a screen reader says of the access points of a service network. */
  async function membersOf(name) {
    const rows = person().page.getByRole('tree', { name: 'Configurations' }).getByRole('treeitem');
    const labels = await rows.evaluateAll((items) => items.map((item) => item.getAttribute('aria-label')));
    return labels.filter((label) => label.includes(` of ${name}, `));
  }
});

suite('a person who moves about', () => {
  const person = windowFor({
    settings: {
      'networkSessions.platform': 'simulated',
      // rows stand still, so that their tooltips can be read however busy the machine is
      'networkSessions.sampling.interval': 60_000,
      'networkSessions.serviceNetworks': [
        {
          name: 'Work',
          accessPoints: ['simulated-wifi-office', 'simulated-ethernet', 'simulated-modem'],
          tests: [{ tcp: 'db.example:5432' }],
        },
      ],
    },
  });

  test('opens a session on it, is offered another access point, migrates, reads the results and accepts', async () => {
    const { window, statusBar } = person();
    await person().open('Work');
    await person().session('Work', 'Office LAN, Connected, Office Wi-Fi is available').waitFor();
    await person().configuration('Office LAN of Work', 'in use').waitFor();
    const offer = await person().message('Office Wi-Fi is available for Work (now on Office LAN).');
    await person().badge('1 session waits for an answer').waitFor();
    await window.screenshot('roaming-offer');
    await offer.getByRole('button', { name: 'Migrate', exact: true }).click();
    await person().session('Work', 'Roaming').first().waitFor();
    await person().until('the status bar says so', async () => /Roaming/.test(await statusTextOf(statusBar)));
    await window.screenshot('roaming-under-way');
    const keep = await person().message('Keep it?');
    const text = await keep.textContent();
    assert.match(text, /Work now uses Office Wi-Fi, on trial\. tcp db\.example:5432 passed in \d+ ms\./);
    assert.match(text, /Otherwise it goes back to Office LAN in (60|59) s\./);
    await person().session('Work', 'Office Wi-Fi, Roaming, keep Office Wi-Fi?').waitFor();
    await window.screenshot('roaming-results');
    await keep.getByRole('button', { name: 'Accept', exact: true }).click();
    await person().session('Work', 'Office Wi-Fi, Connected').waitFor();
    await person().badge('').waitFor({ state: 'detached' });
    const details = await person().tooltipOf(person().session('Work'), 'Last move', 40);
    assert.match(details, /Service network: Work[\s\S]*Last move: moved from Office LAN to Office Wi-Fi at \d/);
    await window.screenshot('roaming-tooltip');
    await person().pointAway();
    await closeWork();
  });

  test('moves it back by hand, on its row, and rejects', async () => {
    const { window, picker } = person();
    await person().open('Work');
    await person().message('Office Wi-Fi is available for Work');
    await person().choose(person().session('Work'), 'Migrate to…');
    const offered = await person().offered(/Office Wi-Fi/);
    assert.match(offered.join('\n'), /Office Wi-Fi[\s\S]*Office Wi-Fi is available[\s\S]*Phone/);
    await window.screenshot('roaming-by-hand');
    await person().pick(/Phone/);
    await picker.waitFor({ state: 'hidden' });
    await person().message('Keep it?');
    await person().press(person().session('Work'), 'Reject');
    await person().session('Work', 'Office LAN, Connected').waitFor();
    await person().configuration('Phone of Work', 'Disconnected').waitFor();
    await person().dismissMessages();
    await closeWork();
  });

  test('ignores an offer on its row, and is not asked again', async () => {
    const { window } = person();
    await person().open('Work');
    await person().message('Office Wi-Fi is available for Work');
    await person().session('Work', 'Office Wi-Fi is available').hover();
    await window.screenshot('roaming-row');
    await person().press(person().session('Work'), 'Ignore');
    await person().session('Work', 'is available').waitFor({ state: 'detached' });
    await person().badge('').waitFor({ state: 'detached' });
    await person().dismissMessages();
    await closeWork();
  });

  test('is asked what it shall be on', async () => {
    const { window } = person();
    await person().open('Ask Me');
    const offered = await person().offered(/Company VPN/);
    assert.match(offered.join('\n'), /^\s*Internet[\s\S]*Work[\s\S]*Office LAN[\s\S]*Company VPN/);
    await window.screenshot('roaming-ask-me');
    await person().pick(/Company VPN/);
    await person().session('Company VPN', 'Connected').waitFor();
    await person().press(person().session('Company VPN'), 'Close Session');
    await person().session('Company VPN').waitFor({ state: 'detached' });
    await person().open('Ask Me');
    await person().offered(/Company VPN/);
    await person().page.keyboard.press('Escape');
    await person().until('nothing is left', async () => (await person().sessions.count()) === 0);
    await person().assertSilence();
  });

  /** Closes the session, and agrees to what that takes down. */
  async function closeWork() {
    const onWiFi = (await person().session('Work', 'Office Wi-Fi').count()) > 0;
    await person().press(person().session('Work'), 'Close Session');
    if (onWiFi) {
      await person().answer(/Close the session and stop Office Wi-Fi\?[\s\S]*default route/, 'Close Session');
    }
    await person().session('Work').waitFor({ state: 'detached' });
    await person().configuration('Office Wi-Fi of Work', 'Disconnected').waitFor();
    await person().assertSilence();
  }
});
