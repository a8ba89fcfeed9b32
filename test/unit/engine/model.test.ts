// Random sequences against a small model: what a session is, and what it tells, after each step (O1 to O12, S1, S3, F1).
import * as assert from 'node:assert/strict';
import fc from 'fast-check';
import type { LastClose } from '../../../src/engine/index.js';
import {
  NetworkConfigurationManager,
  type NetworkSession,
  type SessionEnd,
  SessionError,
  SessionState,
} from '../../../src/engine/index.js';
import { SimulatedPlatform } from '../../../src/platforms/simulated/index.js';
import { Ends, endText } from '../../fixtures/ends.js';
import { changeOutside, eventsOf } from '../../fixtures/engineFixture.js';
import { TestClock } from '../../fixtures/testClock.js';

/** Two access points on one device, which displace each other, and one of its own. */
const accessPoints = ['wifi1', 'wifi2', 'lan'] as const;
type Identifier = (typeof accessPoints)[number];
const deviceOf: Record<Identifier, string> = { wifi1: 'radio', wifi2: 'radio', lan: 'cable' };
/** Two sessions on each. */
const places = [...accessPoints, ...accessPoints];

type Step =
  | { readonly kind: 'open' | 'close' | 'stop' | 'dispose'; readonly session: number }
  | {
      readonly kind: 'lose' | 'return' | 'upOutside' | 'downOutside' | 'fail' | 'remove' | 'add' | 'startOutside';
      readonly accessPoint: Identifier;
    }
  | { readonly kind: 'pass'; readonly milliseconds: number }
  | { readonly kind: 'goAway' }
  | { readonly kind: 'comeBack' };

const onSession = fc.record({
  kind: fc.constantFrom('open', 'close', 'stop', 'dispose', 'open', 'open'),
  session: fc.nat(places.length - 1),
});
const onAccessPoint = fc.record({
  kind: fc.constantFrom('lose', 'return', 'return', 'upOutside', 'downOutside', 'fail', 'remove', 'add', 'add'),
  accessPoint: fc.constantFrom(...accessPoints),
});
const startOutside = fc.record({ kind: fc.constant('startOutside'), accessPoint: fc.constantFrom(...accessPoints) });
const pass = fc.record({ kind: fc.constant('pass'), milliseconds: fc.constantFrom(0, 1, 10, 25, 60) });
const absence = fc.record({ kind: fc.constantFrom('goAway', 'comeBack', 'comeBack') });

/** An access point as the model sees it. */
interface ModelLink {
  defined: boolean;
  inReach: boolean;
  up: boolean;
  startedHere: boolean;
  failsNext: boolean;
  starts: number;
  stops: number;
  shown: string;
}

interface ModelSession {
  readonly place: Identifier;
  open: boolean;
  disposed: boolean;
  events: string[];
}

/** What the rules say, for steps that each come to their end before the next. */
class Model {
  readonly links = new Map<Identifier, ModelLink>();
  readonly sessions: ModelSession[];

  constructor(
    readonly policy: LastClose,
    readonly consents: boolean,
  ) {
    for (const identifier of accessPoints) {
      const up = identifier === 'lan';
      this.links.set(identifier, {
        defined: true,
        inReach: true,
        up,
        startedHere: false,
        failsNext: false,
        starts: 0,
        stops: 0,
        shown: up ? 'Connected' : 'Disconnected',
      });
    }
    this.sessions = places.map((place) => this.fresh(place));
  }

  fresh(place: Identifier): ModelSession {
    return { place, open: false, disposed: false, events: [] };
  }

  link(identifier: Identifier): ModelLink {
    return this.links.get(identifier)!;
  }

  on(identifier: Identifier): ModelSession[] {
    return this.sessions.filter((session) => session.place === identifier);
  }

  holders(identifier: Identifier): number {
    return this.on(identifier).filter((session) => session.open).length;
  }

  show(identifier: Identifier, state: string): void {
    const link = this.link(identifier);
    if (link.shown !== state) {
      link.shown = state;
      for (const session of this.on(identifier)) {
        session.events.push(state);
      }
    }
  }

  rest(identifier: Identifier): void {
    const link = this.link(identifier);
    this.show(
      identifier,
      !link.defined ? 'Invalid' : link.up ? 'Connected' : link.inReach ? 'Disconnected' : 'NotAvailable',
    );
  }

  lose(identifier: Identifier): void {
    const link = this.link(identifier);
    const wasUp = link.up;
    link.up = false;
    this.rest(identifier);
    if (wasUp) {
      link.startedHere = false;
      for (const session of this.on(identifier)) {
        if (session.open) {
          session.open = false;
          session.events.push('SessionAbortedError', 'closed', 'end lost');
        }
      }
    }
  }

