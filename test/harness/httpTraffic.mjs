// What a client does all the time while its link is lost or left: a loop of GETs, a download, a PUT and a POST, each over an
// HTTP session of its own on the one network session, against the lab's server.
import { setTimeout as delay } from 'node:timers/promises';

/** Milliseconds between two GETs, and what the download and the PUT take. */
const interval = 10;
const time = 1_500;
const size = 1_500_000;
const pieces = 100;

let count = 0;

/** Every four bytes of what `/paced` sends count from 0. */
function isIntact(bytes) {
  const buffer = Buffer.from(bytes);
  for (let at = 0; at < size; at += 4) {
    if (buffer.readUInt32BE(at) !== at / 4) {
      return false;
    }
  }
  return buffer.length === size;
}

async function* pacedBody() {
  for (let piece = 0; piece < pieces; piece++) {
    yield Buffer.alloc(size / pieces, 'x');
    await delay(time / pieces);
  }
}

export class HttpTraffic {
  #sessions = [];
  #isOver = false;
  #post = `/order-${process.pid}-${++count}`;
  #put = `/file-${process.pid}-${count}`;
  #session;
  #work;
  #loop;
  /** @type {{ begun: number, ended: number, from: string, error: Error | undefined }[]} */
  gets = [];

  /** @param {{ session: () => object, held?: number }} options `held`: how long the server keeps the answer to the POST */
  constructor({ session, held = 60_000 }) {
    this.#session = session;
    this.#loop = this.#ask(this.#open());
    this.#work = Promise.all([this.#download(), this.#upload(), this.#order(held)]);
  }

  /** All of it is under way. */
  async begun() {
    while (this.gets.length < 10 || this.#sessions.some(({ bytesSent }) => bytesSent === 0)) {
      await delay(interval);
    }
    const orders = this.#open();
    while ((await this.#executed(orders, this.#post)).POST !== 1) {
      await delay(interval);
    }
    // The download and the PUT have come some way.
    await delay(time / 4);
  }

  /** The first GET that was answered and that came from elsewhere than the first; waits for it. */
  async first() {
    const from = this.gets[0]?.from;
    for (;;) {
      const found = this.gets.find((get) => get.error === undefined && get.from !== from);
      if (found !== undefined) {
        return found;
      }
      await delay(1);
    }
  }

  /** The download, the PUT and the POST are over. */
  async answered() {
    await this.#work;
  }

  /** Waits for the download, the PUT and the POST, and for another few GETs; then what became of all. */
  async end() {
    const [download, put, post] = await this.#work;
    await delay(10 * interval);
    this.#isOver = true;
    await this.#loop;
    const asking = this.#open();
    const executed = {
      ...(await this.#executed(asking, this.#post)),
      ...(await this.#executed(asking, this.#put)),
    };
    this.dispose();
    return { download, put, post, executed, gets: this.gets, failed: this.gets.filter(({ error }) => error).length };
  }

  dispose() {
    this.#isOver = true;
    for (const session of this.#sessions.splice(0)) {
      session.dispose();
    }
  }

  #open() {
    const session = this.#session();
    this.#sessions.push(session);
    return session;
  }

  async #ask(session) {
    while (!this.#isOver) {
      const get = { begun: performance.now(), ended: 0, from: '', error: undefined };
      try {
        const response = await session.request('/');
        get.from = (await response.text()).trim();
      } catch (error) {
        get.error = error;
      }
      get.ended = performance.now();
      this.gets.push(get);
      await delay(interval);
    }
  }

  async #download() {
    const response = await this.#open().request(`/paced?n=${size}&ms=${time}`);
    const bytes = await response.bytes();
    return { isIntact: isIntact(bytes), replays: response.replays };
  }

  async #upload() {
    const response = await this.#open().request(this.#put, { method: 'PUT', body: pacedBody });
    return { isWhole: Number(await response.text()) === size, replays: response.replays };
  }

  /** When it failed and why, or that it was answered. */
  async #order(held) {
    try {
      const response = await this.#open().request(`${this.#post}?delay=${held}`, { method: 'POST', body: 'one' });
      return { status: response.status, text: (await response.text()).trim() };
    } catch (error) {
      return { error, failed: performance.now() };
    }
  }

  async #executed(session, path) {
    return (await session.request(`/executed?of=${path}`)).json();
  }
}
