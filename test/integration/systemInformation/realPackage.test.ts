import { SystemInformationPlatform } from '../../../src/platforms/systemInformation/index.js';
import { UpdateLog } from '../../fixtures/platformContract.js';

suite('systemInformation platform', () => {
  test('the real package on this machine is understood', async () => {
    const real = new SystemInformationPlatform();
    const told = new UpdateLog();
    await real.start(told.listener);
    await real.look();
    await real.dispose();
    told.check();
  });
});
