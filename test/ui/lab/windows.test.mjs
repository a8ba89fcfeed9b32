// Two windows of a person on one machine: what one holds, the other sees, keeps and stops.
import assert from 'node:assert/strict';
import { copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { Lab } from '../../harness/lab.mjs';
import { inRoot } from '../../harness/paths.mjs';
import { windowFor } from '../journeys.mjs';
import { Person } from '../person.mjs';

const lab = Lab.attached();
const office = '11111111-1111-4111-8111-111111111111';
const size = { width: 1100, height: 620, sideBar: 470 };

suite('a person with two windows', () => {
  suiteSetup(async () => {
    await lab.reset();
    await lab.addProfiles([
      { uuid: office, id: 'Office LAN', link: 0 },
      { uuid: '22222222-2222-4222-8222-222222222222', id: 'Test Bench', link: 1, metric: 500 },
    ]);
  });

  const person = windowFor({}, size);

  test('sees in each what the other holds; nothing is lost when one is closed or reloaded; both hear of a stop', async () => {
    const one = person();
    const folder = path.join(one.window.server.data, 'website');
    await mkdir(folder);
    const other = new Person(await one.window.another({ folder }), {});
    await other.window.openView();
    await other.resize(size);
    for (const each of [one, other]) {
      await each.configuration('Office LAN', 'Disconnected').waitFor();
    }

    await one.open('Office LAN');
    await one.session('Office LAN', 'Connected').waitFor();
    await other.configuration('Office LAN', 'Connected, default, 1 other window').waitFor();
    await other.configuration('Office LAN').click(); // opens the row
    await holder(other, 'workspace', '1 session').waitFor();
    await elsewhere(other, 'workspace').waitFor();
    assert.equal(await holder(one, '').count(), 0, 'nobody else holds it');
    await other.window.screenshot('lab-40-seen');
    const started = await activation();

    await other.open('Office LAN');
    await other.session('Office LAN', 'Connected').waitFor();
    await holder(other, 'This window', '1 session').waitFor();
    await one.configuration('Office LAN', '1 other window').click();
    await holder(one, 'website', '1 session').waitFor();
    const details = await other.tooltipOf(holder(other, 'workspace'), 'open for');
    assert.match(details, /Window: workspace/);
    assert.match(details, /Since then: ↓[\d.]+ \w+ ↑[\d.]+ \w+/);
    await picture('windows', await other.window.screenshot('lab-41-both'));
    await other.pointAway();

    // It was started by this window, which does not take it away from the other.
    await one.press(one.session('Office LAN'), 'Close Session');
    await one.session('Office LAN').waitFor({ state: 'detached' });
    await holder(other, 'workspace').waitFor({ state: 'detached' });
    assert.equal(await activation(), started);
    await elsewhere(one, 'website').waitFor();
    await one.window.screenshot('lab-42-closed');

    // Nobody but the window that is reloaded holds it.
    await other.page.reload();
    await one.window.screenshot('lab-43-reloading');
    await other.session('Office LAN', 'Connected').waitFor();
    await holder(one, 'website', '1 session').and(one.page.locator(':not([aria-label*="a moment ago"])')).waitFor();
    await elsewhere(other, 'website').waitFor({ state: 'detached' }); // The process before it may end a little later.
    assert.equal(await other.sessions.count(), 1);
    assert.equal(await activation(), started);
    await other.window.screenshot('lab-44-reloaded');

    await one.open('Office LAN');
    await one.session('Office LAN', 'Connected').waitFor();
    await other.configuration('Office LAN', '1 other window').waitFor();
    await one.choose(one.configuration('Office LAN'), 'Stop Access Point');
    await one.dialog.waitFor();
    await one.window.screenshot('lab-45-stop');
    await one.answer(/Stop Office LAN\?.*Another window uses it: website\./s, 'Stop Access Point');
    const message = await other.message(/Office LAN was stopped by another window: .*workspace\./);
    await other.session('Office LAN', 'Lost, Office LAN was stopped by another window').waitFor();
    await one.session('Office LAN').waitFor({ state: 'detached' });
    await one.configuration('Office LAN', 'Disconnected').waitFor();
    await other.window.screenshot('lab-46-stopped');
    assert.equal(await activation(), '');
    assert.equal(await message.count(), 1);
    await one.assertSilence();

    await message.getByRole('button', { name: 'Open Again' }).click();
    await other.session('Office LAN', 'Connected').waitFor();
    await one.window.command('Network Sessions: Release Everything');
    await one.dialog.waitFor();
    await one.window.screenshot('lab-47-release');
    await one.answer(/Release everything\?.*This ends 1 session\..*is stopped: Office LAN\./s, 'Release Everything');
    await one.message('Everything was released. Stopped: Office LAN.');
    await other.message(/Office LAN was stopped by another window: .*workspace\./);
    await other.configuration('Office LAN', 'Disconnected').waitFor();
    await other.window.screenshot('lab-48-released');
    assert.equal(await activation(), '');
    await one.dismissMessages();
    await other.page.close();
  });

  /** The row of a window under the access point that it holds. */
  const holder = ({ page }, name, words = '') =>
    page
      .getByRole('tree', { name: 'Configurations' })
      .getByRole('treeitem', { name: new RegExp(`^Held by ${name}.*${words}`) });

  /** What a window shows of the sessions of another one. */
  const elsewhere = ({ page }, name) =>
    page
      .getByRole('tree', { name: 'Sessions' })
      .getByRole('treeitem', { name: `Session of another window on Office LAN, ${name}` });

  /** Another one for each start of the access point; '' while it is down. */
  const activation = async () => (await lab.nmcli('-g', 'GENERAL.DBUS-PATH', 'connection', 'show', office)).trim();
});

/** `UPDATE_PICTURES=1 npm run test:lab` puts new pictures into the README. */
async function picture(name, screenshot) {
  if (process.env.UPDATE_PICTURES === '1') {
    await copyFile(screenshot, inRoot('media/readme', `${name}.png`));
  }
}
