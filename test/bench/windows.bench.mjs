// Windows that count their sessions together, as processes of their own: what the leader costs, how long its death is felt,
// and what they do while nobody does anything.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { inRoot } from '../harness/paths.mjs';

const file = fileURLToPath(import.meta.url);
const variable = 'NETWORK_SESSIONS_BENCH_WINDOW';
const runs = 5;
const cycles = 300;
/** Milliseconds: V8 tidies up after the start for a while. */
const settling = 12_000;
/**
 * Every 8 s V8 looks whether it is time to tidy up, in whatever process has filled some memory, for minutes, and in other
 * runs not at all. That is not ours, and would hide what is: it is switched off where wake-ups are counted, and its own are
 * counted beside them, in a window and in a process with the same code that knows of no other windows.
 */
const withoutTidying = ['--no-memory-reducer'];
const idleSeconds = 30;
const idleWindows = 16;

/** By the clock that all processes of the machine share. */
const now = () => performance.timeOrigin + performance.now();
const median = (values) => [...values].sort((one, other) => one - other)[values.length >> 1];
const rounded = (value) => Number(value.toPrecision(4));

// A window ------------------------------------------------------------------------------------------------------------

/** What is in a process: a window, the same without other windows, or nothing, to compare with. */
async function runWindow({ name, home, content }) {
  process.on('disconnect', () => process.exit());
  if (content === 'nothing') {
    process.on('message', () => process.send(0));
    process.send('ready');
    return;
  }
  const { NetworkConfigurationManager, SharedLedger, createPlatform, openBroker, systemClock } = createRequire(
    import.meta.url,
  )(inRoot('dist/engine.js'));
  let fired = 0;
  const clock = {
    now: () => systemClock.now(),
    setTimeout: (callback, milliseconds) =>
      systemClock.setTimeout(() => {
        fired++;
        callback();
      }, milliseconds),
  };
  const window = { product: 'bench', window: name, windowKey: name };
  const ledger = new SharedLedger(openBroker({ window, home, clock }), { clock });
  const platform = createPlatform('simulated', { accessPoints: [{ identifier: 'lan', up: true }] });
  const isAlone = content === 'alone';
  const manager = new NetworkConfigurationManager(platform, { clock, ...(!isAlone && { ledger }) });
  const shared = new Promise((resolve) => {
    ledger.onDidChange(() => ledger.isShared && resolve());
  });
  await manager.start();
  if (!isAlone) {
    ledger.start();
    await shared;
  }
  const session = manager.createSession('lan');

  const opened = () => next(session.onDidOpen, () => session.open());
  const closed = () => next(session.onDidClose, () => session.close());
  const acts = {
    open: async () => {
      await opened();
      return now();
    },
    close: closed,
    /** A leader that does not answer. */
    fail: async () => {
      await next(session.onDidFail, () => session.open());
      return session.failure.cause.code;
    },
    cycles: async () => {
      const [acquired, released] = [[], []];
      for (let cycle = 0; cycle < cycles; cycle++) {
        const began = performance.now();
        await opened();
        const isOpen = performance.now();
        await closed();
        acquired.push(isOpen - began);
        released.push(performance.now() - isOpen);
      }
      return { acquired: median(acquired), released: median(released) };
    },
    fired: () => fired,
    leave: async () => {
      await ledger.dispose();
      await manager.dispose();
    },
  };
  process.on('message', async (act) => process.send((await acts[act]()) ?? 0));
  process.send('ready');
}

function next(event, act) {
  return new Promise((resolve) => {
    const subscription = event(() => {
      subscription.dispose();
      resolve();
    });
    act();
  });
}

// The measurements ----------------------------------------------------------------------------------------------------

function report(figure, unit, values, atMost, more = {}) {
  const middle = rounded(median(values));
  console.log(
    JSON.stringify({
      figure,
      unit,
      median: middle,
      atMost,
      holds: middle <= atMost,
      runs: values.map(rounded),
      ...more,
    }),
  );
}

class Window {
  constructor(home, name, { content = 'window', execArgv = [] } = {}) {
    this.child = fork(file, { execArgv, env: { ...process.env, [variable]: JSON.stringify({ home, name, content }) } });
    this.ready = once(this.child, 'message');
  }

  async act(name) {
    const answer = once(this.child, 'message');
    this.child.send(name);
    return (await answer)[0];
  }

  async kill() {
    const end = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await end;
  }
}

