// Two links and two profiles on the lab's NetworkManager, for measurements of sessions that move from one to the other.
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { setTimeout as pass } from 'node:timers/promises';
import { Lab } from '../../harness/lab.mjs';
import { inRoot } from '../../harness/paths.mjs';

/** The engine as it is shipped. */
export const engine = createRequire(import.meta.url)(inRoot('dist/engine.js'));
export const lab = Lab.attached();
const runs = 5;
/** Milliseconds between two changes of a link: the kernel delays faster ones by up to a second. */
export const settling = 2_200;

const median = (values) => [...values].sort((one, other) => one - other)[values.length >> 1];
const rounded = (value) => Number(value.toPrecision(4));

export function report(figure, unit, values, atMost, more = {}) {
  const middle = rounded(median(values));
  const asked = atMost === undefined ? {} : { atMost, holds: middle <= atMost };
  console.log(JSON.stringify({ figure, unit, median: middle, ...asked, runs: values.map(rounded), ...more }));
}

/** Resolves with the next value of an event for which `is` holds. */
export function next(event, is = () => true) {
  return new Promise((resolve) => {
    const subscription = event((value) => {
      if (is(value)) {
        subscription.dispose();
        resolve(value);
      }
    });
  });
}

/**
 * Two profiles, one a link; the first is up. `newMetric` is that of the second one's default route.
 * @returns {Promise<{ uuids: string[], reset(): Promise<void> }>}
 */
export async function twoLinks({ dhcp, newMetric }) {
  await lab.reset();
  if (dhcp) {
    await Promise.all([lab.startDhcp(0), lab.startDhcp(1)]);
  }
  const profile = (link, metric) =>
    dhcp
      ? { id: `Link ${link}`, interface: lab.links[link].interface, method: 'auto', metric }
      : { id: `Link ${link}`, link, metric };
  const uuids = await lab.addProfiles([profile(0, 200), profile(1, newMetric)]);
  for (const uuid of dhcp ? uuids : []) {
    await lab.nmcli('connection', 'up', uuid); // The lease is remembered from then on.
    await lab.nmcli('connection', 'down', uuid);
  }
  return uuids;
}

export async function inTurn(uuids, bothUp, act) {
  const results = [];
  for (let run = 0; run <= runs; run++) {
    for (const uuid of bothUp ? uuids : uuids.slice(0, 1)) {
      await lab.nmcli('connection', 'up', uuid);
    }
    await pass(settling);
    const result = await act();
    await pass(settling);
    for (const uuid of uuids) {
      await lab.nmcli('connection', 'down', uuid).catch(() => undefined);
    }
    if (run > 0) {
      results.push(result); // The first is for the compilers.
    }
  }
  return results;
}

/** A session on a service network of both, open on the first. */
export async function opened(uuids, tests = []) {
  const { NetworkConfigurationManager, createPlatform } = engine;
  const manager = new NetworkConfigurationManager(createPlatform('networkManager'), {
    serviceNetworks: [{ identifier: 'home', name: 'Home', accessPoints: uuids, roaming: 'ask', tests }],
  });
  await manager.start();
  const session = manager.createSession('home');
  session.open();
  if (!(await session.waitForOpened()) || session.activeConfiguration.identifier !== uuids[0]) {
    throw new Error(`the session is not open on the first link: ${session.errorString}`);
  }
  return { manager, session };
}

/** A client in a process of its own, which answers each word with a line of JSON. */
export function steered(script) {
  const client = lab.spawn([process.execPath, inRoot('test/bench/lab', script), lab.serverUrl], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: client.stdout });
  const say = async (word) => {
    const answer = once(lines, 'line');
    client.stdin.write(`${word}\n`);
    return JSON.parse((await answer)[0]);
  };
  return { say, close: () => client.stdin.end() };
}
