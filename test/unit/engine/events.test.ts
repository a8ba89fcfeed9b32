import * as assert from 'node:assert/strict';
import {
  type Disposable,
  type Event,
  type NetworkSession,
  SessionState,
  silentLogger,
} from '../../../src/engine/index.js';
import { eventsOf } from '../../fixtures/engineFixture.js';
import { factsOf, fakeEngine, managerEventsOf } from '../../fixtures/fakePlatform.js';
import { settled } from '../../fixtures/testClock.js';

suite('the order of one change', () => {
  test('M3a: the new state everywhere; the sessions of all access points; the configurations; online', async () => {
    const { manager, platform, open } = await fakeEngine(
      [
        { identifier: 'lan', link: 'up' },
        { identifier: 'wifi', link: 'up' },
      ],
      { system: { isOnline: true } },
    );
    const sessions = [await open('lan'), await open('wifi'), manager.createSession('later')];
    const heard = managerEventsOf(manager);
    for (const [index, session] of sessions.entries()) {
      session.onDidChangeState((state) => heard.push(`${index} ${SessionState[state]}`));
      session.onDidFail(() => heard.push(`${index} error`));
      session.onDidClose(() => heard.push(`${index} closed`));
    }
    const seen: unknown[] = [];
    const first = sessions[0]?.onDidChangeState(() => {
      first?.dispose();
      seen.push(
        sessions.map(({ state }) => SessionState[state]),
        sessions.map(({ isOpen }) => isOpen),
        manager.allConfigurations().map(({ identifier }) => identifier),
        manager.isOnline,
        manager.holders('wifi'),
      );
    });
    platform.tell({
      accessPoints: [factsOf({ identifier: 'lan' }), factsOf({ identifier: 'later', inReach: false })],
      removed: ['wifi'],
      system: { ...platform.systemFacts, isOnline: false },
    });
    await settled();
    assert.deepEqual(seen, [
      ['Disconnected', 'Invalid', 'NotAvailable'],
      [false, false, false],
      ['lan', 'later'],
      false,
      0,
    ]);
    const isOfSession = (event: string) => /^\d/.test(event);
    assert.deepEqual(
      heard.map(isOfSession),
      [true, true, true, true, true, true, true, false, false, false, false],
      `sessions first: ${heard}`,
    );
    for (const [index, told] of [
      ['0', ['0 Disconnected', '0 error', '0 closed']],
      ['1', ['1 Invalid', '1 error', '1 closed']],
      ['2', ['2 NotAvailable']],
    ] as const) {
      assert.deepEqual(
        heard.filter((event) => event.startsWith(index)),
        told,
      );
    }
    assert.deepEqual(heard.slice(7, -1).toSorted(), ['added later', 'changed lan', 'removed wifi']);
    assert.equal(heard.at(-1), 'offline');
  });

  test('M3a: opened comes before the change of the configuration that it came with', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan' }]);
    const session = manager.createSession('lan');
    session.open();
    await settled();
    const heard = managerEventsOf(manager);
    session.onDidOpen(() => heard.push('opened'));
    await platform.set('lan', { link: 'up' });
    assert.deepEqual(heard, ['opened', 'changed lan']);
  });

  test('M3a: a removed configuration is invalid when its handler runs, but keeps its name and identifier', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan', name: 'Office', link: 'up' }]);
    const session = manager.createSession('lan');
    const seen: unknown[] = [];
    manager.onDidRemoveConfiguration(({ identifier, name, isValid }) =>
      seen.push(identifier, name, isValid, manager.configurationFromIdentifier('lan').isValid, session.state),
    );
    await platform.remove('lan');
    assert.deepEqual(seen, ['lan', 'Office', false, false, SessionState.Invalid]);
    assert.equal(session.configuration.name, 'Office');
  });

  test('M3a: events of one change come before those of the next', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan' }]);
    const heard = managerEventsOf(manager);
    manager.createSession('lan').onDidChangeState((state) => heard.push(SessionState[state]));
    void platform.set('lan', { link: 'up' });
    void platform.setSystem({ isOnline: true });
    void platform.set('lan', { link: 'down' });
    await settled();
    assert.deepEqual(heard, ['Connected', 'changed lan', 'online', 'Disconnected', 'changed lan']);
  });
});

