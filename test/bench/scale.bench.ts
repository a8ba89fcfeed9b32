// What many cost, on a port that costs nothing: at each size the whole, and what one more costs there. Where all is linear,
// one more costs the same everywhere.
import { Emitter } from '../../src/engine/event.js';
import {
  type Disposable,
  NetworkConfigurationManager,
  type NetworkSession,
  SessionState,
} from '../../src/engine/index.js';
import { CostlessPlatform } from '../fixtures/costlessPlatform.js';
import { factsOf } from '../fixtures/fakePlatform.js';
import { collect, median, report, turn } from './figures.js';

const sizes = [1000, 10_000, 100_000];

/** Milliseconds of what `prepare` gives. */
type Prepare = (count: number) => Promise<() => unknown> | (() => unknown);

async function runs(count: number, prepare: Prepare): Promise<number[]> {
  const figures: number[] = [];
  const warm = count < 10_000 ? 10 : 2;
  for (let run = 0; run < warm + 5; run++) {
    const act = await prepare(count);
    await turn();
    collect();
    const started = performance.now();
    await act();
    figures.push(performance.now() - started);
  }
  return figures.slice(warm);
}

/** One more costs what lies between this many and half as many, for each of the half. */
async function measure(what: string, prepare: Prepare): Promise<number> {
  let last = 0;
  for (const count of sizes) {
    const half = median(await runs(count / 2, prepare));
    const whole = await runs(count, prepare);
    last = median(whole);
    report(`${what}, ${count}`, 'ms', whole, {}, { oneMoreMicroseconds: oneMore(last - half, count / 2) });
  }
  return last;
}

const oneMore = (milliseconds: number, count: number) => Number(((1000 * milliseconds) / count).toPrecision(3));

const identifiersOf = (count: number) => Array.from({ length: count }, (_, index) => `access-point-${index}`);

async function managerOn(platform: CostlessPlatform): Promise<NetworkConfigurationManager> {
  const manager = new NetworkConfigurationManager(platform);
  await manager.start();
  return manager;
}

async function sessionsOn(link: 'up' | 'down', count: number): Promise<readonly NetworkSession[]> {
  const manager = await managerOn(new CostlessPlatform([{ identifier: 'lan', link }]));
  const sessions = Array.from({ length: count }, () => manager.createSession('lan'));
  for (const session of sessions) {
    session.open();
  }
  return sessions;
}

async function stops(count: number): Promise<() => unknown> {
  const sessions = await sessionsOn('up', count);
  return async () => {
    sessions[0]?.stop();
    await turn();
    assertThat(sessions.every(({ isOpen }) => !isOpen));
  };
}

async function calls(count: number): Promise<() => unknown> {
  const sessions = await sessionsOn('up', count);
  return async () => {
    for (const session of sessions) {
      session.stop();
    }
    await turn();
    assertThat(sessions.every(({ isOpen }) => !isOpen));
  };
}

async function cancels(count: number): Promise<() => unknown> {
  const sessions = await sessionsOn('down', count);
  return async () => {
    for (const session of sessions) {
      session.close();
    }
    await turn();
    assertThat(sessions.every(({ isOpening }) => !isOpening));
  };
}

async function waits(count: number): Promise<() => unknown> {
  const [session] = await sessionsOn('down', 1);
  return async () => {
    const waiting = Array.from({ length: count }, () => session?.waitForOpened(-1));
    session?.close();
    await Promise.all(waiting);
  };
}

function listens(count: number): () => unknown {
  const emitter = new Emitter<void>(() => undefined);
  let heard = 0;
  return () => {
    const all: Disposable[] = Array.from({ length: count }, () => emitter.event(() => heard++));
    emitter.fire();
    for (const each of all) {
      each.dispose();
    }
    assertThat(heard === count);
  };
}

