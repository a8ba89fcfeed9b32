// Windows as processes of their own, the one that leads stopped (SIGSTOP): it lives, and does not answer.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chaosTimes, WindowProcess } from '../../fixtures/chaos.js';
import { type FromWindow, isChaosWindow, runChaosWindow } from '../../fixtures/chaosWindow.js';
import { SharedNetwork } from '../../fixtures/sharedNetwork.js';
import { until } from '../../fixtures/windows.js';

type Told = Extract<FromWindow, { kind: 'event' }>;

if (isChaosWindow) {
  runChaosWindow();
} else {
  suite('a leader that is stopped', () => {
    const times = { ...chaosTimes, patience: 300 };
    let home: string;
    let network: SharedNetwork;
    let windows: WindowProcess[];

    setup(() => {
      home = mkdtempSync(path.join(tmpdir(), 'silent-'));
      network = new SharedNetwork({ accessPoints: [{ identifier: 'lan', startMs: 5, stopMs: 5 }] });
      windows = [];
    });

    teardown(async () => {
      for (const { child } of windows) {
        child.kill('SIGKILL');
      }
      await Promise.all(windows.map(({ ended }) => ended));
      await network.system.dispose();
      rmSync(home, { recursive: true, force: true });
    });

    /** Begins to count, and does to the network what it is asked for. */
    async function begin(name: string) {
      const window = new WindowProcess(__filename);
      windows.push(window);
      const told: Told[] = [];
      const view = network.view();
      window.hear = (message) => {
        if (message.kind === 'began') {
          window.begin();
        } else if (message.kind === 'leads') {
          window.leads = message.term;
        } else if (message.kind === 'event') {
          told.push(message);
        } else if (message.kind === 'call') {
          const { id, method, accessPoint } = message;
          const done =
            method === 'start'
              ? view.startAccessPoint(accessPoint, { interactive: true })
              : view.stopAccessPoint(accessPoint, () => window.say({ kind: 'accepted', id }));
          void done.then(() => window.say({ kind: 'done', id }));
        }
      };
      await window.ready;
      window.say({ kind: 'begin', home, name, times, linger: 0, network: 'simulated' });
      await view.start((update) => window.say({ kind: 'update', update }));
      await window.begun;
      let command = 0;
      const session = (act: 'open' | 'close') => {
        command++;
        window.say({ kind: 'session', act, accessPoint: 'lan', key: 'lan', command });
      };
      const hears = async (event: Told['event']) => {
        await until(() => told.some((each) => each.event === event && each.command === command), 30_000);
        return told.find((each) => each.event === event && each.command === command);
      };
      return { window, session, hears };
    }

    test('O10a: what is asked of it fails and says so, nothing is cut, and all goes on when it does', async () => {
      const leader = await begin('leader');
      await until(() => leader.window.leads !== undefined, 30_000);
      const [holder, other] = [await begin('holder'), await begin('other')];
      holder.session('open');
      await holder.hears('opened');

      leader.window.child.kill('SIGSTOP');
      other.session('open');
      assert.equal((await other.hears('failed'))?.cause?.code, 'ledgerSilent');
      holder.session('close');
      assert.equal((await holder.hears('failed'))?.cause?.code, 'ledgerSilent');
      await holder.hears('closed');
      assert.equal(network.simulation.stops('lan'), 0, 'nobody knows who else holds it');

      leader.window.child.kill('SIGCONT');
      await until(() => network.simulation.stops('lan') === 1, 30_000);
      other.session('open');
      await other.hears('opened');
      assert.equal(network.simulation.starts('lan'), 2);
    });
  });
}
