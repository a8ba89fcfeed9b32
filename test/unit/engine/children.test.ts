// What is kept of a service network from one change to the next, against what it is when all is looked at anew.
import * as assert from 'node:assert/strict';
import {
  type AccessPointFacts,
  BearerType,
  Capability,
  ConfigurationState,
  type NetworkConfiguration,
  type NetworkConfigurationManager,
  PlatformFailure,
  SessionState,
} from '../../../src/engine/index.js';
import { OrderedList } from '../../../src/engine/orderedList.js';
import { type FakePlatform, factsOf, fakeEngine, managerEventsOf } from '../../fixtures/fakePlatform.js';
import { settled } from '../../fixtures/testClock.js';

/** Numbers that look random, the same in each run. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48271) % 2147483647;
    return state % below;
  };
}

suite('a list in order', () => {
  test('with and without give what sorting all would, and leave what was', () => {
    const random = randomFrom(7);
    let list = OrderedList.of<number>((one, other) => one - other, []);
    const items = new Set<number>();
    const kept: { readonly list: OrderedList<number>; readonly items: readonly number[] }[] = [];
    for (let step = 0; step < 4000; step++) {
      const item = random(step < 2000 ? 2000 : 50);
      list = items.has(item) ? list.without(item) : list.with(item);
      if (!items.delete(item)) {
        items.add(item);
      }
      if (step % 100 === 0) {
        kept.push({ list, items: [...items].sort((one, other) => one - other) });
      }
    }
    for (const { list, items } of kept) {
      assert.deepEqual([list.all, [...list], list.size, list.first], [items, items, items.length, items[0]]);
    }
    const numbers = Array.from({ length: 1000 }, (_, index) => (index * 7) % 1000);
    assert.deepEqual([...OrderedList.of((one, other) => one - other, numbers)], [...numbers.keys()]);
  });
});

const identifiers = Array.from({ length: 12 }, (_, index) => `access-point-${index}`);
const named = [...identifiers.slice(6), 'never', ...identifiers.slice(0, 4)];

/** What the rules say, from all facts, in the order in which they were first seen. */
class Reference {
  readonly known: ReadonlyMap<string, AccessPointFacts>;

  constructor(known: ReadonlyMap<string, AccessPointFacts>) {
    this.known = new Map(known);
  }

  get internet(): readonly string[] {
    const out = [...this.known.values()].filter(({ bearerType }) => bearerType !== BearerType.VPN);
    const withMetric = out.filter(({ metric }) => metric !== undefined);
    const children =
      withMetric.length === 0 ? out : withMetric.sort((one, other) => Number(one.metric) - Number(other.metric));
    return children.map(({ identifier }) => identifier);
  }

  /** What is only named is no child. */
  listed(network: 'internet' | 'named'): readonly string[] {
    return network === 'internet' ? this.internet : named.filter((identifier) => this.known.has(identifier));
  }

  stateOf(children: readonly string[]): ConfigurationState {
    const states = children.map((identifier) => {
      const { link, inReach } = this.known.get(identifier) ?? {};
      if (link === undefined) {
        return ConfigurationState.Undefined;
      }
      const isDiscovered = inReach === true || link !== 'down';
      return link === 'up'
        ? ConfigurationState.Active
        : isDiscovered
          ? ConfigurationState.Discovered
          : ConfigurationState.Defined;
    });
    return Math.max(ConfigurationState.Undefined, ...states);
  }

  shownBy(children: readonly string[]): SessionState {
    const shown = children.map((identifier) => {
      const { link, inReach } = this.known.get(identifier) ?? {};
      const states = { up: 5, starting: 4, stopping: 3, down: inReach ? 2 : 1 };
      return link === undefined ? 0 : states[link];
    });
    const { Invalid, NotAvailable, Disconnected, Closing, Connecting, Connected } = SessionState;
    return [Invalid, NotAvailable, Disconnected, Closing, Connecting, Connected][Math.max(0, ...shown)] ?? Invalid;
  }

  preferredOf(children: readonly string[]): string {
    const ranked = children.flatMap((identifier) => {
      const { link, inReach, lingers, connectivity = 'unknown', metered } = this.known.get(identifier) ?? {};
      const isFit =
        (inReach === true || link === 'up') && lingers === false && ['unknown', 'full'].includes(connectivity);
      return isFit ? [{ identifier, rank: metered === true ? 1 : 0 }] : [];
    });
    return ranked.sort((one, other) => one.rank - other.rank)[0]?.identifier ?? '';
  }

  /** Where the platform names none (M2). */
  get default(): string {
    const all = [...this.known.values()];
    const first = all.find(({ link }) => link === 'up') ?? all.find(({ inReach, link }) => inReach || link !== 'down');
    return first?.identifier ?? '';
  }
}