/** Among so many one comes and goes, again and again, each time in an update of its own: milliseconds of one change. */
async function comesAndGoes(count: number, hasInternet: boolean): Promise<number[]> {
  const all = identifiersOf(count).map((identifier, metric) => ({ identifier, metric: 2 * metric }));
  const platform = new CostlessPlatform(all);
  const manager = await managerOn(platform);
  if (hasInternet) {
    platform.tell({
      accessPoints: [factsOf({ ...all[count / 2], identifier: `access-point-${count / 2}`, link: 'up' })],
    });
    manager.setServiceNetworks([{ identifier: 'internet', name: 'Internet', accessPoints: 'internet' }]);
    const session = manager.createSession('internet');
    session.open();
    await turn();
    assertThat(session.isOpen);
  }
  let told = 0;
  manager.onDidAddConfiguration(() => told++);
  manager.onDidChangeConfiguration(() => told++);
  manager.onDidRemoveConfiguration(() => told++);
  const figures: number[] = [];
  const rounds = 200;
  for (let run = 0; run < 9; run++) {
    collect();
    const started = performance.now();
    for (let round = 0; round < rounds; round++) {
      const identifier = `new-${round}`;
      platform.tell({ accessPoints: [factsOf({ identifier, metric: 2 * ((round * 7919) % count) + 1 })] });
      await Promise.resolve();
      platform.tell({ removed: [identifier] });
      await Promise.resolve();
    }
    figures.push((performance.now() - started) / (2 * rounds));
  }
  assertThat(told >= (hasInternet ? 4 : 2) * rounds);
  await manager.dispose();
  return figures.slice(4);
}

async function measureChanges(what: string, hasInternet: boolean): Promise<void> {
  for (const count of sizes) {
    const figures = await comesAndGoes(count, hasInternet);
    report(`${what}, ${count}`, 'ms', figures, count === 10_000 ? { atMost: 0.2 } : {});
  }
}

/** As many come, in one update, as there are. */
async function comeAtOnce(count: number): Promise<() => unknown> {
  const platform = new CostlessPlatform(identifiersOf(count).map((identifier, metric) => ({ identifier, metric })));
  const manager = await managerOn(platform);
  manager.setServiceNetworks([{ identifier: 'internet', name: 'Internet', accessPoints: 'internet' }]);
  manager.createSession('internet').open();
  await turn();
  const accessPoints = identifiersOf(count).map((identifier, metric) =>
    factsOf({ identifier: `new-${identifier}`, metric }),
  );
  return async () => {
    platform.tell({ accessPoints });
    await turn();
  };
}

/** One of five fails, all of them before the first that works. */
async function failInTurn(count: number): Promise<() => unknown> {
  const identifiers = identifiersOf(count);
  const platform = new CostlessPlatform(identifiers.map((identifier) => ({ identifier })));
  const failing = new Set(identifiers.slice(0, count / 5));
  platform.failsStarts = (identifier) => failing.delete(identifier);
  const manager = await managerOn(platform);
  manager.setServiceNetworks([{ identifier: 'network', name: 'Network', accessPoints: identifiers }]);
  const session = manager.createSession('network');
  return async () => {
    session.open();
    while (manager.stateOf(identifiers[count / 5] as string) !== SessionState.Connecting) {
      await turn();
    }
    assertThat(failing.size === 0);
  };
}

function assertThat(holds: boolean): void {
  if (!holds) {
    throw new Error('what was measured did not happen');
  }
}

async function measureAll(): Promise<void> {
  const sum =
    (await measure('stop() of open sessions', stops)) +
    (await measure('openings cancelled', cancels)) +
    (await measure('waits for one session to be open', waits)) +
    (await measure('listeners of one event, added, told and removed', listens));
  report('100,000 of each of these', 'ms', [sum], { atMost: 1000 });
  await measure('calls of stop() by as many open sessions', calls);
  await measureChanges('one access point comes or goes among', false);
  await measureChanges('the same with Internet watching, among', true);
  await measure('access points that come in one update among as many, with Internet watching', comeAtOnce);
  await measure('children of which a fifth fails in turn', failInTurn);
  report('1000 of 5000 children fail in turn', 'ms', await runs(5000, failInTurn), { atMost: 1000 });
}

void measureAll();
