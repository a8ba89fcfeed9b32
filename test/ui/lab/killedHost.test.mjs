// VS Code's extension host is killed in the middle of a move. The machine keeps its network, and the next extension host
// takes back what is left (R9).
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { BusProxy } from '../../harness/busProxy.mjs';
import { deaths, Machine, titleOf } from '../../harness/deaths.mjs';
import { extensionHostOf } from '../../harness/host.mjs';
import { active, cafe, lab, office, profiles, until } from '../../harness/machine.mjs';
import { windowFor } from '../journeys.mjs';

const proxy = new BusProxy(
  path.join(tmpdir(), `network-sessions-bus-${process.pid}.sock`),
  lab.environment.DBUS_SYSTEM_BUS_ADDRESS,
);
const home = { name: 'Home', accessPoints: [office, cafe], tests: [{ http: lab.serverUrl }] };
/** Its suitability test is at a server that never answers. */
const slow = { ...home, name: 'Slow', tests: [{ http: 'http://10.99.0.1:8090' }] };
const silentServer = `
  require('node:net')
    .createServer(() => console.log('asked'))
    .listen(8090, '10.99.0.1', () => console.log('ready'))`;

suite('R9: the extension host is killed in the middle of a move', () => {
  const machine = new Machine(begin);
  /** @type {import('node:child_process').ChildProcess} */
  let server;

  suiteSetup(async () => {
    await proxy.listen();
    server = lab.spawn([process.execPath, '-e', silentServer], {
      namespace: 'server',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(server.stdout, 'data');
    await lab.reset();
    await machine.learn();
  });

  suiteTeardown(() => {
    server.kill();
    proxy.close();
  });

  const person = windowFor(
    {
      settings: { 'networkSessions.serviceNetworks': [home, slow] },
      env: { DBUS_SYSTEM_BUS_ADDRESS: proxy.address },
    },
    { width: 1100, height: 620, sideBar: 470 },
  );

  for (const death of deaths.filter(({ inHost }) => inHost)) {
    test(titleOf(death), async () => {
      await machine.beginFor(death);
      await person().page.reload(); // It reads the machine as it is now.
      await moveUntil(death);
      assert.equal(journals().length, 1);
      process.kill(extensionHostOf(person().window.server), 'SIGKILL');
      await machine.isOnNetwork(death);
      // By then VS Code may have started another one by itself.
      await person().page.reload();
      await person().configuration('Office').waitFor();
      await machine.isAsBefore(death, journals);
      await shown({ isOfficeUp: death.ends !== 'cafe', isCafeUp: death.ends !== 'office' });
      assert.equal(await person().sessions.count(), 0);
      await person().assertSilence();
    });
  }

  /** Only Office is up. */
  async function begin(isLower) {
    for (const uuid of await active()) {
      await lab.nmcli('connection', 'down', uuid);
    }
    await lab.addProfiles(profiles(isLower ? 100 : 300));
    await lab.nmcli('connection', 'up', office);
  }

  /** The person opens a session on a service network, moves it to Cafe and answers, until the move is at this point. */
  async function moveUntil({ at, isOurs, isUp, answer }) {
    const { name } = at === 'before test' ? slow : home;
    const session = (words) => person().session(name, words);
    await shown({ isOfficeUp: !isOurs, isCafeUp: isUp });
    await person().open(name);
    await session('Office, Connected').waitFor();

    const [, operation, edge, member] = /^(\w+): (before|after) (\w+)$/.exec(at) ?? [];
    const isAnswered = ['prefer', 'stop', 'restore'].includes(operation);
    const tested = at === 'before test' ? once(server.stdout, 'data') : undefined;
    const held = () => proxy.holds(edge, ...(operation === 'prepare' ? ['ActivateConnection', member] : [member]));
    const there = tested ?? (member && !isAnswered ? held() : undefined);
    await person().choose(session(), 'Migrate to…');
    await person().pick(/Cafe/);
    await (there ?? session('Cafe, Roaming, keep Cafe?').waitFor());
    if (isAnswered) {
      const answered = held();
      await person().press(session(), answer === 'reject' ? 'Reject' : 'Accept');
      await answered;
    }
    const isRuled = /^(prepare: after|before test|activated|prefer|stop)/.test(at);
    await until(async () => (await lab.ip('client', 'rule')).includes('from 10.9.1.2') === isRuled);
  }

  /** The window knows what is up. */
  async function shown({ isOfficeUp, isCafeUp = false }) {
    const state = (isUp) => (isUp ? 'Connected' : 'Disconnected');
    await person().configuration('Office', state(isOfficeUp)).waitFor();
    await person().configuration('Cafe', state(isCafeUp)).waitFor();
  }

  const journals = () => {
    const state = path.join(
      person().window.server.data,
      'data/User/globalStorage/network-sessions.network-sessions/journal',
    );
    return readdirSync(state);
  };
});
