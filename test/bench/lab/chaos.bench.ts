// The same on a real NetworkManager.
import { benchChaos } from '../../fixtures/chaos.js';
import { isChaosWindow, runChaosWindow } from '../../fixtures/chaosWindow.js';
import { labChaos } from '../../fixtures/labChaos.js';
import { Lab } from '../../harness/lab.mjs';

if (isChaosWindow) {
  runChaosWindow();
} else {
  void benchChaos('NetworkManager', __filename, 10, () => labChaos(Lab.attached()));
}