  open(session: ModelSession): void {
    const link = this.link(session.place);
    if (session.open) {
      return;
    }
    if (!link.defined || (!link.inReach && !link.up)) {
      session.events.push('InvalidConfigurationError', 'end failed');
      return;
    }
    if (!link.up && !this.start(session, link)) {
      return;
    }
    session.open = true;
    session.events.push('opened');
  }

  start(session: ModelSession, link: ModelLink): boolean {
    const others = accessPoints.filter(
      (other) => other !== session.place && deviceOf[other] === deviceOf[session.place] && this.link(other).up,
    );
    const inTheWay = others.filter((other) => this.holders(other) > 0 || !this.link(other).startedHere);
    if (inTheWay.length > 0 && !this.consents) {
      session.events.push('SessionAbortedError', 'end failed');
      return false;
    }
    link.starts++;
    this.show(session.place, 'Connecting');
    for (const other of others) {
      this.lose(other);
    }
    if (link.failsNext) {
      link.failsNext = false;
      this.rest(session.place);
      session.events.push('RoamingError', 'end failed');
      return false;
    }
    link.up = true;
    link.startedHere = true;
    this.rest(session.place);
    return true;
  }

  close(session: ModelSession): void {
    if (!session.open) {
      return;
    }
    session.open = false;
    const link = this.link(session.place);
    const stops = this.policy === 'always' || (this.policy === 'ifStartedHere' && link.startedHere);
    if (this.holders(session.place) === 0 && stops) {
      this.takeDown(session.place);
    }
    session.events.push('closed', 'end closed');
  }

  /** Gives a session back and makes another, which is there when the stop that this causes ends. */
  dispose(index: number): void {
    const place = places[index]!;
    const { stops } = this.link(place);
    this.close(this.sessions[index]!);
    const fresh = this.fresh(place);
    if (this.link(place).stops > stops) {
      fresh.events.push(this.link(place).shown);
    }
    this.sessions[index] = fresh;
  }

  takeDown(identifier: Identifier): void {
    const link = this.link(identifier);
    link.stops++;
    link.up = false;
    link.startedHere = false;
    this.show(identifier, 'Closing');
    this.rest(identifier);
  }

  stop(caller: ModelSession): void {
    const link = this.link(caller.place);
    if (!link.defined || !link.up) {
      return;
    }
    const ended = this.on(caller.place).filter((session) => session.open);
    for (const session of ended) {
      session.open = false;
    }
    this.takeDown(caller.place);
    for (const session of ended) {
      const isOwn = session === caller;
      session.events.push(...(isOwn ? [] : ['SessionAbortedError']), 'closed');
      session.events.push(`end stopped ${isOwn ? 'thisSession' : 'anotherSession'}`);
    }
  }

  apply(step: Step): void {
    switch (step.kind) {
      case 'open':
        this.open(this.sessions[step.session]!);
        return;
      case 'close':
        this.close(this.sessions[step.session]!);
        return;
      case 'stop':
        this.stop(this.sessions[step.session]!);
        return;
      case 'dispose':
        this.dispose(step.session);
        return;
      case 'pass':
      case 'goAway':
      case 'comeBack':
      case 'startOutside':
        return;
    }
    const link = this.link(step.accessPoint);
    if (step.kind === 'add') {
      if (!link.defined) {
        Object.assign(link, { defined: true, inReach: true, up: false, failsNext: false, starts: 0, stops: 0 });
        this.rest(step.accessPoint);
      }
      return;
    }
    if (!link.defined) {
      return;
    }
    switch (step.kind) {
      case 'lose':
        link.inReach = false;
        this.lose(step.accessPoint);
        return;
      case 'return':
        link.inReach = true;
        this.rest(step.accessPoint);
        return;
      case 'upOutside':
        if (!link.up && link.inReach) {
          link.up = true;
          link.startedHere = false;
          this.rest(step.accessPoint);
        }
        return;
      case 'downOutside':
        this.lose(step.accessPoint);
        return;
      case 'fail':
        link.failsNext = true;
        return;
      case 'remove':
        link.defined = false;
        this.lose(step.accessPoint);
        return;
    }
  }
}

/** The engine with the same access points and sessions; each thing it asks of the platform is checked as it asks. */
class System {
  readonly clock = new TestClock();
  readonly platform: SimulatedPlatform;
  readonly manager: NetworkConfigurationManager;
  readonly sessions: NetworkSession[];
  readonly events: string[][];
  readonly ends: Ends[] = [];
  readonly breaches: string[] = [];
  /** Access points that some session asked to stop. */
  readonly stopping = new Set<string>();
  /** Sessions that were disposed of, with what they have told. */
  readonly disposed: { session: NetworkSession; events: string[] }[] = [];

