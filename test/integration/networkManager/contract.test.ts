import type { CauseCode } from '../../../src/engine/index.js';
import { NetworkManagerPlatform } from '../../../src/platforms/networkManager/index.js';
import { FakeNetworkManager, value } from '../../fixtures/fakeNetworkManager.js';
import { type PlatformDriver, platformContract } from '../../fixtures/platformContract.js';

/** A fake NetworkManager with one profile up and one down, each on a device of its own. */
class FakeDriver implements PlatformDriver {
  readonly platformName = 'networkManager';
  readonly startsAndStops = true;
  readonly up = '11111111-1111-4111-8111-111111111111';
  readonly down = '22222222-2222-4222-8222-222222222222';
  #fake: FakeNetworkManager | undefined;

  get #network(): FakeNetworkManager {
    return this.#fake!;
  }

  async setUp(): Promise<void> {
    this.#fake = await FakeNetworkManager.start();
    this.#network.addDevice('eth0');
    this.#network.addDevice('eth1');
    this.#network.addProfile({ identifier: this.up, name: 'Office', device: 'eth0' });
    this.#network.addProfile({ identifier: this.down, name: 'Cafe', device: 'eth1' });
    this.#network.putUp(this.up);
  }

  tearDown(): Promise<void> {
    return this.#network.dispose();
  }

  makePlatform(): NetworkManagerPlatform {
    const { address, procRoot, sysRoot } = this.#network;
    return new NetworkManagerPlatform({ busAddress: address, procRoot, sysRoot });
  }

  async pull(): Promise<void> {
    this.#network.setCarrier('eth0', false);
  }

  async plug(): Promise<void> {
    this.#network.setCarrier('eth0', true);
  }

  async takeDown(identifier: string): Promise<void> {
    this.#network.takeDown(identifier);
  }

  async add(): Promise<string> {
    return this.#network.addProfile({ name: 'New' });
  }

  async remove(identifier: string): Promise<void> {
    this.#network.deleteProfile(identifier);
  }

  async rename(identifier: string, name: string): Promise<void> {
    this.#network.changeProfile(identifier, 'connection', { id: value('s', name) });
  }

  async makeTraffic(): Promise<void> {
    this.#network.addTraffic('eth0', 1000, 500);
  }

  async recreate(): Promise<void> {
    this.#network.makeInterface('eth0');
  }

  async failNextStart(identifier: string): Promise<CauseCode> {
    this.#network.setFate(identifier, { reason: 5 });
    return 'noAddress';
  }

  async holdNextStart(identifier: string): Promise<void> {
    this.#network.setFate(identifier, 'hold');
  }

  async refuseNextStop(): Promise<void> {
    this.#network.refuseNext('DeactivateConnection');
  }

  goAway(): Promise<void> {
    return this.#network.disappear();
  }

  comeBack(): Promise<void> {
    return this.#network.appear();
  }
}

platformContract('NetworkManager on a fake', () => new FakeDriver());
