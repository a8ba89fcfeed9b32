import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Message } from 'dbus-native';
import { silentLogger } from '../../../src/engine/index.js';
import { Bus, BusError } from '../../../src/platforms/dbus/bus.js';
import { busEndpoint, socketFile } from '../../../src/platforms/dbus/busAddress.js';
import { FakeNetworkManager } from '../../fixtures/fakeNetworkManager.js';
import { receivedMessages } from '../../fixtures/receivedMessages.js';
import { settled, TestClock } from '../../fixtures/testClock.js';

const { marshall, unmarshalMessages } = require('dbus-native/lib/message.js') as {
  marshall: (message: Message) => Buffer;
  unmarshalMessages: (stream: net.Socket, serve: (message: Message) => void) => void;
};

/** Something that listens where a bus should, and does this with whoever comes. */
async function withServer(serve: (socket: net.Socket) => void, test: (file: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'no-bus-'));
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    serve(socket);
  });
  const file = path.join(folder, 'socket');
  server.listen(file);
  await once(server, 'listening');
  try {
    await test(file);
  } finally {
    for (const socket of sockets) {
      socket.destroy();
    }
    server.close();
    rmSync(folder, { recursive: true });
  }
}

function options(clock: TestClock) {
  const closed: string[] = [];
  return {
    closed,
    clock,
    logger: silentLogger,
    onSignal: () => undefined,
    onClose: (reason: string) => closed.push(reason),
  };
}

