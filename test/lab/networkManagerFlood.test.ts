// Another user of the machine, who sends us over the system bus whatever the bus lets through.
import assert from 'node:assert/strict';
import { NetworkManagerPlatform } from '../../src/platforms/networkManager/index.js';
import { receivedMessages } from '../fixtures/receivedMessages.js';
import { WatchedPlatform } from '../fixtures/watchedPlatform.js';
import { Lab } from '../harness/lab.mjs';

const lab = Lab.attached();
const office = '11111111-1111-4111-8111-111111111111';
const nobody = '65534';

/** Sends signals of 12 MB to each name on the bus of a process, and says when the bus has taken them all. */
const flood = `
  const dbus = require('dbus-native');
  const { marshall } = require('dbus-native/lib/message.js');
  const [pid, count] = process.argv.slice(1).map(Number);
  const length = 12_000_000;
  (async () => {
    const bus = dbus.createClient({ busAddress: process.env.DBUS_SYSTEM_BUS_ADDRESS });
    const ask = (member, ...names) =>
      bus.invokeDbus({ member, ...(names.length > 0 && { signature: 's', body: names }) });
    let sent = 0;
    for (const name of (await ask('ListNames')).filter((each) => each.startsWith(':'))) {
      if ((await ask('GetConnectionUnixProcessID', name).catch(() => 0)) === pid) {
        for (let serial = 1000; serial < 1000 + count; serial++) {
          const header = { type: 4, serial, path: '/x', interface: 'org.example.Flood', member: 'Water', destination: name };
          const message = marshall({ ...header, signature: 'au', body: [[]] });
          message.writeUInt32LE(4 + length, 4);
          message.writeUInt32LE(length, message.length - 4);
          bus.connection.stream.write(message);
          await new Promise((resolve) => bus.connection.stream.write(Buffer.alloc(length), resolve));
          sent++;
        }
      }
    }
    await ask('GetId');
    console.log(sent);
    process.exit();
  })();
`;

suite('NetworkManager, with a hostile user on the bus', () => {
  let watched: WatchedPlatform;

  teardown(() => watched.dispose());

  test('what others send is dropped unread, however much it is, and sessions go on', async () => {
    await lab.reset();
    await lab.addProfiles([{ uuid: office, id: 'Office', link: 0 }]);
    watched = await WatchedPlatform.start(new NetworkManagerPlatform());
    using received = receivedMessages();
    const sent = lab.run([process.execPath, '-e', flood, String(process.pid), '7'], { user: nobody });
    assert.equal(Number(await sent), 7);
    await watched.start(office); // its answers come after the flood
    const strange = received.messages.filter((message) => message.interface === 'org.example.Flood');
    assert.equal(strange.length, 0, 'messages of a stranger were read');
    assert.ok(
      received.messages.some(({ sender }) => sender !== 'org.freedesktop.DBus'),
      'those of NetworkManager were',
    );
  });
});
