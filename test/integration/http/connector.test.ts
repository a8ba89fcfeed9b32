// Which address a connection goes to, and from which it leaves.
import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Clock, SessionState, systemClock } from '../../../src/engine/index.js';
import { firstOf, nextAttempt } from '../../../src/http/attempts.js';
import { connectOver, HttpClientSession, NoAddressError } from '../../../src/http/index.js';
import { targetsOf as targetsWith } from '../../../src/http/names.js';
import { bindingOf, currentBinding, localAddress, type NetworkBinding } from '../../../src/http/network.js';
import { ok, pause, Stage } from '../../fixtures/httpServers.js';
import { NameServer, type Names } from '../../fixtures/nameServer.js';
import { settled, TestClock } from '../../fixtures/testClock.js';

const four = '127.0.0.9';
const never = new AbortController().signal;

const targetsOf = (host: string, binding: NetworkBinding | undefined, signal = never, clock: Clock = systemClock) =>
  targetsWith(host, binding, signal, clock);
const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));

suite('HTTP connector', () => {
  let stage: Stage;
  setup(() => {
    stage = new Stage();
  });
  teardown(() => stage.end());

  async function names(known: Readonly<Record<string, Names>>): Promise<readonly string[]> {
    const server = await NameServer.start(known);
    stage.onEnd(() => server.close());
    return [server.address];
  }

  /** Collects all garbage, as `--expose-gc` would let it. */
  const collect = (): void => {
    setFlagsFromString('--expose-gc');
    runInNewContext('gc')();
  };

  test('connections that were closed are forgotten: none leads to the one before it', async () => {
    const server = await stage.raw((socket) => socket.end(ok('ok', 'Connection: close\r\n')));
    const session = new HttpClientSession(server.origin);
    stage.onEnd(() => session.dispose());
    const sockets: WeakRef<object>[] = [];
    session.onDidConnect((socket) => sockets.push(new WeakRef(socket)));
    for (let count = 0; count < 12; count++) {
      await (await session.request('/')).text();
    }
    // A turn of the loop in which nothing is held by a call that is under way.
    await pause(1);
    collect();
    assert.equal(sockets.length, 12);
    assert.equal(sockets.slice(0, 8).filter((socket) => socket.deref() !== undefined).length, 0);
  });

  suite('addresses of a name', () => {
    const both = { interfaceName: 'lo', localAddress4: four, localAddress6: '::1' };

    test('IPv6 and IPv4 in turn, each with the address of the link, at most eight', async () => {
      const dnsServers = await names({
        'both.example': { 4: ['192.0.2.1', '192.0.2.2', '192.0.2.3'], 6: ['2001:db8::1'] },
        'many.example': { 4: Array.from({ length: 20 }, (_, index) => `192.0.2.${index + 1}`) },
      });
      const targets = await targetsOf('both.example', { ...both, localAddress6: undefined, dnsServers });
      assert.deepEqual(
        targets.map(({ address, localAddress }) => [address, localAddress]),
        ['192.0.2.1', '192.0.2.2', '192.0.2.3'].map((address) => [address, four]),
      );
      if (hasIpv6) {
        const turns = await targetsOf('both.example', { ...both, dnsServers });
        assert.deepEqual(
          turns.map(({ address }) => address),
          ['2001:db8::1', '192.0.2.1', '192.0.2.2', '192.0.2.3'],
        );
      }
      assert.equal(
        (await targetsOf('many.example', { interfaceName: 'lo', localAddress4: four, dnsServers })).length,
        8,
      );
    });

    test('its own servers are asked, and the error is theirs', async () => {
      const dnsServers = await names({
        'gone.example': { code: 3 },
        'broken.example': { code: 2 },
        'rubbish.example': 'rubbish',
      });
      const link = { interfaceName: 'lo', localAddress4: four, dnsServers };
      await assert.rejects(targetsOf('gone.example', link), { code: 'ENOTFOUND' });
      await assert.rejects(targetsOf('broken.example', link), { code: 'ESERVFAIL' });
      await assert.rejects(targetsOf('none.example', link), { code: 'ENOTFOUND' });
    });

    test('what is no server that can be asked is passed over', async () => {
      const [server = ''] = await names({ 'a.example': { 4: ['192.0.2.1'] } });
      const dnsServers = ['dns+tls://192.0.2.53', 'nonsense', '', server];
      const link = { interfaceName: 'lo', localAddress4: four };
      assert.equal((await targetsOf('a.example', { ...link, dnsServers })).length, 1);
      const none = targetsOf('a.example', { ...link, dnsServers: dnsServers.slice(0, -1) });
      await assert.rejects(none, (error) => error instanceof NoAddressError && error.missing.includes('name servers'));
    });

    test('a server that says nothing to questions for the other family holds nobody up', async () => {
      const cases = [
        ['four.example', '192.0.2.1', 50],
        ['six.example', '2001:db8::1', 500],
      ] as const;
      const dnsServers = await names({
        'four.example': { 4: ['192.0.2.1'], isCoy: true },
        'six.example': { 6: ['2001:db8::1'], isCoy: true },
      });
      for (const [name, address, patience] of cases) {
        const clock = new TestClock();
        const asked = targetsOf(name, { ...both, dnsServers }, never, clock);
        while (clock.pending === 0) {
          await settled();
        }
        await clock.advance(patience - 1);
        assert.equal(clock.pending, 1);
        await clock.advance(1);
        assert.deepEqual(
          (await asked).map((target) => target.address),
          [address],
        );
      }
    });

    test('an address is itself; one of a family that the link has not is EADDRNOTAVAIL', async () => {
      const link = { interfaceName: 'lo', localAddress4: four };
      assert.deepEqual(await targetsOf('192.0.2.7', link), [{ address: '192.0.2.7', family: 4, localAddress: four }]);
      await assert.rejects(targetsOf('2001:db8::1', link), { code: 'EADDRNOTAVAIL' });
      await assert.rejects(targetsOf('a.example', { interfaceName: 'lo' }), {
        code: 'EADDRNOTAVAIL',
      });
      assert.equal((await targetsOf('::1', undefined))[0]?.localAddress, undefined);
    });

    test('a question ends with the signal', async () => {
      const dnsServers = await names({ 'silent.example': 'silent' });
      const ending = new AbortController();
      const asked = targetsOf(
        'silent.example',
        { interfaceName: 'lo', localAddress4: four, dnsServers },
        ending.signal,
      );
      setTimeout(() => ending.abort(), 10);
      await assert.rejects(asked, { code: 'ECANCELLED' });
    });
  });

  suite('attempts', () => {
    test('the first address that answers is used, after one that refuses', async function () {
      if (!hasIpv6) {
        this.skip(); // This machine has no IPv6, so a name has one address only.
      }
      const server = await stage.raw((socket) => socket.write(ok()));
      const dnsServers = await names({ 'both.example': { 4: ['127.0.0.1'], 6: ['::1'] } });
      const network = { interfaceName: 'lo', localAddress4: four, localAddress6: '::1', dnsServers };
      const session = new HttpClientSession(`http://both.example:${server.port}`, { network });
      stage.onEnd(() => session.dispose());
      assert.equal(await (await session.request('/')).text(), 'ok');
      assert.deepEqual(server.from, [four]);
    });

    test('the next begins when one fails, or has not ended for 250 ms', async () => {
      const clock = new TestClock();
      const begun: number[] = [];
      const ends: ((error?: Error) => void)[] = [];
      const ways = [0, 1, 2].map((number) => () => {
        begun.push(number);
        return new Promise<number>((resolve, reject) => {
          ends[number] = (error) => (error === undefined ? resolve(number) : reject(error));
        });
      });
      const first = firstOf(ways, clock);
      assert.deepEqual(begun, [0]);
      await clock.advance(nextAttempt - 1);
      assert.deepEqual(begun, [0]);
      await clock.advance(1);
      assert.deepEqual(begun, [0, 1]);
      ends[1]?.(new Error('one'));
      await settled();
      assert.deepEqual(begun, [0, 1, 2]);
      ends[0]?.();
      assert.equal(await first, 0);
      ends[2]?.();
      assert.equal(clock.pending, 0);
    });

    test('none begins after the end of all', async () => {
      const server = await stage.raw(() => {});
      const dnsServers = await names({ 'two.example': { 4: ['127.0.0.2', '127.0.0.1'] } });
      const ending = new AbortController();
      const clock: Clock = {
        ...systemClock,
        setTimeout: (callback, milliseconds) => {
          if (milliseconds === nextAttempt) {
            queueMicrotask(() => ending.abort(new Error('ended')));
          }
          return systemClock.setTimeout(callback, milliseconds);
        },
      };
      const link = { interfaceName: 'lo', localAddress4: four, dnsServers };
      const connected = connectOver(link, 'two.example', server.port, { signal: ending.signal, clock });
      await assert.rejects(connected, { message: 'ended' });
      await pause(20);
      assert.deepEqual(server.from, []);
    });

    test('when all fail it is the error of the first that failed', async () => {
      const clock = new TestClock();
      const ways = ['a', 'b'].map((name) => () => Promise.reject<number>(new Error(name)));
      await assert.rejects(firstOf(ways, clock), { message: 'a' });
      assert.equal(clock.pending, 0);
    });
  });

  suite('binding', () => {
    const link = { name: 'a1', gateway: undefined, dnsServers: ['192.0.2.53'] };

    test("of an interface: the world's address, then a site's, then the link's with its name", () => {
      const addresses = ['fe80::1', 'fd00::1', '2001:db8::1', '169.254.1.1', '10.0.0.1'];
      assert.deepEqual(bindingOf({ ...link, addresses }), {
        interfaceName: 'a1',
        localAddress4: '10.0.0.1',
        localAddress6: '2001:db8::1',
        siteAddress6: 'fd00::1',
        dnsServers: ['192.0.2.53'],
      });
      assert.equal(bindingOf({ ...link, addresses: ['fe80::1', 'fd00::1'] }).localAddress6, 'fd00::1');
      assert.equal(bindingOf({ ...link, addresses: ['fe80::1'] }).localAddress6, 'fe80::1%a1');
    });

    test("a site's targets are reached from the site's own address, all others from the world's", () => {
      const binding = bindingOf({ ...link, addresses: ['fd00::1', '2001:db8::1', '10.0.0.1'] });
      const from = (target: string) => localAddress(binding, 6, target);
      assert.deepEqual([from('fd00::9'), from('2001:db8::9'), from('')], ['fd00::1', '2001:db8::1', '2001:db8::1']);
      assert.equal(localAddress(bindingOf({ ...link, addresses: ['2001:db8::1'] }), 6, 'fd00::9'), '2001:db8::1');
    });

    test('there is one only while the network session has a link', () => {
      const event = () => ({ dispose: () => {} });
      const events = { onDidChangeState: event, onDidActivateNewConfiguration: event };
      const known = { ...link, addresses: ['10.0.0.1'] };
      const states = [0, 1, 2, 3, 4, 5, 6] as const;
      const having = states.filter((state: SessionState) => currentBinding({ ...events, state, interface: known }));
      assert.deepEqual(having, [SessionState.Connected, SessionState.Roaming]);
      assert.equal(currentBinding({ ...events, state: SessionState.Connected, interface: undefined }), undefined);
      const bare = { ...link, addresses: [] };
      assert.equal(currentBinding({ ...events, state: SessionState.Connected, interface: bare }), undefined);
    });
  });
});
