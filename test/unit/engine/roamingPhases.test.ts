// A session in every kind of move, and all that can happen to it then, on a platform that answers late or never (R8a, O7 to O13).
import * as assert from 'node:assert/strict';
import { type NetworkSession, SessionState } from '../../../src/engine/index.js';
import { type FakeEngine, fakeEngine } from '../../fixtures/fakePlatform.js';
import { roamingEventsOf } from '../../fixtures/networkFixture.js';
import { settled } from '../../fixtures/testClock.js';

interface Stage extends FakeEngine {
  readonly session: NetworkSession;
  readonly told: string[];
}

const down = { link: 'down', inReach: false } as const;

/** How a session on `wifi` comes to each kind; `lan` is up as far as the kind wants it, and `phone` is in reach. */
const kinds: Readonly<Record<string, (stage: Stage) => Promise<void>>> = {
  offered: async () => undefined,
  migrating: async ({ session }) => {
    session.migrate('lan');
    await settled();
  },
  testing: async (stage) => {
    await kinds['migrating']?.(stage);
    await stage.platform.set('lan', { link: 'up' });
  },
  activated: async (stage) => {
    await kinds['testing']?.(stage);
    await stage.platform.pending('prepare', 'lan').resolve();
    await stage.platform.pending('test', 'lan').answer(true);
  },
  accepting: async (stage) => {
    await kinds['activated']?.(stage);
    stage.session.accept();
    await settled();
  },
  returning: async (stage) => {
    await kinds['migrating']?.(stage);
    await stage.platform.set('wifi', { link: 'down' });
    await stage.platform.set('lan', { link: 'up' });
    stage.session.reject();
    await settled();
  },
  escaping: async ({ platform }) => platform.set('wifi', down),
  arrived: async (stage) => {
    await kinds['escaping']?.(stage);
    await stage.platform.set('lan', { link: 'up' });
  },
};

async function reached(kind: string): Promise<Stage> {
  const device = kind === 'returning' ? 'radio' : undefined;
  const engine = await fakeEngine(
    [
      { identifier: 'lan', inReach: false, device },
      { identifier: 'wifi', link: 'up', device },
      { identifier: 'phone' },
    ],
    {
      routing: true,
      ask: async () => true,
      serviceNetworks: [
        { identifier: 'home', name: '', accessPoints: ['lan', 'wifi', 'phone'], tests: [{ tcp: 'server:80' }] },
      ],
    },
  );
  const session = await engine.open('home');
  const told = roamingEventsOf(session);
  await engine.platform.set('lan', { inReach: true });
  const stage = { ...engine, session, told };
  await kinds[kind]?.(stage);
  assert.equal(session.offer.kind, kind === 'arrived' ? 'escaping' : kind);
  return stage;
}

/** What can happen, and whether the session is over with that; undefined where a start under way decides. */
const events: Readonly<Record<string, { readonly ends: boolean | undefined; happen(stage: Stage): unknown }>> = {
  'nothing more': { ends: false, happen: () => undefined },
  'close()': { ends: true, happen: ({ session }) => session.close() },
  'dispose()': { ends: true, happen: ({ session }) => session.dispose() },
  'stop()': { ends: true, happen: ({ session }) => session.stop() },
  'close() and open()': {
    ends: false,
    happen: ({ session }) => {
      session.close();
      session.open();
    },
  },
  'the loss of the old one': { ends: false, happen: ({ platform }) => platform.set('wifi', down) },
  'the loss of the new one': { ends: false, happen: ({ platform }) => platform.set('lan', down) },
  'the loss of all': {
    ends: undefined,
    happen: async ({ platform, manager }) => {
      const all = ['lan', 'wifi', 'phone'].map((identifier) => manager.accessPoint(identifier));
      platform.tell({ accessPoints: all.flatMap((facts) => (facts === undefined ? [] : { ...facts, ...down })) });
      await settled();
    },
  },
  'the removal of the old one': { ends: false, happen: ({ platform }) => platform.remove('wifi') },
  'the removal of the new one': { ends: false, happen: ({ platform }) => platform.remove('lan') },
  'the removal of the service network': { ends: true, happen: ({ manager }) => manager.setServiceNetworks([]) },
  'another order': {
    ends: false,
    happen: ({ manager }) =>
      manager.setServiceNetworks([{ identifier: 'home', name: '', accessPoints: ['phone', 'wifi', 'lan'] }]),
  },
  'an absence of the platform': {
    ends: false,
    happen: async ({ platform, clock }) => {
      await platform.goAway();
      await clock.advance(5000);
      await platform.comeBack();
    },
  },
  'the end of the platform': {
    ends: true,
    happen: async ({ platform, clock }) => {
      await platform.goAway();
      await clock.advance(10_000);
    },
  },
};

/** What was told is a history that the rules know. */
function checkHistory({ told, session }: Stage): void {
  const states = told.filter((event) => event in SessionState);
  for (const [index, state] of states.entries()) {
    assert.notEqual(state, states[index - 1], `S3: ${told}`);
  }
  const ends = told.filter((event) => event === 'closed').length;
  const openings = 1 + told.filter((event) => event === 'opened').length;
  assert.equal(openings - ends, session.isOpen ? 1 : 0, `each opening ends once: ${told}`);
  assert.notEqual(session.state, SessionState.Roaming, `it is over: ${told}`);
}

for (const kind of Object.keys(kinds)) {
  for (const [name, { ends, happen }] of Object.entries(events)) {
    for (const answers of ['at once', 'never'] as const) {
      test(`R8a, O10a: ${kind}, and then ${name}; the platform answers ${answers}`, async () => {
        const stage = await reached(kind);
        const { session, platform, clock, manager } = stage;
        await happen(stage);
        await (answers === 'at once' ? platform.serve() : settled());
        await clock.advance(200_000);
        if (answers === 'at once') {
          await platform.serve();
          assert.equal(session.isOpen, ends === undefined ? session.isOpen : !ends, stage.told.join());
        }
        checkHistory(stage);
        assert.equal(session.isOpening, false);
        const holders = ['lan', 'wifi', 'phone'].map((identifier) => manager.holders(identifier));
        assert.equal(
          holders.reduce((one, other) => one + other),
          session.isOpen ? 1 : 0,
          `O5: ${holders}`,
        );
        session.close();
        await platform.serve();
        await clock.advance(200_000);
        await platform.serve();
        assert.equal(clock.pending, 0, 'no timer is left');
        const left = ['lan', 'phone'].filter((identifier) => manager.isStartedHere(identifier));
        if (answers === 'at once') {
          assert.deepEqual(left, [], 'nothing that was started here is left up');
        }
      });
    }
  }
}
