// How fast ten thousand sessions hear that their access point is lost. In a process of its own: what others leave in the
// caches and the heap is not ours to measure.
import { NetworkConfigurationManager } from '../../src/engine/index.js';
import { SimulatedPlatform } from '../../src/platforms/simulated/index.js';
import { collect, repeat, report, turn } from './figures.js';

const sessions = 10_000;

async function measure(): Promise<void> {
  const identifier = 'access-point';
  const platform = new SimulatedPlatform({ accessPoints: [{ identifier, up: true }] });
  const manager = new NetworkConfigurationManager(platform);
  await manager.start();
  const loss = await repeat(async () => {
    platform.simulation.set(identifier, { inReach: true, up: true });
    let told = 0;
    const open = Array.from({ length: sessions }, () => {
      const session = manager.createSession(identifier);
      session.onDidChangeState(() => told++);
      session.onDidFail(() => told++);
      session.onDidClose(() => told++);
      session.open();
      return session;
    });
    await turn();
    collect();
    const started = performance.now();
    platform.simulation.set(identifier, { inReach: false });
    while (told < 3 * sessions) {
      await Promise.resolve();
    }
    const milliseconds = performance.now() - started;
    for (const session of open) {
      session.dispose();
    }
    await turn();
    return milliseconds;
  });
  report('10,000 open sessions told of a loss: state, error, closed', 'ms', loss, { atMost: 10 });

  await manager.dispose();
}

void measure();
