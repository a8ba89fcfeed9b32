// Sessions that move from one link to another on a real NetworkManager, while a client makes a fresh request every 20 ms.
import { setTimeout as pass } from 'node:timers/promises';
import { inTurn, lab, next, opened, report, settling, steered, twoLinks } from './links.mjs';

/** The client, steered by lines. */
function startRequests() {
  const { say, close } = steered('requests.mjs');
  return {
    begin: async () => {
      await say('begin');
      await pass(200); // Some are answered before anything happens.
    },
    end: () => say('end'),
    close,
  };
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

/** A session on a service network of both, open on the first, and the client beside it. */
async function travelling(uuids, act, { tests = [] } = {}) {
  const requests = startRequests();
  const { manager, session } = await opened(uuids, tests);
  try {
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
