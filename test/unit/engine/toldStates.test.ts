// Random facts, answers and calls, many of them in one turn, on a platform that answers late, wrongly or never: what
// sessions have told is what can be read of them (S3), and what counts as open when `stop()` comes ends by it (O7).
import * as assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  type AccessPointFacts,
  type NetworkSession,
  PlatformFailure,
  type ServiceNetworkDefinition,
  SessionState,
  userChoiceIdentifier,
} from '../../../src/engine/index.js';
import { eventsOf } from '../../fixtures/engineFixture.js';
import { type FakeCall, type FakeEngine, fakeEngine } from '../../fixtures/fakePlatform.js';
import { settled } from '../../fixtures/testClock.js';
import { ToldStates } from '../../fixtures/toldStates.js';

const accessPoints = ['lan', 'wifi', 'phone'] as const;
const networks: readonly ServiceNetworkDefinition[] = [
  { identifier: 'home', name: '', accessPoints, roaming: 'ask' },
  { identifier: 'office', name: '', accessPoints: ['wifi', 'lan'] },
  { identifier: 'fixed', name: '', accessPoints: ['phone', 'wifi'], roaming: 'never' },
];
const places = ['home', 'home', 'office', 'fixed', userChoiceIdentifier, 'wifi', 'lan'];
const calls = ['open', 'close', 'stop', 'migrate', 'accept', 'reject', 'ignore', 'dispose'] as const;
const answers = ['resolve', 'reject', 'accept'] as const;

type Step =
  | { readonly kind: 'call'; readonly call: (typeof calls)[number]; readonly session: number }
  | { readonly kind: 'facts'; readonly accessPoint: string; readonly facts: Partial<AccessPointFacts> }
  | { readonly kind: 'remove'; readonly accessPoint: string }
  | { readonly kind: 'answer'; readonly answer: (typeof answers)[number]; readonly index: number }
  | { readonly kind: 'define'; readonly count: number }
  | { readonly kind: 'away' | 'back' | 'turn' }
  | { readonly kind: 'pass'; readonly milliseconds: number };

const accessPoint = fc.constantFrom(...accessPoints);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('call' as const),
      call: fc.constantFrom('open' as const, 'open' as const, 'open' as const, ...calls),
      session: fc.nat(places.length - 1),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('facts' as const),
      accessPoint,
      facts: fc.oneof(
        fc.record({ link: fc.constantFrom('up', 'down', 'starting', 'stopping') }),
        fc.record({ inReach: fc.boolean() }),
        fc.record({ link: fc.constant('down' as const), inReach: fc.boolean(), lingers: fc.boolean() }),
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), accessPoint }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('answer' as const),
      answer: fc.constantFrom('resolve' as const, ...answers),
      index: fc.nat(5),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('define' as const), count: fc.nat(networks.length) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('away' as const, 'back' as const, 'back' as const) }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('turn' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('pass' as const), milliseconds: fc.constantFrom(1000, 10_000, 30_000) }),
  },
);

class Watched {
  readonly told: ToldStates;

  constructor(readonly session: NetworkSession) {
    this.told = new ToldStates(session);
  }
}

class System {
  readonly #engine: FakeEngine;
  readonly #sessions: Watched[];
  readonly #disposed: Watched[] = [];

  constructor(engine: FakeEngine) {
    this.#engine = engine;
    this.#sessions = places.map((place) => new Watched(engine.manager.createSession(place)));
    this.#sessions[0]?.session.onDidChangePreferredConfiguration(() => undefined);
  }

  async apply(step: Step): Promise<void> {
    const before = this.#all.map(({ told }) => told.count);
    const watched = this.#all;
    const ending = this.#do(step);
    for (const [index, { told }] of watched.entries()) {
      assert.equal(told.count, before[index], 'S3: nothing is told inside the call that causes it');
      told.read();
    }
    if (ending !== undefined) {
      await ending;
      this.check();
    }
  }

  get #all(): readonly Watched[] {
    return [...this.#sessions, ...this.#disposed];
  }

