// What Test Link… says of real links: one that is whole, one with a portal, one without an uplink, two beside each other.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Lab } from '../../harness/lab.mjs';
import { windowFor } from '../journeys.mjs';

const lab = Lab.attached();
const lan = { uuid: '11111111-1111-4111-8111-111111111111', id: 'Office LAN', link: 1, metric: 100 };
const phone = { uuid: '22222222-2222-4222-8222-222222222222', id: 'Phone Cable', link: 0, metric: 200 };
const office = { name: 'Office', accessPoints: [lan.uuid, phone.uuid] };
const size = { width: 1100, height: 620, sideBar: 470 };
const host = '10.99.0.1:8081';
const address = `http://${host}/generate_204`;
/** Where the portal sends people; its path would be a link or an icon if it were shown as more than letters. */
const signIn = 'http://login.cafe.example/[x](command:workbench.action.quit)?$(zap)';

const serverOf = (answer) => `
  require('node:http')
    .createServer((request, response) => { ${answer} })
    .listen(8081, '10.99.0.1', () => console.log('ready'))`;
const server = serverOf(`response.writeHead(request.url === '/generate_204' ? 204 : 200).end()`);
const portal = serverOf(`response.writeHead(302, { location: ${JSON.stringify(signIn)} }).end()`);

suite('a person who tests a link', () => {
  suiteSetup(begin);
  suiteTeardown(end);

  const person = windowFor({}, size);

  test('types an address, reads that the link leads there, and keeps the address', async () => {
    const { window, picker, page } = person();
    await openLan(person);
    await person().choose(person().configuration('Office LAN', 'Connected'), 'Test Link…');
    const input = picker.locator('input').last();
    await picker.getByText('What shall it lead to?').waitFor();
    await input.fill('ftp://10.99.0.1');
    await picker.getByText('What is needed is an address that begins with http:// or https://').waitFor();
    await window.screenshot('lab-50-address');
    await input.fill(`${host}/generate_204`);
    await page.keyboard.press('Enter');
    const message = await person().message(/Office LAN leads to 10\.99\.0\.1:8081 \(full, \d+ ms\)\./);
    await message.hover();
    await window.screenshot('lab-51-full');
    await message.getByRole('button', { name: 'Save Address' }).click();
    await message.waitFor({ state: 'detached' });
    const settings = path.join(window.server.data, 'data/User/settings.json');
    await person().until('the address is saved', () => readFileSync(settings, 'utf8').includes(address));

    // Now nothing is asked, wherever it is called.
    await window.command('Network Sessions: Test Link…');
    assert.match((await person().offered(/Office LAN/)).join('\n'), /Office LAN\s*Connected · default$/);
    await window.screenshot('lab-52-pick');
    await person().pick(/Office LAN/);
    await person().message(/Office LAN leads to 10\.99\.0\.1:8081 \(full/);
    await person().dismissMessages();
    await person().choose(person().session('Office LAN', 'Connected'), 'Test Link…');
    await person().message(/Office LAN leads to 10\.99\.0\.1:8081 \(full/);
    await person().dismissMessages();
    await closeLan(person);
  });
});

suite('a person who tests links of all kinds', () => {
  suiteSetup(begin);
  suiteTeardown(end);

  const person = windowFor(
    { settings: { 'networkSessions.serviceNetworks': [office], 'networkSessions.probeUrl': address } },
    size,
  );

  /** From the context menu of a row. */
  const testLink = (row) => person().choose(row, 'Test Link…');

  test('reads that a portal answers, and where; opens its page only after a look at the address', async () => {
    const { window, dialog } = person();
    await openLan(person);
    await startPortal();
    await testLink(person().session('Office LAN', 'Connected'));
    const message = await person().message(/Office LAN leads to a sign-in page of login\.cafe\.example instead of/);
    assert.equal(await message.locator('a[href*="command:"], a[data-href*="command:"], .codicon-zap').count(), 0);
    await message.hover();
    await window.screenshot('lab-53-portal');
    await message.getByRole('button', { name: 'Open Sign-in Page' }).click();
    await dialog.waitFor();
    await window.screenshot('lab-54-portal-page');
    await person().answer(/login\.cafe\.example/, 'Cancel');
    await testLink(person().session('Office LAN', 'Connected'));
    await message.hover();
    await endPortal();
    await message.getByRole('button', { name: 'Test Again' }).click();
    await person().message(/Office LAN leads to 10\.99\.0\.1:8081 \(full/);
    await person().dismissMessages();
    await closeLan(person);
  });

  test('reads that a link without an uplink leads nowhere, and that one that is silent does not lead there', async () => {
    const { window } = person();
    await openLan(person);
    const [way] = (await lab.ip('right', 'route', 'show', 'default')).split('\n');
    await lab.ip('right', 'route', 'del', 'default');
    await testLink(person().session('Office LAN', 'Connected'));
    await person().message('Office LAN leads nowhere: there is no way there (none).');
    await window.screenshot('lab-55-none');
    await person().dismissMessages();

    await lab.ip('right', 'route', 'add', 'blackhole', '10.99.0.1/32');
    await testLink(person().session('Office LAN', 'Connected'));
    const progress = await person().message('Testing Office LAN');
    await window.screenshot('lab-56-testing');
    await person().message(
      /Office LAN does not lead to 10\.99\.0\.1:8081: there is no answer \(limited, 5\d\d\d ms\)\./,
    );
    await window.screenshot('lab-57-limited');
    await person().dismissMessages();

    await testLink(person().session('Office LAN', 'Connected'));
    await progress.getByRole('button', { name: 'Cancel' }).click();
    await progress.waitFor({ state: 'detached' });
    await person().assertSilence();
    await lab.ip('right', 'route', 'del', 'blackhole', '10.99.0.1/32');
    await lab.ip('right', 'route', 'add', ...way.trim().split(/\s+/));
    await closeLan(person);
  });

  test('reads "unknown" where the system would send it by the other link', async () => {
    const { window } = person();
    await openLan(person);
    await lab.nmcli('connection', 'up', phone.uuid);
    await testLink(person().configuration('Phone Cable', 'Connected'));
    await person().message(
      `Unknown: this machine sends what is for ${host} by veth1, so the test says nothing of Phone Cable.`,
    );
    await window.screenshot('lab-58-unknown');
    await person().dismissMessages();
    await lab.nmcli('connection', 'down', phone.uuid);
    await closeLan(person);
  });

  test('tests an access point on trial truly, while the machine still routes by the one before', async () => {
    const { window } = person();
    await lab.pullCable(lan.link);
    await person().configuration('Office LAN', 'Not in reach').waitFor();
    await person().open('Office');
    await person().session('Office', 'Phone Cable, Connected').waitFor();
    await lab.plugCable(lan.link);
    const offer = await person().message('Office LAN is available for Office');
    await offer.hover();
    await offer.getByRole('button', { name: 'Migrate' }).click();
    await person().session('Office', 'keep Office LAN?').waitFor();
    assert.match(await lab.ip('client', 'route', 'get', '10.99.0.1'), /dev veth0/);
    await startPortal();
    await testLink(person().session('Office', 'keep Office LAN?'));
    await person().message(
      /Office LAN leads to a sign-in page of login\.cafe\.example .* A browser goes by the default access point, which is another one\./,
    );
    await window.screenshot('lab-59-trial');
    await person().press(person().session('Office'), 'Reject');
    await person().session('Office', 'Phone Cable, Connected').waitFor();
    await endPortal();
    await person().dismissMessages();
    await person().press(person().session('Office'), 'Close Session');
    await person().answer(/Close the session and stop/, 'Close Session');
    await person().assertSilence();
  });
});

/** What runs beside the lab's own services. */
const running = [];

async function begin() {
  await lab.reset();
  await lab.addProfiles([lan, phone]);
  await start(server, 'server');
  // So that the gateway says each time that there is no way, and not once a second.
  await lab.run(['sh', '-c', 'echo 0 > /proc/sys/net/ipv4/icmp_ratelimit'], { namespace: 'right' });
}

async function end() {
  await endPortal();
  for (const child of running.splice(0)) {
    child.kill();
    await once(child, 'exit');
  }
}

async function openLan(person) {
  await person().configuration('Office LAN', 'Disconnected').waitFor();
  await person().open('Office LAN');
  await person().session('Office LAN', 'Connected').waitFor();
}

async function closeLan(person) {
  await person().press(person().session('Office LAN'), 'Close Session');
  await person().answer(/Close the session and stop Office LAN/, 'Close Session');
  await person().configuration('Office LAN', 'Disconnected').waitFor();
  await person().assertSilence();
}

/** Runs a server, until it listens. */
async function start(script, namespace) {
  const child = lab.spawn([process.execPath, '-e', script], { namespace, stdio: ['ignore', 'pipe', 'inherit'] });
  running.push(child);
  await once(child.stdout, 'data');
  return child;
}

let portalServer;

/** The gateway of the LAN answers in the place of the server. */
async function startPortal() {
  await lab.ip('right', 'addr', 'add', '10.99.0.1/32', 'dev', 'lo');
  portalServer = await start(portal, 'right');
}

async function endPortal() {
  if (portalServer !== undefined) {
    running.splice(running.indexOf(portalServer), 1);
    portalServer.kill();
    await once(portalServer, 'exit');
    portalServer = undefined;
    await lab.ip('right', 'addr', 'del', '10.99.0.1/32', 'dev', 'lo');
  }
}
