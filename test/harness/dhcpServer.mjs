// A DHCP server with one address to give, at once and to anybody: what a gateway of the lab runs. Its arguments are its
// own address, the address that it gives, and for how many seconds.
import { createSocket } from 'node:dgram';

const [own, given, seconds] = process.argv.slice(2);
const DISCOVER = 1;
const OFFER = 2;
const REQUEST = 3;
const ACK = 5;

/** Where things lie in a message (RFC 2131); the options (RFC 2132) follow the magic cookie. */
const CLIENT_ADDRESS = 12;
const YOUR_ADDRESS = 16;
const OPTIONS = 240;

const socket = createSocket('udp4');
socket.on('message', (message) => {
  const answer = { [DISCOVER]: OFFER, [REQUEST]: ACK }[optionOf(message, 53)?.[0] ?? 0];
  if (answer !== undefined) {
    const current = [...message.subarray(CLIENT_ADDRESS, CLIENT_ADDRESS + 4)].join('.');
    socket.send(reply(message, answer), 68, current === '0.0.0.0' ? '255.255.255.255' : current);
  }
});
socket.bind(67, () => {
  socket.setBroadcast(true);
  console.log('ready');
});

const bytesOf = (address) => Buffer.from(address.split('.').map(Number));

/** @returns {Buffer | undefined} */
function optionOf(message, wanted) {
  for (
    let at = OPTIONS;
    at < message.length && message[at] !== 255;
    at += message[at] === 0 ? 1 : 2 + message[at + 1]
  ) {
    if (message[at] === wanted) {
      return message.subarray(at + 2, at + 2 + message[at + 1]);
    }
  }
  return undefined;
}

function reply(message, type) {
  const head = Buffer.from(message.subarray(0, OPTIONS));
  head[0] = 2; // a reply
  bytesOf(given).copy(head, YOUR_ADDRESS);
  const lease = Buffer.alloc(4);
  lease.writeUInt32BE(Number(seconds));
  const options = {
    53: [type],
    54: bytesOf(own),
    51: lease,
    1: bytesOf('255.255.255.0'),
    3: bytesOf(own),
    6: bytesOf(own),
  };
  const body = Object.entries(options).flatMap(([code, value]) => [Number(code), value.length, ...value]);
  return Buffer.concat([head, Buffer.from([...body, 255])]);
}