  /** Gives a promise where all that follows may happen, too. */
  #do(step: Step): Promise<void> | undefined {
    const { platform, manager, clock } = this.#engine;
    switch (step.kind) {
      case 'call':
        this.#call(step.call, step.session);
        return undefined;
      case 'facts':
        void platform.set(step.accessPoint, step.facts);
        return undefined;
      case 'remove':
        void platform.remove(step.accessPoint);
        return undefined;
      case 'answer':
        this.#answer(step.answer, step.index);
        return undefined;
      case 'define':
        manager.setServiceNetworks(networks.slice(0, step.count));
        return undefined;
      case 'away':
        void platform.goAway();
        return undefined;
      case 'back':
        void platform.comeBack();
        return undefined;
      case 'turn':
        return settled();
      case 'pass':
        return clock.advance(step.milliseconds);
    }
  }

  #call(call: (typeof calls)[number], index: number): void {
    const watched = this.#sessions[index];
    assert.ok(watched);
    const { session } = watched;
    if (call === 'dispose' && !session.configuration.isValid) {
      return;
    }
    session[call]();
    if (call === 'dispose') {
      this.#disposed.push(watched);
      this.#sessions[index] = new Watched(this.#engine.manager.createSession(places[index] ?? ''));
    }
  }

  #answer(answer: (typeof answers)[number], index: number): void {
    const { starts, stops, routing } = this.#engine.platform;
    const { prepares = [], prefers = [], restores = [] } = routing ?? {};
    const pending: readonly FakeCall[] = [...starts, ...stops, ...prepares, ...prefers, ...restores].filter(
      ({ isPending }) => isPending,
    );
    const call = pending[index % pending.length];
    if (answer === 'accept') {
      call?.accept();
    } else if (answer === 'resolve') {
      void call?.resolve();
    } else {
      void call?.reject(new PlatformFailure({ code: 'deviceFailed' }));
    }
  }

  /** Stops one that is open or being opened, if there is one and the platform is there: it ends, and stays so. */
  async stop(index: number): Promise<boolean> {
    const { platform } = this.#engine;
    const sessions = this.#sessions.map(({ session }) => session).filter((each) => each.isOpen || each.isOpening);
    const session = sessions[index % sessions.length];
    if (session === undefined || platform.systemFacts.away !== undefined) {
      return false;
    }
    session.stop();
    await platform.serve();
    const { isOpen, isOpening, failure } = session;
    assert.deepEqual([isOpen, isOpening], [false, false], `O7: it goes on: ${failure?.cause.code}`);
    assert.notEqual(failure?.cause.code, 'notOpen');
    this.check();
    return true;
  }

  check(): void {
    for (const { session, told } of this.#all) {
      if (!session.isDisposed) {
        told.check();
      }
    }
  }
}

/** After all these, the last of them in the middle of a turn. */
async function systemAfter(sequence: readonly Step[]): Promise<System> {
  const engine = await fakeEngine(
    accessPoints.map((identifier) => ({ identifier, link: identifier === 'wifi' ? 'up' : 'down' })),
    { routing: true, serviceNetworks: networks, ask: async ({ kind }) => (kind === 'choose' ? 'home' : true) },
  );
  const system = new System(engine);
  for (const one of sequence) {
    await system.apply(one);
  }
  return system;
}

const steps = fc.array(step, { minLength: 10, maxLength: 60, size: 'max' });

suite('what sessions tell of their state', function () {
  this.timeout(120_000);

  test('S3: it is what can be read, after each turn, whatever has happened in it', async () => {
    const check = async (sequence: readonly Step[]) => {
      const system = await systemAfter(sequence);
      await system.apply({ kind: 'turn' });
    };
    await fc.assert(fc.asyncProperty(steps, check), { seed: 20261201, numRuns: 1000 });
  });

  test('O7, R8a: who is open or being opened when it calls stop() has ended by it, whatever has happened in the turn', async () => {
    let stopped = 0;
    const check = async (sequence: readonly Step[], session: number) => {
      const system = await systemAfter(sequence);
      stopped += Number(await system.stop(session));
    };
    await fc.assert(fc.asyncProperty(steps, fc.nat(places.length - 1), check), { seed: 20261202, numRuns: 1000 });
    assert.ok(stopped > 200, `only ${stopped} were stopped`);
  });

  for (const [link, state] of [
    ['starting', 'Connecting'],
    ['stopping', 'Closing'],
  ] as const) {
    test(`S3: an opening turns to a child that is ${link} already`, async () => {
      const { platform, manager } = await fakeEngine([{ identifier: 'lan' }, { identifier: 'wifi' }], {
        serviceNetworks: [{ identifier: 'home', name: '', accessPoints: ['lan', 'wifi'] }],
      });
      const session = manager.createSession('home');
      const heard = eventsOf(session);
      session.open();
      await settled();
      await platform.set('wifi', { link });
      await platform.pending('start', 'lan').reject(new PlatformFailure({ code: 'deviceFailed' }));
      assert.equal(SessionState[session.state], state);
      assert.deepEqual(heard, ['Connecting', 'Disconnected', state]);
    });
  }

  test('S3: it has escaped to a child that is being stopped already, and stop() comes', async () => {
    const { platform, manager, open } = await fakeEngine([{ identifier: 'lan' }, { identifier: 'wifi' }], {
      serviceNetworks: [{ identifier: 'home', name: '', accessPoints: ['lan', 'wifi'] }],
    });
    const session = await open('home');
    const holder = await open('wifi');
    holder.close();
    await settled();
    const heard = eventsOf(session);
    await platform.set('lan', { link: 'down' });
    assert.deepEqual(heard, ['Roaming']);
    session.stop();
    assert.equal(session.state, SessionState.Closing);
    await settled();
    assert.deepEqual(heard, ['Roaming', 'Closing']);
    await platform.serve();
    assert.deepEqual(heard, ['Roaming', 'Closing', 'Disconnected', 'closed']);
    assert.equal(manager.holders('wifi'), 0);
  });
});
