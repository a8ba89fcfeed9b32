import * as assert from 'node:assert/strict';
import { type LastClose, type NetworkSession, SessionState } from '../../../src/engine/index.js';
import { eventsOf } from '../../fixtures/engineFixture.js';
import { type FakeEngine, fakeEngine } from '../../fixtures/fakePlatform.js';
import { settled } from '../../fixtures/testClock.js';

/** How far a session and its access point, 'lan', have come when something happens to them. */
interface Phase {
  readonly name: string;
  /** The access point was up, or being started, without this software: it must not be stopped for it. */
  readonly isForeign?: boolean;
  /** Somebody has called `stop()`, which stops it whoever started it. */
  readonly isStopped?: boolean;
  /** Facts of 'lan' at the beginning. */
  readonly link?: 'up' | 'starting' | 'stopping';
  /** 'wifi', up and on the same device, is in the way, and the host, asked for consent, does not answer. */
  readonly isAsking?: boolean;
  reach(engine: FakeEngine, session: NetworkSession): Promise<void>;
}

async function openOn(engine: FakeEngine, session: NetworkSession): Promise<void> {
  session.open();
  await engine.platform.serve();
  assert.equal(session.isOpen, true);
}

const phases: readonly Phase[] = [
  { name: 'down and closed', reach: async () => undefined },
  { name: 'up and closed', isForeign: true, link: 'up', reach: async () => undefined },
  {
    name: 'in the turn of open()',
    reach: async (_, session) => session.open(),
  },
  {
    name: 'a start asked for',
    reach: async (_, session) => {
      session.open();
      await settled();
    },
  },
  {
    name: 'starting',
    reach: async ({ platform }, session) => {
      session.open();
      await platform.set('lan', { link: 'starting' });
    },
  },
  {
    name: 'started, before the facts say so',
    reach: async ({ platform }, session) => {
      session.open();
      await platform.set('lan', { link: 'starting' });
      await platform.starts[0]?.resolve();
    },
  },
  {
    name: 'waiting for a start by others',
    isForeign: true,
    link: 'starting',
    reach: async (_, session) => session.open(),
  },
  {
    name: 'waiting for a stop by others',
    link: 'stopping',
    reach: async (_, session) => session.open(),
  },
  {
    name: 'waiting for a stop of ours',
    reach: async (engine, session) => {
      (await engine.open('lan')).close();
      session.open();
      await settled();
    },
  },
  {
    name: 'waiting for the host',
    isAsking: true,
    reach: async (_, session) => {
      session.open();
      await settled();
    },
  },
  { name: 'open, started here', reach: openOn },
  { name: 'open, up before', isForeign: true, link: 'up', reach: openOn },
  {
    name: 'open, while another waits for its stop',
    isStopped: true,
    reach: async (engine, session) => {
      await openOn(engine, session);
      engine.manager.createSession('lan').stop();
      await settled();
    },
  },
  {
    name: 'starting, while another waits for its stop',
    isStopped: true,
    reach: async (engine, session) => {
      session.open();
      await engine.platform.set('lan', { link: 'starting' });
      engine.manager.createSession('lan').stop();
      await settled();
    },
  },
  {
    name: 'open, its own stop not accepted',
    isStopped: true,
    reach: async (engine, session) => {
      await openOn(engine, session);
      session.stop();
      await settled();
    },
  },
  {
    name: 'stopped by another, accepted',
    isStopped: true,
    reach: async (engine, session) => {
      await openOn(engine, session);
      engine.manager.createSession('lan').stop();
      engine.platform.stops[0]?.accept();
      await settled();
    },
  },
  {
    name: 'closing, the last',
    reach: async (engine, session) => {
      await openOn(engine, session);
      session.close();
      await settled();
    },
  },
  {
    name: 'closing, and opened again',
    reach: async (engine, session) => {
      await openOn(engine, session);
      session.close();
      session.open();
      await settled();
    },
  },
  {
    name: 'cancelling',
    reach: async ({ platform }, session) => {
      session.open();
      await platform.set('lan', { link: 'starting' });
      session.close();
      await settled();
    },
  },
  {
    name: 'timed out, being undone',
    reach: async ({ clock }, session) => {
      session.open();
      await clock.advance(30_000);
    },
  },
  {
    name: 'lost, what is left being cleared away',
    reach: async (engine, session) => {
      await openOn(engine, session);
      await engine.platform.set('lan', { link: 'down', lingers: true });
    },
  },
  {
    name: 'opening, while what is left is cleared away',
    reach: async (engine, session) => {
      await openOn(engine, session);
      await engine.platform.set('lan', { link: 'down', lingers: true });
      session.open();
      await settled();
    },
  },
];

