import * as assert from 'node:assert/strict';
import type { NetworkSessionsApi } from '../../src/host/network-sessions.js';
import type { Simulation } from '../../src/platforms/simulated/index.js';
import { Person, run, type Shown, set, setAndHear, settled, simulated, until } from './support.js';

suite('roaming', () => {
  let api: NetworkSessionsApi;
  let simulation: Simulation;
  let person: Person;
  const active = 14;
  const isUp = (identifier: string) => (api.configurationFromIdentifier(identifier).state & active) === active;
  const works = { name: 'Works', accessPoints: ['lab', 'spare'], tests: [{ tcp: 'db.example:5432' }] };
  const said = (words: RegExp) => person.shown.filter(({ message }) => words.test(message));

  suiteSetup(async () => {
    ({ api, simulation } = await simulated());
  });

  setup(async () => {
    person = new Person();
    simulation.add({ identifier: 'lab', name: 'Lab LAN', inReach: false });
    simulation.add({ identifier: 'spare', name: 'Spare Wi-Fi' });
    await setAndHear('serviceNetworks', [works]);
    await until('the service network is there', () => api.configurationFromIdentifier('network:Works').isValid);
  });

  teardown(async () => {
    person.answer = () => undefined;
    await set('serviceNetworks', undefined);
    await until('the service network is gone', () => !api.configurationFromIdentifier('network:Works').isValid);
    await settled({ api, simulation });
    simulation.remove('lab');
    simulation.remove('spare');
    person.leave();
  });

  /** Answers one kind of message, and closes the others. */
  const answering = (words: RegExp, answer: string) => {
    person.answer = ({ message }: Shown) => (words.test(message) ? answer : undefined);
  };

  test('an offer is one message; Migrate, then the results, then Accept', async () => {
    await run('openSession', 'network:Works');
    assert.ok(isUp('spare'));
    answering(/is available/, 'Migrate');
    const keep = new Promise<void>((resolve) => {
      const before = person.answer;
      person.answer = (shown) => {
        if (/Keep it\?/.test(shown.message)) {
          resolve();
          return 'Accept';
        }
        return before(shown);
      };
    });
    simulation.set('lab', { inReach: true });
    await keep;
    await until('the old one is released', () => !isUp('spare'));
    assert.ok(isUp('lab'));
    const [offer, results] = person.shown;
    assert.equal(offer?.message, 'Lab LAN is available for Works (now on Spare Wi-Fi).');
    assert.deepEqual(offer?.buttons, ['Migrate', 'Ignore']);
    assert.match(
      results?.message ?? '',
      /^Works is on Lab LAN now, on trial\. tcp db\.example:5432 passed in \d+ ms\. Keep it\? Otherwise it goes back to Spare Wi-Fi in 60 s\.$/,
    );
    assert.deepEqual(results?.buttons, ['Accept', 'Reject']);
    assert.equal(person.shown.length, 2);
    assert.equal(said(/lost/).length, 0);
  });
});
