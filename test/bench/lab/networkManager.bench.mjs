// Sessions through a real NetworkManager, beside nmcli and `ip monitor` in the same run.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { setTimeout as pass } from 'node:timers/promises';
import { Lab } from '../../harness/lab.mjs';
import { inRoot } from '../../harness/paths.mjs';

const { NetworkConfigurationManager, SessionState, createPlatform } = createRequire(import.meta.url)(
  inRoot('dist/engine.js'),
);
const lab = Lab.attached();

const middle = (values) => [...values].sort((one, other) => one - other)[values.length >> 1];
const rounded = (value) => Number(value.toPrecision(4));

function report(figure, unit, runs, atMost, more = {}) {
  const median = rounded(middle(runs));
  console.log(
    JSON.stringify({ figure, unit, median, atMost, holds: median <= atMost, runs: runs.map(rounded), ...more }),
  );
}

/** Resolves with the moment of the next event for which `is` holds. */
function next(event, is = () => true) {
  return new Promise((resolve) => {
    const subscription = event((value) => {
      if (is(value)) {
        subscription.dispose();
        resolve(performance.now());
      }
    });
  });
}

async function timed(act) {
  const started = performance.now();
  await act();
  return performance.now() - started;
}

async function openAndClose() {
  const uuid = await lab.addProfile({ id: 'Office', link: 0 });
  const manager = new NetworkConfigurationManager(createPlatform('networkManager'));
  await manager.start();
  const session = manager.createSession(uuid);
  const isDown = async () => {
    while (session.state !== SessionState.Disconnected) {
      await next(session.onDidChangeState);
    }
  };
  const runs = { up: [], down: [], nmcliUp: [], nmcliDown: [] };
  for (let index = 0; index < 16; index++) {
    const up = await timed(async () => {
      session.open();
      await next(session.onDidOpen);
    });
    await pass(100);
    const down = await timed(async () => {
      session.close();
      await next(session.onDidClose);
    });
    await pass(100);
    const nmcliUp = await timed(() => lab.nmcli('connection', 'up', uuid));
    await pass(100);
    const nmcliDown = await timed(() => lab.nmcli('connection', 'down', uuid));
    await isDown();
    await pass(100);
    if (index > 0) {
      // The first is for the compilers.
      for (const [name, value] of Object.entries({ up, down, nmcliUp, nmcliDown })) {
        runs[name].push(value);
      }
    }
  }
  const ratios = (ours, theirs) => ours.map((value, index) => value / theirs[index]);
  const beside = (ours, theirs) => ({ milliseconds: rounded(middle(ours)), nmcli: rounded(middle(theirs)) });
  report(
    'open until open, of nmcli connection up',
    'ratio',
    ratios(runs.up, runs.nmcliUp),
    0.5,
    beside(runs.up, runs.nmcliUp),
  );
  report(
    'close until down, of nmcli connection down',
    'ratio',
    ratios(runs.down, runs.nmcliDown),
    0.8,
    beside(runs.down, runs.nmcliDown),
  );
  await manager.dispose();
  await lab.deleteProfile(uuid);
}

/** The moments at which `ip monitor` prints that a link has lost or got its carrier. */
async function watchLinks() {
  const child = spawn('ip', ['-o', 'monitor', 'link'], { stdio: ['ignore', 'pipe', 'inherit'], env: process.env });
  const heard = [];
  child.stdout.setEncoding('utf8').on('data', (text) => {
    const at = performance.now();
    for (const line of text.split('\n')) {
      if (line.includes('veth0')) {
        heard.push({ at, carrier: !line.includes('NO-CARRIER') && line.includes('LOWER_UP') });
      }
    }
  });
  await once(child, 'spawn');
  await pass(500);
  return { heard, end: () => child.kill() };
}

async function cable() {
  const uuid = await lab.addProfile({ id: 'Office', link: 0 });
  const manager = new NetworkConfigurationManager(createPlatform('networkManager'));
  await manager.start();
  const session = manager.createSession(uuid);
  const links = await watchLinks();
  const figures = { pulled: { cut: [], monitor: [] }, plugged: { cut: [], monitor: [] } };
  const measure = async (figure, act, is, carrier) => {
    links.heard.length = 0;
    const event = next(session.onDidChangeState, is);
    const started = performance.now();
    await act();
    const at = await event;
    await pass(2000); // The kernel delays transitions that follow each other faster.
    const printed = links.heard.find((line) => line.carrier === carrier)?.at;
    figure.cut.push(at - started);
    figure.monitor.push(at - printed);
  };
  for (let index = 0; index < 10; index++) {
    session.open();
    if (!(await session.waitForOpened())) {
      throw new Error(session.errorString);
    }
    await pass(2000);
    await measure(
      figures.pulled,
      () => lab.pullCable(0),
      (state) => state === SessionState.NotAvailable,
      false,
    );
    await measure(
      figures.plugged,
      () => lab.plugCable(0),
      (state) => state === SessionState.Disconnected,
      true,
    );
  }
  links.end();
  for (const [name, { cut, monitor }] of Object.entries(figures)) {
    report(`cable ${name} until the session's event, after ip monitor prints it`, 'ms', monitor, 5);
    report(`cable ${name} until the session's event, after the cut`, 'ms', cut, 20);
  }
  await manager.dispose();
  await lab.deleteProfile(uuid);
}

/** A process of its own, so that nothing is compiled yet: its first reading, and the largest gap in its event loop. */
const reader = `
  const { NetworkConfigurationManager, createPlatform } = require(${JSON.stringify(inRoot('dist/engine.js'))});
  const manager = new NetworkConfigurationManager(createPlatform('networkManager'));
  let gap = 0, last = performance.now(), done = false;
  const look = () => { const now = performance.now(); gap = Math.max(gap, now - last); last = now; done || setTimeout(look, 1); };
  setTimeout(() => {
    last = performance.now();
    look();
    const started = performance.now();
    manager.start().then(async () => {
      const milliseconds = performance.now() - started;
      setTimeout(async () => {
        done = true;
        console.log(JSON.stringify({ milliseconds, gap, profiles: manager.allConfigurations().length }));
        await manager.dispose();
      }, 50);
    });
  }, 50);`;

async function firstReading() {
  const profiles = 2000;
  await lab.addProfiles(Array.from({ length: profiles }, (_, index) => ({ id: `Profile ${index}`, link: 0 })));
  const runs = { ours: [], nmcli: [], gap: [] };
  for (let index = 0; index < 8; index++) {
    const nmcli = await timed(() => lab.nmcli('-t', 'connection'));
    const said = JSON.parse(await lab.run([process.execPath, '-e', reader]));
    if (said.profiles !== profiles) {
      throw new Error(`${said.profiles} profiles were read`);
    }
    if (index > 0) {
      runs.nmcli.push(nmcli);
      runs.ours.push(said.milliseconds);
      runs.gap.push(said.gap);
    }
  }
  const ratios = runs.ours.map((value, index) => value / runs.nmcli[index]);
  const more = { milliseconds: rounded(middle(runs.ours)), nmcli: rounded(middle(runs.nmcli)) };
  report('first full reading of 2,000 profiles, of nmcli -t connection', 'ratio', ratios, 1.2, more);
  report('largest gap in the event loop meanwhile', 'ms', runs.gap, 40);
}

await openAndClose();
await cable();
await firstReading();
