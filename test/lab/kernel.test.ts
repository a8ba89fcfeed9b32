import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { KernelPlatform } from '../../src/platforms/kernel/index.js';
import { type PlatformDriver, platformContract, UpdateLog } from '../fixtures/platformContract.js';
import { Lab } from '../harness/lab.mjs';

const lab = Lab.attached();

/** Gives the client's first link an address and the default route, as a container's would have. */
async function configure(): Promise<void> {
  const [{ interface: name, address, gateway }] = lab.links;
  await lab.ipBatch('client', [
    `addr add ${address} dev ${name}`,
    `link set ${name} up`,
    `route add default via ${gateway} dev ${name}`,
  ]);
}

/** Another veth of the client, and a default route over it. */
async function addSecond(name: string): Promise<void> {
  await lab.addDevice(name);
  await lab.ipBatch('client', [
    `addr add 203.0.113.2/24 dev ${name}`,
    `route add default via 203.0.113.1 dev ${name} metric 900`,
  ]);
}

/** The kernel itself, in the lab's namespace of the client. */
class KernelDriver implements PlatformDriver {
  readonly platformName = 'kernel';
  readonly startsAndStops = false;
  readonly up = `kernel:${lab.links[0].interface}`;
  #hasSecond = false;

  async setUp(): Promise<void> {
    await lab.createLinks();
    await configure();
  }

  async tearDown(): Promise<void> {
    if (this.#hasSecond) {
      await this.remove();
    }
  }

  makePlatform(): KernelPlatform {
    return new KernelPlatform();
  }

  pull(): Promise<void> {
    return lab.pullCable(0);
  }

  plug(): Promise<void> {
    return lab.plugCable(0);
  }

  async takeDown(): Promise<void> {
    await lab.ip('client', 'link', 'set', lab.links[0].interface, 'down');
  }

  async add(): Promise<string> {
    await addSecond('second0');
    this.#hasSecond = true;
    return 'kernel:second0';
  }

  async remove(): Promise<void> {
    await lab.removeDevice('second0');
    this.#hasSecond = false;
  }

  /** The gateway answers each datagram: nobody listens on that port. */
  async makeTraffic(): Promise<void> {
    const socket = createSocket('udp4').on('error', () => {});
    await new Promise((resolve) => socket.send(Buffer.alloc(500), 9, lab.links[0].gateway, resolve));
    socket.close();
  }

  async recreate(): Promise<void> {
    await lab.createLinks();
    await configure();
  }
}

suite('kernel', () => {
  let hadNetworkManager = false;

  suiteSetup(async () => {
    hadNetworkManager = lab.isRunning('networkManager');
    await lab.killNetworkManager();
  });

  suiteTeardown(async () => {
    if (hadNetworkManager) {
      await lab.reset();
    }
  });

  platformContract('kernel, the real one', () => new KernelDriver());

  suite('on the real kernel', () => {
    let log: UpdateLog;
    let platform: KernelPlatform;

    setup(async () => {
      await lab.createLinks();
      await configure();
      log = new UpdateLog();
      platform = new KernelPlatform();
      await platform.start(log.listener);
    });

    teardown(async () => {
      await platform.dispose();
      log.check();
    });

    const until = async (condition: () => boolean) => {
      while (!condition()) {
        await log.next();
      }
    };
    const first = () => log.known.get(`kernel:${lab.links[0].interface}`);

    test('S4: the interface has the address and the gateway that it was given', () => {
      const [{ interface: name, address, gateway }] = lab.links;
      assert.equal(first()?.interface?.name, name);
      assert.ok(first()?.interface?.addresses.includes(address.replace(/\/.*/, '')));
      assert.equal(first()?.interface?.gateway, gateway);
    });

    test('M3b: bridges, their ports and the like come and go without a word', async () => {
      await lab.ipBatch('client', ['link add br0 type bridge', 'link set br0 up', 'addr add 172.17.0.1/16 dev br0']);
      await lab.addDevice('port0');
      await lab.ip('client', 'link', 'set', 'port0', 'master', 'br0');
      await platform.look();
      await lab.removeDevice('port0');
      await lab.removeDevice('br0');
      await platform.look();
      const told = log.updates.flatMap(({ accessPoints = [] }) => accessPoints.map(({ name }) => name));
      assert.deepEqual([...new Set(told)], [lab.links[0].interface]);
    });

    test('S1: a cable that is pulled, and another program that takes it down, are told apart', async () => {
      await lab.pullCable(0);
      await until(() => first()?.link === 'down');
      assert.deepEqual(first()?.cause, { code: 'carrierLost' });
      await lab.plugCable(0);
      await until(() => first()?.link === 'up');
      await lab.ip('client', 'link', 'set', lab.links[0].interface, 'down');
      await until(() => first()?.link === 'down');
      assert.deepEqual(first()?.cause, { code: 'disconnectedElsewhere' });
      assert.equal(log.system?.isOnline, false);
      assert.equal(log.system?.connectivity, 'none');
    });

    test('M2: the default follows the routes', async () => {
      assert.equal(log.system?.defaultIdentifier, first()?.identifier);
      await addSecond('second0');
      await until(() => log.known.get('kernel:second0')?.link === 'up');
      assert.equal(log.system?.defaultIdentifier, first()?.identifier);
      await lab.ip('client', 'route', 'del', 'default', 'via', lab.links[0].gateway);
      await until(() => log.system?.defaultIdentifier === 'kernel:second0');
      assert.equal(log.system?.defaultIsRouted, true);
      await lab.removeDevice('second0');
      await until(() => !log.known.has('kernel:second0'));
      assert.equal(log.system?.defaultIsRouted, false);
    });
  });
});