/** The first of them leads. */
async function open(home, count, execArgv = []) {
  const windows = [];
  for (let index = 0; index < count; index++) {
    const window = new Window(home, `window ${index}`, { execArgv });
    await window.ready;
    windows.push(window);
  }
  return windows;
}

async function inHome(act) {
  const home = mkdtempSync(path.join(tmpdir(), 'bench-'));
  try {
    return await act(home);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

async function measure() {
  const costs = [];
  for (let run = 0; run < runs; run++) {
    costs.push(await inHome(cost));
  }
  const [acquired, released] = ['acquired', 'released'].map((figure) => costs.map((each) => each[figure]));
  report('opening what another window holds, through the leader', 'ms', acquired, 1, { cycles });
  report('closing what another window holds too, through the leader', 'ms', released, 1, { cycles });
  const deaths = [];
  for (let run = 0; run < runs; run++) {
    deaths.push(await inHome(death));
  }
  report("from a leader's death to the next opening", 'ms', deaths, 100);
  const silences = [];
  for (let run = 0; run < runs; run++) {
    silences.push(await inHome(silence));
  }
  report('from an opening that a stopped leader does not answer to its failure', 'ms', silences, 5_000);
  await inHome(idle);
}

async function cost(home) {
  const windows = await open(home, 3);
  const [, holder, other] = windows;
  await holder.act('open');
  await other.act('cycles');
  const costs = await other.act('cycles');
  await Promise.all(windows.map((window) => window.kill()));
  return costs;
}

async function death(home) {
  const windows = await open(home, 4);
  const [leader, holder, other] = windows;
  await holder.act('open');
  await other.act('open'); // What runs for the first time runs slower.
  await other.act('close');
  await pass(200); // They all know each other.
  const killed = now();
  leader.child.kill('SIGKILL');
  const took = (await other.act('open')) - killed;
  await Promise.all([...windows.slice(1)].map((window) => window.kill()));
  return took;
}

async function silence(home) {
  const windows = await open(home, 3);
  const [leader, holder, other] = windows;
  await holder.act('open');
  leader.child.kill('SIGSTOP');
  const asked = now();
  const code = await other.act('fail');
  if (code !== 'ledgerSilent') {
    throw new Error(`it has failed for another reason: ${code}`);
  }
  const took = now() - asked;
  await Promise.all(windows.map((window) => window.kill()));
  return took;
}

/** How often the process has waited for something to happen. Other threads than the first are V8's. */
function wakeUps({ child }) {
  const status = readFileSync(`/proc/${child.pid}/task/${child.pid}/status`, 'utf8');
  return Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(status)?.[1]);
}

async function idle(home) {
  // One of the sixteen is as windows are.
  const windows = await open(home, idleWindows - 1, withoutTidying);
  await windows[0].act('open');
  const beside = [
    new Window(home, 'empty', { content: 'nothing', execArgv: withoutTidying }),
    new Window(home, 'tidying'),
    new Window(home, 'alone', { content: 'alone' }),
  ];
  await Promise.all(beside.map(({ ready }) => ready));
  const all = [...windows, ...beside];
  await pass(settling);
  const firedBefore = await Promise.all(all.map((window) => window.act('fired')));
  await pass(500);
  const before = all.map(wakeUps);
  await pass(idleSeconds * 1_000);
  const woken = all.map((window, index) => wakeUps(window) - before[index]);
  const fired = (await Promise.all(all.map((window) => window.act('fired')))).map(
    (each, index) => each - firedBefore[index],
  );
  const [ofLeader, ...ofOthers] = fired.slice(0, windows.length);
  const [nothing, tidying, alone] = woken.slice(windows.length);
  const more = { seconds: idleSeconds, windows: idleWindows, emptyProcess: nothing };
  report('timers of the leader while nothing happens', '1', [ofLeader], Math.ceil(idleSeconds / 10), more);
  report('the most timers of another window while nothing happens', '1', [Math.max(...ofOthers)], 0, more);
  report('wake-ups of the leader beyond its timers', '1', [woken[0] - ofLeader], nothing, more);
  const others = woken.slice(1, windows.length);
  report('the most wake-ups of another window', '1', [Math.max(...others)], nothing, { ...more, all: others });
  const most = Math.max(alone, Math.ceil(idleSeconds / 8));
  report('wake-ups of another window where V8 tidies up', '1', [tidying], most, {
    ...more,
    withoutOtherWindows: alone,
  });
  await Promise.all(all.map((window) => window.kill()));
}

const told = process.env[variable];
if (told === undefined) {
  await measure();
} else {
  await runWindow(JSON.parse(told));
}
