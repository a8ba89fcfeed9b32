// How a person's sessions move between two real links: the lab's, with a real NetworkManager on them.
import assert from 'node:assert/strict';
import { copyFile } from 'node:fs/promises';
import http from 'node:http';
import { text } from 'node:stream/consumers';
import { extensionHostOf } from '../../harness/host.mjs';
import { Lab } from '../../harness/lab.mjs';
import { inRoot } from '../../harness/paths.mjs';
import { windowFor } from '../journeys.mjs';

const lab = Lab.attached();
/** Left to itself, the system would prefer this one too, as soon as it is up. */
const lan = { uuid: '11111111-1111-4111-8111-111111111111', id: 'Office LAN', link: 1, metric: 100 };
const phone = { uuid: '22222222-2222-4222-8222-222222222222', id: 'Phone Cable', link: 0, metric: 200 };
const office = {
  name: 'Office',
  accessPoints: [lan.uuid, phone.uuid],
  tests: [{ tcp: new URL(lab.serverUrl).host }],
};
const [phoneAddress, lanAddress] = lab.links.map(({ address }) => address.replace('/24', ''));

suite('a person who moves about on a real network', () => {
  suiteSetup(async () => {
    await lab.reset();
    await lab.addProfiles([lan, phone]);
  });

  // A test that fails leaves the next one what it needs.
  teardown(async function () {
    await Promise.all([lab.plugCable(0), lab.plugCable(1)]);
    if (!lab.isRunning('networkManager')) {
      await lab.startNetworkManager();
    }
    if (this.currentTest?.state === 'failed') {
      for (const { uuid } of [lan, phone]) {
        await lab.nmcli('connection', 'down', uuid).catch(() => 'it was down');
      }
    }
  });

  const person = windowFor(
    { settings: { 'networkSessions.serviceNetworks': [office] } },
    { width: 1100, height: 620, sideBar: 470 },
  );

  test('is told of a better access point, reads how it did in the tests, and accepts it', async () => {
    const { window } = person();
    await openWithoutLan();
    assert.equal(await seenFrom(), phoneAddress);
    await window.screenshot('lab-20-open');

    await lab.plugCable(lan.link);
    const offer = await question('Office LAN is available for Office (now on Phone Cable).');
    await person().session('Office', 'Phone Cable, Connected, Office LAN is available').waitFor();
    await member('Office LAN', 'Disconnected', 'preferred').waitFor();
    await person().badge('1 session waits for an answer').waitFor();
    await window.screenshot('lab-21-offer');

    await offer.getByRole('button', { name: 'Migrate' }).click();
    const trial = await question(/tcp 10\.99\.0\.1:8080 passed in \d+ ms\. Keep it\?/);
    await person().session('Office', 'Office LAN, Roaming, keep Office LAN?').waitFor();
    await member('Office LAN', 'Connected', 'in use').waitFor();
    await person().status('Roaming: Office LAN');
    assert.equal(await seenFrom(), phoneAddress, 'the system prefers the old one until the answer');
    await picture('trial', await window.screenshot('lab-22-trial'));

    await trial.getByRole('button', { name: 'Accept' }).click();
    await person().session('Office', 'Office LAN, Connected').waitFor();
    await member('Phone Cable', 'Disconnected').waitFor();
    await person().status(/^ Office LAN {2}↓/);
    assert.equal(await seenFrom(), lanAddress);
    assert.match(await lab.ip('client', 'route', 'get', '10.99.0.1'), /dev veth1/);
    await person().badge('').waitFor({ state: 'detached' });
    const details = await person().tooltipOf(person().session('Office'), 'Last move', 200);
    assert.match(details, /Last move: moved from Phone Cable to Office LAN at/);
    await window.screenshot('lab-23-accepted');
    await close('Office LAN');
  });

  test('tries it and rejects it, and the machine routes as before', async () => {
    const { window } = person();
    await openWithoutLan();
    const before = await routing();
    await lab.plugCable(lan.link);
    const offer = await question('Office LAN is available for Office');
    await offer.getByRole('button', { name: 'Migrate' }).click();
    const trial = await question('Keep it?');
    assert.notEqual(await routing(), before);
    await trial.getByRole('button', { name: 'Reject' }).click();
    await person().session('Office', 'Phone Cable, Connected').waitFor();
    await person().configuration('Office LAN', 'Disconnected').waitFor();
    await person().until('the machine routes as before', async () => (await routing()) === before);
    assert.equal(await seenFrom(), phoneAddress);
    const details = await person().tooltipOf(person().session('Office'), 'Last move', 200);
    assert.match(details, /Last move: went back from Office LAN to Phone Cable at/);
    await window.screenshot('lab-24-rejected');
    await close('Phone Cable');
  });

  test('ignores it and does not hear of it again, then moves by hand', async () => {
    const { window, picker } = person();
    await openWithoutLan();
    await lab.plugCable(lan.link);
    const offer = await question('Office LAN is available for Office');
    await offer.getByRole('button', { name: 'Ignore' }).click();
    await person().session('Office', 'is available').waitFor({ state: 'detached' });
    await person().badge('').waitFor({ state: 'detached' });
    // Whatever changes, what could be offered is looked at again.
    const guest = await lab.addProfile({ id: 'Guest', link: lan.link });
    await person().configuration('Guest', 'Disconnected').waitFor();
    await lab.deleteProfile(guest);
    await person().configuration('Guest').waitFor({ state: 'detached' });
    assert.equal(await person().session('Office', 'is available').count(), 0);
    await person().assertSilence();

    await window.command('Network Sessions: Migrate');
    await person().offered(/Office · Phone Cable/);
    await person().pick(/Office · Phone Cable/);
    await picker.getByPlaceholder('Move Office from Phone Cable to which access point?').waitFor();
    await person().offered(/Office LAN/);
    await window.screenshot('lab-25-destination');
    await person().pick(/Office LAN/);
    await question('Keep it?');
    await person().session('Office', 'Office LAN, Roaming, keep Office LAN?').waitFor();
    await person().press(person().session('Office'), 'Accept');
    await person().session('Office', 'Office LAN, Connected').waitFor();
    assert.equal(await seenFrom(), lanAddress);
    await window.screenshot('lab-26-by-hand');
    await person().dismissMessages();
    await close('Office LAN');
  });

  test('goes on by the other link when a cable is pulled, and is asked nothing', async () => {
    const { window, statusBar } = person();
    await person().configuration('Office LAN', 'Disconnected').waitFor();
    await person().open('Office');
    await person().session('Office', 'Office LAN, Connected').waitFor();
    await download(1_500_000);
    await person().status(/^ Office LAN {2}↓1\.[5-9]\d MB/);
    await lab.pullCable(lan.link);
    await person().session('Office', 'Phone Cable, Connected').waitFor();
    await person().status(/^ Phone Cable {2}↓1\.[5-9]\d MB/);
    assert.equal(await seenFrom(), phoneAddress);
    await member('Office LAN', 'Not in reach').waitFor();
    const details = await person().tooltipOf(statusBar, 'Last move');
    assert.match(details, /Last move: moved from Office LAN to Phone Cable at .*: cable pulled or signal gone/);
    await picture('roamed', await window.screenshot('lab-27-roamed'));
    await person().pointAway();
    await person().assertSilence();
    await close('Phone Cable');
  });

  test('is asked what to open, and chooses the service network', async () => {
    const { window } = person();
    await person().configuration('Office LAN', 'Disconnected').waitFor();
    await person().open('Ask Me');
    await person().offered(/Office, /);
    await window.screenshot('lab-28-choice');
    await person().pick(/Office, /);
    await person().session('Office', 'Office LAN, Connected').waitFor();
    assert.equal(await seenFrom(), lanAddress);
    await window.screenshot('lab-29-chosen');
    await close('Office LAN');
  });

  test('stays on the network when the extension host dies in the middle of a move', async () => {
    const { window, page } = person();
    await lab.nmcli('connection', 'up', phone.uuid);
    await openWithoutLan();
    const before = await routing();
    await lab.plugCable(lan.link);
    const offer = await question('Office LAN is available for Office');
    await offer.getByRole('button', { name: 'Migrate' }).click();
    await question('Keep it?');
    assert.notEqual(await routing(), before);
    process.kill(extensionHostOf(window.server), 'SIGKILL');
    const addresses = new Set();
    await person().until('the next extension host has taken back what is left', async () => {
      addresses.add(await seenFrom());
      return (await routing()) === before;
    });
    assert.deepEqual([...addresses], [phoneAddress]);
    // On a busy machine VS Code may not find back to an extension host that it has started again.
    await page.reload();
    await person().configuration('Office LAN', 'Disconnected').waitFor();
    await person().configuration('Phone Cable', 'Connected').waitFor();
    await person().badge('').waitFor({ state: 'detached' });
    assert.equal(await person().sessions.count(), 0);
    await window.screenshot('lab-30-again');
    await person().assertSilence();
  });

  /** Opens a session on the service network while only the other access point is in reach, and nothing goes by this one. */
  async function openWithoutLan() {
    await lab.pullCable(lan.link);
    await person().configuration('Office LAN', 'Not in reach').waitFor();
    await person().open('Office');
    await person().session('Office', 'Phone Cable, Connected').waitFor();
    await person().until('only the other is up', async () => !(await routing()).includes('veth1'));
  }

  /** Closes the session, which is the last on this access point. */
  async function close(name) {
    await person().press(person().session('Office'), 'Close Session');
    await person().answer(/Close the session and stop/, 'Close Session');
    await person().configuration(name, 'Disconnected').waitFor();
    await person().session('Office').waitFor({ state: 'detached' });
    await person().assertSilence();
  }

  /** A message that is not put away while it is pointed at. */
  async function question(words) {
    const message = await person().message(words);
    await message.hover();
    return message;
  }

  /** The row of an access point in the service network, in whose words all these are. */
  function member(name, ...words) {
    const row = person().configuration(`${name} of Office`);
    return words.reduce((rows, word) => rows.and(person().configuration(`${name} of Office`, word)), row);
  }
});

