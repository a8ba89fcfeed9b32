import type { SystemInformationFunctions } from '../../../src/platforms/systemInformation/functions.js';

/** What the package would answer, to be changed by a test. */
export class Answers implements SystemInformationFunctions {
  interfaces: unknown[] = [interfaceRow('lo', { internal: true, ip4: '127.0.0.1' }), interfaceRow('en0')];
  readonly stats = new Map<string, { received: number; written: number }>();
  /** How often each function was asked. */
  asked = { networkInterfaces: 0, networkStats: 0 };
  /** While set, nothing is answered before it resolves. */
  held: Promise<void> | undefined;

  readonly load = async (): Promise<SystemInformationFunctions> => this;

  async networkInterfaces(): Promise<unknown> {
    this.asked.networkInterfaces += 1;
    await this.held;
    return structuredClone(this.interfaces);
  }

  async networkStats(iface: string): Promise<unknown> {
    this.asked.networkStats += 1;
    await this.held;
    const { received, written } = this.stats.get(iface) ?? { received: 0, written: 0 };
    return [{ iface, operstate: 'up', rx_bytes: received, tx_bytes: written, rx_sec: null, ms: 0 }];
  }
}

/** A row as the package gives it for a plugged Ethernet card that is the default. */
export function interfaceRow(iface: string, change: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    iface,
    ifaceName: iface,
    default: true,
    ip4: '192.0.2.2',
    ip6: 'fe80::2',
    mac: '02:00:00:00:00:01',
    internal: false,
    virtual: false,
    operstate: 'up',
    type: 'wired',
    speed: 1000,
    ...change,
  };
}