  constructor(policy: LastClose, consents: boolean | undefined, milliseconds: number) {
    this.platform = new SimulatedPlatform({
      clock: this.clock,
      accessPoints: accessPoints.map((identifier) => this.describe(identifier, milliseconds, identifier === 'lan')),
    });
    this.watchPlatform();
    this.manager = new NetworkConfigurationManager(this.platform, {
      clock: this.clock,
      lastClose: policy,
      ...(consents === undefined ? {} : { ask: async () => consents }),
    });
    this.sessions = places.map((place) => this.manager.createSession(place));
    this.events = [];
  }

  describe(identifier: Identifier, milliseconds: number, up: boolean) {
    const connectTimeout = 1000;
    return {
      identifier,
      up,
      startMs: milliseconds,
      stopMs: milliseconds,
      device: deviceOf[identifier],
      connectTimeout,
    };
  }

  async start(): Promise<void> {
    await this.manager.start();
    await this.clock.advance(0);
    this.events.push(...this.sessions.map((session) => this.listen(session)));
  }

  /** What it tells, with how it ends but for the cause. */
  listen(session: NetworkSession): string[] {
    const events = eventsOf(session);
    session.onDidEnd(({ failure: _, ...end }) => events.push(endText(end as SessionEnd)));
    this.ends.push(new Ends(session));
    return events;
  }

  watchPlatform(): void {
    const { platform } = this;
    const startAccessPoint = platform.startAccessPoint.bind(platform);
    const stopAccessPoint = platform.stopAccessPoint.bind(platform);
    platform.startAccessPoint = (identifier) => {
      const on = this.on(identifier);
      if (this.manager.accessPoint(identifier)?.link === 'up') {
        this.breaches.push(`O1: ${identifier} was started while up`);
      }
      if (!on.some((session) => session.isOpening)) {
        this.breaches.push(`O1: ${identifier} was started for nobody`);
      }
      return startAccessPoint(identifier);
    };
    platform.stopAccessPoint = (identifier, accepted) => {
      if (this.on(identifier).some((session) => session.isOpen) && !this.stopping.has(identifier)) {
        this.breaches.push(`O5: ${identifier} was stopped while held`);
      }
      return stopAccessPoint(identifier, accepted);
    };
  }

  on(identifier: string): NetworkSession[] {
    return this.sessions.filter((session) => session.configuration.identifier === identifier);
  }

  apply(step: Step, milliseconds: number): Promise<void> | undefined {
    const { simulation } = this.platform;
    if (step.kind === 'pass') {
      return this.clock.advance(step.milliseconds);
    }
    if (step.kind === 'goAway' || step.kind === 'comeBack') {
      if (simulation.isAway === (step.kind === 'comeBack')) {
        simulation[step.kind]();
      }
      return undefined;
    }
    if ('session' in step) {
      this.applyToSession(step.kind, step.session);
      return undefined;
    }
    const { accessPoint } = step;
    const link = simulation.links.get(accessPoint);
    if (step.kind === 'add') {
      if (link === undefined) {
        simulation.add(this.describe(accessPoint, milliseconds, false));
      }
    } else if (link !== undefined) {
      switch (step.kind) {
        case 'lose':
        case 'return':
        case 'upOutside':
        case 'downOutside':
          changeOutside(simulation, step.kind, accessPoint);
          break;
        case 'startOutside':
          if (link.link === 'down' && link.inReach) {
            simulation.startElsewhere(accessPoint);
          }
          break;
        case 'fail':
          simulation.failNextStart(accessPoint, SessionError.RoamingError);
          break;
        case 'remove':
          simulation.remove(accessPoint);
          break;
      }
    }
    return undefined;
  }

  applyToSession(kind: 'open' | 'close' | 'stop' | 'dispose', index: number): void {
    const session = this.sessions[index]!;
    if (kind === 'stop') {
      this.stopping.add(session.configuration.identifier);
    }
    session[kind]();
    if (kind === 'dispose') {
      this.disposed.push({ session, events: this.events[index]! });
      const fresh = this.manager.createSession(places[index]!);
      this.sessions[index] = fresh;
      this.events[index] = this.listen(fresh);
    }
  }

  /** Lets all that is under way come to its end. */
  async drain(): Promise<void> {
    await this.clock.advance(5000);
    this.stopping.clear();
  }