suite('listeners', () => {
  test('a listener that throws is reported and does not harm the others, nor what comes after', async () => {
    const reported: string[] = [];
    const logger = { ...silentLogger, error: (message: string) => reported.push(message) };
    const { manager, platform } = await fakeEngine([{ identifier: 'lan' }], { logger });
    const session = manager.createSession('lan');
    session.onDidChangeState(() => {
      throw new Error('mine');
    });
    const heard = eventsOf(session);
    session.open();
    await platform.serve();
    assert.deepEqual(heard, ['Connecting', 'Connected', 'opened']);
    assert.equal(reported.length, 2);
    assert.ok(reported.every((message) => message.includes('mine')));
  });

  test('whatever a listener throws', async () => {
    const thrown = [undefined, null, 'text', 7, Symbol('s'), Object.create(null), { toString: () => assert.fail() }];
    for (const value of thrown) {
      const { manager, platform } = await fakeEngine([{ identifier: 'lan' }]);
      const session = manager.createSession('lan');
      let times = 0;
      session.onDidChangeState(() => {
        if (times++ === 0) {
          throw value;
        }
      });
      const heard = eventsOf(session);
      const strays: unknown[] = [];
      const handlers = process.listeners('uncaughtException');
      process.removeAllListeners('uncaughtException');
      process.once('uncaughtException', (error) => strays.push(error));
      try {
        session.open();
        await platform.serve();
      } finally {
        process.removeAllListeners('uncaughtException');
        for (const handler of handlers) {
          process.on('uncaughtException', handler);
        }
      }
      assert.deepEqual([heard, strays.length], [['Connecting', 'Connected', 'opened'], 0]);
    }
  });

  test('a listener hears what comes after it began to listen, and nothing after it ended', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan' }]);
    const session = manager.createSession('lan');
    const heard: SessionState[] = [];
    await platform.set('lan', { link: 'starting' });
    const listening = session.onDidChangeState((state) => heard.push(state));
    await platform.set('lan', { link: 'up' });
    listening.dispose();
    listening.dispose();
    await platform.set('lan', { link: 'down' });
    assert.deepEqual(heard, [SessionState.Connected]);
  });

  test('an event takes this and a list of disposables, like one of the editor', async () => {
    const { manager, platform } = await fakeEngine([]);
    const disposables: Disposable[] = [];
    const self = { heard: 0 };
    const listen: Event<unknown> = manager.onDidAddConfiguration;
    listen(
      function (this: typeof self) {
        this.heard++;
      },
      self,
      disposables,
    );
    await platform.set('a', {});
    assert.equal(self.heard, 1);
    assert.equal(disposables.length, 1);
    disposables[0]?.dispose();
    await platform.set('b', {});
    assert.equal(self.heard, 1);
  });

  test('the same listener listens as often as it was given', async () => {
    const { manager, platform } = await fakeEngine([]);
    let heard = 0;
    const listener = () => heard++;
    const first = manager.onDidAddConfiguration(listener);
    manager.onDidAddConfiguration(listener);
    await platform.set('a', {});
    assert.equal(heard, 2);
    first.dispose();
    await platform.set('b', {});
    assert.equal(heard, 3);
  });

  test('a listener that ends listening while an event is told keeps nobody else from hearing', async () => {
    const { manager, platform } = await fakeEngine([]);
    const heard: string[] = [];
    for (const name of ['a', 'b', 'c']) {
      const listening: Disposable = manager.onDidAddConfiguration(() => {
        heard.push(name);
        listening.dispose();
      });
    }
    await platform.set('one', {});
    await platform.set('two', {});
    assert.deepEqual(heard, ['a', 'b', 'c']);
  });

  test('who ends the listening of others while an event is told, ends it at once', async () => {
    const { manager, platform } = await fakeEngine([]);
    const heard: string[] = [];
    const all: Disposable[] = [];
    const end = (name: string) => () => {
      heard.push(name);
      for (const each of all) {
        each.dispose();
      }
    };
    for (const name of ['a', 'b', 'c']) {
      all.push(manager.onDidAddConfiguration(end(name)));
    }
    await platform.set('one', {});
    assert.deepEqual(heard, ['a']);
  });

  test('who begins to listen while an event is told hears the next one', async () => {
    const { manager, platform } = await fakeEngine([]);
    const heard: string[] = [];
    manager.onDidAddConfiguration(() => {
      heard.push('first');
      last.dispose();
      manager.onDidAddConfiguration(({ identifier }) => heard.push(`late ${identifier}`));
    });
    const last = manager.onDidAddConfiguration(() => heard.push('last'));
    await platform.set('one', {});
    assert.ok(!heard.includes('late one'), `${heard}`);
    await platform.set('two', {});
    assert.ok(heard.includes('late two'));
  });
});

