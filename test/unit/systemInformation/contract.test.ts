import { SystemInformationPlatform } from '../../../src/platforms/systemInformation/index.js';
import { type PlatformDriver, platformContract } from '../../fixtures/platformContract.js';
import { TestClock } from '../../fixtures/testClock.js';
import { Answers, interfaceRow } from './answers.js';

/** The platform on made-up answers; it looks when its clock is turned. */
class AnswersDriver implements PlatformDriver {
  readonly platformName = 'systemInformation';
  readonly startsAndStops = false;
  readonly up = 'systemInformation:en0';
  readonly #answers = new Answers();
  readonly #clock = new TestClock();

  async setUp(): Promise<void> {
    this.#answers.stats.set('en0', { received: 1000, written: 500 });
  }

  async tearDown(): Promise<void> {}

  makePlatform(): SystemInformationPlatform {
    return new SystemInformationPlatform({ clock: this.#clock, load: this.#answers.load });
  }

  passTime(): Promise<void> {
    return this.#clock.advance(1_000);
  }

  async pull(): Promise<void> {
    this.#answers.interfaces = [interfaceRow('en0', { operstate: 'down', default: false, ip4: '', ip6: '' })];
  }

  async plug(): Promise<void> {
    this.#answers.interfaces = [interfaceRow('en0')];
  }

  async takeDown(): Promise<void> {
    this.#answers.interfaces = [interfaceRow('en0', { default: false, ip4: '' })];
  }

  async add(): Promise<string> {
    this.#answers.interfaces.push(interfaceRow('en1', { default: false }));
    return 'systemInformation:en1';
  }

  async remove(): Promise<void> {
    this.#answers.interfaces.pop();
  }

  async makeTraffic(): Promise<void> {
    this.#answers.stats.set('en0', { received: 3000, written: 900 });
  }

  async recreate(): Promise<void> {
    this.#answers.stats.set('en0', { received: 20, written: 10 });
  }
}

platformContract('systemInformation, on made-up answers', () => new AnswersDriver());
