import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Capability, SessionError } from '../../../src/engine/index.js';
import { NetworkManagerPlatform } from '../../../src/platforms/networkManager/index.js';
import { FakeNetworkManager, value } from '../../fixtures/fakeNetworkManager.js';
import { type RoutingDriver, routingContract } from '../../fixtures/routingContract.js';
import { TestClock } from '../../fixtures/testClock.js';
import { failureOf, WatchedPlatform } from '../../fixtures/watchedPlatform.js';

const nm = 'org.freedesktop.NetworkManager';
const control = `${nm}.network-control`;
const checkpoints = `${nm}.checkpoint-rollback`;
const office = 'office';
const cafe = 'cafe';
const deviceOf: Readonly<Record<string, string>> = { [office]: 'eth0', [cafe]: 'eth1' };

/** Two links, the office's in use. */
async function makeNetwork(): Promise<FakeNetworkManager> {
  const network = await FakeNetworkManager.start();
  for (const [identifier, address] of [
    [office, '192.0.2.2'],
    [cafe, '192.0.2.3'],
  ] as const) {
    const device = deviceOf[identifier] ?? '';
    network.addDevice(device);
    network.addProfile({ identifier, device, addresses: [address] });
  }
  network.putUp(office);
  return network;
}

/** Where the fake's traffic goes: by the lowest metric of what has carrier. */
function wayOf(network: FakeNetworkManager): string | undefined {
  const metrics = [office, cafe].map((identifier) => {
    const device = deviceOf[identifier] ?? '';
    const isUp = network.get(network.device(device), `${nm}.Device`, 'State') === 100;
    const hasCarrier = network.get(network.device(device), `${nm}.Device.Wired`, 'Carrier') === true;
    return { identifier, metric: isUp && hasCarrier ? network.routing(device).metric : undefined };
  });
  const known = metrics.filter(({ metric }) => metric !== undefined);
  return known.sort((one, other) => (one.metric ?? 0) - (other.metric ?? 0))[0]?.identifier;
}

const routesOf = (network: FakeNetworkManager) =>
  JSON.stringify(
    Object.values(deviceOf).map((device) => {
      const isUp = network.get(network.device(device), `${nm}.Device`, 'State') === 100;
      return isUp ? network.routing(device) : 'down';
    }),
  );

class FakeRoutingDriver implements RoutingDriver {
  readonly first = office;
  readonly second = cafe;
  #network!: FakeNetworkManager;

  async setUp(): Promise<void> {
    this.#network = await makeNetwork();
  }

  tearDown(): Promise<void> {
    return this.#network.dispose();
  }

  makePlatform(): NetworkManagerPlatform {
    const { address: busAddress, procRoot, sysRoot } = this.#network;
    return new NetworkManagerPlatform({ busAddress, procRoot, sysRoot });
  }

  /** What is said has arrived, and what follows from it has been done. */
  async passTime(): Promise<void> {
    await this.#network.spoken();
    await new Promise((resolve) => setImmediate(resolve));
  }

