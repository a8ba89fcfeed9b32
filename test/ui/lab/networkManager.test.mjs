// What a person does on a real network: the lab's, with a real NetworkManager on it.
import assert from 'node:assert/strict';
import { copyFile } from 'node:fs/promises';
import { Lab } from '../../harness/lab.mjs';
import { inRoot } from '../../harness/paths.mjs';
import { windowFor } from '../journeys.mjs';

const lab = Lab.attached();
const office = '11111111-1111-4111-8111-111111111111';
const bench = '22222222-2222-4222-8222-222222222222';
/** Would run a command, show an icon, turn the text round or make it bold, if it were not shown letter by letter. */
const hostile = '[x](command:workbench.action.quit) $(zap)\u202e<b>bold';
/** The status bar has room for no more of it. */
const hostileShown = '(command:workbench';

const profiles = [
  { uuid: office, id: 'Office LAN', link: 0, dns: ['10.99.0.1'] },
  { uuid: bench, id: 'Test Bench', link: 1, metric: 500, metered: 'yes' },
  { uuid: '33333333-3333-4333-8333-333333333333', id: 'Café Müller', type: 'wifi' },
  { uuid: '44444444-4444-4444-8444-444444444444', id: 'Phone', type: 'gsm' },
];

suite('a person on a real network', () => {
  suiteSetup(() => lab.reset());

  // A test that fails leaves the next one what it needs.
  teardown(async () => {
    if (!lab.isRunning('networkManager')) {
      await lab.startNetworkManager();
    }
  });

  const person = windowFor(
    { settings: { 'networkSessions.sampling.interval': 1000 } },
    { width: 1100, height: 620, sideBar: 470 },
  );

  test('reads that there is nothing, and sees at once what is added', async () => {
    try {
      await person().sideBar.getByText('No access point was found on this machine.').waitFor();
      await person().window.screenshot('lab-0-nothing');
    } finally {
      await lab.addProfiles(profiles);
    }
    await person().configuration('Phone', 'Not in reach').waitFor();
  });

  test('opens a session: the link comes up, and bytes move; the last one closed takes it down', async () => {
    const { window } = person();
    await person().configuration('Office LAN', 'Disconnected').waitFor();
    await person().configuration('Phone', 'Not in reach').waitFor();
    assert.equal(await isUp(0), false);
    await window.screenshot('lab-1-down');

    await person().open('Office LAN');
    await person().session('Office LAN', 'Connected').waitFor();
    assert.equal(await isUp(0), true);
    assert.match(await lab.nmcli('-t', '-f', 'NAME', 'connection', 'show', '--active'), /^Office LAN$/m);
    const before = await person().status('Office LAN');
    await download(1_500_000);
    const after = await person().status(/↓1\.[5-9]\d MB/);
    assert.equal(after.length, before.length, 'the figures take the same place');
    await upload(300_000);
    await person().status(/↑\s?3\d\d kB/);
    await window.screenshot('lab-2-open');

    await person().open('Office LAN');
    await person().session('Office LAN', 'Connected').nth(1).waitFor();
    const details = await person().tooltipOf(person().session('Office LAN').nth(1), 'Interface', 385);
    for (const line of ['Interface: veth0', 'Addresses: 10.9.0.2', 'Gateway: 10.9.0.1', 'Open sessions: 2']) {
      assert.ok(details.includes(line), `${line} in ${details}`);
    }
    await picture('sessions', await window.screenshot('lab-3-second'));

    await person().press(person().session('Office LAN').first(), 'Close Session');
    await person().session('Office LAN').nth(1).waitFor({ state: 'detached' });
    assert.equal(await isUp(0), true);
    await person().press(person().session('Office LAN'), 'Close Session');
    await person().dialog.waitFor();
    await window.screenshot('lab-4-close-last');
    await person().answer(/Close the session and stop Office LAN\?.*default route/s, 'Close Session');
    await person().configuration('Office LAN', 'Disconnected').waitFor();
    assert.equal(await isUp(0), false);
    assert.equal(await person().sessions.count(), 0);
    await person().statusBar.locator('.codicon-circle-slash').waitFor();
    await person().assertSilence();
    await window.screenshot('lab-5-closed');
  });

  test('reads that a session is lost when the cable is pulled, and opens it again', async () => {
    const { window } = person();
    await person().open('Office LAN');
    await person().session('Office LAN', 'Connected').waitFor();
    await lab.pullCable(0);
    const message = await person().message(
      'The link of Office LAN was lost: the cable was pulled or the signal is gone.',
    );
    await person().session('Office LAN', 'Lost, The link of Office LAN was lost').waitFor();
    await person().configuration('Office LAN', 'Not in reach').waitFor();
    await person().status('Office LAN: session lost');
    await person().pointAway();
    await picture('lost', await window.screenshot('lab-6-lost'));

    await lab.plugCable(0);
    await person().configuration('Office LAN', 'Disconnected').waitFor();
    await window.screenshot('lab-7-plugged');
    await message.getByRole('button', { name: 'Open Again' }).click();
    await person().session('Office LAN', 'Connected').waitFor();
    assert.equal(await isUp(0), true);
    await person().status(/Office LAN {2}↓/);
    await window.screenshot('lab-8-again');
    await closeLast('Office LAN');
    await person().assertSilence();
  });

  test('keeps the session while NetworkManager is killed and started again', async () => {
    const { window } = person();
    await person().open('Office LAN');
    await person().session('Office LAN', 'Connected').waitFor();
    await lab.killNetworkManager();
    // What cannot be opened now is greyed out, and says why.
    await person().configuration('Test Bench', 'The network service').waitFor();
    await person().session('Office LAN', 'Connected').waitFor();
    await lab.startNetworkManager();
    await person().configuration('Test Bench', 'Disconnected').waitFor();
    await person().session('Office LAN', 'Connected').waitFor();
    await window.screenshot('lab-9-back');
    await closeLast('Office LAN');
    await person().assertSilence();
  });

  test('reads that the network service does not answer, and tries again when it does', async () => {
    const { window } = person();
    await lab.killNetworkManager();
    await person().configuration('Test Bench', 'The network service').waitFor();
    await window.command('Network Sessions: Open Session');
    await person().offered(/Test Bench/);
    await person().pick(/Test Bench/);
    const message = await person().message('The network service of this system is not answering at the moment.');
    await window.screenshot('lab-10-away');
    await lab.startNetworkManager();
    await person().configuration('Test Bench', 'Disconnected').waitFor();
    await message.getByRole('button', { name: 'Retry' }).click();
    await person().session('Test Bench', 'Connected').waitFor();
    await closeLast('Test Bench');
    await person().assertSilence();
  });

  test('reads that a profile was deleted while its session was open', async () => {
    const { window } = person();
    const uuid = await lab.addProfile({ id: 'Guest', link: 1 });
    await person().open('Guest');
    await person().session('Guest', 'Connected').waitFor();
    await lab.deleteProfile(uuid);
    const message = await person().message('Guest was deleted. The session on it has ended.');
    assert.equal(await message.getByRole('button', { name: 'Open Again' }).count(), 0);
    await person().session('Guest', 'Lost, Guest was deleted.').waitFor();
    await person().configuration('Guest').waitFor({ state: 'detached' });
    assert.equal(await isUp(1), false);
    await window.screenshot('lab-11-deleted');
    await person().press(person().session('Guest'), 'Dismiss Lost Session');
    await person().session('Guest').waitFor({ state: 'detached' });
    await person().dismissMessages();
  });

  test('reads why an opening has failed, tries again, and finds it in the log', async () => {
    const { window, page } = person();
    const sections = { ipv4: { 'dhcp-timeout': 1 } };
    const uuid = await lab.addProfile({ id: 'Nobody Answers', interface: 'veth1', method: 'auto', sections });
    await person().open('Nobody Answers');
    const message = await person().message('Nobody Answers gave no address to this machine.');
    await window.screenshot('lab-12-failed');
    await message.getByRole('button', { name: 'Retry' }).click();
    await person().session('Nobody Answers', 'Connecting').waitFor();
    await message.getByRole('button', { name: 'Show Log' }).click();
    await page.locator('.output-view .view-lines', { hasText: `open ${uuid} failed: noAddress` }).waitFor();
    await person().session('Nobody Answers').waitFor({ state: 'detached' });
    await window.screenshot('lab-13-log');
    await window.command('View: Hide Panel');
    await lab.deleteProfile(uuid);
    await person().assertSilence();
  });

  test('sees a hostile name letter by letter, wherever it is shown', async () => {
    const { window, page } = person();
    const uuid = await lab.addProfile({ id: hostile, link: 1 });
    const row = page
      .getByRole('tree', { name: 'Configurations' })
      .getByRole('treeitem')
      .filter({ hasText: hostileShown });
    await person().press(row, 'Open Session');
    const session = page
      .getByRole('tree', { name: 'Sessions' })
      .getByRole('treeitem')
      .filter({ hasText: hostileShown });
    await session.filter({ hasText: '↓' }).waitFor();
    await person().status(hostileShown);
    const tooltip = await person().tooltipOf(row, 'Bearer');
    assert.ok(tooltip.includes(hostileShown), tooltip);
    await assertHarmless(person().tooltip);
    await window.screenshot('lab-14-hostile');
    await lab.pullCable(1);
    const message = await person().message(hostileShown);
    await window.screenshot('lab-15-hostile-lost');
    for (const place of [row, session, person().statusBar, message]) {
      await assertHarmless(place);
    }
    await lab.plugCable(1);
    await person().press(session, 'Dismiss Lost Session');
    await lab.deleteProfile(uuid);
    await row.waitFor({ state: 'detached' });
    await person().dismissMessages();
  });

  /** Nothing of the name has become a link, an icon or a form of its own, and nothing turns the text round. */
  async function assertHarmless(place) {
    assert.equal(await place.locator('a[data-href*="command:"], a[href*="command:"], .codicon-zap, b').count(), 0);
    assert.doesNotMatch(await place.textContent(), /\u202e/);
  }

  async function closeLast(name) {
    await person().press(person().session(name), 'Close Session');
    await person().answer(/Close the session and stop/, 'Close Session');
    await person().configuration(name, 'Disconnected').waitFor();
    await person().session(name).waitFor({ state: 'detached' });
  }
});

