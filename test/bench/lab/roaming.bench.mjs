// Sessions that move from one link to another on a real NetworkManager, while a client makes a fresh request every 20 ms.
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { setTimeout as pass } from 'node:timers/promises';
import { Lab } from '../../harness/lab.mjs';
import { inRoot } from '../../harness/paths.mjs';

const { NetworkConfigurationManager, createPlatform } = createRequire(import.meta.url)(inRoot('dist/engine.js'));
const lab = Lab.attached();
const runs = 5;
/** Milliseconds between two changes of a link: the kernel delays faster ones by up to a second. */
const settling = 2_200;

const median = (values) => [...values].sort((one, other) => one - other)[values.length >> 1];
const rounded = (value) => Number(value.toPrecision(4));

function report(figure, unit, values, atMost, more = {}) {
  const middle = rounded(median(values));
  const asked = atMost === undefined ? {} : { atMost, holds: middle <= atMost };
  console.log(JSON.stringify({ figure, unit, median: middle, ...asked, runs: values.map(rounded), ...more }));
}

/** The client, steered by lines. */
function startRequests() {
  const client = lab.spawn([process.execPath, inRoot('test/bench/lab/requests.mjs'), lab.serverUrl], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: client.stdout });
  const say = async (word) => {
    const answer = once(lines, 'line');
    client.stdin.write(`${word}\n`);
    return JSON.parse((await answer)[0]);
  };
  return {
    begin: async () => {
      await say('begin');
      await pass(200); // Some are answered before anything happens.
    },
    end: () => say('end'),
    close: () => client.stdin.end(),
  };
}

/** Resolves with the next value of an event for which `is` holds. */
function next(event, is = () => true) {
  return new Promise((resolve) => {
    const subscription = event((value) => {
      if (is(value)) {
        subscription.dispose();
        resolve(value);
      }
    });
  });
}

/** What this machine routes by, and who decides it: nothing of ours may be left in it. */
async function routing() {
  const [routes, rules, profiles] = await Promise.all([
    lab.ip('client', 'route', 'show', 'table', 'all'),
    lab.ip('client', 'rule', 'show'),
    lab.nmcli('-t', '-f', 'UUID,DEVICE,STATE', 'connection', 'show', '--active'),
  ]);
  const sorted = (text) =>
    text
      .split('\n')
      .map((line) => line.trim())
      .filter(Boolean)
      .sort()
      .join('\n');
  return [sorted(routes), sorted(rules), sorted(profiles)].join('\n\n');
}

/**
 * Two profiles, one a link; the first is up. `newMetric` is that of the second one's default route.
 * @returns {Promise<{ uuids: string[], reset(): Promise<void> }>}
 */
