// Windows that do at random all that windows may, on the simulated network. SEEDS=1,2 repeats runs.
import { benchChaos, simulatedAccessPoints, simulatedChaos } from '../fixtures/chaos.js';
import { isChaosWindow, runChaosWindow } from '../fixtures/chaosWindow.js';

if (isChaosWindow) {
  runChaosWindow();
} else {
  void benchChaos('the simulated network', __filename, 4, async () => simulatedChaos(simulatedAccessPoints));
}