  /** What holds after every step, in the middle of anything. */
  check(): void {
    assert.deepEqual(this.breaches, []);
    const all = [...this.sessions, ...this.disposed.map(({ session }) => session)];
    for (const identifier of accessPoints) {
      const open = all.filter((session) => session.configuration.identifier === identifier && session.isOpen);
      assert.equal(this.manager.holders(identifier), open.length, `O5: holders of ${identifier}`);
    }
    for (const session of all) {
      assert.ok(!(session.isOpen && session.isOpening), 'a session is open or being opened');
      assert.ok(!session.isOpen || session.state === SessionState.Connected, `S1: open while ${session.state}`);
      assert.ok(session.isOpen || (session.bytesReceived === 0 && session.activeTime === 0), 'F1, F2: 0 when not open');
    }
  }

  /** What a session told follows the grammar of the rules, whatever happened. */
  checkEvents(events: readonly string[]): void {
    let last = '';
    let open = false;
    for (const [index, event] of events.entries()) {
      if (event === 'opened') {
        assert.ok(!open, `O3: opened twice: ${events}`);
        open = true;
      } else if (event === 'closed') {
        open = false;
      } else if (!event.endsWith('Error') && !event.startsWith('end ')) {
        assert.notEqual(event, last, `S3: the same state twice: ${events}`);
        last = event;
        if (open && event !== 'Connected' && event !== 'Closing') {
          const ending = events.slice(index + 1).filter((other) => other === 'closed' || other === 'opened');
          assert.equal(ending[0], 'closed', `O8: no end after ${event}: ${events}`);
        }
      }
    }
  }
}

const policies = fc.constantFrom<LastClose>('ifStartedHere', 'always', 'never');

suite('the engine against a model', function () {
  this.timeout(60_000);

  test('O1 to O12: step by step, sessions are and tell what the rules say', async () => {
    const steps = fc.array(fc.oneof(onSession, onSession, onAccessPoint), { minLength: 1, maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(steps, policies, fc.boolean(), async (sequence, policy, consents) => {
        const model = new Model(policy, consents);
        const system = new System(policy, consents, 20);
        await system.start();
        for (const step of sequence as Step[]) {
          model.apply(step);
          await system.apply(step, 20);
          await system.clock.advance(100);
          system.stopping.clear();
          system.check();
          for (const [index, session] of model.sessions.entries()) {
            assert.equal(system.sessions[index]!.isOpen, session.open, `isOpen of ${index}`);
            assert.deepEqual(system.events[index], session.events, `events of ${index}`);
          }
          for (const [identifier, link] of model.links) {
            assert.equal(SessionState[system.manager.stateOf(identifier)], link.shown, `S1: ${identifier}`);
            assert.equal(system.manager.isStartedHere(identifier) && link.up, link.startedHere && link.up, 'O5a');
            if (link.defined) {
              assert.equal(system.platform.simulation.starts(identifier), link.starts, `starts of ${identifier}`);
              assert.equal(system.platform.simulation.stops(identifier), link.stops, `stops of ${identifier}`);
            }
          }
        }
      }),
      { seed: 20261120, numRuns: 400 },
    );
  });

  test('O1 to O13: whatever happens in the middle of anything, nothing is counted twice and every operation ends', async () => {
    const step = fc.oneof(onSession, onSession, onAccessPoint, startOutside, pass, pass, absence);
    const steps = fc.array(step, { minLength: 1, maxLength: 60 });
    const consent = fc.constantFrom(true, false, undefined);
    await fc.assert(
      fc.asyncProperty(steps, policies, consent, async (sequence, policy, consents) => {
        const system = new System(policy, consents, 20);
        await system.start();
        for (const one of sequence as Step[]) {
          await system.apply(one, 20);
          system.check();
        }
        if (system.platform.simulation.isAway) {
          system.platform.simulation.comeBack();
        }
        await system.drain();
        system.check();
        for (const [index, session] of system.sessions.entries()) {
          assert.ok(!session.isOpening, `O10a: ${index} is being opened for ever`);
          system.checkEvents(system.events[index]!);
          const told = system.events[index]!.filter((event) => event in SessionState).at(-1);
          assert.ok(
            told === undefined || told === SessionState[session.state],
            `S3: told ${told}, shows ${session.state}`,
          );
        }
        for (const ends of system.ends) {
          ends.checkAtRest();
        }
        for (const { events } of system.disposed) {
          system.checkEvents(events);
        }
        for (const identifier of accessPoints) {
          const left = policy === 'ifStartedHere' && system.manager.holders(identifier) === 0;
          assert.ok(
            !(
              left &&
              system.manager.isStartedHere(identifier) &&
              system.manager.accessPoint(identifier)?.link === 'up'
            ),
            `O5: ${identifier} was left up`,
          );
        }
        await Promise.all([system.manager.dispose(), system.clock.advance(5000)]);
        assert.equal(system.clock.pending, 0, 'no timer is left');
      }),
      { seed: 20261120, numRuns: 1000 },
    );
  });
});
