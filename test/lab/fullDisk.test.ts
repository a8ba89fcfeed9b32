// A disk that is full when a move is accepted: the next one does not take back what is final by now.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import { systemClock } from '../../src/engine/index.js';
import { active, cafe, lab, office, profiles, until } from '../harness/machine.mjs';
import { checkpoints } from './checkpoints.js';
import { hasErrand, Traveller } from './errand.js';
import { newStateDirectory, Trip } from './trip.js';

/** A small disk that only one process has mounted, which does nothing else; others reach it by that one's root. */
class SmallDisk {
  readonly directory: string;
  readonly #place: string;
  readonly #child: ChildProcess;

  private constructor(place: string, child: ChildProcess) {
    this.#place = place;
    this.#child = child;
    this.directory = path.join('/proc', String(child.pid), 'root', place);
  }

  static async make(): Promise<SmallDisk> {
    const place = newStateDirectory();
    const mount = 'mount -t tmpfs -o size=64k,mode=700 none "$0" && echo mounted && exec sleep infinity';
    const child = spawn('unshare', ['--mount', 'sh', '-c', mount, place], { stdio: ['ignore', 'pipe', 'inherit'] });
    assert.ok(child.stdout);
    assert.equal(String(await once(child.stdout, 'data')), 'mounted\n');
    return new SmallDisk(place, child);
  }

  async dispose(): Promise<void> {
    const end = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await end;
    rmSync(this.#place, { recursive: true });
  }
}

/** Until the disk takes no more. */
function fill(file: string): void {
  const descriptor = openSync(file, 'w');
  try {
    for (;;) {
      writeSync(descriptor, Buffer.alloc(4_096));
    }
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
  } finally {
    closeSync(descriptor);
  }
}

function suites(): void {
  suite('a full disk', () => {
    let disk: SmallDisk;
    let stateDirectory: string;
    let dying: Traveller | undefined;
    let trip: Trip | undefined;

    setup(async () => {
      disk = await SmallDisk.make();
      stateDirectory = disk.directory;
      await lab.reset();
      await lab.addProfiles(profiles());
      await lab.nmcli('connection', 'up', office);
    });

    teardown(async () => {
      await dying?.kill();
      await trip?.manager.dispose();
      trip?.steps.dispose();
      await disk.dispose();
    });

    test('R4: what was accepted while it was full stays up when its process dies', async () => {
      dying = new Traveller(__filename, { stateDirectory });
      await dying.says('activated');
      const [journal = ''] = readdirSync(stateDirectory);
      const read = () => readFileSync(path.join(stateDirectory, journal), 'utf8');
      assert.match(read(), /"start":/);
      fill(path.join(stateDirectory, 'filling'));
      dying.goOn();
      await dying.says('answered');
      assert.doesNotMatch(read(), /"start":/);
      assert.match(read(), /"metric4":/, 'what is still to be taken back is in it');
      await dying.kill();
      trip = await Trip.begin({}, {}, systemClock, stateDirectory);
      await until(() => !readdirSync(stateDirectory).includes(journal));
      await trip.manager.updateConfigurations();
      assert.deepEqual([await active(), await checkpoints()], [[office, cafe], []]);
      assert.equal(trip.manager.accessPoint(cafe)?.link, 'up');
    });
  });
}

if (!hasErrand()) {
  suites();
}
