// A process that dies in the middle of a move to what another one holds: the other's session lasts, and what nobody holds
// is taken back as ever (O5, R9). Neither counts with the other: there are only their journals.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { NetworkConfigurationManager, type NetworkSession } from '../../src/engine/index.js';
import { createPlatform } from '../../src/platforms/choose.js';
import { active, ask, cafe, lab, office, profiles, station, until, way } from '../harness/machine.mjs';
import { checkpoints } from './checkpoints.js';
import { type Errand, hasErrand, Traveller } from './errand.js';
import { Steps } from './steps.js';
import { newStateDirectory } from './trip.js';

const file = __filename;

/** A window that has a session on an access point; undefined: none yet. */
class Window {
  readonly manager: NetworkConfigurationManager;
  session: NetworkSession | undefined;

  constructor(stateDirectory: string) {
    this.manager = new NetworkConfigurationManager(createPlatform('networkManager', { stateDirectory }));
  }

  async open(identifier = cafe): Promise<void> {
    const session = this.manager.createSession(identifier);
    this.session = session;
    session.open();
    assert.equal(await session.waitForOpened(), true, session.errorString);
  }

  async close(): Promise<void> {
    const { session } = this;
    assert.ok(session);
    const closed = new Promise((resolve) => session.onDidClose(() => resolve(undefined)));
    session.close();
    await closed;
  }
}

function suites(): void {
  suite('O5, R9: a process is killed on trial on what another one holds', () => {
    let stateDirectory: string;
    let steps: Steps;
    let windows: Window[];
    let travellers: Traveller[];

    setup(async function () {
      this.timeout(60_000);
      stateDirectory = newStateDirectory();
      steps = new Steps();
      windows = [];
      travellers = [];
      await lab.reset();
      await lab.addProfiles([...profiles(), { uuid: station, id: 'Station', link: 1, address: '10.9.1.3/24' }]);
      await lab.nmcli('connection', 'up', office);
    });

    teardown(async () => {
      steps.dispose();
      await Promise.all(travellers.map((traveller) => traveller.kill()));
      await Promise.all(windows.map(({ manager }) => manager.dispose()));
      rmSync(stateDirectory, { recursive: true, force: true });
    });

    async function window(): Promise<Window> {
      const made = new Window(stateDirectory);
      windows.push(made);
      await made.manager.start();
      return made;
    }

    /** The one that moves, as far as its answer. */
    async function traveller(errand: Partial<Errand> = {}): Promise<Traveller> {
      const made = new Traveller(file, { stateDirectory, ...errand });
      travellers.push(made);
      await made.says('activated');
      return made;
    }

    const written = () =>
      readdirSync(stateDirectory)
        .filter((name) => name.endsWith('.json'))
        .map((name) => JSON.parse(readFileSync(path.join(stateDirectory, name), 'utf8')));

    /** What the dead one has left was looked at, and nothing is left of it in any journal, nor with NetworkManager. */
    async function settled(): Promise<void> {
      await until(() => written().every(({ traces, spent }) => traces.length === 0 && spent === undefined));
      await until(async () => (await checkpoints()).length === 0);
    }

    async function lasts({ session }: Window): Promise<void> {
      assert.deepEqual([session?.isOpen, session?.errorString], [true, '']);
      assert.ok((await active()).includes(cafe));
    }

    test('a third one starts, and the session lasts', async () => {
      const holder = await window();
      const dying = await traveller();
      await holder.open();
      await dying.kill();
      await window();
      await settled();
      await lasts(holder);
      assert.equal(await way(), 'veth0');
    });

    test('the holder looks again, and its session lasts', async () => {
      const holder = await window();
      const dying = await traveller();
      await holder.open();
      await dying.kill();
      await holder.manager.updateConfigurations();
      await settled();
      await lasts(holder);
    });

    test('NetworkManager has nothing left by which it would take the link down by itself', async () => {
      const holder = await window();
      const dying = await traveller();
      assert.equal((await checkpoints()).length, 1);
      await holder.open();
      await until(async () => (await checkpoints()).length === 0);
      await dying.kill();
      await lasts(holder);
    });

    test('it was dead already when the session was opened', async () => {
      const holder = await window();
      await (await traveller()).kill();
      await holder.open();
      await until(async () => (await checkpoints()).length === 0);
      await window();
      await settled();
      await lasts(holder);
    });

    test('the session was opened while it started the link, and was killed then', async () => {
      const holder = await window();
      await Traveller.dies(file, { stateDirectory, diesAt: 'start: after ActivateConnection' });
      await holder.open();
      await window();
      await settled();
      await lasts(holder);
    });

    test('its start had displaced another profile', async () => {
      const holder = await window();
      await lab.nmcli('connection', 'up', station);
      const definition = { accessPoints: [station, cafe] };
      const dying = await traveller({ definition, from: station });
      await holder.open();
      await dying.kill();
      await window();
      await settled();
      await lasts(holder);
    });

    test('NetworkManager is killed and started again meanwhile', async () => {
      const holder = await window();
      const dying = await traveller();
      await holder.open();
      await lab.killNetworkManager();
      await until(() => holder.manager.system.away !== undefined);
      await lab.startNetworkManager();
      await until(() => holder.manager.system.away === undefined);
      await dying.kill();
      await window();
      await settled();
      await lasts(holder);
    });

    test('the session is opened when a third one is about to have the link taken down', async () => {
      const holder = await window();
      await (await traveller()).kill();
      const opened = steps.at('undefined: before CheckpointRollback', async () => {
        await holder.open();
        await until(async () => (await checkpoints()).length === 0);
      });
      await window();
      await opened;
      await settled();
      await lasts(holder);
    });

    test('R9: the holder has closed before it is killed: the next takes the link back', async () => {
      const holder = await window();
      const dying = await traveller();
      await holder.open();
      await holder.close();
      await dying.kill();
      await window();
      await until(async () => !(await active()).includes(cafe));
      await settled();
      assert.equal(await ask(), '10.9.0.2');
    });

    test('R9: the holder is killed as well: the next takes the link back', async () => {
      const dying = await traveller();
      const holder = await traveller();
      assert.equal(written().filter(({ holds }) => holds?.includes(cafe)).length, 1);
      await Promise.all([dying.kill(), holder.kill()]);
      await window();
      await until(async () => !(await active()).includes(cafe));
      await settled();
      assert.deepEqual(readdirSync(stateDirectory), []);
    });

    test('R9: what was held for a while is all that carries the machine: it stays up', async () => {
      const holder = await window();
      await lab.nmcli('connection', 'up', station);
      const dying = await traveller({ definition: { accessPoints: [station, cafe] }, from: station });
      await holder.open();
      await until(async () => (await checkpoints()).length === 0);
      await holder.close();
      await dying.kill();
      await lab.nmcli('connection', 'down', office);
      await window();
      await settled();
      assert.deepEqual(await active(), [cafe]);
    });

    test('what is held where nobody is on trial is written nowhere', async () => {
      const holder = await window();
      await holder.open(office);
      assert.deepEqual(readdirSync(stateDirectory), []);
    });
  });
}

if (!hasErrand()) {
  suites();
}
