// Sessions on a real NetworkManager when things go wrong: nothing is left counted or up, and each end is a sentence.
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import {
  type ManagerOptions,
  NetworkConfigurationManager,
  type NetworkSession,
  SessionError,
  SessionState,
} from '../../src/engine/index.js';
import { NetworkManagerPlatform } from '../../src/platforms/networkManager/index.js';
import { eventsOf } from '../fixtures/engineFixture.js';
import { Lab } from '../harness/lab.mjs';

const lab = Lab.attached();
const office = '11111111-1111-4111-8111-111111111111';
const hostile = '33333333-3333-4333-8333-333333333333';
const hostileName = '[x](command:y) $(zap)\u202e<b>\u0007';
const nobody = 65_534;

/** Numbers that look random and are the same in every run. */
function* seeded(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state;
  }
}

/** Sends bytes that need no answer. This process is in the client's namespace. */
async function broadcast(address: string): Promise<void> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(resolve));
  socket.setBroadcast(true);
  for (let count = 0; count < 3; count++) {
    await new Promise((resolve) => socket.send(Buffer.alloc(1000), 9, address, resolve));
  }
  socket.close();
}

suite('sessions on NetworkManager, when things go wrong', () => {
  let manager: NetworkConfigurationManager;

  setup(async () => {
    await lab.reset();
    await lab.addProfile({ uuid: office, id: 'Office', link: 0 });
    await begin();
  });

  teardown(() => manager.dispose());

  async function begin(options: ManagerOptions = {}): Promise<void> {
    manager = new NetworkConfigurationManager(new NetworkManagerPlatform(), options);
    await manager.start();
  }

  /** Resolves when the manager knows it. */
  async function known(uuid: string): Promise<void> {
    while (!manager.configurationFromIdentifier(uuid).isValid) {
      await new Promise((resolve) => {
        const subscription = manager.onDidAddConfiguration((value) => {
          subscription.dispose();
          resolve(value);
        });
      });
    }
  }

  async function open(uuid: string): Promise<{ session: NetworkSession; heard: string[] }> {
    const session = manager.createSession(uuid);
    const heard = eventsOf(session);
    session.open();
    assert.equal(await session.waitForOpened(), true, session.errorString);
    return { session, heard };
  }

  function closed(session: NetworkSession): Promise<void> {
    return new Promise((resolve) => {
      const subscription = session.onDidClose(() => {
        subscription.dispose();
        resolve();
      });
    });
  }

  async function shows(session: NetworkSession, state: SessionState): Promise<void> {
    while (session.state !== state) {
      await new Promise((resolve) => {
        const subscription = session.onDidChangeState((value) => {
          subscription.dispose();
          resolve(value);
        });
      });
    }
  }

  const activeProfiles = () => lab.nmcli('-t', '-f', 'UUID', 'connection', 'show', '--active');

  /** The last error is a sentence about this access point, without anything that only a program understands. */
  function isSentence(session: NetworkSession, what: RegExp): void {
    assert.match(session.errorString, what);
    assert.match(session.errorString, /^[A-Z[].*[.)]$/su);
    assert.doesNotMatch(session.errorString, /undefined|null|\[object|Error|\{\d\}/);
  }

  test('O1, O5: opened, shared, closed, and down with the last', async () => {
    const first = await open(office);
    const second = await open(office);
    assert.match(await activeProfiles(), new RegExp(office));
    first.session.close();
    await closed(first.session);
    assert.equal(second.session.state, SessionState.Connected);
    assert.match(await activeProfiles(), new RegExp(office));
    second.session.close();
    await closed(second.session);
    assert.deepEqual(second.heard, ['opened', 'Closing', 'Disconnected', 'closed']);
    assert.doesNotMatch(await activeProfiles(), new RegExp(office));
    assert.equal(manager.holders(office), 0);
  });

  test('O13: NetworkManager is killed and started again: the session goes on', async () => {
    const { session, heard } = await open(office);
    const back = new Promise<void>((resolve) => {
      manager.onDidChangeSystem(({ away }) => away === undefined && resolve());
    });
    const away = new Promise<void>((resolve) => {
      manager.onDidChangeSystem((system) => system.away !== undefined && resolve());
    });
    await lab.killNetworkManager();
    await away;
    assert.equal(session.isOpen, true);
    const other = manager.createSession(office);
    other.open();
    assert.equal(other.error, SessionError.OperationNotSupportedError);
    isSentence(other, /network service of this system is not answering/);
    await lab.startNetworkManager();
    await back;
    assert.deepEqual([session.isOpen, session.state], [true, SessionState.Connected]);
    assert.deepEqual(heard, ['Connecting', 'Connected', 'opened']);
    assert.equal(manager.isStartedHere(office), true);
    session.close();
    await closed(session);
    assert.doesNotMatch(await activeProfiles(), new RegExp(office));
  });

  test('O13: the bus is killed, and all is started again: the session goes on', async () => {
    const { session, heard } = await open(office);
    const away = new Promise<void>((resolve) => {
      manager.onDidChangeSystem((system) => system.away !== undefined && resolve());
    });
    await lab.killBus();
    await away;
    assert.equal(session.isOpen, true);
    const back = new Promise<void>((resolve) => {
      manager.onDidChangeSystem((system) => system.away === undefined && resolve());
    });
    await lab.stopNetworkManager();
    await lab.startBus();
    await lab.startNetworkManager();
    await back;
    assert.deepEqual([session.isOpen, heard], [true, ['Connecting', 'Connected', 'opened']]);
    session.close();
    await closed(session);
    assert.equal(manager.holders(office), 0);
  });

  test('O11: a profile is deleted while its session is open', async () => {
    const { session, heard } = await open(office);
    const ended = closed(session);
    await lab.deleteProfile(office);
    await ended;
    assert.deepEqual(heard.slice(-2), ['SessionAbortedError', 'closed']);
    await shows(session, SessionState.Invalid);
    assert.equal(manager.holders(office), 0);
    isSentence(session, /^Office was (deleted|disconnected)/);
  });

  test('O8: the device is removed', async () => {
    await lab.addDevice('extra0');
    const uuid = await lab.addProfile({ id: 'Extra', interface: 'extra0', address: '10.9.9.2/24' });
    await known(uuid);
    const { session, heard } = await open(uuid);
    const ended = closed(session);
    await lab.removeDevice('extra0');
    await ended;
    assert.deepEqual(heard.slice(-2), ['SessionAbortedError', 'closed']);
    await shows(session, SessionState.NotAvailable);
    assert.equal(manager.holders(uuid), 0);
    isSentence(session, /^The (device|link) of Extra was (removed|lost)/);
  });

  test('O8: the cable is pulled: lost at once, what is left is stopped, and it opens again when it is back', async () => {
    const { session, heard } = await open(office);
    const ended = closed(session);
    await lab.pullCable(0);
    await ended;
    assert.deepEqual(heard.slice(-3), ['NotAvailable', 'SessionAbortedError', 'closed']);
    isSentence(session, /^The link of Office was lost/);
    await lab.plugCable(0);
    await shows(session, SessionState.Disconnected);
    assert.doesNotMatch(await activeProfiles(), new RegExp(office));
    session.open();
    assert.equal(await session.waitForOpened(), true, session.errorString);
  });

  test('O4: activation is refused by polkit', async () => {
    await manager.dispose();
    await lab.reset({ polkit: true });
    await lab.addProfile({ uuid: office, id: 'Office', link: 0 });
    await lab.startPolkit('challenge');
    const { getuid } = process;
    process.seteuid?.(nobody);
    process.getuid = () => nobody;
    try {
      await begin();
      const session = manager.createSession(office);
      const heard = eventsOf(session);
      session.open();
      assert.equal(await session.waitForOpened(), false);
      assert.deepEqual(
        heard.filter((event) => event.endsWith('Error')),
        ['OperationNotSupportedError'],
      );
      assert.deepEqual([session.state, manager.holders(office)], [SessionState.Disconnected, 0]);
      isSentence(session, /permission org\.freedesktop\.NetworkManager\.network-control is missing/);
    } finally {
      process.seteuid?.(0);
      process.getuid = getuid as () => number;
      await lab.stopPolkit();
    }
  });

  test('O10a: a profile that never gets an address ends by connectTimeout, and is not left half up', async () => {
    const uuid = await lab.addProfile({ id: 'Nobody answers', interface: 'veth1', method: 'auto' });
    await known(uuid);
    // The clock of this engine is the test's: its 30 s pass when the start is under way.
    await manager.dispose();
    const expire: (() => void)[] = [];
    await begin({
      clock: {
        now: () => performance.now(),
        setTimeout: (callback) => {
          expire.push(callback);
          return { dispose: () => expire.splice(expire.indexOf(callback), 1) };
        },
      },
    });
    const waiting = manager.createSession(uuid);
    const told = eventsOf(waiting);
    const failed = new Promise((resolve) => waiting.onDidFail(resolve));
    waiting.open();
    await shows(waiting, SessionState.Connecting);
    while (manager.accessPoint(uuid)?.link !== 'starting') {
      await new Promise((resolve) => setImmediate(resolve));
    }
    expire.at(-1)?.();
    await failed;
    isSentence(waiting, /^Nobody answers was not ready within 30 seconds/);
    await shows(waiting, SessionState.Disconnected);
    assert.deepEqual(told, ['Connecting', 'Closing', 'UnknownSessionError', 'Disconnected']);
    assert.doesNotMatch(await activeProfiles(), new RegExp(uuid));
    assert.equal(manager.holders(uuid), 0);
  });

  test('O6: 100 opens and closes at random moments of an activation leave nothing counted or up', async () => {
    const random = seeded(20261120);
    const session = manager.createSession(office);
    const heard = eventsOf(session);
    for (let round = 0; round < 100; round++) {
      const ended = closed(session);
      session.open();
      for (let turn = random.next().value % 40; turn > 0; turn--) {
        await new Promise((resolve) => setImmediate(resolve));
      }
      session.close();
      await ended;
      assert.equal(session.state, SessionState.Disconnected);
      assert.equal(manager.holders(office), 0);
    }
    assert.equal(heard.filter((event) => event === 'closed').length, 100);
    assert.doesNotMatch(await activeProfiles(), new RegExp(office));
  });

  test('F1: an interface is made anew under an open session: its figures only grow', async () => {
    await lab.addDevice('extra0');
    const uuid = await lab.addProfile({ id: 'Extra', interface: 'extra0', address: '10.9.9.2/24', autoconnect: true });
    await known(uuid);
    const watcher = manager.createSession(uuid);
    await shows(watcher, SessionState.Connected);
    const meter = manager.watchTraffic(uuid);
    await broadcast('10.9.9.255');
    const before = [meter.bytesReceived ?? 0, meter.bytesWritten ?? 0] as const;
    assert.ok(before[1] > 0, `${before}`);
    await lab.removeDevice('extra0');
    await shows(watcher, SessionState.NotAvailable);
    await lab.addDevice('extra0');
    await shows(watcher, SessionState.Connected);
    await broadcast('10.9.9.255');
    assert.ok((meter.bytesReceived ?? 0) >= before[0]);
    assert.ok((meter.bytesWritten ?? 0) > before[1], 'what the new interface carried is added');
  });

  test('a name of hostile bytes is a name, and its sentences are sentences', async () => {
    await lab.addProfile({ uuid: hostile, id: hostileName, link: 1 });
    await known(hostile);
    assert.match(manager.configurationFromIdentifier(hostile).name, /\[x\]\(command:y\) \$\(zap\)/);
    const { session } = await open(hostile);
    const ended = closed(session);
    await lab.nmcli('connection', 'down', hostile);
    await ended;
    assert.equal(session.failure?.name, manager.configurationFromIdentifier(hostile).name);
    isSentence(session, /was disconnected by another program or person/);
  });
});
