// Stands between programs and their message bus, and stops one of them at an exact call.
import { rmSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { unmarshall } from 'dbus-native/lib/message.js';

/** What `type` is in a message. */
const call = 1;
const replies = [2, 3];
/** Bytes of a message's header before the array of its fields. */
const fixed = 16;

/**
 * @typedef {object} Hold
 * @property {'before' | 'after'} edge
 * @property {string[]} members those that are still to come
 * @property {() => void} reached
 */

export class BusProxy {
  #socket;
  #bus;
  #server = createServer((client) => this.#serve(client));
  /** @type {Hold | undefined} */
  #hold;

  /**
   * @param {string} socket the file to listen at
   * @param {string} address of the bus, which listens at a file too
   */
  constructor(socket, address) {
    this.#socket = socket;
    this.#bus = address.replace('unix:path=', '');
  }

  get address() {
    return `unix:path=${this.#socket}`;
  }

  async listen() {
    await new Promise((resolve) => this.#server.listen(this.#socket, () => resolve(undefined)));
  }

  close() {
    this.#server.close();
    rmSync(this.#socket, { force: true });
  }

  /**
   * The next program that comes to this point goes no further: from then on nothing passes between it and the bus.
   * @param {'before' | 'after'} edge of the call: the bus does not get it, or the program does not get the answer
   * @param {string[]} members the calls up to this one, in their order; there may be others in between
   * @returns {Promise<void>} when it is there
   */
  holds(edge, ...members) {
    return new Promise((resolve) => {
      this.#hold = { edge, members, reached: resolve };
    });
  }

  /** @param {import('node:net').Socket} client */
  #serve(client) {
    const bus = createConnection(this.#bus);
    /** The call whose answer is waited for. @type {number | undefined} */
    let serial;
    let isHeld = false;
    const reached = () => {
      isHeld = true;
      this.#hold?.reached();
      this.#hold = undefined;
    };
    const passesToBus = ({ type, member, serial: number }) => {
      const hold = this.#hold;
      if (!isHeld && type === call && hold !== undefined && member === hold.members[0]) {
        hold.members.shift();
        if (hold.members.length === 0 && hold.edge === 'before') {
          reached();
        } else if (hold.members.length === 0) {
          serial = number;
        }
      }
      return !isHeld;
    };
    const passesToClient = ({ type, replySerial }) => {
      if (!isHeld && serial !== undefined && replies.includes(type) && replySerial === serial) {
        reached();
      }
      return !isHeld;
    };
    relay(client, bus, passesToBus);
    relay(bus, client, passesToClient);
  }
}

/**
 * Hands on what is said before the messages, and each message that passes.
 * @param {import('node:net').Socket} from
 * @param {import('node:net').Socket} to
 * @param {(message: { type: number, serial: number, replySerial?: number, member?: string }) => boolean} passes
 */
function relay(from, to, passes) {
  let pending = Buffer.alloc(0);
  from.on('data', (data) => {
    pending = Buffer.concat([pending, data]);
    for (let size = sizeOf(pending); size !== undefined && size <= pending.length; size = sizeOf(pending)) {
      const part = pending.subarray(0, size);
      pending = pending.subarray(size);
      if (isText(part) || passes(unmarshall(part))) {
        to.write(part);
      }
    }
  });
  from.on('error', () => to.destroy());
  from.on('close', () => to.destroy());
}

/** Authentication is lines of text; a message begins with the letter of its byte order, which is little endian here. */
const isText = (bytes) => bytes[0] !== 'l'.charCodeAt(0);

/** The size of the line or message at the beginning; undefined: there is too little of it to tell. */
function sizeOf(bytes) {
  if (bytes.length === 0) {
    return undefined;
  }
  if (isText(bytes)) {
    const end = bytes.indexOf('\r\n');
    return end < 0 ? undefined : end + 2;
  }
  return bytes.length < fixed ? undefined : fixed + Math.ceil(bytes.readUInt32LE(12) / 8) * 8 + bytes.readUInt32LE(4);
}
