// A plain Node process with the engine in it, nothing shown and no session open, paired with an empty one: 30 seconds.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pass } from 'node:timers/promises';
import { inRoot } from '../../harness/paths.mjs';

const pairs = 5;
const seconds = 30;
/** V8 tidies up after the start for a while, in both processes. */
const settling = 12_000;

const ready = `process.stdout.write('ready\\n');`;
/** At the end of its input it says what would have kept it alive, its own pipes apart. */
const ends = `process.stdin.resume().once('end', () => {
  process.stdout.write(JSON.stringify(process.getActiveResourcesInfo().filter((name) => !/Pipe|TTY/.test(name))) + '\\n');
  process.exit();
});`;
const empty = `${ends}${ready}`;
const engine = `
  const { NetworkConfigurationManager, createPlatform } = require(${JSON.stringify(inRoot('dist/engine.js'))});
  const manager = new NetworkConfigurationManager(createPlatform('auto'));
  manager.start().then(() => {
    process.stderr.write(manager.system.platform + ' ' + manager.allConfigurations().length + '\\n');
    ${ready}
  });
  ${ends}`;

/** @param {string} program */
async function start(program) {
  const child = spawn(process.execPath, ['-e', program], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdout.setEncoding('utf8');
  await once(child.stdout, 'data');
  return child;
}

/** How often the threads of a process have waited for something to happen. */
function wakeUps(pid) {
  return readdirSync(`/proc/${pid}/task`)
    .map((task) => readFileSync(`/proc/${pid}/task/${task}/status`, 'utf8'))
    .map((status) => Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(status)?.[1]))
    .reduce((one, other) => one + other, 0);
}

/** @param {import('node:child_process').ChildProcess} child */
async function end(child) {
  const said = once(child.stdout, 'data');
  child.stdin.end();
  return JSON.parse(String((await said)[0]));
}

const started = await Promise.all(Array.from({ length: pairs }, async () => [await start(engine), await start(empty)]));
await pass(settling);
const before = started.map((pair) => pair.map((child) => wakeUps(child.pid)));
await pass(seconds * 1000);
const more = started.map((pair, index) => pair.map((child, side) => wakeUps(child.pid) - before[index][side]));
const resources = await Promise.all(started.map(([child]) => end(child)));
await Promise.all(started.map(([, child]) => end(child)));

const difference = more.map(([ours, theirs]) => ours - theirs);
const middle = (values) => [...values].sort((one, other) => one - other)[values.length >> 1];
const timers = resources.flat().filter((name) => /Timeout|Immediate|Timer/.test(name));
console.log(
  JSON.stringify({
    figure: `wake-ups in ${seconds} s idle, more than an empty process has`,
    unit: '1',
    median: middle(difference),
    atMost: 0,
    holds: middle(difference) <= 0,
    runs: difference,
    ours: more.map(([ours]) => ours),
    empty: more.map(([, theirs]) => theirs),
  }),
);
console.log(
  JSON.stringify({
    figure: 'timers among the active resources of an idle process',
    unit: '1',
    median: timers.length,
    atMost: 0,
    holds: timers.length === 0,
    runs: resources,
  }),
);