/** `UPDATE_PICTURES=1 npm run test:lab` puts new pictures into the README. */
async function picture(name, screenshot) {
  if (process.env.UPDATE_PICTURES === '1') {
    await copyFile(screenshot, inRoot('media/readme', `${name}.png`));
  }
}

suite('a person who is not root', () => {
  suiteSetup(async () => {
    await lab.reset({ polkit: true });
    await lab.startPolkit('deny');
    await lab.addProfiles(profiles);
  });

  suiteTeardown(() => lab.reset());

  const person = windowFor({ user: '65534' });

  test('sees what polkit refuses before it is tried, and reads why', async () => {
    const { window, page } = person();
    await person().configuration('Office LAN', 'The system does not allow this for Office LAN').waitFor();
    await person().sideBar.getByText('This system does not permit you to start or stop networks.').waitFor();
    await person().configuration('Office LAN').hover();
    const button = person().configuration('Office LAN').getByRole('button', { name: 'Open Session', exact: true });
    await button.waitFor();
    assert.equal(await button.isDisabled(), true);
    const tooltip = await person().tooltipOf(person().configuration('Office LAN'), 'Cannot be opened');
    assert.match(tooltip, /the permission .*control.* is missing/);
    await window.screenshot('lab-16-refused');
    await window.command('Network Sessions: Open Session');
    await person().offered(/Office LAN/);
    await window.screenshot('lab-17-refused-pick');
    await person().pick(/Office LAN/);
    await person().message('The system does not allow this for Office LAN');
    await window.screenshot('lab-18-refused-message');
    assert.equal(await isUp(0), false);
    await person().dismissMessages();

    await lab.startPolkit('allow');
    await page.keyboard.press('Escape');
    await person().configuration('Office LAN').and(page.locator(':not([aria-label*="does not allow"])')).waitFor();
    await person().open('Office LAN');
    await person().session('Office LAN', 'Connected').waitFor();
    assert.equal(await isUp(0), true);
  });
});

/** What the kernel says of a link: whether the profile's address is on it. */
const isUp = async (link) => (await lab.ip('client', 'addr', 'show', `veth${link}`)).includes(lab.links[link].address);

async function download(size) {
  const response = await fetch(`${lab.serverUrl}/bytes?n=${size}`);
  assert.equal((await response.arrayBuffer()).byteLength, size);
}

async function upload(size) {
  const response = await fetch(lab.serverUrl, { method: 'POST', body: new Uint8Array(size) });
  assert.equal(await response.text(), `${size}\n`);
}