async function twoLinks({ dhcp, newMetric }) {
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

async function inTurn(uuids, bothUp, act) {
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

/** A session on a service network of both, open on the first, and the client beside it. */
async function travelling(uuids, act, { tests = [] } = {}) {
  const manager = new NetworkConfigurationManager(createPlatform('networkManager'), {
    serviceNetworks: [{ identifier: 'home', name: 'Home', accessPoints: uuids, roaming: 'ask', tests }],
  });
  const requests = startRequests();
  try {
    await manager.start();
    const session = manager.createSession('home');
    session.open();
    if (!(await session.waitForOpened()) || session.activeConfiguration.identifier !== uuids[0]) {
      throw new Error(`the session is not open on the first link: ${session.errorString}`);
    }
    await pass(500);
    await requests.begin();
    const more = await act(session, manager);
    await pass(700);
    return { ...(await requests.end()), ...more };
  } finally {
    requests.close();
    await manager.dispose();
  }
}

function reportTraffic(what, results, { lost, gap }) {
  report(
    `${what}: requests lost`,
    'requests',
    results.map((result) => result.lost),
    lost,
  );
  report(
    `${what}: longest time without an answer`,
    'ms',
    results.map((result) => result.gap),
    gap,
  );
}

async function pulled(dhcp, bothUp) {
  const uuids = await twoLinks({ dhcp, newMetric: 300 });
  const results = await inTurn(uuids, bothUp, async () => {
    try {
      return await travelling(uuids, async (session) => {
        const moved = next(session.onDidActivateNewConfiguration);
        const cut = performance.now();
        await lab.pullCable(0);
        await moved;
        return { moved: performance.now() - cut };
      });
    } finally {
      await lab.plugCable(0);
      await pass(settling);
    }
  });
  const what = `cable pulled, the other ${bothUp ? 'up' : 'down but in reach'}, ${dhcp ? 'DHCP' : 'static'}`;
  reportTraffic(what, results, { lost: 1, gap: 60 });
  report(
    `${what}: until moved`,
    'ms',
    results.map((result) => result.moved),
  );
}

async function alone(dhcp) {
  const uuids = await twoLinks({ dhcp, newMetric: 300 });
  for (const uuid of uuids) {
    await lab.nmcli('connection', 'up', uuid);
  }
  await pass(settling);
  const requests = startRequests();
  await pass(500);
  await requests.begin();
  await lab.pullCable(0);
  await pass(9_000);
  const result = await requests.end();
  requests.close();
  await lab.plugCable(0);
  await pass(settling);
  reportTraffic('cable pulled, the other up, NetworkManager alone', [result], {});
}

async function migrated(dhcp, newMetric) {
  const uuids = await twoLinks({ dhcp, newMetric });
  const which = `${dhcp ? 'DHCP' : 'static'}, metric of the new one ${newMetric < 200 ? 'lower' : 'higher'}`;
  const accepted = await inTurn(uuids, false, () =>
    travelling(uuids, async (session) => {
      const activated = next(session.onDidActivateNewConfiguration);
      const began = performance.now();
      session.migrate(uuids[1]);
      await activated;
      const until = performance.now() - began;
      await pass(300);
      const state = next(session.onDidChangeState);
      session.accept();
      await state;
      return { until };
    }),
  );
  reportTraffic(`migrate and accept, ${which}`, accepted, { lost: 0, gap: 60 });
  report(
    `migrate until the new one is activated, ${which}`,
    'ms',
    accepted.map(({ until }) => until),
    dhcp ? undefined : 30,
  );

  const rejected = await inTurn(uuids, false, async () => {
    const before = await routing();
    const result = await travelling(uuids, async (session, manager) => {
      const activated = next(session.onDidActivateNewConfiguration);
      session.migrate(uuids[1]);
      await activated;
      await pass(300);
      const stopped = next(manager.onDidChangeConfiguration, ({ identifier }) => identifier === uuids[1]);
      session.reject();
      await stopped;
    });
    const after = await routing();
    if (after !== before) {
      throw new Error(`something is left:\n${before}\n\n---\n\n${after}`);
    }
    return result;
  });
  reportTraffic(`migrate and reject, ${which}`, rejected, { lost: 0, gap: 60 });
}

async function withoutUplink(newMetric) {
  const uuids = await twoLinks({ dhcp: false, newMetric });
  const tests = [{ tcp: new URL(lab.serverUrl).host }];
  await lab.ip('right', 'route', 'del', 'default');
  try {
    const results = await inTurn(uuids, false, () =>
      travelling(
        uuids,
        async (session) => {
          const activated = next(session.onDidActivateNewConfiguration);
          session.migrate(uuids[1]);
          const { isSuitable } = await activated;
          if (isSuitable) {
            throw new Error('the test has passed without an uplink');
          }
          const back = next(session.onDidChangeState);
          session.reject();
          await back;
        },
        { tests },
      ),
    );
    reportTraffic(`a new link without uplink, metric ${newMetric < 200 ? 'lower' : 'higher'}`, results, {
      lost: 0,
      gap: 60,
    });
  } finally {
    await lab.ip('right', 'route', 'add', 'default', 'via', '10.98.1.2');
  }
}

await alone(false);
for (const dhcp of [false, true]) {
  await pulled(dhcp, false);
  await pulled(dhcp, true);
  await migrated(dhcp, 300);
  await migrated(dhcp, 100);
}
await withoutUplink(300);
await withoutUplink(100);