const childrenOf = ({ children }: NetworkConfiguration) => children.map(({ identifier }) => identifier);

function randomFacts(random: (below: number) => number, identifier: string, hasMetrics: boolean): AccessPointFacts {
  const pick = <T>(...values: readonly T[]) => values[random(values.length)] as T;
  return factsOf({
    identifier,
    name: `${identifier} ${random(2)}`,
    bearerType: pick(BearerType.Ethernet, BearerType.WLAN, BearerType.VPN),
    link: pick('down', 'down', 'starting', 'up', 'stopping'),
    inReach: random(3) > 0,
    lingers: random(6) === 0,
    connectivity: pick('unknown', 'full', 'none', 'limited', 'portal'),
    metered: pick(undefined, true, false),
    metric: hasMetrics && random(4) > 0 ? random(6) : undefined,
  });
}

function check(manager: NetworkConfigurationManager, reference: Reference): void {
  const { internet } = reference;
  const configuration = manager.configurationFromIdentifier('internet');
  assert.deepEqual(childrenOf(configuration), internet);
  assert.deepEqual(childrenOf(manager.configurationFromIdentifier('named')), reference.listed('named'));
  for (const [identifier, children] of [
    ['internet', internet],
    ['named', named],
  ] as const) {
    assert.equal(manager.configurationFromIdentifier(identifier).state, reference.stateOf(children));
    assert.equal(manager.stateOf(identifier), reference.shownBy(children));
    assert.equal(manager.preferredConfiguration(identifier).identifier, reference.preferredOf(children));
  }
  assert.equal(manager.defaultConfiguration.identifier, reference.default);
}

async function randomRun(seed: number): Promise<void> {
  const random = randomFrom(seed);
  const { manager, platform } = await fakeEngine([], { routing: true });
  const known = new Map<string, AccessPointFacts>();
  const seen: string[] = [];
  const define = (isOther = false) =>
    manager.setServiceNetworks([
      { identifier: 'internet', name: isOther ? 'Other' : 'Internet', accessPoints: 'internet' },
      { identifier: 'named', name: 'Named', accessPoints: named },
    ]);
  define();
  const sessions = [
    manager.createSession('internet'),
    manager.createSession('named'),
    manager.createSession('userChoice'),
  ];
  const told: NetworkConfiguration[] = [];
  manager.onDidChangeConfiguration((configuration) => told.push(configuration));
  const kept: {
    readonly configuration: NetworkConfiguration;
    readonly children: readonly string[];
    readonly names: readonly string[];
  }[] = [];
  for (let step = 0; step < 60; step++) {
    const before = new Reference(inOrder(known, seen));
    const removed = identifiers.filter((identifier) => known.has(identifier) && random(8) === 0);
    const accessPoints = identifiers
      .filter(() => random(step % 7 === 0 ? 1 : 6) === 0)
      .map((identifier) => randomFacts(random, identifier, step % 20 < 12));
    change(known, seen, removed, accessPoints);
    told.length = 0;
    platform.tell({ removed, accessPoints });
    const reference = new Reference(inOrder(known, seen));
    if (random(2) === 0) {
      check(manager, reference); // In the turn of the change.
    }
    const configuration = manager.configurationFromIdentifier('internet');
    kept.push({
      configuration,
      children: reference.internet,
      names: reference.internet.map((identifier) => String(reference.known.get(identifier)?.name)),
    });
    await settled();
    check(manager, reference);
    for (const identifier of ['internet', 'named'] as const) {
      const [was, is] = [before.listed(identifier), reference.listed(identifier)];
      const isOther =
        before.stateOf(was) !== reference.stateOf(is) || was.length > 1 !== is.length > 1 || was.join() !== is.join();
      const times = told.filter((configuration) => configuration.identifier === identifier).length;
      assert.equal(times, isOther ? 1 : 0, `M3: ${identifier} in step ${step}`);
    }
    for (const session of sessions) {
      const children = { internet: reference.internet, named, userChoice: [...known.keys()] }[
        session.configuration.identifier
      ];
      assert.equal(session.state, reference.shownBy(children ?? []));
    }
    if (step === 30) {
      define(true);
      check(manager, reference);
      await settled();
    }
  }
  for (const { configuration, children, names } of kept) {
    assert.deepEqual(childrenOf(configuration), children, 'what was true then, when it is read now');
    assert.deepEqual(
      configuration.children.map(({ name }) => name),
      names,
    );
    const again = configuration.children;
    assert.ok(Object.isFrozen(again) && again === configuration.children);
  }
  await manager.dispose();
}

