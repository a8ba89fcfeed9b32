// Windows that count together, on a real NetworkManager: at random all that windows may do.
import { assertInOrder, chaosTimes, runChaos } from '../fixtures/chaos.js';
import { isChaosWindow, runChaosWindow } from '../fixtures/chaosWindow.js';
import { labChaos } from '../fixtures/labChaos.js';
import { Lab } from '../harness/lab.mjs';

if (isChaosWindow) {
  runChaosWindow();
} else {
  suite('chaos among windows on NetworkManager', () => {
    test('O1, O5, O7, O10: nothing is lost, doubled, left or cut off (seed 1)', async () => {
      const network = await labChaos(Lab.attached());
      const options = { file: __filename, network, windows: 8, times: chaosTimes };
      assertInOrder(
        await runChaos({
          ...options,
          seed: Number(process.env['SEEDS'] ?? 1),
          milliseconds: Number(process.env['CHAOS'] ?? 10_000),
          pause: 10,
        }),
      );
    });
  });
}