interface Stage extends FakeEngine {
  readonly session: NetworkSession;
  readonly heard: string[];
}

async function reached(phase: Phase, lastClose: LastClose = 'ifStartedHere'): Promise<Stage> {
  const device = phase.isAsking ? 'radio' : undefined;
  const engine = await fakeEngine(
    [
      { identifier: 'lan', device, ...(phase.link === undefined ? {} : { link: phase.link }) },
      { identifier: 'wifi', device, link: 'up' },
    ],
    { lastClose, ask: () => new Promise(() => undefined) },
  );
  const session = engine.manager.createSession('lan');
  const heard = eventsOf(session);
  await phase.reach(engine, session);
  return { ...engine, session, heard };
}

/** Lets the platform answer, and others finish what they had begun. */
async function finish(stage: Stage): Promise<void> {
  const { platform, manager, clock } = stage;
  await platform.serve();
  const link = manager.accessPoint('lan')?.link;
  if (link === 'starting') {
    await platform.set('lan', { link: 'up' });
  } else if (link === 'stopping') {
    await platform.set('lan', { link: 'down' });
  }
  await platform.serve();
  await clock.advance(0);
}

/** What holds at every end, whatever happened before. */
function checkEnd({ session, heard, manager, clock }: Stage): void {
  assert.equal(clock.pending, 0, 'O10a: nothing is under way');
  assert.equal(manager.holders('lan'), manager.sessions.filter(({ isOpen }) => isOpen).length, 'O5: counted once');
  const states = heard.filter((event) => event in SessionState);
  for (const [index, state] of states.entries()) {
    assert.notEqual(state, states[index - 1], `S3: the same state twice: ${heard}`);
  }
  const opened = heard.filter((event) => event === 'opened').length;
  const closed = heard.filter((event) => event === 'closed').length;
  assert.ok(opened - closed <= 1, `each opening ends before the next: ${heard}`);
  if (!session.isDisposed && states.length > 0) {
    assert.equal(states.at(-1), SessionState[session.state], `S3: ${heard}`);
  }
}

function checkIsOver(stage: Stage): void {
  const { session } = stage;
  assert.equal(session.isOpen, false);
  assert.equal(session.isOpening, false);
  assert.equal(session.activeTime, 0);
  assert.equal(session.sessionProperty('ActiveConfiguration'), '');
}

function ends(heard: readonly string[]): number {
  return heard.filter((event) => event === 'closed' || event.endsWith('Error')).length;
}

