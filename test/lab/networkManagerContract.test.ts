import { createSocket } from 'node:dgram';
import { NetworkManagerPlatform } from '../../src/platforms/networkManager/index.js';
import { type PlatformDriver, platformContract } from '../fixtures/platformContract.js';
import { Lab } from '../harness/lab.mjs';

const lab = Lab.attached();

/** The real NetworkManager, with one profile up and one down, each on a link of its own. */
class NetworkManagerDriver implements PlatformDriver {
  readonly platformName = 'networkManager';
  readonly startsAndStops = true;
  readonly up = '11111111-1111-4111-8111-111111111111';
  readonly down = '22222222-2222-4222-8222-222222222222';

  async setUp(): Promise<void> {
    await lab.reset();
    await lab.addProfiles([
      { uuid: this.up, id: 'Office', link: 0 },
      { uuid: this.down, id: 'Cafe', link: 1 },
    ]);
    await lab.nmcli('connection', 'up', this.up);
  }

  async tearDown(): Promise<void> {}

  makePlatform(): NetworkManagerPlatform {
    return new NetworkManagerPlatform();
  }

  pull(): Promise<void> {
    return lab.pullCable(0);
  }

  plug(): Promise<void> {
    return lab.plugCable(0);
  }

  async takeDown(identifier: string): Promise<void> {
    await lab.nmcli('connection', 'down', identifier);
  }

  add(): Promise<string> {
    return lab.addProfile({ id: 'New', link: 1 });
  }

  remove(identifier: string): Promise<void> {
    return lab.deleteProfile(identifier);
  }

  async rename(identifier: string, name: string): Promise<void> {
    await lab.nmcli('connection', 'modify', identifier, 'connection.id', name);
  }

  /** The gateway answers each datagram: nobody listens on that port. */
  async makeTraffic(): Promise<void> {
    const socket = createSocket('udp4').on('error', () => {});
    await new Promise((resolve) => socket.send(Buffer.alloc(500), 9, lab.links[0].gateway, resolve));
    socket.close();
  }

  async recreate(): Promise<void> {
    await lab.createLinks();
    await lab.nmcli('--wait', '10', 'connection', 'up', this.up);
  }

  /** Nobody gives an address here. */
  async holdNextStart(identifier: string): Promise<void> {
    const nothing = ['ipv4.addresses', '', 'ipv4.gateway', ''];
    await lab.nmcli('connection', 'modify', identifier, 'ipv4.method', 'auto', ...nothing);
  }

  goAway(): Promise<void> {
    return lab.killNetworkManager();
  }

  comeBack(): Promise<void> {
    return lab.startNetworkManager();
  }
}

platformContract('NetworkManager', () => new NetworkManagerDriver());