  async routes(): Promise<string> {
    return routesOf(this.#network);
  }

  async way(): Promise<string | undefined> {
    return wayOf(this.#network);
  }

  async makeSecondBetter(): Promise<void> {
    this.#network.changeProfile(cafe, 'ipv4', { method: value('s', 'auto'), 'route-metric': value('x', 70n) });
    const reads = () => this.#network.calls.filter((member) => member === 'GetSettings').length;
    for (const before = reads(); reads() === before; ) {
      await this.passTime();
    }
    await this.passTime();
  }

  async pull(identifier: string): Promise<void> {
    this.#network.setCarrier(deviceOf[identifier] ?? '', false);
  }

  async refuseNext(): Promise<void> {
    this.#network.refuseNext('Reapply');
  }

  goAway(): Promise<void> {
    return this.#network.disappear();
  }

  comeBack(): Promise<void> {
    return this.#network.appear();
  }
}

routingContract('NetworkManager on a fake', () => new FakeRoutingDriver());

suite('NetworkManager: moving traffic', () => {
  let fake: FakeNetworkManager;
  let clock: TestClock;
  let stateDirectory: string;
  let watched: WatchedPlatform;

  setup(async () => {
    fake = await makeNetwork();
    clock = new TestClock();
    stateDirectory = mkdtempSync(path.join(tmpdir(), 'journal-'));
    watched = await begin();
  });

  teardown(async () => {
    await passing(watched.dispose());
    await fake.dispose();
    rmSync(stateDirectory, { recursive: true, force: true });
  });

  function begin(busAddress = fake.address): Promise<WatchedPlatform> {
    const { procRoot, sysRoot } = fake;
    return WatchedPlatform.start(new NetworkManagerPlatform({ busAddress, procRoot, sysRoot, clock, stateDirectory }));
  }

  const routing = () => {
    assert.ok(watched.platform.routing);
    return watched.platform.routing;
  };
  const startProvisionally = () => watched.platform.startAccessPoint(cafe, { interactive: false, provisional: true });

  /** A call to its end, while time goes by. */
  async function passing<T>(call: Promise<T>): Promise<T> {
    let isOver = false;
    const end = call.finally(() => {
      isOver = true;
    });
    end.catch(() => undefined);
    while (!isOver) {
      await fake.spoken();
      await clock.advance(100);
    }
    return end;
  }

  async function untilJournalIsEmpty(): Promise<void> {
    while (readdirSync(stateDirectory).length > 0) {
      await passing(Promise.resolve());
    }
  }

  async function untilCalled(member: string): Promise<void> {
    while (!fake.calls.includes(member)) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  test('M5: where links may not be changed without asking, it says that it cannot', async () => {
    const both = Capability.ApplicationLevelRoaming | Capability.ForcedRoaming;
    for (const grant of ['auth', 'no', 'unheard of']) {
      fake.setPermissions({ [control]: grant });
      await watched.until(() => (watched.system.capabilities & both) === 0);
      assert.equal(watched.platform.routing, undefined);
      fake.setPermissions({ [control]: 'yes' });
      await watched.until(() => (watched.system.capabilities & both) === both);
    }
  });

  test('the metric is that of the default route, or the one that it would have', async () => {
    const metrics = () => [office, cafe].map((identifier) => watched.facts(identifier).metric);
    assert.deepEqual(metrics(), [100, 100]);
    await watched.start(cafe);
    assert.deepEqual(metrics(), [100, 101]);
    await passing(routing().prefer(cafe));
    assert.equal(fake.routing('eth1').metric, 99);
    assert.deepEqual(metrics(), [100, 101]);
  });

  test('others that change the device at the same time are given way to', async () => {
    await watched.start(cafe);
    fake.calls.length = 0;
    const prepared = passing(routing().prepare(cafe));
    await untilCalled('GetAppliedConnection');
    fake.changeApplied('eth1');
    await prepared;
    assert.deepEqual(fake.routing('eth1').diverted, ['192.0.2.3']);
  });

  suite('R8: a start that traffic waits for', () => {
    const start = (preferred: boolean) => {
      const up = watched.platform.startAccessPoint(cafe, { interactive: false, preferred });
      up.catch(() => undefined);
      return up;
    };
    const reapplied = () => fake.calls.filter((member) => member === 'Reapply').length;

    async function untilConfigured(): Promise<void> {
      while (fake.get(fake.device('eth1'), `${nm}.Device`, 'State') !== 80) {
        await passing(Promise.resolve());
      }
      for (let turn = 0; turn < 5; turn++) {
        await passing(Promise.resolve());
      }
    }

    setup(() => fake.setFate(cafe, 'configured'));

    test('is preferred as soon as its link has routes, not only when it is up', async () => {
      const up = start(true);
      await untilConfigured();
      assert.equal(watched.facts(cafe).link, 'starting');
      assert.equal(fake.routing('eth1').metric, 99);
      assert.equal(readdirSync(stateDirectory).length, 1);
      fake.finish(cafe);
      await passing(up);
      await passing(routing().prefer(cafe));
      assert.equal(reapplied(), 1);
      assert.equal(watched.facts(cafe).metric, 101);
      await passing(routing().restore(cafe));
      assert.equal(fake.routing('eth1').metric, 101);
      assert.deepEqual(readdirSync(stateDirectory), []);
    });

    test('any other is left as it is', async () => {
      const up = start(false);
      await untilConfigured();
      assert.equal(fake.routing('eth1').metric, 101);
      fake.finish(cafe);
      await passing(up);
      assert.equal(reapplied(), 0);
    });

    test('is preferred when it is up where it could not be before', async () => {
      fake.refuseNext('Reapply');
      const up = start(true);
      await untilConfigured();
      fake.finish(cafe);
      await passing(up);
      await passing(routing().prefer(cafe));
      assert.equal(fake.routing('eth1').metric, 99);
    });

    test('is read anew where others change the device meanwhile', async () => {
      fake.setFate(cafe, 'hold');
      const up = start(true);
      await untilCalled('GetAppliedConnection');
      await passing(Promise.resolve());
      fake.changeApplied('eth1');
      fake.finish(cafe);
      await passing(up);
      await passing(routing().prefer(cafe));
      assert.equal(fake.routing('eth1').metric, 99);
    });

    test('leaves nothing when it is cancelled', async () => {
      const up = failureOf(start(true));
      await untilConfigured();
      await passing(watched.platform.stopAccessPoint(cafe, () => undefined));
      await up;
      assert.deepEqual(readdirSync(stateDirectory), []);
    });

    test('is an ordinary one when it is restored before it is up', async () => {
      const up = start(true);
      await untilConfigured();
      await passing(routing().restore(cafe));
      fake.finish(cafe);
      await passing(up);
      await untilJournalIsEmpty();
      assert.equal(fake.routing('eth1').metric, 101);
    });
  });

  for (const act of ['prepare', 'prefer'] as const) {
    const isAsBefore = (before: string) => {
      assert.equal(routesOf(fake), before);
      assert.deepEqual(readdirSync(stateDirectory), []);
    };

    for (const member of ['GetAppliedConnection', 'Reapply']) {
      test(`${act}: a refused ${member} rejects with the reason, and nothing is left`, async () => {
        await watched.start(cafe);
        const before = routesOf(fake);
        fake.refuseNext(member);
        const failure = await failureOf(passing(routing()[act](cafe)));
        assert.equal(failure.error, SessionError.OperationNotSupportedError);
        isAsBefore(before);
      });

      test(`${act}: a ${member} that is never answered rejects, and nothing is left`, async () => {
        await watched.start(cafe);
        const before = routesOf(fake);
        fake.hangNext(member);
        await failureOf(passing(routing()[act](cafe)));
        isAsBefore(before);
      });

      test(`${act}: a link that dies during ${member} rejects at once`, async () => {
        await watched.start(cafe);
        fake.hangNext(member);
        fake.calls.length = 0;
        const call = failureOf(routing()[act](cafe));
        await untilCalled(member);
        fake.setCarrier('eth1', false);
        assert.equal((await call).facts.code, 'carrierLost');
        const before = fake.calls.filter((each) => each === 'Reapply').length;
        await clock.advance(10_000);
        assert.equal(fake.calls.filter((each) => each === 'Reapply').length, before);
        fake.setCarrier('eth1', true);
        await watched.untilLink(cafe, 'up');
        await untilJournalIsEmpty();
        assert.deepEqual(fake.routing('eth1'), { metric: 101, diverted: [] });
      });

      test(`${act}: NetworkManager goes during ${member}, and is back: nothing is left`, async () => {
        await watched.start(cafe);
        const before = routesOf(fake);
        fake.hangNext(member);
        fake.calls.length = 0;
        const call = failureOf(routing()[act](cafe));
        await untilCalled(member);
        await fake.disappear();
        assert.equal((await call).error, SessionError.UnknownSessionError);
        await watched.until(() => watched.system.away !== undefined);
        await fake.appear();
        await watched.until(() => watched.system.away === undefined);
        await untilJournalIsEmpty();
        isAsBefore(before);
      });
    }

    test(`${act}: routes that never follow reject, and what was changed is taken back`, async () => {
      await watched.start(cafe);
      fake.holdsRoutes = true;
      const call = failureOf(passing(routing()[act](cafe)));
      assert.equal((await call).facts.code, 'timedOut');
      assert.deepEqual(fake.routing('eth1').diverted, []);
      fake.holdsRoutes = false;
    });
  }

  test('R9: a start that is final has no checkpoint and no entry any more', async () => {
    await passing(startProvisionally());
    assert.equal(fake.checkpoints, 1);
    assert.equal(readdirSync(stateDirectory).length, 1);
    await passing(routing().prefer(cafe));
    await fake.spoken();
    await passing(routing().restore(cafe));
    await untilJournalIsEmpty();
    assert.equal(fake.checkpoints, 0);
  });

  test('O5, R9: one that another process has opened is not taken back, and its traffic waits for the answer all the same', async () => {
    await passing(startProvisionally());
    await passing(routing().prepare(cafe));
    routing().keep(cafe);
    await fake.spoken();
    assert.equal(fake.checkpoints, 0);
    assert.notEqual(wayOf(fake), cafe);
    await watched.dispose();
    const next = await begin();
    await fake.spoken();
    assert.ok(!fake.calls.includes('DeactivateConnection'));
    await next.dispose();
  });

  test('R9: a checkpoint never takes back what its process is still about', async () => {
    await passing(startProvisionally());
    fake.calls.length = 0;
    await clock.advance(200_000);
    await fake.spoken();
    assert.equal(fake.calls.filter((member) => member === 'CheckpointAdjustRollbackTimeout').length, 6);
  });

  test('R9: a start that is stopped, and one that fails, leave no checkpoint', async () => {
    await passing(startProvisionally());
    await passing(watched.stop(cafe));
    fake.setFate(cafe, { reason: 5 });
    await failureOf(passing(startProvisionally()));
    await untilJournalIsEmpty();
    assert.equal(fake.checkpoints, 0);
  });

  test('R9: one that is disposed of waits for the end of its checkpoints', async () => {
    await passing(startProvisionally());
    routing().keep(cafe);
    await passing(watched.dispose());
    assert.equal(fake.checkpoints, 0);
    assert.deepEqual(readdirSync(stateDirectory), []);
  });

  suite('R9: a checkpoint that is to go', () => {
    const journals = () =>
      readdirSync(stateDirectory).map((file) => readFileSync(path.join(stateDirectory, file), 'utf8'));
    const written = () => journals().join('\n');
    const spent = () => journals().flatMap((journal) => JSON.parse(journal).spent ?? []).length;

    /** A process that is disposed of while its start is under way; its checkpoint is there still. */
    async function died(): Promise<void> {
      fake.hangNext('ActivateConnection');
      startProvisionally().catch(() => undefined);
      await untilCalled('ActivateConnection');
      await passing(watched.dispose());
      assert.equal(fake.checkpoints, 1);
    }

    async function until(isSo: () => boolean): Promise<void> {
      while (!isSo()) {
        await passing(Promise.resolve());
      }
    }

    test('is told of again where NetworkManager has not answered', async () => {
      await passing(startProvisionally());
      fake.hangNext('CheckpointDestroy');
      routing().keep(cafe);
      await fake.spoken();
      await clock.advance(5_100);
      assert.deepEqual([fake.checkpoints, spent()], [1, 1]);
      await passing(watched.platform.look());
      await untilJournalIsEmpty();
      assert.equal(fake.checkpoints, 0);
    });

    test('went with the NetworkManager that had it: another is not told of it', async () => {
      await passing(startProvisionally());
      fake.hangNext('CheckpointDestroy');
      routing().keep(cafe);
      await untilCalled('CheckpointDestroy');
      await fake.disappear();
      await watched.until(() => watched.system.away !== undefined);
      fake.calls.length = 0;
      await fake.appear();
      await untilJournalIsEmpty();
      assert.ok(!fake.calls.includes('CheckpointDestroy'));
    });

    test('is told of by the next where a platform is disposed of before the answer, and hinders nobody', async () => {
      fake.hangNext('CheckpointDestroy');
      await passing(startProvisionally());
      await passing(watched.stop(cafe));
      await passing(startProvisionally());
      await passing(watched.dispose());
      watched = await begin();
      await until(() => watched.facts(cafe).link === 'down');
      await untilJournalIsEmpty();
      assert.equal(fake.checkpoints, 0);
    });

    test('of a dead process stays in the journal until the answer', async () => {
      await died();
      fake.hangNext('CheckpointDestroy');
      watched = await begin();
      await untilCalled('CheckpointDestroy');
      assert.deepEqual([fake.checkpoints, spent()], [1, 1]);
    });

    test('of a dead process goes without a start of ours that has begun meanwhile', async () => {
      await died();
      fake.hangNext('CheckpointDestroy');
      watched = await begin();
      await untilCalled('CheckpointDestroy');
      await passing(startProvisionally());
      await clock.advance(5_100);
      await passing(watched.platform.look());
      await until(() => spent() === 0);
      assert.equal(fake.checkpoints, 1);
      assert.equal(readdirSync(stateDirectory).length, 1);
    });

    test('of a dead process says that its start was over, where that was not written any more', async () => {
      await passing(startProvisionally());
      await passing(watched.dispose());
      const [file = ''] = readdirSync(stateDirectory).map((name) => path.join(stateDirectory, name));
      const journal = JSON.parse(readFileSync(file, 'utf8'));
      const [{ owner, start }] = journal.traces;
      const [run] = owner.split('/');
      writeFileSync(file, JSON.stringify({ ...journal, spent: [{ run, checkpoint: start.checkpoint }] }), {
        mode: 0o600,
      });
      fake.calls.length = 0;
      watched = await begin();
      await untilJournalIsEmpty();
      assert.deepEqual([fake.checkpoints, watched.facts(cafe).link], [0, 'up']);
      assert.ok(!fake.calls.includes('CheckpointRollback'));
    });

    test('of a dead process says nothing of its start where another one has spent it, which held it and is dead too', async () => {
      await passing(startProvisionally());
      const holder = await begin();
      fake.hangNext('CheckpointDestroy');
      holder.platform.setHeld?.(cafe, true);
      await untilCalled('CheckpointDestroy');
      await passing(holder.dispose());
      await passing(watched.dispose());
      const file = readdirSync(stateDirectory)
        .map((name) => path.join(stateDirectory, name))
        .find((each) => readFileSync(each, 'utf8').includes('"start"'));
      assert.ok(file);
      renameSync(file, `${file}.later`); // That of the one that held it is found first.
      fake.hangNext('CheckpointDestroy');
      watched = await begin();
      await until(() => fake.calls.filter((member) => member === 'CheckpointDestroy').length === 2);
      assert.equal(spent(), 1);
      renameSync(`${file}.later`, file);
      await passing(watched.platform.look());
      await until(() => watched.facts(cafe).link === 'down');
      await clock.advance(5_100);
      await passing(watched.platform.look());
      await untilJournalIsEmpty();
      assert.equal(fake.checkpoints, 0);
    });

    /** What a dead process has started is being rolled back, and the answer does not come. */
    async function rollsBack(): Promise<void> {
      await passing(startProvisionally());
      await passing(watched.dispose());
      fake.hangNext('CheckpointRollback');
      watched = await begin();
      await untilCalled('CheckpointRollback');
    }

    test('of a dead process goes without a start of ours that has begun while it is rolled back', async () => {
      await rollsBack();
      fake.rollBack();
      await until(() => watched.facts(cafe).link === 'down');
      await passing(startProvisionally());
      await clock.advance(5_100);
      await passing(watched.platform.look());
      await until(() => spent() === 0);
      assert.equal(fake.checkpoints, 1);
      assert.equal(readdirSync(stateDirectory).length, 1);
    });

    test('of a dead process goes with one of ours where what it has started is up, and opened here', async () => {
      await rollsBack();
      await passing(startProvisionally());
      await until(() => spent() === 0);
      assert.equal(fake.checkpoints, 0);
    });

    test('of a dead process goes where a start of ours was there before it was found', async () => {
      await died();
      const [file = ''] = readdirSync(stateDirectory).map((name) => path.join(stateDirectory, name));
      renameSync(file, `${file}.later`);
      watched = await begin();
      await passing(startProvisionally());
      renameSync(`${file}.later`, file);
      await passing(watched.platform.look());
      await until(() => fake.checkpoints === 1);
      await passing(routing().prefer(cafe));
      await until(() => fake.checkpoints === 0);
      assert.equal(watched.facts(cafe).link, 'up');
    });

    test('is told of again where NetworkManager has refused', async () => {
      await passing(startProvisionally());
      fake.refuseNext('CheckpointDestroy');
      routing().keep(cafe);
      await fake.spoken();
      assert.deepEqual([fake.checkpoints, spent()], [1, 1]);
      await passing(watched.platform.look());
      await untilJournalIsEmpty();
      assert.equal(fake.checkpoints, 0);
    });

    test('is still known where others have started the link anew', async () => {
      await passing(startProvisionally());
      fake.startAgain(cafe);
      fake.finish(cafe);
      await until(() => fake.calls.includes('GetAppliedConnection'));
      await passing(watched.platform.look());
      await passing(watched.dispose());
      assert.match(written(), /Checkpoint\//);
    });

    suite('of a process that is cut off from the bus', () => {
      let pipe: Server;
      let clients: Socket[];

      setup(async () => {
        await watched.dispose();
        clients = [];
        pipe = createServer((client) => {
          client.on('error', () => undefined);
          client.pipe(createConnection(fake.socket)).pipe(client);
          clients.push(client);
        });
        const socket = path.join(stateDirectory, '..', `${path.basename(stateDirectory)}.sock`);
        await new Promise<void>((resolve) => pipe.listen(socket, () => resolve()));
        watched = await begin(`unix:path=${socket}`);
      });

      teardown(() => pipe.close());

      async function cutOff(): Promise<void> {
        for (const client of clients) {
          client.destroy();
        }
        await watched.until(() => watched.system.away !== undefined);
        await until(() => watched.system.away === undefined);
      }

      test('goes when its start is final', async () => {
        await passing(startProvisionally());
        await cutOff();
        routing().keep(cafe);
        await untilJournalIsEmpty();
        assert.deepEqual([fake.checkpoints, watched.facts(cafe).link], [0, 'up']);
      });

      test('stays while its start is not final, and is renewed', async () => {
        fake.setFate(cafe, 'hold');
        const cut = failureOf(startProvisionally());
        await until(() => written().includes('ActiveConnection'));
        await watched.untilLink(cafe, 'starting');
        await cutOff();
        assert.equal((await cut).facts.code, 'platformGone');
        fake.finish(cafe);
        await until(() => watched.facts(cafe).link === 'up');
        const renewals = () => fake.calls.filter((member) => member === 'CheckpointAdjustRollbackTimeout').length;
        const before = renewals();
        await clock.advance(61_000);
        await fake.spoken();
        assert.deepEqual([fake.checkpoints, spent(), renewals() - before], [1, 0, 2]);
        await passing(routing().prefer(cafe));
        await until(() => fake.checkpoints === 0);
      });

      test('is rolled back when it is in reach again', async () => {
        await passing(startProvisionally());
        await passing(watched.dispose());
        fake.hangNext('CheckpointRollback');
        watched = await begin(`unix:path=${pipe.address()}`);
        await untilCalled('CheckpointRollback');
        await cutOff();
        await until(() => watched.facts(cafe).link === 'down');
        await untilJournalIsEmpty();
        assert.equal(fake.checkpoints, 0);
      });
    });
  });

  for (const member of ['CheckpointCreate', 'CheckpointDestroy']) {
    test(`R9: a refused ${member} does not keep anybody from moving`, async () => {
      fake.refuseNext(member);
      await passing(startProvisionally());
      await passing(routing().prepare(cafe));
      await passing(routing().prefer(cafe));
      assert.equal(wayOf(fake), cafe);
    });
  }

  test('R9: a start that is cancelled before it begins takes nothing from the next one', async () => {
    const cancelled = failureOf(startProvisionally());
    await watched.stop(cafe);
    await passing(startProvisionally());
    assert.equal((await passing(cancelled)).facts.code, 'cancelled');
    while (fake.checkpoints !== 1) {
      await passing(Promise.resolve());
    }
    const [file = ''] = readdirSync(stateDirectory);
    const [trace] = JSON.parse(readFileSync(path.join(stateDirectory, file), 'utf8')).traces;
    assert.ok(trace.start.activation && trace.start.checkpoint);
    routing().keep(cafe);
    await untilJournalIsEmpty();
    assert.equal(fake.checkpoints, 0);
  });

  test('R9: where checkpoints are not granted none is asked for', async () => {
    fake.setPermissions({ [control]: 'yes', [checkpoints]: 'auth' });
    await fake.spoken();
    await watched.platform.look();
    await passing(startProvisionally());
    assert.ok(!fake.calls.includes('CheckpointCreate'));
  });

  test('R9: a start that others had begun is theirs', async () => {
    fake.setFate(cafe, 'hold');
    const others = await begin();
    const theirs = others.start(cafe);
    await watched.untilLink(cafe, 'starting');
    const ours = startProvisionally();
    fake.finish(cafe);
    await passing(Promise.all([theirs, ours]));
    await untilJournalIsEmpty();
    assert.equal(fake.checkpoints, 0);
    await others.dispose();
  });

  test('R9: what a platform leaves that is disposed of in the middle of a move, the next takes back', async () => {
    await passing(startProvisionally());
    await passing(routing().prepare(cafe));
    await passing(watched.dispose());
    assert.equal(readdirSync(stateDirectory).length, 1);
    watched = await begin();
    await watched.untilLink(cafe, 'down');
    await untilJournalIsEmpty();
    assert.equal(watched.facts(office).link, 'up');
  });
});