for (const phase of phases) {
  suite(`in the phase "${phase.name}"`, () => {
    test('O10a: left alone, everything comes to its end', async () => {
      const stage = await reached(phase);
      await finish(stage);
      if (phase.isAsking) {
        stage.session.close();
        await settled();
      }
      assert.equal(stage.session.isOpening, false);
      checkEnd(stage);
    });

    test('O10a: with a platform that never answers, everything comes to its end by time', async () => {
      const stage = await reached(phase);
      if (phase.isAsking) {
        stage.session.close();
      }
      await stage.clock.advance(120_000);
      assert.equal(stage.session.isOpening, false);
      assert.equal(stage.clock.pending, 0);
      assert.equal(stage.manager.holders('lan'), stage.session.isOpen ? 1 : 0);
    });

    test('O5, O6: close()', async () => {
      const stage = await reached(phase);
      const { session, heard, platform } = stage;
      const wasOpen = session.isOpen;
      const before = ends(heard);
      session.close();
      assert.equal(session.isOpen || session.isOpening, false);
      const stopsWanted = platform.stops.length;
      await finish(stage);
      checkIsOver(stage);
      checkEnd(stage);
      if (wasOpen) {
        assert.equal(heard.at(-1), 'closed');
        assert.ok(ends(heard) > before);
      }
      assert.equal(platform.stops.length, stopsWanted, 'one stop at most');
      if (phase.isForeign) {
        assert.equal(platform.stops.length, 0, 'O5a');
      }
      session.close();
      await settled();
      checkEnd(stage);
    });

    test('O7: stop() by another', async () => {
      const stage = await reached(phase);
      const { session, heard, manager } = stage;
      const counts = session.isOpen || session.isOpening;
      stage.manager.createSession('lan').stop();
      await finish(stage);
      checkIsOver(stage);
      checkEnd(stage);
      assert.equal(session.state, SessionState.Disconnected);
      assert.equal(manager.accessPoint('lan')?.link, 'down');
      if (counts) {
        assert.equal(heard.at(-1), 'closed');
      }
    });

    test('O7: stop() by itself', async () => {
      const stage = await reached(phase);
      const { session, heard } = stage;
      const counts = session.isOpen || session.isOpening;
      session.stop();
      await finish(stage);
      checkIsOver(stage);
      checkEnd(stage);
      assert.equal(session.state, SessionState.Disconnected);
      if (counts) {
        assert.equal(heard.at(-1), 'closed');
      }
    });

    test('O3: open()', async () => {
      const stage = await reached(phase);
      const { session } = stage;
      const isStopped = phase.isStopped === true && session.isOpen;
      session.open();
      await finish(stage);
      if (phase.isAsking) {
        assert.equal(session.isOpening, true);
        session.close();
        await settled();
      } else if (!isStopped && phase.name !== 'starting, while another waits for its stop') {
        assert.equal(session.isOpen, true, stage.heard.join());
      }
      checkEnd(stage);
    });

    test('O10: dispose()', async () => {
      const stage = await reached(phase);
      const { session, manager, platform } = stage;
      session.dispose();
      assert.ok(!manager.sessions.includes(session));
      await finish(stage);
      checkIsOver(stage);
      checkEnd(stage);
      const before = stage.heard.length;
      await platform.set('lan', { inReach: false, link: 'down' });
      assert.equal(stage.heard.length, before, 'it tells nothing more');
    });

    test('O8: the link is lost and out of reach', async () => {
      const stage = await reached(phase);
      const { session, platform, heard } = stage;
      const wasOpen = session.isOpen;
      await platform.set('lan', { link: 'down', inReach: false });
      assert.equal(session.isOpen, false);
      await finish(stage);
      if (wasOpen) {
        checkIsOver(stage);
        assert.equal(heard.filter((event) => event === 'closed').length, 1);
      }
      await stage.clock.advance(30_000);
      await finish(stage);
      assert.equal(session.isOpening, false);
      checkEnd(stage);
    });

    test('O11: the configuration is removed', async () => {
      const stage = await reached(phase);
      const { session, platform, heard, manager } = stage;
      const wasWanted = session.isOpen || session.isOpening;
      const before = ends(heard);
      await platform.remove('lan');
      assert.equal(session.state, SessionState.Invalid);
      checkIsOver(stage);
      if (wasWanted) {
        assert.ok(ends(heard) > before);
      }
      await finish(stage);
      checkEnd(stage);
      assert.equal(manager.isStartedHere('lan'), false);
      assert.equal(manager.holders('lan'), 0);
    });

    test('O13: the platform goes away and does not come back', async () => {
      const stage = await reached(phase);
      const { session, platform, clock, manager } = stage;
      const wasOpen = session.isOpen;
      await platform.goAway();
      assert.equal(session.isOpen, wasOpen, 'kept meanwhile');
      await clock.advance(10_000);
      assert.equal(session.state, SessionState.Invalid);
      checkIsOver(stage);
      await finish(stage);
      checkEnd(stage);
      assert.equal(platform.abandonments, 1);
      assert.equal(manager.holders('lan'), 0);
    });

    for (const link of ['down', 'up', 'starting', 'stopping'] as const) {
      test(`O13: the platform goes away and comes back, and finds it ${link}`, async () => {
        const stage = await reached(phase);
        const { session, platform } = stage;
        const wasOpen = session.isOpen;
        await platform.goAway();
        await stage.clock.advance(5_000);
        await platform.comeBack([{ identifier: 'lan', link, lingers: false }]);
        assert.equal(session.isOpen && wasOpen, wasOpen && link === 'up');
        await finish(stage);
        if (phase.isAsking) {
          session.close();
          await finish(stage);
        }
        assert.equal(session.isOpening, false);
        checkEnd(stage);
      });
    }

    for (const lastClose of ['ifStartedHere', 'always', 'never'] as const) {
      test(`O10: the manager ends, with "${lastClose}": what was not started here is not stopped for it`, async () => {
        const stage = await reached(phase, lastClose);
        const { manager, platform, session, clock } = stage;
        const stopsBefore = platform.stops.length;
        let isDisposed = false;
        const disposing = manager.dispose().then(() => {
          isDisposed = true;
        });
        await settled();
        if (platform.stops.some(({ isPending }) => isPending)) {
          assert.equal(platform.disposals, 0, 'it waits for what it stops');
        }
        await finish(stage);
        await disposing;
        assert.ok(isDisposed);
        assert.equal(platform.disposals, 1);
        assert.equal(session.isOpen || session.isOpening, false);
        assert.equal(clock.pending, 0);
        if (phase.isForeign) {
          assert.equal(platform.stops.length, stopsBefore);
        }
        assert.ok(platform.stops.every(({ identifier }) => identifier === 'lan'));
      });
    }
  });
}
