// A process that is killed in the middle of a move. The machine keeps its network, and whoever of this software runs next
// takes back what is left (R9).
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { systemClock } from '../../src/engine/index.js';
import { deaths, Machine, titleOf } from '../harness/deaths.mjs';
import {
  active,
  ask,
  cafe,
  lab,
  office,
  profiles,
  snapshot,
  station,
  until,
  untilOnNetwork,
  untilSnapshot,
  way,
} from '../harness/machine.mjs';
import { type Errand, hasErrand, Traveller } from './errand.js';
import { newStateDirectory, Trip } from './trip.js';

const file = __filename;

function suites(): void {
  suite('R9: a process is killed in the middle of a move', () => {
    let stateDirectory: string;
    let trip: Trip | undefined;

    setup(() => {
      stateDirectory = newStateDirectory();
    });

    teardown(async () => {
      await trip?.dispose();
      trip = undefined;
    });

    async function begin(isLower = false): Promise<string> {
      await lab.reset();
      await lab.addProfiles(profiles(isLower ? 100 : 300));
      await lab.nmcli('connection', 'up', office);
      return snapshot();
    }

    /** Whoever runs next. */
    async function next(): Promise<Trip> {
      trip = await Trip.begin({}, {}, systemClock, stateDirectory);
      return trip;
    }

    const journals = () => readdirSync(stateDirectory);
    const nothingWritten = () => until(() => journals().length === 0);
    const tests = [{ http: lab.serverUrl }];

    async function dies(errand: Partial<Errand>): Promise<void> {
      await Traveller.dies(file, { stateDirectory, definition: { tests }, ...errand });
    }

    const machine = new Machine(begin);
    suiteSetup(() => machine.learn());

    for (const death of deaths) {
      const { at, answer } = death;
      test(titleOf(death), async () => {
        await machine.beginFor(death);
        await dies({ diesAt: at, ...(answer && { answer }) });
        await machine.isOnNetwork(death);
        await next();
        await machine.isAsBefore(death, journals);
      });
    }

    suite('two profiles on one device', () => {
      for (const at of ['start: after CheckpointCreate', 'start: after ActivateConnection', 'activated']) {
        test(`${at}: the old one is back`, async () => {
          await lab.reset();
          await lab.addProfiles([
            { uuid: cafe, link: 1 },
            { uuid: station, link: 1, address: '10.9.1.3/24' },
          ]);
          await lab.nmcli('connection', 'up', cafe);
          const before = await snapshot();
          await dies({ definition: { accessPoints: [cafe, station] }, from: cafe, to: station, diesAt: at });
          await next();
          await untilSnapshot(before);
          await nothingWritten();
          assert.equal(await ask(), '10.9.1.2');
        });
      }
    });

    suite('and another lives', () => {
      test('in the middle of its own move there: it is not disturbed', async () => {
        const before = await begin(true);
        const living = new Traveller(file, { stateDirectory });
        try {
          await living.says('activated');
          const during = await snapshot();
          await dies({ diesAt: 'activated' });
          await next();
          await until(() => journals().length === 1);
          assert.equal(await snapshot(), during);
          living.goOn();
          await living.says('answered');
          assert.equal(await way(), 'veth1');
          living.goOn();
          await living.says('done');
          await untilSnapshot(before);
        } finally {
          await living.kill();
        }
      });

      test('in the middle of a move to what the dead one has started: it is not disturbed', async () => {
        await begin();
        const dead = new Traveller(file, { stateDirectory });
        await dead.says('activated');
        const living = new Traveller(file, { stateDirectory });
        try {
          await living.says('activated');
          await dead.kill();
          await next();
          await until(() => journals().length === 1);
          assert.deepEqual(await active(), [office, cafe]);
          living.goOn();
          await living.says('answered');
          assert.deepEqual([await way(), await ask()], ['veth1', '10.9.1.2']);
          living.goOn();
          await living.says('done');
          await nothingWritten();
          assert.doesNotMatch(await snapshot(), /^2\d{4}:/m);
        } finally {
          await living.kill();
        }
      });
    });

    for (const at of ['after start', 'activated', 'prefer: after Reapply']) {
      test(`${at}, and NetworkManager is killed and started again before anybody runs`, async () => {
        const before = await begin(true);
        await dies({ diesAt: at });
        await lab.killNetworkManager();
        await untilOnNetwork();
        await lab.startNetworkManager();
        await next();
        await untilSnapshot(before);
        await nothingWritten();
        assert.equal(await ask(), '10.9.0.2');
      });
    }

    test('the machine was started again: what is written means nothing any more', async () => {
      await begin();
      await dies({ diesAt: 'activated' });
      const [journal = ''] = journals();
      const place = path.join(stateDirectory, journal);
      const content = JSON.parse(readFileSync(place, 'utf8'));
      writeFileSync(place, JSON.stringify({ ...content, boot: '00000000-0000-4000-8000-000000000000' }));
      await begin();
      await lab.nmcli('connection', 'up', cafe);
      const before = await snapshot();
      const { manager } = await next();
      await nothingWritten();
      assert.equal(await snapshot(), before);
      assert.equal(manager.accessPoint(cafe)?.link, 'up');
    });
  });
}

if (!hasErrand()) {
  suites();
}