async function mustFail(file: string, clock: TestClock): Promise<BusError> {
  const { closed, ...rest } = options(clock);
  const error = await Bus.connect({ path: file }, rest).then(
    () => assert.fail('connected'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof BusError, String(error));
  assert.deepEqual(closed, [], 'a bus that was never there has not closed');
  assert.equal(clock.pending, 0);
  return error;
}

suite('NetworkManager: the bus', () => {
  test('a bus that accepts and never answers is given up', () =>
    withServer(
      () => undefined,
      async (file) => {
        const clock = new TestClock();
        const failure = mustFail(file, clock);
        while (clock.pending === 0) {
          await settled();
        }
        await clock.advance(5_000);
        assert.match((await failure).message, /no answer to Hello/);
      },
    ));

  for (const [title, said] of [
    ['speaks nonsense', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
    ['refuses every way to authenticate', 'REJECTED\r\nREJECTED\r\nREJECTED\r\n'],
    ['refuses in many words', 'REJECTED EXTERNAL DBUS_COOKIE_SHA1 ANONYMOUS\r\n'.repeat(4)],
    ['authenticates and then speaks nonsense', `OK 0123\r\n${'x'.repeat(64)}`],
  ] as const) {
    test(`a bus that ${title} is no bus`, () =>
      withServer(
        (socket) => socket.write(said),
        async (file) => {
          await mustFail(file, new TestClock());
        },
      ));
  }

  test('a bus that hangs up is no bus', () =>
    withServer(
      (socket) => socket.destroy(),
      async (file) => {
        await mustFail(file, new TestClock());
      },
    ));

  test('where nothing listens is no bus', async () => {
    await mustFail('/nonexistent/bus', new TestClock());
  });

  test('O10a: a call that is not answered ends by its time, and calls in flight end with the bus', async () => {
    const fake = await FakeNetworkManager.start();
    const clock = new TestClock();
    const { closed, ...rest } = options(clock);
    const bus = await Bus.connect({ path: fake.socket }, rest);
    fake.addDevice('eth0');
    const profile = fake.addProfile({ device: 'eth0' });
    const call = () => {
      fake.setFate(profile, 'holdReply');
      return bus
        .call({
          destination: 'org.freedesktop.NetworkManager',
          path: '/org/freedesktop/NetworkManager',
          interface: 'org.freedesktop.NetworkManager',
          member: 'ActivateConnection',
          signature: 'ooo',
          body: [fake.pathOf(profile), '/', '/'],
          timeout: 1_000,
        })
        .then(
          () => assert.fail('answered'),
          (error: BusError) => error.dbusName,
        );
    };
    const late = call();
    await clock.advance(1_000);
    assert.equal(await late, 'org.freedesktop.DBus.Error.Timeout');
    const cut = call();
    await fake.killBus();
    assert.equal(await cut, 'org.freedesktop.DBus.Error.Disconnected');
    assert.equal(closed.length, 1);
    assert.equal(clock.pending, 0);
    await fake.dispose();
  });

  test('what cannot be said on a bus fails, and the bus goes on', async () => {
    const fake = await FakeNetworkManager.start();
    const { closed, ...rest } = options(new TestClock());
    const bus = await Bus.connect({ path: fake.socket }, rest);
    const call = { destination: 'org.freedesktop.DBus', path: '/', interface: 'org.freedesktop.DBus', member: 'GetId' };
    await assert.rejects(bus.call({ ...call, path: 'no path' }));
    await assert.rejects(bus.call({ ...call, signature: 'o', body: ['no path'] }));
    await bus.call({ ...call, path: '/org/freedesktop/DBus' });
    assert.deepEqual(closed, []);
    bus.close();
    await fake.dispose();
  });

  test('only the bus, answers from whom we asked, and signals of whom we listen to are read; calls are refused', async () => {
    const [asked, heard, stranger] = [':1.5', ':1.6', ':1.66'];
    using received = receivedMessages();
    const said: Message[] = [];
    const signals: string[] = [];
    let socket: net.Socket | undefined;
    const tell = (message: Message) => socket?.write(marshall({ serial: 9, ...message }));
    const signal = (sender: string) =>
      tell({ type: 4, sender, path: '/x', interface: 'x.y', member: 'Signal', signature: 's', body: [sender] });
    const call = (flags: number) =>
      tell({
        type: 1,
        flags,
        sender: stranger,
        path: '/x',
        interface: 'x.y',
        member: 'Call',
        signature: 's',
        body: ['x'],
      });
    const answer = (sender: string, replySerial: number, type = 2) =>
      tell({
        type,
        sender,
        replySerial,
        errorName: 'x.y.Error',
        signature: 's',
        body: [sender],
      });
    const serve = (message: Message) => {
      const { member, serial = 0 } = message;
      said.push(message);
      if (member === 'Hello') {
        answer('org.freedesktop.DBus', serial);
      } else if (member === 'Ask') {
        answer(stranger, serial);
        answer(heard, serial, 3);
        answer(asked, serial + 1);
        signal(stranger);
        signal(heard);
        signal('org.freedesktop.DBus');
        call(0);
        call(1);
        answer(asked, serial);
      } else if (member === 'Wait') {
        answer(asked, serial);
      } else if (member === 'Flood') {
        for (let count = 0; count < 500; count++) {
          call(0);
        }
        answer(asked, serial);
      }
    };
    await withServer(
      (client) => {
        socket = client;
        client.on('data', function begin(data) {
          if (data.includes('AUTH')) {
            client.write('OK 0123\r\n');
          } else {
            client.off('data', begin).unshift(data.subarray(data.indexOf('BEGIN') + 7));
            unmarshalMessages(client, serve);
          }
        });
      },
      async (file) => {
        const clock = new TestClock();
        const { closed, ...rest } = options(clock);
        const bus = await Bus.connect({ path: file }, { ...rest, onSignal: ({ body }) => signals.push(String(body)) });
        bus.listenTo(heard);
        const ask = { destination: asked, path: '/x', interface: 'x.y', member: 'Ask' };
        assert.deepEqual(await bus.call(ask), [asked]);
        assert.deepEqual(signals, [heard, 'org.freedesktop.DBus']);
        bus.listenTo(undefined);
        assert.deepEqual(await bus.call(ask), [asked]);
        assert.deepEqual(signals, [heard, 'org.freedesktop.DBus', 'org.freedesktop.DBus']);
        await bus.call({ ...ask, member: 'Wait' });
        const senders = received.messages.map(({ sender }) => sender);
        assert.ok(!senders.includes(stranger), 'nothing of a stranger was read');
        const refused = said.filter(({ type }) => type === 3);
        assert.deepEqual(
          refused.map(({ destination, errorName }) => [destination, errorName]),
          Array(2).fill([stranger, 'org.freedesktop.DBus.Error.UnknownMethod']),
          'a call that wants an answer, each time',
        );
        const refusedNow = async (member: string) => {
          const before = said.filter(({ type }) => type === 3).length;
          await bus.call({ ...ask, member });
          await bus.call({ ...ask, member: 'Wait' }); // What was said before it has come by then.
          return said.filter(({ type }) => type === 3).length - before;
        };
        assert.equal(await refusedNow('Flood'), 98, 'no more than 100 in a second');
        assert.equal(await refusedNow('Ask'), 0);
        await clock.advance(1_000);
        assert.equal(await refusedNow('Ask'), 1);
        assert.deepEqual(closed, []);
        bus.close();
      },
    );
  });

  test('addresses', () => {
    assert.deepEqual(busEndpoint('unix:path=/run/a%20b,guid=1'), { path: '/run/a b' });
    assert.deepEqual(busEndpoint('unix:abstract=x'), { path: '\0x' });
    assert.deepEqual(busEndpoint('nonce-tcp:host=x;tcp:host=::1,port=5'), { host: '::1', port: 5 });
    for (const wrong of ['', 'unix:', 'unix:path=', 'tcp:port=99999', 'launchd:env=X', '%', 'unix:path=%']) {
      const endpoint = busEndpoint(wrong);
      assert.ok(endpoint === undefined || wrong === 'unix:path=%');
    }
    assert.equal(socketFile(busEndpoint('unix:abstract=x')), undefined);
    assert.equal(socketFile(busEndpoint('unix:path=/x')), '/x');
  });
});