/** As an update says: what is named is not gone. */
function change(
  known: Map<string, AccessPointFacts>,
  seen: string[],
  removed: readonly string[],
  accessPoints: readonly AccessPointFacts[],
): void {
  const isNamed = new Set(accessPoints.map(({ identifier }) => identifier));
  for (const identifier of removed) {
    if (!isNamed.has(identifier)) {
      known.delete(identifier);
      // Nothing keeps those that no network names: they are seen anew.
      if (!named.includes(identifier)) {
        seen.splice(seen.indexOf(identifier), 1);
      }
    }
  }
  for (const facts of accessPoints) {
    known.set(facts.identifier, facts);
    if (!seen.includes(facts.identifier)) {
      seen.push(facts.identifier);
    }
  }
}

function inOrder(
  known: ReadonlyMap<string, AccessPointFacts>,
  seen: readonly string[],
): ReadonlyMap<string, AccessPointFacts> {
  return new Map(
    seen.flatMap((identifier) => {
      const facts = known.get(identifier);
      return facts === undefined ? [] : [[identifier, facts] as const];
    }),
  );
}

suite('children of service networks against what the rules say of all', () => {
  for (let seed = 1; seed <= 25; seed++) {
    test(`S2, R1, M2, M3: run ${seed}`, () => randomRun(seed));
  }

  test('R5: what is declined stays so when others come and go among many, and not when their order changes', async () => {
    const many = Array.from({ length: 200 }, (_, index) => ({
      identifier: `m${index}`,
      metric: 10 + 2 * index,
      inReach: false,
    }));
    const { manager, platform } = await fakeEngine([{ identifier: 'use', metric: 500, link: 'up' }, ...many], {
      routing: true,
      serviceNetworks: [{ identifier: 'net', name: '', accessPoints: 'internet' }],
    });
    const session = manager.createSession('net');
    session.onDidChangePreferredConfiguration(() => undefined);
    session.open();
    await settled();
    assert.equal(session.isOpen, true);
    const tell = async (platform: FakePlatform, ...accessPoints: readonly AccessPointFacts[]) => {
      platform.tell({ accessPoints });
      await settled();
    };
    const better = factsOf({ identifier: 'better', metric: 1 });
    await tell(platform, better);
    const offer = () => session.offer.kind;
    assert.equal(offer(), 'offered');
    session.ignore();
    await settled();
    assert.equal(offer(), 'none');
    await tell(platform, factsOf({ identifier: 'new', metric: 55, inReach: false }));
    await platform.remove('m3');
    const shift = many
      .filter(({ identifier }) => identifier !== 'm3')
      .map((each) => factsOf({ ...each, metric: each.metric + 0.5 }));
    await tell(platform, ...shift.slice(0, 5));
    assert.equal(offer(), 'none', 'other metrics, the same order');
    await tell(platform, factsOf({ identifier: 'm7', metric: 300.25, inReach: false }));
    assert.equal(offer(), 'offered', 'the order is another');
  });

  for (const isRead of [true, false]) {
    test(`M3: what cannot be roamed on any more is told of, after a start has failed${isRead ? ', read meanwhile' : ''}`, async () => {
      const { manager, platform } = await fakeEngine(
        [{ identifier: 'access-point-0' }, { identifier: 'access-point-1' }],
        {
          routing: true,
          serviceNetworks: [{ identifier: 'net', name: '', accessPoints: identifiers }],
        },
      );
      manager.createSession('access-point-0').open();
      await platform.pending('start', 'access-point-0').reject(new PlatformFailure({ code: 'deviceFailed' }));
      assert.equal(isRead ? manager.configurationFromIdentifier('net').isRoamingAvailable : true, true);
      const told = managerEventsOf(manager);
      await platform.setSystem({ capabilities: Capability.CanStartAndStopInterfaces });
      assert.equal(manager.configurationFromIdentifier('net').isRoamingAvailable, false);
      assert.deepEqual(told, ['changed net']);
    });
  }

  test('R5: what is declined is offered again when all metrics go at once, and the order changes by that', async () => {
    const { manager, platform } = await fakeEngine(
      [
        { identifier: 'use', metric: 30, link: 'up' },
        { identifier: 'second', metric: 20 },
        { identifier: 'first', metric: 10 },
      ],
      { routing: true, serviceNetworks: [{ identifier: 'net', name: '', accessPoints: 'internet' }] },
    );
    const session = manager.createSession('net');
    session.onDidChangePreferredConfiguration(() => undefined);
    session.open();
    await settled();
    const offered = () => (session.offer.kind === 'offered' ? session.offer.configuration.identifier : undefined);
    assert.equal(offered(), 'first');
    session.ignore();
    session.ignore();
    await settled();
    assert.equal(offered(), undefined);
    platform.tell({
      accessPoints: [
        factsOf({ identifier: 'use', link: 'up', metered: true }),
        factsOf({ identifier: 'second' }),
        factsOf({ identifier: 'first' }),
      ],
    });
    await settled();
    assert.equal(offered(), 'second');
  });
});