/** The address that a request comes from, as the server sees it. */
const seenFrom = async () => (await text(await request('/'))).trim();

async function download(size) {
  assert.equal((await text(await request(`/bytes?n=${size}`))).length, size);
}

/** Each request is on a connection of its own: those of before do not survive a move. */
function request(path) {
  return new Promise((resolve, reject) => {
    const sent = http.get(`${lab.serverUrl}${path}`, { agent: false, timeout: 10_000 }, resolve);
    sent.once('timeout', () => sent.destroy(new Error('the server does not answer')));
    sent.once('error', reject);
  });
}

/** What this machine routes by, and who decides it. */
async function routing() {
  const all = await Promise.all([
    lab.ip('client', '-4', 'route', 'show', 'table', 'all'),
    lab.ip('client', '-4', 'rule', 'show'),
    lab.nmcli('-t', '-f', 'NAME,DEVICE', 'connection', 'show', '--active'),
  ]);
  const lines = all.flatMap((part) => part.split('\n').map((line) => line.trim()));
  return lines.filter(Boolean).sort().join('\n');
}

/** `UPDATE_PICTURES=1 npm run test:lab` puts new pictures into the README. */
async function picture(name, screenshot) {
  if (process.env.UPDATE_PICTURES === '1') {
    await copyFile(screenshot, inRoot('media/readme', `${name}.png`));
  }
}
