// A client that makes a fresh request every 20 ms, each given up after 1 s. Lines on standard input steer it: `begin` forgets
// what was, `end` waits for what is under way and prints what there was since.
import http from 'node:http';
import { createInterface } from 'node:readline';

const [url] = process.argv.slice(2);
const intervalMs = 20;
const patienceMs = 1000;

/** @type {{ sent: number, answered: number | undefined, from: string }[]} */
let requests = [];
const underWay = new Set();

function send() {
  const request = { sent: performance.now(), answered: undefined, from: '' };
  requests.push(request);
  const done = new Promise((resolve) => {
    const call = http.get(url, { agent: false, signal: AbortSignal.timeout(patienceMs) }, (response) => {
      response.setEncoding('utf8');
      response.on('data', (text) => {
        request.from += text.trim();
      });
      response.on('end', () => {
        request.answered = performance.now();
        resolve();
      });
      response.on('error', resolve);
    });
    call.on('error', resolve);
  });
  underWay.add(done);
  done.finally(() => underWay.delete(done));
}

setInterval(send, intervalMs);
send();

createInterface({ input: process.stdin })
  .on('line', async (line) => {
    if (line === 'begin') {
      requests = [];
      console.log('{}');
      return;
    }
    const asked = requests;
    requests = [];
    await Promise.all(underWay);
    const answered = asked.filter((request) => request.answered !== undefined).map((request) => request.answered);
    answered.sort((one, other) => one - other);
    const gaps = answered.slice(1).map((time, index) => time - answered[index]);
    console.log(
      JSON.stringify({
        requests: asked.length,
        lost: asked.length - answered.length,
        gap: Math.max(...gaps),
        from: [...new Set(asked.map(({ from }) => from).filter((from) => from !== ''))],
      }),
    );
  })
  .on('close', () => process.exit());
