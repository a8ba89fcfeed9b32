// A window takes over while the system refuses something: it leads, or nobody listens in its name.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Connector } from '../../../src/broker/election.js';
import { PlaceUnusable } from '../../../src/broker/place.js';
import { silentLogger, systemClock } from '../../../src/engine/index.js';
import { placesIn } from '../../fixtures/brokerWindow.js';
import { type Call, FaultyDisk } from '../../fixtures/faultyDisk.js';

suite('a window that takes over where the system refuses something', () => {
  let folder: string;
  let disk: FaultyDisk;

  suiteSetup(function () {
    if (process.platform === 'win32') {
      this.skip(); // No lock is needed there.
    }
  });

  setup(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'ns-'));
    disk = new FaultyDisk(folder);
    mkdirSync(path.join(folder, 'home'));
    mkdirSync(path.join(folder, 'tmp'));
  });

  teardown(() => {
    disk.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  const connector = () =>
    new Connector({
      places: placesIn(folder),
      clock: systemClock,
      logger: silentLogger,
      versions: [1],
      times: { handshake: 200, lock: 50, retry: [1, 5] },
    });

  const isListenedOn = (name: string) =>
    new Promise<boolean>((resolve) => {
      const socket = connect(name);
      socket.on('error', () => resolve(false));
      socket.on('connect', () => {
        socket.destroy();
        resolve(true);
      });
    });

  /** Whether it leads, and how many listen in its name. */
  async function outcome(): Promise<{ readonly leads: boolean; readonly listen: number }> {
    const joined = await connector()
      .join(new AbortController().signal)
      .catch((error) => assert.ok(error instanceof PlaceUnusable, String(error)));
    disk.fault = () => false;
    const listen: boolean[] = [];
    for (const { socket } of placesIn(folder).candidates) {
      listen.push(await isListenedOn(socket));
    }
    assert.notEqual(joined?.role, 'follower');
    const server = joined?.role === 'leader' ? joined.server : undefined;
    const leads = server?.mayAct() === true;
    await server?.close();
    return { leads, listen: listen.filter(Boolean).length };
  }

  const opened = (call: Call) => call === 'openSync' || call === 'writeFileSync';
  for (const [what, fails, lasts] of [
    ['no file can be opened any more', opened, true],
    ['one file cannot be opened', opened, false],
    ['nothing can be changed any more', (call: Call) => call !== 'openSync', true],
    ['one change is refused', (call: Call) => call !== 'openSync', false],
  ] as const) {
    test(`leads, or nobody listens in its name, from whatever moment on ${what}`, async () => {
      let isReached = true;
      let led = 0;
      for (let first = 0; isReached; first++) {
        isReached = false;
        let count = 0;
        disk.fault = (call) => {
          const isIt = fails(call) && (lasts ? count++ >= first : count++ === first);
          isReached ||= isIt;
          return isIt && 'whole';
        };
        const { leads, listen } = await outcome();
        assert.equal(listen, Number(leads), `after ${first} that went well`);
        led += Number(leads);
        for (const place of placesIn(folder).candidates) {
          rmSync(place.folders[0] ?? '', { recursive: true, force: true });
        }
      }
      assert.ok(led > 0);
    });
  }
});