suite('what an event takes and gives back', () => {
  const eventNames = (target: object) =>
    Object.getOwnPropertyNames(Object.getPrototypeOf(target)).filter((name) => name.startsWith('onDid'));

  test('S3: what is no function is refused at once, and changes nothing', async () => {
    const { manager } = await fakeEngine([{ identifier: 'lan' }]);
    const session = manager.createSession('lan');
    for (const target of [manager, session] as unknown as Record<string, (listener: unknown) => unknown>[]) {
      const names = eventNames(target);
      assert.ok(names.length >= 8);
      for (const name of names) {
        for (const wrong of [undefined, null, 'listener', 7, {}, { handleEvent: () => 0 }]) {
          assert.throws(() => target[name]?.(wrong), TypeError, name);
        }
      }
    }
  });

  test('using ends the listening, as dispose does', async () => {
    const { manager, platform } = await fakeEngine([]);
    const heard: string[] = [];
    {
      using listening = manager.onDidAddConfiguration(({ identifier }) => heard.push(identifier));
      assert.equal(typeof listening.dispose, 'function');
      await platform.set('a', {});
    }
    await platform.set('b', {});
    assert.deepEqual(heard, ['a']);
  });
});

suite('listeners that are asynchronous', () => {
  const thenable = (descriptor: PropertyDescriptor, target: object = {}) =>
    Object.defineProperty(target, 'then', descriptor);
  const fail = () => {
    throw new Error('mine');
  };
  const hostile: Readonly<Record<string, () => unknown>> = {
    'a getter that throws': () => thenable({ get: fail }),
    'a then that throws': () => thenable({ value: fail }),
    'a then that answers twice': () =>
      thenable({
        value: (resolve: () => void, reject: (error: unknown) => void) => {
          reject(new Error('mine'));
          resolve();
          reject(new Error('once more'));
        },
      }),
    'a function with a then': () => thenable({ value: fail }, () => 0),
    'a rejected promise': () => Promise.reject(new Error('mine')),
    'an async listener': async () => {
      await settled();
      fail();
    },
  };

  for (const [name, listener] of Object.entries(hostile)) {
    test(`${name} is reported once like one that throws, and nobody else notices`, async () => {
      const reported: string[] = [];
      const logger = { ...silentLogger, error: (message: string) => reported.push(message) };
      const { manager, platform } = await fakeEngine([], { logger });
      const strays: unknown[] = [];
      const handlers = process.listeners('unhandledRejection');
      process.removeAllListeners('unhandledRejection');
      process.on('unhandledRejection', (error) => strays.push(error));
      const heard: string[] = [];
      try {
        manager.onDidAddConfiguration(listener);
        manager.onDidAddConfiguration(({ identifier }) => heard.push(identifier));
        await platform.set('a', {});
        await settled();
        await settled();
      } finally {
        process.removeAllListeners('unhandledRejection');
        for (const handler of handlers) {
          process.on('unhandledRejection', handler);
        }
      }
      assert.deepEqual([heard, strays], [['a'], []]);
      assert.equal(reported.length, 1, `${reported}`);
      assert.match(reported[0] ?? '', /listener failed.*mine/);
    });
  }

  test('what resolves, or never does, or is no promise at all, is not reported', async () => {
    const reported: string[] = [];
    const logger = { ...silentLogger, error: (message: string) => reported.push(message) };
    const { manager, platform } = await fakeEngine([], { logger });
    for (const given of [
      Promise.resolve(1),
      new Promise(() => undefined),
      new Map(),
      thenable({ value: 7 }),
      null,
      'text',
    ]) {
      manager.onDidAddConfiguration(() => given);
    }
    let heard = 0;
    manager.onDidAddConfiguration(() => heard++);
    await platform.set('a', {});
    await settled();
    assert.deepEqual([heard, reported], [1, []]);
  });
});

