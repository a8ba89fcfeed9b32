// Clients as everybody has them, each in a loop of GETs over one connection that is kept alive. Lines on standard input steer
// them: `lost` when the link goes, `end` waits until each is answered by another link, or 30 s have passed since, and prints
// after how many milliseconds each of them was.
import http from 'node:http';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

const [url = ''] = process.argv.slice(2);
const interval = 10;
const cap = 30_000;

// Not the whole of undici, which would take over fetch.
const require = createRequire(import.meta.url);
const Client = require('undici/lib/dispatcher/client.js');
const { request } = require('undici/lib/api/index.js');

const client = new Client(url);
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const clients = {
  'undici Client': async () => (await request.call(client, { path: '/', method: 'GET' })).body.text(),
  fetch: async () => (await fetch(url)).text(),
  'node:http': () =>
    new Promise((resolve, reject) => {
      const call = http.get(url, { agent }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part) => {
          text += part;
        });
        response.on('end', () => resolve(text));
        response.on('error', reject);
      });
      call.on('error', reject);
    }),
};

let lost = 0;
const names = Object.keys(clients);
const back = names.map((name) => answeredAnew(clients[name]));

/** The time of the first answer from elsewhere than the first. */
async function answeredAnew(get) {
  let first;
  for (;;) {
    const from = await get().catch(() => undefined);
    first ??= from;
    if (from !== undefined && from !== first) {
      return performance.now();
    }
    await delay(interval);
  }
}

createInterface({ input: process.stdin })
  .on('line', async (line) => {
    if (line === 'lost') {
      lost = performance.now();
      console.log('{}');
      return;
    }
    const times = new Map();
    for (const [index, name] of names.entries()) {
      const late = delay(Math.max(0, lost + cap - performance.now()));
      const time = await Promise.race([back[index], late]);
      times.set(name, time === undefined ? `none within ${cap / 1000} s` : Math.round(time - lost));
    }
    console.log(JSON.stringify(Object.fromEntries(times)));
  })
  .on('close', () => process.exit());
