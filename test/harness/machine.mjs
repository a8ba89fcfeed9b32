// The client's machine in the lab, with two ways to the server, as its kernel and its NetworkManager have it.
import assert from 'node:assert/strict';
import { get } from 'node:http';
import { Lab } from './lab.mjs';

export const lab = Lab.attached();

export const office = '11111111-1111-4111-8111-111111111111';
export const cafe = '22222222-2222-4222-8222-222222222222';
/** On the same device as {@link cafe}. */
export const station = '33333333-3333-4333-8333-333333333333';

/** Milliseconds after which what should have come by events is looked at as it is. */
const patience = 15_000;

/** A profile on each link. The metric of the first is 200. */
export const profiles = (metric = 300) => [
  { uuid: office, id: 'Office', link: 0, metric: 200 },
  { uuid: cafe, id: 'Cafe', link: 1, metric },
];

/** All rules, routes and metrics as the kernel has them, and what NetworkManager has up. */
export async function snapshot() {
  const all = await Promise.all([
    lab.ip('client', 'rule'),
    lab.ip('client', '-6', 'rule'),
    lab.ip('client', 'route', 'show', 'table', 'all'),
    activations(),
  ]);
  // Those of IPv6 for multicast come when a link is first used.
  const lines = all.flatMap((text) => text.split('\n').map((line) => line.trim()));
  return lines
    .filter((line) => line !== '' && !line.startsWith('multicast '))
    .sort()
    .join('\n');
}

/** The machine is as it was in the end. */
export async function untilSnapshot(...allowed) {
  await until(async () => allowed.includes(await snapshot())).catch(async () =>
    assert.equal(await snapshot(), allowed[0]),
  );
}

/** For what no event tells. */
export async function until(condition) {
  const end = performance.now() + patience;
  while (!(await condition())) {
    assert.ok(performance.now() < end, `not within ${patience / 1000} s: ${condition}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** What NetworkManager has up, line by line. Loopback has another identifier in each of its runs. */
async function activations() {
  const all = await lab.nmcli('-t', '-f', 'UUID,DEVICE,STATE', 'connection', 'show', '--active');
  return all.replace(/^.*:lo:.*\n/gm, '');
}

/** Identifiers of what NetworkManager has up, in order. */
export async function active() {
  const all = (await activations()).split('\n').filter((line) => line.endsWith(':activated'));
  return all.map((line) => line.split(':', 1)[0] ?? '').sort();
}

/** It reaches the server, by whichever link: one request may be lost with a link that is just being taken down. */
export function untilOnNetwork() {
  return until(async () => /^10\.9\.[01]\.2$/.test(await ask().catch(String)));
}

/** The interface by which the system's own traffic leaves. */
export async function way() {
  return /dev (\S+)/.exec(await lab.ip('client', 'route', 'get', '10.99.0.1'))?.[1];
}

/** Asks the server as any program does. Resolves with the address from which it was asked. */
export function ask() {
  const silence = new Error('the server does not answer'); // made here: it tells who has asked
  return new Promise((resolve, reject) => {
    const request = get(lab.serverUrl, { agent: false, timeout: 2_000 }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text) => {
        body += text;
      });
      response.on('end', () => resolve(body.trim()));
      response.on('error', reject);
    });
    request.on('timeout', () => request.destroy(silence));
    request.on('error', reject);
  });
}
