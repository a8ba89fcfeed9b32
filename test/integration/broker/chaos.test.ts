import {
  assertInOrder,
  type ChaosAccessPoint,
  chaosTimes,
  runChaos,
  simulatedAccessPoints,
  simulatedChaos,
  stoppableAccessPoints,
} from '../../fixtures/chaos.js';
import { isChaosWindow, runChaosWindow } from '../../fixtures/chaosWindow.js';

async function chaos(accessPoints: readonly ChaosAccessPoint[], seed: number): Promise<void> {
  assertInOrder(
    await runChaos({
      file: __filename,
      network: simulatedChaos(accessPoints),
      seed,
      windows: 8,
      milliseconds: Number(process.env['CHAOS'] ?? 2_500),
      pause: 4,
      times: chaosTimes,
    }),
  );
}

if (isChaosWindow) {
  runChaosWindow();
} else {
  suite('chaos among windows', () => {
    for (const seed of (process.env['SEEDS'] ?? '1,3').split(',').map(Number)) {
      test(`O1, O5, O7, O10: nothing is lost, doubled, left or cut off (seed ${seed})`, async function () {
        this.timeout(300_000);
        await chaos(simulatedAccessPoints, seed);
      });
    }

    test('O7, O10: nor when everything is stopped and released now and then (seed 2)', async function () {
      this.timeout(300_000);
      await chaos(stoppableAccessPoints, 2);
    });
  });
}