suite('acting inside an event', () => {
  test('O3: a listener that opens again inside closed', async () => {
    const { manager, platform, open } = await fakeEngine([{ identifier: 'lan' }]);
    const session = await open('lan');
    const heard = eventsOf(session);
    const once = session.onDidClose(() => {
      once.dispose();
      session.open();
    });
    session.close();
    await platform.serve();
    assert.deepEqual(heard, ['Closing', 'Disconnected', 'closed', 'Connecting', 'Connected', 'opened']);
    assert.equal(manager.holders('lan'), 1);
  });

  test('O5: a listener that closes inside opened', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan' }]);
    const session = manager.createSession('lan');
    const heard = eventsOf(session);
    session.onDidOpen(() => session.close());
    session.open();
    await platform.serve();
    assert.deepEqual(heard, ['Connecting', 'Connected', 'opened', 'Closing', 'Disconnected', 'closed']);
    assert.equal(manager.holders('lan'), 0);
  });

  test('O5: a listener that closes inside Connected is closed after opened was told', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan', link: 'starting' }]);
    const session = manager.createSession('lan');
    session.onDidChangeState((state) => {
      if (state === SessionState.Connected) {
        session.close();
      }
    });
    const heard = eventsOf(session);
    session.open();
    await platform.set('lan', { link: 'up' });
    assert.deepEqual(heard, ['Connected', 'opened', 'closed']);
    assert.equal(session.isOpen, false);
    assert.equal(manager.holders('lan'), 0);
  });

  test('O6: a listener that closes inside Connecting cancels', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan' }]);
    const session = manager.createSession('lan');
    const heard = eventsOf(session);
    session.onDidChangeState((state) => {
      if (state === SessionState.Connecting) {
        session.close();
      }
    });
    session.open();
    await platform.serve();
    assert.deepEqual(heard, ['Connecting', 'Closing', 'Disconnected', 'SessionAbortedError', 'closed']);
  });

  test('O4: a listener that opens again inside error', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan' }]);
    const session = manager.createSession('lan');
    const heard = eventsOf(session);
    session.onDidFail(() => session.open());
    session.open();
    await platform.starts[0]?.reject(new Error('defect'));
    assert.equal(platform.starts.length, 2);
    await platform.serve();
    assert.equal(heard.at(-1), 'opened');
    assert.equal(session.errorString, '');
  });

  test('O8, S3: a listener that opens in the loss is told of the end before its new beginning', async () => {
    const { platform, open, manager } = await fakeEngine([{ identifier: 'lan', link: 'up' }]);
    const session = await open('lan');
    session.onDidChangeState((state) => {
      if (state === SessionState.Disconnected) {
        session.open();
      }
    });
    const heard = eventsOf(session);
    await platform.set('lan', { link: 'down' });
    await platform.serve();
    assert.deepEqual(heard, ['Disconnected', 'SessionAbortedError', 'closed', 'Connecting', 'Connected', 'opened']);
    assert.equal(manager.holders('lan'), 1);
  });

  test('O10: a listener that disposes of its session, and of others, inside an event', async () => {
    const { manager, platform, open, clock } = await fakeEngine([{ identifier: 'lan' }]);
    const sessions: NetworkSession[] = [await open('lan'), await open('lan'), manager.createSession('lan')];
    const heard = sessions.map(eventsOf);
    sessions[1]?.onDidClose(() => {
      for (const session of sessions) {
        session.dispose();
      }
    });
    sessions[1]?.close();
    await platform.serve();
    assert.deepEqual(manager.sessions, []);
    assert.equal(manager.holders('lan'), 0);
    assert.deepEqual(heard[0], ['Closing', 'Disconnected', 'closed']);
    assert.equal(heard[1]?.filter((event) => event === 'closed').length, 1);
    assert.equal(clock.pending, 0);
  });

  test('O10: a listener that ends the manager inside a loss', async () => {
    const { manager, platform, open } = await fakeEngine([{ identifier: 'lan' }, { identifier: 'wifi', link: 'up' }]);
    const session = await open('wifi');
    const other = await open('lan');
    let disposing: Promise<void> | undefined;
    session.onDidChangeState(() => {
      disposing = manager.dispose();
    });
    await platform.set('wifi', { link: 'down' });
    await platform.serve();
    await disposing;
    assert.equal(platform.disposals, 1);
    assert.equal(other.isOpen, false);
    assert.equal(platform.stops.length, 1);
  });

  test('M3a: what a listener causes is told after all that came with the event', async () => {
    const { manager, platform } = await fakeEngine([{ identifier: 'lan', link: 'up' }]);
    const session = manager.createSession('lan');
    const heard = managerEventsOf(manager);
    session.onDidOpen(() => heard.push('opened'));
    manager.onDidAddConfiguration(() => session.open());
    platform.tell({
      accessPoints: [factsOf({ identifier: 'a' }), factsOf({ identifier: 'b' })],
      system: { ...platform.systemFacts, isOnline: true },
    });
    await settled();
    assert.deepEqual(heard, ['added a', 'added b', 'online', 'opened']);
  });
});

suite('a logger that fails', () => {
  test('a listener and the logger throw: everybody else hears, now and later', async () => {
    const failing = () => {
      throw new Error('no space left');
    };
    const logger = { trace: failing, debug: () => undefined, info: failing, warn: failing, error: failing };
    const { manager, platform } = await fakeEngine([{ identifier: 'lan' }], { logger });
    const session = manager.createSession('lan');
    session.onDidChangeState(failing);
    const heard = eventsOf(session);
    session.open();
    await platform.serve();
    assert.deepEqual(heard, ['Connecting', 'Connected', 'opened']);
  });
});
