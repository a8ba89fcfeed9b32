// HTTP sessions on a network session that moves from one link to another on a real NetworkManager, while a loop of GETs, a
// download, a PUT and a POST are under way; and what becomes of ordinary clients.
import { once } from 'node:events';
import { setTimeout as pass } from 'node:timers/promises';
import { HttpTraffic } from '../../harness/httpTraffic.mjs';
import { engine, inTurn, lab, next, opened, report, settling, steered, twoLinks } from './links.mjs';

const { HttpClientSession, NetworkLostError, SessionState } = engine;

/** Milliseconds for which the server keeps the answer to the POST, where it is to be answered. */
const short = 1_000;

/** What became of the traffic while something was done to a network session that was open on the first link. */
async function during(uuids, held, act) {
  const { manager, session: network } = await opened(uuids);
  const traffic = new HttpTraffic({ session: () => new HttpClientSession(lab.serverUrl, { network }), held });
  try {
    await pass(500);
    await traffic.begun();
    const more = await act(network, traffic);
    const { ended } = await traffic.first();
    const result = await traffic.end();
    return { ...result, ...more, first: ended - more.begun };
  } finally {
    traffic.dispose();
    await manager.dispose();
  }
}

const longestWait = ({ gets }) => Math.max(...gets.map(({ begun, ended }) => ended - begun));

/** How many of all runs together; of what must not be, none is. */
function reportCount(figure, unit, each, more) {
  report(figure, unit, [each.reduce((sum, count) => sum + count, 0)], 0, { each, ...more });
}

/** Figures of several runs; `atMost` is how soon the first GET is to be answered over the other link. */
function reportTraffic(what, results, { atMost, isPostLost, parts = {} }) {
  const of = (figure) => results.map(figure);
  report(
    `${what}: first GET over the other link`,
    'ms',
    of(({ first }) => first),
    atMost,
    parts,
  );
  report(`${what}: longest wait of a GET`, 'ms', of(longestWait));
  reportCount(
    `${what}: GETs failed`,
    'requests',
    of(({ failed }) => failed),
    { of: of(({ gets }) => gets.length) },
  );
  reportCount(
    `${what}: downloads broken`,
    'downloads',
    of(({ download }) => Number(!download.isIntact)),
    {
      resumed: of(({ download }) => download.replays),
    },
  );
  reportCount(
    `${what}: PUTs not done`,
    'requests',
    of(({ put, executed }) => Number(!put.isWhole || executed.PUT !== 1)),
    {
      replayed: of(({ put }) => put.replays),
    },
  );
  reportCount(
    `${what}: POSTs executed twice`,
    'requests',
    of(({ executed }) => executed.POST - 1),
  );
  if (isPostLost) {
    const wrong = ({ post }) => Number(!(post.error instanceof NetworkLostError));
    reportCount(`${what}: POSTs that were not told of the loss`, 'requests', of(wrong));
    report(
      `${what}: POST rejected after`,
      'ms',
      of(({ post, begun }) => post.failed - begun),
      atMost,
    );
  } else {
    reportCount(
      `${what}: POSTs failed`,
      'requests',
      of(({ post }) => Number(post.status !== 200)),
    );
  }
}

/** Takes the first link's carrier away; what does it waits for its word, so that the word is the moment of the loss. */
async function cutter() {
  const ip = lab.spawn(['ip', '-batch', '-'], { namespace: 'left', stdio: ['pipe', 'inherit', 'inherit'] });
  await pass(100);
  const ended = once(ip, 'exit');
  return () => {
    ip.stdin.end('link set client down\n');
    return ended;
  };
}

async function lose(network) {
  const told = next(network.onDidChangeState, (state) => state !== SessionState.Connected).then(() =>
    performance.now(),
  );
  const moved = next(network.onDidActivateNewConfiguration).then(() => performance.now());
  const cut = await cutter();
  const begun = performance.now();
  await cut();
  return { begun, told: (await told) - begun, moved: (await moved) - begun };
}

async function lost(dhcp, bothUp) {
  const uuids = await twoLinks({ dhcp, newMetric: 300 });
  const results = await inTurn(uuids, bothUp, async () => {
    try {
      return await during(uuids, undefined, lose);
    } finally {
      await lab.plugCable(0);
      await pass(settling);
    }
  });
  const rounded = (of) => results.map((result) => Math.round(of(result)));
  reportTraffic(
    `HTTP, link lost, the other ${bothUp ? 'up' : 'down but in reach'}, ${dhcp ? 'DHCP' : 'static'}`,
    results,
    {
      atMost: 60,
      isPostLost: true,
      // When the network session told that the link is lost, and that it has moved.
      parts: { told: rounded(({ told }) => told), moved: rounded(({ moved }) => moved) },
    },
  );
}

/** Once, ordinary clients beside ours, the other link being up all the time. */
async function ordinary() {
  const uuids = await twoLinks({ dhcp: false, newMetric: 300 });
  for (const uuid of uuids) {
    await lab.nmcli('connection', 'up', uuid);
  }
  await pass(settling);
  const clients = steered('ordinary.mjs');
  const { first, others } = await during(uuids, undefined, async (network) => {
    await clients.say('lost');
    const loss = await lose(network);
    return { ...loss, others: clients.say('end') };
  });
  console.log(
    JSON.stringify({
      figure: 'HTTP, link lost, the other up: first answer over it, ordinary clients beside ours',
      unit: 'ms',
      ours: Math.round(first),
      ...(await others),
    }),
  );
  clients.close();
  await lab.plugCable(0);
  await pass(settling);
}

async function migrated(dhcp) {
  const uuids = await twoLinks({ dhcp, newMetric: 300 });
  const migrate = async (network) => {
    const activated = next(network.onDidActivateNewConfiguration);
    network.migrate(uuids[1]);
    await activated;
    return { begun: performance.now() };
  };
  const accept = async (network) => {
    const state = next(network.onDidChangeState);
    network.accept();
    await state;
  };
  const which = dhcp ? 'DHCP' : 'static';
  const patient = await inTurn(uuids, false, () =>
    during(uuids, short, async (network, traffic) => {
      const more = await migrate(network);
      // Accepted when what was under way on the old link is over.
      await traffic.answered();
      await accept(network);
      return more;
    }),
  );
  reportTraffic(`HTTP, migrate, and accept when all is done, ${which}`, patient, { isPostLost: false });
  const hasty = await inTurn(uuids, false, () =>
    during(uuids, undefined, async (network) => {
      const more = await migrate(network);
      const begun = performance.now();
      await accept(network);
      return { ...more, begun };
    }),
  );
  reportTraffic(`HTTP, migrate, and accept at once, ${which}`, hasty, { isPostLost: true });
}

await ordinary();
for (const dhcp of [false, true]) {
  await lost(dhcp, false);
  await lost(dhcp, true);
  await migrated(dhcp);
}
