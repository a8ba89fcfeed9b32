// A process that is killed in the middle of a move, and a NetworkManager that is: whoever runs next takes back what is left.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Bus } from '../../src/platforms/dbus/bus.js';
import { NetworkManagerPlatform } from '../../src/platforms/networkManager/index.js';
import { WatchedPlatform } from '../fixtures/watchedPlatform.js';
import { Lab } from '../harness/lab.mjs';
import { checkpoints, hurryCheckpoint } from './checkpoints.js';

const lab = Lab.attached();
const office = '11111111-1111-4111-8111-111111111111';
const cafe = '22222222-2222-4222-8222-222222222222';
const station = '33333333-3333-4333-8333-333333333333';

// The process that is killed: this same file, by itself.

/** What it does, one act after the other, each with the access point that it is about. */
type Act = readonly ['start' | 'provisional' | 'prepare' | 'prefer' | 'keep' | 'stop', string];

interface Errand {
  readonly stateDirectory: string;
  readonly acts: readonly Act[];
  /** It dies by itself there, 'before Reapply' or 'after ActivateConnection' for example. */
  readonly diesAt?: string;
}

async function run({ stateDirectory, acts, diesAt }: Errand): Promise<void> {
  const { call } = Bus.prototype;
  const die = () => process.kill(process.pid, 'SIGKILL');
  Bus.prototype.call = async function (message) {
    if (diesAt === `before ${message.member}`) {
      die();
    }
    const reply = await call.call(this, message);
    if (diesAt === `after ${message.member}`) {
      die();
    }
    return reply;
  };
  const { platform } = await WatchedPlatform.start(new NetworkManagerPlatform({ stateDirectory }));
  for (const [act, identifier] of acts) {
    if (act === 'start' || act === 'provisional') {
      await platform.startAccessPoint(identifier, { interactive: false, provisional: act === 'provisional' });
    } else if (act === 'stop') {
      await platform.stopAccessPoint(identifier, () => undefined);
    } else {
      await platform.routing?.[act](identifier);
    }
  }
  console.log('done');
  await new Promise(() => setInterval(() => undefined, 60_000));
}

