import { NetworkManagerPlatform } from '../../src/platforms/networkManager/index.js';
import { type RoutingDriver, routingContract } from '../fixtures/routingContract.js';
import { Lab } from '../harness/lab.mjs';

const lab = Lab.attached();

/** The real NetworkManager, with a profile on each of its links. */
class NetworkManagerRoutingDriver implements RoutingDriver {
  readonly first = '11111111-1111-4111-8111-111111111111';
  readonly second = '22222222-2222-4222-8222-222222222222';

  async setUp(): Promise<void> {
    await lab.reset();
    await lab.addProfiles([
      { uuid: this.first, id: 'Office', link: 0 },
      { uuid: this.second, id: 'Cafe', link: 1 },
    ]);
    await lab.nmcli('connection', 'up', this.first);
  }

  async tearDown(): Promise<void> {}

  makePlatform(): NetworkManagerPlatform {
    return new NetworkManagerPlatform();
  }

  passTime(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }

  /** But for those of IPv6 that come when a link is first used. */
  async routes(): Promise<string> {
    const rules = await lab.ip('client', 'rule');
    const routes = await lab.ip('client', 'route', 'show', 'table', 'all');
    const profiles = await lab.nmcli('-g', 'ipv4', 'connection', 'show', this.first, this.second);
    return `${rules}${routes.replace(/^multicast .*\n/gm, '')}${profiles}`;
  }

  async way(): Promise<string | undefined> {
    const [, name] = /dev (\S+)/.exec(await lab.ip('client', 'route', 'get', '10.99.0.1')) ?? [];
    return name === undefined ? undefined : { veth0: this.first, veth1: this.second }[name];
  }

  async makeSecondBetter(): Promise<void> {
    await lab.nmcli('connection', 'modify', this.second, 'ipv4.route-metric', '60');
  }

  pull(identifier: string): Promise<void> {
    return lab.pullCable(identifier === this.first ? 0 : 1);
  }

  goAway(): Promise<void> {
    return lab.killNetworkManager();
  }

  comeBack(): Promise<void> {
    return lab.startNetworkManager();
  }
}

routingContract('NetworkManager', () => new NetworkManagerRoutingDriver());
