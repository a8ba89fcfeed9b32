// The engine alone, on the simulated network.
import { ConfigurationState, NetworkConfigurationManager } from '../../src/engine/index.js';
import { SimulatedPlatform } from '../../src/platforms/simulated/index.js';
import { collect, repeat, report, turn } from './figures.js';

async function measure(): Promise<void> {
  const accessPoints = Array.from({ length: 101 }, (_, index) => ({ identifier: `access-point-${index}`, up: true }));
  const platform = new SimulatedPlatform({ accessPoints });
  const manager = new NetworkConfigurationManager(platform);
  await manager.start();
  const configuration = manager.configurationFromIdentifier('access-point-0');

  const cycles = 200_000;
  const cycle = await repeat(async () => {
    const started = performance.now();
    for (let index = 0; index < cycles; index++) {
      const session = manager.createSession(configuration);
      session.open();
      session.close();
      session.dispose();
      if (index % 1000 === 0) {
        await turn(); // The events are told.
      }
    }
    await turn();
    return cycles / ((performance.now() - started) / 1000);
  });
  report('construct, open, close, dispose on an access point that is up', '1/s', cycle, { atLeast: 400_000 });

  const sessions = 10_000;
  const heap = await repeat(async () => {
    collect();
    const before = process.memoryUsage().heapUsed;
    const idle = Array.from({ length: sessions }, () => manager.createSession(configuration));
    await turn();
    collect();
    const bytes = (process.memoryUsage().heapUsed - before) / sessions;
    for (const session of idle) {
      session.dispose();
    }
    await turn();
    return bytes;
  });
  report('heap of an idle session, over 10,000', 'B', heap, { atMost: 1000 });

  let found = 0;
  const listing = await repeat(() => {
    const calls = 2_000_000;
    const started = performance.now();
    for (let index = 0; index < calls; index++) {
      found += manager.allConfigurations(index % 2 === 0 ? ConfigurationState.Active : undefined).length;
    }
    return calls / ((performance.now() - started) / 1000);
  });
  if (found === 0) {
    throw new Error('nothing was listed');
  }
  report('allConfigurations() of 101', '1/s', listing, { atLeast: 1_000_000 });
  await manager.dispose();
  await measurePreference();
}

/** Deciding among ten thousand access points: all of them have to be looked at, because the last one alone is fit. */
async function measurePreference(): Promise<void> {
  const count = 10_000;
  const accessPoints = Array.from({ length: count }, (_, index) => ({
    identifier: `access-point-${index}`,
    metered: true,
    connectivity: index === count - 1 ? ('full' as const) : ('none' as const),
  }));
  const platform = new SimulatedPlatform({ accessPoints });
  const identifiers = accessPoints.map(({ identifier }) => identifier);
  const manager = new NetworkConfigurationManager(platform, {
    serviceNetworks: [{ identifier: 'network', name: 'Network', accessPoints: identifiers }],
  });
  await manager.start();
  const last = `access-point-${count - 1}`;
  const rounds = 100;
  const deciding = await repeat(() => {
    let milliseconds = 0;
    for (let round = 0; round < rounds; round++) {
      platform.simulation.set('access-point-1', { signal: (round * 7) % 100 });
      const started = performance.now();
      if (manager.preferredConfiguration('network').identifier !== last) {
        throw new Error('another one was preferred');
      }
      milliseconds += performance.now() - started;
    }
    return milliseconds / rounds;
  });
  report('deciding which of 10,000 access points is preferred', 'ms', deciding, { atMost: 1 });
  const settling = await repeat(() => {
    const started = performance.now();
    platform.simulation.set('access-point-1', { signal: Math.round(started * 1000) % 100 });
    return performance.now() - started;
  });
  report('a change of one of 10,000 access points of a service network, told and settled', 'ms', settling, {});
  await manager.dispose();
}

void measure();