function suites(): void {
  suite('what is left of a process that was killed', () => {
    let stateDirectory: string;
    let watched: WatchedPlatform | undefined;

    setup(async () => {
      stateDirectory = mkdtempSync(path.join(tmpdir(), 'network-sessions-journal-'));
      await lab.reset();
      await lab.addProfiles([
        { uuid: office, id: 'Office', link: 0 },
        { uuid: cafe, id: 'Cafe', link: 1 },
        { uuid: station, id: 'Station', link: 1, address: '10.9.1.3/24' },
      ]);
      await lab.nmcli('connection', 'up', office);
    });

    teardown(async () => {
      await watched?.dispose();
      watched = undefined;
      rmSync(stateDirectory, { recursive: true, force: true });
    });

    /** Runs an errand in a process of its own, to its end or death; then kills it, if it lives. */
    async function killed(acts: readonly Act[], diesAt?: string): Promise<void> {
      const errand: Errand = { stateDirectory, acts, ...(diesAt && { diesAt }) };
      const child = lab.spawn([process.execPath, '--enable-source-maps', __filename], {
        env: { ...process.env, ERRAND: JSON.stringify(errand) },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const end = once(child, 'exit');
      const done = child.stdout === null ? Promise.reject(new Error('no output')) : once(child.stdout, 'data');
      await (diesAt === undefined ? Promise.race([done, end]) : end);
      assert.equal(child.exitCode, null, 'it failed by itself');
      child.kill('SIGKILL');
      await end;
    }

    async function begin(): Promise<WatchedPlatform> {
      watched = await WatchedPlatform.start(new NetworkManagerPlatform({ stateDirectory }));
      return watched;
    }

    const journals = () => readdirSync(stateDirectory);
    const active = async () => (await lab.nmcli('-t', '-f', 'UUID', 'connection', 'show', '--active')).split('\n');

    /** The network and the journals as they were in the end; mocha's own limit ends the waiting. */
    async function untilLeft(before: string): Promise<void> {
      while ((await routes()) !== before || journals().length > 0) {
        await new Promise((resolve) => setImmediate(resolve));
      }
    }

    for (const diesAt of ['before Reapply', 'after Reapply', undefined]) {
      for (const act of ['prepare', 'prefer'] as const) {
        test(`R9: of ${act}, killed ${diesAt ?? 'when it was done'}, nothing is left`, async () => {
          await lab.nmcli('connection', 'up', cafe);
          const before = await routes();
          await killed([[act, cafe]], diesAt);
          assert.equal(journals().length, 1);
          await begin();
          await untilLeft(before);
          assert.ok((await active()).includes(cafe));
        });
      }
    }

    const steps = ['after CheckpointCreate', 'before ActivateConnection', 'after ActivateConnection', undefined];
    for (const diesAt of steps) {
      test(`R9: of a provisional start, killed ${diesAt ?? 'when it was done'}, nothing is left`, async () => {
        const before = await routes();
        await killed([['provisional', cafe]], diesAt);
        assert.equal(journals().length, 1);
        await begin();
        await untilLeft(before);
        assert.ok(!(await active()).includes(cafe));
        assert.ok((await active()).includes(office));
      });
    }

    for (const method of ['manual', 'auto']) {
      const how = method === 'auto' ? 'an old link with DHCP' : 'a static old link';
      for (const diesAt of [
        'before Reapply',
        'after Reapply',
        'before ActivateConnection',
        'after ActivateConnection',
        undefined,
      ]) {
        test(`R9: of ${how} that holds the traffic, killed ${diesAt ?? 'when it does'}, nothing is left`, async () => {
          await lab.nmcli('connection', 'modify', cafe, 'ipv4.route-metric', '60');
          if (method === 'auto') {
            await lab.startDhcp(0);
            const settings = ['ipv4.method', 'auto', 'ipv4.addresses', '', 'ipv4.gateway', ''];
            await lab.nmcli('connection', 'modify', office, ...settings);
            await lab.nmcli('connection', 'up', office);
          }
          const before = await routes();
          await killed([['provisional', cafe]], diesAt);
          assert.equal(journals().length, 1);
          await begin();
          await untilLeft(before);
          assert.ok((await active()).includes(office));
        });
      }
    }

    test('R9: of a whole move that was not accepted nothing is left', async () => {
      const before = await routes();
      await killed([
        ['provisional', cafe],
        ['prepare', cafe],
      ]);
      await begin();
      await untilLeft(before);
      assert.ok(!(await active()).includes(cafe));
    });

    test('R4: what was accepted stays up, with nothing else left', async () => {
      await killed([
        ['provisional', cafe],
        ['prepare', cafe],
        ['prefer', cafe],
      ]);
      await begin();
      while ((await way()) !== 'veth0' || journals().length > 0) {
        await new Promise((resolve) => setImmediate(resolve));
      }
      assert.ok((await active()).includes(cafe));
      assert.doesNotMatch(await routes(), /^2\d{4}:/m);
    });

    test('O5, R9: what another window has opened meanwhile stays up, with nothing else left', async () => {
      await killed([
        ['provisional', cafe],
        ['prepare', cafe],
        ['keep', cafe],
      ]);
      await begin();
      // NetworkManager answers before it has set the routes (1.42).
      while (journals().length > 0 || (await checkpoints()).length > 0 || (await way()) !== 'veth0') {
        await new Promise((resolve) => setImmediate(resolve));
      }
      assert.ok((await active()).includes(cafe));
      assert.doesNotMatch(await routes(), /^2\d{4}:/m);
    });

    // NetworkManager would take the start back by itself later, whoever holds it by then.
    for (const diesAt of ['before CheckpointDestroy', 'after CheckpointDestroy']) {
      for (const act of ['keep', 'prefer', 'stop'] as const) {
        test(`R9: of a start that is over by ${act}, killed ${diesAt}, no checkpoint is left`, async () => {
          await killed(
            [
              ['provisional', cafe],
              [act, cafe],
            ],
            diesAt,
          );
          await begin();
          while (journals().length > 0 || (await checkpoints()).length > 0 || (await way()) !== 'veth0') {
            await new Promise((resolve) => setImmediate(resolve));
          }
          assert.equal((await active()).includes(cafe), act !== 'stop');
          assert.ok((await active()).includes(office));
        });
      }
    }

    test('R9: what carries the only default route stays up: the machine stays on its network', async () => {
      await killed([['provisional', cafe]]);
      await lab.nmcli('connection', 'down', office);
      await begin();
      while (journals().length > 0) {
        await new Promise((resolve) => setImmediate(resolve));
      }
      assert.ok((await active()).includes(cafe));
    });

    test('R9: what others have started since is theirs', async () => {
      await killed([['provisional', cafe]]);
      await lab.nmcli('connection', 'down', cafe);
      await lab.nmcli('connection', 'up', cafe);
      await begin();
      while (journals().length > 0) {
        await new Promise((resolve) => setImmediate(resolve));
      }
      assert.ok((await active()).includes(cafe));
    });

    test('R9: NetworkManager takes back a start by itself when nobody runs, and what that had displaced is up again', async () => {
      await lab.nmcli('connection', 'up', station);
      const before = await routes();
      await killed([['provisional', cafe]]);
      assert.ok(!(await active()).includes(station));
      await hurryCheckpoint();
      while (!(await active()).includes(station) || (await routes()) !== before) {
        await new Promise((resolve) => setImmediate(resolve));
      }
      assert.ok(!(await active()).includes(cafe));
    });

    test('R9: what a start had displaced is up again at once when somebody runs', async () => {
      await lab.nmcli('connection', 'up', station);
      const before = await routes();
      await killed([['provisional', cafe]]);
      await begin();
      await untilLeft(before);
      assert.ok((await active()).includes(station));
    });

    test('R9: a rule that NetworkManager has forgotten, of a link that is down by now, goes when that is up again', async () => {
      await lab.nmcli('connection', 'up', cafe);
      const before = await routes();
      await killed([['prepare', cafe]]);
      await lab.killNetworkManager();
      await lab.startNetworkManager();
      await lab.nmcli('connection', 'down', cafe);
      const { platform } = await begin();
      await platform.look();
      assert.equal(await way(), 'veth0');
      await lab.nmcli('connection', 'up', cafe);
      await untilLeft(before);
    });

    test('what a process that lives is about is left to it', async () => {
      await lab.nmcli('connection', 'up', cafe);
      const first = await begin();
      await first.platform.routing?.prepare(cafe);
      const during = await routes();
      const second = await WatchedPlatform.start(new NetworkManagerPlatform({ stateDirectory }));
      await second.platform.routing?.prepare(cafe);
      await second.platform.routing?.restore(cafe);
      assert.equal(await routes(), during);
      await second.dispose();
      assert.equal(await routes(), during);
    });

    test('a platform that is disposed of leaves nothing', async () => {
      await lab.nmcli('connection', 'up', cafe);
      const before = await routes();
      const { platform } = await begin();
      await platform.routing?.prepare(cafe);
      await platform.routing?.prefer(cafe);
      await platform.dispose();
      assert.equal(await routes(), before);
      assert.deepEqual(journals(), []);
    });
  });

  suite('a NetworkManager that is killed in the middle of a move', () => {
    let watched: WatchedPlatform;
    let stateDirectory: string;

    setup(async () => {
      stateDirectory = mkdtempSync(path.join(tmpdir(), 'network-sessions-journal-'));
      await lab.reset();
      await lab.addProfiles([
        { uuid: office, id: 'Office', link: 0 },
        { uuid: cafe, id: 'Cafe', link: 1 },
      ]);
      await lab.nmcli('connection', 'up', office);
      watched = await WatchedPlatform.start(new NetworkManagerPlatform({ stateDirectory }));
    });

    teardown(async () => {
      await watched.dispose();
      rmSync(stateDirectory, { recursive: true, force: true });
    });

    async function restarted(): Promise<void> {
      await lab.killNetworkManager();
      await watched.until(() => watched.system.away !== undefined);
      assert.equal(watched.platform.routing, undefined);
      await lab.startNetworkManager();
      await watched.until(() => watched.system.away === undefined);
    }

    const routing = () => {
      assert.ok(watched.platform.routing);
      return watched.platform.routing;
    };

    for (const isPreferred of [false, true]) {
      const what = isPreferred ? 'what was preferred' : 'what was prepared';
      test(`O13: ${what} is so again, and can be taken back`, async () => {
        await watched.start(cafe);
        const before = await routes();
        await routing().prepare(cafe);
        if (isPreferred) {
          await routing().prefer(cafe);
        }
        const during = await routes();
        await restarted();
        while ((await routes()) !== during) {
          await new Promise((resolve) => setImmediate(resolve));
        }
        await routing().restore(cafe);
        assert.equal(await routes(), before);
        assert.deepEqual(readdirSync(stateDirectory), []);
      });

      test(`O13: of ${what} nothing is left when it is stopped afterwards`, async () => {
        const before = await routes();
        await watched.start(cafe);
        await routing().prepare(cafe);
        if (isPreferred) {
          await routing().prefer(cafe);
        }
        await restarted();
        await watched.stop(cafe);
        assert.equal(await routes(), before);
        assert.deepEqual(readdirSync(stateDirectory), []);
      });
    }

    test('R9: what is not wanted any more when it is back is taken back then', async () => {
      await watched.start(cafe);
      const before = await routes();
      const { routing: kept } = watched.platform;
      await kept?.prepare(cafe);
      await lab.killNetworkManager();
      await watched.until(() => watched.system.away !== undefined);
      await kept?.restore(cafe);
      await lab.startNetworkManager();
      while ((await routes()) !== before) {
        await new Promise((resolve) => setImmediate(resolve));
      }
    });
  });
}

/** All rules and routes of the client, as the kernel has them, but for those of IPv6 that come when a link is first used. */
async function routes(): Promise<string> {
  const rules = await lab.ip('client', 'rule');
  const all = await lab.ip('client', 'route', 'show', 'table', 'all');
  return `${rules}${all.replace(/^multicast .*\n/gm, '')}`;
}

/** The interface by which the system's own traffic leaves. */
async function way(): Promise<string | undefined> {
  return /dev (\S+)/.exec(await lab.ip('client', 'route', 'get', '10.99.0.1'))?.[1];
}

if (process.env['ERRAND'] === undefined) {
  suites();
} else {
  void run(JSON.parse(process.env['ERRAND']));
}
